"""The target behind an OpenAI-compatible chat API, from a hosted model to a vLLM on the next machine.

Every answered row is in the journal before the next is counted, under an id made from the request itself: what is
finished is never asked again, and another question never gets its answer. A row that the network lost is unanswered,
not wrong. What an error of ours hits while an answer is read is in the journal too, and is read again by the next run.
"""

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import httpx
from pydantic import Field

from sparring.config import Params, Positive, Section
from sparring.dialects.base import Dialect
from sparring.errors import InputError, UnreachableError
from sparring.progress import Meter
from sparring.records import Example
from sparring.secrets_in_text import masked, secret_in
from sparring.targets.body_fields import LearntFields, longest_answer
from sparring.targets.budget import Budget, BudgetSpentError, StoppedError
from sparring.targets.chat_wire import ChatWire, Row
from sparring.targets.exchange import bounded_client
from sparring.targets.journal import Journal, JournalRow, open_journal
from sparring.targets.replies import Replies, Unanswered
from sparring.targets.reply import CUT_AT, Reply, ReplyMessage
from sparring.targets.settings import TargetSettings
from sparring.targets.stopping import Patience, keep, keep_under_way
from sparring.targets.tool_use import ToolUse
from sparring.targets.transport import RefusedError, RowFailedError, Spent, Transport
from sparring.terminal import say

MIN_FAILURES_TO_STOP = 16
BUDGET_REASON = "the budget was spent before an answer came"


class EndpointParams(Section):
    """An endpoint and what may be spent on it.

    Attributes:
        base_url: Address up to the version, e.g. http://127.0.0.1:8000/v1.
        model: Name of the model there.
        key_variable: Environment variable that holds the key; None for a server without one.
        concurrency: Requests at a time.
        timeout_s: Longest wait for one whole answer.
        max_attempts: Requests a row, the first counted.
        max_requests: Most requests of a journal, retries counted; None for no bound.
        max_tokens: Most tokens of a journal, prompts and answers; None for no bound.
        body: Further fields of each request, e.g. {"reasoning_effort": "low"}; null leaves a usual one out.
        strict: Whether the API's tools are asked for in strict mode.
        tool_choice: auto, required, none, or the name of the tool that must be called; None leaves it to the API.
        parallel_tool_calls: Whether one answer may hold several calls; None leaves it to the API.
    """

    base_url: str
    model: str
    key_variable: str | None
    concurrency: Positive
    timeout_s: Annotated[float, Field(gt=0.0)]
    max_attempts: Positive
    max_requests: Positive | None
    max_tokens: Positive | None
    body: dict[str, Any] = Field(default_factory=dict)
    strict: bool = False
    tool_choice: str | None = None
    parallel_tool_calls: bool | None = None

    @property
    def tool_use(self) -> ToolUse:
        """How the API's own tools are asked for."""
        return ToolUse(self.strict, self.tool_choice, self.parallel_tool_calls)


class UnansweredError(UnreachableError):
    """Rows stayed without an answer; what was answered is in the journal.

    Attributes:
        unanswered: The rows and their reasons.
    """

    def __init__(self, message: str, unanswered: Sequence[Unanswered]) -> None:
        super().__init__(message)
        self.unanswered = list(unanswered)


class BudgetExceeded(UnansweredError):
    """The budget is spent; `unanswered` names the rows that are left. A larger one goes on from the journal."""


class _UnreadError(Exception):
    """An answer came, and an error of ours kept it from becoming a text; `row` keeps it."""

    def __init__(self, row: JournalRow) -> None:
        super().__init__(row.row_id)
        self.row = row


