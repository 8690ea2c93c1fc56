"""The store: what was kept is there again, bit by bit, whatever happens to the disk, the program or the file."""

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from model.data.dataset import Dataset
from model.keeping.disk import Disk
from model.keeping.faults import StoreError
from model.keeping.keeper import Keeper
from model.keeping.record import RunRecord, State, record_of
from model.keeping.revive import revive
from model.keeping.store import VERSION, Store
from model.training.engine import Engine
from model.training.record import run_arrays
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

ODD = np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324, 1.7976931348623157e308, np.nextafter(1, 2), 1e-300])
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def data() -> Dataset:
    rng = np.random.default_rng(11)
    x, t = rng.normal(size=(60, 5)), rng.integers(0, 3, 60)
    return Dataset("points", x[:40], t[:40], x[40:], t[40:], ("a", "b", "c"), None)


def engine_of(data: Dataset, until: int = 12, **knobs: object) -> Engine:
    values = {"hidden_sizes": (4,), "steps": 12, "batch_size": 8, "eval_every": 3, **knobs}
    engine = Engine(TrainingSpec.from_values(values), data, kernel_stepper)
    engine.train(until)
    return engine


def record(engine: Engine) -> RunRecord:
    return record_of(engine, State.now(engine))


def same_arrays(one: RunRecord, other: RunRecord) -> None:
    assert one.arrays.keys() == other.arrays.keys()
    for name, array in one.arrays.items():
        assert array.dtype == other.arrays[name].dtype, name
        assert array.shape == other.arrays[name].shape, name
        assert array.tobytes() == other.arrays[name].tobytes(), name


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "runs.sqlite3"


# What is kept


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_kept_run_comes_back_bit_by_bit(data, path, dtype) -> None:
    kept = record(engine_of(data, dtype=dtype, optimizer="adam"))
    first = Store(path)
    run = first.put(kept, name="one")
    first.close()
    summary, back = Store(path).get(run)
    same_arrays(kept, back)
    assert (summary.name, summary.summary) == ("one", summary.summary)
    assert summary.summary.spec == kept.summary.spec
    assert summary.summary.loss == kept.summary.loss


def test_no_number_is_too_odd(data, path) -> None:
    kept = record(engine_of(data, dtype="float64"))
    arrays = {**kept.arrays}
    for name in ("by_step", "evaluations", "updates", "params"):
        arrays[name] = np.resize(ODD, arrays[name].shape)
    odd = replace(
        kept, arrays=arrays, summary=replace(kept.summary, loss=-0.0, train_accuracy=np.nan, test_accuracy=np.inf)
    )
    store = Store(path)
    summary, back = store.get(store.put(odd))
    same_arrays(odd, back)
    said = summary.summary
    numbers = np.array([said.loss, said.train_accuracy, said.test_accuracy])
    assert numbers.tobytes() == np.array([-0.0, np.nan, np.inf]).tobytes()


def test_a_run_that_goes_on_is_kept_by_the_rows_that_come(data, path) -> None:
    engine = engine_of(data, 5, steps=2000)
    store = Store(path)
    run = store.put(record(engine), training=True)
    for until in (6, 700, 1999):
        engine.train(until)
        assert store.put(record(engine), run) == run
        same_arrays(record(engine), store.get(run)[1])
    assert len(store.summaries()) == 1


def test_what_is_kept_can_go_on(data, path) -> None:
    engine, store = engine_of(data, 5, optimizer="momentum"), Store(path)
    back = revive(store.get(store.put(record(engine)))[1], data, kernel_stepper)
    engine.train(12)
    back.train(12)
    for name, value in run_arrays(engine).items():
        assert np.asarray(value).tobytes() == np.asarray(run_arrays(back)[name]).tobytes(), name


