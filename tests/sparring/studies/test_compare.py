"""Two rounds side by side: paired where the rows are the same, independent where they are not."""

import pytest
from scipy.stats import binomtest, fisher_exact
from typer.testing import CliRunner

from sparring.cli import app
from sparring.records import Attack, Example, RoundResult, Trial, Verdict
from sparring.statistics import rate
from sparring.storage import InputError, RoundPaths, write_jsonl, write_text
from sparring.studies.compare import compare_markdown, compare_rounds, compare_table


def project(root, right, success):
    """A project with one round: which of its clean rows were answered rightly, and (won, played) attacks."""
    rows = [
        Example.model_validate(
            {
                "id": f"s{number}",
                "source": "test",
                "category": "simple_python",
                "tools": [{"name": f"f{number}", "parameters": {}}],
                "messages": [{"role": "user", "content": "?"}],
                "gold": [{"name": f"f{number}", "arguments": {}}],
            }
        )
        for number in range(len(right))
    ]
    write_jsonl(root / "data" / "splits" / "val.jsonl", rows)
    paths = RoundPaths(root, "r01")
    trials = [
        Trial(
            attack=Attack(id=row.id, example_id=row.id, query="?", strategy="untouched", round="r01", seed=0),
            completions=[],
            rejected_by=None,
            verdicts=[Verdict(correct=answered)],
        )
        for row, answered in zip(rows, right, strict=True)
    ]
    write_jsonl(paths.file("clean.jsonl"), trials)
    manifest = RoundResult.model_validate(
        {key: {} for key in ("counts", "comparisons", "rejections", "operators", "rewards", "payoffs", "seconds")}
        | {"inputs": {}, "versions": {}}
        | {"round": "r01", "after": "r00", "seed": 1, "rates": {"heldout_success": rate(*success)}, "failures": []}
        | {"promoted": None, "champion": "r01", "verdict": "", "mlflow_run_id": None}
    )
    write_text(paths.manifest, manifest.model_dump_json())
    return paths


@pytest.fixture
def sides(tmp_path):
    before = project(tmp_path / "a", [True] * 10 + [False] * 20, (4, 40))
    after = project(tmp_path / "b", [True] * 24 + [False] * 6, (20, 40))
    return before, after


def test_the_same_rows_are_paired_and_attacks_are_not(sides):
    clean, attacked = compare_rounds(*sides, seed=1).differences
    assert (clean.metric, clean.rows) == ("clean_accuracy", 30)
    assert clean.difference == pytest.approx(14 / 30)
    assert clean.low > 0
    assert (attacked.metric, attacked.rows) == ("heldout_success", None)
    assert attacked.difference == pytest.approx(0.4)
    assert attacked.low < 0.4 < attacked.high
    exact, fisher = binomtest(0, 14).pvalue, fisher_exact([[20, 20], [4, 36]])[1]
    small, large = sorted((exact, fisher))
    holm = [min(1.0, 2 * small), max(large, min(1.0, 2 * small))]
    assert sorted((clean.p_value, attacked.p_value)) == pytest.approx(sorted(holm))


def test_a_round_against_itself_shows_nothing(sides):
    for each in compare_rounds(sides[0], sides[0], seed=1).differences:
        assert (each.difference, each.p_value) == (0.0, 1.0)


def test_what_is_printed_is_what_is_written(sides, tmp_path):
    found = compare_rounds(*sides, seed=17)
    assert "+0.467" in compare_table(found)
    assert "| clean_accuracy | 0.333" in compare_markdown(found)
    said = CliRunner().invoke(
        app, ["compare", str(sides[0].root), f"{sides[1].root}:r01", "--out", str(tmp_path / "out")]
    )
    assert said.exit_code == 0, said.output
    assert (tmp_path / "out" / "compare.md").read_text() == compare_markdown(found)
    assert (tmp_path / "out" / "compare.json").exists()


def test_a_missing_round_is_named(sides, tmp_path):
    with pytest.raises(InputError, match=r"r09.round\.json: no such file"):
        compare_rounds(sides[0], RoundPaths(sides[1].root, "r09"), seed=1)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no round was played there"):
        CliRunner().invoke(app, ["compare", str(tmp_path / "empty"), "r01"], catch_exceptions=False)
