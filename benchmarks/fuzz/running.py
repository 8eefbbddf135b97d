"""Runs a boundary in a child process with limits, and keeps what went wrong as a small case.

A child that hangs or dies is known by the number of its input, from which the input is made anew. Time is the child's
own, since the machine may be busy; a child that sleeps is given twice as long.
"""

import faulthandler
import multiprocessing
import os
import re
import resource
import signal
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

import psutil

from benchmarks.fuzz.boundary import Boundary

MAX_SECONDS, MAX_WAIT_S = 10.0, 20.0
MAX_MEMORY = 1 << 30
SHRINK_S, SHRINK_TRIES = 5.0, 400
LOOK_EVERY_S = 0.1
FRAME = re.compile(r'File "[^"]*?((?:sparring|benchmarks)/[^"]+)", line (\d+),? in (\S+)')
NUMBER, BEGUN, BEGUN_CPU, SLOWEST, PEAK = range(5)


@dataclass
class Outcome:
    """What came of a boundary.

    Attributes:
        tried: Inputs.
        findings: By what went wrong and where, the first number.
        slowest_s: The longest that one input took, in seconds of the process.
        peak_mb: Most memory that the process held.
    """

    tried: int = 0
    findings: dict[str, int] = field(default_factory=dict)
    slowest_s: float = 0.0
    peak_mb: float = 0.0


@dataclass(frozen=True)
class Finding:
    """An input that was too much: its number, what happened and where, the traceback, and the input, small."""

    number: int
    what: str
    trace: str
    content: bytes


def made(boundary: Boundary, name: str, seed: int, number: int) -> bytes:
    """The input of a number: the same seed and number, the same bytes."""
    return boundary.make(Random(f"{seed}-{name}-{number}"))


def run(name: str, boundary: Boundary, seed: int, seconds: float, cases: Path) -> Outcome:
    """Tries inputs for some time, however often the child has to be started anew."""
    outcome, end, first = Outcome(), time.monotonic() + seconds, 0
    while time.monotonic() < end:
        shared = multiprocessing.Array("d", 5, lock=False)
        shared[NUMBER] = first
        receiver, sender = multiprocessing.Pipe(duplex=False)
        with tempfile.NamedTemporaryFile() as stack:
            arguments = (name, boundary, seed, first, end, shared, sender, stack.name)
            child = multiprocessing.get_context("fork").Process(target=_play, args=arguments)
            child.start()
            sender.close()
            fault = _watch(
                child, shared, receiver, lambda found: _keep(cases, name, seed, found, outcome), Path(stack.name)
            )
        number = int(shared[NUMBER])
        outcome.tried += number - first
        outcome.slowest_s = max(outcome.slowest_s, shared[SLOWEST])
        outcome.peak_mb = max(outcome.peak_mb, shared[PEAK])
        if fault is not None:
            outcome.tried += 1
            _keep(cases, name, seed, Finding(number, *fault, made(boundary, name, seed, number)), outcome)
        elif child.exitcode == 0:
            break
        first = number + 1
    return outcome


def _watch(
    child: Any, shared: Any, receiver: Connection, keep: Callable[[Finding], None], stack: Path
) -> tuple[str, str] | None:
    """Waits for the child's end; what ended it and where, unless it ended by itself."""
    process, asleep_since = psutil.Process(child.pid), time.monotonic()
    while True:
        try:
            while receiver.poll(LOOK_EVERY_S):
                keep(receiver.recv())
        except (EOFError, OSError):
            child.join(MAX_WAIT_S)
            if child.exitcode == 0:
                return None
            return f"died with {child.exitcode}", stack.read_text(encoding="utf-8", errors="replace")
        try:
            begun, begun_cpu = shared[BEGUN], shared[BEGUN_CPU]  # in this order: the child writes them in the other
            used = sum(process.cpu_times()[:2]) - begun_cpu
            awake = process.status() != psutil.STATUS_SLEEPING
        except psutil.NoSuchProcess:
            continue
        asleep_since = time.monotonic() if awake else max(asleep_since, begun)
        if begun and (used > MAX_SECONDS or time.monotonic() - asleep_since > MAX_WAIT_S):
            os.kill(child.pid, signal.SIGUSR1)
            time.sleep(1.0)
            child.kill()
            child.join()
            trace = stack.read_text(encoding="utf-8", errors="replace")
            return f"hang{_place(trace)}", trace


