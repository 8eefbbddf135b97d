"""What a training row teaches: the target's own right answer to the untouched seed, else the gold's text.

Its own words are the smallest change of its weights, and an attack that is answered as its seed is teaches that the
frame means nothing. The surprises: an own answer must hold every optional value that its query says, since the gold
would let it learn to leave them out; and where an attack renames tools, the own answer is renamed along.
"""

from collections.abc import Callable, Mapping, Sequence

from sparring.attacker.schema_attacks import Renaming
from sparring.checker import ParseError, check
from sparring.dialects import Dialect
from sparring.dialects.gold_text import gold_text
from sparring.normalise.said import with_said
from sparring.records import Call, Example, Trial


def own_right_answers(
    untouched: Sequence[Trial], seeds: Mapping[str, Example], dialect: Dialect, is_cut: Callable[[str], bool]
) -> dict[str, str]:
    """By seed the target's first answer, where it is right, whole, and says what the query says.

    Args:
        untouched: Trials of untouched seeds.
        seeds: Training seeds by id.
        dialect: Of the target.
        is_cut: Whether a text ended at the longest length: it would be learnt without its end.
    """
    found = {}
    for trial in untouched:
        if trial.first_right and (text := trial.completions[0].text).strip() and not is_cut(text):
            seed = seeds[trial.attack.example_id]
            if check(with_said(seed), text, parse=dialect.parse).correct:
                found[seed.id] = text
    return found


def renamed_answer(text: str, renaming: Renaming, changed: Example, dialect: Dialect) -> str:
    """A right answer to a seed as it is under changed tools; the gold's text where it cannot be taken along."""
    if renaming.functions or renaming.parameters:
        try:
            calls = [Call(name=name, arguments=arguments) for name, arguments in dialect.parse(text)]
        except ParseError:
            return gold_text(dialect, changed)
        text = dialect.render(renaming.ahead(calls)) if calls else text
    return text if check(changed, text, parse=dialect.parse).correct else gold_text(dialect, changed)
