"""Query sampling: the updated query model writes attacks on the training seeds that the target answers rightly."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.clock import timed
from tasks.players import attacker
from tasks.rl_update import passing_seeds
from tasks.rounds import Round


@task(name="query sampling", cache_policy=NO_CACHE)
@timed
def query_sampling(played: Round) -> None:
    """Writes attacks.jsonl."""
    if played.bench.done(played.bench.file("attacks")):
        return
    seeds = passing_seeds(played)[: played.project.params.sampling.seeds]
    writer = attacker(played, played.bench.folder / "query")
    played.bench.write("attacks", writer.write(seeds, played.project.params.sampling.attacks_per_seed))
