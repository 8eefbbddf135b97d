"""What a round's training rows are drawn from: trials as candidates with what they teach, and the untouched seeds.

A candidate that knows a held-out row is left out: a renamed tool may happen to be called as one that is held out is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sparring.attacker.schema_attacks import PREFIX, attack_schema
from sparring.dialects import DIALECTS, Dialect
from sparring.dialects.gold_text import gold_text
from sparring.engine.models import load_tokenizer
from sparring.project.decontamination import Leak, find_leaks
from sparring.project.splits import HELD_OUT
from sparring.records import Example, SFTExample, Tool, Trial, by_id
from sparring.targets.local import LocalTarget, is_cut
from sparring.training.answers import own_right_answers, renamed_answer
from sparring.training.drawing import Candidate
from sparring.training.mix import attack_row
from sparring.training.seed_rows import Untouched
from tasks.players import target
from tasks.rl_update import passing_seeds
from tasks.rounds import Round


@dataclass(frozen=True)
class Teaching:
    """What a round's training set is made of.

    Attributes:
        played: The round; its pool has been answered.
    """

    played: Round

    @cached_property
    def seeds(self) -> dict[str, Example]:
        """Training seeds whose right answer is known, by id."""
        return by_id(seed for seed in self.played.project.examples("train") if seed.can_be_attacked)

    @cached_property
    def tools(self) -> list[Tool]:
        """Tools of all training seeds, from which distractors are taken."""
        return [tool for seed in self.seeds.values() for tool in seed.tools]

    @cached_property
    def opponent(self) -> LocalTarget:
        """The target before the update, loaded once for all that it is asked."""
        return target(self.played.project, self.played.target_adapter)

    @cached_property
    def passing(self) -> list[Example]:
        """Seeds that the target answers rightly, greeted or not: an attack on another proves nothing."""
        return passing_seeds(self.played)

    @property
    def dialect(self) -> Dialect:
        """The target's."""
        return DIALECTS[self.played.project.params.target.dialect]

    @cached_property
    def own(self) -> dict[str, str]:
        """The target's own answers that are worth learning, by seed."""
        params = self.played.project.params
        if params.sft.answers == "gold":
            return {}
        tokenizer = load_tokenizer(self.played.project.base)
        return own_right_answers(
            self._pool, self.seeds, self.dialect, lambda text: is_cut(tokenizer, text, params.target.max_new_tokens)
        )

    @cached_property
    def untouched(self) -> list[Untouched]:
        """Every training seed with what it teaches."""
        wrong = {trial.attack.example_id: _rejected(trial) for trial in self._pool}
        return [Untouched(seed, self.answer(seed), wrong.get(seed.id)) for seed in self.seeds.values()]

    def answer(self, seed: Example) -> str:
        """What a seed teaches, and every attack on its query."""
        return self.own.get(seed.id) or gold_text(self.dialect, seed)

    def candidates(
        self, trials: Sequence[Trial], source: str, weights: Mapping[str, int] | None = None
    ) -> list[Candidate]:
        """Valid, scored trials as candidates that know no held-out row.

        Args:
            trials: Of attacks on training seeds.
            source: Who is asked for them, a name in AttackerShares.
            weights: By attack how often it was lost; those of the mistake book were proven then.
        """
        made = [self._candidate(trial, source, weights) for trial in trials if trial.valid and trial.scored]
        rows = [attack_row(each) for each in made]
        known = {leak.row_id for leak in self.leaks(rows)}
        return [each for each, row in zip(made, rows, strict=True) if row.id not in known]

    def leaks(self, rows: Sequence[SFTExample]) -> list[Leak]:
        """Rows that know a held-out one."""
        return find_leaks(rows, self._heldout, self.dialect.parse, self.played.project.params.data.split)

    def asked(self, trial: Trial) -> tuple[Example, str]:
        """The seed as a trial asks it, with the gold that is right then, and what that teaches."""
        attack, seed = trial.attack, self.seeds[trial.attack.example_id]
        if not attack.strategy.startswith(PREFIX):
            return seed.with_query(attack.query, attack.turns), self.answer(seed)
        operator = attack.strategy.removeprefix(PREFIX)
        asked = seed.with_query(attack.query, attack.turns)
        changed, renaming = attack_schema(asked, [operator], attack.seed, self.tools)
        return changed, renamed_answer(self.answer(seed), renaming, changed, self.dialect)

    def _candidate(self, trial: Trial, source: str, weights: Mapping[str, int] | None) -> Candidate:
        asked, answer = self.asked(trial)
        proven = weights is not None or asked.id in self._passing_ids
        wrong = _rejected(trial)
        weight = 1 if weights is None else weights[trial.attack.id]
        return Candidate(trial.attack, asked, answer, source, proven and wrong is not None, wrong, weight)

    @cached_property
    def _passing_ids(self) -> set[str]:
        return {seed.id for seed in self.passing}

    @cached_property
    def _pool(self) -> list[Trial]:
        return self.played.bench.rows("pool", Trial)

    @cached_property
    def _heldout(self) -> list[Example]:
        return [example for split in HELD_OUT for example in self.played.project.examples(split)]


def _rejected(trial: Trial) -> str | None:
    """The target's first scored answer where it is wrong."""
    if trial.first_right is not False:
        return None
    pairs = zip(trial.completions, trial.verdicts, strict=True)
    return next(answer.text for answer, verdict in pairs if verdict.example_error is None)
