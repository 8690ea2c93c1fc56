"""One pair of axes: draws a Plot, and owns whether its range is automatic or the person's."""

import math

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QGraphicsGridLayout, QGraphicsSceneResizeEvent, QGraphicsWidget

from gui.look.text_size import plot_font, thickness
from gui.plots.axes.axis import FigureAxis
from gui.plots.axes.mark_layer import MarkLayer
from gui.plots.axes.overlay import Overlay
from gui.plots.axes.plot_notes import PlotNotes
from gui.plots.axes.title import PlotTitle
from gui.plots.marks.grid import GridItem
from gui.plots.marks.mark_items import MarkItem
from gui.plots.marks.still_lines import StillLinesItem
from model.figures.figure import Plot, Range, Unit, View
from model.figures.notes import shown_notes
from model.figures.palette import Theme, colour
from model.figures.ranges import axis_range, equalised
from model.figures.reading import read, run_at

_TITLED_FROM = (120.0, 150.0)
"""Height and width in pixels from which a plot has a title below its horizontal axis, and beside its vertical one."""
_NEAR = 6.0
"""Pixels above or below a curve at which the mouse points at it."""
_BEHIND = -2e6
"""How deep the grid lies, below all marks."""
_SEVERITY_ROLE = {"info": "muted", "warn": "warn", "bad": "bad"}


