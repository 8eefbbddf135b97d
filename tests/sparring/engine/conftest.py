"""What tests of the engine ask the tiny model that knows its rows by heart."""

import pytest

from tests.tiny import tiny_seeds


@pytest.fixture(scope="session")
def known_seeds():
    """Twelve tools, each with a row that wants a call and one that wants none."""
    return tiny_seeds()[:24]
