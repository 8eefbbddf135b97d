"""The judge in a round: it reads the lost trials where the recipe names one, and feeds the queue of aliases."""

from collections.abc import Sequence

from sparring.dialects import DIALECTS
from sparring.project.aliases import enqueue, proposals, queue_path
from sparring.records import Example, Trial, by_id
from sparring.targets.judge import Judge, judged, opinions
from sparring.terminal import say
from tasks.rounds import Round


def judge_lost(played: Round, trials: Sequence[Trial], seeds: Sequence[Example]) -> list[Trial]:
    """The trials as they stand after judgement; as they are where the recipe names no judge."""
    if played.project.params.judge is None:
        return list(trials)
    dialect = played.project.params.target.dialect
    judge = Judge(played.project.params.judge, dialect, played.project.root / ".work" / "judge.jsonl")
    examples = by_id(seeds)
    found = judge.judge(trials, examples)
    num_new = enqueue(played.project.root, proposals(trials, found, examples, DIALECTS[dialect].parse))
    counted = ", ".join(f"{name} {count}" for name, count in sorted(opinions(found).items()))
    say(f"{played.name}: judge on {len(found)} lost trials: {counted or 'none'}")
    if num_new:
        say(f"{played.name}: {num_new} new entries in {queue_path(played.project.root).name}; see `sparring aliases`")
    return judged(trials, found)
