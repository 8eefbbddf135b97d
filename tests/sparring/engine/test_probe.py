"""A linear probe: which states it reads, and that it is judged on seeds that it was not fitted to."""

import numpy as np
import pytest
import torch

from sparring.engine.models import load_model, load_tokenizer
from sparring.engine.probe import cut_above, last_states
from sparring.engine.probe_fit import FOLDS, fit, unseen_scores
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


def labelled(num_groups=20, dimensions=40):
    rng = np.random.default_rng(0)
    labels = np.arange(6 * num_groups) % 2 == 0
    features = rng.normal(size=(len(labels), dimensions))
    features[:, 3] += 8 * labels
    return features, labels, [f"seed {number // 6}" for number in range(len(labels))]


def test_what_tells_labels_apart_is_found_on_seeds_left_out():
    features, labels, groups = labelled()
    scores = unseen_scores(features, labels, groups)
    assert ((scores > 0) == labels).mean() > 0.95
    weights, intercept = fit(features, labels)
    assert ((features @ weights + intercept > 0) == labels).mean() > 0.95
    assert np.abs(weights).argmax() == 3


def test_what_a_seed_alone_knows_says_nothing_of_it():
    rng = np.random.default_rng(1)
    groups = [f"seed {number}" for number in range(60) for _ in range(4)]
    known = rng.normal(size=(60, 80)).repeat(4, axis=0)
    labels = (rng.random(60) > 0.5).repeat(4)
    scores = unseen_scores(known, labels, groups)
    assert 0.25 < ((scores > 0) == labels).mean() < 0.75
    weights, intercept = fit(known, labels)
    assert ((known @ weights + intercept > 0) == labels).mean() > 0.95  # by heart


def test_too_few_seeds_or_one_label_are_refused():
    features, labels, groups = labelled(num_groups=FOLDS - 1)
    with pytest.raises(InputError, match="5 seeds at least; here are 4"):
        unseen_scores(features, labels, groups)
    features, labels, groups = labelled()
    with pytest.raises(InputError, match="both labels"):
        unseen_scores(features, np.zeros(len(labels), dtype=bool), groups)
