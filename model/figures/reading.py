"""What a plot says of the place under the mouse, in words: the thing itself rather than a number of an axis."""

from dataclasses import dataclass

import numpy as np

from model.figures.figure import Axis, Bars, Cells, Dots, Floats, Line, Plot, Spots, View, to_display
from model.figures.legend import is_ghost, run_number
from model.words import Message, Real, msg

_BESIDE = 0.5
"""How far from a place with a name a point may stand that belongs to it."""
_FARTHEST_POWER = 300.0


@dataclass(frozen=True, slots=True)
class Reading:
    """A line of a reading, in the colour of what it is about."""

    text: Message
    role: str = "text"


def read(plot: Plot, view: View, x: float, y: float | None = None) -> tuple[Reading, ...]:
    """Say what stands at a place of a plot.

    Parameters
    ----------
    x, y : in display units; without y, as where another panel's mouse gives a training step, all that stands at x
    """
    if plot.readings:
        return tuple(line for said in plot.readings if (line := _of_thing(said, x, y)) is not None)
    if plot.x.ticks:
        return _of_place(plot, view, float(np.round(x)))
    marks = [mark for mark in plot.marks if isinstance(mark, Line | Bars) and not view.hides(mark.key)]
    x = _snapped(plot.x, x)
    lines = [Reading(_place(plot, marks, x, y), "muted")]
    for mark in sorted(marks, key=is_ghost):
        _, _, part = mark.key.partition(".")
        if part and not is_ghost(mark):
            continue  # another form of a curve that is read already
        value = _of_bars(mark, plot, marks, x) if isinstance(mark, Bars) else _of_line(mark, x, log=plot.x.log)
        if value is not None:
            text = "{label} · {part}  {value}" if part else "{label}  {value}"
            lines.append(Reading(msg(text, label=mark.label, part=part, value=value), mark.role))
    return tuple(lines)


def run_at(plot: Plot, view: View, x: float, y: float, reach: float) -> int:
    """Give the number of the compared run whose curve passes nearest to a place, at most `reach` above or below it.

    Parameters
    ----------
    x, y, reach : in display units

    Returns
    -------
    0 where there is none so near
    """
    nearest, found = reach, 0
    for line in plot.marks:
        run = run_number(line.key)
        if not run or not isinstance(line, Line) or view.hides(line.key) or len(line.x) < 2:
            continue
        across, up = to_display(line.x, log=plot.x.log), to_display(line.y, log=plot.y.log)
        known = np.isfinite(across) & np.isfinite(up)
        if not known.any() or not across[known][0] <= x <= across[known][-1]:
            continue
        apart = abs(float(np.interp(x, across[known], up[known])) - y)
        if apart < nearest:
            nearest, found = apart, run
    return found


# Things with names


def _of_thing(said: Cells | Spots, x: float, y: float | None) -> Reading | None:
    if isinstance(said, Spots):
        left, right, bottom, top = said.boxes.T
        inside = (left <= x) & (x <= right)
        if y is not None:
            inside &= (bottom <= y) & (y <= top)
        (hit,) = np.nonzero(inside)
        if not len(hit):
            return None
        values = {name: _worded(column[hit[-1]]) for name, column in said.fields.items()}
        return Reading(msg(said.text, **values), said.role)
    return _of_cell(said, x, y) if y is not None else None


def _of_cell(cells: Cells, x: float, y: float) -> Reading | None:
    rows, columns = cells.values.shape
    across = (x - cells.x[0]) / (cells.x[1] - cells.x[0]) * columns
    up = (y - cells.y[0]) / (cells.y[1] - cells.y[0]) * rows
    if not (0 <= across < columns and 0 <= up < rows):
        return None
    column, row = int(across), int(up)
    value = cells.values[row, column]
    if not np.isfinite(value):
        return None
    named = {
        "across": cells.across[column] if cells.across else f"{x:.4g}",
        "up": cells.up[row] if cells.up else f"{y:.4g}",
        "kind": cells.kinds[cells.which[row, column]] if cells.which is not None else "",
    }
    text = cells.one if cells.one and value == 1 else cells.text
    return Reading(msg(text, value=_worded(value), **named, **cells.params))


def _worded(value: object) -> object:
    """Give a number as it is written for people, and words as they are."""
    if isinstance(value, np.integer):
        return int(value)
    return Real(value) if isinstance(value, float | np.floating) else value


# Curves and points over places with names


