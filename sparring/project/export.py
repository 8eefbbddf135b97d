"""What a team takes away from a round: the hardened checkpoint, the proven failures, and a regression suite.

The checkpoint is the base with the adapter merged in, plain Transformers; the failures are a `datasets` folder; the
suite is BFCL-format JSON with a pytest file that asks any OpenAI-compatible endpoint.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from datasets import Dataset
from transformers import AutoTokenizer

from sparring.config import Params
from sparring.dialects import DIALECTS
from sparring.engine.batched_generation import prompt_ids
from sparring.engine.models import load_model, load_tokenizer
from sparring.errors import InputError
from sparring.gold import gold_calls
from sparring.manifests import read_manifest
from sparring.project.licence import hub_name, licence_of
from sparring.prompts import render_prompt
from sparring.records import Example, Rate, RoundResult, Trial, by_id
from sparring.seeds.certificate import readings_path
from sparring.storage import RoundPaths, hash_tree, read_jsonl, write_text
from sparring.studies.audit import AUDIT
from sparring.studies.own_tools import SEEDS, TOOLS
from sparring.tables import rate_text
from sparring.targets.tool_use import ASKED
from sparring.targets.trained_prompts import FILE, TrainedPrompt, TrainedPrompts, shapes
from sparring.visible_text import shorten

SUITE_CATEGORY = "attacks"
NUM_CHECKED = 50  # seeds whose prompts are compared
HELD_OUT = frozenset(
    {
        "heldout_success",
        "heldout_valid",
        "heldout_seeds_broken",
        "schema_success",
        "clean_accuracy",
        "no_call_accuracy",
        "unparseable",
    }
)


def champion_of(root: Path) -> str:
    """The round whose target plays now: the champion after the last finished round.

    Raises:
        InputError: No round is finished, or a manifest is broken.
    """
    names = sorted(path.parent.name for path in (root / "data" / "rounds").glob("r*/round.json"))
    if not names:
        raise InputError(f"{root / 'data' / 'rounds'}: no finished round; run `sparring flow training` first")
    return read_manifest(RoundPaths(root, names[-1])).champion


def export_round(root: Path, round: str, out: Path, params: Params, not_promoted: bool = False) -> Path:
    """Writes `out`/{checkpoint, failures, regression, seeds}; returns `out`.

    An audit trained nothing: no checkpoint. Seeds are there where they came from a file of the team's own.

    Args:
        root: The project's folder.
        round: A finished round.
        out: A folder that does not exist yet, or is empty.
        params: The recipe.
        not_promoted: Whether a round may be exported that did not replace the one before it.

    Raises:
        InputError: The round is not finished or not promoted, a file is not what it wrote or played with, `out` holds
            something, or the exported checkpoint would be asked another prompt than the one that it was trained on.
    """
    paths = RoundPaths(root, round)
    result = read_manifest(paths)
    if result.promoted is False and not not_promoted:
        raise InputError(
            f"{round}: was not promoted ({shorten(result.verdict, 200)}); `sparring export champion` takes "
            f"{result.champion}, --not-promoted this one"
        )
    _check_hashes(root, paths, result)
    if out.exists() and any(out.iterdir()):
        raise InputError(f"{out}: is not empty")
    trials = read_jsonl(paths.file("trials.jsonl"), Trial) if paths.file("trials.jsonl").exists() else []
    seeds = by_id(read_jsonl(root / "data" / "splits" / "train.jsonl", Example))
    won = [trial for trial in trials if trial.success]
    if round != AUDIT:
        export_checkpoint(root / "models" / "base", paths.target_adapter, out / "checkpoint", params, result)
        check_prompt(root / "models" / "base", out / "checkpoint", list(seeds.values())[:NUM_CHECKED], params)
        keep_prompts(root / "models" / "base", out / "checkpoint", list(seeds.values()), params)
    export_failures(won, seeds, out / "failures", params, result)
    export_suite(won, seeds, out / "regression", params)
    _export_own_seeds(root, out / "seeds", params)
    return out


def _check_hashes(root: Path, paths: RoundPaths, result: RoundResult) -> None:
    """What is exported is what the round wrote, merged into the base that it was trained on.

    Raises:
        InputError: A file is missing, is another, or has no hash in the manifest.
    """
    if result.round == AUDIT:
        return
    base = root / "models" / "base"
    needed = {paths.target_adapter: result.outputs, base: result.inputs}
    if result.after is not None:
        needed[paths.file("trials.jsonl")] = result.outputs
    for path, hashes in needed.items():
        name = path.relative_to(root).as_posix()
        if name not in hashes:
            raise InputError(f"{paths.manifest}: holds no hash of {name}: it cannot be confirmed, play the round again")
        if not path.exists():
            raise InputError(f"{path}: no such file or folder; bring it back (dvc checkout, make pull)")
        if hash_tree(path) != hashes[name]:
            raise InputError(f"{path}: is not what round {result.round} had; bring it back (dvc checkout, make pull)")


def check_prompt(base: Path, checkpoint: Path, seeds: Sequence[Example], params: Params) -> None:
    """Whoever serves the checkpoint by its own tokenizer and template asks what it was trained on, token by token.

    Raises:
        InputError: A prompt differs; names the seed.
    """
    dialect = DIALECTS[params.target.dialect]
    trained, served = load_tokenizer(base), AutoTokenizer.from_pretrained(checkpoint, trust_remote_code=False)
    for seed in seeds:
        messages, tools = dialect.messages(seed), dialect.schemas(seed)
        asked = served.apply_chat_template(messages, tools=tools, add_generation_prompt=True, tokenize=False)
        if list(served(asked, add_special_tokens=False)["input_ids"]) != list(prompt_ids(trained, messages, tools)):
            raise InputError(
                f"{checkpoint}: its chat template writes another prompt than it was trained on ({seed.id})"
            )


def keep_prompts(base: Path, checkpoint: Path, seeds: Sequence[Example], params: Params) -> None:
    """Writes what the target read of some rows while it was trained: an audit asks a server for the same."""
    dialect, tokenizer = DIALECTS[params.target.dialect], load_tokenizer(base)
    rows = []
    for seed in shapes(seeds):
        messages, tools = dialect.messages(seed), dialect.schemas(seed)
        text = tokenizer.apply_chat_template(messages, tools=tools, add_generation_prompt=True, tokenize=False)
        rows.append(TrainedPrompt(example=seed, text=text, tokens=prompt_ids(tokenizer, messages, tools)))
    write_text(
        checkpoint / FILE, TrainedPrompts(dialect=params.target.dialect, rows=rows).model_dump_json(indent=2) + "\n"
    )


def _export_own_seeds(root: Path, out: Path, params: Params) -> None:
    """Seeds of a team's own tools, the tools, and what a reader said of them; nothing where the seeds are no file."""
    own = root / SEEDS
    if not own.exists() and params.data.source == "jsonl" and params.data.path is not None:
        own = root / params.data.path
    if not own.is_file():
        return
    out.mkdir(parents=True)
    beside = own.with_name(TOOLS)
    for path in (own, readings_path(own), beside if beside.is_file() else root / TOOLS):
        if path.is_file():
            shutil.copyfile(path, out / path.name)


