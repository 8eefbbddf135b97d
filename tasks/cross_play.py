"""Cross-play as steps: the attacks of one query model, and what one target answers to them. A file each, resumable.

Files are named by the adapters' hashes and the seeds: whatever was played between the same two is never played again.
"""

import hashlib
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.attacks import gate
from sparring.attacker.seeds import answered_rightly, of_both_kinds, shuffled
from sparring.records import Example, GatedAttack, Trial
from sparring.storage import hash_tree, read_jsonl, write_jsonl
from tasks.players import answer, answer_seeds, attacker, target
from tasks.rounds import Round

KEY_CHARS = 12


@task(name="seeds for all", cache_policy=NO_CACHE)
def seeds_for_all(played: Round, adapters: list[Path], wanted: int) -> list[Example]:
    """Held-out seeds of both kinds that every target answers rightly, in a fixed random order, for all cells alike."""
    rows = [row for split in ("val", "test") for row in played.project.examples(split) if row.can_be_attacked]
    pool = shuffled(rows, "cross-play")
    for adapter in adapters:
        pool = answered_rightly(pool, untouched(played, adapter, pool))
    return of_both_kinds(pool, wanted, played.project.params.sampling.no_call_share)


def untouched(played: Round, adapter: Path, pool: list[Example]) -> list[Trial]:
    """A target's answers to seeds that nobody attacks."""
    path = _file(played, "clean", adapter, _key(pool))
    if not path.exists():
        write_jsonl(path, answer_seeds(played.project, target(played.project, adapter), pool, played.name))
    return read_jsonl(path, Trial)


@task(name="attacks", cache_policy=NO_CACHE)
def attacks_of(played: Round, query: Path, seeds: list[Example], per_seed: int) -> list[GatedAttack]:
    """A query model's attacks on the seeds, with what the gates say of them."""
    path = _file(played, "gated", query, f"{len(seeds)}x{per_seed}", _key(seeds))
    if not path.exists():
        write_jsonl(path, gate(played.project.gatekeeper, attacker(played, query).write(seeds, per_seed), seeds))
    return read_jsonl(path, GatedAttack)


@task(name="pairing", task_run_name="{query.parent.name} against {opponent.parent.name}", cache_policy=NO_CACHE)
def pairing(
    played: Round, query: Path, opponent: Path, attacks: list[GatedAttack], seeds: list[Example]
) -> list[Trial]:
    """The trials of one query model against one target."""
    path = _file(
        played, "trials", query, opponent.parent.name, hash_tree(opponent)[:KEY_CHARS], str(len(attacks)), _key(seeds)
    )
    if not path.exists():
        write_jsonl(path, answer(played.project, target(played.project, opponent), attacks, seeds))
    return read_jsonl(path, Trial)


def _key(seeds: list[Example]) -> str:
    """Which seeds they are: another target, or another share of seeds that want no call, leaves others."""
    return hashlib.sha256("\n".join(seed.id for seed in seeds).encode()).hexdigest()[:KEY_CHARS]


def _file(played: Round, kind: str, adapter: Path, *parts: str) -> Path:
    name = "-".join((kind, adapter.parent.name, hash_tree(adapter)[:KEY_CHARS], *parts))
    return played.project.root / ".work" / "cross_play" / f"{name}.jsonl"
