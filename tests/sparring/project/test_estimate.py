"""What a recipe costs: counted from its numbers and the rows' lengths, divided by what this machine computes."""

import re
import shutil

import pytest

from sparring.config import CutParams, load_params
from sparring.engine.model_shape import QUICKSTART, parameters_in, shape_of
from sparring.engine.number_format import begin_campaign
from sparring.errors import InputError
from sparring.paired import rows_for_margin
from sparring.project.counting import BESIDE_GB, Study
from sparring.project.estimate import STAGE, estimate, study_seconds
from sparring.project.fitting import RESERVE, SMALLEST, cap_profile, fit_profile
from sparring.project.profiles import apply_profile
from sparring.project.work import PYTHON_MS, Player, Work
from sparring.records import MachineRates
from sparring.storage import write_json, write_jsonl
from tests.conftest import ROOT


@pytest.fixture
def machine(monkeypatch):
    """Sets what this machine multiplies."""
    found = {}

    def set_rates(bfloat16, float32, python_ms=None):
        rates = {"bfloat16": bfloat16, "float32": float32}
        measured = {"gflops": rates, "copy_gb": 20.0, "python_ms": python_ms}
        found["rates"] = MachineRates(processor="made up", threads=2, **measured)

    monkeypatch.setattr("sparring.engine.machine_rates.machine_rates", lambda shape, threads: found["rates"])
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    set_rates(437.0, 120.0)
    return set_rates


def changed(params, **sections):
    return params.model_copy(
        update={name: getattr(params, name).model_copy(update=keys) for name, keys in sections.items()}
    )


def test_a_slower_machine_takes_longer(params, machine, tmp_path):
    quick = estimate(params, tmp_path)
    machine(2.0, 66.0)
    slow = estimate(params, tmp_path)
    assert (quick.dtype, slow.dtype) == ("bfloat16", "float32")
    assert slow.total > 2 * quick.total
    assert "float32, 66 GFLOP/s" in slow.sentence()


def test_memory_grows_with_the_rows_that_are_answered_at_once_up_to_their_bound(params, machine, tmp_path):
    """The quickstart in float32 held 5.7 to 5.9 GB in its largest process, cut to a third 4.5, and its servers .95."""
    machine(2.0, 66.0)
    few = {"sampling": {"seeds": 18}, "evaluation": {"clean_examples": 16, "no_call_examples": 9}}
    some = {"sampling": {"seeds": 32}, "evaluation": {"clean_examples": 29, "no_call_examples": 16}}
    more = {"evaluation": {"clean_examples": 300}}
    least, cut, whole, most, wider = (
        estimate(changed(params, **sections), tmp_path).gigabytes
        for sections in (few, some, {}, more, {"rollout": {"batch_tokens": 16384}} | more)
    )
    assert least < cut < whole == most < wider
    assert (round(cut, 1), round(whole, 1)) == (5.6, 6.8)


@pytest.mark.parametrize(
    "shared",
    [{"training": {"processes": 2}}, {"workers": {"engine": "process", "count": 2}}],
    ids=["sft_rl", "rollout"],
)
def test_processes_that_share_the_work_hold_models_each_and_the_servers_stand_once(params, machine, tmp_path, shared):
    machine(2.0, 66.0)
    one, two = (estimate(each, tmp_path).gigabytes for each in (params, changed(params, **shared)))
    assert two == pytest.approx(2 * one - BESIDE_GB)
    cluster = changed(params, workers={"engine": "ray", "count": 2})
    assert estimate(cluster, tmp_path).gigabytes == one