class EndpointTarget:
    """A function-calling model behind a chat API.

    Args:
        params: Address, model, patience and budget.
        dialect: How calls are written; where it shows tools in the messages, the API's `tools` are not used.
        max_new_tokens: Longest answer.
        journal: File that keeps finished rows; a later run with it goes on.

    Raises:
        InputError: The address is none, or the key's variable is not set.
    """

    def __init__(self, params: EndpointParams, dialect: Dialect, max_new_tokens: int, journal: Path) -> None:
        self.params = params
        self.journal = journal
        self.url = _checked_url(params.base_url)
        self._wire = ChatWire(dialect, params.model, max_new_tokens, params.body, params.tool_use)
        self._fields = LearntFields()
        self._told_short = False
        self._headers = headers(params.key_variable)

    @property
    def not_taken(self) -> frozenset[str]:
        """The fields that the endpoint was found to refuse: requests go without them."""
        return self._fields.now.dropped

    def answer(self, examples: Sequence[Example], samples: int, temperature: float, seed: int) -> list[list[str]]:
        """Texts per example, `samples` each, in the order of the examples; temperature 0 is greedy.

        Raises:
            BudgetExceeded: The budget does not reach.
            UnansweredError: A row has no answer for another reason. `ask` gives the others apart.
            InputError: The endpoint refuses every request: wrong address, key or model.
        """
        replies = self.ask(examples, samples, temperature, seed)
        if left := replies.unanswered:
            if any(row.reason == BUDGET_REASON for row in left):
                raise BudgetExceeded(
                    f"the budget is spent ({replies.spent}): {len(left)} rows are left, first {left[0].row_id}", left
                )
            raise UnansweredError(f"{len(left)} rows have no answer, first {left[0].row_id}: {left[0].reason}", left)
        return [[text for text in texts if text is not None] for texts in replies.texts]

    def ask(self, examples: Sequence[Example], samples: int, temperature: float, seed: int) -> Replies:
        """Asks for every row that the journal does not hold; rows without an answer come back apart.

        Raises:
            InputError: The endpoint refuses every request: wrong address, key or model.
            ValueError: Several greedy samples were asked for.
        """
        if samples > 1 and temperature == 0:
            raise ValueError("several samples of a greedy model are one sample: set a temperature above 0")
        rows = [
            [self._wire.row(example, sample, temperature, seed) for sample in range(samples)] for example in examples
        ]
        distinct = {row.id: row for group in rows for row in group}
        with open_journal(self.journal) as journal:
            self._read_kept(journal, distinct)
            left = [row for row in distinct.values() if row.id not in journal.texts]
            budget = Budget(self.params.max_requests, self.params.max_tokens, journal.requests, journal.tokens)
            if not self._told_short and (warning := budget.short_of(len(left))) is not None:
                self._told_short = True  # RL asks a step at a time: once is enough
                say(warning)
            ended = self._ask_all(left, journal, budget, len(distinct) - len(left)) if left else []
            texts = dict(journal.texts)
        reasons = {end.row_id: end.reason or "" for end in ended if end.text is None}
        unanswered = [Unanswered(row_id, reasons[row_id]) for row_id in distinct if row_id in reasons]
        by_example = [next((reasons[row.id] for row in group if row.id in reasons), None) for group in rows]
        return Replies([[texts.get(row.id) for row in group] for group in rows], by_example, unanswered, str(budget))

    def _read_kept(self, journal: Journal, rows: Mapping[str, Row]) -> None:
        """Reads the answers that an error kept from being read when they came."""
        for row_id in sorted(journal.unread.keys() & rows.keys()):
            text = self._wire.text(ReplyMessage.model_validate(journal.unread[row_id]), rows[row_id])
            journal.add(JournalRow(row_id=row_id, text=text, reason=None, requests=0, tokens=0))

    def _ask_all(self, rows: Sequence[Row], journal: Journal, budget: Budget, num_done: int) -> list[JournalRow]:
        """Ends of the rows, each in the journal as soon as it is known."""
        params = self.params
        with (
            bounded_client(self._headers, params.concurrency) as client,
            ThreadPoolExecutor(params.concurrency, thread_name_prefix="endpoint") as pool,
        ):
            transport = Transport(client, self.url, params.timeout_s, params.max_attempts, budget)
            patience = Patience(params.concurrency, transport.pace.stop)
            futures = [pool.submit(self._end, transport, patience, row) for row in rows]
            try:
                return self._collect(futures, journal, num_done)
            except BaseException:
                try:
                    keep_under_way(futures, transport.pace.stop, journal)
                finally:
                    transport.abandon()
                    pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _collect(self, futures: Sequence[Future[JournalRow]], journal: Journal, num_done: int) -> list[JournalRow]:
        """Journals the rows as they end; an error of ours in one is raised once all have."""
        ended: list[JournalRow] = []
        fatal: BaseException | None = None
        meter = Meter("endpoint answers", len(futures) + num_done, num_done)
        try:
            for future in as_completed(futures):
                try:
                    end = future.result()
                except InputError as error:
                    fatal = error
                    continue
                except _UnreadError as error:
                    journal.add(error.row)
                    fatal = fatal or error.__cause__
                    continue
                ended.append(end)
                keep(end, journal)
                meter.advance()
        finally:
            meter.close()
        if fatal is not None:
            raise fatal
        return ended

    def _end(self, transport: Transport, patience: Patience, row: Row) -> JournalRow:
        """Asks for one row; whatever happens to it, what it cost is told."""
        spent, begin = Spent(), time.monotonic()
        text = reason = None
        try:
            reply = self._reply(transport, row, spent)
            patience.note(failed=False)
            if reply.cut:
                longest = longest_answer(self._fields.now.applied(row.body))
                reason = f"{CUT_AT} {longest} tokens (finish_reason: length)"
            else:
                text = self._text(reply, row, spent, begin)
        except RowFailedError as error:
            reason = str(error)
            patience.note(failed=True)
        except BudgetSpentError:
            reason = BUDGET_REASON
        except StoppedError:
            reason = "not asked to the end: the endpoint had stopped answering"
        except InputError:
            transport.pace.stop.set()
            raise
        seconds = round(time.monotonic() - begin, 3)
        return JournalRow(
            row_id=row.id, text=text, reason=reason, requests=spent.requests, tokens=spent.tokens, seconds=seconds
        )

    def _text(self, reply: Reply, row: Row, spent: Spent, begin: float) -> str:
        try:
            return self._wire.text(reply.message, row)
        except Exception as error:  # of whatever kind: the answer is paid for
            raise _UnreadError(
                JournalRow(
                    row_id=row.id,
                    text=None,
                    reason=f"not read yet: {type(error).__name__}",
                    requests=spent.requests,
                    tokens=spent.tokens,
                    seconds=round(time.monotonic() - begin, 3),
                    reply=reply.message.model_dump(mode="json", exclude_unset=True),
                )
            ) from error

    def _reply(self, transport: Transport, row: Row, spent: Spent) -> Reply:
        """The answer to a row, asked anew where a refusal or an end in mid-thought tells how to ask."""
        while True:
            sent = self._fields.now
            body = sent.applied(row.body)
            try:
                reply = transport.ask(body, spent)
            except RefusedError as refusal:
                if not self._fields.learn(sent, sent.after_refusal(body, str(refusal))):
                    raise
                continue
            if not (reply.cut and reply.thinks) or not self._fields.learn(sent, replace(sent, thinks=True)):
                return reply


