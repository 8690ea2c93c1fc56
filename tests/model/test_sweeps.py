"""Sweeps: every point is the run of its spec, in whatever order, by whomever, and after whatever end."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.data.dataset import Dataset
from model.data.prepare import load
from model.figures.figure import Image, View
from model.figures.panels import PANELS, response
from model.figures.panels import map as trainability
from model.figures.panels.swept import axis_of, is_regular, within
from model.insight.sharpness import stable_rate, stable_rates
from model.network.multi_layer_net import MultiLayerNet
from model.sweeps.axis import MOST_VALUES, Axis
from model.sweeps.cluster import Cluster, ClusterError
from model.sweeps.crew import Threads, chunk_size, chunks_of
from model.sweeps.points import Points
from model.sweeps.sweep import MOST_POINTS, Sweep
from model.sweeps.table import About, SweepFileError, Table, resumed
from model.training.averaged import moving_means, reached
from model.training.engine import Engine
from model.training.knob import SpecError
from model.training.several import FIELDS, told_of
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper

ROOT = Path(__file__).resolve().parents[2]
SMALL = TrainingSpec(dataset="spirals", hidden_sizes=(8,), batch_size=10, steps=60)


def sweep(base: TrainingSpec, x: str, y: str | None = None, n_seeds: int = 1) -> Sweep:
    return Sweep(base, Axis.from_text(x), None if y is None else Axis.from_text(y), n_seeds).checked()


SWEEPS = {
    "std and rate": sweep(SMALL, "weight_init_std=1e-4:100:9:log", "learning_rate=0.001:1000:9:log", 2),
    "digits": sweep(TrainingSpec(steps=40), "weight_init_std=0.001:1:4:log", "learning_rate=0.01:1:3:log"),
    "doubles": sweep(SMALL.replaced(dtype="float64"), "weight_init_std=0.01:1:5:log", "momentum=0,0.5,0.9"),
    "adam": sweep(SMALL.replaced(optimizer="adam"), "learning_rate=0.001:10:5:log", "weight_decay=0,0.01,1", 2),
    "networks": sweep(SMALL, "hidden_sizes=3;8,8;4,4,4,4", "activation=relu,tanh,gelu,selu"),
    "schemes": sweep(SMALL, "init=std,lecun,he,torch,orthogonal,lsuv", "init_distribution=normal,uniform,truncated"),
    "biases": sweep(SMALL, "bias_init_std=0:2:5", "layer_gains=1;2;1,0.01"),
    "batches": sweep(SMALL, "batch_size=1,7,100", "steps=0,5,19,20,21,90"),
    "data": sweep(SMALL, "dataset=circles,xor,moons", "noise=0,0.3"),
    "stops": sweep(
        SMALL.replaced(stop_on_divergence=True), "learning_rate=0.1:100000:6:log", "stop_accuracy=0,0.6,0.9"
    ),
    "seeds": sweep(SMALL, "seed=0:11:12"),
    "infinite": sweep(SMALL, "weight_init_std=0,1e30,1e39,1e308", "learning_rate=0.1,1e30"),
    "mup": sweep(
        SMALL.replaced(parametrization="mup", optimizer="adam"), "base_width=4,8,64", "learning_rate=0.01,0.1"
    ),
}


def empty(one: Sweep) -> Table:
    return Table(one, About.of(load(one.base.data_request)))


def trained(one: Sweep, places: np.ndarray | None = None) -> Table:
    table = empty(one)
    table.take(*Points(one).train(np.arange(one.n_points) if places is None else places))
    return table


@pytest.mark.parametrize("name", SWEEPS)
def test_every_point_is_the_run_of_its_spec_bit_for_bit(name: str) -> None:
    one = SWEEPS[name]
    table = trained(one)
    assert table.is_whole
    for place in np.random.default_rng(7).permutation(one.n_points)[:40]:
        spec = one.spec_at(int(place))
        engine = Engine(spec, load(spec.data_request), kernel_stepper)
        engine.train(spec.steps)
        np.testing.assert_array_equal(table.rows[place], told_of(engine), str(spec))


def test_a_row_says_what_the_run_itself_says() -> None:
    one = SWEEPS["std and rate"]
    table = trained(one)
    for place in range(0, one.n_points, 11):
        spec = one.spec_at(place)
        engine = Engine(spec, load(spec.data_request), kernel_stepper)
        engine.train(spec.steps)
        frame = engine.recording.frame()
        row = dict(zip(FIELDS, table.rows[place].tolist(), strict=True))
        with np.errstate(all="ignore"):
            np.testing.assert_equal(row["loss"], frame.loss[-20:].mean())
        assert (row["train_accuracy"], row["test_accuracy"]) == frame.accuracy
        assert row["diverged_at"] == (-1 if frame.divergence is None else frame.divergence.step)
        by = reached(frame, np.log(frame.data.n_classes) / 2)
        assert row["reached_at"] == (-1 if by is None else by)


def test_the_class_fills_the_same_table_as_far_as_rounding_goes() -> None:
    one = sweep(SMALL.replaced(steps=25, dtype="float64"), "weight_init_std=0.1,1", "learning_rate=0.1,0.5")
    table = empty(one)
    table.take(*Points(one, stepper=ClassStepper).train(np.arange(4)))
    np.testing.assert_allclose(table.rows, trained(one).rows, rtol=1e-9)


def test_an_enormous_first_loss_hides_none_of_those_that_follow() -> None:
    losses = np.full(60, 2.3)
    losses[:3] = 1e20, 1e17, np.inf
    means = moving_means(losses)
    assert not np.isfinite(means[:3]).any()
    np.testing.assert_allclose(means[3:], 2.3)
    one = sweep(TrainingSpec(hidden_sizes=(50, 50, 50), steps=200), "weight_init_std=2,5", None, 2)
    for place, row in enumerate(trained(one).rows):
        engine = Engine(one.spec_at(place), load(one.base.data_request), kernel_stepper)
        engine.train(200)
        loss = engine.recording.frame().loss
        below = [k + 20 for k in range(181) if np.mean(loss[k : k + 20]) <= np.log(10) / 2]
        assert row[FIELDS.index("reached_at")] == (below[0] if below else -1)


def test_points_are_the_same_in_any_order_and_any_company() -> None:
    one = SWEEPS["std and rate"]
    whole, table, points = trained(one), empty(one), Points(one)
    for places in np.array_split(np.random.default_rng(3).permutation(one.n_points), 9):
        table.take(*points.train(places))
    np.testing.assert_array_equal(table.rows, whole.rows)


def test_threads_train_every_point_once_and_stop_when_asked() -> None:
    one = SWEEPS["std and rate"]
    data, table, calls = load(one.base.data_request), empty(one), []

    def take(places: np.ndarray, rows: np.ndarray) -> None:
        calls.append(places)
        table.take(places, rows)

    Threads(2).work(one, data, one.coarse_first(4, 10), take, threading.Event())
    assert np.array_equal(np.sort(np.concatenate(calls)), np.arange(one.n_points))
    np.testing.assert_array_equal(table.rows, trained(one).rows)
    stop = threading.Event()
    stop.set()
    Threads(2).work(one, data, one.coarse_first(4, 10), lambda *_: pytest.fail("trained on"), stop)


def test_a_fault_in_a_point_comes_to_who_asked() -> None:
    one = sweep(SMALL, "layer_gains=1,1;1,1,1")
    with pytest.raises(SpecError):
        Threads(2).work(one, load(SMALL.data_request), one.coarse_first(1, 1), lambda *_: None, threading.Event())


def test_what_is_stopped_keeps_every_run_that_was_finished() -> None:
    one = sweep(SMALL.replaced(steps=20_000), "weight_init_std=0.1", None, 200)
    data, table, stop = load(one.base.data_request), empty(one), threading.Event()
    size = chunk_size(one.base, data, 0.3)

    def take(places: np.ndarray, rows: np.ndarray) -> None:
        table.take(places, rows)
        stop.set()

    Threads(2).work(one, data, one.coarse_first(1, size), take, stop)
    assert max(map(len, one.coarse_first(1, size))) <= size < 200
    assert size <= table.n_done < 200
    some = np.flatnonzero(table.done)[::7]
    np.testing.assert_array_equal(table.rows[some], Points(one).train(some)[1])


@pytest.mark.parametrize("stride", [1, 2, 32])
@pytest.mark.parametrize("name", ["std and rate", "networks", "seeds"])
def test_coarse_grids_come_first_and_every_point_comes_once(name: str, stride: int) -> None:
    one = SWEEPS[name]
    chunks = list(one.coarse_first(stride, 5))
    assert np.array_equal(np.sort(np.concatenate(chunks)), np.arange(one.n_points))
    if name == "std and rate" and stride == 2:
        first = np.unravel_index(np.concatenate(chunks)[: 25 * 2], one.shape)
        assert all((indices % 2 == 0).all() for indices in first[:2])


def test_two_resolutions_agree_where_they_share_points() -> None:
    coarse = trained(sweep(SMALL, "weight_init_std=0.01:10:5:log", "learning_rate=0.01:10:5:log"))
    fine = trained(sweep(SMALL, "weight_init_std=0.01:10:9:log", "learning_rate=0.01:10:9:log"))
    np.testing.assert_allclose(fine.sweep.x.places[::2], coarse.sweep.x.places, rtol=1e-14)
    for name in ("loss", "reached_at", "diverged_at"):
        same = np.isclose(fine.field(name)[::2, ::2], coarse.field(name), rtol=1e-3, equal_nan=True)
        assert same.mean() > 0.95, name  # values that are spaced anew may differ in the last bit


def test_what_never_learns_gives_an_empty_map() -> None:
    table = trained(sweep(SMALL.replaced(learning_rate=0.0), "weight_init_std=0.01:1:6:log", "momentum=0,0.5"))
    found = trainability.outcomes(table)
    assert np.isnan(found.reached).all()
    assert np.isnan(found.diverged).all()
    assert np.isfinite(found.plateau).all()


def test_a_sweep_says_what_is_wrong_with_it() -> None:
    for text, why in (
        ("weight_init_std=1:2", "is no range"),
        ("weight_init_std=1:2:3:4", "is no range"),
        ("weight_init_std=0:1:3:log", "above 0"),
        (f"weight_init_std=0:1:{MOST_VALUES + 1}", "100,001"),
        ("weight_init_std=1,1", "twice"),
        ("weight_init_std=-1,1", "0 or larger"),
        ("batch_size=1:2:9", "twice"),
        ("std=1,2", "names no knob"),
        ("data=a,b", "names no knob"),
        ("activation=relu,none", "relu, leaky_relu"),
        ("weight_init_std", "names no knob"),
    ):
        with pytest.raises(SpecError, match=why):
            Axis.from_text(text)
    with pytest.raises(SpecError, match="1,000,000,000 points"):
        sweep(SMALL, "weight_init_std=1e-3:1:100000:log", "learning_rate=0:1:10000")
    with pytest.raises(SpecError, match="both axes"):
        sweep(SMALL, "weight_init_std=1,2", "weight_init_std=1,2")
    with pytest.raises(SpecError, match="seeds"):
        sweep(SMALL.replaced(seed=2**32 - 1), "weight_init_std=1,2", None, 2)
    with pytest.raises(SpecError, match="number of training samples"):
        sweep(SMALL, "batch_size=10,100000").check(load(SMALL.data_request))
    assert MOST_POINTS < 10**9


@pytest.mark.parametrize("name", SWEEPS)
def test_an_axis_is_written_as_it_is_read(name: str) -> None:
    for axis in SWEEPS[name].axes:
        assert Axis.from_text(axis.said()).values == axis.values


def test_a_table_is_saved_and_read_again(tmp_path: Path) -> None:
    for number, one in enumerate(SWEEPS.values()):
        some = np.arange(0, one.n_points, 2)
        table, path = trained(one, some), tmp_path / f"{number}.npz"
        table.save(path)
        again = resumed(one, path)
        np.testing.assert_array_equal(again.done, table.done)
        np.testing.assert_array_equal(again.rows[again.done], table.rows[table.done])
        assert [axis.values for axis in again.sweep.axes] == [axis.values for axis in one.axes]
        with np.load(path) as file:
            assert file["loss"].shape == file["done"].shape == one.shape
            assert file["diverged_at"].dtype == file["reached_at"].dtype == np.int64
            assert (file["reached_at"][~file["done"]] == -1).all()


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sweep.npz"
    trained(SWEEPS["seeds"]).save(path)
    with pytest.raises(SweepFileError, match="another sweep"):
        resumed(SWEEPS["adam"], path)
    whole = path.read_bytes()
    for broken in (b"", whole[:99], whole[: len(whole) // 2], b"x" * 1000, whole[:400] + b"\0" * 50 + whole[450:]):
        path.write_bytes(broken)
        with pytest.raises(SweepFileError):
            resumed(SWEEPS["seeds"], path)
    trained(SWEEPS["adam"]).save(path)
    with np.load(path) as file:
        good = dict(file)
    for name, value in (
        ("version", np.array(99)), ("x", np.array([np.nan, 1, 2, 3, 4])), ("x", good["x"][None]), ("x", good["x"][:3]),
        ("x", np.array(list("abcde"))), ("x_knob", np.array("data")), ("x_knob", np.array("nothing")),
        ("x", -good["x"]), ("x", np.ones(5)), ("done", np.array(True)), ("loss", good["loss"].ravel()),
        ("seeds", good["seeds"] + 1), ("spec", np.array("{}x")), ("samples", np.array([1])),
    ):  # fmt: skip
        np.savez(path, **{**good, name: value})
        with pytest.raises(SweepFileError):
            Table.load(path)
    np.savez(path, x=np.arange(3))
    with pytest.raises(SweepFileError):
        resumed(SWEEPS["seeds"], path)


# ── the panels ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_pixel_turns_the_knobs_of_its_run() -> None:
    one = SWEEPS["std and rate"]
    table = trained(one)
    engine = Engine(one.base, load(one.base.data_request), kernel_stepper)
    frame = engine.recording.frame()
    x, y = np.log10(one.x.places[6]) + 0.01, np.log10(one.y.places[2]) - 0.01
    turned = PANELS["map"].turn(frame, View(sweep=table), (0,), x, y, alone=False)
    assert TrainingSpec.from_values(turned) == one.spec_at(one.n_seeds * (2 * 9 + 6))


def test_cells_between_a_coarse_grid_are_coloured_as_their_neighbour_and_read_as_what_they_are() -> None:
    one = sweep(SMALL, "weight_init_std=0.01:10:8:log", "learning_rate=0.01:10:8:log")
    whole, part = trained(one), empty(one)
    some = next(one.coarse_first(4, 1000))
    part.take(some, whole.rows[some])
    found = trainability.sources(part)
    assert found[3, 5] == 4
    assert found[7, 7] == 8 * 4 + 4
    assert trainability.sources(empty(one)).max() == -1
    assert np.array_equal(trainability.sources(whole).ravel(), np.arange(64))
    plot = (
        PANELS["map"]
        .make(Engine(SMALL, load(SMALL.data_request), kernel_stepper).recording.frame(), View(sweep=part))
        .plots[0]
    )
    assert np.isfinite(plot.readings[0].values).sum() == len(some)


# ── the command line ─────────────────────────────────────────────────────────────────────────────────────────────────

WORDS = ("--dataset", "spirals", "--hidden-sizes", "8", "--batch-size", "10", "--steps", "3000",
         "--x", "weight_init_std=0.01:10:20:log", "--y", "learning_rate=0.01:1:10:log", "--seeds", "2")  # fmt: skip


def command(*words: str) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "main.py", "sweep", *words], cwd=ROOT, stderr=subprocess.PIPE, text=True)


def run(*words: str) -> tuple[int, str]:
    process = command(*words)
    _, said = process.communicate(timeout=120)
    return process.returncode, said


def assert_ends_do_not_matter(folder: Path, ends: list[int], workers: tuple[str, ...] = ()) -> None:
    """End a sweep with these signals at random moments, go on each time, and hold the file against a whole one's."""
    assert run(*WORDS, "--out", str(folder / "whole.npz"))[0] == 0
    chance = np.random.default_rng(len(ends))
    broken = folder / "broken.npz"
    for end in ends:
        process = command(*WORDS, "--out", str(broken), "--resume", *workers)
        with_bar = threading.Timer(chance.uniform(0.3, 2.0), process.send_signal, [end])
        with_bar.start()
        _, said = process.communicate(timeout=120)
        with_bar.cancel()
        assert process.returncode in (0, -signal.SIGKILL) if end == signal.SIGKILL else (0, 128 + end), said
        if broken.exists():
            Table.load(broken)
    assert run(*WORDS, "--out", str(broken), "--resume", *workers)[0] == 0
    assert broken.read_bytes() == (folder / "whole.npz").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_sweep_that_was_ended_and_resumed_leaves_the_file_of_one_that_was_not(tmp_path: Path) -> None:
    assert_ends_do_not_matter(tmp_path, [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])


