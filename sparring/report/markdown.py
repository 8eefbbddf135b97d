"""The report as Markdown, for a comment of a build server: the summary, the shares, the worst clusters.

What a model wrote stands in code spans only: no link, no mention, no HTML in it takes effect.
"""

from collections.abc import Iterator, Mapping

from sparring.markdown_text import code_span, escaped, escaped_line
from sparring.records import Rate
from sparring.report.atlas import Cluster
from sparring.report.crossing import crossing_words
from sparring.report.page import Contents, Level, lift_words, mended_words, rate_cell
from sparring.studies.audit import BREADTH as AUDIT_BREADTH
from sparring.studies.audit import RATES as AUDIT_ROWS
from sparring.studies.cross_play import CrossPlay
from sparring.studies.metrics import worst_first
from sparring.studies.mix_table import mix_lines
from sparring.studies.round_table import BREADTH, ROWS
from sparring.tables import KIND_WORDS, breadth_text

NUM_CLUSTERS = 10
MIX_HEAD = "| rows | with a call | answered wrongly before | that want none | answered wrongly before |"


def render_markdown(contents: Contents) -> str:
    """The Markdown file."""
    return "\n".join(_lines(contents)) + "\n"


def _lines(contents: Contents) -> Iterator[str]:
    yield "# Audit" if contents.audited else "# Weakness report"
    yield ""
    yield from _first_screen(contents)
    yield from ("", "## Summary", "")
    yield from (f"- {escaped_line(sentence)}" for sentence in contents.sentences)
    yield from ("", f"## Shares{'' if contents.audited else ' over rounds'} (95 % intervals)", "")
    results = [played.result for played in contents.rounds]
    yield "| share | " + " | ".join(escaped(result.round, 40) for result in results) + " |"
    yield "|---" * (1 + len(results)) + "|"
    for label, name in (AUDIT_ROWS if contents.audited else ROWS).items():
        yield f"| {label} | " + " | ".join(rate_cell(result.rates.get(name)) for result in results) + " |"
    for label, name in (AUDIT_BREADTH if contents.audited else BREADTH).items():
        yield f"| {label} | " + " | ".join(breadth_text(result.breadth.get(name)) for result in results) + " |"
    yield from ("", f"## Weaknesses by {contents.levels[0].name}", "")
    yield from _clusters(contents, contents.levels[0])
    yield from _operators(contents)
    yield from _mix(contents)
    if contents.crossed is not None:
        yield from ("", "## Every attacker against every target", "")
        yield from _crossing(contents.crossed)
    yield from ("", "## Rewrites rejected by the gates", "")
    for result in results:
        found = ", ".join(f"{code_span(gate, 40)} {count}" for gate, count in result.rejections.items())
        yield f"- {escaped(result.round, 40)}: {found or 'none'}"


def _first_screen(contents: Contents) -> Iterator[str]:
    """What decides: the decision, the three figures, what breaks, the weaknesses by name."""
    first = contents.first
    yield f"**{escaped_line(first.question)} {first.shipping.capitalize()}.** {escaped_line(first.reason)}"
    yield from (line for caution in contents.cautions for line in ("", f"**Caution.** {escaped_line(caution)}"))
    yield ""
    yield from (f"- {name}: {escaped_line(words)}" for name, words in first.facts.items())
    yield from ("", "| | share | before |", "|---|---|---|")
    for key in first.figures:
        yield f"| {key.label} | {rate_cell(key.found)} | {rate_cell(key.before)} |"
        yield from (f"| - request {KIND_WORDS[kind]} | {rate_cell(rate)} | |" for kind, rate in key.of_kinds.items())
    yield from ("", "## Tools and arguments that break most", "")
    for found in first.breaks:
        where = code_span(found.tool, 60) + (f", {code_span(found.argument, 40)}" if found.argument else "")
        yield f"- {where}: {_rates(contents, found.rates)}. {found.advice}"
    if not first.breaks:
        yield "No valid attack won."
    yield from ("", "## Weaknesses by name", "")
    for weakness in first.weaknesses:
        mending = f"; {escaped_line(mended_words(weakness.mending))}" if weakness.mending else ""
        yield f"- {escaped_line(weakness.words)}: {_rates(contents, weakness.rates)}{mending}"
        for index in weakness.examples:
            yield f"  - attack {code_span(contents.observations[index].trial.attack.text)}"
    if not first.weaknesses:
        yield "No valid attack won."


def _rates(contents: Contents, rates: Mapping[str, Rate]) -> str:
    if contents.audited:
        return rate_cell(rates[contents.targets[-1]])
    return "; ".join(f"{escaped(name, 40)}: {rate_cell(rates[name])}" for name in contents.targets[-2:])


def _operators(contents: Contents) -> Iterator[str]:
    """All ways to rewrite of the last round, the surest weakness first."""
    found = worst_first(contents.rounds[-1].result.operators)
    if found:
        yield from (
            "",
            "## Ways to rewrite, the surest weakness first",
            "",
            "| operator | answered wrongly |",
            "|---|---|",
        )
        yield from (f"| {code_span(name, 80)} | {rate_cell(success)} |" for name, success in found)


def _mix(contents: Contents) -> Iterator[str]:
    """What the last round's target learnt from."""
    if parts := contents.rounds[-1].result.mix:
        yield from ("", "## What the last model learnt from", "", MIX_HEAD, "|---|---|---|---|---|")
        for line in mix_lines(parts):
            counts = line.call, line.call_lost, line.no_call, line.no_call_lost
            yield f"| {escaped(line.label, 80)} | " + " | ".join(map(str, counts)) + " |"


def _crossing(found: CrossPlay) -> Iterator[str]:
    yield "| attacker | " + " | ".join(escaped(f"target {name}", 40) for name in found.targets) + " |"
    yield "|---" * (1 + len(found.targets)) + "|"
    for query in found.queries:
        cells = " | ".join(rate_cell(found.success(query, target)) for target in found.targets)
        yield f"| {escaped(query, 40)} | {cells} |"
    yield ""
    yield from (f"- {escaped_line(sentence)}" for sentence in crossing_words(found))


def _clusters(contents: Contents, level: Level) -> Iterator[str]:
    if not level.clusters:
        yield "No valid attack won."
    for cluster in level.clusters[:NUM_CLUSTERS]:
        one = contents.observations[cluster.example]
        values = " x ".join(code_span(value, 60) for value in cluster.values)
        yield f"- {values}{'.' if contents.audited else f', {cluster.status}.'} {_standings(contents, cluster)}"
        yield f"  - seed {code_span(one.seed.query)}"
        yield f"  - attack {code_span(one.trial.attack.text)}"
        yield f"  - answer {code_span(one.trial.completions[0].text if one.trial.completions else '')}"
    if len(level.clusters) > NUM_CLUSTERS:
        yield f"- and {len(level.clusters) - NUM_CLUSTERS} more, in atlas.csv"


def _standings(contents: Contents, cluster: Cluster) -> str:
    """How each target stands; an audit has one, and attacks what was answered rightly: it has no lift."""
    if contents.audited:
        return rate_cell(cluster.standings[-1].attacks)
    return "; ".join(
        f"{escaped(found.target, 40)}: {rate_cell(found.attacks)}, lift {lift_words(found.lift)}"
        for found in cluster.standings
    )
