"""A product shows its twelve tools in every row: rows are split by what they ask, and nothing learnt knows a held-out row."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.errors import InputError
from sparring.project.decontamination import find_leaks
from sparring.project.like_queries import pattern_of
from sparring.project.splits import HELD_OUT, LEARNT, SPLITS, leaks, refuse_empty, split_by_tool, split_rows
from sparring.project.ties import BY_TOOL, QueryTies, ToolTies
from sparring.records import Example
from tests.sparring.project.test_decontamination import PARSE, row

NAMES = (
    "find_order cancel_order refund_order track_parcel list_invoices pay_invoice open_ticket close_ticket "
    "book_visit move_visit send_message set_reminder"
).split()
ASKED = (
    "Where is {}?",
    "I'd like to know what became of {}, any news since last week?",
    "Our accountant wonders about {} before the quarter ends",
)
TOOLS = [
    {
        "name": name,
        "parameters": {"properties": {"key": {"type": "string"}, "note": {"type": "string"}}, "required": ["key"]},
    }
    for name in NAMES
]
BY_QUERY = QueryTies()


def labelled(id, query, name=None, **arguments):
    gold = [] if name is None else [{"name": name, "arguments": {key: [value] for key, value in arguments.items()}}]
    return Example.model_validate(
        {
            "id": id,
            "source": "own",
            "category": "multiple" if gold else "irrelevance",
            "tools": TOOLS,
            "messages": [{"role": "user", "content": query}],
            "gold": gold,
        }
    )


def product(no_call=1):
    """Three queries a tool, and rows that want no call."""
    rows = [
        labelled(
            f"{name}-{number}",
            f"{name.replace('_', ' ')} {number}: {asked.format(name[:4] + str(number))}",
            name,
            key=f"{name[:4]}{number}",
        )
        for name in NAMES
        for number, asked in enumerate(ASKED)
    ]
    return rows + [
        labelled(f"none-{number}", f"Tell me joke number {number} about whales") for number in range(no_call)
    ]


def split(rows, ties=BY_QUERY, seed=17):
    return split_rows(rows, ties, 0.65, 0.2, [], [], seed)


@pytest.mark.parametrize("seed", [1, 2, 3, 17])
@pytest.mark.parametrize("ties", [BY_QUERY, ToolTies(product())], ids=["query", "tool"])
def test_a_fixed_set_of_tools_gives_every_split_that_a_round_needs(ties, seed):
    splits = split(product(), ties, seed)
    refuse_empty(splits, "query")
    assert leaks(splits, ties) == []
    assert sum(len(rows) for rows in splits.values()) == 37


def test_by_query_every_row_keeps_all_of_its_tools_and_by_tool_training_is_not_shown_held_out_ones():
    shown = [len(example.tools) for rows in split(product()).values() for example in rows]
    assert set(shown) == {12}
    ties = ToolTies(product())
    splits = split(product(), ties)
    held = {call.name for name in ("val", "proof", "test") for example in splits[name] for call in example.gold}
    assert held
    assert not held & {tool.name for example in splits["train"] for tool in example.tools}


def groups(*rows, ties=BY_QUERY):
    """Which of the rows came to one side whatever the seed: where they are tied they always do."""
    sides = [
        {
            example.id: name
            for name, found in split_rows(rows, ties, 0.5, 0.0, [], [], seed).items()
            for example in found
        }
        for seed in range(24)
    ]
    return {other.id for other in rows[1:] if all(side.get(other.id) == side[rows[0].id] for side in sides)}


REFUND = labelled("a", "Please refund order 4411 of Miller, it came broken", "refund_order", key="4411")
FILL = [
    labelled(f"f{i}", f"{word} {word}s {word}ing", "send_message", key=word)
    for i, word in enumerate("alpha bravo carol delta".split())
]


@pytest.mark.parametrize(
    ("like", "tied"),
    [
        (labelled("b", "please REFUND order 4411 of Miller: it came broken!", "refund_order", key="x"), True),
        (labelled("b", "Please refund order 9023 of Miller, it came broken", "refund_order", key="9023"), True),
        (labelled("b", "Refund order 9023 of Miller, it came broken please", "refund_order", key="9023"), True),
        (labelled("b", "Money back for the lamp!", "refund_order", key="4411"), True),
        (labelled("b", "Money back for the lamp!", "refund_order", key="9023"), False),
        (labelled("b", "Where did it go?", "find_order", key="4411"), False),
        (labelled("b", "Where is invoice 12?", "pay_invoice", key="12"), False),
    ],
    ids=["spelling", "another value", "another order", "right call", "another call", "one argument", "nothing"],
)
def test_rows_that_ask_or_are_answered_alike_are_tied(like, tied):
    assert ("b" in groups(REFUND, like, *FILL)) is tied


def test_two_right_arguments_tie_rows_of_two_functions():
    one = labelled("a", "Remind me of the call", "set_reminder", key="call", note="noon")
    assert "b" in groups(one, labelled("b", "Text Ann", "send_message", key="call", note="noon"), *FILL)


def test_a_no_call_row_between_two_groups_merges_none_of_them():
    first = labelled(
        "a", "Tell me what became of the parcel that our neighbour took in for us", "track_parcel", key="p1"
    )
    second = labelled("c", "Ann asks whether somebody could look after her plants in May", "find_order", key="o1")
    between = labelled("b", f"{first.query}. {second.query}")
    assert {found for _, found in BY_QUERY.known([first, second]).knowing(between)} == {"a", "c"}
    assert "c" not in groups(first, second, between, *FILL)
    for seed in range(24):
        assert leaks(split_rows([first, second, between, *FILL], BY_QUERY, 0.5, 0.0, [], [], seed), BY_QUERY) == []


def test_by_tool_a_no_call_row_that_shows_the_whole_set_ties_none_and_one_of_a_single_tool_stays_with_it():
    rows = product(no_call=3)
    assert leaks(split(rows, ToolTies(rows)), ToolTies(rows)) == []
    merged = split(rows, BY_TOOL)  # as though the row spoke of each tool
    assert sum(bool(found) for found in merged.values()) == 1
    single = rows[-1].model_copy(update={"tools": rows[-1].tools[:1]})
    assert f"tool {'findorder'}" in set(ToolTies([*rows, single]).keys(single.model_copy(update={"id": "single"})))


@pytest.mark.parametrize("name", HELD_OUT)
@pytest.mark.parametrize("where", LEARNT)
def test_a_planted_copy_of_a_held_out_row_is_found_wherever_it_is_learnt(name, where):
    splits = split(product()) | {name: [REFUND]}
    planted = labelled("planted", "Money back!", "refund_order", key="4411")
    found = leaks(splits | {where: [*splits[where], planted]}, BY_QUERY)
    assert found == [f"right call: planted in training, a in {name}"]


@pytest.mark.parametrize(
    ("planted", "reason"),
    [
        (labelled("p", "Money back!", "refund_order", key="4411"), "the right call of"),
        (labelled("p", REFUND.query.upper(), "refund_order", key="1"), "the query of"),
        (labelled("p", "Money back!", "refund_order", key="1"), None),
    ],
)
def test_a_round_finds_what_it_learns_of_held_out_rows_by_call_and_query(planted, reason):
    found = find_leaks([row("r", planted)], [REFUND], PARSE, "query")
    assert [leak.reason for leak in found] == ([] if reason is None else [reason])
    assert find_leaks([row("r", planted)], [REFUND], PARSE)[0].reason == "the target function of"


def test_an_empty_split_is_refused_with_what_helps():
    rows = [
        labelled(f"r{n}", query, "find_order", key=f"k{n}") for n, query in enumerate(("one", "two words", "three"))
    ]
    with pytest.raises(InputError, match=r"the split val has no row with a call .*set data\.split: query"):
        refuse_empty(split_by_tool(rows, 0.65, 0.2, [], [], 17), "tool")
    with pytest.raises(InputError, match="alike stay together"):
        refuse_empty({name: [] for name in SPLITS}, "query")


def test_a_pattern_keeps_the_words_and_leaves_out_the_values():
    said = labelled(
        "a", "Send Ann Miller a note: lunch at 12:30", "send_message", key="Ann Miller", note="lunch at 12:30"
    )
    assert pattern_of(said) == ["send", "_", "a", "note", "_"]


WORDS = st.lists(
    st.sampled_from("where is my parcel order bill for Ann 12 44 please today late".split()), min_size=1, max_size=12
)
ROWS = st.lists(
    st.tuples(WORDS, st.sampled_from([None, *NAMES[:4]]), st.sampled_from("abc12")), min_size=1, max_size=25
)


@settings(deadline=None, max_examples=60)
@given(ROWS, st.integers(0, 5))
def test_nothing_learnt_is_tied_to_what_is_held_out_and_no_row_is_in_two_splits(drawn, seed):
    rows = [
        labelled(f"r{number}", " ".join(said), name, **({} if name is None else {"key": key}))
        for number, (said, name, key) in enumerate(drawn)
    ]
    random.Random(seed).shuffle(rows)
    splits = split(rows, BY_QUERY, seed)
    assert leaks(splits, BY_QUERY) == []
    ids = [example.id for found in splits.values() for example in found]
    assert len(ids) == len(set(ids))
    learnt = [row(example.id, example) for example in splits["train"]]
    held = [example for name in HELD_OUT for example in splits[name]]
    assert find_leaks(learnt, held, PARSE, "query") == []
