"""The kinds of faults: each disturbs one round in a project, and undoes afterwards what a person would mend.

A kind returns the disturbed start, its choices in words and, where the disturbance stays, a function that mends it.
"""

import errno
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.faults.disturbed import Disturbed, Setting
from benchmarks.faults.neighbours import dead_judge, killed_worker, second_servers
from benchmarks.faults.playing import PHASES, ROUND, STEPS, start


def sigkill(setting: Setting, root: Path, rng: random.Random, phase: str) -> Disturbed:
    """SIGKILL to the whole group, as when the machine dies."""
    return _signalled(setting, root, rng, phase, signal.SIGKILL)


def sigterm(setting: Setting, root: Path, rng: random.Random, phase: str) -> Disturbed:
    """SIGTERM to the whole group, as when the machine is shut down."""
    return _signalled(setting, root, rng, phase, signal.SIGTERM)


def _signalled(setting: Setting, root: Path, rng: random.Random, phase: str, number: int) -> Disturbed:
    moment = setting.moment(rng, phase)
    playing = start(root)
    playing.reach(phase, moment)
    playing.signal(number)
    playing.wait()
    return Disturbed(playing, f"{moment:.2f} s into it")


def truncated_rows(setting: Setting, root: Path, rng: random.Random, phase: str) -> Disturbed:
    """A kill, and a half-done file that lost its end, at a line's end or anywhere."""
    disturbed = sigkill(setting, root, rng, phase)
    files = sorted(p for p in (root / ".work").glob(f"{ROUND}-*/*") if p.is_file() and p.stat().st_size)
    if not files:
        return disturbed
    path = rng.choice(files)
    how = _cut(path, rng)
    return Disturbed(
        disturbed.first, f"{disturbed.choices}, then {path.name} {how}", lambda: path.unlink(missing_ok=True)
    )


def truncated_checkpoint(setting: Setting, root: Path, rng: random.Random, phase: str) -> Disturbed:
    """A kill in a training, and a file of its last checkpoint that lost its end."""
    name = "rl" if phase == "rl update" else "sft"
    number = rng.choice((1, 2, 3)) if name == "rl" else 1
    playing = start(root)
    while not list((root / ".work").glob(f"{ROUND}-*/{name}/checkpoint-{number}/trainer_state.json")):
        if playing.ended():
            break
        time.sleep(0.01)
    time.sleep(rng.random() * 0.3)
    playing.signal(signal.SIGKILL)
    playing.wait()
    written = {  # one that was just begun may hold nothing yet
        folder: files
        for folder in (root / ".work").glob(f"{ROUND}-*/{name}/checkpoint-*")
        if (files := sorted(p for p in folder.rglob("*") if p.is_file() and p.stat().st_size))
    }
    last = max(written, key=lambda folder: int(folder.name.split("-")[-1]))
    path = rng.choice(written[last])
    return Disturbed(playing, f"{name}/{last.name}/{path.name} {_cut(path, rng)}")


def truncated_input(setting: Setting, root: Path, rng: random.Random, phase: str) -> Disturbed:
    """A file that the round reads lost its end before the round began."""
    folders = (root / "data" / "splits", root / "data" / "rounds" / "r00", root / "models")
    files = sorted(p for folder in folders for p in folder.rglob("*") if p.is_file() and p.stat().st_size > 1)
    path = rng.choice(files)
    how = _cut(path, rng)
    playing = start(root)
    playing.wait()
    known = setting.prepared / path.relative_to(root)
    return Disturbed(playing, f"{path.relative_to(root)} {how}", lambda: shutil.copy2(known, path) and None)


def truncated_result(setting: Setting, root: Path, rng: random.Random, phase: str) -> Disturbed:
    """A file of the finished round lost its end; the round is started again."""
    playing = start(root)
    playing.wait()
    folders = (root / "data" / "rounds" / ROUND, root / "models" / ROUND)
    files = sorted(p for folder in folders for p in folder.rglob("*") if p.is_file() and p.stat().st_size > 1)
    path = rng.choice(files)
    return Disturbed(playing, f"{path.relative_to(root)} {_cut(path, rng)}", lambda: _forget(path))


def _forget(path: Path) -> None:
    """What the error about a manifest asks for; a data file is noticed and made anew without help."""
    if path.name == "round.json":
        path.unlink(missing_ok=True)


def _cut(path: Path, rng: random.Random) -> str:
    """Cuts a file at a line's end (rows are lost, each that is left is whole) or anywhere; unlinks it from copies."""
    content = path.read_bytes()
    lines = content.splitlines(keepends=True)
    if len(lines) > 1 and rng.random() < 0.5:
        kept = b"".join(lines[: rng.randrange(1, len(lines))])
        how = "cut at a line's end"
    else:
        kept = content[: rng.randrange(len(content))]
        how = f"cut to {len(kept)} of {len(content)} bytes"
    path.unlink()
    path.write_bytes(kept)
    return how


