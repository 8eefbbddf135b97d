"""A schema that was read, in the words of JSON Schema 2020-12: what OpenAPI 3.0 and old drafts say otherwise.

The surprise: `nullable` beside `enum` lets null into the list, since that is what its authors mean by it.
"""

from typing import Any

from sparring.schemas.json_schema import ANNOTATIONS, Schema
from sparring.tools.parts import mapped

EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


def modern(schema: Schema) -> Schema:
    """The schema with `nullable`, boolean exclusive bounds and `example` as 2020-12 writes them."""
    return mapped(schema, _modern)


def _modern(schema: Schema) -> Schema:
    made = dict(schema)
    for exclusive, bound in EXCLUSIVE.items():
        if isinstance(made.get(exclusive), bool) and made.pop(exclusive) and bound in made:
            made[exclusive] = made.pop(bound)
    if "example" in made:
        example = made.pop("example")
        made.setdefault("examples", [example])
    if isinstance(made.get("examples"), dict):
        made["examples"] = named_examples(made["examples"])
    if isinstance(made.get("nullable"), bool) and made.pop("nullable"):
        return _nullable(made)
    return made


def named_examples(examples: Schema) -> list[Any]:
    """The values of examples by name, each with its `value`, as OpenAPI writes them."""
    return [one["value"] for one in examples.values() if isinstance(one, dict) and "value" in one]


def _nullable(schema: Schema) -> Schema:
    kind = schema.get("type")
    if kind is None and not schema.keys() - ANNOTATIONS:
        return schema
    if kind is None or "const" in schema:
        remarks = {key: value for key, value in schema.items() if key in ANNOTATIONS}
        conditions = {key: value for key, value in schema.items() if key not in ANNOTATIONS}
        return {"anyOf": [conditions, {"type": "null"}]} | remarks
    kinds = [kind] if isinstance(kind, str) else kind
    made = schema | {"type": [*kinds, *(["null"] if "null" not in kinds else [])]}
    if isinstance(made.get("enum"), list) and None not in made["enum"]:
        made["enum"] = [*made["enum"], None]
    return made
