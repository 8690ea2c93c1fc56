"""The decision panel: what it shows is what the network answers, counted by hand."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.text import Text

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.figures.figure import Dots, Figure, Image, Line, Texts, View
from model.figures.palette import LIGHT
from model.figures.panels import PANELS
from model.figures.render_mpl import draw
from model.insight import decision
from model.insight.decision import NO_ANSWER, answers, confusion, plane, probabilities
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

POINTS = TrainingSpec(dataset="moons", hidden_sizes=(5, 3), activation="tanh", init="he", dtype="float64", steps=200)


def trained(spec: TrainingSpec, steps: int = 200, data: Dataset | None = None) -> Frame:
    engine = Engine(spec, data or load(spec.data_request), kernel_stepper)
    engine.train(steps)
    return engine.recording.frame()


@pytest.fixture(scope="module")
def points() -> Frame:
    return trained(POINTS)


@pytest.fixture(scope="module")
def digits() -> Frame:
    return trained(TrainingSpec(hidden_sizes=(20,), init="he", steps=200))


def by_hand(frame: Frame, x: np.ndarray) -> list[np.ndarray]:
    """The outputs of all layers of a tanh or relu network, logits last."""
    function = {"tanh": np.tanh, "relu": lambda z: np.maximum(z, 0)}[frame.spec.activation]
    outputs = [x]
    n = frame.layout.n_layers
    for layer in range(1, n + 1):
        z = outputs[-1] @ frame.params[f"W{layer}"] + frame.params[f"b{layer}"]
        outputs.append(z if layer == n else function(z))
    return outputs


def drawn(frame: Frame, **choices: object) -> Figure:
    return PANELS["decision"].make(frame, View(**choices))


def texts(figure: Figure, key: str) -> list[str]:
    return [str(t) for plot in figure.plots for m in plot.marks if m.key == key for t in m.texts]


def mark(figure: Figure, key: str) -> Image | Line | Dots | Texts:
    (found,) = [m for plot in figure.plots for m in plot.marks if m.key == key]
    return found


def test_the_matrix_counts_every_test_sample_under_its_class_and_its_answer(digits: Frame) -> None:
    data = digits.data
    expected = np.zeros((10, 10), dtype=int)
    predicted = by_hand(digits, data.x_test.astype(np.float32))[-1].argmax(axis=1)
    for true, taken in zip(data.t_test, predicted, strict=True):
        expected[true, taken] += 1
    np.testing.assert_array_equal(confusion(answers(digits), 10), expected)
    figure = drawn(digits)
    said = texts(figure, "counts_text") + texts(figure, "counts_on_accent")
    assert sorted(map(int, said)) == sorted(expected[expected > 0].tolist())
    right = np.trace(expected)
    assert f"{right} of {data.n_test} right (test samples)" in str(figure.summary)
    assert digits.accuracy[1] == pytest.approx(right / data.n_test)


def test_the_matrix_has_the_first_class_on_top_and_each_row_adds_up(digits: Frame) -> None:
    image = mark(drawn(digits), "confusion")
    counts = confusion(answers(digits), 10)
    np.testing.assert_allclose(image.values[::-1], counts / counts.sum(axis=1, keepdims=True))


def test_wrong_samples_come_first_and_say_what_they_are_taken_for(digits: Frame) -> None:
    figure = drawn(digits)
    predicted = by_hand(digits, digits.data.x_test.astype(np.float32))[-1].argmax(axis=1)
    wrong = np.flatnonzero(predicted != digits.data.t_test)[:18]
    assert texts(figure, "wrong") == [f"{digits.data.t_test[i]}→{predicted[i]}" for i in wrong]
    assert len(texts(figure, "right")) == 18 - len(wrong)
    tiles = mark(figure, "samples").values[::-1]
    (top, left) = np.argwhere(np.isfinite(tiles))[0]
    first = digits.data.x_test[wrong[0]].reshape(8, 8)
    np.testing.assert_allclose(tiles[top : top + 8, left : left + 8], first, rtol=1e-6)


def test_the_map_holds_the_softmax_at_every_point_from_below_upwards(points: Frame) -> None:
    over = plane(points)
    logits = by_hand(points, over.points)[-1]
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    image = mark(drawn(points), "map")
    np.testing.assert_allclose(image.values.reshape(-1, 2), expected, rtol=1e-9)
    (left, right), (bottom, top) = image.x, image.y
    rows, columns, _ = image.values.shape
    x, y = left + (right - left) * 2.5 / columns, bottom + (top - bottom) * 0.5 / rows
    logit = by_hand(points, np.array([[x, y]]))[-1][0]
    assert image.values[0, 2, 0] == pytest.approx(1 / (1 + np.exp(logit[1] - logit[0])))


def test_every_sample_stands_on_the_map_with_its_class(points: Frame) -> None:
    figure, data = drawn(points), points.data
    for k in (0, 1):
        for key, x, t in ((f"class{k}", data.x_train, data.t_train), (f"class{k}.test", data.x_test, data.t_test)):
            dots = mark(figure, key)
            np.testing.assert_array_equal(np.column_stack([dots.x, dots.y]), x[t == k])
    assert mark(figure, "class0.test").size > mark(figure, "class0").size
    shown = figure.plots[0]
    both = np.concatenate([data.x_train, data.x_test])
    for column, axis in enumerate((shown.x, shown.y)):
        assert axis.extent[0] < both[:, column].min() < both[:, column].max() < axis.extent[1]
    assert shown.equal


def test_pointing_at_a_unit_draws_where_it_is_zero(points: Frame) -> None:
    for unit in range(5):
        line = mark(drawn(points, unit=(1, unit)), "fold")
        z = np.column_stack([line.x, line.y]) @ points.params["W1"][:, unit] + points.params["b1"][unit]
        np.testing.assert_allclose(z, 0, atol=1e-9)
    assert "fold" not in {m.key for m in drawn(points, unit=(1, 99)).plots[0].marks}


@pytest.mark.parametrize(("layer", "true_layer"), [(1, 1), (2, 2), (9, 2), (-1, 2)])
def test_a_hidden_layer_can_be_looked_at_unit_by_unit(points: Frame, layer: int, true_layer: int) -> None:
    (plot,) = drawn(points, layer=layer).plots
    units = (5, 3)[true_layer - 1]
    assert plot.targets.units == tuple((true_layer, unit) for unit in range(units))
    tiles = mark(drawn(points, layer=layer), "units").values
    over = plane(points, 48)
    rows, columns = over.shape
    expected = by_hand(points, over.points)[true_layer].reshape(rows, columns, -1)
    for unit, (left, right, bottom, top) in enumerate(plot.targets.boxes.astype(int)):
        side = slice((columns - rows) // 2, (columns - rows) // 2 + rows)
        np.testing.assert_allclose(tiles[bottom:top, left:right], expected[:, side, unit], rtol=1e-9)


def test_of_many_units_some_are_shown_and_that_is_said() -> None:
    (plot,) = drawn(trained(POINTS.replaced(hidden_sizes=(300,)), 0), layer=1).plots
    assert "18 of 300" in str(plot.title)
    assert [unit for _, unit in plot.targets.units][::17] == [0, 299]


def test_without_a_test_set_the_training_samples_are_asked_and_that_is_said() -> None:
    figure = drawn(trained(POINTS.replaced(train_fraction=1.0)))
    assert "right (training samples; no test set)" in str(figure.summary)
    assert "test" not in "".join(str(note.text) for note in figure.plots[0].notes)


def test_an_answer_that_is_no_number_is_nobodys_class() -> None:
    frame = trained(TrainingSpec(weight_init_std=1e308), 0)
    asked = answers(frame)
    assert asked.n_unanswered > 0
    assert set(asked.predicted[asked.predicted < 0]) == {NO_ANSWER}
    figure = drawn(frame)
    assert any(text.endswith("→?") for text in texts(figure, "wrong"))
    assert any(f"{asked.n_unanswered} samples" in str(note.text) for plot in figure.plots for note in plot.notes)
    assert confusion(asked, 10).sum() == asked.n - asked.n_unanswered


def test_a_plane_without_finite_answers_is_left_open_and_said() -> None:
    frame = trained(POINTS.replaced(weight_init_std=1e308, init="std"), 0)
    figure = drawn(frame)
    share = np.isnan(probabilities(frame, plane(frame))).any(axis=2).mean()
    assert share > 0.3
    assert f"no finite answer on {100 * share:.3g} % of the plane" in [
        str(note.text).partition(",")[0] for note in figure.plots[0].notes
    ]


def test_data_that_is_neither_points_nor_pictures_has_the_matrix_alone(digits: Frame) -> None:
    plain = replace(digits.data, image_shape=None)
    figure = drawn(trained(digits.spec, 10, plain))
    assert [plot.key for plot in figure.plots] == ["confusion"]


def test_of_many_samples_a_sample_is_asked_and_that_is_said(digits: Frame) -> None:
    assert "of 50 right (of 297 test samples)" in str(drawn(digits, sample=50).summary)


def test_points_on_a_line_and_a_single_point_still_have_a_plane() -> None:
    base = load(DataRequest(dataset="moons"))
    for x in (base.x_train * [1, 0], base.x_train * 0 + 7):
        data = replace(base, x_train=x, x_test=x[:0], t_test=base.t_test[:0])
        image = mark(drawn(trained(POINTS, 3, data)), "map")
        assert np.isfinite(image.values).all()
        assert image.x[0] < x[:, 0].min() <= x[:, 0].max() < image.x[1]


def test_the_answers_are_computed_in_one_thread_of_blas(monkeypatch: pytest.MonkeyPatch) -> None:
    inside: list[bool] = []
    limit = decision.one_blas_thread

    class Watched:
        def __enter__(self) -> None:
            inside.append(True)
            limit.__enter__()

        def __exit__(self, *error: object) -> None:
            limit.__exit__(*error)

    monkeypatch.setattr(decision, "one_blas_thread", Watched())
    frame = trained(POINTS, 3)
    probabilities(frame, plane(frame))
    answers(frame)
    assert len(inside) == 2


def test_a_small_file_says_what_the_samples_are_taken_for(digits: Frame) -> None:
    """The window does so at this size."""
    figure = PANELS["decision"].make(digits, View())
    picture = draw(figure, View(), theme=LIGHT, size=(556, 166))
    said = {text.get_text() for text in picture.findobj(Text)}
    samples, matrix = figure.plots
    for plot in (samples, matrix):
        for mark in plot.marks:
            if isinstance(mark, Texts):
                assert {str(words) for words in mark.texts} <= said
