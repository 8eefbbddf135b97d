"""The mistake book: attacks that the target lost, with a weight that says how hard they still are."""

from collections.abc import Sequence

from sparring.records import Attack, Mistake, Trial


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


def _text(attack: Attack) -> tuple[str, str]:
    return attack.example_id, attack.text
