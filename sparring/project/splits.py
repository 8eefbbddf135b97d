"""Splits by tool, not by row: what is tested was never trained on under another id.

Rows stay together that share a target function (normalised name), a question, a signature of three or more parameters,
or the right arguments of a call. A tool that is a target in val, proof or test is removed from the distractors of
training rows. What each split is for: on val choices are made, by proof a target is promoted, test and ood are looked
at when all is done.
"""

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sparring.project.right_arguments import RightArguments
from sparring.records import Example, Tool

SPLITS = ("train", "val", "proof", "test", "ood", "practice")
LEARNT, HELD_OUT = ("train", "practice"), ("val", "proof", "test", "ood")
UNTOUCHED = ("test", "ood")  # nothing is chosen on these
MIN_SIGNATURE = 3


def split_by_tool(
    examples: Sequence[Example],
    train_share: float,
    val_share: float,
    ood_categories: Sequence[str],
    practice_categories: Sequence[str],
    seed: int,
) -> dict[str, list[Example]]:
    """Examples by split, each in the order given.

    Groups are dealt by a hash of their smallest key and the seed, so that a new row never moves an old one. Rows of
    `ood_categories` are dealt by their groups to proof and to the out-of-distribution split, half to each; those that
    share a group with a training row are left out. Where there are none, proof is half of what would validate.
    Rows of `practice_categories` are learnt too, where they share nothing with a held-out row, and move no other.

    Args:
        examples: Rows of all categories.
        train_share: Share of the groups that train, in [0, 1].
        val_share: Share of the groups that validate; the rest tests.
        ood_categories: Categories that are only ever tested on.
        practice_categories: Categories that are only ever learnt.
        seed: Decides the deal.
    """
    inside = [example for example in examples if example.category not in {*ood_categories, *practice_categories}]
    split_of = {}
    for group in _groups(inside):
        place = _fraction(group[0], seed)
        split = "train" if place < train_share else "val" if place < train_share + val_share else "test"
        split_of.update(dict.fromkeys(group, split))
    splits: dict[str, list[Example]] = {name: [] for name in SPLITS}
    for example in inside:
        splits[split_of[example.id]].append(example)
    splits["train"] = _without(splits["train"], splits["val"] + splits["test"])
    trained = _Known(splits["train"])
    outside = [row for row in examples if row.category in ood_categories and not trained.shares(row)]
    if outside:
        splits["proof"], splits["ood"] = _halves(outside, seed)
    else:
        splits["proof"], splits["val"] = _halves(splits["val"], seed)
    splits["train"] = _without(splits["train"], splits["proof"])
    held_out = [example for name in HELD_OUT for example in splits[name]]
    tested = _Known(held_out)
    practice = [row for row in examples if row.category in practice_categories and not tested.shares(row)]
    splits["practice"] = _without(practice, held_out)
    return splits


def held_out_keys(splits: Mapping[str, Sequence[Example]]) -> frozenset[str]:
    """What ties any row to a held-out one."""
    return frozenset(key for name in HELD_OUT for example in splits[name] for key in keys_of(example))


class _Known:
    """What some rows would tell of others."""

    def __init__(self, examples: Iterable[Example]) -> None:
        rows = list(examples)
        self.keys = {key for row in rows for key in keys_of(row)}
        self.arguments = RightArguments(rows)

    def shares(self, example: Example) -> bool:
        """Whether the row shares anything with them."""
        return not self.keys.isdisjoint(keys_of(example)) or bool(self.arguments.knowing(example))


def leaks(splits: dict[str, list[Example]]) -> list[str]:
    """Every key that training shares with another split, as one line each; empty where the splits are clean."""
    trained = defaultdict(list)
    learnt = [(name, example) for name in LEARNT for example in splits[name]]
    for where, example in learnt:
        for key in keys_of(example):
            trained[key].append(f"{example.id} in {where}")
    found = [
        f"{key}: {trained[key][0]}, {example.id} in {name}"
        for name in HELD_OUT
        for example in splits[name]
        for key in keys_of(example)
        if key in trained
    ]
    arguments = RightArguments(example for _, example in learnt)
    found += [
        f"right arguments: {known[0]} in training, {example.id} in {name}"
        for name in HELD_OUT
        for example in splits[name]
        if (known := arguments.knowing(example))
    ]
    shown = {normalised_name(tool.name): example.id for _, example in learnt for tool in example.tools}
    found += [
        f"tool {key}: shown in training by {shown[key]}, target of {example.id} in {name}"
        for name in ("val", "proof", "test")
        for example in splits[name]
        for key in _target_names(example)
        if key in shown
    ]
    return found


