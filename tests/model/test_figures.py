"""Figures: whatever the numbers are, nothing is lost unsaid, every panel can be drawn, and it says what is so."""

import math
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.figures.figure import DISPLAY_LIMIT, Axis, Bars, Compared, Figure, Guide, Line, Plot, View, to_display
from model.figures.histogram import bin_counts, bin_edges, extent_of
from model.figures.notes import listed, outside_notes
from model.figures.palette import LIGHT
from model.figures.panels import PANELS
from model.figures.ranges import EMPTY, axis_range, next_range, round_step, visible_range
from model.figures.render_mpl import draw
from model.figures.smoothing import smooth
from model.figures.stacking import visible_marks
from model.figures.tables import TABLES
from model.figures.tables.table import Table
from model.figures.thinning import envelope
from model.figures.ticks import axis_ticks, spaced_ticks
from model.insight.randn import RandnRequest
from model.insight.seed_runs import Repeat, SeedRequest, SeedRuns
from model.insight.unroller import Past, Unroller
from model.insight.width_runs import WidthRequest
from model.sweeps.axis import Axis as SweepAxis
from model.sweeps.points import Points
from model.sweeps.sweep import Sweep
from model.sweeps.table import About
from model.sweeps.table import Table as SweepTable
from model.training.engine import Engine
from model.training.frame import Frame, Parameters
from model.training.history import MOST
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper
from model.words import msg
from tests.grids import covered
from tests.model.mark_arrays import arrays_of

# ── histograms ───────────────────────────────────────────────────────────────────────────────────────────────────────

STRANGE = [
    math.nan, math.inf, -math.inf, 1e308, -1e308, 1e300, -1e300, 1.7e308, 5e-324, -5e-324, 1e-310, 1e-300, 0.0, -0.0,
    1e17, 1.0, 0.3, 0.7, -0.1,
]  # fmt: skip
FINITE = st.floats(allow_nan=False, allow_infinity=False)
DOUBLES = hnp.arrays(np.float64, st.integers(0, 60), elements=st.sampled_from(STRANGE) | FINITE | st.floats(-3, 3))
SINGLES = hnp.arrays(
    np.float32,
    st.integers(0, 60),
    elements=st.floats(width=32) | st.floats(-3, 3, width=32) | st.just(3.4028234663852886e38) | st.just(1e-45),
)


def assert_nothing_is_lost(values: np.ndarray, bins: int) -> None:
    found = extent_of(values)
    drawn = 0.0
    if found.range is not None:
        edges = bin_edges(found.range, bins)
        assert len(edges) == bins + 1
        assert np.isfinite(edges).all()
        assert np.all(np.diff(edges) > 0)
        assert edges[0] <= found.range[0] <= found.range[1] <= edges[-1]
        counts = bin_counts(values, edges)
        assert counts.shape == (bins,)
        drawn = counts.sum()
    assert drawn + found.n_zero + found.n_nan + found.n_inf + found.off_scale == values.size


@given(values=DOUBLES | SINGLES, bins=st.integers(1, 300))
@example(values=np.full(7, 1e17), bins=60)
@example(values=np.array([1, 1 + 1.2e-7], dtype=np.float32), bins=60)
@example(values=np.array([1e17, 1e17 + 16]), bins=60)
@example(values=np.array([1.0, np.nextafter(1.0, 2)]), bins=60)
@example(values=np.array([-1e308, 1e308]), bins=60)
@example(values=np.array([-1e300, 1e300]), bins=60)
@example(values=np.array([5e-324, 1e-323]), bins=60)
@example(values=np.array([5e-324, 1e300]), bins=60)
def test_a_histogram_of_anything_loses_no_value_unsaid(values: np.ndarray, bins: int) -> None:
    assert_nothing_is_lost(values, bins)


def test_no_value_falls_off_the_rounded_ends_of_a_histogram() -> None:
    rng = np.random.default_rng(0)
    ends = np.round(rng.uniform(-10, 10, (4000, 2)), 1) * 10.0 ** rng.integers(-12, 12, (4000, 1))
    for one, other in ends:
        for low, high in ((one, other), (np.nextafter(one, -np.inf), np.nextafter(other, np.inf))):
            assert_nothing_is_lost(np.array([low, high]), 60)


@given(values=DOUBLES | SINGLES)
def test_what_is_not_drawn_is_counted_by_its_kind(values: np.ndarray) -> None:
    found = extent_of(values)
    values = values.astype(np.float64)
    assert found.n_zero == np.count_nonzero(values == 0)
    assert found.n_nan == np.count_nonzero(np.isnan(values))
    assert found.n_inf == np.count_nonzero(np.isinf(values))
    assert found.off_scale == np.count_nonzero(np.isfinite(values) & (np.abs(values) > DISPLAY_LIMIT))
    drawn = values[(np.abs(values) <= DISPLAY_LIMIT) & (values != 0)]
    assert found.range == ((float(drawn.min()), float(drawn.max())) if len(drawn) else None)


@given(values=hnp.arrays(np.float64, st.integers(1, 200), elements=st.floats(-1e6, 1e6)), bins=st.integers(1, 100))
def test_where_numpy_can_count_the_counts_are_numpys(values: np.ndarray, bins: int) -> None:
    found = extent_of(values)
    assume(found.range is not None)
    edges = bin_edges(found.range, bins)
    # on an edge itself either side is right, by the last bit
    share = (values - edges[0]) / (edges[-1] - edges[0]) * bins
    inner = values[np.abs(share - np.round(share)) > 1e-6]
    expected, _ = np.histogram(inner[inner != 0], edges)
    np.testing.assert_array_equal(bin_counts(inner, edges), expected)


def test_a_value_outside_the_edges_or_zero_is_in_no_bin() -> None:
    edges = np.linspace(-1, 1, 5)
    values = np.array([-1.0, -1.1, 0.0, 0.1, 0.5, 1.0, 1.1, np.nan, np.inf, -np.inf])
    assert bin_counts(values, edges).tolist() == [1, 0, 1, 2]


def test_bins_stay_put_while_the_values_move_a_little() -> None:
    edges = {id(bin_edges((-0.03 * 1.002**frame, 0.031 * 1.002**frame), 60)) for frame in range(500)}
    assert len(edges) < 12


# ── ranges ───────────────────────────────────────────────────────────────────────────────────────────────────────────

