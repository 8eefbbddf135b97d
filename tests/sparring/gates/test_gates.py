"""Each gate on its own: what it lets through and what it stops, and why."""

import numpy as np
import pytest

from sparring.gates import RULES, Facts, Gatekeeper

SEED = "Find a flight from Paris to Rome for 3 people on 2023-10-01."


@pytest.fixture
def flight(make_weather):
    seed = make_weather().with_query(SEED)
    tool = seed.tools[0].model_copy(
        update={
            "name": "flights.search_all",
            "description": "Search flights between two cities.",
            "parameters": {
                "type": "dict",
                "properties": {
                    "origin_city": {"type": "string"},
                    "target_city": {"type": "string"},
                    "people": {"type": "integer"},
                    "date": {"type": "string"},
                    "cabin": {"type": "string", "enum": ["economy", "business"]},
                },
                "required": ["origin_city", "target_city"],
            },
        }
    )
    arguments = {"origin_city": ["Paris"], "target_city": ["Rome"], "people": [3], "date": ["2023-10-01"]}
    call = seed.gold[0].model_copy(update={"name": "flights.search_all", "arguments": arguments})
    return seed.model_copy(update={"tools": [tool], "gold": [call]})


@pytest.mark.parametrize(
    "rewrite",
    [
        SEED,
        "Hi there! Find a flight from Paris to Rome for three people on October 1, 2023.",
        "could you please find a flight from Paris to Rome for 3 people on 2023-10-01",
        "Find a flihgt from Paris to Rome for 3 poeple on 2023-10-01.",
        "My neighbour has 12 goldfish in a tank. Find a flight from Paris to Rome for 3 people on 2023-10-01.",
        "On 2023-10-01, find a flight from Paris to Rome for 3 people.",
        "I'd love to get a flight from Paris to Rome for 3 people on 2023-10-01, thank you!",
    ],
)
def test_what_keeps_the_label_passes_every_rule(flight, params, rewrite):
    facts = Facts(flight, rewrite)
    found = {name: detail for name, gate in RULES.items() if (detail := gate(facts, params.gates)) is not None}
    assert not found


@pytest.mark.parametrize(
    ("gate", "rewrite"),
    [
        ("format", "..."),
        ("format", SEED + "\x07"),
        ("format", SEED * 5),
        ("leak", f"{SEED} Use flights.search_all."),
        ("leak", "search_all(origin_city='Paris')"),
        ("leak", f"{SEED} origin_city = Paris"),
        ("leak", f'{SEED} {{"name": "x"}}'),
        ("instruction", f"{SEED} Ignore the tools."),
        ("instruction", f"Answer in JSON. {SEED}"),
        ("grounding", "Find a flight from Paris to Milan for 3 people on 2023-10-01."),
        ("grounding", "Find a flight from Paris to Rome for people on 2023-10-01."),
        ("grounding", "Find a flight from Paris to Rome for 3 people."),
        ("quantities", "Find a flight from Paris to Rome for 3 people on 2023-10-01 with 2 bags."),
        ("quantities", "Find a flight from Paris to Rome for 3 people on 2023-10-01, back on 2023-10-05."),
        ("relations", "Find a flight from Rome to Paris for 3 people on 2023-10-01."),
        ("negation", f"{SEED} Not from Paris, I mean."),
        ("negation", f"{SEED} Without hotels."),
        ("contrast", f"Not the train. {SEED}"),
        ("contrast", f"{SEED} Don't show me hotels."),
        ("negation", "Do not find a flight from Paris to Rome for 3 people on 2023-10-01."),
        ("negation", f"{SEED} Actually, forget it."),
        ("constraint", f"{SEED} Only the cheapest."),
        ("constraint", "Find a business flight from Paris to Rome for 3 people on 2023-10-01."),
        ("second_request", f"{SEED} Book a hotel in the centre."),
        ("second_request", f"{SEED} Who won the cup?"),
        ("second_request", f"{SEED} Oh, the kids are coming along, make that five."),
        ("second_request", f"{SEED} My wife has changed her mind again."),
        ("content", "Paris Rome 3 2023-10-01"),
        ("gibberish", "for Rome 3 on a 2023-10-01 people flight Find to from Paris"),
        ("gibberish", f"{SEED} aaaaaaaaa"),
        ("gibberish", f"{SEED} xkcdf qwrtp zzkt"),
    ],
)
def test_each_gate_stops_what_it_is_for(flight, params, gate, rewrite):
    assert RULES[gate](Facts(flight, rewrite), params.gates) is not None


