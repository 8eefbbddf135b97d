"""Closing a round: the manifest, the table, MLflow's record, and everything moved to its place.

What each figure is called and means: docs/design.md, "Metrics".
"""

import math
import tempfile
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.attacks import UNTOUCHED
from sparring.attacker.schema_attacks import PREFIX
from sparring.engine.memory import peak_gb
from sparring.engine.number_format import rates_for
from sparring.errors import InputError
from sparring.markdown_text import escaped_line
from sparring.project.versions import moment, versions
from sparring.records import (
    UNJUDGED,
    Breadth,
    Comparison,
    Dial,
    Example,
    Mistake,
    MixPart,
    Outcome,
    Rate,
    RoundResult,
    SFTExample,
    Trial,
    by_id,
)
from sparring.storage import read_json
from sparring.studies import metrics
from sparring.studies.mix_table import mix_table
from sparring.studies.promotion import Decision, comparisons, decide
from sparring.studies.round_table import round_table
from sparring.studies.shipping import key_figures, round_decision
from sparring.targets.chat_model import ChatModelFile
from sparring.terminal import say
from sparring.training.mix import mix_parts
from tasks.clock import seconds_by_step
from tasks.dials import chosen_dial
from tasks.evaluation_table import evaluation_rows
from tasks.rl_update import passing_seeds, weak_seeds
from tasks.rounds import Round
from tasks.target_update import ASKED
from tasks.tracking import RoundRun, open_run, remembered_run

# As what the registry knows a round's target; one that is shown to be worse is neither.
STANDING: dict[Outcome | None, tuple[str, ...]] = {
    "baseline": ("champion",),
    "promoted": ("champion",),
    "not_shown": ("challenger",),
}


@task(name="closing", cache_policy=NO_CACHE)
def close_round(played: Round, run: RoundRun) -> RoundResult:
    """Writes round.json last, logs the round to MLflow and registers both adapters."""
    manifest = summarise(played, run.run_id)
    rates = {f"round/{name}": rate.value for name, rate in manifest.rates.items() if rate.value is not None}
    run.log(0, rates)
    run.log_over_rounds(int(played.name.removeprefix("r")), rates)
    run.log(0, {key.name: key.value for key in key_figures(manifest) if key.value is not None})
    run.log(0, {f"seconds/{name}": value for name, value in manifest.seconds.items()})
    if manifest.machine is not None and manifest.peak_gb is not None:
        run.log(0, {"machine/peak_gb": manifest.peak_gb})
        run.log(0, {f"machine/gflops_{name}": value for name, value in manifest.machine.gflops.items()})
    breadth = {f"round/{name}": found.effective for name, found in manifest.breadth.items() if found.effective}
    run.log(0, breadth)
    run.log_over_rounds(int(played.name.removeprefix("r")), breadth)
    run.log(0, {f"judge/{name}": count for name, count in manifest.counts.items() if name.endswith(UNJUDGED)})
    run.log(0, {f"rejected/{name}": value for name, value in manifest.rejections.items()})
    run.log(0, _operator_metrics(manifest))
    run.log(0, _dial_metrics(manifest.dial))
    run.log(0, {f"mix/{part.origin}/{part.kind}/{part.attacker or UNTOUCHED}": part.rows for part in manifest.mix})
    run.log_trials(played.bench.rows("heldout" if played.after is None else "trials", Trial), _seeds(played))
    run.client.log_text(run.run_id, round_table([manifest], color=False), "round.txt")
    if manifest.mix:
        run.client.log_text(run.run_id, mix_table(manifest.mix), "mix.txt")
    run.client.log_dict(run.run_id, manifest.model_dump(mode="json"), "round.json")
    name = played.project.params.experiment
    aliases = (played.name, *STANDING.get(manifest.outcome, ()))
    run.log_evaluation(evaluation_rows(played))
    run.log_chat_model("target", _chat_model(played))
    run.register(f"{name}-target", played.bench.folder / "target", aliases=aliases)
    run.register(f"{name}-query", played.bench.folder / "query", aliases=(played.name,))
    run.client.set_tag(run.run_id, "outcome", str(manifest.outcome))
    run.client.set_tag(run.run_id, "verdict", manifest.verdict)
    shipping, reason = round_decision(manifest)
    run.note(f"**{shipping.capitalize()}.** {escaped_line(reason)}")
    published = played.publish(manifest)
    _end_record(played, run)
    return published


def _chat_model(played: Round) -> ChatModelFile:
    """What loads this round's target as a chat model."""
    base = played.project.base
    return ChatModelFile(
        params=played.project.params,
        base=base.resolve().as_posix(),
        base_hash=played.inputs[base.relative_to(played.project.root).as_posix()],
    )


