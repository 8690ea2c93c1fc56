"""Advice: the knob that is blamed is the one whose turning makes the run better, and what is promised comes true."""

import threading
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from model.figures.panels import PANELS
from model.figures.panels.why_causes import CAUSES
from model.insight.advice.advice import Advice, advise, horizon, within_reach
from model.insight.advice.adviser import Adviser
from model.insight.advice.promise import Promise
from model.insight.advice.trial import Outcome, Workbench
from model.insight.findings import Finding, findings
from model.insight.findings import order as told
from model.network.blas import one_blas_thread
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper
from scripts.why_check.oracle import Oracle
from scripts.why_check.rerun import end_of, samples, trained

Knobs = dict[str, object]


def spec_of(**knobs: object) -> TrainingSpec:
    return TrainingSpec(**{"steps": 400, **knobs})


def advised(frame: Frame) -> tuple[Advice, tuple[Finding, ...]]:
    with one_blas_thread:
        advice = advise(frame, Workbench(kernel_stepper))
    assert advice is not None
    return advice, findings(frame, advice=advice)


def assert_true(frame: Frame, found: tuple[Finding, ...]) -> None:
    oracle = Oracle(frame)
    for finding in found:
        assert oracle.is_true(finding), finding


FAILING: list[tuple[Knobs, str, set[str]]] = [
    (
        {
            "init": "lecun", "activation": "tanh", "hidden_sizes": (50, 50, 50), "optimizer": "momentum",
            "momentum": 0.99, "learning_rate": 0.3,
        },
        "momentum_high", {"loss_rose", "momentum"},
    ),
    ({"init": "he", "learning_rate": 3.0}, "rate_high", {"dead", "dying", "plateau", "updates_large"}),
    ({"learning_rate": 0.0}, "rate_low", {"rate_zero", "plateau"}),
    ({"init": "he", "learning_rate": 1e-5}, "rate_low", set()),
    ({"dataset": "xor", "activation": "linear"}, "linear", {"plateau"}),
    ({"weight_init_std": 0.0, "activation": "sigmoid", "optimizer": "adam"}, "init_zero", {"zero_one_unit"}),
    ({"weight_init_std": 0.0}, "init_zero", {"zero_frozen"}),
    (
        {
            "dataset": "gaussians", "hidden_sizes": (10,), "init": "he", "batch_size": 20, "weight_decay": 10.0,
            "seed": 206,
        },
        "decay", {"loss_rose", "update_decay", "dead", "plateau"},
    ),
    ({"init": "he", "weight_decay": 0.3}, "decay", {"dead", "plateau"}),
    ({"hidden_sizes": (50,) * 5, "weight_init_std": 0.01}, "init_small", {"vanishing", "plateau", "small_logits"}),
    ({"weight_init_std": 1e308}, "init_large", {"infinite_start"}),
    ({"hidden_sizes": (50,) * 5, "activation": "sigmoid", "init": "he"}, "activation", {"plateau"}),
    (
        {"hidden_sizes": (50, 50, 50), "init": "he", "layer_gains": (1.0, 1.0, 1.0, 30.0)},
        "output_gain", {"loud_output", "high_loss", "dead", "plateau"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("knobs", "cause", "symptoms"), FAILING, ids=[cause for _, cause, _ in FAILING])
def test_a_failing_run_is_told_its_cause_with_the_symptoms_under_it(
    knobs: Knobs, cause: str, symptoms: set[str]
) -> None:
    frame = trained(spec_of(**knobs))
    assert end_of(frame).fails(frame.data.n_classes)
    _, found = advised(frame)
    first = found[0]
    assert (first.code, first.severity) == (cause, "bad")
    assert first.promise is not None
    assert end_of(trained(first.promise.spec)).better_than(end_of(frame), frame.data.n_classes)
    assert symptoms <= {finding.code for finding in found if finding.cause == cause}
    assert_true(frame, found)


def test_weights_of_a_file_are_blamed_where_a_scheme_does_better_and_only_there(tmp_path) -> None:
    rng = np.random.RandomState(0)
    sizes = (64, 50, 10)
    codes = {}
    for name, std in (("loud", 3.0), ("usual", 0.2)):
        arrays = {f"W{k}": std * rng.randn(*pair) for k, pair in enumerate(pairwise(sizes), start=1)}
        path = tmp_path / f"{name}.npz"
        np.savez(path, **arrays)
        frame = trained(spec_of(weights=str(path), activation="tanh"))
        _, found = advised(frame)
        assert_true(frame, found)
        codes[name] = {finding.code: finding for finding in found}
    assert "init_file" not in codes["usual"]
    blamed = codes["loud"]["init_file"]
    assert blamed.promise is not None
    assert (blamed.promise.spec.weights, blamed.promise.spec.init) == (None, "lecun")


MORE: list[tuple[Knobs, str]] = [
    ({"weight_init_std": 3.0, "activation": "tanh"}, "init_large"),
    ({"hidden_sizes": (50,) * 9, "init": "lecun"}, "init_other"),
    ({"scaling": "none", "init": "he", "learning_rate": 0.5}, "inputs"),
    ({"dataset": "circles", "noise": 2.0, "init": "he"}, "noise"),
    ({"dataset": "spirals", "samples": 20, "init": "he", "learning_rate": 0.5}, "few_samples"),
    ({"dataset": "moons", "hidden_sizes": (10,) * 7, "activation": "sigmoid", "init": "he"}, "depth"),
    ({"dataset": "moons", "hidden_sizes": (10,) * 7, "activation": "sigmoid", "init": "he"}, "optimizer"),
    ({"dataset": "spirals", "hidden_sizes": (30,), "init": "he", "learning_rate": 0.5}, "shallow"),
    ({"hidden_sizes": (1,), "init": "he", "learning_rate": 0.5}, "width"),
    ({"batch_size": 1, "init": "he", "learning_rate": 0.5}, "batch"),
    ({"init": "he", "steps": 5}, "few_steps"),
    ({"weight_init_std": 0.0, "learning_rate": 0.0}, "several_only"),
    ({"init": "he", "layer_gains": (0.0, 1.0)}, "gains_off"),
    ({"init": "he", "activation": "tanh", "bias_init_std": 10.0}, "biases_large"),
    (
        {
            "weight_init_std": 7.84,
            "seed": 711,
            "hidden_sizes": (2, 2),
            "activation": "tanh",
            "steps": 200,
            "optimizer": "nesterov",
            "learning_rate": 0.0,
        },
        "several",
    ),
]


@pytest.mark.parametrize(("knobs", "code"), MORE, ids=lambda value: str(value)[:60])
def test_other_causes_are_named_too_and_what_is_said_is_so(knobs: Knobs, code: str) -> None:
    frame = trained(spec_of(**knobs))
    _, found = advised(frame)
    assert code in {finding.code for finding in found}
    assert not any(
        ",10,10,10" in str(finding.numbers.get("value")) for finding in found
    )  # it is "10 ×6", as in the form
    assert_true(frame, found)


@pytest.mark.parametrize(
    "knobs", [{"init": "he", "steps": 2000}, {"init": "he", "optimizer": "adam", "learning_rate": 0.01}]
)
def test_a_healthy_run_is_called_as_good_as_usual_and_warned_of_nothing(knobs: Knobs) -> None:
    frame = trained(spec_of(**knobs))
    advice, found = advised(frame)
    assert advice.healthy
    assert found[0].code == "as_good"
    assert {finding.severity for finding in found} == {"info"}
    assert not advice.helped
    assert_true(frame, found)


def test_an_initialisation_that_is_to_blame_is_not_called_about_right() -> None:
    frame = trained(spec_of(hidden_sizes=(50,) * 9, init="lecun"))
    advice, found = advised(frame)
    assert any(helped.candidate.knob == "init" for helped in advice.helped)
    assert "about_right" not in {finding.code for finding in found}


def test_advice_on_another_moment_is_left_out() -> None:
    early = trained(spec_of(init="he", learning_rate=2.0, steps=200))
    advice, found = advised(early)
    assert found[0].promise is not None
    later = trained(spec_of(init="he", learning_rate=2.0))
    assert all(finding.promise is None for finding in findings(later, advice=advice))


def test_a_promise_is_said_beforehand_and_judged_afterwards() -> None:
    frame = trained(spec_of(init="he", learning_rate=2.0))
    promise = advised(frame)[1][0].promise
    assert promise is not None
    engine = Engine(promise.spec, samples(promise.spec.data_request), kernel_stepper)
    said = []
    for step in (100, 400):
        engine.train(step)
        (finding,) = (f for f in findings(engine.recording.frame(), promise=promise) if f.code.startswith("promise"))
        said.append(finding)
    assert [finding.code for finding in said] == ["promise_open", "promise_kept"]
    assert said[1].numbers["found"] == promise.expected.accuracy
    assert said[1].numbers["found_loss"] == promise.expected.loss
    worse = trained(promise.spec.replaced(learning_rate=1e-6))
    too_much = type(promise)(worse.spec, promise.before, promise.expected, promise.base)
    assert "promise_broken" in {finding.code for finding in findings(worse, promise=too_much)}
    assert not any(finding.code.startswith("promise") for finding in findings(frame, promise=promise))


@pytest.mark.parametrize(
    ("accuracy", "loss", "finite", "kept"),
    [
        (0.9, 0.5, True, True), (0.885, 0.54, True, True), (1.0, 0.1, True, True),
        (0.87, 0.5, True, False), (0.9, 0.6, True, False), (0.9, 0.5, False, False),
    ],
)  # fmt: skip
def test_a_promise_is_kept_by_what_is_as_good(accuracy: float, loss: float, finite: bool, kept: bool) -> None:
    spec = spec_of()
    promise = Promise(spec, spec, Outcome(400, 2.3, 0.5, 0.9, finite=True), Outcome(400, 2.3, 2.3, 0.1, finite=True))
    assert promise.kept_by(Outcome(400, 2.3, loss, accuracy, finite=finite)) == kept


def test_the_panel_offers_the_remedy_and_says_what_it_expects() -> None:
    frame = trained(spec_of(init="he", learning_rate=2.0))
    advice, _ = advised(frame)
    panel = PANELS["why"]
    figure = panel.make(frame, panel.view.with_(advice=advice))
    first, second = figure.passages[:2]
    assert str(first.text) == "The learning rate 2 is too high for this run."
    assert first.offer is not None
    assert str(first.offer.label) == "Try rate 0.2"
    assert str(first.offer.expects).startswith("Expected after 400 steps: accuracy 0.9")
    assert (first.level, second.level) == (0, 1)
    assert all(passage.offer is None for passage in panel.make(frame, panel.view).passages)


def test_every_cause_in_the_order_has_its_words() -> None:
    from model.figures.panels.why_words import WORDS

    assert {code for row in told.CAUSES.values() for code in row} | set(told.CAUSES) <= set(WORDS)
    assert set(CAUSES) <= set(WORDS)


def test_live_changes_count_as_a_restart_would_take_them() -> None:
    spec = spec_of(init="he")
    engine = Engine(spec, samples(spec.data_request), kernel_stepper)
    engine.train(100)
    engine.edit("learning_rate", 5.0)
    engine.edit("stop_accuracy", 0.999)
    engine.train(400)
    frame = engine.recording.frame()
    assert frame is not None
    assert frame.spec_in_force.learning_rate == 5.0
    _, found = advised(frame)
    assert found[0].code == "rate_high"
    assert found[0].promise is not None
    assert found[0].promise.spec.stop_accuracy == 0.999
    assert found[0].promise.before == spec.replaced(learning_rate=5.0, stop_accuracy=0.999)


def test_trials_are_as_long_as_the_run_and_never_long() -> None:
    assert horizon(trained(spec_of(init="he"))) == 400
    frame = trained(spec_of(hidden_sizes=(2000,), batch_size=2000, steps=1))
    assert horizon(frame) <= 30
    wide = trained(spec_of(hidden_sizes=(2000, 1100), steps=1, batch_size=1))
    assert not within_reach(wide)


def serving(adviser: Adviser) -> threading.Thread:
    thread = threading.Thread(target=adviser.serve)
    thread.start()
    return thread


def wait_for(condition: Callable[[], bool], event: threading.Event) -> None:
    assert event.wait(60)
    assert condition()


def test_the_newest_run_is_advised_on_and_an_older_one_given_up() -> None:
    old, new = trained(spec_of(hidden_sizes=(50,) * 5, weight_init_std=0.01)), trained(spec_of(init="he"))
    told_of: list[Advice] = []
    event = threading.Event()

    def tell(advice: Advice) -> None:
        told_of.append(advice)
        event.set()

    adviser = Adviser(kernel_stepper, tell)
    thread = serving(adviser)
    adviser.want(old)
    adviser.want(new)
    wait_for(lambda: told_of[0].run == new.run, event)
    adviser.want(old)
    adviser.forget()
    adviser.close()
    thread.join(10)
    assert not thread.is_alive()
    assert adviser.idle
    assert [advice.run for advice in told_of] == [new.run]


def test_a_fault_with_one_run_does_not_end_the_advice_on_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_frame: Frame, _bench: Workbench) -> None:
        raise ZeroDivisionError

    told_of: list[Advice] = []
    logged, told = threading.Event(), threading.Event()
    monkeypatch.setattr("model.insight.advice.adviser._log.exception", lambda *_: logged.set())
    monkeypatch.setattr("model.insight.advice.adviser.advise", broken)

    def tell(advice: Advice) -> None:
        told_of.append(advice)
        told.set()

    frame = trained(spec_of(init="he", learning_rate=2.0))
    adviser = Adviser(kernel_stepper, tell)
    thread = serving(adviser)
    adviser.want(frame)
    assert logged.wait(60)
    monkeypatch.setattr("model.insight.advice.adviser.advise", advise)
    adviser.want(frame)
    told.wait(60)
    adviser.close()
    thread.join(10)
    assert [advice.run for advice in told_of] == [frame.run]


def test_a_stopped_bench_gives_no_advice() -> None:
    frame = trained(spec_of(init="he", learning_rate=2.0))
    bench = Workbench(kernel_stepper)
    bench.stop()
    assert advise(frame, bench) is None
    assert np.isfinite(frame.loss).all()
