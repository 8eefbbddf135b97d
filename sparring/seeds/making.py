"""Tools to seeds: studied, planned, drawn, worded, proved; what is not certain is left out by name.

The same tools, values, count and seed give the same rows. A call's row shows its tool among others that cannot be
meant; a fifth of the rows want no call.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sparring.seeds.calls import Plan, draw, plans
from sparring.seeds.faked import english_words
from sparring.seeds.negatives import negatives
from sparring.seeds.pools import Known
from sparring.seeds.proofs import proved
from sparring.seeds.rivals import could_answer, is_rival, may_be_taken, nearest
from sparring.seeds.rows import Made, Row, made_row
from sparring.seeds.studied import LeftOut, Studied, study
from sparring.seeds.vocabulary import Ordinary
from sparring.seeds.wording import Said, query_of

NO_CALL_SHARE = 0.2
MAX_BESIDE = 4
MAX_FRUITLESS = 8  # turns in a row without a new row
MAX_TURNS = 200  # times that a plan is drawn with other values
TWIN_SHARE = 0.5  # of the rows that have a near twin, so many show it


@dataclass
class Seeds:
    """What was made of some tools.

    Attributes:
        rows: In the jsonl source's form.
        left_out: What no seed is made of, and why.
        covered: Plans that have a row, of all that there are.
        planned: All plans.
    """

    rows: list[Row] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    covered: int = 0
    planned: int = 0

    @property
    def by_kind(self) -> Counter[str]:
        """Rows by kind."""
        return Counter(str(row["metadata"]["kind"]) for row in self.rows)


def parts_of(count: int) -> tuple[int, int]:
    """How many of so many rows want a call, and how many none."""
    none = round(count * NO_CALL_SHARE)
    return count - none, none


def make_seeds(tools: Sequence[Mapping[str, Any]], known: Known, calls: int, no_calls: int, seed: int) -> Seeds:
    """Seeds of the tools, fewer than are wanted where the tools say no more.

    Args:
        tools: As `sparring.tools.frozen` has them.
        known: The team's own values.
        calls: Rows with a call at most.
        no_calls: Rows that want none at most.
        seed: Decides every draw.
    """
    ordinary = Ordinary(tools, english_words())
    found = [study(tool, ordinary, known) for tool in sorted(tools, key=lambda tool: str(tool["name"]))]
    made = Seeds(left_out=[one for _, left in found for one in left])
    studied = [one for one, _ in found if one is not None]
    maker = _Maker(studied, known, seed)
    made.rows = list(maker.calls(calls))
    made.left_out += maker.left_out()
    made.covered, made.planned = len(maker.covered), maker.planned
    for one in negatives(studied, known, no_calls, seed):
        if not isinstance(proved(one.row, None, ()), str):
            made.rows.append(one.row)
    return made


class _Maker:
    """Makes the rows with a call, the tools in turn, and remembers why others were not made."""

    def __init__(self, studied: Sequence[Studied], known: Known, seed: int) -> None:
        self.studied = studied
        self.known = known
        self.seed = seed
        self.plans = {one.name: plans(one) for one in studied}
        self.covered: set[tuple[str, str]] = set()
        self.reasons: dict[str, Counter[str]] = {one.name: Counter() for one in studied}
        self.taken: set[str] = set()

    @property
    def planned(self) -> int:
        """How many plans there are."""
        return sum(map(len, self.plans.values()))

    def calls(self, wanted: int) -> Iterator[Row]:
        """Rows, up to so many: every tool's first plan, then the second ones; at last all again with other values."""
        given = 0
        order = sorted(self.studied, key=lambda one: one.name)
        Random(self.seed).shuffle(order)
        fruitless = 0
        for turn in range(MAX_TURNS):
            before = given
            for number in range(max(map(len, self.plans.values()), default=0)):
                for asked in order:
                    if given == wanted:
                        return
                    if number < len(self.plans[asked.name]):
                        row = self._row(asked, self.plans[asked.name][number], turn)
                        if row is not None:
                            given += 1
                            yield row
            fruitless = fruitless + 1 if given == before else 0
            if fruitless == MAX_FRUITLESS:
                return

    def left_out(self) -> list[LeftOut]:
        """Tools that were tried and of which no row came, with the most frequent reason."""
        named = {name for name, _ in self.covered}
        found = {name: reasons.most_common(1)[0][0] for name, reasons in self.reasons.items() if reasons}
        found |= {name: "no part of it can be said by itself" for name, made in self.plans.items() if not made}
        return [LeftOut(name, "", reason) for name, reason in sorted(found.items()) if name not in named]

    def _row(self, asked: Studied, plan: Plan, turn: int) -> Row | None:
        rng = Random(f"{self.seed}:{asked.name}:{plan.covers}:{turn}")
        drawn = draw(asked, plan, self.known, rng)
        if drawn is None:
            self.reasons[asked.name]["no values are known that its schema admits together"] += 1
            return None
        others = (other for other in self.studied if other is not asked)
        if equal := next((other for other in others if could_answer(other, asked, drawn.said)), None):
            self.reasons[asked.name][f"not unique: {equal.name} is asked for in the same words"] += 1
            return None
        query = query_of(asked.deed, drawn.said, rng)
        gold = [{"name": asked.name, "arguments": drawn.arguments}]
        made = made_row(asked, query, gold, [asked, *self._beside(asked, drawn.said, rng)], rng, "call", plan.covers)
        key = repr((asked.name, sorted(drawn.arguments.items(), key=str)))
        if key in self.taken:  # another plan has shown what this one was to show
            self.covered.add((asked.name, plan.covers))
            return None
        return self._proved(made, plan, drawn.said, key)

    def _proved(self, made: Made, plan: Plan, said: Sequence[Said], key: str) -> Row | None:
        asked = made.asked
        if asked is None:
            return None
        fault = proved(made.row, asked, said)
        if isinstance(fault, str):
            self.reasons[asked.name][fault] += 1
            return None
        self.taken.add(key)
        self.covered.add((asked.name, plan.covers))
        return made.row

    def _beside(self, asked: Studied, said: Sequence[Said], rng: Random) -> list[Studied]:
        """Tools to show beside the right one: some that have little to do with it, often one that is near."""
        others = [
            other
            for other in self.studied
            if other is not asked and not is_rival(other, asked) and not may_be_taken(other, asked, said)
        ]
        key = rng.random()
        others.sort(key=lambda other: Random(f"{key}:{other.name}").random())
        chosen = others[: rng.randint(0, MAX_BESIDE)]
        near = nearest(asked, others)
        if near and rng.random() < TWIN_SHARE:
            chosen = [near[rng.randrange(min(3, len(near)))], *chosen[: MAX_BESIDE - 1]]
        return list({other.name: other for other in chosen}.values())
