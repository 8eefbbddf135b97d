"""`sparring probe` and the reader that answers by what it made, on a tiny random model."""

import json

import pytest
from typer.testing import CliRunner

from sparring.cli import app
from sparring.config import load_params
from sparring.engine.probe import Probe
from sparring.errors import InputError
from sparring.gate_benchmark import Half, example_of, natural_cases
from sparring.gates import Facts
from sparring.gates.evidence import evidence
from sparring.storage import read_record, write_jsonl, write_text
from sparring.targets.comparing_reader import question
from sparring.targets.readers import open_readers, reader_weights, readers_gate
from sparring.yaml_text import read_yaml
from tests.conftest import ROOT
from tests.tiny import make_language_model

ROWS = natural_cases(Half.MENDED)[::12]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A project with a reader and a probe fitted to some rewrites; a random model tells few of them apart."""
    root = tmp_path_factory.mktemp("probed")
    make_language_model(root / "reader")
    write_recipe(root, {"model": "reader", "asks": "same_call", "probe": "probe.json"})
    write_jsonl(root / "cases.jsonl", ROWS)
    shown = fitted(root)
    assert shown.exit_code == 0, shown.output
    assert f"layer 2 of 2, {len(ROWS)} rewrites, area under the curve" in shown.output
    return root


def fitted(root, *more, out="probe.json"):
    options = ["--cases", str(root / "cases.jsonl"), "--precision", "0.5", "--root", str(root), *more]
    return CliRunner().invoke(app, ["probe", str(root / "reader"), "--out", str(root / out), *options])


def write_recipe(root, *models, dtype="float32"):
    content = read_yaml((ROOT / "params.yaml").read_text(encoding="utf-8"), "params.yaml")
    content["models"]["dtype"] = dtype
    content["gates"]["readers"] = {"models": list(models), "agree": None}
    write_text(root / "params.yaml", json.dumps(content))


def gate_of(root):
    return readers_gate(load_params(root / "params.yaml"), root)


def test_a_reader_with_a_probe_answers_by_it_on_seeds_with_and_without_a_call(folder):
    probe = read_record(folder / "probe.json", Probe)
    facts = [Facts(example_of(row), row.rewrite) for row in ROWS]
    assert {bool(row.gold) for row in ROWS} == {True, False}
    reader = gate_of(folder).readers[0]
    found = reader.agrees(facts)
    assert set(found) == {True, False}
    states = reader._target.target.states([question(each.example, each.query) for each in facts])
    rules = [evidence(each, reader.params.gates) for each in facts]
    assert {"call", "no_call"} < frozenset().union(*rules)
    sums = [
        score + sum(map(probe.evidence.__getitem__, each))
        for score, each in zip(probe.scores(states), rules, strict=False)
    ]
    assert [each > probe.bound for each in sums] == found
    kept = [json.loads(line)["text"] for line in reader.journal.read_text(encoding="utf-8").splitlines()]
    assert sorted(map(float, kept)) == pytest.approx(sorted(probe.scores(states)), abs=1e-4)
    assert [each and each.gate for each in gate_of(folder).explain(facts)] == [
        None if ok else "readers" for ok in found
    ]


def test_a_probe_is_a_part_of_what_decides(folder):
    params = load_params(folder / "params.yaml")
    assert set(reader_weights(params, folder)) == {"reader", "probe.json"}
    before = open_readers(params, folder)[0].journal
    other = read_record(folder / "probe.json", Probe).model_copy(update={"bound": 99.0})
    text = (folder / "probe.json").read_text(encoding="utf-8")
    write_text(folder / "probe.json", other.model_dump_json())
    assert open_readers(params, folder)[0].journal != before
    write_text(folder / "probe.json", text)


def test_what_was_read_is_not_read_again(folder, monkeypatch):
    def fails(*_):
        raise AssertionError("read again")

    monkeypatch.setattr("sparring.targets.probed.last_states", fails)
    shown = fitted(folder, out="again.json")
    assert shown.exit_code == 0
    assert (folder / "again.json").read_bytes() == (folder / "probe.json").read_bytes()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"model": "0" * 64}, "was fitted to another model"),
        ({"question": "0" * 64}, "was fitted to another question"),
        ({"dtype": "bfloat16"}, "was fitted to another number format"),
    ],
)
def test_a_probe_of_something_else_is_refused(folder, tmp_path, changed, said):
    probe = read_record(folder / "probe.json", Probe)
    made = probe.model_copy(update={"fitted": probe.fitted.model_copy(update=changed)})
    write_text(tmp_path / "probe.json", made.model_dump_json())
    write_recipe(tmp_path, {"model": str(folder / "reader"), "asks": "same_call", "probe": "probe.json"})
    with pytest.raises(InputError, match=said):
        gate_of(tmp_path).explain([Facts(example_of(ROWS[0]), "another")])


def test_a_missing_or_broken_probe_is_named(folder, tmp_path):
    write_recipe(tmp_path, {"model": str(folder / "reader"), "asks": "same_call", "probe": "probe.json"})
    with pytest.raises(InputError, match=r"gates\.readers\.models\[0\]\.probe: .*probe\.json: no such file"):
        gate_of(tmp_path)
    write_text(tmp_path / "probe.json", '{"weights": [1.0], "evidence": {}, "bound": "high"}')
    with pytest.raises(InputError, match=r"probe\.json: bound"):
        gate_of(tmp_path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--layer", "3"], "--layer 3: the model has 2"),
        (["--adapter", "nowhere"], "nowhere/adapter_config.json"),
    ],
)
def test_what_cannot_be_fitted_is_told(folder, options, said):
    shown = fitted(folder, *options, out="never.json")
    assert shown.exit_code != 0
    assert said in str(shown.exception)
    assert not (folder / "never.json").exists()


@pytest.mark.parametrize("named", [{"asks": "call"}, {"asks": "same_call", "base_url": "http://h/v1"}])
def test_a_probe_belongs_to_a_local_model_that_compares(tmp_path, named):
    write_recipe(tmp_path, {"model": "m", "probe": "p.json"} | named)
    with pytest.raises(InputError, match="a probe answers for a model of this machine that is asked same_call"):
        load_params(tmp_path / "params.yaml")


@pytest.mark.parametrize("config", ["{}", "[]", '{"num_hidden_layers": "two"}'])
def test_a_folder_whose_config_names_no_layers_is_refused(folder, tmp_path, config):
    write_text(tmp_path / "config.json", config)
    shown = CliRunner().invoke(app, ["probe", str(tmp_path), "--out", str(tmp_path / "p"), "--root", str(folder)])
    assert "config.json: names no num_hidden_layers" in str(shown.exception)


def test_a_number_format_that_is_still_to_be_chosen_is_no_other(folder, tmp_path):
    named = {"model": str(folder / "reader"), "asks": "same_call", "probe": str(folder / "probe.json")}
    write_recipe(tmp_path, named, dtype="auto")
    assert gate_of(tmp_path) is not None
    write_recipe(tmp_path, named, dtype="bfloat16")
    with pytest.raises(InputError, match="another number format"):
        gate_of(tmp_path)
