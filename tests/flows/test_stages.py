"""dvc.yaml lists what decides a stage: all code that its command imports and all sections of the recipe that it reads.

What is left out on purpose is named here, with the reason; anything else that a command comes to import must be listed.
"""

import ast
import inspect

import grimp
import pytest
from ruamel.yaml import YAML

from sparring.project.prepare import prepare
from tasks.rounds import DECISIVE, DECISIVE_ROUND
from tests.conftest import ROOT

ROOTS = ("flows", "tasks", "sparring")
COMMANDS = {
    "prepare": "flows.prepare",
    "baseline": "flows.baseline",
    "rounds": "flows.adversarial_round",
    "seeds": "flows.own_seeds",
}
SAYS = "says what happens, or logs it elsewhere: no file of a round depends on it"
AROUND = "locks, command line and cost lines around the playing"
ELSEWHERE = "brings data and weights, which are listed themselves, by their hash"
LATER = "runs in rounds after the baseline alone"
NO_RESULT = {
    "flows.arguments": AROUND,
    "flows.costs": AROUND,
    "flows.doors": AROUND,
    "flows.machine_faults": AROUND,
    "flows.playing": AROUND,
    "tasks.exclusive": AROUND,
    "tasks.clock": SAYS,
    "tasks.tracking": SAYS,
    "sparring.targets.chat_model": SAYS,
    "sparring.studies.evaluation_table": SAYS,
    "sparring.studies.logged": SAYS,
    "sparring.studies.shipping": SAYS,
    "sparring.report": SAYS,
    "sparring.studies.round_table": SAYS,
    "sparring.errors": SAYS,
    "sparring.machine_faults": SAYS,
    "sparring.progress": SAYS,
    "sparring.secrets_in_text": SAYS,
    "sparring.tables": SAYS,
    "sparring.terminal": SAYS,
    "sparring.visible_text": SAYS,
    "sparring.words": SAYS,
}
NO_RESULT_OF = {
    "prepare": {"sparring.targets.judge": "proposes aliases; prepare reads those that were accepted"},
    "baseline": {
        "sparring.sources": ELSEWHERE,
        "sparring.training.grpo": LATER,
        "sparring.training.updates.grpo": LATER,
        "sparring.training.updates.rft": LATER,
        "tasks.rl_update": LATER,
    },
    "rounds": {"sparring.sources": ELSEWHERE},
    "seeds": {},
}


@pytest.fixture(scope="module")
def imports():
    return grimp.build_graph(*ROOTS, cache_dir=None)  # a cache goes by the time of files, and may be behind


@pytest.fixture(scope="module")
def stages():
    found = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    return found | {name: found[name]["do"] for name in ("rounds", "seeds")}


def closure(imports, stage):
    """The modules that a stage's command imports, its packages included, without what stands behind an exempt one."""
    found, waiting = set(), [COMMANDS[stage]]
    while waiting:
        module = waiting.pop()
        if module in found or module in ROOTS or _exempt(stage, module):
            continue
        found.add(module)
        waiting += [*imports.find_modules_directly_imported_by(module), module.rpartition(".")[0]]
    return found


def _exempt(stage, module):
    return any(f"{module}.".startswith(f"{name}.") for name in (*NO_RESULT, *NO_RESULT_OF[stage]))


def file_of(module):
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def code_of(stage):
    return [dep for dep in stage["deps"] if dep.split("/")[0] in ROOTS]


def covered(path, listed):
    return any(path == ROOT / dep or (ROOT / dep) in path.parents for dep in listed)


@pytest.mark.parametrize("stage", COMMANDS)
def test_all_code_that_a_stage_imports_is_listed(imports, stages, stage):
    missing = [module for module in closure(imports, stage) if not covered(file_of(module), code_of(stages[stage]))]
    assert sorted(missing) == []


@pytest.mark.parametrize("stage", COMMANDS)
def test_packages_with_more_than_modules_are_listed_as_folders(imports, stages, stage):
    """Templates and the reader in C decide results as well."""
    folders = {file_of(module).parent for module in closure(imports, stage)}
    beside = [path for folder in folders for suffix in ("jinja", "c") for path in folder.glob(f"*.{suffix}")]
    assert any(path.suffix == ".jinja" for path in beside) or stage == "seeds"
    assert [path for path in beside if not covered(path, code_of(stages[stage]))] == []


@pytest.mark.parametrize("stage", COMMANDS)
def test_nothing_is_listed_that_a_stage_does_not_import(imports, stages, stage):
    files = [file_of(module) for module in closure(imports, stage)]
    assert [dep for dep in code_of(stages[stage]) if not any(covered(path, [dep]) for path in files)] == []


@pytest.mark.parametrize("stage", COMMANDS)
def test_what_is_left_out_by_name_is_imported_at_all(imports, stage):
    of_stage = imports.find_upstream_modules(COMMANDS[stage])
    of_all = {module for command in COMMANDS.values() for module in imports.find_upstream_modules(command)}
    wanted = [(name, of_stage) for name in NO_RESULT_OF[stage]] + [(name, of_all) for name in NO_RESULT]
    gone = [name for name, reached in wanted if not any(f"{module}.".startswith(f"{name}.") for module in reached)]
    assert gone == []


@pytest.mark.parametrize(("stage", "decisive"), [("baseline", DECISIVE), ("rounds", DECISIVE_ROUND)])
def test_a_rounds_stage_lists_the_sections_that_decide_a_round(stages, stage, decisive):
    assert sorted(stages[stage]["params"]) == sorted(decisive)


def test_the_first_stage_lists_the_keys_that_it_reads(stages):
    read = {
        ast.unparse(node).removeprefix("params.")
        for node in ast.walk(ast.parse(inspect.getsource(prepare)))
        if isinstance(node, ast.Attribute) and ast.unparse(node).startswith("params.")
    }
    leaves = {key for key in read if not any(other.startswith(f"{key}.") for other in read)}
    listed = stages["prepare"]["params"]
    assert [key for key in leaves if not any(f"{key}.".startswith(f"{name}.") for name in listed)] == []
    assert [name for name in listed if not any(f"{key}.".startswith(f"{name}.") for key in leaves)] == []
