"""A mark as arrays, to compare figures by."""

import numpy as np
import numpy.typing as npt

from model.figures.figure import Bars, Dots, Guide, Image, Line, Mark, Segments, Texts


def arrays_of(mark: Mark) -> dict[str, npt.NDArray[np.generic]]:
    """Give a mark's numbers by name."""
    arrays: dict[str, npt.ArrayLike | None]
    match mark:
        case Line():
            arrays = {"x": mark.x, "y": mark.y, "low": mark.low, "high": mark.high}
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
