"""The judge against a real server, and what its opinions do: trials set aside, aliases proposed, accepted, applied."""

from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from sparring.attacker.archive import Archive
from sparring.checker import check
from sparring.cli import app
from sparring.config import JudgeParams
from sparring.dialects import DIALECTS
from sparring.errors import InputError, UnreachableError
from sparring.project.aliases import decide, decisions_path, enqueue, mend, proposals, queue_path
from sparring.records import Attack, Completion, Trial
from sparring.report.rounds import Observation
from sparring.storage import read_jsonl
from sparring.studies.metrics import (
    attack_success,
    by_operator,
    rejections,
    seeds_broken,
    top_failures,
    valid_fraction,
)
from sparring.targets.judge import Judge, Judgement, Opinion, judged, opinions
from sparring.training.mistake_book import updated_mistakes
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


def two_lost(seed):
    return [trial(seed, f"[get_weather(city='{city}', days=3)]", city) for city in ("Rome", "Oslo")]


def fails(question):
    """Whether a question is about the answer that the judge below does not answer about."""
    return "Oslo" in question


LOST_ROWS = {
    "500": lambda question: "500" if fails(question) else None,
    "a cut body": lambda question: "cut body" if fails(question) else None,
    "refused for its length": lambda question: (413, {}) if fails(question) else None,
    "dropped": lambda question: "dropped" if fails(question) else None,
    "only one of both orders": lambda question: "500" if fails(question.split("Answer 2: ")[0]) else None,
}


def judge_by(server, tmp_path, **changed):
    usual = judge_at(server.url, tmp_path).params
    return Judge(usual.model_copy(update=changed), "pythonic", tmp_path / "judge.jsonl")


def opines(question, body):
    """A judge that finds the gold right, and is cut where the question is about Oslo and the body allows one token."""
    first = question.split("Answer 1: ")[1].split("\n")[0]
    cut = {"finish_reason": "length"} if fails(question) and body["max_tokens"] == 1 else {}
    return {"role": "assistant", "content": "FIRST" if "Paris" in first else "SECOND"} | cut


@pytest.mark.parametrize("plan", LOST_ROWS.values(), ids=LOST_ROWS)
def test_a_row_without_an_answer_is_unjudged_and_not_undecided(start_server, weather_seed, tmp_path, plan):
    server = start_server(lambda question, number, attempt: plan(question), opines)
    lost = two_lost(weather_seed)
    found = judge_by(server, tmp_path).judge(lost, {weather_seed.id: weather_seed})
    assert [each.unanswered is None for each in found] == [True, False]
    assert opinions(found) == {"gold": 1, "unjudged": 1}
    assert [each.rejected_by for each in judged(lost, found)] == [None, "unjudged"]


def test_an_answer_that_was_cut_and_a_budget_that_was_spent_leave_unjudged_too(start_server, weather_seed, tmp_path):
    server, lost, seeds = start_server(message=opines), two_lost(weather_seed), {weather_seed.id: weather_seed}
    found = judge_by(server, tmp_path, max_new_tokens=1).judge(lost, seeds)
    assert "cut at 1 tokens" in found[1].unanswered
    spent = Judge(judge_by(server, tmp_path, max_requests=3).params, "pythonic", tmp_path / "spent.jsonl")
    found = spent.judge(lost, seeds)
    assert opinions(found) == {"gold": 1, "unjudged": 1}
    assert "budget was spent" in next(each.unanswered for each in found if each.unanswered)


def test_an_unjudged_trial_counts_nowhere_and_trains_nothing(start_server, weather_seed, tmp_path, params):
    server = start_server(lambda question, number, attempt: LOST_ROWS["500"](question), opines)
    won, stood = trial(weather_seed, GOLD, "won"), two_lost(weather_seed)
    found = judge_by(server, tmp_path).judge(stood, {weather_seed.id: weather_seed})
    after = judged([won, *stood], found)
    kept = [won, stood[0]]
    assert after[2].unjudged
    for measure in (attack_success, valid_fraction, seeds_broken, rejections):
        assert measure(after) == measure(kept), measure.__name__
    examples = {weather_seed.id: weather_seed}
    assert by_operator(after, examples) == by_operator(kept, examples)
    assert top_failures(after, examples) == top_failures(kept, examples)
    assert updated_mistakes([], [], after) == updated_mistakes([], [], kept)
    archive, smaller = Archive(), Archive()
    archive.add(after, examples)
    smaller.add(kept, examples)
    archive.save(tmp_path / "archive.jsonl")
    smaller.save(tmp_path / "smaller.jsonl")
    assert (tmp_path / "archive.jsonl").read_bytes() == (tmp_path / "smaller.jsonl").read_bytes()
    assert Observation("r01", "training", "r00", after[2], weather_seed).outcome == "not scored"


DEAD = {"500": "500", "refused": (400, {}), "dropped": "dropped"}


@pytest.mark.parametrize("plan", DEAD.values(), ids=DEAD)
def test_a_judge_that_answers_nothing_stops_and_the_journal_goes_on_when_it_is_back(
    start_server, weather_seed, tmp_path, plan
):
    alive = [False]
    server = start_server(lambda question, number, attempt: None if alive[0] else plan, opines)
    lost, seeds = two_lost(weather_seed), {weather_seed.id: weather_seed}
    judge = judge_by(server, tmp_path)
    with pytest.raises(UnreachableError, match=r"answers nothing about 2 lost trials: .*the same command goes on"):
        judge.judge(lost, seeds)
    alive[0] = True
    assert opinions(judge.judge(lost, seeds)) == {"gold": 2}
    asked = sum(server.served.values())
    judge.judge(lost, seeds)
    assert sum(server.served.values()) == asked == 4


def test_a_spent_budget_and_a_short_answer_say_what_to_change(start_server, weather_seed, tmp_path):
    lost, seeds = two_lost(weather_seed)[1:], {weather_seed.id: weather_seed}
    server = start_server(message=opines)
    with pytest.raises(UnreachableError, match=r"judge\.max_new_tokens"):
        judge_by(server, tmp_path, max_new_tokens=1).judge(lost, seeds)
    with pytest.raises(UnreachableError, match=r"judge\.max_requests"):
        judge_by(server, tmp_path, max_requests=1).judge(lost, seeds)
    assert opinions(judge_by(server, tmp_path, max_requests=50).judge(lost, seeds)) == {"gold": 1}


def test_whether_a_judge_is_there_is_asked_anew_each_time(start_server, tmp_path):
    alive = [True]
    server = start_server(lambda question, number, attempt: None if alive[0] else "500", opines)
    judge = judge_by(server, tmp_path)
    judge.must_answer()
    judge.must_answer()
    alive[0] = False
    with pytest.raises(UnreachableError, match="does not answer: HTTP 500"):
        judge.must_answer()
    assert not (tmp_path / "judge.jsonl").exists()
    server.shutdown()
    server.server_close()
    with pytest.raises(UnreachableError, match=server.url):
        judge.must_answer()


def test_a_judge_of_a_wrong_address_is_a_wrong_input(start_server, tmp_path):
    server = start_server(lambda question, number, attempt: (404, {}))
    with pytest.raises(InputError, match="check its address, model and key"):
        judge_by(server, tmp_path).must_answer()
