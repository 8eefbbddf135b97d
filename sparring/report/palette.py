"""Colours of the figures, and the same figures for inside the page: its theme, its names, nothing that leaks out.

A figure is drawn once in light colours. In the page every colour becomes a custom property of the style sheet, so that
light and dark follow the reader's system without drawing twice; its text takes the page's font.
"""

import re
from typing import Literal
from xml.etree import ElementTree

SURFACE = "#fffffe"
INK = "#1c2430"
GRID = "#c9d1da"
# One meaning a colour, everywhere: blue the model after, orange wrong or harm, green right or mended, violet the model
# before, grey neither. Told apart by people with the common colour blindnesses, and by markers, lines and hatches.
Role = Literal["after", "wrong", "right", "before", "neither"]
COLORS: dict[Role, str] = {
    "after": "#1f6fb2",
    "wrong": "#c2570c",
    "right": "#2a7d4f",
    "before": "#7a4fb5",
    "neither": "#66717d",
}
WASH = ("#fffffd", "#fde9d9", "#fbd3b4", "#f8bc8e", "#f4a468", "#ee8a41")

PROPERTIES = {
    SURFACE: "--surface",
    INK: "--ink",
    GRID: "--line",
    **{color: f"--series-{place}" for place, color in enumerate(COLORS.values(), start=1)},
    **{color: f"--wash-{place}" for place, color in enumerate(WASH)},
}
NUMBERS = frozenset({"d", "x", "y", "transform", "points"})
SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"


def inline_svg(svg: str, name: str, title: str, caption: str) -> str:
    """The drawing as an element of an HTML page, with a text for those who cannot see it.

    Args:
        svg: What matplotlib wrote.
        name: Prefix of every id in it, unique in the page.
        title: Accessible name.
        caption: Accessible description.
    """
    root = ElementTree.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            # A style element would style the whole page.
            if child.tag in {f"{{{SVG}}}metadata", f"{{{SVG}}}style"}:
                parent.remove(child)
    used = {value for element in root.iter() for text in element.attrib.values() for value in _references(text)}
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
        if element.tag != f"{{{SVG}}}text":
            element.text = None
        element.tail = None
        for key, value in list(element.attrib.items()):
            element.set(key, _attribute(key, value, name))
    for key in ("width", "height"):
        root.attrib.pop(key, None)
    root.set("style", "stroke-linejoin:round;stroke-linecap:butt")
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title {name}-caption")
    for tag, text in (("desc", caption), ("title", title)):
        element = ElementTree.Element(f"{{{SVG}}}{tag}", {"id": f"{name}-{'title' if tag == 'title' else 'caption'}"})
        element.text = text
        root.insert(0, element)
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    return ElementTree.tostring(root, encoding="unicode")


def _references(value: str) -> list[str]:
    """The ids that an attribute refers to, by href="#id" or url(#id)."""
    return re.findall(r"^#(.+)$", value) + re.findall(r"url\(#([^)]+)\)", value)


def _attribute(key: str, value: str, name: str) -> str:
    if key == "id":
        return f"{name}-{value}"
    if key in {"href", f"{{{XLINK}}}href"} and value.startswith("#"):
        return f"#{name}-{value[1:]}"
    if key in NUMBERS:
        return " ".join(re.sub(r"-?\d+\.\d{3,}", _rounded, value).split())
    value = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", value)
    if key == "style":
        value = re.sub("#[0-9a-f]{6}", lambda found: _property(found[0]), value)
        value = re.sub(r"font-family: [^;]*;? ?", "", value).replace(": ", ":").replace("; ", ";")
    return value


def _rounded(found: re.Match[str]) -> str:
    """A place on the drawing to a hundredth of a point: a smaller step cannot be seen, and fills the page."""
    return f"{float(found[0]):.2f}".rstrip("0").rstrip(".")


def _property(color: str) -> str:
    return f"var({PROPERTIES[color]})" if color in PROPERTIES else color
