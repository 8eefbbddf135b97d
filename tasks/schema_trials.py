"""Schema attacks on held-out seeds: the query stays, each schema operator changes the tools, the target answers.

An attack of this family has the seed's query and "schema:<operator>" as its strategy; the tools that the target saw are
made again by `attack_schema` from the same seed. The verdict speaks of the new names.
"""

from collections.abc import Sequence

from sparring.dialects import DIALECTS
from sparring.records import Attack, Example, Trial
from sparring.rollout import complete, judge
from sparring.schema_attacks import PREFIX, SCHEMA_OPERATORS, attack_schema
from sparring.targets.local import LocalTarget
from tasks.game import Game
from tasks.players import gold_text
from tasks.workers import shared


def schema_trials(game: Game, answering: LocalTarget, seeds: Sequence[Example]) -> list[Trial]:
    """One trial an operator and seed, for the first `evaluation.schema_seeds` of the seeds."""
    others = [tool for example in game.examples("val") for tool in example.tools]
    number = game.params.seed
    examples: dict[str, Example] = {}
    attacks = []
    for operator in SCHEMA_OPERATORS:
        for seed in seeds[: game.params.evaluation.schema_seeds]:
            name = f"{PREFIX}{operator}"
            attack = Attack(id=f"{game.round}:{seed.id}:{name}", example_id=seed.id, query=seed.query,
                            strategy=name, round=game.round, seed=number)  # fmt: skip
            attacks.append(attack)
            examples[attack.id] = attack_schema(seed, [operator], number, others)[0]
    asked = [attack.model_copy(update={"example_id": attack.id}) for attack in attacks]  # each has tools of its own
    allowed: list[str | None] = [None] * len(asked)
    drafts = {name: gold_text(game, example) for name, example in examples.items()}
    completions = complete(asked, examples, allowed, shared(answering), game.params.rollout, number, drafts)
    found = judge(asked, completions, allowed, examples, DIALECTS[game.params.target.dialect])
    return [trial.model_copy(update={"attack": attack}) for trial, attack in zip(found, attacks, strict=True)]
