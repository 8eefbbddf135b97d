"""The attacker of an audit learns against the audited target: RL whose reward asks it, wherever it runs.

Answers lie in the audit's journal and count in its budget; an attack without an answer has no reward. The one surprise:
it needs torch, TRL and the project's models, so whoever may do without imports it late.
"""

from sparring.attacker.archive import Archive
from sparring.attacker.attack_reward import AttackReward
from sparring.attacker.attacks import ungated, untouched_attacks
from sparring.attacker.query_prompts import query_messages
from sparring.attacker.rl_log import keeping_steps
from sparring.attacker.seeds import answered_rightly, of_both_kinds, shuffled
from sparring.errors import InputError, UnreachableError
from sparring.project.audit_steps import RL_LOG, answered
from sparring.project.audits import LEARNT, Audit
from sparring.records import Example, Trial, by_id
from sparring.studies.audit import AUDIT
from sparring.targets.asked import asked_target
from sparring.terminal import say
from sparring.training.grpo import QueryModelJob

POOL = "learn_clean"


def learn(audit: Audit) -> None:
    """Writes the adapter of the query model that learnt against the target; nothing where the attacker does not learn.

    Raises:
        InputError: There is no seed to learn on, or the target answers too few of them rightly for one step.
        UnreachableError: It left too many of them unanswered, or all attacks of a step; the same command goes on.
    """
    out = audit.bench.folder / LEARNT
    if not audit.settings.learn or audit.bench.done(out):
        return
    project, start = audit.project, audit.query_adapter
    assert start is not None, "checked when the audit was opened"
    params, rl = project.params, project.params.rl.model_copy(update={"steps": audit.settings.learn})
    say(
        f"{audit.name}: {audit.settings.attacker} learns on {params.sampling.pool} seeds at most, by {rl.steps} steps "
        f"of {rl.prompts_per_step * rl.group_size} attacks; what they ask counts in audit.max_requests"
    )
    seeds, own = _answered_seeds(audit)
    with asked_target(audit.settings, params, audit.bench.file("journal")) as target:
        job = QueryModelJob(
            seeds=seeds,
            prompts=lambda seed: query_messages(seed, params.query_model.action),
            reward=AttackReward(own, project.gatekeeper, target, params, Archive(), project.embedder),
            base=project.base,
            start=start,
            out=out,
            params=rl,
            action=params.query_model.action,
            max_new_tokens=params.query_model.max_new_tokens,
            dtype=params.models.dtype,
            seed=params.seed,
            without=audit.settings.without,
        )
        job.run(audit.bench.folder / "rl", keeping_steps(audit.bench.folder / RL_LOG, lambda step, metrics: None))
    audit.bench.finished(out)


def _answered_seeds(audit: Audit) -> tuple[list[Example], dict[str, str]]:
    """Seeds to learn on that the target answers rightly untouched, of both kinds, and its answers to them."""
    params = audit.project.params
    rows = shuffled([row for row in audit.rows_to_learn if audit.tool_use.fits(row)], f"{params.seed}-{AUDIT}-pool")
    pool = of_both_kinds(rows, params.sampling.pool, params.sampling.no_call_share)
    if not pool:
        raise InputError(f"--learn-seeds {audit.settings.learn_seeds}: holds no row but those that are audited")
    if not audit.bench.done(audit.bench.file(POOL)):
        trials, lost = answered(audit, ungated(untouched_attacks(pool, AUDIT)), by_id(pool))
        if len(lost) > params.audit.max_unanswered * len(pool):
            raise UnreachableError(f"{len(lost)} of {len(pool)} seeds to learn on have no answer: {lost[0].reason}")
        audit.bench.write(POOL, trials)
    trials = audit.bench.rows(POOL, Trial)
    seeds = answered_rightly(pool, trials)
    say(f"{audit.name}: {len(seeds)} of {len(pool)} seeds to learn on are answered rightly")
    return seeds, {trial.attack.example_id: trial.completions[0].text for trial in trials if trial.completions}
