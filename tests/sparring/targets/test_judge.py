"""The judge against a real server, and what its opinions do: trials set aside, aliases proposed, accepted, applied."""

from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from sparring.checker import check
from sparring.cli import app
from sparring.config import JudgeParams
from sparring.dialects import DIALECTS
from sparring.project.aliases import decide, decisions_path, enqueue, mend, proposals, queue_path
from sparring.records import Attack, Completion, Trial
from sparring.storage import InputError, read_jsonl
from sparring.studies.metrics import attack_success, rejections
from sparring.targets.judge import Judge, Judgement, Opinion, judged, opinions
from tests.chat_server import answering

PYTHONIC = DIALECTS["pythonic"]
GOLD = "[get_weather(city='Paris', days=3)]"


@contextmanager
def judging(opinion):
    """A chat server that answers by a function of (answer 1, answer 2), and what it was asked."""
    asked = []

    def said(messages):
        text = messages[-1]["content"]
        asked.append(text)
        return opinion(*(text.split(f"Answer {number}: ")[1].split("\n")[0] for number in (1, 2)))

    with answering(said) as server:
        yield server.url, asked


def judge_at(url, tmp_path):
    params = JudgeParams(
        base_url=url,
        model="judge",
        key_variable=None,
        concurrency=2,
        timeout_s=5.0,
        max_attempts=2,
        max_requests=None,
        max_tokens=None,
        max_new_tokens=200,
    )
    return Judge(params, "pythonic", tmp_path / "judge.jsonl")


def trial(seed, text, name="a", query="How will the weather in Paris be for 3 days?"):
    attack = Attack(id=name, example_id=seed.id, query=query, strategy="rewrite", round="r01", seed=0)
    verdict = check(seed, text, parse=PYTHONIC.parse)
    answers = [Completion(attack_id=name, sample=0, text=text)]
    return Trial(attack=attack, completions=answers, rejected_by=None, verdicts=[verdict])


def prefers(wanted):
    """A judge that finds exactly the answers right that hold one of the wanted texts."""

    def opinion(first, second):
        right = [any(text in answer for text in wanted) for answer in (first, second)]
        word = {(True, False): "FIRST", (False, True): "SECOND", (True, True): "BOTH", (False, False): "NEITHER"}
        return f"The first is a call, and so is the second.\n\n**{word[tuple(right)]}**"

    return opinion


@pytest.mark.parametrize(
    ("wanted", "opinion", "rejected_by"),
    [
        (["'Paris'"], "gold", None),
        (["Paname"], "answer", "judge_answer"),
        (["Par", "Pan"], "both", "judge_both"),
        (["Rome"], "neither", "judge_neither"),
    ],
)
def test_each_of_the_four_verdicts_is_told_apart_whatever_the_order(
    weather_seed, tmp_path, wanted, opinion, rejected_by
):
    lost = trial(weather_seed, "[get_weather(city='Paname', days=3)]")
    with judging(prefers(wanted)) as (url, asked):
        found = judge_at(url, tmp_path).judge([lost], {weather_seed.id: weather_seed})
    assert [str(each.opinion) for each in found] == [opinion]
    assert len(asked) == 2
    assert asked[0] != asked[1]
    assert lost.attack.query in asked[0]
    assert judged([lost], found)[0].rejected_by == rejected_by


@pytest.mark.parametrize(
    "says",
    [
        lambda first, second: "FIRST",
        lambda first, second: "I cannot tell.",
        lambda first, second: "FIRST or BOTH",
        lambda first, second: "",
    ],
)
def test_a_judge_that_differs_from_itself_or_says_nothing_readable_changes_nothing(weather_seed, tmp_path, says):
    lost = trial(weather_seed, "[get_weather(city='Rome', days=3)]")
    with judging(says) as (url, _):
        found = judge_at(url, tmp_path).judge([lost], {weather_seed.id: weather_seed})
    assert opinions(found) == {"undecided": 1}
    assert judged([lost], found) == [lost]


def test_only_lost_trials_are_asked_about_and_none_twice(weather_seed, tmp_path):
    seeds = {weather_seed.id: weather_seed}
    won = trial(weather_seed, GOLD, "won")
    stopped = trial(weather_seed, "[]", "stopped").model_copy(update={"rejected_by": "leak", "verdicts": []})
    lost = trial(weather_seed, "[get_weather(city='Rome', days=3)]", "lost")
    with judging(prefers(["Rome"])) as (url, asked):
        judge = judge_at(url, tmp_path)
        found = judge.judge([won, stopped, lost], seeds)
        assert [each.attack_id for each in found] == ["lost"]
        assert judge.judge([lost], seeds) == found
        assert judge.judge([won], seeds) == []
    assert len(asked) == 2
    after = judged([won, stopped, lost], found)
    assert [each.rejected_by for each in after] == [None, "leak", "judge_answer"]
    assert attack_success(after).total == 1
    assert rejections(after) == {"judge_answer": 1, "leak": 1}


