"""Whether an expression of a schema can be matched in no time: it is read, never run.

Some expressions take time that doubles with every character of what they are held against, e.g. `(a+)+$`. Whoever
checks a value against such a schema waits for ever. The expression is read into positions (Glushkov's automaton), and
refused where a text can pass a loop in two ways (exponential ambiguity; Weber and Seidl, 1991), or where more than
MAX_DEGREE loops in a row share a character (polynomial of that degree). Repeats with bounds count as loops, so a few
harmless expressions are refused as well; an exact repeat is written out.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from graphlib import TopologicalSorter
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

MAX_CHARS = 20_000  # Prefect lists all time zones in one expression of 9,101
MAX_POSITIONS = 20_000
MAX_EDGES = 200_000
MAX_LOOPING = 1_500
MAX_PAIRS = 60_000
MAX_DEGREE = 4
LAST = 0x10FFFF
WORD = ((48, 57), (65, 90), (95, 95), (97, 122), (170, LAST))
DIGIT = ((48, 57), (0x660, LAST))
SPACE = ((9, 13), (28, 32), (133, 133), (160, 160), (0x1680, 0x3000))
CATEGORIES = {"CATEGORY_WORD": WORD, "CATEGORY_DIGIT": DIGIT, "CATEGORY_SPACE": SPACE}
ANYTHING = ((0, LAST),)
REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")

Intervals = tuple[tuple[int, int], ...]
Edge = tuple[int, int]


def pattern_fault(pattern: str) -> str | None:
    """Why an expression cannot be used; None where it can."""
    if len(pattern) > MAX_CHARS:
        return f"an expression of {len(pattern):,} characters; at most {MAX_CHARS:,} are read"
    try:
        parsed = _parser.parse(pattern)
        return _slowness(parsed)
    except (re.error, OverflowError) as error:
        return f"Python cannot read the expression {pattern[:60]!r}: {error}"
    except (RecursionError, _IntricateError):
        return f"the expression {pattern[:60]!r} is too intricate to be sure that it ends"


class _IntricateError(ValueError):
    """The expression is too large, or of a kind whose time nobody can tell."""


class _Part(NamedTuple):
    first: tuple[int, ...]
    last: tuple[int, ...]
    empty: bool


NOTHING = _Part((), (), True)


class _Positions:
    """The positions of an expression, what each admits, and which follows which (twice where two loops say so)."""

    def __init__(self) -> None:
        self.admits: list[Intervals] = []
        self.edges: Counter[Edge] = Counter()
        self.asserted: list[Any] = []
        self.has_loop = False

    def read(self, nodes: Iterable[Any]) -> _Part:
        """A sequence."""
        made = NOTHING
        for node in nodes:
            made = self._then(made, self._read(str(node[0]), node[1]))
        return made

    def _read(self, kind: str, value: Any) -> _Part:
        if kind in REPEATS:
            return self._repeat(*value)
        if kind == "BRANCH":
            if sum(not len(branch) for branch in value[1]) > 1:  # what `(a|a)` is read as: a, then nothing or nothing
                raise _IntricateError
            branches = [self.read(branch) for branch in value[1]]
            first = tuple(part for branch in branches for part in branch.first)
            last = tuple(part for branch in branches for part in branch.last)
            return _Part(first, last, any(branch.empty for branch in branches))
        if kind in {"SUBPATTERN", "ATOMIC_GROUP"}:
            return self.read(value[-1] if kind == "SUBPATTERN" else value)
        if kind in {"ASSERT", "ASSERT_NOT"}:
            self.asserted.append(value[1])
            return NOTHING
        if kind == "AT":
            return NOTHING
        return self._position(_admitted(kind, value))

    def _repeat(self, least: int, most: int, body: Any) -> _Part:
        if least == most and least * len(body) <= MAX_POSITIONS:
            made = NOTHING
            for _ in range(least):
                made = self._then(made, self.read(body))
            return made
        made = self.read(body)
        if most > 1:
            self.has_loop = True
            self._connect(made.last, made.first)
        return made._replace(empty=made.empty or least == 0)

    def _position(self, admitted: Intervals) -> _Part:
        if len(self.admits) == MAX_POSITIONS:
            raise _IntricateError
        self.admits.append(admitted)
        here = (len(self.admits) - 1,)
        return _Part(here, here, False)

    def _then(self, left: _Part, right: _Part) -> _Part:
        self._connect(left.last, right.first)
        first = left.first + right.first if left.empty else left.first
        last = left.last + right.last if right.empty else right.last
        return _Part(first, last, left.empty and right.empty)

    def _connect(self, last: Sequence[int], first: Sequence[int]) -> None:
        if len(self.edges) + len(last) * len(first) > MAX_EDGES:
            raise _IntricateError
        self.edges.update((p, q) for p in last for q in first)


def _slowness(nodes: Any) -> str | None:
    positions = _Positions()
    positions.read(nodes)
    if positions.has_loop:
        masks = _masks(positions.admits)
        if _doubles(positions.edges, masks):
            return "the expression may take for ever: a text can pass a loop of it in two ways"
        if _degree(positions.edges, masks) > MAX_DEGREE:
            return f"the expression may take for ever: more than {MAX_DEGREE} loops in a row share a character"
    return next((found for inner in positions.asserted if (found := _slowness(inner)) is not None), None)


def _admitted(kind: str, value: Any) -> Intervals:
    """The characters of one position, as intervals."""
    if kind == "ANY":
        return ANYTHING
    if kind == "LITERAL":
        return ((value, value),)
    if kind == "NOT_LITERAL":
        return _others(((value, value),))
    if kind != "IN":
        raise _IntricateError  # references to what a group matched
    found: list[tuple[int, int]] = []
    for inner, content in value:
        if inner is _constants.RANGE:
            found.append(content)
        elif inner is _constants.LITERAL:
            found.append((content, content))
        elif inner is _constants.CATEGORY:
            name = str(content)
            found += CATEGORIES.get(name) or _others(CATEGORIES[name.replace("NOT_", "")])
    return _others(tuple(found)) if value[0][0] is _constants.NEGATE else tuple(found)


def _others(intervals: Intervals) -> Intervals:
    made, start = [], 0
    for low, high in sorted(intervals):
        if low > start:
            made.append((start, low - 1))
        start = max(start, high + 1)
    return (*made, (start, LAST)) if start <= LAST else tuple(made)


def _masks(admits: Sequence[Intervals]) -> list[int]:
    """What each position admits, as bits: one for each stretch of characters that all positions treat alike."""
    starts = sorted({0} | {edge for one in admits for low, high in one for edge in (low, high + 1)})
    place = {start: number for number, start in enumerate(starts)}
    masks = []
    for one in admits:
        mask = 0
        for low, high in one:
            mask |= (1 << place[high + 1]) - (1 << place[low])
        masks.append(mask)
    return masks


def _components(num_nodes: int, edges: Sequence[Edge]) -> Sequence[int]:
    """For each node the number of its strongly connected component."""
    rows, columns = zip(*edges, strict=True) if edges else ((), ())
    graph = csr_array((np.ones(len(edges)), (rows, columns)), shape=(num_nodes, num_nodes))
    labels: Sequence[int] = connected_components(graph, connection="strong")[1].tolist()
    return labels


def _doubles(edges: Counter[Edge], masks: Sequence[int]) -> bool:
    """Whether a text can lead from a position back to it in two ways."""
    label = _components(len(masks), list(edges))
    looping = [(p, q) for p, q in edges if label[p] == label[q]]
    if len({p for p, _ in looping}) > MAX_LOOPING:
        raise _IntricateError
    if any(edges[edge] > 1 for edge in looping):
        return True
    follows: dict[int, list[int]] = {}
    for p, q in looping:
        follows.setdefault(p, []).append(q)
    pairs = {(p, p): number for number, p in enumerate(follows)}
    waiting, steps = list(pairs), []
    while waiting:
        p, q = waiting.pop()
        for after in ((a, b) for a in follows[p] for b in follows[q] if masks[a] & masks[b]):
            if after not in pairs:
                pairs[after] = len(pairs)
                waiting.append(after)
            steps.append((pairs[p, q], pairs[after]))
        if len(pairs) > MAX_PAIRS or len(steps) > 10 * MAX_PAIRS:
            raise _IntricateError
    joint = _components(len(pairs), steps)
    same = {joint[number] for (p, q), number in pairs.items() if p == q}
    return any(p != q and joint[number] in same for (p, q), number in pairs.items())


def _degree(edges: Iterable[Edge], masks: Sequence[int]) -> int:
    """Most loops in a row that one character passes."""
    most = 0
    for bit in range(max(masks, default=0).bit_length()):
        kept = [(p, q) for p, q in edges if masks[p] >> bit & masks[q] >> bit & 1]
        if not kept:
            continue
        label = _components(len(masks), kept)
        loops = {label[p] for p, q in kept if label[p] == label[q]}
        before: dict[int, set[int]] = {}
        for p, q in kept:
            before.setdefault(label[q], set()).update({label[p]} - {label[q]})
        length: dict[int, int] = {}
        for one in TopologicalSorter(before).static_order():
            inside = [length[earlier] for earlier in before.get(one, ())]
            length[one] = max(inside, default=0) + (one in loops)
        most = max(most, *length.values())
    return most
