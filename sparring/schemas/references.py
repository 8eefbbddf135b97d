"""Where the references of a schema lead: by pointer, by `$id` and by anchor, within the schema alone.

An `$id` makes what holds it a document of its own: references in it, and pointers too, are relative to it.
"""

from typing import Any
from urllib.parse import unquote, urljoin

ANCHORS = ("$anchor", "$dynamicAnchor")

Schema = dict[str, Any]


class Addresses:
    """The addresses of all that stands in a schema.

    Args:
        root: The schema, as it came; it must not change while the addresses are asked.
    """

    def __init__(self, root: Schema) -> None:
        self._places: dict[str, Schema] = {"": root}
        self._bases: dict[int, str] = {}
        waiting: list[tuple[Any, str]] = [(root, "")]
        while waiting:
            found, base = waiting.pop()
            if isinstance(found, dict):
                base = self._entered(found, base)
            inside = found.values() if isinstance(found, dict) else found
            waiting += [(one, base) for one in inside if isinstance(one, dict | list)]

    def target(self, holder: Schema, reference: Any) -> Any:
        """What a reference leads to; None where it leads nowhere.

        Args:
            holder: The part of the schema that holds the reference.
            reference: The reference as it came.
        """
        if not isinstance(reference, str):
            return None
        base = self._bases.get(id(holder), "")
        address, _, fragment = reference.partition("#")
        address = _joined(base, address) if address else base
        if fragment and not fragment.startswith("/"):
            return self._places.get(f"{address}#{fragment}")
        document = self._places.get(address)
        return None if document is None else pointed_at(document, f"#{fragment}")

    def _entered(self, schema: Schema, base: str) -> str:
        """Enters a schema's own addresses; what the references within are relative to."""
        own = schema.get("$id")
        address, _, anchor = own.partition("#") if isinstance(own, str) else ("", "", "")
        if address:
            base = _joined(base, address)
            self._places.setdefault(base, schema)
        self._bases[id(schema)] = base
        for name in [anchor, *(schema.get(key) for key in ANCHORS)]:  # drafts before 2019 had anchors in `$id`
            if isinstance(name, str) and name:
                self._places.setdefault(f"{base}#{name}", schema)
        return base


def pointed_at(root: Any, reference: Any) -> Any:
    """What a JSON pointer (`#/$defs/Q`) leads to; None where it leads nowhere."""
    if not isinstance(reference, str):
        return None
    fragment = unquote(reference.removeprefix("#"))
    if not reference.startswith("#") or fragment[:1] not in {"", "/"}:
        return None
    for part in fragment.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(root, list) and key.isdecimal() and len(key) < 6 and int(key) < len(root):
            root = root[int(key)]
        elif isinstance(root, dict) and key in root:
            root = root[key]
        else:
            return None
    return root


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:  # brackets that are no host
        return address