def test_runs_are_named_annotated_starred_deleted_and_brought_back(data, path) -> None:
    store = Store(path)
    one, two = (store.put(record(engine_of(data, seed=seed))) for seed in (1, 2))
    store.change(one, name="=cmd()", note="a\nb", starred=True)
    store.change(two, deleted=True)
    (kept,) = store.summaries()
    assert (kept.id, kept.name, kept.note, kept.starred) == (one, "=cmd()", "a\nb", True)
    with pytest.raises(StoreError, match="no kept run"):
        store.get(two)
    store.change(two, deleted=False)
    assert [kept.id for kept in store.summaries()] == [one, two]


def test_the_oldest_go_first_and_starred_ones_never(data, path) -> None:
    store = Store(path)
    runs = [store.put(record(engine_of(data, seed=seed))) for seed in range(6)]
    store.change(runs[0], starred=True)
    store.purge(3, 1 << 40)
    assert [kept.id for kept in store.summaries()] == [runs[0], *runs[-2:]]
    store.purge(100, 1)  # the newest stays whatever its size
    assert [kept.id for kept in store.summaries()] == [runs[0], runs[-1]]


def test_a_deleted_run_is_there_to_be_brought_back_for_as_long_as_its_program_lives(data, path, monkeypatch) -> None:
    store = Store(path)
    one, two = (store.put(record(engine_of(data, seed=seed))) for seed in (1, 2))
    store.change(one, deleted=True)
    store.purge(100, 1 << 40)
    store.change(one, deleted=False)
    assert [kept.id for kept in store.summaries()] == [one, two]
    store.change(one, deleted=True)
    store.purge(100, 1 << 40, own=True)
    with pytest.raises(StoreError, match="no kept run"):
        store.change(one, deleted=False)
    store.change(two, deleted=True)
    monkeypatch.setattr("model.keeping.store.lives", lambda _process: False)
    monkeypatch.setattr("os.getpid", lambda: 2147483000)  # the next program
    store.purge(100, 1 << 40)
    with pytest.raises(StoreError, match="no kept run"):
        store.change(two, deleted=False)


def test_an_earlier_state_takes_nothing_from_what_is_kept(data, path) -> None:
    engine, store = engine_of(data, 600, steps=600), Store(path)
    run = store.put(record(engine), training=True)
    earlier = State.lately(engine)
    assert earlier.step < 600
    assert store.put(record_of(engine, earlier), run) == run
    kept, back = store.get(run)
    assert (kept.summary.step, kept.summary.ended_by, kept.interrupted) == (600, "steps", False)
    same_arrays(record(engine), back)
    assert store._one("SELECT owner FROM runs") == (0,)


@pytest.mark.parametrize("at", [9, 12], ids=["before", "as far"])
def test_two_that_go_on_from_one_kept_run_are_never_mixed(data, path, at) -> None:
    store = Store(path)
    run = store.put(record(engine_of(data, 5)))
    one, two = (revive(store.get(run)[1], data, kernel_stepper) for _ in range(2))
    one.edit("learning_rate", 0.9)
    one.train(at)
    two.train(12)
    assert store.put(record(one), run) == run
    other = store.put(record(two), run)
    assert other != run
    same_arrays(record(one), store.get(run)[1])
    same_arrays(record(two), store.get(other)[1])
    for edited in (record(one), record(two)):  # nor after a look at it
        assert store.put(edited, run if edited.summary.schedule else other) in (run, other)
    assert len(store.summaries()) == 2


# What happens to the file


@pytest.mark.parametrize("content", [b"", b"garbage" * 999, b"SQLite format 3\0" + b"\xff" * 5000, b"SQLite"])
def test_a_damaged_database_is_set_aside_and_said(data, path, content) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    store = Store(path, check=True)
    aside = [other for other in path.parent.iterdir() if ".corrupt-" in other.name]
    assert [other.read_bytes() for other in aside] == ([content] if content else [])
    assert bool(store.said) == bool(content)
    assert store.put(record(engine_of(data))) == 1