@pytest.mark.soak
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_sweep_killed_at_twenty_moments_leaves_the_file_of_one_that_was_not(tmp_path: Path) -> None:
    assert_ends_do_not_matter(tmp_path, [signal.SIGKILL, signal.SIGINT] * 10)


def test_an_unfinished_sweep_is_not_written_over_unasked(tmp_path: Path) -> None:
    path = tmp_path / "s.npz"
    one = sweep(SMALL, "weight_init_std=0.1,1")
    empty(one).save(path)
    words = ("--dataset", "spirals", "--hidden-sizes", "8", "--batch-size", "10", "--steps", "60",
             "--x", "weight_init_std=0.1,1", "--out", str(path))  # fmt: skip
    status, said = run(*words)
    assert (status, "--resume" in said) == (2, True)
    assert run(*words, "--resume")[0] == 0
    assert Table.load(path).is_whole
    assert run(*words)[0] == 0


def test_pictures_and_their_data_are_drawn(tmp_path: Path) -> None:
    for kind in ("png", "csv"):
        assert run(*WORDS[:6], "--steps", "50", *WORDS[8:], "--out", str(tmp_path / f"{kind}.npz"), "--images",
                   str(tmp_path / "images"), "--format", kind)[0] == 0  # fmt: skip
    assert {path.name for path in (tmp_path / "images").iterdir()} >= {"map.png", "response.png", "map.csv"}
    rows = (tmp_path / "images" / "map.csv").read_text().splitlines()
    assert len(rows) == 1 + 20 * 10 * 2
    assert rows[0].startswith("weight_init_std,learning_rate,seed,final_loss")