def both(attack_id):
    return Judgement(attack_id=attack_id, opinion=Opinion.BOTH, texts=["BOTH", "BOTH"])


@pytest.mark.parametrize(
    ("answer", "places"),
    [
        ("[get_weather(city='Paname', days=3)]", [("city", "Paname", ["Paris", "Paname"])]),
        ("[get_weather(city='Paris')]", [("days", "", [3, ""])]),
        (
            "[get_weather(city='Paname', days=4)]",
            [("city", "Paname", ["Paris", "Paname"]), ("days", 4, [3, 4])],
        ),
        ("[get_climate(city='Paris', days=3)]", [(None, None, [])]),
        ("[get_weather(city='Paris', days='3')]", [("days", "3", [3, "3"])]),
        ("no call at all", [(None, None, [])]),
    ],
)
def test_what_would_have_to_be_accepted_is_proposed_argument_by_argument(weather_seed, answer, places):
    lost = trial(weather_seed, answer)
    found = proposals([lost], [both("a")], {weather_seed.id: weather_seed}, PYTHONIC.parse)
    assert [(alias.argument, alias.value, alias.proposed) for alias in found] == places
    assert all(alias.answer == answer and alias.attack == lost.attack.query for alias in found)


def test_only_both_proposes_an_alias(weather_seed):
    lost = trial(weather_seed, "[get_weather(city='Paname', days=3)]")
    other = both("a").model_copy(update={"opinion": "answer"})
    assert proposals([lost], [other], {weather_seed.id: weather_seed}, PYTHONIC.parse) == []


def test_an_accepted_alias_is_right_from_then_on_and_a_rejected_one_never_comes_back(weather_seed, tmp_path):
    seeds = {weather_seed.id: weather_seed}
    texts = ["[get_weather(city='Paname', days=3)]", "[get_weather(city='Rome', days=3)]"]
    lost = [trial(weather_seed, text, f"a{number}") for number, text in enumerate(texts)]
    found = proposals(lost, [both("a0"), both("a1")], seeds, PYTHONIC.parse)
    assert enqueue(tmp_path, found) == 2
    assert enqueue(tmp_path, found) == 0
    runner = CliRunner()
    shown = runner.invoke(app, ["aliases", "--root", str(tmp_path)])
    assert "2 waiting" in shown.output
    assert "Paname" in shown.output
    done = runner.invoke(app, ["aliases", "--accept", found[0].id, "--reject", found[1].id, "--root", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "0 waiting" in done.output
    assert [alias.decision for alias in read_jsonl(decisions_path(tmp_path), type(found[0]))] == [
        "accepted",
        "rejected",
    ]
    assert enqueue(tmp_path, found) == 0
    (mended,) = mend([weather_seed], tmp_path)
    assert check(mended, texts[0]).correct
    assert check(mended, GOLD).correct
    assert not check(mended, texts[1]).correct
    assert not check(weather_seed, texts[0]).correct
    assert mend(mend([weather_seed], tmp_path), tmp_path) == [mended]


def test_what_cannot_be_accepted_is_said_in_one_line(weather_seed, tmp_path):
    found = proposals(
        [trial(weather_seed, "[get_climate()]")], [both("a")], {weather_seed.id: weather_seed}, PYTHONIC.parse
    )
    enqueue(tmp_path, found)
    with pytest.raises(InputError, match="no accepted value makes its answer right"):
        decide(tmp_path, [found[0].id], "accepted")
    with pytest.raises(InputError, match="no entry 123; there are"):
        decide(tmp_path, ["123"], "rejected")
    assert len(read_jsonl(queue_path(tmp_path), type(found[0]))) == 1


def test_an_alias_of_a_gold_that_is_gone_is_named_by_file_and_line(weather_seed, tmp_path):
    lost = trial(weather_seed, "[get_weather(city='Paname', days=3)]")
    found = proposals([lost], [both("a")], {weather_seed.id: weather_seed}, PYTHONIC.parse)
    enqueue(tmp_path, found)
    decide(tmp_path, [found[0].id], "accepted")
    changed = weather_seed.model_copy(update={"gold": []})
    with pytest.raises(InputError, match=r"aliases\.jsonl:1: call: "):
        mend([changed], tmp_path)
    assert mend([], tmp_path) == []