def test_the_database_of_a_newer_version_is_left_alone(data, path) -> None:
    Store(path).put(record(engine_of(data)))
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    with pytest.raises(StoreError, match="newer version"):
        Store(path)
    assert [other.name for other in path.parent.iterdir() if "corrupt" in other.name] == []


def mutated(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice((1, 3, 30))):
        at = rng.randrange(len(changed))
        changed[at : at + rng.choice((1, 4, 100))] = bytes(rng.randrange(256) for _ in range(rng.choice((0, 1, 4))))
    return bytes(changed[: rng.choice((len(changed), len(changed), rng.randrange(len(changed))))])


@pytest.mark.parametrize("count", [150, pytest.param(10_000, marks=pytest.mark.soak)])
def test_mutated_databases_give_only_typed_errors(data, path, count) -> None:
    store = Store(path)
    for seed in range(3):
        store.put(record(engine_of(data, seed=seed)))
    store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    content, rng = path.read_bytes(), random.Random(count)  # noqa: S311
    new = record(engine_of(data))
    for _ in range(count):
        for other in path.parent.iterdir():
            other.unlink()
        path.write_bytes(mutated(content, rng))
        try:
            one = Store(path, check=rng.random() < 0.5)
        except StoreError:
            continue
        for run in (1, 2, 3):
            with suppress(StoreError):
                kept, back = one.get(run)
                with suppress(ValueError):  # of data that are others
                    assert revive(back, data, kernel_stepper).recording.step == kept.summary.step
        for deed in (
            one.summaries,
            partial(one.purge, 2, 1 << 40),
            partial(one.change, 1, name="x"),
            partial(one.put, new),
        ):
            with suppress(StoreError):
                deed()
        one.close()


def damaged(data, path, where: float) -> list[int]:
    """Keep 12 runs, and overwrite a page of the file; gives the steps of the runs."""
    store, steps = Store(path), []
    for seed in range(12):
        engine = engine_of(data, 1 + seed, seed=seed)
        steps.append(engine.recording.step)
        run = store.put(record(engine), name=f"run {seed}")
        store.change(run, note=f"note {seed}", starred=seed % 2 == 0)
    store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    content = bytearray(path.read_bytes())
    at = int(where * len(content)) // 4096 * 4096
    content[at : at + 4096] = b"\xa5" * 4096
    path.write_bytes(content)
    return steps


@pytest.mark.parametrize("where", [0.3, 0.7, 0.9])
def test_what_can_be_read_of_a_damaged_database_is_saved(data, path, where) -> None:
    steps = damaged(data, path, where)
    before = path.read_bytes()
    store = Store(path, check=True)
    kept = store.summaries()
    assert 6 <= len(kept) <= 12
    assert f"{len(kept)} of its 12 runs were saved" in str(store.said[0])
    for one in kept:
        seed = int(one.name.removeprefix("run "))
        assert (one.summary.step, one.note, one.starred) == (steps[seed], f"note {seed}", seed % 2 == 0)
        revive(store.get(one.id)[1], data, kernel_stepper)
    assert [one.id for one in kept] == [1 + int(one.name.removeprefix("run ")) for one in kept]
    assert store.put(record(engine_of(data))) > max(one.id for one in kept)
    (aside,) = [other for other in path.parent.glob("*.corrupt-*") if other.name[-1].isdigit()]
    assert aside.read_bytes() == before
    assert not list(path.parent.glob("*.saved*"))
    store.close()
    assert [one.name for one in Store(path, check=True).summaries()][:-1] == [one.name for one in kept]


def test_saving_that_was_broken_off_is_done_again_or_finished(data, path) -> None:
    damaged(data, path, 0.7)
    half = path.with_name(f"{path.name}.saved")
    Store(half).put(record(engine_of(data)))  # of a program that was killed before it had all
    store = Store(path, check=True)
    assert len(store.summaries()) >= 6
    store.close()
    path.rename(half)  # of one that was killed between the two moves
    again = Store(path, check=True)
    assert len(again.summaries()) >= 6
    assert not half.exists()


