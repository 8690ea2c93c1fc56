"""The command line: what it saves is exact and whole, what it cannot do it says at once, and it knows no Qt."""

import csv
import errno
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import main
from model import __version__, cli
from model.data.dataset import DataRequest
from model.data.prepare import load
from model.figures.panels import PANELS
from model.figures.provenance import read_provenance
from model.network.kernels import cache
from model.training import warmup
from model.training.engine import Engine
from model.training.record import save_run
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "reference"
SMALL = ("--dataset", "moons", "--samples", "40", "--hidden-sizes", "3", "--batch-size", "4")
"""A run that takes no time."""
MOONS = TrainingSpec(dataset="moons", samples=40, hidden_sizes=(3,), batch_size=4)
IN_A_CHILD = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); import main;"
    "sys.exit(main.main(sys.argv[1:]))"
)


@pytest.fixture(scope="module", autouse=True)
def _kernels() -> None:
    """Have the kernels ready and trusted, so that no command line here compiles them."""
    if not cache.sealed():
        warmup.exercise()
        cache.seal()


@dataclass(frozen=True)
class Ended:
    status: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Carry out a command line here, and give its status and what it wrote."""

    def carry_out(*words: object) -> Ended:
        try:
            status = main.main([str(word) for word in words])
        except SystemExit as end:
            status = int(end.code or 0)
        return Ended(status, *capsys.readouterr())

    return carry_out


def assert_refused(ended: Ended, *sentences: str) -> None:
    """Status 2 and nothing but the sentences on the error stream."""
    assert ended.status == 2, ended
    assert not ended.out
    assert "Traceback" not in ended.err
    for sentence in sentences:
        assert sentence in ended.err


def assert_nothing_in(folder: Path, *but: str) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(but)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    empty = tmp_path / "folder"
    empty.mkdir()
    return empty


def contents(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def assert_same(one: Path, other: Path) -> None:
    """Two run files hold the same bits under the same names."""
    left, right = contents(one), contents(other)
    assert left.keys() == right.keys()
    for name, value in left.items():
        assert value.dtype == right[name].dtype
        assert value.tobytes() == right[name].tobytes(), name


# ── RUN.npz ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("hidden", "dtype", "shapes"),
    [
        ("3", "float32", {"W1": (2, 3), "b1": (3,), "W2": (3, 2), "b2": (2,)}),
        ("3,5", "float64", {"W1": (2, 3), "b1": (3,), "W2": (3, 5), "b2": (5,), "W3": (5, 2), "b3": (2,)}),
    ],
)
def test_a_run_file_holds_what_is_documented(
    run, folder: Path, hidden: str, dtype: str, shapes: dict[str, tuple[int, ...]]
) -> None:
    out = folder / "run.npz"
    words = ("train", *SMALL, "--hidden-sizes", hidden, "--dtype", dtype, "--steps", 30, "--out", out)
    ended = run(*words)
    assert (ended.status, ended.out) == (0, "")
    assert_nothing_in(folder, "run.npz")
    found = contents(out)
    assert found["loss"].shape == (30,)
    assert found["grad_norms"].shape == (30, len(shapes))
    assert {name: found[name].shape for name in shapes} == shapes
    assert {found[name].dtype for name in shapes} == {np.dtype(dtype)}
    assert {name for name in found if re.fullmatch(r"[Wb]\d+", name)} == set(shapes)
    assert found["loss"].dtype == found["grad_norms"].dtype == np.float64
    for name in ("train_accuracy", "test_accuracy"):
        assert found[name].shape == ()
        assert 0 <= found[name] <= 1
    assert (found["diverged_at"].shape, found["diverged_at"]) == ((), -1)
    assert found["schedule"].shape == (0,)
    assert found["schedule"].dtype.names == ("step", "knob", "value")
    spec = MOONS.replaced(hidden_sizes=tuple(map(int, hidden.split(","))), dtype=dtype, steps=30)
    assert TrainingSpec.from_json(str(found["spec"])) == spec


def test_the_textbook_run_is_reproduced_from_the_command_line(run, folder: Path) -> None:
    with np.load(REFERENCE / "two_layer_relu.npz") as reference:
        expected = dict(reference)
    config = json.loads(str(expected["config"]))
    assert config["steps"] == 200
    out = folder / "run.npz"
    assert run("train", "--dtype", "float64", "--steps", 200, "--seed", config["seed"], "--out", out).status == 0
    found = contents(out)
    for name in ("W1", "b1", "W2", "b2", "grad_norms"):
        np.testing.assert_allclose(found[name], expected[name], rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["loss"], expected["loss"], rtol=0, atol=1e-5)
    assert found["test_accuracy"] == pytest.approx(float(expected["test_accuracy"]))


def test_a_run_is_that_of_the_engine_to_the_last_bit_and_can_be_made_again_from_its_file(run, folder: Path) -> None:
    first, again = folder / "first.npz", folder / "again.npz"
    run("train", *SMALL, "--steps", 300, "--optimizer", "adam", "--learning-rate", "0.003", "--out", first)
    found = contents(first)
    spec = TrainingSpec.from_json(str(found["spec"]))
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    engine.train(300)
    assert engine.final_parameters()["W1"].tobytes() == found["W1"].tobytes()
    assert engine.recording.frame().loss.tobytes() == found["loss"].tobytes()
    recipe = folder / "spec.json"
    recipe.write_text(str(found["spec"]), encoding="utf-8")
    run("train", "--spec", recipe, "--out", again)
    assert first.read_bytes() == again.read_bytes()
    run("train", *spec.flags(), "--out", again)
    assert first.read_bytes() == again.read_bytes()


def test_without_a_test_set_its_accuracy_is_nan(run, folder: Path) -> None:
    run("train", *SMALL, "--train-fraction", "1", "--steps", 5, "--out", folder / "run.npz")
    found = contents(folder / "run.npz")
    assert np.isnan(found["test_accuracy"])
    assert 0 <= found["train_accuracy"] <= 1


def test_0_steps_save_the_untrained_network(run, folder: Path) -> None:
    out = folder / "run.npz"
    assert run("train", *SMALL, "--steps", 0, "--out", out, "--csv", folder / "run.csv").status == 0
    found = contents(out)
    assert (found["loss"].shape, found["grad_norms"].shape) == ((0,), (0, 4))
    expected = 0.01 * np.random.RandomState(0).randn(2, 3)
    np.testing.assert_array_equal(found["W1"], expected.astype(np.float32))
    assert (folder / "run.csv").read_text() == "step,loss,grad_norm_W1,grad_norm_b1,grad_norm_W2,grad_norm_b2\n"


def test_a_std_beyond_floats_is_a_run_that_diverged_at_step_0(run, folder: Path) -> None:
    ended = run("train", *SMALL, "--weight-init-std", "1e308", "--steps", 5, "--out", folder / "run.npz")
    assert ended.status == 0
    assert "diverged at step 0: W1 is not finite from the start" in ended.err
    found = contents(folder / "run.npz")
    assert found["diverged_at"] == 0
    assert len(found["loss"]) == 5


def test_a_learning_rate_of_1e300_leaves_the_last_finite_parameters(run, folder: Path) -> None:
    ended = run("train", *SMALL, "--learning-rate", "1e300", "--steps", 50, "--out", folder / "run.npz")
    assert ended.status == 0
    found = contents(folder / "run.npz")
    at = int(found["diverged_at"])
    assert 0 <= at < 50
    assert f"diverged at step {at:,}" in ended.err
    assert all(np.isfinite(found[name]).all() for name in ("W1", "b1", "W2", "b2"))
    assert len(found["loss"]) == 50
    before = Engine(MOONS.replaced(learning_rate=1e300, steps=50), load(MOONS.data_request), kernel_stepper)
    before.train(at)
    np.testing.assert_array_equal(before.layout.views(before.params)["W1"], found["W1"])


def test_an_older_file_is_replaced(run, folder: Path) -> None:
    out = folder / "run.npz"
    out.write_bytes(b"an older run")
    assert run("train", *SMALL, "--steps", 1, "--out", out).status == 0
    assert len(contents(out)["loss"]) == 1
    assert_nothing_in(folder, "run.npz")


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rate", ["0.1", "1e300"])
def test_the_csv_holds_every_number_exactly(run, folder: Path, rate: str) -> None:
    out, table = folder / "run.npz", folder / "run.csv"
    run("train", *SMALL, "--steps", 20, "--learning-rate", rate, "--out", out, "--csv", table)
    found = contents(out)
    raw = table.read_bytes()
    assert raw.endswith(b"\n")
    assert b"\r" not in raw
    header, *rows = csv.reader(raw.decode("ascii").splitlines())
    assert header == ["step", "loss", "grad_norm_W1", "grad_norm_b1", "grad_norm_W2", "grad_norm_b2"]
    assert [int(row[0]) for row in rows] == list(range(20))
    numbers = np.array([[float(cell) for cell in row[1:]] for row in rows])
    np.testing.assert_array_equal(numbers[:, 0], found["loss"])
    np.testing.assert_array_equal(numbers[:, 1:], found["grad_norms"])


# ── specs and flags ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_flags_win_over_a_spec_file(run, folder: Path) -> None:
    recipe = folder / "spec.json"
    recipe.write_text(MOONS.replaced(seed=5, steps=3).to_json())
    run("train", "--spec", recipe, "--seed", 7, "--out", folder / "run.npz")
    assert TrainingSpec.from_json(str(contents(folder / "run.npz")["spec"])) == MOONS.replaced(seed=7, steps=3)


def test_an_empty_path_in_a_spec_file_means_no_file(run, folder: Path) -> None:
    recipe = folder / "spec.json"
    recipe.write_text('{"data": "", "dataset": "moons", "steps": 1, "batch_size": 4}')
    assert run("train", "--spec", recipe, "--out", folder / "run.npz").status == 0
    assert contents(folder / "run.npz")["W1"].shape == (2, 50)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"seed": -1, "momentum": 7}', ["spec.json”: seed must be", "spec.json”: momentum must be"]),
        (b'{"colour": "red"}', ["spec.json”: There is no knob “colour”"]),
        (b"{", ["not valid JSON"]),
        (b"\xff\xfe", ["not UTF-8"]),
    ],
)
def test_a_spec_file_that_is_none_is_refused(run, folder: Path, content: bytes, words: list[str]) -> None:
    recipe = folder / "spec.json"
    recipe.write_bytes(content)
    assert_refused(run("train", "--spec", recipe), *words)


NOT_TAKEN = {
    "a negative std": (["--weight-init-std", "-1e-3"], "--weight-init-std must be a finite number, 0 or larger"),
    "what was typed": (["--weight-init-std", "-1e-3"], "got “-0.001”"),
    "a decimal comma": (["--weight-init-std", "0,01"], "--weight-init-std: Use 0.01"),
    "NaN": (["--learning-rate", "nan"], "--learning-rate must be a finite number"),
    "a negative seed": (["--seed", "-1"], "--seed must be a whole number from 0 to 4294967295"),
    "no units": (["--hidden-sizes", "0"], "each at least 1"),
    "a batch of none": (["--batch-size", "0"], "--batch-size must be a whole number, at least 1"),
    "a batch larger than the data": (["--batch-size", "1501"], "--batch-size must be 1 to 1500"),
    "a network beyond memory": (["--hidden-sizes", "1000000000000"], "--hidden-sizes needs 8.6 PB"),
    "an unknown choice": (["--activation", "ReLU"], "--activation must be one of relu, leaky_relu"),
    "an abbreviated knob": (["--weight-init", "0.1"], "unrecognized arguments: --weight-init"),
    "an abbreviated flag": (["--spe", "a.json"], "unrecognized arguments: --spe"),
    "an abbreviated picture flag": (["--image", "x"], "unrecognized arguments: --image"),
    "a word too many": (["digits"], "unrecognized arguments: digits"),
    "a knob without its value": (["--seed"], "--seed: expected one argument"),
    "an unknown format": (["--format", "gif"], "--format: invalid choice: 'gif'"),
    "an unknown panel": (["--panels", "loss,colour"], "there is no panel 'colour'; there are weights, spectrum, loss"),
    "a step beyond the end": (["--steps", "10", "--at", "11"], "--at: must be from 0 to 10"),
    "a step before the start": (["--at", "-1"], "--at: must be from 0"),
    "a step that is none": (["--at", "last"], "--at: invalid int value"),
    "no spec": (["--spec", "missing.json"], "“missing.json” cannot be read: No such file"),
    "no data": (["--data", "missing.npz"], "missing.npz"),
}


@pytest.mark.parametrize(("words", "sentence"), NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_what_cannot_be_taken_ends_with_2_and_the_reason(
    run, folder: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], sentence: str
) -> None:
    monkeypatch.chdir(folder)
    assert_refused(run("train", *words, "--out", "run.npz"), sentence)
    assert_nothing_in(folder)


@pytest.mark.parametrize(("flag", "name"), [("--out", "run.csv"), ("--csv", "run.npz"), ("--out", "run.PNG")])
def test_a_name_that_promises_another_format_is_refused(run, folder: Path, flag: str, name: str) -> None:
    assert_refused(run("train", "--steps", 1, flag, folder / name), f"{flag} saves", name)
    assert_nothing_in(folder)


@pytest.mark.parametrize("words", [["--stpes", "5"], ["--format", "gif"], ["--size", "0x"], ["--panels", "los"]])
def test_a_fault_of_a_command_line_is_told_in_one_line(run, words: list[str]) -> None:
    ended = run("train", *words, "--images", "pictures")
    assert ended.status == 2
    assert len(ended.err.splitlines()) == 1


def test_every_fault_of_a_command_line_is_told_at_once(run) -> None:
    ended = run("train", "--seed", "-1", "--momentum", "1,5", "--steps", "many")
    assert_refused(ended, "--seed must be", "--momentum: Use 1.5", "--steps must be")
    assert len(ended.err.splitlines()) == 3


# ── where it is saved ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be trained: that it cannot be saved is known before."""

    def no_training(*_arguments: object) -> None:
        raise AssertionError("was trained in vain")

    monkeypatch.setattr(cli, "kernel_stepper", no_training)


