"""The target's training set of a round: proven failures, replay from the mistake book, clean seeds and no-call rows.

Every round trains on the same number of rows, so that rounds and controls compare. A part that runs short is made up
from the clean seeds. The no-call part keeps the target able to say no (docs/design.md, "What a mix needs").
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from sparring.config import SFTParams
from sparring.records import Attack, Example, Mistake, SFTExample, Trial

Render = Callable[[Example], str]
RowT = TypeVar("RowT")


def updated_mistakes(book: Sequence[Mistake], retried: Sequence[Trial], fresh: Sequence[Trial]) -> list[Mistake]:
    """The mistake book after a round: old entries scored again, new successes added at 1, one entry an attack text.

    Args:
        book: The book before the round.
        retried: Trials of the book's attacks against the present target, by attack id; an unscored one keeps its score.
        fresh: This round's trials.
    """
    passed = {trial.attack.id: right for trial in retried if (right := trial.first_right) is not None}
    entries = {}
    for mistake in book:
        change = 0 if mistake.attack.id not in passed else -1 if passed[mistake.attack.id] else 1
        if mistake.score + change > 0:
            entries[_text(mistake.attack)] = Mistake(attack=mistake.attack, score=mistake.score + change)
    for trial in fresh:
        if trial.success and _text(trial.attack) not in entries:
            entries[_text(trial.attack)] = Mistake(attack=trial.attack, score=1)
    return sorted(entries.values(), key=lambda mistake: mistake.attack.id)


def mix(
    fresh: Sequence[Trial],
    book: Sequence[Mistake],
    clean: Sequence[Example],
    examples: Mapping[str, Example],
    render: Render,
    params: SFTParams,
    seed: int,
) -> list[SFTExample]:
    """Draws the training rows of a round, in a fixed random order.

    Args:
        fresh: This round's trials; its successes are the new failures.
        book: The mistake book before this round, for replay; heavier entries come first.
        clean: Training seeds, with calls and without.
        examples: Training seeds by id, to find an attack's gold.
        render: Gold calls of an example as the target's text.
        params: Shares and sizes.
        seed: Decides which rows are drawn and their order.
    """
    rng = random.Random(seed)
    failures = capped([trial.attack for trial in fresh if trial.success], params.max_per_seed)
    new_texts = {_text(attack) for attack in failures}
    replay = [m.attack for m in sorted(book, key=lambda m: (-m.score, m.attack.id)) if _text(m.attack) not in new_texts]
    with_calls = [example for example in clean if example.gold]
    without_calls = [example for example in clean if example.wants_no_call]
    chosen_failures = _draw(failures, round(params.attack_share * params.examples), rng)
    chosen_replay = replay[: round(params.replay_share * params.examples)]
    chosen_no_call = _draw(without_calls, round(params.no_call_share * params.examples), rng)
    num_clean = params.examples - len(chosen_failures) - len(chosen_replay) - len(chosen_no_call)
    rows = [
        *(_attack_row(attack, "attack", examples, render) for attack in chosen_failures),
        *(_attack_row(attack, "replay", examples, render) for attack in chosen_replay),
        *(_clean_row(example, "clean", render) for example in _draw(with_calls, num_clean, rng)),
        *(_clean_row(example, "no_call", render) for example in chosen_no_call),
    ]
    rng.shuffle(rows)
    return rows


def clean_rows(
    seeds: Sequence[Example], num_rows: int, no_call_share: float, render: Render, seed: int
) -> list[SFTExample]:
    """Untouched seeds, with and without calls, in a fixed random order: what the target starts from."""
    rng = random.Random(seed)
    no_call = _draw([e for e in seeds if e.wants_no_call], round(no_call_share * num_rows), rng)
    with_calls = _draw([e for e in seeds if e.gold], num_rows - len(no_call), rng)
    rows = [
        *(_clean_row(example, "clean", render) for example in with_calls),
        *(_clean_row(example, "no_call", render) for example in no_call),
    ]
    rng.shuffle(rows)
    return rows


def capped(attacks: Sequence[Attack], max_per_seed: int) -> list[Attack]:
    """The attacks in their order, at most `max_per_seed` a seed and no text twice."""
    per_seed: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    kept = []
    for attack in attacks:
        if per_seed[attack.example_id] < max_per_seed and _text(attack) not in seen:
            per_seed[attack.example_id] += 1
            seen.add(_text(attack))
            kept.append(attack)
    return kept


def _text(attack: Attack) -> tuple[str, str]:
    return attack.example_id, attack.query


def _draw(items: Sequence[RowT], count: int, rng: random.Random) -> list[RowT]:
    return rng.sample(list(items), min(count, len(items)))


def _attack_row(attack: Attack, origin: str, examples: Mapping[str, Example], render: Render) -> SFTExample:
    example = examples[attack.example_id].with_query(attack.query)
    return _row(f"{origin}:{attack.id}", example, origin, render)


def _clean_row(example: Example, origin: str, render: Render) -> SFTExample:
    return _row(f"{origin}:{example.id}", example, origin, render)


def _row(row_id: str, example: Example, origin: str, render: Render) -> SFTExample:
    return SFTExample.model_validate(
        {
            "id": row_id,
            "messages": example.messages,
            "tools": example.tools,
            "completion": render(example),
            "origin": origin,
        }
    )
