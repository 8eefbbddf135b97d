"""The reward of the query model: gate, roll out the target, check, score; once a step over the whole batch.

Here the zero-sum game happens. Rejected attacks never reach the target; an attack that occurs twice is answered once.
Where one answer a rollout is all there is, the target's likelihood of the gold makes the hardness dense.
"""

from collections.abc import Sequence

from sparring.archive import Archive
from sparring.checker import check_batch
from sparring.config import Params
from sparring.dialects import DIALECTS
from sparring.embedding import Embedder
from sparring.gates import Gatekeeper
from sparring.gold import gold_calls
from sparring.program import ProgramError
from sparring.query_prompts import attack_text
from sparring.records import Example
from sparring.rewards import Attempt, rewards
from sparring.targets.local import LocalTarget


class AttackReward:
    """A reward function for the RL trainer: examples and completions in, terms by name out.

    Args:
        gatekeeper: The validity gates.
        target: The frozen target.
        params: The recipe.
        archive: Elite attacks of the rounds before.
        embedder: Sentence embeddings, for the cluster and archive terms.
    """

    def __init__(
        self, gatekeeper: Gatekeeper, target: LocalTarget, params: Params, archive: Archive, embedder: Embedder
    ) -> None:
        self.gatekeeper = gatekeeper
        self.target = target
        self.params = params
        self.archive = archive
        self.embedder = embedder
        self._seed_logprob: dict[str, float] = {}

    def __call__(self, examples: Sequence[Example], completions: Sequence[str]) -> list[dict[str, float]]:
        """Reward terms per completion; "total" is the reward."""
        queries = [self._query(*pair) for pair in zip(examples, completions, strict=True)]
        legal = [i for i, query in enumerate(queries) if query is not None]
        pairs = [(examples[i], str(queries[i])) for i in legal]
        reasons = self.gatekeeper.judge(pairs)
        valid = [pair for pair, reason in zip(pairs, reasons, strict=True) if reason is None]
        pass_rates, drops = self._play(valid)
        reason_of = dict(zip(legal, reasons, strict=True))
        attempts = [
            Attempt(
                example_id=example.id,
                query=query if query is not None else "",
                valid=i in reason_of and reason_of[i] is None,
                malformed=query is None,
                pass_rate=pass_rates.get((example.id, query or "")),
                gold_logprob_drop=drops.get((example.id, query or "")),
                verifier_recovers=None,
            )
            for i, (example, query) in enumerate(zip(examples, queries, strict=True))
        ]
        vectors = self.embedder.embed([attempt.query for attempt in attempts])
        return [terms.as_metrics() for terms in rewards(attempts, self.params.reward, self.archive, vectors)]

    def _query(self, example: Example, completion: str) -> str | None:
        """The attack's text; None where the completion is no legal action."""
        try:
            return attack_text(completion, example, self.params.query_model.action, self.params.seed)[0]
        except ProgramError:
            return None

    def _play(
        self, valid: Sequence[tuple[Example, str]]
    ) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], float]]:
        """Pass rate, and drop of the gold's log-likelihood against the untouched seed, by (seed, attack)."""
        distinct = list({(example.id, query): (example, query) for example, query in valid}.values())
        if not distinct:
            return {}, {}
        attacked = [example.with_query(query) for example, query in distinct]
        rollout = self.params.rollout
        answers = self.target.answer(attacked, rollout.samples, rollout.temperature, self.params.seed)
        rates = {}
        for (example, query), texts in zip(distinct, answers, strict=True):
            verdicts = check_batch([(example, text) for text in texts])
            scored = [verdict for verdict in verdicts if verdict.example_error is None]
            if scored:
                rates[example.id, query] = sum(verdict.correct for verdict in scored) / len(scored)
        self._remember([example for example, _ in distinct])
        likelihoods = self.target.gold_logprob(attacked, [self._gold(example) for example, _ in distinct])
        drops = {
            (example.id, query): self._seed_logprob[example.id] - likelihood
            for (example, query), likelihood in zip(distinct, likelihoods, strict=True)
        }
        return rates, drops

    def _remember(self, seeds: Sequence[Example]) -> None:
        """Likelihood of the gold given the untouched seed, computed once a seed."""
        new = list({seed.id: seed for seed in seeds if seed.id not in self._seed_logprob}.values())
        if new:
            likelihoods = self.target.gold_logprob(new, [self._gold(seed) for seed in new])
            self._seed_logprob |= {seed.id: value for seed, value in zip(new, likelihoods, strict=True)}

    def _gold(self, example: Example) -> str:
        return DIALECTS[self.params.target.dialect].render(gold_calls(example))
