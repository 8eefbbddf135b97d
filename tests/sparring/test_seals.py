"""A ledger of seals that cannot be read seals nothing, and is made anew."""

import pytest

from sparring.seals import is_sealed, seal


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"rows": 5}',
        b'{"rows": "' + b"0" * 64,
        b"[" * 100_000,
        b'{"\\ud83d": "a"}',
        b'{"a": "\\ud83d"}',
        b"NaN",
    ],
)
def test_an_odd_ledger_seals_nothing(tmp_path, content):
    ledger, path = tmp_path / "seals.json", tmp_path / "rows"
    path.write_text("x")
    ledger.write_bytes(content)
    assert not is_sealed(ledger, path)
    seal(ledger, path)
    assert is_sealed(ledger, path)