@pytest.mark.parametrize(
    ("sections", "stage", "step"),
    [
        ({"rl": {"steps": 20}}, "r01", "rl_update"),
        ({"sampling": {"seeds": 160}}, "r01", "target_rollout"),
        ({"sft": {"examples": 240}}, "r01", "sft_augmentation"),
        ({"sft": {"update": "grpo"}}, "r01", "sft_augmentation"),
        ({"sft": {"update": "dpo"}}, "r01", "sft_augmentation"),
        ({"sft": {"kl": 0.5}}, "r01", "sft_augmentation"),
        ({"dials": {"baseline": True}}, "r00", "dials"),
        ({"dials": {"examples": 64}}, "r01", "dials"),
        ({"dials": {"scales": [0.5]}}, "r01", "dials"),
        ({"evaluation": {"clean_examples": 240}}, "r00", "evaluation"),
        ({"evaluation": {"schema_seeds": 20}}, "r01", "evaluation"),
    ],
)
def test_more_work_in_a_step_is_counted_there_and_nowhere_else(params, machine, tmp_path, sections, stage, step):
    before, after = estimate(params, tmp_path).seconds, estimate(changed(params, **sections), tmp_path).seconds
    assert after[stage][step] > before[stage][step]
    others = {(s, n): seconds for s, steps in before.items() for n, seconds in steps.items() if n != step}
    grown = [
        name for name, seconds in others.items() if after[name[0]][name[1]] > seconds and name[1] != "query_sampling"
    ]
    assert grown == []


def test_mining_and_further_attackers_are_counted_and_a_baselines_dials_attack_nothing(params, machine, tmp_path):
    mining = params.rl.mining.model_copy(update={"attacks_per_seed": 2})
    alone = params.sft.attackers.model_copy(update={"rules": 0.0, "tools": 0.0, "query": 0.7})
    plain, mined = (
        estimate(each, tmp_path).seconds["r01"] for each in (params, changed(params, rl={"mining": mining}))
    )
    assert mined["rl_update"] > plain["rl_update"]
    assert (
        estimate(changed(params, sft={"attackers": alone}), tmp_path).seconds["r01"]["sft_augmentation"]
        < (plain["sft_augmentation"])
    )
    everywhere = changed(params, dials={"baseline": True})
    assert 0.0 < estimate(everywhere, tmp_path).seconds["r00"]["dials"] < plain["dials"]


def test_no_dials_cost_nothing(params, machine, tmp_path):
    none = changed(params, dials={"scales": [], "offsets": [], "baseline": True})
    assert estimate(none, tmp_path).seconds["r00"]["dials"] == 0.0
    assert estimate(params, tmp_path).seconds["r00"]["dials"] == 0.0  # the quickstart's baseline has none
    assert estimate(params, tmp_path).seconds["r01"]["dials"] > 0.0


def test_every_round_is_counted(params, machine, tmp_path):
    rounds = params.rounds | {"r02": next(iter(params.rounds.values()))}
    more = estimate(params.model_copy(update={"rounds": rounds}), tmp_path)
    assert set(more.seconds) == {"prepare", "r00", "r01", "r02", "campaign"}
    assert more.total > estimate(params, tmp_path).total


def test_an_adapter_on_the_upper_layers_costs_less_and_repeats_cost_less_still(params, machine):
    whole, upper = Player(QUICKSTART, 32, None, "float32"), Player(QUICKSTART, 32, 15, "float32")
    once = upper.train(1000, 100, 1).operations / whole.train(1000, 100, 1).operations
    often = upper.train(1000, 100, 8).operations / whole.train(1000, 100, 8).operations
    assert 0.70 < once < 0.80  # no way back through half of the layers
    assert 0.50 < often < 0.60  # and nearly none forward


def test_a_machine_with_a_slow_python_takes_longer_for_what_is_no_product(params, machine, tmp_path):
    machine(437.0, 120.0, PYTHON_MS)
    quick = estimate(params, tmp_path)
    machine(437.0, 120.0, 3 * PYTHON_MS)
    slow = estimate(params, tmp_path)
    assert slow.seconds["campaign"]["beside"] == pytest.approx(3 * quick.seconds["campaign"]["beside"])
    assert all(slow.seconds[stage]["beside"] == 3 * STAGE.python_s for stage in ("r00", "r01"))
    training, before = (each.seconds["r00"]["warm_start_target"] for each in (slow, quick))
    assert before < training < 1.2 * before, "most of it is products"
    machine(437.0, 120.0)
    assert estimate(params, tmp_path).total == quick.total, "rates of before say nothing of Python"
    assert study_seconds(params, tmp_path, Study()) == STAGE.python_s


