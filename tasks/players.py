"""The two players as the steps of a round need them: loaded from a round's adapters, asked, judged."""

from collections.abc import Sequence
from pathlib import Path

from sparring.attacker.archive import Archive
from sparring.attacker.attacks import ungated, untouched_attacks
from sparring.attacker.program import Step, apply_program
from sparring.attacker.rollout import complete, trials_of
from sparring.config import WarmStartParams
from sparring.dialects import DIALECTS
from sparring.dialects.gold_text import gold_text as gold_text_of
from sparring.project.query_attacks import Attacker
from sparring.project.workspace import Project
from sparring.records import Attack, Example, GatedAttack, SFTExample, Trial, by_id
from sparring.targets.local import LocalTarget
from sparring.training.sft import SFTHyper, SFTRow, sft_hyper
from sparring.training.updates.base import shown
from tasks.rounds import Round
from tasks.workers import shared

GREETED = "greeting"


def target(project: Project, adapter: Path | None) -> LocalTarget:
    """The target with an adapter."""
    return LocalTarget(project.base, adapter, project.params)


def gold_text(project: Project, example: Example) -> str:
    """The gold calls in the target's dialect."""
    return gold_text_of(DIALECTS[project.params.target.dialect], example)


def training_row(project: Project, row: SFTExample) -> SFTRow:
    """A row of the target's training set as the target will see it."""
    return shown(row, DIALECTS[project.params.target.dialect])


def warm_start_hyper(project: Project, wanted: WarmStartParams) -> SFTHyper:
    """A player's hyperparameters wherever it learns by SFT before it plays."""
    return sft_hyper(project.params, wanted, wanted)


def answer_seeds(project: Project, answering: LocalTarget, seeds: Sequence[Example], round: str) -> list[Trial]:
    """Trials of untouched seeds: what the target answers when nobody attacks."""
    return answer(project, answering, ungated(untouched_attacks(seeds, round)), seeds)


def answer_greeted(
    project: Project, answering: LocalTarget, seeds: Sequence[Example], untouched: Sequence[Trial], round: str
) -> list[Trial]:
    """Trials of the seeds with a greeting before them: the most trivial of all attacks."""
    number = project.params.seed
    attacks = [
        Attack(
            id=f"{GREETED}:{seed.id}",
            example_id=seed.id,
            query=apply_program((Step(GREETED),), seed, number),
            strategy=GREETED,
            round=round,
            seed=number,
        )
        for seed in seeds
    ]
    return answer(project, answering, ungated(attacks), seeds, untouched)


def answer(
    project: Project,
    answering: LocalTarget,
    attacks: Sequence[GatedAttack],
    seeds: Sequence[Example],
    untouched: Sequence[Trial] = (),
) -> list[Trial]:
    """Rolls the target out on the attacks that no gate rejected, and judges the answers.

    `untouched` are the same target's trials of the seeds without attack, where they are known: better guesses of its
    answers than the right ones.
    """
    examples, params = by_id(seeds), project.params
    drafts = {seed.id: gold_text(project, seed) for seed in seeds if seed.can_be_attacked} | own_answers(untouched)
    completions = complete(attacks, examples, shared(answering), params.rollout, params.seed, drafts).completions
    return trials_of(attacks, completions, examples, DIALECTS[params.target.dialect])


def own_answers(untouched: Sequence[Trial]) -> dict[str, str]:
    """What the target answered to the untouched seeds, by seed."""
    return {trial.attack.example_id: trial.completions[0].text for trial in untouched if trial.completions}


def attacker(played: Round, adapter: Path | None) -> Attacker:
    """A query model in a round: it is shown what won in the rounds before."""
    return Attacker(played.project, adapter, played.name, archive_before(played))


def archive_before(played: Round) -> Archive:
    """The elite archive as the round before left it; empty in the baseline and after it."""
    return Archive() if played.after is None else Archive.load(played.before.file("archive.jsonl"))
