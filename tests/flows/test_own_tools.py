"""An audit of a team's own tools, from tools.json to the report, against an endpoint that knows every seed."""

import json
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from sparring.dialects import DIALECTS
from sparring.gold import gold_calls
from sparring.operators import OPERATORS
from sparring.records import RoundResult, Trial
from sparring.seeds.certificate import Reading, readings_path
from sparring.seeds.rows import read_rows
from sparring.sources.jsonl import load_jsonl, read_row
from sparring.storage import read_jsonl, write_jsonl
from sparring.tools.frozen import freeze, read_toolbox, write_toolbox
from tests.chat_server import answering
from tests.running import run

pytest.importorskip("faker")
pytestmark = pytest.mark.timeout(600)
ROOT = Path(__file__).parents[2]
SMALL = ROOT / "tests" / "data" / "own_tools" / "functions.tools.json"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder with the recipe, and a team's tools."""
    root = tmp_path_factory.mktemp("own-tools")
    shutil.copyfile(ROOT / "params.yaml", root / "params.yaml")
    shutil.copyfile(SMALL, root / "tools.json")
    return root


@contextmanager
def knowing(project, name):
    """An endpoint that answers every seed of an audit rightly, and rewrites of them only where they shout nothing."""

    def answer(messages):
        question = messages[-1]["content"]
        rows = {row["messages"][0]["content"]: row for row in read_rows(project / "audits" / name / "seeds.jsonl")}
        known = next((row for query, row in rows.items() if query == question or query in question), None)
        return "[]" if known is None else DIALECTS["pythonic"].render(gold_calls(read_row(known)))

    with answering(answer) as server:
        yield server


def audit(project, server, name, *options, expect=0):
    where = ("--base-url", server.url, "--model", "scripted")
    return run(
        project, sys.executable, "-m", "flows.audit", name, "--tools", "tools.json", *where, *options, expect=expect
    )


def result_of(project, name):
    folder = project / "audits" / name / "data" / "rounds" / "audit"
    return RoundResult.model_validate_json((folder / "round.json").read_text()), read_jsonl(
        folder / "trials.jsonl", Trial
    )


def test_one_command_goes_from_tools_to_a_report_and_the_export_holds_the_seeds(project):
    with knowing(project, "shop") as server:
        told = audit(project, server, "shop", "--num-seeds", "30", "--attacks-per-seed", "1")
    folder = project / "audits" / "shop"
    rows = load_jsonl(folder / "seeds.jsonl")
    assert {call.name for row in rows for call in row.gold} == {
        tool["name"] for tool in read_toolbox(SMALL).tools if tool["name"] != "cmpt_qx"
    }
    result, trials = result_of(project, "shop")
    assert result.rates["clean_accuracy"].value == 1.0
    assert result.rates["clean_accuracy"].total == 30
    assert trials
    assert "cmpt_qx.zxq: has no name in words" in told.stdout
    assert "Nobody has read the seeds" in (folder / "summary.md").read_text()

    write_jsonl(readings_path(folder / "seeds.jsonl"), [Reading(id=row.id, right=True) for row in rows[:20]])
    run(project, "sparring", "report", "--root", str(folder), "--out", "report")
    report = (project / "report" / "report.md").read_text()
    assert "Of 20 seeds that a person has read, 20 are right" in report
    run(project, "sparring", "export", "audit", str(project / "out"), "--root", str(folder))
    assert sorted(path.name for path in (project / "out" / "seeds").iterdir()) == [
        "seeds.jsonl",
        "seeds.read.jsonl",
        "tools.json",
    ]


def test_a_changed_tool_replays_its_own_seeds_alone_and_the_report_names_it(project):
    with knowing(project, "changing") as server:
        options = ("--num-seeds", "24", "--attacks-per-seed", "1", "--without", *set(OPERATORS) - {"greeting"})
        audit(project, server, "changing", *options)
        folder = project / "audits" / "changing"
        before = {row["id"]: row for row in read_rows(folder / "seeds.jsonl")}
        asked = set(server.asked)

        toolbox = read_toolbox(project / "tools.json")
        text = json.dumps([tool for tool in toolbox.tools if tool["name"] != "translate_text"])
        renamed = json.loads(text.replace('"restaurant"', '"venue"'))
        write_toolbox(project / "tools.json", freeze(toolbox.source, toolbox.kind, renamed))
        told = audit(project, server, "changing", *options)

    after = {row["id"]: row for row in read_rows(folder / "seeds.jsonl")}
    assert {row["metadata"]["tool"] for row_id, row in before.items() if row_id not in after} == {
        "book_table",
        "translate_text",
    }
    fresh = [row for row_id, row in after.items() if row_id not in before]
    assert fresh
    assert {row["metadata"]["tool"] for row in fresh} == {"book_table"}
    assert "changed: book_table; gone: translate_text" in told.stdout
    own = {row["messages"][0]["content"] for row in fresh}
    assert all(any(query in question for query in own) for question in set(server.asked) - asked)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--tools", "nowhere.json"), "nowhere.json"),
        (("--tools", "tools.json", "--seeds", "val"), "--seeds val"),
        (("--tools", "tools.json", "--seeds", "no.jsonl"), "no.jsonl"),
        (("--tools", "tools.json", "--values", "no.csv"), "no.csv"),
    ],
)
def test_wrong_input_is_one_line_before_anything_is_asked(project, options, said):
    where = ("--base-url", "http://127.0.0.1:9/v1", "--model", "m")
    done = run(project, sys.executable, "-m", "flows.audit", "wrong", *where, *options, expect=2)
    (line,) = [line for line in done.stderr.splitlines() if said in line]
    assert said in line
    assert not (project / "audits" / "wrong").exists()
