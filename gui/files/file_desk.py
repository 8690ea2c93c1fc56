"""Opens and saves specs, and exports pictures and data; the data desk opens data."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from gui.files.background import Background, Job
from gui.files.remaking import Remaking
from gui.live.session import Session
from gui.look.theme import theme_of
from gui.messages import Messages
from gui.plots.dashboard import Dashboard
from gui.plots.panel.choices import choices_as
from model.figures.palette import ThemeName
from model.files import FileError, write_whole
from model.program import COMMAND
from model.training.knob import SpecError
from model.training.presets import Preset
from model.training.recipe import recipe
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper
from model.words import echo, msg

if TYPE_CHECKING:
    from gui.files.export_dialog import ExportDialog, ExportRequest
    from model.figures.recipe import Recipe
    from model.training.frame import Frame


class FileDesk(QObject):
    """Opens dialogs, draws and writes in the background, and reports the outcome.

    The modules for exporting are imported when first needed, so that they do not delay the start.
    """

    said = Signal(str)
    """A short sentence for the status bar."""
    explained = Signal(str)
    """A sentence that stays there until the next one."""
    opened = Signal(str)
    """The path of a file that has been read, or written."""
    seeds_wanted = Signal(object, object)
    """A picture had the band of a spec that was repeated, as a request says."""
    sweep_wanted = Signal(object)
    """A picture showed a sweep."""

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
        self._export_dialog: ExportDialog | None = None
        self._opened: Recipe | None = None
        self._remaking = Remaking(window, session, messages)
        session.watcher.frame_changed.connect(self._show_opened)

    # Specs

    def ask_for_run(self) -> Path | None:
        """Ask for a file that tells of a run; None where the person thinks better of it."""
        path, _ = QFileDialog.getOpenFileName(
            self._window,
            str(msg("Open spec")),
            str(self._folder),
            str(msg("Specs and exported files (*.initscope *.json *.png *.svg *.pdf *.csv *.npz);;All files (*)")),
        )
        return Path(path) if path else None

    def read_spec(self, path: Path) -> None:
        """Take a spec, or the recipe in a file; if it is invalid, say why and change nothing."""
        from model.figures.recipe import read_recipe

        self._folder = path.parent
        try:
            recipe = read_recipe(path)
            self.bring_back(recipe)
            self.opened.emit(str(path))
        except SpecError as error:
            self._opened = None
            self._messages.tell(msg("Cannot use this spec."), msg("{text}", text=str(error)))

    def stop(self) -> bool:
        """Train no run of a file any further; returns whether that has ended."""
        return self._remaking.close()

    def bring_back(self, recipe: "Recipe") -> None:
        """Show the run of a recipe: of a picture as it was there, of a spec from its beginning; raises SpecError."""
        self._remaking.stop()
        if recipe.view is None and not recipe.run.reached:
            self._session.take(recipe.run.spec)
        else:
            self._remaking.make(recipe, self._expect)
            self.said.emit(str(msg("Training the run of this file again…")))

    def _expect(self, recipe: "Recipe") -> None:
        """Look at the run of a recipe as it was looked at, once the session shows it."""
        self._opened = recipe

    @Slot(object)
    def _show_opened(self, frame: "Frame") -> None:
        """Show the run of a recipe as its picture did, once its first frame is on the screen."""
        recipe = self._opened
        if recipe is None or frame.spec != recipe.run.spec:
            return
        self._opened = None
        if recipe.view is not None:
            self._dashboard.reveal(recipe.panel)
            panel = self._dashboard.panels[recipe.panel]
            panel.set_view(**choices_as(recipe.view))
            panel.face.figure_view.zoom_to(recipe.view.ranges)
        if recipe.seeds is not None:
            self.seeds_wanted.emit(*recipe.seeds)
        if recipe.sweep is not None:
            self.sweep_wanted.emit(recipe.sweep)

    @Slot(object)
    def take_preset(self, preset: Preset) -> None:
        """Show a figure from the literature in its panels, and say what to look at."""
        try:
            self._session.take(preset.spec(), train=not preset.untrained)
        except SpecError as error:
            self._messages.tell(msg("Cannot use this spec."), msg("{text}", text=str(error)))
            return
        for name in reversed(preset.panels):
            self._dashboard.reveal(name)
        self.explained.emit(str(msg(preset.look)))

    @Slot()
    def save_spec(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self._window, str(msg("Save spec")), str(self._folder / "spec.json"), str(msg("Specs (*.json)"))
        )
        if path:
            self.write_spec(Path(path))

    def write_spec(self, path: Path) -> None:
        """Write the spec in force; the file dialog has asked about a file that was there."""
        self._folder = path.parent
        raw = (self._session.spec.to_json() + "\n").encode()
        try:
            write_whole(path, lambda stream: _write(stream, raw), overwrite=True)
        except FileError as error:
            self._messages.tell(msg("The spec was not saved."), error.message)
        else:
            self.said.emit(str(msg("Saved {name}", name=echo(path.name, 60))))
            self.opened.emit(str(path))

    @Slot()
    def copy_command(self) -> None:
        """Put the run on the clipboard as a command line."""
        spec = recipe(self._session.spec, self._session.engine())
        QGuiApplication.clipboard().setText(command_line(spec))
        self.said.emit(str(msg("Copied this run as a command line.")))

    # Pictures

    def export(self, panel: str) -> None:
        """Ask how to save a panel."""
        if self._session.frame is None:
            return
        from gui.files.export_dialog import ExportDialog

        shown = self._dashboard.panels.get(panel)
        size = (shown.canvas.width(), shown.canvas.height()) if shown is not None and shown.in_sight else (960, 600)
        rows = {name: view.figure.rows for name, view in self._dashboard.panels.items() if view.figure is not None}
        self._export_dialog = ExportDialog(panel, size, rows, self._theme_name(), self._folder, self._window)
        self._export_dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._export_dialog.requested.connect(self.save)
        self._export_dialog.finished.connect(self._forget_export_dialog)
        self._export_dialog.open()

    def export_all(self) -> None:
        """Ask how to save all panels."""
        from gui.files.export_dialog import ALL

        self.export(ALL)

    def _theme_name(self) -> ThemeName:
        return theme_of(self._window.palette()).name

    @Slot(object)
    def save(self, request: "ExportRequest") -> None:
        """Save what the panels show now, in the background."""
        frame = self._session.frame
        if frame is None:
            return
        from gui.files.export_dialog import ALL
        from gui.files.exports import take_shot, work_of

        self._folder = request.path if request.panel == ALL else request.path.parent
        names = self._dashboard.panels if request.panel == ALL else (request.panel,)
        shots = {name: take_shot(self._dashboard.panels[name], frame) for name in names}
        job = Job(work_of(request, shots), self)
        job.done.connect(self._tell_saved)
        job.failed.connect(self._tell_not_saved)
        self._background.submit(job)
        self.said.emit(str(msg("Exporting…")))
        engine = self._session.engine()
        if engine is not None and engine.stepper is not kernel_stepper:
            self.explained.emit(
                str(msg("Trained without the compiled kernels so far; a later export may differ in its last digits."))
            )

    @Slot(object)
    def _tell_saved(self, paths: list[Path]) -> None:
        self._close_export_dialog()
        if len(paths) == 1:
            self.said.emit(str(msg("Saved {name}", name=echo(paths[0].name, 60))))
        else:
            self.said.emit(str(msg("Saved {n} files in {folder}", n=len(paths), folder=echo(str(paths[0].parent), 60))))

    @Slot(object)
    def _tell_not_saved(self, error: Exception) -> None:
        self.said.emit(str(msg("Export failed")))
        from model.figures.picture import ExportError

        if not isinstance(error, (FileError, ExportError)):
            self._close_export_dialog()
            self._messages.tell_bug(error)
        elif self._export_dialog is not None:
            self._export_dialog.show_error(error.message)
        else:
            self._messages.tell(msg("The export failed."), error.message)

    def _close_export_dialog(self) -> None:
        if self._export_dialog is not None:
            self._export_dialog.accept()

    @Slot()
    def _forget_export_dialog(self) -> None:
        self._export_dialog = None

    def copy_image(self, panel: str) -> None:
        """Put a panel's picture on the clipboard."""
        frame = self._session.frame
        if frame is None:
            return
        from gui.files.exports import picture_work, take_shot
        from model.figures.picture import PictureOptions

        view = self._dashboard.panels[panel]
        options = PictureOptions(max(view.canvas.width(), 200), max(view.canvas.height(), 150), 192, self._theme_name())
        job = Job(picture_work(take_shot(view, frame), options), self)
        job.done.connect(self._put_image)
        job.failed.connect(self._tell_not_saved)
        self._background.submit(job)

    @Slot(object)
    def _put_image(self, png: bytes) -> None:
        QGuiApplication.clipboard().setImage(QImage.fromData(png, "PNG"))  # type: ignore[arg-type]
        self.said.emit(str(msg("Copied the panel as an image.")))


def command_line(spec: TrainingSpec) -> str:
    """Give the command that trains this spec, to be pasted into a shell, in a checkout in its folder."""
    return shlex.join([COMMAND, "train", *spec.flags()])


def _write(stream: object, raw: bytes) -> None:
    stream.write(raw)  # type: ignore[attr-defined]
