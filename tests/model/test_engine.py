"""The engine: reproducible from its seed, equal by kernel and by class, truthful when numbers overflow."""

import gc
import json
import threading
import weakref
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from model.data.dataset import Dataset
from model.network.kernels import cache
from model.network.kernels.batches import draw
from model.network.multi_layer_net import MultiLayerNet
from model.network.shared import Control
from model.training.engine import Engine, Stepper
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper

REFERENCE = Path(__file__).parent.parent / "reference"
STEPPERS = {"kernel": kernel_stepper, "class": ClassStepper}


@pytest.fixture(scope="module")
def digits() -> Dataset:
    with np.load(REFERENCE / "digits_split.npz") as split:
        x_train, t_train, x_test, t_test = (split[k] for k in ("x_train", "t_train", "x_test", "t_test"))
    names = tuple("0123456789")
    return Dataset(
        "digits", x_train / 16, t_train.astype(np.int64), x_test / 16, t_test.astype(np.int64), names, (8, 8)
    )


def trained(spec: TrainingSpec, data: Dataset, how: str = "kernel") -> Engine:
    engine = Engine(spec, data, STEPPERS[how])
    engine.train(spec.steps)
    return engine


@pytest.mark.parametrize("how", STEPPERS)
def test_the_textbook_run_is_reproduced(digits: Dataset, how: str) -> None:
    with np.load(REFERENCE / "two_layer_relu.npz") as reference:
        config = json.loads(str(reference["config"]))
        spec = TrainingSpec(seed=config["seed"], steps=config["steps"], dtype="float64")
        engine = trained(spec, digits, how)
        for name, value in engine.final_parameters().items():
            np.testing.assert_allclose(value, reference[name], rtol=0, atol=1e-9)
        np.testing.assert_allclose(engine.recording.frame().grad_norms, reference["grad_norms"], rtol=0, atol=1e-9)
        np.testing.assert_allclose(engine.recording.frame().loss, reference["loss"], rtol=0, atol=1e-5)
        assert engine.recording.frame().accuracy[1] == pytest.approx(float(reference["test_accuracy"]))


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh", "sigmoid", "linear", "gelu", "selu"])
def test_kernel_and_class_take_the_same_steps(digits: Dataset, activation: str, optimizer: str) -> None:
    spec = TrainingSpec(
        activation=activation, optimizer=optimizer, init="glorot", hidden_sizes=(20, 15), steps=30, batch_size=40,
        learning_rate=0.01, weight_decay=1e-3, dtype="float64", eval_every=10,
    )  # fmt: skip
    by_kernel, by_class = (trained(spec, digits, how) for how in STEPPERS)
    np.testing.assert_allclose(by_kernel.params, by_class.params, rtol=0, atol=1e-9)
    for name in ("loss", "grad_norms"):
        np.testing.assert_allclose(
            getattr(by_kernel.recording.frame(), name), getattr(by_class.recording.frame(), name), rtol=0, atol=1e-9
        )
    frames = [engine.recording.frame() for engine in (by_kernel, by_class)]
    np.testing.assert_array_equal(frames[0].eval_steps, [0, 10, 20, 30])
    np.testing.assert_allclose(frames[0].evaluations, frames[1].evaluations, atol=1e-3)


@pytest.mark.parametrize("std", [0.0, 1e-4, 1.0, 100.0])
@pytest.mark.parametrize("sizes", [(3,), (50,), (10, 10, 10)])
def test_single_precision_follows_the_class_too(digits: Dataset, std: float, sizes: tuple[int, ...]) -> None:
    spec = TrainingSpec(weight_init_std=std, hidden_sizes=sizes, steps=3, eval_every=10)
    by_kernel, by_class = (trained(spec, digits, how) for how in STEPPERS)
    np.testing.assert_allclose(by_kernel.params, by_class.params, rtol=1e-3, atol=1e-4 * max(std, 0.1))


def test_two_runs_of_one_spec_are_bit_identical_however_they_are_sliced(digits: Dataset) -> None:
    spec = TrainingSpec(steps=200)
    at_once = trained(spec, digits)
    sliced = Engine(spec, digits, kernel_stepper)
    for until in (1, 2, 57, 58, 133, 200):
        sliced.recording.request()
        sliced.train(until)
    assert sliced.params.tobytes() == at_once.params.tobytes()
    assert sliced.recording.frame().loss.tobytes() == at_once.recording.frame().loss.tobytes()


