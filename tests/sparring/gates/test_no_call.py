"""The gate of seeds that want no call: what may be done to them, and every way to make a request out of one."""

import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.attacker.program import apply_program, random_program
from sparring.gates import RULES, Facts, Gatekeeper
from sparring.gates.no_call import asks_for_a_tool
from sparring.operators import OPERATORS
from sparring.records import Example, Message, Tool

TOOLS = {
    "weather": ("weather.get_forecast", "Get the weather forecast of a city.", {"city": "string", "days": "integer"}),
    "ride": ("book_ride", "Book a taxi ride.", {"pickupPlace": "string", "passengers": "integer"}),
    "loan": ("loan_offer", "Make an offer of a loan.", {"occupation": "string", "amount": "float"}),
    "train": ("train_times", "Departures of trains at a station.", {"station": "string"}),
    "circle": ("circle_area", "Area of a circle.", {"radius": "float"}),
    "museum": ("opening_hours", "Visitor times of a museum.", {"day": "string"}),
    "cinema": ("film_search", "Search for films that are on.", {"title": "string"}),
}


def seed(tool, query):
    name, description, parameters = TOOLS[tool]
    schema = {"type": "dict", "properties": {key: {"type": kind} for key, kind in parameters.items()}}
    made = Tool(name=name, description=description, parameters=schema | {"required": list(parameters)})
    said = [Message(role="user", content=query)]
    return Example(id=tool, source="t", category="irrelevance", tools=[made], messages=said, gold=[])


BREAKS = [
    # The value that was missing is said: inside the request, beside it, by a name, a number, a place, a persona.
    ("weather", "What will it be like outside?", "What will it be like outside in Berlin?"),
    ("weather", "What will it be like outside?", "what will it be like outside in berlin"),
    ("weather", "What will it be like outside?", "What will it be like outside? I'm in Berlin."),
    ("weather", "What will it be like outside?", "what will it be like outside? we're in berlin"),
    ("weather", "What will it be like outside?", "What will it be like outside? I live near oslo."),
    ("weather", "What will it be like outside?", "Many thanks from rainy Wales. What will it be like outside?"),
    ("weather", "What will it be like outside?", "What will it be like outside? My city is oslo."),
    ("weather", "What will it be like outside?", "What will it be like outside? Any city will do."),
    ("weather", "What will it be like outside?", "What will it be like outside for 3 days?"),
    ("weather", "What will it be like outside?", "What will it be like outside? There are 3 of them."),
    ("ride", "I need to get home.", "I need to get home. My address is hill road."),
    ("ride", "I need to get home.", "I need to get home. We are 3 passengers."),
    ("ride", "I need to get home.", "I need to get home. It's for two people."),
    ("ride", "I need to get home.", "I need to get home from the airport."),
    ("loan", "Can I have 5000 dollars?", "As a nurse on the night shift, I wonder: can I have 5000 dollars?"),
    ("loan", "Can I have 5000 dollars?", "Can I have 5000 dollars? My occupation is teacher."),
    ("weather", "What will it be like outside?", "My cousin stays for 5 days. What will it be like outside?"),
    ("circle", "How big is this ring?", "My neighbour has 12 goldfish. How big is this ring?"),
    ("museum", "When can one get in?", "When can one get in? We had guests last Sunday."),
    # What narrowed the request is gone, or a slip makes a tool's word.
    ("circle", "What is the area of a hyperbolic circle with radius 5?", "What is the area of a circle with radius 5?"),
    ("cinema", "Search for silent films by students.", "Search for films by students."),
    ("train", "Show me the rain of tomorrow.", "Show me the train of tomorrow."),
    # A tool is asked for: instead, besides, in one more deed.
    ("cinema", "Who invented the zipper?", "Search for films that are on."),
    ("cinema", "Who invented the zipper?", "Who invented the zipper? And search for films."),
    ("cinema", "Who invented the zipper?", "Who invented the zipper in films?"),
    ("train", "Who invented the zipper?", "Who invented the zipper? My aunt watches trains at the station."),
    ("ride", "Who invented the zipper?", "Who invented the zipper, and book a taxi?"),
    ("ride", "Who invented the zipper?", "Who invented the zipper? I hear you book the zipper."),
    # What a tool does is told, and not as what nobody wants.
    ("cinema", "Who invented the zipper?", "I know that you can search for films that are on, and I have need of it. Who invented the zipper?"),
    ("weather", "What will it be like outside?", "Somebody else had you get the weather forecast of oslo this morning, and it was a success. What will it be like outside?"),
]  # fmt: skip
KEEPS = [
    ("circle", "How big is this ring?", "The bus was 20 minutes late again today. How big is this ring?"),
    ("cinema", "Who invented the zipper?", "We had 14 guests at the barbecue last Sunday. Who invented the zipper?"),
    ("cinema", "Find out who invented the zipper.", "Somebody ought to find out who invented the zipper, and I hope it's you."),
    ("train", "How many kilograms are in a pound?", "I keep forgetting, would you know how many kilograms are in a pound?"),
    ("weather", "What will it be like outside?", "Hi there! What will it be like outside? Thanks a lot!"),
    ("weather", "What will it be like outside?", "waht will it be lkie outside"),
    ("weather", "What will it be like outside?", "My neighbour has 12 goldfish in a tank. What will it be like outside?"),
    ("ride", "I need to get home.", "My boss wrote to me: \"I need to get home.\" That one is for you to handle."),
    ("ride", "I need to get home.", "As a nurse on the night shift, I wonder: I need to get home."),
    ("circle", "Find the area of a hyperbolic circle with radius 5.", "Could you please locate the area of a hyperbolic circle with radius 5?"),
    ("cinema", "Who invented the zipper?", "I was wondering something. Who invented the zipper, if you don't mind?"),
    ("train", "Who invented the zipper?", "We had 14 guests at the barbecue. Who invented the zipper?"),
    ("cinema", "Who invented the zipper?", "I know that you can search for films that are on, and I have no need of it. Who invented the zipper?"),
    ("weather", "What will it be like outside?", "Somebody else had you get the weather forecast of a city this morning, and it was a success. What will it be like outside?"),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "said", "rewrite"), BREAKS)
