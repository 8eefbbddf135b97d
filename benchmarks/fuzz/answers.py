"""What models write: an answer in every dialect through check, trial and alias, and files of recorded answers."""

import json
import zipfile
from pathlib import Path
from random import Random

from benchmarks.fuzz.boundary import Boundary, cases, lines, same
from benchmarks.fuzz.mutation import any_name, any_value, odd_text
from benchmarks.growth import EXAMPLE
from sparring.attacker.rollout import trials_of
from sparring.checker import ParseError, check
from sparring.checker.agreement import agreement, agreement_line, read_recorded
from sparring.dialects import DIALECTS, Dialect
from sparring.errors import InputError
from sparring.gold import gold_calls
from sparring.project.aliases import decide, enqueue, mend, proposals
from sparring.records import Attack, Call, Completion, Example, GatedAttack, SFTExample, Trial
from sparring.sources.bfcl import CATEGORIES
from sparring.sources.jsonl import load_jsonl
from sparring.studies.result_files import read_results
from sparring.studies.scoring import RowVerdict, score_answers
from sparring.studies.suite import bfcl_output
from sparring.targets.journal import JournalRow
from sparring.targets.judge import Judgement, Opinion

SEED = Example.model_validate(EXAMPLE)
ANSWERS = [case["text"] for case in (*cases("parsers"), *cases("no_call"))]
MAX_ALIASED = 20_000


def own_examples() -> list[Example]:
    """The seeds that ship, and rows whose schemas are odd."""
    found = load_jsonl(Path(__file__).parents[2] / "examples" / "seeds.jsonl")
    return [SEED, *found]


def dialect_boundary(name: str) -> Boundary:
    """Answers in a dialect: recorded ones and calls by grammar, both made odd."""
    dialect = DIALECTS[name]
    own = [case["text"] for case in cases("parsers") if case["dialect"] == name]
    own += [dialect.render(gold_calls(example)) for example in own_examples()]

    def made(rng: Random) -> bytes:
        if rng.random() < 0.3:
            text = _by_grammar(rng, dialect)
            text = odd_text(rng, text, ANSWERS) if rng.random() < 0.5 else text
        else:
            text = odd_text(rng, rng.choice(own), own if rng.random() < 0.5 else ANSWERS)
        return text.encode("utf-8", "replace")

    return Boundary(made, lambda content, folder: _read_answer(dialect, content, folder))


def _by_grammar(rng: Random, dialect: Dialect) -> str:
    """Random calls as the dialect writes them, of the seed's tool and arguments now and then."""
    calls = []
    for _ in range(rng.randint(1, 3)):
        name = "get_weather" if rng.random() < 0.6 else any_name(rng)
        keys = [
            rng.choice(("city", "days", "unit")) if rng.random() < 0.6 else any_name(rng)
            for _ in range(rng.randrange(4))
        ]
        calls.append(Call(name=name, arguments={key: any_value(rng) for key in keys}))
    try:
        return dialect.render(calls)
    except ValueError:  # a name that the dialect cannot write
        return json.dumps([call.model_dump() for call in calls])


def _read_answer(dialect: Dialect, content: bytes, folder: Path) -> None:
    """Parse, check, trial, journal, alias and SFT row, each written and read back."""
    text = content.decode("utf-8", "replace")
    try:
        calls = [Call(name=name, arguments=arguments) for name, arguments in dialect.parse(text)]
    except ParseError:
        calls = []
    for call in calls:
        same(call)
    dialect.unwritable(calls)
    json.dumps(bfcl_output(_form(dialect), text))
    check(SEED, text, mode="bfcl")
    attack = Attack(id="a", example_id=SEED.id, query=SEED.query, strategy="", round="r01", seed=0)
    completion = Completion(attack_id="a", sample=0, text=text)
    (trial,) = trials_of([GatedAttack(attack=attack, rejected_by=None)], [completion], {SEED.id: SEED}, dialect)
    same(trial)
    same(JournalRow(row_id="a", text=text, reason=None, requests=1, tokens=1))
    same(SFTExample(id="a", messages=SEED.messages, tools=SEED.tools, completion=text, origin="attack"))
    if trial.success and len(text) < MAX_ALIASED:
        _alias(trial, dialect, folder)


def _alias(trial: Trial, dialect: Dialect, folder: Path) -> None:
    """What is proposed is kept, accepted by a person and in the gold afterwards."""
    found = proposals(
        [trial], [Judgement(attack_id="a", opinion=Opinion.BOTH, texts=[])], {SEED.id: SEED}, dialect.parse
    )
    for alias in found:
        same(alias)
    helping = [alias for alias in found if alias.call is not None]
    if not helping or len(trial.completions[0].text) % 8:
        return
    enqueue(folder, found)
    decide(folder, [alias.id for alias in helping], "accepted")
    (mended,) = mend([SEED], folder)
    same(mended)
    (folder / "aliases.jsonl").unlink()
    (folder / "data" / "alias_queue.jsonl").unlink()


