"""Whether the right calls fit into what an answer may take."""

from collections.abc import Iterator
from pathlib import Path

from sparring.config import Params
from sparring.dialects import DIALECTS
from sparring.dialects.gold_text import gold_text
from sparring.project.splits import HELD_OUT
from sparring.records import Example
from sparring.storage import read_jsonl


def cut_answers(params: Params, root: Path) -> Iterator[str]:
    """A line where right calls of held-out rows are longer than an answer may be: written, they are cut and wrong."""
    base, longest = root / "models" / "base", params.target.max_new_tokens
    files = [file for name in HELD_OUT if (file := root / "data" / "splits" / f"{name}.jsonl").exists()]
    rows = [row for file in files for row in read_jsonl(file, Example) if row.gold]
    if not rows or not (base / "config.json").exists():
        return
    from sparring.engine.models import load_tokenizer  # brings Transformers: only where there are rows to measure

    tokenizer, written = load_tokenizer(base), DIALECTS[params.target.dialect]
    texts = [gold_text(written, row) for row in rows]
    taken = [len(ids) + 1 for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]]
    if cut := sum(count > longest for count in taken):
        yield (
            f"target.max_new_tokens: {longest} cut the right calls of {cut} of {len(rows)} held-out rows; "
            f"{rows[taken.index(max(taken))].id} takes {max(taken)}"
        )
