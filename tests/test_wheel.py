"""The wheel in an environment of its own, far from the clone: `sparring` alone is installed, and a project begins."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from sparring.config import load_params
from tests.conftest import ROOT
from tests.tiny import make_project

pytestmark = pytest.mark.timeout(600)


def run(*command, cwd, expect=0):
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PREFECT_API_URL")}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == expect, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built of the tracked files alone, without the reader that needs a compiler."""
    source = tmp_path_factory.mktemp("source")
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    for name in tracked.stdout.decode().splitlines():
        if (ROOT / name).is_file() and not name.startswith(("tests/", "docs/")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, source / name)
    (source / "sparring" / "checker" / "_reader.c").write_text("#error not here\n")
    out = tmp_path_factory.mktemp("wheel")
    built = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(out), str(source))
    run(sys.executable, *built, cwd=out)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Programs of an environment with the wheel; its dependencies are this environment's."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    run(str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel), cwd=folder)
    packages = Path(
        run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    )
    others = {path for path in sys.path if path.endswith("site-packages")} | {sysconfig.get_path("purelib")}
    (packages / "dependencies.pth").write_text("".join(f"{path}\n" for path in sorted(others)))
    return folder / "bin"


@pytest.fixture(scope="module")
def project(installed, tmp_path_factory):
    root = tmp_path_factory.mktemp("elsewhere") / "mine"
    said = run(str(installed / "sparring"), "init", "mine", cwd=root.parent)
    assert "mine: " in said
    assert "sparring flow training" in said
    return root


def test_the_wheel_installs_the_library_alone(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"sparring"}
    assert "sparring/project_files/flows/training.py" in names
    assert "sparring/project_files/dvc.yaml" in names


def test_the_projects_recipe_is_the_shipped_one(project):
    assert load_params(project / "params.yaml") == load_params(ROOT / "params.yaml")
    assert "library.yaml" in (project / "dvc.yaml").read_text()


def test_a_second_start_changes_nothing(installed, project):
    (project / "params.yaml").write_text((project / "params.yaml").read_text() + "# mine\n")
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    assert "kept: params.yaml" in run(str(installed / "sparring"), "init", "mine", cwd=project.parent)
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_a_flow_starts_by_the_command_and_its_code_is_the_projects(installed, project):
    listed = run(str(installed / "sparring"), "flow", cwd=project)
    assert "adversarial_round" in listed
    assert "machine_faults" not in listed
    assert "Fetch data and weights" in run(str(installed / "sparring"), "flow", "prepare", "--help", cwd=project)
    whose = "import flows.doors, sparring, tasks; print(flows.__file__, tasks.__file__, sparring.__file__, sep='\\n')"
    flows, tasks, library = map(Path, run(str(installed / "python"), "-c", whose, cwd=project).split())
    assert (flows.parents[1], tasks.parents[1]) == (project, project)
    assert library.is_relative_to(installed.parent)


def test_dvc_reads_the_projects_pipeline(installed, project):
    python = str(installed / "python")
    assert run(python, "-m", "dvc", "stage", "list", "--name-only", cwd=project).split() == [
        "prepare",
        "baseline",
        "rounds@r01",
    ]
    assert "prepare" in run(python, "-m", "dvc", "status", cwd=project)


def test_a_project_in_a_folder_of_a_git_repository_is_dvcs_too(installed, tmp_path):
    run("git", "init", "-q", cwd=tmp_path)
    run(str(installed / "sparring"), "init", "below", cwd=tmp_path)
    assert "no_scm" not in (tmp_path / "below" / ".dvc" / "config").read_text()
    assert "prepare" in run(str(installed / "python"), "-m", "dvc", "status", cwd=tmp_path / "below")


def test_the_doctor_knows_the_library_of_the_project(installed, project):
    said = run(str(installed / "sparring"), "doctor", cwd=project)
    assert "ok    library: the one that library.yaml names" in said
    assert "ok    recipe:" in said


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("flow",), "no flows here; `sparring init DIR` makes a project"),
        (("flow", "prepare"), "no flows here"),
        (("init",), "Missing argument"),
    ],
)
def test_wrong_uses_are_told_in_one_line(installed, tmp_path, command, said):
    assert said in run(str(installed / "sparring"), *command, cwd=tmp_path, expect=2)


def test_a_flow_that_is_none_is_told(installed, project):
    assert "nightmare: no flow; there are adversarial_round" in run(
        str(installed / "sparring"), "flow", "nightmare", cwd=project, expect=2
    )


@pytest.mark.slow
def test_a_whole_campaign_is_played_outside_the_clone(installed, tmp_path):
    """Tiny models; afterwards nothing is stale, and another library makes everything stale."""
    made, root = make_project(tmp_path / "made"), tmp_path / "played"
    run(str(installed / "sparring"), "init", str(root), cwd=tmp_path)
    shutil.copy2(made / "params.yaml", root / "params.yaml")
    shutil.copytree(made / "tiny", root / "tiny")
    said = run(str(installed / "sparring"), "flow", "training", cwd=root)
    assert "verdict:   r01, " in said
    python = str(installed / "python")
    assert "up to date" in run(python, "-m", "dvc", "status", cwd=root)
    library = (root / "library.yaml").read_text()
    (root / "library.yaml").write_text(library.replace("sha256: ", "sha256: f"))
    assert "rounds@r01" in run(python, "-m", "dvc", "status", cwd=root)
    assert "warn  library: made with sparring" in run(str(installed / "sparring"), "doctor", cwd=root)
