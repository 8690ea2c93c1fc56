"""Distributions through time: every count as counting the values themselves gives it, at every step that is shown."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from model.data.prepare import load
from model.figures.figure import Guide, Image, Line, View
from model.figures.panels import PANELS
from model.figures.tables import TABLES
from model.insight.passes import passes_of
from model.insight.strips import Strips, column_of
from model.insight.unroller import MOST, Kind, Unroller, stride_of
from model.training.engine import Engine
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

SPEC = TrainingSpec(dataset="moons", samples=60, hidden_sizes=(5, 4), steps=300, seed=3, activation="relu", init="he")
KINDS: tuple[Kind, ...] = ("weights", "activations", "backprop")


@pytest.fixture(scope="module")
def engine() -> Engine:
    made = Engine(SPEC, load(SPEC.data_request), kernel_stepper)
    made.train(100)
    made.edit("learning_rate", 0.5)
    made.train(300)
    return made


def unrolled(engine: Engine, kind: Kind, until: int | None = None) -> list[Strips]:
    told: list[Strips] = []
    Unroller(engine, kind).unroll(engine.recording.step if until is None else until, told.append)
    return told


def values_at(engine: Engine, kind: Kind, step: int) -> dict[str, np.ndarray]:
    """The oracle: the run trained to that step by itself."""
    other = Engine(engine.spec, engine.data, kernel_stepper)
    other.train(min(step, 100))
    if step > 100:
        other.edit("learning_rate", 0.5)
        other.train(step)
    views = other.layout.views(other.params)
    if kind == "weights":
        return dict(views)
    passed = passes_of(views, engine.data, engine.spec.activation)
    layers = passed.outputs if kind == "activations" else passed.deltas[:-1]
    return {f"h{layer}": values for layer, values in enumerate(layers, start=1)}


@pytest.mark.parametrize("kind", KINDS)
def test_every_column_counts_the_values_of_its_step(engine: Engine, kind: Kind) -> None:
    strips = unrolled(engine, kind)[-1]
    assert strips.done
    assert strips.stride == 2
    for place in (0, 1, 49, 50, 51, 150):
        for name, values in values_at(engine, kind, 2 * place).items():
            column = strips.columns[name][place]
            assert column.step == 2 * place
            shown = values[values != 0].astype(np.float64)
            assert (column.n, column.n_zero, column.n_odd) == (values.size, values.size - len(shown), 0)
            assert int(column.counts.sum()) + column.n_beyond == len(shown)
            for k, count in enumerate(column.counts.tolist()):
                low = (column.first + k) * column.width
                assert count == np.count_nonzero((shown >= low) & (shown < low + column.width))
            if len(shown):
                np.testing.assert_array_equal(column.quantiles, np.quantile(shown, (0.05, 0.5, 0.95)))


NUMBERS = st.floats(allow_subnormal=True) | st.sampled_from([0.0, -0.0, 1.0, -1.0, 1e308, -1e308, 5e-324, math.nan])


@given(hnp.arrays(np.float64, st.integers(0, 40), elements=NUMBERS))
def test_whatever_the_values_none_is_counted_twice_or_lost(values: np.ndarray) -> None:
    column = column_of(0, values)
    finite = values[np.isfinite(values) & (values != 0)]
    assert column.n_odd == np.count_nonzero(~np.isfinite(values))
    assert 0 <= column.n_beyond <= len(finite) // 8
    assert (column.counts >= 0).all()
    assert len(column.counts) <= 2 * 128 + 4


@given(hnp.arrays(np.float64, st.integers(1, 60), elements=st.floats(-100, 100)), st.integers(-4, 6))
def test_wider_rows_hold_just_what_lies_in_them(values: np.ndarray, wider: int) -> None:
    column = column_of(0, values)
    shown = values[values != 0]
    width, first = column.width * 2.0**wider, -40
    rows = column.in_rows(width, first, 80)
    if wider >= 0 and column.n_beyond == 0:
        edges = (first + np.arange(81)) * width
        expected = [np.count_nonzero((shown >= a) & (shown < b)) for a, b in pairwise(edges)]
        assert rows.tolist() == expected
    assert rows.sum() <= len(shown) + 1e-9


@pytest.mark.parametrize(("steps", "stride"), [(0, 1), (255, 1), (256, 2), (511, 2), (512, 4), (10**7, 65536)])
def test_no_run_has_more_columns_than_can_be_seen(steps: int, stride: int) -> None:
    assert stride_of("weights", steps) == stride
    assert steps // stride < MOST["weights"]


def test_going_on_makes_only_what_is_new_and_the_same(engine: Engine) -> None:
    unroller, told = Unroller(engine, "weights"), list[Strips]()
    unroller.unroll(120, told.append)
    before = told[-1].columns["W1"]
    unroller.unroll(300, told.append)
    after = told[-1].columns["W1"]
    assert [column.step for column in before] == list(range(121))
    assert [column.step for column in after] == list(range(0, 301, 2))
    assert [after[k] is before[2 * k] for k in range(61)] == [True] * 61
    unroller.give_up()
    n = len(told)
    unroller.unroll(300, told.append)
    assert len(told) == n or told[-1].columns["W1"][-1] is after[-1]


@pytest.mark.parametrize("kind", KINDS)
def test_the_figure_shows_the_shares_and_where_one_looks(engine: Engine, kind: Kind) -> None:
    frame = engine.recording.frame()
    assert frame is not None
    strips = unrolled(engine, kind)[-1]
    figure = PANELS[kind].make(frame, View(through_time=True, past=strips))
    names = [plot.key for plot in figure.plots]
    assert names == list(strips.columns)
    for plot in figure.plots:
        (image,) = (mark for mark in plot.marks if isinstance(mark, Image))
        columns = strips.columns[plot.key]
        assert image.values.shape[1] == len(columns)
        assert image.x == (-1.0, 301.0)
        sums = np.nansum(image.values, axis=0)
        assert (sums[[c.n_beyond == 0 and c.ends is not None for c in columns]] > 0.5).all()
        median = next(mark for mark in plot.marks if isinstance(mark, Line) and mark.key == "quantiles")
        assert median.x[-1] == 300
        assert not any(isinstance(mark, Guide) for mark in plot.marks)
    earlier = engine.recording.past_frame(40, engine.params)
    marks = PANELS[kind].make(earlier, View(through_time=True, past=strips)).plots[0].marks
    assert [mark.at for mark in marks if isinstance(mark, Guide)] == [40.0]


def test_steps_of_another_run_are_not_shown(engine: Engine) -> None:
    other = Engine(SPEC.replaced(seed=9), engine.data, kernel_stepper)
    other.train(10)
    frame = other.recording.frame()
    assert frame is not None
    figure = PANELS["weights"].make(frame, View(through_time=True, past=unrolled(engine, "weights")[-1]))
    assert not any(plot.marks for plot in figure.plots)
    assert "being made again" in str(figure.plots[0].notes[0].text)


def test_the_data_hold_every_bin_and_every_step(engine: Engine) -> None:
    frame = engine.recording.frame()
    assert frame is not None
    strips = unrolled(engine, "activations")[-1]
    bins, steps = TABLES["activations"](frame, View(through_time=True, past=strips))
    assert steps.n_rows == sum(map(len, strips.columns.values()))
    total = sum(row[0] for row in bins.rows(["count"]))
    assert total == sum(int(column.counts.sum()) for found in strips.columns.values() for column in found)
    assert {row[0] for row in bins.rows(["layer"])} == {1, 2}
