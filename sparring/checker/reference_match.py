"""Calls to a verdict in `bfcl` mode: the reference's rules in the reference's order, its quirks included.

Works on BFCL's raw documents, since its gold and its schemas need not agree. A fault is (error_type, argument,
sentence); no fault is None. Where the reference would crash, ExampleError says why.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sparring.checker.errors import ExampleError
from sparring.checker.foreign_values import JAVA_TYPES, JAVASCRIPT_TYPES, NESTED, from_java, from_javascript
from sparring.checker.python_text import Arguments, DecodedCall
from sparring.short_cache import keeps_short

Fault = tuple[str, str | None, str]
TYPES: dict[str, type] = {
    "string": str,
    "integer": int,
    "float": float,
    "boolean": bool,
    "array": list,
    "tuple": list,
    "dict": dict,
    "any": str,
}
SCALARS = {"string": str, "integer": int, "float": float, "boolean": bool}
FOREIGN = {
    "java": (JAVA_TYPES, from_java, "java"),
    "javascript": (JAVASCRIPT_TYPES, from_javascript, "js"),
}
DROPPED = re.compile(r"[ \,\.\/\-\_\*\^]")
SIMPLE = "simple_function_checker"
PARALLEL = "parallel_function_checker_no_order"


def match_calls(
    functions: Sequence[Mapping[str, Any]],
    gold: Sequence[Mapping[str, Mapping[str, list[Any]]]],
    calls: Sequence[DecodedCall],
    category: str,
    underscore_to_dot: bool = False,
    language: str = "python",
) -> Fault | None:
    """The first fault of the calls, or None; its words can be kept in a file, whatever the calls hold.

    Raises:
        ExampleError: The example cannot be scored (the reference crashes there).
    """
    fault = _first_fault(functions, gold, calls, category, underscore_to_dot, language)
    if fault is None:
        return None
    error_type, argument, detail = fault
    return error_type, argument if argument is None else written(argument), written(detail)


def written(text: str) -> str:
    """A text as files hold it: half a surrogate pair as its escape."""
    return text.encode("utf-8", "backslashreplace").decode()


def _first_fault(
    functions: Sequence[Mapping[str, Any]],
    gold: Sequence[Mapping[str, Mapping[str, list[Any]]]],
    calls: Sequence[DecodedCall],
    category: str,
    underscore_to_dot: bool,
    language: str,
) -> Fault | None:
    if "parallel" in category:
        return _match_parallel(functions, gold, calls, underscore_to_dot, language)
    if "multiple" in category:
        if len(calls) != len(gold):
            return "multiple_function_checker:wrong_count", None, f"expected {len(gold)} calls, got {len(calls)}"
        name, _ = _gold_entry(gold, 0)
        return match_call(_described(functions, name), gold[0], calls[0], underscore_to_dot, language)
    if len(calls) != 1:
        return f"{SIMPLE}:wrong_count", None, f"expected 1 call, got {len(calls)}"
    if not functions:
        raise ExampleError("the example has no tools")
    if not gold:
        raise ExampleError("the example has no gold")
    return match_call(functions[0], gold[0], calls[0], underscore_to_dot, language)


def _match_parallel(
    functions: Sequence[Mapping[str, Any]],
    gold: Sequence[Mapping[str, Mapping[str, list[Any]]]],
    calls: Sequence[DecodedCall],
    underscore_to_dot: bool,
    language: str,
) -> Fault | None:
    if len(calls) != len(gold):
        return f"{PARALLEL}:wrong_count", None, f"expected {len(gold)} calls, got {len(calls)}"
    used: set[int] = set()
    for position, entry in enumerate(gold):
        name, _ = _gold_entry(gold, position)
        described = _described(functions, name)
        for index, call in enumerate(calls):
            if index not in used and match_call(described, entry, call, underscore_to_dot, language) is None:
                used.add(index)
                break
        else:
            return f"{PARALLEL}:cannot_find_match", None, f"no call matches the expected call of {name}"
    return None


def _gold_entry(
    gold: Sequence[Mapping[str, Mapping[str, list[Any]]]], index: int
) -> tuple[str, Mapping[str, list[Any]]]:
    if index >= len(gold) or not gold[index]:
        raise ExampleError("the example has no gold call")
    return next(iter(gold[index].items()))


def _described(functions: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    for function in functions:
        if function.get("name") == name:
            return function
    raise ExampleError(f"the gold calls {name}, which is none of the tools")


def match_call(
    function: Mapping[str, Any],
    gold: Mapping[str, Mapping[str, list[Any]]],
    call: DecodedCall,
    underscore_to_dot: bool,
    language: str,
) -> Fault | None:
    """The first fault of one call against one gold call."""
    if not gold:
        raise ExampleError("the example has no gold call")
    accepted = next(iter(gold.values()))
    properties, required = _schema(function)
    expected_name = function["name"].replace(".", "_") if underscore_to_dot else function["name"]
    name, arguments = call
    if name != expected_name:
        return f"{SIMPLE}:wrong_func_name", None, f"expected a call of {expected_name}, got {name}"
    for parameter in required:
        if parameter not in arguments:
            return f"{SIMPLE}:missing_required", parameter, f"{name}: required argument {parameter} is missing"
    for parameter, value in arguments.items():
        if parameter not in properties or parameter not in accepted:
            return f"{SIMPLE}:unexpected_param", str(parameter), f"{name}: argument {parameter} is not expected"
        schema = properties[parameter]
        if language == "python":
            if _is_accepted(value, schema, accepted[parameter]):
                continue
            fault = match_argument(parameter, value, schema, accepted[parameter])
        else:
            fault = match_foreign(parameter, value, schema, accepted[parameter], language)
        if fault is not None:
            return fault
    return missing_optional(name, arguments, accepted)


def _is_accepted(value: Any, schema: Any, accepted: Any) -> bool:
    """Whether a value is plainly right: of the declared type and among the accepted ones. Most are, and it is quick."""
    if type(accepted) is not list or type(schema) is not dict:
        return False
    declared = schema.get("type")
    return type(declared) is str and SCALARS.get(declared) is type(value) and value in accepted


def missing_optional(name: str, arguments: Arguments, accepted: Mapping[str, list[Any]]) -> Fault | None:
    """The first gold argument that is not given and may not be left out."""
    for parameter, values in accepted.items():
        if parameter not in arguments and "" not in values:
            return f"{SIMPLE}:missing_optional", parameter, f"{name}: argument {parameter} is missing"
    return None


def _schema(function: Mapping[str, Any]) -> tuple[Mapping[str, Any], Sequence[str]]:
    try:
        properties, required = function["parameters"]["properties"], function["parameters"]["required"]
    except (KeyError, TypeError) as error:
        raise ExampleError(f"tool {function.get('name')}: its parameters have no {error}") from None
    if not (isinstance(properties, dict) and isinstance(required, list) and isinstance(function.get("name"), str)):
        raise ExampleError(f"tool {function.get('name')}: its parameters are no schema")
    return properties, required


def match_argument(parameter: str, value: Any, schema: Mapping[str, Any], accepted: list[Any]) -> Fault | None:
    """The fault of one Python argument, or None."""
    declared, item = declared_types(parameter, schema)
    if schema["type"] == "tuple" and type(value) is tuple:
        value = list(value)
    if schema["type"] == "float" and type(value) is int:
        try:
            value = float(value)
        except OverflowError:
            raise ExampleError(f"{parameter}: a number is out of range") from None
    return match_value(parameter, value, declared, item, accepted)


def match_foreign(
    parameter: str, value: Any, schema: Mapping[str, Any], accepted: list[Any], language: str
) -> Fault | None:
    """The fault of one Java or JavaScript argument, or None: its text is read as the declared type first."""
    types, read, name = FOREIGN[language]
    try:
        declared = schema["type"]
        item = schema["items"]["type"] if declared in NESTED else None
        kinds = types[declared], types[item] if item is not None else None
    except (KeyError, TypeError) as error:
        raise ExampleError(f"{parameter}: unknown or missing type: {error}") from None
    if type(value) is not str:
        got = type(value).__name__
        return f"type_error:{name}", parameter, f"{parameter}: expected {language} text, got {got} {value!r}"
    return match_value(parameter, read(value, declared, item), *kinds, accepted)


def declared_types(parameter: str, schema: Mapping[str, Any]) -> tuple[type, type | None]:
    """Python's type of a parameter and of its items (None where it holds none)."""
    try:
        declared = TYPES[schema["type"]]
        item = TYPES[schema["items"]["type"]] if schema["type"] in {"array", "tuple"} else None
    except (KeyError, TypeError) as error:
        raise ExampleError(f"{parameter}: unknown or missing type: {error}") from None
    return declared, item


