"""Prepare: examples from their source, leak-free splits, base and embedding model; what is there already is kept.

An example whose own gold does not pass the strict check proves nothing: it is left out and listed.
"""

from pathlib import Path

from sparring.aliases import mend
from sparring.checker import check_calls
from sparring.config import Params
from sparring.gold import gold_calls
from sparring.records import Example, Verdict, by_id
from sparring.sources import SOURCES
from sparring.sources.models import prepare_model
from sparring.splits import SPLITS, leaks, split_by_tool
from sparring.storage import InputError, write_json, write_jsonl
from sparring.terminal import quiet_libraries, say


class LeakError(ValueError):
    """Training shares a tool or a question with held-out rows: the message lists the first of them."""


def prepare(params: Params, root: Path) -> None:
    """Writes data/examples.jsonl, data/splits/, data/examples_rejected.json, models/base and models/embedding.

    Raises:
        InputError: The source or a model is unknown, or an example is broken.
        LeakError: The splits share what they must not.
    """
    quiet_libraries()
    raw = root / "data" / "raw"
    if params.data.source not in SOURCES:
        raise InputError(f"unknown data source {params.data.source!r}; allowed: {', '.join(SOURCES)}")
    prepare_model(params.models.base, root / "models" / "base", raw)
    prepare_model(params.models.embedding, root / "models" / "embedding", raw)
    found = SOURCES[params.data.source](params.data, raw)
    by_id(found)
    found = mend(found, root)
    rejected = {example.id: fault for example in found if (fault := _fault(example, params.data.max_prompt_chars))}
    examples = [example for example in found if example.id not in rejected]
    splits = split_by_tool(
        examples, params.data.train_share, params.data.val_share, params.data.ood_categories, params.seed
    )
    if leaked := leaks(splits):
        raise LeakError(f"{len(leaked)} leaks between the splits, first: {leaked[0]}")
    write_json(root / "data" / "examples_rejected.json", rejected)
    write_jsonl(root / "data" / "examples.jsonl", examples)
    for name in SPLITS:
        write_jsonl(root / "data" / "splits" / f"{name}.jsonl", splits[name])
    say(
        f"{len(examples)} examples ({len(rejected)} left out): "
        + ", ".join(f"{name} {len(rows)}" for name, rows in splits.items())
    )


def _fault(example: Example, max_prompt_chars: int) -> str | None:
    """Why an example cannot be used, or None."""
    if not any(message.role == "user" for message in example.messages):
        return "no user message"
    if not example.tools:
        return "no tools"
    length = sum(len(tool.model_dump_json()) for tool in example.tools)
    if length > max_prompt_chars:
        return f"its tools take {length} characters, max_prompt_chars is {max_prompt_chars}"
    if example.gold and example.language == "python":
        verdict: Verdict = check_calls(example, gold_calls(example))
        if not verdict.correct:
            return f"its own gold fails the check: {verdict.example_error or verdict.detail}"
    return None
