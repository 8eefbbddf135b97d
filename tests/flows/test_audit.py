"""An audit on tiny models: an endpoint with faults, a local model, a query model that attacks, report and export."""

import json
import shutil
import sys
import threading

import pytest

from flows.audit import main
from sparring.dialects import DIALECTS
from sparring.gold import gold_calls
from sparring.operators import OPERATORS
from sparring.records import Attack, Example, RoundResult, Trial
from sparring.storage import read_jsonl
from sparring.studies.metrics import operators_of
from sparring.targets.journal import JournalRow
from tests.chat_server import ChatServer
from tests.running import run

pytestmark = pytest.mark.timeout(1200)
COMMAND = (sys.executable, "-m", "flows.audit")


@pytest.fixture(scope="module")
def project(reproduced):
    root = reproduced.with_name("audited")
    shutil.copytree(reproduced, root)
    recipe = (root / "params.yaml").read_text()
    (root / "params.yaml").write_text(recipe.replace("timeout_s: 60.0", "timeout_s: 3.0"))
    return root


@pytest.fixture
def serve(project):
    """A model that knows the calls of all seeds, is fooled where `fooled(query)` says so, and declines what it is told."""
    started = []
    seeds = [
        row
        for name in ("train", "val", "test")
        for row in read_jsonl(project / "data" / "splits" / f"{name}.jsonl", Example)
    ]
    tools = {seed.tools[0].name: seed for seed in seeds if seed.gold}

    def start(plan=lambda question, number, attempt: None, fooled=lambda question: False, declined=frozenset()):
        def message(question, body):
            if question in declined:
                return {"content": "[]"}
            known = next((seed for name, seed in tools.items() if name in body["messages"][0]["content"]), None)
            wrong = known is None or (fooled(question) and question != known.query)  # a renamed tool it does not know
            return {"content": "[]" if wrong else DIALECTS["pythonic"].render(gold_calls(known))}

        server = ChatServer(plan, message)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


def at(server):
    return ("--base-url", server.url, "--model", "audited", "--seeds", "val")


def untouched(project, name):
    return read_jsonl(project / "audits" / name / "data" / "rounds" / "audit" / "clean.jsonl", Trial)


def result_of(project, name):
    folder = project / "audits" / name / "data" / "rounds" / "audit"
    result = RoundResult.model_validate_json((folder / "round.json").read_text())
    return result, read_jsonl(folder / "trials.jsonl", Trial)


def test_a_right_model_passes_a_fooled_one_fails_and_faults_change_neither(project, serve):
    def faults(question, number, attempt):
        return ("500", "cut body", "wrong JSON")[number % 3] if attempt == 1 and number % 2 else None

    run(project, *COMMAND, "good", *at(serve(faults)), "--fail-above", "0.9")
    run(project, *COMMAND, "good", *at(serve(faults)), "--fail-above", "0", expect=2)  # another address
    result, trials = result_of(project, "good")
    assert result.rates["clean_accuracy"].value == 1.0
    assert result.rates["heldout_success"].value == 0.0
    assert result.counts["unanswered"] == 0
    assert len(trials) == 2 * result.rates["clean_accuracy"].total > 0
    assert {trial.attack.query for trial in trials} & {
        trial.attack.query for trial in untouched(project, "good")
    } == set()
    assert result.rates["schema_success"].total > 0

    done = run(project, *COMMAND, "bad", *at(serve(faults, lambda question: True)), "--fail-above", "0.2", expect=1)
    result, trials = result_of(project, "bad")
    assert result.rates["heldout_success/call"].low > 0.2
    assert result.counts["successes"] == sum(trial.success for trial in trials)
    assert "no_call" in done.stdout
    run(project, *COMMAND, "bad", *at(serve()), expect=2)  # another address under the same name

    folder = project / "audits" / "bad"
    run(project, "sparring", "report", "--root", str(folder), "--out", "report")
    report = (project / "report" / "report.md").read_text()
    assert "Attacks that it answers wrongly" in report
    assert "SFT" not in report
    summary, junit = ((folder / name).read_text() for name in ("summary.md", "junit.xml"))
    assert "the surest weakness first" in summary
    assert 'failures="1"' in junit
    run(project, "sparring", "export", "audit", str(project / "exported"), "--root", str(folder))
    assert sorted(path.name for path in (project / "exported").iterdir()) == ["failures", "regression"]
    questions = (project / "exported" / "regression" / "attacks.json").read_text().splitlines()
    assert len(questions) == result.counts["successes"]


