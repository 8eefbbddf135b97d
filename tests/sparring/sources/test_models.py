"""Models from folders of other people: code beside the weights is never run, and nobody is asked whether it may."""

import json

import pytest

from sparring.errors import InputError
from sparring.sources.models import prepare_model

CODE = """
open({ran!r}, "w")
from transformers import PretrainedConfig


class Config(PretrainedConfig):
    model_type = "homemade"
"""


def test_a_model_that_needs_code_of_its_own_is_refused_and_runs_nothing(tmp_path, monkeypatch, capsys):
    source, ran = tmp_path / "homemade", tmp_path / "ran"
    source.mkdir()
    config = {"model_type": "homemade", "auto_map": {"AutoConfig": "code.Config", "AutoModelForCausalLM": "code.Model"}}
    (source / "config.json").write_text(json.dumps(config))
    (source / "code.py").write_text(CODE.format(ran=str(ran)))
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    with pytest.raises(InputError, match="does not know it without code of its own") as refused:
        prepare_model(str(source), tmp_path / "base", tmp_path / "raw")
    assert "\n" not in str(refused.value)
    assert not ran.exists()
    assert not (tmp_path / "base").exists()
