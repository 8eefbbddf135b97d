"""Sections of a recipe about rows: where they come from, and how they are split."""

from typing import Literal

from sparring.config.base import NonNegative, Positive, Section, Share


class DataParams(Section):
    """Where examples come from and how they are split.

    Attributes:
        source: A data set of sparring/sources.
        path: The user's file; null for a data set of its own.
        categories: What is split by tool into train, val and test.
        ood_categories: Those of them that are only ever tested on.
        practice_categories: Further ones, which nobody is asked or attacks: they fill a warm start that wants more rows
            than train has.
        split: What keeps rows on one side: their tools, or, where every row shows the same ones, queries and right
            calls that are alike.
        train_share: Share of the groups of tools (or of queries) that train.
        val_share: Share that validates; the rest tests.
        tool_removed: So many training rows of several tools are learnt once more without the tool that they call for.
        max_prompt_chars: Longer tool documents are left out.
        max_rejected: Largest share of rows that may be left out because they are faulty.
    """

    source: str
    path: str | None
    categories: list[str]
    ood_categories: list[str]
    practice_categories: list[str]
    tool_removed: NonNegative
    split: Literal["tool", "query"]
    train_share: Share
    val_share: Share
    max_prompt_chars: Positive
    max_rejected: Share


class OwnToolsParams(Section):
    """A set of a team's own tools, of which `dvc repro` makes seeds.

    Attributes:
        folder: From the project's root; holds tools.json, and values.csv where there are values of the team's own.
        count: Seeds at most, a fifth of them without a right call.
    """

    folder: str
    count: Positive = 200
