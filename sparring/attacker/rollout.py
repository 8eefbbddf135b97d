"""Attacks to trials: the target answers what the gates let through, the checker judges the answers."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sparring.checker import check
from sparring.config import RolloutParams
from sparring.dialects import Dialect
from sparring.records import Completion, Example, GatedAttack, Trial
from sparring.targets import ScoringTarget, Target
from sparring.targets.replies import whole


@dataclass(frozen=True)
class Answered:
    """Answers to attacks.

    Attributes:
        completions: The answers, in the order of the attacks.
        unanswered: By attack the reason why it has none.
    """

    completions: list[Completion]
    unanswered: dict[str, str]


def complete(
    attacks: Sequence[GatedAttack],
    examples: Mapping[str, Example],
    target: Target,
    params: RolloutParams,
    seed: int,
    drafts: Mapping[str, str] | None = None,
) -> Answered:
    """The target's answers to the attacks that no gate rejected; an attack text that occurs twice is answered once.

    Args:
        attacks: All attacks.
        examples: Seeds by id.
        target: Who answers.
        params: Samples, temperature.
        seed: Decides the samples.
        drafts: By seed, what the target answers when nobody attacks: greedy answers come quicker with a guess.
    """
    valid = [gated.attack for gated in attacks if gated.rejected_by is None]
    distinct = {(attack.example_id, attack.text): attack for attack in valid}
    asked = [examples[one.example_id].with_query(one.query, one.turns) for one in distinct.values()]
    if not asked:
        replies = whole([])
    elif drafts and params.temperature == 0.0 and isinstance(target, ScoringTarget):
        found = target.answer_drafts(asked, [drafts.get(example.id, "") for example in asked])
        replies = whole([[each.text] for each in found])
    else:
        replies = target.ask(asked, params.samples, params.temperature, seed)
    texts = dict(zip(distinct, replies.texts, strict=True))
    reasons = dict(zip(distinct, replies.reasons, strict=True))
    lost = {attack.id: reason for attack in valid if (reason := reasons[attack.example_id, attack.text]) is not None}
    completions = [
        Completion(attack_id=attack.id, sample=sample, text=text)
        for attack in valid
        if attack.id not in lost
        for sample, text in enumerate(texts[attack.example_id, attack.text])
        if text is not None
    ]
    return Answered(completions, lost)


def trials_of(
    attacks: Sequence[GatedAttack],
    completions: Sequence[Completion],
    examples: Mapping[str, Example],
    dialect: Dialect,
) -> list[Trial]:
    """One trial an attack: its answers in order, each with the checker's verdict.

    Raises:
        ValueError: An answer belongs to no attack, or to one that was rejected.
    """
    by_attack: dict[str, list[Completion]] = defaultdict(list)
    for completion in completions:
        by_attack[completion.attack_id].append(completion)
    open_attacks = {gated.attack.id for gated in attacks if gated.rejected_by is None}
    if strangers := sorted(by_attack.keys() - open_attacks):
        raise ValueError(f"answers to what was not asked: {', '.join(strangers[:3])}")
    trials = []
    for gated in attacks:
        attack = gated.attack
        answers = sorted(by_attack[attack.id], key=lambda completion: completion.sample)
        verdicts = [check(examples[attack.example_id], answer.text, parse=dialect.parse) for answer in answers]
        trials.append(Trial(attack=attack, completions=answers, rejected_by=gated.rejected_by, verdicts=verdicts))
    return trials
