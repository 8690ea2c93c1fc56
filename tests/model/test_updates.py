"""The update ratio: what is recorded is the applied update, and what is foretold is what comes."""

from itertools import pairwise

import numpy as np
import pytest

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.figures.figure import Figure, Guide, Line, View
from model.figures.panels import PANELS
from model.insight.updates import first_update_ratios, update_ratios
from model.network.optimizers import OPTIMIZERS
from model.training.engine import Engine, Stepper
from model.training.frame import Frame
from model.training.record import run_arrays
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper

STEPPERS = pytest.mark.parametrize("stepper", [ClassStepper, kernel_stepper], ids=["class", "kernel"])


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load(DataRequest())


def engine_of(data: Dataset, stepper: Stepper, **knobs: object) -> Engine:
    spec = TrainingSpec(**{"hidden_sizes": (9, 6), "steps": 12, "eval_every": 3, "batch_size": 10, **knobs})
    return Engine(spec, data, stepper)


def frame_of(engine: Engine) -> Frame:
    frame = engine.recording.frame()
    assert frame is not None
    return frame


def said(figure: Figure) -> list[str]:
    return [str(note.text) for note in figure.plots[0].notes]


def norms(frame: Frame, values: dict[str, np.ndarray]) -> list[float]:
    return [float(np.linalg.norm(values[name].astype(np.float64))) for name in frame.layout.names]


@STEPPERS
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_what_is_recorded_is_the_change_that_the_step_made(digits: Dataset, stepper: Stepper, optimizer: str):
    engine = engine_of(digits, stepper, optimizer=optimizer, init="he", weight_decay=0.01, learning_rate=0.01)
    frames = [frame_of(engine)]
    for step in range(1, 13):
        engine.train(step)
        frames.append(frame_of(engine))
    last = frames[-1]
    assert last.eval_steps.tolist() == [0, 3, 6, 9, 12] or len(last.update_norms) in (4, 12)
    checked = 0
    for k, step in enumerate(last.eval_steps[: len(last.update_norms)].tolist()):
        before, after = frames[step].params, frames[step + 1].params
        change = {name: after[name].astype(np.float64) - before[name] for name in before}
        np.testing.assert_allclose(last.update_norms[k], norms(last, change), rtol=1e-4)
        np.testing.assert_allclose(last.weight_norms[k], norms(last, dict(before)), rtol=1e-4)
        checked += 1
    assert checked >= 4


@STEPPERS
def test_a_frame_holds_only_updates_that_were_made(digits: Dataset, stepper: Stepper):
    engine = engine_of(digits, stepper)
    engine.recording.updates[:] = np.nan
    counts = []
    for frame in (frame_of(engine), *(_trained(engine, step) for step in (1, 4, 12, 13))):
        assert np.isfinite(frame.update_norms).all()
        made = frame.eval_steps[frame.eval_steps < frame.step]
        assert len(frame.update_norms) == len(frame.weight_norms) == len(made)
        counts.append(len(made))
    assert counts[0] == 0
    assert all(earlier <= later for earlier, later in pairwise(counts))


def _trained(engine: Engine, until: int) -> Frame:
    engine.train(until)
    return frame_of(engine)


@STEPPERS
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("knobs", [{}, {"init_distribution": "uniform"}, {"init": "lsuv", "weight_decay": 0.1}])
def test_the_first_update_is_foretold(digits: Dataset, stepper: Stepper, optimizer: str, knobs: dict[str, object]):
    engine = engine_of(digits, stepper, optimizer=optimizer, dtype="float64", seed=7, activation="tanh", **knobs)
    foretold = first_update_ratios(frame_of(engine))
    engine.train(1)
    steps, ratios = update_ratios(frame_of(engine))
    assert steps[0] == 0
    np.testing.assert_allclose(ratios[0], foretold, rtol=1e-6)
    assert np.isinf(foretold[1::2]).all()


def test_recording_changes_no_bit_of_a_run(digits: Dataset):
    often, seldom = (engine_of(digits, kernel_stepper, steps=40, eval_every=n) for n in (1, 40))
    for engine in (often, seldom):
        engine.train(40)
    np.testing.assert_array_equal(often.params, seldom.params)


def test_the_record_of_a_run_holds_its_updates(digits: Dataset):
    engine = engine_of(digits, ClassStepper)
    engine.train(12)
    arrays = run_arrays(engine)
    np.testing.assert_array_equal(arrays["update_norms"], frame_of(engine).update_norms)
    np.testing.assert_array_equal(arrays["weight_norms"], frame_of(engine).weight_norms)


def test_the_panel_draws_powers_of_ten_and_the_rule(digits: Dataset):
    engine = engine_of(digits, ClassStepper, init="he")
    engine.train(12)
    frame = frame_of(engine)
    steps, ratios = update_ratios(frame)
    marks = {mark.key: mark for mark in PANELS["updates"].make(frame, View()).plots[0].marks}
    line, rule = marks["W2"], marks["rule"]
    assert isinstance(line, Line)
    np.testing.assert_array_equal(line.x, steps)
    np.testing.assert_allclose(10**line.y, ratios[:, 2])
    assert isinstance(rule, Guide)
    assert (rule.at, rule.direction) == (pytest.approx(-3), "horizontal")


def test_before_the_first_step_the_panel_says_what_it_shows(digits: Dataset):
    frame = frame_of(engine_of(digits, ClassStepper, init="he"))
    notes = said(PANELS["updates"].make(frame, View()))
    assert "computed for the first update, from the run's first batch" in notes
    assert any("infinite" in note and "b1, b2, b3" in note for note in notes)


def test_parameters_that_are_never_changed_are_named(digits: Dataset):
    engine = engine_of(digits, ClassStepper, weight_init_std=0.0)
    engine.train(12)
    notes = said(PANELS["updates"].make(frame_of(engine), View()))
    assert any(note.startswith("no update at all: W1, b1 … W3") for note in notes)


def test_gaps_where_a_step_changed_nothing_are_explained() -> None:
    spec = TrainingSpec(dataset="moons", weight_init_std=100.0, steps=200)
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    engine.train(200)
    frame = frame_of(engine)
    _, ratios = update_ratios(frame)
    n = np.count_nonzero(ratios == 0)
    assert 0 < n < ratios.size
    assert f"without an update, not drawn: {n} of {ratios.size} recorded" in said(
        PANELS["updates"].make(frame, PANELS["updates"].view)
    )
