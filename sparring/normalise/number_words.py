"""English number words, both ways: 25 is "twenty-five" and back. Whole numbers from 0 to below a trillion."""

import re

UNITS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen""".split()
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
WORDS = {word: value for value, word in enumerate(UNITS)} | {word: 10 * (i + 2) for i, word in enumerate(TENS)}
_WORD = "|".join(sorted([*WORDS, *SCALES, "hundred"], key=len, reverse=True))
PHRASE = re.compile(rf"\b(?:{_WORD})(?:(?:\s*-\s*|\s+and\s+|\s+)(?:{_WORD}))*\b", re.IGNORECASE)
LIMIT = 10**12


def spell(value: int) -> str:
    """A whole number in words.

    Raises:
        ValueError: It is negative or not below a trillion.
    """
    if not 0 <= value < LIMIT:
        raise ValueError(f"{value} is not between 0 and {LIMIT}")
    for word, scale in sorted(SCALES.items(), key=lambda item: -item[1]):
        if value >= scale:
            head, rest = divmod(value, scale)
            return f"{spell(head)} {word}" + (f" {spell(rest)}" if rest else "")
    if value >= 100:
        head, rest = divmod(value, 100)
        return f"{UNITS[head]} hundred" + (f" {spell(rest)}" if rest else "")
    if value >= 20:
        head, rest = divmod(value, 10)
        return TENS[head - 2] + (f"-{UNITS[rest]}" if rest else "")
    return UNITS[value]


def read(phrase: str) -> list[int]:
    """The numbers that a run of number words names: "two hundred and five" is [205], "three four" is [3, 4]."""
    found: list[int] = []
    total = current = 0
    started = False
    last = LIMIT
    for word in re.findall(r"[a-z]+", phrase.lower()):
        if word == "and":
            continue
        if word == "hundred" and started and 0 < current < 10:
            current, last = current * 100, 100
        elif word in SCALES and started and 0 < current < 1000:
            total, current, last = total + current * SCALES[word], 0, LIMIT
        elif word in WORDS and (not started or _continues(current, last, WORDS[word], total)):
            current += WORDS[word]
            started, last = True, WORDS[word]
        else:
            if started:
                found.append(total + current)
            value = 100 if word == "hundred" else SCALES.get(word, WORDS.get(word, 0))
            total, current, started, last = 0, value, True, value
    if started:
        found.append(total + current)
    return found


def _continues(current: int, last: int, value: int, total: int) -> bool:
    """Whether a word goes on with the number so far: twenty-five, two hundred five, one thousand five."""
    if current == 0:
        return total > 0
    if last in range(20, 100) and last % 10 == 0:
        return 0 < value < 10
    return last == 100 and value > 0
