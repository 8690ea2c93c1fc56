"""Which columns of a table are the label, which are left out, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from model.data.dataset import DataError
from model.foreign_text import showable
from model.words import Message, echo, first_few, msg

AUTO, FIRST, LAST = "auto", "first", "last"
_NAMES_SHOWN = 5

# In this order: where two columns are named so, the earlier name counts.
LABEL_NAMES = (
    "label", "labels", "class", "classes", "target", "targets", "species", "category", "categories", "class_label",
    "classlabel", "class_name", "diagnosis", "variety", "outcome", "y",
)  # fmt: skip
ID_NAMES = ("id", "index", "", "unnamed:_0", "row_id", "rowid", "rownames", "row_names", "sample_id")

_LEAKS = (msg("it says what the label says"), msg("they say what the label says"))
_NAMED = (msg("it is named as an id"), msg("they are named as ids"))
_COUNTS = (msg("it counts up by 1"), msg("they count up by 1"))
_EMPTY = (msg("it is empty"), msg("they are empty"))


class Columns(Protocol):
    """What there is to know about the columns of a table."""

    @property
    def names(self) -> Sequence[str]:
        """What the header calls them; empty without one."""

    @property
    def n_columns(self) -> int: ...

    def is_text(self, place: int) -> bool: ...

    def looks_like_label(self, place: int) -> bool: ...

    def can_be_label(self, place: int) -> bool: ...

    def counting(self) -> Sequence[int]:
        """List the columns that count up by 1 from 0 or 1."""

    def empty(self) -> Sequence[int]:
        """List the columns that are empty."""

    def is_unique(self, name: str) -> bool:
        """Whether just one column has this name."""

    def one_hot(self) -> tuple[int, ...]:
        """Give the trailing columns of 0 and 1 that sum to 1 in every row; () where there are none."""

    def tells(self, place: int, block: tuple[int, ...]) -> bool:
        """Whether a label says exactly what a one-hot block says."""


@dataclass(frozen=True, slots=True)
class Roles:
    """What each column is taken for; those named in neither field are features.

    Attributes
    ----------
    label : the columns that tell the class: one, or a one-hot block
    left_out : columns that are no features, from the left
    """

    label: tuple[int, ...]
    left_out: tuple[int, ...]
    notes: tuple[Message, ...]


def choose(wanted: str, columns: Columns) -> Roles:
    """Decide what each column is.

    Parameters
    ----------
    wanted : the knob `label_column`: auto, first, last, a column's name, or its number from 1

    Raises
    ------
    DataError
        Where there is no such column.
    """
    hot = columns.one_hot()
    named = _named(columns, ID_NAMES)
    counting, empty = columns.counting(), columns.empty()
    label = _label(wanted, columns, hot, {*named, *counting, *empty})
    if len(label) == 1 and label[0] in hot:
        label = hot
    notes = [] if len(label) == 1 else [_one_hot_note(columns, label)]
    open_to_all = set(range(columns.n_columns)) - set(label)
    left_out: set[int] = set()
    leaks = hot if len(label) == 1 and hot and columns.tells(label[0], hot) else ()
    for places, why in ((leaks, _LEAKS), (named, _NAMED), (counting, _COUNTS), (empty, _EMPTY)):
        gone = [place for place in places if place in open_to_all and place not in left_out]
        if gone and len(left_out) + len(gone) < len(open_to_all):
            left_out.update(gone)
            notes.append(_left_out_note(columns, gone, why))
    if wanted == AUTO:
        notes += [_rival_note(columns, place) for place in _rivals(columns, label, {*named, *left_out})]
    return Roles(label, tuple(sorted(left_out)), tuple(notes))


def _label(wanted: str, columns: Columns, hot: tuple[int, ...], ids: set[int]) -> tuple[int, ...]:
    if wanted == FIRST:
        return (0,)
    if wanted == LAST:
        return (columns.n_columns - 1,)
    return (place_of(wanted, columns),) if wanted != AUTO else _guessed(columns, hot, ids)


def _guessed(columns: Columns, hot: tuple[int, ...], ids: set[int]) -> tuple[int, ...]:
    named = [place for place in _named(columns, LABEL_NAMES) if columns.can_be_label(place)]
    if named:
        return (named[0],)
    first, last = _ends(columns, ids)
    # text is no feature, so it outweighs numbers that may be either
    first_fits = columns.looks_like_label(first)
    if columns.is_text(first) != columns.is_text(last):
        at_front = first_fits and columns.is_text(first)
    else:
        at_front = first_fits and not columns.looks_like_label(last)
    if hot and not (at_front and columns.is_text(first)):
        return hot
    return (first if at_front else last,)


def _ends(columns: Columns, ids: set[int]) -> tuple[int, int]:
    open_ = [place for place in range(columns.n_columns) if place not in ids] or list(range(columns.n_columns))
    return open_[0], open_[-1]


def _rivals(columns: Columns, label: tuple[int, ...], ids: set[int]) -> list[int]:
    """List the columns that look like a label as the guessed one does; none where a name decided."""
    if not set(label).isdisjoint(_named(columns, LABEL_NAMES)):
        return []
    return [end for end in dict.fromkeys(_ends(columns, ids)) if end not in label and columns.looks_like_label(end)]


def place_of(wanted: str, columns: Columns) -> int:
    """Find the column that a name, or a number from 1, means; raises DataError where there is none."""
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 9 and 1 <= int(wanted) <= columns.n_columns:
        return int(wanted) - 1
    for same in (str, str.casefold):
        for place, name in enumerate(columns.names):
            if same(name) == same(wanted.strip()):
                return place
    named = first_few((echo(name) for name in columns.names), _NAMES_SHOWN)
    if named:
        text = "There is no column {wanted}; the header names {names}, and numbers go from 1 to {n}."
        raise DataError(msg(text, wanted=echo(wanted), names=named, n=columns.n_columns))
    text = "There is no column {wanted}; without a header, columns go by their numbers, from 1 to {n}."
    raise DataError(msg(text, wanted=echo(wanted), n=columns.n_columns))


def _named(columns: Columns, names: tuple[str, ...]) -> list[int]:
    """Find the columns with one of these names, in the order of the names, of equal ones the last first."""
    found = [(names.index(key), -place) for place, name in enumerate(columns.names) if (key := _key(name)) in names]
    return [-place for _, place in sorted(found)]


def _key(name: str) -> str:
    return name.strip().casefold().replace(" ", "_").replace("-", "_")


def called(columns: Columns, place: int) -> str:
    """Name a column for people: as the header does, or by its number."""
    name = columns.names[place] if columns.names else ""
    return echo(name) if name else str(place + 1)


def name_for(columns: Columns, place: int) -> str:
    """Give the shortest value of `label_column` that means this column, as a click on it sets it."""
    name = columns.names[place] if columns.names else ""
    plain = name not in ("", AUTO, FIRST, LAST) and not name.isdigit() and name == showable(name) == name.strip()
    return name if plain and columns.is_unique(name) else str(place + 1)


def _listed(columns: Columns, places: Sequence[int]) -> str:
    return first_few((called(columns, place) for place in places), _NAMES_SHOWN)


def _one_hot_note(columns: Columns, block: tuple[int, ...]) -> Message:
    text = "The last {n} columns, {names}, are one label: each row has a single 1."
    return msg(text, n=len(block), names=_listed(columns, block))


def _rival_note(columns: Columns, place: int) -> Message:
    text = "Column {name} looks like a label too; if it is, choose it: --label-column {wanted}."
    return msg(text, name=called(columns, place), wanted=name_for(columns, place))


def _left_out_note(columns: Columns, places: Sequence[int], why: tuple[Message, Message]) -> Message:
    if len(places) == 1:
        return msg("Column {name} is left out: {why}.", name=_listed(columns, places), why=why[0])
    return msg("Columns {names} are left out: {why}.", names=_listed(columns, places), why=why[1])
