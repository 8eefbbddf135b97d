"""A set for readers who took no part: in another order, under other names, without operators, families and labels.

Rewrites by hand are mixed in, most of them broken, so that a reader who calls everything right is known by them.
"""

import json
from collections.abc import Sequence
from random import Random

from benchmarks.labels.rows import DrawnAttack
from sparring.gate_benchmark.cases import LabelledRewrite, example_of
from sparring.records import GoldCall, Message, Record, Tool

BROKEN, KEPT = 45, 15


class BlindRow(Record):
    """What a reader is shown.

    Attributes:
        name: What it is called here.
        of: Its id in the set, or among the rewrites by hand.
        by_hand: Whether it is one of these.
        query: The seed's request.
        messages: What is said in its place.
        tools: As they are shown.
        gold: The right calls; none where no call is right.
    """

    name: str
    of: str
    by_hand: bool
    query: str
    messages: list[Message]
    tools: list[Tool]
    gold: list[GoldCall]

    def text(self) -> str:
        """Tools in a line each, the right calls, the seed's request, and what is said."""
        gold = [{call.name: call.arguments} for call in self.gold]
        return "\n".join(
            [
                f"### {self.name}",
                *map(tool_line, self.tools),
                f"EXPECTED {json.dumps(gold, ensure_ascii=False) if gold else 'no call'}",
                f"ORIGINAL {self.query}",
                "REWRITTEN CONVERSATION:",
                *(message.line for message in self.messages),
                "",
            ]
        )


def tool_line(tool: Tool) -> str:
    """Name, description and parameters; a star marks what is required."""
    required = tool.parameters.get("required") or ()
    given = [
        f"{name}{'*' if name in required else ''}: {json.dumps(schema, ensure_ascii=False)}"
        for name, schema in tool.parameters.get("properties", {}).items()
    ]
    return f"- {tool.name}: {tool.description} | {'; '.join(given)}"


def blind_rows(attacks: Sequence[DrawnAttack], rewrites: Sequence[LabelledRewrite], seed: int) -> list[BlindRow]:
    """The attacks with BROKEN and KEPT rewrites among them, in a random order."""
    rng = Random(seed)
    rows = [(row.id, False, row.query, row.messages, row.tools, row.gold) for row in attacks]
    for valid, count in ((False, BROKEN), (True, KEPT)):
        for one in rng.sample([row for row in rewrites if row.valid is valid], count):
            example = example_of(one)
            said = example.with_query(one.rewrite).messages
            rows.append((one.id, True, one.seed, said, example.tools, example.gold))
    rng.shuffle(rows)
    return [
        BlindRow(name=f"i{number:03d}", of=of, by_hand=by_hand, query=query, messages=messages, tools=tools, gold=gold)
        for number, (of, by_hand, query, messages, tools, gold) in enumerate(rows)
    ]
