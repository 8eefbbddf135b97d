"""Splits by tool or by query, not by row: what is tested was never trained on under another id.

What is tied stays on one side (sparring/project/ties.py). Where tools tie, one that is a target in val, proof or test
is removed from the distractors of training rows. What each split is for: on val choices are made, by proof a target is
promoted, test and ood are looked at when all is done.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sparring.errors import InputError
from sparring.project.ties import BY_TOOL, Ties, ToolTies, normalised_name, target_names
from sparring.records import Example, Tool

SPLITS = ("train", "val", "proof", "test", "ood", "practice")
LEARNT, HELD_OUT = ("train", "practice"), ("val", "proof", "test", "ood")
UNTOUCHED = ("test", "ood")  # nothing is chosen on these
NEEDED = ("train", "val", "proof", "test")


def split_by_tool(
    examples: Sequence[Example],
    train_share: float,
    val_share: float,
    ood_categories: Sequence[str],
    practice_categories: Sequence[str],
    seed: int,
) -> dict[str, list[Example]]:
    """As `split_rows`, where functions tie rows."""
    ties = ToolTies(examples)
    return split_rows(examples, ties, train_share, val_share, ood_categories, practice_categories, seed)


def split_rows(
    examples: Sequence[Example],
    ties: Ties,
    train_share: float,
    val_share: float,
    ood_categories: Sequence[str],
    practice_categories: Sequence[str],
    seed: int,
) -> dict[str, list[Example]]:
    """Examples by split, each in the order given.

    Groups are dealt by a hash of their smallest key and the seed, so that a new row never moves an old one; where that
    leaves a split without a call, the groups that fell nearest to it come in. Rows of
    `ood_categories` are dealt by their groups to proof and to the out-of-distribution split, half to each; those that
    share a group with a training row are left out. Where there are none, proof is half of what would validate.
    Rows of `practice_categories` are learnt too, where they share nothing with a held-out row, and move no other.

    Args:
        examples: Rows of all categories.
        ties: What keeps rows together.
        train_share: Share of the groups that train, in [0, 1].
        val_share: Share of the groups that validate; the rest tests.
        ood_categories: Categories that are only ever tested on.
        practice_categories: Categories that are only ever learnt.
        seed: Decides the deal.
    """
    inside = [example for example in examples if example.category not in {*ood_categories, *practice_categories}]
    shares = {"train": train_share, "val": val_share, "test": round(1.0 - train_share - val_share, 9)}
    for_val = 1 if any(row.category in ood_categories for row in examples) else 2
    split_of = _dealt(_groups(inside, ties), {row.id for row in inside if row.gold}, shares, for_val, seed)
    splits: dict[str, list[Example]] = {name: [] for name in SPLITS}
    for example in inside:
        splits[split_of[example.id]].append(example)
    splits["train"] = _without(splits["train"], splits["val"] + splits["test"], ties)
    trained = _Known(splits["train"], ties)
    outside = [row for row in examples if row.category in ood_categories and not trained.shares(row)]
    if outside:
        splits["proof"], splits["ood"] = _halves(outside, ties, seed)
    else:
        splits["proof"], splits["val"] = _halves(splits["val"], ties, seed)
    splits["train"] = _without(splits["train"], splits["proof"], ties)
    if not ties.by_tool:
        _leave_out_between(splits, ties)
    held_out = [example for name in HELD_OUT for example in splits[name]]
    tested = _Known(held_out, ties)
    practice = [row for row in examples if row.category in practice_categories and not tested.shares(row)]
    splits["practice"] = _without(practice, held_out, ties)
    return splits


def _leave_out_between(splits: dict[str, list[Example]], ties: Ties) -> None:
    """Leaves out the no-call rows that are tied to both sides: as they merge no groups, each stands with one alone."""
    learnt = _Known([row for row in splits["train"] if row.gold], ties)
    for name in HELD_OUT:
        splits[name] = [row for row in splits[name] if row.gold or not learnt.shares(row)]
    tested = _Known([row for name in HELD_OUT for row in splits[name]], ties)
    splits["train"] = [row for row in splits["train"] if row.gold or not tested.shares(row)]


def refuse_empty(splits: Mapping[str, Sequence[Example]], split: str) -> None:
    """Raises InputError where a split that a round needs has no row with a call; says why, and what helps."""
    calls = {name: sum(bool(row.gold) for row in splits[name]) for name in NEEDED}
    empty = [name for name, count in calls.items() if not count]
    if not empty:
        return
    said = ", ".join(f"{name} {count}" for name, count in calls.items())
    help = (
        "rows that share a function stay together: where every row shows the same tools, set data.split: query"
        if split == "tool"
        else "rows that ask or are answered alike stay together: more rows that differ are needed"
    )
    raise InputError(
        f"data: the split {empty[0]} has no row with a call (rows with a call: {said}); {help}, or change "
        "data.train_share and data.val_share"
    )


def _dealt(
    groups: Sequence[Sequence[str]], calling: set[str], shares: Mapping[str, float], for_val: int, seed: int
) -> dict[str, str]:
    """The split of each id, by a hash of its group.

    Args:
        groups: What stays together.
        calling: Ids of the rows with a call; a split that gets too few groups with one takes the nearest.
        shares: By split, in the order of the hash.
        for_val: Groups with a call that val needs: one more where proof is half of it.
        seed: Decides the deal.
    """
    places = {group[0]: _fraction(group[0], seed) for group in groups}
    train, val = shares["train"], shares["train"] + shares["val"]
    dealt = {key: "train" if place < train else "val" if place < val else "test" for key, place in places.items()}
    able = [group[0] for group in groups if calling.intersection(group)]
    needed = {"train": 1, "val": for_val, "test": 1}
    middles = {"train": train / 2, "val": (train + val) / 2, "test": (val + 1) / 2}
    for name, wanted in needed.items():
        while shares[name] > 0:
            counts = Counter(dealt[key] for key in able)
            spare = [key for key in able if counts[dealt[key]] > needed[dealt[key]] and dealt[key] != name]
            if counts[name] >= wanted or not spare:
                break
            dealt[min(spare, key=lambda key: (abs(places[key] - middles[name]), key))] = name
    return {member: dealt[group[0]] for group in groups for member in group}


def held_out_keys(splits: Mapping[str, Sequence[Example]], ties: Ties = BY_TOOL) -> frozenset[str]:
    """What ties any row to a held-out one."""
    return frozenset(key for name in HELD_OUT for example in splits[name] for key in ties.keys(example))


class _Known:
    """What some rows would tell of others."""

    def __init__(self, examples: Iterable[Example], ties: Ties) -> None:
        rows = list(examples)
        self.ties = ties
        self.keys = {key for row in rows for key in ties.keys(row)}
        self.known = ties.known(rows)

    def shares(self, example: Example) -> bool:
        """Whether the row shares anything with them."""
        return not self.keys.isdisjoint(self.ties.keys(example)) or any(self.known.knowing(example))


def leaks(splits: Mapping[str, Sequence[Example]], ties: Ties = BY_TOOL) -> list[str]:
    """Every tie that training has to another split, as one line each; empty where the splits are clean."""
    trained = defaultdict(list)
    learnt = [(name, example) for name in LEARNT for example in splits[name]]
    held = [(name, example) for name in HELD_OUT for example in splits[name]]
    for where, example in learnt:
        for key in ties.keys(example):
            trained[key].append(f"{example.id} in {where}")
    found = [
        f"{key}: {trained[key][0]}, {example.id} in {name}"
        for name, example in held
        for key in ties.keys(example)
        if key in trained
    ]
    known = ties.known([example for _, example in learnt])
    for name, example in held:
        if (tie := next(known.knowing(example), None)) is not None:
            found.append(f"{tie[0]}: {tie[1]} in training, {example.id} in {name}")
    if not ties.by_tool:
        return found
    shown = {normalised_name(tool.name): example.id for _, example in learnt for tool in example.tools}
    return found + [
        f"tool {key}: shown in training by {shown[key]}, target of {example.id} in {name}"
        for name, example in held
        for key in target_names(example)
        if name != "ood" and key in shown
    ]


def _halves(examples: Sequence[Example], ties: Ties, seed: int) -> tuple[list[Example], list[Example]]:
    """The rows in two parts that share no group, about as many with a call in both, and as many without.

    The largest groups are dealt first, equal ones in the order of a hash, each to the part that has fewer of its rows:
    a new one may move others. The first part is the one of more groups, where as many rows tell more.
    """
    by_id = {example.id: example for example in examples}
    total = Counter(bool(example.gold) for example in examples)
    counts: tuple[Counter[bool], Counter[bool]] = (Counter(), Counter())
    dealt: tuple[list[list[str]], list[list[str]]] = ([], [])
    for group in sorted(_groups(examples, ties), key=lambda group: (-len(group), _fraction(f"half:{group[0]}", seed))):
        own = Counter(bool(by_id[name].gold) for name in group)
        loads = [sum(counted[kind] / total[kind] for kind in own) for counted in counts]
        part = int(loads[1] < loads[0])
        counts[part].update(own)
        dealt[part].append(group)
    first = {name for group in max(dealt, key=len) for name in group}
    return [row for row in examples if row.id in first], [row for row in examples if row.id not in first]


def _groups(examples: Sequence[Example], ties: Ties) -> list[list[str]]:
    """Ids that belong together, each group sorted, groups by their first id (union-find over what ties them).

    By query, no-call rows come last and join the first group that they are tied to: they merge none.
    """
    parent = {example.id: example.id for example in examples}
    calling = {example.id for example in examples if example.gold}
    calls = set(calling)  # roots of groups with a call

    def find(node: str) -> str:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    first_with: dict[str, str] = {}
    known = ties.known(examples)
    for example in examples if ties.by_tool else sorted(examples, key=lambda row: not row.gold):
        others = [first_with.setdefault(key, example.id) for key in ties.keys(example)]
        for other in (*others, *(other for _, other in known.knowing(example))):
            one, root = find(example.id), find(other)
            if one == root or (not ties.by_tool and (other not in calling if example.gold else {one, root} <= calls)):
                continue
            parent[one] = root
            if one in calls:
                calls.add(root)
    groups: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        groups[find(example.id)].append(example.id)
    return sorted(sorted(group) for group in groups.values())


def _without(rows: Iterable[Example], held_out: Iterable[Example], ties: Ties) -> list[Example]:
    """The rows without the tools that held-out rows call, where tools tie."""
    names = {name for example in held_out for name in target_names(example)} if ties.by_tool else set()
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
