"""What each action does: one method for each row of the table of actions."""

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QMessageBox, QWhatsThis, QWidget

from gui.files.data_desk import DataDesk
from gui.files.file_desk import FileDesk
from gui.files.run_files import RunFiles
from gui.live.session import Session
from gui.pane.spec_form import SpecForm
from model import __version__
from model.keeping.folder import ENDING
from model.training.knob import SpecError
from model.training.spec import TrainingSpec
from model.words import msg


class Commands(QObject):
    """Carries out actions; `do_<id>` belongs to the action of that id."""

    runs_toggled = Signal(bool)
    palette_wanted = Signal()
    shortcuts_wanted = Signal()

    def __init__(
        self,
        window: QWidget,
        session: Session,
        form: SpecForm,
        desk: FileDesk,
        data_desk: DataDesk,
        run_files: RunFiles,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._form = form
        self._desk = desk
        self._data_desk = data_desk
        self._run_files = run_files

    @Slot()
    def do_train(self) -> None:
        if self._session.is_training:
            self._session.run.pause()
        else:
            self._session.train()

    @Slot()
    def do_step(self) -> None:
        self._session.run.step_once()

    @Slot()
    def do_reset(self) -> None:
        self._session.reset()

    @Slot()
    def do_new_seed(self) -> None:
        self._session.new_seed()

    @Slot()
    def do_continue_run(self) -> None:
        try:
            self._session.continue_run()
        except SpecError as error:
            for name, message in error.messages.items():
                self._form.show_error(name, message)

    @Slot(bool)
    def do_scrub(self, on: bool) -> None:  # noqa: FBT001  Qt's signal says so
        self._session.set_scrub(on=on)

    @Slot(bool)
    def do_runs(self, on: bool) -> None:  # noqa: FBT001  Qt's signal says so
        self.runs_toggled.emit(on)

    @Slot()
    def do_undo(self) -> None:
        self._session.undo()

    @Slot()
    def do_redo(self) -> None:
        self._session.redo()

    @Slot()
    def do_defaults(self) -> None:
        self._session.take(TrainingSpec())

    @Slot()
    def do_open_data(self) -> None:
        self._data_desk.open()

    @Slot()
    def do_open_spec(self) -> None:
        path = self._desk.ask_for_run()
        if path is not None and path.suffix.lower() == ENDING:
            self._run_files.open(path)
        elif path is not None:
            self._desk.read_spec(path)

    @Slot()
    def do_save_spec(self) -> None:
        self._desk.save_spec()

    @Slot()
    def do_save_runs(self) -> None:
        self._run_files.save()

    @Slot()
    def do_copy_command(self) -> None:
        self._desk.copy_command()

    @Slot()
    def do_export_all(self) -> None:
        self._desk.export_all()

    @Slot()
    def do_palette(self) -> None:
        self.palette_wanted.emit()

    @Slot()
    def do_shortcuts(self) -> None:
        self.shortcuts_wanted.emit()

    @Slot()
    def do_whats_this(self) -> None:
        QWhatsThis.enterWhatsThisMode()

    @Slot()
    def do_about(self) -> None:
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(str(msg("About Initscope")))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(f"Initscope {__version__}")
        box.setInformativeText(str(msg("An oscilloscope for weight initialisation.")))
        box.open()

    @Slot()
    def do_quit(self) -> None:
        self._window.close()
