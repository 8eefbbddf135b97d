"""Mining: the query model learns what random programs won against this target, and RL goes on from there."""

from collections.abc import Sequence
from pathlib import Path

from sparring.attacker.attack_reward import AttackReward
from sparring.attacker.mining import mine, mining_counts, worth_learning
from sparring.attacker.query_prompts import query_messages
from sparring.records import Example
from sparring.terminal import say
from sparring.training.sft import SFTJob, SFTRow
from tasks.players import archive_before, warm_start_hyper
from tasks.rounds import Round
from tasks.tracking import RoundRun
from tasks.training import train

LEARNT = "mined"  # the folder of the adapter


def learn_from_mining(
    played: Round, run: RoundRun, seeds: Sequence[Example], reward: AttackReward, start: Path
) -> Path:
    """The adapter that RL starts from: `start` after SFT on the best mined attacks; `start` where none was valid."""
    out = played.bench.folder / LEARNT
    if played.bench.done(out):
        return out
    mining, action = played.project.params.rl.mining, played.project.params.query_model.action
    mined = mine(seeds, reward, action, mining.attacks_per_seed, played.project.params.seed)
    chosen = worth_learning(mined, mining.examples, mining.max_per_seed)
    counts = mining_counts(mined, chosen)
    run.log(0, {f"mining/{name}": float(count) for name, count in counts.items()})
    say(f"{played.name}: mining: " + ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items()))
    if not chosen:
        return start
    archive = archive_before(played)
    rows = [
        SFTRow(query_messages(each.example, action, archive.strategies(each.example)), each.completion)
        for each in chosen
    ]
    hyper = warm_start_hyper(played.project, played.project.params.query_model.warm_start)
    job = SFTJob(rows, played.project.base, start, out, hyper, "the query model learns what was mined")
    train(played, job, played.bench.folder / f"{LEARNT}-sft", run.logger("mining_sft"))
    played.bench.finished(out)
    return out