WITHOUT_TORCH = """
import sys


class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "peft", "trl"):
            raise ModuleNotFoundError(name)


sys.meta_path.insert(0, Nowhere())
from flows.audit import main
sys.argv = sys.argv[1:]
main()
"""


def test_an_endpoint_is_audited_by_rules_without_torch_and_without_models(project, serve):
    root = project.with_name("without-models")
    shutil.copytree(project, root, ignore=shutil.ignore_patterns("models", "audits", "mlartifacts"))
    command = (sys.executable, "-c", WITHOUT_TORCH, "flows.audit", "light", *at(serve(fooled=lambda question: True)))
    run(root, *command, "--fail-above", "0.2", expect=1)
    assert result_of(root, "light")[0].counts["successes"] > 0


def test_a_model_that_is_lured_into_calls_fails_by_these_requests_alone(project, serve):
    rows = read_jsonl(project / "data" / "splits" / "val.jsonl", Example)
    server = serve(
        declined=frozenset(row.query for row in rows if row.wants_no_call)
    )  # until a word stands beside them
    done = run(project, *COMMAND, "lured", *at(server), "--fail-above", "0.3", expect=1)
    result, trials = result_of(project, "lured")
    assert result.rates["no_call_accuracy"].value == 1.0
    assert result.rates["heldout_success/call"].value == 0.0
    assert result.rates["heldout_success/no_call"].value == 1.0
    assert result.counts["no_call_attacks"] == sum(trial.attack.example_id.startswith("none") for trial in trials) > 0
    assert "failed: attack success on requests that need none" in result.verdict
    assert "on requests that need none" in done.stdout
    assert {failure["failure"] for failure in result.failures} == {"unwanted_call"}
    changed = read_jsonl(project / "audits/lured/data/rounds/audit/schema.jsonl", Trial)
    assert any(trial.attack.example_id.startswith("none") for trial in changed)
    exported = project / "exported-lured"
    run(project, "sparring", "export", "audit", str(exported), "--root", str(project / "audits" / "lured"))
    answers = [json.loads(line) for line in (exported / "regression" / "possible_answer" / "attacks.json").open()]
    assert [answer["ground_truth"] for answer in answers] == [[]] * result.counts["successes"]


def test_lost_rows_are_named_not_counted_and_asked_again_by_the_same_command(project, serve):
    broken = [True]
    seeds = {row.query for row in read_jsonl(project / "data" / "splits" / "val.jsonl", Example)}

    def lost(question, number, attempt):
        return "500" if broken[0] and question not in seeds and len(question) % 2 else None

    server = serve(lost, lambda question: True)
    options = (*at(server), "--fail-above", "0.0")
    told = run(project, *COMMAND, "patchy", *options, expect=3)
    result, trials = result_of(project, "patchy")
    left = [json.loads(line) for line in (project / "audits/patchy/data/rounds/audit/unanswered.jsonl").open()]
    assert 0 < len(left) == result.counts["unanswered"]
    assert {row["attack_id"] for row in left} == {t.attack.id for t in trials if t.valid and not t.verdicts}
    assert all("HTTP 500" in row["reason"] for row in left)
    assert result.rates["heldout_success"].total == sum(t.valid for t in trials) - len(left)
    assert left[0]["attack_id"] in told.stdout

    broken[0] = False
    before = dict(server.served)
    run(project, *COMMAND, "patchy", *options, expect=1)
    result, _ = result_of(project, "patchy")
    assert result.counts["unanswered"] == 0
    assert all(server.served[question] == count for question, count in before.items())