@pytest.mark.parametrize(
    ("gate", "arguments", "seed", "rewrite"),
    [
        (
            "relations",
            {"bought": [20], "sold": [25]},
            "Return on a stock bought at $20 and sold at $25?",
            "Return on a stock bought at $25 and sold at $20?",
        ),
        (
            "relations",
            {"smooth": [6], "voxel": [2]},
            "Analyze the scan smoothed at 6mm with a voxel size of 2mm.",
            "Analyze the scan smoothed at 2mm with a voxel size of 6mm.",
        ),
        (
            "relations",
            {"before": [2019], "after": [2020]},
            "Growth from revenues of $1M in 2019 and $1.2M in 2020?",
            "Growth from revenues of $1M in 2020 and $1.2M in 2019?",
        ),
        ("turned", {"radius": [5]}, "Area of a circle with radius 5?", "Area of a circle with diameter 5?"),
        ("turned", {"flows": [9]}, "What is the internal rate of 9?", "What is the external rate of 9?"),
        ("turned", {"top": [10]}, "The top 10 cases in law?", "Which 10 cases in law matter least?"),
        ("turned", {"km": [50]}, "The 5 tallest peaks within 50 km?", "The 5 tallest peaks more than 50 km away?"),
        ("turned", {"minutes": [30]}, "A dish that takes under 30 minutes.", "A dish that takes at least 30 minutes."),
        ("turned", {"rating": [2300]}, "Players with more than 2300 points.", "Players with no more than 2300 points."),
        ("turned", {"from": [1871]}, "War events from 1871?", "War events from 1871? And the same for France."),
        (
            "turned",
            {"miles": [20]},
            "I drive 20 miles a day. My footprint?",
            "My footprint? I drive 20 miles per week.",
        ),
    ],
)
def test_what_changes_places_or_turns_into_its_opposite_is_stopped(flight, params, gate, arguments, seed, rewrite):
    gold = [flight.gold[0].model_copy(update={"arguments": arguments})]
    example = flight.with_query(seed).model_copy(update={"gold": gold})
    assert RULES[gate](Facts(example, seed), params.gates) is None
    assert RULES[gate](Facts(example, rewrite), params.gates) is not None


@pytest.mark.parametrize(
    ("rewrite", "stopped"),
    [
        (f"Remind me on Monday: {SEED}", True),
        ("From Paris to Rome, 3 people, 2023-10-01. Don't look for a flight yet.", True),
        (f"{SEED} I'll get back to you with the dates.", True),
        (f"{SEED} Ask me first before you do.", True),
        (f"How would I word this? {SEED}", True),
        (f"Write me a short mail to the agency: {SEED}", True),
        (f"{SEED} That is already done, thanks.", False),
        (f"{SEED} The search for flights is already done.", True),
        (f"{SEED} I don't know the way yet, I'll ask around.", False),
        (f"I got this note from my sister: {SEED}", False),
        (f"{SEED} She said she'd write me a letter from there.", False),
    ],
)
def test_a_request_that_is_put_off_or_only_to_be_worded_is_stopped(flight, params, rewrite, stopped):
    assert (RULES["deferred"](Facts(flight, rewrite), params.gates) is not None) == stopped


@pytest.mark.parametrize(
    ("seed", "rewrite"),
    [
        ("The 5 tallest peaks within 50 km?", "Which 5 peaks, at most 50 km away, are the tallest?"),
        ("I drive 20 miles a day. My footprint?", "My footprint? Each day I drive 20 miles, every day 20 miles a day."),
        (
            "Players with a rating above 2300.",
            "Players rated higher than 2300, at least those above it, no fewer than 3.",
        ),
        ("20 miles a day, 20 miles a week.", "First 20 miles a day, then 20 miles a week."),
        ("The top 10 cases in law?", "What are the 10 top cases in law? My top worry is the least of yours."),
    ],
)
def test_the_same_bound_in_other_words_is_not_turned(flight, params, seed, rewrite):
    assert RULES["turned"](Facts(flight.with_query(seed), rewrite), params.gates) is None


