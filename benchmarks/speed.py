"""Rollouts, an RL step and an SFT epoch: ours beside the libraries' own ways, in one run, on the real models.

    python -m benchmarks.speed PLAYED_PROJECT [--rows 256] [--training-rows 64]

The project must have played r00 and r01. Each figure is wall time; what counts is the ratio. The ceilings of the
machine (matrix multiplication, memory) are measured in the same run.
"""

import argparse
import json
import math
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from benchmarks import plain
from benchmarks.sft_epochs import sft_epochs, sft_rows
from sparring.attacker.archive import Archive
from sparring.attacker.attack_reward import AttackReward
from sparring.attacker.query_prompts import query_messages
from sparring.engine.batched_generation import generate
from sparring.engine.determinism import settle
from sparring.engine.models import DTYPES, load_model, load_tokenizer
from sparring.records import Example
from sparring.training.grpo import QueryModelJob
from sparring.training.sft import prompt_text
from tasks.players import answer_seeds, gold_text, own_answers, target
from tasks.rounds import Round, open_round

SAMPLES = 4
RL_STEPS = 2
PARTS = ("rollouts", "sft", "rl", "scaling")


class Bench:
    """One row a comparison."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.rates: dict[str, float] = {}

    def compare(self, label: str, ours: float, theirs: float, note: str = "") -> None:
        """Adds a row."""
        self.rows.append({"what": label, "ours_s": ours, "theirs_s": theirs, "ratio": theirs / ours, "note": note})
        print(f"{label}: {ours:.1f} s, otherwise {theirs:.1f} s, ratio {theirs / ours:.2f} {note}", flush=True)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What a piece of work gives, and its wall seconds."""
    begin = time.perf_counter()
    found = work()
    return found, time.perf_counter() - begin


