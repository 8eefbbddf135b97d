"""The files of a report: complete, the same twice, and harmless whatever a model wrote."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from sparring.commands.report import report
from sparring.errors import InputError
from sparring.records import GoldCall, Tool
from sparring.report import build, write_report
from sparring.report.markdown import render_markdown
from sparring.report.page import render_page, trial_table
from sparring.statistics import rate
from sparring.storage import write_text

SCRIPT = "<script>document.title='broken'</script>"
HOSTILE = [
    f"{SCRIPT}</textarea></title></style>{{{{ 7 * 7 }}}}",
    "</script><img src=x onerror=alert(1)> <!--<script>",
    "pay \u202e100\u202c \u2066now\u2069 \x00\x1b",
    "word " * 20_000,
    "](javascript:alert(1)) @all https://x www.x ```` | $\\frac{1}{$ &lt;",
]


class Page(HTMLParser):
    """The elements of a page, its text, and what its scripts hold."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.texts, self.scripts, self.ids = [], [], [], {}, []
        self.script = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id"]
        if tag == "script":
            self.script = dict(attrs).get("id", "own")
            self.scripts[self.script] = ""

    def handle_endtag(self, tag):
        if tag == "script":
            self.script = None

    def handle_data(self, text):
        if self.script is not None:
            self.scripts[self.script] += text
        else:
            self.texts.append(text)


@pytest.fixture
def hostile_rounds(make, weather_seed):
    """Every text a model or a data set writes is hostile: seed, attack, answer, reason, strategy, tool, gate."""
    rounds, seeds = [make.played("r00", rejections={HOSTILE[1]: 1}, untouched=[])], []
    for index, text in enumerate(HOSTILE):
        name = f"{text[:200]}{index}"
        tool = Tool(name=name, description=text, parameters=weather_seed.tools[0].parameters)
        gold = [GoldCall(name=name, arguments={text[:50]: [text]})]
        seed = weather_seed.with_query(f"seed {text}").model_copy(
            update={"id": f"s{index}", "category": text[:100], "tools": [tool], "gold": gold}
        )
        seeds.append(seed)
        trial = make.trial(f"{text[:50]}{index}", make.no_call, seed.id, text, strategy=text[:300], answer=text)
        rounds[0].heldout.append(trial)
    return rounds, {seed.id: seed for seed in seeds}


def test_hostile_text_stays_text(hostile_rounds):
    html = render_page(build(*hostile_rounds))
    page = Page(html)
    assert page.tags.count("script") == 2
    assert not {"img", "textarea", "iframe", "base"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", html)
    assert "49" not in " ".join(page.texts)
    assert SCRIPT in " ".join(page.texts)
    table = json.loads(page.scripts["trials-json"])
    queries = [trial[table["fields"].index("query")] for trial in table["trials"]]
    assert queries[0] == HOSTILE[0]
    assert queries[2] == "pay ⟦U+202E⟧100⟦U+202C⟧ ⟦U+2066⟧now⟦U+2069⟧ ⟦U+0000⟧⟦U+001B⟧"
    assert len(queries[3]) == 100_000


def test_hostile_text_in_markdown_stands_in_code_spans(hostile_rounds):
    markdown = render_markdown(build(*hostile_rounds))
    outside = re.sub(r"(?<!`)(`+)(?!`) .*? (?<!`)\1(?!`)", "", markdown)
    assert "<script>" in markdown
    assert not re.search(r"(?<!\\)[<\]]|(?<!\\)://|www\.|@|\u202e", outside)


def test_the_page_asks_for_nothing_and_runs_only_its_own_script(two_rounds, weather_seed):
    html = render_page(build(two_rounds, {"w1": weather_seed}))
    page = Page(html)
    references = [value for name, value in page.attributes if name in {"src", "href", "xlink:href", "action", "data"}]
    assert references
    assert all(value.startswith("#") for value in references)
    assert not re.search(r"@import|url\((?!#)", html)
    (policy,) = [value for name, value in page.attributes if name == "content" and "default-src" in value]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-")


def test_every_id_is_used_once_and_every_reference_finds_its_own(two_rounds, weather_seed):
    page = Page(render_page(build(two_rounds, {"w1": weather_seed})))
    assert len(page.ids) == len(set(page.ids))
    wanted = {
        name
        for key, value in page.attributes
        if key in {"aria-labelledby", "for", "href", "xlink:href"}
        for name in value.replace("#", "").split()
    }
    assert wanted <= set(page.ids)


def test_attacks_that_won_come_first_in_the_table(two_rounds, weather_seed):
    table = trial_table(build(two_rounds, {"w1": weather_seed}).observations)
    ids = [trial[0] for trial in table["trials"]]
    assert ids[:4] == ["a", "b", "h1", "h2"]
    assert len(ids) == 16
    assert "u0" in ids[4:]


def test_a_drawing_in_the_page_takes_its_font_and_its_colours(two_rounds, weather_seed):
    html = render_page(build(two_rounds, {"w1": weather_seed}))
    assert "<svg" in html
    assert "DejaVu" not in html
    assert not re.search(r'style="[^"]*#[0-9a-f]{6}', html)


def test_what_was_not_measured_is_said_so_and_never_zero(two_rounds, weather_seed):
    contents = build(two_rounds, {"w1": weather_seed})
    html, markdown = render_page(contents), render_markdown(contents)
    assert (
        "| attack success, held out, after SFT | not measured | 50.0\u00a0% (9.5\u00a0% to 90.5\u00a0%), 1\u00a0of\u00a02 |"
        in markdown
    )
    assert "| answers that do not parse | not measured | not measured |" in markdown
    assert '<th scope="row">answers that do not parse</th><td>not measured</td><td>not measured</td>' in html
    assert (
        '<th scope="row">hedge</th><td>100\u00a0% (20.7\u00a0% to 100\u00a0%), 1\u00a0of\u00a01</td><td>not measured</td>'
        in html
    )
    (attacks,) = [figure for figure in contents.figures if figure.name == "attack_success"]
    assert [row["of"] for row in attacks.rows] == ["held out, target before", "held out, target after"]


def test_the_summary_says_what_was_decided_and_what_may_be_chance(make, two_rounds, weather_seed):
    chance = {"rows": 2, "difference": 0.0, "low": -0.5, "high": 0.5, "p_value": 1.0}
    loss = {"rows": 4, "difference": -0.5, "low": -0.6, "high": -0.4, "p_value": 0.001}
    lost = make.result(
        "r01",
        "r00",
        promoted=False,
        champion="r00",
        verdict="lost: too little",
        comparisons={"heldout": chance, "no_call": loss},
        rates={
            "heldout_success": rate(1, 2),
            "heldout_success_before": rate(1, 2),
            "no_call_accuracy": rate(0, 4),
            "no_call_accuracy_before": rate(2, 4),
        },
    )
    rounds = [two_rounds[0], replace(two_rounds[1], result=lost)]
    words = "\n".join(build(rounds, {"w1": weather_seed}).sentences).replace("\u00a0", " ")
    assert "did not pass the promotion gate; keep that of r00 (lost: too little)" in words
    assert "1 of 2 (50.0 %, 95 % interval 9.5 % to 90.5 %). The difference may be chance (p = 1.00)" in words
    assert "0 of 4 (0 %, 95 % interval 0 % to 49.0 %); the model before: 2 of 4" in words
    assert "That is worse than chance explains (p = 0.001)" in words
    assert "Requests that need a call, answered rightly: not measured" in words.replace("Ordinary r", "R")
    assert "1 that beat the model before are now answered rightly, 0 still win, and 1 win only since" in words


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("promoted", "The model of r01 passed the promotion gate and replaces the one before (why)."),
        ("worse", "The model of r01 is shown to be worse; keep that of r00 (why)."),
        ("not_shown", "That the model of r01 is better and no worse was not shown; keep that of r00 (why)."),
    ],
)
def test_the_summary_says_which_of_the_three_it_is(make, two_rounds, weather_seed, outcome, said):
    promoted = outcome == "promoted"
    result = make.result(
        "r01", "r00", promoted=promoted, outcome=outcome, champion="r01" if promoted else "r00", verdict="why"
    )
    rounds = [two_rounds[0], replace(two_rounds[1], result=result)]
    assert build(rounds, {"w1": weather_seed}).sentences[0].replace("\u00a0", " ") == said