class PlotArea(QGraphicsWidget):
    """A view box with two axes and a title, which are kept while new figures bring new data."""

    noted = Signal()
    """Notes have been placed."""
    ranged = Signal()
    """The person has taken the ranges, or given them back."""
    _resized = Signal()
    failed = Signal(str)
    """A mark could not be painted."""

    def __init__(self, theme: Theme, *, titled: bool, compact: bool) -> None:
        super().__init__()
        self.plot: Plot | None = None
        self._view = View()
        self._theme = theme
        self._n_layers = 2
        self._compact = compact
        self.kind = (titled, compact)
        self.pointed: tuple[float, float | None] | None = None
        self._manual = False
        self._moving = False
        self._sticky: tuple[Range | None, Range | None] = (None, None)
        self._ranges: tuple[Range, Range] | None = None
        self._shown_log: tuple[bool, bool] | None = None
        font = plot_font()
        self.box = pg.ViewBox(enableMenu=False, defaultPadding=0.0)
        self._marks = MarkLayer(self.box, self.failed)
        self._grid: GridItem | None = None
        self._axes = (FigureAxis("bottom", font, compact=compact), FigureAxis("left", font, compact=compact))
        self._title = PlotTitle(font, self._axes[1]) if titled else None
        self._notes = PlotNotes(self.box, font)
        self._readout = Overlay(self.box, font)
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._arrange()
        self.box.sigRangeChangedManually.connect(self._take_range)
        self.box.sigResized.connect(self._fit_to_size)
        # a layout under way takes no other sizes
        self._resized.connect(self._title_axes, Qt.ConnectionType.QueuedConnection)

    def _arrange(self) -> None:
        grid = QGraphicsGridLayout(self)
        self._set_margins(grid)
        grid.setSpacing(0)
        self.setMinimumSize(0, 0)  # its notes take their room from it alone, not from the plots beside and below it
        self.setPreferredSize(100, 100)
        if self._title is not None:
            grid.addItem(self._title, 0, 0, 1, 2)
        grid.addItem(self._notes.strip, 1, 1)
        grid.addItem(self._axes[1], 2, 0)
        grid.addItem(self.box, 2, 1)
        grid.addItem(self._axes[0], 3, 1)
        for axis in self._axes:
            axis.link_to(self.box)
        self.box.disableAutoRange()
        self.box.addItem(self._cursor, ignoreBounds=True)
        self._cursor.setZValue(50)
        self._cursor.hide()
        self._dress()

    def _set_margins(self, grid: QGraphicsGridLayout) -> None:
        grid.setContentsMargins(2, 9 if self._title is None else 2, 1 + self._axes[0].overhang, 2)

    # What is shown

    def show_plot(self, plot: Plot, view: View, n_layers: int) -> None:
        """Bring the plot up to date: ranges first, then every mark that is visible."""
        self._n_layers = n_layers
        self.plot, self._view = plot, view
        if self._title is not None:
            self._title.show_text(str(plot.title), self._theme.muted)
        self._axes[0].show_axis(plot.x)
        self._axes[1].show_axis(plot.y)
        self._title_axes()
        self._settle_ranges(plot)
        self._show_marks()
        self._show_reading()

    @Slot()
    def _title_axes(self) -> None:
        """Give the axes titles where the plot is large enough to have them as well."""
        sides = (self.size().height(), self.size().width())
        for axis, side, least in zip(self._axes, sides, _TITLED_FROM, strict=True):
            axis.show_title(shown=not self._compact and side >= least)

    def resizeEvent(self, event: QGraphicsSceneResizeEvent) -> None:
        super().resizeEvent(event)
        self._resized.emit()

    def show_theme(self, theme: Theme) -> None:
        """Draw everything in other colours."""
        self._theme = theme
        self._dress()
        if self.plot is not None:
            self.show_plot(self.plot, self._view, self._n_layers)

    def take_font(self) -> None:
        """Draw everything in the size that text has now."""
        font, grid = plot_font(), self.layout()
        for axis in self._axes:
            axis.show_font(font, compact=self._compact)
        if self._title is not None:
            self._title.show_font(font)
        self._notes.show_font(font)
        self._readout.show_font(font)
        if isinstance(grid, QGraphicsGridLayout):
            self._set_margins(grid)
        self._dress()
        if self.plot is not None:
            self._ranges = None  # the vertical axis makes room for its labels with them
            self.show_plot(self.plot, self._view, self._n_layers)

    def show_grid(self, *, shown: bool) -> None:
        """Draw faint lines at the numbers along the axes, behind all marks."""
        if shown and self._grid is None:
            self._grid = GridItem()
            self.box.addItem(self._grid, ignoreBounds=True)
            self._grid.setZValue(_BEHIND)
            self._grid.failed.connect(self.failed, Qt.ConnectionType.QueuedConnection)
        if self._grid is not None:
            self._grid.setVisible(shown)
        self._place_grid()

    def _place_grid(self) -> None:
        if self._grid is None or not self._grid.isVisibleTo(self.box) or self.plot is None:
            return
        ranges, sides = self.display_range(), (self.box.width(), self.box.height())
        x, y = (axis.labelled(*at) for axis, *at in zip(self._axes, ranges, sides, strict=True))
        self._grid.show_lines(x, y, ranges, self._theme)

    def put_away(self) -> None:
        """Forget all that was shown, to come back in another figure as if it were new."""
        self.hide()
        self.plot = None
        self.pointed = self._shown_log = self._ranges = None
        self._manual = False
        self._sticky = (None, None)
        self._axes[1].forget_room()
        self._notes.clear()

    @property
    def notes(self) -> PlotNotes:
        """What is said in or above the plot."""
        return self._notes

    def display_range(self) -> tuple[Range, Range]:
        """Give what the axes show now, in display units."""
        (x0, x1), (y0, y1) = self.box.viewRange()
        return ((x0, x1), (y0, y1))

    # Ranges: automatic until the person takes them

    @property
    def is_manual(self) -> bool:
        return self._manual

    def fit(self) -> None:
        """Give the ranges back to the data."""
        self._manual = False
        self._sticky = (None, None)
        if self.plot is not None:
            self.show_plot(self.plot, self._view, self._n_layers)
        self.ranged.emit()

    def show_motion(self, *, moving: bool) -> None:
        """Let ranges stick while figures follow one another quickly; at rest they are those of the figure alone."""
        if moving == self._moving:
            return
        self._moving = moving
        if not moving and self.plot is not None:
            self._settle_ranges(self.plot)
            self._show_marks()

    def own_range(self) -> tuple[Range, Range] | None:
        """Give the ranges that do not follow from the figure: the person's, or those that stick."""
        if self._manual:
            return self.display_range()
        x, y = self._sticky
        return (x, y) if self._moving and x is not None and y is not None else None

    def zoom_to(self, x: Range, y: Range) -> None:
        """Show just these ranges, as if the person had zoomed there."""
        self._manual = True
        self._ranges = None
        self.box.setRange(xRange=x, yRange=y, padding=0, disableAutoRange=True)
        self._axes[1].make_room(y, self.box.height())
        self._show_marks()

    def _settle_ranges(self, plot: Plot) -> None:
        log = (plot.x.log, plot.y.log)
        if log != self._shown_log:
            self._shown_log = log
            self.pointed = None  # which was a place on the axes as they were
            self._manual = False
            self._sticky = (None, None)
        if self._manual:
            return
        old = self._sticky if self._moving else (None, None)
        self._sticky = ranges = (axis_range(old[0], plot.x), axis_range(old[1], plot.y))
        if plot.equal:
            ranges = equalised(*ranges, self.box.width(), self.box.height())
        if ranges != self._ranges:
            self._ranges = ranges
            self.box.setRange(xRange=ranges[0], yRange=ranges[1], padding=0, disableAutoRange=True)
            self._axes[1].make_room(ranges[1], self.box.height())

    @Slot()
    def _take_range(self, *_args: object) -> None:
        self._manual = True
        self._ranges = None
        self._show_marks()
        self.ranged.emit()

    @Slot()
    def _fit_to_size(self, *_args: object) -> None:
        if self.plot is not None:
            if self.plot.equal:
                self._settle_ranges(self.plot)
            self._show_marks()

    def _show_marks(self) -> None:
        if self.plot is not None:
            self._marks.show_marks(self.plot, self._view, self.display_range(), self._theme, self._n_layers)
            self._place_grid()
            self._show_notes(self.plot, self._view)

    def _show_notes(self, plot: Plot, view: View) -> None:
        ranges = self.display_range()
        notes = shown_notes(plot, view, ranges[1])
        rows = tuple((str(n.text), colour(_SEVERITY_ROLE[n.severity], self._theme)) for n in notes)
        urgent = sum(note.severity != "info" for note in notes)
        self._notes.show_rows(rows, urgent, self._theme.background, plot, view, ranges, moving=self._moving)
        self.noted.emit()

    # The reading under the mouse

    def point_to(self, x: float | None, y: float | None = None) -> None:
        """Read the plot at a point in display units, or at an x with a cursor there; None ends that."""
        self.pointed = None if x is None or not math.isfinite(x) else (x, y)
        self._show_reading()

    def _show_reading(self) -> None:
        """Show the reading at the point under the mouse, if it is in sight."""
        (low, high), _ = self.display_range()
        if self.pointed is None or self.plot is None or not low <= self.pointed[0] <= high:
            self._cursor.hide()
            self._readout.show_rows((), self._theme.background)
            return
        # a cursor is for reading off an axis, which matrices and images do not need
        self._cursor.setValue(self.pointed[0])
        self._cursor.setVisible(not (self.plot.equal or self.plot.readings))
        said = read(self.plot, self._view, *self.pointed)
        rows = tuple((str(one.text), colour(one.role, self._theme, self._n_layers)) for one in said)
        self._readout.show_rows(rows, self._theme.background)

    def place_at(self, scene_position: QPointF) -> tuple[float, float] | None:
        """Give the display x and y under a point of the scene, None outside the axes."""
        if not self.box.sceneBoundingRect().contains(scene_position):
            return None
        at = self.box.mapSceneToView(scene_position)
        return float(at.x()), float(at.y())

    def unit_at(self, scene_position: QPointF) -> Unit | None:
        """Give the unit of the network that a point of the scene stands for."""
        at = self.place_at(scene_position)
        return self.plot.targets.at(*at) if at is not None and self.plot is not None and self.plot.targets else None

    def run_at(self, position: QPointF) -> int:
        """Give the number of the compared run whose curve is under a place of the scene, 0 for none."""
        at = self.place_at(position)
        if at is None or self.plot is None or self.box.height() <= 0:
            return 0
        low, high = self.display_range()[1]
        return run_at(self.plot, self._view, *at, _NEAR * (high - low) / self.box.height())

    def _dress(self) -> None:
        for axis in self._axes:
            axis.show_theme(self._theme)
        self.box.setBorder(QPen(pg.mkColor(self._theme.line)))
        self._cursor.setPen(pg.mkPen(self._theme.muted, width=thickness()))

    def items_of(self) -> "dict[str, MarkItem | StillLinesItem]":
        """The items by the key of their mark, for tests."""
        return self._marks.items
