"""Data that leaves keeps its meaning: names, units and places in the network, in a layout that every reader takes."""

import csv
import itertools
import json
import math
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from model.data.dataset import Dataset
from model.data.prepare import load
from model.figures.export import save_shot, save_tables
from model.figures.figure import Bars, Compared, Dots, Line, View
from model.figures.panels import PANELS
from model.figures.picture import PictureOptions
from model.figures.provenance import companion_of
from model.figures.shot import Shot
from model.figures.tables import TABLES
from model.figures.tables.table import Column, Table, gaps, table_of
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper
from model.words import msg
from tests.model.picture_figures import PROVENANCE

Row = dict[str, str]


def frame_of(spec: TrainingSpec, data: Dataset | None = None, steps: int | None = None) -> Frame:
    engine = Engine(spec, data or load(spec.data_request), ClassStepper)
    with np.errstate(all="ignore"):
        engine.train(spec.steps if steps is None else steps)
    frame = engine.recording.frame()
    assert frame is not None
    return frame


SMALL = TrainingSpec(steps=30, hidden_sizes=(7, 5), eval_every=4)


@pytest.fixture(scope="module")
def trained() -> Frame:
    return frame_of(SMALL)


@pytest.fixture(scope="module")
def before() -> Frame:
    return frame_of(SMALL.replaced(steps=12, weight_init_std=0.3))


def rows(panel: str, frame: Frame, folder: Path, view: View | None = None) -> list[Row]:
    """Export a panel's CSV and read it as anybody would."""
    path = folder / f"{panel}.csv"
    shot = Shot(PANELS[panel], frame, view or PANELS[panel].view)
    save_shot(shot, path, options=PictureOptions(), overwrite=True)
    return read(path)


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def numbers(found: list[Row], column: str) -> np.ndarray:
    return np.array([float(row[column]) for row in found if row[column] != ""])


# ── each panel ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_panel_has_data():
    assert list(TABLES) == list(PANELS)


def test_loss_is_a_row_for_each_step_and_the_test_loss_stands_where_it_was_measured(trained: Frame, tmp_path: Path):
    found = rows("loss", trained, tmp_path)
    assert list(found[0]) == ["step", "loss", "test_loss"]
    assert [int(row["step"]) for row in found] == list(range(31))
    assert numbers(found, "loss").tolist() == trained.loss.tolist()
    assert found[30]["loss"] == ""
    measured = {int(row["step"]): float(row["test_loss"]) for row in found if row["test_loss"]}
    assert measured == dict(zip(trained.eval_steps.tolist(), trained.evaluations[:, 2].tolist(), strict=True))


def test_gradients_have_a_column_for_each_parameter_raw_and_smoothed(trained: Frame, tmp_path: Path):
    found = rows("gradients", trained, tmp_path, View(smoothing=0.5))
    for place, name in enumerate(("W1", "b1", "W2", "b2", "W3", "b3")):
        values = numbers(found, f"grad_norm_{name}")
        assert values.tolist() == trained.grad_norms[:, place].tolist()
        # the start-corrected average of two values with weight 1/2 on the past
        assert numbers(found, f"grad_norm_{name}_smoothed")[1] == pytest.approx((values[0] + 2 * values[1]) / 3)
    assert "grad_norm_W1_smoothed" not in rows("gradients", trained, tmp_path, View())[0]


def test_accuracy_is_a_row_for_each_evaluation(trained: Frame, tmp_path: Path):
    found = rows("accuracy", trained, tmp_path)
    assert numbers(found, "step").tolist() == trained.eval_steps.tolist()
    assert numbers(found, "train_accuracy").tolist() == trained.evaluations[:, 0].tolist()
    assert numbers(found, "test_accuracy").tolist() == trained.evaluations[:, 1].tolist()


def test_updates_say_that_they_are_powers_of_ten_and_give_infinity_for_what_was_0(trained: Frame, tmp_path: Path):
    found = rows("updates", trained, tmp_path)
    with np.errstate(all="ignore"):
        expected = np.log10(trained.update_norms / trained.weight_norms)
    assert found[0]["log10_update_ratio_b1"] == "inf"
    np.testing.assert_array_equal(numbers(found, "log10_update_ratio_W2"), expected[:, 2])