def match_value(parameter: str, value: Any, declared: type, item: type | None, accepted: list[Any]) -> Fault | None:
    """Type check, then value check."""
    fault, is_variable = _match_type(parameter, value, declared, item, accepted)
    if fault is not None:
        return fault
    try:
        if not is_variable:
            if declared is dict:
                return _match_dict(parameter, value, accepted)
            if declared is list and item is dict:
                return _match_dicts(parameter, value, accepted)
            if declared is str:
                return _match_string(parameter, value, accepted)
            if declared is list:
                return _match_list(parameter, value, accepted)
        if value not in accepted:
            return "value_error:others", parameter, _differs(parameter, accepted, value)
    except (TypeError, AttributeError, KeyError, IndexError) as error:
        raise ExampleError(f"{parameter}: the accepted values do not fit its type: {error}") from None
    return None


def _gold_type(accepted: Any) -> type | None:
    """Type of the first accepted value that is not the mark of an omission."""
    for value in accepted:
        if value != "":
            return type(value)
    return None


def _match_type(
    parameter: str, value: Any, declared: type, item: type | None, accepted: Any
) -> tuple[Fault | None, bool]:
    """The fault, and whether the argument counts as a variable: the gold's type is not the declared one."""
    try:
        gold_type = _gold_type(accepted)
    except TypeError:
        raise ExampleError(f"{parameter}: its accepted values are no list") from None
    if type(value) is declared:
        is_variable = gold_type is not None and gold_type is not declared
        if item is None or _items_fit(parameter, value, item, accepted):
            return None, is_variable
        return ("type_error:nested", parameter, f"{parameter}: an item of {value!r} is no {item.__name__}"), False
    if gold_type is not None and type(value) is gold_type:
        return None, True
    got = type(value).__name__
    return ("type_error:simple", parameter, f"{parameter}: expected {declared.__name__}, got {got} {value!r}"), False


