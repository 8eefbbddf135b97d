"""The gate `tool` of free text: what natural wording may do to a seed that wants no call, and what no wording excuses."""

from collections import Counter

import numpy as np
import pytest

from sparring.gates import Facts, Gatekeeper, Readers
from sparring.gates.nearness import Nearness
from sparring.gates.words import words
from tests.conftest import weather
from tests.sparring.gates.test_no_call import BREAKS, seed

ZIPPER = "Who invented the zipper of my old coat?"
DIMENSIONS = 4096


class Bags:
    """Vectors by the words that texts share."""

    def embed(self, texts):
        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word, count in Counter(words(text)).items():
                row[int.from_bytes(word.encode(), "big") % DIMENSIONS] += count
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


class Alike:
    """Every text means the same to it."""

    def embed(self, texts):
        return np.ones((len(texts), 1), dtype=np.float32)


def free_text(params, vectors):
    return Gatekeeper(params.gates, vectors, readers=Readers([], 0))


def test_new_words_that_lead_nowhere_are_let_by_in_free_text_alone(params):
    rewrite = "My piano teacher asked over lunch: who invented the zipper of my dear old coat?"
    pairs = [(seed("train", ZIPPER), rewrite)]
    assert free_text(params, Bags()).rejections(pairs, "rewrite") == [None]
    assert Gatekeeper(params.gates, Bags()).rejections(pairs, "rewrite") != [None]
    other = [(seed("train", ZIPPER), "Who invented the amazing zipper of my old coat?")]
    assert free_text(params, None).rejections(other, "rewrite") == ["tool"]
    assert free_text(params, Bags()).rejections(other, "program") == ["tool"]
    assert free_text(params, Bags()).rejections(other, "rewrite") == [None]


@pytest.mark.parametrize(
    ("rewrite", "found"),
    [
        ("When is the next one at this time of the day?", "nothing in it is nearer to the seed than"),
        (f"{ZIPPER} Give me what leaves at a, at b, of a kind at a place at once.", "nearer to a tool than the seed"),
    ],
)
def test_another_request_is_stopped_by_its_vectors(rewrite, found):
    facts = Facts(seed("train", ZIPPER), rewrite)
    assert found in (Nearness(Bags()).rejections([facts])[0] or "")


@pytest.mark.parametrize(
    "rewrite",
    [
        f"{ZIPPER} And the departures of trains, please.",
        f"{ZIPPER} My station is oslo.",
        f"{ZIPPER} I'm in berlin.",
    ],
)
def test_no_wording_excuses_what_takes_up_a_tool(rewrite):
    assert Nearness(Alike()).rejections([Facts(seed("train", ZIPPER), rewrite)]) != [None]


def test_most_of_what_makes_a_request_is_stopped_whatever_the_vectors_say():
    facts = [Facts(seed(tool, said), rewrite) for tool, said, rewrite in BREAKS]
    let_by = [each.query for each, found in zip(facts, Nearness(Alike()).rejections(facts), strict=True) if not found]
    assert len(let_by) < len(BREAKS) / 3, let_by


def test_rewrites_are_judged_each_by_its_own_seed_and_those_with_a_call_not_at_all():
    batch = [
        Facts(weather(), "Something else altogether."),
        Facts(seed("train", ZIPPER), ZIPPER.lower()),
        Facts(seed("cinema", ZIPPER), "Something else altogether."),
    ]
    first, second, third = Nearness(Bags()).rejections(batch)
    assert (first, second) == (None, None)
    assert third is not None
    assert Nearness(Bags()).rejections([]) == []
