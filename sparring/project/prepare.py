"""Prepare: examples from their source, leak-free splits, base and embedding model; what is there already is kept.

A faulty row, and an example whose own gold is not right in the target's dialect, prove nothing: they are left out and
listed, as long as they are not too many.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sparring.config import Params
from sparring.dialects import DIALECTS, Dialect, check_dialect, fault_of_row
from sparring.engine.embedding import Embedder
from sparring.errors import InputError
from sparring.gold import gold_calls
from sparring.project.aliases import mend
from sparring.project.answer_room import cut_answers
from sparring.project.decontamination import find_leaks
from sparring.project.sizes import lacking_rows, refuse_sizes
from sparring.project.splits import HELD_OUT, SPLITS, leaks, refuse_empty, split_rows
from sparring.project.ties import SplitBy, ties_of
from sparring.project.tool_removed import rows_without_their_tool
from sparring.records import Example, by_id
from sparring.sources import SOURCES
from sparring.sources.bfcl import CATEGORIES
from sparring.sources.models import prepare_model
from sparring.storage import write_json, write_jsonl
from sparring.studies.own_rows import refuse_too_many
from sparring.terminal import quiet_libraries, say
from sparring.training.seed_rows import clean_rows


class LeakError(ValueError):
    """Training shares a tool or a question with held-out rows: the message lists the first of them."""


def prepare(params: Params, root: Path) -> None:
    """Writes data/examples.jsonl, data/splits/, data/examples_rejected.json, models/base and models/embedding.

    Raises:
        InputError: The source, the dialect or a model is unknown, no row can be used, too many are faulty, or a split
            that a round needs is empty.
        LeakError: The splits share what they must not.
    """
    check_recipe(params)
    quiet_libraries()
    raw = root / "data" / "raw"
    prepare_model(params.models.base, root / "models" / "base", raw)
    prepare_model(params.models.embedding, root / "models" / "embedding", raw)
    found = SOURCES[params.data.source](params.data, raw)
    by_id(found.examples)
    dialect = DIALECTS[params.target.dialect]
    mended = mend(found.examples, root)
    unfit = {example.id: fault for example in mended if (fault := _unfit(example, params.data.max_prompt_chars))}
    faulty = found.rejected | {
        example.id: fault for example in mended if example.id not in unfit and (fault := _fault(example, dialect))
    }
    refuse_too_many(faulty, len(mended) + len(found.rejected), params.data.max_rejected)
    rejected = unfit | faulty
    _say_left_out(unfit, faulty)
    examples = [example for example in mended if example.id not in rejected]
    if not examples:
        place, reason = next(iter(rejected.items()), ("data", "the source holds no row"))
        raise InputError(f"no row can be used: {len(rejected)} are left out; {place}: {reason}")
    asked, ties = params.data, ties_of(examples, params.data.split)
    splits = split_rows(
        examples, ties, asked.train_share, asked.val_share, asked.ood_categories, asked.practice_categories, params.seed
    )
    refuse_empty(splits, asked.split)
    splits["practice"] = _unknowing(splits, dialect, asked.split)
    if asked.tool_removed:
        vectors = Embedder(root / "models" / "embedding")
        splits["train"] += rows_without_their_tool(splits, vectors, asked.tool_removed, params.seed, ties)
    if leaked := leaks(splits, ties):
        raise LeakError(f"{len(leaked)} leaks between the splits, first: {leaked[0]}")
    write_json(root / "data" / "examples_rejected.json", rejected)
    write_jsonl(root / "data" / "examples.jsonl", examples)
    for name in SPLITS:
        write_jsonl(root / "data" / "splits" / f"{name}.jsonl", splits[name])
    say(
        f"{len(examples)} examples ({len(rejected)} left out, data/examples_rejected.json), split by {asked.split}: "
        + ", ".join(_counted(name, rows) for name, rows in splits.items())
        + _placeless(examples, splits)
    )
    for line in (*lacking_rows(params, root), *cut_answers(params, root)):
        say(line)


def check_recipe(params: Params) -> None:
    """Checks what the recipe names: each is a key of a dictionary that its own room keeps.

    Raises:
        InputError: The source, a category of BFCL or the dialect is unknown, or more processes are asked for than this
            machine runs; names the key and what is allowed.
    """
    asked = params.data
    _known("data.source", [asked.source], SOURCES)
    if asked.source == "bfcl":
        for key in ("categories", "ood_categories", "practice_categories"):
            _known(f"data.{key}", getattr(asked, key), CATEGORIES)
    check_dialect("params.yaml: target.dialect", params.target.dialect)
    refuse_sizes(params)


def _known(key: str, names: Sequence[str], allowed: Iterable[str]) -> None:
    if unknown := [name for name in names if name not in set(allowed)]:
        raise InputError(f"params.yaml: {key}: {unknown[0]!r} is unknown; allowed: {', '.join(allowed)}")


def _say_left_out(unfit: Mapping[str, str], faulty: Mapping[str, str]) -> None:
    """Names what is left out: how many rows of each kind, and the first."""
    for what, rows in (("unfit", unfit), ("faulty", faulty)):
        if rows:
            say(f"{len(rows)} {what} rows left out; {': '.join(next(iter(rows.items())))}")


def _counted(name: str, rows: Sequence[Example]) -> str:
    """A split's rows, and how many of them want no call."""
    declining = sum(not row.gold for row in rows)
    return f"{name} {len(rows)}" + (f" ({declining} want no call)" if declining else "")


def _placeless(examples: Sequence[Example], splits: Mapping[str, Sequence[Example]]) -> str:
    """How many rows are in no split, as they are tied to what is learnt and to what is held out."""
    placed = {row.id for rows in splits.values() for row in rows}
    count = sum(row.id not in placed for row in examples)
    return f"; {count} in none, tied to both sides" if count else ""


def _unknowing(splits: Mapping[str, Sequence[Example]], dialect: Dialect, split: SplitBy) -> list[Example]:
    """The practice rows that know no held-out one, neither by its right arguments nor by its query."""
    practice = splits["practice"]
    rows = clean_rows(practice, len(practice), 0.0, lambda row: dialect.render(gold_calls(row)), seed=0)
    leaking = {
        leak.row_id
        for leak in find_leaks(rows, [row for name in HELD_OUT for row in splits[name]], dialect.parse, split)
    }
    known = {row.id.partition(":")[2] for row in rows if row.id in leaking}
    return [row for row in practice if row.id not in known]


def _unfit(example: Example, max_prompt_chars: int) -> str | None:
    """Why a row that may be as it should be is not used, or None."""
    if not any(message.role == "user" for message in example.messages):
        return "no user message"
    if not example.tools:
        return "no tools"
    length = sum(len(tool.model_dump_json()) for tool in example.tools)
    return (
        f"its tools take {length} characters, data.max_prompt_chars is {max_prompt_chars}"
        if length > max_prompt_chars
        else None
    )


def _fault(example: Example, dialect: Dialect) -> str | None:
    """Why a row is faulty, or None."""
    return fault_of_row(example, dialect) if example.language == "python" else None
