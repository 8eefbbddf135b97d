"""Java and JavaScript by the reference's own grammars (extra `grammars`): exact agreement with its decoder.

The tree is walked once; nothing of the text is executed.
"""

from functools import cache
from typing import Any

from sparring.checker.errors import ParseError
from sparring.checker.python_text import MAX_CHARS, MAX_NODES

Named = list[tuple[str | None, str]]


@cache
def parser(language: str) -> Any | None:
    """The grammar's parser, or None where the extra is not installed."""
    try:
        import tree_sitter
        import tree_sitter_java
        import tree_sitter_javascript
    except ImportError:
        return None
    grammar = {"java": tree_sitter_java, "javascript": tree_sitter_javascript}[language]
    made = tree_sitter.Parser()
    made.set_language(tree_sitter.Language(grammar.language(), language))
    return made


def read_calls(source: str, language: str) -> tuple[str, Named] | None:
    """Name and arguments of the first call, or None where there is none.

    Raises:
        ParseError: The text is too long, or no program of the language.
    """
    if len(source) > MAX_CHARS:
        raise ParseError(f"the text has {len(source)} characters, at most {MAX_CHARS} are read")
    encoded = source.encode()
    made = parser(language)
    if made is None:
        raise RuntimeError("the extra `grammars` is not installed")
    root = made.parse(encoded).root_node
    if root.has_error and (language == "javascript" or _has_error_node(root)):
        raise ParseError(f"no {language}")
    return _java(root, source) if language == "java" else _javascript(root, encoded)


def _has_error_node(root: Any) -> bool:
    """Whether a stretch could not be read; a semicolon that the parser put in itself is none."""
    pending = [root]
    while pending:
        node = pending.pop()
        if node.type == "ERROR":
            return True
        pending.extend(child for child in node.children if child.has_error)
    return False


def _slice(node: Any, source: str) -> str:
    """The reference takes byte offsets for character offsets; so do we, for the same verdicts."""
    return source[node.start_byte : node.end_byte]


def _java(root: Any, source: str) -> tuple[str, Named] | None:
    pending = [root]
    seen = 0
    while pending:
        node = pending.pop()
        seen += 1
        if seen > MAX_NODES:
            raise ParseError("the text has too many parts")
        if node.type == "method_invocation":
            name = _slice(node.child_by_field_name("name"), source)
            owner = node.child_by_field_name("object")
            named: Named = []
            for child in node.child_by_field_name("arguments").children:
                if child.type == "assignment_expression":
                    named.append((_slice(child.children[0], source), _java_value(child.children[2], source, False, 0)))
                elif child.type in {"identifier", "class_literal", "set"}:
                    named.append((None, _java_value(child, source, False, 0)))
            return (f"{_slice(owner, source)}.{name}" if owner else name), named
        pending.extend(reversed(node.children))
    return None


def _java_value(node: Any, source: str, nested: bool, depth: int) -> str:
    """A value's text as the reference puts it together: outer quotes lost, bodies of new classes dropped."""
    if depth > 100:
        raise ParseError("values nest too deeply")
    if node.type in {"string_literal", "character_literal"}:
        text = _slice(node, source)
        return text if nested else text[1:-1]
    if node.type in {"identifier", "class_literal", "type_identifier", "method_invocation"}:
        return _slice(node, source)
    if node.type == "array_creation_expression":
        kind, value = node.child_by_field_name("type"), node.child_by_field_name("value")
        if value is None:
            raise ParseError("an array without its values")
        return f"new {_java_value(kind, source, True, depth + 1)}[]{_java_value(value, source, True, depth + 1)}"
    if node.type == "object_creation_expression":
        kind = _java_value(node.child_by_field_name("type"), source, True, depth + 1)
        arguments = node.child_by_field_name("arguments")
        given = [
            _java_value(child, source, True, depth + 1)
            for child in arguments.children
            if child.type not in {",", "(", ")"}
        ]
        return f"new {kind}({', '.join(given)})"
    if node.child_count > 0:
        return "".join(_java_value(child, source, True, depth + 1) for child in node.children)
    return _slice(node, source)


def _javascript(root: Any, encoded: bytes) -> tuple[str, Named] | None:
    for statement in root.children:
        if statement.type != "expression_statement":
            continue
        for child in statement.children:
            if child.type == "call_expression":
                return child.children[0].text.decode(), _javascript_arguments(child.children[1])
    return None


def _javascript_arguments(node: Any) -> Named:
    named: Named = []
    for child in node.children:
        if child.type == "assignment_expression":
            name, value = child.children[0].text.decode(), child.children[2].text.decode()
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            named.append((name, value))
        elif child.type in {"identifier", "true"}:
            named.append((None, child.text.decode()))
    return named
