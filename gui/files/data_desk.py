"""Opens the user's data: reads it in the background, shows a preview, and explains refusals."""

import stat
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QDialog, QMessageBox, QProgressDialog, QWidget

from gui.files.background import Background, Job
from gui.live.session import Session
from gui.messages import Messages
from gui.pane.path_editor import ask_for_data_file
from model.data.dataset import BadCellsError, DataError, DataRequest, Dataset
from model.data.prepare import load
from model.training.initial import read_weights
from model.training.knob import SpecError
from model.training.spec import TrainingSpec
from model.words import Message, echo, msg

if TYPE_CHECKING:  # the readers and the preview are loaded once a file is read: no start waits for them
    from gui.files.data_dialog import DataPreview
    from model.data.offer import Offer

_QUICK_BYTES = 1_000_000
_QUICK_SAMPLES = 100_000
"""Points that are made in the time of a frame."""
_SHOW_PROGRESS_AFTER_MS = 500

Refuse = Callable[[Message], None]


class DataDesk(QObject):
    """Reads one source at a time; a newer one replaces an older one."""

    said = Signal(str)
    refused = Signal(str, object, str)
    """A knob whose data cannot be read: its name, the message, and what was typed."""

    def __init__(self, window: QWidget, session: Session, background: Background, messages: Messages) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._background = background
        self._messages = messages
        self._folder = ""
        self._reading: _Reading | None = None
        self._preview: DataPreview | None = None
        self._candidate: tuple[TrainingSpec, Offer] | None = None
        self._choosing = ""
        self._to_drop = Path()
        """The file whose bad rows may be dropped, once that is answered."""
        self._progress: QProgressDialog | None = None
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(_SHOW_PROGRESS_AFTER_MS)
        self._slow.timeout.connect(self._show_progress)

    def cancel(self) -> None:
        """Forget what is being read."""
        if self._reading is not None:
            self._reading.cancelled = True
        self._end_progress()

    # Opening: a preview first

    @Slot()
    def open(self) -> None:
        """Ask for a data file and show what it holds before it is taken."""
        path = ask_for_data_file(self._window, self._folder)
        if path:
            self.preview(Path(path))

    def preview(self, path: Path, *, drop_bad_rows: bool = False) -> None:
        """Read a file or folder, then ask whether to take it."""
        self._folder = str(path.parent)
        spec = self._session.spec.turned("data", str(path)).replaced(drop_bad_rows=drop_bad_rows)
        self._read(_Reading(spec, path, "", ""))

    # A knob that was turned

    def is_slow(self, spec: TrainingSpec) -> bool:
        """Whether this spec's data takes so long to read that the window would be felt to hang."""
        if spec.weights not in (None, self._session.spec.weights) and _is_large(str(spec.weights)):
            return True
        if spec.data_request == self._session.spec.data_request:
            return False
        if spec.data is None:
            return spec.dataset != "digits" and spec.samples > _QUICK_SAMPLES
        return _is_large(spec.data)

    def take_when_read(self, spec: TrainingSpec, name: str, typed: str) -> None:
        """Take a spec once its data has been read; emits `refused` if that fails."""
        path = spec.weights if name == "weights" else spec.data
        self._read(_Reading(spec, Path(path or spec.dataset), name, typed))

    # Reading

    def _read(self, reading: "_Reading") -> None:
        self.cancel()
        self._reading = reading
        job = Job(reading.work, self)
        job.done.connect(self._take_read)
        job.failed.connect(self._take_fault)
        self._background.submit(job)
        self.said.emit(str(msg("Reading {name}…", name=echo(reading.path.name, 60))))
        self._slow.start()

    @Slot()
    def _show_progress(self) -> None:
        self._progress = QProgressDialog(str(msg("Reading the data…")), str(msg("Cancel")), 0, 0, self._window)
        self._progress.setObjectName("data_progress")
        self._progress.setWindowModality(Qt.WindowModality.NonModal)
        self._progress.canceled.connect(self.cancel)
        self._progress.show()

    def _end_progress(self) -> None:
        self._slow.stop()
        if self._progress is not None:
            self._progress.canceled.disconnect(self.cancel)
            self._progress.close()
            self._progress.deleteLater()
            self._progress = None

    @Slot(object)
    def _take_read(self, outcome: "tuple[_Reading, Dataset | Offer]") -> None:
        reading, found = outcome
        if reading is not self._reading or reading.cancelled:
            return
        self._end()
        if isinstance(found, Dataset):
            self._take(reading.spec, found, reading)
            return
        from gui.files.data_dialog import DataPreview

        self._candidate = (reading.spec, found)
        self._preview = DataPreview(found, self._session.spec.batch_size, self._window)
        self._preview.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._preview.label_wanted.connect(self._choose_label)
        self._preview.finished.connect(self._take_answer)
        self._preview.open()

    @Slot(str)
    def _choose_label(self, label_column: str) -> None:
        """Read the shown table with another label; only the latest choice is shown."""
        if self._candidate is None:
            return
        spec, offer = self._candidate
        self._choosing = label_column
        job = Job(partial(_rechosen, spec, offer, label_column), self)
        job.done.connect(self._show_choice)
        job.failed.connect(self._messages.tell_bug)
        self._background.submit(job)

    @Slot(object)
    def _show_choice(self, candidate: "tuple[TrainingSpec, Offer]") -> None:
        if self._preview is not None and candidate[0].label_column == self._choosing:
            self._candidate = candidate
            self._preview.show_offer(candidate[1])

    @Slot(int)
    def _take_answer(self, answer: int) -> None:
        candidate, self._candidate, self._preview = self._candidate, None, None
        if answer == QDialog.DialogCode.Accepted and candidate is not None and candidate[1].data is not None:
            self._take(candidate[0], candidate[1].data, None)

    def _take(self, wanted: TrainingSpec, data: Dataset, reading: "_Reading | None") -> None:
        # other knobs may have been turned while the data was read
        of_data = {field.name: getattr(wanted, field.name) for field in fields(DataRequest)}
        spec = self._session.spec.replaced(**of_data, weights=wanted.weights)
        if reading is None:
            spec = spec.replaced(batch_size=min(spec.batch_size, data.n_train))
        try:
            self._session.take(spec, data)
        except SpecError as error:
            if reading is not None:
                self.refused.emit(reading.name, error.first, reading.typed)
            else:
                self._messages.tell(msg("Cannot use this data."), msg("{text}", text=str(error)))

    @Slot(object)
    def _take_fault(self, fault: "_Fault") -> None:
        reading = fault.reading
        if reading is not self._reading or reading.cancelled:
            return
        self._end()
        if not isinstance(fault.why, DataError):
            self._messages.tell_bug(fault.why)
        elif reading.name:
            self.refused.emit(reading.name, fault.why.message, reading.typed)
        elif isinstance(fault.why, BadCellsError):
            self._offer_to_drop(reading.path, fault.why.message)
        else:
            self._messages.tell(msg("Cannot use this data."), fault.why.message)

    def _offer_to_drop(self, path: Path, why: Message) -> None:
        box = self._messages.box(msg("This data contains values that are not finite."), why)
        box.setObjectName("drop_bad_rows_question")
        drop = box.addButton(str(msg("Drop those rows")), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        self._folder = str(path.parent)
        self._to_drop = path
        drop.clicked.connect(self._drop)
        box.open()

    @Slot()
    def _drop(self) -> None:
        self.preview(self._to_drop, drop_bad_rows=True)

    def _end(self) -> None:
        self._reading = None
        self._end_progress()
        self.said.emit("")


def _is_large(path: str) -> bool:
    """Whether a file takes long to read, or is a folder."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return False
    return stat.S_ISDIR(found.st_mode) or found.st_size > _QUICK_BYTES


def _rechosen(spec: TrainingSpec, offer: "Offer", label_column: str) -> "tuple[TrainingSpec, Offer]":
    from model.data.offer import choose_label

    return spec.replaced(label_column=label_column), choose_label(offer, label_column)


class _Fault(Exception):  # noqa: N818  only says whose reading failed
    def __init__(self, reading: "_Reading", why: Exception) -> None:
        super().__init__(str(why))
        self.reading = reading
        self.why = why


class _Reading:
    """One source being read, for a preview or (with a name) for a knob that was turned."""

    def __init__(self, spec: TrainingSpec, path: Path, name: str, typed: str) -> None:
        self.spec = spec
        self.path = path
        self.name = name
        self.typed = typed
        self.cancelled = False

    def work(self) -> "tuple[_Reading, Dataset | Offer]":
        """Read; done in the background."""
        from model.data.offer import read_offer

        read = load if self.name else read_offer
        try:
            if self.spec.weights is not None:
                read_weights(self.spec.weights)  # what is read is kept for the run
            return self, read(self.spec.data_request, lambda: self.cancelled)
        except Exception as error:
            raise _Fault(self, error) from error
