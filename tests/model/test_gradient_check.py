"""The gradient check: what agrees, what is too small to be checked, and what differs, held against plain arithmetic."""

import csv
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import main
from model.data.prepare import load
from model.figures.panels import PANELS
from model.insight import gradient_check
from model.insight.difference_quotients import LossAround, Quotients, distance_from_kinks
from model.insight.gradient_check import GradientCheck, check_gradients
from model.insight.kernel_gradient import batch_gradient
from model.network.kernels import training
from model.network.multi_layer_net import MultiLayerNet
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

pytestmark = pytest.mark.usefixtures("whole_surveys")

SMALL: dict[str, object] = {"dataset": "moons", "samples": 120, "batch_size": 20}


def frame_of(steps: int = 5, **knobs: object) -> Frame:
    spec = TrainingSpec().replaced(steps=max(steps, 1), **knobs)
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    with np.errstate(all="ignore"):
        engine.train(steps)
    frame = engine.recording.frame()
    assert frame is not None
    return frame


def check(frame: Frame) -> GradientCheck:
    found = check_gradients(frame)
    assert found is not None
    assert found.finished
    return found


# ── what is right agrees ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh", "sigmoid", "linear", "gelu", "selu"])
def test_the_kernels_agree_whatever_the_activation(activation: str, dtype: str) -> None:
    found = check(frame_of(init="lecun", activation=activation, dtype=dtype, hidden_sizes=(12, 9)))
    assert found.by_kernel
    assert found.named("agrees") == ["W1", "b1", "W2", "b2", "W3", "b3"]
    for one in found.parameters:
        assert sum(one.entries["float64"].count(v) for v in ("agrees", "zero")) >= 6
        assert one.entries["float64"].relative[one.entries["float64"].checked].max() < 1e-4
        assert list(one.entries) == list(dict.fromkeys([dtype, "float64"]))


@pytest.mark.parametrize("depth", [1, 3, 20])
@pytest.mark.parametrize("knobs", [{"init": "he"}, {"activation": "tanh", "init": "glorot"}])
def test_the_kernels_agree_at_any_depth(depth: int, knobs: dict[str, object]) -> None:
    found = check(frame_of(2, hidden_sizes=(10,) * depth, **SMALL, **knobs))
    assert not found.named("differs")
    assert len(found.named("agrees")) == 2 * (depth + 1)


@pytest.mark.parametrize(
    "knobs",
    [
        {"init": "torch"},
        {"init_distribution": "truncated", "init": "he", "layer_gains": (1.0, 0.5), "bias_init_std": 0.1},
        {"init": "orthogonal", "init_distribution": "uniform"},
    ],
)
def test_the_kernels_agree_however_the_weights_began(knobs: dict[str, object]) -> None:
    frame = frame_of(0, hidden_sizes=(8,), **SMALL, **knobs)
    assert check(frame).named("agrees") == ["W1", "b1", "W2", "b2"]


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_gradient_is_that_of_the_loss_whatever_is_made_of_it(optimizer: str) -> None:
    found = check(frame_of(30, optimizer=optimizer, weight_decay=0.5, learning_rate=0.01, init="he", **SMALL))
    assert found.named("agrees") == ["W1", "b1", "W2", "b2"]
    assert found.loss == pytest.approx(found.loss_of_run, rel=1e-5)


def test_seeds_without_number_find_nothing_that_differs() -> None:
    stds = (0.05, 0.5, 2.0, 10.0)
    for seed, (std, activation) in enumerate(itertools.product(stds, ("relu", "tanh", "selu", "gelu"))):
        knobs = {"seed": seed, "weight_init_std": std, "activation": activation, "hidden_sizes": (7, 6, 5)}
        assert not check(frame_of(seed % 3, **knobs, **SMALL)).named("differs"), knobs


# ── what is wrong differs ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def wrong_kernel(monkeypatch: pytest.MonkeyPatch) -> Callable[[slice, float], None]:
    """Have the compiled kernel leave another gradient than the one it computed."""
    true = training.train

    def spoil(part: slice, factor: float) -> None:
        def train(params: np.ndarray, grads: np.ndarray, *rest: object) -> None:
            true(params, grads, *rest)
            grads[part] *= grads.dtype.type(factor)

        monkeypatch.setattr(training, "train", train)

    return spoil


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_kernel_that_is_wrong_in_one_parameter_is_found_there_and_nowhere_else(
    dtype: str, wrong_kernel: Callable[[slice, float], None]
) -> None:
    frame = frame_of(3, init="he", dtype=dtype, hidden_sizes=(6,), **SMALL)
    wrong_kernel(slice(18, 18 + 12), 1.02)  # W1 (2, 6), b1 (6,), then W2 (6, 2)
    found = check(frame)
    assert found.named("differs") == ["W2"]
    assert found.named("agrees") == ["W1", "b1", "b2"]
    worst = next(one for one in found.parameters if one.name == "W2").entries["float64"]
    assert worst.relative[worst.worst] == pytest.approx(0.02 / 1.02, rel=1e-4)


