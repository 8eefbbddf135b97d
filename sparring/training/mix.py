"""The target's training set of a round: attacked rows by several attackers, each seed's untouched row beside them.

The same share of the rows of each kind (with a call; that want none) is attacked, the rest untouched, so that odd
wording tells nothing about the answer. Every set has the same number of rows, so that rounds and controls compare:
attacks that are missing are made up by untouched rows, which stand several times where there are too few.
Why: docs/design.md, "What a mix needs".
"""

import random
from collections import Counter
from collections.abc import Sequence
from itertools import cycle, islice
from typing import NamedTuple

from sparring.config import AttackerShares, SFTParams
from sparring.records import Example, Kind, MixPart, SFTExample
from sparring.training.drawing import Candidate, Drawing, attacker_of, ranked
from sparring.training.seed_rows import Untouched, seed_row

SOURCES = ("query", "earlier", "book", "rules", "tools")  # in this order one makes up for another
ORIGINS = ("attack", "replay", "twin", "clean", "no_call")
SPARE = 2  # attacks written for a row that they may fill: gates reject some, and lost ones come first


class Drawn(NamedTuple):
    """A training row, and the seed with its gold as the row asks it."""

    row: SFTExample
    asked: Example


def mix(attacked: Sequence[Candidate], untouched: Sequence[Untouched], params: SFTParams, seed: int) -> list[Drawn]:
    """Draws the training rows of a round, in a fixed random order.

    Args:
        attacked: All valid attacks that may train; lost ones are drawn first.
        untouched: All training seeds whose right answer is known, those of the attacks among them.
        params: Shares, caps and sizes.
        seed: Decides which rows are drawn and their order.
    """
    rng = random.Random(seed)
    rows = []
    for kind, wanted in sizes(untouched, params).items():
        seeds = [each for each in untouched if each.seed.kind == kind]
        own = [each for each in attacked if each.asked.kind == kind]
        chosen = _chosen(own, seeds, attacked_rows(wanted, params), params, rng)
        rows += [Drawn(attack_row(each), each.asked) for each in chosen]
        rows += _beside(chosen, seeds, wanted - len(chosen), kind, rng)
    rng.shuffle(rows)
    return rows


def sizes(untouched: Sequence[Untouched], params: SFTParams) -> dict[Kind, int]:
    """Rows of each kind; a kind without seeds leaves its rows to the other."""
    present = {each.seed.kind for each in untouched}
    declining = min(params.examples, 2 * round(params.no_call_share * params.examples / 2))
    if "call" not in present:
        declining = params.examples
    elif "no_call" not in present:
        declining = 0
    return {"call": params.examples - declining, "no_call": declining} if present else {}


def attacked_rows(rows: int, params: SFTParams) -> int:
    """How many of a kind's rows are attacked."""
    return int(params.attacked_share * rows)


def lacking(
    known: Sequence[Candidate], untouched: Sequence[Untouched], params: SFTParams, writers: Sequence[str]
) -> dict[tuple[Kind, str], int]:
    """How many attacks further attackers should write, by kind and attacker: their shares, and what is missing else.

    Args:
        known: Attacks that there are already.
        untouched: All training seeds.
        params: Shares, caps and sizes.
        writers: Names in SOURCES of those who can write.
    """
    counts = {}
    for kind, rows in sizes(untouched, params).items():
        wanted = attacked_rows(rows, params)
        drawing = Drawing(params, wanted, ())
        found = len(drawing.take([each for each in ranked(known) if each.asked.kind == kind], wanted))
        own = quotas(params.attackers, wanted)
        writing = {writer: getattr(params.attackers, writer) for writer in writers}
        missing = max(0, wanted - found - sum(own[writer] for writer in writers))
        for writer, share in writing.items():
            if share:
                more = -(-missing * share // sum(writing.values()))
                counts[kind, writer] = SPARE * (own[writer] + int(more))
    return {key: count for key, count in counts.items() if count}


def quotas(shares: AttackerShares, wanted: int) -> dict[str, int]:
    """Rows of each attacker, adding up to `wanted`: the largest remainders are rounded up."""
    exact = {name: wanted * getattr(shares, name) for name in SOURCES}
    rows = {name: int(share) for name, share in exact.items()}
    by_remainder = sorted(SOURCES, key=lambda name: (rows[name] - exact[name], SOURCES.index(name)))
    for name in by_remainder[: wanted - sum(rows.values())]:
        rows[name] += 1
    return rows


def mix_parts(rows: Sequence[SFTExample], asked: Sequence[Example]) -> list[MixPart]:
    """What a training set was drawn from, in one table: attacked parts first.

    Args:
        rows: The training set.
        asked: Per row the seed that it asks.
    """
    counts: Counter[tuple[str, str, str | None]] = Counter()
    lost: Counter[tuple[str, str, str | None]] = Counter()
    for row, example in zip(rows, asked, strict=True):
        part = row.origin, example.kind, row.attacker
        counts[part] += 1
        lost[part] += row.rejected is not None
    order = sorted(counts, key=lambda part: (ORIGINS.index(part[0]), part[1], part[2] or ""))
    return [
        MixPart.model_validate(
            {"origin": part[0], "kind": part[1], "attacker": part[2], "rows": counts[part], "lost": lost[part]}
        )
        for part in order
    ]


def attack_row(each: Candidate) -> SFTExample:
    """A candidate as a training row."""
    origin = "replay" if each.source == "book" else "attack"
    return SFTExample(
        id=f"{origin}:{each.attack.id}",
        messages=each.asked.messages,
        tools=each.asked.tools,
        completion=each.answer,
        origin=origin,
        attacker=attacker_of(each.attack),
        rejected=each.rejected,
    )


def _chosen(
    attacked: Sequence[Candidate], seeds: Sequence[Untouched], wanted: int, params: SFTParams, rng: random.Random
) -> list[Candidate]:
    """The attacked rows of a kind: each attacker's share, then whatever is left, lost ones first."""
    drawing = Drawing(params, wanted, [each.seed for each in seeds])
    shuffled = sorted(attacked, key=lambda each: each.attack.id)
    rng.shuffle(shuffled)
    by_source = {name: ranked([each for each in shuffled if each.source == name]) for name in SOURCES}
    chosen = [
        each for name, rows in quotas(params.attackers, wanted).items() for each in drawing.take(by_source[name], rows)
    ]
    rest = [each for name in SOURCES for each in by_source[name]]
    return chosen + drawing.take(ranked(rest), wanted - len(chosen))


def _beside(
    chosen: Sequence[Candidate], seeds: Sequence[Untouched], wanted: int, kind: Kind, rng: random.Random
) -> list[Drawn]:
    """The untouched rows of a kind: the attacked seeds', then others; where there are too few, all of them anew."""
    attacked = {each.asked.id for each in chosen}
    twins = [each for each in seeds if each.seed.id in attacked]
    others = [each for each in seeds if each.seed.id not in attacked]
    pool = [*twins, *rng.sample(others, len(others))]
    rows = []
    for number, each in enumerate(islice(cycle(pool), wanted)):
        origin = "twin" if each.seed.id in attacked else "clean" if kind == "call" else "no_call"
        again = number // len(pool)
        rows.append(Drawn(seed_row(each, origin, f"{origin}{again + 1 if again else ''}"), each.seed))
    return rows
