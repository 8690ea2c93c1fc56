"""Keeping: what is trained in the window is kept on disk, without being asked."""

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gui.live.kept_runs import KeptRun
from gui.live.session import Session, enter
from model.keeping.keeper import Keeper
from model.keeping.record import RunRecord
from model.keeping.revive import brought_back
from model.keeping.rows import KeptSummary
from model.training.engine import Engine

_log = logging.getLogger(__name__)

_EVERY_MS = 4000
"""So often a training run is kept, as of its newest checkpoint."""
_LAST_SECONDS = 3.0


class Keeping(QObject):
    """Hands the runs of a session to a Keeper: those at rest as they are, a training one every few seconds.

    Attributes
    ----------
    changed : the kept runs have, or why nothing can be kept
    revived : a run that was interrupted is the present one again
    failed : a run that was wanted cannot be brought back, for this reason
    """

    changed = Signal()
    revived = Signal()
    failed = Signal(str)
    _brought = Signal(object, int)
    _failed = Signal(int, str)

    def __init__(self, session: Session, keeper: Keeper) -> None:
        super().__init__(session)
        self.keeper = keeper
        self._session = session
        self._last: dict[int, tuple[object, ...]] = {}
        self._deeds: dict[int, Callable[[Engine], None]] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._keep_training)
        session.watcher.settled.connect(self._keep_settled)
        session.watcher.state_changed.connect(self._follow)
        session.kept.left.connect(self._keep_left)
        self._brought.connect(self._take)
        self._failed.connect(self._fail)

    def open(self) -> None:
        """Open the database, once; no more when the window has been closed before that."""
        self.keeper.start()

    def close(self) -> bool:
        """Keep the present run as it stands, and end; returns whether its thread has."""
        self._timer.stop()
        self._keep(training=False)
        if self.keeper.behind:
            self.open()
        return self.keeper.close(_LAST_SECONDS)

    def interrupted(self) -> KeptSummary | None:
        """Give the newest run whose program ended before its training did."""
        return next((kept for kept in reversed(self.keeper.runs) if kept.interrupted), None)

    def go_on(self, run: int) -> None:
        """Bring an interrupted run back as the present one."""
        self.bring(run, self._go_on)

    def forget_interrupted(self) -> None:
        """Offer no more to go on with what was interrupted."""
        for kept in self.keeper.runs:
            if kept.interrupted:
                self.keeper.disown(kept.id)

    def bring(self, run: int, deed: Callable[[Engine], None]) -> None:
        """Make an engine of a kept run, and do something with it in the window's thread."""
        self._deeds[run] = deed
        self.keeper.load(run, self._bring)

    def _bring(self, kept: KeptSummary, record: RunRecord) -> None:
        """Make an engine of a record, in the keeper's thread."""
        try:
            engine = brought_back(record)
        except Exception as error:  # noqa: BLE001  its data may be gone, or anything else
            _log.warning("the kept run %d cannot be brought back", kept.id, exc_info=True)
            self._failed.emit(kept.id, str(error) or type(error).__name__)
            return
        self.keeper.adopt(engine, kept.id)
        self._brought.emit(engine, kept.id)

    @Slot(object, int)
    def _take(self, engine: Engine, run: int) -> None:
        self._deeds.pop(run)(engine)

    @Slot(int, str)
    def _fail(self, run: int, why: str) -> None:
        self._deeds.pop(run, None)
        self.failed.emit(why)

    def _go_on(self, engine: Engine) -> None:
        self._become_present(engine)
        self.forget_interrupted()

    def _become_present(self, engine: Engine) -> None:
        frame = engine.recording.frame()
        if frame is not None:
            enter(self._session, engine, frame)
            self.revived.emit()

    @Slot(str)
    def _follow(self, state: str) -> None:
        """Keep a run every few seconds for as long as it trains."""
        if state == "training":
            self._timer.start()
        else:
            self._timer.stop()

    @Slot()
    def _keep_training(self) -> None:
        self._keep(training=True)

    @Slot()
    def _keep_settled(self) -> None:
        self._keep(training=False)

    @Slot(object)
    def _keep_left(self, run: KeptRun) -> None:
        """Keep a run that is being replaced; its thread may be about to make a step, so as of its last checkpoint.

        One that is neither kept already nor on the shelf was seen for moments only: a dial that is turned leaves
        thousands of them, and to keep each would hold up the next.
        """
        if self._session.scrubbing.on:
            return
        for engine in (run.engine, *self._session.run.others):
            number = engine.recording.run
            if self.keeper.id_of(number) is not None or self._session.shelf.get(number) is not None:
                self.keeper.keep(engine, training=False, still=False)

    def _keep_one(self, engine: Engine, *, training: bool) -> None:
        """Keep a run as it is now, which is where its thread leaves it between two steps, if that is at work."""
        if training and self._session.is_training:
            self._session.run.between_steps(lambda _team: self.keeper.keep(engine, training=True, still=True))
        else:
            self.keeper.keep(engine, training=training, still=not training)

    def _keep(self, *, training: bool) -> None:
        engine = self._session.engine()
        if engine is None or self._session.scrubbing.on:
            return
        last, self._last = self._last, {}
        for each in (engine, *self._session.run.others):
            recording = each.recording
            now = (recording.step, recording.target, recording.schedule, training)
            if now != last.get(recording.run) and recording.step > 0:  # it also comes to rest after a look back
                self._keep_one(each, training=training)
            self._last[recording.run] = now
