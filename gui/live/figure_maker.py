"""Makes the figures that take longer than a frame: in one patient thread, always the newest first."""

import logging
import threading
import time
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from gui.live.patience import step_back
from model.figures.figure import Figure, View
from model.figures.panels import Panel
from model.training.frame import Frame

_log = logging.getLogger(__name__)

QUICK_SAMPLE = 256
"""Samples that the first figure of a new run looks at, so that it comes with the next frame."""
_REST = 2.0
"""Seconds of rest for each second of work, so that training and window keep theirs."""
_PATIENCE = 0.1
"""Seconds of work after which a long computation shows what it has."""
_Wish = tuple[Panel, Frame, View]


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A figure, and what it was made of."""

    panel: str
    frame: Frame
    view: View
    figure: Figure


class FigureMaker(QObject):
    """Takes wishes from the window's thread, the newest of each panel; `made` and `failed` come back to it."""

    made = Signal(object)
    failed = Signal(str, int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._condition = threading.Condition()
        self._wanted: dict[str, _Wish] = {}
        self._runs_shown: dict[str, int] = {}
        self._followed: set[str] = set()
        """Panels that somebody looks at."""
        self._closing = False
        self._busy = False
        self._thread = threading.Thread(target=self._serve, name="figures", daemon=True)

    @Slot()
    def start(self) -> None:
        """Begin to make what is wanted."""
        if not self._closing:
            self._thread.start()

    def want(self, panel: Panel, frame: Frame, view: View) -> None:
        """Make this figure next; what was wanted of the panel and not begun is forgotten."""
        with self._condition:
            self._wanted[panel.id] = (panel, frame, view)
            self._followed.add(panel.id)
            self._condition.notify()

    def forget(self, panel: Panel) -> None:
        """Begin no figure of this panel any more, nor go on with an unfinished one, until one is wanted again."""
        with self._condition:
            self._wanted.pop(panel.id, None)
            self._followed.discard(panel.id)

    @property
    def idle(self) -> bool:
        """Whether nothing is wanted and nothing being made."""
        with self._condition:
            return not self._wanted and not self._busy

    def close(self, timeout: float) -> bool:
        """Make no more; returns whether the thread has ended in time."""
        with self._condition:
            self._closing = True
            self._wanted.clear()
            self._condition.notify()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    # The thread

    def _serve(self) -> None:
        step_back()
        while True:
            with self._condition:
                self._busy = False
                self._condition.wait_for(lambda: self._closing or self._wanted)
                if self._closing:
                    return
                self._busy = True
                wishes, self._wanted = list(self._wanted.values()), {}
            self._make_round(wishes)

    def _make_round(self, wishes: list[_Wish]) -> None:
        """Make a figure for each panel, all of the newest moment, so that they share what it takes to look at it."""
        newest = max((frame for _, frame, _ in wishes), key=lambda frame: (frame.run, frame.step))
        for panel, frame, view in wishes:
            began = time.thread_time()
            self._make_one(panel, newest if frame.run == newest.run else frame, view)
            with self._condition:
                self._condition.wait_for(self._urgent, _REST * (time.thread_time() - began))
                if self._closing:
                    return

    def _make_one(self, panel: Panel, frame: Frame, view: View) -> None:
        quick = self._runs_shown.get(panel.id) != frame.run and frame.data.n_train > QUICK_SAMPLE
        finished = self._make(panel, frame, view.with_(sample=QUICK_SAMPLE) if quick else view)
        self._runs_shown[panel.id] = frame.run
        with self._condition:
            if (quick or not finished) and panel.id in self._followed:
                self._wanted.setdefault(panel.id, (panel, frame, view))

    def _urgent(self) -> bool:
        """Whether a panel waits for the first figure of a run."""
        return self._closing or any(self._runs_shown.get(name) != wish[1].run for name, wish in self._wanted.items())

    def _make(self, panel: Panel, frame: Frame, view: View) -> bool:
        """Make one figure; returns whether there is no more to come of it."""
        try:
            figure = panel.make(frame, view.with_(patience=_PATIENCE))
        except Exception as error:  # noqa: BLE001  a fault of one panel is no reason to lose the others
            _log.exception("panel %s cannot show run %d", panel.id, frame.run)
            if not self._closing:
                self.failed.emit(panel.id, frame.run, repr(error))
            return True
        if not self._closing:
            self.made.emit(Made(panel.id, frame, view, figure))
        return not figure.unfinished