# ── a cluster ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_workers_of_a_cluster_leave_the_file_that_threads_do(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    for name, workers in (("threads", ()), ("workers", ("--workers", "2"))):
        status, said = run(*WORDS, "--out", str(tmp_path / f"{name}.npz"), *workers)
        assert status == 0, said
    assert (tmp_path / "threads.npz").read_bytes() == (tmp_path / "workers.npz").read_bytes()


def test_a_scheduler_that_is_not_there_is_said(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    status, said = run(*WORDS, "--out", str(tmp_path / "s.npz"), "--scheduler", "nonsense://here")
    assert status == 2
    assert "nonsense" in said


@pytest.mark.soak
@pytest.mark.skipif(sys.platform != "linux", reason="finds the workers in /proc")
def test_a_worker_killed_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    assert run(*WORDS, "--out", str(tmp_path / "whole.npz"))[0] == 0
    process = command(*WORDS, "--out", str(tmp_path / "killed.npz"), "--workers", "2")
    killed = False
    while not killed and process.poll() is None:
        time.sleep(0.02)
        for worker in descendants(process.pid):
            if b"spawn_main" in Path(f"/proc/{worker}/cmdline").read_bytes() and cpu_seconds(worker) > 1.5:
                os.kill(worker, signal.SIGKILL)
                killed = True
                break
    _, said = process.communicate(timeout=120)
    assert killed
    assert process.returncode == 0, said
    assert (tmp_path / "whole.npz").read_bytes() == (tmp_path / "killed.npz").read_bytes()


@pytest.mark.soak
def test_a_scheduler_that_is_lost_is_said_and_what_is_finished_is_kept(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    places = {"env": {**os.environ, "PYTHONPATH": str(ROOT)}, "stderr": subprocess.DEVNULL}
    file = tmp_path / "scheduler.json"
    daemon = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard", "--host", "127.0.0.1"]
    scheduler = subprocess.Popen([*daemon, "--port", "0", "--scheduler-file", str(file)], **places)
    worker = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(file), "--no-nanny"], **places
    )
    try:
        while not file.exists():
            time.sleep(0.05)
        address = json.loads(file.read_text())["address"]
        one = sweep(TrainingSpec(steps=3000), "weight_init_std=0.01:1:20:log", "learning_rate=0.01:1:20:log")
        table, data, cluster = empty(one), load(one.base.data_request), Cluster(address)

        def take(places: np.ndarray, rows: np.ndarray) -> None:
            table.take(places, rows)
            scheduler.kill()

        with pytest.raises(ClusterError, match="was lost"):
            cluster.work(one, data, table.missing(chunks_of(one, data, cluster)), take, threading.Event())
        assert 0 < table.n_done < one.n_points
    finally:
        for process in (scheduler, worker):
            process.kill()
            process.wait()


