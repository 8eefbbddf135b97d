"""Java and JavaScript without the grammars: a small reader of statements and expressions that finds the first call.

It reads what models write (calls, literals, `new`, lambdas, member access) and refuses the rest, as a parser with errors
would. Values come out as the reference puts them together: Java's as tokens joined, JavaScript's as they stand.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from sparring.checker.errors import ParseError
from sparring.checker.python_text import MAX_CHARS, MAX_NESTING

Named = list[tuple[str | None, str]]
TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<string>\"\"\".*?\"\"\"|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<template>`(?:[^`\\]|\\.)*`)
    |(?P<number>0[xX][\da-fA-F]+[lLn]?(?![\w.])|(?:\d+n|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdDlL]?)(?![\w]|\.\d))
    |(?P<word>[^\W\d][\w$]*|\$[\w$]*)
    |(?P<mark>>>>=|\.\.\.|===|!==|>>>|<<=|>>=|\*\*=|&&=|\|\|=|\?\?=|->|=>|::|==|!=|<=|>=|&&|\|\||\?\?|\?\.|\+\+|--|\+=|-=|\*=|/=|%=|&=|\|=|\^=
        |<<|>>|\*\*|[-+*/%=<>!&|^~?:;,.(){}\[\]])""",
    re.VERBOSE | re.DOTALL,
)  # fmt: skip
ASSIGNING = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", ">>>=", "**=", "&&=", "||=", "??="}
BINARY = {
    "==", "!=", "===", "!==", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "&&", "||", "??", "&", "|", "^", "<<", ">>", ">>>", "**",
    "instanceof", "in",
}  # fmt: skip
UNARY = {"+", "-", "!", "~", "++", "--", "typeof", "void", "delete", "await"}
RESERVED = {
    "return",
    "if",
    "else",
    "for",
    "while",
    "do",
    "switch",
    "case",
    "class",
    "import",
    "package",
    "try",
    "catch",
    "throw",
}
ASSIGNABLE = {"word", "member", "index", "literal"}
MAX_TOKENS = 3_000
CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Node:
    """An expression: what it is, its place, its text with tokens joined, and for a call its name and arguments."""

    kind: str
    start: int
    end: int
    joined: str
    call: tuple[str, Named] | None = None
    inner: tuple["_Node", ...] = ()


def read_calls(source: str, language: str) -> tuple[str, Named] | None:
    """Name and arguments of the first call, or None where there is none.

    Raises:
        ParseError: The text is too long, nests too deeply, or is no program that this reader knows.
    """
    if len(source) > MAX_CHARS:
        raise ParseError(f"the text has {len(source)} characters, at most {MAX_CHARS} are read")
    return _Reader(source, language).program()


