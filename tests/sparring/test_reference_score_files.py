"""Ours against the score files that the reference's own runner writes: same answers, same accuracy in every category.

It needs an environment with the reference in it, which ours cannot hold (its requirements conflict):

    python -m venv /tmp/reference && /tmp/reference/bin/pip install bfcl-eval==2026.3.23 soundfile
    SPARRING_REFERENCE_PYTHON=/tmp/reference/bin/python pytest tests/sparring/test_reference_score_files.py
"""

import json
import os
import random
import subprocess
from pathlib import Path

import pytest

from sparring.commands.check import check
from sparring.dialects import DIALECTS
from sparring.gold import gold_calls
from sparring.records import Call
from sparring.sources.bfcl import CATEGORIES, example, load_rows
from sparring.storage import read_jsonl
from sparring.studies.answer_forms import FORMS
from sparring.studies.scoring import LANGUAGES, RowVerdict, verdict_on

VARIABLE = "SPARRING_REFERENCE_PYTHON"
DEADLINE_S = 900
RUNNER = (
    "import sys; from bfcl_eval.eval_checker.eval_runner import main; "
    "main([sys.argv[1]], ['single_turn'], sys.argv[2], sys.argv[3])"
)
MODELS = {"prompt": "gpt-4o-2024-11-20", "fc": "gpt-4o-2024-11-20-FC"}  # names that the runner knows; nobody is asked
PIECES = ("'", '"', "(", ")", "[", "]", ",", "=", "-", "1", ".5", "True", "None", " ", "x", "{}", "\n", "`")
PROSE = "I am sorry, but none of these functions can help with that."


def literal(value, schema):
    """A value as Java or JavaScript source; the gold of other types than String is such source already."""
    return value if isinstance(value, str) and schema.get("type") != "String" else json.dumps(value)


def foreign(call, row):
    (tool,) = [one for one in row["function"] if one["name"] == call.name]
    schemas = tool["parameters"]["properties"]
    return f"[{call.name}({', '.join(f'{k}={literal(v, schemas[k])}' for k, v in call.arguments.items())})]"


def mutated_text(text, rng):
    for _ in range(rng.randrange(1, 4)):
        place = rng.randrange(len(text) + 1)
        text = rng.choice(
            [
                text[:place] + rng.choice(PIECES) + text[place:],
                text[:place] + text[place + rng.randrange(1, 4) :],
                text[:place] + rng.choice(PIECES) + text[place + 1 :],
            ]
        )
    return text


def mutated_calls(calls, rng):
    """The calls with one argument changed, lost or added, a call lost or doubled, or a function renamed."""
    calls = [Call(name=call.name, arguments=dict(call.arguments)) for call in calls]
    if not calls:
        return calls
    one = rng.choice(calls)
    name = rng.choice(sorted(one.arguments)) if one.arguments else None
    change = rng.randrange(6)
    if change == 0 and name:
        one.arguments[name] = rng.choice(["", "x", 0, -1, 2.5, True, None, [], ["a"], {}, str(one.arguments[name])])
    elif change == 1 and name:
        del one.arguments[name]
    elif change == 2:
        one.arguments["invented"] = 1
    elif change == 3:
        calls.remove(one)
    elif change == 4:
        calls.append(one)
    else:
        calls[calls.index(one)] = Call(name=f"{one.name}_x", arguments=one.arguments)
    rng.shuffle(calls)
    return calls


def answers_of(row, category, mode, rng):
    """A right answer where the gold is known, else a call of some tool, and a spoilt one."""
    seed = example(row)
    calls = gold_calls(seed) or [Call(name=tool.name, arguments={"x": rng.randrange(9)}) for tool in seed.tools[:1]]
    spoilt = mutated_calls(calls, rng)
    if mode == "fc":
        shown, wrong = (
            [{call.name.replace(".", "_"): json.dumps(call.arguments)} for call in some] for some in (calls, spoilt)
        )
        return shown, rng.choice([wrong, PROSE, []])
    if category in LANGUAGES:
        right = foreign(calls[0], row)
        return right, rng.choice([mutated_text(right, rng), PROSE, "[]"])
    right, wrong = (DIALECTS["pythonic"].render(some) for some in (calls, spoilt))
    return right, rng.choice([wrong, mutated_text(right, rng), mutated_text(right, rng), PROSE, "[]"])


def can_be_scored(row, answer, mode):
    """Whether the reference lives to tell: it crashes on some answers, and evaluates powers."""
    if isinstance(answer, str) and "**" in answer:
        return False
    form = FORMS["structured" if mode == "fc" else "pythonic"]
    return verdict_on(row, answer, form, renamed=mode == "fc").example_error is None


def write_results(folder, wheel, mode, rng):
    """BFCL result files of all single-turn categories: about half of the answers right."""
    files = {}
    for category in CATEGORIES:
        lines = []
        for row_id, row in load_rows(wheel, category).items():
            right, wrong = answers_of(row, category, mode, rng)
            wanted = [wrong, right] if rng.random() < 0.5 else [right, wrong]
            answer = next((one for one in wanted if can_be_scored(row, one, mode)), PROSE)
            lines.append(json.dumps({"id": row_id, "result": answer}))
        group = "live" if category.startswith("live") else "non_live"
        files[category] = folder / MODELS[mode] / group / f"BFCL_v4_{category}_result.json"
        files[category].parent.mkdir(parents=True, exist_ok=True)
        files[category].write_text("\n".join(lines) + "\n")
    return files


@pytest.fixture(scope="module")
def reference_python():
    python = os.environ.get(VARIABLE)
    if not python:
        pytest.skip(f"{VARIABLE} names no interpreter with bfcl-eval in it")
    return Path(python)


def reference_scores(python, model, folder):
    """(right, answered) by category, out of the score files."""
    environment = os.environ | {"BFCL_PROJECT_ROOT": str(folder), "OPENAI_API_KEY": "none", "OPENAI_BASE_URL": ""}
    command = [python, "-c", RUNNER, model, str(folder / "result"), str(folder / "score")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr[-3000:]
    found = {}
    for path in (folder / "score").rglob("BFCL_v4_*_score.json"):
        head = json.loads(path.read_text().splitlines()[0])
        found[path.name.removeprefix("BFCL_v4_").removesuffix("_score.json")] = (
            head["correct_count"],
            head["total_count"],
        )
    return found


@pytest.mark.parametrize("mode", ["prompt", "fc"])
def test_every_category_has_the_accuracy_of_the_references_score_file(
    tmp_path, bfcl_wheel, reference_python, mode, capsys
):
    files = write_results(tmp_path / "result", bfcl_wheel, mode, random.Random(5))
    theirs = reference_scores(reference_python, MODELS[mode], tmp_path)
    assert set(theirs) == set(CATEGORIES)
    ours = {}
    for category, path in files.items():
        form = "structured" if mode == "fc" else "pythonic"
        check([path], None, tmp_path / "verdicts.jsonl", dialect=form, underscore_to_dot=mode == "fc", show=0)
        verdicts = [row.verdict for row in read_jsonl(tmp_path / "verdicts.jsonl", RowVerdict)]
        ours[category] = (sum(verdict.correct for verdict in verdicts), len(verdicts))
    capsys.readouterr()
    for category in CATEGORIES:
        (right, rows), (their_right, their_rows) = ours[category], theirs[category]
        assert rows == their_rows, category
        assert 0.2 < their_right / their_rows < 0.8, f"{category}: answers that show nothing"
        assert right == their_right, category
