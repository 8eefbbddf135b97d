"""Tiny projects that several tests play on: one untouched, one with every stage of the pipeline played."""

import json
import shutil
import signal
import subprocess

import pytest

from tests.running import run
from tests.tiny import make_project


@pytest.fixture(autouse=True)
def same_handlers():
    """A flow's parser takes SIGTERM for itself."""
    kept = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, kept)


@pytest.fixture
def rows(request, tmp_path):
    """A file of own rows, as many as the test's module says."""
    schema = {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}
    function = {"name": "f", "description": "d" * 400, "parameters": schema}
    lines = [
        {
            "id": f"row {number}",
            "tools": [{"type": "function", "function": function}],
            "messages": [{"role": "user", "content": f"word{number}"}],
            "gold": [{"name": "f", "arguments": {"q": f"word{number}"}}],
        }
        for number in range(request.module.NUM_ROWS)
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture(scope="session")
def pristine(tmp_path_factory, base_by_heart):
    """A tiny project in a git repository, nothing played."""
    root = make_project(tmp_path_factory.mktemp("projects") / "pristine", base_by_heart)
    for command in (
        ("init", "-q"),
        ("add", "-A"),
        ("-c", "user.email=a@b", "-c", "user.name=t", "commit", "-qm", "tiny"),
    ):
        subprocess.run(["git", *command], cwd=root, check=True)
    return root


@pytest.fixture(scope="session")
def reproduced(pristine, once):
    """The same project after `dvc repro`."""

    def play(folder):
        shutil.copytree(pristine, folder)
        run(folder, "dvc", "repro", whole=True)

    root = pristine.with_name("reproduced")
    shutil.copytree(once("reproduced", play), root)
    return root
