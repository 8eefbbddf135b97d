"""A run that failed says why on its page; a campaign that is finished goes on with a new round where that is wanted."""

import asyncio
import io
import re
import sys

import pytest
from ruamel.yaml import YAML

from flows.training import Said, StageFailed, played_rounds, training
from sparring.config import load_params
from sparring.errors import InputError
from sparring.project.further_round import add_round
from sparring.terminal import say
from tests.conftest import ROOT
from tests.sparring.test_visible_text import finished

FAILS = (
    "import sys; print('prepared nothing', file=sys.stderr); print('error: data: no row', file=sys.stderr); sys.exit(2)"
)
PLAYS = (
    "import pathlib, sys; out = pathlib.Path('data/rounds', sys.argv[1], 'round.json'); "
    "out.parent.mkdir(parents=True, exist_ok=True); "
    "out.write_text(pathlib.Path('manifest.json').read_text().replace('r00', sys.argv[1]))"
)


def project(root, prepare):
    """A pipeline of commands that take no time, under the stages' names."""
    (root / "params.yaml").write_text((ROOT / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (root / "manifest.json").write_text(finished("played").model_dump_json())
    (root / ".dvc").mkdir()
    (root / ".dvc" / "config").write_text("[core]\n    no_scm = true\n    analytics = false\n")
    for name, code in (("prepare.py", prepare), ("plays.py", PLAYS)):
        (root / name).write_text(code)
    stage = {"cmd": "python plays.py ${key}", "deps": ["plays.py"], "outs": ["data/rounds/${key}/round.json"]}
    stages = {
        "prepare": {"cmd": "python prepare.py", "deps": ["prepare.py"]},
        "baseline": {"cmd": "python plays.py r00", "deps": ["plays.py"], "outs": ["data/rounds/r00/round.json"]},
        "rounds": {"foreach": "${rounds}", "do": stage},
    }
    with (root / "dvc.yaml").open("w") as handle:
        YAML().dump({"stages": stages}, handle)
    return root


async def run_of(name):
    """State and log of the newest run with a name."""
    from prefect.client.orchestration import get_client  # after flows, which sets how long a server may take to start
    from prefect.client.schemas.filters import FlowRunFilter, LogFilter

    async with get_client() as client:
        wanted = FlowRunFilter.model_validate({"name": {"any_": [name]}})
        runs = await client.read_flow_runs(flow_run_filter=wanted)
        run = max(runs, key=lambda one: one.created)
        for _ in range(50):
            logs = await client.read_logs(LogFilter.model_validate({"flow_run_id": {"any_": [run.id]}}))
            if any("ended with exit code" in log.message or "broken pot" in log.message for log in logs):
                break
            await asyncio.sleep(0.2)
        return run.state, "\n".join(log.message for log in logs)


def test_the_page_of_a_failed_campaign_names_the_stages_own_error(tmp_path, capfd):
    root = project(tmp_path, FAILS)
    with pytest.raises(StageFailed, match=r"stage prepare ended with exit code \d+: data: no row"):
        training(root, f"failing {tmp_path.name}")
    assert "prepared nothing" in capfd.readouterr().err
    state, log = asyncio.run(run_of(f"failing {tmp_path.name}"))
    assert state.is_failed()
    assert "data: no row" in state.message
    assert "stage prepare ended with exit code" in log


def test_what_the_program_says_is_in_the_runs_log_and_once_on_the_terminal(tmp_path, capfd):
    from prefect import flow

    name = f"saying {tmp_path.name}"

    @flow(name="saying", flow_run_name=name)
    def saying():
        say("the kettle boils")
        raise InputError("broken pot")

    with pytest.raises(InputError):
        saying()
    state, log = asyncio.run(run_of(name))
    assert "broken pot" in state.message
    assert "the kettle boils" in log
    assert capfd.readouterr().err.count("the kettle boils") == 1


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (b"a\nerror: first\nerror: second\nERROR: failed to reproduce 'x': ...\n", "second"),
        (b"error: named\nsomething after it\n", "named"),
        (b"Traceback\nKeyError: 'x'\nERROR: failed to reproduce 'x': ...\n", "KeyError: 'x'"),
        (b"", None),
        (b"\xff\xfe\n", "\ufffd\ufffd"),
    ],
)
def test_the_reason_is_the_last_named_error_else_the_last_line(written, reason, monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr(sys, "stderr", shown)
    said = Said()
    said.pass_on(io.BytesIO(written))
    assert said.reason == reason
    assert shown.getvalue() == written.decode("utf-8", "replace")


def test_what_dvc_says_of_a_split_without_rows_is_no_news(monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr(sys, "stderr", shown)
    said = Said()
    said.pass_on(io.BytesIO(b"WARNING: 'data/splits/ood.jsonl' is empty.\nWARNING: 'a' is empty. Why?\nloss 0.2\n"))
    assert shown.getvalue() == "WARNING: 'a' is empty. Why?\nloss 0.2\n"


def test_a_finished_campaign_plays_a_new_round_only_where_that_is_wanted(tmp_path):
    root = project(tmp_path, "")
    before = (root / "params.yaml").read_text()
    training(root, "all of it", new_round=True)
    assert (root / "params.yaml").read_text() == before, "there were rounds to be played"
    training(root, "again")
    assert (root / "params.yaml").read_text() == before
    training(root, "weekly", new_round=True)
    assert load_params(root / "params.yaml").rounds["r02"].after == "r01"
    assert [one.round for one in played_rounds(root)] == ["r00", "r01", "r02"]


@pytest.mark.parametrize(
    ("rounds", "name", "after"),
    [
        ("{}", "r01", "r00"),
        ("{r01: {after: r00}}", "r02", "r01"),
        ("\n  r01: {after: r00}\n  r03: {after: r01}  # two was lost", "r04", "r03"),
        ("{r09: {after: r00}}", "r10", "r09"),
    ],
)
def test_a_round_more_follows_the_last_and_comments_stay(tmp_path, rounds, name, after):
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    head = text[: text.index("\nrounds:")]
    path = tmp_path / "params.yaml"
    path.write_text(f"{head}\nrounds: {rounds}\n", encoding="utf-8")
    known = load_params(path).rounds
    assert add_round(path) == name
    assert load_params(path).rounds[name].after == after
    assert {each: load_params(path).rounds[each] for each in known} == known
    assert path.read_text(encoding="utf-8").startswith(head)
    assert re.search(rf"^  {name}: {{after: {after}}}$", path.read_text(encoding="utf-8"), re.MULTILINE)
