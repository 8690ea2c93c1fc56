"""Why?: every sentence is true by the numbers, each rule speaks when it should and is silent when it should."""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.figures.panels import PANELS
from model.figures.panels.why import passage_of
from model.figures.panels.why_causes import CAUSES
from model.figures.panels.why_words import WORDS
from model.insight.findings import Finding, findings
from model.insight.first_update import first_update
from model.network.blas import one_blas_thread
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper
from scripts.why_check.claims import TRUE
from scripts.why_check.measures import first_reached
from scripts.why_check.oracle import Oracle
from tests.grids import covered

CHANCE = math.log(10)
Knobs = dict[str, object]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_blas_thread:
        yield


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load(DataRequest())


@lru_cache(maxsize=64)
def run(data: Dataset, step: int = 0, **knobs: object) -> Frame:
    spec = TrainingSpec(**{"hidden_sizes": (30,), "steps": 2000, **knobs})
    engine = Engine(spec, data, kernel_stepper)
    engine.train(step)
    return engine.recording.frame()


def codes(frame: Frame, *ghosts: Frame) -> set[str]:
    return {finding.code for finding in findings(frame, ghosts)}


COMPARING = {
    "more_accurate", "less_accurate", "as_accurate",
    "speed_sooner", "speed_later", "speed_same", "speed_only_here", "speed_only_there",
}  # fmt: skip
"""What is said of two runs, which tests of their own make speak."""
OF_OTHER_DATA = {"inputs_large", "inputs_small", "inputs_unequal", "inputs_blank", "majority"}
"""What is said of samples, likewise."""
DEEP: Knobs = {"hidden_sizes": (50,) * 5}
SPEAKS: list[tuple[str, int, Knobs]] = [
    ("diverged", 30, {"learning_rate": 1e300}),
    ("infinite_start", 0, {"weight_init_std": 1e300}),
    ("overflow", 0, {"weight_init_std": 1e25}),
    ("zero_frozen", 50, {"weight_init_std": 0.0}),
    ("zero_frozen", 0, {"weight_init_std": 0.0, "activation": "tanh"}),
    ("zero_one_unit", 50, {"weight_init_std": 0.0, "activation": "sigmoid"}),
    ("high_loss", 0, {"weight_init_std": 1.0}),
    ("loud_output", 0, {"init": "he", "layer_gains": (1.0, 30.0)}),
    ("loud_output", 0, {**DEEP, "init": "he", "layer_gains": (1.0,) * 5 + (30.0,)}),
    ("exploding_up", 0, {**DEEP, "weight_init_std": 1.0}),
    ("exploding_back", 0, {**DEEP, "weight_init_std": 1.0}),
    ("vanishing", 0, {**DEEP, "weight_init_std": 0.01}),
    ("vanishing", 0, {**DEEP, "activation": "sigmoid", "init": "lecun"}),
    ("saturated", 0, {"activation": "tanh", "weight_init_std": 2.0}),
    ("saturated", 0, {"activation": "sigmoid", "weight_init_std": 10.0}),
    ("update_large", 0, {"learning_rate": 100.0, "init": "he"}),
    ("update_decay", 0, {"weight_decay": 30.0, "init": "he"}),
    ("loss_rose", 300, {"learning_rate": 20.0, "init": "he"}),
    ("rate_zero", 0, {"learning_rate": 0.0}),
    ("updates_large", 60, {"learning_rate": 20.0, "init": "he"}),
    ("momentum", 0, {"optimizer": "momentum", "momentum": 0.99}),
    ("momentum_endless", 0, {"optimizer": "nesterov", "momentum": 1.0}),
    ("dead", 300, {"learning_rate": 20.0, "init": "he"}),
    ("dead", 400, {"init": "he", "weight_decay": 0.3, "hidden_sizes": (50,)}),  # a third of them
    ("plateau", 400, {**DEEP, "weight_init_std": 0.01}),
    ("plateau", 210, {**DEEP, "weight_init_std": 0.01}),
    ("about_right", 0, {**DEEP, "init": "he"}),
    ("small_logits", 0, {"weight_init_std": 0.01}),
    ("slow_start", 400, {"weight_init_std": 0.01}),
    ("scheme_he", 0, {"init": "he"}),
    ("scheme_he_for_relu", 0, {"init": "he", "activation": "linear"}),
    ("scheme_lecun", 0, {"init": "lecun"}),
    ("scheme_glorot", 0, {"init": "glorot"}),
    ("half_overflow", 0, {**DEEP, "weight_init_std": 10.0}),
    ("half_overflow", 30, {"learning_rate": 1e4, "init": "he"}),
    ("half_underflow", 0, {**DEEP, "weight_init_std": 0.005}),
    ("half_underflow", 20, {**DEEP, "activation": "sigmoid", "weight_init_std": 0.05}),
    ("scheme_torch", 0, {"init": "torch"}),
    ("gains", 0, {"layer_gains": (1.0, 0.01)}),
    ("scheme_orthogonal", 0, {"init": "orthogonal"}),
    ("scheme_lsuv", 0, {"init": "lsuv"}),
    ("std_and_he", 0, {"weight_init_std": 0.01}),
    ("std_and_lecun", 0, {"weight_init_std": 0.01, "activation": "tanh"}),
]
SILENT: list[tuple[str, int, Knobs]] = [
    ("diverged", 30, {}),
    ("infinite_start", 0, {"weight_init_std": 1e25}),
    ("overflow", 0, {"weight_init_std": 1.0}),
    ("zero_frozen", 50, {"weight_init_std": 0.0, "activation": "sigmoid"}),
    ("zero_frozen", 0, {"weight_init_std": 1e-6}),
    ("zero_one_unit", 50, {"weight_init_std": 0.0}),
    ("zero_one_unit", 50, {"weight_init_std": 0.0, "activation": "sigmoid", "hidden_sizes": (1,)}),
    ("high_loss", 0, {"init": "he"}),
    ("loud_output", 0, {"init": "he"}),
    ("loud_output", 0, {"init": "he", "layer_gains": (1.0, 0.3)}),
    ("loud_output", 0, {"weight_init_std": 1.0}),  # the hidden layer is as loud
    ("loud_output", 0, {"init": "he", "layer_gains": (30.0, 1.0)}),
    ("exploding_up", 0, {**DEEP, "init": "he"}),
    ("exploding_back", 0, {**DEEP, "init": "he"}),
    ("vanishing", 0, {**DEEP, "init": "he"}),
    ("saturated", 0, {"activation": "tanh", "init": "lecun"}),
    ("update_large", 0, {"init": "he"}),
    ("update_large", 0, {"learning_rate": 0.0}),
    ("update_large", 0, {"weight_decay": 30.0, "init": "he"}),
    ("update_decay", 0, {"weight_decay": 30.0, "learning_rate": 100.0, "init": "he"}),
    ("loss_rose", 300, {"init": "he"}),
    ("rate_zero", 0, {"init": "he"}),
    ("updates_large", 60, {"init": "he"}),
    ("momentum", 0, {"optimizer": "momentum", "momentum": 0.9}),
    ("momentum", 0, {"optimizer": "sgd", "momentum": 0.99}),
    ("momentum_endless", 0, {"optimizer": "momentum", "momentum": 0.99}),
    ("dead", 300, {"init": "he"}),
    ("dead", 300, {"learning_rate": 20.0, "init": "he", "activation": "leaky_relu"}),
    ("half_overflow", 0, {**DEEP, "init": "he"}),
    ("half_overflow", 0, {"weight_init_std": 10.0}),
    ("half_underflow", 0, {**DEEP, "init": "he"}),
    ("half_underflow", 0, {"weight_init_std": 0.0}),
    ("plateau", 1000, {"weight_init_std": 0.01}),
    ("plateau", 190, {**DEEP, "weight_init_std": 0.01}),
    ("about_right", 0, {**DEEP, "weight_init_std": 0.01}),
    ("about_right", 0, {"weight_init_std": 1.0}),
    ("small_logits", 0, {"init": "he"}),
    ("slow_start", 400, {"init": "he"}),
    ("slow_start", 60, {"weight_init_std": 0.01}),
    ("slow_start", 400, {"weight_init_std": 0.0}),
    ("scheme_he", 0, {"init": "lecun"}),
    ("scheme_he", 0, {"init": "he", "activation": "tanh"}),
    ("scheme_he_for_relu", 0, {"init": "he", "activation": "gelu"}),
    ("scheme_lecun", 0, {"init": "he"}),
    ("scheme_glorot", 0, {"init": "he"}),
    ("scheme_torch", 0, {"init": "he"}),
    ("gains", 0, {"layer_gains": (1.0, 1.0)}),
    ("scheme_orthogonal", 0, {"init": "he"}),
    ("scheme_lsuv", 0, {"init": "orthogonal"}),
    ("std_and_he", 0, {"init": "he"}),
    ("std_and_lecun", 0, {"weight_init_std": 0.01}),
]


