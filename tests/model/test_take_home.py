"""Exported scripts are run as anybody would run them, and print the losses of the run that they were made from."""

import itertools
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from model.data.dataset import Dataset
from model.data.prepare import load
from model.network.activations import ACTIVATIONS
from model.network.optimizers import OPTIMIZERS
from model.take_home import DATA, save_script
from model.training.engine import Engine
from model.training.frame import Schedule
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

SCHEMES = ("std", "lecun", "glorot", "he", "torch", "orthogonal", "lsuv")
DISTRIBUTIONS = ("normal", "uniform", "truncated")
SETS = ("digits", "spirals", "circles", "moons", "xor", "gaussians")
STEPS = 25


def printed(path: Path) -> np.ndarray:
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=True, cwd=path.parent)
    steps, losses = zip(*(line.split() for line in done.stdout.splitlines()), strict=True)
    assert [int(step) for step in steps] == list(range(len(steps)))
    return np.array(losses, dtype=np.float64)


def trained(spec: TrainingSpec, data: Dataset, schedule: Schedule = ()) -> np.ndarray:
    engine = Engine(spec, data, kernel_stepper)
    for step, knob, value in schedule:
        engine.train(step)
        engine.edit(knob, value)
    engine.train(spec.steps)
    return engine.recording.frame().loss


def check(folder: Path, schedule: Schedule = (), tolerance: float = 1e-9, **knobs: object) -> str:
    spec = TrainingSpec.from_values(
        {"dtype": "float64", "steps": STEPS, "hidden_sizes": (6,), "batch_size": 20, **knobs}
    )
    data = load(spec.data_request)
    path = folder / "taken home.py"
    save_script(path, spec, data, schedule, overwrite=True)
    losses = printed(path)
    expected = trained(spec, data, schedule)
    assert len(losses) == len(expected)
    assert np.allclose(losses, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
    return path.read_text(encoding="utf-8")


def covering(count: int) -> list[dict[str, object]]:
    """Draw specs in which every activation, optimiser, scheme, distribution and data set comes up many times."""
    rng = random.Random(7)  # noqa: S311
    axes = {"activation": list(ACTIVATIONS), "optimizer": list(OPTIMIZERS), "init": SCHEMES,
            "init_distribution": DISTRIBUTIONS, "dataset": SETS}  # fmt: skip
    rounds = {name: itertools.cycle(rng.sample(list(values), len(values))) for name, values in axes.items()}
    found = []
    for _ in range(count):
        depth = rng.choice((1, 1, 2, 3, 8))
        found.append({
            **{name: next(values) for name, values in rounds.items()},
            "hidden_sizes": tuple(rng.choice((3, 6, 9)) for _ in range(depth)),
            "weight_init_std": rng.choice((0.01, 0.3)),
            "bias_init_std": rng.choice((0.0, 0.0, 0.2)),
            "weight_decay": rng.choice((0.0, 0.0, 0.01)),
            "layer_gains": rng.choice(((1.0,), (0.5,), tuple(1.0 + k / 10 for k in range(depth + 1)))),
            "learning_rate": rng.choice((0.002, 0.01)),
            "parametrization": rng.choice(("standard", "standard", "mup")),
            "base_width": 4,
            "seed": rng.randrange(2**32),
        })  # fmt: skip
    return found


@pytest.mark.parametrize("knobs", covering(40), ids=str)
def test_a_script_prints_the_losses_of_its_run(tmp_path, knobs) -> None:
    check(tmp_path, **knobs)


def test_the_default_is_short_and_holds_nothing_that_it_does_not_use(tmp_path) -> None:
    text = check(tmp_path, hidden_sizes=(50,), batch_size=100, dtype="float64")
    assert len(text.splitlines()) <= 70
    for word in ("adam", "momentum", "decay", "orthonormal", "truncated", "erf", "velocity", "break"):
        assert word not in text
    linted = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F,E9", "-"], input=text, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert linted.returncode == 0, linted.stdout


def test_live_changes_are_made_at_their_steps(tmp_path) -> None:
    edits = ((3, "learning_rate", 0.5), (10, "weight_decay", 0.02), (10, "learning_rate", 0.01))
    text = check(tmp_path, edits)
    assert "From step 3 on, learning_rate is 0.5" in text
    check(tmp_path, ((5, "momentum", 0.3),), optimizer="nesterov")


def test_stops_end_it_where_they_ended_the_run(tmp_path) -> None:
    check(tmp_path, dataset="moons", stop_accuracy=0.8, eval_every=5, steps=400, learning_rate=0.5)
    check(tmp_path, stop_on_divergence=True, learning_rate=1e150, activation="linear", steps=50)


def test_own_data_and_own_weights_come_along(tmp_path) -> None:
    table = tmp_path / "own.csv"
    rows = ["a,b,kind", *(f"{k * 0.1},{(k * k) % 7},{'yes' if k % 3 else 'no'}" for k in range(60))]
    table.write_text("\n".join(rows), encoding="utf-8")
    weights = tmp_path / "w.npz"
    rng = np.random.default_rng(0)
    np.savez(weights, W1=rng.normal(size=(2, 6)), b1=np.ones(6), W2=rng.normal(size=(6, 2)), b2=np.zeros(2))
    check(tmp_path, data=str(table), weights=str(weights), scaling="standard", batch_size=8)


def test_in_single_precision_it_is_the_same_run_up_to_rounding(tmp_path) -> None:
    check(tmp_path, dtype="float32", tolerance=1e-4)


def test_the_data_stand_beside_it(tmp_path) -> None:
    check(tmp_path)
    with np.load(tmp_path / f"taken home{DATA}") as beside:
        assert set(beside.files) == {"x_train", "t_train"}
