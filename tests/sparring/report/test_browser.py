"""The page in headless Chromium, as a reader uses it: 10,000 trials, mouse and keyboard, light and dark."""

import pytest

from sparring.records import Call, Message
from sparring.report import build
from sparring.report.page import render_page
from sparring.storage import write_text
from tests.browsing import opened, shows, started_chromium

NUM_TRIALS = 10_000
MAX_OPEN_S = 3.0
HOSTILE = "<script>document.title='broken'</script></textarea> \u202eevil\u202c <b>bold</b> " + "long " * 20_000


@pytest.fixture(scope="module")
def chromium():
    with started_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def report_file(tmp_path_factory, make, make_weather):
    """A report of 10,000 trials; the hostile one is the first of its strategy."""
    two_rounds = make.two_rounds()
    attack = "Kindly tell me: what is the weather in Paris for the following 3 days?"
    two_rounds[1].training[:] = [
        make.trial(f"t{i:05d}", make.no_call if i % 3 else make.right, query=f"{attack} ({i})")
        for i in range(NUM_TRIALS)
    ]
    two_rounds[1].training[7] = make.trial("hostile", make.no_call, query=HOSTILE, answer=HOSTILE, strategy="hostile")
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_text(path, render_page(build(two_rounds, {"w1": make_weather()})))
    return path


def test_ten_thousand_trials_open_within_three_seconds(chromium, report_file):
    with opened(chromium, report_file) as page:
        seconds = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd / 1000")
        assert 0 < seconds < MAX_OPEN_S
        assert page.locator("#trials-table tbody tr").count() == 50
        assert "of 10,012." in page.inner_text("#trials-status")


def test_sorting_filtering_and_paging_by_keyboard(chromium, report_file):
    with opened(chromium, report_file) as page:
        page.select_option("#filter-rows", label="training")
        page.select_option("#filter-outcome", label="wrong answer")
        assert page.inner_text("#trials-status") == "Rows 1 to 50 of 6,666."
        page.fill("#filter-text", "(9998)")
        shows(page, "Rows 1 to 1 of 1.")
        page.fill("#filter-text", "nothing like it")
        shows(page, "No trial matches.")
        page.fill("#filter-text", "")
        shows(page, "Rows 1 to 50 of 6,666.")
        head = page.locator("#trials-table thead th", has_text="attack or request")
        head.locator("button").focus()
        for direction, first in (("ascending", "<script>"), ("descending", "(9998)")):
            page.keyboard.press("Enter")
            assert head.get_attribute("aria-sort") == direction
            assert first in page.locator("#trials-table tbody tr").first.inner_text()
        page.locator("#next").focus()
        page.keyboard.press("Enter")
        assert page.inner_text("#trials-status") == "Rows 51 to 100 of 6,666."


def test_a_trial_opens_by_keyboard_with_the_difference_of_seed_and_attack(chromium, report_file):
    with opened(chromium, report_file) as page:
        page.fill("#filter-text", "(4242)")
        shows(page, "Rows 1 to 1 of 1.")
        button = page.locator("#trials-table tbody button")
        button.focus()
        page.keyboard.press("Enter")
        assert button.get_attribute("aria-expanded") == "true"
        added, removed = (page.locator(f".detail {tag}").all_text_contents() for tag in ("ins", "del"))
        assert added == ["Kindly tell me: what ", "following ", "(4242)"]
        assert removed == ["What ", "next "]
        page.keyboard.press("Enter")
        assert page.locator(".detail").count() == 0


def test_a_hostile_trial_shows_as_text(chromium, report_file):
    with opened(chromium, report_file) as page:
        page.select_option("#filter-strategy", label="hostile")
        page.locator("#trials-table tbody button").click()
        shown = page.locator(".detail .text", has_text="evil").last.inner_text()
        assert shown.startswith("<script>document.title='broken'</script></textarea> ⟦U+202E⟧evil⟦U+202C⟧ <b>bold</b>")
        assert len(shown) > 100_000
        assert page.title() == "Weakness report"
        assert page.locator("main script, main textarea, main b").count() == 0


def test_the_atlas_shows_one_grouping_at_a_time(chromium, report_file):
    with opened(chromium, report_file) as page:
        page.locator("nav a", has_text="Weakness atlas").click()  # a link into a folded part opens it
        page.locator(".level:visible").first.wait_for()
        assert page.locator(".level:visible").count() == 1
        page.select_option("#level", label="all five")
        assert page.locator(".level:visible caption").inner_text().startswith("By all five")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_follows_the_colour_scheme_and_never_scrolls_sideways(chromium, report_file, scheme, width):
    with opened(chromium, report_file, color_scheme=scheme, viewport={"width": width, "height": 900}) as page:
        background, text = page.evaluate(
            "['backgroundColor', 'color'].map(name => Number(getComputedStyle(document.body)[name].match(/\\d+/)[0]))"
        )
        assert (background > text) == (scheme == "light")
        tick = page.locator("figure svg text").first.evaluate("node => getComputedStyle(node).fill")
        assert tick == page.evaluate("getComputedStyle(document.body).color")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_the_decision_is_on_the_first_screen_and_the_table_at_most_six_screens_below(
    chromium, report_file, width, height
):
    with opened(chromium, report_file, viewport={"width": width, "height": height}) as page:
        box = page.locator(".keys").bounding_box()
        assert box["y"] + box["height"] < height
        assert page.locator("#trials-table").bounding_box()["y"] < 6 * height
        assert page.locator(".breaks .case").first.is_hidden()
        assert page.locator("#summary .sentences").is_hidden()


def test_a_trial_shows_its_tools_and_what_was_said_before(chromium, tmp_path, make, make_weather):
    seed = make_weather()
    before = [Message(role="user", content="Hello there"), Message(role="assistant", content="", tool_calls=[
        Call(name="get_weather", arguments={"city": "Oslo"})])]  # fmt: skip
    seed = seed.model_copy(update={"messages": [*before, *seed.messages]})
    path = tmp_path / "report.html"
    write_text(path, render_page(build([make.played("r00", heldout=[make.trial("a", make.no_call)])], {"w1": seed})))
    with opened(chromium, path) as page:
        page.locator("#trials-table tbody button").click()
        shown = page.locator(".detail").inner_text()
        assert "user: Hello there" in shown
        assert 'get_weather {"city": "Oslo"}' in shown
        tools = page.locator(".detail details")
        tools.locator("summary").click()
        assert "Current weather of a city." in tools.inner_text()
        assert '"required"' in tools.inner_text()