def test_the_batches_are_those_of_numpys_choice() -> None:
    for n, size in ((1500, 100), (1, 3), (2, 7), (1024, 10), (65537, 11)):
        rng = np.random.RandomState(7)
        state = rng.get_state(legacy=True)
        mt = np.append(state[1], np.uint32(state[2])).astype(np.uint32)
        drawn = np.empty(size, dtype=np.int64)
        for _ in range(100):
            draw(mt, n, drawn)
            np.testing.assert_array_equal(drawn, rng.choice(n, size))


@pytest.mark.parametrize("scheme", ["std", "lecun", "glorot", "he"])
@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_the_spread_of_the_weights_is_what_the_scheme_says(digits: Dataset, scheme: str, distribution: str) -> None:
    spec = TrainingSpec(init=scheme, init_distribution=distribution, weight_init_std=0.3, hidden_sizes=(400,), steps=0)
    weights = trained(spec, digits).final_parameters()["W1"]
    expected = {"std": 0.3, "lecun": 64**-0.5, "glorot": (2 / 464) ** 0.5, "he": (2 / 64) ** 0.5}[scheme]
    assert weights.std() == pytest.approx(expected, rel=0.02)
    assert weights.mean() == pytest.approx(0, abs=expected * 0.02)


def test_the_same_seed_gives_the_same_noise_for_every_std(digits: Dataset) -> None:
    one, ten = (trained(TrainingSpec(weight_init_std=s, steps=0, dtype="float64"), digits) for s in (1.0, 10.0))
    np.testing.assert_array_equal(ten.params, 10 * one.params)
    expected = np.random.RandomState(0).randn(64, 50)
    np.testing.assert_array_equal(one.final_parameters()["W1"], expected)


def test_zero_std_freezes_relu_weights_and_keeps_sigmoid_units_alike(digits: Dataset) -> None:
    relu = trained(TrainingSpec(weight_init_std=0, steps=50), digits).final_parameters()
    assert not relu["W1"].any()
    assert not relu["W2"].any()
    assert relu["b2"].any()
    sigmoid = trained(TrainingSpec(weight_init_std=0, steps=50, activation="sigmoid"), digits).final_parameters()
    assert sigmoid["W1"].any()
    np.testing.assert_allclose(sigmoid["W1"], np.repeat(sigmoid["W1"][:, :1], 50, axis=1), atol=1e-6)


@pytest.mark.parametrize("how", STEPPERS)
def test_a_learning_rate_beyond_reason_diverges_and_keeps_the_last_finite_state(digits: Dataset, how: str) -> None:
    engine = trained(TrainingSpec(learning_rate=1e300, steps=20), digits, how)
    frame = engine.recording.frame()
    assert frame.divergence is not None
    assert frame.divergence.step == 0
    assert frame.divergence.parameter == "W1"
    assert len(frame.loss) == 20
    assert all(np.isfinite(value).all() for value in engine.final_parameters().values())
    assert not np.isfinite(engine.params).all()


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_slow_divergence_is_caught_at_the_very_step(digits: Dataset, optimizer: str) -> None:
    spec = TrainingSpec(learning_rate=3e4, init="he", steps=400, optimizer=optimizer, activation="linear")
    engine = trained(spec, digits)
    step = int(engine.control[Control.DIVERGED_AT])
    if optimizer == "adam":
        assert step == -1 or step > 0
        return
    assert step > 0
    before = trained(spec.replaced(steps=step), digits)
    assert np.isfinite(before.params).all()
    assert before.params.tobytes() == engine.last_finite.tobytes()
    assert not np.isfinite(trained(spec.replaced(steps=step + 1), digits).params).all()


def test_a_std_beyond_the_range_of_floats_is_diverged_at_step_0(digits: Dataset) -> None:
    frame = trained(TrainingSpec(weight_init_std=1e308, steps=3), digits).recording.frame()
    assert frame.divergence.step == 0
    assert frame.divergence.parameter == "W1"
    assert not np.isfinite(frame.params["W1"]).all()


def test_the_stop_flag_is_seen_before_the_next_step(digits: Dataset) -> None:
    engine = Engine(
        TrainingSpec(steps=50_000_000, dtype="float64", hidden_sizes=(1,), batch_size=1), digits, kernel_stepper
    )
    worker = threading.Thread(target=engine.train, args=(50_000_000,))
    worker.start()
    while engine.recording.step < 100:
        pass
    engine.interrupt()
    worker.join(timeout=5)
    assert not worker.is_alive()
    assert engine.recording.step < 50_000_000


