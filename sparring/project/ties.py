"""What ties rows to one another: tied rows stay on one side of the splits, and no learnt row is tied to a held-out one.

By tool, rows of one function belong together, so that what is tested are functions never trained on. By query, for
data that shows the same functions in every row, those belong together that ask alike or are answered alike. The one
surprise: a no-call row that shows the product's whole set of tools says nothing about one of them, so it ties none.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from sparring.project.like_queries import LikeQueries, pattern_keys, words_of
from sparring.project.right_arguments import RightArguments
from sparring.records import Example

SplitBy = Literal["tool", "query"]
MIN_SIGNATURE = 3
WHOLE_SET = 0.05  # of the functions that rows call: who shows more of them shows a set (BFCL's rows: at most .03)
FUNCTION = "\0function"  # no argument is called so


class Known(Protocol):
    """What some rows tell of others beside their keys."""

    def knowing(self, example: Example) -> Iterator[tuple[str, str]]:
        """What is shared, and the id of the row that shares it."""
        ...


class Ties(Protocol):
    """What ties rows to one another.

    Attributes:
        by_tool: Whether functions tie rows: then training is not shown the ones that are held out.
    """

    by_tool: bool

    def keys(self, example: Example) -> Iterable[str]:
        """What ties a row to every other one that has the same."""
        ...

    def known(self, rows: Sequence[Example]) -> Known:
        """What else ties a row to some of these."""
        ...


class ToolTies:
    """Functions, questions, signatures of three or more parameters, and right arguments.

    Args:
        rows: All rows: among them a no-call row may show a whole set of tools.
    """

    by_tool = True

    def __init__(self, rows: Sequence[Example] = ()) -> None:
        called = {name for row in rows for name in target_names(row)}
        self._loose = {row.id for row in rows if not row.gold and _shows_a_set(row, called)}

    def keys(self, example: Example) -> Iterator[str]:
        """Its question, its targets' names and their signatures; a no-call row's own tools."""
        yield _question(example)
        if example.id in self._loose:
            return
        targets = set(target_names(example))
        for tool in example.tools:
            if normalised_name(tool.name) in targets or not example.gold:
                yield f"tool {normalised_name(tool.name)}"
                names = sorted(tool.parameters.get("properties", {}))
                if len(names) >= MIN_SIGNATURE:
                    yield "signature " + " ".join(names)

    def known(self, rows: Sequence[Example]) -> Known:
        """Their right arguments."""
        return _ByArguments(RightArguments(rows))


class QueryTies:
    """Queries that are the same, nearly or but for their values; right calls; right arguments of any function."""

    by_tool = False

    def keys(self, example: Example) -> Iterator[str]:
        """All that the user said, the last of it, and its pattern."""
        yield _question(example)
        yield "query " + (" ".join(words_of(example.query)) or example.query)
        yield from pattern_keys(example)

    def known(self, rows: Sequence[Example]) -> Known:
        """Their right calls and arguments, and queries that are nearly the same."""
        return _ByQuery(RightArguments(rows), RightArguments(map(with_functions, rows)), LikeQueries(rows))


@dataclass(frozen=True)
class _ByArguments:
    arguments: RightArguments

    def knowing(self, example: Example) -> Iterator[tuple[str, str]]:
        yield from (("right arguments", known) for known in self.arguments.knowing(example))


@dataclass(frozen=True)
class _ByQuery:
    arguments: RightArguments
    calls: RightArguments
    queries: LikeQueries

    def knowing(self, example: Example) -> Iterator[tuple[str, str]]:
        yield from (("right arguments", known) for known in self.arguments.knowing(example))
        yield from (("right call", known) for known in self.calls.knowing(with_functions(example)))
        yield from (("nearly the query", known) for known in self.queries.knowing(example))


BY_TOOL: Ties = ToolTies()


def ties_of(rows: Sequence[Example], split: SplitBy) -> Ties:
    """What ties these rows, by `data.split`."""
    return ToolTies(rows) if split == "tool" else QueryTies()


def target_names(example: Example) -> list[str]:
    """The functions that a right answer calls, normalised."""
    return sorted({normalised_name(call.name) for call in example.gold})


def normalised_name(name: str) -> str:
    """Letters, marks and digits of a function's name, of any script, lowered: what two spellings of one name share.

    A name without any is its own.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in folded if unicodedata.category(character)[0] in "LMN") or name


def with_functions(example: Example) -> Example:
    """The row with each right call's function among its arguments: one argument and the function are a right call."""
    gold = [
        call.model_copy(update={"arguments": {**call.arguments, FUNCTION: [normalised_name(call.name)]}})
        for call in example.gold
    ]
    return example.model_copy(update={"gold": gold})


def _question(example: Example) -> str:
    question = " ".join(message.content for message in example.messages if message.role == "user")
    return "question " + (" ".join(re.findall(r"\w+", question.lower())) or question)


def _shows_a_set(example: Example, called: set[str]) -> bool:
    """Whether a row shows so many of the functions which are called that it says nothing about one of them."""
    shown = called & {normalised_name(tool.name) for tool in example.tools}
    return len(shown) > max(1.0, WHOLE_SET * len(called))