@pytest.mark.parametrize(("code", "step", "knobs"), SPEAKS)
def test_a_rule_speaks(digits: Dataset, code: str, step: int, knobs: Knobs) -> None:
    assert code in codes(run(digits, step, **knobs))


@pytest.mark.parametrize(("code", "step", "knobs"), SILENT)
def test_a_rule_is_silent(digits: Dataset, code: str, step: int, knobs: Knobs) -> None:
    assert code not in codes(run(digits, step, **knobs))


def test_every_code_has_its_words_and_is_made_to_speak_and_to_be_silent() -> None:
    apart = COMPARING | OF_OTHER_DATA | {"scheme_file"} | set(CAUSES)
    assert {code for code, *_ in SPEAKS} | apart == set(WORDS) == set(TRUE)
    assert {code for code, *_ in SILENT} | apart == set(WORDS)


def test_of_weights_from_a_file_it_is_said_how_large_they_are(digits: Dataset, tmp_path: Path) -> None:
    file, rng = tmp_path / "mine.npz", np.random.default_rng(0)
    np.savez(file, W1=0.5 * rng.standard_normal((64, 30)), W2=rng.standard_normal((30, 10)))
    frame = run(digits, weights=str(file))
    (found,) = (finding for finding in findings(frame) if finding.code.startswith(("scheme", "std_and")))
    assert (found.code, found.numbers["file"]) == ("scheme_file", "mine.npz")
    assert_true(found, frame)