def _form(dialect: Dialect) -> str:
    return next(name for name, known in DIALECTS.items() if known is dialect)


def bfcl_rows() -> list[dict[str, object]]:
    """Rows in BFCL's own form, made of the seeds."""
    rows = []
    for number, example in enumerate(own_examples()):
        functions = [tool.model_dump() for tool in example.tools]
        gold = [{call.name: call.arguments} for call in example.gold]
        messages = [message.model_dump() for message in example.messages]
        rows.append({"id": f"multiple_{number}", "question": [messages], "function": functions, "ground_truth": gold})
    return rows


def small_wheel(folder: Path) -> Path:
    """A wheel of BFCL's shape with a few rows in every category."""
    path = folder / "bfcl.whl"
    if not path.exists():
        with zipfile.ZipFile(path, "w") as archive:
            for category in CATEGORIES:
                rows = [row | {"id": f"{category}_{number}"} for number, row in enumerate(bfcl_rows())]
                text = "".join(json.dumps(row) + "\n" for row in rows)
                archive.writestr(f"bfcl_eval/data/BFCL_v4_{category}.json", text)
                archive.writestr(f"bfcl_eval/data/possible_answer/BFCL_v4_{category}.json", text)
    return path


def recorded_answers() -> Boundary:
    """`sparring check`: result files in all forms."""
    arguments = {"city": "Paris", "days": 3}
    outputs = [
        *(case["text"] for case in cases("parsers")[::7]),
        [{"get_weather": json.dumps(arguments)}],
        [{"get_weather": arguments}],
        {"tool_calls": [{"function": {"name": "get_weather", "arguments": json.dumps(arguments)}}]},
        [{"functionCall": {"name": "get_weather", "args": arguments}}],
        [{"type": "tool_use", "name": "get_weather", "input": arguments}],
        json.dumps([{"get_weather": arguments}]),
        f"get_weather\n{json.dumps(arguments)}",
        f"<functioncall> {json.dumps({'name': 'get_weather', 'arguments': arguments})} </functioncall>",
        "```python\nget_weather(city='Paris')\n```",
        "Call: get\\_weather(city='Paris'); Call: f()",
        "new A().b(x=new HashMap<>(), y=3L)",
        None,
    ]
    categories = ("simple_python", "simple_java", "simple_javascript", "parallel", "irrelevance", "live_relevance")
    rows = [{"id": f"{categories[number % 6]}_{number % 3}", "result": output} for number, output in enumerate(outputs)]
    rows += [{"idx": 0, "file": "simple", "text": "[f()]"}, {"id": "multi_turn_base_1", "result": []}]

    def read(content: bytes, folder: Path) -> None:
        path = folder / "BFCL_v3_simple_result.json"
        path.write_bytes(content)
        scored = score_answers(read_results([path]).answers, small_wheel(folder))
        for row_id, verdict in scored.verdicts.items():
            same(RowVerdict(id=row_id, verdict=verdict))
        str(scored.form)

    return Boundary(lines(rows), read)


def recorded_verdicts() -> Boundary:
    """`sparring check --cases`: the reference's verdicts as others recorded them."""
    rows = [
        {
            "id": str(number), "category": category, "language": language, "functions": row["function"],
            "model_output_text": text, "possible_answer": row["ground_truth"], "oracle": {"valid": True}, **more,
        }
        for number, row in enumerate(bfcl_rows())
        for category, language, text, more in (
            ("simple", "python", "[get_weather(city='Paris')]", {}),
            ("parallel_multiple", "python", [{"get_weather": '{"city": "Paris"}'}], {"mode": "fc"}),
            ("simple_java", "java", "a.b(x=3)", {}),
            ("irrelevance", "python", "<tool_call>\n{}\n</tool_call>", {"mode": "qwen_fc"}),
            ("simple", "python", '[{"name": "f"}]', {"return_format": "json", "tool_call_tag": True}),
            ("simple", "python", "<functions><function name=\"f\"></function></functions>", {"return_format": "verbose_xml"}),
        )
    ]  # fmt: skip

    def read(content: bytes, folder: Path) -> None:
        path = folder / "cases.jsonl"
        path.write_bytes(content)
        found = agreement(list(read_recorded(path)))
        if found.cases:
            agreement_line(found)

    return Boundary(lines(rows), read, (InputError,))
