"""Schema attacks on held-out seeds: the query stays, each schema operator changes the tools, the target answers.

An attack of this family has the seed's query and "schema:<operator>" as its strategy; the tools that the target saw are
made again by `attack_schema` from the same seed. The verdict speaks of the new names.
"""

from collections.abc import Sequence

from sparring.attacker.attacks import ungated
from sparring.attacker.changed_tools import first_of_each_kind, schema_attacks, with_changed_tools
from sparring.attacker.rollout import complete, trials_of
from sparring.dialects import DIALECTS
from sparring.project.workspace import Project
from sparring.records import Attack, Example, Tool, Trial
from sparring.targets.local import LocalTarget
from tasks.players import gold_text
from tasks.rounds import Round
from tasks.workers import shared


def schema_trials(played: Round, answering: LocalTarget, seeds: Sequence[Example]) -> list[Trial]:
    """One trial an operator and seed, for the first `evaluation.schema_seeds` of the seeds of either kind."""
    return ask_changed(played, answering, _changed(played, seeds))


def ask_changed(played: Round, answering: LocalTarget, pairs: Sequence[tuple[Attack, Example]]) -> list[Trial]:
    """The target's trials of attacks, each with its seed under the tools that it changed."""
    examples = {attack.id: changed for attack, changed in pairs}
    asked = ungated([attack.model_copy(update={"example_id": attack.id}) for attack, _ in pairs])  # tools of their own
    drafts = {name: gold_text(played.project, example) for name, example in examples.items()}
    params = played.project.params
    completions = complete(asked, examples, shared(answering), params.rollout, params.seed, drafts).completions
    found = trials_of(asked, completions, examples, DIALECTS[params.target.dialect])
    return [trial.model_copy(update={"attack": attack}) for trial, (attack, _) in zip(found, pairs, strict=True)]


def champions_schema_trials(played: Round, champion: LocalTarget, seeds: Sequence[Example]) -> list[Trial]:
    """The same of the champion before: as its own round kept them where these seeds were attacked, else asked anew."""
    known = {_what(trial.attack): trial for trial in played.champions_trials("schema")}
    pairs = _changed(played, seeds)
    if any(_what(attack) not in known for attack, _ in pairs):
        return ask_changed(played, champion, pairs)
    return [_kept(known[_what(attack)], attack) for attack, _ in pairs]


def _changed(played: Round, seeds: Sequence[Example]) -> list[tuple[Attack, Example]]:
    """Each attack with its seed under the tools that it changed; one that leaves them as they are is none."""
    params = played.project.params
    chosen = first_of_each_kind(seeds, params.evaluation.schema_seeds)
    attacks = schema_attacks(played.name, params.seed, chosen)
    return with_changed_tools(attacks, chosen, other_tools(played.project))


def other_tools(project: Project) -> list[Tool]:
    """Tools of `val`, from which distractors are taken."""
    return [tool for example in project.examples("val") for tool in example.tools]


def _what(attack: Attack) -> tuple[str, str, int]:
    return attack.example_id, attack.strategy, attack.seed


def _kept(trial: Trial, attack: Attack) -> Trial:
    """A trial of another round under this round's names."""
    answers = [answer.model_copy(update={"attack_id": attack.id}) for answer in trial.completions]
    return trial.model_copy(update={"attack": attack, "completions": answers})