NOWHERE = {
    "no such folder": ("missing/file", "There is no folder “missing”"),
    "a folder": (".", "It is a folder"),
    "below a file": ("a file/file", "There is no folder “a file”"),
    "a device": ("/dev/full", "It is a device or a pipe"),
    "a place of the system": ("/proc/file", "was not saved"),
    "a name too long": ("x" * 300, "The name is too long"),
}


@pytest.mark.usefixtures("untrained")
@pytest.mark.skipif(sys.platform != "linux", reason="devices and folders of Linux")
@pytest.mark.parametrize("flag", ["--out", "--csv"])
@pytest.mark.parametrize(("path", "sentence"), NOWHERE.values(), ids=NOWHERE)
def test_what_cannot_be_saved_is_said_before_the_training(
    run, folder: Path, monkeypatch: pytest.MonkeyPatch, flag: str, path: str, sentence: str
) -> None:
    monkeypatch.chdir(folder)
    (folder / "a file").write_text("of a person")
    assert_refused(run("train", *SMALL, flag, path), sentence)
    assert_nothing_in(folder, "a file")
    assert (folder / "a file").read_text() == "of a person"


@pytest.mark.usefixtures("untrained")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--images", "a file"], "The folder “a file” cannot be made: File exists."),
        (["--images", "a file/deeper"], "cannot be made: Not a directory."),
        (["--images", "pictures", "--dpi", "0"], "The resolution must be from 10 to 2400 dpi"),
        (["--images", "pictures", "--dpi", "nan"], "The resolution must be from 10 to 2400 dpi"),
        (["--images", "taken"], "It is a folder"),
    ],
)
def test_pictures_that_cannot_be_made_are_refused_before_the_training(
    run, folder: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], sentence: str
) -> None:
    monkeypatch.chdir(folder)
    (folder / "a file").write_text("of a person")
    (folder / "taken" / "loss.png").mkdir(parents=True)
    assert_refused(run("train", *SMALL, *words), sentence)


