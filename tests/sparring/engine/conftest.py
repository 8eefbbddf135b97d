"""A tiny model that knows its seeds by heart, made once for all tests of the engine that ask one."""

import json

import pytest

from sparring.sources.jsonl import load_jsonl
from tests.tiny import make_language_model, rows


@pytest.fixture(scope="session")
def known_seeds(tmp_path_factory):
    """Twelve tools, each with a row that wants a call and one that wants none."""
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()), encoding="utf-8")
    return load_jsonl(path)[:24]


@pytest.fixture(scope="session")
def known_base(tmp_path_factory, known_seeds):
    """Folder of the model."""
    return make_language_model(tmp_path_factory.mktemp("models") / "base", known_seeds)
