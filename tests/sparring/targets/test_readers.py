"""Readers as the recipe names them: any target, asked once, its silence told apart from its mistakes."""

import json
import pickle
import threading

import pytest

from sparring.config import Params, load_params
from sparring.errors import InputError, UnreachableError
from sparring.gates import Facts
from sparring.storage import write_text
from sparring.targets.readers import open_readers, reader_weights, readers_gate
from sparring.yaml_text import read_yaml
from tests.chat_server import ChatServer
from tests.conftest import ROOT
from tests.tiny import make_language_model

RIGHT = "[get_weather(city='Paris', days=3)]"


@pytest.fixture
def server():
    """Reads the weather of Paris out of whatever names Paris; `plan` and `says` can be changed."""
    made = ChatServer(
        plan=lambda question, number, attempt: made.planned(question),
        message=lambda question, body: made.says(question),
    )
    made.planned = lambda question: None
    made.says = lambda question: {"content": RIGHT if "Paris" in question else "[]"}
    threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def recipe(*models, agree=1, **audit):
    changed = load_params(ROOT / "params.yaml").model_dump(mode="json")
    changed["models"]["dtype"] = "float32"
    changed["gates"]["readers"] = {"models": list(models), "agree": agree}
    changed["audit"] |= {"max_attempts": 1, "timeout_s": 5.0} | audit
    return Params.model_validate(changed)


def served(server, **changed):
    return {"base_url": server.url, "model": "reader"} | changed


def test_a_seed_is_asked_once_however_often_its_rewrites_are_judged(server, weather_seed, tmp_path):
    params = recipe(served(server))
    for query in ("Paris, 3 days?", "Weather for Paris and 3 days.", "Rome, 3 days?"):
        gate = readers_gate(params, tmp_path)  # another start each time
        found = gate.explain([Facts(weather_seed, query)])
        assert (found[0] is None) == ("Paris" in query)
    assert server.asked[weather_seed.query] == 1
    assert sum(server.asked.values()) == 4


def test_a_reader_writes_calls_in_its_own_way(server, weather_seed, tmp_path):
    calls = '[{"name": "get_weather", "arguments": {"city": "Paris", "days": 3}}]'
    server.says = lambda question: {"content": calls}
    reader = open_readers(recipe(served(server, dialect="xlam_json", max_new_tokens=77)), tmp_path)[0]
    assert reader.fits([weather_seed]) == [True]
    assert server.bodies[0]["max_tokens"] == 77
    assert open_readers(recipe(served(server)), tmp_path)[0].fits([weather_seed]) == [False]


COMPARING = {"asks": "same_call"}


@pytest.mark.parametrize(
    ("says", "found"),
    [
        ("Yes", [None]),
        ("**Yes**, it is.", [None]),
        ("no", ["readers"]),
        ("No, yes would be wrong.", ["readers"]),
        ("<think>No? They are the same.</think>\n\nYes.", [None]),
        ("Yesterday's is another.", ["unjudged"]),
        ("", ["unjudged"]),
    ],
)
def test_a_reader_that_compares_says_yes_or_no(server, weather_seed, tmp_path, says, found):
    server.says = lambda question: {"content": says}
    gate = readers_gate(recipe(served(server, **COMPARING)), tmp_path)
    assert [each and each.gate for each in gate.explain([Facts(weather_seed, "Paris, 3 days?")])] == found
    assert gate.readable([weather_seed]) == [True]


def test_a_reader_that_compares_is_shown_both_requests_and_the_right_call_behind_the_same_examples(
    server, weather_seed, tmp_path
):
    server.says = lambda question: {"content": "Yes"}
    either = weather_seed.model_copy(update={"gold": [weather_seed.gold[0].model_copy(
        update={"arguments": {"city": ["Paris", "Paris, France"], "days": ["", 3]}})]})  # fmt: skip
    queries = ["Paris, 3 days?", "Three days of Paris, how warm?"]
    found = readers_gate(recipe(served(server, **COMPARING)), tmp_path).explain(
        [Facts(either, each) for each in queries]
    )
    assert found == [None, None]
    bodies = sorted(server.bodies, key=lambda body: queries.index(body["messages"][-1]["content"].split("\n")[-3][15:]))
    assert [body.get("tools") for body in bodies] == [None, None]
    assert bodies[0]["messages"][:-1] == bodies[1]["messages"][:-1]
    assert {turn["content"] for turn in bodies[0]["messages"] if turn["role"] == "assistant"} == {"Yes", "No"}
    last = bodies[0]["messages"][-1]["content"]
    assert f"First request: {weather_seed.query}" in last
    assert 'Its right call: get_weather(city="Paris", days left out or 3)' in last
    assert "get_weather: " in last


