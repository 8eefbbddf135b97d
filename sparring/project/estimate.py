"""What a recipe will cost on this machine, said before it starts, and the smallest difference that it can show.

Work is counted from the recipe's numbers and the data's own lengths, step by step; this machine's measured rates make
seconds of it. For an accelerator nothing was fitted, and nothing is said.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from sparring.attacker.schema_attacks import SCHEMA_OPERATORS
from sparring.config import BASELINE, Params, SFTParams, WarmStartParams
from sparring.engine.batching import BYTES_AT_ONCE
from sparring.engine.model_shape import ModelShape, shape_of
from sparring.engine.number_format import rates_for, settled
from sparring.paired import margin_shown, rows_alone, rows_for_margin
from sparring.project.row_lengths import RowLengths, row_lengths
from sparring.project.work import BYTES, Player, Work
from sparring.records import Example, MachineRates
from sparring.statistics import minimum_detectable_effect
from sparring.storage import read_jsonl
from sparring.studies.dials import FITTED_ROWS
from sparring.studies.promotion import MIN_TOOLS
from sparring.training.mix import SPARE
from sparring.words import duration

ACCURACIES = {"clean_examples": "clean", "no_call_examples": "no-call"}
# how alike two targets differ on rows of one tool: the correlation in the campaign of docs/experiment.md, part E
SAME_TOOL = {"clean_examples": 0.03, "no_call_examples": 0.25}
# BFCL's live rows in `proof`: how many there are, and how many are of a row's tool, on the average over the rows
LIVE = {"clean_examples": (300, 7.0), "no_call_examples": (183, 9.5)}
ROUNDED = 0.003  # a margin is a round number: rows that show so little more show it
LIKELY_SUCCESS, LIKELY_ACCURACY = 0.2, 0.5
LIKELY_ALIKE = 0.4  # correlation of the outcomes of attacks on one seed; .31 and .35 in two played quickstarts
LIKELY_VALID = 0.9  # attacks that reach the target
LIKELY_PROGRAM = 1.5  # of a program that RL samples, in lengths of one that is taught; 10.3 to 7 in a played quickstart
LIKELY_LENGTH = 3.5  # of an attack, in lengths of its seed's query; 3.5 and 3.8 in a played quickstart
LIKELY_COMPARED = 0.5  # of a training set: rows with a lost answer, or rows that are held to the champion
DIFFERENT = 0.6  # answers that are not their draft, and are written
ROWS_AT_ONCE = 32  # that write, on the average over a batch's steps
BATCH_FIRST = 8  # rows that share the reading of their instructions
# Imports, Prefect, MLflow, DVC, the report, downloads not counted; and what each step begins with.
STAGE, PREPARE, CAMPAIGN, BEGINNING = (Work(python_s=seconds) for seconds in (18.0, 25.0, 12.0, 3.0))
PROCESS_GB = 2.9  # memory of a process with all its libraries, and what it does not give back between steps
MODELS_HELD = 5  # bases at once: of both players, of copies on the way, and of gates
KEPT_WIDTHS, KEPT_INNERS = 14, 4  # layer outputs that a training pass keeps of a token


@dataclass(frozen=True)
class Estimate:
    """Cost and power of a recipe.

    Attributes:
        seconds: Wall seconds by stage, and within it by step; empty where they cannot be told.
        gigabytes: Peak memory; None where it cannot be told.
        rates: What this machine computes.
        dtype: The number format that is counted with.
        attack_effect: Smallest difference of attack success that the held-out attacks show with power .8, those on one
            seed being alike.
        shown: By the rows' key in `evaluation`, the smallest loss of accuracy that they exclude with power .8.
        needed: By the same key, how many such rows would exclude a loss beyond the margin.
        margin: The loss that is to be excluded.
    """

    seconds: Mapping[str, Mapping[str, float]]
    gigabytes: float | None
    rates: MachineRates
    dtype: str
    attack_effect: float
    shown: Mapping[str, float]
    needed: Mapping[str, int]
    margin: float

    @property
    def total(self) -> float | None:
        """Seconds of the whole campaign; None where they cannot be told."""
        return sum(sum(steps.values()) for steps in self.seconds.values()) if self.seconds else None

    def sentence(self) -> str:
        """All of it in one line."""
        if self.total is None or self.gigabytes is None:
            cost = "of unknown cost on this machine"
        else:
            cost = f"about {duration(self.total)} and {self.gigabytes:.1f} GB on this machine"
        clean, no_call = (self.shown[name] for name in ACCURACIES)
        return (
            f"this recipe is {cost} ({self.dtype}, {self.rates.gflops[self.dtype]:.0f} GFLOP/s with "
            f"{self.rates.threads} threads); it can show a difference of {self.attack_effect:.2f} in attack success, "
            f"and that no more than {clean:.3f} of clean and {no_call:.3f} of no-call accuracy is lost "
            f"(margin {self.margin:.3f})"
        )

    def too_few(self) -> Iterator[str]:
        """What the rows hardly ever show, though a promotion asks for it, each with the rows that would."""
        for key, label in ACCURACIES.items():
            if self.shown[key] > self.margin + ROUNDED:
                yield (
                    f"evaluation.{key}: so many rows show that no more than {self.shown[key]:.3f} of {label} accuracy "
                    f"is lost; the margin is {self.margin:.3f}, which takes about {self.needed[key]} rows with as many "
                    "a tool"
                )


def estimate(params: Params, root: Path) -> Estimate:
    """Cost and power of a recipe on this machine."""
    params = settled(params, root)
    rates, counting, asked = rates_for(params, root), _counting(params, root), _asked(params, root)
    each = params.evaluation.attacks_per_seed
    heldout = params.evaluation.attack_seeds * each
    counted: dict[str, dict[str, float]] = {}
    gigabytes = None
    if counting is not None:
        dtype = params.models.dtype
        stages = {BASELINE: counting.baseline(), **{name: counting.round() for name in params.rounds}}
        works = {"prepare": {"prepare": PREPARE}} | {
            stage: {step: work + BEGINNING if work != Work() else work for step, work in steps.items()}
            | {"beside": STAGE}
            for stage, steps in stages.items()
        }
        works["campaign"] = {"beside": CAMPAIGN}
        counted = {
            stage: {step: work.seconds(rates, dtype) for step, work in steps.items()} for stage, steps in works.items()
        }
        gigabytes = counting.gigabytes()
    return Estimate(
        seconds=counted,
        gigabytes=gigabytes,
        rates=rates,
        dtype=params.models.dtype,
        attack_effect=minimum_detectable_effect(LIKELY_SUCCESS, heldout / (1 + (each - 1) * LIKELY_ALIKE)),
        shown={key: margin_shown(one.alone) if one.rows else 1.0 for key, one in asked.items()},
        needed={key: one.needed(params.evaluation.margin) for key, one in asked.items()},
        margin=params.evaluation.margin,
    )


@dataclass(frozen=True)
class _Asked:
    """Untouched rows of one kind; those of one tool stand and fall together.

    Attributes:
        rows: How many are asked.
        together: Rows of a row's tool among them, itself included, on the average.
        alike: Correlation of how two targets differ on rows of one tool.
    """

    rows: int
    together: float
    alike: float

    @property
    def alone(self) -> float:
        """As how many rows that stand alone they tell."""
        return rows_alone(self.rows, self.together, self.alike)

    def needed(self, margin: float) -> int:
        """Rows that show no loss beyond the margin, were there as many of a tool."""
        return ceil(rows_for_margin(margin) * (self.rows / self.alone if self.rows else 1.0))


def _asked(params: Params, root: Path) -> dict[str, _Asked]:
    """By the rows' key, what is asked: of what the recipe wants, the rows that there are."""
    found, proof = {}, _proof_tools(root)
    for key in ACCURACIES:
        there, together = LIVE[key]
        wanted = int(getattr(params.evaluation, key))
        if proof is not None:
            counts = list(proof[key].values())
            there = sum(counts)
            together = sum(count**2 for count in counts) / there if len(counts) >= MIN_TOOLS else 1.0
            wanted = min(wanted, there)
        drawn = min(1.0, max(wanted - 1, 0) / max(there - 1, 1))  # of the other rows of its tool
        found[key] = _Asked(wanted, 1 + (together - 1) * drawn, SAME_TOOL[key])
    return found


