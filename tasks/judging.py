"""The judge in a round: it reads the lost trials where the recipe names one, and feeds the queue of aliases."""

from collections.abc import Sequence

from sparring.project.aliases import enqueue, proposals, queue_path
from sparring.records import Example, Trial, by_id
from sparring.seals import is_sealed
from sparring.targets.judge import Judge, judged, opinions
from sparring.terminal import say
from tasks.rounds import Round


def must_judge(played: Round) -> None:
    """Asks the judge whether it is there, before anything is trained for it to judge.

    Raises:
        UnreachableError: It does not answer.
        InputError: It refuses every request, or its key is not set.
    """
    if not is_sealed(played.bench.seals, played.bench.file("heldout")) and (judge := _judge(played)) is not None:
        judge.must_answer()


def judge_lost(played: Round, trials: Sequence[Trial], seeds: Sequence[Example]) -> list[Trial]:
    """The trials as they stand after judgement; as they are where the recipe names no judge.

    Raises:
        UnreachableError: The judge answered nothing at all.
    """
    if (judge := _judge(played)) is None:
        return list(trials)
    examples = by_id(seeds)
    found = judge.judge(trials, examples)
    num_new = enqueue(played.project.root, proposals(trials, found, examples, judge.dialect.parse))
    counted = ", ".join(f"{name} {count}" for name, count in sorted(opinions(found).items()))
    why = next((f"; first unjudged: {each.unanswered}" for each in found if each.unanswered is not None), "")
    say(f"{played.name}: judge on {len(found)} lost trials: {counted or 'none'}{why}")
    if num_new:
        say(f"{played.name}: {num_new} new entries in {queue_path(played.project.root).name}; see `sparring aliases`")
    return judged(trials, found)


def _judge(played: Round) -> Judge | None:
    if played.project.params.judge is None:
        return None
    return Judge(
        played.project.params.judge, played.project.params.target.dialect, played.project.root / ".work" / "judge.jsonl"
    )
