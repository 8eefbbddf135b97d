"""A project outside a clone: what `sparring init` writes, what it leaves alone, what it refuses."""

import subprocess

import pytest
from ruamel.yaml import YAML

from sparring.config import load_params
from sparring.errors import InputError
from sparring.project.library import LIBRARY, library_text, other_library
from sparring.project.scaffold import begin, outside_a_clone
from sparring.project.shipped import listed
from tests.conftest import ROOT


def pipeline(text):
    return YAML(typ="safe").load(text)["stages"]


def test_a_new_folder_gets_a_recipe_that_is_valid_and_all_flows_and_tasks(tmp_path):
    root = tmp_path / "new" / "project"
    begun = begin(root)
    assert begun.kept == ()
    assert set(begun.written) == {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    assert set(begun.written) == {*listed(ROOT), LIBRARY}
    assert load_params(root / "params.yaml") == load_params(ROOT / "params.yaml")


def test_every_tracked_flow_task_profile_and_example_is_shipped():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    wanted = [name for name in tracked.splitlines() if name.startswith(("flows/", "tasks/", "profiles/", ".dvc"))]
    assert len(wanted) > 50
    assert set(wanted) - set(listed(ROOT)) == set()


@pytest.mark.parametrize("name", ["params.yaml", "flows/prepare.py", "dvc.yaml", ".gitignore", "library.yaml"])
def test_what_is_there_is_never_written_over(tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine\n")
    begun = begin(tmp_path)
    assert (tmp_path / name).read_text() == "mine\n"
    assert begun.kept == (name,)
    assert name not in begun.written
    assert begin(tmp_path).written == ()


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path):
    root, outside = tmp_path / "project", tmp_path / "outside.yaml"
    root.mkdir()
    (root / "params.yaml").symlink_to(outside)
    assert begin(root).kept == ("params.yaml",)
    assert not outside.exists()


def test_in_place_of_the_librarys_sources_each_stage_depends_on_one_file(tmp_path):
    begin(tmp_path)
    own = pipeline((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    made = pipeline((tmp_path / "dvc.yaml").read_text(encoding="utf-8"))
    assert list(made) == list(own)
    for name in own:
        before, after = (stages[name].get("do", stages[name]) for stages in (own, made))
        kept = [path for path in before["deps"] if not path.startswith("sparring/")]
        assert sorted(after["deps"]) == sorted([*kept, LIBRARY])
        assert after["cmd"] == before["cmd"].replace("python -m flows.", "sparring flow ")
        assert {key: after[key] for key in after if key not in ("deps", "cmd")} == {
            key: before[key] for key in before if key not in ("deps", "cmd")
        }


def test_a_stage_without_sources_of_the_library_stays_as_it_is():
    text = "stages:\n  one:\n    cmd: python own.py\n    deps:\n      - flows/own.py\n"
    assert outside_a_clone(text) == text


@pytest.mark.parametrize(("git", "told"), [(True, False), (False, True)])
def test_dvc_is_told_where_there_is_no_git(tmp_path, git, told):
    if git:
        (tmp_path / ".git").mkdir()
    begin(tmp_path / "inside")
    assert ("no_scm = true" in (tmp_path / "inside" / ".dvc" / "config").read_text()) == told


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: folder.write_text("x"), "is a file"),
        (lambda folder: folder.symlink_to(ROOT), "is a clone"),
    ],
)
def test_what_cannot_become_a_project_is_refused(tmp_path, make, said):
    make(tmp_path / "there")
    with pytest.raises(InputError, match=said):
        begin(tmp_path / "there")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (lambda text: text, None),
        (lambda text: text.replace("sparring: ", "sparring: 9."), None),
        (lambda text: text.replace("sha256: ", "sha256: f"), "of other code: delete flows/, tasks/, dvc.yaml"),
        (
            lambda text: text.replace("sha256: ", "sha256: f").replace("sparring: ", "sparring: 9."),
            "made with sparring 9.",
        ),
    ],
)
def test_another_library_than_the_projects_is_told(tmp_path, changed, said):
    (tmp_path / LIBRARY).write_text(changed(library_text()), encoding="utf-8")
    found = other_library(tmp_path)
    assert found is None if said is None else said in found


def test_a_library_file_that_says_nothing_is_named(tmp_path):
    (tmp_path / LIBRARY).write_text("[]\n")
    with pytest.raises(InputError, match=r"library\.yaml: expected the keys sparring and sha256"):
        other_library(tmp_path)


def test_in_a_clone_nothing_is_told(tmp_path):
    assert other_library(tmp_path) is None