@pytest.mark.parametrize("flag", ["--out", "--csv"])
def test_a_disk_that_fills_up_at_last_keeps_the_older_file(
    run, folder: Path, monkeypatch: pytest.MonkeyPatch, flag: str
) -> None:
    path = folder / "result"
    path.write_bytes(b"an older run")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    ended = run("train", *SMALL, "--steps", 5, flag, path)
    assert_refused(ended, "The disk is full.", "The file that was there is unchanged.")
    assert path.read_bytes() == b"an older run"
    assert_nothing_in(folder, "result")


# ── pictures ─────────────────────────────────────────────────────────────────────────────────────────────────────────

MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "svg": b"<?xml", "pdf": b"%PDF", "csv": b"step,", "npz": b"PK"}


def test_every_panel_is_saved_as_a_picture_of_its_name(run, folder: Path) -> None:
    pictures = folder / "deep" / "pictures"
    assert run("train", *SMALL, "--steps", 5, "--images", pictures, "--dpi", 48).status == 0
    assert_nothing_in(pictures, *(f"{panel}.png" for panel in PANELS))
    for path in pictures.iterdir():
        assert path.read_bytes().startswith(MAGIC["png"])
        assert read_provenance(path).step == 5


@pytest.mark.parametrize("kind", MAGIC)
def test_pictures_come_in_every_format_and_only_of_the_panels_asked_for(run, folder: Path, kind: str) -> None:
    (folder / f"loss.{kind}").write_bytes(b"an older picture")
    words = ("--steps", 7, "--images", folder, "--format", kind, "--panels", "loss,gradients", "--dpi", 40)
    assert run("train", *SMALL, *words).status == 0
    beside = [f"{name}.csv-metadata.json" for name in ("loss", "gradients") if kind == "csv"]
    assert_nothing_in(folder, f"loss.{kind}", f"gradients.{kind}", *beside)
    for path in (folder / f"loss.{kind}", folder / f"gradients.{kind}"):
        assert path.read_bytes().startswith(MAGIC[kind])
        recipe = read_provenance(path)
        assert TrainingSpec.from_json(recipe.spec_json) == MOONS.replaced(steps=7)