EXTENTS = st.tuples(FINITE, FINITE).map(sorted).map(tuple) | FINITE.map(lambda v: (v, v))
ORDINARY = st.tuples(st.floats(-1e9, 1e9), st.floats(1e-9, 1e9)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(extent=EXTENTS, before=st.none() | EXTENTS)
def test_a_range_is_finite_and_holds_its_extent(extent: tuple, before: tuple | None) -> None:
    old = None if before is None else next_range(None, before)
    low, high = next_range(old, extent)
    assert math.isfinite(low)
    assert math.isfinite(high)
    assert low < high
    assert low <= max(extent[0], -DISPLAY_LIMIT)
    assert min(extent[1], DISPLAY_LIMIT) <= high


@given(extent=EXTENTS, before=st.none() | EXTENTS)
def test_asking_twice_moves_nothing(extent: tuple, before: tuple | None) -> None:
    old = None if before is None else next_range(None, before)
    new = next_range(old, extent)
    assert next_range(new, extent) == new
    assert next_range(old, extent) == new


@given(extent=ORDINARY, shares=st.tuples(st.floats(0.001, 0.2), st.floats(0.8, 0.999)))
def test_a_range_stays_while_the_data_fits_and_fills_it(extent: tuple, shares: tuple[float, float]) -> None:
    assume(extent[1] - extent[0] > 1e-6 * max(map(abs, extent)))
    old = next_range(None, extent)
    span = old[1] - old[0]
    inside = tuple(old[0] + share * span for share in shares)
    assert next_range(old, inside) == old


@given(extent=ORDINARY)
def test_a_range_moves_when_the_data_leaves_it_or_shrinks_far(extent: tuple) -> None:
    old = next_range(None, extent)
    span = old[1] - old[0]
    beyond = (extent[0], old[1] + span)
    assert next_range(old, beyond)[1] >= beyond[1]
    small = (old[0] + 0.5 * span, old[0] + 0.6 * span)
    assume(small[1] - small[0] > 1e-6 * max(map(abs, small)))
    low, high = next_range(old, small)
    assert high - low < 0.5 * span


@given(extent=ORDINARY)
def test_the_ends_of_a_range_are_round(extent: tuple) -> None:
    span = extent[1] - extent[0]
    assume(span > 1e-6 * max(map(abs, extent)))
    step = round_step(span / 5)
    mantissa = step / 10.0 ** math.floor(math.log10(step * (1 + 1e-9)))
    assert min(abs(mantissa - round_) for round_ in (1, 2, 5)) < 1e-6
    for end in next_range(None, extent):
        assert abs(end / step - round(end / step)) < 1e-3


@given(extent=st.tuples(st.floats(0, 1e9), st.floats(1e-9, 1e9)).map(lambda pair: (pair[0], pair[0] + pair[1])))
def test_what_is_never_negative_has_no_negative_axis(extent: tuple) -> None:
    assert next_range(None, extent)[0] >= 0


def test_without_data_an_axis_stays_or_is_empty() -> None:
    assert next_range(None, None) == EMPTY
    assert next_range((3.0, 4.0), None) == (3.0, 4.0)


def test_an_axis_moves_seldom_while_its_data_grows_a_thousandfold() -> None:
    shown, moves = None, 0
    for frame in range(5000):
        new = next_range(shown, (2.3 - 0.0014 * frame**0.8, 2.3 + 0.001 * frame))
        moves += new != shown
        shown = new
    assert moves < 40


def test_an_exact_axis_is_its_extent() -> None:
    axis = Axis(PANELS["loss"].title, extent=(0.0, 1.03), exact=True)
    assert axis_range((0.0, 9.0), axis) == (0.0, 1.03)


# ── smoothing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def smoothed_by_hand(values: np.ndarray, weight: float) -> np.ndarray:
    """The mean of all finite values so far, weight**age each, in rational steps that cannot overflow."""
    result = np.full(len(values), np.nan)
    mean, total = 0.0, 0.0
    for i, value in enumerate(values.tolist()):
        total *= weight
        if math.isfinite(value):
            total += 1
            mean += value / total - mean / total
            result[i] = mean
    return result


def assert_smoothed_as_by_hand(values: np.ndarray, weight: float) -> None:
    expected = smoothed_by_hand(values, weight)
    found = smooth(values, weight)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    some = ~np.isnan(expected)
    scale = np.abs(values[np.isfinite(values)]).max(initial=0.0)
    np.testing.assert_allclose(found[some], expected[some], rtol=1e-9, atol=1e-9 * scale)


@given(
    values=hnp.arrays(
        np.float64, st.integers(0, 50), elements=st.floats(-1e3, 1e3) | st.sampled_from([math.nan, math.inf, -math.inf])
    ),
    weight=st.floats(1e-6, 0.999) | st.sampled_from([1e-300, 1e-100, 0.5, 0.9]),
)
def test_smoothing_is_the_plain_loop(values: np.ndarray, weight: float) -> None:
    assert_smoothed_as_by_hand(values, weight)


@pytest.mark.parametrize("weight", [0.01, 0.6, 0.9, 0.99, 0.9999])
def test_smoothing_is_the_plain_loop_over_long_curves_too(weight: float) -> None:
    rng = np.random.default_rng(1)
    values = rng.standard_normal(20_000).cumsum()
    values[rng.choice(20_000, 500, replace=False)] = math.nan
    values[5000:9500] = math.nan
    assert_smoothed_as_by_hand(values, weight)


@given(
    values=hnp.arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e308, 1e308)),
    weight=st.floats(0.01, 0.999),
)
@example(values=np.full(30_000, 1e200), weight=0.9)
def test_a_smoothed_value_lies_between_the_values_even_where_they_are_huge(values: np.ndarray, weight: float) -> None:
    found = smooth(values, weight)
    size = np.abs(values).max()
    assert np.isfinite(found).all()
    assert np.all(found >= values.min() - 1e-9 * size)
    assert np.all(found <= values.max() + 1e-9 * size)


def test_no_smoothing_gives_the_values_themselves() -> None:
    values = np.array([1.0, math.nan, math.inf, -2.0])
    assert smooth(values, 0.0) is values


