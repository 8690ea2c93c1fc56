"""No diagnosis holds Python's lock for long: training and window need it in between."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from model.figures.panels import PANELS
from model.insight.advice.dying import died
from model.insight.advice.trial import Workbench
from model.training.bench.cases import DEEP, LARGE, Case
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.stepper import kernel_stepper

pytestmark = pytest.mark.alone

MOST = 0.005
TRIALS = 9
"""Of which the best counts: what else the machine does makes gaps longer, never shorter."""


@pytest.fixture(autouse=True)
def _as_in_the_window() -> Iterator[None]:
    """Let threads ask for the lock as often as those of the window do."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    yield
    sys.setswitchinterval(usual)


def longest_gap(work: Callable[[], object]) -> float:
    """Give the longest time that another thread waited for the lock during some work, in seconds."""
    gaps, done = [0.0], threading.Event()

    def beat() -> None:
        last = time.perf_counter()
        while not done.is_set():
            done.wait(0.0002)
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    thread = threading.Thread(target=beat)
    thread.start()
    work()
    done.set()
    thread.join()
    return max(gaps)


def trained(case: Case, seed: int) -> Frame:
    """Make a run of its own for each trial: what is kept of one Frame would cost nothing the second time."""
    engine = Engine(case.spec(200).replaced(seed=seed), case.data(), kernel_stepper)
    engine.train(100)
    frame = engine.recording.frame()
    assert frame is not None
    return frame


@pytest.mark.soak
@pytest.mark.parametrize("case", [LARGE, DEEP], ids=lambda case: case.name)
def test_no_panel_holds_the_lock_for_more_than_5_ms(case: Case) -> None:
    gaps: dict[str, float] = {}
    for seed in range(TRIALS):
        frame = trained(case, seed)
        for name, panel in PANELS.items():
            gap = longest_gap(lambda panel=panel, frame=frame: panel.make(frame, panel.view))  # type: ignore[misc]
            gaps[name] = min(gap, gaps.get(name, gap))
    assert max(gaps.values()) < MOST, {name: f"{gap * 1e3:.1f} ms" for name, gap in gaps.items()}


@pytest.mark.soak
@pytest.mark.parametrize("case", [LARGE, DEEP], ids=lambda case: case.name)
def test_no_trial_holds_the_lock_either(case: Case) -> None:
    gaps: dict[str, float] = {}
    for seed in range(TRIALS):
        frame = trained(case, seed)
        works: dict[str, Callable[[], object]] = {
            scheme: partial(Workbench(kernel_stepper).run, frame.spec.replaced(init=scheme), frame.data, 100)
            for scheme in ("he", "lsuv")
        }
        works["died"] = partial(died, frame, frame.spec, Workbench(kernel_stepper))
        for name, work in works.items():
            gap = longest_gap(work)
            gaps[name] = min(gap, gaps.get(name, gap))
    assert max(gaps.values()) < MOST, {name: f"{gap * 1e3:.1f} ms" for name, gap in gaps.items()}
