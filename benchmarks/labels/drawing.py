"""Accepted attacks on training seeds at random, over families and operators; the same seed draws the same set.

Each seed is attacked once. Composed rules take the operator first that fewest drawn attacks play, so that each is about as
often there; programs of query models come from trials and are played again by today's operators. The one surprise: the
gates see a query before the tools change, as in a round, where changed tools pass no gate.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random

from benchmarks.labels.rows import DrawnAttack, Family
from sparring.attacker.attacks import gate
from sparring.attacker.program import MAX_STEPS, NAMES, Program, ProgramError, Step, parse_program, play, render_program
from sparring.attacker.schema_attacks import PREFIX, SCHEMA_OPERATORS, attack_schema
from sparring.errors import InputError
from sparring.gates import Gates
from sparring.operators import TURNS
from sparring.records import Attack, Example, Kind, Trial

COUNTS = {
    Family.RULES: 40,
    Family.QUERY_MODEL: 40,
    Family.NO_CALL: 40,
    Family.CONVERSATION: 30,
    Family.SCHEMA: 25,
    Family.SCHEMA_AND_QUERY: 25,
}
PATIENCE = 15  # seeds that are tried for an operator before another has its turn
LARGEST_SEED = 2**31
Made = tuple[Example, Example, str]  # the seed, what the target is shown, the strategy


class Drawing:
    """A set as it is drawn.

    Args:
        seeds: Of `train`; those that were drawn before are left out by who calls.
        gates: All gates of the project.
        trials: Of query models that were trained.
        number: Decides the draws.
    """

    def __init__(self, seeds: Sequence[Example], gates: Gates, trials: Sequence[Trial], number: int) -> None:
        self.rng = Random(number)
        self.seeds = {seed.id: seed for seed in self.rng.sample(list(seeds), len(seeds))}
        self.others = [tool for seed in seeds for tool in seed.tools]
        self.gates = gates
        self.trials = self.rng.sample(list(trials), len(trials))
        self.attacked = {trial.attack.example_id for trial in trials}  # left to the query models, whose attacks are few
        self.played: Counter[str] = Counter()
        self.order = self.rng.sample(NAMES, len(NAMES))

    def attacks(self) -> Iterator[DrawnAttack]:
        """One after the other, the families mixed.

        Raises:
            InputError: Too few seeds or trials are left.
        """
        made = {
            Family.RULES: self._by_rules(("call",)),
            Family.QUERY_MODEL: self._by_model("call"),
            Family.NO_CALL: _in_turn(self._by_model("no_call"), self._by_rules(("no_call",))),
            Family.CONVERSATION: self._by_rules(("call", "call", "no_call"), turns=True),
            Family.SCHEMA: self._schemas(rewritten=False),
            Family.SCHEMA_AND_QUERY: self._schemas(rewritten=True),
        }
        families = [family for family, wanted in COUNTS.items() for _ in range(wanted)]
        for place, family in enumerate(self.rng.sample(families, len(families))):
            found = next(made[family], None)
            if found is None:
                raise InputError(f"{family}: too few seeds or trials, {place} attacks drawn over all families")
            seed, shown, strategy = found
            del self.seeds[seed.id]
            self.played.update(strategy.split(" > "))
            given = {"messages": shown.messages, "tools": shown.tools, "gold": shown.gold, "query": seed.query}
            yield DrawnAttack(id=f"{place:03}", family=family, example_id=seed.id, strategy=strategy, **given)

    def _by_model(self, kind: Kind) -> Iterator[Made]:
        """Attacks of query models on seeds that were not drawn yet."""
        for trial in self.trials:
            seed = self.seeds.get(trial.attack.example_id)
            if seed is None or seed.kind != kind:
                continue
            try:
                program = parse_program(trial.attack.strategy)
            except ProgramError:
                continue
            yield from self._accepted(seed, program, trial.attack.seed)

    def _by_rules(self, kinds: Sequence[Kind], *, turns: bool = False) -> Iterator[Made]:
        """Programs at random around an operator, on seeds of the kinds in turn; with turns each has one of TURNS."""
        made = 0
        while True:
            kind = kinds[made % len(kinds)]
            for operator in sorted(self.order, key=self.played.__getitem__):
                if turns or operator not in TURNS:
                    found = self._around(operator, kind, turns=turns)
                    if found is not None:
                        yield found
                        made += 1
                        break
                    # It had its turn: else one that fits nowhere is tried before each attack.
                    self.played[operator] += 1
            else:
                return

    def _around(self, operator: str, kind: Kind, *, turns: bool) -> Made | None:
        """The first accepted program that plays an operator, or None within reason."""
        own = [seed for seed in self.seeds.values() if seed.kind == kind and seed.id not in self.attacked]
        for seed in self.rng.sample(own, min(PATIENCE, len(own))):
            needed = {operator, *([self.rng.choice(tuple(TURNS))] if turns and operator not in TURNS else [])}
            free = [name for name in NAMES if name not in needed and name not in TURNS]
            names = [*needed, *self.rng.sample(free, self.rng.randint(0, MAX_STEPS - len(needed)))]
            program = tuple(Step(name) for name in self.rng.sample(sorted(names), len(names)))
            for found in self._accepted(seed, program, self.rng.randrange(LARGEST_SEED)):
                if needed <= set(found[2].split(" > ")):
                    return found
        return None

    def _accepted(self, seed: Example, program: Program, number: int) -> Iterator[Made]:
        """What a program makes of a seed, where it changes something and all gates let it through."""
        query, steps, turns = play(program, seed, number)
        strategy = render_program(steps)
        given = {"example_id": seed.id, "query": query, "strategy": strategy, "turns": turns}
        attack = Attack(id=seed.id, round="labels", seed=number, **given)
        if steps and gate(self.gates, [attack], [seed])[0].rejected_by is None:
            yield seed, seed.with_query(query, turns), strategy

    def _schemas(self, *, rewritten: bool) -> Iterator[Made]:
        """Seeds under other tools, the operators of tools in turn; where it is wanted with a program of rules before."""
        queries = self._by_rules(("call", "call", "no_call"))
        plain = (
            (seed, seed, "")
            for seed in list(self.seeds.values())
            if seed.id in self.seeds and seed.id not in self.attacked
        )
        operators = list(SCHEMA_OPERATORS)
        for made, (seed, asked, strategy) in enumerate(queries if rewritten else plain):
            operator = operators[made % len(operators)]
            if seed.kind not in SCHEMA_OPERATORS[operator].kinds:
                continue
            shown, _ = attack_schema(asked, [operator], self.rng.randrange(LARGEST_SEED), self.others)
            if [tool.model_dump_json() for tool in shown.tools] != [tool.model_dump_json() for tool in seed.tools]:
                yield seed, shown, " > ".join([*([strategy] if strategy else []), f"{PREFIX}{operator}"])


def _in_turn(one: Iterator[Made], other: Iterator[Made]) -> Iterator[Made]:
    """From two by turns."""
    for found in one:
        yield found
        yield from islice(other, 1)