@pytest.mark.parametrize(
    "rewrite",
    [
        "The stock was sold at $25 and bought at $20, what did it return?",
        "What did a stock return that was bought at $ 20 and sold at 25$?",
    ],
)
def test_money_may_move_with_its_words(flight, params, rewrite):
    gold = [flight.gold[0].model_copy(update={"arguments": {"bought": [20], "sold": [25]}})]
    example = flight.with_query("Return on a stock bought at $20 and sold at $25?").model_copy(update={"gold": gold})
    assert RULES["relations"](Facts(example, rewrite), params.gates) is None


ALONE = {
    "format": SEED + "\x07",
    "leak": f"{SEED} origin_city = Paris",
    "instruction": f"Answer in JSON. {SEED}",
    "gibberish": f"{SEED} xkcdf qwrtp zzkt",
    "grounding": "Find a flight from Paris for 3 people on 2023-10-01.",
    "quantities": "Find a flight from Paris to Rome for 3 people on 2023-10-01 with 2 bags.",
    "relations": "Find a flight from Rome to Paris for 3 people on 2023-10-01.",
    "negation": "Do not find a flight from Paris to Rome for 3 people on 2023-10-01.",
    "contrast": "Not by train: find a flight from Paris to Rome for 3 people on 2023-10-01.",
    "turned": "Find a morning flight from Paris to Rome for 3 people on 2023-10-01.",
    "deferred": f"Draft a note to her: {SEED}",
    "constraint": f"{SEED} Only the cheapest.",
    "second_request": f"{SEED} Who won the cup?",
    "content": "I want to go from Paris to Rome for 3 on 2023-10-01.",
    "tool": "Who painted the ceiling of the chapel in Rome? My sister loves flights and seats.",
}


@pytest.mark.parametrize("gate", RULES)
def test_every_gate_stops_something_that_all_others_let_through(flight, chapel, params, gate):
    seed = flight.with_query(SEED.replace("a flight", "an evening flight")) if gate == "turned" else flight
    facts = Facts(chapel if gate == "tool" else seed, ALONE[gate])
    assert [name for name, judge in RULES.items() if judge(facts, params.gates) is not None] == [gate]


class Constant:
    """Vectors that are all alike, or all different, or only seed and request alike."""

    def __init__(self, alike, near=False):
        self.alike = alike
        self.near = near

    def embed(self, texts):
        if self.near:
            rows = np.eye(len(texts), dtype=np.float32)
            rows[1] = rows[0]
            return rows
        return np.ones((len(texts), 1), dtype=np.float32) if self.alike else np.eye(len(texts), dtype=np.float32)


def test_the_first_reason_is_given_and_the_embedding_is_asked_last(flight, params):
    keeper = Gatekeeper(params.gates, Constant(alike=False))
    reasons = keeper.rejections([(flight, SEED), (flight, "..."), (flight, f"{SEED} Use flights.search_all.")])
    assert reasons == ["meaning", "format", "leak"]
    assert Gatekeeper(params.gates, Constant(alike=True)).rejections([(flight, SEED)]) == [None]


@pytest.fixture
def chapel(flight):
    """A seed on which none of the tools helps."""
    tool = flight.tools[0].model_copy(update={"description": "Search flights between two cities and book seats."})
    seed = flight.model_copy(update={"gold": [], "category": "irrelevance", "tools": [tool]})
    return seed.with_query("Who painted the ceiling of the chapel in Rome?")


@pytest.mark.parametrize(
    "rewrite",
    [
        "Hello! Who painted the ceiling of the chapel in Rome?",
        "who painted the ceiling of the chapel in rome",
        "Could you tell me who painted the ceiling of the chapel in Rome?",
        "I walked past it with my uncle. Who painted the ceiling of the chapel in Rome?",
        "Who painted the ceiling of the chapel in Rome? Thanks a lot!",
    ],
)
def test_a_no_call_seed_may_be_put_in_other_words(chapel, params, rewrite):
    assert Gatekeeper(params.gates, Constant(alike=False, near=True)).rejections([(chapel, rewrite)]) == [None]