def full_disk(setting: Setting, root: Path, rng: random.Random, phase: str) -> Disturbed:
    """Somebody else fills the disk (`root` lies on a small tmpfs) to a random rest, at a random moment."""
    moment, rest = setting.moment(rng, phase), rng.choice((0, 4, 64, 512)) * 1024
    filler = root.parent / "filler"
    playing = start(root)
    if playing.reach(phase, moment):
        _fill(filler, rest)
    playing.wait()
    return Disturbed(playing, f"{moment:.2f} s into it, {rest // 1024} KB left", lambda: filler.unlink(missing_ok=True))


def _fill(filler: Path, rest: int) -> None:
    """Takes all space but `rest` bytes; the round takes some in the meantime, so several tries."""
    with filler.open("wb") as handle:
        while (wanted := shutil.disk_usage(filler.parent).free - rest) > 0:
            try:
                os.posix_fallocate(handle.fileno(), 0, wanted)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
            else:
                return


def locked_database(setting: Setting, root: Path, rng: random.Random, phase: str) -> Disturbed:
    """Another process holds mlflow.db for less or for more than the round's patience."""
    moment, seconds = setting.moment(rng, phase), rng.choice((2.0, 8.0, 75.0))
    playing = start(root)
    if playing.reach(phase, moment):
        holder = sqlite3.connect(root / "mlflow.db", timeout=10)
        try:
            holder.execute("begin exclusive")
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline and not playing.ended():
                time.sleep(0.05)
        finally:
            holder.close()
    playing.wait()
    return Disturbed(playing, f"{moment:.2f} s into it, for {seconds:.0f} s")


def corrupt_database(setting: Setting, root: Path, rng: random.Random, phase: str) -> Disturbed:
    """mlflow.db is overwritten in part, or loses its end, at a random moment."""
    moment, how = setting.moment(rng, phase), rng.choice(("its head overwritten", "cut in half", "a tenth overwritten"))
    path = root / "mlflow.db"
    playing = start(root)
    playing.reach(phase, moment)
    size = path.stat().st_size
    with path.open("r+b") as handle:
        if how == "cut in half":
            handle.truncate(size // 2)
        else:
            handle.seek(0 if how.startswith("its head") else rng.randrange(size // 2))
            handle.write(rng.randbytes(4096 if how.startswith("its head") else size // 10))
    playing.wait()

    def mend() -> None:
        for name in ("mlflow.db-journal", "mlflow.db-wal", "mlflow.db-shm"):
            (root / name).unlink(missing_ok=True)
        shutil.copy2(setting.prepared / "mlflow.db", path)

    return Disturbed(playing, f"{moment:.2f} s into it, {how}", mend)


def two_at_once(setting: Setting, root: Path, rng: random.Random, phase: str) -> Disturbed:
    """The round is started a second time while it is being played."""
    moment = setting.moment(rng, phase)
    playing = start(root)
    playing.reach(phase, moment)
    second = start(root)
    second.offset = playing.offset
    second.wait()
    playing.wait()
    return Disturbed(playing, f"{moment:.2f} s into it", None, (second,))


def clock_jump(setting: Setting, root: Path, rng: random.Random, phase: str) -> Disturbed:
    """The wall clock jumps while the round is being played (libfaketime; the monotonic clock stays, as on a machine)."""
    moment, jump = setting.moment(rng, phase), rng.choice(("-3d", "-2h", "+2h", "+400d"))
    clock = root.with_suffix(".clock")
    clock.write_text("+0\n")
    os.environ |= {"FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    playing = start(root, environment=None if setting.preload is None else {"LD_PRELOAD": setting.preload})
    playing.reach(phase, moment)
    clock.write_text(f"{jump}\n")
    playing.wait()
    return Disturbed(playing, f"{moment:.2f} s into it, {jump}")


def faketime_library() -> str | None:
    """Where libfaketime lies, or None."""
    found = subprocess.run(
        ["sh", "-c", "ls /usr/lib/*/faketime/libfaketime.so.1"], capture_output=True, text=True, check=False
    )
    return os.environ.get("FAKETIME_LIBRARY") or (found.stdout.split() or [None])[0]


TRAININGS = ("rl update", "sft augmentation")
SHARED = ("rl update", "target rollout", "evaluation")  # who rolls out
JUDGED = ("correctness check", "evaluation")
KINDS: dict[str, tuple[Callable[[Setting, Path, random.Random, str], Disturbed], tuple[str, ...], int]] = {
    # kind: (function, the phases in which it strikes, rounds in a campaign of a hundred)
    "SIGKILL": (sigkill, PHASES, 18),
    "SIGTERM": (sigterm, PHASES, 12),
    "full disk": (full_disk, PHASES, 10),
    "locked database": (locked_database, (*STEPS, "closing"), 5),
    "corrupt database": (corrupt_database, PHASES, 8),
    "truncated rows": (truncated_rows, (*STEPS[1:], "closing"), 10),
    "truncated checkpoint": (truncated_checkpoint, TRAININGS, 8),
    "truncated input": (truncated_input, ("start",), 10),
    "truncated result": (truncated_result, ("closing",), 4),
    "two at once": (two_at_once, PHASES, 8),
    "clock jump": (clock_jump, (*STEPS, "closing"), 5),
    "killed Ray worker": (killed_worker, SHARED, 6),
    "second servers": (second_servers, PHASES, 4),
    "dead judge": (dead_judge, (PHASES[0], *JUDGED), 8),
}