@pytest.mark.parametrize(
    ("accepted", "shown"),
    [
        ([], 'city=""'),
        ([""], "city left out"),
        (["", ""], 'city=""'),
        ([{"name": ["Paris", "Paris, France"], "zip": [""]}], 'city={"name": "Paris"}'),
        ([[{"name": ["Paris"]}]], 'city=[{"name": "Paris"}]'),
    ],
)
def test_odd_golds_are_shown_as_the_call_that_they_accept(server, weather_seed, tmp_path, accepted, shown):
    server.says = lambda question: {"content": "Yes"}
    gold = [weather_seed.gold[0].model_copy(update={"arguments": {"city": accepted}})]
    gate = readers_gate(recipe(served(server, **COMPARING)), tmp_path)
    assert gate.explain([Facts(weather_seed.model_copy(update={"gold": gold}), "Paris?")]) == [None]
    assert f"Its right call: get_weather({shown})" in server.bodies[0]["messages"][-1]["content"]


def test_a_row_that_nobody_can_score_is_no_readers_mistake(server, weather_seed, tmp_path):
    faulty = weather_seed.model_copy(
        update={"tools": [weather_seed.tools[0].model_copy(update={"name": "another_tool"})]}
    )
    assert open_readers(recipe(served(server)), tmp_path)[0].fits([faulty]) == [None]


@pytest.mark.parametrize("silent", ["500", "cut"])
def test_an_answer_that_did_not_come_is_no_verdict(server, weather_seed, tmp_path, silent):
    if silent == "500":
        server.planned = lambda question: "500" if "again" in question else None
    else:
        server.says = lambda question: {"content": RIGHT, "finish_reason": "length" if "again" in question else "stop"}
    gate = readers_gate(recipe(served(server)), tmp_path)
    facts = [Facts(weather_seed, query) for query in ("Paris, 3 days?", "Paris again, 3 days?")]
    found = gate.explain(facts)
    assert [each and each.gate for each in found] == [None, "unjudged"]
    server.planned, server.says = lambda question: None, lambda question: {"content": RIGHT}
    assert gate.explain(facts) == [None, None]


def test_a_dead_reader_is_one_line_and_what_it_said_is_kept(server, weather_seed, tmp_path):
    gate = readers_gate(recipe(served(server)), tmp_path)
    assert gate.explain([Facts(weather_seed, "Paris, 3 days?")]) == [None]
    server.planned = lambda question: "500"
    assert gate.explain([Facts(weather_seed, "Paris, 3 days?")]) == [None]
    with pytest.raises(UnreachableError, match=r"reader http.* answers nothing to 1 questions: HTTP 500.* goes on"):
        gate.explain([Facts(weather_seed, "3 days of Paris?")])


def test_a_spent_budget_says_what_to_raise(server, weather_seed, tmp_path):
    gate = readers_gate(recipe(served(server), max_requests=1), tmp_path)
    with pytest.raises(UnreachableError, match=r"budget was spent .*audit\.max_requests"):
        gate.explain([Facts(weather_seed, "Paris, 3 days?")])


