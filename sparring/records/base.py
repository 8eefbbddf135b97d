"""What all rows have in common, and the two kinds of seeds."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["call", "no_call"]
KINDS: tuple[Kind, ...] = ("call", "no_call")
Count = Annotated[int, Field(ge=0, lt=2**53)]  # of rows: what a figure can be drawn of


class Record(BaseModel):
    """Base of all rows: immutable; a key that is not a field is an error, and a number that JSON cannot write."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
