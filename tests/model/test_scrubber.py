"""Scrubbing: a short run is finished before a newer one begins, a long one gives way, the newest is never lost."""

import queue
import threading
from collections.abc import Iterator

import pytest

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.training import scrubber as module
from model.training.engine import Engine
from model.training.scrubber import Scrubber
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

SHORT = TrainingSpec(dataset="moons", hidden_sizes=(4,), steps=200, batch_size=10)


@pytest.fixture(scope="module")
def moons() -> Dataset:
    return load(DataRequest(dataset="moons"))


@pytest.fixture
def scrubbing(moons: Dataset) -> Iterator[tuple[Scrubber, "queue.Queue[tuple[Engine | None, str]]"]]:
    done: queue.Queue[tuple[Engine | None, str]] = queue.Queue()

    def make(spec: TrainingSpec, data: Dataset) -> Engine:
        if spec.seed == 13:
            raise RuntimeError("this seed brings bad luck")
        return Engine(spec, data, kernel_stepper)

    scrubber = Scrubber(make, lambda engine, fault: done.put((engine, fault)))
    thread = threading.Thread(target=scrubber.serve)
    thread.start()
    yield scrubber, done
    scrubber.close()
    thread.join(timeout=5)
    assert not thread.is_alive()


def test_every_position_comes_back_as_a_finished_run_of_its_own_spec(scrubbing, moons) -> None:
    scrubber, done = scrubbing
    for std in (0.01, 0.1, 1.0):
        scrubber.want(SHORT.replaced(weight_init_std=std), moons)
        engine, _ = done.get(timeout=10)
        assert engine.recording.step == 200
        assert engine.spec.weight_init_std == std
        closed = Engine(engine.spec, moons, kernel_stepper)
        closed.train(200)
        assert engine.params.tobytes() == closed.params.tobytes()


def test_of_many_positions_the_last_is_always_trained(scrubbing, moons) -> None:
    scrubber, done = scrubbing
    for seed in range(100, 400):
        scrubber.want(SHORT.replaced(seed=seed), moons)
    engine, _ = done.get(timeout=10)
    while engine.spec.seed != 399:
        assert engine.recording.step == 200, "a short run was given up"
        engine, _ = done.get(timeout=10)
    assert engine.recording.step == 200


def test_a_long_run_gives_way_to_a_newer_position(scrubbing, moons, monkeypatch) -> None:
    scrubber, done = scrubbing
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    scrubber.want(SHORT.replaced(steps=900_000_000), moons)
    while scrubber.engine is None or scrubber.engine.recording.step < 10:
        pass
    scrubber.want(SHORT, moons)
    first, _ = done.get(timeout=10)
    assert 10 <= first.recording.step < 900_000_000
    second, _ = done.get(timeout=10)
    assert second.recording.step == 200


def test_a_fault_in_one_run_is_told_and_the_next_position_trains(scrubbing, moons) -> None:
    scrubber, done = scrubbing
    scrubber.want(SHORT.replaced(seed=13), moons)
    engine, fault = done.get(timeout=10)
    assert engine is None
    assert "bad luck" in fault
    scrubber.want(SHORT, moons)
    assert done.get(timeout=10)[0].recording.step == 200


def test_forgetting_stops_what_is_trained(scrubbing, moons) -> None:
    scrubber, done = scrubbing
    scrubber.want(SHORT.replaced(steps=900_000_000), moons)
    while scrubber.engine is None:
        pass
    scrubber.forget()
    done.get(timeout=10)
    assert scrubber.idle