def descendants(pid: int) -> list[int]:
    children = [int(child) for task in Path(f"/proc/{pid}/task").iterdir()
                for child in (task / "children").read_text().split()]  # fmt: skip
    return [*children, *(each for child in children for each in descendants(child))]


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def test_a_chunk_takes_about_as_long_as_it_should() -> None:
    data = load(SMALL.data_request)
    assert 1 <= chunk_size(SMALL, data, 0.05) <= 4096
    assert chunk_size(SMALL.replaced(steps=10**7), data, 0.05) == 1


def test_a_band_is_that_of_numpy_over_the_seeds_that_are_there() -> None:
    values = np.random.default_rng(0).normal(size=(5, 7, 12))
    values[values > 1.2] = np.nan
    values[2, 3] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = np.nanquantile(values, (0.1, 0.5, 0.9), axis=-1)
    np.testing.assert_allclose(response.band(values), expected, rtol=1e-12)
    broken = np.array([[1.0, np.inf, np.inf], [1.0, 2.0, np.inf]])
    assert response.band(broken)[1].tolist() == [np.inf, 2.0]


def test_the_panels_tell_of_the_samples_of_the_sweep_whatever_the_window_has_now() -> None:
    table = trained(SWEEPS["digits"])
    here, there = (
        Engine(spec, load(spec.data_request), kernel_stepper).recording.frame()
        for spec in (table.sweep.base, table.sweep.base.replaced(dataset="spirals"))
    )
    for name in ("map", "response"):
        figures = [PANELS[name].make(frame, View(sweep=table)) for frame in (here, there)]
        assert str(figures[0].summary) == str(figures[1].summary)
        assert "1.15" in str(figures[1].summary)


