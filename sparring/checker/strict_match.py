"""Calls to a verdict in `strict` mode, the training default: the same answer key as `bfcl`, with its faults mended.

Gold answers are compiled once an example. The faults and their tests: specification, section 4. A verdict names the
call, the argument, what was expected and what came.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from sparring.checker.argument_types import ANY, KINDS, check_schema, type_fits, type_words
from sparring.checker.errors import ExampleError
from sparring.checker.python_text import DecodedCall
from sparring.checker.strict_strings import standardised
from sparring.gold import OMITTED, may_be_omitted
from sparring.records import Example, Failure, Tool, Verdict
from sparring.schemas.descriptions import UNSTATED, meant_default
from sparring.schemas.type_names import schema_of_type

CORRECT = Verdict(correct=True)
SHOWN_CHARS = 200
SCALARS = frozenset({str, int, float, bool})


@dataclass(frozen=True)
class Parameter:
    """One argument of a gold call: its schema, what is accepted, and those among it that fit the schema as they are."""

    name: str
    schema: dict[str, Any]
    accepted: tuple[Any, ...]
    exact: frozenset[tuple[type, Any]]
    optional: bool

    @cached_property
    def standard(self) -> tuple[Any, ...]:
        """The accepted values as they are compared."""
        return tuple(_gold_standard(value) for value in _values(self.accepted))

    @cached_property
    def standard_texts(self) -> frozenset[str]:
        """The strings among them."""
        return frozenset(value for value in self.standard if type(value) is str)

    @cached_property
    def foreign_types(self) -> frozenset[type]:
        """Types of accepted values that are not what the schema declares."""
        others = (value for value in self.accepted if value != OMITTED and not type_fits(value, self.schema))
        return frozenset(type(value) for value in others)

    @cached_property
    def default(self) -> Any:
        """What the schema says an absent argument means."""
        return meant_default(self.schema)

    @cached_property
    def accepts_its_default(self) -> bool:
        """Whether leaving the argument out says what the gold says."""
        default = self.default
        return default is not UNSTATED and any(_equal(_standard(default), wanted) for wanted in self.standard)


@dataclass(frozen=True, slots=True)
class CompiledCall:
    """One gold call, ready for comparison."""

    name: str
    parameters: dict[str, Parameter]
    properties: dict[str, Any]
    required: tuple[str, ...]
    wanted: tuple[str, ...]


def compile_gold(example: Example) -> list[CompiledCall]:
    """The gold of an example.

    Raises:
        ExampleError: The gold calls what is no tool, or a type is unknown or incomplete.
    """
    tools = {tool.name: tool for tool in example.tools}
    compiled = []
    for call in example.gold:
        if call.name not in tools:
            raise ExampleError(f"the gold calls {call.name}, which is none of the tools")
        compiled.append(_compile(tools[call.name], call.arguments))
    return compiled


def _compile(tool: Tool, gold: dict[str, list[Any]]) -> CompiledCall:
    properties, required = _parameters(tool)
    parameters = {}
    schema: Any
    for name, accepted in gold.items():
        if name not in properties and OMITTED in accepted:
            continue
        if name not in properties and not tool.parameters.get("additionalProperties"):
            raise ExampleError(f"the gold of {tool.name} has {name}, which is not in its schema")
        schema = properties.get(name, tool.parameters.get("additionalProperties"))
        if schema is True:  # JSON Schema's schema that admits everything
            schema = {}
        schema = _with_known_type(schema)
        check_schema(f"{tool.name}.{name}", schema)
        parameters[name] = Parameter(
            name=name,
            schema=schema,
            accepted=tuple(accepted),
            exact=_exact(accepted, schema),
            optional=may_be_omitted(accepted),
        )
    wanted = tuple(parameter.name for parameter in parameters.values() if not parameter.optional)
    return CompiledCall(tool.name, parameters, properties, required, wanted)


def _with_known_type(schema: Any) -> Any:
    """A schema whose type is a Python annotation, `Union[int, float]`, with JSON Schema's names; others as they are."""
    kind = schema.get("type") if isinstance(schema, dict) else None
    if not isinstance(kind, str) or kind in KINDS or kind == ANY:
        return schema
    made = schema_of_type(kind)
    return schema if made is None else {key: value for key, value in schema.items() if key != "type"} | made


