"""Initial weights from a file: as others write them, whichever way round, and refused with what would fit."""

import io
import json
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from model.cli import train
from model.data.dataset import DataError, Dataset
from model.data.weights import fitted, read_tensors
from model.data.weights.kind import holds_weights
from model.insight.variance import expected_variances, seed_variances
from model.training import memory
from model.training.engine import Engine
from model.training.idle import idle_knobs
from model.training.knob import SpecError
from model.training.replaying import Replay
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper

Array = np.ndarray
SIZES = (5, 7, 6, 3)
RNG = np.random.default_rng(1)
W = [RNG.normal(size=shape) for shape in ((5, 7), (7, 6), (6, 3))]
B = [RNG.normal(size=n) for n in SIZES[1:]]
OURS = {f"W{k}": w for k, w in enumerate(W, 1)} | {f"b{k}": b for k, b in enumerate(B, 1)}
TORCH = {f"{2 * k}.weight": w.T for k, w in enumerate(W)} | {f"{2 * k}.bias": b for k, b in enumerate(B)}
SPEC = TrainingSpec(hidden_sizes=SIZES[1:-1], activation="tanh", batch_size=8, steps=30, dtype="float64", seed=3)


@pytest.fixture(scope="module")
def data() -> Dataset:
    rng = np.random.default_rng(7)
    x, t = rng.normal(size=(40, SIZES[0])), rng.integers(0, SIZES[-1], 40)
    return Dataset("points", x, t, x[:0], t[:0], ("a", "b", "c"), None)


def saved(folder: Path, arrays: dict[str, Array], suffix: str = ".npz") -> Path:
    path = folder / f"mine{suffix}"
    if suffix == ".npz":
        np.savez(path, **arrays)
    else:
        save_file({name: np.ascontiguousarray(values) for name, values in arrays.items()}, path)
    return path


def found(path: Path, sizes: tuple[int, ...] = SIZES):
    return fitted(read_tensors(path), sizes)


def said(path: Path, sizes: tuple[int, ...] = SIZES) -> str:
    return " ".join(str(note) for note in found(path, sizes).notes)


def refusal(path: Path, sizes: tuple[int, ...] = SIZES) -> str:
    with pytest.raises(DataError) as refused:
        found(path, sizes)
    return str(refused.value)


NAMES = {
    "ours": OURS,
    "a sequence": TORCH,
    "fc": {name.replace("0.", "fc1.").replace("2.", "fc2.").replace("4.", "fc3."): v for name, v in TORCH.items()},
    "layers": {f"layers.{name}": values for name, values in TORCH.items()},
    "Keras": {name.replace("weight", "kernel"): v.T if v.ndim == 2 else v for name, v in TORCH.items()},
    "words without an order": {
        "out.weight": W[2].T, "body.weight": W[1].T, "in.weight": W[0].T, "out.bias": B[2], "in.bias": B[0],
        "body.bias": B[1],
    },
}  # fmt: skip


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize("names", NAMES)
def test_layers_are_found_under_the_names_that_people_give_them(tmp_path, names, suffix) -> None:
    taken = found(saved(tmp_path, NAMES[names], suffix))
    for ours, theirs in zip((*taken.weights, *taken.biases), (*W, *B), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_dozen_layers_come_in_the_order_of_their_numbers(tmp_path) -> None:
    layers = [np.full((4, 4), float(k)) for k in range(12)]
    taken = found(saved(tmp_path, {f"net.{k}.weight": w for k, w in enumerate(layers)}, ".safetensors"), (4,) * 13)
    assert [w[0, 0] for w in taken.weights] == list(range(12))


def test_it_is_said_which_way_round_they_were(tmp_path) -> None:
    assert "transposed from PyTorch's layout" in said(saved(tmp_path, TORCH))
    assert "taken as (fan_in, fan_out)" in said(saved(tmp_path, OURS))


def test_shapes_that_fit_only_the_other_way_round_are_taken_so_and_said(tmp_path) -> None:
    path = saved(tmp_path, {name: v.T for name, v in TORCH.items()})
    np.testing.assert_array_equal(found(path).weights[0], W[0])
    assert "only the other way round" in said(path)


@pytest.mark.parametrize(("name", "turned"), [("W{}", False), ("{}.weight", True), ("{}.kernel", False)])
def test_square_matrices_go_by_their_names(tmp_path, name, turned) -> None:
    squares = [RNG.normal(size=(4, 4)) for _ in range(2)]
    taken = found(saved(tmp_path, {name.format(k): w for k, w in enumerate(squares, 1)}), (4, 4, 4))
    for ours, theirs in zip(taken.weights, squares, strict=True):
        np.testing.assert_array_equal(ours, theirs.T if turned else theirs)


def test_missing_biases_begin_at_0_and_that_is_said(tmp_path) -> None:
    path = saved(tmp_path, {name: v for name, v in TORCH.items() if name != "2.bias"})
    assert not found(path).biases[1].any()
    np.testing.assert_array_equal(found(path).biases[2], B[2])
    assert "no bias for 2.weight" in said(path)


def test_other_arrays_are_left_out_and_that_is_said(tmp_path) -> None:
    extra = {"norm.running_mean": np.zeros(7), "steps": np.array(5), "conv": np.zeros((2, 2, 2, 2))}
    path = saved(tmp_path, {**TORCH, **extra})
    assert "not used are norm.running_mean, steps, conv" in said(path)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", ">f4"])
@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_numbers_of_every_usual_type_are_read(tmp_path, dtype, suffix) -> None:
    if suffix == ".safetensors" and dtype == ">f4":
        pytest.skip("safetensors has one byte order")
    arrays = {name: v.astype(dtype) for name, v in TORCH.items()}
    taken = found(saved(tmp_path, arrays, suffix))
    np.testing.assert_array_equal(taken.weights[1], arrays["2.weight"].T.astype(np.float64))
    assert taken.weights[1].dtype == np.float64


def raw_safetensors(path: Path, arrays: dict[str, tuple[str, tuple[int, ...], bytes]]) -> Path:
    header, body = {}, b""
    for name, (dtype, shape, content) in arrays.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(content)]}
        body += content
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)
    return path


