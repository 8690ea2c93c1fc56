"""Statistics by blocks: NumPy's own numbers, and no temporary array as large as the data."""

import tracemalloc

import numpy as np
import pytest

from model.insight.blocks import BLOCK, blocks, mean_and_variance, root_mean_square


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (BLOCK + 1, 1), (3, BLOCK + 7), (2000, 784), (BLOCK * 3,)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_statistics_are_numpys(shape: tuple[int, ...], dtype: str) -> None:
    values = (np.random.default_rng(0).normal(size=shape) * 3 + 1000).astype(dtype)
    assert sum(block.size for block in blocks(values)) == values.size
    exact = values.astype(np.float64)
    assert mean_and_variance(values) == pytest.approx((exact.mean(), exact.var()), rel=1e-12)
    assert root_mean_square(values) == pytest.approx(np.sqrt(np.mean(exact**2)), rel=1e-6)


def test_what_is_not_finite_is_left_out_of_the_mean_and_shows_in_the_root_mean_square() -> None:
    values = np.array([[1.0, np.nan], [3.0, np.inf]])
    assert mean_and_variance(values) == (2.0, 1.0)
    assert np.isnan(root_mean_square(values))
    assert root_mean_square(np.array([[1.0, -np.inf]])) == np.inf
    assert np.isnan(mean_and_variance(np.full((2, 2), np.nan))).all()
    assert root_mean_square(np.full((4, 4), 1e300)) == pytest.approx(1e300)
    assert root_mean_square(np.zeros((3, 3))) == root_mean_square(np.zeros((0, 3))) == 0


def test_nothing_as_large_as_the_data_is_made_and_freed() -> None:
    values = np.ones((20_000, 784), dtype=np.float32)
    tracemalloc.start()
    try:
        mean_and_variance(values)
        root_mean_square(values)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < values.nbytes / 10
