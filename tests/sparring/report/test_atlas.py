"""Counts of the atlas on small made rounds, every one of them counted by hand."""

import pytest

from sparring.attacker.program import parse_program, play_program
from sparring.errors import InputError
from sparring.records import GoldCall, Tool, Verdict
from sparring.report.atlas import atlas, changes, untouched_failures
from sparring.report.places import FIVE, argument_type, tool_family
from sparring.report.rounds import lineage, observe
from sparring.report.weaknesses import weaknesses

TARGETS = ["r00", "r01"]


def by_values(rounds, seeds, dimensions):
    observations = observe(rounds, {seed.id: seed for seed in seeds})
    return {cluster.values: cluster for cluster in atlas(observations, TARGETS, dimensions)}, observations


def test_a_cluster_counts_wrong_answers_over_the_attacks_that_could_have_ended_in_it(two_rounds, weather_seed):
    found, _ = by_values(two_rounds, [weather_seed], ("kind", "strategy"))
    counts = {values: [(one.attacks.count, one.attacks.total) for one in c.standings] for values, c in found.items()}
    # Under r00: a, c, h1, h2 are chatty, b is a hedge; d was rejected. Under r01: h1 and h2, both chatty.
    assert counts == {
        ("no_call", "chatty"): [(2, 4), (0, 2)],
        ("wrong_value", "hedge"): [(1, 1), (0, 0)],
        ("wrong_value", "chatty"): [(0, 4), (1, 2)],
    }


def test_the_finest_clusters_name_all_five_dimensions(two_rounds, weather_seed):
    found, observations = by_values(two_rounds, [weather_seed], FIVE)
    assert set(found) == {
        ("no_call", "simple_python", "the whole call", "get", "chatty"),
        ("wrong_value", "simple_python", "integer", "get", "hedge"),
        ("wrong_value", "simple_python", "string", "get", "chatty"),
    }
    hedge = found["wrong_value", "simple_python", "integer", "get", "hedge"]
    assert observations[hedge.example].trial.attack.id == "b"
    assert hedge.standings[1].attacks.value is None


def test_an_operator_that_changed_nothing_has_no_part_in_an_attack(make, weather_seed):
    strategy = "thousands > hedge"  # there is no number of thousands in the seed
    query, acted = play_program(parse_program(strategy), weather_seed, 0)
    assert [step.operator for step in acted] == ["hedge"]
    lost = make.trial("a", make.no_call, query=query, strategy=strategy)
    played = make.played("r00", heldout=[lost])
    found, _ = by_values([played], [weather_seed], ("kind", "strategy"))
    assert set(found) == {("no_call", "hedge")}
    observed = observe([played], {weather_seed.id: weather_seed})
    assert {one.strategy for one in weaknesses(observed, ["r00"], played, 5)} == {"hedge"}


def test_an_attack_by_several_operators_counts_under_each_of_them(make, weather_seed):
    strategies = ["number_words > typos", "typos", "chatty > no program"]
    trials = [make.trial(str(i), make.no_call, strategy=strategy) for i, strategy in enumerate(strategies)]
    found, _ = by_values([make.played("r00", heldout=trials)], [weather_seed], ("kind", "strategy"))
    counts = {
        values[1]: (one.standings[0].attacks.count, one.standings[0].attacks.total) for values, one in found.items()
    }
    assert counts == {"typos": (2, 2), "number_words": (1, 1), "chatty > no program": (1, 1)}


def test_many_attacks_on_one_seed_tell_no_more_than_a_few(make, weather_seed):
    seeds = [weather_seed.model_copy(update={"id": f"s{i}"}) for i in range(20)]

    def width(per_seed):
        trials = [
            make.trial(f"{seed.id}-{i}", make.no_call if number < 5 else make.right, seed.id)
            for number, seed in enumerate(seeds)
            for i in range(per_seed)
        ]
        (cluster,) = by_values([make.played("r00", heldout=trials)], seeds, ("kind",))[0].values()
        attacks = cluster.standings[0].attacks
        assert (attacks.value, attacks.total) == (0.25, 20 * per_seed)
        return attacks.high - attacks.low

    assert width(1) == pytest.approx(width(50), rel=0.01)


@pytest.mark.parametrize(
    ("tool", "family"),
    [
        ("math.factorial", "math"),
        ("get_weather", "get"),
        ("getWeather", "get"),
        ("Movies_3_FindMovies", "movies"),
        ("sort", "sort"),
        ("__", "__"),
        ("HTTPServer.start", "httpserver"),
        ("погода_сейчас", "погода"),
    ],
)
def test_a_tools_family_is_its_namespace_or_its_first_word(tool, family):
    assert tool_family(tool) == family


