"""A model folder that lost a part is named in one line."""

import pytest

from sparring.engine.models import load_tokenizer
from sparring.errors import InputError
from tests.tiny import tokenizer


@pytest.mark.parametrize("kept", [0, 1, 40, -3])
def test_a_tokenizer_that_was_cut_is_named(tmp_path, kept):
    base = tmp_path / "base"
    tokenizer().save_pretrained(base)
    text = (base / "tokenizer.json").read_text(encoding="utf-8")
    (base / "tokenizer.json").write_text(text[:kept], encoding="utf-8")
    with pytest.raises(InputError, match=r"base: no readable tokenizer: .*; fetch the model again"):
        load_tokenizer(base)


def test_a_folder_without_a_tokenizer_is_named(tmp_path):
    with pytest.raises(InputError, match="no readable tokenizer"):
        load_tokenizer(tmp_path)
