"""What the target learns from itself: its own right answers, and the verdicts on them."""

from sparring.dialects import DIALECTS
from sparring.records import GoldCall, SFTExample
from sparring.training.own_answers import with_own_answers
from sparring.training.target_reward import CallReward

PARSE = DIALECTS["pythonic"].parse
GOLD = "[get_weather(city='Paris', days=3)]"
OWN = '[get_weather(days=3, city="Paris")]'


def row_of(example, origin="clean"):
    return SFTExample(
        id=f"{origin}:{example.id}",
        messages=example.messages,
        tools=example.tools,
        completion=GOLD,
        origin=origin,
    )


def test_the_most_frequent_right_answer_is_learnt_and_the_golds_text_where_none_is_right(make_weather):
    seeds = [
        make_weather("a"),
        make_weather("b"),
        make_weather("c").model_copy(update={"gold": [], "category": "irrelevance"}),
    ]
    rows = [row_of(seed) for seed in seeds]
    wrong = "[get_weather(city='Rome', days=3)]"
    answers = [[wrong, GOLD, OWN, OWN, wrong, wrong], [wrong, "sorry"], ["I cannot help.", "no"]]
    learnt = with_own_answers(rows, seeds, answers, PARSE)
    assert [row.completion for row in learnt] == [OWN, GOLD, GOLD]
    assert [row.id for row in learnt] == [row.id for row in rows]


def test_the_verdict_is_the_reward(make_weather):
    seed = make_weather()
    no_call = seed.model_copy(update={"gold": [], "category": "irrelevance"})
    asked = [seed, seed, seed, no_call, no_call]
    texts = [OWN, "[get_weather(city='Rome', days=3)]", "[get_weather(city=", "I cannot help.", OWN]
    terms = CallReward(PARSE)(asked, texts)
    assert [found["total"] for found in terms] == [1.0, 0.0, 0.0, 1.0, 0.0]
    assert [found["parsed"] for found in terms][:3] == [1.0, 1.0, 0.0]


def test_a_row_at_fault_rewards_no_answer(make_weather):
    faulty = make_weather().model_copy(update={"gold": [GoldCall(name="no_such_tool", arguments={})]})
    assert CallReward(PARSE)([faulty, faulty], [OWN, "sorry"]) == [{}, {}]