def test_lift_is_over_the_clean_failures_of_the_target_that_answered(two_rounds, weather_seed):
    found, _ = by_values(two_rounds, [weather_seed], ("kind", "category"))
    before, after = found["no_call", "simple_python"].standings
    # r00 fails so on 1 of 4 untouched seeds and on 2 of 5 attacks; r01 on none of its 4 untouched seeds.
    assert (before.clean.count, before.clean.total, before.lift) == (1, 4, pytest.approx(0.4 / 0.25))
    assert (after.clean.count, after.clean.total, after.lift) == (0, 4, None)


def test_a_cluster_is_broken_open_or_gone_only_as_far_as_attacks_can_tell(make, weather_seed):
    seeds = [weather_seed.model_copy(update={"id": f"s{i}"}) for i in range(40)]

    def status(before, after):
        before, after = (
            [make.trial(f"{name}{i}", verdict, f"s{i}") for i, verdict in enumerate(verdicts)]
            for name, verdicts in (("b", before), ("a", after))
        )
        rounds = [make.played("r00", heldout=before), make.played("r01", "r00", heldout=after)]
        return {values[0]: one.status for values, one in by_values(rounds, seeds, ("kind",))[0].items()}

    right, wrong = make.right, make.no_call
    assert status([right], [wrong]) == {"no_call": "newly broken"}
    assert status([], [wrong]) == {"no_call": "first seen"}
    assert status([wrong], [wrong]) == {"no_call": "still open"}
    assert status([wrong], []) == {"no_call": "not attacked again"}
    assert status([wrong, right], [right]) == {"no_call": "not seen again"}
    assert status([wrong, right], [right] * 40) == {"no_call": "fixed"}


def test_unscored_answers_are_nobodys_failure(make, weather_seed):
    rounds = [make.played("r00", heldout=[make.trial("a", make.spoilt), make.trial("b", make.no_call)])]
    observations = observe(rounds, {"w1": weather_seed})
    (cluster,) = atlas(observations, ["r00"], ("kind",))
    assert (cluster.standings[0].attacks.count, cluster.standings[0].attacks.total) == (1, 1)
    assert [one.outcome for one in observations] == ["not scored", "wrong answer"]


def test_held_out_attacks_are_compared_one_by_one(make, two_rounds):
    assert changes(two_rounds[0]) == []
    assert [(one.kind, one.fixed, one.still_open, one.newly_broken) for one in changes(two_rounds[1])] == [
        ("no_call", 1, 0, 0),
        ("wrong_value", 0, 0, 1),
    ]
    moved = make.played(
        "r01", "r00", before=[make.trial("h", make.no_call)], heldout=[make.trial("h", make.wrong_city)]
    )
    assert [(one.kind, one.fixed, one.still_open, one.newly_broken) for one in changes(moved)] == [("no_call", 0, 1, 0)]


def test_failures_without_attack_are_counted_apart(two_rounds, weather_seed):
    found = untouched_failures(observe(two_rounds, {"w1": weather_seed}), TARGETS)
    assert {kind: [(found[kind][name].count, found[kind][name].total) for name in TARGETS] for kind in found} == {
        "no_call": [(1, 4), (0, 4)]
    }


def test_the_argument_type_is_read_from_the_schema_of_the_call_at_fault(weather_seed):
    tags = {"type": "dict", "properties": {"city": {"type": "array", "items": {"type": "float"}}}}
    seed = weather_seed.model_copy(
        update={
            "tools": [*weather_seed.tools, Tool(name="tag", parameters=tags)],
            "gold": [*weather_seed.gold, GoldCall(name="tag", arguments={"city": [[1.0]]})],
        }
    )
    wrong = {"correct": False, "argument": "city"}
    assert argument_type(seed, Verdict(**wrong, call=0)) == "string"
    assert argument_type(seed, Verdict(**wrong, call=1)) == "array of float"
    assert argument_type(seed, Verdict(**wrong, call=9)) == "string"
    assert argument_type(seed, Verdict(correct=False)) == "the whole call"
    assert argument_type(seed, Verdict(correct=False, argument="invented")) == "not in the schema"


def test_the_opponent_is_the_champion_and_a_lost_target_leads_nowhere(make, weather_seed):
    rounds = [
        make.played("r00"),
        make.played("r01", "r00", promoted=False, champion="r00"),
        make.played("r02", "r01", training=[make.trial("a", make.no_call)], champion="r02"),
    ]
    assert lineage(rounds) == ["r00", "r02"]
    assert [one.target for one in observe(rounds, {"w1": weather_seed})] == ["r00"]


def test_an_attack_on_an_unknown_seed_is_named(make):
    with pytest.raises(InputError, match=r"r00: attack a: example_id: gone is in none of train\.jsonl"):
        observe([make.played("r00", heldout=[make.trial("a", seed="gone")])], {})