def test_a_compared_run_stands_below_by_its_name_and_can_be_hidden(trained: Frame, before: Frame, tmp_path: Path):
    view = View(compared=(Compared(before),))
    for panel, column, values in (
        ("loss", "loss", before.loss),
        ("gradients", "grad_norm_W1", before.grad_norms[:, 0]),
        ("accuracy", "train_accuracy", before.evaluations[:, 0]),
    ):
        found = rows(panel, trained, tmp_path, view)
        others = [row for row in found if row["run"] != "now"]
        assert found[0]["run"] == "now"
        assert {row["run"] for row in others} == {"std 0.3, 12 steps"} or "0.3" in others[0]["run"]
        assert numbers(others, column).tolist() == values.tolist()
        hidden = rows(panel, trained, tmp_path, view.with_(hidden=frozenset({f"run{before.run}"})))
        assert hidden == rows(panel, trained, tmp_path, View())


@pytest.mark.parametrize(
    ("panel", "hidden", "column"),
    [
        ("loss", "train", "loss"),
        ("loss", "test", "test_loss"),
        ("accuracy", "test", "test_accuracy"),
        ("gradients", "W2", "grad_norm_W2"),
        ("updates", "b1", "log10_update_ratio_b1"),
        ("weights", "initial", "count_at_step_0"),
        ("weights", "density", "count_expected"),
        ("variance", "seeds", "seeds_lowest"),
        ("variance", "theory", "theory"),
        ("randn", "density", "count_expected"),
    ],
)
def test_what_is_hidden_is_not_in_the_data(panel: str, hidden: str, column: str, trained: Frame, tmp_path: Path):
    view = PANELS[panel].view
    assert column in rows(panel, trained, tmp_path, view)[0]
    assert column not in rows(panel, trained, tmp_path, view.with_(hidden=frozenset({hidden})))[0]


def test_weights_are_counted_by_parameter_between_edges(trained: Frame, tmp_path: Path):
    found = rows("weights", trained, tmp_path, View(bins=13))
    for name, values in trained.params.items():
        own = [row for row in found if row["parameter"] == name]
        low, high = numbers(own, "value_from"), numbers(own, "value_to")
        assert len(own) == 13
        np.testing.assert_array_equal(low[1:], high[:-1])
        counted = [
            np.count_nonzero((values >= a) & (values < b) & (values != 0)) for a, b in zip(low, high, strict=True)
        ]
        np.testing.assert_allclose(numbers(own, "count"), counted, atol=1)
        assert {int(row["values"]) for row in own} == {values.size}
    own = [row for row in found if row["parameter"] == "W1"]
    assert numbers(own, "count_expected").sum() == pytest.approx(64 * 7, rel=0.02)


@pytest.mark.parametrize(("panel", "which"), [("activations", "outputs"), ("backprop", "deltas")])
def test_layers_are_counted_with_their_mean_and_std(panel: str, which: str, trained: Frame, tmp_path: Path):
    from model.insight.passes import passes

    values = getattr(passes(trained, 0), which)
    for layer, width in ((1, 7), (2, 5)):
        own = [row for row in rows(panel, trained, tmp_path) if row["layer"] == str(layer)]
        assert {row["units"] for row in own} == {str(width)}
        assert float(own[0]["std"]) == pytest.approx(values[layer - 1].std(dtype=np.float64), rel=1e-6)
        assert int(own[0]["values"]) == values[layer - 1].size
        assert numbers(own, "count").sum() <= values[layer - 1].size


