"""Query sampling: the updated query model writes attacks on the training seeds that the target answers rightly."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.clock import timed
from tasks.game import Game
from tasks.players import write_attacks
from tasks.rl_update import passing_seeds


@task(name="query sampling", cache_policy=NO_CACHE)
@timed
def query_sampling(game: Game) -> None:
    """Writes attacks.jsonl."""
    if game.done(game.file("attacks")):
        return
    seeds = passing_seeds(game)[: game.params.sampling.seeds]
    game.write("attacks", write_attacks(game, game.work / "query", seeds, game.params.sampling.attacks_per_seed))
