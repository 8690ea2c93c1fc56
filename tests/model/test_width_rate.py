"""A width that wants another rate: said where the same rate is right at the base width, and of nothing else."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from model.figures.panels.why import passage_of
from model.insight.advice.advice import Advice, advise
from model.insight.advice.trial import Outcome, Workbench
from model.insight.advice.width_rate import is_far, width_rate
from model.insight.findings import Finding, findings
from model.network.blas import one_blas_thread
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper
from scripts.why_check.oracle import Oracle
from scripts.why_check.rerun import trained

Knobs = dict[str, object]
WIDE: Knobs = {
    "hidden_sizes": (192, 192, 192), "base_width": 16, "activation": "tanh", "init": "lecun", "optimizer": "adam",
    "learning_rate": 0.0625, "steps": 150, "eval_every": 50, "seed": 1,
}  # fmt: skip
"""A network that learns nothing with a rate that serves networks of 16 units well."""


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_blas_thread:
        yield


def advised(**knobs: object) -> tuple[Frame, Advice, tuple[Finding, ...]]:
    frame = trained(TrainingSpec(**{**WIDE, **knobs}))
    advice = advise(frame, Workbench(kernel_stepper), most_seconds=60)
    assert advice is not None
    return frame, advice, findings(frame, advice=advice)


def test_a_rate_that_is_right_at_the_base_width_is_said_to_be_wrong_for_this_one() -> None:
    frame, advice, found = advised()
    assert advice.fails
    first = found[0]
    assert (first.code, first.severity, first.panel) == ("width_rate", "bad", "transfer")
    assert {finding.code for finding in found if finding.cause == "width_rate"} >= {"rate_high", "loss_rose"}
    assert all(Oracle(frame).is_true(finding) for finding in found)
    passage = passage_of(first)
    assert passage.offer is not None
    assert str(passage.offer.label) == "Try mup parametrisation, base width 16"
    said = str(passage.text)
    assert said.startswith("This width wants another learning rate. 0.0625 suits hidden layers of 16 units: they")
    assert "It does not suit the hidden sizes 192,192,192: they reach 0." in said
    assert said.endswith("with 0.00521.")


def test_the_rate_for_this_width_is_offered_as_well() -> None:
    _, _, found = advised()
    rates = [finding.promise.spec.learning_rate for finding in found if finding.code == "rate_high" and finding.promise]
    assert len(rates) == 1
    assert rates[0] < 0.01


OTHERS: list[tuple[Knobs, str]] = [
    ({"learning_rate": 1.0}, "rate_high"),  # at the base width too
    ({"optimizer": "sgd", "learning_rate": 8.0}, "rate_high"),  # nothing is known of its width
    ({"weight_decay": 0.3, "learning_rate": 0.002}, "decay"),
    ({"layer_gains": (1.0, 1.0, 1.0, 300.0), "learning_rate": 0.004}, "output_gain"),  # μP makes that quieter too
    ({"activation": "relu", "init": "std", "weight_init_std": 1.0, "learning_rate": 0.002}, "init_large"),
    ({"learning_rate": 2e-6}, "rate_low"),
]


@pytest.mark.parametrize(("knobs", "cause"), OTHERS, ids=[cause for _, cause in OTHERS])
def test_where_another_cause_is_to_blame_the_width_is_not(knobs: Knobs, cause: str) -> None:
    _, advice, found = advised(**knobs)
    assert advice.width is None
    assert not advice.healthy
    codes = {finding.code for finding in found}
    assert cause in codes
    assert "width_rate" not in codes


@pytest.mark.parametrize(
    ("knobs", "far"),
    [
        ({}, True),
        ({"optimizer": "rmsprop"}, True),
        ({"optimizer": "adagrad"}, True),
        ({"hidden_sizes": (64, 64)}, True),
        ({"hidden_sizes": (4, 2)}, True),
        ({"hidden_sizes": (63, 500)}, False),
        ({"hidden_sizes": (5, 2)}, False),
        ({"hidden_sizes": (2, 192)}, False),
        ({"optimizer": "sgd"}, False),
        ({"optimizer": "momentum"}, False),
        ({"optimizer": "nesterov"}, False),
        ({"parametrization": "mup"}, False),
        ({"init": "std"}, False),
        ({"weights": "/some/file.npz"}, False),
        ({"learning_rate": 0.0}, False),
    ],
    ids=str,
)
def test_only_networks_far_from_the_base_width_whose_rate_goes_with_it_are_suspected(knobs: Knobs, far: bool) -> None:
    assert is_far(TrainingSpec(**{**WIDE, **knobs})) == far


HERE, BASE = 192, 16
HIGH, BETWEEN, LOW = 0.0625, 0.018, 0.00521
SHIFTED: Mapping[tuple[int, float], float] = {
    (HERE, HIGH): 0.3, (HERE, LOW): 0.9, (BASE, HIGH): 0.9, (BASE, BETWEEN): 0.91, (BASE, LOW): 0.8,
}  # fmt: skip


def ended(accuracy: float, *, finite: bool = True) -> Outcome:
    return Outcome(150, 2.3, 2.0 - accuracy, accuracy, finite)


def claimed(
    accuracies: Mapping[tuple[int, float], float] = SHIFTED,
    later: Mapping[tuple[int, float], float] | None = None,
    mup: float = 0.9,
    broke: tuple[int, float] | None = None,
    too_long: tuple[int, float] | None = None,
) -> bool:
    """Whether the width is blamed where trials come to this, by width and rate; `later` with the next seed."""
    spec = TrainingSpec(**WIDE)

    def run(tried: TrainingSpec) -> Outcome | None:
        place = (tried.hidden_sizes[0], tried.learning_rate)
        found = accuracies if tried.seed == spec.seed else {**accuracies, **(later or {})}
        return None if place == too_long else ended(found[place], finite=place != broke)

    here = run(spec)
    assert here is not None
    return width_rate(spec, here, ended(mup), 10, run) is not None


def test_the_width_is_blamed_where_only_it_gains_by_the_other_rate() -> None:
    assert claimed()
    assert claimed(broke=(HERE, HIGH))
    assert claimed(broke=(BASE, LOW))


@pytest.mark.parametrize(
    "changes",
    [
        {(HERE, LOW): 0.31},  # the other rate does not help here
        {(HERE, LOW): 0.11},
        {(BASE, LOW): 0.96},  # it helps the base width as well
        {(BASE, BETWEEN): 0.96},
        {(HERE, HIGH): 0.86, (BASE, BETWEEN): 0.92},  # … by half of what it gains here
        {(BASE, HIGH): 0.1, (BASE, BETWEEN): 0.1, (BASE, LOW): 0.1},  # the base width fails itself
    ],
    ids=str,
)
def test_the_width_is_not_blamed_where_the_rates_show_another_cause(changes: dict[tuple[int, float], float]) -> None:
    assert not claimed({**SHIFTED, **changes})
    assert not claimed(later=changes)


def test_the_width_is_not_blamed_where_mup_does_not_mend_the_run_or_mends_more_than_the_rate() -> None:
    assert not claimed(mup=0.31)
    assert not claimed({**SHIFTED, (HERE, LOW): 0.6}, mup=0.9)
    assert claimed({**SHIFTED, (HERE, LOW): 0.6}, mup=0.6)


@pytest.mark.parametrize("place", [(HERE, LOW), (BASE, HIGH), (BASE, BETWEEN), (BASE, LOW)])
def test_nothing_is_said_of_the_width_where_a_trial_would_take_too_long(place: tuple[int, float]) -> None:
    assert not claimed(too_long=place)


@pytest.mark.parametrize("rate", [1e-323, 1e308])
def test_a_rate_that_cannot_be_scaled_is_not_tried(rate: float) -> None:
    narrow = TrainingSpec(**{**WIDE, "hidden_sizes": (1, 1), "base_width": 1_000_000, "learning_rate": rate})
    wide = TrainingSpec(**{**WIDE, "base_width": 1, "learning_rate": rate})
    for spec in (narrow, wide):
        assert is_far(spec)
        assert width_rate(spec, ended(0.1), ended(0.9), 10, lambda _: None) is None


def test_the_oracle_refuses_the_sentence_where_another_cause_is_to_blame() -> None:
    frame, _, found = advised()
    (said,) = (finding for finding in found if finding.code == "width_rate")
    oracle = Oracle(frame)
    assert oracle.is_true(said)
    for wrong in ({"accuracy": 0.9}, {"at_base": 0.1}, {"scaled": 0.0521}, {"base": 64}):
        assert not oracle.is_true(replace(said, numbers={**said.numbers, **wrong}, promise=None)), wrong
    for knobs in ({"optimizer": "sgd"}, {"learning_rate": 1.0}, {"init": "std"}, {"parametrization": "mup"}):
        other = trained(TrainingSpec(**{**WIDE, **knobs}))
        rate = other.spec.learning_rate
        numbers = {**said.numbers, "rate": rate, "scaled": rate / 12}
        numbers |= reached(other, rate)
        assert not Oracle(other).is_true(replace(said, numbers=numbers, promise=None)), knobs


def reached(frame: Frame, rate: float) -> dict[str, float]:
    """Give what the four runs of the sentence really come to, so that only its cause is wrong."""
    spec = frame.spec
    narrow = spec.replaced(hidden_sizes=(16, 16, 16))
    four = {"accuracy": spec, "at_base": narrow}
    four |= {f"{name}_scaled": each.replaced(learning_rate=rate / 12) for name, each in four.items()}
    return {name: float(trained(each).evaluations[-1, 1]) for name, each in four.items()}
