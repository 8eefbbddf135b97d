"""A suite in steps: ask every row, score what was answered, record it."""

import json
from collections import defaultdict

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.dialects import DIALECTS
from sparring.records import Verdict
from sparring.storage import read_jsonl, write_json, write_jsonl, write_text
from sparring.studies.result_files import category_of
from sparring.studies.scoring import RowVerdict
from sparring.studies.suite import (
    SuiteResult,
    bfcl_output,
    bfcl_summaries,
    score_bfcl,
    score_own,
    suite_cost,
    suite_markdown,
    without_errata,
)
from sparring.targets.asked import asked_target
from sparring.targets.journal import JournalRow
from tasks.suite_game import BFCL, SuiteGame
from tasks.tracking import RoundRun, connect, experiment_id


class Answered:
    """Answers by row id, and by row id why there is none."""

    def __init__(self, texts: dict[str, str], unanswered: dict[str, str]) -> None:
        self.texts = texts
        self.unanswered = unanswered


@task(name="suite answers", cache_policy=NO_CACHE)
def ask_suite(game: SuiteGame) -> Answered:
    """Asks every row that the journal does not hold."""
    rows = game.examples
    with asked_target(game.settings.target, game.params, game.journal) as target:
        replies = target.ask(rows, 1, 0.0, game.params.seed)
    reasons = {row.id: why for row, why in zip(rows, replies.reasons, strict=True) if why is not None}
    found = {row.id: texts[0] for row, texts in zip(rows, replies.texts, strict=True)}
    return Answered({row_id: text for row_id, text in found.items() if text is not None}, reasons)


@task(name="suite scores", cache_policy=NO_CACHE)
def score_suite(game: SuiteGame, answered: Answered) -> SuiteResult:
    """Writes result files in BFCL's form, verdicts.jsonl, scores.json and scores.md; logs the scores to MLflow."""
    name = game.params.target.dialect
    if game.settings.rows == BFCL:
        verdicts, scores = score_bfcl(game.examples, answered.texts, name, game.wheel)
        sound, summaries = (
            without_errata(verdicts, (row.id for row in game.examples), category_of),
            bfcl_summaries(scores),
        )
        _write_results(game, answered.texts)
    else:
        verdicts, scores = score_own(answered.texts, game.examples, DIALECTS[name])
        sound, summaries = {}, {}
    answered_rows = [row for row in read_jsonl(game.journal, JournalRow) if row.text is not None and row.reason is None]
    result = SuiteResult(
        name=game.name,
        model=game.settings.target.model,
        rows=game.settings.rows,
        categories=scores,
        without_errata=sound,
        summaries=summaries,
        cost=suite_cost(answered_rows, answered.unanswered),
    )
    _write_verdicts(game, verdicts)
    write_json(game.folder / "scores.json", result.model_dump(mode="json"))
    write_text(game.folder / "scores.md", suite_markdown(result))
    _record(game, result)
    return result


def _write_results(game: SuiteGame, texts: dict[str, str]) -> None:
    """One file a category, named and filled as the reference's own, so that it can score them too."""
    name = game.params.target.dialect
    lines: dict[str, list[str]] = defaultdict(list)
    for row_id, text in texts.items():
        line = json.dumps({"id": row_id, "result": bfcl_output(name, text)}, ensure_ascii=False)
        lines[category_of(row_id)].append(line)
    for category, found in lines.items():
        write_text(game.folder / "result" / f"BFCL_v4_{category}_result.json", "\n".join(found) + "\n")


def _write_verdicts(game: SuiteGame, verdicts: dict[str, Verdict]) -> None:
    rows = [RowVerdict(id=row_id, verdict=verdict) for row_id, verdict in verdicts.items()]
    write_jsonl(game.folder / "verdicts.jsonl", rows)


def _record(game: SuiteGame, result: SuiteResult) -> None:
    client = connect(game.root)
    experiment = experiment_id(client, game.root, game.params.experiment)
    tags = {"suite": game.name, "model": result.model, "rows": result.rows}
    run_id = client.create_run(experiment, run_name=f"suite-{game.name}", tags=tags).info.run_id
    run = RoundRun(client, run_id, run_id)
    accuracies = {name: score.accuracy.value for name, score in result.categories.items()}
    run.log(0, {f"suite/{name}": value for name, value in accuracies.items() if value is not None})
    run.log(0, {f"suite/{name}": value for name, value in result.summaries.items()})
    client.log_artifact(run.run_id, str(game.folder / "scores.json"))
    client.log_artifact(run.run_id, str(game.folder / "scores.md"))
    run.finish()
