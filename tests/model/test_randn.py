"""The randn bench: its numbers are those of NumPy's own seeded functions, and what is said of them is so."""

import contextlib
import io
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.data.prepare import load
from model.figures.figure import Bars, Figure, Line, View
from model.figures.panels import PANELS
from model.insight.randn import FIELDS, MOST_NUMBERS, RandnRequest, measured, numbers, printed, request_of
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.knob import SpecError
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper

REQUESTS = [
    RandnRequest(),
    RandnRequest("randn", (5,), 42),
    RandnRequest("normal", (5,), 1, 2.5, 0.1),
    RandnRequest("normal", (3, 2, 4), 2**32 - 1, -1e-7, 1e20),
    RandnRequest("randn", (1,), 3),
    RandnRequest("normal", (40, 30), 0, 3.0, 0.0),
    RandnRequest("normal", (4,), 0, 0.0, 0.0),
    RandnRequest("normal", (50,), 0, 0.0, 5e-324),
    RandnRequest("normal", (50,), 0, 1e17, 1.0),
    RandnRequest("randn", (1001,), 9),
]


def run(**knobs: object) -> Frame:
    spec = TrainingSpec(hidden_sizes=(6,), steps=3).replaced(**knobs)
    engine = Engine(spec, load(spec.data_request), ClassStepper)
    engine.train(0)
    return engine.recording.frame()


def drawn(request: RandnRequest, frame: Frame | None = None) -> Figure:
    return PANELS["randn"].make(frame or run(), View(randn=request))


def said(figure: Figure) -> list[str]:
    return [str(passage.text) for passage in figure.passages]


def by_the_global_generator(request: RandnRequest) -> np.ndarray:
    kept = np.random.get_state()  # noqa: NPY002  the very functions that the bench is about
    try:
        np.random.seed(request.seed)  # noqa: NPY002
        if request.function == "randn":
            return np.random.randn(*request.shape)  # noqa: NPY002
        return np.random.normal(request.loc, request.scale, request.shape)  # noqa: NPY002
    finally:
        np.random.set_state(kept)  # noqa: NPY002


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.call)
def test_the_numbers_are_bit_by_bit_those_of_numpys_own_functions(request_: RandnRequest) -> None:
    expected = by_the_global_generator(request_)
    assert numbers(request_).tobytes() == expected.tobytes()
    numbers.cache_clear()
    assert numbers(request_).tobytes() == expected.tobytes()  # the same seed twice


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.call)
def test_the_panel_prints_what_print_prints(request_: RandnRequest) -> None:
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream):
        print(by_the_global_generator(request_))  # noqa: T201
    verbatim = [str(p.text) for p in drawn(request_).passages if p.verbatim]
    assert verbatim == [stream.getvalue().removesuffix("\n")]


def test_what_is_printed_does_not_hang_on_anybodys_print_options() -> None:
    values = numbers(REQUESTS[0])
    plain = printed(values)
    with np.printoptions(precision=2, threshold=10_000):
        assert printed(values) == plain


def test_the_code_gives_the_same_array_in_a_session_of_its_own() -> None:
    lines = [re.sub(r"; (np\.random\.(randn|normal).*)$", r"; print(\1.tobytes().hex())", r.code) for r in REQUESTS]
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [numbers(request).tobytes().hex() for request in REQUESTS]


def test_nobody_elses_generator_is_touched() -> None:
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002
    numbers.cache_clear()
    drawn(RandnRequest("normal", (10,), 5))
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002


@pytest.mark.parametrize("knobs", [{}, {"init": "he", "seed": 7}, {"weight_init_std": 3.0, "dataset": "moons"}])
def test_without_a_request_the_numbers_are_those_behind_the_runs_w1_and_that_is_said(knobs: dict) -> None:
    frame = run(dtype="float64", **knobs)
    request = request_of(frame)
    np.testing.assert_allclose(frame.initial["W1"], frame.stds[0] * numbers(request), rtol=1e-15)
    figure = PANELS["randn"].make(frame, View())
    assert request.call in str(figure.plots[0].title)
    assert any("behind the run's initial W1" in text for text in said(figure))


