"""Cross-play as steps: the attacks of one query model, and what one target answers to them. A file each, resumable.

Files are named by the adapters' hashes: whatever was played between the same two is never played again.
"""

import random
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.records import Attack, Example, Trial
from sparring.storage import hash_tree, read_json, read_jsonl, write_json, write_jsonl
from tasks.game import Game
from tasks.players import answer, answer_seeds, gate, target, write_attacks

KEY_CHARS = 12


@task(name="seeds for all", cache_policy=NO_CACHE)
def seeds_for_all(game: Game, adapters: list[Path], wanted: int) -> list[Example]:
    """Held-out seeds that every target answers rightly, in a fixed random order: no cell has easier ones."""
    pool = [example for split in ("val", "test") for example in game.examples(split) if example.gold]
    random.Random("cross-play").shuffle(pool)
    for adapter in adapters:
        trials = untouched(game, adapter, pool)
        right = {trial.attack.example_id for trial in trials if trial.scored and trial.scored[0].correct}
        pool = [example for example in pool if example.id in right]
    return pool[:wanted]


def untouched(game: Game, adapter: Path, pool: list[Example]) -> list[Trial]:
    """A target's answers to seeds that nobody attacks."""
    path = _file(game, "clean", adapter, str(len(pool)))
    if not path.exists():
        write_jsonl(path, answer_seeds(game, target(game, adapter), pool))
    return read_jsonl(path, Trial)


@task(name="attacks", cache_policy=NO_CACHE)
def attacks_of(game: Game, query: Path, seeds: list[Example], per_seed: int) -> tuple[list[Attack], list[str | None]]:
    """A query model's attacks on the seeds, and per attack the gate that rejects it, or None."""
    path = _file(game, "attacks", query, f"{len(seeds)}x{per_seed}")
    if not path.exists():
        attacks = write_attacks(game, query, seeds, per_seed)
        write_json(path.with_suffix(".gates.json"), gate(game, attacks, seeds))
        write_jsonl(path, attacks)
    return read_jsonl(path, Attack), read_json(path.with_suffix(".gates.json"))


@task(name="pairing", task_run_name="{query.parent.name} against {opponent.parent.name}", cache_policy=NO_CACHE)
def pairing(
    game: Game, query: Path, opponent: Path, attacks: list[Attack], reasons: list[str | None], seeds: list[Example]
) -> list[Trial]:
    """The trials of one query model against one target."""
    path = _file(game, "trials", query, opponent.parent.name, hash_tree(opponent)[:KEY_CHARS], str(len(attacks)))
    if not path.exists():
        write_jsonl(path, answer(game, target(game, opponent), attacks, seeds, reasons))
    return read_jsonl(path, Trial)


def _file(game: Game, kind: str, adapter: Path, *parts: str) -> Path:
    name = "-".join((kind, adapter.parent.name, hash_tree(adapter)[:KEY_CHARS], *parts))
    return game.root / ".work" / "cross_play" / f"{name}.jsonl"
