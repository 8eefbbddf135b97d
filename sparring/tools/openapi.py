"""Operations of an OpenAPI document (3.0, 3.1) as tools: parameters and the fields of the body are the arguments.

A body that is a plain object gives its fields; any other is one argument, `body`. Optional headers and cookies are left
to the client: no person says them. References lead inside the document, and into those that were let in beside it
(`sparring.tools.documents`).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sparring.errors import InputError
from sparring.schemas.json_schema import Schema, SchemaError
from sparring.schemas.references import Addresses
from sparring.tools.modern import named_examples
from sparring.tools.names import LAWFUL_ARGUMENT, lawful
from sparring.tools.parts import mapped
from sparring.tools.reading import Choice, GivenTool, Importer

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
VERSION = re.compile(r"3\.[01](\.|\Z)")
CLIENTS = frozenset({"accept", "content-type", "authorization"})  # parameters that the standard leaves to the client
LEFT_TO_CLIENT = ("header", "cookie")
BODY_TYPES = (re.compile(r"application/([\w.-]+\+)?json\b.*|\*/\*", re.I), re.compile(r"text/json\b.*", re.I))
FORM_TYPES = re.compile(r"application/x-www-form-urlencoded\b.*|multipart/form-data\b.*", re.I)
NOT_SENT = frozenset({"xml", "externalDocs", "discriminator", "writeOnly", "readOnly"})
PLAIN_BODY = frozenset("type properties required description title additionalProperties examples default".split())
MAX_LOOKS = 30


def read_openapi(document: Mapping[str, Any], importer: Importer, choice: Choice) -> None:
    """Reads all operations of a document.

    Raises:
        InputError: It is no such document; names the field.
    """
    if "swagger" in document:
        raise InputError(f"swagger: {document['swagger']!r} is not read: write the document as OpenAPI 3 first")
    if not VERSION.match(str(document.get("openapi"))):
        raise InputError(f"openapi: expected 3.0 or 3.1, not {str(document.get('openapi'))[:40]!r}")
    paths = document.get("paths")
    if not isinstance(paths, dict):
        raise InputError("paths: expected operations by path")
    reader = _Operations(Addresses(dict(document)), importer)
    for path, item in paths.items():
        if path.startswith("/"):
            reader.read_path(path, item, choice)


class _Operations:
    """Reads operation by operation; one that is broken is a fault of its own."""

    def __init__(self, addresses: Addresses, importer: Importer) -> None:
        self.addresses = addresses
        self.importer = importer
        self.ids: set[str] = set()

    def read_path(self, path: str, item: Any, choice: Choice) -> None:
        try:
            item = self._target(item, f"paths.{path}")
        except SchemaError as error:
            self.importer.fault(path, error.field, error.reason)
            return
        for method in METHODS:
            operation = item.get(method)
            if operation is None:
                continue
            label = f"{method.upper()} {path}"
            given_id = operation.get("operationId") if isinstance(operation, dict) else None
            name = given_id if isinstance(given_id, str) and given_id.strip() else _name_of(method, path)
            tags = operation.get("tags") if isinstance(operation, dict) else None
            if not choice.takes(name, path, tuple(tag for tag in tags or () if isinstance(tag, str))):
                continue
            try:
                if not isinstance(operation, dict):
                    raise SchemaError(f"paths.{path}.{method}", "expected an operation")
                self.importer.add(self._tool(name, label, operation, item))
            except SchemaError as error:
                self.importer.fault(name, error.field, error.reason)

    def _tool(self, name: str, label: str, operation: dict[str, Any], item: dict[str, Any]) -> GivenTool:
        original = name if operation.get("operationId") == name and name not in self.ids else label
        self.ids.add(name)
        properties: dict[str, Any] = {}
        required: list[str] = []
        taken: set[str] = set()
        originals: list[tuple[str, str]] = []
        for parameter in self._parameters(operation, item, name):
            argument = _argument(parameter["name"], taken)
            if argument != parameter["name"]:
                originals.append((argument, parameter["name"]))
            properties[argument] = _schema_of(parameter)
            required += [argument] if parameter.get("required") is True else []
        body = self._body(operation, name)
        argument = _argument("body", taken)
        if body is not None:
            properties[argument] = body[0]
            required += [argument] if body[1] else []
        return GivenTool(
            name=name,
            description=_description(operation),
            parameters={"type": "object", "properties": properties, "required": required},
            within=self.addresses,
            finish=lambda schema: _finished(schema, argument if body is not None else None),
            originals=tuple(originals),
            original=original,
        )

    def _parameters(self, operation: dict[str, Any], item: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
        """An operation's parameters, those of its path among them; its own replace these."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for holder in (item, operation):
            listed = holder.get("parameters") or []
            if not isinstance(listed, list):
                raise SchemaError("parameters", "expected a list")
            for number, one in enumerate(listed):
                parameter = self._target(one, f"parameters.{number}")
                if not isinstance(parameter.get("name"), str) or not isinstance(parameter.get("in"), str):
                    raise SchemaError(f"parameters.{number}", "has no name, or no place (`in`)")
                found[parameter["name"], parameter["in"]] = parameter
        for (parameter_name, place), parameter in found.items():
            if place == "header" and parameter_name.lower() in CLIENTS:
                continue
            if place in LEFT_TO_CLIENT and parameter.get("required") is not True:
                reason = f"an optional {place}, which is left to the client"
                self.importer.fault(lawful(name, set()), f"parameters.{parameter_name}", reason)
                continue
            yield parameter

    def _body(self, operation: dict[str, Any], name: str) -> tuple[Any, bool] | None:
        """The schema of a body, and whether it is required; None where there is none that can be said in words."""
        if operation.get("requestBody") is None:
            return None
        body = self._target(operation["requestBody"], "requestBody")
        content = body.get("content")
        if not isinstance(content, dict) or not content:
            raise SchemaError("requestBody.content", "expected schemas by media type")
        for kind in (*BODY_TYPES, FORM_TYPES):
            for media, held in content.items():
                if kind.fullmatch(media):
                    return _described(_schema_of(self._target(held, f"requestBody.content.{media}")), body), (
                        body.get("required") is True
                    )
        reason = f"only {', '.join(content)[:100]}, which no call writes as JSON"
        if body.get("required") is True:
            raise SchemaError("requestBody.content", reason)
        self.importer.fault(lawful(name, set()), "requestBody.content", reason)
        return None

    def _target(self, found: Any, place: str) -> dict[str, Any]:
        """What stands at a place, its references followed."""
        for _ in range(MAX_LOOKS):
            if not isinstance(found, dict):
                raise SchemaError(place, f"expected an object, not {str(found)[:60]!r}")
            if "$ref" not in found:
                return found
            target = self.addresses.target(found, found["$ref"])
            if target is None:
                raise SchemaError(f"{place}.$ref", f"{str(found['$ref'])[:100]!r} leads to nothing that was read")
            found = target
        raise SchemaError(f"{place}.$ref", "references that lead in a circle")


