"""Glimpsing: the run of a spec that is pointed at, trained in the background and thrown away."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal, Slot

from gui.live.patience import step_back
from gui.live.session import Session
from gui.live.worker import TrainingThread
from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.training.engine import Engine, Stepper
from model.training.several import FIELDS, told_of
from model.training.spec import TrainingSpec

_log = logging.getLogger(__name__)
_MOST = 64


@dataclass(frozen=True, slots=True, eq=False)
class Glimpse:
    """What became of a run.

    Attributes
    ----------
    x, loss : (n,) the curve of its batch losses, in nats
    diverged : the step at which its parameters broke, None where they did not
    final_loss : the mean of the last 20 batch losses, as in the table of a sweep
    guessing : the loss of guessing, ln C
    """

    spec: TrainingSpec
    x: npt.NDArray[np.float64]
    loss: npt.NDArray[np.float64]
    diverged: int | None
    final_loss: float
    guessing: float


class _Service:
    """Trains what was wanted last, in the thread that it serves in."""

    def __init__(self, tell: Callable[[Glimpse], None], stepper: Callable[[], Stepper]) -> None:
        self._tell = tell
        self._stepper = stepper
        self._condition = threading.Condition()
        self._wanted: tuple[TrainingSpec, Dataset | None] | None = None
        self._engine: Engine | None = None
        self._closing = False
        self._loaded: tuple[DataRequest, Dataset] | None = None

    def want(self, spec: TrainingSpec | None, data: Dataset | None) -> None:
        """Train this next, and give up what is being trained; None for nothing."""
        with self._condition:
            self._wanted = None if spec is None else (spec, data)
            if self._engine is not None:
                self._engine.interrupt()
            self._condition.notify_all()

    def close(self) -> None:
        """Make `serve` return."""
        with self._condition:
            self._closing = True
        self.want(None, None)

    def serve(self) -> None:
        """Carry out orders until `close`."""
        step_back()
        while True:
            with self._condition:
                self._engine = None
                self._condition.wait_for(lambda: self._wanted is not None or self._closing)
                if self._closing or self._wanted is None:
                    return
                (spec, data), self._wanted = self._wanted, None
            try:
                self._train(spec, data or self._samples(spec.data_request))
            except Exception:  # noqa: BLE001  the pixel says what became of it, without a curve
                _log.exception("no glimpse of a run")

    def _train(self, spec: TrainingSpec, data: Dataset) -> None:
        engine = Engine(spec, data, self._stepper(), checkpoint_bytes=0)
        with self._condition:
            if self._wanted is not None or self._closing:
                return
            self._engine = engine
        engine.train(spec.steps)
        frame = engine.recording.frame()
        if frame is not None and engine.recording.ended:
            diverged = None if frame.divergence is None else frame.divergence.step
            curve, final = frame.history.curve(0), float(told_of(engine)[FIELDS.index("loss")])
            self._tell(Glimpse(spec, *curve, diverged, final, float(np.log(max(data.n_classes, 2)))))

    def _samples(self, request: DataRequest) -> Dataset:
        if self._loaded is None or self._loaded[0] != request:
            self._loaded = (request, load(request))
        return self._loaded[1]


class Glimpsing(QObject):
    """Gives the loss curves of runs that are pointed at.

    Attributes
    ----------
    made : a Glimpse is there, perhaps of a run that is no longer wanted
    """

    made = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._known: dict[TrainingSpec, Glimpse] = {}
        self._service = _Service(self.made.emit, lambda: session.run.stepper)
        self._thread = TrainingThread(self._service, "glimpsing")
        self._serving = False
        self.made.connect(self._keep)

    def want(self, spec: TrainingSpec) -> None:
        """Train this run, if its curve is not known already."""
        known = self._known.get(spec)
        if known is not None:
            self._service.want(None, None)
            self.made.emit(known)
            return
        if not self._serving:
            self._serving = True
            self._thread.start()
        same = spec.data_request == self._session.spec.data_request
        self._service.want(spec, self._session.data if same else None)

    def forget(self) -> None:
        """Train nothing more."""
        self._service.want(None, None)

    def stop(self) -> bool:
        """End the thread; returns whether it has ended (see TrainingThread.stop)."""
        return not self._serving or self._thread.stop()

    @Slot(object)
    def _keep(self, glimpse: Glimpse) -> None:
        self._known[glimpse.spec] = glimpse
        while len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
