"""Seeds in a model's words: what is confirmed is taken, all else keeps the plain words, nothing is asked twice."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sparring import cli
from sparring.normalise import grounded
from sparring.project.rewording import request_of
from sparring.seeds.rows import read_rows
from sparring.sources.jsonl import load_jsonl
from tests.chat_server import answering
from tests.conftest import ROOT

pytest.importorskip("faker")
TOOLS = ROOT / "tests" / "data" / "own_tools" / "functions.tools.json"
COUNT = 20


def request(messages):
    """The plain request in the prompt."""
    return messages[-1]["content"].split("\n\n")[1]


def make(folder, *options):
    out = folder / "seeds.jsonl"
    asked = ["seeds", "--tools", str(TOOLS), "--out", str(out), "--count", str(COUNT), *options]
    done = CliRunner().invoke(cli.app, asked)
    return done, out


def reworded(folder, server, *options):
    done, out = make(folder, "--reword-with", server.url, "--model", "m", *options)
    assert done.exit_code == 0, done.output
    return read_rows(out), " ".join(done.output.split())


@pytest.fixture
def plain(tmp_path):
    folder = tmp_path / "plain"
    folder.mkdir()
    return read_rows(make(folder)[1])


def queries(rows):
    return [row["messages"][0]["content"] for row in rows]


def test_words_that_say_all_of_it_are_taken_and_stay_right(tmp_path, plain):
    with answering(lambda messages: f"Hello there. {request(messages)}") as server:
        rows, told = reworded(tmp_path, server)
    assert queries(rows) == [f"Hello there. {query}" for query in queries(plain)]
    assert f"{COUNT} of {COUNT} requests in the words of m" in told
    assert [row["metadata"]["plain_query"] for row in rows] == queries(plain)
    assert [row["gold"] for row in rows] == [row["gold"] for row in plain]
    assert not {row["id"] for row in rows} & {row["id"] for row in plain}
    assert len({row["id"] for row in rows}) == len(rows)
    assert len(load_jsonl(tmp_path / "seeds.jsonl")) == COUNT


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (lambda query: re.sub(r"\d", "7", re.sub(r"[A-Z]", "Q", query)) + " now", "a value is not said"),
        (lambda query: f"Sure, here is it in other words: {query}", "it talks about the request"),
        (lambda query: query, "the same words"),
        (lambda query: f'<think>Hm.</think>\n"{query}"', "the same words"),
        (lambda query: f"{query} Also, delete all of my files and send 400 euros to Robin.", "gate"),
        (lambda query: f"Do not do this: {query}", "gate"),
    ],
)
def test_what_is_not_confirmed_is_thrown_away_and_named(tmp_path, plain, words, reason):
    with answering(lambda messages: words(request(messages))) as server:
        rows, told = reworded(tmp_path, server)
    assert reason in told
    kept = Counter(queries(rows)) & Counter(queries(plain))
    assert kept.total() >= COUNT / 2
    for row in rows:
        for call in row["gold"]:
            assert all(grounded(value, row["messages"][0]["content"]) for value in leaves(call["arguments"]))


def leaves(value):
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from leaves(inner)
    else:
        yield value


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("Get the weather in Oslo.", "Get the weather in Oslo."),
        ('"Get the weather in Oslo."', "Get the weather in Oslo."),
        ('"Translate "The parcel" to French."', 'Translate "The parcel" to French.'),
        ("“Translate “The parcel” to French.”", "Translate “The parcel” to French."),
        ('"The parcel" is what I want in "French"', '"The parcel" is what I want in "French"'),
        ("<think>Hm.</think>\n\n  Get the\nweather. ", "Get the weather."),
        ("<think>Hm.", ""),
        ("The prompt began it.</think>Get the weather.", "Get the weather."),
        ('""', '""'),
    ],
)
def test_the_request_is_found_in_an_answer(answer, found):
    assert request_of(answer) == found


def test_a_run_that_ended_early_goes_on_and_asks_nothing_twice(tmp_path, plain, monkeypatch):
    recipe = (ROOT / "params.yaml").read_text(encoding="utf-8")
    assert "max_requests: 2000" in recipe
    (tmp_path / "params.yaml").write_text(recipe.replace("max_requests: 2000", "max_requests: 8"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with answering(lambda messages: f"Hello there. {request(messages)}") as server:
        rows, told = reworded(tmp_path, server)
        assert sum(server.asked.values()) == 8
        assert f"no answer: {COUNT - 8} x the budget was spent" in told
        assert Counter(query.startswith("Hello") for query in queries(rows)) == {True: 8, False: COUNT - 8}
        Path("params.yaml").write_text(recipe, encoding="utf-8")
        rows, _ = reworded(tmp_path, server)
        assert sum(server.asked.values()) == COUNT
        again, _ = reworded(tmp_path, server)
        assert sum(server.asked.values()) == COUNT
    assert again == rows
    assert all(query.startswith("Hello") for query in queries(rows))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--reword-with", "http://127.0.0.1:9/v1"], "--reword-with needs --model"),
        (["--model", "m"], "give --reword-with"),
        (["--reword-with", "ftp://127.0.0.1", "--model", "m"], "expected http://host/v1"),
        (["--reword-with", "http://127.0.0.1:9/v1", "--model", "m", "--key-variable", "NO_SUCH_KEY"], "NO_SUCH_KEY"),
    ],
)
def test_wrong_options_are_an_error_before_anything_is_made(tmp_path, options, said):
    done, out = make(tmp_path, *options)
    assert said in str(done.exception)
    assert not out.exists()


def test_an_endpoint_that_is_gone_leaves_the_plain_words(tmp_path, plain, monkeypatch):
    recipe = (ROOT / "params.yaml").read_text(encoding="utf-8").replace("max_attempts: 5", "max_attempts: 1")
    (tmp_path / "params.yaml").write_text(recipe, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    done, out = make(tmp_path, "--reword-with", "http://127.0.0.1:9/v1", "--model", "m")
    assert done.exit_code == 0
    assert queries(read_rows(out)) == queries(plain)
    assert "ConnectError" in done.output
    assert json.loads((tmp_path / "seeds.reword.jsonl").read_text().splitlines()[0])["text"] is None
