"""The Adviser: makes the trials of runs that stand still, the newest alone, in a thread of its own."""

import logging
import threading
from collections.abc import Callable

from model.insight.advice.advice import Advice, advise
from model.insight.advice.trial import Workbench
from model.network.blas import one_blas_thread
from model.training.engine import Stepper
from model.training.frame import Frame

_log = logging.getLogger(__name__)


class Adviser:
    """Serves in one thread until it is closed; everything else may be called from any other.

    Parameters
    ----------
    stepper : how trials are made
    tell : called in the serving thread with each Advice
    """

    def __init__(self, stepper: Stepper, tell: Callable[[Advice], None]) -> None:
        self._stepper = stepper
        self._tell = tell
        self._condition = threading.Condition()
        self._wanted: Frame | None = None
        self._bench: Workbench | None = None
        self._closing = False

    def want(self, frame: Frame) -> None:
        """Advise on this run next; what goes on for another is given up."""
        with self._condition:
            self._give_up()
            self._wanted = frame
            self._condition.notify_all()

    def forget(self) -> None:
        """Want nothing any more, and give up what goes on."""
        with self._condition:
            self._give_up()

    def close(self) -> None:
        """Make `serve` return."""
        with self._condition:
            self._give_up()
            self._closing = True
            self._condition.notify_all()

    @property
    def idle(self) -> bool:
        """Whether nothing is wanted and nothing tried."""
        with self._condition:
            return self._wanted is None and self._bench is None

    def serve(self) -> None:
        """Make trials until `close`."""
        while True:
            with self._condition:
                self._bench = None
                self._condition.wait_for(lambda: self._closing or self._wanted is not None)
                frame, self._wanted = self._wanted, None
                if self._closing or frame is None:
                    return
                bench = self._bench = Workbench(self._stepper)
            try:
                with one_blas_thread:
                    advice = advise(frame, bench)
            except Exception:  # noqa: BLE001  a fault with one run is no reason to advise on no other
                _log.exception("no advice on run %d", frame.run)
                continue
            if advice is not None and not bench.stopped:
                self._tell(advice)

    def _give_up(self) -> None:
        self._wanted = None
        if self._bench is not None:
            self._bench.stop()
