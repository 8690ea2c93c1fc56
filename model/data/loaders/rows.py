"""From arrays as a file holds them to samples: shapes that fit, labels that are integers, finite cells."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.data.dataset import BadCellsError, DataError, Labels, Samples
from model.data.loaders.reading import Numbers, shape_text
from model.words import Message, msg

_ONE_A_ROW = "{x} has shape {x_shape} and {t} {t_shape}; {t} must hold one label a row, or one-hot rows of 0 and 1."
ESCAPED_NAMES = msg("Names hold characters that cannot be shown; escapes such as \\x1b stand for them.")
# Above this float64 no longer tells neighbouring integers apart.
_EXACT = 2**53


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The inputs and labels of one part of the data, with the names that the file gives them.

    Attributes
    ----------
    x : (n, n_features) or (n, rows, columns) float64, perhaps not finite
    t : (n,) labels of any integer or float type
    """

    x_name: str
    x: npt.NDArray[np.float64]
    t_name: str
    t: Numbers


def samples_of(part: Part, *, drop_bad_rows: bool) -> tuple[Samples, tuple[Message, ...]]:
    """Check a part and flatten its pictures; raises DataError, or drops the rows with cells that are not finite."""
    x, t = part.x, part.t
    check_shapes(part.x_name, x.shape, part.t_name, t.shape)
    x = x.reshape(len(x), -1) if len(x) else x.reshape(0, int(np.prod(x.shape[1:])))
    bad_x, bad_t = ~np.isfinite(x), ~np.isfinite(t)
    bad_rows = bad_x.any(axis=1) | bad_t
    if not bad_rows.any():
        return Samples(np.ascontiguousarray(x), integer_labels(part.t_name, t)), ()
    if not drop_bad_rows:
        raise BadCellsError(_not_finite(part, bad_x, bad_t))
    kept = ~bad_rows
    samples = Samples(x[kept], integer_labels(part.t_name, t[kept]))
    return samples, (dropped_note(int(bad_rows.sum()), len(t), part.x_name),)


def _not_finite(part: Part, bad_x: npt.NDArray[np.bool_], bad_t: npt.NDArray[np.bool_]) -> Message:
    if bad_x.any():
        row, column = (int(i) for i in np.unravel_index(int(bad_x.argmax()), bad_x.shape))
        return not_finite(int(bad_x.sum()) + int(bad_t.sum()), row + 1, column + 1, part.x_name)
    return not_finite(int(bad_t.sum()), int(bad_t.argmax()) + 1, 1, part.t_name)


def not_finite(n: int, row: int, column: int, name: str) -> Message:
    """Say how many cells hold no finite number and where the first is; rows and columns count from 1."""
    if n == 1:
        return msg(
            "1 cell is not finite: row {row}, column {column} of {name}. Drop that row with --drop-bad-rows.",
            row=row,
            column=column,
            name=name,
        )
    return msg(
        "{n:,} cells are not finite; the first is row {row}, column {column} of {name}. "
        "Drop those rows with --drop-bad-rows.",
        n=n,
        row=row,
        column=column,
        name=name,
    )


def dropped_note(n: int, total: int, name: str) -> Message:
    """Say how many rows were left out because they held cells that are not finite."""
    return msg(
        "{n:,} of {total:,} rows of {name} were dropped: they hold cells that are not finite.",
        n=n,
        total=total,
        name=name,
    )


def check_shapes(x_name: str, x_shape: tuple[int, ...], t_name: str, t_shape: tuple[int, ...]) -> None:
    """Refuse arrays that are not samples and their labels, or one-hot rows of them; both shapes are said."""
    both = {"x": x_name, "x_shape": shape_text(x_shape), "t": t_name, "t_shape": shape_text(t_shape)}
    if len(x_shape) not in (2, 3, 4):
        text = "{x} has shape {x_shape} and {t} {t_shape}; {x} must be (rows, features) or (rows, height, width)."
        raise DataError(msg(text, **both))
    if len(t_shape) not in (1, 2):
        raise DataError(msg(_ONE_A_ROW, **both))
    if x_shape[0] != t_shape[0]:
        text = "{x} has shape {x_shape} and {t} {t_shape}; both need the same number of rows."
        raise DataError(msg(text, **both))
    if 0 in x_shape[1:]:
        raise DataError(msg("{x} has shape {x_shape}: it holds no columns.", **both))


def one_a_row(t_name: str, x_name: str, x_shape: tuple[int, ...], t: Numbers) -> Numbers:
    """Give labels (n,) for labels (n,), (n, 1) or one-hot (n, n_classes); raises DataError for any other rows."""
    if t.ndim == 1:
        return t
    if t.shape[1] == 1:
        return t[:, 0]
    if t.dtype.kind == "U" or not (np.isin(t, (0, 1)).all() and (t.sum(axis=1) == 1).all()):
        both = {"x": x_name, "x_shape": shape_text(x_shape), "t": t_name, "t_shape": shape_text(t.shape)}
        raise DataError(msg(_ONE_A_ROW, **both))
    labels: Numbers = t.argmax(axis=1)
    return labels


def image_shape_of(x_shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Give (rows, columns) of the pictures that inputs of this shape are; None for tables and pictures in colour."""
    sides = x_shape[1:]
    if len(sides) == 3:
        sides = sides[:2] if sides[2] == 1 else sides[1:] if sides[0] == 1 else ()
    return (sides[0], sides[1]) if len(sides) == 2 else None


def integer_labels(name: str, t: Numbers) -> Labels:
    """Turn labels (n,) into int64; raises DataError where one is no integer, or too large to be exact."""
    with np.errstate(invalid="ignore"):
        integers = t.astype(np.int64)
    same = integers == t
    if t.dtype.kind == "f":
        same &= np.abs(integers) <= _EXACT
    if not same.all():
        raise DataError(_no_integer(name, t, int(same.argmin())))
    return integers


def _no_integer(name: str, t: Numbers, index: int) -> Message:
    return msg(
        "The label in row {row} of {name} is {value}, which is not an exact integer; number the classes 0, 1, 2, …",
        row=index + 1,
        name=name,
        value=f"{float(t[index]):g}",
    )
