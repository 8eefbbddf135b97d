"""A chat model that writes attacks: what it is shown, what its answers become, which of several is taken."""

import threading

import pytest

from sparring.attacker.archive import Archive
from sparring.attacker.chat_attacker import ChatAttacker, bare, must_write
from sparring.config import ChatAttackerParams, load_params
from sparring.errors import InputError, UnreachableError
from sparring.gates import NoGates
from sparring.records import Attack, Elite
from sparring.storage import write_text
from tests.chat_server import ChatServer
from tests.conftest import ROOT


@pytest.fixture
def server():
    """Writes what `says` says of a request's body."""
    made = ChatServer(
        plan=lambda question, number, attempt: made.planned(question, number),
        message=lambda question, body: {"content": made.says(body)},
    )
    made.planned = lambda question, number: None
    made.says = lambda body: f"Rewrite {body['seed'] % 7}"
    threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def attacker(server, folder, **changed):
    params = {
        "base_url": server.url, "model": "writer", "key_variable": None, "concurrency": 2, "timeout_s": 5.0,
        "max_attempts": 1, "max_requests": None, "max_tokens": None, "max_new_tokens": 50, "best_of": 1,
    } | changed  # fmt: skip
    return ChatAttacker(ChatAttackerParams.model_validate(params), folder / "attacker.jsonl")


def write(writer, seeds, per_seed=1, archive=None, gates=None):
    return writer.write(seeds, per_seed, archive or Archive(), gates or NoGates(), 1.0, 17)


class Only:
    """Gates that let one text through."""

    def __init__(self, allowed):
        self.allowed, self.asked = allowed, []

    def rejections(self, pairs, action="program"):
        self.asked += [(text, action) for _, text in pairs]
        return [None if text in self.allowed else "content" for _, text in pairs]


def elite(number, query, category="simple_python", strategy="rewrite"):
    attack = Attack(id=f"e{number}", example_id=f"s{number}", query=query, strategy=strategy, round="r01", seed=1)
    return Elite(category=category, tool="get_weather", failure="no_call", operators=[strategy], attack=attack)


def test_it_is_shown_the_request_the_tools_the_right_call_and_what_won(server, weather_seed, tmp_path):
    won = [elite(n, f"won {n}") for n in range(5)] + [elite(9, "of another kind", category="irrelevance")]
    write(attacker(server, tmp_path), [weather_seed], archive=Archive([*won, elite(8, "tricky", strategy="typos")]))
    asked = server.bodies[0]["messages"][-1]["content"]
    for told in (weather_seed.query, "get_weather: Current weather of a city.", "city='Paris', days=3", "typos"):
        assert told in asked
    assert [f"won {n}" in asked for n in range(5)] == [False, False, False, True, True]
    assert "of another kind" not in asked
    assert "rewrite" not in asked
    assert "none may serve yours" not in asked


def test_a_seed_that_wants_no_call_is_shown_as_one(server, weather_seed, tmp_path):
    seed = weather_seed.model_copy(update={"gold": [], "category": "irrelevance"})
    write(attacker(server, tmp_path), [seed])
    asked = server.bodies[0]["messages"][-1]["content"]
    assert "none may serve yours" in asked
    assert "The right answer: no call" in asked


def test_rewrites_come_in_the_order_of_the_seeds_and_are_asked_for_once(server, weather_seed, make_weather, tmp_path):
    server.says = lambda body: ("Rome " if "Rome" in body["messages"][-1]["content"] else "Paris ") + str(body["seed"])
    seeds = [weather_seed, make_weather("w2", "Rome")]
    first = write(attacker(server, tmp_path), seeds, per_seed=2)
    assert [[text.split()[0] for text in texts] for texts in first] == [["Paris"] * 2, ["Rome"] * 2]
    assert len({text for texts in first for text in texts}) == 4
    assert write(attacker(server, tmp_path), seeds, per_seed=2) == first
    assert sum(server.served.values()) == 4
    assert write(attacker(server, tmp_path), []) == []


