"""A panel: its title and legend, its plots, and the menu of what can be done with it."""

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QPointF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QContextMenuEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from gui.live.figure_maker import FigureMaker, Made
from gui.look.icons import icon
from gui.plots.axes.plot_area import PlotArea
from gui.plots.panel.canvas import Canvas
from gui.plots.panel.controls import CONTROLS
from gui.plots.panel.legend import Legend
from gui.plots.panel.panel_menu import BINS, LAYERS, SMOOTHING, PanelMenu
from gui.plots.panel.passages import Passages
from model.figures.figure import Figure, Unit, View
from model.figures.palette import Theme
from model.figures.panels import Panel
from model.training.frame import Frame
from model.words import msg

_log = logging.getLogger(__name__)

_MEMORY = 0.2
_REMEMBERED = ("log_x", "log_y", "bins", "smoothing", "notes", "layer")
_ROOMY = 4
"""Plots up to which each has the titles of its axes."""


class Header(QWidget):
    """The panel's title bar; a double click asks for more room, a drag moves the dock it belongs to."""

    double_clicked = Signal()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self.double_clicked.emit()


class PanelView(QFrame):
    """Shows one panel of every Frame it is given, as its View says."""

    view_changed = Signal()
    painted = Signal()
    cursor_moved = Signal(object)
    maximize_requested = Signal()
    close_requested = Signal()
    export_requested = Signal()
    copy_requested = Signal()
    broken = Signal(str)
    unit_pointed = Signal(object)
    panel_requested = Signal(str)

    def __init__(self, panel: Panel, theme: Theme, maker: FigureMaker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._maker = maker
        self.panel = panel
        self.view = panel.view
        self.figure: Figure | None = None
        self.frame: Frame | None = None
        self._theme = theme
        self._areas: dict[str, PlotArea] = {}
        self._spent = 0.0
        self._broken_run = 0
        self._in_front = True
        self._cost = 0.002
        self.header = Header()
        self._title = QLabel(str(panel.title))
        self.legend = Legend()
        self._menu_button = QToolButton()
        self._maximize_button = QToolButton()
        self._close_button = QToolButton()
        self.menu = PanelMenu(panel, self)
        self._canvas: Canvas | None = None
        self.passages = Passages()
        self.controls = CONTROLS[panel.id]() if panel.id in CONTROLS else None
        self._arrange()
        self._connect()
        self.show_theme(theme)

    def _arrange(self) -> None:
        self.setObjectName(f"panel_{self.panel.id}")
        self.setAccessibleName(str(self.panel.title))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setProperty("role", "panel_title")
        self._title.setToolTip(str(self.panel.help))
        row = QHBoxLayout(self.header)
        row.setContentsMargins(8, 1, 3, 1)
        row.setSpacing(2)
        row.addWidget(self._title)
        row.addSpacing(8)
        row.addWidget(self.legend, 1)
        for button, name in (
            (self._menu_button, "panel_menu"),
            (self._maximize_button, "panel_maximize"),
            (self._close_button, "panel_close"),
        ):
            button.setObjectName(f"{name}_{self.panel.id}")
            button.setAutoRaise(True)
            button.setIconSize(QSize(14, 14))
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            row.addWidget(button)
        self._menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu_button.setMenu(self.menu)
        self._menu_button.setToolTip(str(msg("What can be done with this panel")))
        self._maximize_button.setToolTip(str(msg("All the room for this panel, or back (double click)")))
        self._close_button.setToolTip(str(msg("Hide this panel; the View menu shows it again")))
        for button in (self._menu_button, self._maximize_button, self._close_button):
            button.setAccessibleName(button.toolTip())
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        if self.controls is not None:
            self._column.addWidget(self.controls)
            self.controls.changed.connect(self._take_changes)
        self._column.addWidget(self.passages, 2)
        self.passages.hide()

    def _connect(self) -> None:
        self.header.double_clicked.connect(self.maximize_requested)
        self._maximize_button.clicked.connect(self._ask_for_room)
        self._close_button.clicked.connect(self._ask_to_close)
        self.legend.hidden_changed.connect(self._take_hidden)
        self.menu.changed.connect(self._take_changes)
        self.menu.fit_requested.connect(self.fit)
        self.menu.copy_requested.connect(self.copy_requested)
        self.menu.export_requested.connect(self.export_requested)
        self.menu.maximize_requested.connect(self.maximize_requested)
        self.menu.close_requested.connect(self.close_requested)
        self.passages.panel_requested.connect(self.panel_requested)

    @property
    def canvas(self) -> Canvas:
        """The scene; made when it is first wanted, because most panels lie behind others at the start."""
        if self._canvas is None:
            self._canvas = canvas = Canvas()
            canvas.setBackground(QColor(self._theme.background))
            canvas.double_clicked.connect(self.maximize_requested)
            canvas.painted.connect(self._count_paint)
            canvas.painted.connect(self.painted)
            canvas.left.connect(self._leave)
            canvas.scene().sigMouseMoved.connect(self._point)
            self._column.insertWidget(self._column.indexOf(self.passages), canvas, 3)
        return self._canvas

    # What is shown

    def show_frame(self, frame: Frame) -> None:
        """Show this moment, if anybody can see it."""
        self.frame = frame
        if self.in_sight and self._broken_run != frame.run:
            began = time.perf_counter()
            self._try_refresh(frame)
            self._spent = time.perf_counter() - began

    @property
    def in_sight(self) -> bool:
        """Whether anybody can see it; Qt calls a tab visible that lies behind another."""
        return self._in_front and self.isVisible() and self.width() > 1

    def _try_refresh(self, frame: Frame) -> None:
        """Draw, and after an exception leave this run alone: the same one would come sixty times a second."""
        try:
            self.refresh()
        except Exception as error:  # noqa: BLE001  a fault of one panel is no reason to lose the others
            _log.exception("panel %s cannot show run %d", self.panel.id, frame.run)
            self.take_fault(frame.run, repr(error))

    @property
    def cost(self) -> float:
        """Seconds that a frame has lately taken from the event loop: making and painting it."""
        return self._cost

    @Slot(float)
    def _count_paint(self, seconds: float) -> None:
        self._cost += _MEMORY * (self._spent + seconds - self._cost)

    def refresh(self) -> None:
        """Make the figure of the present frame and view, and draw it; a slow one comes when it is made."""
        if self.frame is None:
            return
        if self.controls is not None:
            self.controls.show_choice(self.frame, self.view)
        if self.panel.slow:
            self._maker.want(self.panel, self.frame, self.view)
        else:
            self._draw(self.panel.make(self.frame, self.view))

    def take(self, made: Made) -> None:
        """Draw a figure that has been made elsewhere, unless another run is shown by now."""
        if self.frame is None or made.frame.run != self.frame.run or not self.in_sight:
            return
        try:
            self._draw(made.figure)
        except Exception as error:  # noqa: BLE001  as in _try_refresh
            self.take_fault(made.frame.run, repr(error))

    def take_fault(self, run: int, fault: str) -> None:
        """Leave a run alone that cannot be shown."""
        if self._broken_run != run:
            self._broken_run = run
            self.broken.emit(fault)

    def _draw(self, figure: Figure) -> None:
        if self.figure is None or _shape_of(figure) != _shape_of(self.figure):
            self._build(figure)
        self.figure = figure
        for plot in figure.plots:
            self._areas[plot.key].show_plot(plot, self.view, figure.n_layers)
        self.legend.show_figure(figure, self.view.hidden)
        self.passages.show_passages(figure.passages, self._theme)

    def describe(self) -> None:
        """Bring the sentence for people who do not see the panel up to date."""
        if self.figure is not None:
            self.setAccessibleDescription(str(self.figure.summary))

    def show_theme(self, theme: Theme) -> None:
        self._theme = theme
        if self._canvas is not None:
            self._canvas.setBackground(QColor(theme.background))
        for button, name in (
            (self._menu_button, "menu"),
            (self._maximize_button, "maximize"),
            (self._close_button, "close"),
        ):
            button.setIcon(icon(name, theme))
        for area in self._areas.values():
            area.show_theme(theme)
        if self.figure is not None:
            self.passages.show_passages(self.figure.passages, theme)

    def show_maximized(self, *, maximized: bool) -> None:
        self._maximize_button.setIcon(icon("restore" if maximized else "maximize", self._theme))

    def set_view(self, **changes: object) -> None:
        """Look at it another way."""
        self.view = self.view.with_(**changes)
        self.menu.show_view(self.view)
        if self.frame is not None:
            self._broken_run = 0  # another way may be drawn
            self._try_refresh(self.frame)
        self.view_changed.emit()

    def choices(self) -> dict[str, object]:
        """Give what the person chose to look at, for the settings: plain values only."""
        return {field: getattr(self.view, field) for field in _REMEMBERED}

    def choose(self, choices: Mapping[str, object]) -> None:
        """Look at it as remembered; what is of another type than it should be is passed over."""
        fitting = {k: v for k, v in choices.items() if k in _REMEMBERED and type(v) is type(getattr(self.view, k))}
        offered = {"bins": BINS, "smoothing": SMOOTHING, "layer": LAYERS}
        if all(fitting[field] in values for field, values in offered.items() if field in fitting):
            self.set_view(**fitting)

    def shown_view(self) -> View:
        """Give the View with the ranges as they are on the screen, for a picture that shows the same."""
        return replace(self.view, ranges={key: area.display_range() for key, area in self._areas.items()})

    def areas(self) -> dict[str, PlotArea]:
        return dict(self._areas)

    @Slot()
    def fit(self) -> None:
        """Let all ranges follow the data again."""
        for area in self._areas.values():
            area.fit()

    @Slot()
    def toggle_log_y(self) -> None:
        if "log_y" in self.panel.options:
            self.set_view(log_y=not self.view.log_y)

    @Slot()
    def toggle_log_x(self) -> None:
        if "log_x" in self.panel.options:
            self.set_view(log_x=not self.view.log_x)

    def _build(self, figure: Figure) -> None:
        self.canvas.ci.clear()
        for area in self._areas.values():
            area.box.sigResized.disconnect()
        self._areas = {}
        for index, plot in enumerate(figure.plots):
            titled = len(figure.plots) > 1 or str(plot.title) != str(figure.title)
            area = PlotArea(self._theme, titled=titled, compact=len(figure.plots) > _ROOMY)
            self._areas[plot.key] = area
            self.canvas.ci.addItem(area, index // figure.columns, index % figure.columns)
        self.canvas.setVisible(bool(figure.plots))

    # Reading

    def point_to(self, x: float | None) -> None:
        """Show the cursor at a training step (a value, not a display unit), put there by another panel."""
        for area in self._areas.values():
            if area.plot is not None and area.plot.x.integer:
                area.point_to(_display(x, log=area.plot.x.log))

    @Slot(object)
    def _point(self, position: QPointF) -> None:
        self.unit_pointed.emit(next((u for area in self._areas.values() if (u := area.unit_at(position))), None))
        for area in self._areas.values():
            x = area.x_at(position)
            if area.plot is not None and area.plot.x.integer:
                if x is not None:
                    self.cursor_moved.emit(10**x if area.plot.x.log else x)
            elif area.plot is None or area.plot.targets is None:  # a diagram has nothing to read off an axis
                area.point_to(x)

    @Slot()
    def _leave(self) -> None:
        for area in self._areas.values():
            area.point_to(None)
        self.cursor_moved.emit(None)
        self.unit_pointed.emit(None)

    def point_to_unit(self, unit: Unit | None) -> None:
        """Show which unit is pointed at, here or in another panel."""
        if "unit" in self.panel.options and unit != self.view.unit:
            self.view = self.view.with_(unit=unit)
            if self.frame is not None and self.in_sight:
                self._try_refresh(self.frame)

    @Slot(dict)
    def _take_changes(self, changes: dict[str, object]) -> None:
        self.set_view(**changes)

    @Slot(object)
    def _take_hidden(self, hidden: frozenset[str]) -> None:
        self.set_view(hidden=hidden)

    # Orders

    @Slot()
    def _ask_for_room(self) -> None:
        self.maximize_requested.emit()

    @Slot()
    def _ask_to_close(self) -> None:
        self.close_requested.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu.popup(event.globalPos())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.frame is not None:
            self.show_frame(self.frame)

    @Slot(bool)
    def set_in_front(self, in_front: bool) -> None:  # noqa: FBT001  Qt's signal says so
        """Told by the dock: a tab comes to the front and shows what has gone on meanwhile, or goes behind."""
        self._in_front = in_front
        if in_front and self.frame is not None:
            self.show_frame(self.frame)


def _shape_of(figure: Figure) -> tuple[int, list[str]]:
    return figure.columns, [plot.key for plot in figure.plots]


def _display(x: float | None, *, log: bool) -> float | None:
    if x is None or not log:
        return x
    return math.log10(x) if x > 0 else None
