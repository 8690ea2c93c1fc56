"""The symmetry microscope: equal units are found whatever their size, and what did not move is said."""

import numpy as np
import pytest

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.figures.figure import Figure, Image, Texts, View
from model.figures.panels import PANELS
from model.insight.symmetry import effective_rank, symmetry, unmoved
from model.training.engine import Engine
from model.training.frame import Frame, Parameters
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load(DataRequest())


def frame_of(data: Dataset, steps: int = 20, **knobs: object) -> Frame:
    spec = TrainingSpec(**{"hidden_sizes": (12,), "steps": steps, "batch_size": 10, **knobs})
    engine = Engine(spec, data, ClassStepper)
    engine.train(steps)
    frame = engine.recording.frame()
    assert frame is not None
    return frame


def params_of(*weights: np.ndarray) -> Parameters:
    named = {}
    for layer, weight in enumerate(weights, start=1):
        named |= {f"W{layer}": weight, f"b{layer}": np.zeros(weight.shape[1])}
    return Parameters(named)


def said(figure: Figure) -> str:
    texts = [text for plot in figure.plots for mark in plot.marks if isinstance(mark, Texts) for text in mark.texts]
    notes = [note.text for plot in figure.plots for note in plot.notes]
    return " | ".join(map(str, [*texts, *notes]))


def test_cosines_are_those_of_the_vectors_in_and_out_of_each_unit(digits: Dataset):
    frame = frame_of(digits, activation="tanh", init="he")
    u = np.hstack([frame.params["W1"].T, frame.params["b1"][:, None], frame.params["W2"]]).astype(np.float64)
    lengths = np.linalg.norm(u, axis=1)
    found = symmetry(frame.params, 1)
    np.testing.assert_allclose(found.cosines, u @ u.T / np.outer(lengths, lengths), atol=1e-12)
    mean = u.mean(axis=0)
    order = 1 - np.mean(np.sum((u - mean) ** 2, axis=1)) / np.mean(lengths**2)
    assert found.order == pytest.approx(order, abs=1e-12)
    assert (found.n_distinct, found.n_zero, found.n_bad) == (12, 0, 0)


def test_effective_rank_is_the_entropy_of_the_singular_values():
    rng = np.random.default_rng(0)
    for shape in ((64, 50), (50, 64), (7, 1)):
        matrix = rng.normal(size=shape) * 1e-200
        shares = np.linalg.svd(matrix * 1e200, compute_uv=False)
        shares /= shares.sum()
        assert effective_rank(matrix) == pytest.approx(np.exp(-(shares * np.log(shares)).sum()), rel=1e-9)
    assert effective_rank(np.eye(9)) == pytest.approx(9)
    assert effective_rank(np.outer(rng.normal(size=40), np.ones(30))) == pytest.approx(1, abs=1e-4)
    assert effective_rank(np.zeros((3, 4))) == 0
    assert np.isnan(effective_rank(np.array([[1.0, np.inf]])))


@pytest.mark.parametrize("size", [1e-300, 1e-30, 1.0, 1e300])
def test_twins_are_found_whatever_the_size_of_their_weights(size: float):
    columns = np.array([[1.0, 1.0, 2.0, 0.0, 3.0], [2.0, 2.0, 1.0, 0.0, 6.0]])
    found = symmetry(params_of(columns * size, np.zeros((5, 2))), 1)
    assert (found.n_distinct, found.n_directions, found.n_zero) == (4, 3, 1)
    assert np.isnan(found.cosines[3]).all()


def test_units_that_are_not_finite_are_counted_and_the_others_compared():
    columns = np.array([[1.0, np.nan, 1.0], [2.0, 1.0, -2.0]])
    found = symmetry(params_of(columns, np.zeros((3, 2))), 1)
    assert (found.n_bad, found.n_distinct) == (1, 2)
    assert found.cosines[0, 2] == pytest.approx(-0.6)


def test_a_wide_layer_is_compared_in_part_and_that_is_said(digits: Dataset):
    frame = frame_of(digits, steps=0, hidden_sizes=(1000,))
    assert "400 of 1000 units compared" in said(PANELS["symmetry"].make(frame, View()))


def test_a_sigmoid_network_of_std_0_learns_as_one_unit(digits: Dataset):
    frame = frame_of(digits, activation="sigmoid", weight_init_std=0.0, steps=40)
    found = symmetry(frame.params, 1)
    assert found.n_distinct == 1
    assert 0 <= found.difference < 1e-5
    assert frame.params["W1"].any()
    text = said(PANELS["symmetry"].make(frame, View()))
    assert "all 12 units are the same" in text
    assert "equal up to rounding" in text or "equal to the last bit" in text
    assert "not moved" not in text


@pytest.mark.parametrize("hidden", [(12,), (12, 7)])
def test_a_relu_network_of_std_0_is_said_not_to_move_at_all(digits: Dataset, hidden: tuple[int, ...]):
    frame = frame_of(digits, weight_init_std=0.0, hidden_sizes=hidden)
    names = [f"W{layer}" for layer in range(1, len(hidden) + 2)]
    assert unmoved(frame) == names
    assert f"{', '.join(names)} exactly 0: never moved" in said(PANELS["symmetry"].make(frame, View()))


def test_nothing_is_said_to_stand_still_before_training_or_where_it_moves(digits: Dataset):
    assert unmoved(frame_of(digits, steps=0, weight_init_std=0.0)) == []
    assert unmoved(frame_of(digits)) == []
    frame = frame_of(digits, learning_rate=0.0)
    assert "W1, W2 exactly as at step 0" in said(PANELS["symmetry"].make(frame, View()))


def test_every_hidden_layer_is_shown_or_the_one_that_is_chosen(digits: Dataset):
    frame = frame_of(digits, hidden_sizes=(12, 7))
    for layer, widths in ((0, [12, 7]), (1, [12]), (2, [7]), (-1, [7]), (9, [7])):
        figure = PANELS["symmetry"].make(frame, View(layer=layer, unit=(2, 3)))
        images = [mark for plot in figure.plots for mark in plot.marks if isinstance(mark, Image)]
        assert [image.values.shape for image in images] == [(width, width) for width in widths]
        shown = [plot for plot in figure.plots if any(mark.key == "unit" for mark in plot.marks)]
        assert len(shown) == (7 in widths)
        for plot, width in zip(figure.plots, widths, strict=True):
            assert plot.targets is not None
            assert plot.targets.at(0.0, 2.0) == (2 if width == 7 else 1, 2)
    said_of = [str(plot.title) for plot in PANELS["symmetry"].make(frame, View()).plots]
    assert said_of == ["layer 1", "layer 2"]
    assert "12 of 12 distinct, rank " in said(PANELS["symmetry"].make(frame, View()))


def test_units_that_are_parallel_but_not_as_long_are_not_the_same(digits: Dataset):
    frame = frame_of(
        digits, 400, hidden_sizes=(5,), activation="tanh", init="he", weight_decay=10.0, batch_size=100, dtype="float64"
    )
    u = np.hstack([frame.params["W1"].T, frame.params["b1"][:, None], frame.params["W2"]])
    lengths = np.linalg.norm(u, axis=1)
    assert lengths.max() > 10 * lengths.min()
    found = symmetry(frame.params, 1)
    assert (found.n_distinct, found.n_directions) == (5, 1)
    np.testing.assert_allclose(found.lengths, lengths, rtol=1e-9)
    words = said(PANELS["symmetry"].make(frame, View()))
    assert "units are the same" not in words
    assert f"all 5 units point the same way | with lengths of {lengths.min():.2g} to {lengths.max():.2g}" in words