def rollouts(played: Round, bench: Bench, num_rows: int) -> None:
    """Greedy answers, and several samples a prompt: merged and by length against `generate` in data-set order."""
    examples = _drawn(played, num_rows)
    answering = target(played.project, played.target_adapter)
    tokenizer = load_tokenizer(played.project.base)
    prompts = [answering._prompt(example) for example in examples]
    limit = played.project.params.target.max_new_tokens
    beside = plain.adapted(played.project.base, played.target_adapter, played.project.params.models.dtype)
    ours, seconds = timed(lambda: [texts[0] for texts in answering.answer(examples, 1, 0.0, 0)])
    theirs, otherwise = timed(lambda: plain.generate_in_order(beside, tokenizer, prompts, limit, 1))
    same = sum(a == b for a, b in zip(ours, theirs, strict=True))
    tokens = sum(map(len, prompts)) + sum(len(tokenizer(text)["input_ids"]) for text in ours)
    bench.rates["greedy rollouts"] = 2 * answering.model.num_parameters() * tokens / seconds / 1e9
    bench.compare(f"greedy rollouts, {num_rows} prompts", seconds, otherwise, f"{same} answers equal")
    right = [gold_text(played.project, example) for example in examples]
    drafted, sooner = timed(lambda: answering.answer_drafts(examples, right))
    same = sum(a.text == b for a, b in zip(drafted, theirs, strict=True))
    bench.compare("the same, the right calls as drafts: as a round asks", sooner, otherwise, f"{same} answers equal")
    merged = load_model(played.project.base, played.target_adapter, played.project.params.models.dtype)
    _, otherwise = timed(lambda: plain.generate_in_order(merged, tokenizer, prompts, limit, 1))
    bench.compare("the same, adapter merged by the user too", seconds, otherwise)
    few = prompts[: num_rows // SAMPLES]
    _, seconds = timed(
        lambda: generate(
            merged, tokenizer, few, SAMPLES, limit, 1.0, played.project.params.rollout.batch_tokens, 0, "samples"
        )
    )
    _, otherwise = timed(lambda: plain.generate_in_order(beside, tokenizer, few, limit, SAMPLES))
    bench.compare(f"{SAMPLES} samples a prompt, {len(few)} prompts", seconds, otherwise)


def rl_step(played: Round, bench: Bench) -> None:
    """Two RL steps with the reward in one batch, against GRPOTrainer's defaults and the reward one by one."""
    opponent = target(played.project, played.target_adapter)
    drawn = _drawn(played, 24)
    trials = answer_seeds(played, opponent, drawn)
    right = {trial.attack.example_id for trial in trials if trial.first_right}
    rl = played.project.params.rl.model_copy(update={"steps": RL_STEPS, "save_every": RL_STEPS})
    seeds = ([example for example in drawn if example.id in right] * 9)[: RL_STEPS * rl.prompts_per_step]
    reward = AttackReward(
        own_answers(trials),
        played.project.gatekeeper,
        opponent,
        played.project.params,
        Archive(),
        played.project.embedder,
    )
    spent: dict[str, float] = {"ours": 0.0, "theirs": 0.0}

    def clocked(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            found, seconds = timed(lambda: work(*args, **kwargs))
            spent[name] += seconds
            return found

        return run

    one_by_one = clocked("theirs", plain.OneByOne(reward, seeds))

    def theirs(completions: list[Any], number: list[int], **others: Any) -> list[float | None]:
        texts = [messages[-1]["content"] for messages in completions]
        return [found.get("total") for found in one_by_one([seeds[i] for i in number], texts)]

    rows = [{"prompt": query_messages(seed, "program"), "number": n} for n, seed in enumerate(seeds)]
    limit = played.project.params.query_model.max_new_tokens
    with tempfile.TemporaryDirectory() as folder:
        _, seconds = timed(
            lambda: QueryModelJob(
                seeds=seeds,
                prompts=lambda seed: query_messages(seed, "program"),
                reward=clocked("ours", reward),
                base=played.project.base,
                start=played.before.query_adapter,
                out=Path(folder) / "out",
                params=rl,
                action="program",
                max_new_tokens=limit,
                dtype=played.project.params.models.dtype,
                seed=played.project.params.seed,
            ).run(Path(folder) / "ours", lambda step, metrics: None)
        )
        _, otherwise = timed(
            lambda: plain.train_grpo(
                played.project.base,
                played.before.query_adapter,
                rows,
                theirs,
                Path(folder) / "theirs",
                RL_STEPS,
                rl.prompts_per_step,
                rl.group_size,
                limit,
                played.project.params.models.dtype,
            )
        )
    bench.compare(f"{RL_STEPS} RL steps of {rl.prompts_per_step} x {rl.group_size}", seconds, otherwise)
    bench.compare("of that, the reward", spent["ours"], spent["theirs"])


def sft_epoch(played: Round, bench: Bench, num_rows: int) -> None:
    """An epoch on clean rows against SFTTrainer's defaults, with the same schedule."""
    rows = sft_rows(played, num_rows)
    ours, theirs = sft_epochs(played, rows)
    tokenizer = load_tokenizer(played.project.base)
    tokens = sum(len(tokenizer(prompt_text(tokenizer, row) + row.completion)["input_ids"]) for row in rows)
    parameters = load_model(played.project.base, None, played.project.params.models.dtype).num_parameters()
    bench.rates["SFT epoch (4 FLOP a weight and token: frozen weights have no gradient)"] = (
        4 * parameters * tokens / mean(ours.seconds) / 1e9
    )
    note = f"loss on other rows after each quarter {ours.curve()}, otherwise {theirs.curve()}"
    bench.compare(f"an SFT epoch of {num_rows} rows", mean(ours.seconds), mean(theirs.seconds), note)


def scaling(played: Round, num_rows: int) -> list[dict[str, Any]]:
    """How time grows with the work: exponents of prompts, of samples, and of a prompt with eight times the tools."""
    answering = target(played.project, played.target_adapter)
    drawn = _drawn(played, num_rows)
    limit, budget = played.project.params.target.max_new_tokens, played.project.params.rollout.batch_tokens

    def seconds(examples: list[Example], samples: int) -> tuple[float, int]:
        prompts = [answering._prompt(example) for example in examples]

        def work() -> list[list[str]]:
            model, tokenizer = answering.model, answering.tokenizer
            return generate(model, tokenizer, prompts, samples, limit, float(samples > 1), budget, 0, "scaling")

        return timed(work)[1], sum(map(len, prompts))

    half, whole = seconds(drawn[: num_rows // 2], 1), seconds(drawn, 1)
    two, four = seconds(drawn[: num_rows // 4], 2), seconds(drawn[: num_rows // 4], 4)
    crowded = [_with_tools(example, drawn, 8) for example in drawn[: num_rows // 4]]
    few, many = seconds(drawn[: num_rows // 4], 1), seconds(crowded, 1)
    steps = (
        ("prompts x2", half, whole, 2.0),
        ("samples x2", two, four, 2.0),
        ("tools x8", few, many, many[1] / few[1]),
    )
    return [
        {"what": what, "work": work, "time": after[0] / before[0], "exponent": math.log(after[0] / before[0], work)}
        for what, before, after, work in steps
    ]


def _with_tools(example: Example, others: list[Example], times: int) -> Example:
    """The example with the tools of others beside its own."""
    known = {tool.name: tool for other in others for tool in other.tools}
    spare = [tool for name, tool in known.items() if name not in {tool.name for tool in example.tools}]
    return example.model_copy(update={"tools": [*example.tools, *spare[: (times - 1) * len(example.tools)]]})


def ceilings(dtype: str) -> dict[str, float]:
    """Best of five: matrix multiplication in GFLOP/s in the campaign's number format, memory copy in GB/s."""
    a = torch.randn(2048, 2048).to(DTYPES[dtype])
    multiply = min(timed(lambda: a @ a)[1] for _ in range(5))
    block = torch.empty(256 * 2**20, dtype=torch.uint8)
    copy = min(timed(block.clone)[1] for _ in range(5))
    return {"matmul_gflops": 2 * 2048**3 / multiply / 1e9, "copy_gb_per_s": 2 * block.numel() / copy / 1e9}


def _drawn(played: Round, count: int) -> list[Example]:
    rows = [example for example in played.project.examples("train") if example.gold]
    return random.Random(5).sample(rows, count)


def main() -> None:
    """Prints the table, and writes it as JSON where asked."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    arguments.add_argument("project", type=Path, help="folder of a project that has played r00 and r01")
    arguments.add_argument("--rows", type=int, default=256, help="prompts of the rollouts")
    arguments.add_argument("--training-rows", type=int, default=64, help="rows of the SFT epoch, and of the scaling")
    arguments.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="all where nothing is said")
    arguments.add_argument("--out", type=Path, help="also write the figures there, as JSON")
    chosen = arguments.parse_args()
    played = open_round(chosen.project.resolve(), "r01", "r00")
    settle(played.project.params.threads, played.project.params.seed)
    bench = Bench()
    limits = ceilings(played.project.params.models.dtype)
    if "rollouts" in chosen.only:
        rollouts(played, bench, chosen.rows)
    if "sft" in chosen.only:
        sft_epoch(played, bench, chosen.training_rows)
    if "rl" in chosen.only:
        rl_step(played, bench)
    grown = scaling(played, chosen.training_rows) if "scaling" in chosen.only else []
    table = Table("what", "ours, s", "otherwise, s", "ratio", "note", title="two cores, wall time")
    for row in bench.rows:
        figures = (f"{row['ours_s']:.1f}", f"{row['theirs_s']:.1f}", f"{row['ratio']:.2f}")
        table.add_row(row["what"], *figures, row["note"])
    Console(width=120).print(table)
    for each in grown:
        print(
            f"{each['what']}: {each['work']:.1f} times the work, {each['time']:.2f} times the time, exponent {each['exponent']:.2f}"
        )
    for what, found in bench.rates.items():
        print(
            f"{what}: {found:.0f} GFLOP/s, {found / limits['matmul_gflops']:.2f} of the matrix multiplication measured"
        )
    print(
        f"matrix multiplication {limits['matmul_gflops']:.0f} GFLOP/s ({played.project.params.models.dtype}), copy {limits['copy_gb_per_s']:.1f} GB/s"
    )
    if chosen.out:
        chosen.out.write_text(
            json.dumps({"rows": bench.rows, "scaling": grown, "gflops": bench.rates, "ceilings": limits}, indent=2)
            + "\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
