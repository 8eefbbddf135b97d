"""What a campaign will cost is said before it starts, and where it is long and nothing is begun, that it can be shorter."""

import shutil
from types import SimpleNamespace

import pytest

from flows.costs import LONG_S, say_campaign
from sparring.engine.number_format import begin_campaign
from tests.conftest import ROOT


@pytest.mark.parametrize("seconds", [None, LONG_S / 2, 2 * LONG_S])
def test_a_long_campaign_is_told_that_it_can_be_cut(tmp_path, monkeypatch, capsys, seconds):
    shutil.copy2(ROOT / "params.yaml", tmp_path)
    cost = SimpleNamespace(total=seconds, sentence=lambda: "what it costs")
    monkeypatch.setattr("flows.costs.estimate", lambda params, root: cost)
    say_campaign(tmp_path)
    first = capsys.readouterr().err
    begin_campaign(tmp_path, "float32")
    say_campaign(tmp_path)
    assert "what it costs" in first
    assert ("--minutes 20" in first) == (seconds == 2 * LONG_S)
    assert "--minutes" not in capsys.readouterr().err  # what is begun goes on
