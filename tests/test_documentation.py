"""The documentation's site: every page is reached and leads somewhere, and what it quotes is what the program says."""

import ast
import json
import re
import shutil
import subprocess
import sys

import pytest
from ruamel.yaml import YAML

from sparring.config import load_params
from sparring.project.prepare import prepare
from sparring.project.profiles import apply_profile
from tests.conftest import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
NOT_A_PAGE = {"report/report.md"}
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE_SPAN = re.compile(r"`` (.+?) ?``|`([^`]+)`")


def site():
    return YAML(typ="safe").load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))


def named(entries):
    for entry in entries:
        if isinstance(entry, str):
            yield entry
        else:
            for inner in entry.values():
                yield from [inner] if isinstance(inner, str) else named(inner)


def anchors(text):
    for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", title.lower().replace("`", "")).strip().replace(" ", "-")


def test_every_page_stands_in_the_menu_once():
    menu = list(named(site()["nav"]))
    assert sorted(menu) == sorted(set(PAGES) - NOT_A_PAGE)
    assert set(site()["exclude_docs"].split()) == NOT_A_PAGE


@pytest.mark.parametrize("page", sorted(set(PAGES) - NOT_A_PAGE))
def test_every_link_leads_to_a_file_of_the_site_and_to_a_heading_of_it(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    for link in LINK.findall(text):
        if link.startswith(("http:", "https:")):
            continue
        path, _, anchor = link.partition("#")
        there = (DOCS / page).parent / path if path else DOCS / page
        assert there.resolve().is_relative_to(DOCS), f"{link} leads out of the site"
        assert there.exists(), link
        assert not anchor or anchor in set(anchors(there.read_text(encoding="utf-8"))), link


def said_by_the_program():
    """All texts of the sources, formatted ones with … for what is put in."""
    found = []
    for folder in ("sparring", "flows", "tasks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    parts = (part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
                    found.append("".join(map(str, parts)))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.append(node.value)
                elif isinstance(node, ast.ClassDef):
                    found.append(node.name)
    return "\n".join(found)


def quoted_messages():
    rows = re.findall(r"^\| (`.+?`+) \| ", (DOCS / "troubleshooting.md").read_text(encoding="utf-8"), re.MULTILINE)
    return ["".join(CODE_SPAN.fullmatch(row).groups(default="")) for row in rows]


def test_a_message_that_is_explained_is_one_that_the_program_says():
    said = said_by_the_program()
    messages = quoted_messages()
    assert len(messages) > 30
    missing = [
        (message, piece)
        for message in messages
        for piece in filter(None, (part.strip() for part in message.split("…")))
        if piece not in said
    ]
    assert missing == []


def recipe_on_the_page(folder):
    """The recipe with what docs/own_queries.md lays over it, as its reader does."""
    block = re.search(r"```yaml\n(# own\.yaml.+?)```", (DOCS / "own_queries.md").read_text(encoding="utf-8"), re.DOTALL)
    (folder / "own.yaml").write_text(block[1], encoding="utf-8")
    shutil.copy(ROOT / "params.yaml", folder / "params.yaml")
    apply_profile(folder / "params.yaml", folder / "own.yaml")
    return load_params(folder / "params.yaml")


def test_the_page_of_own_queries_shows_what_prepare_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("sparring.project.prepare.prepare_model", lambda name, folder, raw: None)
    prepare(recipe_on_the_page(tmp_path), tmp_path)
    line = capsys.readouterr().err.strip().splitlines()[0]
    assert line in (DOCS / "own_queries.md").read_text(encoding="utf-8")
    rows = [json.loads(row) for row in (ROOT / "examples" / "twelve_tools.jsonl").read_text().splitlines()]
    assert len(rows) == 37
    assert {len(row["tools"]) for row in rows} == {12}
    assert {call["name"] for row in rows for call in row["gold"]} == {
        tool["function"]["name"] for tool in rows[0]["tools"]
    }


def test_the_site_is_built_without_a_warning(tmp_path):
    pytest.importorskip("mkdocs", reason="the site's tools are not installed: pip install -e '.[docs]'")
    pytest.importorskip("mkdocstrings")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert "fonts.googleapis.com" not in page
    assert "render_program" in (tmp_path / "site" / "api" / "attacks" / "index.html").read_text(encoding="utf-8")
