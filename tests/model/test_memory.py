"""Memory: what a run would need is counted and refused at its knob before a byte of it is asked for."""

import re
import shutil
import tracemalloc
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.training import memory
from model.training.engine import Engine
from model.training.knob import SpecError
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper
from model.words import human_bytes

GB = 1_000_000_000


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load(DataRequest())


@pytest.fixture
def free_24_gb(monkeypatch: pytest.MonkeyPatch) -> None:
    """So much of memory, and of disk."""
    monkeypatch.setattr(memory, "available_memory", lambda: 24 * GB)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=24 * GB))


@pytest.fixture
def little_is_allocated() -> Iterator[None]:
    """A megabyte at most while the test runs."""
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def refusal(spec: TrainingSpec, data: Dataset) -> tuple[str, str]:
    """The knob that has to be turned, and what is said there."""
    with pytest.raises(SpecError) as caught:
        memory.check(spec, data)
    ((name, message),) = caught.value.messages.items()
    return name, str(message)


@pytest.mark.usefixtures("free_24_gb", "little_is_allocated")
@pytest.mark.parametrize(
    ("hidden_sizes", "needed"),
    [
        ((10**9,), r"\d\.\d* TB"),
        ((10**12,), r"\d\.\d* PB"),
        ((10**19,), r"\d\.\de\+04 EB"),
        ((10**399,), r"1\.0e\+282 EB"),
        ((50, 10**9, 50), r"\d* TB|\d+\.\d* TB"),
        ((100_000, 100_000), r"\d* GB|\d+\.?\d* [GT]B"),
        ((10**19,) * 20, r".* EB"),
    ],
    ids=["1e9", "1e12", "1e19", "399 digits", "in the middle", "two wide layers", "20 layers"],
)
def test_a_network_beyond_this_machine_is_refused_at_hidden_sizes(
    digits: Dataset, hidden_sizes: tuple[int, ...], needed: str
) -> None:
    name, message = refusal(TrainingSpec(hidden_sizes=hidden_sizes), digits)
    assert name == "hidden_sizes"
    assert re.fullmatch(rf"needs ({needed}), 24 GB free", message)


@pytest.mark.usefixtures("little_is_allocated")
@pytest.mark.parametrize("width", [10**9, 10**12, 10**19])
def test_it_is_refused_by_what_is_really_free_here_too(digits: Dataset, width: int) -> None:
    name, message = refusal(TrainingSpec(hidden_sizes=(width,)), digits)
    assert name == "hidden_sizes"
    assert re.fullmatch(r"needs .* [TPE]B, .* [GM]B free", message)


@pytest.mark.usefixtures("little_is_allocated")
def test_the_knob_named_is_the_one_that_needs_most(digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: GB)
    assert refusal(TrainingSpec(hidden_sizes=(1_000_000,), batch_size=1), digits)[0] == "hidden_sizes"
    assert refusal(TrainingSpec(hidden_sizes=(100_000,), batch_size=1500), digits)[0] == "batch_size"


@pytest.mark.usefixtures("free_24_gb", "little_is_allocated")
@pytest.mark.parametrize(
    ("spec", "needed"),
    [
        (TrainingSpec(steps=1_000_000_000), "40 GB"),
        (TrainingSpec(steps=1_000_000_000, hidden_sizes=(1,) * 20), "344 GB"),
        (TrainingSpec(steps=1_000_000_000, eval_every=1), "72 GB"),
    ],
    ids=["two layers", "20 layers", "evaluated at each step"],
)
def test_a_history_that_no_disk_holds_is_refused_at_steps(digits: Dataset, spec: TrainingSpec, needed: str) -> None:
    name, message = refusal(spec, digits)
    assert name == "steps"
    assert message == f"needs {needed} of disk for its history, 24 GB free"


@pytest.mark.usefixtures("free_24_gb")
def test_a_long_history_that_the_disk_holds_is_no_matter_of_memory(digits: Dataset) -> None:
    memory.check(TrainingSpec(steps=100_000_000), digits)


@pytest.mark.usefixtures("free_24_gb")
def test_where_no_folder_is_on_a_disk_the_history_counts_as_memory(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "in_memory", lambda _folder: True)
    name, message = refusal(TrainingSpec(steps=1_000_000_000), digits)
    assert name == "steps"
    assert message == "needs 40 GB, 24 GB free"


def test_a_batch_is_no_larger_than_the_data(digits: Dataset) -> None:
    memory.check(TrainingSpec(batch_size=1500), digits)
    for size in (1501, 10**9, 10**399):
        name, message = refusal(TrainingSpec(batch_size=size), digits)
        assert name == "batch_size"
        assert message.startswith("must be 1 to 1500, the number of training samples; got “")
        assert len(message) < 120


def test_doubles_need_twice_the_memory(digits: Dataset) -> None:
    wide = TrainingSpec(hidden_sizes=(2000, 2000))
    single, double = (memory.bytes_needed(wide.replaced(dtype=d), 64, 10) for d in ("float32", "float64"))
    assert double["batch_size"] == 2 * single["batch_size"]
    assert double["hidden_sizes"] > 1.5 * single["hidden_sizes"]


@pytest.mark.parametrize(
    "spec",
    [
        TrainingSpec(hidden_sizes=(1000, 1000), steps=0),
        TrainingSpec(hidden_sizes=(1000, 1000), steps=0, dtype="float64"),
        TrainingSpec(hidden_sizes=(150,) * 20, steps=1, batch_size=1),
    ],
    ids=["wide", "wide doubles", "deep"],
)
def test_a_run_takes_no_more_than_was_counted(digits: Dataset, spec: TrainingSpec) -> None:
    Engine(TrainingSpec(hidden_sizes=(1,), dtype=spec.dtype), digits, ClassStepper)  # the data's own copies
    counted = sum(memory.bytes_needed(spec, digits.n_features, digits.n_classes).values())
    tracemalloc.start()
    engine = Engine(spec, digits, ClassStepper)
    engine.train(spec.steps)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # evaluation by the class takes all samples at once, which the kernels do not
    at_once = sum(engine.layout.sizes) * (digits.n_train + digits.n_test) * engine.params.itemsize
    assert peak < counted + 2 * at_once
    assert peak > counted / 5


def test_what_is_free_is_more_than_nothing_and_less_than_a_petabyte() -> None:
    assert 10**7 < memory.available_memory() < 10**15


@pytest.mark.parametrize(
    ("n_bytes", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (999_600, "1 MB"),
        (24_000_000_000, "24 GB"),
        (6_300_000_000_000, "6.3 TB"),
        (10**24, "1.0e+06 EB"),
        pytest.param(10**5000, "1.0e+282 EB", id="beyond floats"),
    ],
)
def test_bytes_are_said_as_people_say_them(n_bytes: int, words: str) -> None:
    assert human_bytes(n_bytes) == words
