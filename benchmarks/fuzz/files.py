"""Files of a project that a person, a disk or another version may have changed: manifests, journals, reports."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.fuzz.answers import SEED
from benchmarks.fuzz.boundary import ROOT, Boundary, NotEqualError, documents, lines, same
from benchmarks.fuzz.recipes import RECIPE
from sparring.attacker.archive import Archive
from sparring.commands.compare import side
from sparring.config import load_params
from sparring.engine.number_format import campaign_format
from sparring.gate_benchmark import GateScore
from sparring.gate_benchmark.scoring import ALL
from sparring.project.aliases import Alias, decide, decisions_path, mend, queue_path
from sparring.project.export import export_suite
from sparring.project.licence import licence_of
from sparring.records import Attack, Completion, Elite, Failure, RoundResult, Trial, Verdict
from sparring.report import build, write_report
from sparring.report.gating import read_gate_score
from sparring.report.markdown import render_markdown
from sparring.report.page import render_page
from sparring.report.rounds import read_rounds, read_seeds
from sparring.seals import is_sealed, seal
from sparring.statistics import rate
from sparring.storage import read_json, read_jsonl, write_jsonl, write_text
from sparring.studies.compare import compare_markdown, compare_rounds, compare_table
from sparring.studies.cross_play import Cell, CrossPlay, Gain, matrix_table, read_matrix
from sparring.studies.round_table import round_table
from sparring.targets.journal import JournalRow, open_journal


def manifest(name: str, after: str | None) -> dict[str, Any]:
    """A round's manifest with something in every field."""
    shares = ("clean_accuracy", "heldout_success", "heldout_valid", "attack_success", "no_call_accuracy", "unparseable")
    result = RoundResult(
        round=name, after=after, seed=1, counts={"attacks": 2}, rates={share: rate(1, 2) for share in shares},
        comparisons={}, rejections={"leak": 1}, operators={"chatty": {"valid": rate(1, 1), "success": rate(1, 1)}},
        failures=[{"count": 1, "failure": "no_call", "tool": "t", "seed": "s", "attack": "a", "answer": "[]", "reason": "r"}],
        rewards={"total_first_quarter": 0.1, "total_last_quarter": 0.3}, curves={"reward": [0.1, None, 0.3]},
        payoffs={"query_model": 0.5, "target": -0.5}, seconds={"start": 1.5}, inputs={"params": "0" * 64},
        outputs={f"data/rounds/{name}/clean.jsonl": "0" * 64}, versions={"torch": "2"}, promoted=None if after is None else True,
        champion=name, verdict="won", mlflow_run_id=None, dtype="float32", peak_gb=1.0,
    )  # fmt: skip
    return result.model_dump(mode="json")


def trials() -> list[dict[str, Any]]:
    """Trials that were won, lost, rejected and not scored."""
    verdicts = (
        Verdict(correct=True),
        Verdict(False, Failure.NO_CALL, "simple_function_checker:wrong_count", "expected 1 calls, got 0"),
        Verdict(False, Failure.WRONG_VALUE, "value_error:string", "expected Paris", call=0, argument="city"),
        Verdict(correct=False, example_error="the gold is broken"),
    )
    made = []
    for number, verdict in enumerate(verdicts):
        name = f"a{number}"
        attack = Attack(
            id=name, example_id=SEED.id, query=f"q {number}", strategy="chatty > typos", round="r01", seed=0
        )
        completion = Completion(attack_id=name, sample=0, text="[]")
        made.append(Trial(attack=attack, completions=[completion], rejected_by=None, verdicts=[verdict]))
    made.append(made[0].model_copy(update={"rejected_by": "leak", "completions": [], "verdicts": []}))
    return [trial.model_dump(mode="json") for trial in made]


def project(folder: Path) -> None:
    """A project with a baseline and a round."""
    made = [Trial.model_validate(trial) for trial in trials()]
    write_jsonl(folder / "data" / "splits" / "train.jsonl", [SEED])
    write_jsonl(folder / "data" / "splits" / "val.jsonl", [])
    for name, after in (("r00", None), ("r01", "r00")):
        for file in ("clean", "heldout", "trials", "heldout_before", "schema", "schema_before"):
            rows = made if not file.startswith("schema") else []
            write_jsonl(folder / "data" / "rounds" / name / f"{file}.jsonl", rows)
        write_text(folder / "data" / "rounds" / name / "round.json", json.dumps(manifest(name, after)))
    write_text(folder / "params.yaml", RECIPE)


def manifests() -> Boundary:
    """`round.json` as every command reads it."""

    def read(content: bytes, folder: Path) -> None:
        if not (folder / "params.yaml").exists():
            project(folder)
        (folder / "data" / "rounds" / "r01" / "round.json").write_bytes(content)
        campaign_format(folder)
        rounds = read_rounds(folder)
        for played in rounds:
            same(played.result)
        round_table([played.result for played in rounds], color=False)
        found = compare_rounds(side(f"{folder}:r00"), side(f"{folder}:r01"), 0)
        same(found)
        compare_table(found)
        compare_markdown(found).encode()
        _pages(folder)

    return Boundary(documents([manifest("r01", "r00")]), read)


def _pages(folder: Path) -> None:
    """Page and Markdown of the report, without drawing anything anew."""
    contents = build(read_rounds(folder), read_seeds(folder))
    render_page(contents).encode()
    render_markdown(contents).encode()