@pytest.mark.parametrize("at", [0, 1, 13, 20])
def test_pictures_show_the_step_asked_for_and_the_run_goes_to_its_end(run, folder: Path, at: int) -> None:
    with_pictures, without = folder / "with.npz", folder / "without.npz"
    words = ("train", *SMALL, "--steps", 20, "--eval-every", 5)
    run(*words, "--out", without)
    pictures = ("--images", folder, "--format", "csv", "--panels", "loss", "--at", at)
    assert run(*words, "--out", with_pictures, *pictures).status == 0
    assert read_provenance(folder / "loss.csv").step == at
    with (folder / "loss.csv").open(newline="") as file:
        assert sum(row["loss"] != "" for row in csv.DictReader(file)) == at
    assert_same(with_pictures, without)


# ── runs made again ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_saved_run_with_live_edits_is_made_again_bit_by_bit(run, folder: Path, dtype: str) -> None:
    spec = MOONS.replaced(dtype=dtype, optimizer="momentum", steps=60, eval_every=7)
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    engine.edit("learning_rate", 0.3)
    for until, *edit in ((9, "learning_rate", 0.02), (9, "momentum", 0.5), (31, "weight_decay", 0.01)):
        engine.train(until)
        engine.edit(*edit)
    engine.train(60)
    save_run(engine, folder / "run.npz")
    assert run("train", "--spec", folder / "run.npz", "--out", folder / "again.npz", "--at", 9).status == 0
    assert_same(folder / "run.npz", folder / "again.npz")


