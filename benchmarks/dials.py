"""What dials that are set on `val` do to other rows, and how exactly an offset in an adapter acts.

    python -m benchmarks.dials PLAYED_PROJECT r01 --after r00 --rows 200 --out FOLDER

Sets the dials of a played round's target as a round would, then reads rows of `test` and `ood` (untouched, and attacked
by the round's query model) under every setting. Nothing of the project changes; what was read is kept in the folder.
"""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

import flows  # noqa: F401  threads that wait do so as in a campaign
from sparring.attacker.attacks import gate
from sparring.engine.determinism import settle
from sparring.project.workspace import Project, Workbench
from sparring.records import Attack, Dial, DialSetting, Example, GatedAttack
from sparring.storage import RoundPaths
from sparring.studies.dials import DialRow, moved, setting
from tasks.dials import asked, set_dials, validation_seeds, where_decided
from tasks.players import Attacker
from tasks.rounds import open_round
from tasks.tuning import Tuning

OTHERS = ("test", "ood")
MEASURED = (-4.0, -2.0, 0.0, 2.0)  # 0: what the exchange of the weakest direction does by itself


def other_rows(project: Project, count: int) -> list[Example]:
    """Rows that no dial is set by, half of them with a call."""
    rows = [row for split in OTHERS for row in project.examples(split)]
    random.Random(project.params.seed).shuffle(rows)
    half = count // 2
    return [row for row in rows if row.gold][:half] + [row for row in rows if row.wants_no_call][:half]


def attacks_on(
    project: Project, query: Path, seeds: Sequence[Example], bench: Workbench, name: str
) -> list[GatedAttack]:
    """An attack on each seed, kept on the bench."""
    if not bench.done(bench.file(name)):
        written: list[Attack] = Attacker(project, query, name).write(seeds, 1)
        bench.write(name, gate(project.gatekeeper, written, seeds))
    return bench.rows(name, GatedAttack)


def settings_table(ours: Sequence[DialSetting], others: Sequence[DialSetting], dial: Dial) -> Table:
    """One line a setting: what val said, and what the other rows say."""
    parts = list(others[0].shares)
    made = Table("scale", "offset", "val", "others", *parts)
    known = {(one.scale, one.offset): one for one in ours if not one.measured or one.offset == 0.0}
    for one in others:
        ours_here = known[one.scale, one.offset].score
        mark = " *" if (one.scale, one.offset) == (dial.scale, dial.offset) else ""
        shares = [f"{one.shares[part]:.3f}" for part in parts]
        made.add_row(f"{one.scale:g}", f"{one.offset:+g}{mark}", f"{ours_here:.3f}", f"{one.score:.3f}", *shares)
    return made


def exactness(tuning: Tuning) -> Table:
    """How far an adapter that holds an offset moves the margins of rows that it was not fitted to."""
    made = Table("offset", "moved, mean", "sd", "later tokens, mean distance", "score told", "score measured")
    before = tuning.rows(1.0)
    for offset in MEASURED:
        told = setting(before, 1.0, offset, tuning.most, {})
        held = tuning.hold(told)
        mean, spread, leak = held.moved
        figures = (mean, spread, leak, told.score, held.setting.score)
        made.add_row(f"{offset:+g}", *(f"{figure:.3f}" for figure in figures))
    return made


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Dials on rows that they were not set by.")
    parser.add_argument("project", type=Path, help="a played project; it is only read")
    parser.add_argument("round", help="the round whose target is set")
    parser.add_argument("--after", help="the round whose target it is mixed with; none for the baseline")
    parser.add_argument("--rows", type=int, default=200, help="other rows, half of them without a call")
    parser.add_argument("--out", type=Path, required=True, help="folder of what is read")
    chosen = parser.parse_args()
    played = open_round(chosen.project.resolve(), chosen.round, chosen.after)
    project, paths = played.project, played.paths
    settle(project.params.threads, project.params.seed)
    champion = None if chosen.after is None else RoundPaths(project.root, chosen.after).target_adapter
    benches = [Workbench(chosen.out / name, name) for name in ("val", "others")]
    for bench in benches:
        bench.folder.mkdir(parents=True, exist_ok=True)
    rows = [validation_seeds(project), other_rows(project, chosen.rows)]
    attacks = [
        attacks_on(project, paths.query_adapter, seeds, bench, "attacks")
        for seeds, bench in zip(rows, benches, strict=True)
    ]
    dial = set_dials(project, paths.target_adapter, champion, attacks[0], benches[0], chosen.out / "set")
    decided = where_decided(project)
    if dial is None or decided is None:
        raise SystemExit("the recipe has no dials")
    console = Console(width=130)
    others = Tuning(project, paths.target_adapter, champion, asked(rows[1], attacks[1]), decided, benches[1])
    told = [one for scale in others.scales for one in others.told(scale)]
    console.print(settings_table(dial.settings, told, dial))
    final = Tuning(project, chosen.out / "set", None, others.asked, decided, _fresh(chosen.out / "others-set"))
    console.print("as trained:", others.told(1.0)[0].shares)
    final_rows: list[DialRow] = final.rows(1.0)
    console.print(
        "as set, measured:",
        setting(final_rows, dial.scale, 0.0, {}, {}).shares,
        "moved",
        moved(others.rows(1.0), final_rows),
    )
    console.print(exactness(others))


def _fresh(folder: Path) -> Workbench:
    folder.mkdir(parents=True, exist_ok=True)
    return Workbench(folder, folder.name)


if __name__ == "__main__":
    main()
