"""The singular values of the weights agree with NumPy now, and with Marchenko and Pastur before the first step."""

from pathlib import Path

import numpy as np
import pytest

from model.data.dataset import Dataset
from model.data.prepare import load
from model.figures.arrangement import columns_in
from model.figures.figure import Bars, Dots, Line, Plot, View
from model.figures.panels import PANELS
from model.figures.ranges import visible_range
from model.figures.reading import read
from model.figures.tables import TABLES
from model.insight.spectrum import (
    MOST_WORK,
    bulk_density,
    edges_of,
    singular_values,
    spectra,
    work_of,
)
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import DataRequest, TrainingSpec
from model.training.stepper import ClassStepper
from tests.states import frame_of as state

RNG = np.random.default_rng(7)
SHAPES = [(int(m), int(n)) for m, n in np.exp(RNG.uniform(np.log(3), np.log(120), (50, 2)))]


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load(DataRequest())


def frame_of(data: Dataset, steps: int = 0, **knobs: object) -> Frame:
    engine = Engine(TrainingSpec().replaced(**knobs), data, ClassStepper)
    with np.errstate(all="ignore"):
        engine.train(steps)
    return engine.recording.frame()


@pytest.fixture(scope="module")
def learned(digits: Dataset) -> Frame:
    return frame_of(digits, 300, weight_init_std=0.05, hidden_sizes=(30, 20), learning_rate=0.3)


# ── the edges ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_singular_values_of_an_untrained_matrix_fill_the_bulk_and_none_is_outside(shape: tuple[int, int]) -> None:
    std = 0.3
    drawn = np.random.default_rng([*shape]).standard_normal((8, *shape)) * std
    values = np.linalg.svd(drawn, compute_uv=False)
    edges = edges_of(*shape, std)
    assert edges is not None
    assert edges.low == pytest.approx(std * abs(np.sqrt(shape[0]) - np.sqrt(shape[1])))
    assert edges.high == pytest.approx(std * (np.sqrt(shape[0]) + np.sqrt(shape[1])))
    assert edges.least <= edges.low <= edges.high < edges.most
    # of 8 matrices one in a hundred may have a value that chance takes beyond
    assert np.count_nonzero((values[:, 0] > edges.most) | (values[:, -1] < edges.least)) <= 1
    # the largest ones come close to the edge: it is the edge, not just a bound
    k, scale = min(shape), std * max(shape) ** (-1 / 6)
    assert abs(np.median(values[:, 0]) - edges.high) < 3 * scale
    if edges.low > 6 * scale:
        assert abs(np.median(values[:, -1]) - edges.low) < 6 * scale
    x = np.linspace(max(edges.low, 1e-9), edges.high, 20_001)
    assert np.trapezoid(bulk_density(x, *shape, std), x) == pytest.approx(k, rel=1e-3)


def test_chance_takes_one_untrained_matrix_in_a_thousand_beyond_an_edge() -> None:
    drawn = np.random.default_rng(1).standard_normal((6000, 30, 12))
    values = np.linalg.svd(drawn, compute_uv=False)
    edges = edges_of(30, 12, 1.0)
    assert edges is not None
    assert 0 < np.mean(values[:, 0] > edges.most) < 0.003
    assert np.mean(values[:, -1] < edges.least) < 0.003
    # within the allowance, but beyond the edge itself, there often is one
    assert 0.02 < np.mean(values[:, 0] > edges.high) < 0.3