def _name_of(method: str, path: str) -> str:
    """A name for an operation without one: `get_users_id` for GET /users/{id}."""
    return "_".join([method, *re.findall(r"[A-Za-z0-9_-]+", path)])


def _argument(name: str, taken: set[str]) -> str:
    """A parameter's name as an argument's; APIs take a dot in these."""
    if LAWFUL_ARGUMENT.fullmatch(name) and name not in taken:
        taken.add(name)
        return name
    return lawful(name, taken)


def _description(operation: Mapping[str, Any]) -> str:
    texts = [operation.get(key) for key in ("description", "summary")]
    return next((" ".join(text.split()) for text in texts if isinstance(text, str) and text.strip()), "")


def _schema_of(holder: dict[str, Any]) -> Any:
    """The schema of a parameter or a media type, with what stands beside it."""
    schema = holder.get("schema")
    content = holder.get("content")
    if schema is None and isinstance(content, dict):
        schema = next((held.get("schema") for held in content.values() if isinstance(held, dict)), None)
    beside = {"examples": [holder["example"]]} if "example" in holder else {}
    if isinstance(holder.get("examples"), dict) and (values := named_examples(holder["examples"])):
        beside = {"examples": values}
    schema = {} if schema is None else schema
    return _described({"allOf": [schema]} | beside if beside else schema, holder)


def _described(schema: Any, holder: Mapping[str, Any]) -> Any:
    text = holder.get("description")
    if not isinstance(text, str) or not text.strip() or not isinstance(schema, dict):
        return schema
    return {"allOf": [schema], "description": " ".join(text.split())}


def _sent(schema: Schema) -> Schema:
    """A schema without what only answers have, and without what is for pages."""
    unsent = {name for name, part in schema.get("properties", {}).items() if part.get("readOnly") is True}
    made = {key: value for key, value in schema.items() if key not in NOT_SENT - {"readOnly"} and key[:2] != "x-"}
    if unsent:
        made["properties"] = {name: part for name, part in schema["properties"].items() if name not in unsent}
        made["required"] = [name for name in schema.get("required", ()) if name not in unsent]
    return made


def _finished(schema: Schema, body: str | None) -> Schema:
    sent = mapped(schema, _sent)
    return sent if body is None else _flattened(sent, body)


def _flattened(schema: Schema, argument: str) -> Schema:
    """The parameters with the fields of the body in its place, where it is a plain object and they are free."""
    properties = dict(schema["properties"])
    required = list(schema.get("required", ()))
    body = properties.pop(argument)
    fields, needed = body.get("properties", {}), body.get("required", [])
    whole = body.get("type") == "object" and fields and body.get("additionalProperties", True) in (True, False, {})
    if not whole or body.keys() - PLAIN_BODY or fields.keys() & properties.keys():
        return schema
    if argument not in required and needed:
        return schema
    required = [name for name in required if name != argument] + needed
    closed = {"additionalProperties": False} if body.get("additionalProperties") is False else {}
    return schema | {"properties": properties | fields, "required": required} | closed
