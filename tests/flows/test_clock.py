"""A timed step is the step itself: it gives what it gives, and its seconds add up over starts."""

from types import SimpleNamespace

from tasks.clock import seconds_by_step, timed


def test_a_timed_step_gives_its_value_and_its_seconds_add_up(tmp_path, capsys):
    game = SimpleNamespace(round="r01", work=tmp_path)

    @timed
    def count(game, rows, *, times=1):
        return len(rows) * times

    assert count(game, [1, 2, 3], times=2) == 6
    first = seconds_by_step(game)["count"]
    assert count(game, []) == 0
    assert seconds_by_step(game)["count"] >= first
    assert "r01: count took" in capsys.readouterr().err
