"""A query model trained on a broken reward: do the gates stop it from cheating?

    python -m benchmarks.broken_reward PLAYED_PROJECT OUT --action rewrite [--no-gates] [--steps 24]
    python -m benchmarks.broken_reward PLAYED_PROJECT OUT --table

The target is a script that fails whatever it is asked, so every attack that passes the gates has won: nothing but the
gates keeps the label; free text is judged by the readers of the project's recipe where it names some. The truth is told
by the benchmark's oracle, which shares no rule with the gates. Attacks are kept as played (OUT/<action>-<guard>.jsonl),
so the table can be made again without training; an interrupted run goes on.
"""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sparring.attacker.archive import Archive
from sparring.attacker.attack_reward import AttackReward
from sparring.attacker.program import ProgramError
from sparring.attacker.query_model import QueryModel
from sparring.attacker.query_prompts import attack_text, query_messages
from sparring.attacker.warm_start import rule_made_actions
from sparring.config import Params
from sparring.engine.determinism import settle
from sparring.gate_benchmark.oracle import oracle_fault
from sparring.gates import Gatekeeper, NoGates
from sparring.records import Example, Record, by_id
from sparring.statistics import clustered_rate
from sparring.storage import read_jsonl, write_jsonl
from sparring.tables import rate_text
from sparring.targets.scripted import ScriptedTarget
from sparring.training.checkpoints import last_checkpoint
from sparring.training.grpo import QueryModelJob
from sparring.training.sft import SFTJob, SFTRow
from tasks.players import warm_start_hyper
from tasks.rounds import Round, open_round

FAILS = ScriptedTarget(lambda example, sample: "[]")  # every seed here wants a call
BEFORE, AFTER = "before", "after"
SEEDS = 60
PER_SEED = 2


class Played(Record):
    """One attack: when it was written ("before", a step of RL, "after"), and whether what stood guard accepted it."""

    when: str
    example_id: str
    completion: str
    query: str | None
    accepted: bool


class Watched:
    """The reward; what it was asked goes to a file after each step, so that a resumed run still has it."""

    def __init__(self, reward: AttackReward, path: Path, params: Params) -> None:
        self.reward = reward
        self.path = path
        self.params = params

    def __call__(self, examples: Sequence[Example], completions: Sequence[str]) -> list[dict[str, float]]:
        """The reward's terms."""
        terms = self.reward(examples, completions)
        kept = read_jsonl(self.path, Played)
        step = 1 + max((int(row.when) for row in kept if row.when.isdigit()), default=0)
        for example, completion, found in zip(examples, completions, terms, strict=True):
            query = _query(example, completion, self.params)
            kept.append(Played(when=str(step), example_id=example.id, completion=completion,
                               query=query, accepted=found.get("valid") == 1.0))  # fmt: skip
        write_jsonl(self.path, kept)
        return terms


def train(played: Round, out: Path, gates: bool, seed: int) -> None:
    """RL from the warm start; writes the attacks before it, of each step, and after it."""
    params, action = played.project.params, played.project.params.query_model.action
    guard = played.project.gatekeeper if gates else NoGates()
    pool = [example for example in played.project.examples("train") if example.gold]
    wanted = SEEDS + params.rl.steps * params.rl.prompts_per_step
    drawn = _readable(random.Random(seed).sample(pool, len(pool)), wanted, played, gates)
    probe, seeds = drawn[:SEEDS], drawn[SEEDS:]
    path = out / f"{_name(params, gates)}.jsonl"
    start = played.before.query_adapter if action == "program" else _rewriting_start(played, out, pool)
    reward = AttackReward(
        {example.id: "" for example in seeds}, guard, FAILS, params, Archive(), played.project.embedder
    )  # type: ignore[arg-type]
    if not path.exists():
        write_jsonl(path, _attacks(played, start, probe, guard, BEFORE))
    adapter, work = out / f"{_name(params, gates)}-adapter", out / f"{_name(params, gates)}-work"
    checkpoint = last_checkpoint(work, "RL update")
    reached = 0 if checkpoint is None else int(Path(checkpoint).name.rpartition("-")[2])
    known = read_jsonl(path, Played)  # steps after the checkpoint are played again
    write_jsonl(path, [row for row in known if not row.when.isdigit() or int(row.when) <= reached])
    job = QueryModelJob(
        seeds=seeds,
        prompts=lambda example: query_messages(example, action),
        reward=Watched(reward, path, params),
        base=played.project.base,
        start=start,
        out=adapter,
        params=params.rl,
        action=action,
        max_new_tokens=params.query_model.max_new_tokens,
        dtype=params.models.dtype,
        seed=seed,
    )
    job.run(work, lambda step, metrics: print(step, {k: round(v, 3) for k, v in metrics.items()}, flush=True))
    kept = [row for row in read_jsonl(path, Played) if row.when != AFTER]
    write_jsonl(path, kept + _attacks(played, adapter, probe, guard, AFTER))


