"""Functions spelt out in vector instructions: as exact as the mathematical library, at every size and at the edges."""

import numba
import numpy as np
import pytest

from model.network.kernels import vectors


def each(function):
    @numba.njit
    def of_all(x):
        out = np.empty_like(x)
        for i in range(len(x)):
            out[i] = function(x[i])
        return out

    return of_all


EXP, EXPM1, TANH = each(vectors.exp_negative), each(vectors.expm1_negative), each(vectors.tanh)


def sizes(dtype) -> np.ndarray:
    """Give magnitudes from the smallest normal number to where everything is flat, dense about the seams."""
    smallest = float(np.log10(np.finfo(dtype).tiny)) + 1
    parts = (np.linspace(0, 20, 50_001), np.logspace(smallest, 2, 20_001), np.linspace(0.49, 0.66, 5_001))
    return np.concatenate(parts).astype(dtype)


def ulps(found: np.ndarray, exact: np.ndarray) -> float:
    """Give the largest error in units in the last place of the exact value."""
    room = np.spacing(np.abs(exact).astype(found.dtype)).astype(np.longdouble)
    return float(np.max(np.abs(found.astype(np.longdouble) - exact) / room))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tanh_and_the_exponentials_err_by_two_units_in_the_last_place_at_most(dtype):
    x = sizes(dtype)
    wide = x.astype(np.longdouble)
    assert ulps(TANH(x), np.tanh(wide)) < 2
    assert ulps(TANH(-x), np.tanh(-wide)) < 2
    assert ulps(EXPM1(-x), np.expm1(-wide)) < 2
    normal = wide < (80 if dtype == np.float32 else 700)
    assert ulps(EXP(-x)[normal], np.exp(-wide[normal])) < 2


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_not_finite_stays_what_it_is(dtype):
    edges = np.array([np.inf, -np.inf, np.nan], dtype)
    np.testing.assert_array_equal(TANH(edges), np.array([1, -1, np.nan], dtype))
    np.testing.assert_array_equal(EXPM1(edges[1:]), np.array([-1, np.nan], dtype))
    np.testing.assert_array_equal(EXP(edges[1:]), np.array([0, np.nan], dtype))
