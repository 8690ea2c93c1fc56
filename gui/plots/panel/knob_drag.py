"""What dragging a grip of a panel does: it turns the knobs of the run."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from gui.plots.panel.grasp import Grasp
from model.figures.figure import Range
from model.figures.panels import Turn

if TYPE_CHECKING:
    from gui.plots.panel.panel_view import PanelView


class KnobDrag(QObject):
    """Tells through the panel which knobs a drag turns, and holds its axes meanwhile."""

    def __init__(self, view: "PanelView", turn: Turn, grasp: Grasp) -> None:
        super().__init__(view)
        self._view = view
        self._turn = turn
        grasp.taken.connect(self._start)
        grasp.moved.connect(self._move)
        grasp.let_go.connect(self._end)

    @Slot(object)
    def _start(self, ranges: Mapping[str, tuple[Range, Range]]) -> None:
        """Hold the axes as they are, since a dot that is dragged would move them under the mouse."""
        self._view.view = self._view.view.with_(ranges=ranges)
        self._view.drag_started.emit()

    @Slot(object, object, object, bool)
    def _move(self, key: tuple[int, ...], x: float | None, y: float | None, alone: bool) -> None:  # noqa: FBT001
        view = self._view
        if view.frame is not None:
            view.knobs_turned.emit(self._turn(view.frame, view.view, key, x, y, alone=alone))

    @Slot()
    def _end(self) -> None:
        self._view.drag_finished.emit()
        self._view.set_view(ranges={})
