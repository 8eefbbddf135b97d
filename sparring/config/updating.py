"""Sections of a recipe about the target's learning: its training set, its update, its dials."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from sparring.config.base import Positive, Rate, Section, Share

# An update of the target is a file, and goes by its name. They are listed, not imported: a recipe is read where no
# torch is, and a stage that only reads one does not depend on how the target learns.
UPDATES = Path(__file__).parents[1] / "training" / "updates"
NO_UPDATES = ("__init__", "base")


def update_name(name: str) -> str:
    """The name, if there is such an update. Raises ValueError."""
    allowed = sorted(path.stem for path in UPDATES.glob("*.py") if path.stem not in NO_UPDATES)
    if name not in allowed:
        raise ValueError(f"{name!r} is no update; allowed: {', '.join(allowed)}")
    return name


class OwnAnswersParams(Section):
    """What the target samples for each training row where it learns from itself: rft, grpo."""

    samples: Annotated[int, Field(ge=2)]
    temperature: Annotated[float, Field(gt=0.0)]


class DPOParams(Section):
    """DPO of the target: the scale of preferences, and the weight of the right call's cross-entropy beside them."""

    beta: Annotated[float, Field(gt=0.0)]
    sft_weight: Annotated[float, Field(ge=0.0)]


class AttackerShares(Section):
    """Who wrote the attacked rows of a training set; what one has too few of is made up by the others.

    Attributes:
        query: This round's query model.
        book: The mistake book.
        earlier: The query models of the rounds before, in equal parts.
        rules: Programs composed at random.
        tools: Operators that change the tools and not the query.
    """

    query: Share
    book: Share
    earlier: Share
    rules: Share
    tools: Share

    @model_validator(mode="after")
    def shares_add_up(self) -> "AttackerShares":
        """They are parts of one set."""
        total = self.query + self.book + self.earlier + self.rules + self.tools
        if abs(total - 1.0) > 1e-6:
            raise ValueError(f"the five shares must add up to 1, not {total:g}")
        return self


class SFTParams(Section):
    """The target's training set of a round, and its update.

    Attributes:
        start: The champion's adapter, or the base anew, which then learns the warm start's rows once more as well.
        update: sft learns the right calls; rft its own right answers where it has any; grpo by the checker's verdict;
            dpo to prefer the right call to the answer that lost.
        answers: What a row teaches: the target's own right answer to the untouched seed, where it has one, or the gold.
        own: Samples of rft and grpo.
        kl: Weight of the divergence from the champion at untouched rows, with sft and rft; 0 for none.
        attackers: Who wrote the attacked rows.
        no_call_share: Share of the rows that want no call, among attacked and untouched ones alike.
        examples: Rows of the training set.
        attacked_share: Share of the rows that are attacked, of those with a call as of those that want none; the rest
            stands untouched.
        max_per_seed: Most attacked rows of one seed.
        max_per_operator: Largest share of the attacked rows, of either kind, that one operator may have a part in.
        without: Operators that no attacked row may come of: what they still win shows what was learnt of the others.
    """

    start: Literal["last", "base"]
    update: Annotated[str, AfterValidator(update_name)]
    answers: Literal["own", "gold"]
    own: OwnAnswersParams
    dpo: DPOParams
    kl: Annotated[float, Field(ge=0.0)]
    attackers: AttackerShares
    no_call_share: Share
    examples: Annotated[int, Field(ge=2)]
    attacked_share: Annotated[float, Field(gt=0.0, le=0.5)] = Field(default=0.5, exclude_if=lambda share: share == 0.5)
    max_per_seed: Positive
    max_per_operator: Annotated[float, Field(gt=0.0, le=1.0)]
    without: list[str]
    epochs: Positive
    batch_size: Positive
    learning_rate: Rate
    save_every: Positive

    @model_validator(mode="after")
    def divergence_has_a_loss(self) -> "SFTParams":
        """Only updates by cross-entropy have a place for it; the others measure against the champion themselves."""
        if self.kl and self.update not in ("sft", "rft"):
            raise ValueError(f"kl belongs to the updates sft and rft, with {self.update} it must be 0")
        return self


class DialParams(Section):
    """What is tried on validation rows after the target's training (tasks/dials.py); two empty lists: nothing.

    Attributes:
        scales: Shares of the trained adapter in its mean with the champion's (of the baseline's: with none), beside 1.
        offsets: Nats added to the margin of calling over declining, beside 0.
        examples: Validation rows with a call, and as many that want none; a round asks each untouched and attacked
            once, the baseline untouched alone.
        baseline: Whether the baseline's target has them too.
    """

    scales: list[Annotated[float, Field(gt=0.0, lt=1.0)]]
    offsets: list[Annotated[float, Field(ge=-20.0, le=20.0)]]
    examples: Positive
    baseline: bool = Field(default=True, exclude_if=lambda baseline: baseline)

    def tried(self, baseline: bool) -> bool:
        """Whether anything is tried, after the baseline's training or after a round's."""
        return bool(self.scales or self.offsets) and (self.baseline or not baseline)