def export_checkpoint(base: Path, adapter: Path, out: Path, params: Params, result: RoundResult) -> None:
    """The merged model with tokenizer, chat template, generation config and a card with this round's figures."""
    model = load_model(base, adapter, params.models.dtype)
    model.save_pretrained(out)
    load_tokenizer(base).save_pretrained(out)
    for name in ("chat_template.jinja", "generation_config.json"):
        if (base / name).exists() and not (out / name).exists():
            shutil.copy2(base / name, out / name)
    card = render_prompt(
        "model_card",
        params=params,
        result=result,
        licence=licence_of(base),
        base_model=hub_name(params.models.base),
        heldout=heldout(result),
    )
    write_text(out / "README.md", card + "\n")


def heldout(result: RoundResult) -> dict[str, Rate]:
    """The shares of a round's target on held-out rows: none of training seeds, none of the target before."""
    return {
        name: rate
        for name, rate in result.rates.items()
        if name.partition("/")[0] in HELD_OUT and rate.value is not None
    }


def export_failures(
    won: Sequence[Trial], seeds: Mapping[str, Example], out: Path, params: Params, result: RoundResult
) -> None:
    """The won attacks as a `datasets` folder: seed, attack, tools and gold as JSON text, the wrong answer and why."""
    rows = [
        {
            "id": trial.attack.id,
            "seed": seeds[trial.attack.example_id].query,
            "attack": trial.attack.text,
            "strategy": trial.attack.strategy,
            "tools": json.dumps([tool.model_dump() for tool in seeds[trial.attack.example_id].tools]),
            "gold": json.dumps([call.model_dump() for call in seeds[trial.attack.example_id].gold]),
            "answer": trial.completions[0].text,
            "failure": str(trial.scored[0].failure),
            "reason": trial.scored[0].detail,
        }
        for trial in won
    ]
    out.mkdir(parents=True, exist_ok=True)
    Dataset.from_list(rows).save_to_disk(str(out / "dataset"))
    success = rate_text(result.rates.get("attack_success") or result.rates.get("heldout_success"))
    card = render_prompt("failures_card", params=params, result=result, count=len(rows), success=success)
    write_text(out / "README.md", card + "\n")


def export_suite(won: Sequence[Trial], seeds: Mapping[str, Example], out: Path, params: Params) -> None:
    """BFCL-format questions and answers of the won attacks, the prompts as the target saw them, the pytest file."""
    dialect = DIALECTS[params.target.dialect]
    questions, answers, prompts = [], [], []
    for number, trial in enumerate(won):
        example = seeds[trial.attack.example_id].with_query(trial.attack.query, trial.attack.turns)
        row_id = f"{SUITE_CATEGORY}_{number}"
        functions = [tool.model_dump() for tool in example.tools]
        messages = [message.model_dump() for message in example.messages]
        questions.append({"id": row_id, "category": example.category, "question": [messages], "function": functions})
        answers.append({"id": row_id, "ground_truth": [{call.name: call.arguments} for call in example.gold]})
        prompts.append(
            {
                "id": row_id,
                "example": example.model_dump(mode="json"),
                "messages": dialect.messages(example),
                "tools": dialect.schemas(example),
                "right": dialect.render(gold_calls(example)),
            }
        )
    for name, rows in (
        (SUITE_CATEGORY, questions),
        (f"possible_answer/{SUITE_CATEGORY}", answers),
        ("prompts", prompts),
    ):
        write_text(out / f"{name}.json", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    asked = params.audit.model_dump(include=set(ASKED))
    suite = render_prompt("regression_suite", dialect=params.target.dialect, asked=repr(asked))
    write_text(out / "test_regression.py", suite + "\n")