@pytest.mark.parametrize("statement", ["DROP TABLE arrays", "ALTER TABLE runs RENAME COLUMN numbers TO n"])
def test_a_database_without_what_belongs_there_is_set_aside(data, path, statement) -> None:
    Store(path).put(record(engine_of(data)))
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    store = Store(path)
    assert "set aside" in str(store.said[0])
    assert store.put(record(engine_of(data))) == 1


def test_a_run_in_no_alphabet_hides_no_other(data, path) -> None:
    store = Store(path)
    for seed in range(3):
        store.put(record(engine_of(data, seed=seed)))
    store._connection.execute("UPDATE runs SET spec = CAST(x'ff' AS TEXT) WHERE id = 2")
    store._connection.execute("UPDATE runs SET name = CAST(x'41ff' AS TEXT) WHERE id = 3")
    assert [kept.id for kept in store.summaries()] == [1, 3]
    assert "1 kept run is damaged" in str(store.said[0])


def test_a_damaged_size_stops_no_cleaning_up(data, path) -> None:
    store = Store(path)
    for seed in range(3):
        store.put(record(engine_of(data, seed=seed)))
    store._connection.execute("UPDATE runs SET bytes = 'x' WHERE id = 2")
    store.purge(1, 1 << 40)
    assert [kept.id for kept in store.summaries()] == [3]


class Failing(Disk):
    """Fails at the n-th thing that is done, once or from then on."""

    def __init__(self, at: int, *, forever: bool) -> None:
        self.done, self.at, self.forever = 0, at, forever

    def _count(self) -> None:
        self.done += 1
        if self.done == self.at or (self.forever and self.done > self.at):
            raise sqlite3.OperationalError("database or disk is full")

    def open(self, path):
        self._count()
        return super().open(path)

    def execute(self, connection, statement, values=()):
        self._count()
        return super().execute(connection, statement, values)

    def move(self, old, new):
        self._count()
        super().move(old, new)


@pytest.mark.parametrize("forever", [False, True], ids=["once", "for ever"])
def test_each_step_that_fails_leaves_the_old_or_the_new_state(data, tmp_path, forever) -> None:
    early, late = engine_of(data, 5), engine_of(data, 5)
    late.train(12)
    before, after = record(early), record(late)
    for at in range(1, 200):
        path = tmp_path / f"{at}" / "runs.sqlite3"
        first = Store(path)
        run = first.put(before, name="old")
        first.close()
        disk = Failing(at, forever=forever)
        said = ""
        try:
            store = Store(path, disk)
            store.put(after, run)
            store.change(run, name="new")
        except StoreError as error:
            said = str(error)
        assert not said or "disk is full" in said
        kept, back = Store(path).get(run)
        assert (back.summary.step, kept.name) in ((5, "old"), (12, "old"), (12, "new"))
        same_arrays(back, before if back.summary.step == 5 else after)
        shutil.rmtree(path.parent)
        if not said:
            assert disk.done < at
            break
    else:
        pytest.fail("it never came to an end")


# The keeper


@pytest.fixture
def keeper(path):
    keepers: list[Keeper] = []

    def make(**more: object) -> Keeper:
        keepers.append(Keeper(path, **more))
        keepers[-1].start()
        return keepers[-1]

    yield make
    for one in keepers:
        one.close(10)


def test_the_keeper_keeps_what_it_is_handed_and_knows_it_again(data, path, keeper) -> None:
    one, engine = keeper(), engine_of(data, 5)
    one.keep(engine, training=False, name="mine")
    assert one.settle(20)
    engine.train(12)
    one.keep(engine, training=False)
    assert one.settle(20)
    (kept,) = one.runs
    assert (kept.id, kept.name, kept.summary.step) == (one.id_of(engine.recording.run), "mine", 12)
    assert one.close(20)
    assert [other.summary.step for other in keeper().runs or Store(path).summaries()] == [12]


