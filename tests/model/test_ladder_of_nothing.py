"""What the ladder of layers draws where it has nothing to divide into bars."""

from pathlib import Path

import pytest

from model.figures.panels import PANELS
from tests.states import frame_of


@pytest.mark.parametrize("panel", ["activations", "backprop"])
@pytest.mark.parametrize(("state", "zeros"), [("std 0", True), ("std 1e308", False)])
def test_exactly_0_is_drawn_where_values_are_0_and_not_where_none_is_finite(
    panel: str, state: str, tmp_path: Path, *, zeros: bool
) -> None:
    figure = PANELS[panel].make(frame_of(state, tmp_path), PANELS[panel].view)
    assert ("zero" in {mark.key for mark in figure.plots[0].marks}) is zeros
