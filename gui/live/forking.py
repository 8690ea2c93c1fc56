"""Forking: a new run that begins where another one has been, to be turned from there."""

import threading

from PySide6.QtCore import QObject, Signal, Slot

from gui.live.session import Session, enter
from model.keeping.revive import forked
from model.training.engine import Engine


class Forking(QObject):
    """Makes forks in a thread, for a step far from any checkpoint takes its time.

    Attributes
    ----------
    forked : a fork is the present run now, from this step
    """

    forked = Signal(int)
    _made = Signal(object, object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._made.connect(self._take)

    def fork(self) -> None:
        """Begin a run where the panels are; the one that it comes from stays beside it."""
        engine = self._session.engine()
        if engine is None or self._session.step == 0:
            return
        looked_at = self._session.seeking.step  # which an order for the run ends
        self._session.run.pause()
        step = engine.recording.step if looked_at is None else looked_at

        def make() -> None:
            self._made.emit(engine, forked(engine, step, engine.stepper))

        threading.Thread(target=make, name="forking", daemon=True).start()

    @Slot(object, object)
    def _take(self, parent: Engine, fork: Engine | None) -> None:
        """Show the fork, if the run that it comes from is still the present one."""
        session = self._session
        if fork is None or session.engine() is not parent:
            return
        last, first = parent.recording.frame(), fork.recording.frame()
        if last is None or first is None:
            return
        session.shelf.put(parent, last, beside=True)
        enter(session, fork, first)
        self.forked.emit(first.step)
