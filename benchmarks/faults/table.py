"""The campaign's table, from results.jsonl."""

import json
from collections import Counter
from pathlib import Path

from benchmarks.faults.kinds import KINDS

HEAD = """# Faults

Each round below was disturbed once, at a random moment of the step that was its turn, then started again as a person or a
schedule would; a disturbance that stays (a full disk, a broken database, a file that lost its end) was mended when the
round had named it. "Equal": every data file and both adapters have the bytes of the undisturbed round, so no trial is lost
or doubled, and MLflow holds one finished run of the round with one version of each adapter. "Named": the program ended with
one line that names the fault, and exit code 2.

"""
COLUMNS = "| fault | rounds | went on and finished | ended by the signal | named and stopped | equal in the end | not equal |\n|---|---|---|---|---|---|---|\n"
REMARKS = """What else is to be said (a store that is restored from before the round lacks what it held of it; a finished round whose file
was damaged is played again, as a second run with versions of its own):"""


def table(path: Path) -> str:
    """Markdown: one row a kind, then what was named, then the command."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    lines = []
    total: Counter[str] = Counter()
    for kind in [kind for kind in (*KINDS, "cancel") if any(row["kind"] == kind for row in rows)]:
        counted = Counter[str]()
        for row in rows:
            if row["kind"] == kind:
                counted[_ended(row["first"])] += 1
                counted["equal" if row["verdict"].startswith("equal") else "not equal"] += 1
                counted["rounds"] += 1
        total += counted
        lines.append(_line(kind, counted))
    lines.append(_line("**all**", total))
    phases = Counter(row["phase"] for row in rows)
    struck = ", ".join(f"{phase} {count}" for phase, count in phases.most_common())
    notes = [f"Struck in: {struck}.", "", "A cancel in Prefect's pages reaches a round as SIGTERM.", ""]
    if others := [row for row in rows if row["verdict"] != "equal"]:
        notes += [REMARKS, ""]
        notes += [
            f"- round {row['number']}, {row['kind']} in {row['phase']} ({row['choices']}): {row['verdict']}"
            for row in others
        ]
        notes.append("")
    seconds = sum(row["seconds"] for row in rows)
    command = "python -m benchmarks.faults FOLDER --rounds 112 --out docs/faults.md"
    notes += [
        f"{len(rows)} rounds in {seconds / 60:.0f} minutes on one core of two; fixed random seed. Again, as root:",
        "",
        "```",
        command,
        "```",
        "",
    ]
    return HEAD + COLUMNS + "\n".join(lines) + "\n\n" + "\n".join(notes)


def _ended(first: str) -> str:
    if "error: " in first:
        return "named"
    return {"finished": "finished", "second: found it played": "finished"}.get(first, "signal")


def _line(kind: str, counted: Counter[str]) -> str:
    cells = (counted[name] for name in ("rounds", "finished", "signal", "named", "equal", "not equal"))
    return f"| {kind} | " + " | ".join(map(str, cells)) + " |"