def test_a_cell_is_what_most_of_its_seeds_became_and_its_loss_that_of_those() -> None:
    one = sweep(SMALL, "weight_init_std=0.1,1", "learning_rate=0.1,1", 4)
    table = empty(one)
    rows = np.tile([1.2, 0.5, 0.5, -1.0, -1.0, 60.0], (16, 1))
    rows[:2, [0, 4]] = 0.05, 30  # two of four came there
    rows[4, [0, 4]] = 0.05, 30  # one did
    rows[8:10, 3] = 5  # two diverged
    table.take(np.arange(16), rows)
    found = trainability.outcomes(table)
    assert found.reached[0, 0] == 30
    assert np.isnan(found.plateau[0, 0])
    assert found.plateau[0, 1] == 1.2
    assert found.diverged[1, 0] == 5


def test_no_line_of_theory_is_drawn_over_an_axis_that_it_depends_on() -> None:
    deep = SMALL.replaced(hidden_sizes=(8, 8))
    frame = Engine(deep, load(deep.data_request), kernel_stepper).recording.frame()

    def lines(y: str) -> set[str]:
        table = empty(sweep(deep, "weight_init_std=0.01:10:5:log", y))
        plot = PANELS["map"].make(frame, View(sweep=table)).plots[0]
        return {mark.key.partition(".")[0] for mark in plot.marks}

    assert {"scheme", "chi_1"} <= lines("learning_rate=0.1,1")
    assert not {"scheme", "chi_1"} & lines("hidden_sizes=8,8;50,50")
    assert "chi_1" not in lines("activation=relu,tanh")


