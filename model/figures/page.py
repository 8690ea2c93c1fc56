"""Where everything stands on a picture: pure arithmetic on measured text, so that nothing ever overlaps."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from model.figures.arrangement import columns_in
from model.figures.colour_key import colour_keys
from model.figures.figure import Figure, Passage, Plot, Range, View
from model.figures.legend import Listed, legend_entries, listed
from model.figures.notes import shown_notes
from model.figures.page_parts import LINE_HEIGHT, SMALL, Box, Label, Measure, Strip, lay_keys
from model.figures.ranges import equalised, visible_range
from model.figures.text_fit import elide, one_line, short_title, wrap
from model.figures.ticks import Tick, share_of, spaced_ticks

BASE_SIZE = 12.0
SWATCH = 1.8
"""The width of a legend's sample of line, in font sizes."""
_MONO_WIDTH = 0.603
"""The width of a letter of DejaVu Sans Mono, in font sizes."""
_SET_IN = 2.0
"""Letters' heights by which what stands under another passage is set in."""
_PASSAGES = 0.45
"""The share of a page's height that paragraphs may take from plots."""
_FURNITURE = 0.64
"""The share of a cell's height that titles, labels, legend and notes may take together."""
_TITLE_INDENT = 5.0
"""How far from the left of the page the title of a plot may begin, in font sizes."""
_MOST_X, _MOST_Y = 7, 7


