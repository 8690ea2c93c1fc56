"""Files dropped on the window: runs are brought back, recipes opened, weights begin a run, all else is data."""

from pathlib import Path

from PySide6.QtCore import QMimeData

from gui.files.data_desk import DataDesk
from gui.files.file_desk import FileDesk
from gui.files.run_files import RunFiles
from gui.pane.spec_form import SpecForm
from model.keeping.folder import ENDING
from model.training.replay import tells_of_a_run


def dropped(mime: QMimeData) -> str:
    """Give the path of the one file that is dropped, else ""."""
    urls = mime.urls()
    return urls[0].toLocalFile() if len(urls) == 1 else ""


def read_dropped(path: str, desk: FileDesk, data_desk: DataDesk, run_files: RunFiles, form: SpecForm) -> None:
    """Hand the file to the desk that reads its kind."""
    from model.data.weights.kind import holds_weights  # with the readers, which no start waits for

    if path.lower().endswith(ENDING):
        run_files.open(Path(path))
    elif tells_of_a_run(path):
        desk.read_spec(Path(path))
    elif holds_weights(path):
        form.editor("weights").set_value(path)
    elif path:
        data_desk.preview(Path(path))
