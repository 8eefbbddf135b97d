"""Seeds that want no call play in every step of a played campaign, and their shares add up with the others'."""

import pytest

from sparring.checker import check
from sparring.dialects import DIALECTS
from sparring.manifests import read_manifest
from sparring.records import Example, SFTExample, Trial, by_id
from sparring.storage import RoundPaths, read_jsonl

pytestmark = pytest.mark.timeout(1200)
KINDS = {"call", "no_call"}


def kinds_of(root, round, name):
    """Kinds of the seeds that a file's attacks are on."""
    splits = [read_jsonl(root / "data" / "splits" / f"{split}.jsonl", Example) for split in ("train", "proof")]
    examples = by_id([example for split in splits for example in split])
    trials = read_jsonl(RoundPaths(root, round).file(f"{name}.jsonl"), Trial)
    return {examples[trial.attack.example_id].kind for trial in trials}


@pytest.mark.parametrize(
    ("round", "name"),
    [("r00", "heldout"), ("r00", "schema"), ("r01", "trials"), ("r01", "heldout"), ("r01", "heldout_before")],
)
def test_both_kinds_are_attacked(reproduced, round, name):
    assert kinds_of(reproduced, round, name) == KINDS


@pytest.mark.parametrize("round", ["r00", "r01"])
def test_shares_by_kind_add_up_to_the_whole(reproduced, round):
    rates = read_manifest(RoundPaths(reproduced, round)).rates
    apart = {name.rpartition("/")[0] for name in rates if name.rpartition("/")[2] in KINDS}
    assert apart >= {"heldout_success", "heldout_valid", "heldout_seeds_broken", "schema_success"}
    assert (round == "r00") or apart >= {"attack_success", "seeds_broken", "heldout_success_before"}
    for name in apart:
        parts = [rates[f"{name}/{kind}"] for kind in sorted(KINDS)]
        assert sum(part.total for part in parts) == rates[name].total
        assert sum(part.count for part in parts) == rates[name].count


def test_every_row_of_the_training_set_teaches_what_is_right_for_its_kind(reproduced):
    examples = by_id(read_jsonl(reproduced / "data" / "splits" / "train.jsonl", Example))
    rows = read_jsonl(RoundPaths(reproduced, "r01").file("sft.jsonl"), SFTExample)
    taught = set()
    for row in rows:
        seed = next(examples[part] for part in row.id.split(":") if part in examples)
        asked = seed.model_copy(update={"tools": row.tools, "messages": row.messages})
        if row.attacker != "schema":  # a changed tool has a gold of its own
            assert check(asked, row.completion, parse=DIALECTS["pythonic"].parse).correct, row.id
        taught.add((row.origin, seed.kind))
    assert {("attack", "call"), ("attack", "no_call"), ("twin", "call"), ("twin", "no_call")} <= taught