def test_whether_a_reader_is_there_is_asked_anew_each_time(server, tmp_path):
    reader = open_readers(recipe(served(server)), tmp_path)[0]
    reader.must_answer()
    server.planned = lambda question: "500"
    with pytest.raises(UnreachableError, match="does not answer: HTTP 500"):
        reader.must_answer()
    assert not (tmp_path / ".work").exists()


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"model": "nowhere"}, r"gates\.readers\.models\[0\]: .*nowhere"),
        ({"base_url": "ftp://host/v1", "model": "m"}, r"gates\.readers\.models\[0\]: base_url 'ftp"),
        ({"base_url": "http://h/v1", "model": "m", "dialect": "latin"}, r"models\[0\]\.dialect: 'latin' is no dialect"),
        ({"base_url": "http://h/v1", "model": "m", "key_variable": "NO_SUCH_KEY"}, "NO_SUCH_KEY is not set"),
        ({"adapter": "nowhere"}, r"models\[0\]: .*nowhere"),
    ],
)
def test_a_reader_that_cannot_be_asked_is_named_with_its_place(tmp_path, named, said):
    with pytest.raises(InputError, match=said):
        readers_gate(recipe(named), tmp_path)


@pytest.mark.parametrize(
    ("readers", "said"),
    [
        ({"models": [], "agree": 1}, "gates.readers.models: List should have at least 1 item"),
        ({"models": [{"model": "m", "asks": "both"}], "agree": 1}, "gates.readers.models.0.asks: Input should be"),
        (
            {"models": [{"model": "m", "asks": "same_call", "dialect": "hermes"}], "agree": 1},
            "gates.readers.models.0: dialect says how calls are written",
        ),
        ({"models": [{"model": "m"}], "agree": 2}, "gates.readers: agree is 2, and there are 1 models"),
        ({"models": [{}], "agree": 1}, "gates.readers.models.0: expected a model, an adapter"),
        ({"models": [{"base_url": "http://h/v1"}], "agree": 1}, "gates.readers.models.0: base_url needs model"),
        ({"models": [{"model": "m", "key_variable": "K"}], "agree": 1}, "key_variable belongs to an endpoint"),
        (
            {"models": [{"model": "m", "url": "x"}], "agree": 1},
            "unknown key gates.readers.models.0.url; allowed: adapter",
        ),
        (
            {"models": [{"base_url": "http://a:b@h/v1", "model": "m"}], "agree": 1},
            "keys come from the environment only",
        ),
    ],
)
def test_what_the_recipe_says_of_readers_is_checked(tmp_path, readers, said):
    content = read_yaml((ROOT / "params.yaml").read_text(encoding="utf-8"), "params.yaml")
    content["gates"]["readers"] = readers
    write_text(tmp_path / "params.yaml", json.dumps(content))
    with pytest.raises(InputError) as told:
        load_params(tmp_path / "params.yaml")
    assert said in str(told.value)


def test_a_recipe_without_readers_is_what_it_was_before_there_were_any(tmp_path):
    params = load_params(ROOT / "params.yaml")
    assert readers_gate(params, tmp_path) is None
    assert reader_weights(params, tmp_path) == {}
    assert "readers" not in params.model_dump(mode="json")["gates"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A project whose reader is a tiny model that nobody trained."""
    root = tmp_path_factory.mktemp("reading")
    make_language_model(root / "reader")
    return root


def test_a_reader_of_this_machine_answers_from_its_journal_in_any_process(folder, weather_seed):
    params = recipe({"model": "reader"})
    reader = open_readers(params, folder)[0]
    found = reader.fits([weather_seed, weather_seed])
    assert found[0] == found[1]
    assert len(reader.journal.read_text(encoding="utf-8").splitlines()) == 1
    assert pickle.loads(pickle.dumps(reader)).fits([weather_seed]) == found[:1]
    assert set(reader_weights(params, folder)) == {"reader"}


def test_another_model_in_the_same_folder_has_a_journal_of_its_own(folder):
    params = recipe({"model": "reader"})
    before = open_readers(params, folder)[0].journal
    write_text(folder / "reader" / "note.txt", "changed")
    assert open_readers(params, folder)[0].journal != before


def test_one_model_that_reads_in_two_ways_is_loaded_once(folder, weather_seed):
    first, second = open_readers(recipe({"model": "reader"}, {"model": "reader", **COMPARING}, agree=2), folder)
    assert first.fits([weather_seed]) == first.agrees([Facts(weather_seed, weather_seed.query)])
    assert second.agrees([Facts(weather_seed, "Paris?")])[0] in {True, False, None}
    assert first._target.target.model is second._target.target.model