def test_the_run_before_is_compared_by_the_steps_to_the_same_loss(digits: Dataset) -> None:
    quick, slow = run(digits, 800, init="he"), run(digits, 2000, init="he", learning_rate=0.02)
    never = run(digits, 800, init="he", learning_rate=1e-4)
    for now, before, code in (
        (quick, slow, "speed_sooner"),
        (slow, quick, "speed_later"),
        (quick, quick, "speed_same"),
        (quick, never, "speed_only_here"),
        (never, quick, "speed_only_there"),
    ):
        assert {c for c in codes(now, before) if c.startswith("speed")} == {code}
        (found,) = (finding for finding in findings(now, (before,)) if finding.code == code)
        assert_true(found, now, before)
    for now, before in ((never, never), (run(digits), quick), (quick, run(digits))):
        assert not {c for c in codes(now, before) if c.startswith("speed")}
    assert not codes(quick) & COMPARING


def test_only_the_newest_run_before_counts_and_only_on_the_same_data(digits: Dataset) -> None:
    quick, slow = run(digits, 800, init="he"), run(digits, 2000, init="he", learning_rate=0.02)
    (found,) = (f for f in findings(quick, (quick, slow)) if f.code.startswith("speed"))
    assert found.numbers["there"] == first_reached(slow)
    other = replace(slow, data=load(DataRequest(data_seed=1)), spec=slow.spec.replaced(data_seed=1))
    assert not codes(quick, other) & COMPARING


