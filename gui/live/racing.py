"""Racing: several values of one knob trained side by side, the first the present run, the others beside it."""

import threading
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QObject, Signal, Slot

from gui.live.admission import check, data_for
from gui.live.session import Session, enter
from model.data.dataset import Dataset
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.race import racers
from model.training.spec import TrainingSpec
from model.training.team import Team

Entry = tuple[TrainingSpec, Dataset]


class Racing(QObject):
    """Starts races, and shows the runs that keep step with the present one.

    Attributes
    ----------
    started : a race has begun
    failed : the runs could not be made, with the reason
    """

    started = Signal()
    failed = Signal(str)
    _made = Signal(object, object, str)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._wanted: Sequence[Entry] = ()
        self._last: list[int] = []
        self._made.connect(self._begin)
        session.watcher.frame_changed.connect(self._follow)
        session.watcher.settled.connect(self._settle)
        session.kept.left.connect(self._settle)

    def race(self, name: str, text: str) -> None:
        """Train the present spec with each of these values of a knob; raises SpecError, and nothing has changed."""
        session = self._session
        entries = []
        for spec in racers(session.spec, name, text):
            data = data_for(spec, session.spec, session.data, name)
            check(spec, data, name)
            entries.append((spec, data))
        self._wanted = entries
        stepper = session.run.stepper

        def make() -> None:
            try:
                engines = [Engine(spec, data, stepper) for spec, data in entries]
            except (Exception, MemoryError) as error:  # noqa: BLE001  whatever it is, the window says it
                self.failed.emit(str(error) or type(error).__name__)
            else:
                self._made.emit(entries, engines, name)

        threading.Thread(target=make, name="race", daemon=True).start()

    @Slot(object, object, str)
    def _begin(self, entries: Sequence[Entry], engines: Sequence[Engine], name: str) -> None:
        """Put the runs side by side, if no other race has been wanted since; those of the last race make room."""
        frames = [frame for engine in engines if (frame := engine.recording.frame()) is not None]
        if entries is not self._wanted or len(frames) < len(engines):
            return
        session = self._session
        session.set_scrub(on=False)
        self._clear_last()
        lead, *others = engines
        for engine, frame in zip(others, frames[1:], strict=True):
            session.shelf.put(engine, frame, beside=True)
        self._last = [engine.recording.run for engine in others]
        session.comparison.complete_with = lead.recording.run
        enter(session, lead, frames[0], Team(lead, others, name))
        session.run.train()
        self.started.emit()

    def _clear_last(self) -> None:
        """Take the runs of the last race out of sight, but for those that a person has starred or named."""
        for number in self._last:
            run = self._session.shelf.get(number)
            if run is not None and run.beside and not run.starred and not run.name:
                self._session.shelf.change(number, beside=False)

    @Slot()
    def _follow(self) -> None:
        """Show the runs beside the present one as far as they are now."""
        for frame in self._frames():
            self._session.shelf.follow(frame)

    @Slot()
    def _settle(self) -> None:
        """Tell of the runs where they have come to rest, or are left."""
        for frame in self._frames():
            self._session.shelf.change(frame.run, frame=frame)

    def _frames(self) -> Iterator[Frame]:
        """Give the newest moments of the runs that keep step with the present one and are on the shelf."""
        for engine in self._session.run.others:
            frame = engine.recording.frame()
            if frame is not None and self._session.shelf.get(frame.run) is not None:
                yield frame