def test_a_kernel_of_which_a_single_entry_has_the_wrong_sign_is_found(
    wrong_kernel: Callable[[slice, float], None],
) -> None:
    frame = frame_of(3, activation="tanh", init="lecun", hidden_sizes=(6,), **SMALL)
    wrong_kernel(slice(7, 8), -1.0)
    (w1,) = [one for one in check(frame).parameters if one.verdict == "differs"]
    entries = w1.entries["float64"]
    assert (w1.name, entries.count("differs"), w1.index(int(entries.places[entries.worst]))) == ("W1", 1, (1, 1))


def test_a_class_with_a_wrong_derivative_is_found_before_the_kernels_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("model.insight.kernel_gradient.kernels_here", lambda: False)
    monkeypatch.setattr(gradient_check, "kernels_here", lambda: False)
    frame = frame_of(3, init="he", hidden_sizes=(6, 5), **SMALL)
    assert not check(frame).by_kernel
    assert not check(frame).named("differs")
    backward = MultiLayerNet.loss_and_gradient

    def wrong(net: MultiLayerNet, x: np.ndarray, t: np.ndarray) -> tuple[float, dict[str, np.ndarray]]:
        loss, grads = backward(net, x, t)
        return loss, {name: value * (1.1 if name == "b2" else 1.0) for name, value in grads.items()}

    monkeypatch.setattr(MultiLayerNet, "loss_and_gradient", wrong)
    again = frame_of(3, init="he", hidden_sizes=(6, 5), **SMALL)
    assert check(again).named("differs") == ["b2"]


def test_the_panel_and_the_command_line_say_what_differs(
    wrong_kernel: Callable[[slice, float], None], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "--dataset", "moons", "--hidden-sizes", "6", "--steps", "3", "--init", "he", "--check-gradients"]
    assert main.main(words) == 0
    right = capsys.readouterr().out
    assert right.startswith("The gradient of W1, b1, W2, b2 by the compiled kernels agrees")
    wrong_kernel(slice(0, 12), 1.5)
    assert main.main(words) == 1
    said = capsys.readouterr().out
    assert said.startswith("Differs from central differences: the gradient of W1 by the compiled kernels.")
    assert next(line for line in said.splitlines() if line.startswith("W1")).split()[1] == "DIFFERS"
    figure = PANELS["gradcheck"].make(frame_of(3, init="he", hidden_sizes=(6,), **SMALL), PANELS["gradcheck"].view)
    assert figure.passages[0].severity == "bad"
    assert "differs" in {mark.key for mark in figure.plots[0].marks}


# ── what cannot be checked is not called wrong ───────────────────────────────────────────────────────────────────────


def test_a_gradient_below_the_noise_of_the_difference_is_too_small_not_wrong() -> None:
    found = check(frame_of(0, hidden_sizes=(20,) * 8))
    assert {"W1", "b1", "W2"} <= set(found.named("small"))
    assert not found.named("differs")
    tiny = next(one for one in found.parameters if one.name == "W1").entries["float64"]
    small = tiny.verdicts == "small"
    assert small.any()
    assert (np.abs(tiny.backprop[small]) < 1000 * tiny.error[small]).all()
    assert (np.abs(tiny.numerical - tiny.backprop)[small] <= 20 * tiny.error[small]).all()


def test_entries_whose_difference_crosses_a_kink_are_counted_and_left_out() -> None:
    found = check(frame_of(5, weight_init_std=0.0))  # every unit's sum is exactly 0, the kink of a ReLU
    by_name = {one.name: one.entries["float64"] for one in found.parameters}
    assert by_name["b1"].count("kink") == len(by_name["b1"].places) == 50
    assert by_name["W1"].count("kink") > 0
    assert found.named("unchecked") == ["b1"]
    assert found.named("agrees") == ["W1", "W2", "b2"]
    assert by_name["W2"].count("zero") == len(by_name["W2"].places)