def _proof_tools(root: Path) -> dict[str, Counter[str]] | None:
    """By the rows' key, the rows of each tool; None before a project is prepared."""
    if not (proof := root / "data" / "splits" / "proof.jsonl").exists():
        return None
    rows = read_jsonl(proof, Example)
    return {
        "clean_examples": Counter(row.tool_cluster for row in rows if row.gold),
        "no_call_examples": Counter(row.tool_cluster for row in rows if row.wants_no_call),
    }


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


def study_seconds(params: Params, root: Path, study: Study, base: Path | None = None) -> float | None:
    """Wall seconds of a study on this machine, all of it anew; None where they cannot be told.

    Args:
        params: The recipe.
        root: The project.
        study: What is done.
        base: Folder of the model; None for the project's own.
    """
    counting = _counting(params, root, base)
    if counting is None:
        return None
    params = settled(params, root)
    return (counting.study(study) + STAGE).seconds(rates_for(params, root), params.models.dtype)


def _counting(params: Params, root: Path, base: Path | None = None) -> "_Counting | None":
    """None where the model's shape is unknown, or an accelerator computes."""
    shape = shape_of(base or root / "models" / "base", params.models.base)
    import torch  # who asks an endpoint does without

    if shape is None or torch.cuda.is_available():
        return None
    return _Counting(settled(params, root), row_lengths(root, params.target.dialect), shape)


class _Counting:
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
        each = SPARE * sft.examples / 2
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
        """Peak memory: the base several times over, and what a training step keeps of its tokens."""
        shape, bytes_each = self.target.shape, BYTES[self.params.models.dtype]
        models = MODELS_HELD * (shape.in_layers + shape.output) * bytes_each / 1e9
        layers = self.target.layers or shape.layers
        kept = BYTES_AT_ONCE * layers * (KEPT_WIDTHS * shape.hidden + KEPT_INNERS * shape.inner) / 1e9
        return PROCESS_GB + models + kept

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
