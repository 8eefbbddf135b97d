"""The work of each step of a recipe, counted from its numbers and the data's own lengths."""

from dataclasses import dataclass

from sparring.attacker.schema_attacks import SCHEMA_OPERATORS
from sparring.config import Params, SFTParams, WarmStartParams
from sparring.engine.batching import BYTES_AT_ONCE, HELD
from sparring.engine.model_shape import ModelShape
from sparring.project.row_lengths import RowLengths
from sparring.project.work import BYTES, Player, Work
from sparring.studies.dials import FITTED_ROWS
from sparring.training.mix import SPARE

LIKELY_ACCURACY = 0.5
LIKELY_VALID = 0.9  # attacks that reach the target
LIKELY_PROGRAM = 1.5  # of a program that RL samples, in lengths of one that is taught; 10.3 to 7 in a played quickstart
LIKELY_LENGTH = 3.5  # of an attack, in lengths of its seed's query; 3.5 and 3.8 in a played quickstart
LIKELY_COMPARED = 0.5  # of a training set: rows with a lost answer, or rows that are held to the champion
DIFFERENT = 0.6  # answers that are not their draft, and are written
ROWS_AT_ONCE = 32  # that write, on the average over a batch's steps
BATCH_FIRST = 8  # rows that share the reading of their instructions
# memory of a process with all its libraries; in bfloat16 with what oneDNN keeps of every width that it met
PROCESS_GB = {"float32": 0.8, "bfloat16": 3.4}
BESIDE_GB = 1.0  # the campaign's own flow, Prefect's server, DVC
MODELS_HELD = 3  # bases at once: of both players, and of copies on the way
KEPT_WIDTHS, KEPT_INNERS = 14, 4  # layer outputs that a training pass keeps of a token
ANSWERED_COPIES = 3.0  # of the keys and values of rows that are answered at once
LONGEST = 2.4  # of the untouched rows of an evaluation, in mean prompts: to it a batch is padded


@dataclass(frozen=True)
class Study:
    """What a study does besides rounds: trainings by count, rows that are asked.

    Attributes:
        rl_updates: Trainings of a query model, each with its pool; a part of one where it has fewer steps.
        target_updates: Trainings of a target on a round's mix.
        untouched: Rows that are asked as they are.
        written: Attacks that a query model writes.
        attacked: Answers to attacks.
    """

    rl_updates: float = 0.0
    target_updates: int = 0
    untouched: int = 0
    written: int = 0
    attacked: int = 0


