"""Odd inputs made of real ones: JSON changed at its joints, texts spliced and repeated, bytes flipped.

Every function draws from the generator that it is given, so an input is known by its boundary, seed and number. The one
surprise: odd JSON is written in by its text, since Python cannot write half of it (two equal keys, 3,000 brackets).
"""

import json
from collections.abc import Sequence
from random import Random
from typing import Any

from benchmarks.growth import PIECES

MAX_CHARS = 300_000
MAX_BYTES = 3_000_000
MAX_PLACES = 200_000
DEPTHS = (1, 2, 5, 59, 61, 200, 3_000, 100_000)
TIMES = (2, 3, 10, 100, 3_000)
ODD_CHARACTERS = (
    "\0", "\x07", "\x1b[2J", "\x1b]52;c;YQ==\x07", "\x7f", "\x85", "\u2028", "\u202e", "\u200b", "\ufeff", "\ufffe", "\uffff",
    "\U000e0041", "\U000e0100", "\U0010ffff", "\u0301" * 30, "ﷺ", "𝟞", "٣", "½", "İ", "ß", "\r\n", "\r", "{{x}}", "{% raw %}",
    "[bold]", "</script>", "<!--", "`", "|", "../..", "%s", "{0}", "$(id)", "'''", '"""', "\\", "\\u0000", "\\ud83d", "é", "漢字",
)  # fmt: skip
ODD_JSON = (
    "NaN", "Infinity", "-Infinity", "-NaN", "1e999", "-0", "-0.0", "1e-400", "1" * 301, "9" * 5_000, "1" + "0" * 400 + ".5", "18446744073709551616",
    "null", "true", "false", "0", "1.0", "-1", "3.7", '""', '" "', "[]", "{}", "[[]]", "[null]", '{"":null}', '{"a":1,"a":2}', '"\\ud83d"',
    '"\\u0000"', '{"\\udc00":1}', '"\ud83d"', '"0x1F"', '"1e5"', '"object"', '"any"', '"#/$defs/a"', '{"$ref":"#"}', '{"type":["null",3]}',
    '{"type":{}}', '{"anyOf":[]}', '{"properties":{"a":{}}}', '{"any_of":[]}', '{"name":"f","arguments":"{}"}', '"' + "x" * 5_000 + '"', '"\\u202e"',
    '"../.."', '{"__proto__":{}}', '"2024-01-01"', '[["a",1],["b",2]]', '"' + "a" * 300 + '"',
)  # fmt: skip


