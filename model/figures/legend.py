"""What a legend lists: one entry for all marks that belong together."""

from collections.abc import Iterable

from model.figures.figure import Guide, Line, Mark


def is_ghost(mark: Mark) -> bool:
    """Tell whether a mark shows the state or the run before, or something pale behind another mark."""
    return not isinstance(mark, Guide) and (mark.ghost or (isinstance(mark, Line) and mark.faint))


def legend_entries(marks: Iterable[Mark]) -> dict[str, Mark]:
    """Give for each entry the mark that stands for it, those of runs before last.

    A mark with the key "name.part" belongs to the entry "name"; a pale mark stands for an entry only
    where there is no other.
    """
    entries: dict[str, Mark] = {}
    for mark in marks:
        name = mark.key.partition(".")[0]
        if name not in entries or (is_ghost(entries[name]) and not is_ghost(mark)):
            entries[name] = mark
    return dict(sorted(entries.items(), key=lambda entry: is_ghost(entry[1])))
