"""One random number a row draws from the same distribution as one a word."""

import pytest
import torch
from scipy.stats import chisquare

from sparring.engine.sampling import Drawn

DRAWS = 40_000


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_tokens_come_as_often_as_they_are_likely(temperature, dtype):
    torch.manual_seed(7)
    scores = torch.tensor([-torch.inf, 1.0, 0.0, -torch.inf, 2.0, -3.0, -torch.inf]).to(dtype)
    found = Drawn(temperature)(torch.zeros(DRAWS, 1, dtype=torch.long), scores.expand(DRAWS, -1))
    assert found.shape == (DRAWS, 7)
    assert torch.all((found == 0).sum(dim=1) == 1)
    counts = (found == 0).sum(dim=0)
    likely = torch.softmax(scores.double() / temperature, dim=0)
    assert torch.all(counts[likely == 0] == 0)
    kept = likely > 0
    assert chisquare(counts[kept].numpy(), (DRAWS * likely[kept]).numpy()).pvalue > 1e-3


def test_rows_draw_apart_and_the_seed_decides():
    scores = torch.zeros(50, 1000)
    torch.manual_seed(1)
    first = Drawn(1.0)(torch.zeros(50, 1), scores).argmax(dim=1)
    torch.manual_seed(1)
    again = Drawn(1.0)(torch.zeros(50, 1), scores).argmax(dim=1)
    assert torch.equal(first, again)
    assert len(set(first.tolist())) > 40