# ── thinning ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(
    y=hnp.arrays(np.float64, st.integers(0, 400), elements=st.floats(-1e3, 1e3) | st.just(math.nan)),
    columns=st.integers(1, 20),
    shown=st.tuples(st.floats(-50, 450), st.floats(1, 500)).map(lambda pair: (pair[0], pair[0] + pair[1])),
)
def test_a_thinned_curve_has_the_lowest_and_highest_of_each_part(y: np.ndarray, columns: int, shown: tuple) -> None:
    x = np.arange(len(y), dtype=np.float64)
    thin_x, thin_y = envelope(x, y, shown, columns)
    assert len(thin_x) == len(thin_y) <= max(4 * columns, 2 * (columns + 3))
    assert np.all(np.diff(thin_x) >= 0)

    def parts(xs: np.ndarray) -> np.ndarray:
        return np.floor((xs - shown[0]) * (columns / (shown[1] - shown[0])))

    for part in range(columns):
        here, there = y[parts(x) == part], thin_y[parts(thin_x) == part]
        finite = here[~np.isnan(here)]
        if len(finite):
            assert (np.nanmin(there), np.nanmax(there)) == (finite.min(), finite.max())
        else:
            assert np.isnan(there).all()


def test_a_short_line_may_go_any_way_and_is_drawn_whole() -> None:
    angle = np.linspace(0, 2 * np.pi, 100)
    x, y = np.cos(angle), np.sin(angle)
    x[:10] = np.nan
    thin_x, thin_y = envelope(x, y, (-0.5, 0.5), 50)
    np.testing.assert_array_equal(thin_x, x)
    np.testing.assert_array_equal(thin_y, y)


def test_a_spike_of_one_point_survives_thinning() -> None:
    x, y = np.arange(1_000_000.0), np.zeros(1_000_000)
    for at in (0, 333_333, 999_999):
        y[at] = 5.0
        thin_x, thin_y = envelope(x, y, (0.0, 999_999.0), 800)
        assert np.abs(thin_x[thin_y == 5.0] - at).max() <= 1_000_000 / 800
        y[at] = 0.0


def test_a_thinned_curve_runs_on_to_the_edges_of_what_is_shown() -> None:
    x = np.arange(10_000.0)
    thin_x, _ = envelope(x, x, (1000.5, 8000.5), 100)
    assert thin_x[0] == 1000
    assert thin_x[-1] == 8001


def test_a_steady_curve_is_thinned_to_points_of_its_own() -> None:
    x = np.arange(10_000.0)
    thin_x, thin_y = envelope(x, x * x, (0.0, 9999.0), 100, steady=True)
    assert len(thin_x) <= 103
    np.testing.assert_array_equal(thin_y, thin_x**2)


# ── ticks ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(
    low=st.floats(-1e300, 1e300) | st.floats(-10, 10),
    span=st.floats(1e-9, 1e300) | st.floats(0.1, 10),
    most=st.integers(1, 12),
    integer=st.booleans(),
)
def test_ticks_of_any_range_stand_inside_it_and_differ(low: float, span: float, most: int, integer: bool) -> None:
    high = low + span
    assume(math.isfinite(high))
    assume(high - low > 1e-9 * max(abs(low), abs(high)))
    ticks = axis_ticks((low, high), most, integer=integer)
    labels = [tick.label for tick in ticks if tick.label]
    assert len(labels) <= max(most, 3)  # a lone tick tells no scale
    assert len(set(labels)) == len(labels)
    slack = 1e-6 * (high - low)
    assert all(low - slack <= tick.at <= high + slack for tick in ticks)
    if integer:
        assert all(tick.at == math.floor(tick.at) for tick in ticks)


@given(low=st.floats(-10, 10), span=st.floats(1e-3, 1e3), most=st.integers(2, 12))
def test_where_there_is_room_for_two_ticks_the_scale_can_be_read(low: float, span: float, most: int) -> None:
    places = [tick.at for tick in axis_ticks((low, low + span), most) if tick.label]
    assert 2 <= len(places) <= most
    assert np.ptp(np.diff(places)) < 1e-9 * span
    decades = [tick.at for tick in axis_ticks((low, low + span), most, log=True) if tick.label]
    assert len(decades) >= min(2, math.floor(low + span) - math.ceil(low) + 1)


def test_a_range_about_0_does_not_say_0_alone() -> None:
    assert [tick.label for tick in axis_ticks((-0.047, 0.047), 3)] == ["−0.04", "0", "0.04"]
    assert [tick.label for tick in axis_ticks((-0.047, 0.047), 2)] == ["−0.04", "0.04"]
    assert [tick.label for tick in axis_ticks((-7.1, -2.5), 2, log=True) if tick.label] == ["10⁻⁶", "10⁻⁴"]


@given(low=st.floats(-310, 310), span=st.floats(0.05, 600), most=st.integers(1, 12), integer=st.booleans())
def test_ticks_of_any_log_range_stand_inside_it_and_differ(low: float, span: float, most: int, integer: bool) -> None:
    ticks = axis_ticks((low, low + span), most, log=True, integer=integer)
    labels = [tick.label for tick in ticks if tick.label]
    assert len(labels) <= max(most, 3)  # a lone tick tells no scale
    assert len(set(labels)) == len(labels)
    assert all(low - 1e-6 <= tick.at <= low + span + 1e-6 for tick in ticks)


# ── panels ───────────────────────────────────────────────────────────────────────────────────────────────────────────

