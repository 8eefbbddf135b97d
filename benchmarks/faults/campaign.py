"""The campaign: the undisturbed round, then one disturbed round after another, each judged and written down at once."""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.faults.disturbed import Disturbed, Setting
from benchmarks.faults.kinds import KINDS, faketime_library
from benchmarks.faults.playing import MODULES, ROUND, complete, import_all, recorded, results, start
from sparring.records import UNJUDGED
from tests.tiny import make_project

TMPFS_MB = 96
SMALLER = {"rl.steps": 3, "target.max_new_tokens": 40, "sampling.pool": 10, "sampling.seeds": 4, "sft.examples": 8}
TERMINATED = {128 + signal.SIGTERM, -signal.SIGTERM}


def prepared(folder: Path) -> tuple[Setting, dict[str, str]]:
    """The project to copy, and the undisturbed round's files; made once."""
    root, reference = folder / "prepared", folder / "undisturbed.json"
    if not reference.exists():
        shutil.rmtree(root, ignore_errors=True)
        make_project(root, **SMALLER)
        shutil.rmtree(root / ".dvc", ignore_errors=True)  # a start by hand would run `dvc commit` after every round
        for module in ("prepare", "baseline"):
            if start(root, module=module).wait() != 0:
                raise SystemExit(f"{module} failed: see {root.with_suffix('.log')}")
        copy = folder / "undisturbed"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(root, copy)
        os.environ[MODULES] = str(folder / "modules.txt")
        if start(copy).wait() != 0:
            raise SystemExit(f"the undisturbed round failed: see {copy.with_suffix('.log')}")
        del os.environ[MODULES]
        import_all(folder / "modules.txt")
        shutil.rmtree(copy)
        shutil.copytree(root, copy)
        begun = time.monotonic()
        if start(copy).wait() != 0 or not complete(results(copy)):
            raise SystemExit(f"the undisturbed round failed: see {copy.with_suffix('.log')}")
        wall = time.monotonic() - begun
        manifest = json.loads((copy / "data" / "rounds" / ROUND / "round.json").read_text(encoding="utf-8"))
        seconds = {name.replace("_", " "): value for name, value in manifest["seconds"].items()}
        rest = max(1.0, wall - sum(seconds.values()))
        seconds |= {"start": rest * 0.4, "closing": rest * 0.6}
        reference.write_text(json.dumps({"files": results(copy), "seconds": seconds, "wall": wall}), encoding="utf-8")
    import_all(folder / "modules.txt")
    known = json.loads(reference.read_text(encoding="utf-8"))
    return Setting(root, known["seconds"], faketime_library()), known["files"]


