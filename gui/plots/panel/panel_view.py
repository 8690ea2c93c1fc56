"""A panel: its title bar, its figure, and the View that says how a person looks at it."""

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.live.figure_maker import FigureMaker, Made
from gui.plots.axes.plot_area import PlotArea
from gui.plots.panel.canvas import Canvas
from gui.plots.panel.controls import CONTROLS, below
from gui.plots.panel.drawing import Drawing
from gui.plots.panel.figure_view import FigureView
from gui.plots.panel.grasp import Grasp
from gui.plots.panel.header import PanelHeader
from gui.plots.panel.keyed_frame import KeyedFrame
from gui.plots.panel.panel_menu import PanelMenu
from gui.plots.panel.pointing import Pointing
from model.figures.figure import Figure, Range, Unit, View
from model.figures.palette import Theme
from model.figures.panels import Panel
from model.training.frame import Frame


class PanelView(KeyedFrame):
    """Shows one panel of every Frame it is given, as its View says."""

    view_changed = Signal()
    painted = Signal()
    maximize_requested = Signal()
    close_requested = Signal()
    export_requested = Signal()
    copy_requested = Signal()
    panel_requested = Signal(str)
    offer_taken = Signal(object)
    knobs_turned = Signal(dict)
    """Values by knob, for which the person has dragged something."""
    drag_started = Signal()
    drag_finished = Signal()

    def __init__(self, panel: Panel, theme: Theme, maker: FigureMaker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel = panel
        self.view = panel.view
        self.frame: Frame | None = None
        self._in_front = True
        self.menu = PanelMenu(panel, self)
        self.header = PanelHeader(panel, self.menu, theme)
        self.figure_view = FigureView(theme)
        self.controls = CONTROLS[panel.id]() if panel.id in CONTROLS else None
        self.pointing = Pointing(self.figure_view)
        self.grasp = Grasp(self, self.figure_view) if panel.turn is not None else None
        self._drawing = Drawing(maker, self._draw, self)
        self._arrange()
        self._connect()
        self.show_theme(theme)

    def _arrange(self) -> None:
        self.setObjectName(f"panel_{self.panel.id}")
        self.setAccessibleName(str(self.panel.title))
        column = QVBoxLayout(self)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.figure_view if self.controls is None else below(self.controls, self.figure_view), 1)

    def _connect(self) -> None:
        for part in (self.header, self.menu):
            part.maximize_requested.connect(self.maximize_requested)
            part.close_requested.connect(self.close_requested)
            part.changed.connect(self._take_changes)
        self.menu.fit_requested.connect(self.figure_view.fit)
        self.menu.copy_requested.connect(self.copy_requested)
        self.menu.export_requested.connect(self.export_requested)
        self.figure_view.double_clicked.connect(self.maximize_requested)
        self.figure_view.painted.connect(self._drawing.count_paint)
        self.figure_view.painted.connect(self.painted)
        self.figure_view.panel_requested.connect(self.panel_requested)
        self.figure_view.passages.offer_taken.connect(self.offer_taken)
        self.figure_view.failed.connect(self._take_paint_fault)
        if self.controls is not None:
            self.controls.changed.connect(self._take_changes)
        if self.grasp is not None:
            self.grasp.taken.connect(self._start_drag)
            self.grasp.moved.connect(self._turn)
            self.grasp.let_go.connect(self._end_drag)

    # What it shows

    @property
    def figure(self) -> Figure | None:
        """The figure that it shows."""
        return self.figure_view.figure

    @property
    def canvas(self) -> Canvas:
        """The scene of its plots."""
        return self.figure_view.canvas

    def areas(self) -> dict[str, PlotArea]:
        """Give its plots by their keys."""
        return dict(self.figure_view.areas)

    @property
    def in_sight(self) -> bool:
        """Whether it can be seen; Qt also calls a tab visible that is behind another."""
        return self._in_front and self.isVisible() and self.width() > 1

    @property
    def cost(self) -> float:
        """Seconds that a frame has lately taken from the event loop."""
        return self._drawing.cost

    def show_frame(self, frame: Frame) -> None:
        """Show this frame, if the panel can be seen."""
        self.frame = frame
        if self.in_sight:
            self._refresh()

    def take(self, made: Made) -> None:
        """Draw a figure that has been made elsewhere, unless another run is shown by now, or is drawn at once."""
        current = self.frame is not None and made.frame.run == self.frame.run
        if current and self.in_sight and self.panel.is_slow(self.view):
            self._drawing.take(self.panel, made)

    def take_fault(self, run: int, fault: str) -> None:
        """Say that no figure could be made or painted, unless another run is shown by now."""
        if self.frame is not None and run == self.frame.run:
            self._drawing.take_fault(self.panel, run, fault)

    @Slot(str)
    def _take_paint_fault(self, fault: str) -> None:
        if self.frame is not None:
            self.take_fault(self.frame.run, fault)

    def _refresh(self) -> None:
        if self.frame is None:
            return
        if self.controls is not None:
            self.controls.show_choice(self.frame, self.view)
        self._drawing.show(self.panel, self.frame, self.view)

    def _draw(self, figure: Figure) -> None:
        self.figure_view.show_figure(figure, self.view)
        self.header.legend.show_figure(figure, self.view.hidden)
        if self.grasp is not None:
            self.grasp.follow()

    def describe(self, run: int) -> None:
        """Describe to assistive technology what the panel shows of this run; say nothing of another run."""
        current = self._drawing.run == run and self.in_sight
        self.setAccessibleDescription(str(self.figure.summary) if current and self.figure is not None else "")

    def show_theme(self, theme: Theme) -> None:
        """Draw everything in other colours."""
        self.header.show_theme(theme)
        self.figure_view.show_theme(theme)
        if self.grasp is not None:
            self.grasp.show_theme(theme)

    # How it is looked at

    def set_view(self, **changes: object) -> None:
        """Look at it another way."""
        self.view = self.view.with_(**changes)
        self.menu.show_view(self.view)
        self._drawing.try_again()
        self._refresh()
        self.view_changed.emit()

    def toggle(self, option: str) -> None:
        """Look at it the other way, where this panel has that option."""
        if option in self.panel.options:
            self.set_view(**{option: not getattr(self.view, option)})

    def shown_view(self) -> View:
        """Give the View with the ranges that do not follow from the figure, for a picture that shows the same."""
        return replace(self.view, ranges=self.figure_view.own_ranges(seen=self.in_sight))

    def point_to_unit(self, unit: Unit | None) -> None:
        """Show which unit is pointed at, here or in another panel."""
        if "unit" in self.panel.options and unit != self.view.unit:
            self.view = self.view.with_(unit=unit)
            if self.in_sight:
                self._refresh()

    @Slot(dict)
    def _take_changes(self, changes: dict[str, object]) -> None:
        self.set_view(**changes)

    # What is turned by dragging

    @Slot(object)
    def _start_drag(self, ranges: Mapping[str, tuple[Range, Range]]) -> None:
        """Hold the axes as they are, since a dot that is dragged would move them under the mouse."""
        self.view = self.view.with_(ranges=ranges)
        self.drag_started.emit()

    @Slot(object, object, object, bool)
    def _turn(self, key: tuple[int, ...], x: float | None, y: float | None, alone: bool) -> None:  # noqa: FBT001
        if self.frame is not None and self.panel.turn is not None:
            self.knobs_turned.emit(self.panel.turn(self.frame, self.view, key, x, y, alone=alone))

    @Slot()
    def _end_drag(self) -> None:
        self.drag_finished.emit()
        self.set_view(ranges={})

    # Events

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu.popup(event.globalPos())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.frame is not None:
            self.show_frame(self.frame)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.figure_view.passages.scroll_by(event.key()):
            super().keyPressEvent(event)

    @Slot(bool)
    def set_in_front(self, in_front: bool) -> None:  # noqa: FBT001  Qt's signal says so
        """Told by the dock: a tab comes to the front and shows what has gone on meanwhile, or goes behind."""
        self._in_front = in_front
        if not in_front:
            self._drawing.rest(self.panel)
        elif self.frame is not None:
            self.show_frame(self.frame)

    def hideEvent(self, event: QHideEvent) -> None:
        self._drawing.rest(self.panel)
        super().hideEvent(event)