@dataclass(frozen=True, slots=True, eq=False)
class Swatch:
    """A legend's sample of a mark, from x to x + width at height y."""

    mark: Listed
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One plot in its place: the rectangle of its axes, the ranges they show, and all words around them."""

    plot: Plot
    box: Box
    x: Range
    y: Range
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    labels: tuple[Label, ...]
    swatches: tuple[Swatch, ...]
    size: float = BASE_SIZE
    """Of its letters, in logical pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A whole picture, laid out."""

    width: float
    height: float
    labels: tuple[Label, ...]
    cells: tuple[Cell, ...]
    strips: tuple[Strip, ...] = ()


def lay_out(
    figure: Figure, view: View, width: float, height: float, measure: Measure, letters: float | None = None
) -> Page:
    """Place a figure's plots and words on a page of `width` × `height` logical pixels.

    `letters` is their size in logical pixels; without it they are as large as suits the size of the plots.
    Plots of a row share the top and bottom of their axes, plots of a column the left and right.
    """
    columns = columns_in(figure, width, height)
    rows = max(1, math.ceil(len(figure.plots) / columns))
    size = letters or BASE_SIZE * min(max(min(width / columns / 360, height / rows / 240), 0.25), 1.5) ** 0.5
    margin = size
    labels, top = _page_title(figure, width, height, size, measure)
    line = Box(margin, 0, width - 2 * margin, height - 0.8 * margin)
    title = max((measure(label.text, label.size) for label in labels), default=_first_title(figure, size, measure))
    strips, said, own_line = lay_keys(colour_keys(figure.plots), line, size, measure, title + 2 * size)
    if own_line:
        labels = tuple(replace(label, y=label.y - LINE_HEIGHT * size) for label in labels)
        top -= LINE_HEIGHT * size
    labels = (*labels, *said)
    space = Box(margin, 0.8 * margin, width - 2 * margin, top - 0.8 * margin)
    passages, taken = lay_passages(figure.passages, space, size, measure, alone=not figure.plots)
    labels = (*labels, *passages)
    if not figure.plots:
        return Page(width, height, labels, ())
    space = Box(space.left, space.bottom + taken, space.width, space.height - taken)
    outer = Box(0, 0, (space.width - (columns - 1) * size) / columns, (space.height - (rows - 1) * size) / rows)
    drafts = [_Draft(plot, view, outer, size, measure) for plot in figure.plots]
    grid = _Grid(drafts, columns, rows)
    for _ in range(3):
        grid.settle(space, size)
        for draft in drafts:
            draft.fit()
    grid.settle(space, size)
    for draft in drafts:
        if draft.plot.equal:
            draft.fit_axes()  # the margins that it shares with others are known only now
    return Page(width, height, labels, tuple(grid.placed(space, size)), strips)


def lay_passages(
    passages: Sequence[Passage], space: Box, size: float, measure: Measure, *, alone: bool
) -> tuple[list[Label], float]:
    """Set paragraphs at the top of a space, or at its foot where they are not alone; what finds no room ends in "…".

    Before any sentence is left out, formulas and sources are, the last ones first.

    Returns the lines, and the height that they take.
    """
    room = space.height if alone else _PASSAGES * space.height
    said = list(passages)
    lines = _lines(said, space.width, size, measure)
    for number in reversed(range(len(said))):
        if sum(line[-1] for line in lines) <= room:
            break
        said[number] = replace(said[number], detail=None)
        lines = _lines(said, space.width, size, measure)
    used = sum(line[-1] for line in lines)
    while lines and used > room:
        used -= lines.pop()[-1]
        if lines:
            lines[-1] = (elide(lines[-1][0] + " …", space.width, lambda t: measure(t, size)), *lines[-1][1:])
    y = space.top if alone else space.bottom + used
    labels = []
    for text, letter, role, mono, left, height in lines:
        y -= height
        labels.append(Label(text, space.left + left, y + 0.3 * letter, letter, role, mono=mono))
    return labels, used


def _lines(
    passages: Sequence[Passage], width: float, size: float, measure: Measure
) -> list[tuple[str, float, str, bool, float, float]]:
    parts = (_paragraph(passage, width, size, measure, first=k == 0) for k, passage in enumerate(passages))
    return [line for part in parts for line in part]


def _paragraph(
    passage: Passage, width: float, size: float, measure: Measure, *, first: bool
) -> Iterator[tuple[str, float, str, bool, float, float]]:
    """Give the lines of a passage: text, letter size, role, whether of one width, where it begins, height."""
    small = SMALL * size
    left = _SET_IN * size * passage.level
    width -= left
    role = "text" if passage.severity == "info" else passage.severity
    if passage.verbatim:
        for line in str(passage.text).splitlines():
            yield (
                elide(line, width, lambda t: _MONO_WIDTH * small * len(t)),
                small,
                role,
                True,
                left,
                LINE_HEIGHT * small,
            )
        return
    gap = 0.0 if first else 0.5 * size
    for line in wrap(one_line(str(passage.text)), width, 6, lambda t: measure(t, size)):
        yield line, size, role, False, left, LINE_HEIGHT * size + gap
        gap = 0.0
    if passage.offer is not None:
        said = one_line(f"{passage.offer.label}. {passage.offer.expects}")
        for line in wrap(said, width, 4, lambda t: measure(t, size)):
            yield line, size, "accent", False, left, LINE_HEIGHT * size
    if passage.detail is not None:
        for line in wrap(one_line(str(passage.detail)), width, 4, lambda t: measure(t, small)):
            yield line, small, "muted", False, left, LINE_HEIGHT * small


def drawable(shown: Range) -> Range:
    """Give a range that can be drawn: finite, ascending, and not empty."""
    low, high = sorted(min(max(v, -8e307), 8e307) if not math.isnan(v) else 0.0 for v in shown)
    if high > low:
        return (low, high)
    half = max(abs(low) * 1e-6, 1e-300)
    return (low - half, high + half)


def _page_title(
    figure: Figure, width: float, height: float, size: float, measure: Measure
) -> tuple[tuple[Label, ...], float]:
    title = one_line(str(figure.title))
    alone = len(figure.plots) == 1 and one_line(str(figure.plots[0].title)) in {title, ""}
    top = height - 0.8 * size
    if not title or (alone and one_line(str(figure.plots[0].title))):
        return (), top
    big = 1.15 * size
    text = elide(title, width - 2 * size, lambda t: measure(t, big))
    return (Label(text, size, top - big, big, "text"),), top - 1.9 * big


def _first_title(figure: Figure, size: float, measure: Measure) -> float:
    """Give the width that the title of the first plot takes at the top of a page that has none of its own.

    Infinite where that has none either, so that there is no line to share.
    """
    title = one_line(str(figure.plots[0].title)) if figure.plots else ""
    return measure(title, size) + _TITLE_INDENT * size if title else math.inf


class _Grid:
    """Rows and columns of plots whose axes are all of one size, however large the words around them are."""

    def __init__(self, drafts: list["_Draft"], columns: int, rows: int) -> None:
        self.columns = [drafts[column::columns] for column in range(columns)]
        self.rows = [drafts[row * columns : (row + 1) * columns] for row in range(rows)]

    def settle(self, space: Box, gap: float) -> None:
        """Share the margins along rows and columns, and the rest of the space equally between the axes."""
        _share(self.columns, "left", "right", "width", space.width, gap)
        _share(self.rows, "head", "foot", "height", space.height, gap)

    def placed(self, space: Box, gap: float) -> Iterator["Cell"]:
        bottom = space.top + gap
        for row in self.rows:
            bottom -= gap + max((draft.height for draft in row), default=0.0)
            left = space.left
            for draft in row:
                yield draft.placed(left, bottom)
                left += draft.width + gap


def _share(groups: list[list["_Draft"]], before: str, after: str, size: str, space: float, gap: float) -> None:
    for group in groups:
        for side in (before, after):
            widest = max((getattr(draft, side) for draft in group), default=0.0)
            for draft in group:
                setattr(draft, side, widest)
    margins = [getattr(group[0], before) + getattr(group[0], after) for group in groups if group]
    axes = (space - sum(margins) - gap * (len(groups) - 1)) / len(groups)
    for group, margin in zip(groups, margins, strict=False):
        for draft in group:
            setattr(draft, size, margin + axes)


class _Draft:
    """One plot while its margins are being found, which a few rounds settle."""

    def __init__(self, plot: Plot, view: View, outer: Box, size: float, measure: Measure) -> None:
        self.plot = plot
        self.origin = (0.0, 0.0)
        self.width, self.height = outer.width, outer.height
        self.furniture = _FURNITURE * outer.height
        self.size = size
        self.small = SMALL * size
        self.measure = measure
        self.x, self.y = (drawable(shown) for shown in visible_range(plot, view))
        self.asked = (self.x, self.y)
        self.notes = shown_notes(plot, view, self.y)
        self.entries = _legend_entries(plot, view)
        roomy = self.furniture > 3 * size
        self.x_label, self.y_label = (one_line(str(axis.label)) if roomy else "" for axis in (plot.x, plot.y))
        self.title: list[str] = []
        self.note_lines: list[tuple[str, str]] = []
        self.legend: list[list[tuple[Listed, str, float]]] = []
        self.x_ticks: tuple[Tick, ...] = ()
        self.y_ticks: tuple[Tick, ...] = ()
        self.left = self.right = self.head = self.foot = 0.0
        self.fit()

    @property
    def box(self) -> Box:
        width = max(self.width - self.left - self.right, 4.0)
        height = max(self.height - self.head - self.foot, 4.0)
        return Box(self.origin[0] + self.left, self.origin[1] + self.foot, width, height)

    def fit(self) -> None:
        """Break the words into lines for the present width, choose ticks, and make the margins fit both."""
        self._fit_words()
        self.fit_axes()
        widest = max((self._small_width(tick.label) for tick in self.y_ticks), default=0.0)
        self.left = max(self.left, widest + 0.75 * self.size + (1.5 * self.size if self.y_label else 0))
        self.right = max(self.right, self._overhang())

    def fit_axes(self) -> None:
        """Choose ranges and ticks for the box as it is."""
        box = self.box
        if self.plot.equal:
            self.x, self.y = equalised(*self.asked, box.width, box.height)
        self.y_ticks = spaced_ticks(self.plot.y, self.y, box.height, _MOST_Y, lambda _: 1.7 * self.small)
        self.x_ticks = spaced_ticks(
            self.plot.x, self.x, box.width, _MOST_X, lambda label: self._small_width(label) + 1.3 * self.small
        )

    def placed(self, left: float, bottom: float) -> Cell:
        """Give the finished plot with its lower left corner there."""
        self.origin = (left, bottom)
        swatches, legend = self._legend_labels()
        labels = (*self._title_labels(), *legend, *self._axis_labels(), *self._note_labels())
        return Cell(self.plot, self.box, self.x, self.y, self.x_ticks, self.y_ticks, labels, tuple(swatches), self.size)

    def _fit_words(self) -> None:
        line = LINE_HEIGHT * self.size
        width = self.box.width + self.right * 0.5
        fixed = 1.5 * self.size + (line if self.x_label else 0)
        budget = self.furniture - fixed
        title = one_line(str(self.plot.title))
        most = max(0, min(2, int(budget / line)))
        lines = [wrap(text, width, most, lambda t: self.measure(t, self.size)) for text in (title, short_title(title))]
        self.title = next((found for found in lines if not any("…" in text for text in found)), lines[-1])
        budget -= len(self.title) * line
        step = LINE_HEIGHT * self.small
        # What went wrong must be said, even where the legend then finds no room.
        self.note_lines = []
        for note in self.notes:
            room = int(budget / step) - len(self.note_lines)
            role = "muted" if note.severity == "info" else note.severity
            text = one_line(str(note.text))
            self.note_lines += [(t, role) for t in wrap(text, width, max(room, 0), self._small_width)]
        notes = len(self.note_lines) * step + (0.25 * step if self.note_lines else 0)
        self.legend = self._legend_rows(width, int((budget - notes) / step))
        self.head = len(self.title) * line + len(self.legend) * step + 0.4 * self.size
        self.foot = fixed + notes

    def _small_width(self, text: str) -> float:
        return self.measure(text, self.small)

    def _overhang(self) -> float:
        named = [tick for tick in self.x_ticks if tick.label]
        box = self.box
        ends = [box.left + share_of(t.at, self.x) * box.width + self._small_width(t.label) / 2 for t in named]
        return max([0.3 * self.size, *(self.right + end - self.origin[0] - self.width for end in ends)])

    def _legend_rows(self, width: float, most: int) -> list[list[tuple[Listed, str, float]]]:
        rows: list[list[tuple[Listed, str, float]]] = []
        room = 0.0
        for mark, text in self.entries:
            swatch = (SWATCH + 0.5) * self.small
            shown = elide(text, width - swatch, self._small_width)
            need = swatch + self._small_width(shown)
            if need > room:
                rows.append([])
                room = width
            rows[-1].append((mark, shown, width - room))
            room -= need + 1.3 * self.small
        if 0 < most < len(rows):
            mark, text, offset = rows[most - 1][-1]
            rows[most - 1][-1] = (mark, f"{text} …", offset)
        return rows[: max(most, 0)]

    def _title_labels(self) -> list[Label]:
        step = LINE_HEIGHT * self.size
        return [
            Label(text, self.box.left, self.box.top + self.head - step * number - self.size, self.size, "text")
            for number, text in enumerate(self.title)
        ]

    def _legend_labels(self) -> tuple[list[Swatch], list[Label]]:
        swatches, labels = [], []
        step = LINE_HEIGHT * self.small
        for number, row in enumerate(reversed(self.legend)):
            y = self.box.top + 0.55 * self.small + number * step
            for mark, text, offset in row:
                x = self.box.left + offset
                swatches.append(Swatch(mark, x, y + 0.35 * self.small, SWATCH * self.small))
                labels.append(Label(text, x + (SWATCH + 0.5) * self.small, y, self.small, "muted"))
        return swatches, labels

    def _axis_labels(self) -> list[Label]:
        box, size, small = self.box, self.size, self.small
        labels = []
        for tick in self.x_ticks:
            x = box.left + share_of(tick.at, self.x) * box.width
            labels.append(Label(tick.label, x, box.bottom - 1.4 * small, small, "muted", "center"))
        for tick in self.y_ticks:
            y = box.bottom + share_of(tick.at, self.y) * box.height - 0.36 * small
            labels.append(Label(tick.label, box.left - 0.6 * size, y, small, "muted", "right"))
        labels = [label for label in labels if label.text]
        if self.x_label:
            text = elide(self.x_label, box.width, self._small_width)
            labels.append(Label(text, box.left + box.width / 2, box.bottom - 2.6 * size, small, "text", "center"))
        if self.y_label:
            middle = box.bottom + box.height / 2
            room = 2 * min(middle - self.origin[1], self.origin[1] + self.height - middle)
            text = elide(self.y_label, room, self._small_width)
            x = self.origin[0] + 0.6 * size
            labels.append(Label(text, x, middle, small, "text", "center", upright=True))
        return labels

    def _note_labels(self) -> list[Label]:
        step = LINE_HEIGHT * self.small
        top = self.box.bottom - 1.5 * self.size - (LINE_HEIGHT * self.size if self.x_label else 0) - 0.25 * step
        return [
            Label(text, self.box.left, top - number * step - self.small, self.small, role)
            for number, (text, role) in enumerate(self.note_lines)
        ]


def _legend_entries(plot: Plot, view: View) -> list[tuple[Listed, str]]:
    entries = legend_entries(mark for mark in listed(plot) if not view.hides(mark.key))
    return [(mark, text) for mark in entries.values() if (text := one_line(str(mark.label)))]