def settle_record(played: Round, finished: RoundResult) -> None:
    """Ends the record of a round whose start was killed after its manifest was written; else there is nothing to do.

    Such a start left half-done work; which run is the round's stands in the manifest. A round that is older than the
    files for DVC gets them.
    """
    if not played.paths.file("metrics.json").exists():
        played.write_figures(finished)
    if finished.mlflow_run_id is not None and any(played.bench.folder.iterdir()):
        remembered_run(played).write_text(finished.mlflow_run_id, encoding="utf-8")
        _end_record(played, open_run(played))
    else:
        played.bench.clear()


def _end_record(played: Round, run: RoundRun) -> None:
    _log_report(played, run)
    run.finish()
    played.bench.clear()


def _log_report(played: Round, run: RoundRun) -> None:
    """Logs the report of all finished rounds. A broken older round says so: it does not undo the one just played."""
    from sparring.report import write_report  # brings matplotlib, which nothing before the end of a round needs

    with tempfile.TemporaryDirectory() as folder:
        try:
            write_report(played.project.root, Path(folder))
        except InputError as error:
            say(f"{played.name}: no report was logged: {error}")
            return
        run.client.log_artifacts(run.run_id, folder, artifact_path="report")


def _seeds(played: Round) -> dict[str, Example]:
    """Everything that a round may attack."""
    return by_id([*played.project.examples("proof"), *played.project.examples("train")])


def summarise(played: Round, run_id: str | None) -> RoundResult:
    """Everything that a round amounts to, from its files."""
    proof = by_id(played.project.examples("proof"))
    clean, heldout = played.bench.rows("clean", Trial), played.bench.rows("heldout", Trial)
    trials = played.bench.rows("trials", Trial) if played.after is not None else []
    examples = _seeds(played)
    rates = _rates(clean, heldout, proof) | _played_rates(played, trials, examples) | _schema_rates(played, proof)
    compared = _compared(played, clean, heldout, proof)
    decided = Decision("baseline", "baseline") if played.after is None else decide(compared, _margin(played))
    judged = trials or heldout
    steps = _rl_steps(played.bench.folder / "rl_log.json")
    return RoundResult(
        round=played.name,
        after=played.after,
        seed=played.project.params.seed,
        counts=_counts(played, trials, heldout),
        rates=rates,
        comparisons=compared,
        rejections=metrics.rejections(judged),
        operators=metrics.by_operator(judged),
        failures=metrics.top_failures(judged, examples),
        rewards=_reward_trend(steps),
        curves=_curves(steps),
        breadth=_breadth(played, trials, heldout, examples),
        mix=_mix(played),
        payoffs=metrics.payoffs(judged),
        seconds=seconds_by_step(played),
        inputs=played.inputs,
        versions=versions(),
        promoted=None if played.after is None else decided.promoted,
        outcome=decided.outcome,
        champion=played.name if played.after is None or decided.promoted else played.champion.round,
        verdict=decided.reason,
        mlflow_run_id=run_id,
        dtype=played.project.params.models.dtype,
        machine=rates_for(played.project.params, played.project.root),
        peak_gb=peak_gb(),
        dial=chosen_dial(played.bench),
        model=played.project.params.models.base,
        data=played.project.params.data.source,
        finished=moment(),
    )


def _breadth(
    played: Round, trials: list[Trial], heldout: list[Trial], examples: dict[str, Example]
) -> dict[str, Breadth]:
    """In how many ways the round's attacks won: on training seeds, and on held-out ones against both targets."""
    asked = {"heldout_effective_strategies": heldout}
    if played.after is not None:
        before = played.bench.rows("heldout_before", Trial)
        asked |= {"effective_strategies": trials, "heldout_effective_strategies_before": before}
    return {key: of for name, rows in asked.items() for key, of in metrics.breadth_apart(name, rows, examples).items()}


def _operator_metrics(manifest: RoundResult) -> dict[str, float]:
    return {
        f"operator/{name}/{measure}": rate.value
        for name, measures in manifest.operators.items()
        for measure, rate in measures.items()
        if rate.value is not None and name.isidentifier()
    }


def _dial_metrics(dial: Dial | None) -> dict[str, float]:
    """The setting, and what the validation rows said of it and of the target as it was trained."""
    if dial is None:
        return {}
    scores = {"dial/score": dial.chosen.score, "dial/score_before": dial.settings[0].score}
    return {"dial/scale": dial.scale, "dial/offset": dial.offset} | scores


def _rates(clean: list[Trial], heldout: list[Trial], proof: dict[str, Example]) -> dict[str, Rate]:
    return {
        "clean_accuracy": metrics.accuracy([t for t in clean if proof[t.attack.example_id].gold]),
        "no_call_accuracy": metrics.accuracy([t for t in clean if proof[t.attack.example_id].wants_no_call]),
        "unparseable": metrics.unparseable(clean),
        **metrics.apart("heldout_success", metrics.attack_success, heldout, proof),
        **metrics.apart("heldout_valid", metrics.valid_fraction, heldout, proof),
        **metrics.apart("heldout_seeds_broken", metrics.seeds_broken, heldout, proof),
    }


