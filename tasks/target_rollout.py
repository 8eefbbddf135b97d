"""Target rollout: the target answers every attack that passes the gates; a rejected attack never reaches it."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.attacks import gate
from sparring.attacker.rollout import complete
from sparring.records import Attack, Trial, by_id
from tasks.clock import timed
from tasks.players import own_answers, target
from tasks.rounds import Round
from tasks.workers import shared

GATED = "gated"  # attacks with what the gates say of them


@task(name="target rollout", cache_policy=NO_CACHE)
@timed
def target_rollout(played: Round) -> None:
    """Writes gated.jsonl and completions.jsonl."""
    if played.bench.done(played.bench.file("completions"), played.bench.file(GATED)):
        return
    train = played.project.examples("train")
    attacks = gate(played.project.gatekeeper, played.bench.rows("attacks", Attack), train)
    played.bench.write(GATED, attacks)
    examples = by_id(train)
    answering = target(played.project, played.target_adapter)
    drafts = own_answers(played.bench.rows("pool", Trial))
    params = played.project.params
    completions = complete(attacks, examples, shared(answering), params.rollout, params.seed, drafts).completions
    played.bench.write("completions", completions)
