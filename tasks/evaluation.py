"""Evaluation: clean and no-call accuracy and attack success on held-out seeds of both kinds, against the champion.

The held-out attacks are written once, by this round's query model, and answered by both targets: what differs is the
target alone.
"""

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.attacks import gate, ungated, untouched_attacks
from sparring.records import Example, Trial
from sparring.studies.held_out import attacked_rows, untouched_rows
from sparring.targets.local import LocalTarget
from tasks.clock import timed
from tasks.judging import judge_lost
from tasks.players import answer, attacker, target
from tasks.rounds import Round
from tasks.schema_trials import champions_schema_trials, schema_trials

ATTACKED = ("heldout", "schema")
ATTACKED_BEFORE = ("heldout_before", "schema_before")


@task(name="evaluation", cache_policy=NO_CACHE)
@timed
def evaluation(played: Round) -> None:
    """Writes clean.jsonl, heldout.jsonl, schema.jsonl and, after a round, those of the champion before."""
    challenger = target(played.project, played.bench.folder / "target")
    if not played.bench.done(played.bench.file("clean")):
        played.bench.write("clean", _untouched(played, challenger))
    names = ATTACKED if played.after is None else (*ATTACKED, *ATTACKED_BEFORE)
    if played.bench.done(*(played.bench.file(name) for name in names)):
        return
    seeds = heldout_seeds(played)
    per_seed = played.project.params.evaluation.attacks_per_seed
    written = attacker(played, played.bench.folder / "query").write(seeds, per_seed)
    attacks = gate(played.project.gatekeeper, written, seeds)
    if played.after is not None:
        champion = target(played.project, played.target_adapter)
        known = played.champions_trials("clean")
        before = answer(played.project, champion, attacks, seeds, known)
        played.bench.write("heldout_before", judge_lost(played, before, seeds))
        played.bench.write("schema_before", champions_schema_trials(played, champion, seeds))
    known = played.bench.rows("clean", Trial)
    after = answer(played.project, challenger, attacks, seeds, known)
    played.bench.write("schema", schema_trials(played, challenger, seeds))
    played.bench.write("heldout", judge_lost(played, after, seeds))


def _untouched(played: Round, challenger: LocalTarget) -> list[Trial]:
    """The challenger's answers to the untouched rows; what the champion answered is the best guess of most."""
    rows = clean_rows(played)
    known = [] if played.after is None else played.champions_trials("clean")
    return answer(played.project, challenger, ungated(untouched_attacks(rows, played.name)), rows, known)


def clean_rows(played: Round) -> list[Example]:
    """The held-out rows that are asked untouched: drawn once by the seed, from proof alone."""
    params = played.project.params
    return untouched_rows(played.project.examples("proof"), params.evaluation, params.seed)


def heldout_seeds(played: Round) -> list[Example]:
    """Held-out seeds that the champion before (in the baseline: this target) answers rightly; with calls first."""
    clean = played.bench.rows("clean", Trial) if played.after is None else played.champions_trials("clean")
    return attacked_rows(clean_rows(played), clean, played.project.params.evaluation)