def _items_fit(parameter: str, value: Any, item: type, accepted: list[Any]) -> bool:
    for alternative in accepted:
        if type(alternative) is not list:
            return True
        if all(_match_type(parameter, element, item, None, alternative)[0] is None for element in value):
            return True
    return False


@keeps_short(maxsize=65_536)
def standardised(text: str) -> str:
    """A string as the reference compares it."""
    return DROPPED.sub("", text).lower().replace("'", '"')


def _standard(value: Any) -> Any:
    return standardised(value) if type(value) is str else value


def _match_string(parameter: str, value: str, accepted: list[Any]) -> Fault | None:
    if standardised(value) in {standardised(option) for option in accepted if type(option) is str}:
        return None
    return "value_error:string", parameter, _differs(parameter, accepted, value)


def _match_list(parameter: str, value: list[Any], accepted: list[Any]) -> Fault | None:
    standard = [_standard(item) for item in value]
    if standard in [[_standard(item) for item in option] for option in accepted]:
        return None
    return "value_error:list/tuple", parameter, _differs(parameter, accepted, value)


def _match_dict(parameter: str, value: dict[Any, Any], accepted: list[Any]) -> Fault | None:
    """The last alternative's fault; an absent key overrides a wrong value."""
    fault: Fault | None = ("dict_checker:unclear", parameter, f"{parameter}: no accepted dictionary")
    for option in accepted:
        if option == "":
            continue
        fault = _dict_fault(parameter, value, option)
        if fault is None:
            return None
    return fault


def _dict_fault(parameter: str, value: dict[Any, Any], option: dict[str, list[Any]]) -> Fault | None:
    fault: Fault | None = None
    for key, inner in value.items():
        if key not in option:
            fault = "value_error:dict_key", parameter, f"{parameter}: key {key!r} is not expected"
            break
        if _standard(inner) not in [_standard(choice) for choice in option[key]]:
            fault = "value_error:dict_value", parameter, _differs(f"{parameter}.{key}", option[key], inner)
            break
    for key, choices in option.items():
        if key not in value and "" not in choices:
            return "value_error:dict_key", parameter, f"{parameter}: key {key!r} is missing"
    return fault


def _match_dicts(parameter: str, value: list[Any], accepted: list[Any]) -> Fault | None:
    fault: Fault | None = ("dict_checker:unclear", parameter, f"{parameter}: no accepted list of dictionaries")
    for option in accepted:
        if len(value) != len(option):
            reason = f"{parameter}: expected {len(option)} dictionaries, got {len(value)}"
            fault = "value_error:list_dict_count", parameter, reason
            continue
        for given, wanted in zip(value, option, strict=True):
            fault = _match_dict(parameter, given, [wanted])
            if fault is not None:
                break
        else:
            return None
    return fault


def _differs(parameter: str, accepted: Any, value: Any) -> str:
    shown = " or ".join(repr(option) for option in accepted if option != "")[:200]
    return f"{parameter}: expected {shown or 'nothing'}, got {repr(value)[:200]}"
