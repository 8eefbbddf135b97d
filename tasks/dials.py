"""Dials: after the target's training, its mean with the champion and an offset between calling and declining.

Both are chosen on `val` alone, and both lie in the adapter when it is done: whoever loads it has them. What an offset
would do is told from margins that were read once; the best one is built into the adapter, asked, and must hold there.
"""

import random
from collections.abc import Sequence
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.attacks import gate
from sparring.dialects import DIALECTS
from sparring.engine.adapter_weights import read_adapter, write_adapter
from sparring.engine.decision import Decision, decision
from sparring.engine.memory import release_memory
from sparring.engine.models import load_tokenizer
from sparring.project.workspace import Project, Workbench
from sparring.records import Dial, Example, GatedAttack, by_id
from sparring.storage import read_record
from sparring.studies.dials import best_first, counted, dial_words, part_of
from sparring.terminal import say
from tasks.clock import timed
from tasks.players import attacker, gold_text
from tasks.rounds import Round
from tasks.tuning import Tuning

TRAINED = "trained"  # the target's adapter before its dials are set
DIAL = "dial.json"


@task(name="dials", cache_policy=NO_CACHE)
@timed
def dials(played: Round) -> None:
    """Makes the target's adapter of the trained one."""
    adapter = played.bench.folder / "target"
    if played.bench.done(adapter):
        return
    champion = None if played.after is None else played.target_adapter
    dial = set_dials(
        played.project, played.bench.folder / TRAINED, champion, validation_attacks(played), played.bench, adapter
    )
    if dial is not None:
        played.bench.write_json(DIAL, dial.model_dump(mode="json"))
        say(f"{played.name}: {dial_words(dial)}")
    played.bench.finished(adapter)


def chosen_dial(bench: Workbench) -> Dial | None:
    """What the dials of a round were set to; None where its recipe has none."""
    path = bench.folder / DIAL
    return read_record(path, Dial) if path.exists() else None


def validation_seeds(project: Project) -> list[Example]:
    """The rows of `val` that dials are set by, with calls and without; drawn by the seed."""
    val = project.examples("val")
    random.Random(f"dials:{project.params.seed}").shuffle(val)
    wanted = project.params.dials.examples
    return [row for row in val if row.gold][:wanted] + [row for row in val if row.wants_no_call][:wanted]


def validation_attacks(played: Round) -> list[GatedAttack]:
    """One attack on each of them by this round's query model; none in the baseline, or where there are no dials."""
    if played.after is None or not played.project.params.dials.tried(baseline=False):
        return []
    if not played.bench.done(played.bench.file("dial_attacks")):
        seeds = validation_seeds(played.project)
        written = attacker(played, played.bench.folder / "query").write(seeds, 1)
        played.bench.write("dial_attacks", gate(played.project.gatekeeper, written, seeds))
        release_memory()
    return played.bench.rows("dial_attacks", GatedAttack)


def asked(seeds: Sequence[Example], attacks: Sequence[GatedAttack]) -> list[tuple[str, Example]]:
    """What is asked, with the part that it belongs to: the seeds as they are, then the valid attacks on them."""
    known = by_id(seeds)
    valid = [each.attack for each in attacks if each.rejected_by is None]
    attacked = [known[attack.example_id].with_query(attack.query, attack.turns) for attack in valid]
    return [(part_of(here, bool(row.gold)), row) for here, rows in ((False, seeds), (True, attacked)) for row in rows]


def where_decided(project: Project) -> Decision | None:
    """Where an answer decides whether it calls, by dialect and tokenizer; None where it does so at no one token."""
    rows = [row for split in ("train", "val") for row in project.examples(split)]
    calling = sorted({gold_text(project, row) for row in rows if row.gold})
    declining = DIALECTS[project.params.target.dialect].render([])
    return decision(load_tokenizer(project.base), calling, declining)


def set_dials(
    project: Project,
    trained: Path,
    champion: Path | None,
    attacks: Sequence[GatedAttack],
    bench: Workbench,
    out: Path,
) -> Dial | None:
    """Writes the trained adapter with its dials set to `out`; as it is, and None, where the recipe has none for it.

    Args:
        project: The recipe, and the rows of `val`.
        trained: Folder of the target's adapter as it was trained.
        champion: Folder of the champion's; None in the baseline.
        attacks: On rows of `validation_seeds`.
        bench: Where half-done work lies.
        out: Folder of the finished adapter.
    """
    tried = project.params.dials.tried(baseline=champion is None)
    rows = asked(validation_seeds(project), attacks) if tried else []
    decided = where_decided(project) if rows else None
    if decided is None:
        if tried:
            why = "calls and declining do not part at one token of this tokenizer" if rows else "val has no rows"
            say(f"{bench.name}: no dials are set: {why}")
        _copy(trained, out)
        return None
    tuning = Tuning(project, trained, champion, rows, decided, bench)
    settings = [one for scale in tuning.scales for one in tuning.told(scale)]
    first = best_first(settings)[0]
    held = None if first.measured else tuning.hold(first)
    if held is not None:
        settings.append(held.setting)
    best = best_first([one for one in settings if one.measured])[0]
    if held is None or best is not held.setting:
        held = None  # what it promised did not hold in the adapter
    _copy(tuning.scaled(best.scale) if held is None else held.adapter, out)
    mean, spread, leak = (None, None, None) if held is None else held.moved
    return Dial(
        scale=best.scale,
        offset=best.offset,
        rows=counted(tuning.rows(1.0)),
        settings=settings,
        champion=tuning.champions,
        moved=mean,
        moved_sd=spread,
        leak=leak,
    )


def _copy(adapter: Path, out: Path) -> None:
    """The adapter at another place, whole or not at all."""
    write_adapter(read_adapter(adapter), out)
