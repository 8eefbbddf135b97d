"""What tools and arguments are called: by a person, never by a name that is nobody's word."""

import pytest

pytest.importorskip("faker")

from sparring.seeds.deeds import Deed, deed_of
from sparring.seeds.faked import english_words
from sparring.seeds.phrases import phrase_of, phrases
from sparring.seeds.shapes import places
from sparring.seeds.vocabulary import Ordinary, name_parts

ORDINARY = Ordinary([], english_words())


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("startDate", ["start", "date"]),
        ("start_date", ["start", "date"]),
        ("page-token", ["page", "token"]),
        ("HTTPServer", ["http", "server"]),
        ("v2", ["v", "2"]),
        ("metadata_", ["metadata"]),
    ],
)
def test_names_are_taken_apart(name, parts):
    assert name_parts(name) == parts


@pytest.mark.parametrize(
    ("name", "schema", "phrase"),
    [
        ("repo_path", {"type": "string"}, "repository path"),
        ("maxCount", {"type": "integer"}, "maximum count"),
        ("duration_minutes", {"type": "integer"}, "duration in minutes"),
        ("id", {"type": "string", "description": "The flow run id"}, "flow run ID"),
        ("name", {"type": "string", "description": "Name of the restaurant."}, "name of the restaurant"),
        ("body", {"type": "object", "description": "The labels to update"}, "labels"),
        (
            "contains",
            {"description": "The commit sha that branch should contain. Not this."},
            "commit SHA that branch should contain",
        ),
        ("sort", {"type": "string", "description": "Defines flow run sorting options."}, "sort"),
        ("qx", {"type": "string", "description": "The account number"}, "account number"),
        ("flg7", {"type": "boolean", "description": "Whether to sit outside."}, "sit outside"),
        ("qx", {"type": "string"}, None),
        ("cust_nm", {"type": "string", "description": "cust nm"}, None),
        ("qx", {"type": "string", "description": "`qx` of the row"}, None),
    ],
)
def test_an_argument_is_called_what_a_person_calls_it(name, schema, phrase):
    assert phrase_of(name, schema, ORDINARY) == phrase


def test_two_arguments_never_share_a_phrase():
    schema = {
        "type": "object",
        "properties": {
            "source": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
            "target": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
            "file_name": {"type": "string"},
            "fileName": {"type": "string"},
        },
        "required": ["source", "target"],
    }
    assert phrases(places(schema), ORDINARY) == {
        ("source", "city"): "source city",
        ("target", "city"): "target city",
    }


@pytest.mark.parametrize(
    ("name", "description", "text"),
    [
        ("git_status", "Shows the working tree status", "show the working tree status"),
        ("git_reset", "Unstages all staged changes", "unstage all staged changes"),
        (
            "fetch",
            "Fetches a URL from the internet and optionally extracts its contents as markdown.\n\nMore.",
            "fetch a URL from the internet",
        ),
        ("git_create_branch", "Creates a new branch from an optional base branch", "create a new branch"),
        (
            "git_show",
            "Shows the contents of a commit, or of a file given as <revision>:<path>",
            "show the contents of a commit",
        ),
        ("read_variable", "Read Variable By Name", "read variable by name"),
        ("translate", "This tool translates a text.", "translate a text"),
        ("send", "Use this to send an email (HTML is allowed).", "send an email"),
        ("list_users", "", "list users"),
        ("weather", "Weather of a city.", "weather of a city"),
    ],
)
def test_a_tool_is_asked_for_in_a_persons_words(name, description, text):
    found = deed_of(
        {"name": name, "description": description}, Ordinary([{"description": description}], english_words())
    )
    assert isinstance(found, Deed)
    assert found.text == text


@pytest.mark.parametrize(
    ("name", "description", "reason"),
    [
        ("count_runs", "Query for flow runs.", "the name to count"),
        ("delete_flow", "Get a flow by id.", "the name to delete"),
        ("xq7_zz", "", "in no words"),
        ("xq7_zz", "...", "in no words"),
    ],
)
def test_a_tool_that_says_two_things_or_none_is_left_out(name, description, reason):
    found = deed_of({"name": name, "description": description}, ORDINARY)
    assert isinstance(found, str)
    assert reason in found
