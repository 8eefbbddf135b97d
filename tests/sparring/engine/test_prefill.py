"""What is read together, with beginnings in common, is what each row alone would give; other caches fall back."""

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

from sparring.engine.generation import reading_once
from sparring.engine.prefill import HELD, read, read_batches

SIZE = {"vocab_size": 60, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
TOOLS = list(range(10, 40))
ROWS = [[*TOOLS, 5, 6, 7], [8, 9], [*TOOLS, 5, 9], [*TOOLS, 5, 6, 7], [*TOOLS[:12], 3, 4, 5, 6], [50]]


@pytest.fixture(params=["remembers all", "sliding window"])
def model(request):
    torch.manual_seed(1)
    options = SIZE | {"num_key_value_heads": 2, "pad_token_id": 0, "eos_token_id": 1}
    if request.param == "sliding window":
        made = MistralForCausalLM(MistralConfig(**options, sliding_window=6))
    else:
        made = LlamaForCausalLM(LlamaConfig(**options))
    return made.eval()


INSTRUCTED = [[*range(40, 60), *row] for row in ROWS]


TAIL_IN_COMMON = [[*TOOLS[:18], 5, 6], [*TOOLS[:18], *range(41, 59)]]  # 18 tokens, 4 of them in the first row's tail


@pytest.mark.parametrize(
    ("rows", "tails"),
    [
        (ROWS, [2, 1, 1, 4, 0, 0]),
        (INSTRUCTED, [2, 1, 1, 4, 0, 0][: len(INSTRUCTED)]),
        (INSTRUCTED[:1], [2]),
        (TAIL_IN_COMMON, [6, 1]),
    ],
)
def test_tails_are_those_of_each_row_alone(model, rows, tails):
    reading = read(model, rows, tails)
    for row, tail, found in zip(rows, tails, reading.tails, strict=True):
        with torch.no_grad():
            alone = model.model(torch.tensor([row])).last_hidden_state[0]
        assert len(found) == tail
        if tail:
            assert torch.allclose(found, alone[-tail:], atol=1e-5)


@pytest.mark.parametrize("rows", [ROWS, INSTRUCTED])
@pytest.mark.parametrize("ends", [[1], list(range(1, 60, 4))])
def test_what_is_written_after_a_common_reading_is_what_each_row_alone_gets(model, rows, ends):
    width = max(map(len, rows))
    ids = torch.tensor([[0] * (width - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
    model.generation_config.eos_token_id = ends
    options = {"max_new_tokens": 12, "do_sample": False, "pad_token_id": 0}
    found = reading_once(model)(input_ids=ids, attention_mask=mask, **options)[:, width:]
    longest = 0
    for row, written in zip(rows, found.tolist(), strict=True):
        alone = model.generate(torch.tensor([row]), attention_mask=torch.ones(1, len(row)), **options)[0, len(row) :]
        assert written == alone.tolist() + [0] * (found.shape[1] - len(alone))
        longest = max(longest, len(alone))
    assert found.shape[1] == longest


def test_rows_that_have_ended_are_not_decoded_further():
    torch.manual_seed(1)
    model = LlamaForCausalLM(LlamaConfig(**SIZE, num_key_value_heads=2, pad_token_id=0)).eval()
    model.generation_config.eos_token_id = list(range(1, 60, 4))
    ids = torch.randint(1, 60, (64, 10))
    decoded = []
    model.model.register_forward_pre_hook(
        lambda module, args, given: decoded.append(len(given["input_ids"])), with_kwargs=True
    )
    found = reading_once(model)(
        input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=30, do_sample=False, pad_token_id=0
    )
    steps = decoded[1:]
    assert steps == sorted(steps, reverse=True)
    assert sum(steps) < 0.7 * 64 * (found.shape[1] - 10), steps


def test_a_cache_of_fewer_tokens_forgets_the_later_ones():
    torch.manual_seed(1)
    model = LlamaForCausalLM(LlamaConfig(**SIZE, num_key_value_heads=2)).eval()
    reading = read(model, ROWS, [1] * 5 + [0])
    for row, length in ((0, 32), (0, 5), (2, 31)):
        cache = reading.cache([row], [length])
        with torch.no_grad():
            keys = model.model(torch.tensor([ROWS[row][:length]]), use_cache=True).past_key_values.layers[1].keys
        assert torch.allclose(cache.layers[1].keys, keys, atol=1e-5)


@pytest.mark.parametrize(("place", "seeds"), [("cuda:0", [{3}, {2}, {1}, {0}]), ("cpu", [{3}, {1, 2}, {0}])])
def test_batches_keep_common_beginnings_together_within_their_tokens(monkeypatch, place, seeds):
    """What is read at once is bounded on an accelerator, what is held everywhere."""
    monkeypatch.setattr("sparring.engine.prefill.device", lambda: place)
    rows = [[*TOOLS[: 10 + seed], 41 + seed, *range(attack)] for seed in range(4) for attack in range(1, 9)]
    rows = [[seed // 8 + 1, *row] for seed, row in enumerate(rows)]
    found = list(read_batches(rows, [1] * len(rows), 120))
    assert sorted(index for batch in found for index in batch) == list(range(len(rows)))
    assert [{index // 8 for index in batch} for batch in found] == seeds
    assert all(len(batch) * max(len(rows[i]) for i in batch) <= HELD * 120 for batch in found)
    one_by_one = list(read_batches(rows, [1] * len(rows), 1))
    assert [len(batch) for batch in one_by_one] == [1] * len(rows)