def test_amounts_of_work_add_up(params, machine):
    reader = Player(QUICKSTART, 32, None, "bfloat16")
    both = reader.read(100) + reader.read(300)
    assert both == reader.read(400)
    assert Work() + both == both
    assert reader.read(100).times(4) == both


def test_nothing_is_said_of_an_accelerator_or_a_model_of_unknown_size(params, machine, tmp_path, monkeypatch):
    unknown = changed(params, models={"base": "./mine"})
    assert estimate(unknown, tmp_path).total is None
    assert "unknown cost" in estimate(unknown, tmp_path).sentence()
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.is_bf16_supported", lambda including_emulation: True)
    assert estimate(params, tmp_path).total is None
    assert study_seconds(params, tmp_path, Study(untouched=10)) is None


def test_a_study_costs_what_it_does(params, machine, tmp_path):
    one = study_seconds(params, tmp_path, Study(rl_updates=1))
    three = study_seconds(params, tmp_path, Study(rl_updates=3, attacked=1000))
    assert three > 2 * one


def test_more_seeds_show_smaller_differences_than_more_attacks_on_the_same(params, machine, tmp_path):
    one = changed(params, evaluation={"attack_seeds": 40, "attacks_per_seed": 1})
    seeds = changed(params, evaluation={"attack_seeds": 160, "attacks_per_seed": 1})
    attacks = changed(params, evaluation={"attack_seeds": 40, "attacks_per_seed": 4})
    effects = [estimate(recipe, tmp_path).attack_effect for recipe in (one, seeds, attacks)]
    assert effects[1] == pytest.approx(effects[0] / 2)
    assert effects[1] < effects[2] < effects[0]


@pytest.mark.parametrize("minutes", [6, 8, 15])
def test_a_profile_is_cut_to_the_minutes_in_its_own_proportions(machine, tmp_path, minutes):
    recipe = tmp_path / "params.yaml"
    shutil.copy2(ROOT / "params.yaml", recipe)
    lines = fit_profile(recipe, ROOT / "profiles" / "quickstart.yaml", minutes)
    made, shipped = load_params(recipe), load_params(ROOT / "params.yaml")
    total = estimate(made, tmp_path).total
    assert 0.8 * 60 * minutes < total <= 60 * minutes
    factor = made.sft.examples / shipped.sft.examples
    assert made.target.warm_start.examples == pytest.approx(factor * shipped.target.warm_start.examples, rel=0.05)
    assert made.evaluation.clean_examples == pytest.approx(factor * shipped.evaluation.clean_examples, rel=0.1)
    assert made.rl.group_size == shipped.rl.group_size
    assert any(line.startswith("sft.examples: ") for line in lines)


def test_too_little_time_is_refused_and_nothing_is_written(machine, tmp_path):
    recipe = tmp_path / "params.yaml"
    shutil.copy2(ROOT / "params.yaml", recipe)
    before = recipe.read_bytes()
    with pytest.raises(
        InputError, match=r"0.5: the smallest campaign takes about \d min here, .*: --minutes \d is"
    ) as told:
        fit_profile(recipe, ROOT / "profiles" / "quickstart.yaml", 0.5)
    assert recipe.read_bytes() == before
    enough = float(re.search(r"--minutes (\d+) is enough", str(told.value))[1])
    fit_profile(recipe, ROOT / "profiles" / "quickstart.yaml", enough)


def test_the_smallest_campaign_may_take_all_of_the_time_and_says_so(machine, tmp_path):
    recipe, quickstart = tmp_path / "params.yaml", ROOT / "profiles" / "quickstart.yaml"
    shutil.copy2(ROOT / "params.yaml", recipe)
    machine(4.0, 60.0)
    with pytest.raises(InputError) as told:
        fit_profile(recipe, quickstart, 0.5)
    enough = float(re.search(r"--minutes (\d+) is enough", str(told.value))[1])
    minutes = RESERVE * enough  # what is enough, with nothing kept of it
    lines = fit_profile(recipe, quickstart, minutes)
    smallest = estimate(load_params(recipe), tmp_path).total
    assert RESERVE * 60 * minutes < smallest <= 60 * minutes
    assert lines[-1] == SMALLEST
    assert SMALLEST not in fit_profile(recipe, quickstart, 2 * minutes)


