"""Mining: what is played, and what of it is worth learning."""

from sparring.attacker.mining import AT_ONCE, Mined, mine, mining_counts, worth_learning
from sparring.attacker.program import parse_program
from sparring.records import Example


def example(number):
    tool = {"name": f"tool_{number}", "description": "", "parameters": {"type": "object", "properties": {}}}
    return Example(
        id=f"row{number}",
        source="test",
        category="simple_python",
        tools=[tool],
        messages=[{"role": "user", "content": f"Please book {number} seats for the show in Paris."}],
        gold=[{"name": f"tool_{number}", "arguments": {}}],
    )


def attack(number, success, total, valid=1.0):
    terms = {"valid": valid, "total": total} | ({"success": success} if valid else {})
    return Mined(example(number), f"{number}-{success}-{total}", terms)


def test_every_seed_is_attacked_with_legal_programs_in_batches_as_large_as_a_step():
    asked = []

    def reward(examples, completions):
        asked.append(len(examples))
        return [{"total": 0.1, "valid": 1.0, "malformed": 0.0, "success": 0.0} for _ in examples]

    seeds = [example(number) for number in range(30)]
    mined = mine(seeds, reward, "program", 3, 17)
    assert {found.example.id for found in mined} == {seed.id for seed in seeds}
    assert len(mined) > 60
    assert max(asked) == AT_ONCE
    assert len({(found.example.id, found.completion) for found in mined}) == len(mined), "none is played twice"
    assert all(parse_program(found.completion) for found in mined)
    assert mined == mine(seeds, reward, "program", 3, 17)


def test_a_rewriting_query_model_learns_the_text():
    seeds = [example(1)]
    mined = mine(seeds, lambda examples, texts: [{"valid": 1.0, "total": 0.0}] * len(texts), "rewrite", 4, 17)
    assert all("Paris" in found.completion or "1 seats" in found.completion for found in mined)


def test_hits_come_first_then_what_came_nearest():
    mined = [
        attack(1, 0.0, 0.9),
        attack(2, 1.0, 0.2),
        attack(3, 0.0, 0.4),
        attack(4, 1.0, 0.7),
        attack(5, 0.0, 0.0, 0.0),
    ]
    assert [found.example.id for found in worth_learning(mined, 3, 2)] == ["row4", "row2", "row1"]
    assert len(worth_learning(mined, 9, 2)) == 4, "what the gates rejected is never learnt"


def test_what_could_not_be_scored_is_not_learnt():
    unscored = Mined(example(6), "unscored", {"valid": 1.0, "malformed": 0.0})
    assert worth_learning([unscored, attack(1, 0.0, 0.1)], 2, 2) == [attack(1, 0.0, 0.1)]


def test_no_seed_gives_more_than_its_share():
    mined = [attack(1, 1.0, 0.9), attack(1, 1.0, 0.8), attack(1, 1.0, 0.7), attack(2, 0.0, 0.1)]
    assert [found.example.id for found in worth_learning(mined, 4, 2)] == ["row1", "row1", "row2"]


def test_each_kind_of_seed_gives_its_part_though_the_other_is_broken_more_often():
    calling = [attack(number, 1.0, 0.9) for number in range(6)]
    declining = [
        Mined(one.example.model_copy(update={"id": f"no{i}", "category": "irrelevance", "gold": []}), one.completion, one.terms)
        for i, one in enumerate(attack(10 + number, 0.0, 0.2) for number in range(6))
    ]  # fmt: skip
    chosen = worth_learning([*calling, *declining], 4, 1)
    assert [found.example.kind for found in chosen] == ["call", "call", "no_call", "no_call"]
    short = worth_learning([*calling, *declining[:1]], 4, 1)
    assert [found.example.kind for found in short] == ["call"] * 3 + ["no_call"]
    few = worth_learning([*calling[:1], *declining], 6, 1)
    assert [found.example.kind for found in few] == ["call"] + ["no_call"] * 5


def test_what_was_mined_is_counted_in_all_and_on_seeds_that_want_no_call():
    declining = example(6).model_copy(update={"gold": [], "category": "irrelevance"})
    without = [
        Mined(declining, "a", {"valid": 1.0, "total": 0.9, "success": 1.0}),
        Mined(declining, "b", {"valid": 0.0}),
    ]
    mined = [attack(1, 1.0, 0.5), attack(2, 0.0, 0.3), attack(3, 0.0, 0.0, 0.0), *without]
    assert mining_counts(mined, [mined[0], mined[1], mined[3]]) == {
        "played": 5, "played_no_call": 2, "valid": 3, "hits": 2, "hits_no_call": 1,
        "learnt": 3, "learnt_no_call": 1, "learnt_hits": 2,
    }  # fmt: skip
