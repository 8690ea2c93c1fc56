"""What a legend lists: one entry for all marks that belong together."""

from collections.abc import Iterable

from model.figures.figure import Bars, Dots, Guide, Line, Mark, Texts

Listed = Line | Bars | Guide | Dots
"""Marks that a legend lists; the others explain themselves where they are."""


def is_ghost(mark: Mark) -> bool:
    """Tell whether a mark shows the state or the run before, or something pale behind another mark."""
    return isinstance(mark, Line | Bars | Dots) and (mark.ghost or (isinstance(mark, Line) and mark.faint))


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
