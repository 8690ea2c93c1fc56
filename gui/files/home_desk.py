"""What a person takes home: the run as a script, as a lab sheet, and the table of runs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from gui.files.background import Background, Job
from gui.files.file_desk import command_line
from gui.live.session import Session
from gui.messages import Messages
from gui.plots.dashboard import Dashboard
from model.files import write_whole
from model.training.frame import Schedule
from model.training.recipe import recipe
from model.words import Message, echo, msg

if TYPE_CHECKING:
    from model.keeping.table import Line


class HomeDesk(QObject):
    """Asks where to, and writes in the background; `do_<id>` belongs to the action of that id.

    The modules that write are imported when first needed, so that they do not delay the start.
    """

    said = Signal(str)
    """A short sentence for the status bar."""

    def __init__(
        self, window: QWidget, session: Session, dashboard: Dashboard, background: Background, messages: Messages
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._dashboard = dashboard
        self._background = background
        self._messages = messages
        documents = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
        self._folder = documents if documents.is_dir() else Path.home()

    @Slot()
    def do_export_code(self) -> None:
        """Ask where to write the present run as a NumPy script."""
        path = self._asked(msg("Export code"), "run.py", msg("Python (*.py)"))
        if path is not None:
            self.write_code(path)

    @Slot()
    def do_lab_sheet(self) -> None:
        """Ask where to write the page about the present run."""
        path = self._asked(msg("Lab sheet"), "lab-sheet.html", msg("Web page (*.html)"))
        if path is not None:
            self.write_sheet(path)

    @Slot(object)
    def save_table(self, lines: "Sequence[Line]") -> None:
        """Ask where to write these runs as a CSV."""
        path = self._asked(msg("Save runs as CSV"), "runs.csv", msg("CSV (*.csv)"))
        if path is not None:
            self.write_table(path, lines)

    def write_code(self, path: Path) -> None:
        """Write the present run, with its live edits, as a NumPy script, and its data beside it."""
        from model.take_home import save_script

        engine, spec = self._session.engine(), self._session.spec
        schedule: Schedule = ()
        if engine is not None:
            spec, schedule = recipe(engine.recording.spec, engine), engine.recording.schedule
        data = self._session.data
        self._write(path, lambda: save_script(path, spec, data, schedule, overwrite=True), self._tell_code_fault)

    def write_sheet(self, path: Path) -> None:
        """Write the page about the present run, with the panels that can be seen."""
        from gui.files.exports import take_shot
        from model.lab_sheet import USUAL, save_sheet

        newest = self._session.frame
        if newest is None:
            return
        panels = self._dashboard.panels
        seen = [name for name, view in panels.items() if view.in_sight and name != "why"]
        shots = [take_shot(panels[name], newest) for name in seen or USUAL]
        why = take_shot(panels["why"], newest)
        command = command_line(recipe(self._session.spec, self._session.engine()))
        run = self._session.shelf.get(newest.run)
        name = "" if run is None else run.name

        def work() -> None:
            save_sheet(path, shots, why.figure().passages, command, name=name, overwrite=True)

        self._write(path, work, self._tell_sheet_fault)
        self.said.emit(str(msg("Writing the lab sheet…")))

    def write_table(self, path: Path, lines: "Sequence[Line]") -> None:
        """Write these runs as a CSV."""
        from model.keeping.table import runs_csv

        raw = runs_csv(lines)

        def work() -> None:
            write_whole(path, lambda stream: stream.write(raw), overwrite=True)  # type: ignore[arg-type]

        self._write(path, work, self._tell_table_fault)

    def _asked(self, title: Message, name: str, kinds: Message) -> Path | None:
        path, _ = QFileDialog.getSaveFileName(self._window, str(title), str(self._folder / name), str(kinds))
        return Path(path) if path else None

    def _write(self, path: Path, work: Callable[[], None], failed: Callable[[Exception], None]) -> None:
        self._folder = path.parent

        def named() -> str:
            work()
            return path.name

        job = Job(named, self)
        job.done.connect(self._tell_saved)
        job.failed.connect(failed)
        self._background.submit(job)

    @Slot(object)
    def _tell_saved(self, name: str) -> None:
        self.said.emit(str(msg("Saved {name}", name=echo(name, 60))))

    @Slot(object)
    def _tell_code_fault(self, error: Exception) -> None:
        self._tell_fault(msg("The code was not saved."), error)

    @Slot(object)
    def _tell_sheet_fault(self, error: Exception) -> None:
        self._tell_fault(msg("The lab sheet was not saved."), error)

    @Slot(object)
    def _tell_table_fault(self, error: Exception) -> None:
        self._tell_fault(msg("The table of runs was not saved."), error)

    def _tell_fault(self, what: Message, error: Exception) -> None:
        why = getattr(error, "message", None) or msg("{why}", why=echo(str(error), 200))
        self._messages.tell(what, why)