def test_a_run_is_kept_while_it_trains_as_it_was_at_a_checkpoint(data, path, keeper) -> None:
    one, engine = keeper(), engine_of(data, 1, steps=3_000_000)
    worker = threading.Thread(target=engine.train, args=(3_000_000,))
    worker.start()
    try:
        seen = []
        while len(seen) < 3:
            one.keep(engine, training=True)
            assert one.settle(20)
            (kept,) = one.runs
            seen.append(kept.summary.step)
            assert not kept.interrupted  # its program lives
        assert seen == sorted(seen)
        number = one.id_of(engine.recording.run)
    finally:
        engine.interrupt()
        worker.join()
    back = revive(Store(path).get(number)[1], data, kernel_stepper)
    at = back.recording.step
    again = engine_of(data, at, steps=3_000_000)
    assert np.array_equal(back.params, again.params)


def test_without_a_disk_it_goes_on_in_memory_says_so_and_writes_later(data, path, keeper, monkeypatch) -> None:
    monkeypatch.setattr("model.keeping.keeper._RETRY_SECONDS", 0.01)
    disk = Failing(1, forever=True)
    told = threading.Event()
    one = keeper(disk=disk, changed=told.set)
    one.keep(engine_of(data), training=False)
    assert told.wait(20)
    assert "disk is full" in str(one.trouble)
    disk.forever = False
    assert one.settle(20)
    assert one.trouble is None
    assert len(one.runs) == 1


def test_a_database_that_is_deleted_meanwhile_is_made_again(data, path, keeper) -> None:
    one = keeper()
    one.keep(engine_of(data), training=False)
    assert one.settle(20)
    for other in path.parent.iterdir():
        other.unlink()
    one.keep(engine_of(data, seed=3), training=False)
    assert one.settle(20)
    assert [kept.summary.spec.seed for kept in Store(path).summaries()] == [3]


def test_a_run_takes_no_other_ones_place_in_a_database_made_again(data, path, keeper) -> None:
    one, early = keeper(), engine_of(data, 5, seed=1)
    one.keep(early, training=False)
    assert one.settle(20)
    for other in path.parent.iterdir():
        other.unlink()
    late = engine_of(data, 9, seed=2)
    one.keep(late, training=False)
    assert one.settle(20)
    early.train(12)
    one.keep(early, training=False)
    assert one.settle(20)
    store = Store(path)
    for engine in (early, late):
        same_arrays(record(engine), store.get(one.id_of(engine.recording.run))[1])


def test_what_waits_to_be_written_does_not_become_less(data, path, keeper) -> None:
    engine = engine_of(data, 600, steps=600)
    one = Keeper(path)
    one.keep(engine, training=False)
    one.keep(engine, training=False, still=False)  # as it is left, before the first is written
    one.start()
    assert one.settle(20)
    assert [(kept.summary.step, kept.summary.ended_by) for kept in one.runs] == [(600, "steps")]
    assert one.close(20)


def test_what_is_done_to_a_run_while_another_program_holds_the_file_is_done_later(
    data, path, keeper, monkeypatch
) -> None:
    monkeypatch.setattr("model.keeping.keeper._RETRY_SECONDS", 0.01)
    monkeypatch.setattr("model.keeping.disk._BUSY_SECONDS", 0.01)
    troubles: list[str] = []
    told = threading.Event()

    def changed() -> None:
        if one.trouble is not None:
            troubles.append(str(one.trouble))
            told.set()

    one = keeper(changed=changed)
    one.keep(engine_of(data), training=False)
    assert one.settle(20)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    one.change(1, name="mine")
    assert told.wait(20)
    assert "another program holds it" in troubles[0]
    holder.execute("ROLLBACK")
    holder.close()
    assert one.settle(20)
    assert one.trouble is None
    assert [kept.name for kept in one.runs] == ["mine"]


