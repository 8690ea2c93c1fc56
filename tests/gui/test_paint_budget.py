"""Each refresh paints as many panels as fit: the one under the mouse always, and none is left out for long."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject

from gui.plots.paint_budget import BUDGET, PATIENCE, PaintBudget


class Panel:
    """Counts the frames that it is shown; what one costs is made up."""

    def __init__(self, cost, in_sight=True):
        self.cost = cost
        self.in_sight = in_sight
        self.shown = []

    def show_frame(self, frame):
        self.shown.append(frame.step)


REFRESHES = 60


def made(n, cost, in_sight=lambda _place: True):
    """Make so many panels; there are always the weights, which a new run shows first."""
    names = ["weights", *(f"panel {place}" for place in range(1, n))]
    return {name: Panel(cost, in_sight(place)) for place, name in enumerate(names)}


def refresh(panels, under_mouse, refreshes=REFRESHES, run=1):
    """Offer a frame at each refresh, the timer of the budget never coming first; the first shows everything."""
    owner = QObject()
    budget = PaintBudget(panels, owner)
    budget.offer(SimpleNamespace(run=run, step=0), under_mouse, whole=True)
    for step in range(1, refreshes):
        budget.offer(SimpleNamespace(run=run, step=step), under_mouse, whole=False)
    budget._timer.stop()


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("cost", [0.001, 0.003, 0.006, 0.02])
@pytest.mark.parametrize("n", [4, 14])
def test_the_panel_under_the_mouse_shows_every_frame_and_no_other_starves(n, cost):
    panels = made(n, cost)
    refresh(panels, "panel 3")
    assert panels["panel 3"].shown == list(range(REFRESHES))
    for panel in panels.values():
        gaps = [b - a for a, b in zip(panel.shown, [*panel.shown[1:], REFRESHES], strict=True)]
        assert max(gaps) <= n + PATIENCE


@pytest.mark.usefixtures("qapp")
def test_a_refresh_takes_no_more_than_its_budget_and_one_panel_that_waited():
    panels = made(14, 0.003)
    refresh(panels, "panel 2")
    for step in range(1, REFRESHES):
        painted = sum(panel.cost for panel in panels.values() if step in panel.shown)
        assert painted <= BUDGET + 0.003


@pytest.mark.usefixtures("qapp")
def test_of_panels_that_take_more_than_the_budget_one_comes_at_each_refresh():
    panels = made(8, 0.02)
    refresh(panels, "")
    for step in range(1, REFRESHES):
        assert sum(step in panel.shown for panel in panels.values()) == 1


@pytest.mark.usefixtures("qapp")
def test_panels_out_of_sight_cost_nothing_and_hold_up_nobody():
    panels = made(14, 0.006, in_sight=lambda place: place == 2)
    refresh(panels, "panel 2")
    assert all(panel.shown == list(range(REFRESHES)) for panel in panels.values())
