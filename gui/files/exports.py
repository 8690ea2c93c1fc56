"""Saving what the panels show, in the background."""

from collections.abc import Callable, Mapping
from pathlib import Path

from gui.files.export_dialog import ALL, ExportRequest
from gui.plots.panel.panel_view import PanelView
from model.figures.export import png_bytes, save_all, save_shot
from model.figures.picture import PictureOptions
from model.figures.shot import Shot
from model.training.frame import Frame


def take_shot(view: PanelView, newest: Frame) -> Shot:
    """Capture what a panel shows, or would show if it were visible."""
    # a panel in sight shows the frame that it drew last, which may be a little older than the newest
    frame = view.frame if view.in_sight and view.frame is not None else newest
    return Shot(view.panel, frame, view.shown_view())


def work_of(request: ExportRequest, shots: Mapping[str, Shot]) -> Callable[[], list[Path]]:
    """Give the work that fulfils a request with these shots, to be done in the background."""

    def work() -> list[Path]:
        if request.panel == ALL:
            return save_all(shots, request.path, request.format, options=request.options)
        save_shot(shots[request.panel], request.path, options=request.options, overwrite=request.overwrite)
        return [request.path]

    return work


def picture_work(shot: Shot, options: PictureOptions) -> Callable[[], bytes]:
    """Give the work that makes a PNG for the clipboard."""
    return lambda: png_bytes(shot.figure(), shot.view, options=options, provenance=shot.provenance(options))
