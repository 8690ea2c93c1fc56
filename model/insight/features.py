"""What the units of the first hidden layer look for: their weights as pictures, or as lines through the plane."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.insight.units import Indices

Reals = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]
"""Left, right, bottom and top."""


def mosaic(weights: Reals, units: Indices, image_shape: tuple[int, int], columns: int) -> Floats:
    """Lay the weights (n_features, n_units) of these units out as pictures, `columns` in a row, the first at the top.

    Returns
    -------
    Values with row 0 lowest, one pixel of NaN between pictures and around them.
    """
    height, width = image_shape
    rows = -(-len(units) // columns)
    tiles = np.full((rows * columns, height + 1, width + 1), np.nan)
    tiles[: len(units), 1:, 1:] = weights[:, units].T.reshape(-1, height, width)
    grid = tiles.reshape(rows, columns, height + 1, width + 1).transpose(0, 2, 1, 3).reshape(rows * (height + 1), -1)
    return np.ascontiguousarray(np.pad(grid, ((0, 1), (0, 1)), constant_values=np.nan)[::-1])


def tile_boxes(n: int, image_shape: tuple[int, int], columns: int) -> Floats:
    """Give the boxes (n, 4) left, right, bottom, top of the pictures of a mosaic, in its pixels."""
    height, width = (side + 1 for side in image_shape)
    rows = -(-n // columns)
    row, column = np.divmod(np.arange(n), columns)
    left, bottom = column * width + 1.0, (rows - 1 - row) * height + 1.0
    return np.column_stack([left, left + width - 1, bottom, bottom + height - 1])


@dataclass(frozen=True, slots=True, eq=False)
class PlaneLines:
    """Where units stand between yes and no: the lines w·x + b = 0 as far as they cross a box.

    Attributes
    ----------
    ends : (n, 2, 2) the two ends (x, y) of each line; NaN where it does not cross the box
    ticks : (n, 2, 2) a short stroke from the line to the side on which w·x + b > 0
    n_without : units without a line: w is 0, or something is not finite
    n_outside : units whose line does not cross the box
    """

    ends: Floats
    ticks: Floats
    n_without: int
    n_outside: int

    @property
    def crossing(self) -> npt.NDArray[np.bool_]:
        """(n,) which lines cross the box."""
        return np.asarray(np.isfinite(self.ends[:, 0, 0]))


def plane_lines(weights: Reals, biases: Reals, box: Box) -> PlaneLines:
    """Cut the lines w·x + b = 0 to a box; weights (2, n), biases (n,).

    Each line runs along (w₂, -w₁), the positive side on its left; it is cut as Liang & Barsky 1984 cut lines.
    """
    w = weights.astype(np.float64).T
    b = biases.astype(np.float64)
    largest = np.abs(w).max(axis=1)
    with np.errstate(all="ignore"):
        w, b = w / largest[:, None], b / largest
        length = np.sqrt((w * w).sum(axis=1))
        normal, distance = w / length[:, None], -b / length
        has_line = np.isfinite(normal).all(axis=1) & np.isfinite(distance)
        along = np.column_stack([normal[:, 1], -normal[:, 0]])
        centre = np.array([(box[0] + box[1]) / 2, (box[2] + box[3]) / 2])
        half = np.array([box[1] - box[0], box[3] - box[2]]) / 2
        # the point of the line that is nearest to the middle of the box, from there
        foot = normal * (distance - normal @ centre)[:, None]
        first, second = (-half - foot) / along, (half - foot) / along
        parallel = np.abs(along) < 1e-12
        inside = np.abs(foot) <= half
        low = np.where(parallel, np.where(inside, -np.inf, np.inf), np.minimum(first, second)).max(axis=1)
        high = np.where(parallel, np.where(inside, np.inf, -np.inf), np.maximum(first, second)).min(axis=1)
        crosses = has_line & (low < high)
        reach = np.where(crosses[:, None], np.column_stack([low, high]), np.nan)
        ends = centre + foot[:, None] + along[:, None] * reach[:, :, None]
        # near the end, where lines through one point lie apart
        at = ends[:, 1] - 0.07 * (ends[:, 1] - ends[:, 0])
        ticks = np.stack([at, at + 0.05 * half.min() * normal], axis=1)
    n_without = int(np.count_nonzero(~has_line))
    return PlaneLines(ends, ticks, n_without, len(b) - n_without - int(np.count_nonzero(crosses)))
