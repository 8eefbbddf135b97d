"""The target's update on a training set: SFT on the right calls, on its own right answers, or RL by the verdicts."""

import math
import random
from collections.abc import Sequence
from pathlib import Path

from sparring.dialects import DIALECTS
from sparring.grpo import train_target
from sparring.models import load_tokenizer
from sparring.own_answers import with_own_answers
from sparring.records import Attack, Example, SFTExample
from sparring.sft import SFTHyper, prompt_text, train_sft
from sparring.sft_mix import clean_rows
from sparring.splits import LEARNT
from sparring.target_reward import CallReward
from tasks.game import Game
from tasks.players import gold_text, target, training_row
from tasks.tracking import LogMetrics
from tasks.training import train


def completed(game: Game, rows: Sequence[SFTExample], attacks: Sequence[Attack]) -> list[SFTExample]:
    """The rows of a round's mix as the recipe's update learns them: its own answers, and the warm start's rows."""
    made = list(rows)
    params = game.params.sft
    if params.update == "rft":
        answering = target(game, game.champion.target_adapter)
        asked = _asked(game, made, attacks)
        answers = answering.answer(asked, params.own.samples, params.own.temperature, game.params.seed)
        made = with_own_answers(made, asked, answers, DIALECTS[game.params.target.dialect].parse)
    if params.start == "base":
        made += [row for row in warm_rows(game) if row.id not in {known.id for known in made}]
    return made


def warm_rows(game: Game) -> list[SFTExample]:
    """The clean rows that the base learns before round r00; those for practice where train has too few."""
    wanted, share = game.params.target.warm_start.examples, game.params.target.no_call_share
    train = game.examples("train")
    rows = clean_rows(train, wanted, share, lambda row: gold_text(game, row), game.params.seed)
    missing = wanted - len(rows)
    if missing and (practice := game.examples("practice")):
        rows += clean_rows(practice, missing, 0.0, lambda row: gold_text(game, row), game.params.seed)
        random.Random(game.params.seed).shuffle(rows)
    return rows


def _learnt(game: Game) -> list[Example]:
    return [example for split in LEARNT for example in game.examples(split)]


def update_target(
    game: Game,
    rows: Sequence[SFTExample],
    attacks: Sequence[Attack],
    out: Path,
    work: Path,
    label: str,
    on_log: LogMetrics,
) -> None:
    """Trains the target as the recipe says, and writes its adapter to `out`.

    Args:
        game: The round.
        rows: The training set, completed.
        attacks: Those that its rows ask, among others.
        out: Folder of the finished adapter.
        work: Folder of checkpoints.
        label: What the progress line says.
        on_log: Called with (step, metrics).
    """
    params = game.params.sft
    start = game.champion.target_adapter if params.start == "last" else None
    first = game.params.target.warm_start
    prepared = [training_row(game, row) for row in rows]
    if params.update != "grpo":
        hyper = SFTHyper(
            epochs=params.epochs,
            batch_size=params.batch_size,
            learning_rate=params.learning_rate,
            lora_rank=first.lora_rank,
            lora_layers=first.lora_layers,
            save_every=params.save_every,
            seed=game.params.seed,
            dtype=game.params.models.dtype,
        )
        train(
            game,
            train_sft,
            work,
            on_log,
            rows=prepared,
            base=game.base,
            start=start,
            out=out,
            hyper=hyper,
            label=label,
        )
        return
    tokenizer = load_tokenizer(game.base)
    changes = {
        "steps": math.ceil(len(rows) * params.epochs / params.batch_size),
        "prompts_per_step": params.batch_size,
        "group_size": params.own.samples,
        "temperature": params.own.temperature,
        "learning_rate": params.learning_rate,
        "save_every": params.save_every,
        "entropy_floor": 0.0,
        "entropy_coef": 0.0,
    }
    train(
        game,
        train_target,
        examples=_asked(game, rows, attacks),
        prompts=[prompt_text(tokenizer, row) for row in prepared],
        reward=CallReward(DIALECTS[game.params.target.dialect].parse),
        base=game.base,
        start=start,
        out=out,
        work=work,
        params=game.params.rl.model_copy(update=changes),
        max_new_tokens=game.params.target.max_new_tokens,
        lora_rank=first.lora_rank,
        lora_layers=first.lora_layers,
        dtype=game.params.models.dtype,
        seed=game.params.seed,
        label=label,
        on_log=on_log,
    )


def _asked(game: Game, rows: Sequence[SFTExample], attacks: Sequence[Attack]) -> list[Example]:
    """Per row the training seed with its gold, asking what the row asks."""
    seeds = {example.id: example for example in _learnt(game)}
    asked = {attack.id: seeds[attack.example_id].with_query(attack.query) for attack in attacks}
    return [(seeds | asked)[row.id.split(":", 1)[1]] for row in rows]