SPEC = TrainingSpec(hidden_sizes=(8,), batch_size=10, steps=60)
SCENES: dict[str, tuple[TrainingSpec, int]] = {
    "untrained": (SPEC, 0),
    "0 steps": (SPEC.replaced(steps=0), 0),
    "one step": (SPEC, 1),
    "mid-run": (SPEC, 30),
    "finished": (SPEC, 60),
    "beyond its end": (SPEC, 70),
    "long": (SPEC.replaced(steps=10_000, hidden_sizes=(2,)), 10_000),
    "diverged at once": (SPEC.replaced(learning_rate=1e300), 60),
    "diverged slowly": (SPEC.replaced(learning_rate=1e3, activation="linear", init="he", dtype="float64"), 60),
    "std 0": (SPEC.replaced(weight_init_std=0.0), 20),
    "std 0, untrained": (SPEC.replaced(weight_init_std=0.0), 0),
    "std 1e3": (SPEC.replaced(weight_init_std=1e3), 20),
    "std 1e100": (SPEC.replaced(weight_init_std=1e100, dtype="float64"), 20),
    "std 1e153": (SPEC.replaced(weight_init_std=1e153, dtype="float64", activation="linear"), 20),
    "std 1e308": (SPEC.replaced(weight_init_std=1e308), 20),
    "std 1e308 in doubles": (SPEC.replaced(weight_init_std=1e308, dtype="float64"), 20),
    "std 1e302 in doubles": (SPEC.replaced(weight_init_std=1e302, dtype="float64"), 0),
    "subnormal std": (SPEC.replaced(weight_init_std=1e-40), 20),
    "smallest std": (SPEC.replaced(weight_init_std=5e-324, dtype="float64"), 20),
    "std below what is drawn": (SPEC.replaced(weight_init_std=1e-305, dtype="float64"), 20),
    "uniform": (SPEC.replaced(init_distribution="uniform", weight_init_std=0.2), 0),
    "uniform and subnormal": (SPEC.replaced(init_distribution="uniform", weight_init_std=1e-310, dtype="float64"), 0),
    "one hidden unit": (SPEC.replaced(hidden_sizes=(1,)), 20),
    "20 hidden layers": (SPEC.replaced(hidden_sizes=(5,) * 20, init="he"), 20),
    "learning rate 0": (SPEC.replaced(learning_rate=0.0), 20),
    "one class": (SPEC, 20),
    "one class, untrained": (SPEC, 0),
    "no test set": (SPEC.replaced(dataset="moons", train_fraction=1.0), 20),
}


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load(DataRequest())


@pytest.fixture(scope="module")
def frames(digits: Dataset) -> dict[str, Frame]:
    """A frame of each scene."""
    one_class = Dataset("one", digits.x_train, digits.t_train * 0, digits.x_test, digits.t_test * 0, ("0",), None)
    made = {}
    for name, (spec, step) in SCENES.items():
        data = one_class if name.startswith("one class") else digits
        data = load(spec.data_request) if spec.dataset != "digits" else data
        engine = Engine(spec, data, kernel_stepper)
        engine.train(step)
        made[name] = engine.recording.frame()
    return made


def views(panel_id: str, ghost: Frame) -> Iterator[View]:
    """Every choice that a panel offers, one by one and together."""
    base = PANELS[panel_id].view
    yield base
    for log_x in (False, True):
        for log_y in (False, True):
            yield base.with_(log_x=log_x, log_y=log_y, smoothing=0.0)
            yield base.with_(
                log_x=log_x,
                log_y=log_y,
                smoothing=0.97,
                compared=(Compared(ghost), Compared(ghost_of(ghost), 1, "", ghost)),
                bins=7,
            )
    if "seeds" in PANELS[panel_id].options:
        for made in (seeds_like(ghost), seeds_like(ghost, steps=7)):
            yield base.with_(seeds=made)
            yield base.with_(seeds=made, log_x=True, log_y=True, smoothing=0.9, compared=(Compared(ghost),))
    if "sweep" in PANELS[panel_id].options:
        for table in sweeps_like(ghost):
            yield base.with_(sweep=table)
    if PANELS[panel_id].past:
        yield base.with_(past=past_of(ghost, panel_id))
        yield base.with_(past=past_of(ghost, panel_id), log_x=True, log_y=False)
    if "through_time" in PANELS[panel_id].options:
        yield base.with_(through_time=True)
        yield base.with_(through_time=True, log_x=True, log_y=True, past=past_of(ghost, panel_id))
    yield base.with_(notes=False)
    yield base.with_(bins=1)
    yield base.with_(bins=1000, smoothing=0.5, log_y=not base.log_y)
    for layer in (1, 7, -1):
        yield base.with_(layer=layer, unit=(1, 0), sample=9)


