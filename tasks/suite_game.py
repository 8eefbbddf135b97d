"""The state of a suite's run: what is asked of whom, and where its answers and scores lie.

What is asked is remembered beside the answers; the same name with other settings is refused, since answers would mix.
"""

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from sparring.config import Params, Positive
from sparring.dialects import DIALECTS
from sparring.engine.number_format import load_recipe
from sparring.errors import InputError
from sparring.names import checked, plain_name
from sparring.records import Example, Record
from sparring.sources.bfcl import CATEGORIES
from sparring.sources.wheels import fetch_wheel
from sparring.storage import hash_tree, read_jsonl
from sparring.studies.own_rows import load_own_rows
from sparring.studies.suite import bfcl_rows
from sparring.targets.asked import check_target, free_again, remember, with_dialect
from sparring.targets.journal import JournalRow
from sparring.targets.settings import TargetSettings

BFCL = "bfcl"
REQUESTS_A_ROW = 2
CHARACTERS_A_TOKEN = 8  # at most, on average: who is told that a limit is too low is told so rightly
LIMITS = {"max_requests", "max_tokens"}  # they decide how far a suite comes, not what an answer is


class SuiteSettings(Record):
    """What a suite asks.

    Attributes:
        target: Who is asked.
        rows: "bfcl", or a file of the user's own rows.
        categories: BFCL's categories; empty with own rows.
        max_new_tokens: Longest answer; parallel calls need more than a single one.
        rows_per_category: Most rows of each of BFCL's categories; None for all.
        max_requests: Most requests of an endpoint, retries counted; None for twice the rows.
        max_tokens: Most tokens, prompts and answers; None for no bound.
    """

    target: TargetSettings
    rows: str
    categories: list[str]
    max_new_tokens: int
    rows_per_category: Positive | None = None
    max_requests: Positive | None = None
    max_tokens: Positive | None = None


@dataclass(frozen=True)
class SuiteGame:
    """The state of a suite's run, handed from task to task."""

    root: Path
    params: Params
    name: str
    settings: SuiteSettings

    @property
    def folder(self) -> Path:
        """Where everything of the run lies."""
        return self.root / "suites" / self.name

    @property
    def journal(self) -> Path:
        """The answers, as they come."""
        return self.folder / "journal.jsonl"

    @cached_property
    def wheel(self) -> Path:
        """BFCL's data."""
        return fetch_wheel("bfcl-eval", self.root / "data" / "raw")

    @cached_property
    def examples(self) -> list[Example]:
        """The rows that are asked."""
        if self.settings.rows == BFCL:
            return bfcl_rows(self.wheel, self.settings.categories, self.settings.rows_per_category)
        dialect = DIALECTS[self.params.target.dialect]
        return load_own_rows(Path(self.settings.rows), dialect, self.params.data.max_rejected)


def open_suite(root: Path, name: str, settings: SuiteSettings, dialect: str | None) -> SuiteGame:
    """Checks that the suite can be run, before anything is asked.

    Raises:
        InputError: The name is none or taken by other settings, a file is missing, a category or dialect is unknown.
    """
    checked("name", name, plain_name)
    params = with_dialect(load_recipe(root), dialect)
    target = params.target.model_copy(update={"max_new_tokens": settings.max_new_tokens})
    game = SuiteGame(root, params.model_copy(update={"target": target}), name, settings)
    if settings.rows != BFCL and not Path(settings.rows).exists():
        raise InputError(f"{settings.rows}: no such file; --rows takes a file of your own rows")
    if unknown := [category for category in settings.categories if category not in CATEGORIES]:
        raise InputError(f"unknown BFCL category {unknown[0]!r}; allowed: {', '.join(CATEGORIES)}")
    check_target(settings.target, params)
    _remember(game)
    return game if settings.target.base_url is None else _within_limits(game)


def _within_limits(game: SuiteGame) -> SuiteGame:
    """The suite with limits of its own in place of an audit's; what earlier starts cost counts.

    Raises:
        InputError: It could not end within them.
    """
    settings, kept = game.settings, _kept(game)
    left = max(0, len(game.examples) - len({row.row_id for row in kept if _is_answer(row)}))
    spent = sum(row.requests for row in kept)
    if left and settings.max_requests is not None and settings.max_requests - spent < left:
        raise InputError(
            f"{left} rows are to be asked, --max-requests allows {settings.max_requests}{_spent(spent)}: allow "
            f"{spent + left} or more, or ask fewer rows, {_fewer(settings, settings.max_requests - spent)}"
        )
    if left == len(game.examples) and settings.max_tokens is not None and settings.max_tokens < (least := _least(game)):
        raise InputError(
            f"{left} rows are to be asked, whose prompts alone take more than {least} tokens, --max-tokens allows "
            f"{settings.max_tokens}: allow more, or ask fewer rows"
        )
    limits = {"max_requests": settings.max_requests or spent + REQUESTS_A_ROW * left, "max_tokens": settings.max_tokens}
    audit = game.params.audit.model_copy(update=limits)
    return replace(game, params=game.params.model_copy(update={"audit": audit}))


def _kept(game: SuiteGame) -> list[JournalRow]:
    return read_jsonl(game.journal, JournalRow) if game.journal.exists() else []


def _is_answer(row: JournalRow) -> bool:
    return (row.text is not None and row.reason is None) or row.reply is not None


def _spent(requests: int) -> str:
    return f", of which earlier starts spent {requests}" if requests else ""


def _fewer(settings: SuiteSettings, requests: int) -> str:
    """How to ask fewer rows."""
    if settings.rows != BFCL:
        return "in a file of fewer"
    return f"e.g. --rows-per-category {max(1, requests // max(1, len(settings.categories)))}"


def _least(game: SuiteGame) -> int:
    """Tokens that the prompts take at least."""
    dialect = DIALECTS[game.params.target.dialect]
    asked = (json.dumps([dialect.messages(row), dialect.schemas(row)]) for row in game.examples)
    return sum(map(len, asked)) // CHARACTERS_A_TOKEN


def _remember(game: SuiteGame) -> None:
    """Keeps what decides an answer; refuses others under the same name, unless its first try brought no answer."""
    asked = game.settings.target
    files = [Path(asked.adapter)] if asked.adapter is not None else []
    files += [Path(asked.model)] if asked.base_url is None else []
    files += [Path(game.settings.rows)] if game.settings.rows != BFCL else []
    unset = {"rows_per_category"} if game.settings.rows_per_category is None else set()
    wanted = game.settings.model_dump(mode="json", exclude=LIMITS | unset) | {
        "dialect": game.params.target.dialect,
        "dtype": game.params.models.dtype,
        "inputs": {path.as_posix(): hash_tree(path) for path in files},
    }
    kept = game.folder / "settings.json"
    if not any(map(_is_answer, _kept(game))):
        free_again(kept, wanted, game.journal, game.name)
    remember(kept, wanted, f"{game.folder}: holds a suite")
