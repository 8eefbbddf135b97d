"""Closing a round: the manifest, the table, MLflow's record, and everything moved to its place.

What each figure is called and means: docs/design.md, "Metrics".
"""

import tempfile
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.rl_log import logged_steps
from sparring.engine.memory import peak_gb
from sparring.engine.number_format import rates_for
from sparring.errors import InputError
from sparring.markdown_text import escaped_line
from sparring.project.versions import moment, versions
from sparring.records import Example, Mistake, MixPart, Outcome, RoundResult, SFTExample, Trial, by_id
from sparring.studies import metrics
from sparring.studies.evaluation_table import evaluation_table, sample_table
from sparring.studies.logged import Columns, logged_figures, logged_tables, over_rounds
from sparring.studies.mix_table import mix_table
from sparring.studies.promotion import Decision, decide
from sparring.studies.round_figures import (
    Attacked,
    RoundRows,
    curves,
    reward_trend,
    round_breadth,
    round_comparisons,
    round_counts,
    round_rates,
)
from sparring.studies.round_table import round_table
from sparring.studies.shipping import round_decision
from sparring.targets.chat_model import ChatModelFile
from sparring.terminal import say
from sparring.training.mix import mix_parts
from tasks.clock import seconds_by_step
from tasks.dials import chosen_dial
from tasks.rl_update import passing_seeds, weak_seeds
from tasks.rounds import Round
from tasks.served_models import unread_seeds
from tasks.target_update import ASKED
from tasks.tracking import RoundRun, open_run, remembered_run

SCHEMA = {"schema": "schema_success", "schema_before": "schema_success_before"}  # the shares of two files
# As what the registry knows a round's target; one that is shown to be worse is neither.
STANDING: dict[Outcome | None, tuple[str, ...]] = {
    "baseline": ("champion",),
    "promoted": ("champion",),
    "not_shown": ("challenger",),
}
WHERE_TABLES_ARE = (
    "By kind of request, by operator, by gate: the tables under *Artifacts*, `shares.json`, `operators.json` and "
    "others; each held-out row with its answers: `evaluation.json`; all of it as a page: `report/report.html`."
)


@task(name="closing", cache_policy=NO_CACHE)
def close_round(played: Round, run: RoundRun) -> RoundResult:
    """Writes round.json last, logs the round to MLflow and registers both adapters."""
    manifest = summarise(played, run.run_id)
    run.log(0, logged_figures(manifest))
    run.log_over_rounds(int(played.name.removeprefix("r")), over_rounds(manifest))
    run.log_tables(_tables(played, manifest))
    run.client.log_text(run.run_id, round_table([manifest], color=False), "round.txt")
    if manifest.mix:
        run.client.log_text(run.run_id, mix_table(manifest.mix), "mix.txt")
    run.client.log_dict(run.run_id, manifest.model_dump(mode="json"), "round.json")
    name = played.project.params.experiment
    aliases = (played.name, *STANDING.get(manifest.outcome, ()))
    run.log_chat_model("target", _chat_model(played))
    run.register(f"{name}-target", played.bench.folder / "target", aliases=aliases)
    run.register(f"{name}-query", played.bench.folder / "query", aliases=(played.name,))
    run.client.set_tag(run.run_id, "outcome", str(manifest.outcome))
    run.client.set_tag(run.run_id, "verdict", manifest.verdict)
    shipping, reason = round_decision(manifest)
    run.note(f"**{shipping.capitalize()}.** {escaped_line(reason)}\n\n{WHERE_TABLES_ARE}")
    published = played.publish(manifest)
    _end_record(played, run)
    return published


def _tables(played: Round, manifest: RoundResult) -> dict[str, Columns]:
    """What the run shows as tables: the figures of parts, the evaluation, and some of the round's attacks."""
    seeds, attacked = _seeds(played), "heldout" if played.after is None else "trials"
    return {
        **logged_tables(manifest),
        "evaluation.json": evaluation_table(_evaluated(played), seeds),
        "sample_trials.json": sample_table(played.bench.rows(attacked, Trial), seeds),
    }


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
    rows, params = _rows(played), played.project.params
    compared = round_comparisons(rows, params.evaluation.margin)
    first = played.after is None
    decided = Decision("baseline", "baseline") if first else decide(compared, params.evaluation.margin)
    return RoundResult(
        round=played.name,
        after=played.after,
        seed=params.seed,
        counts=round_counts(rows, params.judge is not None or params.gates.readers is not None),
        rates=round_rates(rows),
        comparisons=compared,
        rejections=metrics.rejections(rows.judged),
        operators=metrics.by_operator(rows.judged, rows.seeds),
        failures=metrics.top_failures(rows.judged, rows.seeds),
        rewards=reward_trend(rows.steps),
        curves=curves(rows.steps),
        breadth=round_breadth(rows),
        mix=_mix(played),
        payoffs=metrics.payoffs(rows.judged),
        seconds=seconds_by_step(played),
        inputs=played.inputs,
        versions=versions(),
        promoted=None if first else decided.promoted,
        outcome=decided.outcome,
        champion=played.name if first or decided.promoted else played.champion.round,
        verdict=decided.reason,
        mlflow_run_id=run_id,
        dtype=params.models.dtype,
        machine=rates_for(params, played.project.root),
        peak_gb=peak_gb(),
        dial=chosen_dial(played.bench),
        model=params.models.base,
        data=params.data.source,
        finished=moment(),
    )


def _rows(played: Round) -> RoundRows:
    """The round's files, and the champion's answers to the untouched rows."""
    bench = played.bench
    return RoundRows(
        seeds=_seeds(played),
        clean=bench.rows("clean", Trial),
        heldout=bench.rows("heldout", Trial),
        schema={share: bench.rows(name, Trial) for name, share in SCHEMA.items() if bench.file(name).exists()},
        steps=logged_steps(bench.folder / "rl_log.json"),
        attacked=None if played.after is None else _attacked(played),
    )


def _attacked(played: Round) -> Attacked:
    bench = played.bench
    return Attacked(
        trials=bench.rows("trials", Trial),
        clean_before=played.champions_trials("clean"),
        heldout_before=bench.rows("heldout_before", Trial),
        sft=bench.rows("sft", SFTExample),
        num_mistakes=len(bench.rows("mistakes", Mistake)),
        pool=_pool(played),
    )


def _pool(played: Round) -> dict[str, int]:
    counts = {"weak_seeds": len(weak_seeds(played)), "rl_seeds": len(passing_seeds(played))}
    if played.project.params.gates.readers is None:
        return counts
    return counts | {"unread_seeds": len(unread_seeds(played))}


def _evaluated(played: Round) -> dict[str, tuple[list[Trial], list[Trial]]]:
    """Held-out trials of the champion before and of the new target, untouched and attacked."""
    bench, first = played.bench, played.after is None
    return {
        "untouched": ([] if first else played.champions_trials("clean"), bench.rows("clean", Trial)),
        "attack": ([] if first else bench.rows("heldout_before", Trial), bench.rows("heldout", Trial)),
    }


def _mix(played: Round) -> list[MixPart]:
    """What the training set was drawn from; nothing for the baseline."""
    if played.after is None:
        return []
    return mix_parts(played.bench.rows("sft", SFTExample), played.bench.rows(ASKED, Example))
