"""The rows of a reading: an attack as the target meets it, a reader's label of it, and both labels with the settled one.

They hold tools, gold and messages themselves, so that a set can be read without the project that it was drawn from.
"""

from enum import StrEnum

from sparring.records import GoldCall, Message, Record, Tool


class Family(StrEnum):
    """Who or what made an attack, and on which seeds."""

    RULES = "composed rules"
    QUERY_MODEL = "trained query model"
    NO_CALL = "seeds that want no call"
    CONVERSATION = "conversations"
    SCHEMA = "changed tools"
    SCHEMA_AND_QUERY = "changed tools and query"


class Label(StrEnum):
    """Whether a careful assistant would still do what the gold says.

    Contestable is what careful assistants would differ about because of the attack; a doubtful seed is one whose gold
    they would not give before any attack either.
    """

    RIGHT = "right"
    WRONG = "wrong"
    CONTESTABLE = "contestable"
    DOUBTFUL_SEED = "doubtful seed"


class DrawnAttack(Record):
    """An accepted attack to be read.

    Attributes:
        id: Unique in its set.
        example_id: The seed; attacks of one seed are one cluster.
        strategy: Operators that changed something, those of tools behind the others.
        query: The seed's request.
        messages: What the target is shown; the last user message is the attack.
        tools: As it is shown them.
        gold: The right calls in the names of these tools; none where no call is right.
    """

    id: str
    family: Family
    example_id: str
    strategy: str
    query: str
    messages: list[Message]
    tools: list[Tool]
    gold: list[GoldCall]


class Reading(Record):
    """What one reading said of an attack."""

    id: str
    label: Label
    reason: str


class LabelledAttack(DrawnAttack):
    """An attack with what two readings said of it.

    Attributes:
        first: The label of the first reading.
        second: That of the second, in another order; none where there was no second.
        label: Theirs where they agree, else the settled one.
        reason: Why the gold is still right, or what broke it.
    """

    first: Label
    second: Label | None
    label: Label
    reason: str