def test_what_may_make_a_request_that_a_tool_serves_is_stopped_by_a_rule(tool, said, rewrite, params):
    facts = Facts(seed(tool, said), rewrite)
    assert [name for name, rule in RULES.items() if rule(facts, params.gates) is not None]


@pytest.mark.parametrize(("tool", "said", "rewrite"), KEEPS)
def test_words_around_a_request_that_no_tool_serves_are_free(tool, said, rewrite, params):
    facts = Facts(seed(tool, said), rewrite)
    assert {name: found for name, rule in RULES.items() if (found := rule(facts, params.gates)) is not None} == {}


def test_the_same_rewrites_are_another_gates_matter_where_a_call_is_wanted(weather_seed, params):
    facts = Facts(weather_seed, f"{weather_seed.query} I live near oslo.")
    assert asks_for_a_tool(facts, params.gates) is None


class OneTool:
    """Vectors in which one sentence is near one tool, the second of them."""

    def embed(self, texts):
        near = {"Second tool.", "Beside it stands this."}
        return np.array([[1.0, 0.0] if text in near else [0.0, 1.0] for text in texts], dtype=np.float32)


def test_a_sentence_beside_the_request_is_held_against_every_tool(params):
    made = seed("cinema", "Who invented the zipper?")
    tools = [made.tools[0].model_copy(update={"name": f"t{i}", "description": f"{word} tool."})
             for i, word in enumerate(("First", "Second", "Third", "Fourth"))]  # fmt: skip
    keeper = Gatekeeper(params.gates, OneTool())
    rewrite = f"{made.query} Beside it stands this."
    assert keeper.rejections([(made.model_copy(update={"tools": tools}), rewrite)]) == ["meaning"]
    assert keeper.rejections([(made.model_copy(update={"tools": [tools[0], tools[2]]}), rewrite)]) == [None]


WORDS = "moon violin bridge garden poem tower island mirror".split()


@settings(deadline=None)
@given(
    st.sampled_from(sorted(TOOLS)), st.lists(st.sampled_from(WORDS), min_size=2, max_size=4, unique=True), st.integers()
)
def test_a_word_of_the_tool_that_the_seed_lacks_is_never_let_into_the_request(params, tool, things, number):
    made = seed(tool, f"Tell me about the {' and the '.join(things)}.")
    about = [
        word for word in made.tools[0].description.strip(".").lower().split() if len(word) > 3 and word not in "that"
    ]
    word = random.Random(number).choice(about)
    facts = Facts(made, made.query.replace(things[0], f"{things[0]} {word}"))
    assert any(rule(facts, params.gates) is not None for rule in RULES.values()), facts.query


def test_the_operators_own_programs_pass_nearly_always(params):
    counted = Counter()
    for tool in TOOLS:
        made = seed(tool, "Who painted the large ceiling of the chapel in Rome?")
        for number in range(60):
            rng = random.Random(f"{tool}-{number}")
            query = apply_program(random_program(rng, rng.randint(1, 3)), made, number)
            counted[asks_for_a_tool(Facts(made, query), params.gates) is None] += 1
    assert counted[False] < 0.1 * counted.total()
    assert len(OPERATORS) > 30


@pytest.mark.parametrize(
    "kind",
    [{"type": "integer"}, {"type": ["null", "integer"]}, {"anyOf": [{"type": "number"}, {"type": "null"}]}, {"type": "float"}],
)  # fmt: skip
def test_a_number_that_a_tool_lacks_is_seen_however_its_schema_says_number(params, kind):
    made = seed("weather", "What will it be like outside?")
    schema = {"type": "object", "properties": {"city": {"type": "string"}, "days": kind}, "required": ["days"]}
    made = made.model_copy(update={"tools": [made.tools[0].model_copy(update={"parameters": schema})]})
    facts = Facts(made, f"{made.query} My neighbour wrote 3 poems.")
    assert "a tool lacks one" in asks_for_a_tool(facts, params.gates)
    schema["properties"]["days"] = {"type": ["string", "null"]}
    assert asks_for_a_tool(facts, params.gates) is None