def test_a_difference_across_a_kink_is_far_from_the_derivative_and_known_to_cross_it() -> None:
    data = load(TrainingSpec().data_request)
    x, t = data.x_train[:20], data.t_train[:20]
    params = {"W1": np.zeros((64, 3)), "b1": np.zeros(3), "W2": np.ones((3, 10)) * np.arange(10), "b2": np.zeros(10)}
    _, values, kinks = LossAround(params, x, t, "selu").quotients("b1", (0,))
    exact = MultiLayerNet.from_params(params, "selu").gradient(x, t)["b1"][0]
    assert kinks.all()
    assert (np.abs(values[:-1] - exact) > 0.1 * abs(exact)).all()


def test_a_kink_is_seen_in_a_layer_above_the_entry_too() -> None:
    x, t = np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([0, 1])
    params = {
        "W1": np.eye(2),
        "b1": np.zeros(2),
        "W2": np.eye(2),
        "b2": np.zeros(2),
        "W3": np.eye(2),
        "b3": np.zeros(2),
    }
    _, _, far = LossAround(params, x, t, "relu").quotients("W1", (0, 0))
    assert not far.any()
    params["b2"] = np.array([-1.0 - 1e-7, 0.0])  # the first sample's sum for unit 0 of layer 2 is almost 0
    _, _, near = LossAround(params, x, t, "relu").quotients("W1", (0, 0))
    assert near.tolist() == [True, True, True, True, False, False]


def test_a_difference_knows_its_error() -> None:
    frame = frame_of(5, activation="tanh", init="lecun", dtype="float64", hidden_sizes=(15, 12))
    x, t = frame.data.x_train[:40], frame.data.t_train[:40]
    exact = MultiLayerNet.from_params(dict(frame.params), "tanh").gradient(x, t)
    around = LossAround(frame.params, x, t, "tanh")
    for name, gradient in exact.items():
        places = list(np.ndindex(*gradient.shape))[:60]
        quotients = Quotients(*map(np.array, zip(*(around.quotients(name, at) for at in places), strict=True)))
        value, error, smooth = quotients.best(around.least_noise)
        off = np.abs(value - np.array([gradient[at] for at in places]))
        assert smooth.all()
        assert (off <= 10 * error).all()
        assert np.median(off) > 0.005 * np.median(error)


def test_the_step_is_measured_by_the_network_not_by_the_weight() -> None:
    for std in (1e-3, 1.0, 1e6):
        found = check(frame_of(0, weight_init_std=std, hidden_sizes=(8,), dtype="float64", **SMALL))
        assert not found.named("differs")
        assert found.named("agrees")[0] == "W1"


@pytest.mark.parametrize("knobs", [{"weight_init_std": 1e308}, {"learning_rate": 1e30, "init": "he"}])
def test_what_is_not_finite_is_said_and_not_checked(knobs: dict[str, object]) -> None:
    frame = frame_of(40, **knobs)
    assert not np.isfinite(frame.params["W2"]).all()
    figure = PANELS["gradcheck"].make(frame, PANELS["gradcheck"].view)
    assert str(figure.passages[0].text) == "The loss is not finite: there is nothing to check."
    assert any("not finite" in str(note.text) for note in figure.plots[0].notes)


def test_a_network_that_overflows_in_single_precision_only_is_checked_in_double() -> None:
    found = check(frame_of(0, weight_init_std=1e14, hidden_sizes=(6, 6), **SMALL))
    w1 = found.parameters[0]
    assert w1.entries["float32"].verdict == "unchecked"
    assert w1.entries["float64"].verdict in ("agrees", "small")
    assert not found.named("differs")


def test_a_network_too_large_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradient_check, "LARGEST", 10)
    frame = frame_of(0, **SMALL)
    assert check_gradients(frame) is None
    figure = PANELS["gradcheck"].make(frame, PANELS["gradcheck"].view)
    assert "too large" in str(figure.passages[0].text)


# ── how it is done ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("hidden", [(8,), (40, 30)])  # one goes the way of small networks, one does not
def test_the_gradient_is_of_the_batch_that_the_kernel_drew(hidden: tuple[int, ...]) -> None:
    frame = frame_of(4, activation="gelu", init="he", dtype="float64", hidden_sizes=hidden, **SMALL)
    found = batch_gradient(frame.params, frame.data, frame.spec)
    net = MultiLayerNet.from_params(dict(frame.params), "gelu")
    loss, exact = net.loss_and_gradient(frame.data.x_train[found.rows], frame.data.t_train[found.rows])
    assert found.loss == pytest.approx(loss, rel=1e-12)
    for name, gradient in exact.items():
        np.testing.assert_allclose(found.gradient[name], gradient, rtol=1e-9, atol=1e-13)


