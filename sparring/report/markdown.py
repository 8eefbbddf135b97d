"""The report as Markdown, for a comment of a build server: the summary, the shares, the worst clusters.

What a model wrote stands in code spans only: no link, no mention, no HTML in it takes effect.
"""

from collections.abc import Iterator

from sparring.markdown_text import code_span, escaped, escaped_line
from sparring.report.crossing import crossing_words
from sparring.report.page import Contents, Level, lift_words, rate_cell
from sparring.studies.cross_play import CrossPlay
from sparring.studies.round_table import ROWS

NUM_CLUSTERS = 10


def render_markdown(contents: Contents) -> str:
    """The Markdown file."""
    return "\n".join(_lines(contents)) + "\n"


def _lines(contents: Contents) -> Iterator[str]:
    yield "# Weakness report"
    yield ""
    yield from (f"- {escaped_line(sentence)}" for sentence in contents.sentences)
    yield from ("", "## Shares over rounds (95 % intervals)", "")
    results = [played.result for played in contents.rounds]
    yield "| share | " + " | ".join(escaped(result.round, 40) for result in results) + " |"
    yield "|---" * (1 + len(results)) + "|"
    for label, name in ROWS.items():
        yield f"| {label} | " + " | ".join(rate_cell(result.rates.get(name)) for result in results) + " |"
    yield from ("", f"## Weaknesses by {contents.levels[0].name}", "")
    yield from _clusters(contents, contents.levels[0])
    if contents.crossed is not None:
        yield from ("", "## Every attacker against every target", "")
        yield from _crossing(contents.crossed)
    yield from ("", "## Rewrites rejected by the gates", "")
    for result in results:
        found = ", ".join(f"{code_span(gate, 40)} {count}" for gate, count in result.rejections.items())
        yield f"- {escaped(result.round, 40)}: {found or 'none'}"


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
        standings = "; ".join(
            f"{escaped(found.target, 40)}: {rate_cell(found.attacks)}, lift {lift_words(found.lift)}"
            for found in cluster.standings
        )
        yield f"- {' x '.join(code_span(value, 60) for value in cluster.values)}, {cluster.status}. {standings}"
        yield f"  - seed {code_span(one.seed.query)}"
        yield f"  - attack {code_span(one.trial.attack.query)}"
        yield f"  - answer {code_span(one.trial.completions[0].text if one.trial.completions else '')}"
    if len(level.clusters) > NUM_CLUSTERS:
        yield f"- and {len(level.clusters) - NUM_CLUSTERS} more, in atlas.csv"
