"""Agreement with the reference on recorded verdicts: the format of BFCL's recorded cases, read as it is."""

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, ValidationError, field_validator

from sparring.checker.errors import ExampleError
from sparring.checker.reference import OutputForm, reference_fault
from sparring.errors import InputError
from sparring.records import Rate, Record
from sparring.statistics import rate
from sparring.storage import first_fault

CRASHES = ("oracle:crash", "oracle:refused_unsafe_binop")


class Oracle(Record):
    """What the reference said; `valid` is None where it crashed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    valid: bool | None
    error_type: str | None = None


class RecordedCase(Record):
    """One recorded verdict."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    category: str
    language: Literal["python", "java", "javascript"]
    functions: list[dict[str, Any]]
    model_output_text: Any
    possible_answer: list[dict[str, dict[str, list[Any]]]] | None
    oracle: Oracle
    mode: Literal["prompt", "fc", "qwen_fc"] = "prompt"
    return_format: Literal["python", "json", "verbose_xml", "concise_xml"] = "python"
    tool_call_tag: bool = False
    underscore_to_dot: bool = False

    @field_validator("functions")
    @classmethod
    def _name_what_they_require(cls, functions: list[dict[str, Any]]) -> list[dict[str, Any]]:
        schemas = [function.get("parameters") for function in functions]
        required = [schema.get("required") for schema in schemas if isinstance(schema, dict)]
        if not all(isinstance(name, str) for names in required if isinstance(names, list) for name in names):
            raise ValueError("a required parameter is no name")
        return functions

    @property
    def form(self) -> OutputForm:
        """How the output was asked for."""
        return OutputForm(self.mode, self.return_format, self.tool_call_tag, self.underscore_to_dot)


class Agreement(Record):
    """Shares by language (FC mode of any language counts as "fc"); `differing` lists what differs, verdicts first."""

    cases: int
    verdicts: dict[str, Rate]
    error_types: dict[str, Rate]
    differing: list[str]


def read_recorded(path: Path) -> Iterator[RecordedCase]:
    """Cases of a .jsonl or .jsonl.gz file.

    Raises:
        InputError: The file is missing or no such file, or a row is broken.
    """
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not readable: {error}") from None
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield RecordedCase.model_validate(json.loads(line))
            except ValidationError as error:
                raise InputError(f"{path}:{number}: {first_fault(error)}") from None
            except (ValueError, RecursionError) as error:
                raise InputError(f"{path}:{number}: not JSON: {error}") from None


def verdict_of(case: RecordedCase) -> tuple[bool | None, str | None]:
    """Our (valid, error type); (None, reason) where the example cannot be scored."""
    try:
        fault = reference_fault(
            case.functions, case.possible_answer or [], case.model_output_text, case.category, case.language, case.form
        )
    except ExampleError as error:
        return None, f"example error: {error}"
    return fault is None, None if fault is None else fault[0]


def agreement(cases: Sequence[RecordedCase]) -> Agreement:
    """Compares our verdicts with the recorded ones; where the reference crashed, ours must be a named error."""
    verdicts: dict[str, list[bool]] = {}
    errors: dict[str, list[bool]] = {}
    differing = []
    for case in cases:
        group = "fc" if case.mode != "prompt" else case.language
        valid, error_type = verdict_of(case)
        crashed = case.oracle.valid is None or case.oracle.error_type in CRASHES
        same = error_type is not None if crashed else valid == case.oracle.valid
        verdicts.setdefault(group, []).append(same)
        if not crashed and case.oracle.error_type is not None:
            errors.setdefault(group, []).append(error_type == case.oracle.error_type)
            same = same and errors[group][-1]
        if not same:
            differing.append(f"{case.id}: recorded {case.oracle.error_type or 'valid'}, ours {error_type or 'valid'}")
    return Agreement(
        cases=len(cases),
        verdicts={group: rate(sum(found), len(found)) for group, found in sorted(verdicts.items())},
        error_types={group: rate(sum(found), len(found)) for group, found in sorted(errors.items())},
        differing=differing,
    )


def agreement_line(found: Agreement) -> str:
    """One line: cases, agreement of verdicts, agreement of error types by language."""
    parts = [f"{found.cases} cases"]
    for label, shares in (("verdicts", found.verdicts), ("error types", found.error_types)):
        each = ", ".join(f"{group} {share.value:.2%} of {share.total}" for group, share in shares.items())
        parts.append(f"{label}: {each}")
    return "; ".join(parts)
