"""Secrets in addresses are refused where they are read, and masked wherever they would be written."""

import argparse

import pytest

from flows.target_arguments import add_target_arguments, target_settings
from sparring.config import load_params
from sparring.errors import InputError
from sparring.project.doctor import _answers
from sparring.secrets_in_text import masked, secret_in
from sparring.targets.endpoint import check_endpoint
from sparring.targets.settings import TargetSettings
from sparring.terminal import clear_errors
from tests.chat_server import settings
from tests.conftest import ROOT

SECRET = "s3cr3t-4711"
WITH_SECRET = [
    f"https://user:{SECRET}@api.example/v1",
    f"https://{SECRET}@api.example/v1",
    f"https://:{SECRET}@api.example/v1",
    f"https://api.example/v1?api_key={SECRET}",
    f"https://api.example/v1?a=b&api-key={SECRET}",
    f"https://api.example/v1?API_KEY={SECRET}#x",
    f"https://api.example/v1?access_token={SECRET}",
    f"https://api.example/v1?key={SECRET}&x=1",
    f"https://api.example/v1?sig={SECRET}",
    f"postgresql://user:{SECRET}@db.example/mlflow",
    f"https://api.example:port{SECRET}@/v1?password={SECRET}",
]
WITHOUT = ["http://127.0.0.1:8000/v1", "https://api.example/v1?version=2024-01-01&monkey=1", "mail me@example.org", ""]


@pytest.mark.parametrize("address", WITH_SECRET)
def test_a_secret_in_an_address_is_masked_in_any_text(address):
    assert SECRET not in masked(f"error: {address}: refused")
    assert secret_in(address)


@pytest.mark.parametrize("text", WITHOUT)
def test_what_holds_no_secret_stays(text):
    assert masked(text) == text
    assert secret_in(text) is None


@pytest.mark.parametrize("address", [url for url in WITH_SECRET if url.startswith("http")])
def test_it_is_refused_where_it_is_read_and_not_repeated(address, tmp_path):
    with pytest.raises(InputError) as refused:
        check_endpoint(settings(address))
    assert SECRET not in str(refused.value)
    with pytest.raises(ValueError, match="base_url") as invalid:
        TargetSettings(base_url=address, model="m", key_variable=None, adapter=None)
    assert SECRET not in str(invalid.value)
    made = argparse.ArgumentParser()
    add_target_arguments(made)
    with pytest.raises(InputError, match="--base-url: holds") as refused_option:
        target_settings(made.parse_args(["--base-url", address, "--model", "m"]))
    assert SECRET not in str(refused_option.value)
    text = (ROOT / "params.yaml").read_text()
    judge = f"""
judge:
  base_url: "{address}"
  model: m
  key_variable: null
  concurrency: 1
  timeout_s: 1.0
  max_attempts: 1
  max_requests: null
  max_tokens: null
  max_new_tokens: 8
"""
    lines = [line for line in text.splitlines() if not line.startswith("judge:")]
    (tmp_path / "params.yaml").write_text("\n".join(lines) + judge)
    with pytest.raises(InputError, match=r"judge\.base_url: ") as refused:
        load_params(tmp_path / "params.yaml")
    assert SECRET not in str(refused.value)
    assert SECRET not in _answers("judge", address).text


@pytest.mark.parametrize("address", WITH_SECRET)
def test_no_error_shows_it(address, capsys):
    with pytest.raises(SystemExit), clear_errors():
        raise InputError(f"MLflow's store ({address}): gone")
    assert SECRET not in capsys.readouterr().err
