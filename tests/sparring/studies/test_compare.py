"""Two rounds side by side: paired where the rows are the same, independent where they are not."""

import pytest
from scipy.stats import binomtest, fisher_exact
from typer.testing import CliRunner

from sparring.cli import app
from sparring.errors import InputError
from sparring.records import Attack, Example, RoundResult, Trial, Verdict
from sparring.storage import RoundPaths, read_jsonl, write_jsonl, write_text
from sparring.studies.compare import compare_markdown, compare_rounds, compare_table


def trial(seed, correct):
    return Trial(
        attack=Attack(id=seed, example_id=seed, query="?", strategy="untouched", round="r01", seed=0),
        completions=[],
        rejected_by=None,
        verdicts=[Verdict(correct=correct)],
    )


def won_of(won, played, each=1):
    """Attacks on so many seeds, `each` on one, all alike."""
    return [(f"h{number}", number < won) for number in range(played) for _ in range(each)]


def project(root, right, attacks):
    """A project with one round: which of its clean rows were answered rightly, and per attack its seed and outcome."""
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
    write_jsonl(paths.file("clean.jsonl"), [trial(row.id, answered) for row, answered in zip(rows, right, strict=True)])
    write_jsonl(paths.file("heldout.jsonl"), [trial(seed, not won) for seed, won in attacks])
    manifest = RoundResult.model_validate(
        {key: {} for key in ("counts", "comparisons", "rejections", "operators", "rewards", "payoffs", "seconds")}
        | {"inputs": {}, "versions": {}}
        | {"round": "r01", "after": "r00", "seed": 1, "rates": {}, "failures": []}
        | {"promoted": None, "champion": "r01", "verdict": "", "mlflow_run_id": None}
    )
    write_text(paths.manifest, manifest.model_dump_json())
    return paths


@pytest.fixture
def sides(tmp_path):
    before = project(tmp_path / "a", [True] * 10 + [False] * 20, won_of(4, 40))
    after = project(tmp_path / "b", [True] * 24 + [False] * 6, won_of(20, 40))
    return before, after


def test_the_same_rows_are_paired_and_attacks_are_not(sides):
    clean, attacked, valid = compare_rounds(*sides, seed=1).differences
    assert (valid.metric, valid.difference, valid.p_value) == ("heldout_valid", 0.0, 1.0)
    assert (clean.metric, clean.rows) == ("clean_accuracy", 30)
    assert clean.difference == pytest.approx(14 / 30)
    assert clean.low > 0
    assert (attacked.metric, attacked.rows) == ("heldout_success", None)
    assert attacked.difference == pytest.approx(0.4)
    assert attacked.low < 0.4 < attacked.high
    exact, fisher = binomtest(0, 14).pvalue, fisher_exact([[20, 20], [4, 36]])[1]
    small, large = sorted((exact, fisher))
    holm = [min(1.0, 3 * small), max(2 * large, 3 * small)]
    assert sorted((clean.p_value, attacked.p_value)) == pytest.approx(sorted(holm))


def test_rows_that_nothing_was_chosen_on_stand_apart_from_those_that_decided(sides):
    known = read_jsonl(sides[1].file("clean.jsonl"), Trial)
    answers = [trial(each.attack.example_id, number < 20) for number, each in enumerate(known)]
    found = {each.metric: each for each in compare_rounds(*sides, 1, {"ood": (known, answers)}).differences}
    assert found["clean_accuracy"].difference == pytest.approx(14 / 30)
    assert found["clean_accuracy/ood"].difference == pytest.approx(-4 / 30)
    assert found["clean_accuracy/ood"].test == "paired, McNemar, 30 rows"


def test_without_adapters_nobody_is_asked_and_a_line_says_so(sides):
    arguments = ["compare", str(sides[0].root), str(sides[1].root)]
    assert "nobody was asked" in CliRunner().invoke(app, arguments).stderr
    assert "nobody was asked" not in CliRunner().invoke(app, [*arguments, "--no-ask"]).stderr
    with pytest.raises(InputError, match=r"models.r01.target: no such folder; `make pull` brings it"):
        CliRunner().invoke(app, [*arguments, "--ask"], catch_exceptions=False)


def test_a_round_against_itself_shows_nothing(sides):
    for each in compare_rounds(sides[0], sides[0], seed=1).differences:
        assert (each.difference, each.p_value) == (0.0, 1.0)


def test_attacks_on_one_seed_are_one_cluster(sides, tmp_path):
    often = [
        project(tmp_path / f"{name}-four", [True] * 30, won_of(won, 40, each=4)) for name, won in (("a", 4), ("b", 20))
    ]
    once, four = (
        {each.metric: each for each in compare_rounds(*pair, seed=1).differences}["heldout_success"]
        for pair in (sides, often)
    )
    assert (once.test, four.test) == ("independent, Fisher", "independent, permutation by seed")
    assert four.before.total == 4 * once.before.total
    assert (four.low, four.high) == pytest.approx((once.low, once.high), abs=0.03)


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
