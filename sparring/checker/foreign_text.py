"""Java and JavaScript: text to one call, by the reference's grammars where installed, else by our own reader."""

from sparring.checker import grammar_text, own_grammar
from sparring.checker.errors import ParseError
from sparring.checker.python_text import DecodedCall

WRONG_FORMAT = "ast_decoder:decoder_wrong_output_format"


def decode_foreign(text: str, language: str) -> list[DecodedCall]:
    """The first call of a text in Java or JavaScript.

    Raises:
        ParseError: The text is no program of the language, has no call, or names an argument twice.
    """
    text = text.strip("`\n ")
    if not text.startswith("["):
        text = "[" + text
    if not text.endswith("]"):
        text += "]"
    source = text[1:-1]
    if language == "javascript" and not source.endswith(";"):
        source += ";"
    exact = grammar_text.parser(language) is not None
    found = grammar_text.read_calls(source, language) if exact else own_grammar.read_calls(source, language)
    if found is None:
        raise ParseError("no call in the text", WRONG_FORMAT)
    name, named = found
    arguments = dict(named)
    if len(arguments) < len(named):
        raise ParseError("an argument is given twice")
    return [(name, arguments)]