def test_a_report_is_whole_and_the_same_twice(tmp_path, make, two_rounds, weather_seed, capsys):
    make.write(tmp_path, two_rounds, [weather_seed])
    report([tmp_path], tmp_path / "one")
    assert capsys.readouterr().out.strip() == str(tmp_path / "one" / "report.html")
    write_report(tmp_path, tmp_path / "two")
    first, second = ({file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert first == second
    stems = {name.split(".")[0] for name in first if name.endswith(".svg")}
    assert stems == {
        "attack_success", "accuracy", "held_out_changes", "gate_rejections", "rewards", "operators",
        "heat_category", "heat_category_before", "heat_strategy", "heat_strategy_before",
    }  # fmt: skip
    assert set(first) == {f"{stem}.{end}" for stem in stems for end in ("svg", "png", "csv")} | {
        "atlas.csv", "report.md", "report.html"
    }  # fmt: skip
    for stem in stems:
        assert first[f"{stem}.png"].startswith(b"\x89PNG")
        assert ElementTree.fromstring(first[f"{stem}.svg"]).tag.endswith("svg")
    assert first["gate_rejections.csv"].decode() == "round,bar,value\nr00,malformed,2\nr01,leak,1\n"
    assert "kind and category,no_call,simple_python,,,,,not seen again,r00,2,5,0.4," in first["atlas.csv"].decode()


def test_a_round_without_anything_measured_still_has_a_page(make, weather_seed):
    contents = build([make.played("r00")], {"w1": weather_seed})
    assert contents.figures == []
    assert "No valid attack won." in render_page(contents)
    assert "not measured" in render_markdown(contents)


def test_broken_input_is_named_in_one_line(tmp_path, make, two_rounds, weather_seed):
    with pytest.raises(InputError, match="no finished round"):
        write_report(tmp_path, tmp_path / "out")
    make.write(tmp_path, two_rounds, [weather_seed])
    (tmp_path / "data" / "rounds" / "r01" / "trials.jsonl").unlink()
    with pytest.raises(InputError, match=r"r01/trials.jsonl: no such file"):
        write_report(tmp_path, tmp_path / "out")
    write_text(tmp_path / "data" / "rounds" / "r00" / "round.json", '{"round": 1}')
    with pytest.raises(InputError, match=r"r00/round.json: round: Input should be a valid string"):
        write_report(tmp_path, tmp_path / "out")
    write_text(tmp_path / "data" / "rounds" / "r00" / "round.json", two_rounds[1].result.model_dump_json())
    with pytest.raises(InputError, match=r"round: 'r01' is not the folder's name"):
        write_report(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
