"""The page: one HTML file with everything in it, rendered by jinja2 with autoescape on.

Trials travel as JSON in a script element that is never run; the page's own script puts them in as text. A content
security policy allows that one script by its hash, and nothing from outside.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sparring.attacker.schema_attacks import SCHEMA_OPERATORS
from sparring.gate_benchmark import GateScore
from sparring.gates import GATES
from sparring.records import Example, Rate, RoundResult
from sparring.report.atlas import Changes, Cluster
from sparring.report.audited import ROW_WORDS
from sparring.report.crossing import crossing_words
from sparring.report.deciding import FirstScreen
from sparring.report.drawing import Figure
from sparring.report.gating import gate_words
from sparring.report.naming import DOES
from sparring.report.palette import inline_svg
from sparring.report.places import Dimension, place
from sparring.report.rounds import Observation, PlayedRound
from sparring.report.summary import KINDS, STATUSES, kind_words
from sparring.report.text import NO_BREAK, script_json, share
from sparring.report.weaknesses import Mending
from sparring.studies.audit import AUDIT, schema_rates
from sparring.studies.audit import BREADTH as AUDIT_BREADTH
from sparring.studies.audit import RATES as AUDIT_ROWS
from sparring.studies.cross_play import CrossPlay
from sparring.studies.metrics import worst_first
from sparring.studies.mix_table import mix_lines
from sparring.studies.round_table import BREADTH, ROWS
from sparring.tables import KIND_WORDS, breadth_text, not_scored_text
from sparring.visible_text import shorten, visible

MAX_CLUSTERS = 30
MAX_TARGETS = 3
MAX_SHOWN_CHARS = 2_000
FIELDS = (
    "id", "round", "rows", "target", "outcome", "kind", "category", "argument type", "tool", "tool family", "strategy",
    "seed", "query", "answer", "reason", "pass rate",
)  # fmt: skip


@dataclass(frozen=True)
class Level:
    """The atlas by some dimensions."""

    name: str
    dimensions: Sequence[Dimension]
    clusters: Sequence[Cluster]


@dataclass(frozen=True)
class Contents:
    """What the report says; the page and the Markdown summary both come from it.

    Attributes:
        cautions: What is to be known before a figure is believed.
    """

    audited: bool
    first: FirstScreen
    sentences: Sequence[str]
    rounds: Sequence[PlayedRound]
    targets: Sequence[str]
    observations: Sequence[Observation]
    levels: Sequence[Level]
    untouched: Mapping[str, Mapping[str, Rate]]
    changes: Sequence[Changes]
    crossed: CrossPlay | None
    gate_score: GateScore | None
    figures: Sequence[Figure]
    cautions: Sequence[str] = ()


def page_environment() -> Environment:
    """What pages are made with: all that is put in is text, and what a template lacks is an error."""
    return Environment(
        loader=PackageLoader("sparring", "report"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_page(contents: Contents) -> str:
    """The whole HTML file."""
    environment = page_environment()
    environment.filters.update(
        visible=visible,
        shorten=shorten,
        clip=clip,
        rate=rate_cell,
        breadth=breadth_text,
        lift=lift_words,
        kind=kind_words,
        gold=gold_text,
        share=share,
        mended=mended_words,
        does=lambda kind: DOES.get(kind, kind_words(kind)),
    )
    script, style = asset("report.js"), asset("report.css")
    return environment.get_template("report.jinja").render(
        contents=contents,
        title="Audit" if contents.audited else "Weakness report",
        shares=AUDIT_ROWS if contents.audited else ROWS,
        breadth=AUDIT_BREADTH if contents.audited else BREADTH,
        kinds=KINDS,
        requests=KIND_WORDS,
        gates=[name for name in GATES if name != "round_trip"],
        crossing=crossing_words(contents.crossed),
        gate_words=gate_words(contents.gate_score),
        tool_changes=tool_changes(contents.rounds[-1].result),
        operators=_operators(contents.rounds[-1].result),
        mix=mix_lines(contents.rounds[-1].result.mix),
        statuses=STATUSES,
        drawings=[
            (one, Markup(inline_svg(one.svg, f"figure-{one.name}", one.title, one.caption))) for one in contents.figures
        ],
        max_clusters=MAX_CLUSTERS,
        max_targets=MAX_TARGETS,
        style=Markup(style),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        trials=Markup(script_json(trial_table(contents.observations))),
    )


def trial_table(observations: Sequence[Observation]) -> dict[str, Any]:
    """The trials as the page's script reads them: one list a trial, fields in order, seeds apart; won attacks first."""
    observations = sorted(observations, key=lambda one: one.rows == "untouched" or one.outcome != "wrong answer")
    seeds = {one.seed.id: one.seed for one in observations}
    indices = {seed_id: index for index, seed_id in enumerate(seeds)}
    return {
        "fields": FIELDS,
        "seeds": [
            [*map(visible, (seed.id, seed.query, gold_text(seed), conversation_text(seed), tools_text(seed)))]
            for seed in seeds.values()
        ],
        "trials": [_trial_row(one, indices[one.seed.id]) for one in observations],
    }


