"""Short texts are remembered, long ones are not: what is foreign may be of any size."""

from sparring.short_cache import LONGEST, keeps_short


def test_a_short_text_is_asked_once_and_a_long_one_each_time():
    asked = []

    @keeps_short(maxsize=2)
    def length(text: str) -> int:
        """Its length."""
        asked.append(len(text))
        return len(text)

    assert [length("ab"), length("ab"), length("x" * (LONGEST + 1)), length("x" * (LONGEST + 1))] == [2, 2, 4001, 4001]
    assert asked == [2, LONGEST + 1, LONGEST + 1]
    assert length.__doc__ == "Its length."
    length.cache_clear()
    length("ab")
    assert asked[-1] == 2