def reports() -> Boundary:
    """`sparring report` with a file of trials, seeds, cross-play or gates that is odd."""
    crossed = CrossPlay(
        seeds=1, attacks_per_seed=1, cells=[Cell(query=q, target=t, success=rate(1, 2)) for q in ("r00", "r01") for t in ("r00", "r01")],
        gains=[Gain(query="r01", first="r00", last="r01", difference=0.1, low=0.0, high=0.2, p_value=0.5)],
    )  # fmt: skip
    shares = {"leak": rate(1, 2), ALL: rate(1, 2)}
    score = GateScore(
        cases=2, precision=shares, recall=shares, kinds={"frame": {"rows": 2, "valid": 1, "accepted": 1}},
        reasons={"frame": {"leak": 1}}, mistakes=[{"id": "1", "kind": "frame", "seed": "s", "rewrite": "r", "found": "f"}],
    ).model_dump(mode="json")  # fmt: skip
    known: list[tuple[str, Sequence[Any], Callable[[Sequence[Any]], Callable[[Random], bytes]]]] = [
        ("data/rounds/r01/trials.jsonl", trials(), lines),
        ("data/rounds/r01/heldout.jsonl", trials(), lines),
        ("data/rounds/r00/clean.jsonl", trials(), lines),
        ("data/splits/train.jsonl", [SEED.model_dump(mode="json")], lines),
        ("data/cross_play.json", [crossed.model_dump(mode="json")], documents),
        ("data/gates.json", [score], documents),
    ]

    def made(rng: Random) -> bytes:
        name, rows, form = rng.choice(known)
        return name.encode() + b"\n" + form(rows)(rng)

    def read(content: bytes, folder: Path) -> None:
        name, _, text = content.partition(b"\n")
        project(folder)
        for extra in ("cross_play", "gates"):
            (folder / "data" / f"{extra}.json").unlink(missing_ok=True)
        place = next(path for path, *_ in known if path.encode() == name)
        (folder / place).write_bytes(text)
        if (crossed := read_matrix(folder / "data" / "cross_play.json")) is not None:
            matrix_table(crossed)
        read_gate_score(folder / "data" / "gates.json")
        write_report(folder, folder / "report")
        seeds = read_seeds(folder)
        won = [trial for trial in read_rounds(folder)[-1].training if trial.success]
        export_suite(won, seeds, folder / "suite", load_params(ROOT / "params.yaml"))

    return Boundary(made, read)


def seals() -> Boundary:
    """The ledger of finished files: what cannot be read seals nothing."""

    def read(content: bytes, folder: Path) -> None:
        ledger, path = folder / "seals.json", folder / "rows.jsonl"
        path.write_text("x", encoding="utf-8")
        ledger.write_bytes(content)
        is_sealed(ledger, path)
        seal(ledger, path)
        if not is_sealed(ledger, path):
            raise NotEqualError("what was sealed is not")

    return Boundary(documents([{"rows.jsonl": "0" * 64, "other": "1" * 64}]), read, ())


def journals() -> Boundary:
    """The journal of an endpoint: read, gone on with, read again."""
    known = [
        JournalRow(row_id="a", text="[]", reason=None, requests=1, tokens=3, seconds=0.5).model_dump(),
        JournalRow(row_id="b", text=None, reason="HTTP 500", requests=4, tokens=0).model_dump(),
    ]

    def read(content: bytes, folder: Path) -> None:
        path = folder / "journal.jsonl"
        path.write_bytes(content)
        with open_journal(path) as journal:
            before = dict(journal.texts)
            journal.add(JournalRow(row_id="new", text="[f()]", reason=None, requests=1, tokens=1))
        with open_journal(path) as journal:
            if journal.texts != before | {"new": "[f()]"}:
                raise NotEqualError("a journal lost what it held")

    return Boundary(lines(known), read)


def aliases() -> Boundary:
    """The queue of aliases and the decisions."""
    known = [
        Alias(
            id="0", example_id=SEED.id, attack="q", call=0, argument="city", value="Paris, FR", accepted=["Paris"],
            proposed=["Paris", "Paris, FR"], answer="[]", decision=decision,
        ).model_dump()
        for decision in (None, "accepted", "rejected")
    ]  # fmt: skip

    def read(content: bytes, folder: Path) -> None:
        decisions_path(folder).write_bytes(content)
        for mended in mend([SEED], folder):
            same(mended)
        decisions_path(folder).unlink()
        queue_path(folder).parent.mkdir(exist_ok=True)
        queue_path(folder).write_bytes(content)
        waiting = read_jsonl(queue_path(folder), Alias)
        decide(folder, [alias.id for alias in waiting], "accepted")
        for mended in mend([SEED], folder):
            same(mended)

    return Boundary(lines(known), read)


def archives() -> Boundary:
    """The elite archive, JSON documents without a type, and a model's card."""
    attack = Attack(id="a", example_id=SEED.id, query="q", strategy="chatty", round="r01", seed=0)
    known = [Elite(category="simple", tool="t", failure="no_call", attack=attack).model_dump()]

    def read(content: bytes, folder: Path) -> None:
        path = folder / "archive.jsonl"
        path.write_bytes(content)
        (folder / "README.md").write_bytes(b"---\nlicense: " + content + b"\n---\n")
        licence_of(folder)
        archive = Archive.load(path)
        archive.save(path)
        if [one.model_dump_json() for one in Archive.load(path).elites] != [
            one.model_dump_json() for one in archive.elites
        ]:
            raise NotEqualError("an archive is another once written")
        read_json(path)

    return Boundary(lines(known, most=1), read)
