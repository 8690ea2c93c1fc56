"""Histories of any length: nothing that a curve must show is lost, everything is counted, and the room is bounded."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from model.training import history
from model.training.history import MOST, Floats, History, Summary

SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, -5e-324, 1e300, -1e300]
VALUES = st.sampled_from(SPECIAL) | st.floats(-1e300, 1e300) | st.floats(-10, 10)


def rows_of(n_series: int) -> st.SearchStrategy[Floats]:
    return hnp.arrays(np.float64, st.tuples(st.integers(0, 70), st.just(n_series)), elements=VALUES)


CHUNKS = st.integers(1, 3).flatmap(lambda n: st.lists(rows_of(n), min_size=1, max_size=6))


def gathered(chunks: list[Floats]) -> Summary:
    found = History(chunks[0].shape[1])
    for chunk in chunks:
        found.extend(chunk)
    return found.summary()


def by_hand(rows: Floats, most: int) -> Summary:
    """The same by plain loops over all values."""
    stride = 1
    while -(-len(rows) // stride) > most:
        stride *= 2
    starts = range(0, len(rows), stride)
    low, high, mean = (np.full((len(starts), rows.shape[1]), np.nan) for _ in range(3))
    for place, start in enumerate(starts):
        for series in range(rows.shape[1]):
            finite = [v for v in rows[start : start + stride, series].tolist() if np.isfinite(v)]
            if finite:
                low[place, series], high[place, series] = min(finite), max(finite)
                mean[place, series] = sum(v / len(finite) for v in finite)
    counts = [np.array([sum(map(test, column)) for column in rows.T.tolist()]) for test in COUNTED]
    return Summary(stride, np.array(starts, dtype=np.float64), low, high, mean, *counts)


COUNTED = (np.isnan, np.isinf, lambda value: value <= 0)


@given(chunks=CHUNKS)
def test_a_history_is_what_a_plain_loop_finds_however_it_came_in(chunks: list[Floats]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "MOST", 8)
        found = gathered(chunks)
    expected = by_hand(np.concatenate(chunks), 8)
    assert found.stride == expected.stride
    for name in ("first", "low", "high", "n_nan", "n_inf", "n_not_positive"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), err_msg=name)
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-12, atol=1e-12 * 1e300)
    assert len(found.first) <= 8


@given(chunks=CHUNKS)
def test_a_mean_lies_between_the_lowest_and_the_highest(chunks: list[Floats]) -> None:
    found = gathered([np.clip(chunk, -10, 10) for chunk in chunks])
    some = ~np.isnan(found.mean)
    np.testing.assert_array_equal(some, ~np.isnan(found.low))
    assert np.all(found.low[some] <= found.mean[some] + 1e-12)
    assert np.all(found.mean[some] <= found.high[some] + 1e-12)


def test_a_short_history_is_the_values_themselves() -> None:
    rows = np.column_stack([np.arange(MOST, dtype=np.float64), np.sin(np.arange(MOST))])
    rows[7, 1] = np.nan
    found = gathered([rows])
    assert found.stride == 1
    for series in (0, 1):
        x, y = found.curve(series)
        np.testing.assert_array_equal(x, np.arange(MOST))
        np.testing.assert_array_equal(y, rows[:, series])
        np.testing.assert_array_equal(found.means(series)[1], rows[:, series])


@pytest.mark.parametrize("length", [MOST, MOST + 1, 2 * MOST, 2 * MOST + 1, 100_000, 1_000_000])
@pytest.mark.parametrize("spike", [1e9, -1e9])
def test_a_spike_of_one_step_is_on_the_curve_at_any_length(length: int, spike: float) -> None:
    rows = np.ones((length, 1))
    for at in (0, length // 3, length // 2 + 1, length - 1):
        rows[at] = spike
        found = gathered(np.array_split(rows, 37))
        rows[at] = 1
        x, y = found.curve(0)
        assert len(x) <= 2 * MOST
        near = np.abs(x - at) <= found.stride
        assert spike in y[near]
        assert np.all(y[~near] == 1)


def test_every_value_that_no_curve_shows_is_counted_at_any_length() -> None:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((1_000_000, 2))
    for value, series, n in ((np.nan, 0, 1234), (np.inf, 0, 77), (-np.inf, 1, 3), (0.0, 1, 500)):
        rows[rng.choice(len(rows), n, replace=False), series] = value
    found = gathered(np.array_split(rows, 101))
    for count, test in zip((found.n_nan, found.n_inf), (np.isnan, np.isinf), strict=True):
        np.testing.assert_array_equal(count, test(rows).sum(axis=0))
    np.testing.assert_array_equal(found.n_not_positive, (rows <= 0).sum(axis=0))


def test_a_stretch_without_a_finite_value_is_a_gap() -> None:
    rows = np.ones((4 * MOST, 1))
    rows[4:8] = np.nan
    rows[8:12] = np.inf
    rows[13] = np.nan
    found = gathered([rows])
    assert found.stride == 4
    np.testing.assert_array_equal(np.isnan(found.low[:5, 0]), [False, True, True, False, False])
    assert found.mean[3, 0] == 1


def test_a_summary_stays_as_it_was() -> None:
    growing = History(1)
    growing.extend(np.arange(10.0)[:, None])
    early = growing.summary()
    before = [early.low.copy(), early.high.copy(), early.mean.copy(), early.n_not_positive.copy()]
    growing.extend(np.full((3 * MOST, 1), -5.0))
    for array, copy in zip((early.low, early.high, early.mean, early.n_not_positive), before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_an_empty_history_has_no_curve() -> None:
    found = History(3).summary()
    assert (found.stride, found.low.shape, found.n_nan.tolist()) == (1, (0, 3), [0, 0, 0])
    x, y = found.curve(2)
    assert len(x) == len(y) == 0


def test_the_room_does_not_grow_with_the_steps() -> None:
    growing = History(5)
    sizes = set()
    for _ in range(200):
        growing.extend(np.zeros((10_000, 5)))
        sizes.add(sum(array.nbytes for array in vars(growing).values() if isinstance(array, np.ndarray)))
        assert len(growing.summary().first) <= MOST
    assert growing.steps == 2_000_000
    assert len(sizes) == 1


def test_the_stretches_follow_one_another_without_a_gap() -> None:
    found = gathered([np.zeros((50_001, 1))])
    assert all(later - earlier == found.stride for earlier, later in pairwise(found.first.tolist()))
    assert 50_001 - found.stride <= found.first[-1] <= 50_000
