"""The coordinate check and the rate transfer agree with the runs they speak of, and say what the numbers say."""

import math
from dataclasses import replace

import numpy as np
import pytest

from model.data.prepare import load
from model.figures.figure import Dots, Figure, View
from model.figures.panels import PANELS
from model.figures.panels.coordinate import fraction
from model.figures.reading import read
from model.figures.tables import TABLES
from model.insight.coordinate import coordinates, slopes
from model.insight.transfer import transfer
from model.insight.width_runs import WidthRequest, gathered, request_of
from model.network.multi_layer_net import MultiLayerNet
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.knob import SpecError
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper, kernel_stepper

pytestmark = pytest.mark.usefixtures("whole_surveys")

SMALL = {"dataset": "moons", "samples": 60, "batch_size": 10, "steps": 0, "hidden_sizes": (8, 8), "init": "he"}
TABLE = {
    # hidden 1, hidden 2, logits, for endless width: of the table of the field
    ("standard", "sgd"): (-0.5, 0.5, 1.0), ("standard", "adam"): (0.0, 1.0, 1.5),
    ("mup", "sgd"): (0.0, 0.0, 0.0), ("mup", "adam"): (0.0, 0.0, 0.0),
}  # fmt: skip
SMALL_STEPS = {"sgd": 1e-3, "adam": 1e-5}


def frame_of(**knobs: object) -> Frame:
    spec = TrainingSpec.from_values({**SMALL, **knobs})
    frame = Engine(spec, load(spec.data_request), ClassStepper).recording.frame()
    assert frame is not None
    return frame


def of_digits(parametrization: str, optimizer: str, **knobs: object) -> Frame:
    """The network of the table: He, with a readout of standard deviation 1/√n, and a batch of 64."""
    return frame_of(
        dataset="digits", hidden_sizes=(64, 64), parametrization=parametrization, optimizer=optimizer, batch_size=64,
        learning_rate=SMALL_STEPS[optimizer], layer_gains=(1.0, 1.0, math.sqrt(0.5)), **knobs,
    )  # fmt: skip


def said(figure: Figure) -> str:
    return " ".join(str(passage.text) for passage in figure.passages)


@pytest.mark.parametrize("optimizer", ["sgd", "nesterov", "adam"])
@pytest.mark.parametrize("parametrization", ["standard", "mup"])
def test_what_is_said_to_have_moved_is_what_the_run_of_that_width_and_seed_moves(
    parametrization: str, optimizer: str
) -> None:
    frame = frame_of(optimizer=optimizer, parametrization=parametrization, weight_decay=0.01, seed=5)
    found = coordinates(frame, WidthRequest((4, 12), seeds=2, steps=3))
    for place, width in enumerate((4, 12)):
        for seed in range(2):
            spec = frame.spec.replaced(hidden_sizes=(width, width), seed=5 + seed, dtype="float64", steps=3)
            engine = Engine(spec, frame.data, kernel_stepper)
            rng = np.random.RandomState(spec.seed)
            [rng.randn(*shape) for name, shape in engine.layout.shapes.items() if name[0] == "W"]
            x = frame.data.x_train[rng.choice(frame.data.n_train, 10)]
            before = MultiLayerNet.from_params(engine.layout.views(engine.params.copy()), "relu").pre_activations(x)
            engine.train(3)
            after = MultiLayerNet.from_params(engine.layout.views(engine.params), "relu").pre_activations(x)
            moved = [np.abs(z - z0).mean() for z, z0 in zip(after, before, strict=True)]
            np.testing.assert_allclose(found.moved[place, seed], moved, rtol=1e-9)


@pytest.mark.parametrize(("parametrization", "optimizer"), TABLE)
def test_the_slopes_expected_are_those_of_the_table(parametrization: str, optimizer: str) -> None:
    found = coordinates(of_digits(parametrization, optimizer), WidthRequest((8, 16), seeds=1, steps=1))
    np.testing.assert_allclose(found.expected, TABLE[parametrization, optimizer], atol=1e-9)


@pytest.mark.parametrize("init", ["std", "glorot", "orthogonal", "torch"])
def test_under_mup_every_scheme_is_expected_to_be_flat(init: str) -> None:
    for optimizer in ("momentum", "adagrad"):
        frame = frame_of(parametrization="mup", init=init, optimizer=optimizer)
        found = coordinates(frame, WidthRequest((16, 64), seeds=1, steps=1))
        np.testing.assert_allclose(found.expected, 0.0, atol=1e-9)