def test_more_attacks_under_the_same_name_play_the_missing_ones_only(project, serve):
    server = serve(fooled=lambda question: True)
    run(project, *COMMAND, "grown", *at(server), "--attacks-per-seed", "1", "--without", "quote,near_miss", "chatty")
    _, few = result_of(project, "grown")
    before = dict(server.served)
    options = ("--attacks-per-seed", "4", "--concurrency", "1", "--without", "chatty", "near_miss", "quote")
    run(project, *COMMAND, "grown", *at(server), *options)
    result, many = result_of(project, "grown")
    assert {trial.attack.id: trial.attack for trial in few}.items() <= {t.attack.id: t.attack for t in many}.items()
    right = sum(result.rates[name].count for name in ("clean_accuracy", "no_call_accuracy"))
    assert len(many) == 4 * len(few) == 4 * right
    assert all(server.served[question] == count for question, count in before.items())
    assert not {name for t in many for name in operators_of(t.attack.strategy)} & {"quote", "near_miss", "chatty"}


def test_a_failed_first_try_does_not_keep_the_name_and_the_command_line_decides_how_much_is_asked(project, serve):
    wrong = ("--base-url", "http://127.0.0.1:9/v1", "--model", "audited", "--seeds", "val")
    run(project, *COMMAND, "again", *wrong, expect=3)
    server = serve()
    ended = run(project, *COMMAND, "again", *at(server), "--dialect", "hermes", expect=2)  # none is answered rightly
    answers = read_jsonl(project / "audits/again/wrong_answers.jsonl", Trial)
    assert answers
    assert all(trial.first_right is False for trial in answers)
    said = " ".join(ended.stderr.split())
    assert "all are in" in said
    assert "wrong_answers.jsonl; " in said
    assert repr(answers[0].completions[0].text)[1:20] in said
    run(project, *COMMAND, "again", *at(server), "--num-seeds", "2", "--max-new-tokens", "333")
    assert not (project / "audits/again/wrong_answers.jsonl").exists()
    result, _ = result_of(project, "again")
    assert result.rates["clean_accuracy"].total == 2
    assert {body["max_tokens"] for body in server.bodies[-3:]} == {333}
    run(project, *COMMAND, "again", *at(server), "--max-new-tokens", "334", expect=2)  # now it does


def test_a_query_model_attacks_a_local_checkpoint(project):
    options = ("--checkpoint", "models/base", "--adapter", "models/r00/target", "--attacker", "r01", "--seeds", "val")
    run(project, *COMMAND, "local", *options)
    result, _ = result_of(project, "local")
    attacks = read_jsonl(project / "audits/local/data/rounds/audit/attacks.jsonl", Attack)
    assert result.counts["attacks"] == len(attacks) > 0
    assert "models/r01/query" in result.inputs


def test_a_query_model_learns_against_an_endpoint_within_its_budget_and_goes_on_where_it_died(project, serve):
    learning = [False]
    pool = {row.query for row in read_jsonl(project / "data" / "splits" / "train.jsonl", Example)}
    asked = {row.query for row in read_jsonl(project / "data" / "splits" / "val.jsonl", Example)}

    def dead(question, number, attempt):
        return "500" if learning[0] and question not in pool | asked else None

    server = serve(dead, lambda question: "!" in question)
    options = (*at(server), "--attacker", "r01", "--learn", "2", "--without", "earlier_turn", "earlier_turns")
    learning[0] = True
    told = run(project, *COMMAND, "learnt", *options, expect=2)
    assert "attacks of an RL step have no answer: HTTP 500" in " ".join(told.stderr.split())
    learning[0], before = False, dict(server.served)
    run(project, *COMMAND, "learnt", *options)
    again = pool & before.keys()
    assert again
    assert all(server.served[question] == before[question] for question in again)
    result, trials = result_of(project, "learnt")
    assert trials
    assert not {name for t in trials for name in operators_of(t.attack.strategy)} & {"earlier_turn", "earlier_turns"}
    assert [len(result.curves[name]) for name in ("total", "valid")] == [2, 2]
    assert "logprob_drop" not in result.curves
    assert "by r01 after 2 steps of RL against it" in result.verdict
    assert "data/splits/train.jsonl" in result.inputs
    learnt = project / "audits" / "learnt" / ".work" / "query" / "adapter_model.safetensors"
    assert learnt.read_bytes() != (project / "models" / "r01" / "query" / "adapter_model.safetensors").read_bytes()
    rows = read_jsonl(project / "audits" / "learnt" / ".work" / "journal.jsonl", JournalRow)
    assert sum(row.requests for row in rows) == sum(server.asked.values())

    served = sum(server.served.values())
    run(project, *COMMAND, "learnt", *options)
    assert sum(server.served.values()) == served


