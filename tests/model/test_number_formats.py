"""The limits of number formats, held against NumPy's own half precision and against tables of every number there is."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import main
from model.data.prepare import load
from model.figures.figure import Axis, Figure, Guide, Plot, Texts, View
from model.figures.legend import legend_entries
from model.figures.panels import PANELS
from model.figures.panels.format_limits import limits_on
from model.figures.recipe import read_recipe
from model.insight.number_formats import FORMATS, Beyond, beyond, beyond_gradients
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.knob import SpecError
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper
from model.words import msg


def numbers_of(exponent_bits: int, digits: int, *, finite_top: bool) -> np.ndarray:
    """Every number from 0 up that a format has, from its bits; with `finite_top` only the last code is none."""
    bias = 2 ** (exponent_bits - 1) - 1
    codes = np.arange(2 ** (exponent_bits + digits))
    exponent, fraction = codes >> digits, (codes & (2**digits - 1)) / 2.0**digits
    normal = exponent > 0
    values = np.where(normal, (1 + fraction) * 2.0 ** (exponent - bias), fraction * 2.0 ** (1 - bias))
    last = len(codes) - 1 if finite_top else (2**exponent_bits - 1) << digits
    return values[:last]


NUMBERS = {
    "fp16": numbers_of(5, 10, finite_top=False),
    "bf16": numbers_of(8, 7, finite_top=False),
    "e4m3": numbers_of(4, 3, finite_top=True),
    "e5m2": numbers_of(5, 2, finite_top=False),
}
NORMAL = {"fp16": 2.0**-14, "bf16": 2.0**-126, "e4m3": 2.0**-6, "e5m2": 2.0**-14}


def by_table(values: np.ndarray, name: str) -> Beyond:
    """Round each value to the nearest number of the table, ties to the even code; beyond the last lies one more."""
    numbers = NUMBERS[name]
    table = np.append(numbers, 2 * numbers[-1] - numbers[-2])
    sizes = np.abs(values.astype(np.float64)).ravel()
    sizes = sizes[(sizes > 0) & (sizes < np.inf)]
    above = np.clip(np.searchsorted(table, sizes), 1, len(table) - 1)
    low, high = sizes - table[above - 1], table[above] - sizes
    code = np.where((high < low) | ((high == low) & (above % 2 == 0)), above, above - 1)
    rounded = table[code]
    return Beyond(
        len(sizes),
        int((code == len(numbers)).sum()),
        int((rounded == 0).sum()),
        int(((rounded > 0) & (rounded < NORMAL[name])).sum()),
    )


@pytest.mark.parametrize("name", FORMATS)
def test_the_limits_of_a_format_are_those_of_its_numbers(name: str) -> None:
    numbers = NUMBERS[name]
    assert FORMATS[name].limits == (numbers[1], NORMAL[name], numbers[-1])


@given(arrays.arrays(np.float64, 50, elements=st.floats(width=64)))
def test_half_precision_counts_are_those_of_numpys_own_cast(values: np.ndarray) -> None:
    with np.errstate(all="ignore"):
        cast = values.astype(np.float16)
    known = np.isfinite(values) & (values != 0)
    size = np.abs(cast[known].astype(np.float64))
    subnormal = int(((size > 0) & (size < 2.0**-14)).sum())
    expected = Beyond(int(known.sum()), int(np.isinf(size).sum()), int((size == 0).sum()), subnormal)
    assert beyond(values, "fp16") == expected


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_counts_are_those_of_rounding_to_the_nearest_number_there_is(name: str, dtype: str) -> None:
    numbers = NUMBERS[name]
    with np.errstate(over="ignore"):
        between = (numbers[:-1] + numbers[1:]) / 2
        edge = np.array([numbers[-1] + (numbers[-1] - numbers[-2]) / 2])
        near = np.concatenate([numbers, between, edge, edge * 2])
        values = np.concatenate([near, np.nextafter(near, 0), np.nextafter(near, np.inf), [np.nan, np.inf, -np.inf]])
        values = np.concatenate([values, -values]).astype(dtype)
    assert beyond(values, name) == by_table(values, name)


def test_half_precision_ends_at_65520_and_begins_above_half_of_its_smallest_number() -> None:
    values = np.array([65519.99, 65520.0, 2.0**-25, np.nextafter(2.0**-25, 1), 0.0, 1.0])
    assert beyond(values, "fp16") == Beyond(5, overflow=1, to_zero=1, subnormal=1)
    assert beyond(np.array([464.0, 464.01]), "e4m3").overflow == 1


def frame_of(steps: int = 20, **knobs: object) -> Frame:
    spec = TrainingSpec().replaced(steps=20, **knobs)
    engine = Engine(spec, load(spec.data_request), ClassStepper)
    with np.errstate(all="ignore"):
        engine.train(steps)
    frame = engine.recording.frame()
    assert frame is not None
    return frame


@pytest.fixture(scope="module")
def vanishing() -> Frame:
    return frame_of(hidden_sizes=(20,) * 5, dtype="float64")


def drawn(panel: str, frame: Frame, **view: object) -> Figure:
    return PANELS[panel].make(frame, PANELS[panel].view.with_(**view))


def test_gradient_entries_are_counted_in_the_gradient_of_a_batch(vanishing: Frame) -> None:
    data, params = vanishing.data, vanishing.params
    rows = np.linspace(0, data.n_train - 1, 100).round().astype(int)
    h, zs = [data.x_train[rows]], []
    for layer in range(1, 7):
        zs.append(h[-1] @ params[f"W{layer}"] + params[f"b{layer}"])
        h.append(np.maximum(zs[-1], 0))
    p = np.exp(zs[-1] - zs[-1].max(axis=1, keepdims=True))
    delta = (p / p.sum(axis=1, keepdims=True) - np.eye(10)[data.t_train[rows]]) / 100
    found = beyond_gradients(vanishing, "fp16")
    assert list(found) == list(vanishing.layout.names)
    for layer in range(6, 0, -1):
        for name, values in ((f"W{layer}", h[layer - 1].T @ delta), (f"b{layer}", delta.sum(axis=0))):
            assert found[name].to_zero == int(((values != 0) & (values.astype(np.float16) == 0)).sum())
        if layer > 1:
            delta = (delta @ params[f"W{layer}"].T) * (zs[layer - 2] > 0)
    assert found["W1"].to_zero == found["W1"].n > 0


def guides_of(plot: Plot) -> list[Guide]:
    return [mark for mark in plot.marks if isinstance(mark, Guide) and "limit" in mark.key]


def guides(figure: Figure, plot: int = 0) -> dict[str, float]:
    return {guide.key: guide.at for guide in guides_of(figure.plots[plot])}


def words(figure: Figure) -> str:
    texts = [str(text) for plot in figure.plots for m in plot.marks if isinstance(m, Texts) for text in m.texts]
    return " ".join([*texts, *(str(note.text) for plot in figure.plots for note in plot.notes)])


def test_a_format_is_drawn_only_where_it_is_asked_for(vanishing: Frame) -> None:
    for panel in ("activations", "backprop", "variance", "gradients"):
        assert "number_format" in PANELS[panel].options
        assert "fp16" not in words(drawn(panel, vanishing))
        assert not guides(drawn(panel, vanishing))
        assert "fp16" in words(drawn(panel, vanishing, number_format="fp16"))


def test_limits_in_the_range_are_lines_and_others_are_said_without_squeezing_the_data(vanishing: Frame) -> None:
    on_log = drawn("backprop", vanishing, log_x=True, number_format="fp16")
    assert guides(on_log) == pytest.approx({"limit_subnormal": 2.0**-24, "limit_normal": 2.0**-14})
    assert "largest 65504" in words(on_log)
    plain, shown = drawn("backprop", vanishing), drawn("backprop", vanishing, number_format="fp16")
    assert plain.plots[0].x == shown.plots[0].x
    assert not guides(shown)
    assert "smallest normal 6.1×10⁻⁵; largest 65504" in words(shown)


def test_a_limit_just_outside_the_range_draws_the_range_to_it_and_one_far_outside_is_said() -> None:
    view = View(number_format="e4m3")
    near = limits_on(Axis(msg("value"), extent=(0.0, 400.0)), view, "vertical")
    assert near.axis.extent == (0.0, 448.0)
    assert [guide.at for guide in near.guides] == [448.0]
    far = limits_on(Axis(msg("value"), extent=(0.0, 300.0)), view, "vertical")
    assert (far.axis.extent, far.guides) == ((0.0, 300.0), ())
    assert "largest 448" in str(far.notes[0].text)
    both = limits_on(Axis(msg("value"), extent=(-500.0, 500.0)), view, "vertical")
    assert sorted(guide.at for guide in both.guides) == [-448.0, 448.0]


@pytest.mark.parametrize(("panel", "n_plots"), [("variance", 2), ("gradients", 1)])
def test_each_line_has_its_name_beside_it_and_takes_no_room_in_the_legend(
    vanishing: Frame, panel: str, n_plots: int
) -> None:
    plots = [plot for plot in drawn(panel, vanishing, number_format="fp16").plots if guides_of(plot)]
    assert len(plots) == n_plots
    for plot in plots:
        named = {mark.key.removesuffix(".name"): mark for mark in plot.marks if isinstance(mark, Texts)}
        assert [str(mark.texts[0]) for mark in named.values()] == ["min subnormal", "min normal"]
        for guide in guides_of(plot):
            assert abs(np.log10(named[guide.key].y[0] / guide.at)) == pytest.approx(named[guide.key].room / 2)
            assert str(guide.label).startswith(str(named[guide.key].texts[0]))
            assert guide.key not in legend_entries(plot.marks)


def test_rows_leave_room_for_their_histograms_where_they_say_shares(vanishing: Frame) -> None:
    assert "% zero" in words(drawn("backprop", vanishing))
    said = words(drawn("backprop", vanishing, number_format="fp16"))
    assert "become 0, " in said
    assert "% zero" not in said


def test_variance_draws_the_limits_squared(vanishing: Frame) -> None:
    figure = drawn("variance", vanishing, number_format="fp16")
    assert guides(figure)["limit_normal"] == pytest.approx(2.0**-28)
    assert not guides(figure, 1)
    assert guides(figure, 2)["limit_subnormal"] == pytest.approx(2.0**-48)


def test_the_shares_are_said_layer_by_layer_where_rows_have_no_room() -> None:
    deep = frame_of(0, hidden_sizes=(30,) * 12, weight_init_std=2.0)
    figure = drawn("activations", deep, number_format="fp16")
    (note,) = [str(n.text) for n in figure.plots[0].notes if "overflow to ∞" in str(n.text)]
    assert note.startswith("% of values other than 0 that overflow to ∞ in fp16: 1–")
    assert note.endswith("12: 100")


def test_a_format_that_holds_all_says_so(vanishing: Frame) -> None:
    assert "bf16 holds all entries other than 0" in words(drawn("gradients", vanishing, number_format="bf16"))


@pytest.mark.parametrize("panel", ["activations", "variance", "gradients"])
def test_the_command_line_takes_a_format_and_its_files_remember_it(panel: str, tmp_path: Path) -> None:
    words = ["--steps", "3", "--panels", panel, "--images", str(tmp_path), "--format", "csv"]
    assert main.main(["train", *words, "--number-format", "e5m2"]) == 0
    with (tmp_path / f"{panel}.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["number_format"]]
    assert {row["number_format"] for row in rows} == {"e5m2"}
    for row in rows:
        parts = [int(row[name]) for name in ("overflow", "to_zero", "subnormal")]
        assert 0 <= sum(parts) <= int(row["other_than_zero"])
    view = read_recipe(tmp_path / f"{panel}.csv").view
    assert view is not None
    assert view.number_format == "e5m2"


def test_a_file_from_before_there_were_formats_can_be_read_and_one_of_no_format_cannot(tmp_path: Path) -> None:
    main.main(["train", "--steps", "1", "--panels", "loss", "--images", str(tmp_path), "--format", "csv"])
    companion = tmp_path / "loss.csv-metadata.json"
    text = companion.read_text(encoding="utf-8")
    said = r"\"number_format\": \"none\", "
    assert text.count(said) == 1
    companion.write_text(text.replace(said, ""), encoding="utf-8")
    view = read_recipe(tmp_path / "loss.csv").view
    assert view is not None
    assert view.number_format == "none"
    companion.write_text(text.replace(said, said.replace("none", "fp4")), encoding="utf-8")
    with pytest.raises(SpecError, match="number_format"):
        read_recipe(tmp_path / "loss.csv")


def test_panels_that_only_draw_are_made_elsewhere_while_they_count() -> None:
    panel = PANELS["gradients"]
    assert not panel.is_slow(panel.view)
    assert panel.is_slow(panel.view.with_(number_format="fp16"))
    assert not PANELS["loss"].is_slow(View(number_format="fp16"))