@pytest.mark.parametrize("steps", [20, 45], ids=["interrupted", "continued"])
def test_a_run_of_another_length_than_its_spec_is_made_again_as_long_as_it_was(run, folder: Path, steps: int) -> None:
    engine = Engine(MOONS.replaced(steps=30), load(MOONS.data_request), kernel_stepper)
    engine.train(steps)
    save_run(engine, folder / "run.npz")
    run("train", "--spec", folder / "run.npz", "--out", folder / "again.npz")
    one, other = contents(folder / "run.npz"), contents(folder / "again.npz")
    for name in ("loss", "grad_norms", "W1", "b1", "W2", "b2", "step"):
        assert one[name].tobytes() == other[name].tobytes()


def test_flags_win_over_the_edits_of_a_saved_run(run, folder: Path) -> None:
    engine = Engine(MOONS.replaced(steps=5), load(MOONS.data_request), kernel_stepper)
    engine.edit("learning_rate", 0.3)
    engine.edit("weight_decay", 0.3)
    engine.train(5)
    save_run(engine, folder / "run.npz")
    run("train", "--spec", folder / "run.npz", "--learning-rate", 0.4, "--out", folder / "again.npz")
    again = contents(folder / "again.npz")
    assert json.loads(str(again["spec"]))["learning_rate"] == 0.4
    assert again["schedule"]["knob"].tolist() == ["weight_decay"]


