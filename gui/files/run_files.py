"""Files of runs: the present run and those beside it saved in one file, and brought back from there."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from gui.files.background import Background, Job
from gui.live.session import Session, enter
from gui.messages import Messages
from model.keeping.folder import ENDING
from model.keeping.record import State, record_of
from model.keeping.revive import brought_back
from model.training.engine import Engine
from model.words import echo, msg

if TYPE_CHECKING:
    from model.keeping.bundle import Bundled

Revived = tuple[Engine, "Bundled"]


class RunFiles(QObject):
    """Saves and opens files of runs; reading and writing go on beside the window."""

    said = Signal(str)
    opened = Signal(str)
    """The path of a file that has been read, or written."""

    def __init__(self, window: QWidget, session: Session, background: Background, messages: Messages) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._background = background
        self._messages = messages
        self._folder = Path.home()

    @Slot()
    def save(self) -> None:
        """Ask where to save the present run and those beside it."""
        path, _ = QFileDialog.getSaveFileName(
            self._window, str(msg("Save runs")), str(self._folder / f"runs{ENDING}"), str(msg("Runs (*.initscope)"))
        )
        if path:
            self.write(Path(path))

    def write(self, path: Path) -> None:
        """Save the present run as it stands, and those beside it."""
        from model.keeping.bundle import Bundled, save_bundle  # whose schema no start waits for

        engine = self._session.engine()
        if engine is None:
            return
        self._session.run.pause()
        self._session.settle(1.0)
        self._folder = path.parent
        shelf = self._session.shelf
        known = shelf.get(engine.recording.run)
        runs = [Bundled(record_of(engine, State.now(engine)), known.name if known else "", known.note if known else "")]
        for run in shelf.beside():
            if run.engine is not None and run.engine is not engine:
                record = record_of(run.engine, State.now(run.engine))
                runs.append(Bundled(record, run.name, run.note, run.starred))

        def work() -> Path:
            save_bundle(path, runs)
            return path

        job = Job(work, self)
        job.done.connect(self._tell_saved)
        job.failed.connect(self._tell_fault)
        self._background.submit(job)

    def open(self, path: Path) -> None:
        """Bring the runs of a file back: one as the present run, the others beside it."""
        self._folder = path.parent

        def work() -> tuple[Path, list[Revived]]:
            from model.keeping.bundle import read_bundle

            runs, present = read_bundle(path)
            order = [runs[present], *runs[:present], *runs[present + 1 :]]
            return path, [(brought_back(run.record), run) for run in order]

        job = Job(work, self)
        job.done.connect(self._take)
        job.failed.connect(self._tell_fault)
        self._background.submit(job)

    @Slot(object)
    def _take(self, found: tuple[Path, list[Revived]]) -> None:
        session, (path, revived) = self._session, found
        self.opened.emit(str(path))
        for place, (engine, run) in enumerate(revived):
            frame = engine.recording.frame()
            if frame is None:
                continue
            said = {"name": run.name, "note": run.note, "starred": run.starred}
            session.shelf.put(engine, frame, beside=place > 0, **said)
            if place == 0:
                enter(session, engine, frame)
        n = len(revived)
        self.said.emit(str(msg("Opened 1 run") if n == 1 else msg("Opened {n} runs", n=n)))

    @Slot(object)
    def _tell_saved(self, path: Path) -> None:
        self.opened.emit(str(path))
        self.said.emit(str(msg("Saved {name}", name=echo(path.name, 60))))

    @Slot(object)
    def _tell_fault(self, error: Exception) -> None:
        messages = getattr(error, "messages", None)
        why = getattr(error, "message", None) or msg("{why}", why=echo(str(error), 300))
        self._messages.tell(msg("The file of runs cannot be used."), next(iter(messages.values())) if messages else why)
