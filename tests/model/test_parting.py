"""Two runs held against each other, and how soon each got anywhere."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.data.prepare import load
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.parting import NO_CLIMB, climb, knobs_apart, parting
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

SPEC = TrainingSpec(dataset="moons", samples=60, hidden_sizes=(5,), steps=40, init="he")


def trained(spec: TrainingSpec, rate_from: tuple[int, float] | None = None, steps: int | None = None) -> Frame:
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    if rate_from is not None:
        engine.train(rate_from[0])
        engine.edit("learning_rate", rate_from[1])
    engine.train(spec.steps if steps is None else steps)
    frame = engine.recording.frame()
    assert frame is not None
    return frame


def test_runs_part_where_a_knob_was_turned_on_the_way() -> None:
    # the loss of a batch is that before its update: the first one that a rate of step 17 changes is that of step 18
    one, other = trained(SPEC), trained(SPEC, (17, 0.5))
    found = parting(one, other)
    assert (found.step, found.common) == (18, 40)
    assert found.losses == (one.loss[18], other.loss[18])
    assert knobs_apart(one.spec_in_force, other.spec_in_force) == [("Learning rate", "0.1", "0.5")]


def test_equal_runs_do_not_part_however_long_one_went_on() -> None:
    found = parting(trained(SPEC), trained(SPEC, steps=25))
    assert (found.step, found.common) == (None, 25)
    assert knobs_apart(SPEC, SPEC) == []


def test_other_weights_part_at_once_and_an_untrained_run_has_no_step() -> None:
    assert parting(trained(SPEC), trained(SPEC.replaced(seed=2))).step == 0
    found = parting(trained(SPEC), trained(SPEC, steps=0))
    assert (found.step, found.common) == (None, 0)
    assert all(math.isnan(loss) for loss in found.losses)


def test_nan_does_not_part_from_nan() -> None:
    spec = SPEC.replaced(learning_rate=1e30, activation="linear")
    one, other = trained(spec), trained(spec)
    assert np.isnan(one.loss).any()
    assert parting(one, other).step is None


@given(
    st.lists(st.sampled_from([0.1, 0.2, 0.5, 0.9, math.nan]), max_size=12),
    st.sampled_from([0.1, 0.15, 0.5, 0.9, 0.95]),
    st.booleans(),
)
def test_a_level_is_reached_where_the_curve_first_comes_up_to_it(
    curve: list[float], level: float, tested: bool
) -> None:
    steps = np.arange(len(curve), dtype=np.int64) * 10
    columns = [np.zeros(len(curve)), curve, np.zeros(len(curve))] if tested else [curve, [math.nan] * len(curve), curve]
    found = climb(steps, np.array(columns, dtype=np.float64).T.reshape(-1, 3))
    if tested and not np.isfinite(curve).any():
        return  # without one finite test accuracy the other one counts
    expected = next((10 * k for k, value in enumerate(curve) if value >= level), None)
    assert found.reached(level) == expected


def test_a_run_never_evaluated_never_got_anywhere() -> None:
    assert climb(np.empty(0, dtype=np.int64), np.empty((0, 3))) is NO_CLIMB
    assert NO_CLIMB.reached(0.1) is None
    frame = trained(SPEC)
    assert climb(frame.eval_steps, frame.evaluations).reached(0.0) == pytest.approx(0)