def test_every_weight_says_which_unit_it_links_to_which(trained: Frame, tmp_path: Path):
    found = rows("network", trained, tmp_path)
    assert len(found) == 64 * 7 + 7 * 5 + 5 * 10
    for row in found[:: len(found) // 50]:
        matrix = row["parameter"]
        assert int(row["to_layer"]) == int(row["from_layer"]) + 1 == int(matrix[1:])
        place = int(row["from_unit"]), int(row["to_unit"])
        assert float(row["weight"]) == float(trained.params[matrix][place])
        assert float(row["weight_at_step_0"]) == float(trained.initial[matrix][place])


def test_features_say_which_pixel_of_which_unit(trained: Frame, tmp_path: Path):
    found = rows("features", trained, tmp_path)
    assert len(found) == 7 * 65
    for row in found[::13]:
        unit = int(row["unit"])
        if row["feature"] == "bias":
            assert row["row"] == row["column"] == ""
            assert float(row["weight"]) == float(trained.params["b1"][unit])
        else:
            pixel = 8 * int(row["row"]) + int(row["column"])
            assert float(row["weight"]) == float(trained.params["W1"][pixel, unit])


def test_symmetry_has_each_pair_of_units_of_each_layer(trained: Frame, tmp_path: Path):
    found = rows("symmetry", trained, tmp_path)
    pairs = [(row["layer"], row["unit"], row["other_unit"]) for row in found]
    expected = [(str(n), str(a), str(b)) for n, k in ((1, 7), (2, 5)) for a in range(k) for b in range(a, k)]
    assert pairs == expected
    vectors = np.concatenate([trained.params["W1"], trained.params["b1"][None], trained.params["W2"].T]).astype(float)
    a, b = vectors[:, 2], vectors[:, 6]
    cosine = next(row["cosine"] for row in found if (row["layer"], row["unit"], row["other_unit"]) == ("1", "2", "6"))
    assert float(cosine) == pytest.approx(a @ b / np.linalg.norm(a) / np.linalg.norm(b), rel=1e-6)


def test_variance_stands_at_whole_layers_with_the_ends_of_the_whiskers(trained: Frame, tmp_path: Path):
    found = rows("variance", trained, tmp_path)
    for key, quantity, layers in (
        ("variance_forward", "signal", [0, 1, 2]),
        ("variance_correlation", "correlation", [0, 1, 2]),
        ("variance_backward", "gradient", [1, 2, 3]),
    ):
        own = [row for row in found if row["quantity"] == quantity]
        assert [int(row["layer"]) for row in own] == layers
        (plot,) = [plot for plot in PANELS["variance"].make(trained, PANELS["variance"].view).plots if plot.key == key]
        marks = {mark.key: mark for mark in plot.marks}
        seeds, now, theory = marks["seeds"], marks["now"], marks["theory"]
        assert isinstance(seeds, Dots)
        assert isinstance(now, Dots)
        assert isinstance(theory, Line)
        for column, values in (
            ("now", now.y), ("theory", theory.y), ("seeds_median", seeds.y),
            ("seeds_lowest", seeds.low), ("seeds_highest", seeds.high),
        ):  # fmt: skip
            assert values is not None
            assert numbers(own, column).tolist() == values.tolist()


def test_why_is_its_sentences_with_source_and_panel(trained: Frame, tmp_path: Path):
    found = rows("why", trained, tmp_path)
    said = PANELS["why"].make(trained, View()).passages
    assert [row["sentence"] for row in found] == [str(passage.text) for passage in said]
    assert len(found) > 0
    assert all(row["panel"] in PANELS for row in found if row["panel"])
    assert any(row["formula_and_source"] for row in found)


def test_decisions_are_answers_by_sample_and_their_confusion(trained: Frame, tmp_path: Path):
    found = rows("decision", trained, tmp_path)
    samples = [row for row in found if row["table"] == "samples"]
    confusion = [row for row in found if row["table"] == "confusion"]
    assert len(samples) == trained.data.n_test
    assert len(confusion) == 100
    assert [row["true_class"] for row in samples] == [str(k) for k in trained.data.t_test]
    for row in confusion:
        pair = row["true_class"], row["predicted_class"]
        assert int(row["samples"]) == sum((s["true_class"], s["predicted_class"]) == pair for s in samples)
    right = np.mean([row["true_class"] == row["predicted_class"] for row in samples])
    assert right == pytest.approx(trained.accuracy[1])


def test_a_map_gives_a_probability_for_each_class_at_each_place(tmp_path: Path):
    frame = frame_of(TrainingSpec(dataset="moons", samples=60, steps=3, hidden_sizes=(4,)))
    found = rows("decision", frame, tmp_path)
    over = [row for row in found if row["table"] == "map"]
    for first, second in itertools.islice(zip(over[::2], over[1::2], strict=True), 50):
        assert (first["x1"], first["x2"]) == (second["x1"], second["x2"])
        assert float(first["probability"]) + float(second["probability"]) == pytest.approx(1, rel=1e-5)
    points = [row for row in found if row["table"] == "samples"]
    assert [row["part"] for row in points].count("test") == frame.data.n_test
    hidden = rows("decision", frame, tmp_path, View(hidden=frozenset({"class1"})))
    assert {row["true_class"] for row in hidden if row["table"] == "samples"} == {frame.data.class_names[0]}
    units = [row for row in rows("decision", frame, tmp_path, View(layer=1)) if row["table"] == "units"]
    assert {row["unit"] for row in units} == {"0", "1", "2", "3"}


def test_the_bench_gives_its_numbers_and_their_histogram(trained: Frame, tmp_path: Path):
    found = rows("randn", trained, tmp_path)
    drawn = numbers([row for row in found if row["table"] == "numbers"], "number")
    np.testing.assert_array_equal(drawn, np.random.RandomState(0).randn(64, 7).ravel())
    bins = [row for row in found if row["table"] == "histogram"]
    assert numbers(bins, "count").sum() == len(drawn)


OF_OTHERS = ("seeds", "between", "sharpness", "response", "map")
"""Panels of other runs or earlier steps, which nobody has asked for."""
STATES = {
    "untrained": TrainingSpec(steps=0),
    "zero": TrainingSpec(steps=3, weight_init_std=0.0),
    "infinite": TrainingSpec(steps=3, weight_init_std=1e308, hidden_sizes=(4, 4)),
    "diverged": TrainingSpec(steps=20, learning_rate=1e20),
    "plane": TrainingSpec(dataset="spirals", samples=50, steps=3),
    "no test set": TrainingSpec(train_fraction=1, steps=3),
    "one unit": TrainingSpec(hidden_sizes=(1,), steps=3),
}


@pytest.mark.parametrize("state", STATES)
def test_every_panel_can_be_exported_in_every_state(state: str, tmp_path: Path):
    frame = frame_of(STATES[state])
    for panel in PANELS:
        found = rows(panel, frame, tmp_path)
        assert found or panel in {"loss", "gradients", "gradcheck", "why", *OF_OTHERS}, panel
        save_shot(Shot(PANELS[panel], frame, PANELS[panel].view), tmp_path / f"{panel}.npz", options=PictureOptions())


def test_what_is_not_finite_is_counted_where_nothing_can_be_drawn(tmp_path: Path):
    found = rows("weights", frame_of(STATES["infinite"].replaced(steps=0)), tmp_path)
    (row,) = [row for row in found if row["parameter"] == "W1"]
    assert (row["value_from"], row["count"], row["infinite"], row["values"]) == ("", "0", "256", "256")


# ── the layout ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("panel", PANELS)
def test_a_csv_is_a_header_and_rows_of_its_length_and_nothing_else(panel: str, trained: Frame, tmp_path: Path):
    rows(panel, trained, tmp_path)
    raw = (tmp_path / f"{panel}.csv").read_bytes()
    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    header, *others = csv.reader(raw.decode("utf-8").splitlines())
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) for name in header)
    assert len(set(header)) == len(header)
    assert {len(row) for row in others} <= {len(header)}
    assert others or panel in OF_OTHERS