def test_the_batch_goes_the_way_of_the_runs_own() -> None:
    def small(params: int, batch: int) -> bool:
        return -(-batch // 16) * params <= 500

    for sizes, own in itertools.product([(2, 8, 2), (2, 2, 2), (64, 50, 10), (9, *(50,) * 20, 3)], (1, 10, 100, 5000)):
        params = {f"W{k}": np.zeros(pair) for k, pair in enumerate(itertools.pairwise(sizes), start=1)}
        params |= {f"b{k}": np.zeros(width) for k, width in enumerate(sizes[1:], start=1)}
        n = sum(value.size for value in params.values())
        taken = gradient_check.batch_size_of(params, own)
        assert 1 <= taken <= own
        assert small(n, taken) == small(n, own)


def test_samples_are_taken_that_lie_far_from_the_kinks() -> None:
    frame = frame_of(5, init="he", hidden_sizes=(30, 30))
    x = frame.data.x_train[:400]
    distance = distance_from_kinks(frame.params, x, "relu")
    z = x @ frame.params["W1"].astype(float) + frame.params["b1"]
    size = np.abs(x) @ np.abs(frame.params["W1"].astype(float)) + np.abs(frame.params["b1"])
    assert (distance <= (np.abs(z) / size).min(axis=1) + 1e-15).all()
    assert np.isinf(distance_from_kinks(frame.params, x, "tanh")).all()


def test_the_batch_is_drawn_from_the_half_that_is_farthest() -> None:
    frame = frame_of(5, init="he", hidden_sizes=(30, 30))
    taken = gradient_check._far_from_kinks(frame.params, frame.data, frame.spec, 50)
    some = np.linspace(0, frame.data.n_train - 1, 100).round().astype(int)
    all_of_them = distance_from_kinks(frame.params, frame.data.x_train[some], "relu")
    assert taken.n_train == 50
    assert distance_from_kinks(frame.params, taken.x_train, "relu").min() >= np.median(all_of_them)


def test_with_little_patience_it_tells_what_it_has_and_goes_on_where_it_was() -> None:
    frame = frame_of(5, init="he", hidden_sizes=(30, 30))
    counts = []
    for _ in range(3):
        found = check_gradients(frame, patience=0.0)
        assert found is not None
        counts.append([len(one.entries["float64"].places) for one in found.parameters])
    assert counts[0] == [1] * 6
    assert not found.finished
    first = {one.name: one.entries["float64"] for one in found.parameters}
    whole = check(frame)
    assert check_gradients(frame, patience=0.0).finished
    for one in whole.parameters:
        entries = one.entries["float64"]
        assert len(entries.places) == min(one.n, len(entries.places)) > 1
        assert entries.places[0] == first[one.name].places[0]
        assert len(set(entries.places.tolist())) == len(entries.places)


def test_all_entries_of_a_small_parameter_are_looked_at() -> None:
    found = check(frame_of(0, init="he", hidden_sizes=(6,), **SMALL))
    assert [len(one.entries["float64"].places) for one in found.parameters] == [12, 6, 12, 2]
    assert sorted(found.parameters[0].entries["float64"].places.tolist()) == list(range(12))


@pytest.fixture
def exported(tmp_path: Path) -> Iterator[tuple[Frame, list[dict[str, str]]]]:
    words = ["--dataset", "moons", "--hidden-sizes", "6", "--steps", "4", "--init", "he", "--panels", "gradcheck"]
    assert main.main(["train", *words, "--images", str(tmp_path), "--format", "csv"]) == 0
    with (tmp_path / "gradcheck.csv").open(encoding="utf-8", newline="") as file:
        yield frame_of(4, dataset="moons", hidden_sizes=(6,), init="he"), list(csv.DictReader(file))


def test_the_csv_holds_every_entry_and_every_parameter(exported: tuple[Frame, list[dict[str, str]]]) -> None:
    frame, rows = exported
    found = check(frame)
    entries = [row for row in rows if row["table"] == "entries"]
    parameters = [row for row in rows if row["table"] == "parameters"]
    assert [row["parameter"] for row in parameters] == ["W1", "b1", "W2", "b2"]
    assert len(entries) == sum(int(row["looked_at"]) for row in parameters) == 32
    assert {row["verdict"] for row in parameters} == {"agrees"}
    assert {row["row"] for row in entries if row["parameter"] == "b1"} == {""}
    for row, place in zip(entries[:12], found.parameters[0].entries["float64"].places, strict=True):
        assert (int(row["row"]), int(row["column"])) == np.unravel_index(place, (2, 6))
        assert float(row["numerical_gradient"]) == pytest.approx(float(row["gradient_float64"]), rel=1e-5, abs=1e-10)
