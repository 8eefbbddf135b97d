"""A linear probe: which states it reads, and that it is judged on seeds that it was not fitted to."""

import numpy as np
import pytest
import torch

from sparring.engine.models import load_model, load_tokenizer
from sparring.engine.probe import cut_above, last_states
from sparring.engine.probe_fit import FOLDS, fit, unseen_logits
from sparring.errors import InputError
from tests.tiny import make_language_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_language_model(tmp_path_factory.mktemp("probe") / "base")


def prompts(folder):
    tokenizer = load_tokenizer(folder)
    texts = [
        "The weather of Paris, for three days in a row, please: how warm?",
        "Rome",
        "The weather of Paris, for now",
    ]
    return [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]


@pytest.mark.parametrize("layer", [1, 2])
def test_states_are_those_of_the_layer_behind_the_last_norm_whatever_is_read_beside(folder, layer):
    whole = load_model(folder, None, "float32")
    rows = prompts(folder)
    found = last_states(cut_above(load_model(folder, None, "float32"), layer), rows, 4096, "read")
    for row, states in zip(rows, found, strict=True):
        with torch.no_grad():
            hidden = whole(input_ids=torch.tensor([row]), output_hidden_states=True).hidden_states[layer]
            wanted = hidden if layer == 2 else whole.model.norm(hidden)  # the last one is normed already
        assert states == pytest.approx(wanted[0, -1].numpy(), abs=1e-4)


NOTHING = [frozenset()]


def labelled(num_groups=20, dimensions=40):
    rng = np.random.default_rng(0)
    labels = [number % 2 == 0 for number in range(6 * num_groups)]
    states = rng.normal(size=(len(labels), dimensions))
    states[:, 3] += 8 * np.array(labels)
    return states, labels, [f"seed {number // 6}" for number in range(len(labels))]


def share(logits, labels):
    return ((logits > 0) == np.array(labels)).mean()


def test_what_tells_labels_apart_is_found_on_seeds_left_out():
    states, labels, groups = labelled()
    nothing = NOTHING * len(labels)
    assert share(unseen_logits(states, nothing, labels, groups), labels) > 0.95
    line = fit(states, nothing, labels)
    assert share(line.logits(states, nothing), labels) > 0.95
    assert np.abs(line.weights).argmax() == 3
    assert line.evidence == {}


def test_what_else_is_known_counts_beside_the_states():
    states, labels, groups = labelled()
    states[:, 3] = 0.0
    rng = np.random.default_rng(2)
    known = [frozenset(["rule"]) if not right and rng.random() < 0.9 else frozenset(["other"]) for right in labels]
    assert share(unseen_logits(states, NOTHING * len(labels), labels, groups), labels) < 0.7
    assert share(unseen_logits(states, known, labels, groups), labels) > 0.8
    line = fit(states, known, labels)
    assert line.evidence["rule"] < 0 < line.evidence["other"]
    unheard = line.logits(states, [frozenset(["never seen"])] * len(labels))
    assert unheard == pytest.approx(line.logits(states, NOTHING * len(labels)))


def test_what_a_seed_alone_knows_says_nothing_of_it():
    rng = np.random.default_rng(1)
    groups = [f"seed {number}" for number in range(60) for _ in range(4)]
    states = rng.normal(size=(60, 80)).repeat(4, axis=0)
    labels = [bool(each) for each in (rng.random(60) > 0.5).repeat(4)]
    nothing = NOTHING * len(labels)
    assert 0.25 < share(unseen_logits(states, nothing, labels, groups), labels) < 0.75
    assert share(fit(states, nothing, labels).logits(states, nothing), labels) > 0.95  # by heart


def test_too_few_seeds_or_one_label_are_refused():
    states, labels, groups = labelled(num_groups=FOLDS - 1)
    with pytest.raises(InputError, match="5 seeds at least; here are 4"):
        unseen_logits(states, NOTHING * len(labels), labels, groups)
    states, labels, groups = labelled()
    with pytest.raises(InputError, match="both labels"):
        unseen_logits(states, NOTHING * len(labels), [False] * len(labels), groups)