def test_values_that_do_not_go_together_are_refused_before_anything_is_trained() -> None:
    data = load(SMALL.data_request)
    for x, y in (("hidden_sizes=8;8,8", "layer_gains=1,2;2,1"), ("train_fraction=0.1:1:9", None)):
        with pytest.raises(SpecError):
            sweep(SMALL.replaced(batch_size=100), x, y).check(data)


# ── what theory says of the learning rate ────────────────────────────────────────────────────────────────────────────


def nearly_no_inputs() -> Dataset:
    """Samples so small that the weights of a linear network have the curvature of their decay, and nearly no other."""
    rng = np.random.default_rng(0)
    x, t = 1e-3 * rng.standard_normal((400, 2)), np.arange(400) % 2
    return Dataset("tiny", x, t, x[:0], t[:0], ("0", "1"), None)


@pytest.mark.parametrize("up", ["learning_rate", "weight_decay"])
def test_the_map_of_a_linear_network_ends_where_the_exact_bound_says(up: str) -> None:
    spec = TrainingSpec(activation="linear", hidden_sizes=(1,), batch_size=400, steps=2500, weight_init_std=1e-6)
    axes = "weight_decay=1:8:5:log", "learning_rate=0.11:2.6:19:log"
    one = sweep(spec, *(axes if up == "learning_rate" else axes[::-1]))
    data = nearly_no_inputs()
    table = Table(one, About.of(data))
    table.take(*Points(one, data).train(np.arange(one.n_points)))
    table.stable_rates = stable_rates(one, data, lambda: False)
    broke = ~np.isnan(trainability.outcomes(table).diverged)
    decay, rate = (axis.places for axis in ((one.x, one.y) if up == "learning_rate" else (one.y, one.x)))
    found = broke.T if up == "learning_rate" else broke  # (decay, rate)
    lambda_max = np.array([np.linalg.eigvalsh(dense_hessian(one.base, data, each))[-1] for each in decay])
    np.testing.assert_allclose(table.stable_rates, 2 / lambda_max, rtol=2e-3)
    assert (found == (rate[None, :] > 2 / lambda_max[:, None])).all()
    frame = Engine(spec, data, kernel_stepper).recording.frame()
    marks = {mark.key: mark for mark in PANELS["map"].make(frame, View(sweep=table)).plots[0].marks}
    drawn = marks["stable"].y if up == "learning_rate" else marks["stable"].x
    np.testing.assert_array_equal(np.sort(drawn[np.isfinite(drawn)]), np.sort(table.stable_rates))