def edited(*edits: tuple[int, str, float]) -> dict[str, np.ndarray]:
    schedule = np.array(list(edits), dtype=[("step", "i8"), ("knob", "U32"), ("value", "f8")])
    return {
        "spec": np.array(MOONS.to_json()),
        "schedule": schedule,
        "step": np.int64(5),
        "stopped_by": np.array("steps"),
    }


NO_RUNS: dict[str, tuple[dict[str, np.ndarray], str]] = {
    "other arrays": ({"x_train": np.zeros(3)}, "is not a saved run"),
    "a knob that is not live": (edited((3, "seed", 1.0)), "seed cannot change while a run goes on"),
    "steps in disorder": (edited((3, "momentum", 0.1), (2, "momentum", 0.2)), "not in order"),
    "a value beyond its limits": (edited((3, "momentum", 7.0)), ": momentum must be"),
    "no spec in it": ({**edited(), "spec": np.array("[]")}, "A spec is a JSON object"),
    "too long": ({**edited(), "spec": np.array(" " * 1_000_000)}, "its record is too long"),
}


@pytest.mark.parametrize(("arrays", "sentence"), NO_RUNS.values(), ids=NO_RUNS)
def test_a_file_that_is_no_saved_run_is_refused(run, folder: Path, arrays: dict, sentence: str) -> None:
    np.savez(folder / "no.npz", **arrays)
    assert_refused(run("train", "--spec", folder / "no.npz"), sentence)


# ── data files ───────────────────────────────────────────────────────────────────────────────────────────────────────


def four_rows() -> dict[str, np.ndarray]:
    return {"x_train": np.array([[0.0, 1], [1, 0], [1, 1], [0, 0]]), "y_train": np.array([3, 3, 9, 9])}


def test_data_of_ones_own_is_trained_and_what_was_done_to_it_is_said(run, folder: Path) -> None:
    np.savez(folder / "own.npz", **four_rows())
    words = ("--hidden-sizes", 2, "--batch-size", 2, "--steps", 4, "--train-fraction", "0.5")
    ended = run("train", "--data", folder / "own.npz", *words, "--out", folder / "run.npz")
    assert ended.status == 0
    assert "note: Labels 3, 9 were renumbered 0 to 1." in ended.err
    assert contents(folder / "run.npz")["W1"].shape == (2, 2)


def test_a_csv_file_is_data_too(run, folder: Path) -> None:
    (folder / "own.csv").write_text("a,b,label\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n")
    words = ("--hidden-sizes", 2, "--batch-size", 2, "--steps", 4, "--out", folder / "run.npz")
    assert run("train", "--data", folder / "own.csv", *words).status == 0
    assert contents(folder / "run.npz")["W2"].shape == (2, 2)