def test_bfloat16_is_read_as_the_upper_half_of_a_float32(tmp_path) -> None:
    arrays = {}
    for name, values in TORCH.items():
        halves = (np.ascontiguousarray(values, dtype="<f4").view("<u4") >> 16).astype("<u2")
        arrays[name] = ("BF16", values.shape, halves.tobytes())
    taken = found(raw_safetensors(tmp_path / "half.safetensors", arrays))
    np.testing.assert_allclose(taken.weights[0], W[0], rtol=2**-7)


def test_a_type_that_is_none_of_ours_is_refused_by_its_name(tmp_path) -> None:
    path = raw_safetensors(tmp_path / "tiny.safetensors", {"0.weight": ("F8_E4M3", (2, 2), b"\0" * 4)})
    assert "F8_E4M3" in refusal(path, (2, 2))


# what cannot be taken


def test_another_network_is_refused_with_both_shapes_and_what_would_fit(tmp_path) -> None:
    text = refusal(saved(tmp_path, TORCH), (5, 50, 3))
    assert "expected (5, 50), (50, 3)" in text
    assert "found 0.weight (5, 7), 2.weight (7, 6), 4.weight (6, 3)" in text
    assert "Hidden sizes 7,6 would fit" in text


def test_other_data_are_refused_without_a_hint_that_would_not_help(tmp_path) -> None:
    text = refusal(saved(tmp_path, OURS), (64, 7, 6, 10))
    assert "64 features and 10 classes" in text
    assert "--hidden-sizes" not in text


def test_a_bias_of_another_length_is_refused_by_its_name(tmp_path) -> None:
    text = refusal(saved(tmp_path, {**OURS, "b2": np.zeros(5)}))
    assert "b2 has shape (5,); its layer W2 needs (6,)" in text


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_counted_and_refused(tmp_path, bad) -> None:
    w = W[1].copy()
    w[2, 3] = w[0, 0] = bad
    assert "W2 holds 2 values" in refusal(saved(tmp_path, {**OURS, "W2": w}))


def test_a_file_without_weights_says_what_it_holds(tmp_path) -> None:
    assert "only x_train, t_train" in refusal(saved(tmp_path, {"x_train": np.zeros((3, 5)), "t_train": np.zeros(3)}))