def test_a_snapshot_taken_while_the_kernel_runs_is_of_one_step(digits: Dataset) -> None:
    spec = TrainingSpec(steps=30_000, hidden_sizes=(10,), batch_size=10)
    engine = Engine(spec, digits, kernel_stepper)
    worker = threading.Thread(target=engine.train, args=(spec.steps,))
    worker.start()
    frames = {}
    while worker.is_alive():
        engine.recording.request()
        frame = engine.recording.frame()
        frames.setdefault(frame.step, frame)
    worker.join()
    seen = [step for step in frames if 0 < step < 30_000][::10][:3]
    assert seen, "no snapshot was made while the kernel ran"
    for step in seen:
        again = trained(spec.replaced(steps=step, eval_every=300), digits)
        for name, value in again.final_parameters().items():
            np.testing.assert_array_equal(frames[step].params[name], value)
        np.testing.assert_array_equal(frames[step].loss, again.recording.frame().loss)


def test_live_edits_are_reproduced_from_the_schedule(digits: Dataset) -> None:
    engine = Engine(TrainingSpec(steps=60, optimizer="momentum"), digits, kernel_stepper)
    for until, edit in ((20, ("learning_rate", 0.01)), (40, ("momentum", 0.5)), (60, ("weight_decay", 0.1))):
        engine.train(until)
        engine.edit(*edit)
    engine.train(80)
    again = Engine(TrainingSpec(steps=80, optimizer="momentum"), digits, ClassStepper)
    for step, name, value in engine.recording.schedule:
        again.train(step)
        again.edit(name, value)
    again.train(80)
    np.testing.assert_allclose(engine.params, again.params, atol=1e-4)
    assert len(engine.recording.schedule) == 3


def test_the_gradient_is_the_slope_of_the_loss(digits: Dataset) -> None:
    x, t = digits.x_train[:5], digits.t_train[:5]
    for activation in ("relu", "leaky_relu", "tanh", "sigmoid", "linear", "gelu", "selu"):
        rng = np.random.RandomState(1)
        net = MultiLayerNet(64, (6, 5), 10, 0.3, activation=activation, rng=rng)
        exact, numerical = net.gradient(x, t), net.numerical_gradient(x, t, h=1e-5)
        for name in net.params:
            np.testing.assert_allclose(exact[name], numerical[name], rtol=0, atol=1e-7)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("how", STEPPERS)
def test_a_loss_is_told_as_large_as_it_is(digits: Dataset, how: str, dtype: str) -> None:
    spec = TrainingSpec(weight_init_std=10, batch_size=20, steps=1, dtype=dtype)
    engine = Engine(spec, digits, STEPPERS[how])
    w1, b1, w2, b2 = (value.astype(np.float64) for value in engine.layout.views(engine.params.copy()).values())
    stream = np.random.RandomState(spec.seed)
    for weights in (w1, w2):
        stream.randn(*weights.shape)
    batch = stream.choice(digits.n_train, spec.batch_size)
    logits = np.maximum(digits.x_train[batch] @ w1 + b1, 0) @ w2 + b2
    of_the_class = logits[np.arange(len(batch)), digits.t_train[batch]]
    engine.train(1)
    loss = engine.recording.by_step[0, 0]
    assert loss == pytest.approx(np.mean(np.logaddexp.reduce(logits, axis=1) - of_the_class), rel=1e-5)
    assert loss > 100  # where log(y + 1e-7) would say 16.118


def test_one_hot_targets_mean_the_same_as_labels(digits: Dataset) -> None:
    net = MultiLayerNet(64, (8,), 10, 0.1, rng=np.random.RandomState(0))
    x, t = digits.x_train[:20], digits.t_train[:20]
    one_hot = np.eye(10)[t]
    assert net.loss(x, one_hot) == net.loss(x, t)
    assert net.accuracy(x, one_hot) == net.accuracy(x, t)
    for by_rows, by_labels in zip(net.gradient(x, one_hot).values(), net.gradient(x, t).values(), strict=True):
        np.testing.assert_array_equal(by_rows, by_labels)


def test_every_layer_has_its_own_noise() -> None:
    net = MultiLayerNet(4, (5, 6), 3, 1.0, rng=np.random.RandomState(3))
    rng = np.random.RandomState(3)
    for layer, (fan_in, fan_out) in enumerate(pairwise((4, 5, 6, 3)), start=1):
        np.testing.assert_array_equal(net.params[f"W{layer}"], rng.randn(fan_in, fan_out))


@pytest.fixture(scope="module")
def plane() -> Dataset:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(60, 2))
    return Dataset("plane", x, (x[:, 0] > x[:, 1]).astype(np.int64), x[:20], np.zeros(20, np.int64), ("0", "1"), None)