def _checked_url(base_url: str) -> str:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise InputError(masked(f"base_url {base_url!r}: {error}")) from None
    if (found := secret_in(base_url)) is not None or url.userinfo:
        raise InputError(f"base_url: holds {found or 'a password'}; keys come from the environment only")
    if url.scheme not in {"http", "https"} or not url.host:
        raise InputError(f"base_url {base_url!r}: expected http://host/v1 or https://host/v1")
    return f"{base_url.rstrip('/')}/chat/completions"


def endpoint_of(settings: TargetSettings, params: Params) -> EndpointParams:
    """The endpoint that somebody wants asked, with the recipe's patience."""
    fields = set(EndpointParams.model_fields)
    patience, asked = params.audit.model_dump(include=fields), settings.model_dump(include=fields)
    return EndpointParams.model_validate(asked | patience)


def check_endpoint(params: EndpointParams) -> None:
    """Raises InputError where the address is none, or the key's variable is not set; sends nothing."""
    _checked_url(params.base_url)
    headers(params.key_variable)


def headers(key_variable: str | None) -> dict[str, str]:
    """What every request carries. Raises InputError where the key's variable is not set."""
    key = None if key_variable is None else _key(key_variable)
    return {"Content-Type": "application/json"} | ({} if key is None else {"Authorization": f"Bearer {key}"})


def _key(variable: str) -> str:
    key = os.environ.get(variable, "").strip()
    if not key:
        raise InputError(f"the environment variable {variable} is not set: it should hold the endpoint's key")
    if not (key.isascii() and key.isprintable()):
        raise InputError(f"the environment variable {variable} holds characters that no key has")
    return key
