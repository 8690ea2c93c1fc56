"""A panel: its title bar, its figure, and the View that says how a person looks at it."""

from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.live.figure_maker import FigureMaker, Made
from gui.plots.axes.plot_area import PlotArea
from gui.plots.panel.canvas import Canvas
from gui.plots.panel.drawing import Drawing
from gui.plots.panel.face import PanelFace
from gui.plots.panel.keyed_frame import KeyedFrame
from gui.plots.panel.knob_drag import KnobDrag
from model.figures.figure import Figure, Unit, View
from model.figures.palette import Theme
from model.figures.panels import Panel
from model.training.frame import Frame


class PanelView(KeyedFrame):
    """Shows one panel of every Frame it is given, as its View says; has no face until it is first seen."""

    faced = Signal()
    """There is a face now."""
    view_changed = Signal()
    painted = Signal()
    maximize_requested = Signal()
    close_requested = Signal()
    export_requested = Signal()
    copy_requested = Signal()
    panel_requested = Signal(str)
    offer_taken = Signal(object)
    cursor_moved = Signal(object)
    """To a training step, None when the mouse leaves."""
    unit_pointed = Signal(object)
    run_pointed = Signal(int)
    """The compared run that is pointed at in the legend, 0 for none."""
    run_hidden = Signal(str, bool)
    """The key of a compared run that is hidden, or shown again."""
    knobs_turned = Signal(dict)
    """Values by knob, for which the person has dragged something."""
    drag_started = Signal()
    drag_finished = Signal()

    def __init__(self, panel: Panel, theme: Theme, maker: FigureMaker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = panel.view
        self._in_front = True
        self.theme = theme
        self._moving = False
        self._grid = False
        self._face: PanelFace | None = None
        self.drawing = Drawing(panel, maker, lambda figure: self.face.show_figure(figure, self.view), self)
        self.setObjectName(f"panel_{panel.id}")
        self.setAccessibleName(str(panel.title))
        self._column = column = QVBoxLayout(self)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.setContentsMargins(0, 0, 0, 0)

    @property
    def face(self) -> PanelFace:
        """What is seen of it, made when first asked for: most panels are behind others at the start."""
        if self._face is None:
            self._face = face = PanelFace(self.panel, self.theme, self)
            face.figure_view.show_motion(moving=self._moving)
            face.figure_view.show_grid(shown=self._grid)
            face.menu.show_view(self.view)
            self._connect(face)
            self._column.addWidget(face)
            self.faced.emit()
        return self._face

    def _connect(self, face: PanelFace) -> None:
        face.maximize_requested.connect(self.maximize_requested)
        face.close_requested.connect(self.close_requested)
        face.changed.connect(self._take_changes)
        face.header.legend.run_pointed.connect(self.run_pointed)
        face.header.legend.run_hidden.connect(self.run_hidden)
        face.menu.copy_requested.connect(self.copy_requested)
        face.menu.export_requested.connect(self.export_requested)
        face.pointing.cursor_moved.connect(self.cursor_moved)
        face.pointing.unit_pointed.connect(self.unit_pointed)
        face.pointing.run_pointed.connect(self.run_pointed)
        face.figure_view.painted.connect(self.drawing.count_paint)
        face.figure_view.painted.connect(self.painted)
        face.figure_view.panel_requested.connect(self.panel_requested)
        face.figure_view.passages.offer_taken.connect(self.offer_taken)
        face.figure_view.failed.connect(self.drawing.take_paint_fault)
        if face.grasp is not None and self.panel.turn is not None:
            KnobDrag(self, self.panel.turn, face.grasp)

    # What it shows

    @property
    def panel(self) -> Panel:
        """Which panel it shows."""
        return self.drawing.panel

    @property
    def figure(self) -> Figure | None:
        """The figure that it shows."""
        return self._face.figure_view.figure if self._face is not None else None

    @property
    def canvas(self) -> Canvas:
        """The scene of its plots."""
        return self.face.figure_view.canvas

    def areas(self) -> dict[str, PlotArea]:
        """Give its plots by their keys."""
        return dict(self._face.figure_view.areas) if self._face is not None else {}

    @property
    def in_sight(self) -> bool:
        """Whether it can be seen; Qt also calls a tab visible that is behind another."""
        return self._in_front and self.isVisible() and self.width() > 1

    @property
    def frame(self) -> Frame | None:
        """The moment that it shows, or will once it can be seen."""
        return self.drawing.frame

    @property
    def cost(self) -> float:
        """Seconds that a frame has lately taken from the event loop."""
        return self.drawing.cost

    def show_frame(self, frame: Frame) -> None:
        """Show this frame, if the panel can be seen."""
        self.drawing.frame = frame
        if self.in_sight:
            self._refresh()

    def take(self, made: Made) -> None:
        """Draw a figure that has been made elsewhere, unless another run is shown by now, or is drawn at once."""
        if self.drawing.is_current(made.frame.run) and self.in_sight and self.panel.is_slow(self.view):
            self.drawing.take(made)

    def _refresh(self) -> None:
        if self.frame is not None:
            self.face.show_choice(self.frame, self.view)
            self.drawing.show(self.view)

    def describe(self, run: int) -> None:
        """Describe to assistive technology what the panel shows of this run; say nothing of another run."""
        current = self.drawing.run == run and self.in_sight
        self.setAccessibleDescription(str(self.figure.summary) if current and self.figure is not None else "")

    def show_theme(self, theme: Theme) -> None:
        """Draw everything in other colours."""
        self.theme = theme
        if self._face is not None:
            self._face.show_theme(theme)

    def show_motion(self, *, moving: bool) -> None:
        """Let ranges stick while frames follow one another quickly."""
        self._moving = moving
        if self._face is not None:
            self._face.figure_view.show_motion(moving=moving)

    def show_grid(self, *, shown: bool) -> None:
        """Draw lines at the numbers along the axes."""
        self._grid = shown
        if self._face is not None:
            self._face.figure_view.show_grid(shown=shown)

    # How it is looked at

    def set_view(self, **changes: object) -> None:
        """Look at it another way."""
        self.view = self.view.with_(**changes)
        if self._face is not None:
            self._face.menu.show_view(self.view)
        self.drawing.try_again()
        self._refresh()
        self.view_changed.emit()

    def shown_view(self) -> View:
        """Give the View with the ranges that do not follow from the figure, for a picture that shows the same."""
        if self._face is None:
            return self.view
        return replace(self.view, ranges=self._face.figure_view.own_ranges(seen=self.in_sight))

    def point_to_unit(self, unit: Unit | None) -> None:
        """Show which unit is pointed at, here or in another panel."""
        if "unit" in self.panel.options and unit != self.view.unit:
            self.view = self.view.with_(unit=unit)
            if self.in_sight:
                self._refresh()

    def point_to(self, x: float | None) -> None:
        """Show the cursor at a training step, put there by another panel."""
        if self._face is not None:
            self._face.pointing.point_to(x)

    @Slot(dict)
    def _take_changes(self, changes: dict[str, object]) -> None:
        self.set_view(**changes)

    # Events

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.frame is not None:
            self.show_frame(self.frame)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.face.figure_view.passages.scroll_by(event.key()):
            super().keyPressEvent(event)

    @Slot(bool)
    def set_in_front(self, in_front: bool) -> None:  # noqa: FBT001  Qt's signal says so
        """Told by the dock: a tab comes to the front and shows what has gone on meanwhile, or goes behind."""
        self._in_front = in_front
        if not in_front:
            self.drawing.rest()
        elif self.frame is not None:
            self.show_frame(self.frame)

    def hideEvent(self, event: QHideEvent) -> None:
        self.drawing.rest()
        super().hideEvent(event)
