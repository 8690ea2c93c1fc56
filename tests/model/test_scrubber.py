"""Scrubbing: a short run is finished before a newer one begins, a long one gives way, the newest is never lost."""

import threading
from collections.abc import Iterator

import pytest

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.training import scrubber as module
from model.training.engine import Engine
from model.training.scrubber import Scrubbed, Scrubber
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

SHORT = TrainingSpec(dataset="moons", hidden_sizes=(4,), steps=200, batch_size=10)
LONG = SHORT.replaced(steps=900_000_000)


@pytest.fixture(scope="module")
def moons() -> Dataset:
    return load(DataRequest(dataset="moons"))


class Hand:
    """Moves the dial, and waits for what comes back."""

    def __init__(self) -> None:
        self._told = threading.Semaphore(0)
        self.scrubber = Scrubber(self._make, self._told.release)

    @staticmethod
    def _make(spec: TrainingSpec, data: Dataset) -> Engine:
        if spec.seed == 13:
            raise RuntimeError("this seed brings bad luck")
        return Engine(spec, data, kernel_stepper)

    def next(self) -> Scrubbed:
        while True:
            assert self._told.acquire(timeout=10), "nothing came back"
            done = self.scrubber.take()
            if done is not None:
                return done

    def next_engine(self) -> Engine:
        engine = self.next().engine
        assert engine is not None
        return engine

    def watch(self) -> Engine:
        """Wait for a run that is long enough to be watched, and has begun to train."""
        while (engine := self.scrubber.watched()) is None or engine.recording.step < 10:
            pass
        return engine

    def wait_idle(self) -> None:
        while not self.scrubber.idle:
            self.scrubber.take()


@pytest.fixture(params=[1, 2], ids=["one thread", "two threads"])
def hand(request: pytest.FixtureRequest) -> Iterator[Hand]:
    made = Hand()
    threads = [threading.Thread(target=made.scrubber.serve) for _ in range(request.param)]
    for thread in threads:
        thread.start()
    yield made
    made.scrubber.close()
    for thread in threads:
        thread.join(timeout=5)
        assert not thread.is_alive()


def test_every_position_comes_back_as_a_finished_run_of_its_own_spec(hand: Hand, moons: Dataset) -> None:
    for std in (0.01, 0.1, 1.0):
        hand.scrubber.want(SHORT.replaced(weight_init_std=std), moons)
        engine = hand.next_engine()
        assert engine.recording.step == 200
        assert engine.spec.weight_init_std == std
        closed = Engine(engine.spec, moons, kernel_stepper)
        closed.train(200)
        assert engine.params.tobytes() == closed.params.tobytes()


def test_of_many_positions_the_last_is_always_trained_and_none_comes_after_a_newer_one(
    hand: Hand, moons: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 60.0)
    for seed in range(100, 400):
        hand.scrubber.want(SHORT.replaced(seed=seed), moons)
    seeds = []
    while not seeds or seeds[-1] != 399:
        engine = hand.next_engine()
        assert engine.recording.step == 200, "a short run was given up"
        seeds.append(engine.spec.seed)
    assert seeds == sorted(set(seeds))


def test_a_long_run_gives_way_to_a_newer_position(hand: Hand, moons: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    hand.scrubber.want(LONG, moons)
    long = hand.watch()
    hand.scrubber.want(SHORT.replaced(seed=5), moons)
    engine = hand.next_engine()
    if engine is long:  # as far as it got, unless the newer one was done first
        assert 10 <= engine.recording.step < LONG.steps
        engine = hand.next_engine()
    assert (engine.spec.seed, engine.recording.step) == (5, 200)
    hand.wait_idle()


def test_no_older_position_comes_back_once_a_newer_one_is_watched(
    moons: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    hand = Hand()
    threads = [threading.Thread(target=hand.scrubber.serve) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        hand.scrubber.want(LONG.replaced(seed=1), moons)
        hand.watch()
        hand.scrubber.want(LONG.replaced(seed=2), moons)
        while (engine := hand.scrubber.watched()) is None or engine.spec.seed != 2:
            hand.scrubber.take()
        hand.scrubber.release(engine)
        assert hand.scrubber.take() is None
    finally:
        hand.scrubber.close()
        for thread in threads:
            thread.join(timeout=5)


def test_a_fault_in_one_run_is_told_and_the_next_position_trains(hand: Hand, moons: Dataset) -> None:
    hand.scrubber.want(SHORT.replaced(seed=13), moons)
    done = hand.next()
    assert done.engine is None
    assert "bad luck" in done.fault
    hand.scrubber.want(SHORT, moons)
    assert hand.next_engine().recording.step == 200


def test_what_is_forgotten_stops_and_never_comes_back(hand: Hand, moons: Dataset) -> None:
    hand.scrubber.want(LONG, moons)
    hand.watch()
    hand.scrubber.forget()
    while not hand.scrubber.idle:
        assert hand.scrubber.take() is None
    hand.scrubber.want(SHORT, moons)
    assert hand.next_engine().spec == SHORT


def test_a_released_run_stands_still_and_can_be_trained_elsewhere(hand: Hand, moons: Dataset) -> None:
    hand.scrubber.want(LONG, moons)
    engine = hand.watch()
    hand.scrubber.release(engine)
    reached = engine.recording.step
    engine.train(reached + 5)
    assert engine.recording.step == reached + 5
    assert hand.scrubber.idle
