"""The growing table: small ones in memory, large ones in a file, and no row lost on the way."""

from pathlib import Path

import numpy as np
import pytest

from model.training import store
from model.training.store import Store


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "IN_MEMORY", 400_000)


def filled(table: Store, upto: int) -> None:
    begin = len(table.rows)
    table.reserve(upto, upto)
    table.rows[begin:upto] = np.arange(begin * 5, upto * 5, dtype=float).reshape(-1, 5)


@pytest.mark.usefixtures("small_limit")
def test_rows_survive_every_growth_from_memory_into_a_file() -> None:
    table = Store((5,), np.float64)
    for upto in (100, 5_000, 9_000, 20_000, 100_000):
        filled(table, upto)
        np.testing.assert_array_equal(table.rows[:upto].ravel(), np.arange(upto * 5))
        table.release(upto)
        np.testing.assert_array_equal(table.rows[:upto].ravel(), np.arange(upto * 5))


@pytest.mark.usefixtures("small_limit")
def test_a_view_taken_before_a_growth_keeps_its_rows() -> None:
    table = Store((5,), np.float64)
    filled(table, 20_000)
    early = table.rows[:20_000]
    filled(table, 200_000)
    np.testing.assert_array_equal(early.ravel(), np.arange(100_000))


def test_room_grows_by_doubling_and_never_beyond_what_is_wanted() -> None:
    table = Store((1,), np.float64)
    table.reserve(1, 1_000_000)
    first = len(table.rows)
    assert first < 10_000
    table.reserve(first + 1, 1_000_000)
    assert len(table.rows) == 2 * first
    table.reserve(2 * first + 1, 2 * first + 5)
    assert len(table.rows) == 2 * first + 5


@pytest.mark.usefixtures("small_limit")
def test_the_file_has_no_name_that_could_be_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    table = Store((5,), np.float64)
    filled(table, 100_000)
    assert list(tmp_path.iterdir()) == []
