"""The export dialog: panel, format, size, background and file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.files.size_fields import SizeFields
from model.figures.export import EXPORT_FORMATS
from model.figures.palette import ThemeName
from model.figures.panels import PANELS
from model.figures.picture import ExportError, PictureOptions
from model.words import Message, msg

ALL = ""
"""Stands for all panels in the list of panels."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What a person asked for: one panel into a file, or all of them into a folder."""

    panel: str
    format: str
    path: Path
    options: PictureOptions
    overwrite: bool = False


class ExportDialog(QDialog):
    """Asks what to export; emits `requested` once that is settled, including whether a file may be replaced."""

    requested = Signal(object)

    def __init__(
        self,
        panel: str,
        size: tuple[int, int],
        rows: Mapping[str, int],
        theme: ThemeName,
        folder: Path,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._folder = folder
        self._rows = rows
        self._to_replace: ExportRequest | None = None
        """Waits for the answer whether its file may be replaced."""
        self._panel = QComboBox()
        self._format = QComboBox()
        self._path_label, self._path = QLabel(), QLineEdit()
        self._browse = QPushButton(str(msg("Browse…")))
        self._size = SizeFields(size, self)
        self._theme = QComboBox()
        self._svg_text = QCheckBox(str(msg("Keep SVG text editable")))
        self._error = QLabel()
        box = QDialogButtonBox.StandardButton
        self._buttons = QDialogButtonBox(box.Save | box.Cancel)
        self._save = self._buttons.button(box.Save)
        self._fill(panel, theme)
        self._arrange()
        self._connect()
        self._suggest_path()

    def _fill(self, panel: str, theme: ThemeName) -> None:
        for name, entry in PANELS.items():
            self._panel.addItem(str(entry.title), name)
        self._panel.addItem(str(msg("All panels")), ALL)
        self._panel.setCurrentIndex(self._panel.findData(panel))
        for name in EXPORT_FORMATS:
            self._format.addItem(name.upper(), name)
        self._theme.addItem(str(msg("Light, for paper")), "light")
        self._theme.addItem(str(msg("Dark")), "dark")
        self._theme.addItem(str(msg("High contrast, black")), "contrast")
        self._theme.setCurrentIndex(self._theme.findData(theme))

    def _arrange(self) -> None:
        self.setWindowTitle(str(msg("Export")))
        self.setObjectName("export_dialog")
        for name in ("panel", "format", "path", "browse", "theme", "svg_text", "error"):
            getattr(self, f"_{name}").setObjectName(f"export_{name}")
        for name in ("preset", "width", "height", "unit", "dpi", "font", "hint"):
            getattr(self._size, name).setObjectName(f"export_{name}")
        self._svg_text.setToolTip(
            str(msg("Text can be edited and searched, but looks right only where DejaVu Sans is installed"))
        )
        self._error.setTextFormat(Qt.TextFormat.PlainText)
        self._error.setWordWrap(True)
        self._error.setProperty("role", "error")
        self._error.hide()
        self._path.setMinimumWidth(380)
        where = QHBoxLayout()
        where.addWidget(self._path, 1)
        where.addWidget(self._browse)
        form = QFormLayout()
        form.addRow(str(msg("Panel")), self._panel)
        form.addRow(str(msg("Format")), self._format)
        self._size.add_to(form)
        form.addRow(str(msg("Background")), self._theme)
        form.addRow("", self._svg_text)
        self._path_label.setBuddy(self._path)
        form.addRow(self._path_label, where)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self._error)
        column.addWidget(self._buttons)

    def _connect(self) -> None:
        self._panel.currentIndexChanged.connect(self._suggest_path)
        self._format.currentIndexChanged.connect(self._suggest_path)
        self._browse.clicked.connect(self._look_for_path)
        self._buttons.accepted.connect(self._take)
        self._buttons.rejected.connect(self.reject)

    def show_error(self, message: Message) -> None:
        """Show why the export failed; the dialog stays open for corrections."""
        self._error.setText(str(message))
        self._error.show()
        self._save.setEnabled(True)

    @Slot()
    def _suggest_path(self) -> None:
        panel, format_ = self._panel.currentData(), self._format.currentData()
        picture = EXPORT_FORMATS[format_].picture
        self._size.show_rows(self._rows.get(panel, 1))
        self._size.enable(picture=picture, png=format_ == "png")
        self._theme.setEnabled(picture)
        self._svg_text.setEnabled(format_ == "svg")
        folder = self._chosen_folder()
        self._path.setText(str(folder if panel == ALL else folder / f"{panel}.{format_}"))
        self._path_label.setText(str(msg("Folder") if panel == ALL else msg("File")))

    def _chosen_folder(self) -> Path:
        text = self._path.text()
        if not text:
            return self._folder
        path = Path(text)
        return path if os.path.isdir(path) else path.parent  # noqa: PTH112  pathlib raises where a name is too long

    @Slot()
    def _look_for_path(self) -> None:
        if self._panel.currentData() == ALL:
            path = QFileDialog.getExistingDirectory(self, str(msg("Folder")), str(self._chosen_folder()))
        else:
            options = QFileDialog.Option.DontConfirmOverwrite  # asked when it is saved, however it was entered
            path, _ = QFileDialog.getSaveFileName(self, str(msg("File")), self._path.text(), options=options)
        if path:
            self._path.setText(path)

    @Slot()
    def _take(self) -> None:
        format_ = self._format.currentData()
        try:
            options = self._options()
            if EXPORT_FORMATS[format_].picture:
                options.check(vector=EXPORT_FORMATS[format_].vector)
        except ExportError as error:
            self.show_error(error.message)
            return
        path = Path(os.path.expanduser(self._path.text()))  # noqa: PTH111  pathlib raises for an unknown user
        request = ExportRequest(self._panel.currentData(), format_, path, options)
        if request.panel != ALL and os.path.isfile(path):  # noqa: PTH113  pathlib raises where a name is too long
            self._to_replace = request
            self._ask_to_replace(path)
        else:
            self._ask_for(request)

    def _ask_for(self, request: ExportRequest) -> None:
        self._save.setEnabled(False)  # until the file is written or an error is shown
        self.requested.emit(request)

    def _options(self) -> PictureOptions:
        """Read the fields that matter for this format; disabled ones may hold anything."""
        if not EXPORT_FORMATS[self._format.currentData()].picture:
            return PictureOptions()
        options = self._size.options()
        return replace(options, theme=self._theme.currentData(), svg_text=self._svg_text.isChecked())

    def _ask_to_replace(self, path: Path) -> None:
        box = QMessageBox(self)
        box.setObjectName("export_replace")
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(str(msg("{name} is already there. Replace it?", name=path.name)))
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Yes | buttons.No)
        box.setDefaultButton(buttons.No)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.finished.connect(self._answer)
        box.open()

    @Slot(int)
    def _answer(self, button: int) -> None:
        if button == QMessageBox.StandardButton.Yes.value and self._to_replace is not None:
            self._ask_for(replace(self._to_replace, overwrite=True))
