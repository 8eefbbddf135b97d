"""Rows on which no call is right, by construction: the right tool taken away, a twin in its place, an ordinary request.

The tools that such a row shows come from one small block of the tools, since a row without a call ties together all
that it shows when rows are split by tool. The one surprise: the request of a tool that was taken away is drawn anew,
so that no row with a call asks the same.
"""

from collections.abc import Iterator, Sequence
from random import Random

from sparring.gates.words import is_content, stem, words
from sparring.seeds.calls import draw, plans
from sparring.seeds.ordinary import REQUESTS
from sparring.seeds.pools import Known
from sparring.seeds.rivals import does_otherwise, is_far, is_rival, nearest
from sparring.seeds.rows import Made, made_row
from sparring.seeds.studied import Studied
from sparring.seeds.wording import query_of

BLOCK = 3
MIN_TOOLS_FOR_BLOCKS = 12
PATIENCE = 4  # draws in vain before a kind is given up


def blocks(tools: Sequence[Studied]) -> list[list[Studied]]:
    """The tools in small neighbourhoods by name; each alone where there are few, so that they can still be split."""
    size = BLOCK if len(tools) >= MIN_TOOLS_FOR_BLOCKS else 1
    ordered = sorted(tools, key=lambda studied: studied.name)
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]


def negatives(tools: Sequence[Studied], known: Known, wanted: int, seed: int) -> Iterator[Made]:
    """Rows without a right call, up to so many, the three kinds in turn as far as each goes."""
    makers = {"tool taken away": _taken_away, "twin beside it": _twin, "ordinary": _ordinary}
    rows = {kind: maker(tools, known, seed) for kind, maker in makers.items()}
    given = 0
    while rows and given < wanted:
        for kind in list(rows):
            row = next(rows[kind], None)
            if row is None:
                del rows[kind]
            elif given < wanted:
                given += 1
                yield row


def _taken_away(tools: Sequence[Studied], known: Known, seed: int) -> Iterator[Made]:
    """A request whose tool is not there; those that are have nothing to do with it."""
    for turn, rng, asked in _turns(tools, seed, "away"):
        far = [block for block in blocks(tools) if all(other is not asked and is_far(other, asked) for other in block)]
        if far and (row := _asked(asked, rng.choice(far), known, rng, "tool taken away", turn)) is not None:
            yield row


def _twin(tools: Sequence[Studied], known: Known, seed: int) -> Iterator[Made]:
    """A request whose tool is not there, beside a tool of the same things that certainly does another deed."""
    for turn, rng, asked in _turns(tools, seed, "twin"):
        others = [other for other in tools if other is not asked]
        near = [one for one in nearest(asked, others) if does_otherwise(one, asked)]
        if near and (row := _asked(asked, [rng.choice(near[:3])], known, rng, "twin beside it", turn)) is not None:
            yield row


def _ordinary(tools: Sequence[Studied], known: Known, seed: int) -> Iterator[Made]:
    """What people also ask, beside tools that share no word with it."""
    found = blocks(tools) or [[]]
    for number, request in enumerate(Random(f"{seed}:ordinary").sample(REQUESTS, len(REQUESTS))):
        block = found[number % len(found)]
        if not block or _is_about(request, block):
            continue
        yield made_row(None, request, [], block, Random(f"{seed}:ordinary:{number}"), "ordinary", request)


def _turns(tools: Sequence[Studied], seed: int, kind: str) -> Iterator[tuple[int, Random, Studied]]:
    """The tools in a drawn order, some times over."""
    for turn in range(PATIENCE):
        order = sorted(tools, key=lambda studied: studied.name)
        Random(f"{seed}:{kind}:{turn}").shuffle(order)
        for asked in order:
            yield turn, Random(f"{seed}:{kind}:{turn}:{asked.name}"), asked


def _asked(asked: Studied, shown: Sequence[Studied], known: Known, rng: Random, kind: str, turn: int) -> Made | None:
    if any(is_rival(other, asked) for other in shown):
        return None
    plan = rng.choice(plans(asked)[:4] or [None])
    drawn = None if plan is None else draw(asked, plan, known, rng)
    if plan is None or drawn is None:
        return None
    return made_row(asked, query_of(asked.deed, drawn.said, rng), [], shown, rng, kind, plan.covers)


def _is_about(request: str, tools: Sequence[Studied]) -> bool:
    """Whether a request and a tool share a word that carries meaning."""
    said = {stem(word) for word in words(request) if is_content(word)}
    return any(
        said & (one.about | {stem(word) for word in words(str(one.tool.get("description") or ""))}) for one in tools
    )
