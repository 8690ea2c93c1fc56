"""All panels: hands them Frames, and shows what is pointed at in one panel in the others."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QDockWidget, QVBoxLayout, QWidget

from gui.live.figure_maker import FigureMaker, Made
from gui.plots.docks import Docks, sending_panel
from gui.plots.paint_budget import PaintBudget
from gui.plots.panel.choices import choices_of, fitting_choices
from gui.plots.panel.panel_view import PanelView
from gui.plots.shared_runs import SharedRuns
from model.figures.figure import Range, Unit
from model.figures.palette import Theme
from model.figures.panels import PANELS
from model.training.frame import Frame

if TYPE_CHECKING:
    from model.insight.unroller import Kind, Past

_LAST_PANEL_MS = 60
"""Time from the first panel's paint to the last one's."""


class Dashboard(QWidget):
    """The panels in their docks: takes Frames, and emits what the user wants of a panel.

    Attributes
    ----------
    panels : by their ids
    docks : where they are
    runs : the compared ones, in all of them
    """

    painted = Signal()
    redrawn = Signal()
    """A slow figure has been drawn, after its frame."""
    view_changed = Signal()
    export_requested = Signal(str)
    copy_requested = Signal(str)
    opened = Signal()
    """All panels have been painted for the first time: what would hold them up may begin."""
    knobs_turned = Signal(dict)
    """Values by knob, for which something has been dragged in a panel."""
    drag_started = Signal()
    drag_finished = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dashboard")
        self._maker = FigureMaker(self)
        self.panels = {name: PanelView(panel, theme, self._maker) for name, panel in PANELS.items()}
        self.docks = Docks(self.panels)
        self.runs = SharedRuns(self.panels, self)
        self._budget = PaintBudget(self.panels, self)
        self._current = "loss"
        self._keyed_at: QPoint | None = None
        """Where the mouse rested when Tab led to a panel."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.docks)
        self._connect()

    def _connect(self) -> None:
        for view in self.panels.values():
            view.painted.connect(self.painted)
            view.view_changed.connect(self.view_changed)
            view.export_requested.connect(self._ask_export)
            view.copy_requested.connect(self._ask_copy)
            view.knobs_turned.connect(self.knobs_turned)
            view.drag_started.connect(self.drag_started)
            view.drag_finished.connect(self.drag_finished)
            view.cursor_moved.connect(self._point_all)
            view.unit_pointed.connect(self._point_to_unit)
        self.painted.connect(self._open, Qt.ConnectionType.SingleShotConnection)
        self.opened.connect(self._maker.start)
        self._maker.made.connect(self._take)
        self._maker.failed.connect(self._take_fault)

    @Slot()
    def _open(self) -> None:
        QTimer.singleShot(_LAST_PANEL_MS, self, self.opened.emit)

    def close_maker(self, timeout: float) -> bool:
        """Make no more figures; returns whether the thread that does has ended in time."""
        return self._maker.close(timeout)

    # Frames

    def show_frame(self, frame: Frame, *, whole: bool = False) -> None:
        """Show this moment on the panels that can be seen, as many at once as the budget allows, or all."""
        self._budget.offer(frame, self.current_under_mouse(), whole=whole)

    def show_steps(self, steps: Range | None) -> None:
        """Show this stretch of the training steps, from the next frame on; None shows all that the run will have."""
        for view in self.panels.values():
            if "steps" in view.panel.options and view.view.steps != steps:
                view.view = view.view.with_(steps=steps)

    def looked_at_through_time(self) -> "list[Kind]":
        """Give the panels in sight that show all steps of the run."""
        views = [view for view in self.panels.values() if view.panel.looks_back(view.view) and view.in_sight]
        return [cast("Kind", view.panel.id) for view in views]

    @Slot(object)
    def show_past(self, past: "Past") -> None:
        """Show the steps that have been made again in the panel that they are for."""
        self.panels[past.kind].set_view(past=past)

    def show_motion(self, *, moving: bool) -> None:
        """Told whether frames follow one another quickly: only then ranges stick, so that axes do not waver."""
        for view in self.panels.values():
            view.show_motion(moving=moving)

    @Slot(bool)
    def show_grid(self, shown: bool) -> None:  # noqa: FBT001  Qt's signal says so
        """Draw lines at the numbers along the axes of all plots, or none."""
        for view in self.panels.values():
            view.show_grid(shown=shown)

    @property
    def cost(self) -> float:
        """Seconds that a frame lately took from the event loop, on all panels in sight."""
        return sum(view.cost for view in self.panels.values() if view.in_sight)

    @property
    def settled(self) -> bool:
        """Whether every panel has the newest Frame and no figure is being made."""
        return self._budget.settled and self._maker.idle

    def show_theme(self, theme: Theme) -> None:
        for view in self.panels.values():
            view.show_theme(theme)

    def describe(self) -> None:
        """Update the sentences that describe the panels to assistive technology."""
        for view in self.panels.values():
            view.describe(self._budget.run)

    @Slot(object)
    def _take(self, made: Made) -> None:
        self.panels[made.panel].take(made)
        self.redrawn.emit()

    @Slot(str, int, str)
    def _take_fault(self, name: str, run: int, fault: str) -> None:
        self.panels[name].drawing.take_fault(run, fault)
        self.redrawn.emit()

    # Panels

    def current_under_mouse(self) -> str:
        """Give the name of the panel under the mouse, its title bar included, or ""."""
        return self._name_around(QApplication.widgetAt(QCursor.pos()))

    def note_key(self, widget: QWidget) -> None:
        """Tab has led to this widget: keys mean its panel, until the mouse is moved."""
        name = self._name_around(widget)
        self._keyed_at = QCursor.pos() if name else None
        self._current = name or self._current

    def current(self) -> PanelView:
        """Give the panel that a key or the menu means.

        The one that Tab has led to, else the one under the mouse, else the one with the focus, else the last; never
        one that cannot be seen.
        """
        if self._keyed_at != QCursor.pos():
            self._keyed_at = None
            around_focus = self._name_around(QApplication.focusWidget())
            self._current = self.current_under_mouse() or around_focus or self._current
        if not self.panels[self._current].in_sight:
            self._current = next((name for name, view in self.panels.items() if view.in_sight), self._current)
        return self.panels[self._current]

    @staticmethod
    def _name_around(widget: QWidget | None) -> str:
        """Give the name of the panel that a widget belongs to, or ""."""
        while widget is not None and not isinstance(widget, QDockWidget | PanelView):
            widget = widget.parentWidget()
        view = widget.widget() if isinstance(widget, QDockWidget) else widget
        return view.panel.id if isinstance(view, PanelView) else ""

    def visible_panels(self) -> dict[str, PanelView]:
        """Give the panels that are not hidden, those behind tabs too."""
        return self.docks.open_panels()

    def reveal(self, name: str) -> None:
        """Bring a panel to the front, wherever it is hidden."""
        self.docks.reveal(name)

    def choices(self) -> dict[str, dict[str, object]]:
        """Give how each panel is looked at, for the settings."""
        return {name: choices_of(view.view) for name, view in self.panels.items()}

    def choose(self, choices: Mapping[str, object]) -> None:
        """Look at the panels as remembered."""
        for name, view in self.panels.items():
            chosen = choices.get(name)
            if isinstance(chosen, Mapping):
                view.set_view(**fitting_choices(chosen, view.view))

    @Slot()
    def _ask_export(self) -> None:
        self.export_requested.emit(sending_panel(self).panel.id)

    @Slot()
    def _ask_copy(self) -> None:
        self.copy_requested.emit(sending_panel(self).panel.id)

    # Pointing

    @Slot(object)
    def _point_to_unit(self, unit: Unit | None) -> None:
        for view in self.panels.values():
            view.point_to_unit(unit)

    @Slot(object)
    def _point_all(self, x: float | None) -> None:
        for view in self.visible_panels().values():
            view.point_to(x)
