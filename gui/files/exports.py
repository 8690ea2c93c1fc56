"""Saving what the panels show, in the background."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gui.files.export_dialog import ALL, ExportRequest
from gui.plots.panel.panel_view import PanelView
from model import __version__
from model.figures.export import EXPORT_FORMATS, PictureOptions, png_bytes, save_all, save_figure
from model.figures.figure import Figure, View
from model.figures.panels import Panel
from model.figures.provenance import Provenance
from model.training.frame import Frame


@dataclass(frozen=True, slots=True)
class Shot:
    """What a panel shows at one moment, held fast so that it can be drawn later and elsewhere."""

    panel: Panel
    frame: Frame
    view: View

    def figure(self, *, full: bool = False) -> Figure:
        """Make the figure; `full` is for data, with every single step."""
        return self.panel.make(self.frame, self.view.with_(full=full))

    @property
    def provenance(self) -> Provenance:
        """The recipe of just this moment."""
        frame = self.frame
        return Provenance(frame.spec.to_json(), frame.step, __version__, frame.schedule)


def take_shot(view: PanelView, newest: Frame) -> Shot:
    """Hold fast what a panel shows, be it hidden."""
    if not view.isVisible():
        return Shot(view.panel, newest, view.view)
    # a panel shows the frame that it drew last, which may be a little older than the newest
    return Shot(view.panel, view.frame or newest, view.shown_view())


def work_of(request: ExportRequest, shots: Mapping[str, Shot]) -> Callable[[], list[Path]]:
    """Give the work that fulfils a request with these shots, to be done in the background."""

    def work() -> list[Path]:
        if request.panel == ALL:
            full = not EXPORT_FORMATS[request.format].picture
            return [path for name, shot in shots.items() for path in save_one_of_all(name, shot, full=full)]
        shot = shots[request.panel]
        kind = EXPORT_FORMATS.get(request.path.suffix.lower().removeprefix("."))  # the ending decides, see save_figure
        figure = shot.figure(full=kind is not None and not kind.picture)
        save_figure(
            figure, shot.view, request.path,
            options=request.options, provenance=shot.provenance, overwrite=request.overwrite,
        )  # fmt: skip
        return [request.path]

    def save_one_of_all(name: str, shot: Shot, *, full: bool) -> list[Path]:
        figures = {name: (shot.figure(full=full), shot.view)}
        return save_all(figures, request.path, request.format, options=request.options, provenance=shot.provenance)

    return work


def picture_work(shot: Shot, options: PictureOptions) -> Callable[[], bytes]:
    """Give the work that makes a PNG for the clipboard."""
    return lambda: png_bytes(shot.figure(), shot.view, options=options, provenance=shot.provenance)
