"""Adapters that are made of adapters: a mean of two, and one that holds an offset of its decision."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from sparring.dialects import DIALECTS
from sparring.engine.adapter_weights import (
    SECOND,
    WITHIN,
    AdapterWeights,
    mean_of,
    read_adapter,
    with_offset,
    write_adapter,
    writing_module,
)
from sparring.engine.adapters import new_adapter, save_adapter
from sparring.engine.batched_generation import prompt_ids
from sparring.engine.decision import branches, decision
from sparring.engine.models import load_model, load_tokenizer
from sparring.engine.offset_piece import Piece, fit_piece
from sparring.gold import gold_calls
from sparring.storage import hash_tree

PYTHONIC = DIALECTS["pythonic"]
RANK = 4
LAST = "model.layers.1.mlp.down_proj"


def made_adapter(base, folder, seed):
    torch.manual_seed(seed)
    model = new_adapter(base, rank=RANK, dtype="float32", layers=None)
    for name, weights in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=2e-3)
    save_adapter(model, folder)
    return folder


@pytest.fixture(scope="module")
def pair(base_by_heart, tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapters")
    return made_adapter(base_by_heart, folder / "one", 1), made_adapter(base_by_heart, folder / "two", 2)


def change(adapter, module):
    second, first = adapter.product(module)
    return adapter.scaling * second @ first


def test_an_adapter_is_written_as_it_was_read(pair, tmp_path):
    write_adapter(read_adapter(pair[0]), tmp_path / "copy")
    assert hash_tree(tmp_path / "copy") == hash_tree(pair[0])


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0])
def test_a_mean_is_the_nearest_of_its_rank_to_the_mean_of_products(pair, share):
    one, other = map(read_adapter, pair)
    made = mean_of([one, other], [share, 1 - share])
    for module in one.modules:
        wanted = share * change(one, module) + (1 - share) * change(other, module)
        values = torch.linalg.svdvals(wanted)
        missed = torch.linalg.matrix_norm(change(made, module) - wanted)
        assert missed == pytest.approx(values[RANK:].norm().item(), abs=1e-6)
        assert made.product(module)[1].shape == one.product(module)[1].shape


def test_a_mean_with_the_bare_base_is_the_adapter_made_smaller(pair):
    one = read_adapter(pair[0])
    made = mean_of([one], [0.25])
    for module in one.modules:
        assert torch.allclose(change(made, module), 0.25 * change(one, module))


def test_a_mean_with_itself_is_itself(pair):
    one = read_adapter(pair[0])
    made = mean_of([one, one])
    for module in one.modules:
        assert torch.allclose(change(made, module), change(one, module), atol=1e-7)


def random_adapter(rank, seed):
    maker = torch.Generator().manual_seed(seed)
    weights = {
        "m.lora_A.weight": torch.randn(rank, 9, generator=maker),
        "m.lora_B.weight": torch.randn(7, rank, generator=maker),
    }
    return AdapterWeights(weights, 2.0, "{}")


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 6), st.integers(0, 10**6), st.floats(-20, 20))
def test_an_offset_takes_the_place_of_the_weakest_direction_and_moves_the_typical_input_whole(rank, seed, offset):
    adapter, maker = random_adapter(rank, seed), torch.Generator().manual_seed(seed + 1)
    inward, outward, typical = (torch.randn(size, generator=maker).double() for size in (9, 7, 9))
    piece = Piece(inward / inward.dot(typical), outward, typical)
    made = with_offset(adapter, "m", piece, offset)
    assert made.weights["m.lora_B.weight"].shape == (7, rank)
    difference = change(made, "m") - change(adapter, "m")
    assert piece.nats(difference) == pytest.approx(offset, abs=1e-3)
    assert torch.linalg.matrix_rank(difference, rtol=1e-4) <= 2


def test_the_offset_sits_where_states_are_written_last(base_by_heart, pair):
    model = load_model(base_by_heart, None, "float32")
    order = [name for name, _ in model.named_modules()]
    assert writing_module(read_adapter(pair[0]), order, 64) == WITHIN + LAST


@pytest.fixture(scope="module")
def fitted(base_by_heart, known_seeds, pair):
    """A piece that was fitted to two thirds of the seeds, with what it was fitted by."""
    model, words = load_model(base_by_heart, pair[0], "float32"), load_tokenizer(base_by_heart)
    texts = [PYTHONIC.render(gold_calls(seed)) for seed in known_seeds]
    decided = decision(words, [text for text in texts if text != "[]"], "[]")
    prompts = [prompt_ids(words, PYTHONIC.messages(seed), None) for seed in known_seeds]
    answers = [words(text, add_special_tokens=False)["input_ids"] for text in texts]
    piece = fit_piece(model, LAST, prompts[:16], answers[:16], decided, "offset")
    return piece, decided, prompts[16:], texts[16:]


@pytest.mark.parametrize("offset", [-2.0, -1.0, 0.5, 1.0])
def test_an_offset_moves_the_decision_of_other_rows_and_little_else(base_by_heart, pair, fitted, tmp_path, offset):
    piece, decided, prompts, texts = fitted
    write_adapter(with_offset(read_adapter(pair[0]), WITHIN + LAST, piece, offset), tmp_path / "held")
    words, found = load_tokenizer(base_by_heart), []
    for adapter in (pair[0], tmp_path / "held"):
        model = load_model(base_by_heart, adapter, "float32")
        found.append(branches(model, words, prompts, texts, [t != "[]" for t in texts], decided, 60, 4096, "rows"))
    before, after = found
    moved = [new.margin - old.margin for old, new in zip(before, after, strict=True)]
    leaks = [
        abs(b - a) for old, new in zip(before, after, strict=True) for a, b in zip(old.later, new.later, strict=True)
    ]
    assert sum(moved) / len(moved) == pytest.approx(offset, rel=0.4)
    assert sum(leaks) / len(leaks) < 0.3 * abs(offset)
    assert [branch.text for branch in before] == [branch.text for branch in after] == texts


def test_the_piece_alone_changes_no_other_module(pair, fitted):
    one = read_adapter(pair[0])
    made = with_offset(one, WITHIN + LAST, fitted[0], 1.0)
    changed = {name for name in one.weights if not torch.equal(one.weights[name], made.weights[name])}
    assert {name.rpartition(".lora")[0] for name in changed} == {WITHIN + LAST}
    assert (
        made.weights[WITHIN + LAST + SECOND].dtype
        == load_file(pair[0] / "adapter_model.safetensors")[WITHIN + LAST + SECOND].dtype
    )