def test_a_run_that_came_down_as_soon_but_is_less_accurate_is_not_made_to_look_better(digits: Dataset) -> None:
    large = run(digits, 2000, weight_init_std=1.0, hidden_sizes=(50,))
    small = run(digits, 2000, init="he", hidden_sizes=(50,))
    said = [(found.code, str(passage_of(found).text)) for found in findings(large, (small,)) if found.code in COMPARING]
    assert said == [
        (
            "less_accurate",
            (
                "Less accurate than the run before (He): at step 2,000, 0.896 of the test samples are right, "
                "and 0.912 there, which is 5 of 297 samples."
            ),
        ),
        (
            "speed_same",
            "The loss came down to 1.15 about as soon: by step 66, in the run before (He) by step 69.",
        ),
    ]
    assert {"more_accurate", "speed_same"} <= codes(small, large)
    assert "as_accurate" in codes(small, small)


def test_accuracies_are_compared_at_the_last_step_that_both_runs_were_evaluated_at(digits: Dataset) -> None:
    long, short = run(digits, 2000, init="he"), run(digits, 730, init="he", seed=1)
    (found,) = (f for f in findings(short, (long,)) if f.code.endswith("_accurate"))
    assert found.numbers["step"] == 720
    assert found.numbers["before"] == long.evaluations[36, 1]
    assert found.numbers["right"] == short.evaluations[-1, 1]
    assert found.numbers["other"] == "seed 0"


@pytest.mark.parametrize(("steps", "exact"), [(120_000, False), (90_000, True)])
def test_steps_are_exact_or_said_to_be_about(steps: int, exact: bool) -> None:
    data = load(DataRequest(dataset="xor"))
    frame = run(
        data, steps, dataset="xor", hidden_sizes=(4,), batch_size=10, steps=steps, learning_rate=0.01, init="he"
    )
    (found,) = (f for f in findings(frame, (frame,)) if f.code.startswith("speed"))
    assert found.about != exact
    assert ("about" in str(passage_of(found).text).replace("about as soon", "")) != exact
    if exact:
        assert found.numbers["here"] == first_reached(frame)


@pytest.mark.parametrize(("times", "said"), [(1.9, False), (2.1, True), (2.9, True), (3.1, True)])
def test_a_first_loss_counts_as_high_from_twice_that_of_guessing_on(digits: Dataset, times: float, said: bool) -> None:
    low, high = 0.05, 2.0
    for _ in range(30):
        std = math.sqrt(low * high)
        frame = run(digits, weight_init_std=std)
        first = Oracle(frame).first / CHANCE
        low, high = (std, high) if first < times else (low, std)
    assert first == pytest.approx(times, rel=1e-3)
    assert ("high_loss" in codes(frame)) == said


# ── truth ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def assert_true(found: Finding, frame: Frame, before: Frame | None = None) -> None:
    """What the sentence says, computed anew."""
    assert Oracle(frame, before).is_true(found), (found, frame.spec)
    said = str(passage_of(found).text)
    assert said
    assert "nan" not in said
    assert not re.search(r"\binf\b", said)


def lost_in_half(data: Dataset, step: int, **knobs: object) -> tuple[Frame, Finding]:
    frame = run(data, step, **knobs)
    (found,) = (finding for finding in findings(frame) if finding.code == "half_underflow")
    return frame, found


def test_what_becomes_0_in_half_precision_is_counted_exactly_where_no_rounding_decides_it(digits: Dataset) -> None:
    frame, found = lost_in_half(digits, 0, **DEEP, activation="tanh", weight_init_std=0.005, dtype="float64")
    assert_true(found, frame)
    for name in ("n", "of"):
        for count in (found.numbers[name] - 1, found.numbers[name] + 1):
            numbers = {**found.numbers, name: count}
            numbers["share"] = 100 * numbers["n"] / numbers["of"]
            assert not Oracle(frame).is_true(replace(found, numbers=numbers)), (name, count)


