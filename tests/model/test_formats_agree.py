"""PNG, SVG and PDF of one figure are the same picture, in every panel and with all its letters."""

from pathlib import Path

import numpy as np
import pytest

from model.data.prepare import load
from model.figures.panels import PANELS
from model.figures.picture import PictureOptions
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper
from tests.grids import covered
from tests.model.test_render_mpl import seen, share_out_of_place

SLIDE, PAPER = PictureOptions(640, 400, dpi=96), PictureOptions(321, 227, dpi=96)
LINE_GAP = 3
"""Rows without ink that part two lines of letters."""


@pytest.fixture(scope="module")
def trained() -> Frame:
    spec = TrainingSpec(steps=30, hidden_sizes=(12, 8))
    engine = Engine(spec, load(spec.data_request), ClassStepper)
    engine.train(30)
    frame = engine.recording.frame()
    assert frame is not None
    return frame


def widths_of_lines(picture: np.ndarray) -> list[int]:
    """Measure from the first to the last dark pixel of each band of rows with ink."""
    ink = picture.mean(axis=2) < 150
    rows = np.flatnonzero(ink.any(axis=1))
    bands = np.split(rows, np.flatnonzero(np.diff(rows) > LINE_GAP) + 1)
    columns = [np.flatnonzero(ink[band].any(axis=0)) for band in bands]
    return [int(found[-1] - found[0]) for found in columns]


SIZES = {"paper": PAPER, "slide": SLIDE}


@pytest.mark.parametrize(("panel", "kind", "size"), covered(tuple(PANELS), ("svg", "pdf"), tuple(SIZES), share=4))
def test_every_panel_is_the_same_picture_in_every_format(
    panel: str, kind: str, size: str, trained: Frame, tmp_path: Path
):
    figure, view = PANELS[panel].make(trained, PANELS[panel].view), PANELS[panel].view
    png = seen(figure, view, "png", tmp_path, SIZES[size])
    other = seen(figure, view, kind, tmp_path, SIZES[size])
    assert other.shape == png.shape
    assert share_out_of_place(png, other) < 0.01


@pytest.mark.parametrize("panel", ["why", "randn"])
def test_letters_are_as_wide_in_every_format(panel: str, trained: Frame, tmp_path: Path):
    figure, view = PANELS[panel].make(trained, PANELS[panel].view), PANELS[panel].view
    wide = PictureOptions(900, 600, dpi=96)
    png = widths_of_lines(seen(figure, view, "png", tmp_path, wide))
    for kind in ("svg", "pdf"):
        other = widths_of_lines(seen(figure, view, kind, tmp_path, wide))
        assert len(other) == len(png) > 5
        assert other == [pytest.approx(width, rel=0.01, abs=2) for width in png], kind
