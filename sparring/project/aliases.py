"""Accepted values that the gold lacks: proposed where a judge calls two different answers right, accepted by a person.

The queue (data/alias_queue.jsonl) waits for a person; decisions lie in aliases.jsonl, which git keeps. `prepare` adds
what was accepted to the gold, so everything after it plays with the mended answer key.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from sparring.checker import ParseError, check_calls
from sparring.checker.check import Parse
from sparring.errors import InputError
from sparring.gold import OMITTED, accepted_values
from sparring.records import Call, Example, Failure, GoldCall, Record, Trial
from sparring.storage import read_jsonl, write_jsonl
from sparring.targets.judge import Judgement, Opinion

MENDABLE = frozenset({Failure.WRONG_VALUE, Failure.WRONG_TYPE, Failure.MISSING_ARGUMENT, Failure.UNEXPECTED_ARGUMENT})
MAX_ADDITIONS = 8


class Alias(Record):
    """One addition to the gold that waits for a decision, or has one.

    Attributes:
        id: Hash of what is added where: the same proposal has the same id.
        example_id: The seed.
        attack: The query that it was found with.
        call: Index of the gold call; None where no addition makes the answer right.
        argument: Name of the argument.
        value: What was answered; "" stands for an argument left out.
        accepted: The values accepted so far.
        proposed: The values accepted once this is.
        answer: The target's whole answer.
        decision: A person's.
    """

    id: str
    example_id: str
    attack: str
    call: int | None
    argument: str | None
    value: Any
    accepted: list[Any]
    proposed: list[Any]
    answer: str
    decision: Literal["accepted", "rejected"] | None = None


def queue_path(root: Path) -> Path:
    """Where proposals wait."""
    return root / "data" / "alias_queue.jsonl"


def decisions_path(root: Path) -> Path:
    """Where decisions lie."""
    return root / "aliases.jsonl"


def proposals(
    trials: Sequence[Trial], judgements: Sequence[Judgement], examples: Mapping[str, Example], parse: Parse
) -> list[Alias]:
    """What would have to be accepted for the answers that the judge called right beside the gold."""
    both = {judgement.attack_id for judgement in judgements if judgement.opinion == Opinion.BOTH}
    return [
        alias
        for trial in trials
        if trial.attack.id in both
        for alias in _additions(trial, examples[trial.attack.example_id], parse)
    ]


def _additions(trial: Trial, example: Example, parse: Parse) -> list[Alias]:
    """The fewest additions that make the answer right; one entry without argument where none do."""
    answer = trial.completions[0].text
    try:
        calls = [Call(name=name, arguments=arguments) for name, arguments in parse(answer)]
    except ParseError:
        return [_alias(trial, None, None, None, [], [])]
    found: list[Alias] = []
    mended = example
    for _ in range(MAX_ADDITIONS):
        verdict = check_calls(mended, calls)
        if verdict.correct:
            return found
        number, argument = verdict.call, verdict.argument
        if verdict.failure not in MENDABLE or number is None or argument is None or number >= len(example.gold):
            break
        if number >= len(calls) or calls[number].name != mended.gold[number].name:
            break
        accepted = mended.gold[number].arguments.get(argument, [])
        value = calls[number].arguments.get(argument, OMITTED)
        added = [value] if value == OMITTED else accepted_values(value)
        proposed = [*accepted, *added] if accepted else [*added, OMITTED]
        if any(alias.call == number and alias.argument == argument for alias in found):
            break
        found.append(_alias(trial, number, argument, value, accepted, proposed))
        mended = _with_values(mended, number, argument, proposed)
    return [_alias(trial, None, None, None, [], [])]


def _alias(
    trial: Trial, call: int | None, argument: str | None, value: Any, accepted: list[Any], proposed: list[Any]
) -> Alias:
    answer = trial.completions[0].text
    key = json.dumps([trial.attack.example_id, call, argument, value, answer if call is None else ""])
    return Alias(
        id=hashlib.sha256(key.encode()).hexdigest()[:10],
        example_id=trial.attack.example_id,
        attack=trial.attack.text,
        call=call,
        argument=argument,
        value=value,
        accepted=accepted,
        proposed=proposed,
        answer=answer,
    )


def _with_values(example: Example, number: int, argument: str, accepted: list[Any]) -> Example:
    gold = list(example.gold)
    gold[number] = GoldCall(name=gold[number].name, arguments=gold[number].arguments | {argument: accepted})
    return example.model_copy(update={"gold": gold})


def enqueue(root: Path, found: Sequence[Alias]) -> int:
    """Adds proposals to the queue, those that wait or were decided left out; returns how many are new."""
    waiting = _rows(queue_path(root))
    known = {alias.id for alias in (*waiting, *_rows(decisions_path(root)))}
    new = [alias for alias in {alias.id: alias for alias in found}.values() if alias.id not in known]
    if new:
        write_jsonl(queue_path(root), [*waiting, *new])
    return len(new)


def decide(root: Path, ids: Sequence[str], decision: Literal["accepted", "rejected"]) -> list[Alias]:
    """Moves entries from the queue to the decisions; returns them.

    Raises:
        InputError: No such entry waits, or no addition would make its answer right.
    """
    waiting = {alias.id: alias for alias in _rows(queue_path(root))}
    for alias_id in ids:
        if alias_id not in waiting:
            raise InputError(f"{queue_path(root)}: no entry {alias_id}; there are {', '.join(waiting) or 'none'}")
        if decision == "accepted" and waiting[alias_id].call is None:
            raise InputError(f"{alias_id}: no accepted value makes its answer right; edit the example, or reject it")
    decided = [waiting.pop(alias_id).model_copy(update={"decision": decision}) for alias_id in dict.fromkeys(ids)]
    write_jsonl(decisions_path(root), [*_rows(decisions_path(root)), *decided])
    write_jsonl(queue_path(root), waiting.values())
    return decided


def mend(examples: Sequence[Example], root: Path) -> list[Example]:
    """The examples with every accepted alias in their gold; aliases of examples that are not here are left out.

    Raises:
        InputError: A line is broken, or names a call or argument that the gold does not have.
    """
    path = decisions_path(root)
    mended = {example.id: example for example in examples}
    for number, alias in enumerate(_rows(path), start=1):
        if alias.decision != "accepted" or alias.example_id not in mended:
            continue
        example = mended[alias.example_id]
        if alias.call is None or alias.argument is None or alias.call >= len(example.gold):
            raise InputError(f"{path}:{number}: call: {alias.example_id} has no call {alias.call}")
        accepted = example.gold[alias.call].arguments.get(alias.argument, [])
        values = [*accepted, *(value for value in alias.proposed if not _holds(accepted, value))]
        mended[example.id] = _with_values(example, alias.call, alias.argument, values)
    return [mended[example.id] for example in examples]


def _holds(accepted: Sequence[Any], value: Any) -> bool:
    """Whether a value is there; 1, 1.0 and True are three."""
    return any(type(one) is type(value) and one == value for one in accepted)


def _rows(path: Path) -> list[Alias]:
    return read_jsonl(path, Alias) if path.exists() else []
