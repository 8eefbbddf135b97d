"""How large a team's tools may be: what is beyond is a fault with a name in seconds, not a run that never ends.

The largest documents that were read while this was written (Prefect's, MLflow's, Qdrant's) stay below these by far, but
for four operations that unfold to more than `sparring.schemas.json_schema` reads.
"""

from typing import Any

from sparring.errors import InputError
from sparring.schemas.json_schema import SchemaError
from sparring.sources.foreign import check_kept

MAX_DOCUMENT_BYTES = 32_000_000
MAX_TOOLS = 3_000
MAX_VALUES = 50_000
MAX_ITEMS = 5_000
MAX_TEXT = 50_000


def check_bounds(schema: Any, place: str) -> None:
    """Raises SchemaError where a tool's schema is too large for any prompt, or holds what JSON cannot keep."""
    num_values = 0
    waiting: list[tuple[str, Any]] = [(place, schema)]
    while waiting:
        where, found = waiting.pop()
        num_values += 1
        if num_values > MAX_VALUES:
            raise SchemaError(where, f"the schema has more than {MAX_VALUES:,} values")
        if isinstance(found, str) and len(found) > MAX_TEXT:
            raise SchemaError(where, f"a text of {len(found):,} characters; at most {MAX_TEXT:,} are read")
        if isinstance(found, dict | list) and len(found) > MAX_ITEMS:
            raise SchemaError(where, f"{len(found):,} values; at most {MAX_ITEMS:,} are read")
        if isinstance(found, dict):
            waiting += [(f"{where}.{key}", inner) for key, inner in found.items()]
        elif isinstance(found, list):
            waiting += [(f"{where}.{number}", inner) for number, inner in enumerate(found)]
    try:
        check_kept({place: schema})
    except InputError as error:
        field, _, reason = str(error).partition(": ")
        raise SchemaError(field, reason) from None