def test_a_campaign_that_was_begun_keeps_the_sizes_that_it_was_cut_to(machine, tmp_path):
    recipe, quickstart = tmp_path / "params.yaml", ROOT / "profiles" / "quickstart.yaml"
    shutil.copy2(ROOT / "params.yaml", recipe)
    fit_profile(recipe, quickstart, 10)
    first = load_params(recipe)
    machine(437.0, 120.0, python_ms=2 * PYTHON_MS)  # a neighbour took a core's half since
    fit_profile(recipe, quickstart, 10)
    second = load_params(recipe)
    assert second.sft.examples < first.sft.examples  # nothing was begun: this minute's rates count
    begin_campaign(tmp_path, "bfloat16")
    machine(437.0, 120.0)
    before = recipe.read_bytes()
    assert fit_profile(recipe, quickstart, 10) == [
        "r00 was begun by quickstart cut to 10 minutes: the recipe stays as it is"
    ]
    assert recipe.read_bytes() == before
    assert any(line.startswith("sft.examples: ") for line in fit_profile(recipe, quickstart, 12))
    assert load_params(recipe).cut == CutParams(profile="quickstart", minutes=12)
    apply_profile(recipe, quickstart)
    assert load_params(recipe).cut is None
    assert load_params(recipe).sft.examples == load_params(ROOT / "params.yaml").sft.examples


def test_a_whole_profile_is_cut_where_it_takes_longer_and_nothing_else_is(machine, tmp_path):
    recipe, quickstart = tmp_path / "params.yaml", ROOT / "profiles" / "quickstart.yaml"
    shutil.copy2(ROOT / "params.yaml", recipe)
    before = recipe.read_bytes()
    whole = estimate(load_params(recipe), tmp_path).total / 60
    assert cap_profile(recipe, quickstart, whole + 1) == []
    recipe.write_bytes(before.replace(b"  examples: 208\n", b"  examples: none\n"))
    with pytest.raises(InputError, match=r"params\.yaml: sft\.examples"):
        cap_profile(recipe, quickstart, whole - 1)
    own = before.replace(b"  examples: 208\n", b"  examples: 209\n")
    recipe.write_bytes(own)
    assert cap_profile(recipe, quickstart, whole - 1) == []  # a recipe that somebody chose
    assert recipe.read_bytes() == own
    recipe.write_bytes(before)
    why, *lines = cap_profile(recipe, quickstart, whole - 1)
    assert re.fullmatch(rf"the whole recipe takes about \d+ min here and is cut to {whole - 1:g}", why)
    assert any(line.startswith("sft.examples: 208 -> ") for line in lines)
    cut = recipe.read_bytes()
    assert load_params(recipe).cut == CutParams(profile="quickstart", minutes=whole - 1)
    assert cap_profile(recipe, quickstart, whole - 1) == []  # it is cut
    recipe.write_bytes(before)
    begin_campaign(tmp_path, "bfloat16")
    assert cap_profile(recipe, quickstart, whole - 1) == []  # it is begun
    assert recipe.read_bytes() == before != cut


def test_few_rows_take_the_steps_of_the_longest(params, machine, tmp_path):
    writer = Player(QUICKSTART, 32, None, "float32")
    assert writer.write(22 * 16, 32, 64).steps == 64
    assert writer.write(3200, 32, 64).steps == 100
    one, few, many = (
        estimate(changed(params, evaluation={"clean_examples": rows}), tmp_path).seconds["r00"]["evaluation"]
        for rows in (10, 20, 400)
    )
    assert few < 1.2 * one
    assert many > 3 * few


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("smollm2-135m-instruct", 135e6),
        ("Qwen/Qwen3-0.6B", 0.6e9),
        ("meta/Llama-3.1-8B-Instruct", 8e9),
        ("./mine", None),
    ],
)
def test_the_size_is_read_from_the_name(name, number):
    assert parameters_in(name) == number


