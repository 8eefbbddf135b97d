"""The reward of the query model: gate, roll out the target, check, score; once a step over the whole batch.

Here the zero-sum game happens. Rejected attacks never reach the target; an attack that occurs twice is answered once.
Nothing is remembered between steps, so that a resumed run scores alike. A target behind an endpoint tells no
likelihoods, and an attack whose answer the network lost has no reward.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sparring.attacker.archive import Archive, nearest
from sparring.attacker.program import ProgramError
from sparring.attacker.query_prompts import Written, attack_text
from sparring.attacker.rewards import Attempt, rewards
from sparring.checker import check_batch
from sparring.config import Params
from sparring.dialects import DIALECTS
from sparring.engine.embedding import Embedder
from sparring.engine.processes import gathered
from sparring.errors import UnreachableError
from sparring.gates import Gates, rejected
from sparring.records import UNJUDGED, Example, conversation
from sparring.targets import ScoringTarget, Target
from sparring.terminal import say

LEAK = "leak"
Key = tuple[str, str]  # seed, and all that is said to the target


@dataclass(frozen=True)
class _Played:
    """What came of a valid attack; `mistake` is that of the first scored answer, None where it is right."""

    pass_rate: float
    drop: float | None
    mistake: str | None


class AttackReward:
    """A reward function for the RL trainer: examples and completions in, terms by name out.

    Args:
        own_answers: The target's right answer to each untouched seed, by id.
        gatekeeper: The validity gates.
        target: The frozen target; one whose likelihoods can be read makes the reward dense.
        params: The recipe.
        archive: Elite attacks of the rounds before.
        embedder: Sentence embeddings, for the cluster and archive terms.
    """

    def __init__(
        self,
        own_answers: Mapping[str, str],
        gatekeeper: Gates,
        target: Target,
        params: Params,
        archive: Archive,
        embedder: Embedder,
    ) -> None:
        self.gatekeeper = gatekeeper
        self.target = target
        self.params = params
        self.embedder = embedder
        self._known = embedder.embed([attack.query for attack in archive.attacks])
        self.own_answers = own_answers

    def __call__(self, examples: Sequence[Example], completions: Sequence[str]) -> list[dict[str, float]]:
        """Reward terms per completion; "total" is the reward, left out where an attack could not be judged or scored.

        Success stands once more under the seed's kind.

        Raises:
            UnreachableError: The target answered none of them.
        """
        written = [self._written(*pair) for pair in zip(examples, completions, strict=True)]
        legal = {i: text for i, text in enumerate(written) if text is not None}
        asked = [(examples[i], text.query, text.turns) for i, text in legal.items()]
        reasons = rejected(self.gatekeeper, asked, self.params.query_model.action)
        reason_of = dict(zip(legal, reasons, strict=True))
        valid = {
            _key(examples[i], text): examples[i].with_query(text.query, text.turns)
            for i, text in legal.items()
            if reason_of[i] is None
        }
        played = self._play(valid, {example.id: example for example in examples})
        attempts = []
        for i, (example, text) in enumerate(zip(examples, written, strict=True)):
            outcome = None if text is None else played.get(_key(example, text))
            attempts.append(
                Attempt(
                    valid=i in reason_of and reason_of[i] is None,
                    malformed=text is None or reason_of[i] == LEAK,
                    pass_rate=None if outcome is None else outcome.pass_rate,
                    gold_logprob_drop=None if outcome is None else outcome.drop,
                    way=() if text is None else text.way,
                    mistake=None if outcome is None else outcome.mistake,
                    unjudged=reason_of.get(i) == UNJUDGED,
                )
            )
        own = self.embedder.embed(["" if text is None else text.query for text in written])
        batch, mine = gathered(list(zip(attempts, own, strict=True)))
        vectors = np.stack([vector for _, vector in batch])
        everyone = [attempt for attempt, _ in batch]
        scored = rewards(everyone, self.params.reward, vectors, nearest(vectors, self._known))[mine]
        return [
            terms | ({f"success/{example.kind}": terms["success"]} if "success" in terms else {})
            for terms, example in zip(scored, examples, strict=True)
        ]

    def _written(self, example: Example, completion: str) -> Written | None:
        """The attack; None where the completion is no legal action."""
        try:
            return attack_text(completion, example, self.params.query_model.action, self.params.seed)
        except ProgramError:
            return None

    def _play(self, valid: dict[Key, Example], untouched: dict[str, Example]) -> dict[Key, _Played]:
        """The target's pass rate on each attack, and the drop of its right answer's log-likelihood against the seed.

        The untouched seeds are read along with their attacks, whose tools they share: that costs next to nothing.
        """
        if not valid:
            return {}
        seeds = {example.id: untouched[example.id] for example in valid.values()}
        asked = [*valid.values(), *seeds.values()]
        count = len(valid)
        answers, likelihoods = self._answers(asked, count)
        clean = dict(zip(seeds, likelihoods[count:], strict=True))
        parse = DIALECTS[self.params.target.dialect].parse
        played = {}
        outcomes = zip(valid.items(), answers, likelihoods[:count], strict=True)
        for (key, example), texts, likelihood in outcomes:
            verdicts = check_batch([(example, text) for text in texts], parse=parse)
            scored = [verdict for verdict in verdicts if verdict.example_error is None]
            if scored:
                rate = sum(verdict.correct for verdict in scored) / len(scored)
                failure = scored[0].failure
                mistake = None if failure is None else str(failure)
                before = clean[example.id]
                drop = None if before is None or likelihood is None else before - likelihood
                played[key] = _Played(rate, drop, mistake)
        return played

    def _answers(self, asked: Sequence[Example], count: int) -> tuple[list[list[str]], Sequence[float | None]]:
        """The answers to the first `count`; of each the likelihood of its right answer, where that can be read."""
        own = [self.own_answers[example.id] for example in asked]
        rollout, target = self.params.rollout, self.target
        if isinstance(target, ScoringTarget) and rollout.temperature == 0.0:
            drafted = target.answer_drafts(asked, own)
            return [[found.text] for found in drafted[:count]], [found.draft_logprob for found in drafted]
        replies = target.ask(asked[:count], rollout.samples, rollout.temperature, self.params.seed)
        if lost := [reason for reason in replies.reasons if reason is not None]:
            said = f"{len(lost)} of {count} attacks of an RL step have no answer"
            if len(lost) == count:
                raise UnreachableError(f"{said}: {lost[0]}")
            say(f"{said}, and no reward: {lost[0]}")
        answers = [[text for text in texts if text is not None] for texts in replies.texts]
        return answers, target.gold_logprob(asked, own) if isinstance(target, ScoringTarget) else [None] * len(asked)


def _key(example: Example, text: Written) -> Key:
    return example.id, conversation(text.turns, text.query)
