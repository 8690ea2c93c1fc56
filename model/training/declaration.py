"""How a knob of TrainingSpec is declared, and the types of those that take more than a number or a choice."""

import os
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.config import JsonDict

from model.training.knob import Group, Scale
from model.training.typed_number import LONGEST

_MOST_COLUMNS = 1_000_000


def declared(  # noqa: PLR0913  one word for each thing that a declaration says
    default: object,
    group: Group,
    label: str,
    help_: str,
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    scale: Scale = "linear",
    live: bool = False,
    length: int | None = None,
    zero: str = "",
) -> Any:  # noqa: ANN401  pydantic's Field is typed so too
    """Declare a knob: its default, limits and words, as a field of a spec."""
    extra: JsonDict = {"group": group, "unit": unit, "scale": scale, "live": live, "zero": zero}
    return Field(
        default,
        title=label,
        description=help_,
        ge=low,
        le=high,
        min_length=1 if length else None,
        max_length=length,
        json_schema_extra=extra,
    )


def _usable_path(path: str | None) -> str | None:
    """Refuse what no system takes for a path: NUL, and surrogates that do not stand for a byte of a file's name."""
    if path is not None and b"\0" in os.fsencode(path):
        raise ValueError("a path holds no NUL")
    return path


def _column_as_text(value: object) -> object:
    return str(value) if type(value) is int and 0 < value < _MOST_COLUMNS else value


def _usable_column(name: str) -> str:
    if not 0 < len(name) <= LONGEST:
        raise ValueError("no column is called so")
    return name


LayerSizes = tuple[Annotated[int, Field(ge=1)], ...]
LayerFactors = tuple[Annotated[float, Field(ge=0)], ...]
DataPath = Annotated[str | None, AfterValidator(_usable_path)]
ColumnName = Annotated[str, BeforeValidator(_column_as_text), AfterValidator(_usable_column)]