def test_a_prepared_models_own_configuration_counts_more_than_its_name(tmp_path):
    smollm2 = {
        "num_hidden_layers": 30, "hidden_size": 576, "intermediate_size": 1536, "num_attention_heads": 9,
        "num_key_value_heads": 3, "vocab_size": 49152,
    }  # fmt: skip
    write_json(tmp_path / "config.json", smollm2)
    assert shape_of(tmp_path, "a-7b-model") == QUICKSTART == shape_of(tmp_path / "none", "smollm2-135m-instruct")
    assert shape_of(tmp_path / "none", "a-7b-model").in_layers > 40 * QUICKSTART.in_layers
    write_json(tmp_path / "config.json", {"d_model": 512})
    assert shape_of(tmp_path, "a-7b-model") is None


def test_an_adapters_parameters_are_counted_as_peft_makes_them(tmp_path):
    assert QUICKSTART.lora(32, None) == 9_768_960
    assert QUICKSTART.lora(16, 10) == 9_768_960 // 6


@pytest.mark.parametrize(
    ("evaluation", "lacking"),
    [
        ({"clean_examples": 300, "no_call_examples": 183, "margin": 0.10}, []),
        ({"clean_examples": 300, "no_call_examples": 183, "margin": 0.05}, ["no_call_examples"]),
        ({"clean_examples": 80, "no_call_examples": 183, "margin": 0.10}, []),
        ({"clean_examples": 60, "no_call_examples": 30, "margin": 0.05}, ["clean_examples", "no_call_examples"]),
    ],
)
def test_rows_that_hardly_ever_show_the_margin_are_named_with_how_many_would(
    params, machine, tmp_path, evaluation, lacking
):
    found = estimate(changed(params, evaluation=evaluation), tmp_path)
    assert f"(margin {evaluation['margin']:.3f})" in found.sentence()
    lines = list(found.too_few())
    assert [line.partition(":")[0] for line in lines] == [f"evaluation.{key}" for key in lacking]
    alone = rows_for_margin(evaluation["margin"])  # rows of one tool tell less than that
    assert all(
        alone < int(re.search(r"takes about (\d+) rows with as many a tool", line)[1]) < 4 * alone for line in lines
    )


def test_what_can_be_shown_counts_the_rows_that_there_are(params, machine, tmp_path, make_weather):
    wanted = changed(params, evaluation={"clean_examples": 200})
    write_jsonl(tmp_path / "data" / "splits" / "proof.jsonl", [make_weather(f"w{n}") for n in range(50)])
    few = estimate(wanted, tmp_path).shown
    write_jsonl(tmp_path / "data" / "splits" / "proof.jsonl", [make_weather(f"w{n}") for n in range(200)])
    assert few["clean_examples"] == pytest.approx(2 * estimate(wanted, tmp_path).shown["clean_examples"])
    assert few["no_call_examples"] == 1.0


def test_rows_of_one_tool_show_less_than_rows_of_as_many_tools(params, machine, tmp_path, make_weather):
    proof, wanted = tmp_path / "data" / "splits" / "proof.jsonl", changed(params, evaluation={"no_call_examples": 60})
    shown = []
    for tools in (60, 30):
        rows = [make_weather(f"w{n}").model_copy(update={"gold": [], "category": "irrelevance"}) for n in range(60)]
        named = [row.tools[0].model_copy(update={"name": f"tool_{n % tools}"}) for n, row in enumerate(rows)]
        write_jsonl(proof, [row.model_copy(update={"tools": [tool]}) for row, tool in zip(rows, named, strict=True)])
        shown.append(estimate(wanted, tmp_path).shown["no_call_examples"])
    assert shown[1] == pytest.approx(shown[0] * 1.25**0.5)  # two rows a tool, alike by a quarter
