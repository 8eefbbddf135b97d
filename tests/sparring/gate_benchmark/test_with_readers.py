"""How the gates of free text are measured: by rules, by the rules that stay, with readers; and how the command takes them."""

import pytest
from typer.testing import CliRunner

from sparring.cli import app
from sparring.config import WORDING
from sparring.errors import InputError
from sparring.gate_benchmark import LabelledRewrite, read_scores, read_table
from sparring.gates import Gatekeeper, Readers
from sparring.tables import table_markdown

FUNCTION = {
    "name": "get_weather",
    "description": "Current weather of a city.",
    "parameters": {"type": "dict", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
REWRITES = {
    "same": ("Paris", "What is the weather in Paris?", True),
    "worded": ("Paris", "How hot, wet and windy does Paris get, so what do I put on?", True),
    "turned": ("Paris", "Paris is where I live, so tell my wife about the museums and the trains there.", False),
    "gone": ("Paris", "What is the weather in Rome?", False),
    "unread": ("Oslo", "What is the weather in Oslo?", True),
    "silent": ("Bern", "What is the weather in Bern?", True),
}


def rows():
    return [
        LabelledRewrite(
            id=name,
            functions=[FUNCTION],
            gold=[{"get_weather": {"city": [city]}}],
            seed=f"What is the weather in {city}?",
            rewrite=rewrite,
            valid=valid,
            kind=name,
        )
        for name, (city, rewrite, valid) in REWRITES.items()
    ]


class Knowing:
    """Fails whatever names Oslo and museums, and does not answer about Bern."""

    judges_no_call = False

    def fits(self, seeds):
        return [
            None if "Bern" in each.query else not any(word in each.query for word in ("Oslo", "museums"))
            for each in seeds
        ]

    def agrees(self, rewrites):
        return self.fits(rewrites)


def test_three_ways_to_judge_free_text_stand_side_by_side(params):
    found = read_scores(rows(), Gatekeeper(params.gates, None, readers=Readers([Knowing()], 1)))
    alone, stay, read = found
    assert [one.gates for one in found] == ["rules alone", "the rules that stay", "these and 1 of 1 readers"]
    assert (alone.precision.count, alone.precision.total, alone.recall.total) == (3, 3, 4)
    assert (stay.precision.count, stay.precision.total, stay.recall.total) == (4, 5, 4)
    assert (read.precision.count, read.precision.total) == (2, 2)
    assert (read.recall.count, read.recall.total, read.unjudged) == (2, 3, 1)
    assert (read.readable.count, read.readable.total) == (2, 4)
    assert read.rejections == {"unread": 1}
    assert alone.readable is None


def test_without_readers_there_is_one_way(params):
    assert [one.gates for one in read_scores(rows(), Gatekeeper(params.gates, None))] == ["rules alone"]


def test_the_table_says_what_the_readers_cost(params):
    found = read_scores(rows(), Gatekeeper(params.gates, None, readers=Readers([Knowing()], 1)))
    last = table_markdown(read_table("held", found)).strip().splitlines()[-1]
    assert last.startswith("| these and 1 of 1 readers | 1.000 (0.342-1.000, 2) | 0.667 ")
    assert last.endswith("| 0.500 (0.150-0.850, 4) | 1 | unread (too few readers) 1 |")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--reader", "nowhere"], "--reader nowhere: expected a folder with config.json or adapter_config.json"),
        (["--reader", "http://127.0.0.1:8000/v1"], "an address as http://127.0.0.1:8000/v1#MODEL"),
        (["--reader", "http://a:b@h/v1#m"], "keys come from the environment only"),
        (["--reader", "http://h/v1#m", "--agree", "2"], "agree is 2, and there are 1 models"),
        (["--reader", "{base_url: 'http://h/v1'}"], "base_url needs model"),
        (["--reader", "{model: m, colour: red}"], "colour"),
        (["--reader", "{model: ["], "--reader: not readable as YAML"),
        (["--reader", "{model: m}", "--agree", "2"], "agree is 2, and there are 1 models"),
        (["--agree", "2"], "--agree belongs to --reader"),
    ],
)
def test_a_reader_that_is_none_is_told_before_anything_is_loaded(tmp_path, options, said):
    shown = CliRunner().invoke(app, ["gates", *options, "--root", str(tmp_path)])
    assert isinstance(shown.exception, InputError)
    assert said in str(shown.exception)


class Probing(Knowing):
    """The same, of seeds without a call as well."""

    judges_no_call = True


def test_the_rules_that_stay_are_those_that_stay_beside_these_readers(params):
    without = [row.model_copy(update={"gold": [], "rewrite": f"{row.rewrite} In 5 days?"}) for row in rows()]
    gates = [*WORDING, "grounding", "quantities", "tool"]
    stay = {
        kind: read_scores(without, Gatekeeper(params.gates, None, readers=Readers([kind()], 1, gates)))[1]
        for kind in (Knowing, Probing)
    }
    assert "quantities" in stay[Knowing].rejections
    assert not {"quantities", "tool"} & set(stay[Probing].rejections)