def test_what_can_never_be_done_is_said_and_holds_nothing_up(data, path, keeper) -> None:
    one = keeper()
    one.change(77, name="nobody")
    one.load(78, lambda *_: pytest.fail("there is none"))
    one.keep(engine_of(data), training=False)
    assert one.settle(20)
    assert [str(said) for said in one.said] == ["There is no kept run 77.", "There is no kept run 78."]
    assert one.trouble is None
    assert len(one.runs) == 1


def test_two_programs_keep_their_runs_beside_each_other(data, path, keeper) -> None:
    both = [keeper(), keeper()]
    engines = [engine_of(data, seed=seed) for seed in range(20)]
    for number, engine in enumerate(engines):
        both[number % 2].keep(engine, training=False)
    assert all(one.settle(30) for one in both)
    assert sorted(kept.summary.spec.seed for kept in Store(path).summaries()) == list(range(20))


def test_two_processes_keep_their_runs_beside_each_other(path) -> None:
    children = [child_of(path, "6") for _ in range(2)]
    for child in children:
        assert len(child.communicate(timeout=120)[0].splitlines()) == 6
        assert child.returncode == 0
    kept = Store(path, check=True).summaries()
    assert sorted(one.summary.spec.seed for one in kept) == sorted([*range(6), *range(6)])


# kill -9

CHILD = """
import sys, os, signal
import numpy as np
from pathlib import Path
from model.keeping.disk import Disk
from model.keeping.keeper import Keeper
from tests.model.test_store import engine_of
from model.data.dataset import Dataset
rng = np.random.default_rng(11)
x, t = rng.normal(size=(60, 5)), rng.integers(0, 3, 60)
data = Dataset("points", x[:40], t[:40], x[40:], t[40:], ("a", "b", "c"), None)
class Deadly(Disk):
    "Kills the program before the n-th thing that is done, counted from when it is armed."
    left = -1
    def execute(self, *rest):
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1
        return super().execute(*rest)
disk = Deadly()
keeper = Keeper(Path(sys.argv[1]), disk=disk, most_runs=1_000_000)
keeper.start()
for seed in range(int(sys.argv[2])):
    if seed == 1 and len(sys.argv) > 3:
        disk.left = int(sys.argv[3])
    keeper.keep(engine_of(data, seed=seed), training=False)
    assert keeper.settle(60)
    os.write(1, f"{seed}\\n".encode())
"""


def child_of(path: Path, *more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", CHILD, str(path), *more], cwd=ROOT, stdout=subprocess.PIPE)


@pytest.mark.parametrize("count", [3, pytest.param(200, marks=pytest.mark.soak)])
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
def test_kill_9_loses_no_run_that_was_kept(path, count) -> None:
    rng, acknowledged = random.Random(count), 0  # noqa: S311
    for _ in range(count):
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path), "10000"], cwd=ROOT, stdout=subprocess.PIPE
        ) as child:
            for _ in range(rng.randrange(1, 12)):
                assert child.stdout.readline()
                acknowledged += 1
            threading.Event().wait(rng.random() * 0.02)  # so that the next one is under way
            child.kill()
            acknowledged += len(child.stdout.read().splitlines())
        store = Store(path, check=True)
        assert not store.said
        assert len(store.summaries()) >= acknowledged
        for kept in store.summaries()[-2:]:
            assert store.get(kept.id)[1].whole
        store.close()


@pytest.mark.parametrize(
    "at", [5, 26, *(pytest.param(at, marks=pytest.mark.soak) for at in range(45) if at not in (5, 26))]
)
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")
def test_kill_9_before_each_statement_leaves_the_old_or_the_new_state(path, at) -> None:
    with child_of(path, "3", str(at)) as child:
        acknowledged = len(child.communicate(timeout=120)[0].splitlines())
    assert child.returncode == -signal.SIGKILL
    store = Store(path, check=True)
    assert not store.said
    kept = store.summaries()
    assert acknowledged <= len(kept) <= acknowledged + 1
    for one in kept:
        assert store.get(one.id)[1].summary.step == 12