def mutated_json(rng: Random, value: Any, spare: Sequence[Any]) -> str:
    """A JSON text like that of a value, odd in one place or several.

    Args:
        rng: Decides all.
        value: A value of JSON.
        spare: Other values, parts of which may be put in.
    """
    raw: list[str] = []
    root = [json.loads(json.dumps(value))]
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        holder, key = rng.choice(_places(root))
        _change(rng, holder, key, spare, raw)
    text = _beginning(root[0], rng.random() < 0.5) if root else ""
    for number in reversed(range(len(raw))):  # the later ones may hold the earlier
        text = text.replace(f'"@raw{number}@"', raw[number], max(1, MAX_BYTES // len(raw[number])))
    return text[:MAX_BYTES]


def _beginning(value: Any, ensure_ascii: bool) -> str:
    """The first MAX_BYTES of a value's JSON: what is repeated within what is repeated would fill the memory."""
    chunks, size = [], 0
    for chunk in json.JSONEncoder(ensure_ascii=ensure_ascii).iterencode(value):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BYTES:
            break
    return "".join(chunks)


def _places(root: Any) -> list[tuple[Any, Any]]:
    """The first MAX_PLACES places of a value, or more, as what holds each and where, the root's own included."""
    found: list[tuple[Any, Any]] = []
    waiting = [root]
    while waiting and len(found) < MAX_PLACES:
        holder = waiting.pop()
        for key, inner in list(holder.items()) if isinstance(holder, dict) else list(enumerate(holder)):
            found.append((holder, key))
            if isinstance(inner, dict | list):
                waiting.append(inner)
    return found or [([None], 0)]


def _change(rng: Random, holder: Any, key: Any, spare: Sequence[Any], raw: list[str]) -> None:
    """One change of one place; odd JSON goes to `raw`, and a mark of it into the place."""

    def mark(text: str) -> str:
        raw.append(text)
        return f"@raw{len(raw) - 1}@"

    value = holder[key]
    match rng.randrange(10):
        case 0 | 1:
            holder[key] = mark(rng.choice(ODD_JSON))
        case 2:
            other, place = rng.choice(_places([rng.choice(spare)]))
            holder[key] = json.loads(json.dumps(other[place]))
        case 3:
            del holder[key]
        case 4 if isinstance(holder, dict):
            holder[odd_text(rng, str(key), [str(key)]).encode("utf-8", "replace").decode()] = value
        case 4:
            holder.extend([value] * rng.choice(TIMES))
        case 5:
            depth, (left, right) = rng.choice(DEPTHS), rng.choice((("[", "]"), ('{"a":', "}"), ('{"items":', "}")))
            holder[key] = mark(left * depth + json.dumps(value) + right * depth)
        case 6:
            holder[key] = rng.choice((json.dumps(value), [value], {"a": value}, str(value), [value, value]))
        case 7 if isinstance(value, dict) and value:
            again = rng.choice(list(value))
            holder[key] = mark(f"{{{json.dumps(again)}:{rng.choice(ODD_JSON)},{json.dumps(value)[1:]}")
        case 8 if isinstance(value, str) and value[:1] in {"[", "{"}:
            try:
                holder[key] = mutated_json(rng, json.loads(value), spare)
            except (ValueError, RecursionError):
                holder[key] = odd_text(rng, value, [value])
        case _:
            holder[key] = odd_text(rng, value, [value]) if isinstance(value, str) else mark(rng.choice(ODD_JSON))


def odd_text(rng: Random, text: str, others: Sequence[str]) -> str:
    """A text with some changes: parts cut, repeated, spliced from others, odd characters and marks put in."""
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + int(rng.expovariate(0.05)))
        part = text[start:end]
        match rng.randrange(9):
            case 0:
                put = ""
            case 1:
                put = part * rng.choice(TIMES)
            case 2 | 3:
                put = part + rng.choice(PIECES) * rng.choice((1, 1, 1, 2, 100))
            case 4:
                put = rng.choice(ODD_CHARACTERS) + part
            case 5:
                other = rng.choice(others)
                place = rng.randrange(len(other) + 1)
                put = other[place : place + rng.choice((5, 50, 500))]
            case 6:
                text, put = text[:end], ""
            case 7:
                opening, closing = rng.choice(("[]", "()", "{}", "<>", "''", '""', ("[f(x=", ")]"), ('{"a":', "}")))
                depth = rng.choice(DEPTHS[:-1])
                put = opening * depth + part + closing * depth
            case _:
                put = rng.choice(
                    ("1" * 400, "9" * 5_000, "0x" + "f" * 5_000, "1e999", "nan", "-", "\t", "  ", "1_0", "٣")
                )
        text = (text[:start] + put + text[end:])[:MAX_CHARS]
    return text


def odd_bytes(rng: Random, content: bytes) -> bytes:
    """Bytes of which some are flipped, lost, or none of UTF-8."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8))):
        place = rng.randrange(len(changed) + 1)
        match rng.randrange(5):
            case 0 if place < len(changed):
                changed[place] ^= 1 << rng.randrange(8)
            case 1:
                del changed[place:]
            case 2:
                changed[place:place] = rng.choice(
                    (b"\xff", b"\xed\xa0\xbd", b"\0", b"\xef\xbb\xbf", b"\n", b"\r", b"\xc3")
                )
            case 3:
                del changed[place : place + rng.randrange(1, 20)]
            case _:
                changed[place:place] = changed[place : place + rng.randrange(1, 200)] * rng.choice(TIMES[:3])
    return bytes(changed)


def any_value(rng: Random, depth: int = 3) -> Any:
    """A value of JSON, by grammar."""
    match rng.randrange(9 if depth else 6):
        case 0:
            return rng.choice((None, True, False))
        case 1:
            return rng.choice((0, 1, -1, 7, 10**18, -(10**299), rng.randrange(10**6)))
        case 2:
            return rng.choice((0.5, -0.0, 1e300, 1e-300, 3.0, rng.random()))
        case 3 | 4 | 5:
            return any_name(rng) if rng.random() < 0.5 else rng.choice(ODD_CHARACTERS)
        case 6:
            return [any_value(rng, depth - 1) for _ in range(rng.randrange(4))]
        case _:
            return {any_name(rng): any_value(rng, depth - 1) for _ in range(rng.randrange(4))}


def any_name(rng: Random) -> str:
    """A name of letters of any script, with and without what names usually may not hold."""
    alphabets = (
        "abcxyz_",
        "ABc.d",
        "天气查询",
        "Погода",
        "طقس",
        "शहर",
        "🌤🙂",
        "a-b/c:d",
        " a\t",
        "é\u0301ﬁ",
        "0123",
        "'\"`\\",
    )
    return "".join(rng.choice(rng.choice(alphabets)) for _ in range(rng.choice((1, 3, 8, 70))))
