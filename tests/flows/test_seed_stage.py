"""Seeds of a team's own tools under DVC: a changed tools file replays what depends on it, and only that."""

import json
import shutil
import subprocess
import sys

import pytest
from ruamel.yaml import YAML

from sparring.seeds.rows import read_rows
from sparring.tools.frozen import freeze, read_toolbox, write_toolbox
from tests.conftest import ROOT
from tests.running import run

pytest.importorskip("faker")
pytestmark = pytest.mark.timeout(600)
STAGES = ("seeds@shop", "seeds@desk")
TOOLS = ROOT / "tests" / "data" / "own_tools" / "functions.tools.json"


@pytest.fixture
def project(tmp_path):
    """A project's code, recipe and pipeline with two sets of tools; nothing is played."""
    for name in subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split():
        if name.startswith(("flows/", "sparring/", "tasks/", ".dvc")) or name in {"dvc.yaml", "aliases.jsonl"}:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    yaml = YAML()
    recipe = yaml.load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    recipe["own_tools"] = {name: {"folder": f"own/{name}", "count": 30} for name in ("shop", "desk")}
    with (tmp_path / "params.yaml").open("w", encoding="utf-8") as handle:
        yaml.dump(recipe, handle)
    for name in ("shop", "desk"):
        (tmp_path / "own" / name).mkdir(parents=True)
        shutil.copyfile(TOOLS, tmp_path / "own" / name / "tools.json")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def stale(project):
    """Names of the stages of seeds that DVC would replay."""
    return {name for name in json.loads(run(project, "dvc", "status", "--json").stdout) if name.startswith("seeds")}


def seeds(project, name="shop"):
    return {row["id"]: row for row in read_rows(project / "data" / "own" / name / "seeds.jsonl")}


def rename_an_argument(project, name="shop"):
    """The tool `book_table` takes another argument."""
    path = project / "own" / name / "tools.json"
    toolbox = read_toolbox(path)
    renamed = json.loads(json.dumps(list(toolbox.tools)).replace('"restaurant"', '"venue"'))
    write_toolbox(path, freeze(toolbox.source, toolbox.kind, renamed))


def test_a_changed_tool_replays_its_set_alone_and_in_it_its_own_rows(project):
    run(project, "dvc", "repro", *STAGES)
    assert stale(project) == set()
    before, desk = seeds(project), seeds(project, "desk")
    assert before
    assert before.keys() == desk.keys(), "the same tools, seed and count give the same rows"

    rename_an_argument(project)
    assert stale(project) == {"seeds@shop"}
    told = run(project, "dvc", "repro", *STAGES).stdout
    assert "seeds@desk' didn't change" in told
    after = seeds(project)
    assert {row["metadata"]["tool"] for key, row in before.items() if key not in after} == {"book_table"}
    assert {row["metadata"]["tool"] for key, row in after.items() if key not in before} == {"book_table"}
    kept = [key for key in before if key in after]
    assert kept
    assert all(after[key] == before[key] for key in kept)
    assert stale(project) == set()
    assert seeds(project, "desk") == desk


def test_what_is_trained_on_the_seeds_is_replayed_where_the_pipeline_says_so(project):
    text = (project / "dvc.yaml").read_text()
    with_rows = text.replace("      - aliases.jsonl\n", "      - aliases.jsonl\n      - data/own/shop/seeds.jsonl\n")
    assert with_rows != text
    (project / "dvc.yaml").write_text(with_rows)
    run(project, "dvc", "repro", *STAGES)
    rename_an_argument(project)
    planned = run(project, "dvc", "repro", "--dry", "prepare").stdout
    assert planned.index("Running stage 'seeds@shop'") < planned.index("Running stage 'prepare'")
    assert "seeds@desk" not in planned


def test_other_values_make_all_rows_anew_and_a_rerun_changes_nothing(project):
    command = (sys.executable, "-m", "flows.own_seeds", "shop")
    run(project, *command)
    before = (project / "data" / "own" / "shop" / "seeds.jsonl").read_bytes()
    run(project, *command)
    assert (project / "data" / "own" / "shop" / "seeds.jsonl").read_bytes() == before
    (project / "own" / "shop" / "values.csv").write_text("restaurant\nThe Golden Fork\n")
    run(project, *command)
    rows = seeds(project).values()
    booked = [row for row in rows if row["gold"] and row["gold"][0]["name"] == "book_table"]
    assert {row["gold"][0]["arguments"]["restaurant"] for row in booked} == {"The Golden Fork"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("nowhere", None, "own_tools: 'nowhere' is unknown; known: shop, desk"),
        ("shop", "{}", "own/shop/tools.json"),
        ("shop", None, "own/shop/tools.json"),
    ],
)
def test_wrong_input_is_one_line(project, name, content, said):
    if name == "shop":
        path = project / "own" / "shop" / "tools.json"
        path.unlink() if content is None else path.write_text(content)
    done = run(project, sys.executable, "-m", "flows.own_seeds", name, expect=2)
    assert said in done.stderr.splitlines()[-1]
    assert not (project / "data" / "own").exists()
