"""A page in headless Chromium, held to two rules: it writes no error, and it asks for nothing but itself.

`make browser` installs what this needs; tests are skipped where it is missing. A Chromium of the system (on Debian:
apt-get install chromium) is taken before playwright's own.
"""

import os
import shutil
from contextlib import contextmanager

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def started_chromium():
    """A started browser; skips the test that asks where there is none."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: run `make browser`")
    with driver.sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, NAMES)), playwright.chromium.executable_path)
        if not os.path.exists(found):
            pytest.skip("no Chromium on this machine: run `make browser`")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(chromium, path, **options):
    """The report in a page of its own."""
    page = chromium.new_page(**options)
    errors, requests = [], []
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector("#trials-table tbody tr")
    yield page
    assert errors == []
    assert requests == [path.as_uri()]
    page.close()


def shows(page, words):
    """Waits until the status line says this. Not by wait_for_function: the page's policy forbids eval."""
    page.locator("#trials-status", has_text=words).wait_for()