@pytest.mark.parametrize("knobs", [{"init": "orthogonal"}, {"init": "lsuv"}, {"init_distribution": "uniform"}])
def test_nothing_is_said_of_w1_where_it_is_made_of_other_numbers(knobs: dict) -> None:
    figure = PANELS["randn"].make(run(**knobs), View())
    assert not any("W1" in text for text in said(figure))
    other = drawn(request_of(run()).replaced(seed=1))
    assert not any("W1" in text for text in said(other))


def test_mean_and_std_come_with_the_errors_that_repeating_shows() -> None:
    """Over 4,000 seeds the means scatter by s/√n and the stds by s/√(2(n − 1)), within 4 %."""
    rng = np.random.default_rng(0)
    samples = rng.normal(3.0, 2.0, (4000, 200))
    one = measured(samples[0])
    assert one.mean == pytest.approx(samples[0].mean())
    assert one.std == pytest.approx(samples[0].std(ddof=1))
    assert measured(samples).mean_error * np.sqrt(4000) == pytest.approx(samples.mean(axis=1).std(), rel=0.04)
    spread = np.mean([measured(sample).std_error for sample in samples])
    assert spread == pytest.approx(samples.std(axis=1, ddof=1).std(), rel=0.04)


def test_the_numbers_said_are_those_measured() -> None:
    figure = drawn(RandnRequest("normal", (100,), 0, 5.0, 2.0))
    values = by_the_global_generator(RandnRequest("normal", (100,), 0, 5.0, 2.0))
    mean, std = values.mean(), values.std(ddof=1)
    errors = std / 10, std / np.sqrt(198)
    text = f"mean {mean:.2f} ± {errors[0]:.2f}, expected 5; std {std:.2f} ± {errors[1]:.2f}, expected 2."
    assert f"100 numbers: {text}" in said(figure)
    assert f"mean {mean:.4g} and std {std:.4g}" in str(figure.summary)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.call)
def test_the_bars_hold_every_number_and_the_density_as_many(request_: RandnRequest) -> None:
    (plot,) = drawn(request_).plots
    marks = {mark.key: mark for mark in plot.marks}
    n_drawn = marks["drawn"].heights.sum() if "drawn" in marks else 0
    assert n_drawn == np.count_nonzero(numbers(request_))
    if "density" in marks:
        bars, line = marks["drawn"], marks["density"]
        assert isinstance(bars, Bars)
        assert isinstance(line, Line)
        assert line.dash
        if request_.std > 1e-3:
            area = np.trapezoid(line.y, line.x) / np.diff(bars.edges)[0]
            assert area == pytest.approx(request_.n, rel=1e-3)


def test_numbers_that_are_all_the_same_are_said_to_be() -> None:
    for request in (REQUESTS[5], REQUESTS[6]):
        assert any("the same" in str(note.text) for note in drawn(request).plots[0].notes)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("shape", (1001, 1000)), ("shape", (0,)), ("shape", (-1, 2)), ("shape", (1,) * 5), ("shape", ()),
        ("shape", (10**400,)), ("seed", -1), ("seed", 2**32), ("loc", 1e101), ("loc", float("nan")),
        ("scale", -0.1), ("scale", float("inf")), ("function", "rand"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused_with_the_field_and_its_limits(field: str, value: object) -> None:
    with pytest.raises(SpecError) as refused:
        RandnRequest().replaced(**{field: value})
    (text,) = refused.value.messages.values()
    assert list(refused.value.messages) == [f"randn_{field}"]
    assert "must be" in str(text) or f"{MOST_NUMBERS:,}" in str(text)


@given(text=st.text(max_size=20) | st.from_regex(r"[-+0-9.,eE]{1,12}", fullmatch=True))
def test_whatever_is_typed_is_taken_or_refused_and_never_a_crash(text: str) -> None:
    for name, field in FIELDS.items():
        try:
            request = RandnRequest().replaced(**{name: field.parse(text)})
        except SpecError:
            continue
        assert request.n <= MOST_NUMBERS


def test_a_very_large_w1_is_shown_by_its_first_rows() -> None:
    frame = run(hidden_sizes=(50_000,))
    request = request_of(frame)
    assert request.n <= MOST_NUMBERS
    first = by_the_global_generator(RandnRequest("randn", (64, 50_000)))[: request.shape[0]]
    assert numbers(request).tobytes() == first.tobytes()
    assert not any("W1" in text for text in said(PANELS["randn"].make(frame, View())))