def _of_place(plot: Plot, view: View, place: float) -> tuple[Reading, ...]:
    """Read what stands at, or just beside, a place with a name, such as a layer."""
    name = dict(plot.x.ticks or ()).get(place, f"{place:.0f}")
    lines = [Reading(msg("{axis} {name}" if name.isdigit() else "{name}", axis=plot.x.label, name=name), "muted")]
    for mark in plot.marks:
        if isinstance(mark, Line | Dots) and not view.hides(mark.key):
            (near,) = np.nonzero(np.abs(mark.x - place) < _BESIDE)
            lines += [
                Reading(msg("{label}  {value}", label=mark.label, value=_at(mark, k)), mark.role) for k in near.tolist()
            ]
    return tuple(lines)


def _at(mark: Line | Dots, k: int) -> Message:
    value = _number(mark.y[k : k + 1])
    if mark.low is None or mark.high is None:
        return value
    return _with_ends(value, mark.low[k], mark.high[k])


def _with_ends(value: Message, low: float, high: float) -> Message:
    return msg("{value} ({low:.3g} … {high:.3g})", value=value, low=Real(low), high=Real(high))


# Curves and bars


def _value(axis: Axis, at: float) -> float:
    """Give the value that stands at a place, which may lie far outside of what an axis shows."""
    return float(10.0 ** min(max(at, -_FARTHEST_POWER), _FARTHEST_POWER)) if axis.log else at


def _snapped(axis: Axis, x: float) -> float:
    if not axis.integer:
        return x
    whole = np.round(_value(axis, x))
    return float(to_display(np.array([whole]), log=axis.log)[0])


def _place(plot: Plot, marks: list[Line | Bars], x: float, y: float | None) -> Message:
    """Say where that is: a step, a bin, or a point."""
    value = _value(plot.x, x)
    if plot.x.integer:
        return msg("{axis} {at:,.0f}", axis=plot.x.label, at=value)
    bin_ = _bin_at(marks, value)
    if bin_ is not None:
        return msg("{axis} from {low:.3g} to {high:.3g}", axis=plot.x.label, low=Real(bin_[0]), high=Real(bin_[1]))
    if marks or y is None or plot.y.ticks is not None:
        return msg("{axis}: {at:.5g}", axis=plot.x.label, at=Real(value))
    return msg(
        "{x} {across:.4g}, {y} {up:.4g}",
        x=plot.x.label,
        across=Real(value),
        y=plot.y.label,
        up=Real(_value(plot.y, y)),
    )


def _bin_at(marks: list[Line | Bars], value: float) -> tuple[float, float] | None:
    for mark in marks:
        if isinstance(mark, Bars) and len(mark.heights) > 1 and mark.edges[0] <= value <= mark.edges[-1]:
            place = min(int(np.searchsorted(mark.edges, value, side="right")), len(mark.heights)) - 1
            return float(mark.edges[place]), float(mark.edges[place + 1])
    return None


def _of_bars(bars: Bars, plot: Plot, marks: list[Line | Bars], x: float) -> str | None:
    """Count the values in the bin at x; a single bar is read where it stands in that bin."""
    value = _value(plot.x, x)
    shown = _bin_at(marks, value)
    if len(bars.heights) == 1 and shown is not None:
        return f"{bars.heights[0]:,.0f}" if shown[0] <= bars.edges.mean() <= shown[1] else None
    if not bars.edges[0] <= value <= bars.edges[-1]:
        return None
    place = min(int(np.searchsorted(bars.edges, value, side="right")), len(bars.heights)) - 1
    return f"{bars.heights[place]:,.0f}"


def _of_line(line: Line, x: float, *, log: bool) -> object | None:
    shown = to_display(line.x, log=log) if log else line.x
    (drawn,) = np.nonzero(np.isfinite(shown))  # step 0 has no place on a logarithmic axis
    if len(drawn) == 0 or not shown[drawn[0]] <= x <= shown[drawn[-1]]:
        return None
    place = drawn[0] + int(np.searchsorted(shown[drawn], x))
    if place > drawn[0] and abs(shown[place - 1] - x) < abs(shown[place] - x):
        place -= 1
    value = _number(line.y[line.x == line.x[place]] if line.steps > 1 else line.y[place : place + 1])
    return value if line.low is None or line.high is None else _with_ends(value, line.low[place], line.high[place])


def _number(values: Floats) -> Message:
    """Write a value, or the lowest and the highest of the steps that are drawn as one."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return msg("NaN") if np.isnan(values).all() else msg("infinite")
    low, high = float(finite.min()), float(finite.max())
    return msg("{low:.5g}" if low == high else "{low:.5g} … {high:.5g}", low=Real(low), high=Real(high))
