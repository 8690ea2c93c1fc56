"""Files dropped on the window: a spec or an exported file is opened as a run, anything else as data."""

from pathlib import Path

from PySide6.QtCore import QMimeData

from gui.files.data_desk import DataDesk
from gui.files.file_desk import FileDesk
from model.training.replay import tells_of_a_run


def dropped(mime: QMimeData) -> str:
    """Give the path of the one file that is dropped, else ""."""
    urls = mime.urls()
    return urls[0].toLocalFile() if len(urls) == 1 else ""


def read_dropped(path: str, desk: FileDesk, data_desk: DataDesk) -> None:
    """Hand the file to the desk that reads its kind."""
    if tells_of_a_run(path):
        desk.read_spec(Path(path))
    elif path:
        data_desk.preview(Path(path))
