"""Every panel can be drawn for every network of the contact sheet, and nothing in it is nowhere."""

from collections.abc import Iterator

import pytest

from model.figures.figure import Texts
from model.figures.panels import PANELS
from model.training.frame import Frame
from scripts.contact_sheet import ACTIVATIONS, DATASETS, DEPTHS, STDS, STEPS, cell_png, frame_of, undrawable

CORNERS = ("std 0", "std 100")


def frames(*, everything: bool) -> Iterator[tuple[str, Frame]]:
    for dataset in DATASETS:
        for depth in DEPTHS:
            for activation in ACTIVATIONS:
                for std in STDS if everything else CORNERS:
                    for steps in STEPS if everything else (20,):
                        name = f"{dataset}, {depth}, {activation}, {std}, step {steps}"
                        yield name, frame_of(dataset, depth, activation, std, steps)


def assert_sound(name: str, frame: Frame, panel_id: str) -> None:
    panel = PANELS[panel_id]
    figure = panel.make(frame, panel.view)
    assert undrawable(figure) == [], (name, panel_id)
    assert figure.plots or figure.passages or panel_id == "why", (name, panel_id)
    for plot in figure.plots:
        words = [str(t) for mark in plot.marks if isinstance(mark, Texts) for t in mark.texts]
        words += [str(plot.title), str(plot.x.label), str(plot.y.label), *(str(note.text) for note in plot.notes)]
        assert not any("{" in text or "}" in text for text in words), (name, panel_id)


def test_every_panel_of_the_corners_of_the_sheet_is_sound() -> None:
    for name, frame in frames(everything=False):
        for panel_id in PANELS:
            assert_sound(name, frame, panel_id)


@pytest.mark.soak
@pytest.mark.parametrize("panel_id", PANELS)
def test_every_cell_of_the_sheet_is_sound_and_becomes_a_picture(panel_id: str) -> None:
    for name, frame in frames(everything=True):
        assert_sound(name, frame, panel_id)
        panel = PANELS[panel_id]
        assert cell_png(panel.make(frame, panel.view), panel.view).startswith(b"\x89PNG")
