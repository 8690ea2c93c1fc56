"""A mark as numbers to be saved: rows of a table, or arrays."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from model.figures.figure import Bars, Dots, Guide, Image, Line, Mark, Segments, Texts

Row = tuple[str, str, str, str]
"""Kind, x, x_end and y of a row; numbers as the shortest text that reads back as the same number."""


def arrays_of(mark: Mark) -> dict[str, npt.NDArray[np.generic]]:
    """Give a mark's numbers by name."""
    arrays: dict[str, npt.ArrayLike | None]
    match mark:
        case Line():
            arrays = {"x": mark.x, "y": mark.y}
        case Dots():
            arrays = {"x": mark.x, "y": mark.y, "low": mark.low, "high": mark.high}
        case Bars():
            arrays = {"edges": mark.edges, "heights": mark.heights}
        case Guide():
            arrays = {"at": mark.at}
        case Image():
            arrays = {"values": mark.values, "x": mark.x, "y": mark.y}
        case Segments():
            arrays = {"x": mark.x, "y": mark.y, "values": mark.values}
        case Texts():
            arrays = {"x": mark.x, "y": mark.y, "texts": [str(words) for words in mark.texts]}
    return {name: np.asarray(values) for name, values in arrays.items() if values is not None}


def rows_of(mark: Mark, guarded: Callable[[str], str]) -> Iterator[Row]:
    """Give a mark's numbers as rows; words go through `guarded`."""
    kind, x, x_end, y = _columns(mark)
    for start, end, value in zip(x, x_end, y, strict=True):
        yield kind, _text(start), _text(end), guarded(value) if isinstance(value, str) else _text(value)


def _columns(mark: Mark) -> tuple[str, Sequence[object], Sequence[object], Sequence[object]]:
    match mark:
        case Line() | Dots():
            return type(mark).__name__.lower().rstrip("s"), mark.x.tolist(), [None] * len(mark.x), mark.y.tolist()
        case Bars():
            return "bar", mark.edges[:-1].tolist(), mark.edges[1:].tolist(), mark.heights.tolist()
        case Guide():
            at: list[object] = [float(mark.at)]
            upright = mark.direction == "vertical"
            return "guide", at if upright else [None], [None], [None] if upright else at
        case Image():
            places, values = zip(*np.ndenumerate(np.asarray(mark.values, dtype=np.float64)), strict=True)
            return "pixel", [place[1] for place in places], [place[0] for place in places], [float(v) for v in values]
        case Segments():
            return "link", mark.x[:, 0].tolist(), mark.x[:, 1].tolist(), mark.values.tolist()
        case Texts():
            return "text", mark.x.tolist(), [None] * len(mark.x), [str(words) for words in mark.texts]


def _text(value: object) -> str:
    return "" if value is None else repr(value)