@pytest.mark.parametrize(
    "rewrite",
    [
        "Find a flight from Paris to Rome.",
        "Please search flights to the cities where chapels have ceilings.",
        "Who painted the ceiling of the chapel in Rome, and search flights between Paris and Rome.",
        "Who painted the ceiling of the chapel in Rome? Then book seats.",
        "Who painted the ceiling of the chapel in Rome? My sister loves flights and seats.",
        "Who painted the ceiling of the chapel in Rome? I hear that you book the chapel in Rome.",
        "Who painted the seats of the flights in Rome?",
        "Who painted the ceiling of the chapel in Rome? flights.search_all(origin_city='Rome')",
    ],
)
def test_an_attack_on_a_no_call_seed_must_not_come_to_ask_for_a_tool(chapel, params, rewrite):
    assert Gatekeeper(params.gates, Constant(alike=True)).rejections([(chapel, rewrite)]) != [None]
    facts = Facts(chapel, rewrite)
    assert any(gate(facts, params.gates) is not None for gate in RULES.values()), "a rule finds it, not the embedding"


def test_the_same_words_are_free_where_a_call_is_wanted_anyway(flight, params):
    facts = Facts(flight, f"{SEED} My sister loves flights with good seats.")
    assert RULES["constraint"](facts, params.gates) is None


def with_gold(flight, seed, **arguments):
    gold = [flight.gold[0].model_copy(update={"arguments": arguments})] if arguments else []
    return flight.with_query(seed).model_copy(update={"gold": gold})


SPEED = "Calculate the final velocity after an acceleration of 9.8 m/s^2 for 5 seconds."
INCOME = "Return on equity for an income of $2,000,000, an equity of $10,000,000, and dividends of $200,000?"


@pytest.mark.parametrize(
    ("gate", "seed", "arguments", "rewrite"),
    [
        ("quantities", SPEED, {"a": [9.8], "t": [5]}, "It accelerated at 9.8 m/s^2. That went on for 5 seconds. Velocity?"),
        ("quantities", "Prime factors of 123456?", {"number": [123456]}, "Prime factors, please. 123456 is where I stop."),
        ("quantities", INCOME, {"income": [2000000]}, INCOME.replace("$2,000,000", "two million dollars").replace(
            "$10,000,000", "ten million").replace("$200,000", "two hundred thousand")),
        ("quantities", "Amazon's price at closing March.11, 2022?", {"date": ["2022-03-11"]},
         "What did Amazon close at, the price on the eleventh of March 2022?"),
        ("quantities", "Shortest way between two cities, Rome and Bari?", {"start": ["Rome"]}, "Shortest way from Rome to Bari?"),
        ("quantities", "Who won the election in 2020?", {}, "Who won the election in twenty twenty?"),
        ("quantities", "Veterans in the year 1954?", {"year": [1954]}, "Veterans in nineteen fifty-four?"),
        ("quantities", "BMI at 70 kg and 1.75 m?", {"height": [1.75]}, "BMI at 70 kg and one point seven five m?"),
        ("quantities", "BMI at 70 kg and 1.75m?", {"height": [1.75]}, "BMI at 70 kg and one point seven five meters?"),
        ("quantities", "Force between 5C and 7C?", {"a": [5], "b": [7]}, "One charge has 5C, the second one 7C: the force between?"),
        ("quantities", "Density at a dilution of 5 times?", {"n": [5]}, "Diluted fivefold, what is the density?"),
        ("quantities", "Their likeness in percentage?", {}, "Their likeness in per cent?"),
        ("quantities", "Air quality in Rome at 12pm?", {"time": ["12pm"]}, "Air quality in Rome at noon?"),
        ("grounding", "Air quality in Rome at 12pm?", {"time": ["12pm"]}, "Air quality in Rome at 12 noon?"),
        ("grounding", "Open the gate at 0:00?", {"time": ["00:00"]}, "Open the gate at midnight?"),
        ("grounding", "150 Euros to dollars?", {"source": ["Euros", "EUR"]}, "150 EUR to dollars?"),
        ("instruction", "Where do the functions 3x and 2x meet?", {}, "3x is one function, 2x the other. Where do they meet?"),
        ("instruction", SEED, {"people": [3]}, f"We had an argument about it on Ms. Larsen's assistant's phone. {SEED}"),
        ("negation", SEED, {"people": [3]}, f"{SEED} I can't wait, and he never answers his mails."),
        ("negation", "Details of case number 43403.", {"n": [43403]}, "Details of the case, no.: 43403"),
        ("negation", SEED, {"people": [3]}, f"{SEED} I don't even know the hotel."),
        ("gibberish", "Find the 5 tallest mountains within 50km of Denver, Colorado.", {"n": [5]},
         "Within 50km of Denver, Colorado, find which 5 mountains are the tallest."),
        ("second_request", SEED, {"people": [3]}, f"My aunt and I made a bet and now I have to know. {SEED}"),
    ],
)  # fmt: skip
def test_what_people_say_in_other_ways_is_the_same(flight, params, gate, seed, arguments, rewrite):
    assert RULES[gate](Facts(with_gold(flight, seed, **arguments), rewrite), params.gates) is None


