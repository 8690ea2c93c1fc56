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


def test_rows_pass_in_blocks_and_are_all_there_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "IN_MEMORY", 400_000)
    table = Store((5,), np.float64)
    filled(table, 100_000)
    passed = np.concatenate([block.copy() for block in table.blocks(3, 99_999)])
    np.testing.assert_array_equal(passed, np.arange(15, 5 * 99_999, dtype=float).reshape(-1, 5))
    np.testing.assert_array_equal(table.rows[:100_000], np.arange(500_000, dtype=float).reshape(-1, 5))


def test_what_is_too_much_for_memory_goes_to_no_folder_that_is_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert store.spill_folder() == tmp_path
    monkeypatch.setattr(store, "in_memory", lambda folder: folder == tmp_path)
    assert store.spill_folder() != tmp_path
    monkeypatch.setattr(store, "in_memory", lambda _folder: True)
    assert store.spill_folder() == tmp_path


SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  nothing is written there


@pytest.mark.skipif(not SHARED_MEMORY.is_dir(), reason="has no folder that is sure to be in memory")
def test_a_folder_in_memory_is_known_as_such() -> None:
    assert store.in_memory(SHARED_MEMORY)
    assert not store.in_memory(Path("/nowhere"))
