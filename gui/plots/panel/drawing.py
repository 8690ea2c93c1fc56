"""How a panel gets its figures: made at once, or by another thread if slow; and what that costs."""

import logging
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from gui.live.figure_maker import FigureMaker, Made
from model.figures.figure import Figure, Passage, View
from model.figures.panels import Panel
from model.training.frame import Frame
from model.words import echo, msg

_log = logging.getLogger(__name__)

_MEMORY = 0.2


class Drawing(QObject):
    """Makes figures and has them drawn; ignores a run that has failed, which would fail sixty times a second.

    Attributes
    ----------
    panel : whose figures
    frame : the moment to draw, None before the first
    run : number of the run that is drawn, 0 for none
    cost : seconds that a frame has lately taken from the event loop, making and painting it
    """

    def __init__(self, panel: Panel, maker: FigureMaker, draw: Callable[[Figure], None], parent: QObject) -> None:
        super().__init__(parent)
        self.panel = panel
        self._maker = maker
        self._draw = draw
        self._broken_run = 0
        self._spent = 0.0
        self.frame: Frame | None = None
        self.run = 0
        self.cost = 0.002

    def show(self, view: View) -> None:
        """Draw the moment, unless its run has failed; a slow panel's figure comes when it is made."""
        frame, panel = self.frame, self.panel
        if frame is None or self._broken_run == frame.run:
            return
        began = time.perf_counter()
        if panel.is_slow(view):
            self._maker.want(panel, frame, view)
        else:
            self._try(frame, lambda: panel.make(frame, view))
        self._spent = time.perf_counter() - began

    def is_current(self, run: int) -> bool:
        """Whether no other run is to be drawn by now."""
        return self.frame is not None and run == self.frame.run

    def take(self, made: Made) -> None:
        """Draw a figure that another thread has made."""
        self._try(made.frame, lambda: made.figure)

    def take_fault(self, run: int, fault: str) -> None:
        """Say in place of the figure that this run cannot be shown, and do not try it again."""
        if self._broken_run != run and self.is_current(run):
            self._broken_run = self.run = run
            self._draw(fault_figure(self.panel, fault))

    @Slot(str)
    def take_paint_fault(self, fault: str) -> None:
        """Say so where the figure cannot be painted."""
        if self.frame is not None:
            self.take_fault(self.frame.run, fault)

    def rest(self) -> None:
        """Have nothing more made for a panel that cannot be seen."""
        self._maker.forget(self.panel)

    def try_again(self) -> None:
        """Forget that a run could not be shown, since another View may work."""
        self._broken_run = 0

    @Slot(float)
    def count_paint(self, seconds: float) -> None:
        """Take into account what painting has cost."""
        self.cost += _MEMORY * (self._spent + seconds - self.cost)

    def _try(self, frame: Frame, make: Callable[[], Figure]) -> None:
        try:
            self._draw(make())
            self.run = frame.run
        except Exception as error:  # noqa: BLE001  a fault of one panel is no reason to lose the others
            _log.exception("panel %s cannot show run %d", self.panel.id, frame.run)
            self.take_fault(frame.run, repr(error))


def fault_figure(panel: Panel, fault: str) -> Figure:
    """Give the figure of a panel that cannot show a run: a message, and nothing of another run."""
    said = msg("This run cannot be shown here: {fault}", fault=echo(fault, 200))
    way_out = msg("This is a bug; the log has the details. Try another run or another view.")
    return Figure(panel.id, panel.title, (), said, passages=(Passage(said, "bad", detail=way_out),))
