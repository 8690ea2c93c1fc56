"""What is read off a plot at one place of its horizontal axis."""

from collections.abc import Iterator

import numpy as np

from model.figures.figure import Bars, Line, Plot, View, to_display
from model.figures.legend import is_ghost
from model.words import msg


def reading(plot: Plot, view: View, x: float) -> Iterator[tuple[str, str]]:
    """Give a row for the place, x in display units, and one for every curve that has a value there.

    Yields
    ------
    (text, role) : what is read, and the role of its colour
    """
    value = 10**x if plot.x.log else x
    if plot.x.integer:
        value = float(round(value))
    at = f"{value:,.0f}" if plot.x.integer else f"{value:.5g}"
    yield str(msg("{axis} {at}", axis=plot.x.label, at=at)), "muted"
    for mark in sorted(plot.marks, key=is_ghost):
        if view.hides(mark.key) or not isinstance(mark, Line | Bars) or "." in mark.key:
            continue
        read = _count_at(mark, value) if isinstance(mark, Bars) else _value_at(mark, value, log=plot.x.log)
        if read is not None:
            yield f"{mark.label}  {read}", mark.role


def _count_at(bars: Bars, value: float) -> str | None:
    place = int(np.searchsorted(bars.edges, value, side="right")) - 1
    return f"{bars.heights[place]:,.0f}" if 0 <= place < len(bars.heights) else None


def _value_at(line: Line, value: float, *, log: bool) -> str | None:
    """Give the value of the nearest drawn point, as near as it looks."""
    places, (x,) = to_display(line.x, log=log), to_display(np.array([value]), log=log)
    (drawn,) = np.nonzero(np.isfinite(places))  # step 0 has no place on a logarithmic axis
    if len(drawn) == 0 or not places[drawn[0]] <= x <= places[drawn[-1]]:
        return None
    return f"{line.y[drawn[np.abs(places[drawn] - x).argmin()]]:.5g}"