def _schema_rates(played: Round, proof: dict[str, Example]) -> dict[str, Rate]:
    """Success of the schema attacks, by kind and by operator, against this round's target and the champion before."""
    found: dict[str, Rate] = {}
    for name, label in (("schema", "schema_success"), ("schema_before", "schema_success_before")):
        if played.bench.file(name).exists():
            trials = played.bench.rows(name, Trial)
            found |= metrics.apart(label, metrics.attack_success, trials, proof)
            for operator, measured in metrics.by_operator(trials).items():
                found[f"{label}/{operator.removeprefix(PREFIX)}"] = measured["success"]
    return found


def _played_rates(played: Round, trials: list[Trial], examples: dict[str, Example]) -> dict[str, Rate]:
    """Rates that only a round after the baseline has: its training attacks, and the target before on the same rows."""
    if played.after is None:
        return {}
    earlier, before = played.champions_trials("clean"), played.bench.rows("heldout_before", Trial)
    return {
        **metrics.apart("attack_success", metrics.attack_success, trials, examples),
        **metrics.apart("valid_fraction", metrics.valid_fraction, trials, examples),
        **metrics.apart("seeds_broken", metrics.seeds_broken, trials, examples),
        **metrics.apart("heldout_success_before", metrics.attack_success, before, examples),
        "clean_accuracy_before": metrics.accuracy([t for t in earlier if examples[t.attack.example_id].gold]),
        "no_call_accuracy_before": metrics.accuracy(
            [t for t in earlier if examples[t.attack.example_id].wants_no_call]
        ),
    }


def _compared(
    played: Round, clean: list[Trial], heldout: list[Trial], proof: dict[str, Example]
) -> dict[str, Comparison]:
    """This round's target beside the champion before, on the rows that promote; nothing in the baseline."""
    if played.after is None:
        return {}
    attacked = (played.bench.rows("heldout_before", Trial), heldout)
    return comparisons(attacked, (played.champions_trials("clean"), clean), proof, _margin(played))


def _margin(played: Round) -> float:
    return played.project.params.evaluation.margin


def _counts(played: Round, trials: list[Trial], heldout: list[Trial]) -> dict[str, int]:
    counts = {"heldout_attacks": len(heldout)}
    if played.after is not None:
        origins = [row.origin for row in played.bench.rows("sft", SFTExample)]
        counts |= {"weak_seeds": len(weak_seeds(played)), "rl_seeds": len(passing_seeds(played))}
        counts |= {"attacks": len(trials), "successes": sum(trial.success for trial in trials)}
        counts |= {"mistakes": len(played.bench.rows("mistakes", Mistake)), "sft_rows": len(origins)}
        counts |= {f"sft_{origin}": origins.count(origin) for origin in sorted(set(origins))}
    return counts | _unjudged(played, trials, heldout)


def _mix(played: Round) -> list[MixPart]:
    """What the training set was drawn from; nothing for the baseline."""
    if played.after is None:
        return []
    return mix_parts(played.bench.rows("sft", SFTExample), played.bench.rows(ASKED, Example))


def _unjudged(played: Round, trials: list[Trial], heldout: list[Trial]) -> dict[str, int]:
    """Lost trials that the judge gave no answer about, by file; nothing where the recipe names no judge."""
    if played.project.params.judge is None:
        return {}
    asked = {f"heldout_{UNJUDGED}": heldout}
    if played.after is not None:
        asked |= {UNJUDGED: trials, f"heldout_before_{UNJUDGED}": played.bench.rows("heldout_before", Trial)}
    return {name: sum(trial.unjudged for trial in rows) for name, rows in asked.items()}


def _rl_steps(path: Path) -> list[dict[str, float]]:
    """What each RL step logged, in order; none where no RL was played."""
    if not path.exists():
        return []
    steps = read_json(path)
    return [steps[step] for step in sorted(steps, key=int)]


def _reward_trend(steps: list[dict[str, float]]) -> dict[str, float]:
    """Means of reward and valid fraction over the first and the last quarter of the RL steps."""
    length = max(1, len(steps) // 4)
    return {
        f"{name}_{part}_quarter": sum(entry[name] for entry in chosen) / len(chosen)
        for name in ("total", "valid")
        for part, quarter in (("first", steps[:length]), ("last", steps[-length:]))
        if (chosen := [entry for entry in quarter if name in entry])  # a step may have had nothing to score
    }


def _curves(steps: list[dict[str, float]]) -> dict[str, list[float | None]]:
    """Each logged measure by step; None at a step that had nothing to measure."""
    names = sorted({name for step in steps for name in step})
    return {
        name: [value if math.isfinite(value := step.get(name, math.nan)) else None for step in steps] for name in names
    }