def _parameters(tool: Tool) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The schemas of a tool's parameters by name, and the names of those that every call gives."""
    properties = tool.parameters.get("properties", {})
    required = tool.parameters.get("required") or ()
    if not isinstance(properties, dict):
        raise ExampleError(f"tool {tool.name}: its parameters have no properties")
    if isinstance(required, bool | str) or not all(isinstance(name, str) for name in required):
        raise ExampleError(f"tool {tool.name}: required is no list of names")
    return properties, tuple(sorted(required))


def _values(accepted: Sequence[Any]) -> list[Any]:
    """The accepted values without the mark of an omission; alone, the empty string is a value too."""
    marked = may_be_omitted(accepted) and len(accepted) > 1
    return [value for value in accepted if value != OMITTED or not marked]


def _exact(accepted: Sequence[Any], schema: dict[str, Any]) -> frozenset[tuple[type, Any]]:
    return frozenset(
        (type(value), value) for value in _values(accepted) if type(value) in SCALARS and type_fits(value, schema)
    )


def match(gold: Sequence[CompiledCall], calls: Sequence[DecodedCall], category: str) -> Verdict:
    """The verdict on calls that were read without fault."""
    if len(calls) != len(gold):
        return _wrong_count(len(gold), len(calls), category)
    if len(gold) == 1:
        return _match_call(gold[0], calls[0], 0) or CORRECT
    if all(map(_fits, gold, calls)):
        return CORRECT
    fits = [[_fits(wanted, call) for call in calls] for wanted in gold]
    unmet = next((index for index, row in enumerate(fits) if not any(row)), None)
    if unmet is not None:
        return _explain(gold, calls, unmet, {index for index, row in enumerate(fits) if row[index]})
    partner = maximum_bipartite_matching(csr_matrix(np.array(fits)), perm_type="column")
    if (partner >= 0).all():
        return CORRECT
    return _explain(gold, calls, int(np.argmin(partner)), {int(index) for index in partner if index >= 0})


def _fits(gold: CompiledCall, call: DecodedCall) -> bool:
    return gold.name == call[0] and _match_call(gold, call, 0) is None


def _wrong_count(wanted: int, got: int, category: str) -> Verdict:
    checker = (
        "parallel_function_checker_no_order"
        if "parallel" in category
        else "multiple_function_checker"
        if "multiple" in category
        else "simple_function_checker"
    )
    failure = Failure.NO_CALL if got == 0 else Failure.WRONG_COUNT
    return Verdict(False, failure, f"{checker}:wrong_count", f"expected {wanted} calls, got {got}")


def _explain(gold: Sequence[CompiledCall], calls: Sequence[DecodedCall], missing: int, used: set[int]) -> Verdict:
    """Why a gold call found no partner: the fault of the free call that comes nearest."""
    free = [index for index in range(len(calls)) if index not in used]
    same_name = [index for index in free if calls[index][0] == gold[missing].name]
    index = (same_name or free)[0]
    fault = _match_call(gold[missing], calls[index], index)
    failure = fault.failure if fault is not None else Failure.WRONG_COUNT
    detail = fault.detail if fault is not None else "two calls answer the same request"
    error = "parallel_function_checker_no_order:cannot_find_match"
    return Verdict(False, failure, error, detail, index, fault.argument if fault else None)


def _match_call(gold: CompiledCall, call: DecodedCall, index: int) -> Verdict | None:
    """The first fault of a call against a gold call, or None."""
    name, arguments = call
    if name != gold.name:
        detail = f"call {index}: expected {gold.name}, got {name}"
        return Verdict(False, Failure.WRONG_FUNCTION, "simple_function_checker:wrong_func_name", detail, index)
    for parameter in gold.required:
        if parameter not in arguments:
            return _missing(gold, parameter, index, "missing_required")
    parameters = gold.parameters
    for parameter, value in arguments.items():
        known = parameters.get(parameter)
        if known is not None and type(value) in SCALARS and (type(value), value) in known.exact:
            continue  # most are right as they stand
        fault = _match_argument(gold, parameter, known, value, index)
        if fault is not None:
            return fault
    for parameter in gold.wanted:
        if parameter not in arguments and not parameters[parameter].accepts_its_default:
            return _missing(gold, parameter, index, "missing_optional")
    return None


