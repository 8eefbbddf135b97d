"""Real models' published BFCL answers, scored offline and again through an endpoint that replays them.

    python -m benchmarks.real_models FOLDER --suite FOLDER_FOR_SUITES

FOLDER holds one result file a model, `NAME.jsonl.gz`, and `published.json`: accuracy by model and category. Printed are
every category, and what else moves a figure: calls in Python's quotes, which the reference's reader of that time
refused, and calls without named arguments, which it took for no call.
"""

import argparse
import itertools
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from flows.suite import suite
from sparring.checker.errors import ParseError
from sparring.dialects import DIALECTS
from sparring.sources.bfcl import example, load_rows
from sparring.sources.wheels import fetch_wheel
from sparring.storage import read_json
from sparring.studies.result_files import Answer, category_of, read_results
from sparring.studies.scoring import LANGUAGES, Scored, score_answers
from sparring.targets.chat_wire import ChatWire
from sparring.targets.settings import TargetSettings
from tasks.suite_game import BFCL, SuiteSettings

ROOT = Path(__file__).parents[1]
MARGIN = 0.015
DIALECT_OF_CALLS = "hermes"  # structured calls are kept in the target's dialect; any JSON dialect will do


class Replay(ThreadingHTTPServer):
    """A chat server that answers each conversation as a model did."""

    daemon_threads = True

    def __init__(self, replies: dict[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.replies = replies


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: Any) -> None:
        """Says nothing."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert isinstance(self.server, Replay)
        message = _message(self.server.replies[_asked(body)])
        reply = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)


def _asked(body: dict[str, Any]) -> str:
    """What identifies a row: its messages and tools. Rows of two categories may ask the same of other tools."""
    return json.dumps([body["messages"], body.get("tools")])


def _message(output: Any) -> dict[str, Any]:
    if isinstance(output, str):
        return {"role": "assistant", "content": output}
    functions = [{"name": name, "arguments": text} for call in output for name, text in call.items()]
    return {"role": "assistant", "content": None, "tool_calls": [{"function": each} for each in functions]}


def replies_of(answers: list[Answer], dialect: str, wheel: Path) -> tuple[dict[str, Any], list[str]]:
    """Answers by what is asked, and the rows that ask just what another one asks: an endpoint cannot tell them apart."""
    rows = {row_id: row for c in {category_of(a.id) for a in answers} for row_id, row in load_rows(wheel, c).items()}
    wire = ChatWire(DIALECTS[dialect], "", 1)
    keys = {answer.id: _asked(wire.row(example(rows[answer.id]), 0, 0.0, 0).body) for answer in answers}
    times = Counter(keys.values())
    shared = sorted(row_id for row_id, key in keys.items() if times[key] > 1)
    return {keys[answer.id]: answer.text for answer in answers}, shared


def through_suite(root: Path, name: str, answers: list[Answer], scored: Scored, wheel: Path) -> dict[str, float]:
    """Accuracy by category of a suite over an endpoint that replays the answers."""
    form = scored.form.form.name
    dialect = DIALECT_OF_CALLS if form == "structured" else form
    replies, shared = replies_of(answers, dialect, wheel)
    server = Replay(replies)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings = SuiteSettings(
        target=TargetSettings(
            base_url=f"http://127.0.0.1:{server.server_address[1]}/v1", model=name, key_variable=None, adapter=None
        ),
        rows=BFCL,
        categories=sorted(scored.scores),
        max_new_tokens=256,
    )
    result = suite(root, name, settings, dialect)
    server.shutdown()
    server.server_close()
    if shared:
        print(f"{name}: {len(shared)} rows ask just what another one asks: {', '.join(sorted(shared))}")
    return {category: score.accuracy.value or 0.0 for category, score in result.categories.items()}


def moved(answers: list[Answer], scored: Scored) -> dict[str, Counter[str]]:
    """By category, answers that the reference's readers of that time took otherwise."""
    found = {"single quotes": Counter[str](), "no named argument": Counter[str]()}
    for answer in answers:
        category = category_of(answer.id)
        try:
            calls = scored.form.form.read(answer.text, LANGUAGES.get(category, "python"))
        except ParseError:
            continue
        if scored.form.form.name == "hermes" and calls and not _read_then(answer.text):
            found["single quotes"][category] += 1
        if category == "irrelevance" and calls and not any(arguments for _, arguments in calls):
            found["no named argument"][category] += 1
    return found


def _read_then(text: str) -> bool:
    """Whether each line behind `<tool_call>` is JSON once its single quotes are double ones."""
    lines = text.split("\n")
    for before, line in itertools.pairwise(lines):
        if before == "<tool_call>" and line != "<tool_call>":
            try:
                json.loads(line.replace("'", '"'))
            except ValueError:
                return False
    return True


def main() -> None:
    """Command line."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("folder", type=Path)
    made.add_argument("--suite", type=Path, help="a project's folder: replay the answers through flows.suite there")
    chosen = made.parse_args()
    wheel = fetch_wheel("bfcl-eval", ROOT / "data" / "raw")
    table = Table("model", "category", "published", "check", "suite", "beyond .015", "read otherwise then")
    for model, published in read_json(chosen.folder / "published.json").items():
        answers = read_results([chosen.folder / f"{model}.jsonl.gz"]).answers
        scored = score_answers(answers, wheel)
        print(f"{model}: {scored.form}")
        suites = through_suite(chosen.suite.resolve(), model, answers, scored, wheel) if chosen.suite else {}
        others = moved(answers, scored)
        for category, wanted in published.items():
            value = scored.scores[category].accuracy.value or 0.0
            beyond = f"{value - wanted['accuracy']:+.4f}" if abs(value - wanted["accuracy"]) > MARGIN else ""
            reasons = ", ".join(f"{counts[category]} {reason}" for reason, counts in others.items() if counts[category])
            in_suite = f"{suites[category]:.4f}" if category in suites else "-"
            table.add_row(model, category, f"{wanted['accuracy']:.4f}", f"{value:.4f}", in_suite, beyond, reasons)
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