class Counting:
    """Counts the work of each step of a recipe."""

    def __init__(self, params: Params, lengths: RowLengths, shape: ModelShape) -> None:
        self.params = params
        self.lengths = lengths
        self.target = _player(shape, params.target.warm_start, params.models.dtype)
        self.query = _player(shape, params.query_model.warm_start, params.models.dtype)

    def baseline(self) -> dict[str, Work]:
        """Work by step of r00."""
        first, second = self.params.target.warm_start, self.params.query_model.warm_start
        return {
            "warm_start_target": self._warm_start(first.examples, first.epochs).times(first.members),
            "warm_start_query_model": self._learn_attacks(second.examples, second.epochs),
            "dials": self._dials(baseline=True),
            "evaluation": self._untouched() + self._heldout(targets=1) + self._schema(),
        }

    def round(self) -> dict[str, Work]:
        """Work by step of a later round."""
        rl, sampling, sft = self.params.rl, self.params.sampling, self.params.sft
        group = rl.prompts_per_step * rl.group_size
        steps = self._steps(rl.steps, rl.prompts_per_step, group)
        untouched = self._own(self.lengths.prompt, self.lengths.shared)
        pool = self._answers(sampling.pool, untouched, DIFFERENT)
        greeted = self._answers(sampling.pool * LIKELY_ACCURACY, untouched, DIFFERENT / 2)
        attacked = sampling.seeds * sampling.attacks_per_seed
        return {
            "rl_update": pool + greeted + self._mined() + steps,
            "query_sampling": self._written(sampling.seeds, sampling.attacks_per_seed),
            "target_rollout": self._attacked(attacked, sampling.attacks_per_seed),
            "sft_augmentation": self._further_attacks() + self._learnt(sft),
            "dials": self._dials(baseline=False),
            "evaluation": self._untouched() + self._heldout(targets=2) + self._schema(),
        }

    def _mined(self) -> Work:
        """Random programs against the target, of which the query model learns the best before RL."""
        mining, pool = self.params.rl.mining, self.params.sampling.pool
        if not mining.attacks_per_seed:
            return Work()
        learnt = self._learn_attacks(mining.examples, self.params.query_model.warm_start.epochs)
        return self._attacked(pool * LIKELY_ACCURACY * mining.attacks_per_seed, 1) + learnt

    def _further_attacks(self) -> Work:
        """Answers to what rules, changed tools and earlier query models write for the training set."""
        sft = self.params.sft
        each = SPARE * sft.examples * sft.attacked_share
        earlier = each * sft.attackers.earlier if len(self.params.rounds) > 1 else 0.0
        tokens = self._own(self.lengths.prompt, self.lengths.shared)
        changed = self._answers(each * sft.attackers.tools, tokens, DIFFERENT)
        written = self._written(earlier, 1) + self._attacked(earlier, 1)
        return self._attacked(each * sft.attackers.rules, 1) + changed + written

    def study(self, study: Study) -> Work:
        """Work of a study."""
        round_steps, untouched = self.round(), self._own(self.lengths.prompt, self.lengths.shared)
        return (
            round_steps["rl_update"].times(study.rl_updates)
            + round_steps["sft_augmentation"].times(study.target_updates)
            + self._answers(study.untouched, untouched, DIFFERENT)
            + self._written(study.written, 1)
            + self._attacked(study.attacked, 1)
        )

    def gigabytes(self) -> float:
        """Peak memory of all processes: bases, and what a training pass or a batch of answers keeps."""
        shape, bytes_each = self.target.shape, BYTES[self.params.models.dtype]
        models = MODELS_HELD * (shape.in_layers + shape.output) * bytes_each / 1e9
        layers = self.target.layers or shape.layers
        trained = BYTES_AT_ONCE * layers * (KEPT_WIDTHS * shape.hidden + KEPT_INNERS * shape.inner) / 1e9
        answered = ANSWERED_COPIES * self._answered_at_once() * shape.layers * shape.kept * bytes_each / 1e9
        each = PROCESS_GB[self.params.models.dtype] + models + max(trained, answered)
        return BESIDE_GB + self._processes() * each

    def _processes(self) -> int:
        """Those that hold models at once, where trainings or rollouts are shared."""
        workers = self.params.workers
        return max(self.params.training.processes, workers.count if workers.engine == "process" else 1)

    def _answered_at_once(self) -> float:
        """Tokens of the largest batch of answers, its padding counted."""
        params, lengths = self.params, self.lengths
        untouched = params.evaluation.clean_examples + params.evaluation.no_call_examples
        group = params.rl.prompts_per_step * params.rl.group_size
        attacks = max(group, params.sampling.seeds * params.sampling.attacks_per_seed)
        attacked = lengths.prompt + (LIKELY_LENGTH - 1) * lengths.query
        wanted = max(untouched * LONGEST * lengths.prompt, attacks * attacked)
        return min(wanted, HELD * params.rollout.batch_tokens)

    def _warm_start(self, examples: int, epochs: int) -> Work:
        """Of the rows that are asked for, those that there are."""
        lengths, share = self.lengths, self.params.target.no_call_share
        rows = min(examples * share, lengths.no_calls) + min(examples * (1 - share), lengths.calls)
        further = min(examples - rows, lengths.practice)
        tokens = self._own(lengths.practice_prompt, lengths.shared, lengths.practice_answer)
        practised = self.target.train(further * tokens, further * lengths.practice_answer, epochs)
        return self._learn_calls(rows, epochs) + (practised if further else Work())

    def _learnt(self, sft: SFTParams) -> Work:
        """The target's update on a round's mix."""
        lengths, learnt = self.lengths, self._learn_calls(sft.examples, sft.epochs)
        if sft.update in ("rft", "grpo"):  # it samples its own answers as well
            learnt += self._answers(sft.examples * sft.own.samples, lengths.prompt / sft.own.samples, DIFFERENT)
        if sft.update == "dpo" or sft.kl:  # the champion reads, and what it is compared with is computed once more
            rows = LIKELY_COMPARED * sft.examples
            read = self._own(lengths.prompt, lengths.shared, lengths.answer)
            learnt += self.target.read(rows * read, rows * lengths.answer)
            beside = lengths.answer if sft.update == "dpo" else 0.0  # tokens of the lost answer behind the same prompt
            learnt += self.target.train(rows * beside, rows * lengths.answer, sft.epochs)
        return learnt

    def _learn_calls(self, rows: float, epochs: int) -> Work:
        tokens = self._own(self.lengths.prompt, self.lengths.shared, self.lengths.answer)
        return self.target.train(rows * tokens, rows * self.lengths.answer, epochs)

    def _learn_attacks(self, rows: int, epochs: int) -> Work:
        """Programs that the query model is taught."""
        own = self._own(self.lengths.query_prompt, self.lengths.query_shared, self.lengths.action)
        return self.query.train(rows * own, rows * self.lengths.action, epochs)

    def _steps(self, steps: int, prompts: int, group: int) -> Work:
        """RL steps: sampling, the target's answers inside the reward, and the update over packed completions."""
        action = LIKELY_PROGRAM * self.lengths.action
        own = self.lengths.query_prompt + group / prompts * (1 + action)
        updated = self.query.train(prompts * own, group * action, 1)
        played = self._written(prompts, group // prompts) + self._attacked(group, group // prompts)
        return (updated + played).times(steps)

    def _written(self, prompts: float, each: int) -> Work:
        """Attacks that the query model writes."""
        reading = self.query.read(prompts * self._own(self.lengths.query_prompt, self.lengths.query_shared))
        return reading + self.query.write(prompts * each * self.lengths.action, ROWS_AT_ONCE)

    def _attacked(self, attacks: float, each: int) -> Work:
        """Answers to attacks, of which `each` share the tools of a seed."""
        before = self.lengths.prompt - self.lengths.query
        return self._answers(LIKELY_VALID * attacks, before / each + LIKELY_LENGTH * self.lengths.query, DIFFERENT / 2)

    def _answers(self, rows: float, tokens: float, different: float) -> Work:
        """Greedy answers behind drafts: all are read, some are written from where they differ.

        Without a target's own answer as a draft one or another goes on to the limit.
        """
        reading = self.target.read(rows * (tokens + self.lengths.answer), rows * self.lengths.answer)
        longest = self.params.target.max_new_tokens if rows and different >= DIFFERENT else 0.0
        return reading + self.target.write(rows * different * self.lengths.answer, ROWS_AT_ONCE, longest)

    def _untouched(self) -> Work:
        evaluation = self.params.evaluation
        rows = evaluation.clean_examples + evaluation.no_call_examples
        return self._answers(rows, self._own(self.lengths.prompt, self.lengths.shared), DIFFERENT)

    def _heldout(self, targets: int) -> Work:
        evaluation = self.params.evaluation
        seeds = min(evaluation.attack_seeds, LIKELY_ACCURACY * evaluation.clean_examples)
        seeds += min(evaluation.no_call_attack_seeds, LIKELY_ACCURACY * evaluation.no_call_examples)
        asked = self._attacked(seeds * evaluation.attacks_per_seed, evaluation.attacks_per_seed)
        return self._written(seeds, evaluation.attacks_per_seed) + asked.times(targets)

    def _dials(self, baseline: bool) -> Work:
        """Rows that are read once a scale and once with an offset held; the rows that it is fitted to."""
        wanted, rows = self.params.dials, 2 * self.params.dials.examples
        if not wanted.tried(baseline):
            return Work()
        untouched = self._own(self.lengths.prompt, self.lengths.shared)
        held = 1 if wanted.offsets else 0
        asked, again = (self._answers(rows, untouched, different) for different in (DIFFERENT, DIFFERENT / 4))
        if not baseline:
            asked += self._written(rows, 1) + self._attacked(rows, 1)
            again += self._attacked(rows, 1)
        fitted = self.target.read(held * FITTED_ROWS * (self.lengths.prompt + self.lengths.answer))
        return asked + again.times(len(wanted.scales) + held) + fitted

    def _schema(self) -> Work:
        seeds = self.params.evaluation.schema_seeds  # of either kind
        rows = sum(seeds * len(operator.kinds) for operator in SCHEMA_OPERATORS.values())
        return self._answers(rows, self._own(self.lengths.prompt * 1.5, self.lengths.shared), DIFFERENT)

    def _own(self, whole: float, shared: float, more: float = 0.0) -> float:
        """Tokens of a row where the instructions are read once for several."""
        return whole - shared + shared / BATCH_FIRST + more


def _player(shape: ModelShape, learnt: WarmStartParams, dtype: str) -> Player:
    return Player(shape, learnt.lora_rank, learnt.lora_layers, dtype)
