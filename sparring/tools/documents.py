"""Documents that hold tools: a file or an address, JSON or YAML, and those that its references may lead into.

The surprise: a reference fetches nothing by itself. Another document is read only where `--allow` names its address, or
a folder or address that it lies below; it is then put into the first one under its own `$id`, as JSON Schema bundles.
"""

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from sparring.errors import InputError, UnreachableError
from sparring.secrets_in_text import masked, secret_in
from sparring.sources.foreign import whole_number
from sparring.storage import read_text
from sparring.targets.exchange import ExchangeError, bounded_client, exchange
from sparring.tools.limits import MAX_DOCUMENT_BYTES
from sparring.yaml_text import read_yaml_document

WEB = ("http", "https")
MAX_DOCUMENTS = 50
BUNDLED = "x-bundled"


class Documents:
    """Reads documents, all within one deadline.

    Args:
        deadline_s: Seconds that all downloads may take together.
        allow: Addresses and folders that references may lead to.
    """

    def __init__(self, deadline_s: float, allow: Sequence[str] = ()) -> None:
        self._ends = time.monotonic() + deadline_s
        self._allow = [_address(one) for one in allow]

    def read(self, source: str) -> Any:
        """The values of a document, with those that its references lead to and that are allowed.

        Raises:
            InputError: It is missing or broken.
            UnreachableError: Its server does not answer.
        """
        base = _address(source)
        document = self._values(source, base)
        if self._allow and isinstance(document, dict) and "$id" not in document:
            document |= {"$id": base, BUNDLED: self._beside(document, base)}
        return document

    def _beside(self, document: dict[str, Any], base: str) -> list[Any]:
        """The documents that references lead to, theirs too, each with its address."""
        found: dict[str, Any] = {}
        waiting = list(_references(document, base))
        while waiting:
            address = waiting.pop()
            if address == base or address in found or not self._is_allowed(address):
                continue
            if len(found) == MAX_DOCUMENTS:
                raise InputError(f"{base}: references lead to more than {MAX_DOCUMENTS} documents")
            other = self._values(address, address)
            found[address] = {"$id": address} | other if isinstance(other, dict) else other
            waiting += _references(other, address)
        return list(found.values())

    def _is_allowed(self, address: str) -> bool:
        return any(_lies_below(address, allowed) for allowed in self._allow)

    def _values(self, source: str, address: str) -> Any:
        parts = urlsplit(address)
        text = self._download(address) if parts.scheme in WEB else _read_file(Path(unquote(parts.path)), source)
        shown = masked(source)
        if text.lstrip()[:1] not in ("{", "["):
            return read_yaml_document(text, shown)
        try:
            return json.loads(text, parse_int=whole_number)
        except json.JSONDecodeError as error:
            raise InputError(f"{shown}:{error.lineno}: not JSON: {error.msg}") from None
        except RecursionError:
            raise InputError(f"{shown}: not JSON: brackets nest too deeply") from None

    def _download(self, address: str) -> str:
        shown = masked(address)
        if (found := secret_in(address)) is not None:
            raise InputError(f"{shown}: holds {found}; download the document and name the file")
        with bounded_client({"Accept": "application/json, application/yaml, */*"}) as client:
            try:
                answer = exchange(client, "GET", address, max(self._ends - time.monotonic(), 0.1))
            except ExchangeError as error:
                raise UnreachableError(f"{shown}: {error}") from None
        if answer.status != httpx.codes.OK:
            moved = f"; it moved to {masked(answer.headers['Location'])}" if "Location" in answer.headers else ""
            raise InputError(f"{shown}: the server answers {answer.status}{moved}")
        try:
            return answer.body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError(f"{shown}: not UTF-8 at byte {error.start}") from None


def is_web_address(source: str) -> bool:
    """Whether a source is an address and no file."""
    return urlsplit(source).scheme in WEB


def _read_file(path: Path, source: str) -> str:
    if path.is_file() and path.stat().st_size > MAX_DOCUMENT_BYTES:
        raise InputError(f"{source}: {path.stat().st_size:,} bytes; at most {MAX_DOCUMENT_BYTES:,} are read")
    try:
        return read_text(path).removeprefix("\ufeff")
    except OSError as error:
        raise InputError(f"{source}: {(error.strerror or 'not readable').lower()}") from None


def _address(source: str) -> str:
    """The address of a file or a document."""
    try:
        return source if is_web_address(source) else Path(source).resolve().as_uri()
    except (ValueError, OSError) as error:
        raise InputError(f"{source[:100]!r} is neither a file nor an address: {error}") from None


def _references(document: Any, base: str) -> Iterator[str]:
    """The addresses of other documents that references lead to."""
    waiting = [document]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            reference = found.get("$ref")
            if isinstance(reference, str) and (address := reference.partition("#")[0]):
                yield from _joined(base, address)
        inside = found.values() if isinstance(found, dict) else found
        waiting += [one for one in inside if isinstance(one, dict | list)] if isinstance(found, dict | list) else []


def _joined(base: str, address: str) -> Iterator[str]:
    try:
        joined = urljoin(base, address)
        if urlsplit(joined).scheme in (*WEB, "file"):
            yield joined
    except ValueError:
        return


def _lies_below(address: str, allowed: str) -> bool:
    """Whether an address is the allowed one or lies below it; a link in a folder leads where it really leads."""
    there, here = urlsplit(address), urlsplit(allowed)
    if (there.scheme, there.netloc) != (here.scheme, here.netloc):
        return False
    if there.scheme == "file":
        return Path(unquote(there.path)).resolve().is_relative_to(Path(unquote(here.path)).resolve())
    path = unquote(there.path)
    return ".." not in path.split("/") and (path == here.path or path.startswith(here.path.rstrip("/") + "/"))
