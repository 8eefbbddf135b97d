"""What two rounds' targets answer on rows that nothing was chosen on: the splits test and ood, asked when all is done.

Neither a training set, nor a dial, nor a promotion has seen them, so what they say of a champion is not a winner's
luck. Answers are kept in `.work/compared/`, by all that decides them: the same question costs nothing again.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from sparring.attacker.rollout import complete, trials_of
from sparring.config import Params
from sparring.dialects import DIALECTS
from sparring.engine.determinism import settle
from sparring.engine.number_format import load_recipe
from sparring.errors import InputError
from sparring.gold import gold_calls
from sparring.project.counting import Study
from sparring.project.estimate import study_seconds
from sparring.project.splits import UNTOUCHED
from sparring.records import Attack, Example, GatedAttack, Trial, by_id
from sparring.storage import RoundPaths, hash_tree, read_jsonl, write_jsonl
from sparring.studies.promotion import Sides
from sparring.targets.local import LocalTarget
from sparring.terminal import say
from sparring.words import duration

DECISIVE = {"seed", "threads", "models", "target", "rollout"}


def ask_untouched(before: RoundPaths, after: RoundPaths, ask: bool) -> dict[str, Sides]:
    """Trials of both rounds' targets, by split of the second one's project, on the rows that are untouched in both.

    Args:
        before: The first side.
        after: The second side.
        ask: Whether targets are asked for what is not kept; else a split that is not kept for both is left out.

    Raises:
        InputError: A target, or a split, is not there.
    """
    for paths in (before, after):
        if not paths.target_adapter.is_dir():
            raise InputError(f"{paths.target_adapter}: no such folder; `make pull` brings it, `--no-ask` does without")
    known = {row.id: row for name in UNTOUCHED for row in _rows(before.root, name)}
    found: dict[str, Sides] = {}
    for name in UNTOUCHED:
        rows = [row for row in _rows(after.root, name) if known.get(row.id) == row]
        sides = [_answers(paths, rows, ask) for paths in (before, after)] if rows else []
        trials = [side for side in sides if side is not None]
        if len(trials) == 2:
            found[name] = (trials[0], trials[1])
    return found


def _rows(root: Path, split: str) -> list[Example]:
    return read_jsonl(root / "data" / "splits" / f"{split}.jsonl", Example)


def _answers(paths: RoundPaths, rows: Sequence[Example], ask: bool) -> list[Trial] | None:
    """The target's trials of the rows; None where they are not kept, and nobody is to be asked."""
    params = load_recipe(paths.root)
    kept = paths.root / ".work" / "compared" / f"{paths.round}-{_key(paths, params, rows)}.jsonl"
    if kept.exists():
        return read_jsonl(kept, Trial)
    if not ask:
        return None
    takes = study_seconds(params, paths.root, Study(untouched=len(rows)))
    say(
        f"{paths.round}: {len(rows)} rows that nothing was chosen on are asked, once"
        + (f", about {duration(takes)}" if takes is not None else "")
    )
    settle(params.threads, params.seed)
    target = LocalTarget(paths.root / "models" / "base", paths.target_adapter, params)
    trials = _asked(target, params, rows, paths.round)
    write_jsonl(kept, trials)
    return trials


def _key(paths: RoundPaths, params: Params, rows: Sequence[Example]) -> str:
    """A hash of what decides the answers."""
    decisive = {
        "recipe": params.model_dump(mode="json", include=DECISIVE),
        "models": [hash_tree(folder) for folder in (paths.root / "models" / "base", paths.target_adapter)],
        "rows": [row.model_dump(mode="json") for row in rows],
    }
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:12]


def _asked(target: LocalTarget, params: Params, rows: Sequence[Example], round: str) -> list[Trial]:
    """One trial a row as it is; of several samples only the first would count, so one is asked."""
    dialect, examples = DIALECTS[params.target.dialect], by_id(rows)
    attacks = [
        GatedAttack(
            attack=Attack(
                id=f"untouched:{row.id}", example_id=row.id, query=row.query, strategy="untouched", round=round, seed=0
            ),
            rejected_by=None,
        )
        for row in rows
    ]
    once = params.rollout.model_copy(update={"samples": 1})
    drafts = {row.id: dialect.render(gold_calls(row)) for row in rows if row.gold}
    completions = complete(attacks, examples, target, once, params.seed, drafts).completions
    return trials_of(attacks, completions, examples, dialect)