def test_a_small_check_already_tells_standard_from_mup() -> None:
    request = WidthRequest((32, 64, 128), seeds=2, steps=2)
    tops = {}
    for parametrization in ("standard", "mup"):
        found = coordinates(of_digits(parametrization, "adam"), request)
        tops[parametrization] = slopes(found.widths, found.means)[-1]
    assert tops["standard"] > 0.5
    assert tops["standard"] - tops["mup"] > 0.8


@pytest.mark.soak
@pytest.mark.parametrize(
    ("parametrization", "optimizer", "measured"),
    [
        ("standard", "sgd", (-0.49, 0.50, 1.07)), ("standard", "adam", (0.00, 0.98, 1.41)),
        ("mup", "sgd", (0.0, 0.0, 0.0)), ("mup", "adam", (0.0, 0.0, 0.0)),
    ],
)  # fmt: skip
def test_slopes_of_widths_256_to_2048_are_those_measured_elsewhere(
    parametrization: str, optimizer: str, measured: tuple[float, ...]
) -> None:
    found = coordinates(of_digits(parametrization, optimizer), WidthRequest((256, 512, 1024, 2048), seeds=3, steps=2))
    # at these widths the logits of single seeds differ by a third, which leaves as much in a slope
    slack = 0.05 if parametrization == "standard" else 0.1
    np.testing.assert_allclose(slopes(found.widths, found.means), measured, atol=slack)


@pytest.mark.parametrize(
    ("value", "text"), [(-0.5, "−½"), (0.0, "0"), (0.5, "½"), (1.0, "1"), (1.5, "1½"), (0.3, "0.30")]
)
def test_slopes_are_written_as_people_write_them(value: float, text: str) -> None:
    assert fraction(value) == text


def test_growing_logits_are_said_and_taking_the_parametrisation_away_takes_the_sentence_away() -> None:
    view = View(widths=WidthRequest((32, 64, 128), seeds=3, steps=2))
    standard = PANELS["coordinate"].make(of_digits("standard", "adam"), view)
    assert "logits grow with width" in said(standard)
    assert "rate must shrink" in said(standard)
    mup = PANELS["coordinate"].make(of_digits("mup", "adam"), view)
    assert "logits grow" not in said(mup)