def plan(rounds: int, only: str | None, seed: int) -> list[tuple[str, str]]:
    """Kind and phase of each round: every kind in its share, every phase of a kind in turn, in a random order."""
    wanted = {only: rounds} if only else {kind: share for kind, (_, _, share) in KINDS.items()}
    rows = [
        (kind, KINDS[kind][1][number % len(KINDS[kind][1])])
        for kind, count in wanted.items()
        for number in range(count)
    ]
    random.Random(seed).shuffle(rows)
    return (rows * (1 + rounds // len(rows)))[:rounds]


def play(folder: Path, setting: Setting, expected: dict[str, str], rounds: int, only: str | None, seed: int) -> None:
    """Plays what results.jsonl does not hold yet."""
    path = folder / "results.jsonl"
    known = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    for number, (kind, phase) in enumerate(plan(rounds, only, seed)):
        if any(row["number"] == number for row in known):
            continue
        if kind == "clock jump" and setting.preload is None:
            continue
        begun = time.monotonic()
        with _project(folder, setting.prepared, kind) as root:
            disturbed = KINDS[kind][0](setting, root, random.Random(f"{seed}-{number}"), phase)
            row = {"number": number, "kind": kind, "phase": phase, "choices": disturbed.choices}
            try:
                row |= _judge(root, disturbed, expected)
            finally:
                if disturbed.beside is not None:
                    disturbed.beside()
            if row["verdict"].startswith("WRONG"):
                shutil.copy2(root.with_suffix(".log"), folder / f"wrong-{number}.log")
        row["seconds"] = round(time.monotonic() - begun, 1)
        with path.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(row) + "\n")
        print(f"{number} {kind}, {phase}: {row['first']}; {row['verdict']} ({row['seconds']} s)", flush=True)


@contextmanager
def _project(folder: Path, source: Path, kind: str) -> Iterator[Path]:
    """A copy of the prepared project; for a full disk it lies on a small file system of its own."""
    place = folder / "playing"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    if kind == "full disk":
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={TMPFS_MB}m", "none", str(place)], check=True)
        (folder / "project.log").unlink(missing_ok=True)
        (place / "project.log").symlink_to(folder / "project.log")  # the log must not need the full disk
        (folder / "project.log").touch()
    try:
        # artifacts are logged to the prepared project, whose database names the place: they are not copied along
        shutil.copytree(source, place / "project", ignore=shutil.ignore_patterns("mlartifacts"))
        yield place / "project"
    finally:
        if kind == "full disk":
            subprocess.run(["umount", "-l", str(place)], check=True)
        shutil.rmtree(place, ignore_errors=True)


def _judge(root: Path, disturbed: Disturbed, expected: dict[str, str]) -> dict[str, str]:
    """How the disturbed start ended, and what one start after it makes of the round."""
    first = _ending(disturbed) if disturbed.wrong is None else f"WRONG: {disturbed.wrong}"
    if first.startswith("WRONG"):
        return {"first": first, "verdict": first}
    early = results(root)
    if disturbed.mend is None and early and early != expected and not _set_aside(root):
        return {"first": first, "verdict": f"WRONG: other bytes at once in {_differing(early, expected)}"}
    if disturbed.mend is not None and disturbed.first.code != 0:
        disturbed.mend()
    again = start(root)
    code = again.wait()
    if code == 2 and again.last_error is not None and disturbed.mend is not None:  # named now: mended as it says
        first = f"{first}; then {again.last_error}"
        disturbed.mend()
        again = start(root)
        code = again.wait()
    if code != 0:
        return {"first": first, "verdict": f"WRONG: the start after it ended with {code}: {_tail(again.said)}"}
    late = results(root)
    if late != expected and (aside := _set_aside(root)):
        return {"first": first, "verdict": f"other, as it said: {aside}"}
    if late != expected:
        return {"first": first, "verdict": f"WRONG: other bytes in {_differing(late, expected)}"}
    held = recorded(root)
    if held.get("FINISHED", 0) != 1 or held["versions"] != 2:
        return {"first": first, "verdict": f"equal, but MLflow holds {held}"}
    return {"first": first, "verdict": "equal" if held.get("RUNNING", 0) == 0 else "equal, a run stays open in MLflow"}


def _set_aside(root: Path) -> str | None:
    """The round's own words about lost trials that the judge did not answer about: they count nowhere."""
    said = root.with_suffix(".log").read_text(encoding="utf-8", errors="replace")
    return next((line for line in said.splitlines() if "lost trials:" in line and UNJUDGED in line), None)


def _ending(disturbed: Disturbed) -> str:
    """The disturbed start's end in words: killed, ended by SIGTERM, a named error, or finished."""
    for playing in (*disturbed.others, disturbed.first):
        code = playing.code
        if code == 2 and playing.last_error is None and not disturbed.others:
            return f"WRONG: exit 2 without a name: {_tail(playing.said)}"
        if code not in {0, 2, -signal.SIGKILL, *TERMINATED}:
            return f"WRONG: ended with {code}: {_tail(playing.said)}"
    if disturbed.others:
        named = [line for line in disturbed.first.said.splitlines() if line.startswith("error: ")]
        return f"second: {named[-1] if named else 'found it played'}"
    code = disturbed.first.code
    if code == 0:
        return "finished"
    if code == 2:
        return str(disturbed.first.last_error)
    return "killed" if code == -signal.SIGKILL else "ended by SIGTERM"


def _differing(found: dict[str, str], expected: dict[str, str]) -> str:
    return ", ".join(sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)))


def _tail(said: str) -> str:
    return " | ".join(said.strip().splitlines()[-2:])[-300:]
