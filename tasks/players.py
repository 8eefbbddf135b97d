"""The two players as the steps of a round need them: loaded from a round's adapters, asked, judged."""

from collections.abc import Sequence
from pathlib import Path

from sparring.attacker.archive import Archive
from sparring.attacker.program import ProgramError, Step, apply_program
from sparring.attacker.query_model import QueryModel
from sparring.attacker.query_prompts import attack_text, query_messages
from sparring.attacker.rollout import complete, judge
from sparring.config import WarmStartParams
from sparring.dialects import DIALECTS
from sparring.gold import gold_calls
from sparring.records import Attack, Example, SFTExample, Trial, by_id
from sparring.targets.local import LocalTarget
from sparring.training.sft import SFTHyper, SFTRow
from sparring.training.updates.base import shown
from tasks.game import Game
from tasks.workers import shared

UNTOUCHED = "untouched"
GREETED = "greeting"
MALFORMED = "malformed"


def target(game: Game, adapter: Path | None) -> LocalTarget:
    """The target with an adapter."""
    return LocalTarget(game.base, adapter, game.params)


def gold_text(game: Game, example: Example) -> str:
    """The gold calls in the target's dialect."""
    return DIALECTS[game.params.target.dialect].render(gold_calls(example))


def training_row(game: Game, row: SFTExample) -> SFTRow:
    """A row of the target's training set as the target will see it."""
    return shown(row, DIALECTS[game.params.target.dialect])


def warm_start_hyper(game: Game, wanted: WarmStartParams) -> SFTHyper:
    """A player's hyperparameters wherever it learns by SFT before it plays."""
    return SFTHyper(
        epochs=wanted.epochs,
        batch_size=wanted.batch_size,
        learning_rate=wanted.learning_rate,
        lora_rank=wanted.lora_rank,
        lora_layers=wanted.lora_layers,
        save_every=wanted.save_every,
        seed=game.params.seed,
        dtype=game.params.models.dtype,
    )


def answer_seeds(game: Game, answering: LocalTarget, seeds: Sequence[Example]) -> list[Trial]:
    """Trials of untouched seeds: what the target answers when nobody attacks."""
    attacks = untouched_attacks(game, seeds)
    return answer(game, answering, attacks, seeds, [None] * len(attacks))


def untouched_attacks(game: Game, seeds: Sequence[Example]) -> list[Attack]:
    """The seeds as they are, in the form of attacks."""
    return [
        Attack(
            id=f"{UNTOUCHED}:{seed.id}",
            example_id=seed.id,
            query=seed.query,
            strategy=UNTOUCHED,
            round=game.round,
            seed=0,
        )
        for seed in seeds
    ]


def answer_greeted(
    game: Game, answering: LocalTarget, seeds: Sequence[Example], untouched: Sequence[Trial]
) -> list[Trial]:
    """Trials of the seeds with a greeting before them: the most trivial of all attacks."""
    attacks = [
        Attack(
            id=f"{GREETED}:{seed.id}",
            example_id=seed.id,
            query=apply_program((Step(GREETED),), seed, game.params.seed),
            strategy=GREETED,
            round=game.round,
            seed=game.params.seed,
        )
        for seed in seeds
    ]
    return answer(game, answering, attacks, seeds, [None] * len(attacks), untouched)


def answer(
    game: Game,
    answering: LocalTarget,
    attacks: Sequence[Attack],
    seeds: Sequence[Example],
    rejections: Sequence[str | None],
    untouched: Sequence[Trial] = (),
) -> list[Trial]:
    """Rolls the target out on the attacks that no gate rejected, and judges the answers.

    `untouched` are the same target's trials of the seeds without attack, where they are known: better guesses of its
    answers than the right ones.
    """
    examples = by_id(seeds)
    drafts = {seed.id: gold_text(game, seed) for seed in seeds if seed.gold} | own_answers(untouched)
    completions = complete(
        attacks, examples, rejections, shared(answering), game.params.rollout, game.params.seed, drafts
    )
    return judge(attacks, completions, rejections, examples, DIALECTS[game.params.target.dialect])


def own_answers(untouched: Sequence[Trial]) -> dict[str, str]:
    """What the target answered to the untouched seeds, by seed."""
    return {trial.attack.example_id: trial.completions[0].text for trial in untouched if trial.completions}


def write_attacks(game: Game, adapter: Path | None, seeds: Sequence[Example], per_seed: int) -> list[Attack]:
    """The query model's attacks on the seeds, `per_seed` each, in the order of the seeds."""
    writer = QueryModel(game.base, adapter, game.params)
    archive = archive_before(game)
    prompts = [query_messages(seed, game.params.query_model.action, archive.strategies(seed)) for seed in seeds]
    written = writer.write(prompts, per_seed, game.params.sampling.temperature, game.params.seed)
    return [
        _attack(game, seed, sample, completion)
        for seed, completions in zip(seeds, written, strict=True)
        for sample, completion in enumerate(completions)
    ]


def _attack(game: Game, seed: Example, sample: int, completion: str) -> Attack:
    """An attack; a completion that is no legal action keeps its text and is named malformed."""
    number = game.params.seed + sample
    try:
        query, strategy = attack_text(completion, seed, game.params.query_model.action, number)
    except ProgramError:
        query, strategy = completion, MALFORMED
    attack_id = f"{game.round}:{seed.id}:{sample}"
    return Attack(id=attack_id, example_id=seed.id, query=query, strategy=strategy, round=game.round, seed=number)


def gate(game: Game, attacks: Sequence[Attack], seeds: Sequence[Example]) -> list[str | None]:
    """Per attack the reason of the first gate that rejects it, or None."""
    examples = by_id(seeds)
    legal = [attack for attack in attacks if attack.strategy != MALFORMED]
    reasons = game.gatekeeper.judge([(examples[attack.example_id], attack.query) for attack in legal])
    by_attack = {attack.id: reason for attack, reason in zip(legal, reasons, strict=True)}
    return [by_attack.get(attack.id, MALFORMED) for attack in attacks]


def archive_before(game: Game) -> Archive:
    """The elite archive as the round before left it; empty in the baseline and after it."""
    return Archive() if game.after is None else Archive.load(game.before.file("archive.jsonl"))
