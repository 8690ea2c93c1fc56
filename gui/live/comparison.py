"""The comparison: what is shown beside the present run, each as far as that has come."""

from PySide6.QtCore import QObject, Signal, Slot

from gui.live.kept_runs import KeptRun, KeptRuns
from gui.live.seeking import Seeking
from gui.live.shelf import Shelf
from gui.live.worker import TrainingThread
from model.figures.figure import Compared
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.seeker import Seeker


class Comparison(QObject):
    """The runs of the shelf that a person put beside the present one, and the run before it.

    Attributes
    ----------
    changed : other runs are shown, or more is known of them
    complete_with : number of a present run that is shown without the run before it, for it is compared already
    """

    changed = Signal()
    _arrived = Signal()

    def __init__(self, kept: KeptRuns, shelf: Shelf, seeking: Seeking, parent: QObject) -> None:
        super().__init__(parent)
        self._kept = kept
        self._shelf = shelf
        self._seeking = seeking
        self._moments: dict[int, Frame] = {}
        self.complete_with = 0
        self._present = 0
        self._wanted: tuple[object, ...] = ()
        self._seeker = Seeker(self._tell)
        self._thread = TrainingThread(self._seeker, "comparing")
        self._frames: list[Frame] = []
        self._arrived.connect(self._take)
        self._shown: list[tuple[Frame, str]] = []
        kept.changed.connect(self.changed)
        shelf.changed.connect(self._follow_shelf)
        shelf.listed.connect(self._follow_shelf)

    def runs(self) -> tuple[Compared, ...]:
        """Give what is to be drawn beside the present run, the run before it last."""
        chosen = [
            Compared(run.frame, run.slot, run.name, self._moments.get(run.number)) for run in self._shelf.beside()
        ]
        before = self._before()
        if before is not None and before.frame.run not in {one.frame.run for one in chosen}:
            chosen.append(Compared(before.frame, 0, "", self._moments.get(before.frame.run)))
        if self._seeking.step is None:
            return tuple(chosen)
        # an earlier step is shown as it was: so are the curves beside it
        return tuple(Compared(one.moment or one.frame, one.slot, one.name, one.moment) for one in chosen)

    def look_at(self, frame: Frame, *, still: bool) -> None:
        """Bring the runs to the step of this moment; while the run trains on, that would cost it its speed."""
        self._present = frame.run
        engines = [engine for engine in self._engines(frame) if engine.recording.step >= frame.step]
        wanted = (frame.step, *engines) if still else ()
        if wanted == self._wanted:
            return
        self._wanted = wanted
        self._moments = {run: moment for run, moment in self._moments.items() if moment.step == frame.step and still}
        missing = [engine for engine in engines if engine.recording.run not in self._moments]
        if not still or not missing:
            self._seeker.forget()
            return
        self._seeker.want(missing, frame.step)

    @property
    def idle(self) -> bool:
        """Whether nothing is being made again."""
        return self._seeker.wait(0) and not self._frames

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> bool:
        """End the thread; returns whether it has ended (see TrainingThread.stop)."""
        return self._thread.stop()

    def _tell(self, frame: Frame) -> None:
        self._frames.append(frame)
        self._arrived.emit()

    def _before(self) -> KeptRun | None:
        return None if self._present == self.complete_with else self._kept.before

    def _engines(self, frame: Frame) -> list[Engine]:
        engines = [run.engine for run in self._shelf.beside() if run.engine is not None]
        before = self._before()
        if before is not None and before.engine not in engines:
            engines.append(before.engine)
        return [engine for engine in engines if engine.recording.run != frame.run]

    @Slot()
    def _take(self) -> None:
        """Show the moments that have been made, if their step is still the one that is looked at."""
        found, self._frames = self._frames, []
        known = {frame.run: frame for frame in found if self._wanted and self._wanted[0] == frame.step}
        if known:
            self._moments |= known
            self.changed.emit()

    @Slot()
    def _follow_shelf(self) -> None:
        """Most of what happens on the shelf is no matter of what is shown."""
        shown = [(run.frame, run.name) for run in self._shelf.beside()]
        if shown != self._shown:
            self._shown = shown
            self.changed.emit()