def test_what_rounding_decides_of_a_gradient_lies_between_the_bounds_of_the_oracle() -> None:
    # most units are saturated and most answers sure, so that many a 1 − y² and 1 − p is 0 by its rounding alone
    knobs: Knobs = {
        "init": "he", "init_distribution": "uniform", "seed": 338, "hidden_sizes": (128,) * 3, "activation": "tanh",
        "dataset": "circles", "optimizer": "rmsprop", "learning_rate": 0.0625, "batch_size": 20, "steps": 200,
    }  # fmt: skip
    data = load(DataRequest(dataset="circles"))
    frame, found = lost_in_half(data, 200, **knobs)
    assert_true(found, frame)
    for times in (0.25, 1.75):
        numbers = {**found.numbers, "n": round(times * found.numbers["n"]), "of": round(times * found.numbers["of"])}
        assert not Oracle(frame).is_true(replace(found, numbers=numbers))


INITS: list[Knobs] = [{"weight_init_std": std} for std in (0.0, 1e-6, 1e-4, 0.01, 0.05, 0.3, 1.0, 10.0, 100.0, 1e30)]
INITS += [{"init": init} for init in ("he", "lecun", "glorot", "orthogonal", "lsuv")]
GRID = [
    (activation, init, hidden, rate)
    for activation, init, (hidden, rate) in product(
        ("relu", "tanh", "sigmoid", "gelu", "leaky_relu", "linear", "selu"), INITS, (((12,), 0.1), ((10,) * 5, 3.0))
    )
]


@pytest.mark.parametrize("activation", sorted({row[0] for row in GRID}))
def test_over_a_grid_of_210_specs_no_sentence_is_false_by_the_numbers(digits: Dataset, activation: str) -> None:
    assert len(GRID) >= 200
    said = 0
    for _, init, hidden, rate in (row for row in GRID if row[0] == activation):
        frame = run(digits, 220, activation=activation, hidden_sizes=hidden, learning_rate=rate, **init)
        for found in findings(frame):
            assert_true(found, frame)
            said += 1
    assert said > 40


ODD: dict[str, tuple[object, ...]] = {
    "dataset": ("digits", "gaussians", "moons", "xor", "spirals", "circles"),
    "hidden_sizes": ((1,), (2,), (50,), (1, 1, 1), (5, 1, 5), (10,) * 6),
    "activation": ("relu", "tanh", "sigmoid", "linear", "gelu", "leaky_relu", "selu"),
    "init": ("std", "std", "std", "he", "lecun", "glorot", "orthogonal", "lsuv"),
    "weight_init_std": (0.0, 1e-300, 1e-30, 1e-3, 0.1, 1.0, 30.0, 1e12, 1e30, 1e308),
    "init_distribution": ("normal", "normal", "uniform"),
    "optimizer": ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"),
    "learning_rate": (0.0, 1e-3, 0.1, 1.0, 10.0),
    "weight_decay": (0.0, 0.0, 0.1, 1.0),
    "dtype": ("float32", "float64"),
    "batch_size": (1, 10, 100),
    "seed": (0, 1, 2**32 - 1),
}


def test_of_networks_that_nobody_would_train_nothing_false_is_said_either() -> None:
    rng = np.random.default_rng(4)
    said = 0
    for number in range(150):
        knobs = {name: values[rng.integers(len(values))] for name, values in ODD.items()}
        if number % 3 == 2:
            knobs |= {"parametrization": "mup", "base_width": (1, 64)[number % 2]}
        data = load(DataRequest(dataset=str(knobs["dataset"])))
        frame = run(data, int(rng.choice([0, 1, 19, 220])), **knobs)
        for found in findings(frame):
            with np.errstate(all="ignore"):
                assert_true(found, frame)
            said += 1
    assert said > 150


def test_lsuv_is_not_said_to_have_reached_what_it_could_not(digits: Dataset) -> None:
    blank = Dataset("blank", digits.x_train * 0, digits.t_train, digits.x_test, digits.t_test, digits.class_names, None)
    (found,) = (f for f in findings(run(blank, init="lsuv")) if f.code == "scheme_lsuv")
    assert found.numbers["variance"] == 0
    (found,) = (f for f in findings(run(digits, init="lsuv")) if f.code == "scheme_lsuv")
    assert found.numbers["variance"] == pytest.approx(1.0, abs=0.1)