def test_python_objects_are_never_unpickled(tmp_path) -> None:
    class Bomb:
        def __reduce__(self):
            return (exec, ("raise SystemExit('unpickled')",))

    (tmp_path / "a.pt").write_bytes(pickle.dumps({"W1": Bomb()}))
    with zipfile.ZipFile(tmp_path / "b.pt", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Bomb()))
    objects = np.empty(2, dtype=object)
    objects[:] = [Bomb(), Bomb()]
    np.savez(tmp_path / "c.npz", W1=objects)
    for name, words in (("a.pt", "pickle"), ("b.pt", "safetensors.torch.save_file"), ("c.npz", "Python objects")):
        assert words in refusal(tmp_path / name)


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@settings(max_examples=40)
@given(data=st.data())
def test_a_damaged_file_is_refused_and_never_more(tmp_path_factory, suffix, data) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    whole = bytearray(saved(folder, TORCH, suffix).read_bytes())
    if data.draw(st.booleans()):
        whole = whole[: data.draw(st.integers(0, len(whole) - 1))]
    else:
        for _ in range(data.draw(st.integers(1, 4))):
            whole[data.draw(st.integers(0, min(len(whole), 600) - 1))] = data.draw(st.integers(0, 255))
    path = folder / f"broken{suffix}"
    path.write_bytes(whole)
    try:
        found(path)
    except DataError as refused:
        assert str(refused).isprintable()  # noqa: PT017  it may also be harmless


@pytest.mark.parametrize("header", [2**63, 2**40, 10**8, 200])
def test_a_header_longer_than_its_file_is_refused_before_anything_is_allocated(tmp_path, header) -> None:
    path = tmp_path / "huge.safetensors"
    path.write_bytes(struct.pack("<Q", header) + b'{"a": 1}')
    assert refusal(path)


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "empty"), (b"\x89HDF\r\n", "HDF5"), (b"some text, you know", "neither")]
)
def test_other_files_are_refused_with_what_to_do(tmp_path, content, words) -> None:
    (tmp_path / "other").write_bytes(content)
    assert words in refusal(tmp_path / "other")


def test_a_folder_or_nothing_is_no_file(tmp_path) -> None:
    assert "not a regular file" in refusal(tmp_path)
    assert "cannot be read" in refusal(tmp_path / "none.npz")


# a run that begins with them


def script(data: Dataset) -> tuple[list[float], list[Array]]:
    """Batches as if the weights had been drawn; plain SGD."""
    rng = np.random.RandomState(3)
    weights, biases, losses = [w.copy() for w in W], [b.copy() for b in B], []
    for w in W:
        rng.randn(*w.shape)
    for _ in range(SPEC.steps):
        rows = rng.choice(40, 8)
        h = [data.x_train[rows]]
        for w, b in zip(weights, biases, strict=True):
            h.append(h[-1] @ w + b if w is weights[-1] else np.tanh(h[-1] @ w + b))
        p = np.exp(h[-1]) / np.exp(h[-1]).sum(axis=1, keepdims=True)
        t = data.t_train[rows]
        losses.append(float(-np.log(p[np.arange(8), t]).mean()))
        delta = (p - np.eye(3)[t]) / 8
        for k in (2, 1, 0):
            to_w, to_b = h[k].T @ delta, delta.sum(axis=0)
            delta = (delta @ weights[k].T) * (1 - h[k] ** 2)
            weights[k] -= 0.1 * to_w
            biases[k] -= 0.1 * to_b
    return losses, weights


@pytest.mark.parametrize("stepper", [kernel_stepper, ClassStepper])
@pytest.mark.parametrize(("arrays", "suffix"), [(OURS, ".npz"), (TORCH, ".safetensors")])
def test_a_run_begins_with_the_file_and_has_the_batches_of_its_seed(tmp_path, data, stepper, arrays, suffix) -> None:
    engine = Engine(SPEC.replaced(weights=str(saved(tmp_path, arrays, suffix))), data, stepper)
    engine.train(SPEC.steps)
    losses, weights = script(data)
    np.testing.assert_allclose(engine.recording.by_step[: SPEC.steps, 0], losses, rtol=1e-9)
    np.testing.assert_allclose(engine.final_parameters()["W2"], weights[1], rtol=1e-9)


def test_a_run_is_made_again_from_its_own_beginning_though_the_file_has_changed(tmp_path, data) -> None:
    path = saved(tmp_path, OURS)
    engine = Engine(SPEC.replaced(weights=str(path)), data, ClassStepper)
    engine.train(20)
    saved(tmp_path, {name: 2 * v for name, v in OURS.items()})
    replay = Replay(engine, ClassStepper)
    assert replay.run(lambda: False)
    np.testing.assert_array_equal(replay.engine.params, engine.params)
    fresh = Engine(engine.spec, data, ClassStepper)
    np.testing.assert_array_equal(fresh.recording.initial["W1"], 2 * W[0])
    path.unlink()
    assert Engine(engine.spec, data, ClassStepper).recording.initial["W1"][0, 0] == 2 * W[0][0, 0]


