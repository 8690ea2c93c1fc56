"""Small pictures side by side as one image, each with a line of words under it."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.figures.figure import Line, Range
from model.words import msg

Reals = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]

_GAP = 0.12
"""Room between pictures, as a share of the larger side of one."""
_WORDS = 0.5
"""Room for the words under a picture, likewise."""


@dataclass(frozen=True, slots=True, eq=False)
class Mosaic:
    """Pictures in rows, from the upper left; places are in pixels of the pictures, upwards from the lower left.

    Attributes
    ----------
    values : (rows, columns) of the whole, row 0 lowest, NaN between the pictures
    x, y : what the whole covers
    boxes : (n, 4) left, right, bottom, top of each picture
    words : (n, 2) the middle of the room for words under each
    room : how high that room is
    """

    values: Reals
    x: Range
    y: Range
    boxes: Floats
    words: Floats
    room: float

    def frames(self) -> list[Line]:
        """Draw the edges of the pictures, so that an empty one is seen to be there."""
        lines = []
        for place, bottom in enumerate(np.unique(self.boxes[:, 2])):
            left, right, low, high = self.boxes[self.boxes[:, 2] == bottom].T
            x, gap = np.column_stack([left, left, right, right, right]).ravel(), np.full_like(low, np.nan)
            over, under = (np.column_stack(path).ravel() for path in ([low, high, high, low, gap], [low] * 4 + [gap]))
            lines += [Line(f"frames{place}.{side}", msg(""), "line", x, y) for side, y in (("o", over), ("u", under))]
        return lines


def mosaic(pictures: Reals, columns: int) -> Mosaic:
    """Lay (n, height, width) pictures, their upper row first, out in rows of `columns`."""
    n, height, width = pictures.shape
    side = max(height, width)
    gap, words = max(1, round(_GAP * side)), max(2, round(_WORDS * side))
    rows = math.ceil(n / columns)
    whole = np.full((rows * (height + words), columns * (width + gap)), np.nan)
    boxes = np.empty((n, 4))
    for place, picture in enumerate(pictures):
        row, column = divmod(place, columns)
        top, left = row * (height + words), column * (width + gap) + gap // 2
        whole[top : top + height, left : left + width] = picture
        up = len(whole) - top
        boxes[place] = left, left + width, up - height, up
    at = np.column_stack([boxes[:, :2].mean(axis=1), boxes[:, 2] - words / 2])
    return Mosaic(whole[::-1], (0.0, float(whole.shape[1])), (0.0, float(len(whole))), boxes, at, float(words))