def test_rows_that_are_no_numbers_are_refused_or_dropped_as_asked(run, folder: Path) -> None:
    arrays = four_rows()
    arrays["x_train"][2, 1] = np.nan
    np.savez(folder / "own.npz", **arrays)
    words = ("train", "--data", folder / "own.npz", "--hidden-sizes", 2, "--batch-size", 2, "--steps", 1)
    assert_refused(run(*words), "--drop-bad-rows")
    ended = run(*words, "--drop-bad-rows", "--train-fraction", 1)
    assert ended.status == 0
    assert "note:" in ended.err


def pickled(path: Path) -> None:
    np.savez(path, x_train=np.array([[1], [{}]], dtype=object), y_train=np.array([0, 1]))


HOSTILE = {
    "nothing": lambda path: path.write_bytes(b""),
    "a folder": lambda path: path.mkdir(),
    "half an archive": lambda path: path.write_bytes(b"PK\x03\x04" + b"\0" * 50),
    "pickled objects": pickled,
    "one row": lambda path: np.savez(path, x_train=np.zeros((1, 2)), y_train=np.zeros(1, dtype=int)),
    "lengths that differ": lambda path: np.savez(path, x_train=np.zeros((3, 2)), y_train=np.zeros(4, dtype=int)),
    "noise": lambda path: path.write_bytes(bytes(range(256)) * 40),
    "a pipe nobody writes": os.mkfifo,
}


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes among the files there")
@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_data_that_is_none_ends_with_2_and_a_sentence(run, folder: Path, make: Callable[[Path], object]) -> None:
    path = folder / "own.npz"
    make(path)
    ended = run("train", "--data", path, "--out", folder / "run.npz")
    assert_refused(ended)
    (line,) = ended.err.splitlines()
    assert line.startswith("main.py: error: ")
    assert line.isprintable()
    assert_nothing_in(folder, "own.npz")


# ── faults and interruptions ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("at", [(), ("--at", "3")], ids=["straight", "with a halt"])
def test_a_bug_ends_with_1_and_its_traceback(run, folder: Path, monkeypatch: pytest.MonkeyPatch, at: tuple) -> None:
    def breaking(engine: Engine) -> Callable[[int], None]:
        steps = ClassStepper(engine)

        def train(until: int) -> None:
            steps(min(until, 2))
            if until > 2:
                raise ZeroDivisionError("a bug of ours")

        return train

    monkeypatch.setattr(cli, "kernel_stepper", breaking)
    ended = run("train", *SMALL, "--steps", 5, "--out", folder / "run.npz", *at)
    assert ended.status == 1
    assert "Traceback" in ended.err
    assert "a bug of ours" in ended.err
    assert_nothing_in(folder)


def test_memory_that_runs_out_ends_with_2_and_saves_nothing(run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaking(_engine: Engine) -> Callable[[int], None]:
        raise MemoryError

    monkeypatch.setattr(cli, "kernel_stepper", breaking)
    ended = run("train", *SMALL, "--steps", 5, "--out", folder / "run.npz")
    assert_refused(ended, "There is not enough memory; nothing was saved.")
    assert_nothing_in(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on address space is Linux's")
@pytest.mark.parametrize(
    ("megabytes", "hidden"), [(450, "1000,1000"), (1500, "8000,8000")], ids=["to load", "to train"]
)
def test_within_a_limit_on_memory_a_run_too_large_is_refused_at_its_knob(
    folder: Path, megabytes: int, hidden: str
) -> None:
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({megabytes << 20}, {megabytes << 20}));"
    command = [sys.executable, "-c", limit + IN_A_CHILD, "train", *SMALL, "--hidden-sizes", hidden]
    out = folder / "run.npz"
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    ended = subprocess.run(
        [*command, "--out", out], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert_refused(Ended(ended.returncode, ended.stdout, ended.stderr), "--hidden-sizes needs ", " free")
    assert_nothing_in(folder)


def test_ctrl_c_before_the_training_ends_with_130(run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_request: DataRequest) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "load", interrupted)
    ended = run("train")
    assert ended.status == 130
    assert "Traceback" not in ended.err


@pytest.fixture
def child() -> Iterator[Callable[..., subprocess.Popen]]:
    """Start the program in a process of its own."""
    children: list[subprocess.Popen] = []

    def start(*words: object) -> subprocess.Popen:
        command = [sys.executable, "-X", "faulthandler", "-c", IN_A_CHILD, *map(str, words)]
        pipe = subprocess.PIPE
        children.append(subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe))
        return children[-1]

    yield start
    for process in children:
        process.kill()
        process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal there")
