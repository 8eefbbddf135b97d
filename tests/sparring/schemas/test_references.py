"""References lead where JSON Schema says: by pointer, by `$id` and by anchor, each document on its own."""

import pytest

from sparring.errors import InputError
from sparring.schemas.json_schema import read_parameters

WHOLE, TEXT, NUMBER = {"type": "integer"}, {"type": "string"}, {"type": "number"}
HOST = "https://tools.example"


@pytest.mark.parametrize(
    ("held", "reference", "expected"),
    [
        ({"$defs": {"A": WHOLE}}, "#/$defs/A", WHOLE),
        ({"$defs": {"A": {"$anchor": "whole", **WHOLE}}}, "#whole", WHOLE),
        ({"definitions": {"A": {"$id": "#whole", **WHOLE}}}, "#whole", WHOLE),
        ({"$id": f"{HOST}/root", "$defs": {"A": {"$id": "part", **WHOLE}}}, "part", WHOLE),
        ({"$id": f"{HOST}/a/root", "$defs": {"A": {"$id": "/part", **WHOLE}}}, f"{HOST}/part", WHOLE),
        ({"$id": f"{HOST}/root", "$defs": {"A": WHOLE}}, f"{HOST}/root#/$defs/A", WHOLE),
        ({"$id": "urn:example:root", "$defs": {"A": WHOLE}}, "#/$defs/A", WHOLE),
        (
            {"$id": f"{HOST}/root", "$defs": {"A": {"$id": "part", "$defs": {"B": {"$anchor": "deep", **WHOLE}}}}},
            f"{HOST}/part#deep",
            WHOLE,
        ),
        (
            {"$defs": {"A": {"$id": f"{HOST}/b/one", "$defs": {"B": {"$id": "two", **TEXT}}}}},
            f"{HOST}/b/two",
            TEXT,
        ),
        (
            {"$defs": {"A": {"$id": "one", "$anchor": "x", **NUMBER}, "B": {"$id": "two", "$anchor": "x", **TEXT}}},
            "two#x",
            TEXT,
        ),
        ({"$defs": {"A": {"$id": "part", "$ref": "#/$defs/A", "$defs": {"A": WHOLE}}, "B": TEXT}}, "part", WHOLE),
        ({"$defs": {"no": False}}, "#/$defs/no", {"not": {}}),
    ],
)
def test_a_reference_leads_to_the_schema_that_it_names(held, reference, expected):
    made = read_parameters({"type": "object", "properties": {"a": {"$ref": reference}}, **held}, "parameters")
    assert made["properties"]["a"] == expected


def test_a_schema_within_may_be_written_as_if_it_were_the_root():
    inner = {"type": "object", "properties": {"from": WHOLE, "to": {"$ref": "#/properties/from"}}}
    made = read_parameters({"type": "object", "properties": {"span": inner}}, "parameters")
    assert made["properties"]["span"]["properties"]["to"] == WHOLE


def test_the_root_is_looked_at_before_a_schema_within():
    inner = {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": TEXT}}
    made = read_parameters({"type": "object", "properties": {"in": inner}, "$defs": {"A": WHOLE}}, "parameters")
    assert made["properties"]["in"]["properties"]["a"] == WHOLE


@pytest.mark.parametrize("reference", [f"{HOST}/elsewhere.json", "#gone", "#/$defs/B", "http://[", 3, None, "", "#//"])
def test_a_reference_that_leads_nowhere_is_named_by_its_field(reference):
    schema = {
        "type": "object",
        "properties": {"a": {"type": "array", "items": {"$ref": reference}}},
        "$defs": {"A": {}},
    }
    if reference == "":  # the root itself: shown by its type where it would hold itself
        assert read_parameters(schema, "parameters")["properties"]["a"]["items"]["type"] == "object"
        return
    with pytest.raises(
        InputError, match=r"^parameters\.properties\.a\.items\.\$ref: .* leads to (nothing|another document)"
    ):
        read_parameters(schema, "parameters")


def test_what_lies_behind_a_list_of_items_keeps_its_meaning_in_the_newer_spelling():
    schema = {"type": "object", "properties": {"a": {"type": "array", "items": [WHOLE], "additionalItems": False}}}
    made = read_parameters(schema, "parameters")["properties"]["a"]
    assert made == {"type": "array", "prefixItems": [WHOLE], "items": False}
