"""What colours stand for is said beside every picture, on an absolute scale, in the window and in files."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from model.data.dataset import DataRequest
from model.data.prepare import load
from model.figures.colour_key import colour_keys
from model.figures.figure import Image, Segments
from model.figures.palette import THEMES
from model.figures.panels import PANELS
from model.figures.render_mpl import draw
from model.figures.shades import pixels, shades
from model.insight.units import weight_scale
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper

KEYS = {
    "features": [("weights W1", "−0.53", "0.53")],
    "network": [("weight", "−0.53 … −2.1", "0.53 … 2.1")],
    "phase": [("log₂ χ₁: gradients vanish below 0, explode above", "−2", "2")],
    "symmetry": [("cosine of two units", "−1", "1")],
    "decision": [("pixel", "0", "1"), ("share of the class", "0", "1")],
}


@pytest.fixture(scope="module")
def frame() -> Frame:
    engine = Engine(TrainingSpec(hidden_sizes=(6, 4), steps=9, batch_size=10), load(DataRequest()), ClassStepper)
    engine.train(9)
    frame = engine.recording.frame()
    assert frame is not None
    return frame


@pytest.mark.parametrize("panel_id", PANELS)
def test_every_scale_of_colours_has_a_key_and_nothing_else_has(frame: Frame, panel_id: str) -> None:
    figure = PANELS[panel_id].make(frame, PANELS[panel_id].view)
    keys = colour_keys(figure.plots)
    assert [(str(key.label), *key.ends) for key in keys] == KEYS.get(panel_id, [])


def test_the_limits_of_the_network_are_those_of_its_layers(frame: Frame) -> None:
    (key,) = colour_keys(PANELS["network"].make(frame, PANELS["network"].view).plots)
    assert key.limits == (weight_scale(64), weight_scale(4))


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
@pytest.mark.parametrize("panel_id", KEYS)
def test_the_colours_of_a_key_are_those_of_the_values_that_it_names(frame: Frame, panel_id: str, theme) -> None:
    figure = PANELS[panel_id].make(frame, PANELS[panel_id].view)
    for key in colour_keys(figure.plots):
        low, middle, high = key.inks(theme, 3).tolist()
        for mark in (mark for plot in figure.plots for mark in plot.marks):
            if isinstance(mark, Image) and mark.label == key.label:
                ends = [-mark.limit if key.signed else 0.0, 0.0 if key.signed else mark.limit / 2, mark.limit]
                probe = Image("", mark.label, np.array([ends]), mark.x, mark.y, mark.scale, mark.limit)
                assert pixels(probe, theme)[0, :, :3].tolist() == [low, middle, high]
            if isinstance(mark, Segments) and mark.signed:
                assert shades(np.array([-1.0, 0.0, 1.0]), theme).tolist() == [low, middle, high]


@pytest.mark.parametrize("size", [(640, 400), (320, 240), (556, 166)])
@pytest.mark.parametrize("panel_id", KEYS)
def test_a_file_draws_each_key_with_its_numbers(frame: Frame, panel_id: str, size: tuple[int, int]) -> None:
    figure = PANELS[panel_id].make(frame, PANELS[panel_id].view)
    theme = THEMES["light"]
    picture = draw(figure, PANELS[panel_id].view, theme=theme, size=size)
    said = [text.get_text() for text in picture.findobj(Text)]
    inks = {tuple(np.round(np.array(p.get_facecolor()[:3]) * 255)) for p in picture.findobj(Rectangle)}
    for label, *ends in KEYS[panel_id][:1]:
        assert set(ends) <= set(said)
        assert any(text and label.startswith(text.removesuffix("…")) for text in said)
    (key, *_) = colour_keys(figure.plots)
    assert {tuple(map(float, ink)) for ink in key.inks(theme, 3).tolist()} <= inks