@pytest.mark.parametrize("panel", PANELS)
def test_the_companion_tells_the_meaning_of_each_column_and_the_unit_of_what_has_one(
    panel: str, trained: Frame, tmp_path: Path
):
    rows(panel, trained, tmp_path)
    told = json.loads(companion_of(tmp_path / f"{panel}.csv").read_text("utf-8"))
    columns = told["tableSchema"]["columns"]
    with (tmp_path / f"{panel}.csv").open(encoding="utf-8") as file:
        assert [column["name"] for column in columns] == next(csv.reader(file))
    assert all(len(column["dc:description"]) > 5 for column in columns)
    units = {column["name"]: column.get("schema:unitText") for column in columns}
    if panel == "loss":
        assert units == {"step": None, "loss": "nat", "test_loss": "nat"}


def test_the_window_and_the_command_line_name_the_same_thing_alike(trained: Frame, tmp_path: Path):
    from model.figures.tables.record import save_curves

    engine = Engine(SMALL, load(SMALL.data_request), ClassStepper)
    engine.train(30)
    save_curves(engine, tmp_path / "run.csv")
    whole = read(tmp_path / "run.csv")
    for panel in ("loss", "gradients"):
        found = rows(panel, trained, tmp_path, View())
        for name in whole[0].keys() & found[0].keys():
            assert [row[name] for row in found if row["loss" if panel == "loss" else "grad_norm_W1"]] == [
                row[name] for row in whole
            ]
    assert list(whole[0])[:3] == ["step", "loss", "grad_norm_W1"]
    assert json.loads(companion_of(tmp_path / "run.csv").read_text("utf-8"))["url"] == "run.csv"


@pytest.mark.skipif(find_spec("pandas") is None, reason="pandas is not installed")
@pytest.mark.parametrize("panel", PANELS)
def test_pandas_reads_every_table_without_arguments(panel: str, trained: Frame, tmp_path: Path):
    import pandas as pd  # type: ignore[import-not-found]

    expected = rows(panel, trained, tmp_path)
    found = pd.read_csv(tmp_path / f"{panel}.csv")
    assert len(found) == len(expected)
    told = json.loads(companion_of(tmp_path / f"{panel}.csv").read_text("utf-8"))
    for column in told["tableSchema"]["columns"]:
        assert (column["datatype"] == "string") or found[column["name"]].dtype.kind in "if"