def test_the_numbers_in_a_sentence_are_written_for_people(digits: Dataset) -> None:
    (found,) = (f for f in findings(run(digits, weight_init_std=100.0, activation="tanh")) if f.code == "std_and_lecun")
    assert "The std 100 is 800 times" in str(passage_of(found).text)
    (found,) = (f for f in findings(run(digits, **DEEP, weight_init_std=1e-4)) if f.code == "vanishing")
    assert re.search(r"to [\d.]+×10⁻¹⁸ at hidden layer 1", str(passage_of(found).text))


SCHEMES = (
    ("relu", "he"), ("relu", "glorot"), ("tanh", "lecun"), ("tanh", "glorot"), ("gelu", "he"), ("selu", "lecun"),
    ("leaky_relu", "he"), ("relu", "lsuv"), ("tanh", "orthogonal"),
)  # fmt: skip
HEALTHY: list[Knobs] = [
    {"weight_init_std": 0.01},
    {"weight_init_std": 0.05},
    {"activation": "tanh", "weight_init_std": 0.01},
    {"activation": "sigmoid", "init": "lecun", "learning_rate": 0.5},
    {"init": "he", "optimizer": "adam", "learning_rate": 0.001},
    {"init": "he", "optimizer": "momentum", "learning_rate": 0.02},
]


@pytest.mark.parametrize(("scheme", "hidden"), covered(SCHEMES, ((50,), (100, 100, 100)), share=2), ids=str)
def test_a_network_with_a_scheme_that_suits_it_gets_no_warning(
    digits: Dataset, scheme: tuple[str, str], hidden: tuple[int, ...]
) -> None:
    activation, init = scheme
    assert_no_warning(digits, {"activation": activation, "init": init, "hidden_sizes": hidden, "learning_rate": 0.1})


@pytest.mark.parametrize("knobs", HEALTHY, ids=str)
def test_a_healthy_run_gets_no_warning(digits: Dataset, knobs: Knobs) -> None:
    assert_no_warning(digits, knobs)


def assert_no_warning(digits: Dataset, knobs: Knobs) -> None:
    engine = Engine(TrainingSpec(**{"hidden_sizes": (50,), "steps": 1500, **knobs}), digits, kernel_stepper)
    for step in (0, 1, 100, 500, 1500):
        engine.train(step)
        found = findings(engine.recording.frame())
        assert not [finding for finding in found if finding.severity != "info"], step
    assert engine.recording.frame().accuracy[0] > 0.85


def test_the_first_update_is_the_one_that_the_run_makes(digits: Dataset) -> None:
    for knobs in ({}, {"optimizer": "adam"}, {"weight_decay": 0.1, "optimizer": "nesterov", "init": "he"}):
        before, after = run(digits, dtype="float64", **knobs), run(digits, 1, dtype="float64", **knobs)
        first = first_update(before)
        assert first.before == pytest.approx(after.loss[0], rel=1e-12)
        change = {name: after.params[name] - after.initial[name] for name in ("W1", "W2")}
        ratios = {name: np.linalg.norm(value) / np.linalg.norm(after.initial[name]) for name, value in change.items()}
        assert first.ratio == pytest.approx(max(ratios.values()), rel=1e-9)
        assert ratios[first.parameter] == max(ratios.values())


def test_an_edit_before_the_first_step_counts_for_the_first_update(digits: Dataset) -> None:
    frame = replace(run(digits, init="he"), schedule=((0, "learning_rate", 100.0), (5, "learning_rate", 0.1)))
    assert first_update(frame).learning_rate == 100
    assert "update_large" in codes(frame)


def test_the_gravest_is_said_first_and_each_leads_to_a_panel(digits: Dataset) -> None:
    figure = PANELS["why"].make(run(digits, 30, learning_rate=1e300), PANELS["why"].view)
    severities = [passage.severity for passage in figure.passages]
    assert severities == sorted(severities, key=("bad", "warn", "info").index)
    assert severities[0] == "bad"
    assert "step 0" in str(figure.passages[0].text) or "step 1" in str(figure.passages[0].text)
    assert all(passage.panel in PANELS for passage in figure.passages)
    assert not figure.plots


