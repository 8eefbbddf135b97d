"""What all sections of a recipe are made of: types of their values, and what refuses an unknown key."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sparring.names import model_name

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[int, Field(ge=1)]
NonNegative = Annotated[int, Field(ge=0)]
Rate = Annotated[float, Field(gt=0.0, le=1.0)]
ModelName = Annotated[str, AfterValidator(model_name)]
BASELINE = "r00"
AUTO: Final = "auto"
NumberFormat = Literal["bfloat16", "float32"]
Action = Literal["program", "rewrite"]


class Section(BaseModel):
    """Base of all sections: immutable, unknown keys and numbers that are none refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
