"""Tests that share what takes long to make run in one process; else each process makes it again.

pytest-xdist tells its scheduler of a group in the test's id. Under a pytest that takes no notice of what is added
there, tests run as if they had no groups, and nothing fails: pytest 9.2 with pytest-xdist 3.8
(https://github.com/pytest-dev/pytest-xdist/issues/1386).
"""

import pytest


def test_the_scheduler_is_told_that_tests_of_a_file_belong_together(request):
    if not request.config.getoption("loadgroup", False):
        pytest.skip("nobody asked for groups")
    assert request.node.nodeid.endswith(f"@{request.node.location[0]}")