def tool_changes(result: RoundResult) -> dict[str, tuple[Rate | None, Rate | None]]:
    """Success of each attack that changes tools, against the target before and after; those that were made."""
    shares = result.rates
    names = [name for name, _ in schema_rates(result)] if result.round == AUDIT else list(SCHEMA_OPERATORS)
    pairs = {
        name: (shares.get(f"schema_success_before/{name}"), shares.get(f"schema_success/{name}")) for name in names
    }
    return {name: pair for name, pair in pairs.items() if any(pair)}


def _operators(result: RoundResult) -> list[tuple[str, Rate | None, Rate]]:
    """Valid share and success by operator, the surest weakness first."""
    return [(name, result.operators[name].get("valid"), success) for name, success in worst_first(result.operators)]


def gold_text(seed: Example) -> str:
    """The accepted calls, one a line."""
    if seed.gold:
        return "\n".join(f"{call.name} {json.dumps(call.arguments, ensure_ascii=False)}" for call in seed.gold)
    return "no call" if seed.wants_no_call else "any call"


def conversation_text(seed: Example) -> str:
    """What was said before the last request, one message a paragraph; empty where nothing was."""
    last = max(index for index, message in enumerate(seed.messages) if message.role == "user")
    said = []
    for message in seed.messages[:last] + seed.messages[last + 1 :]:
        calls = [f"{call.name} {json.dumps(call.arguments, ensure_ascii=False)}" for call in message.tool_calls]
        said.append("\n".join([f"{message.role}: {message.content}".rstrip(), *calls]))
    return "\n\n".join(said)


def tools_text(seed: Example) -> str:
    """The tools that the model was shown: name, description and parameters, one tool a paragraph."""
    return "\n\n".join(
        "\n".join([tool.name, tool.description, json.dumps(tool.parameters, ensure_ascii=False, indent=1)])
        for tool in seed.tools
    )


def rate_cell(rate: Rate | None) -> str:
    """A share for a table, e.g. "15.4 % (4.3 % to 42.2 %), 2 of 13"."""
    if rate is None or rate.value is None:
        return "not measured" + ("" if rate is None else not_scored_text(rate))
    counts = f"{rate.count}{NO_BREAK}of{NO_BREAK}{rate.total}{not_scored_text(rate)}"
    return f"{share(rate.value)} ({share(rate.low)} to {share(rate.high)}), {counts}"


def mended_words(found: Mending) -> str:
    """What training did to a weakness, e.g. "mended: 6 of 30 before SFT, 0 after"."""
    if found.p_value is None:
        return "SFT: not measured, no held-out attack of this way"
    words = "mending not shown" if found.state == "not shown" else found.state
    return f"{words}: {found.before} of {found.rows} before SFT, {found.after} after (p = {found.p_value:.2f})"


def lift_words(lift: float | None) -> str:
    """A lift, e.g. "2.1 times"."""
    return "not measured" if lift is None else f"{lift:.1f} times"


def clip(text: str) -> str:
    """The beginning of a long text, hidden characters written out; the table of trials has all of it."""
    shown = visible(text[:MAX_SHOWN_CHARS])
    return shown if len(text) <= MAX_SHOWN_CHARS else f"{shown}… ({len(text):,} characters in all)"


def _trial_row(one: Observation, seed: int) -> list[str | int | float | None]:
    trial = one.trial
    found = place(one)
    reason = trial.rejected_by or ""
    if trial.verdicts:
        reason = trial.verdicts[0].detail or trial.verdicts[0].example_error or ""
    answer = trial.completions[0].text if trial.completions else ""
    rows = ROW_WORDS.get(one.rows, one.rows) if one.round == AUDIT else one.rows
    names = [trial.attack.id, one.round, rows, one.target, one.outcome, found.get("kind", "")]
    names += [found["category"], found.get("argument type", "")]
    names += [found["tool"], found["tool family"], found["strategy"]]
    texts = [trial.attack.text, answer, reason]
    return [*map(visible, names), seed, *map(visible, texts), trial.pass_rate]


def asset(name: str) -> str:
    """A file of the page."""
    return (files("sparring.report") / name).read_text(encoding="utf-8")