def dense_hessian(spec: TrainingSpec, data: Dataset, weight_decay: float) -> np.ndarray:
    """The oracle: differences of the readable network's gradient at the start, and what weight decay adds."""
    start = Engine(spec, data, kernel_stepper)
    flat = start.params.astype(np.float64)
    names = start.layout.names

    def gradient(at: np.ndarray) -> np.ndarray:
        found = MultiLayerNet.from_params(start.layout.views(at), spec.activation).gradient(data.x_train, data.t_train)
        return np.concatenate([found[name].ravel() for name in names])

    rows = [(gradient(flat + 1e-5 * e) - gradient(flat - 1e-5 * e)) / 2e-5 for e in np.eye(len(flat))]
    decay = [np.full(view.size, weight_decay if name[0] == "W" else 0.0)
             for name, view in start.layout.views(flat).items()]  # fmt: skip
    return np.array(rows) + np.diag(np.concatenate(decay))


def test_stable_rates_are_kept_in_the_file_and_interpolated_by_ratios(tmp_path: Path) -> None:
    one = sweep(SMALL, "weight_init_std=0.01:1:65:log", "learning_rate=0.1,1")
    table = trained(one)
    data = load(SMALL.data_request)
    table.stable_rates = stable_rates(one, data, lambda: False)
    for place in (0, 2, 64):
        assert table.stable_rates[place] == pytest.approx(stable_rate(one.specs_beside_rate()[place], data))
    between = np.sqrt(table.stable_rates[0] * table.stable_rates[2])
    assert table.stable_rates[1] == pytest.approx(between)
    table.save(tmp_path / "sweep.npz")
    np.testing.assert_array_equal(Table.load(tmp_path / "sweep.npz").stable_rates, table.stable_rates)


@pytest.mark.parametrize("name", ["map", "response"])
def test_an_axis_that_descends_is_drawn_as_the_one_that_ascends(name: str) -> None:
    up, down = (
        trained(sweep(SMALL, f"weight_init_std={x}:5:log", f"learning_rate={y}:4:log"))
        for x, y in (("0.01:10", "0.1:10"), ("10:0.01", "10:0.1"))
    )
    frame = Engine(SMALL, load(SMALL.data_request), kernel_stepper).recording.frame()
    found = [PANELS[name].make(frame, View(sweep=table)) for table in (up, down)]
    for one, other in zip(*(figure.plots for figure in found), strict=True):
        for axis, same in ((one.x, other.x), (one.y, other.y)):
            assert axis.log == same.log
            assert axis.extent == pytest.approx(same.extent)
        assert one.x.log
    for plots in zip(*(figure.plots for figure in found), strict=True):
        images = [[mark.values for mark in plot.marks if isinstance(mark, Image)] for plot in plots]
        for one, other in zip(*images, strict=True):
            np.testing.assert_array_equal(one, other)
        cells = [[reading.values for reading in plot.readings] for plot in plots]
        for one, other in zip(*cells, strict=True):
            np.testing.assert_array_equal(one, other)
    if name == "map":
        turned = [PANELS[name].turn(frame, View(sweep=table), (0,), -1.0, 0.3, alone=False) for table in (up, down)]
        assert turned[0]["weight_init_std"] == pytest.approx(turned[1]["weight_init_std"])
        assert turned[0]["learning_rate"] == pytest.approx(turned[1]["learning_rate"])


