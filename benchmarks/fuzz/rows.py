"""Rows of examples: own ones, the hub's, BFCL's, labelled rewrites, schemas, and tools of any name.

What a source lets through must survive everything after it: dialects, gates, operators, splits, requests, exports.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.fuzz.answers import SEED, bfcl_rows
from benchmarks.fuzz.boundary import ROOT, Boundary, NotEqualError, cases, documents, lines, same
from benchmarks.fuzz.mutation import any_name, any_value
from sparring.attacker.schema_attacks import SCHEMA_OPERATORS, attack_schema
from sparring.config import load_params
from sparring.dialects import DIALECTS, fault_of_row
from sparring.errors import InputError
from sparring.gate_benchmark import read_cases
from sparring.gate_benchmark.cases import example_of
from sparring.gates import RULES, Facts
from sparring.gold import gold_calls
from sparring.operators import OPERATORS, site_of
from sparring.project.export import export_suite
from sparring.project.splits import leaks, split_rows
from sparring.project.ties import ties_of
from sparring.records import Attack, Completion, Example, Failure, Trial, Verdict
from sparring.report.places import argument_type, tool_family
from sparring.schemas.json_schema import read_parameters
from sparring.sources.bfcl import example as bfcl_example
from sparring.sources.foreign import Loaded
from sparring.sources.hub import read_hub_rows
from sparring.sources.jsonl import read_jsonl_rows
from sparring.targets.chat_wire import ChatWire, wire_names

PARAMS = load_params(ROOT / "params.yaml")
WIRE = {name: ChatWire(dialect, "m", 64) for name, dialect in DIALECTS.items()}


def journey(examples: Sequence[Example], folder: Path) -> None:
    """Everything that happens to examples once a source has given them."""
    for example in examples:
        same(example)
        for name, dialect in DIALECTS.items():
            if fault_of_row(example, dialect) is None:
                json.dumps(WIRE[name].row(example, 0, 0.0, 0).body)
                dialect.render(gold_calls(example))
        _attacked(example)
        argument_type(example, Verdict(False, Failure.WRONG_VALUE, argument="city", call=0))
        tool_family(example.tool_cluster)
    asked = [one for one in examples if any(message.role == "user" for message in one.messages)]
    for by, rows in (("tool", examples), ("query", asked)):
        ties = ties_of(rows, by)
        if leaked := leaks(split_rows(rows, ties, 0.6, 0.2, ["live_simple"], ["practice"], 0), ties):
            raise NotEqualError(f"the splits by {by} leak: {leaked[0]}")
    _exported(asked[:2], folder)


def _attacked(example: Example) -> None:
    """Rewritten, judged by every gate, and its tools changed."""
    wire_names(example.tools)
    if not any(message.role == "user" for message in example.messages):
        return
    for name in SCHEMA_OPERATORS:
        changed, renaming = attack_schema(example, [name], 0, SEED.tools)
        renaming.back(gold_calls(changed))
        same(changed)
    site, rng = site_of(example), Random(0)
    for operator in OPERATORS.values():
        operator.rewrite(example.query, site, rng)
    for gate in RULES.values():
        gate(Facts(example, example.query + " Thanks"), PARAMS.gates)


def _exported(examples: Sequence[Example], folder: Path) -> None:
    """A regression suite of them, whose rows read back and whose program is one."""
    won = [
        Trial(
            attack=Attack(id=one.id, example_id=one.id, query=one.query, strategy="", round="r01", seed=0),
            completions=[Completion(attack_id=one.id, sample=0, text="[]")],
            rejected_by=None,
            verdicts=[Verdict(False, Failure.NO_CALL)],
        )
        for one in examples
    ]
    export_suite(won, {one.id: one for one in examples}, folder / "suite", PARAMS)
    compile((folder / "suite" / "test_regression.py").read_text(encoding="utf-8"), "test_regression.py", "exec")
    rows = (folder / "suite" / "prompts.json").read_text(encoding="utf-8").split("\n")
    found = [Example.model_validate(json.loads(row)["example"]) for row in rows if row]
    if [one.model_dump_json() for one in found] != [one.model_dump_json() for one in examples]:
        raise NotEqualError("an exported row is another")


def own_rows() -> Boundary:
    """`sparring validate` and the jsonl source."""
    known = [case["row"] for case in cases("own_rows")] + cases("schemas")
    known += [json.loads(line) for line in (ROOT / "examples" / "seeds.jsonl").read_text().splitlines()]
    return Boundary(lines(known), _through(read_jsonl_rows))


def hub_rows(source: str) -> Boundary:
    """A data set of the hub, as a file of its form."""
    known = [case["row"] for case in cases("hub_rows") if case["source"] == source]
    return Boundary(lines(known), _through(lambda path: read_hub_rows(source, str(path))))


def _through(load: Callable[[Path], Loaded]) -> Callable[[bytes, Path], None]:
    def read(content: bytes, folder: Path) -> None:
        path = folder / "rows.jsonl"
        path.write_bytes(content)
        found = load(path)
        for place, reason in found.rejected.items():
            if "\n" in reason or not place:
                raise NotEqualError(f"a fault of several lines: {reason!r}")
        journey(found.examples, folder)

    return read


def bfcl() -> Boundary:
    """A row of BFCL's own form."""

    def read(content: bytes, folder: Path) -> None:
        try:
            row = json.loads(content)
        except (ValueError, RecursionError):
            return  # the wheel's hash is checked: its lines are JSON
        if isinstance(row, dict):
            journey([bfcl_example({"category": "multiple", **row})], folder)

    return Boundary(documents(bfcl_rows()), read)


