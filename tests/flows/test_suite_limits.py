"""What a suite at an endpoint may cost: it says before it asks where it cannot end, and what was spent counts."""

import shutil
import sys

import pytest

from flows.suite import main
from sparring.errors import InputError
from sparring.targets.journal import JournalRow
from sparring.targets.settings import TargetSettings
from tasks.suite_game import SuiteSettings, open_suite
from tests.conftest import ROOT

NUM_ROWS = 10
NOWHERE = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def recipe(tmp_path):
    shutil.copy(ROOT / "params.yaml", tmp_path)


def opened(rows, url=NOWHERE, **limits):
    target = TargetSettings(base_url=url, model="m", key_variable=None, adapter=None)
    settings = SuiteSettings(target=target, rows=str(rows), categories=[], max_new_tokens=64, **limits)
    return open_suite(rows.parent, "own", settings, "plain_json")


def spend(rows, answered, requests_each):
    """A journal of an earlier start: each row asked so often, the first ones with an answer."""
    lines = [
        JournalRow(row_id=f"{number}", text="[]" if number < answered else None, reason=None, requests=requests_each,
                   tokens=9)
        for number in range(NUM_ROWS)
    ]  # fmt: skip
    journal = rows.parent / "suites" / "own" / "journal.jsonl"
    journal.write_text("".join(line.model_dump_json() + "\n" for line in lines))


def test_without_a_limit_each_row_that_is_left_has_two_requests_whatever_was_spent(rows):
    assert opened(rows).params.audit.max_requests == 2 * NUM_ROWS
    spend(rows, answered=4, requests_each=5)
    assert opened(rows).params.audit.max_requests == 5 * NUM_ROWS + 2 * 6
    assert opened(rows).params.audit.max_tokens is None


@pytest.mark.parametrize(
    ("answered", "spent_each", "limits", "said"),
    [
        (0, 0, {"max_requests": 9}, "10 rows are to be asked, --max-requests allows 9: allow 10 or more"),
        (4, 2, {"max_requests": 25}, "6 rows are to be asked, --max-requests allows 25, of which earlier starts spent 20"),
        (0, 0, {"max_tokens": 500}, "whose prompts alone take more than"),
        (4, 2, {"max_requests": 26}, None),
        (10, 2, {"max_requests": 5}, None),
        (0, 0, {"max_requests": 10, "max_tokens": 5000}, None),
    ],
)  # fmt: skip
def test_a_limit_within_which_it_cannot_end_is_named_before_anything_is_asked(rows, answered, spent_each, limits, said):
    opened(rows)
    if spent_each:
        spend(rows, answered, spent_each)
    if said is None:
        opened(rows, **limits)
        return
    with pytest.raises(InputError) as refused:
        opened(rows, **limits)
    assert said in str(refused.value)
    assert "--rows-per-category" not in str(refused.value), "own rows have no categories"


def test_a_first_try_that_brought_no_answer_does_not_keep_the_name(rows):
    opened(rows)
    spend(rows, answered=0, requests_each=5)
    again = opened(rows, "http://127.0.0.1:8/v1")
    assert again.params.audit.max_requests == 2 * NUM_ROWS, "what the other address cost is not its"
    assert (again.folder / "journal_before.jsonl").exists()
    spend(rows, answered=1, requests_each=1)
    with pytest.raises(InputError, match="holds a suite with other settings"):
        opened(rows)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--rows", "own.jsonl", "--rows-per-category", "3"), "--rows-per-category"),
        (("--rows", "own.jsonl", "--categories", "multiple"), "--categories"),
        (("--rows-per-category", "0"), "expected a whole number, 1 or more"),
        (("--max-requests", "-1"), "expected a whole number, 1 or more"),
    ],
)
def test_options_that_decide_nothing_are_refused(options, said, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["flows.suite", "s", "--base-url", NOWHERE, "--model", "m", *options])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