def _missing(gold: CompiledCall, parameter: str, index: int, kind: str) -> Verdict:
    wanted = gold.parameters.get(parameter)
    expected = f", expected {_shown(wanted.accepted)}" if wanted else ""
    detail = f"call {index}: {gold.name} lacks {parameter}{expected}"
    return Verdict(False, Failure.MISSING_ARGUMENT, f"simple_function_checker:{kind}", detail, index, parameter)


def _match_argument(
    gold: CompiledCall, name: str, parameter: Parameter | None, value: Any, index: int
) -> Verdict | None:
    if parameter is None or parameter.optional:
        default = parameter.default if parameter else meant_default(gold.properties.get(name))
        if name in gold.properties and default is not UNSTATED and _equal(_standard(value), _standard(default)):
            return None
    if parameter is None:
        detail = f"call {index}: {gold.name} takes no {name} here, got {_short(value)}"
        error = "simple_function_checker:unexpected_param"
        return Verdict(False, Failure.UNEXPECTED_ARGUMENT, error, detail, index, str(name))
    if not type_fits(value, parameter.schema) and not _is_variable(value, parameter):
        expected = type_words(parameter.schema)
        detail = f"call {index}: {gold.name}.{name} must be {expected}, got {type(value).__name__} {_short(value)}"
        nested = isinstance(value, list | tuple) and expected in {"array", "tuple"}
        error = f"type_error:{'nested' if nested else 'simple'}"
        return Verdict(False, Failure.WRONG_TYPE, error, detail, index, name)
    given = _standard(value)
    if given in parameter.standard_texts if type(given) is str else any(_equal(given, o) for o in parameter.standard):
        return None
    detail = f"call {index}: {gold.name}.{name} expected {_shown(parameter.accepted)}, got {_short(value)}"
    return Verdict(False, Failure.WRONG_VALUE, _value_error(value), detail, index, name)


def _is_variable(value: Any, parameter: Parameter) -> bool:
    """The gold's own type differs from the declared one: a value of the gold's type is then compared as it is."""
    return type(value) in parameter.foreign_types


def _standard(value: Any) -> Any:
    """Strings standardised at every depth; tuples are lists."""
    if isinstance(value, str):
        return standardised(value)
    if isinstance(value, list | tuple):
        return [_standard(item) for item in value]
    if isinstance(value, dict):
        return {key: _standard(inner) for key, inner in value.items()}
    return value


class _Choices(dict[Any, list[Any]]):
    """A gold dictionary: per key the accepted values, standardised; an omission mark says the key may be absent."""


def _gold_standard(value: Any) -> Any:
    if isinstance(value, dict):
        return _Choices(
            {
                key: [_gold_standard(option) for option in options]
                if isinstance(options, list)
                else [_standard(options)]
                for key, options in value.items()
            }
        )
    if isinstance(value, list | tuple):
        return [_gold_standard(item) for item in value]
    return _standard(value)


def _equal(given: Any, wanted: Any) -> bool:
    """Equality that knows accepted values inside dictionaries, and never takes a bool for a number."""
    if isinstance(wanted, _Choices):
        if not isinstance(given, dict) or any(key not in wanted for key in given):
            return False
        return all(
            any(_equal(given[key], option) for option in options) if key in given else may_be_omitted(options)
            for key, options in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(given, list)
            and len(given) == len(wanted)
            and all(_equal(a, b) for a, b in zip(given, wanted, strict=True))
        )
    if isinstance(given, bool) != isinstance(wanted, bool):
        return False
    return bool(given == wanted)


def _value_error(value: Any) -> str:
    if isinstance(value, str):
        return "value_error:string"
    if isinstance(value, list | tuple):
        return "value_error:list/tuple"
    return "value_error:dict_value" if isinstance(value, dict) else "value_error:others"


def _shown(accepted: Sequence[Any]) -> str:
    return " or ".join(repr(value) for value in accepted if value != OMITTED)[:SHOWN_CHARS] or "nothing"


def _short(value: Any) -> str:
    return repr(value)[:SHOWN_CHARS]
