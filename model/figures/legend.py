"""What a legend lists: one entry for all marks that belong together."""

import re
from collections.abc import Iterable

from model.figures.figure import Bars, Dots, Guide, Line, Mark, Plot, Texts

Listed = Line | Bars | Guide | Dots
"""Marks that a legend lists; the others explain themselves where they are."""
_PALE, _FAINT = 0.5, 0.26
BAND_INK = 0.2
"""The share of its colour that the band around a curve has over whatever lies behind it."""
_RUN = re.compile(r"run(\d+)(?=\.|$)")


def is_ghost(mark: Mark) -> bool:
    """Tell whether a mark shows the state or the run before, or something pale behind another mark."""
    return isinstance(mark, Line | Bars | Dots) and (mark.ghost or (isinstance(mark, Line) and mark.faint))


def strength(mark: Mark) -> float:
    """Give the share of its colour that a mark has over the background.

    What is behind the present state is pale, but for compared runs of a colour of their own or pointed at.
    """
    if isinstance(mark, Line) and mark.faint:
        return _FAINT
    return _PALE if is_ghost(mark) and not getattr(mark, "raised", False) and not is_run(mark) else 1.0


def is_run(mark: Mark) -> bool:
    """Tell whether a mark belongs to a compared run with a colour of its own."""
    return run_number(mark.role) > 0


def listed(plot: Plot) -> list[Mark]:
    """Give the marks of a plot that its legend is about."""
    if plot.legend == "runs":
        return [mark for mark in plot.marks if is_compared(mark)]
    return list(plot.marks) if plot.legend else []


def run_number(key: str) -> int:
    """Give the number of the compared run that a mark's key, or its entry, belongs to; 0 for another mark."""
    found = _RUN.match(key)
    return int(found[1]) if found else 0


def is_compared(mark: Mark) -> bool:
    """Tell whether a mark belongs to a compared run, of whatever colour."""
    return run_number(mark.key) > 0


def legend_entries(marks: Iterable[Mark]) -> dict[str, Listed]:
    """Give for each entry the mark that stands for it, those of runs before last.

    A mark with the key "name.part" belongs to the entry "name"; a pale mark stands for an entry only
    where there is no other. What has its name beside it, in texts with the key "name.name", needs no entry.
    """
    marks = tuple(marks)
    said = {mark.key.partition(".")[0] for mark in marks if isinstance(mark, Texts) and mark.key.endswith(".name")}
    entries: dict[str, Listed] = {}
    for mark in marks:
        name = mark.key.partition(".")[0]
        if not isinstance(mark, Listed) or name in said:
            continue
        if name not in entries or (is_ghost(entries[name]) and not is_ghost(mark)):
            entries[name] = mark
    return dict(sorted(entries.items(), key=lambda entry: is_ghost(entry[1])))