def test_what_does_not_fit_is_refused_at_the_knob_before_a_run(tmp_path, data) -> None:
    spec = SPEC.replaced(weights=str(saved(tmp_path, OURS)), hidden_sizes=(4,))
    with pytest.raises(SpecError) as refused:
        memory.check(spec, data)
    assert list(refused.value.messages) == ["weights"]


def test_theory_reckons_with_the_size_of_the_weights_and_no_seeds_are_drawn(tmp_path, data) -> None:
    frame = Engine(SPEC.replaced(weights=str(saved(tmp_path, OURS))), data, ClassStepper).recording.frame()
    assert frame.stds == pytest.approx([np.sqrt(np.mean(w**2)) for w in W])
    assert frame.bias_stds == pytest.approx([np.sqrt(np.mean(b**2)) for b in B])
    assert np.isfinite(expected_variances(frame).forward).all()
    assert seed_variances(frame) == ()


def test_turning_the_dial_or_choosing_a_scheme_lets_go_of_the_file() -> None:
    spec = SPEC.replaced(weights="mine.npz")
    assert {"weight_init_std", "init", "layer_gains", "bias_init_std"} <= set(idle_knobs(spec))
    assert spec.turned("weight_init_std", 0.5).weights is None
    assert spec.turned("init", "he").weights is None
    assert spec.turned("learning_rate", 0.5).weights == "mine.npz"


def test_files_of_weights_are_told_from_data_and_from_runs(tmp_path) -> None:
    assert holds_weights(saved(tmp_path, OURS))
    assert holds_weights(saved(tmp_path, TORCH))
    assert holds_weights("anything.safetensors")
    assert not holds_weights(saved(tmp_path, {"x_train": np.zeros(2), "t_train": np.zeros(2)}))
    assert not holds_weights(tmp_path / "none.npz")


def test_the_final_weights_of_a_saved_run_begin_another(tmp_path, capsys) -> None:
    out, again = tmp_path / "run.npz", tmp_path / "again.npz"
    assert train(["--init", "he", "--steps", "60", "--out", str(out)]) == 0
    capsys.readouterr()
    assert train(["--weights", str(out), "--steps", "0", "--out", str(again)]) == 0
    assert "taken as (fan_in, fan_out)" in capsys.readouterr().err
    with np.load(out) as one, np.load(again) as other:
        np.testing.assert_array_equal(one["W1"], other["W1"])


def test_the_command_line_names_the_flag_and_what_would_fit(tmp_path, capsys) -> None:
    rng = np.random.default_rng(0)
    path = saved(tmp_path, {"0.weight": rng.normal(size=(20, 64)), "2.weight": rng.normal(size=(10, 20))})
    with pytest.raises(SystemExit) as ended:
        train(["--weights", str(path), "--steps", "1"])
    assert ended.value.code == 2
    assert "--weights mine.npz does not fit" in (text := capsys.readouterr().err)
    assert "Hidden sizes 20 would fit" in text
    assert train(["--weights", str(path), "--steps", "1", "--hidden-sizes", "20"]) == 0


def test_a_compressed_archive_is_read_too(tmp_path) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **OURS)
    (tmp_path / "packed.npz").write_bytes(buffer.getvalue())
    np.testing.assert_array_equal(found(tmp_path / "packed.npz").weights[0], W[0])


def test_a_network_saved_from_pytorch_gives_the_logits_that_it_gave_there(tmp_path) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file as save_torch

    torch.manual_seed(0)
    theirs = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.Tanh(), torch.nn.Linear(7, 3)).double()
    save_torch(theirs.state_dict(), tmp_path / "net.safetensors")
    taken = found(tmp_path / "net.safetensors", (5, 7, 3))
    x = RNG.normal(size=(11, 5))
    ours = np.tanh(x @ taken.weights[0] + taken.biases[0]) @ taken.weights[1] + taken.biases[1]
    np.testing.assert_allclose(ours, theirs(torch.from_numpy(x)).detach().numpy(), rtol=1e-12)
