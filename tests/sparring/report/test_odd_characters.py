"""A report of text that holds what is no character, and what nobody sees, is written and shows it."""

from dataclasses import replace

import pytest

from sparring.report import write_report


@pytest.mark.parametrize(
    ("text", "shown"), [("\ufffe\uffff", "⟦U+FFFE⟧⟦U+FFFF⟧"), ("\U000e0100", "⟦U+E0100⟧"), ("[b]\x1b[2J", "⟦U+001B⟧")]
)
def test_what_is_no_character_ends_no_report(text, shown, tmp_path, make, weather_seed):
    baseline, followed = make.two_rounds()
    odd = make.trial("a", make.no_call, query=f"{text} what", answer=text, strategy=f"odd {text}")
    odd = odd.model_copy(update={"verdicts": [replace(make.no_call, detail=text)]})
    attacked = make.played(
        "r01", after="r00", training=[odd], heldout=followed.heldout, before=followed.heldout_before,
        untouched=followed.untouched, rejections={text: 1}, verdict=text, operators=followed.result.operators,
    )  # fmt: skip
    make.write(tmp_path, [baseline, attacked], [weather_seed])
    write_report(tmp_path, tmp_path / "out")
    written = "".join(path.read_text() for path in (tmp_path / "out").iterdir() if path.suffix in {".md", ".html"})
    assert shown in written
    assert text not in written