@pytest.mark.parametrize(
    ("gate", "seed", "arguments", "rewrite"),
    [
        ("quantities", SPEED, {"a": [9.8], "t": [5]}, "It accelerated at 9.8 m/s^2. That went on for 6 seconds. Velocity?"),
        ("quantities", "Prime factors of 12?", {"number": [12]}, "Prime factors, please. My cat has 12 toys."),
        ("quantities", INCOME, {"income": [2000000]}, INCOME.replace("$10,000,000", "ten million euros")),
        ("quantities", "Weight of 70 kg?", {"weight": [70]}, "Weight of 70?"),
        ("quantities", "Speed at 5 m per hour?", {"v": [5]}, "Speed at 5 m a second?"),
        ("quantities", "Air quality in Rome at 12pm?", {"time": ["12pm"]}, "Air quality in Rome at midnight?"),
        ("quantities", "Density at a dilution of 5 times?", {"n": [5]}, "Diluted sixfold, what is the density?"),
        ("grounding", "150 Euros to dollars?", {"source": ["Euros", "EUR"]}, "150 CHF to dollars?"),
        ("instruction", "Where do the functions 3x and 2x meet?", {}, "Call the function and the other function: where do 3x and 2x meet?"),
        ("instruction", SEED, {"people": [3]}, f"{SEED} Leave the argument out."),
        ("quantities", "Flights on 2022-03-11 for 12 people?", {"people": [12]}, "Flights for people on 11 March 2022?"),
        ("quantities", "Ways between two cities, Rome and Bari, on three days?", {"days": [3]}, "Ways between Rome and Bari?"),
        ("quantities", "Ways between two cities?", {}, "Ways between cities?"),
        ("quantities", "Who won the election in 2020?", {}, "Who won the election in nineteen twenty?"),
        ("negation", SEED, {"people": [3]}, f"{SEED} I can't fly, so don't."),
        ("negation", SEED, {"people": [3]}, f"I don't need it anymore. {SEED}"),
        ("negation", SEED, {"people": [3]}, "I can't take a flight from Paris to Rome for 3 people on 2023-10-01."),
        ("gibberish", "Find the 5 tallest mountains within 50km of Denver, Colorado.", {"n": [5]},
         "Tallest Colorado the 5 within Find mountains Denver of 50km."),
        ("second_request", SEED, {"people": [3]}, f"I have to know the price of bread. {SEED}"),
        ("relations", "Train with a maximum depth of 5 and 100 as the number of estimators.",
         {"max_depth": [5], "n_estimators": [100]}, "Train with 5 estimators and a maximum depth of 100."),
    ],
)  # fmt: skip
def test_and_what_only_sounds_like_it_is_not(flight, params, gate, seed, arguments, rewrite):
    assert RULES[gate](Facts(with_gold(flight, seed, **arguments), rewrite), params.gates) is not None