EXACT = np.array([0.1, 1 / 3, 1e-310, 5e-324, 1.7976931348623157e308, -0.0, np.nan, np.inf, -np.inf])


def made(*columns: tuple[str, object]) -> Table:
    return table_of("t", *((Column(name, "number", msg("x")), values) for name, values in columns))


def test_numbers_come_back_exactly_and_missing_ones_are_empty(tmp_path: Path):
    hole = np.ma.concatenate([EXACT[:1], gaps(8)])
    save_tables((made(("a", EXACT), ("b", np.arange(9)), ("c", hole)),), tmp_path / "t.csv", "T", provenance=PROVENANCE)
    found = read(tmp_path / "t.csv")
    assert np.array([float(row["a"]) for row in found]).tobytes() == EXACT.tobytes()
    assert [row["a"] for row in found[6:]] == ["nan", "inf", "-inf"]
    assert [row["b"] for row in found] == [str(n) for n in range(9)]
    assert [row["c"] for row in found] == ["0.1", *[""] * 8]


@pytest.mark.parametrize("name", ['=cmd|"/c calc"!A1', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_no_text_in_a_csv_can_become_a_formula(name: str, tmp_path: Path):
    table = made(("a", [name, "fine"]), ("b", np.array([-1.0, 2.0])))
    save_tables((table,), tmp_path / "t.csv", "T", provenance=PROVENANCE)
    found = read(tmp_path / "t.csv")
    assert found[0]["a"].startswith("'")
    assert (found[1]["a"], found[0]["b"]) == ("fine", "-1.0")


def test_names_of_classes_from_a_file_cannot_become_a_formula(trained: Frame, tmp_path: Path):
    data = trained.data
    names = ("=1+1", *data.class_names[1:])
    renamed = Dataset(data.name, data.x_train, data.t_train, data.x_test, data.t_test, names, data.image_shape)
    found = rows("decision", frame_of(SMALL.replaced(steps=1), renamed), tmp_path)
    assert "'=1+1" in {row["true_class"] for row in found}
    assert "=1+1" not in {cell for row in found for cell in row.values()}


def test_npz_holds_the_same_columns_without_pickles(trained: Frame, tmp_path: Path):
    for panel in PANELS:
        path = tmp_path / f"{panel}.npz"
        shot = Shot(PANELS[panel], trained, PANELS[panel].view)
        save_shot(shot, path, options=PictureOptions())
        found = rows(panel, trained, tmp_path)
        with np.load(path, allow_pickle=False) as arrays:
            told = {name: (unit, meaning) for name, unit, meaning in arrays["columns"].tolist()}
            assert set(told) == {name for name in arrays if "/" in name}
            for table in shot.tables():
                own = [row for row in found if row.get("table", table.name) == table.name]
                for column in table.columns:
                    held = arrays[f"{table.name}/{column.name}"]
                    assert len(held) == len(own)
                    if column.kind != "string":
                        cells = np.array([float(row[column.name] or math.nan) for row in own])
                        np.testing.assert_array_equal(held, cells)


def test_the_histogram_in_the_data_is_the_one_that_is_drawn(trained: Frame, tmp_path: Path):
    found = rows("weights", trained, tmp_path)
    for plot in PANELS["weights"].make(trained, View()).plots:
        (bars,) = [mark for mark in plot.marks if isinstance(mark, Bars) and mark.key == "now"]
        own = [row for row in found if row["parameter"] == plot.key]
        assert numbers(own, "count").tolist() == bars.heights.tolist()


def test_every_column_is_documented(trained: Frame, tmp_path: Path):
    text = (Path(__file__).resolve().parents[2] / "docs" / "exported-data.md").read_text("utf-8")
    told = set(re.findall(r"`([A-Za-z0-9_]+)`", text))
    plane = frame_of(TrainingSpec(dataset="moons", samples=60, steps=3, hidden_sizes=(4,)))
    seen = View(unit=(1, 0), smoothing=0.5)
    for frame, view in ((trained, seen), (plane, seen), (plane, seen.with_(layer=1))):
        for panel in PANELS:
            names = {column.name for table in TABLES[panel](frame, view) for column in table.columns}
            names = {re.sub(r"_(W|b)\d+", "_W1", name) for name in names}
            assert names <= told, panel
