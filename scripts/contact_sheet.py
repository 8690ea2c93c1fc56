"""Draw every panel for many stds, activations and depths, as sheets to look through: `make contact-sheet`."""

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Picture
from matplotlib.image import imread

from model import __version__
from model.data.prepare import load
from model.figures.export import png_bytes
from model.figures.figure import Figure, View
from model.figures.panels import PANELS
from model.figures.picture import PictureOptions
from model.figures.provenance import Provenance
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

STDS: dict[str, dict[str, object]] = {
    **{f"std {std:g}": {"weight_init_std": std} for std in (0.0, 1e-4, 0.01)},
    "he": {"init": "he"},
    **{f"std {std:g}": {"weight_init_std": std} for std in (1.0, 100.0)},
}
ACTIVATIONS = ("relu", "tanh", "sigmoid")
DEPTHS: dict[str, tuple[int, ...]] = {"1 hidden layer": (50,), "5 hidden layers": (50,) * 5}
DATASETS = ("digits", "moons")
STEPS = (0, 200)
CELL = PictureOptions(width=420, height=290, dpi=96)
_DPI = 100


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: a panel, a data set, a depth and a moment; activations are its rows and stds its columns."""

    panel: str
    dataset: str
    depth: str
    steps: int

    @property
    def name(self) -> str:
        """Of the file."""
        return f"{self.panel}-{self.dataset}-{len(DEPTHS[self.depth])}-hidden-step-{self.steps}"


def sheets(panels: Sequence[str] = tuple(PANELS)) -> Iterator[Sheet]:
    """List all sheets."""
    for dataset in DATASETS:
        for depth in DEPTHS:
            for steps in STEPS:
                yield from (Sheet(panel, dataset, depth, steps) for panel in panels)


def spec_of(dataset: str, depth: str, activation: str, std: str) -> TrainingSpec:
    """Give the network of one cell."""
    return TrainingSpec(dataset=dataset, hidden_sizes=DEPTHS[depth], activation=activation, steps=max(STEPS)).replaced(
        **STDS[std]
    )


def frame_of(dataset: str, depth: str, activation: str, std: str, steps: int) -> Frame:
    """Train the network of one cell."""
    spec = spec_of(dataset, depth, activation, std)
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    engine.train(steps)
    return engine.recording.frame()


def main(argv: Sequence[str]) -> int:
    """Draw the sheets that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("build/contact-sheet"))
    parser.add_argument("--only", metavar="TEXT", default="", help="draw only sheets with this in their name")
    arguments = parser.parse_args(argv)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    frames: dict[tuple[str, str, int], dict[tuple[str, str], Frame]] = {}
    for sheet in sheets():
        if arguments.only not in sheet.name:
            continue
        key = (sheet.dataset, sheet.depth, sheet.steps)
        if key not in frames:
            frames = {key: {(a, std): frame_of(*key[:2], a, std, key[2]) for a in ACTIVATIONS for std in STDS}}
        path = arguments.folder / f"{sheet.name}.png"
        _compose(sheet, frames[key]).savefig(path)
        print(path, flush=True)
    return 0


def _compose(sheet: Sheet, frames: dict[tuple[str, str], Frame]) -> Picture:
    width, height = CELL.pixels
    strip = 24
    picture = Picture(
        (len(STDS) * width / _DPI, len(ACTIVATIONS) * (height + strip) / _DPI), dpi=_DPI, facecolor="#888888"
    )
    FigureCanvasAgg(picture)
    panel = PANELS[sheet.panel]
    for row, activation in enumerate(ACTIVATIONS):
        for column, std in enumerate(STDS):
            cell = imread(io.BytesIO(cell_png(panel.make(frames[activation, std], panel.view), panel.view)))
            top = len(ACTIVATIONS) * (height + strip) - row * (height + strip)
            picture.figimage(cell[..., :3], column * width, top - strip - height)
            words = f"{sheet.panel} · {sheet.dataset} · {sheet.depth} · step {sheet.steps} · {activation} · {std}"
            x, y = (column * width + 8) / (len(STDS) * width), (top - 17) / (len(ACTIVATIONS) * (height + strip))
            picture.text(x, y, words, color="white", fontsize=8)
    return picture


def cell_png(figure: Figure, view: View) -> bytes:
    """Draw one figure in a cell's size."""
    return png_bytes(figure, view, options=CELL, provenance=Provenance("{}", 0, __version__))


def undrawable(figure: Figure) -> list[str]:
    """Name the places of a figure that are not finite where a renderer needs them: axes, words, dots, tiles."""
    wrong = []
    for plot in figure.plots:
        extents = {str(axis.label): axis.extent for axis in (plot.x, plot.y) if axis.extent is not None}
        wrong += [f"{plot.key}: axis {name}" for name, extent in extents.items() if not np.isfinite(extent).all()]
        for mark in plot.marks:
            places = [getattr(mark, name) for name in ("edges", "heights", "at") if hasattr(mark, name)]
            if type(mark).__name__ in {"Texts", "Segments", "Image"}:
                places += [mark.x, mark.y]  # type: ignore[union-attr]
            if not all(np.isfinite(np.asarray(place, dtype=np.float64)).all() for place in places):
                wrong.append(f"{plot.key}: {mark.key}")
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
