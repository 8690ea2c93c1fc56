"""Words in a plot stand where nothing is, found from the marks alone and checked against the picture that is drawn."""

import time
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from model.data.prepare import load
from model.figures.emptiness import COLUMNS, ROWS, free_place, taken_cells
from model.figures.figure import Axis, Compared, Dots, Figure, Plot, View
from model.figures.page import lay_out
from model.figures.palette import LIGHT
from model.figures.panels import PANELS
from model.figures.ranges import visible_range
from model.figures.render_mpl import draw
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper
from model.words import msg
from tests.grids import covered


def frame_of(**knobs: object) -> Frame:
    spec = TrainingSpec(**{"steps": 300, "hidden_sizes": (20, 10), **knobs})
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    engine.train(spec.steps)
    frame = engine.recording.frame()
    assert frame is not None
    return frame


@pytest.fixture(scope="module")
def frames() -> dict[str, Frame]:
    return {
        "book": frame_of(),
        "zero": frame_of(weight_init_std=0.0),
        "he": frame_of(init="he", steps=30),
        "untrained": frame_of(steps=0),
        "points": frame_of(dataset="moons"),
    }


def inked_cells(plot: Plot, view: View) -> np.ndarray:
    """Draw a plot alone and look which cells of it are not blank."""
    bare = Figure("one", msg(""), (plot,), msg(""))
    picture = draw(bare, view.with_(notes=False), theme=LIGHT, size=(700, 500), dpi=96)
    for artist in [*picture.lines, *picture.artists, *picture.texts]:
        artist.set_visible(False)  # grid and words around the plot
    for patch in picture.axes[0].patches:
        if patch.get_zorder() > 50:
            patch.set_visible(False)
    canvas = FigureCanvasAgg(picture)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[:, :, :3].astype(int)
    box = picture.axes[0].get_window_extent()
    height = len(pixels)
    inner = pixels[height - round(box.y1) : height - round(box.y0), round(box.x0) : round(box.x1)]
    ink = (np.abs(inner - 255) > 12).any(axis=2)
    rows, columns = (
        np.linspace(0, n, parts + 1).astype(int) for n, parts in zip(ink.shape, (ROWS, COLUMNS), strict=True)
    )
    return np.array([[ink[a:b, c:d].any() for c, d in pairwise(columns)] for a, b in pairwise(rows)])


FULL = ("decision", "features", "network", "activations", "backprop", "phase")
"""Panels whose plots may leave no room."""


WITH_PLOTS = [panel_id for panel_id in PANELS if panel_id != "why"]


@pytest.mark.parametrize(
    ("panel_id", "scene"), covered(WITH_PLOTS, ("book", "zero", "he", "untrained", "points"), share=3)
)
def test_no_ink_of_the_drawn_picture_lies_in_a_cell_called_empty(frames, panel_id: str, scene: str) -> None:
    for log_y in (False, True):
        view = PANELS[panel_id].view.with_(compared=(Compared(frames["he"]),), log_y=log_y)
        for plot in PANELS[panel_id].make(frames[scene], view).plots[:2]:
            bare = view.with_(ranges={plot.key: visible_range(plot, view)})
            if plot.equal:
                continue  # its range follows from the size; pictures fill it
            taken = taken_cells(plot, view, visible_range(plot, view))
            ink = inked_cells(plot, bare)
            assert not (ink & ~taken).any(), np.argwhere(ink & ~taken)[:5]
            assert taken.mean() < 0.97 or panel_id in FULL


def test_a_whisker_from_far_below_is_taken_wherever_it_is_shown() -> None:
    whisker = Dots("k", msg("k"), "accent", *np.array([[0.5], [0.9], [1e-300], [1.0]]), size=2.0)
    axes = Axis(msg("x"), extent=(0.0, 1.0)), Axis(msg("y"), log=True, extent=(-4.0, 1.0))
    taken = taken_cells(Plot("p", msg("p"), *axes, (whisker,)), View(), ((0.0, 1.0), (-4.0, 1.0)))
    assert taken[ROWS // 4 :, COLUMNS // 2].all()


def test_words_take_the_first_free_corner_and_keep_it_while_they_can() -> None:
    taken = np.zeros((ROWS, COLUMNS), dtype=bool)
    assert free_place(taken, 0.5, 0.25) == (0.0, 0.0)
    taken[0, 0] = True
    assert free_place(taken, 0.5, 0.25) == (0.5, 0.0)
    assert free_place(taken, 0.5, 0.25, held=(0.25, 0.5)) == (0.25, 0.5)
    taken[:4, :] = True
    assert free_place(taken, 0.5, 0.25) == (0.0, 1 - 0.25)
    taken[ROWS // 2 + 1, COLUMNS // 4 + 1] = True
    assert free_place(taken, 0.5, 0.25, held=(0.25, 0.5)) != (0.25, 0.5)
    assert free_place(np.ones_like(taken), 0.1, 0.1) is None
    assert free_place(np.zeros_like(taken), 1.2, 0.1) is None


@pytest.mark.parametrize("seed", range(20))
def test_a_free_place_is_free_and_none_means_none(seed: int) -> None:
    rng = np.random.default_rng(seed)
    taken = rng.random((ROWS, COLUMNS)) < rng.choice([0.005, 0.02, 0.1])
    width, height = rng.uniform(0.05, 0.6, 2)
    rows, columns = int(np.ceil(height * ROWS)), int(np.ceil(width * COLUMNS))
    found = free_place(taken, width, height)
    blocks = [
        not taken[r : r + rows, c : c + columns].any()
        for r in range(ROWS - rows + 1)
        for c in range(COLUMNS - columns + 1)
    ]
    assert (found is not None) == any(blocks)
    if found is not None:
        column, row = round(found[0] * COLUMNS), round(found[1] * ROWS)
        assert not taken[row : row + rows, column : column + columns].any()


@pytest.mark.alone
def test_to_look_where_a_long_run_is_costs_little() -> None:
    frame = frame_of(steps=5000)
    view = PANELS["gradients"].view
    (plot,) = PANELS["gradients"].make(frame, view).plots
    ranges = visible_range(plot, view)
    best = min(_timed(lambda: taken_cells(plot, view, ranges)) for _ in range(7))
    assert best < 0.01


def _timed(action) -> float:
    began = time.thread_time()
    action()
    return time.thread_time() - began


def test_in_a_file_notes_stand_outside_the_plot(frames) -> None:
    for panel_id, panel in PANELS.items():
        figure = panel.make(frames["zero"], panel.view)
        for cell in lay_out(figure, panel.view, 640, 400, lambda text, size: 0.5 * size * len(text)).cells:
            for label in cell.labels:
                inside = cell.box.bottom < label.y < cell.box.top and cell.box.left < label.x < cell.box.right
                assert not inside, (panel_id, label)
