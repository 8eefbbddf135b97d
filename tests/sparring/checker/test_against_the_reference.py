"""Ours against the installed reference, live: every gold answer of BFCL, and random mutations of them."""

import os
import random
import subprocess
from pathlib import Path

import pytest

from benchmarks.reference_checker import ReferenceChecker
from sparring.checker.reference import reference_fault
from sparring.dialects import DIALECTS
from sparring.gold import gold_calls
from sparring.sources.bfcl import load_bfcl, load_rows

PYTHON = ("simple_python", "multiple", "parallel", "parallel_multiple", "live_simple", "live_multiple", "live_parallel")
PIECES = ("'", '"', "(", ")", "[", "]", ",", "=", "-", "1", ".5", "True", "None", " ", "x", "{}", "\n", "`")
NUM_MUTANTS = 3
FOLDER_ENVIRONMENT = "SPARRING_REFERENCE"


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    folder = os.environ.get(FOLDER_ENVIRONMENT)
    try:
        made = ReferenceChecker(Path(folder) if folder else tmp_path_factory.mktemp("reference"))
    except (subprocess.CalledProcessError, OSError) as error:
        pytest.skip(f"the reference cannot be installed: {error}")
    yield made
    made.close()


def mutated(text, rng):
    for _ in range(rng.randrange(1, 4)):
        place = rng.randrange(len(text) + 1)
        kind = rng.randrange(3)
        if kind == 0:
            text = text[:place] + rng.choice(PIECES) + text[place:]
        elif kind == 1:
            text = text[:place] + text[place + rng.randrange(1, 4) :]
        else:
            text = text[:place] + rng.choice(PIECES) + text[place + 1 :]
    return text


@pytest.mark.slow
@pytest.mark.network
def test_gold_answers_and_random_mutations_have_the_references_verdicts(bfcl_wheel, reference):
    rng = random.Random(11)
    cases = []
    for category in PYTHON:
        rows = load_rows(bfcl_wheel, category)
        for example in load_bfcl(bfcl_wheel, [category]):
            gold = DIALECTS["pythonic"].render(gold_calls(example))
            row = rows[example.id]
            for text in (gold, *(mutated(gold, rng) for _ in range(NUM_MUTANTS))):
                if "**" not in text:  # the reference would compute it
                    cases.append(
                        {"text": text, "category": category, "functions": row["function"], "gold": row["ground_truth"]}
                    )
    theirs, _ = reference.judge(cases)
    differing = []
    for case, (valid, error) in zip(cases, theirs, strict=True):
        if valid is None:
            continue
        fault = reference_fault(case["functions"], case["gold"], case["text"], case["category"], "python")
        if (fault is None, fault and fault[0]) != (valid, error):
            differing.append((case["text"], fault, error))
    assert len(cases) > 8_000
    assert not differing, differing[:5]