@lru_cache
def seeds_like(frame: Frame, steps: int = 40) -> SeedRuns:
    """Runs with other seeds, one of which broke."""
    found: list[SeedRuns] = []
    spec = frame.spec.replaced(steps=steps)
    Repeat(spec, frame.data, SeedRequest(3, "loss", 2.0), kernel_stepper, found.append).run()
    *whole, last = found[-1].runs
    broken = replace(last, means=np.where(np.arange(len(last.means))[:, None] > steps // 2, np.nan, last.means))
    return replace(found[-1], runs=(*whole, replace(broken, diverged=steps // 2)))


SWEPT = (
    ("weight_init_std=0.001:1000:7:log", "learning_rate=0.01:10:5:log", 2),
    ("weight_init_std=0.01,0.1,0", None, 1),
    ("activation=relu,tanh", "hidden_sizes=5;5,5;5,5,5", 1),
    ("weight_init_std=0.01:1:5:log", "hidden_sizes=5,5x2,5x4", 1),
    ("learning_rate=0:1:4", "seed=0:3:4", 1),
)


@lru_cache
def sweeps_like(frame: Frame) -> list[SweepTable]:
    """Sweeps of all kinds, untrained, in part and whole."""
    found = []
    for x, y, seeds in SWEPT:
        sweep = Sweep(
            frame.spec.replaced(steps=30), SweepAxis.from_text(x), None if y is None else SweepAxis.from_text(y), seeds
        )
        whole, part = SweepTable(sweep, About.of(frame.data)), SweepTable(sweep, About.of(frame.data))
        whole.take(*Points(sweep, frame.data).train(np.arange(sweep.n_points)))
        some = next(sweep.coarse_first(2, 1000))
        part.take(some, whole.rows[some])
        found += [whole, part, SweepTable(sweep, About.of(frame.data))]
    return found


@lru_cache
def past_of(frame: Frame, kind: str) -> Past:
    """The same run, seen through time."""
    engine, found = Engine(frame.spec, frame.data, kernel_stepper), list[Past]()
    engine.train(9)
    Unroller(engine, kind).unroll(9, found.append)
    return replace(found[-1], run=frame.run)


def ghost_of(frame: Frame) -> Frame:
    """The same run under another number."""
    values = {field.name: getattr(frame, field.name) for field in fields(Frame)}
    return Frame(**{**values, "run": frame.run + 1_000_000})


def assert_drawable(figure: Figure, view: View) -> None:
    """Nothing that a renderer stumbles over."""
    assert figure.plots or figure.panel == "why"  # which is words alone
    for passage in figure.passages:
        if not passage.verbatim:
            assert_sentence(str(passage.text), ".")
        assert passage.detail is None or str(passage.detail).isprintable()
        assert passage.panel in {"", *PANELS}
    keys = [plot.key for plot in figure.plots]
    assert len(set(keys)) == len(keys)
    for plot in figure.plots:
        assert_plot(plot, view)


def assert_plot(plot: Plot, view: View) -> None:
    marks = [mark.key for mark in plot.marks]
    assert len(set(marks)) == len(marks)
    for mark in plot.marks:
        assert str(mark.label).isprintable()
        match mark:
            case Line():
                assert mark.x.ndim == mark.y.ndim == 1
                assert mark.x.dtype == mark.y.dtype == np.float64
                assert len(mark.x) == len(mark.y)
                assert np.isfinite(mark.x).all()
                assert np.all(np.diff(mark.x) >= 0)
            case Bars():
                assert len(mark.edges) == len(mark.heights) + 1
                assert np.isfinite(mark.edges).all()
                assert np.all(np.diff(mark.edges) > 0)
                assert np.isfinite(mark.heights).all()
                assert np.all(mark.heights >= 0)
            case Guide():
                assert math.isfinite(mark.at)
    for note in plot.notes:
        assert_sentence(str(note.text), ".")
    assert {note.severity for note in plot.notes} <= {"info", "warn", "bad"}
    for axis, shown in zip((plot.x, plot.y), visible_range(plot, view), strict=True):
        assert str(axis.label)
        if axis.extent is not None:
            assert all(map(math.isfinite, axis.extent))
            assert axis.extent[0] <= axis.extent[1]
        assert all(map(math.isfinite, shown))
        assert shown[0] < shown[1]
        assert all(math.isfinite(tick.at) for tick in axis_ticks(shown, 6, log=axis.log, integer=axis.integer))


def assert_sentence(text: str, end: str) -> None:
    assert text.isprintable()
    assert len(text) > 5
    assert "{" not in text
    assert text.rstrip(end)


@pytest.mark.parametrize(("panel_id", "scene"), covered(tuple(PANELS), tuple(SCENES), share=4))
def test_every_panel_draws_every_scene_in_every_way(frames: dict[str, Frame], scene: str, panel_id: str) -> None:
    for view in views(panel_id, frames["mid-run"]):
        figure = PANELS[panel_id].make(frames[scene], view)
        assert_drawable(figure, view)
        assert figure.panel == panel_id
        assert figure.n_layers == frames[scene].layout.n_layers
        summary = str(figure.summary)
        assert_sentence(summary, ".")
        assert summary.endswith(".")
        assert summary[0].isupper()


@pytest.mark.parametrize("panel_id", ["loss", "gradients"])
@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("log", [False, True], ids=["linear", "log"])
def test_every_value_of_a_curve_lies_within_the_extent_or_is_said(
    frames: dict[str, Frame], scene: str, panel_id: str, log: bool
) -> None:
    frame = frames[scene]
    for smoothing in (0.0, 0.9):
        view = View(log_y=log, smoothing=smoothing, compared=(Compared(frames["mid-run"]),))
        (plot,) = PANELS[panel_id].make(frame, view).plots
        outside = set()
        for line in plot.marks:
            if isinstance(line, Line) and not (line.ghost or line.steady):
                shown = to_display(line.y, log=log)
                low, high = plot.y.extent or (0, 0)
                outside |= set(line.x[np.isfinite(shown) & ((shown < low) | (shown > high))])
        counted = "".join(str(note.text) for note in outside_notes(plot, view, plot.y.extent))
        numbers = [int(n.replace(",", "")) for n in re.findall(r"([\d,]+) steps?", counted)]
        assert max(numbers, default=0) <= len(outside) <= sum(numbers)
        values = frame.loss[:, None] if panel_id == "loss" else frame.grad_norms
        names = ("loss",) if panel_id == "loss" else frame.layout.names
        said = [str(note.text) for note in plot.notes]
        zero = (values <= 0).all(axis=0) & (len(values) > 0)
        named = [text for text in said if text.endswith(": exactly 0")]
        assert named == ([f"{listed(list(np.array(names)[zero]))}: exactly 0"] if log and zero.any() else [])
        for n, word in (
            (np.isnan(values).sum(), "NaN"),
            (np.isinf(values).sum(), "infinite"),
            ((values[:, ~zero] <= 0).sum() if log else 0, "≤ 0"),
        ):
            assert [f"{n:,}" in text for text in said if word in text] == ([True] if n else []), (n, word, said)
        with np.errstate(invalid="ignore"):
            far = np.isfinite(values) & (values > DISPLAY_LIMIT)
        assert any("off scale" in text for text in said) == bool(far.any())


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("bins", [1, 60])
def test_the_bars_of_the_weights_hold_all_that_is_not_said(frames: dict[str, Frame], scene: str, bins: int) -> None:
    frame = frames[scene]
    for plot in PANELS["weights"].make(frame, View(bins=bins)).plots:
        values = frame.params[plot.key].astype(np.float64)
        drawn = sum(mark.heights.sum() for mark in plot.marks if isinstance(mark, Bars) and mark.key == "now")
        with np.errstate(invalid="ignore"):
            off_scale = np.count_nonzero(np.isfinite(values) & (np.abs(values) > DISPLAY_LIMIT))
        n_bad = np.count_nonzero(~np.isfinite(values))
        n_zero = np.count_nonzero(values == 0)
        assert drawn == values.size - off_scale - n_bad - n_zero
        said = " ".join(str(note.text) for note in plot.notes)
        assert ("infinite of" in said) == (n_bad > 0)
        assert (f"{off_scale:,} values off scale" in said) == (off_scale > 0)
        assert any(mark.key == "zero" for mark in plot.marks) == (n_zero > 0)
        assert ("exactly 0" in said or "symmetric" in said) == (n_zero > 0)


@pytest.mark.parametrize("scene", ["untrained", "finished", "uniform", "std 1e3", "20 hidden layers", "subnormal std"])
@pytest.mark.parametrize("bins", [5, 60])
def test_the_density_of_the_weights_integrates_to_their_number(frames: dict[str, Frame], scene: str, bins: int) -> None:
    frame = frames[scene]
    for plot in PANELS["weights"].make(frame, View(bins=bins)).plots:
        marks = {mark.key: mark for mark in plot.marks}
        assert ("density" in marks) == plot.key.startswith("W")
        if "density" not in marks:
            continue
        density, width = marks["density"], np.diff(marks["now"].edges)[0]
        std = frame.stds[int(plot.key[1:]) - 1]
        reach = density.x.max() / std
        inside = 1.0 if frame.spec.init_distribution == "uniform" else math.erf(reach / math.sqrt(2))
        area = np.trapezoid(density.y, density.x) / width
        assert area == pytest.approx(frame.params[plot.key].size * inside, rel=1e-3)
        assert 1.5 < reach <= 4


def test_the_density_follows_the_initial_bars(digits: Dataset) -> None:
    engine = Engine(TrainingSpec(hidden_sizes=(400,), steps=0), digits, kernel_stepper)
    marks = {m.key: m for m in PANELS["weights"].make(engine.recording.frame(), View(bins=40)).plots[0].marks}
    bars, density = marks["initial"], marks["density"]
    middles = (bars.edges[1:] + bars.edges[:-1]) / 2
    expected = np.interp(middles, density.x, density.y)
    assert np.abs(bars.heights - expected).max() < 0.06 * expected.max()


def test_weights_of_std_0_are_said_to_be_equal_and_symmetric(frames: dict[str, Frame]) -> None:
    for scene in ("std 0", "std 0, untrained"):
        plots = {plot.key: plot for plot in PANELS["weights"].make(frames[scene], View()).plots}
        for name in ("W1", "W2"):
            assert [str(note.text) for note in plots[name].notes] == ["all weights equal: symmetric"]
            assert [mark.key for mark in plots[name].marks] == ["zero"]
    plots = {plot.key: plot for plot in PANELS["weights"].make(frames["untrained"], View()).plots}
    assert not plots["W1"].notes
    assert [str(note.text) for note in plots["b1"].notes] == ["8 of 8 exactly 0"]


def test_infinite_weights_are_counted_on_their_plot(frames: dict[str, Frame]) -> None:
    frame = frames["std 1e308"]
    plots = {plot.key: plot for plot in PANELS["weights"].make(frame, View()).plots}
    n_nan, n_inf = (int(test(frame.params["W2"]).sum()) for test in (np.isnan, np.isinf))
    assert f"{n_nan:,} NaN, {n_inf:,} infinite of 80" in [str(note.text) for note in plots["W2"].notes]
    assert "diverged at step 0: W1 is not finite from the start" in [str(note.text) for note in plots["W1"].notes]


@pytest.mark.parametrize("panel_id", ["loss", "accuracy", "gradients"])
def test_a_divergence_is_marked_and_said_on_every_curve(frames: dict[str, Frame], panel_id: str) -> None:
    frame = frames["diverged slowly"]
    assert frame.divergence.step > 0
    (plot,) = PANELS[panel_id].make(frame, View()).plots
    (guide,) = (mark for mark in plot.marks if mark.key == "diverged")
    assert (guide.at, guide.direction) == (frame.divergence.step, "vertical")
    name, step = frame.divergence.parameter, frame.divergence.step
    assert f"diverged at step {step:,}: {name} is no longer finite" in [str(note.text) for note in plot.notes]


def test_the_scenes_hold_every_kind_of_value_that_no_curve_shows(frames: dict[str, Frame]) -> None:
    losses = {name: frame.loss for name, frame in frames.items()}
    assert np.isinf(losses["std 1e153"]).any()
    assert (losses["std 1e153"][np.isfinite(losses["std 1e153"])] > DISPLAY_LIMIT).any()
    assert np.isnan(losses["diverged at once"]).any()
    assert (frames["std 0"].grad_norms[:, 0] == 0).all()


@pytest.mark.parametrize("panel_id", ["loss", "accuracy", "gradients"])
def test_a_network_of_0_steps_is_said_to_be_untrained(frames: dict[str, Frame], panel_id: str) -> None:
    (plot,) = PANELS[panel_id].make(frames["0 steps"], View()).plots
    assert "0 steps: the untrained network" in [str(note.text) for note in plot.notes]
    (plot,) = PANELS[panel_id].make(frames["untrained"], View()).plots
    assert [str(note.text).split(":")[0] for note in plot.notes] == ["before the first step"]
    (plot,) = PANELS[panel_id].make(frames["std 0"], View()).plots
    assert not any("before the first" in str(note.text) for note in plot.notes)


def marks_of(frame: Frame, panel_id: str, view: View) -> dict[str, Line | Bars | Guide]:
    return {mark.key: mark for plot in PANELS[panel_id].make(frame, view).plots for mark in plot.marks}


def test_a_short_loss_curve_is_the_loss_of_every_batch(frames: dict[str, Frame]) -> None:
    frame = frames["finished"]
    marks = marks_of(frame, "loss", View())
    np.testing.assert_array_equal(marks["train"].x, np.arange(60))
    np.testing.assert_array_equal(marks["train"].y, frame.loss)
    np.testing.assert_array_equal(marks["test"].y, frame.evaluations[:, 2])
    assert marks["test"].dash
    assert marks["chance"].at == pytest.approx(math.log(10))


def column_of(table: Table, name: str) -> np.ndarray:
    """Give the numbers that there are in a column."""
    (values,) = (v for column, v in zip(table.columns, table.values, strict=True) if column.name == name)
    return np.ma.compressed(values)


def test_a_long_curve_is_bounded_in_a_picture_and_whole_in_data(frames: dict[str, Frame]) -> None:
    frame = frames["long"]
    for panel_id, key, values in (("loss", "train", frame.loss), ("gradients", "W2", frame.grad_norms[:, 2])):
        bounded = marks_of(frame, panel_id, View())[key]
        assert len(bounded.x) <= 2 * MOST < len(values)
        assert (bounded.y.min(), bounded.y.max()) == (values.min(), values.max())
        (table,) = TABLES[panel_id](frame, View())
        name = {"loss": "loss", "gradients": "grad_norm_W2"}[panel_id]
        np.testing.assert_array_equal(column_of(table, name), values)


def test_smoothing_a_long_curve_smooths_as_much_as_of_a_short_one(frames: dict[str, Frame]) -> None:
    frame = frames["long"]
    assert frame.history.stride > 1
    of_stretches = marks_of(frame, "loss", View(smoothing=0.999))["train.smooth"]
    (of_steps,) = TABLES["loss"](frame, View(smoothing=0.999))
    steps, values = (column_of(of_steps, name)[: frame.step] for name in ("step", "loss_smoothed"))
    late = of_stretches.x > 3000
    exact = np.interp(of_stretches.x[late], steps, values)
    assert np.abs(of_stretches.y[late] - exact).max() < 0.02 * np.ptp(frame.loss)


def test_the_run_before_is_pale_and_sets_no_range(frames: dict[str, Frame]) -> None:
    present, before = frames["one step"], frames["long"]
    for panel_id in ("loss", "accuracy", "gradients"):
        figure = PANELS[panel_id].make(present, View(compared=(Compared(before),)))
        ghosts = [mark for mark in figure.plots[0].marks if isinstance(mark, Line) and mark.ghost]
        assert ghosts
        assert all(mark.key.startswith(f"run{before.run}") for mark in ghosts)
        assert figure.plots[0].x.extent == PANELS[panel_id].make(present, View()).plots[0].x.extent


def test_without_a_test_set_nothing_is_said_of_one(frames: dict[str, Frame]) -> None:
    frame = frames["no test set"]
    assert frame.data.n_test == 0
    assert "test" not in marks_of(frame, "loss", View())
    assert "test" not in marks_of(frame, "accuracy", View())
    assert "test" in marks_of(frames["finished"], "accuracy", View())


def test_where_there_is_one_class_nobody_can_guess(frames: dict[str, Frame]) -> None:
    for panel_id in ("loss", "accuracy"):
        assert "chance" not in marks_of(frames["one class"], panel_id, View())
        assert "chance" in marks_of(frames["finished"], panel_id, View())


def test_notes_inside_the_panels_can_be_turned_off(frames: dict[str, Frame]) -> None:
    for panel_id, key in (("loss", "chance"), ("accuracy", "chance"), ("weights", "density")):
        assert key not in marks_of(frames["finished"], panel_id, View(notes=False))


def test_the_summaries_say_the_present_numbers(frames: dict[str, Frame]) -> None:
    frame = frames["finished"]
    said = {panel_id: str(panel.make(frame, panel.view).summary) for panel_id, panel in PANELS.items()}
    assert f"{frame.loss[-1]:.4g}" in said["loss"]
    assert f"{frame.accuracy[1]:.4g}" in said["accuracy"]
    assert all(f"{norm:.3g}" in said["gradients"] for norm in frame.grad_norms[-1])
    assert f"{frame.params['W1'].std(dtype=np.float64):.3g}" in said["weights"]
    of_others = ("phase", "seeds", "between", "sharpness", "response", "map")  # of step 0, and of what is not there
    assert all("60" in text for panel_id, text in said.items() if panel_id not in of_others)
    assert "nothing trained yet" in str(PANELS["loss"].make(frames["untrained"], View()).summary)


def test_a_hidden_curve_is_hidden_with_its_smoothed_one_in_pictures_and_data(
    frames: dict[str, Frame],
) -> None:
    view = View(smoothing=0.5, hidden=frozenset({"train"}))
    figure = PANELS["loss"].make(frames["finished"], view)
    assert {mark.key for mark in figure.plots[0].marks} >= {"train", "train.smooth", "test"}
    assert {mark.key for mark in visible_marks(figure.plots[0], view)} == {"test", "chance"}
    (table,) = TABLES["loss"](frames["finished"], view)
    assert [column.name for column in table.columns] == ["step", "test_loss"]


def signature(figure: Figure) -> list[object]:
    """All that a figure says, to be compared."""
    found: list[object] = [figure.panel, str(figure.title), str(figure.summary), figure.columns]
    found += [(str(passage.text), passage.severity, passage.panel) for passage in figure.passages]
    for plot in figure.plots:
        found += [plot.key, str(plot.title), plot.x, plot.y, [(str(n.text), n.severity) for n in plot.notes]]
        for mark in plot.marks:
            found += [mark.key, mark.role, *(array.tobytes() for array in arrays_of(mark).values())]
    return found


OTHERWISE = {
    "bins": 13,
    "number_format": "fp16",
    "smoothing": 0.31,
    "unit": (1, 0),
    "layer": 1,
    "depth_scale": True,
    "randn": RandnRequest(shape=(7,)),
    "widths": WidthRequest((5, 7), seeds=1, steps=1, lowest=-3, highest=-2),
    "steps": (10.0, 30.0),
}
SCENE_OF_OPTIONS = {"decision": "no test set", "symmetry": "20 hidden layers"}
"""Where a panel's options tell; elsewhere the finished run."""


@pytest.mark.parametrize(("panel_id", "option"), [(p, o) for p, panel in PANELS.items() for o in sorted(panel.options)])
def test_a_panel_heeds_every_option_that_it_declares(frames: dict[str, Frame], panel_id: str, option: str) -> None:
    panel = PANELS[panel_id]
    frame = frames[SCENE_OF_OPTIONS.get(panel_id, "long")]
    other_run = Engine(frame.spec.replaced(seed=1), frame.data, kernel_stepper)
    other_run.train(frame.step)
    other_frame = other_run.recording.frame()
    otherwise = {
        **OTHERWISE,
        "log_x": not panel.view.log_x,
        "log_y": not panel.view.log_y,
        "compared": (Compared(other_frame, 1, "", other_frame),),
        "seeds": seeds_like(frames["mid-run"]),
        "sweep": sweeps_like(frames["mid-run"])[0],
        "through_time": True,
    }
    plain = panel.make(frame, panel.view)
    other = panel.make(frame, panel.view.with_(**{option: otherwise[option]}))
    assert signature(plain) != signature(other)


@pytest.mark.parametrize("panel_id", PANELS)
def test_a_panel_is_a_pure_function(frames: dict[str, Frame], panel_id: str) -> None:
    frame, view = frames["finished"], PANELS[panel_id].view
    arrays = [frame.loss, frame.grad_norms, frame.history.low, *frame.params.values(), *frame.initial.values()]
    before = [array.tobytes() for array in arrays]
    first, second = (signature(PANELS[panel_id].make(frame, view)) for _ in range(2))
    assert first == second
    assert [array.tobytes() for array in arrays] == before


@pytest.fixture(scope="module")
def large(digits: Dataset) -> Frame:
    """A frame of 784-50-10 after 20,000 steps."""
    x = np.random.default_rng(0).random((2, 200, 784))
    t = np.arange(200) % 10
    data = Dataset("wide", x[0], t, x[1], t, digits.class_names, (28, 28))
    engine = Engine(TrainingSpec(batch_size=1, steps=20_000, eval_every=5_000), data, kernel_stepper)
    engine.train(20_000)
    return engine.recording.frame()


@pytest.mark.alone
@pytest.mark.parametrize("panel_id", PANELS)
def test_a_panel_of_a_large_run_is_made_in_a_fraction_of_a_refresh(large: Frame, panel_id: str) -> None:
    panel = PANELS[panel_id]

    def seconds(make: Callable[[], object]) -> float:
        began = time.perf_counter()
        make()
        return time.perf_counter() - began

    panel.make(large, panel.view)
    best = min(seconds(lambda: panel.make(large, panel.view)) for _ in range(7))
    assert best < 0.01


@given(pair=st.tuples(st.floats(), st.floats()))
def test_nothing_undrawable_is_displayed(pair: tuple[float, float]) -> None:
    values = np.array(pair)
    for log in (False, True):
        shown = to_display(values, log=log)
        assert np.all(np.isnan(shown) | (np.abs(shown) <= DISPLAY_LIMIT))
    assert all(earlier is not later for earlier, later in pairwise([to_display(values, log=False) for _ in range(2)]))


@pytest.mark.parametrize(("std", "dtype"), [(1e-40, "float32"), (1e-310, "float64")])
def test_subnormal_weights_are_counted_on_their_panel(digits: Dataset, std: float, dtype: str) -> None:
    engine = Engine(TrainingSpec(weight_init_std=std, dtype=dtype), digits, kernel_stepper)
    frame = engine.recording.frame()
    assert frame is not None
    notes = [str(note.text) for note in PANELS["weights"].make(frame, View()).plots[0].notes]
    tiny, weights = np.finfo(dtype).tiny, frame.params["W1"]
    n = np.count_nonzero((np.abs(weights) < tiny) & (weights != 0))
    assert n > 3000
    assert any(note.startswith(f"{n:,} subnormal") for note in notes)


def test_ordinary_weights_are_never_called_subnormal(frames: dict[str, Frame]) -> None:
    for frame in frames.values():
        if frame.spec.weight_init_std > 1e-30:
            notes = [str(n.text) for plot in PANELS["weights"].make(frame, View()).plots for n in plot.notes]
            assert not any("subnormal" in note for note in notes)


def test_a_past_that_weighs_nothing_changes_nothing_and_costs_nothing() -> None:
    values = np.random.default_rng(0).normal(size=4096)
    values[7] = np.nan
    began = time.thread_time()
    shown = smooth(values, 0.9**4096)
    assert time.thread_time() - began < 0.002
    np.testing.assert_array_equal(shown, values)


@pytest.mark.parametrize("shown", [(-4e-4, 4e-4), (-0.043, 0.041), (0.0, 3.7e-9), (2.1e5, 9.9e5)])
def test_a_short_axis_still_has_a_scale(shown: tuple[float, float]) -> None:
    def need(label: str) -> float:
        return 7.0 * len(label) + 15

    for length in (70, 90, 120, 200):
        ticks = spaced_ticks(Axis(msg("value"), extent=shown), shown, length, 7, need)
        named = sorted((tick for tick in ticks if tick.label), key=lambda tick: tick.at)
        places = [(tick.at - shown[0]) / (shown[1] - shown[0]) * length for tick in named]
        for (a, b), (one, other) in zip(pairwise(places), pairwise(named), strict=True):
            assert b - a >= (need(one.label) + need(other.label)) / 2 - 1e-9
        assert len(named) >= 2 or length < 130
        assert named


# ── what is drawn is what is counted ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("log", [False, True], ids=["linear", "log"])
@pytest.mark.parametrize("n_zero", [2, 40, 50])
def test_exact_zeros_stand_as_high_as_there_are_and_wider_than_nothing(
    frames: dict[str, Frame], n_zero: int, log: bool
) -> None:
    frame = frames["finished"]
    values = {field.name: getattr(frame, field.name) for field in fields(Frame)}
    biases = np.array([*np.linspace(-1, 1, 50 - n_zero), *np.zeros(n_zero)], dtype=np.float32)
    params = Parameters({**frame.params, "b1": biases})
    view = View(log_y=log, bins=20)
    plot = PANELS["weights"].make(Frame(**{**values, "params": params}), view).plots[1]
    bar = next(mark for mark in plot.marks if mark.key == "zero")
    assert isinstance(bar, Bars)
    assert bar.heights.tolist() == [n_zero]
    low, high = bar.edges
    assert low < 0 < high
    assert high - low < 0.5 * (plot.x.extent[1] - plot.x.extent[0]) / 20
    top = to_display(np.array([float(n_zero)]), log=log)[0]
    assert plot.y.extent[1] >= top or f"{n_zero:,} of 50 exactly 0" in {str(note.text) for note in plot.notes}
    if n_zero == 2:
        assert top < plot.y.extent[1] + 1e-9  # two zeros do not stand as high as the plot
    assert draw(Figure("weights", msg("Weights"), (plot,), msg("")), view, theme=LIGHT, size=(300, 200)).axes


@pytest.mark.parametrize("panel_id", ["accuracy", "loss", "updates"])
def test_evaluations_are_points_where_they_are_few(digits: Dataset, panel_id: str) -> None:
    for every, few in ((200, True), (20, False)):
        engine = Engine(TrainingSpec(steps=2000, eval_every=every), digits, kernel_stepper)
        engine.train(2000)
        frame = engine.recording.frame()
        (plot,) = PANELS[panel_id].make(frame, PANELS[panel_id].view).plots
        points = {mark.key: mark for mark in plot.marks if mark.key.endswith(".points")}
        assert bool(points) == few
        lines = {mark.key: mark for mark in plot.marks if isinstance(mark, Line)}
        for key, dots in points.items():
            line = lines[key.removesuffix(".points")]
            np.testing.assert_array_equal(dots.x, line.x)
            np.testing.assert_array_equal(dots.y, line.y)
            assert dots.role == line.role