@pytest.mark.parametrize(
    "knobs", [{"init": "he"}, {"init_distribution": "uniform", "init": "glorot"}, {"init": "lecun"}]
)
def test_no_fresh_network_has_a_value_outside(digits: Dataset, knobs: dict[str, object]) -> None:
    for seed in range(5):
        for one in spectra(frame_of(digits, hidden_sizes=(50, 30, 30), seed=seed, **knobs)):
            assert (one.above, one.below) == (0, 0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("init", ["orthogonal", "lsuv"])
def test_orthonormal_weights_have_one_singular_value_and_training_parts_them(
    digits: Dataset, init: str, dtype: str
) -> None:
    for one in spectra(frame_of(digits, init=init, hidden_sizes=(50, 80), dtype=dtype)):
        assert one.edges is not None
        assert one.edges.single
        np.testing.assert_allclose(one.values, one.edges.high, rtol=1e-5)
        assert (one.above, one.below, round(one.condition, 4)) == (0, 0, 1.0)
    first = spectra(frame_of(digits, 20, init=init, hidden_sizes=(50, 80), dtype=dtype))[0]
    assert first.above > 0


def test_what_is_learned_leaves_the_bulk(learned: Frame) -> None:
    for one in spectra(learned):
        assert one.above >= 3
        assert one.edges is not None
        assert np.all(one.initial < one.edges.most)
    (w3,) = [one for one in spectra(learned) if one.layer == 3]
    assert w3.above == np.count_nonzero(np.linalg.svd(learned.params["W3"], compute_uv=False) > w3.edges.most)


# ── the numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_values_condition_number_and_stable_rank_are_those_of_numpy(learned: Frame) -> None:
    for one in spectra(learned):
        for values, params in ((one.values, learned.params), (one.initial, learned.initial)):
            w = params[f"W{one.layer}"].astype(np.float64)
            np.testing.assert_allclose(values, np.linalg.svd(w, compute_uv=False), rtol=1e-12)
        w = learned.params[f"W{one.layer}"].astype(np.float64)
        assert one.condition == pytest.approx(np.linalg.cond(w), rel=1e-10)
        assert one.stable_rank == pytest.approx((w**2).sum() / np.linalg.norm(w, 2) ** 2, rel=1e-10)


def test_a_condition_number_beyond_the_square_root_of_the_precision_is_still_right() -> None:
    u, _, v = np.linalg.svd(RNG.standard_normal((40, 30)), full_matrices=False)
    wanted = np.geomspace(1, 1e-12, 30)
    found = singular_values((u * wanted) @ v)
    assert found[-1] == pytest.approx(1e-12, rel=1e-3)


@pytest.mark.parametrize("shape", [(20, 8), (400, 300), (3, 40, 30)])
def test_every_way_to_decompose_gives_the_same(shape: tuple[int, ...]) -> None:
    a = RNG.standard_normal(shape)
    np.testing.assert_allclose(singular_values(a), np.linalg.svd(a, compute_uv=False), rtol=1e-11)


def test_a_matrix_of_few_directions_has_exact_zeros_and_no_condition_number(digits: Dataset) -> None:
    one, _ = spectra(frame_of(digits, 30, activation="sigmoid", weight_init_std=0.0, dtype="float64"))
    assert np.count_nonzero(one.values) == 1  # all units are the same
    assert one.condition == np.inf
    assert one.stable_rank == pytest.approx(1.0)


def test_large_matrices_wait_for_the_second_look_and_very_large_ones_are_never_decomposed(digits: Dataset) -> None:
    frame = frame_of(digits, hidden_sizes=(900,), steps=0)
    assert work_of([(900, 900)])[0] < MOST_WORK < work_of([(4000, 2000)])[0]
    wide = frame_of(digits, hidden_sizes=(600, 600), steps=0)
    assert [one.measured for one in spectra(wide, 256)] == [True, False, True]
    assert [one.measured for one in spectra(frame)] == [True, True]
    plots = PANELS["spectrum"].make(wide, PANELS["spectrum"].view.with_(sample=256)).plots
    assert "W2 will be decomposed next" in [str(note.text) for note in plots[1].notes]


# ── the panel ────────────────────────────────────────────────────────────────────────────────────────────────────────


def plots_of(frame: Frame, **view: object) -> dict[str, Plot]:
    panel = PANELS["spectrum"]
    return {plot.key: plot for plot in panel.make(frame, panel.view.with_(**view)).plots}


def notes_of(plot: Plot) -> list[str]:
    return [str(note.text) for note in plot.notes]


@pytest.fixture(scope="module")
def deep(digits: Dataset) -> Frame:
    return frame_of(digits, 150, init="he", hidden_sizes=(20, 20, 16, 12, 12), learning_rate=0.3)


@pytest.mark.parametrize("log_x", [False, True])
def test_a_plot_holds_all_values_over_the_density_and_a_dot_for_each_outside(learned: Frame, *, log_x: bool) -> None:
    plots = plots_of(learned, log_x=log_x)
    for one in spectra(learned):
        marks = {mark.key: mark for mark in plots[f"spectrum_W{one.layer}"].marks}
        now, before, theory, dots = (marks[key] for key in ("now", "initial", "theory", "outside"))
        assert isinstance(now, Bars)
        assert isinstance(before, Bars)
        assert isinstance(theory, Line)
        assert isinstance(dots, Dots)
        assert now.heights.sum() == before.heights.sum() == len(one.values)
        assert before.ghost
        assert theory.dash
        assert theory.x[-1] == pytest.approx(one.edges.high)
        assert dots.x.tolist() == one.values[: one.above].tolist() + one.values[len(one.values) - one.below :].tolist()
        said = notes_of(plots[f"spectrum_W{one.layer}"])
        assert f"{one.above} above, {one.below} below the bulk by more than chance" in said
        assert any(text.startswith(f"condition number {one.condition:.3g} · stable rank") for text in said)


def test_the_density_is_a_count_a_bin(digits: Dataset) -> None:
    plot = plots_of(frame_of(digits, hidden_sizes=(60,), init="he"), log_x=False)["spectrum_W1"]
    now, theory = (mark for mark in plot.marks if mark.key in ("now", "theory"))
    assert np.trapezoid(theory.y, theory.x) / (now.edges[1] - now.edges[0]) == pytest.approx(60, rel=0.01)


def test_a_deep_network_has_a_column_of_dots_for_each_matrix_between_its_edges(deep: Frame) -> None:
    plot = plots_of(deep)["spectrum"]
    marks = {mark.key: mark for mark in plot.marks}
    for one in spectra(deep):
        for key, values in (("now", one.values), ("initial", one.initial)):
            np.testing.assert_array_equal(marks[f"{key}.W{one.layer}"].y, values)
            assert np.all(np.abs(marks[f"{key}.W{one.layer}"].x - one.layer) < 0.5)
        for part in ("low", "high"):
            edge = marks[f"theory.{part}"]
            assert edge.y[3 * (one.layer - 1)] == getattr(one.edges, part)
    n = sum(one.above + one.below for one in spectra(deep))
    assert any(
        text.startswith(f"{n} of {sum(len(one.values) for one in spectra(deep))} outside") for text in notes_of(plot)
    )


def test_the_mouse_reads_a_singular_value_and_where_it_lies(learned: Frame, deep: Frame) -> None:
    view, (first, *_) = PANELS["spectrum"].view, spectra(learned)
    plot = plots_of(learned)["spectrum_W1"]
    (line,) = read(plot, view, float(np.log10(first.values[2])), 0.5)
    text = str(line.text)
    assert text.startswith(f"singular value 3 of W1: {first.values[2]:.3g}, above the edge {first.edges.high:.3g}")
    assert text.endswith(f"at step 0 {first.initial[2]:.3g}")
    assert line.role == "W1"
    (line,) = read(plot, view, float(np.log10(first.values[20])), 0.5)
    assert f"singular value 21 of W1: {first.values[20]:.3g}, within the bulk" in str(line.text)
    plot = plots_of(deep)["spectrum"]
    value = spectra(deep)[3].values[1]
    (line,) = read(plot, view, 4.1, float(np.log10(value)))
    assert str(line.text).startswith(f"singular value 2 of W4: {value:.3g}, ")
    assert read(plot, view, 4.1, visible_range(plot, view)[1][1]) == ()


def test_what_is_zero_or_not_finite_is_said_in_its_place(tmp_path: Path) -> None:
    assert notes_of(plots_of(state("std 0", tmp_path))["spectrum_W1"])[0] == "exactly 0, as are all its singular values"
    infinite = plots_of(state("std 1e308, untrained", tmp_path))["spectrum_W2"]
    assert "not finite: no singular values" in notes_of(infinite)
    assert "none outside the bulk but by chance" in notes_of(plots_of(state("untrained", tmp_path))["spectrum_W1"])


def test_the_table_has_a_row_for_each_singular_value_and_leaves_out_what_is_hidden(learned: Frame) -> None:
    table = TABLES["spectrum"](learned, PANELS["spectrum"].view)[0]
    columns = dict(zip([column.name for column in table.columns], table.values, strict=True))
    assert table.n_rows == 30 + 20 + 10
    found = spectra(learned)
    np.testing.assert_array_equal(columns["singular_value"], np.concatenate([one.values for one in found]))
    assert columns["values_above"][-1] == found[-1].above
    hidden = TABLES["spectrum"](learned, View(hidden=frozenset({"theory", "initial"})))
    names = {column.name for table in hidden for column in table.columns}
    assert not {"edge_low", "singular_value_at_step_0", "spread_expected", "root_mean_square_at_step_0"} & names


def test_the_legend_lists_the_dots_with_the_first_matrix_that_has_some(digits: Dataset) -> None:
    frame = frame_of(digits, 250, init="he", hidden_sizes=(50, 50), learning_rate=0.05)
    first, *_ = (one for one in spectra(frame) if one.above + one.below)
    assert first.layer > 1
    assert [plot.key for plot in plots_of(frame).values() if plot.legend][:2] == [
        "spectrum_W1",
        f"spectrum_W{first.layer}",
    ]


def test_values_off_a_logarithmic_axis_are_counted(digits: Dataset) -> None:
    frame = frame_of(digits, 15, activation="tanh", weight_init_std=0.0, bias_init_std=1.0, hidden_sizes=(6,))
    for log_x in (True, False):
        plot = plots_of(frame, log_x=log_x)["spectrum_W1"]
        values, low = spectra(frame)[0].values, visible_range(plot, PANELS["spectrum"].view)[0][0]
        n = int(np.count_nonzero((values > 0) & (values < 10.0**low))) if log_x else 0
        said = [text for text in notes_of(plot) if text.endswith("not shown")]
        assert len(said) == (n > 0) == log_x
        assert not any("orthonormal" in text for text in notes_of(plot))
        assert all(text.startswith(f"{n} below ") for text in said)
        bars = next(mark for mark in plot.marks if mark.key == "now")
        assert bars.heights.sum() == len(values) - n - np.count_nonzero(values == 0) * log_x


@pytest.mark.parametrize("init", ["std", "orthogonal"])
def test_weights_of_a_file_are_held_against_independent_ones_of_their_size(
    digits: Dataset, tmp_path: Path, init: str
) -> None:
    rng = np.random.default_rng(0)
    w1, w2 = rng.standard_normal((64, 20)), rng.standard_normal((20, 10))
    w2 += 3 * np.outer(rng.standard_normal(20), rng.standard_normal(10))
    np.savez(tmp_path / "own.npz", W1=w1, b1=np.zeros(20), W2=w2, b2=np.zeros(10))
    frame = frame_of(digits, weights=str(tmp_path / "own.npz"), init=init, hidden_sizes=(20,))
    one, two = spectra(frame)
    assert one.edges.high == pytest.approx(np.sqrt((w1**2).mean()) * (8 + np.sqrt(20)), rel=1e-6)
    assert (one.above, one.below, two.above) == (0, 0, 1)
    assert any("as those of the file" in text for text in notes_of(plots_of(frame)["spectrum_W1"]))
    (*_, seeds) = PANELS["variance"].make(frame, PANELS["variance"].view).plots
    assert "weights of a file are the same for every seed" in [str(note.text) for note in seeds.notes]


def test_the_plots_of_a_deep_network_lie_below_one_another_and_of_others_side_by_side(
    deep: Frame, learned: Frame
) -> None:
    for frame, columns in ((deep, 1), (learned, 2)):
        assert columns_in(PANELS["spectrum"].make(frame, PANELS["spectrum"].view), 550, 430) == columns
