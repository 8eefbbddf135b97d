"""docs/design.md says what the code is: columns of every row, what decides a round, names of metrics, cited headings."""

import ast
import re
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Literal, Union, get_args, get_origin, get_type_hints

import pytest

from sparring import records
from sparring.config import Params
from sparring.records import Record
from tasks.rounds import DECISIVE, DECISIVE_ROUND
from tests.conftest import ROOT
from tests.design import ANY, glossary, headings, meant, names, rows

SOURCES = [path for folder in ("sparring", "tasks", "flows") for path in sorted((ROOT / folder).rglob("*.py"))]
RECORDS = {
    name: record
    for name, record in vars(records).items()
    if isinstance(record, type) and record is not Record and (issubclass(record, Record) or is_dataclass(record))
}
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([\w-]+))?\)")
CITED = re.compile(r'docs/design\.md, "([^"]+)"')
PATH = re.compile(r"(?:sparring|tasks|flows|tests|benchmarks)/[\w/.]*\w")


def written_type(annotation):
    """A type as the page writes it, e.g. "list[Tool]" or "str or none"."""
    origin = get_origin(annotation)
    if origin is Literal:
        return " or ".join(get_args(annotation))
    inner = [written_type(each) for each in get_args(annotation)]
    if origin in (Union, UnionType):
        return " or ".join(inner)
    if origin is not None:
        return f"{origin.__name__}[{', '.join(inner)}]"
    return "none" if annotation is NoneType else annotation.__name__


def columns(record):
    """Fields of a row with their types."""
    own = record.model_fields if issubclass(record, Record) else [field.name for field in fields(record)]
    hints = get_type_hints(record)
    return {name: written_type(hints[name]) for name in own}


def described():
    """Per record the fields that the page names, with their types."""
    found = {name: {} for name in RECORDS}
    for heading, (cell, type_name, *_) in rows("The files of a round"):
        for name in names(cell):
            record, _, column = name.rpartition(".")
            record = record or heading.rpartition(": ")[2]
            if record in found:
                assert column not in found[record], f"{name} twice"
                found[record][column] = type_name
    return found


@pytest.mark.parametrize("name", RECORDS)
def test_the_tables_name_the_columns_of_every_row_with_their_types(name):
    assert described()[name] == columns(RECORDS[name])


def test_every_room_of_the_library_stands_in_the_layers():
    library = [folder for folder in (ROOT / "sparring").iterdir() if (folder / "__init__.py").exists()]
    named = {name for _, cells in rows("Layers") for name in names(cells[0])}
    assert {f"sparring/{folder.name}" for folder in library} <= named


def test_the_table_of_sections_is_what_decides():
    every, later, none = [
        names(cells[0]) for _, cells in rows("What decides a round") if set(names(cells[0])) & set(Params.model_fields)
    ]
    assert sorted(every) == sorted(DECISIVE)
    assert sorted(later) == sorted(set(DECISIVE_ROUND) - set(DECISIVE))
    assert sorted(none) == sorted(set(Params.model_fields) - set(DECISIVE_ROUND))


def words_of_the_code():
    """Names and texts of the code, without what joins them."""
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Constant(value=str(text)) if len(text) < 40:
                    found |= {text, *text.split("/")}
                case (
                    ast.FunctionDef(name=text)
                    | ast.Name(id=text)
                    | ast.Attribute(attr=text)
                    | ast.keyword(arg=str(text))
                ):
                    found.add(text)
                case _:
                    pass
    return {word.strip("_-/") for word in found}


def test_every_metric_of_the_glossary_occurs_in_the_code():
    known = words_of_the_code()
    gone = {
        entry: missing
        for entry in glossary()
        if (missing := {part.strip("_-") for part in re.split(rf"[/.]|{ANY.pattern}", entry)} - known - {""})
    }
    assert not gone


def test_the_glossary_names_nothing_twice():
    entries = glossary()
    assert len(entries) > 60
    assert len(set(entries)) == len(entries)


@pytest.mark.parametrize(
    ("entry", "metric", "same"),
    [
        ("round/attack_success", "round/attack_success", True),
        ("round/attack_success", "round/attack_success_before", False),
        ("operator/NAME/valid", "operator/typos/valid", True),
        ("operator/NAME/valid", "operator/typos/success", False),
        ("operator/NAME/valid", "operator/a/b/valid", False),
        ("rewards.total_PART_quarter", "rewards.total_last_quarter", True),
        ("counts.sft_ORIGIN", "counts.sft_no_call", True),
    ],
)
def test_capitals_stand_for_one_name(entry, metric, same):
    assert meant(entry, metric) == same


def test_what_the_code_cites_is_a_heading():
    cited = {heading: path.name for path in SOURCES for heading in CITED.findall(path.read_text(encoding="utf-8"))}
    assert cited, "nothing cites the page"
    assert cited.keys() <= set(headings())


def test_no_code_cites_a_design_that_is_not_in_the_repository():
    assert not [path.name for path in SOURCES if re.search(r"\bDESIGN\b", path.read_text(encoding="utf-8"))]


def anchors(path):
    """What a link to a heading of a page may say."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in lines}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for place, heading in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in place:
            continue
        there = (page.parent / place).resolve() if place else page
        assert there.exists(), place
        assert not heading or heading in anchors(there), (place, heading)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_files_that_a_page_names_are_there(page):
    named = {path for text in names(page.read_text(encoding="utf-8")) for path in PATH.findall(text)}
    missing = [path for path in sorted(named) if not (ROOT / path).exists()]
    assert not missing