def _readable(drawn: Sequence[Example], wanted: int, played: Round, gates: bool) -> list[Example]:
    """The first so many seeds; of those that enough readers answer, as a round takes them, where readers judge."""
    params, readers = played.project.params, played.project.gatekeeper.readers
    if not gates or readers is None or params.query_model.action != "rewrite":
        return list(drawn[:wanted])
    asked = drawn[: 2 * wanted]
    return [seed for seed, can in zip(asked, readers.readable(asked), strict=True) if can][:wanted]


def _rewriting_start(played: Round, out: Path, pool: Sequence[Example]) -> Path:
    """The warm start of a query model that writes whole rewrites: the recipe's, on what rules make."""
    start, warm, seed = out / "rewrite-start", played.project.params.query_model.warm_start, played.project.params.seed
    if not start.exists():
        chosen = random.Random(seed).sample(list(pool), min(warm.examples, len(pool)))
        pairs = rule_made_actions(chosen, played.project.gatekeeper, "rewrite", seed)
        hyper = warm_start_hyper(played.project, warm)
        rows = [SFTRow(query_messages(example, "rewrite"), text) for example, text in pairs]
        job = SFTJob(rows, played.project.base, None, start, hyper, "warm start")
        job.run(out / "rewrite-start-work", lambda step, metrics: None)
    return start


def _attacks(
    played: Round, adapter: Path, seeds: Sequence[Example], guard: Gatekeeper | NoGates, when: str
) -> list[Played]:
    prompts = [query_messages(seed, played.project.params.query_model.action) for seed in seeds]
    written = QueryModel(played.project.base, adapter, played.project.params).write(
        prompts, PER_SEED, 1.0, played.project.params.seed
    )
    rows = [(seed, text) for seed, texts in zip(seeds, written, strict=True) for text in texts]
    queries = [_query(seed, text, played.project.params) for seed, text in rows]
    pairs = [(seed, query or "") for (seed, _), query in zip(rows, queries, strict=True)]
    reasons = guard.rejections(pairs, played.project.params.query_model.action)
    return [
        Played(
            when=when, example_id=seed.id, completion=text, query=query, accepted=query is not None and reason is None
        )
        for (seed, text), query, reason in zip(rows, queries, reasons, strict=True)
    ]


def _query(example: Example, completion: str, params: Params) -> str | None:
    try:
        return attack_text(completion, example, params.query_model.action, params.seed).query
    except ProgramError:
        return None


def _name(params: Params, gates: bool) -> str:
    read = gates and params.gates.readers is not None and params.query_model.action == "rewrite"
    return f"{params.query_model.action}-{'open' if not gates else 'readers' if read else 'gates'}"


def table(out: Path, examples: dict[str, Example]) -> Table:
    """What each run accepted, and how much of that is true; intervals by seed."""
    shown = Table("run", "when", "attacks", "accepted", "truly valid of the accepted", "truly valid of all")
    for path in sorted(out.glob("*-*.jsonl")):
        rows = read_jsonl(path, Played)
        steps = sorted({int(row.when) for row in rows if row.when.isdigit()})
        cuts = [set(map(str, steps[i : i + 4])) for i in range(0, len(steps), 4)]
        for label, chosen in [
            (BEFORE, {BEFORE}),
            *((f"steps {min(map(int, c))}-{max(map(int, c))}", c) for c in cuts),
            (AFTER, {AFTER}),
        ]:
            some = [row for row in rows if row.when in chosen]
            if not some:
                continue  # not played yet
            truth = [
                row.query is not None and oracle_fault(examples[row.example_id], row.query) is None for row in some
            ]
            shown.add_row(
                path.stem,
                label,
                str(len(some)),
                f"{sum(row.accepted for row in some) / len(some):.2f}",
                _share([(row.example_id, row.accepted, true) for row, true in zip(some, truth, strict=True)]),
                f"{sum(truth) / len(some):.2f}",
            )
    return shown


def _share(judged: Sequence[tuple[str, bool, bool]]) -> str:
    counts: dict[str, tuple[int, int]] = {}
    for example_id, accepted, true in judged:
        won, total = counts.get(example_id, (0, 0))
        counts[example_id] = (won + (accepted and true), total + accepted)
    return rate_text(clustered_rate(counts))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path, help="a project that has played r00")
    parser.add_argument("out", type=Path, help="folder for adapters and attacks")
    parser.add_argument("--action", choices=["rewrite", "program"], default="rewrite")
    parser.add_argument("--no-gates", action="store_true")
    parser.add_argument("--steps", type=int, default=24)
    parser.add_argument("--table", action="store_true", help="only judge what lies in OUT")
    chosen = parser.parse_args()
    played = open_round(chosen.project.resolve(), "r01", "r00")
    if not chosen.table:
        rl = played.project.params.rl.model_copy(update={"steps": chosen.steps, "save_every": 8})
        query_model = played.project.params.query_model.model_copy(update={"action": chosen.action})
        played = Round(played.project.changed(rl=rl, query_model=query_model), "r01", "r00")
        settle(1, played.project.params.seed)
        train(played, chosen.out, not chosen.no_gates, played.project.params.seed)
    Console(width=130).print(table(chosen.out, by_id(played.project.examples("train"))))


if __name__ == "__main__":
    main()