def test_maps_without_a_learning_rate_or_without_a_bound_have_no_such_line() -> None:
    assert sweep(SMALL, "weight_init_std=0.1,1", "momentum=0,0.5").beside_rate is None
    assert sweep(SMALL, "learning_rate=0.1,1").beside_rate is None
    adam = sweep(SMALL.replaced(optimizer="adam"), "weight_init_std=0.1,1", "learning_rate=0.1,1,10")
    assert np.isnan(stable_rates(adam, load(SMALL.data_request), lambda: False)).all()


def test_a_value_of_other_samples_or_no_line_has_a_rate_of_its_own_or_none() -> None:
    data = load(SMALL.data_request)  # spirals
    by_data = sweep(SMALL, "dataset=moons,spirals", "learning_rate=0.1,1,10")
    found = stable_rates(by_data, data, lambda: False)
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(stable_rate(SMALL, data))
    by_seed = sweep(SMALL, "seed=0:49:50", "learning_rate=0.1,1,10")
    found = stable_rates(by_seed, data, lambda: False)
    for seed in (0, 1, 17, 49):
        assert found[seed] == pytest.approx(stable_rate(SMALL.replaced(seed=seed), data))


@pytest.mark.parametrize(
    ("x", "shown"),
    [("seed=0:100:11", (3.0, 61.5)), ("batch_size=1:91:10", (20.2, 33.1)), ("steps=20:2000:100", (100.0, 130.0))],
)
def test_whole_numbers_in_a_zoom_stay_equally_far_apart(x: str, shown: tuple[float, float]) -> None:
    one = sweep(SMALL, x, "learning_rate=0.1:10:9:log")
    found = within(one, (shown, (-0.5, 0.5)))
    assert found is not None
    places = found[0].places
    assert len(set(np.diff(places))) == 1
    assert shown[0] <= places[0] < places[-1] <= shown[1]
    assert within(replace(one, x=found[0], y=found[1]), (axis_of(found[0])[1], axis_of(found[1])[1])) is None


def test_a_zoom_ends_where_numbers_can_no_longer_be_told_apart() -> None:
    one = sweep(SMALL, "weight_init_std=0.01:1:5:log", "learning_rate=0.1:10:9:log")
    for width in (1e-3, 1e-6, 1e-9, 1e-12, 1e-15, 1e-18):
        found = within(one, ((-1.0, 1.0), (0.0123, 0.0123 + width)))
        assert found is not None
        assert is_regular(found[1])


def test_a_list_of_numbers_in_any_order_is_judged_by_its_ends() -> None:
    text = ",".join(str(value) for value in np.random.default_rng(0).permutation(20_000) + 1)
    began = time.perf_counter()
    assert len(Axis.from_text(f"batch_size={text}")) == 20_000
    assert time.perf_counter() - began < 2
    with pytest.raises(SpecError):
        Axis.from_text("batch_size=5,0,7")


@pytest.mark.parametrize(("knobs", "said"), [({}, "2 / λ_max"), ({"optimizer": "momentum"}, "(2 + 2β) / λ_max")])
def test_the_line_of_stable_rates_is_named_by_its_formula(knobs: dict[str, object], said: str) -> None:
    one = sweep(SMALL.replaced(**knobs), "weight_init_std=0.01,0.1,1", "learning_rate=0.1:10:9:log")
    table = trained(one)
    table.stable_rates = np.array([1.0, 1.0, 1.0])
    frame = Engine(one.base, load(one.base.data_request), kernel_stepper).recording.frame()
    (line,) = [mark for mark in PANELS["map"].make(frame, View(sweep=table)).plots[0].marks if mark.key == "stable"]
    assert str(line.label) == f"{said} at the start"
