"""What the mouse points at in a panel, and what another panel's mouse points at in this one."""

import math

from PySide6.QtCore import QObject, QPointF, Signal, Slot

from gui.plots.panel.figure_view import FigureView


class Pointing(QObject):
    """Tells the training step or the unit under the mouse, and shows the reading there."""

    cursor_moved = Signal(object)
    """To a training step, None when the mouse leaves."""
    unit_pointed = Signal(object)
    run_pointed = Signal(int)
    """The compared run whose curve is under the mouse, 0 for none; told when it changes."""

    def __init__(self, figure_view: FigureView) -> None:
        super().__init__(figure_view)
        self._figure_view = figure_view
        self._run = 0
        figure_view.pointed.connect(self._point)
        figure_view.left.connect(self._leave)

    def point_to(self, x: float | None) -> None:
        """Show the cursor at a training step (a value, not a display unit), put there by another panel."""
        for area in self._figure_view.areas.values():
            if area.plot is not None and area.plot.x.integer:
                area.point_to(_display(x, log=area.plot.x.log))

    @Slot(object)
    def _point(self, position: QPointF) -> None:
        areas = self._figure_view.areas.values()
        self.unit_pointed.emit(next((u for area in areas if (u := area.unit_at(position))), None))
        self._note_run(next((run for area in areas if (run := area.run_at(position))), 0))
        for area in areas:
            at = area.place_at(position)
            if area.plot is None or not area.plot.x.integer:
                area.point_to(*(at or (None, None)))
            elif at is not None:
                self.cursor_moved.emit(10 ** at[0] if area.plot.x.log else at[0])

    @Slot()
    def _leave(self) -> None:
        for area in self._figure_view.areas.values():
            area.point_to(None)
        self.cursor_moved.emit(None)
        self.unit_pointed.emit(None)
        self._note_run(0)

    def _note_run(self, run: int) -> None:
        if run != self._run:
            self._run = run
            self.run_pointed.emit(run)


def _display(x: float | None, *, log: bool) -> float | None:
    if x is None or not log:
        return x
    return math.log10(x) if x > 0 else None