@pytest.mark.parametrize(
    ("of_seeds", "words"),
    [
        ((1.5, -1.2, 0.0), "The seeds differ too much to tell: "),
        ((0.05, 0.06, 0.04), "Flat: "),
        ((0.6, 0.5, 0.4), "rate must shrink"),
    ],
)
def test_flat_is_said_of_slopes_near_0_and_not_of_those_that_no_one_can_tell_from_it(
    of_seeds: tuple[float, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model.figures.panels import coordinate as panel

    frame, request = frame_of(), WidthRequest((4, 8), seeds=3, steps=1)
    found = coordinates(frame, request)
    moved = (found.widths[:, None, None] / 4.0) ** np.array(of_seeds)[None, :, None] * np.ones(found.moved.shape)
    monkeypatch.setattr(panel, "coordinates", lambda *_: replace(found, moved=moved))
    assert words in said(PANELS["coordinate"].make(frame, View(widths=request)))


def test_steps_that_are_too_large_for_the_expected_slopes_are_called_so() -> None:
    frame = frame_of(dataset="digits", activation="linear", init="std", weight_init_std=1.0, learning_rate=1.0)
    view = View(widths=WidthRequest((16, 32, 64), seeds=2, steps=3))
    assert "for small steps, which these are not" in said(PANELS["coordinate"].make(frame, view))
    frame = frame_of(init="std", weight_init_std=1e308)
    notes = [str(note.text) for plot in PANELS["coordinate"].make(frame, view).plots for note in plot.notes]
    assert any("not finite" in note for note in notes)
    assert not any("dashed" in note for note in notes)


def test_weights_that_are_all_zero_have_no_slopes_and_no_exception() -> None:
    figure = PANELS["coordinate"].make(
        frame_of(init="std", weight_init_std=0.0), View(widths=WidthRequest((4, 8), seeds=1, steps=1))
    )
    notes = [str(note.text) for plot in figure.plots for note in plot.notes]
    assert any("exactly 0" in note for note in notes)
    assert not any("dashed" in note for note in notes)


def test_a_width_that_would_take_too_long_is_left_out_and_said() -> None:
    view = View(widths=WidthRequest((4, 8, 90_000), seeds=1, steps=1))
    for panel in ("coordinate", "transfer"):
        notes = [str(note.text) for plot in PANELS[panel].make(frame_of(), view).plots for note in plot.notes]
        assert any("90,000" in note for note in notes), panel


# ── rate transfer ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_final_loss_is_that_of_the_run_with_that_width_rate_and_seed() -> None:
    frame = frame_of(optimizer="adam", parametrization="mup")
    found = transfer(frame, WidthRequest((4, 12), seeds=2, steps=30, lowest=-6, highest=-4))
    for place, width in enumerate((4, 12)):
        for k, power in enumerate((-6, -5, -4)):
            for seed in range(2):
                spec = frame.spec.replaced(hidden_sizes=(width, width), seed=seed, learning_rate=2.0**power, steps=30)
                engine = Engine(spec, frame.data, kernel_stepper)
                engine.train(30)
                expected = engine.recording.by_step[10:30, 0].mean()
                assert found.losses[place, k, seed] == pytest.approx(expected, rel=1e-4)


def test_a_diverged_run_is_off_the_scale_and_never_the_best() -> None:
    frame = frame_of(activation="linear", init="std", weight_init_std=30.0)
    request = WidthRequest((4, 8), seeds=2, steps=60, lowest=-8, highest=20)
    found = transfer(frame, request)
    assert np.isinf(found.losses).any()
    figure = PANELS["transfer"].make(frame, View(widths=request))
    (plot,) = figure.plots
    assert plot.y.extent is not None
    assert plot.y.extent[1] < 2
    assert any("diverged" in str(note.text) for note in plot.notes)


def test_no_shift_is_claimed_for_sgd_where_none_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from model.figures.panels import transfer as panel

    view = View(widths=WidthRequest((4, 8), seeds=1, steps=20, lowest=-4, highest=0))
    for optimizer, shift, words in (
        ("sgd", 0, "no shift is seen, and none is claimed"),
        ("sgd", 1, "one step of the grid is no shift, and none is claimed"),
        ("sgd", 3, "none is claimed"),
        ("adam", 0, "stays"),
        ("adam", 3, "shifts from 2⁰ "),
    ):
        frame = frame_of(optimizer=optimizer)
        found = transfer(frame, view.widths)
        losses = np.full_like(found.losses, 1.0)
        losses[0, -1] = losses[1, -1 - shift] = 0.5
        monkeypatch.setattr(panel, "transfer", lambda *_, losses=losses, found=found: replace(found, losses=losses))
        assert words in said(PANELS["transfer"].make(frame, view))


@pytest.mark.soak
def test_the_best_rate_of_adam_shifts_with_width_but_under_mup_it_stays_and_with_sgd_no_shift_is_claimed() -> None:
    shifts, sentences = {}, {}
    for optimizer, lowest, highest in (("adam", -10, -3), ("sgd", -5, 1)):
        for parametrization in ("standard", "mup"):
            frame = frame_of(
                dataset="digits", hidden_sizes=(64, 64), batch_size=100, optimizer=optimizer,
                parametrization=parametrization,
            )  # fmt: skip
            request = WidthRequest((16, 64, 256), seeds=3, steps=100, lowest=lowest, highest=highest)
            found = transfer(frame, request)
            best = [int(found.powers[k]) for k in found.best() if k is not None]
            assert len(best) == 3
            shifts[optimizer, parametrization] = best[-1] - best[0]
            sentences[optimizer, parametrization] = said(PANELS["transfer"].make(frame, View(widths=request)))
    assert shifts["adam", "standard"] <= -2
    assert abs(shifts["adam", "mup"]) <= 1
    assert "shifts from" in sentences["adam", "standard"]
    assert "stays" in sentences["adam", "mup"]
    for parametrization in ("standard", "mup"):
        assert "none is claimed" in sentences["sgd", parametrization]


def test_the_axis_of_the_rates_names_the_powers_that_the_verdict_names() -> None:
    request = WidthRequest((4, 8), seeds=1, steps=2, lowest=-3, highest=1)
    (plot,) = PANELS["transfer"].make(frame_of(), View(widths=request)).plots
    assert plot.x.ticks is not None
    assert [name for _, name in plot.x.ticks] == ["2⁻³", "2⁻²", "2⁻¹", "2⁰", "2¹"]
    assert [10**at for at, _ in plot.x.ticks] == pytest.approx([0.125, 0.25, 0.5, 1, 2])


def test_whiskers_reach_from_the_lowest_to_the_highest_seed_within_the_axis_and_are_explained() -> None:
    request = WidthRequest((4, 8), seeds=4, steps=30, lowest=-4, highest=-2)
    (plot,) = PANELS["transfer"].make(frame_of(), View(widths=request)).plots
    found = transfer(frame_of(), request)
    points = next(mark for mark in plot.marks if mark.key == "width4.points")
    assert isinstance(points, Dots)
    np.testing.assert_allclose([points.low, points.high], [found.losses[0].min(axis=1), found.losses[0].max(axis=1)])
    low, high = np.log10([found.losses.min(), found.losses.max()])
    assert plot.y.extent is not None
    assert plot.y.extent[0] < low < high < plot.y.extent[1]
    for panel in ("coordinate", "transfer"):
        (plot,) = PANELS[panel].make(frame_of(), View(widths=request)).plots
        assert any("whiskers: lowest and highest seed" in str(note.text) for note in plot.notes), panel


@pytest.mark.parametrize("panel", ["coordinate", "transfer"])
def test_the_mouse_reads_points_and_nothing_where_there_is_none_yet(panel: str) -> None:
    request = WidthRequest((4, 8), seeds=1, steps=2, lowest=-3, highest=-1)
    (plot,) = PANELS[panel].make(frame_of(), View(widths=request)).plots
    points = next(mark for mark in plot.marks if mark.key.endswith(".points"))
    assert isinstance(points, Dots)
    (line,) = read(plot, View(), float(np.log10(points.x[0])), float(np.log10(points.y[0])))
    assert f"{points.y[0]:.4g}" in str(line.text)
    too_large = View(widths=replace(request, widths=(90_000,)))
    (empty,) = PANELS[panel].make(frame_of(), too_large).plots
    assert not read(empty, View(), 0.0, 0.0)


# ── what is asked for ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_request_is_refused_at_the_field_that_is_wrong() -> None:
    request = request_of("transfer", TrainingSpec())
    with pytest.raises(SpecError) as error:
        request.replaced("transfer", seeds=0)
    assert list(error.value.messages) == ["transfer_seeds"]
    with pytest.raises(SpecError) as error:
        request.replaced("transfer", lowest=10)
    assert list(error.value.messages) == ["transfer_lowest"]
    assert request.replaced("transfer", widths=(64, 16, 64)).widths == (16, 64)


def test_a_figure_that_is_cut_short_goes_on_where_it_was_until_it_is_whole() -> None:
    frame = frame_of(seed=77)
    view = View(widths=WidthRequest((4, 8), seeds=2, steps=2), patience=1e-9)
    figures = [PANELS["coordinate"].make(frame, view) for _ in range(5)]
    assert [figure.unfinished for figure in figures] == [True, True, True, False, False]
    whole = PANELS["coordinate"].make(frame, view.with_(patience=math.inf))
    assert said(whole) == said(figures[-1])


def test_results_that_are_known_are_not_computed_again() -> None:
    asked: list[int] = []

    def double(point: int) -> int:
        asked.append(point)
        return 2 * point

    assert gathered("doubling", (1, 2), double, math.inf) == ({1: 2, 2: 4}, True)
    assert gathered("doubling", (1, 2, 3), double, math.inf) == ({1: 2, 2: 4, 3: 6}, True)
    assert asked == [1, 2, 3]


def test_the_tables_hold_what_the_panels_draw() -> None:
    frame = frame_of(optimizer="adam")
    request = WidthRequest((4, 8), seeds=2, steps=3, lowest=-5, highest=-4)
    points, fitted = TABLES["coordinate"](frame, View(widths=request))
    assert points.n_rows == 2 * 2 * 3
    assert fitted.n_rows == 3
    runs, best = TABLES["transfer"](frame, View(widths=request))
    assert runs.n_rows == 2 * 2 * 2
    assert best.n_rows == 2
    hidden = View(widths=request, hidden=frozenset({"z1", "width4"}))
    assert TABLES["coordinate"](frame, hidden)[1].n_rows == 2
    assert TABLES["transfer"](frame, hidden)[1].n_rows == 1