def test_of_several_rewrites_the_first_new_one_that_the_gates_pass_is_the_attack(server, weather_seed, tmp_path):
    texts = iter(["bad", "good", "better", weather_seed.query, "good", "bad", "bad", "worse", "bad"])
    server.says = lambda body: next(texts)
    gates = Only({"good", "better", weather_seed.query})
    found = write(attacker(server, tmp_path, best_of=3, concurrency=1), [weather_seed], per_seed=3, gates=gates)
    assert found == [["good", "good", "bad"]]
    assert {action for _, action in gates.asked} == {"rewrite"}
    assert len(gates.asked) == len(set(gates.asked))


def test_what_the_network_lost_is_no_attack_and_is_said(server, weather_seed, make_weather, tmp_path, capsys):
    server.planned = lambda question, number: "500" if "Rome" in question else None
    found = write(attacker(server, tmp_path), [weather_seed, make_weather("w2", "Rome")])
    assert [texts[0] is None for texts in found] == [False, True]
    assert "1 of 2 rewrites were not written: HTTP 500" in capsys.readouterr().err


def test_a_dead_attacker_is_one_line_and_a_spent_budget_says_what_to_raise(server, weather_seed, tmp_path):
    server.planned = lambda question, number: "500"
    with pytest.raises(UnreachableError, match=r"writes nothing about 1 seeds: HTTP 500.* goes on"):
        write(attacker(server, tmp_path), [weather_seed])
    writer = attacker(server, tmp_path, max_requests=1)
    with pytest.raises(UnreachableError, match=r"budget was spent .*query_model\.endpoint\.max_requests"):
        write(writer, [weather_seed])
    with pytest.raises(UnreachableError, match="does not answer: HTTP 500"):
        must_write(writer.params)


def test_an_attacker_that_writes_nothing_at_all_is_told(server, weather_seed, tmp_path):
    server.says = lambda body: " "
    with pytest.raises(UnreachableError, match="its answers are empty"):
        write(attacker(server, tmp_path), [weather_seed])


@pytest.mark.parametrize(
    ("said", "request_"),
    [
        ("How warm is Paris?", "How warm is Paris?"),
        ('"How warm is Paris?"', "How warm is Paris?"),
        ("“How warm is Paris?”", "How warm is Paris?"),
        ("<think>It wants Paris.</think>\n\nHow warm is Paris?", "How warm is Paris?"),
        ("It wants Paris.</think>How warm is Paris?", "How warm is Paris?"),
        ("Here is the new request:\n\nHow warm is Paris?", "How warm is Paris?"),
        ("Sure! Here's a rewritten version: How warm is Paris?", "How warm is Paris?"),
        ("**Rewritten request:** How warm is Paris?", "How warm is Paris?"),
        ("New request: How warm is Paris?", "How warm is Paris?"),
        ("Here is what I want to know: how warm is Paris?", "how warm is Paris?"),
        ("My request: how warm is Paris?", "how warm is Paris?"),
        ('"Paris", he said, "how warm is it?"', '"Paris", he said, "how warm is it?"'),
        ("From: Ann\nTo: Bob\nHow warm is Paris?", "From: Ann\nTo: Bob\nHow warm is Paris?"),
        ("Anna: how warm is Paris? Bob: no idea.", "Anna: how warm is Paris? Bob: no idea."),
        ("  ", ""),
    ],
)
def test_the_request_is_taken_out_of_what_stands_around_it(said, request_):
    assert bare(said) == request_


@pytest.mark.parametrize(
    ("action", "endpoint", "said"),
    [
        ("program", "{base_url: 'http://h/v1', model: m, key_variable: null, concurrency: 1, timeout_s: 1.0, "
         "max_attempts: 1, max_requests: null, max_tokens: null, max_new_tokens: 9, best_of: 2}", "needs action: rewrite"),
        ("rewrite", "{base_url: 'http://h/v1', model: m}", "query_model.endpoint"),
        ("rewrite", "{base_url: 'http://a:b@h/v1', model: m}", "keys come from the environment only"),
    ],
)  # fmt: skip
def test_what_the_recipe_says_of_an_attacker_is_checked(tmp_path, action, endpoint, said):
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    text = text.replace("action: program ", f"action: {action} ").replace("endpoint: null", f"endpoint: {endpoint}")
    write_text(tmp_path / "params.yaml", text)
    with pytest.raises(InputError) as told:
        load_params(tmp_path / "params.yaml")
    assert said in str(told.value)