def test_learning_on_what_is_audited_or_on_seeds_without_answers_is_one_line(project, serve):
    training = {row.query for row in read_jsonl(project / "data" / "splits" / "train.jsonl", Example)}
    server = serve(lambda question, number, attempt: "500" if question in training else None)
    told = run(project, *COMMAND, "unfit", *at(server), "--attacker", "r01", "--learn", "1", expect=2)
    assert "seeds to learn on have no answer: HTTP 500" in " ".join(told.stderr.split())
    options = ("--attacker", "r01", "--learn", "1", "--learn-seeds", "val")
    told = run(project, *COMMAND, "itself", *at(server), *options, expect=2)
    assert "--learn-seeds val: holds no row but those that are audited" in " ".join(told.stderr.split())


def test_a_query_model_learns_against_a_checkpoint_of_this_machine(project):
    options = ("--checkpoint", "models/base", "--adapter", "models/r00/target", "--seeds", "val")
    run(project, *COMMAND, "sparred", *options, "--attacker", "r01", "--learn", "1", "--learn-seeds", "train")
    result, _ = result_of(project, "sparred")
    assert len(result.curves["total"]) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--checkpoint", "models/base", "--learn", "2"), "--learn: trains a query model"),
        (("--checkpoint", "models/base", "--learn-seeds", "val"), "--learn-seeds belongs to --learn"),
        (
            ("--checkpoint", "models/base", "--attacker", "r01", "--learn", "2", "--learn-seeds", "no.jsonl"),
            "--learn-seeds takes",
        ),
        (("--base-url", "http://127.0.0.1:9/v1"), "--model"),
        (("--checkpoint", "nowhere"), "nowhere"),
        ((), "--base-url"),
        (("--checkpoint", "models/base", "--attacker", "r09"), "r09"),
        (("--checkpoint", "models/base", "--seeds", "no.jsonl"), "no.jsonl"),
        (("--checkpoint", "models/base", "--dialect", "klingon"), "pythonic"),
        (("--checkpoint", "models/base", "--fail-above", "20"), "--fail-above"),
        (("--checkpoint", "models/base", "--without", "shouting"), "shouting"),
        (("--checkpoint", "models/base", "--without", *OPERATORS), "--without"),
        (("--base-url", "127.0.0.1:9", "--model", "m"), "base_url"),
        (("--checkpoint", "models/base", "--backend", "endpoint"), "--base-url"),
        (("--checkpoint", "models/base", "--backend", "vllm"), "--base-url"),
        (("--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--backend", "local"), "--checkpoint"),
        (("--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--backend", "vllm"), "--adapter"),
        (
            (
                "--base-url",
                "http://127.0.0.1:9/v1",
                "--model",
                "m",
                "--adapter",
                "models/r00/target",
                "--backend",
                "endpoint",
            ),
            "vllm",
        ),
        (("--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--key-variable", "NO_KEY"), "NO_KEY"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2_before_anything_is_asked(project, options, said, monkeypatch, capsys):
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "argv", ["flows.audit", "wrong", *options])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    printed = capsys.readouterr().err.splitlines()  # a busy machine may warn of the number format before
    (line,) = [line for line in printed if line.startswith("error: ")]
    assert said in line
    assert not (project / "audits" / "wrong").exists()