def test_on_how_many_samples_it_stands_is_said_where_that_is_not_all(digits: Dataset) -> None:
    panel, frame = PANELS["why"], run(digits, init="he")
    said = [str(passage.text) for passage in panel.make(frame, panel.view.with_(sample=256)).passages]
    assert said[-1] == "Found on 256 of 1,500 training samples."
    assert not any("samples." in str(passage.text) for passage in panel.make(frame, panel.view).passages)


def test_of_one_class_nothing_is_said_about_learning(digits: Dataset) -> None:
    one = Dataset("one", digits.x_train, digits.t_train * 0, digits.x_test, digits.t_test * 0, ("0",), None)
    assert codes(run(one, 300, init="he")) <= {"scheme_he"}


# ── the samples ──────────────────────────────────────────────────────────────────────────────────────────────────────


def changed(data: Dataset, x: Callable[[np.ndarray], np.ndarray], t: np.ndarray | None = None) -> Dataset:
    labels = data.t_train if t is None else t
    return replace(data, x_train=x(data.x_train), x_test=x(data.x_test), t_train=labels)


def said_of(data: Dataset, code: str, step: int = 0, **knobs: object) -> list[str]:
    frame = run(data, step, **knobs)
    found = [finding for finding in findings(frame) if finding.code == code]
    for finding in found:
        assert_true(finding, frame)
    return [str(passage_of(finding).text) for finding in found]


def test_inputs_that_are_far_from_1_or_unlike_one_another_are_named(digits: Dataset) -> None:
    raw, tiny = changed(digits, lambda x: 255 * x), changed(digits, lambda x: 1e-3 * x)
    assert "are large: 123 in root mean square" in said_of(raw, "inputs_large", activation="sigmoid")[0]
    assert said_of(tiny, "inputs_small", activation="sigmoid")
    wide = changed(digits, lambda x: x * np.where(np.arange(64) == 20, 1000.0, 1.0))
    assert said_of(wide, "inputs_unequal")[0].startswith("Feature 21 spreads by 3")
    for data in (raw, tiny, wide):
        assert not codes(run(data, scaling="standard")) & {"inputs_large", "inputs_small", "inputs_unequal"}
    assert not codes(run(digits)) & OF_OTHER_DATA - {"inputs_blank"}


def test_what_comes_of_large_inputs_stands_under_them(digits: Dataset) -> None:
    raw = changed(digits, lambda x: 255 * x)
    found = findings(run(raw, activation="sigmoid", init="lecun"))
    assert [finding.cause for finding in found if finding.code == "saturated"] == ["inputs_large"]
    assert found[0].code == "inputs_large"
    assert found[0].severity == "warn"
    wide = changed(digits, lambda x: x * np.where(np.arange(64) == 20, 1000.0, 1.0))
    found = findings(run(wide, init="he"))
    assert {"high_loss", "update_large"} <= {finding.code for finding in found if finding.cause == "inputs_large"}


def test_inputs_that_are_always_0_are_said_to_freeze_their_weights(digits: Dataset) -> None:
    said = said_of(digits, "inputs_blank", 100, hidden_sizes=(50,), init="he")
    assert said == ["Inputs that are always 0: 3 of 64. No gradient reaches their weights, 150 of the 3,200 in W1."]
    assert not said_of(changed(digits, lambda x: x + 0.1), "inputs_blank")


def test_an_accuracy_that_the_most_frequent_class_brings_is_no_success(digits: Dataset) -> None:
    t_train, t_test = (np.where(t == 9, 1, 0) for t in (digits.t_train, digits.t_test))
    data = replace(digits, t_train=t_train, t_test=t_test, class_names=("no", "yes"))
    said = said_of(data, "majority", 60, learning_rate=0.01)
    assert len(said) == 1
    assert "is what always answering no brings: 8" in said[0]
    assert not said_of(data, "majority", 1500, init="he")
    assert not said_of(digits, "majority", 50, learning_rate=1e-6)