@pytest.mark.parametrize("batch_size", [1, 10, 16, 33])
@pytest.mark.parametrize("hidden_sizes", [(8,), (3, 5, 4), (2,) * 20])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh", "sigmoid", "linear", "gelu", "selu"])
def test_a_small_network_takes_the_steps_of_the_class(
    plane: Dataset, activation: str, hidden_sizes: tuple[int, ...], batch_size: int
) -> None:
    spec = TrainingSpec(
        activation=activation, hidden_sizes=hidden_sizes, batch_size=batch_size, init="glorot", steps=20,
        dtype="float64",
    )  # fmt: skip
    by_kernel, by_class = (trained(spec, plane, how) for how in STEPPERS)
    np.testing.assert_allclose(by_kernel.params, by_class.params, rtol=0, atol=1e-9)
    for name in ("loss", "grad_norms"):
        np.testing.assert_allclose(
            getattr(by_kernel.recording.frame(), name), getattr(by_class.recording.frame(), name), rtol=0, atol=1e-9
        )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_small_network_says_where_it_diverged_as_the_class_does(plane: Dataset, dtype: str) -> None:
    spec = TrainingSpec(
        hidden_sizes=(8,), batch_size=10, weight_init_std=1e3, learning_rate=1e18, activation="linear", steps=60,
        dtype=dtype,
    )  # fmt: skip
    frames = [trained(spec, plane, how).recording.frame() for how in STEPPERS]
    by_kernel, by_class = ((frame.divergence.step, frame.divergence.parameter) for frame in frames)
    assert by_kernel == by_class
    assert all(np.isnan(frame.loss[-1]) for frame in frames)


def test_only_what_python_calls_is_kept_on_disk(plane: Dataset) -> None:
    trained(TrainingSpec(hidden_sizes=(8,), steps=1), plane)
    kept = {path.name.split("-")[0] for path in cache.folder().rglob("*.nbi")}
    assert kept <= {"training.train", "activated._activated"}


@pytest.mark.parametrize("stepper", [kernel_stepper, ClassStepper])
@pytest.mark.parametrize(("dtype", "size"), [("float32", 1e24), ("float64", 1e200)])
def test_a_gradient_norm_is_finite_where_its_squares_are_not(stepper: Stepper, dtype: str, size: float):
    rng = np.random.default_rng(0)
    x, t = size * rng.normal(size=(20, 3)), rng.integers(0, 2, 20)
    data = Dataset("huge", x, t, x, t, ("a", "b"), None)
    spec = TrainingSpec(
        hidden_sizes=(4,),
        weight_init_std=0.1,
        batch_size=20,
        steps=1,
        learning_rate=0.0,
        activation="linear",
        dtype=dtype,
    )
    engine = Engine(spec, data, stepper)
    engine.train(1)
    norms = engine.recording.by_step[0, 1:]
    assert np.isfinite(norms).all()
    with np.errstate(over="ignore"):
        assert not np.isfinite(np.square(norms.astype(dtype)[0]))


@pytest.mark.parametrize("stepper", [kernel_stepper, ClassStepper])
@pytest.mark.parametrize("width", [3, 300])
def test_a_unit_that_gives_0_passes_no_gradient_not_even_an_infinite_one(stepper: Stepper, width: int) -> None:
    x, t = np.ones((20, 2)), np.ones(20, dtype=np.int64)
    t[0] = 0
    data = Dataset("ones", x, t, x, t, ("a", "b"), None)
    spec = TrainingSpec(hidden_sizes=(width,), init="he", batch_size=1, steps=1, learning_rate=0.0)
    engine = Engine(spec, data, stepper)
    params = engine.layout.views(engine.params)
    params["b1"][0] = -100
    params["W2"][0] = 3e38, -3e38
    params["b2"][:] = 100, 0  # sure of the wrong class: what comes back to unit 0 is 6e38
    engine.train(1)
    assert np.isfinite(engine.recording.by_step[0]).all()
    assert engine.recording.frame().divergence is None


def test_a_run_that_nobody_holds_is_gone_at_once_without_the_collector(digits: Dataset) -> None:
    gc.disable()
    try:
        engine = trained(TrainingSpec(steps=30), digits)
        engine.recording.frame()
        left = [weakref.ref(each) for each in (engine, engine.recording, engine.checkpoints)]
        del engine
        assert [each() for each in left] == [None, None, None]
    finally:
        gc.enable()
