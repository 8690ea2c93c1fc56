"""Unrolling: the run's earlier steps, made again in the background for the panels that show them."""

import logging
import threading
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gui.live.patience import step_back
from gui.live.session import Session
from gui.live.worker import TrainingThread
from model.training.engine import Engine

if TYPE_CHECKING:  # loaded when first wanted
    from model.insight.unroller import Kind, Past, Unroller

_LOOK_MS = 250
_log = logging.getLogger(__name__)

Order = tuple["Kind", Engine, int]


class _Service:
    """Looks at the steps of runs, those that were wanted last alone, in the thread that it serves in."""

    def __init__(self, tell: "Callable[[Past], None]") -> None:
        self._tell = tell
        self._condition = threading.Condition()
        self._orders: list[Order] = []
        self._unrollers: dict[tuple[Kind, Engine], Unroller] = {}
        self._at_work: Unroller | None = None
        self._closing = False

    def want(self, orders: Collection[Order]) -> None:
        """Make these next; what was made of other runs is let go, and what is being made of them is given up."""
        with self._condition:
            wanted = {(kind, engine) for kind, engine, _ in orders}
            self._orders = list(orders)
            for key in [key for key in self._unrollers if key not in wanted]:
                gone = self._unrollers.pop(key)
                if gone is self._at_work:
                    gone.give_up()
            self._condition.notify_all()

    @property
    def idle(self) -> bool:
        """Whether nothing is being made."""
        with self._condition:
            return not self._orders and self._at_work is None

    def close(self) -> None:
        """Make `serve` return."""
        with self._condition:
            self._orders, self._closing = [], True
            if self._at_work is not None:
                self._at_work.give_up()
            self._condition.notify_all()

    def serve(self) -> None:
        """Carry out orders until `close`."""
        from model.insight.unroller import Unroller

        step_back()
        while True:
            with self._condition:
                self._at_work = None
                self._condition.wait_for(lambda: self._orders or self._closing)
                if self._closing:
                    return
                kind, engine, until = self._orders.pop(0)
                unroller = self._unrollers.setdefault((kind, engine), Unroller(engine, kind))
                self._at_work = unroller
            try:
                unroller.unroll(until, self._tell)
            except Exception:  # noqa: BLE001  the other panels go on
                _log.exception("run %d could not be unrolled", engine.recording.run)


class Unrolling(QObject):
    """Sees to it that the panels which look through time have the steps of the present run.

    Parameters
    ----------
    wanted : gives what the panels in sight show through time

    Attributes
    ----------
    made : more of a Past is there
    """

    made = Signal(object)

    def __init__(self, session: Session, wanted: "Callable[[], Collection[Kind]]") -> None:
        super().__init__(session)
        self._session = session
        self._wanted = wanted
        self._service = _Service(self.made.emit)
        self._thread = TrainingThread(self._service, "unrolling")
        self._serving = False
        self._ordered: tuple[object, ...] = ()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)

    @Slot()
    def look(self) -> None:
        """Begin, or go on, to follow the run; ends by itself once no panel in sight looks through time."""
        if not self._timer.isActive() and self._wanted():
            self._timer.start()
            self._look()

    def begin(self) -> None:
        """Start the thread, if it does not run yet."""
        if not self._serving:
            self._serving = True
            self._thread.start()

    def rest(self) -> None:
        """Follow the run no more, until the next look."""
        self._timer.stop()
        self._ordered = ()
        self._service.want(())

    @property
    def idle(self) -> bool:
        """Whether every panel in sight has what there is."""
        return self._service.idle and (not self._timer.isActive() or self._orders() == self._ordered)

    def stop(self) -> bool:
        """End the thread; returns whether it has ended (see TrainingThread.stop)."""
        self._timer.stop()
        return not self._serving or self._thread.stop()

    def _orders(self) -> tuple[object, ...]:
        """What is to be made now: all steps that there are, of every kind that is looked at."""
        from model.insight.unroller import stride_of

        engine = self._session.engine()
        if engine is None:
            return ()
        step = engine.recording.step
        return tuple((kind, engine, step - step % stride_of(kind, step)) for kind in sorted(self._wanted()))

    @Slot()
    def _look(self) -> None:
        orders = self._orders()
        if not orders:
            self.rest()
        elif orders != self._ordered and (self._service.idle or self._of_another_run(orders)):
            self.begin()
            self._ordered = orders
            self._service.want(orders)  # type: ignore[arg-type]

    def _of_another_run(self, orders: tuple[object, ...]) -> bool:
        return [order[:2] for order in orders] != [order[:2] for order in self._ordered]  # type: ignore[index]
