"""Recordings: every frame is of one moment, whole, and stays as it is whatever comes after."""

import gc
import os
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.network.layout import Layout
from model.network.shared import N_SLOTS
from model.training import store
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.history import MOST
from model.training.initial import Initial
from model.training.recording import Recording
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper

SPEC = TrainingSpec(hidden_sizes=(3,), batch_size=4, steps=40)
STEPPERS = [ClassStepper, kernel_stepper]


@pytest.fixture(scope="module")
def data() -> Dataset:
    return load(DataRequest(dataset="moons", samples=40))


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Histories move to a file early."""
    monkeypatch.setattr(store, "IN_MEMORY", 20_000)
    monkeypatch.setattr(store, "_FIRST_ROWS", 64)


def assert_whole(frame: Frame) -> None:
    """All parts of a frame are of one moment."""
    step = frame.step
    assert len(frame.loss) == step
    assert frame.grad_norms.shape == (step, len(frame.layout.names))
    assert len(frame.eval_steps) == len(frame.evaluations)
    steps = frame.eval_steps.tolist()
    assert all(earlier < later <= step for earlier, later in pairwise([-1, *steps]))
    history = frame.history
    assert len(history.first) == -(-step // history.stride)
    if history.stride == 1:
        np.testing.assert_array_equal(history.low[:, 0], frame.loss)
        np.testing.assert_array_equal(history.low[:, 1:], frame.grad_norms)
    else:
        assert history.high[:, 0].max() == frame.loss.max()
    for name, shape in frame.layout.shapes.items():
        assert frame.params[name].shape == frame.initial[name].shape == shape


def contents(frame: Frame) -> list[bytes]:
    arrays = [frame.loss, frame.grad_norms, frame.eval_steps, frame.evaluations, *frame.params.values()]
    arrays += [*frame.initial.values(), frame.history.low, frame.history.high]
    return [array.tobytes() for array in arrays]


@pytest.mark.parametrize("stepper", STEPPERS)
def test_a_frame_holds_as_many_values_as_steps_were_made(data: Dataset, stepper: Callable) -> None:
    engine = Engine(SPEC, data, stepper)
    for step in (0, 1, 2, 17, 40):
        engine.train(step)
        frame = engine.recording.frame()
        assert frame.step == step
        assert_whole(frame)
    assert frame.eval_steps.tolist() == list(range(41))
    assert np.isfinite(frame.loss).all()


def test_before_the_first_snapshot_there_is_no_frame(data: Dataset) -> None:
    layout = Layout(data.layer_sizes((3,)))
    recording = Recording(SPEC, data, layout, Initial(np.zeros(layout.n_params), (0.01, 0.01), (0.0, 0.0)), 1)
    assert recording.frame() is None


def test_a_new_run_has_a_frame_of_its_initial_parameters(data: Dataset) -> None:
    frame = Engine(SPEC, data, ClassStepper).recording.frame()
    assert (frame.step, frame.target, frame.divergence, frame.schedule) == (0, 40, None, ())
    assert_whole(frame)
    for name, value in frame.initial.items():
        np.testing.assert_array_equal(frame.params[name], value)
    assert np.isnan(frame.accuracy).all()


def test_every_run_has_a_number_of_its_own(data: Dataset) -> None:
    numbers = [Engine(SPEC, data, ClassStepper).recording.frame().run for _ in range(5)]
    assert all(later > earlier for earlier, later in pairwise(numbers))


@pytest.mark.parametrize("stepper", STEPPERS)
def test_a_frame_stays_as_it_is_while_the_run_goes_on(data: Dataset, stepper: Callable) -> None:
    engine = Engine(SPEC, data, stepper)
    kept = []
    for step in (0, 3, 5, 6, 7, 8, 9, 20, 40):  # more than there are slots in the ring
        engine.train(step)
        frame = engine.recording.frame()
        kept.append((frame, contents(frame)))
    assert len(kept) > N_SLOTS
    for frame, before in kept:
        assert contents(frame) == before


@pytest.mark.parametrize("stepper", STEPPERS)
@pytest.mark.usefixtures("small_memory")
def test_a_history_that_outgrows_its_room_and_moves_to_a_file_changes_nothing(data: Dataset, stepper: Callable) -> None:
    engine = Engine(SPEC.replaced(steps=3000, eval_every=7), data, stepper)
    kept = []
    for step in (0, 63, 64, 65, 128, 500, 501, 900, 2000, 3000):
        engine.train(step)
        frame = engine.recording.frame()
        assert_whole(frame)
        kept.append((frame, contents(frame)))
    engine.train(5000)
    for frame, before in kept:
        assert contents(frame) == before
    last = engine.recording.frame()
    for frame, _ in kept:
        np.testing.assert_array_equal(last.loss[: frame.step], frame.loss)
        np.testing.assert_array_equal(last.grad_norms[: frame.step], frame.grad_norms)
        np.testing.assert_array_equal(last.eval_steps[: len(frame.eval_steps) - 1], frame.eval_steps[:-1])


def test_where_a_history_lies_makes_no_difference(data: Dataset, request: pytest.FixtureRequest) -> None:
    spec = SPEC.replaced(steps=3000, eval_every=7)
    in_memory = Engine(spec, data, kernel_stepper)
    in_memory.train(3000)
    request.getfixturevalue("small_memory")
    in_file = Engine(spec, data, kernel_stepper)
    in_file.train(3000)
    assert contents(in_file.recording.frame()) == contents(in_memory.recording.frame())


@pytest.mark.usefixtures("small_memory")
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="tells open files from Linux's /proc")
def test_a_run_that_is_let_go_of_leaves_no_file_open(data: Dataset) -> None:
    def long_run() -> Frame:
        engine = Engine(SPEC, data, kernel_stepper)
        engine.train(3000)
        return engine.recording.frame()

    gc.collect()
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    frame = long_run()
    loss = frame.loss.copy()
    gc.collect()
    np.testing.assert_array_equal(frame.loss, loss)
    del frame
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


@pytest.mark.parametrize("small", [False, True], ids=["in memory", "in a file"])
def test_frames_made_while_the_kernel_runs_are_whole(
    data: Dataset, small: bool, request: pytest.FixtureRequest
) -> None:
    if small:
        request.getfixturevalue("small_memory")
    engine = Engine(SPEC.replaced(steps=60_000, eval_every=500), data, kernel_stepper)
    faults: list[Exception] = []
    steps: list[list[int]] = [[], []]
    last: list[Frame | None] = [None, None]
    ended = threading.Event()

    def watch(number: int) -> None:
        try:
            while not ended.is_set():
                engine.recording.request()
                frame = engine.recording.frame()
                assert_whole(frame)
                steps[number].append(frame.step)
                last[number] = frame
        except Exception as error:  # noqa: BLE001  brought to the thread of the test
            faults.append(error)

    watchers = [threading.Thread(target=watch, args=(number,)) for number in (0, 1)]
    for watcher in watchers:
        watcher.start()
    engine.train(60_000)
    ended.set()
    for watcher in watchers:
        watcher.join()
    assert not faults, faults[0]
    for seen in steps:
        assert len(set(seen)) > 2, "nothing was seen of the run"
        assert all(earlier <= later for earlier, later in pairwise(seen))
    final = engine.recording.frame()
    for frame in last:
        np.testing.assert_array_equal(frame.loss, final.loss[: frame.step])


def test_two_frames_of_one_moment_have_the_same_parameters(data: Dataset) -> None:
    engine = Engine(SPEC, data, kernel_stepper)
    engine.train(10)
    assert contents(engine.recording.frame()) == contents(engine.recording.frame())


def test_a_frame_of_a_long_run_costs_no_more_than_of_a_short_one(data: Dataset) -> None:
    engine = Engine(SPEC.replaced(steps=30_000), data, kernel_stepper)
    engine.train(30_000)
    frame = engine.recording.frame()
    assert_whole(frame)
    assert len(frame.history.first) <= MOST
    assert frame.history.high[:, 0].max() == frame.loss.max()
    assert frame.history.low[:, 0].min() == frame.loss.min()


def test_values_that_are_no_numbers_are_in_the_history_and_counted(data: Dataset) -> None:
    engine = Engine(SPEC.replaced(learning_rate=1e300), data, kernel_stepper)
    engine.train(40)
    frame = engine.recording.frame()
    assert (frame.step, len(frame.loss), frame.divergence.step) == (40, 40, 0)
    assert frame.history.n_nan[0] == np.isnan(frame.loss).sum() > 0
    np.testing.assert_array_equal(frame.history.n_inf[1:], np.isinf(frame.grad_norms).sum(axis=0))


@pytest.mark.parametrize("stepper", STEPPERS)
def test_many_ends_have_room_for_their_evaluations(data: Dataset, stepper: Callable) -> None:
    engine = Engine(SPEC.replaced(steps=10, eval_every=1000), data, stepper)
    for end in range(10, 60):
        engine.retarget(end)
        engine.train(end)
    frame = engine.recording.frame()
    assert frame.eval_steps.tolist() == [0, *range(10, 60)]
    assert np.isfinite(frame.evaluations).all()
    assert len(engine.recording.eval_steps) >= len(frame.eval_steps)


def test_an_evaluation_is_due_at_each_interval_and_at_the_end_once(data: Dataset) -> None:
    engine = Engine(SPEC.replaced(steps=7, eval_every=3), data, ClassStepper)
    recording = engine.recording
    assert recording.evaluation_due()
    due = []
    for step in range(8):
        engine.train(step)
        assert not recording.evaluation_due()
        due.append(recording.frame().eval_steps[-1] == step)
    assert due == [True, False, False, True, False, False, True, True]
    engine.retarget(9)
    assert not recording.evaluation_due()
    engine.retarget(7)
    assert not recording.evaluation_due()
