"""Seeds of recorded tool sets for a reader, and what a reader found.

    python -m benchmarks.own_tools --draw 1 BOX.json ... > drawn.jsonl      100 rows at random over all sets
    python -m benchmarks.own_tools --score benchmarks/own_tools_read.jsonl  share right, by draw, with Wilson intervals
    python -m benchmarks.own_tools --strict BOX.json ...                    tools that strict mode takes, and their right calls

A line of the second file: {"draw", "set", "id", "kind", "query", "right_call", "shown", "right", "reason"}.
"""

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from sparring.schemas.strict import NotStrictError, strict_parameters, without_made_nulls
from sparring.seeds.making import make_seeds, parts_of
from sparring.seeds.pools import Known
from sparring.seeds.rows import Row
from sparring.statistics import rate
from sparring.storage import read_lines
from sparring.tables import rate_text
from sparring.tools.frozen import read_toolbox

NUM_SEEDS = 200
NUM_DRAWN = 100


def drawn(boxes: list[Path], seed: int) -> list[dict[str, object]]:
    """Rows at random over the seeds of all tool sets, as a reader needs them."""
    rows: list[tuple[str, Row]] = []
    for path in boxes:
        made = make_seeds(read_toolbox(path).tools, Known(), *parts_of(NUM_SEEDS), seed=seed)
        rows += [(path.name.partition(".")[0], row) for row in made.rows]
    return [_compact(seed, name, row) for name, row in random.Random(seed).sample(rows, NUM_DRAWN)]


def _compact(draw: int, name: str, row: Row) -> dict[str, object]:
    return {
        "draw": draw,
        "set": name,
        "id": row["id"],
        "kind": row["metadata"]["kind"],
        "query": row["messages"][0]["content"],
        "right_call": row["gold"],
        "shown": [tool["function"]["name"] for tool in row["tools"]],
    }


def scores(path: Path) -> dict[int, str]:
    """The share of right rows by draw."""
    found: dict[int, list[bool]] = defaultdict(list)
    for line in read_lines(path):
        row = json.loads(line)
        found[row["draw"]].append(row["right"])
    return {draw: rate_text(rate(sum(right), len(right))) for draw, right in found.items()}


def strict_counts(box: Path) -> Counter[str]:
    """What strict mode makes of a tool set, and of the right calls of its seeds, by how many.

    A right call in strict mode says null for what it leaves out; it should be valid there and come back as it was.
    """
    tools = read_toolbox(box).tools
    strict = {}
    found: Counter[str] = Counter(tools=len(tools))
    for tool in tools:
        try:
            strict[tool["name"]] = strict_parameters(tool["parameters"])
        except NotStrictError as error:
            found[f"tools not taken: {str(error).partition(': ')[2]}"] += 1
    schemas = {tool["name"]: tool["parameters"] for tool in tools}
    for row in make_seeds(tools, Known(), *parts_of(NUM_SEEDS), seed=17).rows:
        for call in row["gold"]:
            if (schema := strict.get(call["name"])) is not None:
                said = _in_full(call["arguments"], schema)
                valid = Draft202012Validator(schema).is_valid(said)
                same = without_made_nulls(said, schemas[call["name"]]) == call["arguments"]
                found["right calls " + ("that come back" if valid and same else "that do not come back")] += 1
    return found


def _in_full(value: Any, schema: Mapping[str, Any]) -> Any:
    """A value with null in the place of all that a strict schema requires and the value leaves out."""
    branches = [branch for branch in schema.get("anyOf", [schema]) if branch.get("type") != "null"]
    if isinstance(value, dict):
        named: Mapping[str, Any] = next(
            (branch["properties"] for branch in branches if value.keys() <= branch.get("properties", {}).keys()), {}
        )
        return {name: _in_full(value[name], one) if name in value else None for name, one in named.items()}
    if isinstance(value, list):
        items = next((branch["items"] for branch in branches if "items" in branch), {})
        return [_in_full(one, items) for one in value]
    return value


def main() -> None:
    """Command line."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--draw", type=int, help="seed of the draw, and of the seeds")
    made.add_argument("--score", type=Path, help="labels to score")
    made.add_argument("--strict", action="store_true", help="count what strict mode takes")
    made.add_argument("boxes", nargs="*", type=Path, help="files of `sparring tools`")
    chosen = made.parse_args()
    if chosen.score is not None:
        for draw, share in scores(chosen.score).items():
            print(f"draw {draw}: right {share}")
    elif chosen.strict:
        for box in chosen.boxes:
            print(f"{box.name}: " + "; ".join(f"{times} {what}" for what, times in strict_counts(box).items()))
    elif chosen.draw is not None:
        for row in drawn(chosen.boxes, chosen.draw):
            print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()