def labelled_rewrites() -> Boundary:
    """`sparring gates --cases`."""
    known: list[dict[str, Any]] = [
        {
            "id": str(row["id"]), "functions": row["function"], "gold": row["ground_truth"], "seed": SEED.query,
            "rewrite": f"{SEED.query} Thanks!", "valid": True, "kind": "frame",
        }
        for row in bfcl_rows()
    ]  # fmt: skip

    def read(content: bytes, folder: Path) -> None:
        path = folder / "cases.jsonl"
        path.write_bytes(content)
        for row in read_cases(path):
            facts = Facts(example_of(row), row.rewrite)
            for gate in RULES.values():
                gate(facts, PARAMS.gates)

    return Boundary(lines(known), read)


def schemas() -> Boundary:
    """A tool's parameters as JSON Schema."""
    known = [
        tool["function"]["parameters"] for case in cases("schemas") for tool in case["tools"] if "function" in tool
    ]
    known += [tool.parameters for tool in SEED.tools]

    def read(content: bytes, folder: Path) -> None:
        row = b'{"id": 1, "tools": [{"name": "f", "parameters": ' + content.replace(b"\n", b" ") + b"}], "
        path = folder / "rows.jsonl"
        path.write_bytes(row + b'"messages": [{"role": "user", "content": "q"}], "gold": []}\n')
        found = read_jsonl_rows(path).examples
        for example in found:
            made = example.tools[0].parameters
            if read_parameters(made, "parameters") != made:
                raise NotEqualError("a schema that was read reads as another")
        journey(found, folder)

    return Boundary(documents(known), read)


def tool_names() -> Boundary:
    """Tools and arguments of any name, with values of any kind, right by construction."""

    def made(rng: Random) -> bytes:
        rows = []
        for number in range(rng.randint(1, 5)):
            names = [any_name(rng) for _ in range(rng.randint(1, 3))]
            arguments = {any_name(rng): any_value(rng) for _ in range(rng.randrange(4))}
            tools = [{"name": name, "parameters": {"properties": {key: {} for key in arguments}}} for name in names]
            messages = [{"role": "user", "content": " ".join(any_name(rng) for _ in range(9))}]
            gold = [{"name": names[0], "arguments": arguments}]
            rows.append({"id": any_name(rng) + str(number), "tools": tools, "messages": messages, "gold": gold})
        return "".join(json.dumps(row) + "\n" for row in rows).encode()

    return Boundary(made, _through(read_jsonl_rows), (InputError,))