def _play(
    name: str, boundary: Boundary, seed: int, first: int, end: float, shared: Any, sender: Connection, stack: str
) -> None:
    """The child: tries one input after the other until the time is over."""
    with open(stack, "w", encoding="utf-8") as handle, open(os.devnull, "w") as silence:
        faulthandler.register(signal.SIGUSR1, file=handle, all_threads=True)
        faulthandler.enable(file=handle)
        os.dup2(silence.fileno(), 1)
        os.dup2(silence.fileno(), 2)
        resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + MAX_MEMORY,) * 2)
        code = 0
        try:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                _try_all(name, boundary, seed, first, end, shared, sender, Path(folder))
        except BaseException:
            traceback.print_exc(file=handle)
            code = 1
    os._exit(code)  # threads that wait for nobody must not keep it


def _try_all(
    name: str, boundary: Boundary, seed: int, first: int, end: float, shared: Any, sender: Connection, folder: Path
) -> None:
    seen: set[str] = set()
    number = first
    while time.monotonic() < end:
        shared[NUMBER], shared[BEGUN] = number, 0.0
        content = made(boundary, name, seed, number)
        fault = _tried(boundary, content, folder, shared)
        if fault is not None and fault[0] not in seen:
            seen.add(fault[0])
            sender.send(Finding(number, *fault, _shrunk(boundary, content, fault[0], folder, shared)))
        number += 1
    shared[NUMBER] = number


def _tried(boundary: Boundary, content: bytes, folder: Path, shared: Any) -> tuple[str, str] | None:
    """What an input brought that is no error of the boundary's own, and where; None where all was well."""
    shared[BEGUN_CPU] = begin = time.process_time()
    shared[BEGUN] = time.monotonic()
    try:
        boundary.read(content, folder)
    except boundary.errors:
        return None
    except Exception as error:
        trace = traceback.format_exc()
        return f"{type(error).__name__}{_place(trace)}", trace
    finally:
        shared[SLOWEST] = max(shared[SLOWEST], time.process_time() - begin)
        shared[PEAK] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return None


def _place(trace: str) -> str:
    """The innermost line of the project in a traceback, else of the fuzzer."""
    found = FRAME.findall(trace)
    inner = [frame for frame in found if frame[0].startswith("sparring")] or found
    if not inner:
        return ""
    if "most recent call first" in trace:  # of a hang the function is known, and one line of many
        return f" in {inner[0][0]}, {inner[0][2]}"
    return f" in {inner[-1][0]}:{inner[-1][1]}"


def _shrunk(boundary: Boundary, content: bytes, what: str, folder: Path, shared: Any) -> bytes:
    """A smaller input with the same fault: ever smaller pieces are left out while it stays."""
    end, tries, size = time.monotonic() + SHRINK_S, 0, len(content) // 2
    while size:
        place = 0
        while place < len(content):
            if time.monotonic() > end or tries > SHRINK_TRIES:
                return content
            smaller = content[:place] + content[place + size :]
            tries += 1
            fault = _tried(boundary, smaller, folder, shared)
            if fault is not None and fault[0] == what:
                content = smaller
            else:
                place += size
        size //= 2
    return content


def _keep(cases: Path, name: str, seed: int, found: Finding, outcome: Outcome) -> None:
    """The first case of each kind is written: the input, and beside it what happened."""
    if found.what in outcome.findings:
        return
    outcome.findings[found.what] = found.number
    folder = cases / name.replace(" ", "_")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{seed}-{found.number}.input").write_bytes(found.content)
    text = f"{name}, seed {seed}, input {found.number}: {found.what}\n\n{found.trace}"
    (folder / f"{seed}-{found.number}.txt").write_text(text, encoding="utf-8", errors="replace")
    print(f"{name}: {found.what} (seed {seed}, input {found.number}, {len(found.content)} bytes)", flush=True)
