"""What sets one run apart from another is said in the fewest words that are true."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.training.differences import differences, what_differs
from model.training.idle import idle_knobs
from model.training.spec import KNOBS, TrainingSpec

BOOK = TrainingSpec()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"init": "he"}, "He"),
        ({"init": "he", "weight_init_std": 3.0}, "He"),
        ({"weight_init_std": 1.0}, "std 1"),
        ({"weight_init_std": 0.0}, "std 0"),
        ({"weight_init_std": 0.01000000001}, "std 0.01000000001"),
        ({"seed": 3, "activation": "tanh"}, "seed 3, tanh"),
        ({"hidden_sizes": (50, 50)}, "hidden 50,50"),
        ({"learning_rate": 0.5, "batch_size": 10}, "rate 0.5, batch 10"),
        ({"optimizer": "momentum", "momentum": 0.5}, "momentum, momentum 0.5"),
        ({"data": "/data/me/beans.csv"}, "beans.csv"),
        ({"dataset": "xor", "noise": 0.2}, "xor, noise 0.2"),
        ({"steps": 40_000}, "40,000 steps"),
        ({"stop_on_divergence": True}, "stop on divergence"),
        ({"init_distribution": "uniform", "dtype": "float64"}, "uniform, float64"),
        ({"parametrization": "mup", "base_width": 32}, "mup parametrisation, base width 32"),
        ({"base_width": 32}, "same, before"),
        ({}, "same, before"),
        ({"momentum": 0.1}, "same, before"),
    ],
)
def test_a_run_is_named_by_what_differs_from_the_present_one(changes: dict[str, object], said: str) -> None:
    assert str(what_differs(BOOK.replaced(**changes), BOOK)) == said


def test_a_std_is_named_where_the_present_run_has_a_scheme() -> None:
    assert str(what_differs(BOOK, BOOK.replaced(init="he"))) == "std 0.01"
    assert str(what_differs(BOOK, BOOK.replaced(data="beans.csv"))) == "digits"


VALUES = {
    "weight_init_std": st.sampled_from([0.0, 0.01, 1.0]),
    "init": st.sampled_from(["std", "he", "lsuv"]),
    "seed": st.integers(0, 3),
    "activation": st.sampled_from(["relu", "tanh"]),
    "optimizer": st.sampled_from(["sgd", "momentum"]),
    "momentum": st.sampled_from([0.5, 0.9]),
    "dataset": st.sampled_from(["digits", "xor"]),
    "noise": st.sampled_from([0.1, 0.2]),
    "steps": st.sampled_from([10, 2000]),
}
SPECS = st.fixed_dictionaries(VALUES).map(lambda values: BOOK.replaced(**values))


@given(one=SPECS, other=SPECS)
def test_as_much_is_said_as_differs_and_matters(one: TrainingSpec, other: TrainingSpec) -> None:
    said = differences(one, other)
    apart = {name for name in KNOBS if getattr(one, name) != getattr(other, name) and name not in idle_knobs(one)}
    if one.init == "std" != other.init:
        apart = apart - {"init"} | {"weight_init_std"}
    assert len(said) == len(apart)
    assert all(str(words) for words in said)
    assert differences(one, one) == ()
