"""Repeating: the present run trained with other seeds in the background, while everything else goes on."""

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from gui.live.patience import step_back
from gui.live.session import Session
from model.training.spec import TrainingSpec

if TYPE_CHECKING:  # loaded when first wanted
    from model.insight.seed_runs import Repeat, SeedRequest, SeedRuns

_LAST_SECONDS = 2.0


class Repeating(QObject):
    """Trains one batch of runs at a time.

    Attributes
    ----------
    runs : those of the last batch that are finished; None where they are no longer wanted
    grown : another run is finished, with all SeedRuns so far
    changed : it has begun or ended
    failed : it ended by an exception, with its words
    """

    grown = Signal(object)
    changed = Signal()
    failed = Signal(str)
    _arrived = Signal(object, object)
    _ended = Signal(object, str)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._repeat: Repeat | None = None
        self._thread: threading.Thread | None = None
        self.runs: SeedRuns | None = None
        self._arrived.connect(self._take)
        self._ended.connect(self._end)

    @property
    def active(self) -> bool:
        """Whether runs are being trained."""
        return self._repeat is not None

    @property
    def spec(self) -> TrainingSpec:
        """What would be repeated: the present spec, for as many steps as the present run will have."""
        spec, frame = self._session.spec, self._session.frame
        if frame is None or frame.target <= spec.steps:
            return spec
        return spec.replaced(steps=frame.target, eval_every=spec.eval_interval)

    def start(self, request: "SeedRequest", spec: TrainingSpec | None = None) -> None:
        """Train the present spec, or another one for the same samples; what was under way ends."""
        from model.insight.seed_runs import Repeat

        self.cancel()
        session = self._session

        def tell(runs: "SeedRuns") -> None:
            self._arrived.emit(repeat, runs)

        def work() -> None:
            step_back()
            try:
                repeat.run()
            except (Exception, MemoryError) as error:  # noqa: BLE001  whatever it is, the window says it
                self._ended.emit(repeat, str(error) or type(error).__name__)
            else:
                self._ended.emit(repeat, "")

        repeat = Repeat(spec or self.spec, session.data, request, session.run.stepper, tell)
        self._repeat = repeat
        self._thread = threading.Thread(target=work, name="seeds", daemon=True)
        self._thread.start()
        self.changed.emit()

    def cancel(self) -> None:
        """Train no more; what is finished stays."""
        if self._repeat is not None:
            self._repeat.stop()
            self._repeat = None
            self.changed.emit()

    def forget(self) -> None:
        """Train no more, and show nothing of it."""
        self.cancel()
        if self.runs is not None:
            self.runs = None
            self.grown.emit(None)

    def stop(self) -> bool:
        """Train no more, and wait for the thread; returns whether it has ended."""
        self.cancel()
        if self._thread is None:
            return True
        self._thread.join(_LAST_SECONDS)
        return not self._thread.is_alive()

    @Slot(object, object)
    def _take(self, repeat: "Repeat", runs: "SeedRuns") -> None:
        if repeat is self._repeat:
            self.runs = runs
            self.grown.emit(runs)

    @Slot(object, str)
    def _end(self, repeat: "Repeat", fault: str) -> None:
        if repeat is self._repeat:
            self._repeat = None
            self.changed.emit()
            if fault:
                self.failed.emit(fault)