class _Reader:
    """Recursive descent over the tokens of one text."""

    def __init__(self, source: str, language: str) -> None:
        self.source = source
        self.java = language == "java"
        self.tokens = _tokens(source)
        self.place = 0
        self.depth = 0

    def program(self) -> tuple[str, Named] | None:
        """All statements are read, so that a fault anywhere is found; the first call is the answer."""
        found: list[tuple[str, Named]] = []
        while self.place < len(self.tokens):
            if self.accept(";"):
                continue
            statement, labelled = self.statement()
            if statement is not None:
                first = _first_call(statement) if self.java else statement.call
                if first is not None and (self.java or not labelled):
                    found.append(first)
            if self.place < len(self.tokens) and not self.accept(";") and not self.on_new_line():
                raise self.fault()
        return found[0] if found else None

    def statement(self) -> tuple[_Node | None, bool]:
        """An expression, a labelled statement, or a declaration of a variable."""
        if self.kind() == "word" and self.text() in RESERVED:
            raise self.fault()
        if self.kind() == "word" and self.text(1) == ":":
            self.place += 2
            self.deeper()
            return (self.statement()[0] if self.place < len(self.tokens) else None), True
        declared = self.kind() == "word" and self.kind(1) == "word" and self.text(2) in {"", ";", "="}
        if declared and (self.java or self.text() in {"let", "const", "var"}) and self.text() != "new":
            self.place += 2
            return (self.expression() if self.accept("=") else None), True
        left = self.expression()
        while not self.java and self.accept(","):
            left = _Node("sequence", left.start, self.expression().end, "")
        return left, False

    def expression(self) -> _Node:
        """Assignment, conditional, binary and unary expressions."""
        self.deeper()
        node = self.operand()
        while self.text() in BINARY | ASSIGNING | {"?"}:
            mark = self.take().text
            right = self.expression()
            if mark == "?":
                self.expect(":")
                other = self.expression()
                right = _Node("pair", right.start, other.end, f"{right.joined}:{other.joined}", inner=(right, other))
            kind = "assignment" if mark in ASSIGNING else "binary"
            if kind == "assignment" and node.kind not in ASSIGNABLE:
                raise self.fault()
            node = _Node(kind, node.start, right.end, f"{node.joined}{mark}{right.joined}", inner=(node, right))
        self.depth -= 1
        return node

    def deeper(self) -> None:
        """One level more."""
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise ParseError("the text nests too deeply")

    def operand(self) -> _Node:
        if self.text() in UNARY or (not self.java and self.text() == "..."):
            mark = self.take()
            self.deeper()
            inner = self.operand()
            self.depth -= 1
            return _Node("unary", mark.start, inner.end, f"{mark.text}{inner.joined}", inner=(inner,))
        lambda_node = self.arrow()
        return lambda_node if lambda_node is not None else self.postfix(self.primary())

    def arrow(self) -> _Node | None:
        """A lambda: parameters, the arrow, then an expression or a block."""
        arrow = "->" if self.java else "=>"
        begin = self.place
        if self.kind() == "word" and self.text() == "async" and not self.java:
            self.place += 1
        if self.text() == "(":
            self.skip_brackets()
        elif self.kind() == "word":
            self.place += 1
        if self.text() != arrow:
            self.place = begin
            return None
        self.place += 1
        if self.text() == "{":
            self.skip_brackets()
        else:
            self.expression()
        return self.node_since("lambda", begin)

    def primary(self) -> _Node:
        token = self.peek()
        if token is None:
            raise self.fault()
        if token.text == "new":
            return self.creation()
        if token.text == "(":
            begin = self.place
            self.place += 1
            inner = self.expression()
            self.expect(")")
            if self.java and (self.kind() in {"word", "string", "number"} or self.text() == "("):
                self.operand()  # a cast
            return self.node_since("parenthesis", begin, inner)
        if not self.java and (token.text in {"[", "{"} or token.text == "function"):
            return self.literal()
        if token.kind in {"string", "number", "word"} or (token.kind == "template" and not self.java):
            self.place += 1
            return _Node(token.kind, token.start, token.end, token.text)
        raise self.fault()

    def literal(self) -> _Node:
        """JavaScript's arrays, objects and function expressions."""
        begin = self.place
        if self.accept("function"):
            if self.kind() == "word":
                self.place += 1
            self.skip_brackets()
            self.skip_brackets()
        elif self.text() == "[":
            self.take()
            while not self.accept("]"):
                if not self.accept(","):
                    self.expression()
                    if self.text() not in {",", "]"}:
                        raise self.fault()
        else:
            self.take()
            while not self.accept("}"):
                self.entry()
                if not self.accept(",") and self.text() != "}":
                    raise self.fault()
        return self.node_since("literal", begin)

    def entry(self) -> None:
        """One entry of an object."""
        if self.accept("..."):
            self.expression()
            return
        if self.text() == "[":
            self.skip_brackets()
        elif self.kind() in {"word", "string", "number"}:
            self.place += 1
        else:
            raise self.fault()
        if self.accept(":"):
            self.expression()
        elif self.text() == "(":
            self.skip_brackets()
            self.skip_brackets()

    def creation(self) -> _Node:
        """`new` with a type, then arguments (and a class body, which is dropped) or the items of an array."""
        start = self.take().start
        if self.kind() != "word":
            raise self.fault()
        kind = self.take().text
        while self.accept("."):
            if self.kind() != "word":
                raise self.fault()
            kind += f".{self.take().text}"
        if self.java and self.text() == "<":
            kind += self.generic()
        if self.java and self.text() == "[":
            self.take()
            self.expect("]")
            if self.text() != "{":
                raise self.fault()
            begin = self.place
            self.skip_brackets()
            items = "".join(token.text for token in self.tokens[begin : self.place])
            return _Node("array", start, self.last().end, f"new {kind}[]{items}")
        if self.text() != "(":
            if self.java:
                raise self.fault()
            return _Node("new", start, self.last().end, f"new {kind}")
        given = self.arguments()
        text = f"new {kind}({', '.join(node.joined for node in given)})"
        if self.java and self.text() == "{":
            given.append(self.body())
        return _Node("new", start, self.last().end, text, inner=tuple(given))

    def body(self) -> _Node:
        """The body of a class; a call in it counts, what it is given does not."""
        begin = self.place
        self.skip_brackets()
        inside = self.tokens[begin : self.place]
        calls = [a.text for a, b in pairwise(inside) if a.kind == "word" and b.text == "("]
        return _Node("body", inside[0].start, inside[-1].end, "", (calls[0], []) if calls else None)

    def generic(self) -> str:
        """`<A, B<C>>` with its brackets, joined."""
        level, text = 0, ""
        while True:
            token = self.take()
            if token.kind not in {"word", "mark"} or token.text in {"(", ")", ";", "{", "}"}:
                raise self.fault()
            level += token.text.count("<") - token.text.count(">")
            text += token.text
            if level <= 0:
                return text

    def postfix(self, node: _Node) -> _Node:
        """Member access, calls, indexing, method references."""
        while True:
            if self.text() in {".", "?.", "::"}:
                mark = self.take().text
                if self.kind() != "word":
                    raise self.fault()
                name = self.take()
                node = _Node("member", node.start, name.end, f"{node.joined}{mark}{name.text}", inner=(node,))
            elif self.text() == "(" and (not self.java or node.kind in {"word", "member"}):
                called = self.source[node.start : node.end]
                given = self.arguments()
                end = self.last().end
                raw = self.source[node.start : end]
                node = _Node("call", node.start, end, raw, (called, self.named(given)), (node, *given))
            elif self.text() == "[":
                self.take()
                self.expression()
                self.expect("]")
                node = _Node("index", node.start, self.last().end, self.source[node.start : self.last().end])
            elif self.text() in {"++", "--"}:
                mark = self.take().text
                node = _Node("unary", node.start, self.last().end, f"{node.joined}{mark}")
            else:
                return node

    def arguments(self) -> list[_Node]:
        self.expect("(")
        given: list[_Node] = []
        while not self.accept(")"):
            given.append(self.expression())
            if not self.accept(",") and self.text() != ")":
                raise self.fault()
        return given

    def named(self, given: list[_Node]) -> Named:
        """Arguments as the reference takes them: assignments by name, bare names without one, others not at all."""
        named: Named = []
        for node in given:
            if node.kind == "assignment":
                left, right = node.inner
                value = right.joined if self.java else self.source[right.start : right.end]
                quoted = right.kind == "string" or (
                    not self.java and len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
                )
                named.append((self.source[left.start : left.end], value[1:-1] if quoted else value))
            elif (self.java and node.kind == "member" and node.joined.endswith(".class")) or (
                node.kind == "word"
                and (
                    node.joined not in {"true", "false", "null"} if self.java else node.joined not in {"false", "null"}
                )
            ):
                named.append((None, node.joined))
        return named

    def skip_brackets(self) -> None:
        """Over a bracketed stretch, checking only that brackets pair."""
        opened: list[str] = []
        while True:
            text = self.take().text
            if text in CLOSING:
                opened.append(CLOSING[text])
            elif text in CLOSING.values():
                if not opened or opened.pop() != text:
                    raise self.fault()
                if not opened:
                    return
            elif not opened:
                raise self.fault()

    def node_since(self, kind: str, begin: int, *inner: _Node) -> _Node:
        joined = "".join(token.text for token in self.tokens[begin : self.place])
        return _Node(kind, self.tokens[begin].start, self.last().end, joined, inner=inner)

    def peek(self, ahead: int = 0) -> _Token | None:
        return self.tokens[self.place + ahead] if self.place + ahead < len(self.tokens) else None

    def text(self, ahead: int = 0) -> str:
        token = self.peek(ahead)
        return token.text if token is not None and token.kind in {"mark", "word"} else ""

    def kind(self, ahead: int = 0) -> str:
        token = self.peek(ahead)
        return token.kind if token is not None else ""

    def take(self) -> _Token:
        token = self.peek()
        if token is None:
            raise self.fault()
        self.place += 1
        return token

    def last(self) -> _Token:
        return self.tokens[self.place - 1]

    def accept(self, text: str) -> bool:
        found = self.text() == text
        self.place += found
        return found

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise self.fault()

    def on_new_line(self) -> bool:
        """JavaScript ends a statement at a line break."""
        return not self.java and "\n" in self.source[self.last().end : self.tokens[self.place].start]

    def fault(self) -> ParseError:
        token = self.peek()
        where = f"at {token.text[:20]!r}" if token is not None else "at its end"
        return ParseError(f"the text cannot be read {where}")


def _tokens(source: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    while place < len(source):
        match = TOKEN.match(source, place)
        if match is None:
            raise ParseError(f"the text cannot be read at {source[place]!r}")
        if len(found) > MAX_TOKENS:
            raise ParseError("the text has too many parts")
        if match.lastgroup != "skip":
            found.append(_Token(str(match.lastgroup), match.group(), place, match.end()))
        place = match.end()
    return found


def _first_call(node: _Node) -> tuple[str, Named] | None:
    """The outermost call that comes first."""
    pending = [node]
    while pending:
        node = pending.pop()
        if node.call is not None:
            return node.call
        pending.extend(reversed(node.inner))
    return None
