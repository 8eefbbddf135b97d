"""Prompts and cards as jinja2 templates; a name that a template asks for and nobody gave is an error.

Cards are Markdown: what came from elsewhere passes through the filter `text` or `code`.
"""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from sparring.markdown_text import code_span, escaped


@cache
def _template(name: str) -> Template:
    loader = PackageLoader("sparring", "prompts")
    environment = Environment(
        loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=False
    )
    environment.filters |= {"text": lambda value: escaped(str(value)), "code": lambda value: code_span(str(value))}
    return environment.get_template(f"{name}.jinja")


def render_prompt(name: str, **values: Any) -> str:
    """The template `name`.jinja, filled. Raises jinja2.UndefinedError where it asks for a value that is not given."""
    return _template(name).render(**values).strip()
