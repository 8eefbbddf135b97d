"""The path of docs/own_queries.md: twelve tools in every row, 37 labelled queries; from the file to splits and a report."""

import json
import threading

import pytest
from typer.testing import CliRunner

from sparring import cli
from sparring.project.prepare import prepare
from sparring.records import Example, RoundResult
from sparring.sources.jsonl import validate_jsonl
from sparring.storage import read_json, read_jsonl
from tests.chat_server import ChatServer
from tests.conftest import ROOT
from tests.test_documentation import recipe_on_the_page

FILE = ROOT / "examples" / "twelve_tools.jsonl"


@pytest.fixture
def server():
    """A model that knows every labelled query by heart, and calls nothing where one is put otherwise."""
    rows = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    known = {row["messages"][0]["content"]: row["gold"] for row in rows}

    def message(question, body):
        calls = [
            {"id": str(number), "type": "function", "function": {**call, "arguments": json.dumps(call["arguments"])}}
            for number, call in enumerate(known.get(question, []))
        ]
        return {"content": None if calls else "Nothing to do.", "tool_calls": calls}

    made = ChatServer(plan=lambda question, number, attempt: None, message=message)
    threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def test_the_file_has_no_faulty_row():
    assert validate_jsonl(FILE) == []


def test_by_query_every_split_has_calls_and_all_twelve_tools(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("sparring.project.prepare.prepare_model", lambda name, folder, raw: None)
    prepare(recipe_on_the_page(tmp_path), tmp_path)
    splits = {
        name: read_jsonl(tmp_path / "data" / "splits" / f"{name}.jsonl", Example)
        for name in ("train", "val", "proof", "test")
    }
    assert all(sum(bool(row.gold) for row in rows) >= 2 for rows in splits.values())
    assert {len(row.tools) for rows in splits.values() for row in rows} == {12}
    assert sum(map(len, splits.values())) + len(read_json(tmp_path / "data" / "examples_rejected.json")) == 37
    assert splits["train"] == sorted(splits["train"], key=lambda row: row.id)


def test_an_audit_of_the_file_ends_in_a_report_that_names_the_tools(server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    at = ["--base-url", server.url, "--model", "tiny", "--seeds", str(FILE), "--num-seeds", "31"]
    done = CliRunner().invoke(cli.app, ["audit", "parcels", *at, "--fail-above", "0.2"])
    assert done.exit_code == 1, done.output
    (manifest,) = (tmp_path / "audits" / "parcels").rglob("round.json")
    found = RoundResult.model_validate_json(manifest.read_text(encoding="utf-8"))
    assert found.rates["clean_accuracy"].value == found.rates["no_call_accuracy"].value == 1.0
    assert (found.rates["clean_accuracy"].total, found.rates["no_call_accuracy"].total) == (31, 6)
    assert found.rates["heldout_success/call"].value > 0.9
    assert CliRunner().invoke(cli.app, ["report", "--root", "audits/parcels"]).exit_code == 0
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert all(tool["function"]["name"] in page for tool in json.loads(FILE.read_text().splitlines()[0])["tools"])