def test_after_ctrl_c_the_file_holds_what_was_trained(child, folder: Path) -> None:
    out = folder / "run.npz"
    endless = ("--steps", 5_000_000, "--eval-every", 1_000_000)
    process = child("train", *SMALL, *endless, "--out", out, "--images", folder, "--panels", "loss", "--format", "npz")
    said = b""
    while b" steps " not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"interrupted: saving what was trained" in rest
    assert b"Traceback" not in rest
    assert_nothing_in(folder, "run.npz", "loss.npz")
    found = contents(out)
    step = len(found["loss"])
    assert 0 < step < 5_000_000
    assert found["grad_norms"].shape == (step, 4)
    again = child("train", *SMALL, "--steps", step, "--eval-every", 1_000_000, "--out", folder / "again.npz")
    assert again.wait(timeout=60) == 0
    straight = contents(folder / "again.npz")
    for name in ("loss", "grad_norms", "W1", "b1", "W2", "b2"):
        assert found[name].tobytes() == straight[name].tobytes()


def test_training_and_drawing_import_no_qt(folder: Path) -> None:
    code = (
        "import sys, main; status = main.main(sys.argv[1:]);"
        "print(status, sorted({m.partition('.')[0] for m in sys.modules}"
        " & {'gui', 'PySide6', 'shiboken6', 'pyqtgraph', 'tkinter'}))"
    )
    words = [*SMALL, "--steps", "3", "--out", "run.npz", "--images", ".", "--panels", "loss", "--dpi", "40"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        environment.pop(name, None)
    command = [sys.executable, "-c", code, "train", *words]
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.stdout == "0 []\n", ended.stderr
    assert_nothing_in(folder, "run.npz", "loss.png")


@pytest.mark.parametrize(("word", "words"), [("--version", f"Initscope {__version__}\n"), ("--help", "usage: main.py")])
def test_version_and_help_need_no_display(folder: Path, word: str, words: str) -> None:
    environment = {name: value for name, value in os.environ.items() if "DISPLAY" not in name and "QT" not in name}
    command = [sys.executable, str(ROOT / "main.py"), word]
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(words)


# ── what is said ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_versions_and_folders_are_told(run) -> None:
    ended = run("--info")
    assert (ended.status, ended.err) == (0, "")
    lines = dict(line.split(maxsplit=1) for line in ended.out.splitlines())
    assert lines["Initscope"] == __version__
    assert lines["numpy"] == np.__version__
    assert str(cache.folder()) in lines["kernels"]
    assert "(ready)" in lines["kernels"]


def test_the_help_of_train_explains_every_knob_with_its_limits_and_default(run) -> None:
    ended = run("train", "--help")
    assert ended.status == 0
    text = " ".join(ended.out.split())
    for words in ("--weight-init-std FLOAT", "0 or larger; default 0.01", "--seed INT", "from 0 to 4294967295"):
        assert words in text


def test_a_run_says_how_it_ended_and_nothing_on_the_output(run) -> None:
    ended = run("train", *SMALL, "--steps", 50)
    assert (ended.status, ended.out) == (0, "")
    assert "[########################] 50/50 steps" in ended.err
    assert re.search(r"accuracy: train [\d.]+, test [\d.]+\n", ended.err)
    assert "\r" not in ended.err


def test_on_a_terminal_the_bar_stays_on_its_line(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    ended = run("train", *SMALL, "--steps", 50)
    bar, *rest = ended.err.split("\n")
    assert bar.startswith("\r[")
    assert "50/50 steps" in bar
    assert all("[" not in line for line in rest)
