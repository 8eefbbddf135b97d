"""The judge in a round: it reads the lost trials where the recipe names one, and feeds the queue of aliases."""

from collections.abc import Sequence

from sparring.project.aliases import enqueue, proposals, queue_path
from sparring.records import Example, Trial, by_id
from sparring.seals import is_sealed
from sparring.targets.judge import Judge, judged, opinions
from sparring.terminal import say
from tasks.game import Game


def must_judge(game: Game) -> None:
    """Asks the judge whether it is there, before anything is trained for it to judge.

    Raises:
        UnreachableError: It does not answer.
        InputError: It refuses every request, or its key is not set.
    """
    if not is_sealed(game.seals, game.file("heldout")) and (judge := _judge(game)) is not None:
        judge.must_answer()


def judge_lost(game: Game, trials: Sequence[Trial], seeds: Sequence[Example]) -> list[Trial]:
    """The trials as they stand after judgement; as they are where the recipe names no judge.

    Raises:
        UnreachableError: The judge answered nothing at all.
    """
    if (judge := _judge(game)) is None:
        return list(trials)
    examples = by_id(seeds)
    found = judge.judge(trials, examples)
    num_new = enqueue(game.root, proposals(trials, found, examples, judge.dialect.parse))
    counted = ", ".join(f"{name} {count}" for name, count in sorted(opinions(found).items()))
    why = next((f"; first unjudged: {each.unanswered}" for each in found if each.unanswered is not None), "")
    say(f"{game.round}: judge on {len(found)} lost trials: {counted or 'none'}{why}")
    if num_new:
        say(f"{game.round}: {num_new} new entries in {queue_path(game.root).name}; see `sparring aliases`")
    return judged(trials, found)


def _judge(game: Game) -> Judge | None:
    if game.params.judge is None:
        return None
    return Judge(game.params.judge, game.params.target.dialect, game.root / ".work" / "judge.jsonl")