def _halves(examples: Sequence[Example], seed: int) -> tuple[list[Example], list[Example]]:
    """The rows in two parts that share no group, about as many with a call in both, and as many without.

    The largest groups are dealt first, equal ones in the order of a hash, each to the part that has fewer of its rows:
    a new one may move others. The first part is the one of more groups, where as many rows tell more.
    """
    by_id = {example.id: example for example in examples}
    total = Counter(bool(example.gold) for example in examples)
    counts: tuple[Counter[bool], Counter[bool]] = (Counter(), Counter())
    dealt: tuple[list[list[str]], list[list[str]]] = ([], [])
    for group in sorted(_groups(examples), key=lambda group: (-len(group), _fraction(f"half:{group[0]}", seed))):
        own = Counter(bool(by_id[name].gold) for name in group)
        loads = [sum(counted[kind] / total[kind] for kind in own) for counted in counts]
        part = int(loads[1] < loads[0])
        counts[part].update(own)
        dealt[part].append(group)
    first = {name for group in max(dealt, key=len) for name in group}
    return [row for row in examples if row.id in first], [row for row in examples if row.id not in first]


def _groups(examples: Sequence[Example]) -> list[list[str]]:
    """Ids that belong together, each group sorted, groups by their first id (union-find over what they share)."""
    parent = {example.id: example.id for example in examples}

    def find(node: str) -> str:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    first_with: dict[str, str] = {}
    arguments = RightArguments(examples)
    for example in examples:
        others = [first_with.setdefault(key, example.id) for key in keys_of(example)]
        for other in (*others, *arguments.knowing(example)):
            parent[find(example.id)] = find(other)
    groups: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        groups[find(example.id)].append(example.id)
    return sorted(sorted(group) for group in groups.values())


def keys_of(example: Example) -> Iterable[str]:
    """What ties a row to others: its question, its targets' names and their signatures; a no-call row's own tools."""
    question = " ".join(message.content for message in example.messages if message.role == "user")
    yield "question " + (" ".join(re.findall(r"\w+", question.lower())) or question)
    targets = set(_target_names(example))
    for tool in example.tools:
        if normalised_name(tool.name) in targets or not example.gold:
            yield f"tool {normalised_name(tool.name)}"
            names = sorted(tool.parameters.get("properties", {}))
            if len(names) >= MIN_SIGNATURE:
                yield "signature " + " ".join(names)


def _target_names(example: Example) -> list[str]:
    return sorted({normalised_name(call.name) for call in example.gold})


def normalised_name(name: str) -> str:
    """Letters, marks and digits of a function's name, of any script, lowered: what two spellings of one name share.

    A name without any is its own.
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in folded if unicodedata.category(character)[0] in "LMN") or name


def _without(rows: Iterable[Example], held_out: Iterable[Example]) -> list[Example]:
    """The rows without the tools that held-out rows call."""
    names = {name for example in held_out for name in _target_names(example)}
    return [pruned for row in rows if (pruned := _pruned(row, names)) is not None]


def _pruned(example: Example, held_out: set[str]) -> Example | None:
    """The row without distractors that are held-out targets; None where a no-call row has no tool left."""
    tools: list[Tool] = [tool for tool in example.tools if normalised_name(tool.name) not in held_out]
    if len(tools) == len(example.tools):
        return example
    return example.model_copy(update={"tools": tools}) if tools else None


def _fraction(key: str, seed: int) -> float:
    """A number in [0, 1) that depends on the key and the seed alone."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{key}".encode()).digest()[:8], "big") / 2**64
