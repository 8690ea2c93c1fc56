"""What is painted when: in slow motion every single step, one after the other; of a new run its weights first."""

import pytest

from gui.window.main_window import MainWindow
from tests.gui.person import settle, until


class Painted:
    """Notes the step of the frame that a panel shows whenever it is painted."""

    def __init__(self, window: MainWindow, panel: str) -> None:
        self.steps: list[int] = []
        self._panel = window.dashboard.panels[panel]
        self._panel.painted.connect(self._note)

    def _note(self) -> None:
        frame = self._panel.frame
        assert frame is not None
        if not self.steps or self.steps[-1] != frame.step:
            self.steps.append(frame.step)


@pytest.mark.parametrize("speed", [10.0, 30.0])
def test_every_single_step_is_painted(window: MainWindow, speed: float) -> None:
    window.speed.set_value(speed)
    painted = Painted(window, "loss")
    window.session.train()
    until(lambda: window.session.step >= 12)
    window.session.run.pause()
    settle(window)
    last = window.session.step
    until(lambda: painted.steps[-1] == last)
    assert painted.steps == list(range(painted.steps[0], last + 1))
    assert painted.steps[0] <= 1


def test_the_speed_changes_while_the_run_goes_on(window: MainWindow) -> None:
    window.speed.set_value(1)
    window.session.train()
    until(lambda: window.session.step >= 1)
    window.speed.set_value("max")
    until(lambda: window.session.state == "finished")
    settle(window)
    assert window.session.step == window.session.run.target == window.session.frame.step


def test_the_weights_of_a_new_run_are_painted_before_anything_else(window: MainWindow) -> None:
    painted: list[str] = []
    for name, view in window.dashboard.panels.items():
        view.painted.connect(lambda name=name: painted.append(name))
    settle(window)
    painted.clear()
    window.session.turn("weight_init_std", 0.5)
    weights = window.dashboard.panels["weights"]
    assert painted == ["weights"]
    assert weights.frame is not None
    assert weights.frame.spec.weight_init_std == 0.5
