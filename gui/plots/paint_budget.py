"""The paint budget: so many milliseconds a refresh, spent on the panels in turn, the one under the mouse first.

Painting holds the GIL and the event loop. Rather than let every frame take as long as all panels need,
each refresh brings as many of them up to date as fit, so the window answers at sixty a second however
many are open. A new run comes as it does where a hand turns the dial: its weights at once, the rest behind them.
"""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Qt, QTimer, Slot

from gui.plots.panel.panel_view import PanelView
from model.training.frame import Frame

BUDGET = 0.008
PATIENCE = 2
"""Refreshes that a panel is passed over before its turn comes whatever it costs; one such at a time."""
_REST_MS = 16
_FIRST_OF_A_RUN = "weights"


class PaintBudget(QObject):
    """Hands the newest Frame to the panels, some at each refresh; none is left out for long."""

    def __init__(self, panels: Mapping[str, PanelView], parent: QObject) -> None:
        super().__init__(parent)
        self._panels = panels
        self._passed_over = dict.fromkeys(panels, 0)
        self._behind: set[str] = set()
        self._frame: Frame | None = None
        self._favoured = ""
        self._whole = False
        self._alone = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_REST_MS)
        self._timer.timeout.connect(self._spend)

    def offer(self, frame: Frame, under_mouse: str, *, whole: bool) -> None:
        """Take a newer Frame for all panels. A new run shows its weights before others; `whole` shows all at once."""
        new_run = self._frame is None or self._frame.run != frame.run
        self._frame = frame
        self._favoured = _FIRST_OF_A_RUN if new_run else under_mouse
        self._behind = set(self._panels)
        self._whole = whole
        first = self._panels[_FIRST_OF_A_RUN]
        self._alone = new_run and first.in_sight
        at_once = self._alone and not whole
        self._spend()
        if at_once and first.frame is frame:
            first.canvas.viewport().repaint()  # not with all else that is to be painted by now

    @property
    def run(self) -> int:
        """The number of the run that the newest Frame is of, 0 before the first."""
        return self._frame.run if self._frame is not None else 0

    @property
    def settled(self) -> bool:
        """Whether every panel has been handed the newest Frame."""
        return not self._behind

    @Slot()
    def _spend(self) -> None:
        if self._frame is None:
            return
        spent = 0.0
        may_overdraw = True
        for name in sorted(self._behind, key=self._urgency):
            panel = self._panels[name]
            cost = panel.cost if panel.in_sight else 0.0
            if spent and (self._alone or spent + cost > BUDGET) and not self._whole:
                overdue = may_overdraw and self._passed_over[name] >= PATIENCE
                if not overdue:
                    self._passed_over[name] += 1
                    continue
                may_overdraw = False
            panel.show_frame(self._frame)
            self._behind.discard(name)
            self._passed_over[name] = 0
            spent += cost
            may_overdraw &= cost <= BUDGET or name == self._favoured
        self._alone = False
        if self._behind:
            self._timer.start()
        else:
            self._timer.stop()

    def _urgency(self, name: str) -> tuple[bool, int]:
        return (name != self._favoured, -self._passed_over[name])
