"""A figure on the screen: its plots in one scene, and its paragraphs below."""

from collections.abc import Mapping

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.plots.axes.plot_area import PlotArea
from gui.plots.panel.canvas import Canvas
from gui.plots.panel.note_line import NoteLine, Unsaid
from gui.plots.panel.passages import Passages
from model.figures.arrangement import columns_in
from model.figures.figure import Figure, Range, View
from model.figures.palette import Theme

_USUAL_LINE = 16.0
"""Height of a line in the usual font: with a larger one, plots are as if they were smaller."""
_ROOMY = 4
"""Plots up to which each has the titles of its axes."""


class FigureView(QWidget):
    """Draws the figures that it is given, in the same plots until a figure of another kind comes.

    Plots that a figure does not need are kept for later: making the forty of a deep network again would block the
    window.
    """

    painted = Signal(float)
    pointed = Signal(object)
    left = Signal()
    double_clicked = Signal()
    failed = Signal(str)
    panel_requested = Signal(str)
    ranged = Signal()
    """The person has taken the ranges of a plot, or given them back."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.figure: Figure | None = None
        self.areas: dict[str, PlotArea] = {}
        self._spare: dict[tuple[bool, bool], list[PlotArea]] = {}
        self.passages = Passages()
        self._theme = theme
        self._zoom_to: dict[str, tuple[Range, Range]] = {}
        self._moving = False
        self._grid = False
        self._canvas: Canvas | None = None
        self._columns = 1
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._note_line, self._unsaid = NoteLine(), Unsaid()
        self._column.addWidget(self._note_line)
        self._column.addWidget(self.passages, 2)
        self.passages.hide()
        self.passages.panel_requested.connect(self.panel_requested)

    @property
    def canvas(self) -> Canvas:
        """The scene, made when first needed, since most panels are behind others at the start."""
        if self._canvas is None:
            self._canvas = canvas = Canvas()
            canvas.setBackground(QColor(self._theme.background))
            canvas.double_clicked.connect(self.double_clicked)
            canvas.painted.connect(self.painted)
            canvas.left.connect(self.left)
            canvas.resized.connect(self._flow)
            canvas.scene().sigMouseMoved.connect(self.pointed)
            self._column.insertWidget(0, canvas, 3)
        return self._canvas

    def show_figure(self, figure: Figure, view: View) -> None:
        """Draw this, as the View says."""
        if self.figure is None or _shape_of(figure) != _shape_of(self.figure):
            self._build(figure)
        self.figure = None  # until all plots show it
        for plot in figure.plots:
            self.areas[plot.key].show_plot(plot, view, figure.n_layers)
        self.figure = figure
        self._say_unsaid()
        self._zoom_to, ranges = {}, self._zoom_to
        self._show_ranges(ranges)
        self.passages.show_passages(figure.passages, self._theme)
        if self.canvas.hasFocus() and not figure.plots:
            self.passages.setFocus()  # so that keys still act on this panel
        self.canvas.setVisible(bool(figure.plots))

    def show_theme(self, theme: Theme) -> None:
        """Draw everything in other colours."""
        self._theme = theme
        if self._canvas is not None:
            self._canvas.setBackground(QColor(theme.background))
        for area in self.areas.values():
            area.show_theme(theme)
        if self.figure is not None:
            self.passages.show_passages(self.figure.passages, theme)

    def take_font(self) -> None:
        """Draw everything in the size that text has now, plots that are kept for later too."""
        for area in (*self.areas.values(), *(area for kept in self._spare.values() for area in kept)):
            area.take_font()
        self._unsaid.forget()
        self._flow()

    def show_motion(self, *, moving: bool) -> None:
        """Let ranges stick while figures follow one another quickly, or follow each figure."""
        self._moving = moving
        for area in self.areas.values():
            area.show_motion(moving=moving)

    def show_grid(self, *, shown: bool) -> None:
        """Draw lines at the numbers along the axes of all plots."""
        self._grid = shown
        for area in self.areas.values():
            area.show_grid(shown=shown)

    def own_ranges(self, *, seen: bool) -> dict[str, tuple[Range, Range]]:
        """Give the ranges that an export needs; those that stick only if they are `seen`."""
        areas = {key: area for key, area in self.areas.items() if seen or area.is_manual}
        return {key: shown for key, area in areas.items() if (shown := area.own_range()) is not None}

    def zoom_to(self, ranges: Mapping[str, tuple[Range, Range]]) -> None:
        """Show just these ranges, in the plots that there are and in those of the next figure."""
        self._zoom_to = dict(ranges)
        self._show_ranges(ranges)

    def _show_ranges(self, ranges: Mapping[str, tuple[Range, Range]]) -> None:
        for key, (x, y) in ranges.items():
            if key in self.areas:
                self.areas[key].zoom_to(x, y)

    @Slot()
    def fit(self) -> None:
        """Let all ranges follow the data again."""
        self._zoom_to = {}
        for area in self.areas.values():
            area.fit()

    def _build(self, figure: Figure) -> None:
        grid = self.canvas.ci.layout
        for area in self.areas.values():
            grid.removeItem(area)
            area.put_away()
            self._spare.setdefault(area.kind, []).append(area)
        titled = len(figure.plots) > 1 or any(str(plot.title) != str(figure.title) for plot in figure.plots)
        compact = len(figure.plots) > _ROOMY
        self.areas = {plot.key: self._area(titled=titled, compact=compact) for plot in figure.plots}
        self._lay_out(self._columns_for(figure))
        grid.activate()

    def _area(self, *, titled: bool, compact: bool) -> PlotArea:
        """Give a plot with nothing in it: one that was put away, or a new one."""
        if spare := self._spare.get((titled, compact)):
            area = spare.pop()
            area.show_theme(self._theme)
            area.show()
        else:
            area = PlotArea(self._theme, titled=titled, compact=compact)
            area.failed.connect(self.failed)
            area.noted.connect(self._say_unsaid)
            area.ranged.connect(self.ranged)
        area.show_motion(moving=self._moving)
        area.show_grid(shown=self._grid)
        return area

    @Slot()
    def _say_unsaid(self) -> None:
        if self.figure is not None:
            self._note_line.show_rows(self._unsaid.rows(self.figure, self.areas))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._unsaid.forget()
        super().resizeEvent(event)

    @Slot()
    def _flow(self) -> None:
        """Put the plots into as many columns as suit the canvas as it is now; each keeps its range."""
        if self.figure is None:
            return
        columns = self._columns_for(self.figure)
        if columns == self._columns:
            return
        grid = self.canvas.ci.layout
        while grid.count():
            grid.removeAt(0)
        self._lay_out(columns)

    def _columns_for(self, figure: Figure) -> int:
        letters = max(1.0, self.fontMetrics().height() / _USUAL_LINE)
        return columns_in(figure, self.canvas.width() / letters, self.canvas.height() / letters)

    def _lay_out(self, columns: int) -> None:
        self._columns = columns
        grid = self.canvas.ci.layout  # pyqtgraph's own addItem would lay all out with each, and draw a border
        for index, area in enumerate(self.areas.values()):
            grid.addItem(area, index // columns, index % columns)


def _shape_of(figure: Figure) -> tuple[float, list[str]]:
    return figure.shape or figure.columns, [plot.key for plot in figure.plots]
