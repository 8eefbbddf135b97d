"""A report of files that somebody changed by hand, or a disk did, is one line that names the file."""

import json

import pytest

from sparring.report import write_report
from sparring.storage import InputError


@pytest.mark.parametrize(
    "rate", [{"low": None}, {"high": None}, {"value": None}, {"value": 1.5}, {"value": float("nan")}]
)
def test_half_a_share_in_a_manifest_is_named(rate, tmp_path, make, two_rounds, weather_seed):
    make.write(tmp_path, two_rounds, [weather_seed])
    path = tmp_path / "data" / "rounds" / "r01" / "round.json"
    manifest = json.loads(path.read_text())
    manifest["rates"]["clean_accuracy"] |= rate
    path.write_text(json.dumps(manifest))
    with pytest.raises(InputError, match=r"round\.json: rates\.clean_accuracy"):
        write_report(tmp_path, tmp_path / "out")


def test_a_seed_that_stands_twice_is_named(tmp_path, make, two_rounds, weather_seed):
    make.write(tmp_path, two_rounds, [weather_seed, weather_seed])
    with pytest.raises(InputError, match=r"splits: example id w1 occurs twice"):
        write_report(tmp_path, tmp_path / "out")
