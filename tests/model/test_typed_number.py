"""Numbers may be typed as a small calculation; it is worked out exactly as Python would, and nothing else is run."""

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.arguments import parse_train_arguments
from model.training.spec import KNOBS, TrainingSpec
from model.training.typed_number import LONGEST, read_float, read_whole

STD = KNOBS["weight_init_std"]

TYPED = {
    "1/64": 1 / 64,
    "sqrt(2/784)": math.sqrt(2 / 784),
    "√(2/784)": math.sqrt(2 / 784),
    "√2": math.sqrt(2),
    "sqrt 2": math.sqrt(2),
    "sqrt(1 / 100)": 0.1,
    "1 / 64": 1 / 64,
    "2**-3": 0.125,
    "10**-2": 0.01,
    "-2**2": -4.0,
    "2**3**2": 512.0,
    "(1+2)*3": 9.0,
    "1+2*3": 7.0,
    "8/2/2": 2.0,
    "1-2-3": -4.0,
    "1--1": 2.0,
    "1e-3*5": 0.005,
    ".5*4.": 2.0,
    "2*pi": 2 * math.pi,
    "π": math.pi,
    "3×10": 30.0,
    "1÷4": 0.25,
    "−0.5": -0.5,
    "1e−3": 0.001,
    "1−0.5": 0.5,
    "1/3*3": 1.0,
}


@pytest.mark.parametrize(("text", "value"), TYPED.items())
def test_a_calculation_is_worked_out(text: str, value: float) -> None:
    assert read_float(text) == value


NO_CALCULATIONS = [
    "1/0", "0**-1", "sqrt(-1)", "(-1)**0.5", "1e308*10", "1e308*10-1e308*10", "1/", "/2", "*", "()", "(1",
    "1)", "1 2/3", "2(3)", "sqrt", "sqrt()", "sqrt(1,2)", "--1", "1***2", "1//2", "1%2", "1e", "1/ 2 ", " 1/2", "1/2\n",
    "1\t/2", "x/2", "abs(1)", "__import__('os')", "1if 1else 2", "0x10/2", "1_0/2", "0,5/2", "१/२", "1/½", "nan/1",
    "inf-1", "pi()", "2pi", "pi pi", "lambda:1", "[1]", "1;2", "1=1", "#1", "1j", "1/2j", "'a'*9", "sqrtpi2",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_CALCULATIONS)
def test_any_other_text_is_no_number(text: str) -> None:
    assert read_float(text) is None
    assert read_whole(text) is None


def test_a_power_beyond_floats_is_no_number() -> None:
    assert read_float("10**400") is None
    assert read_whole("10**400") == 10**400  # the knob's limits refuse it


@pytest.mark.parametrize(
    ("text", "value"), [("2**10", 1024), ("60000/100", 600), ("2*(3+4)", 14), ("1/2*100", 50), ("−3", -3), ("7-7", 0)]
)
def test_a_whole_number_may_be_calculated_where_it_comes_out_whole(text: str, value: int) -> None:
    found = read_whole(text)
    assert (type(found), found) == (int, value)


@pytest.mark.parametrize("text", ["1/2", "1e3*1", "2.0*3", "sqrt(4)", "2*pi", "2**0.5", "9**9**9", "2**2000", "2**-1"])
def test_what_does_not_come_out_whole_or_is_endless_is_no_whole_number(text: str) -> None:
    start = time.thread_time()
    assert read_whole(text) is None
    assert time.thread_time() - start < 0.5


@pytest.mark.parametrize(
    "text", ["(" * 199 + "1" + ")" * 199 + "*1", "sqrt " * 79 + "1", "2**" * 130 + "1", "9**" * 130 + "9", "-(" * 150]
)
def test_deep_and_endless_calculations_are_refused_at_once(text: str) -> None:
    start = time.thread_time()
    assert read_float(text) is None
    assert read_whole(text) is None
    assert time.thread_time() - start < 0.5


def test_a_text_longer_than_any_number_is_refused() -> None:
    assert read_float("1+" * (LONGEST // 2) + "1") is None
    assert read_float("1+" * (LONGEST // 2 - 1) + "1") == LONGEST // 2


# Trees of calculations, written with all brackets, and what Python makes of them.
LEAVES = st.floats(0, 1e6).map(repr).filter(lambda text: "n" not in text)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(lambda t: f"({t[0]}{t[1]}{t[2]})")
        | inner.map(lambda text: f"sqrt({text})")
        | inner.map(lambda text: f"(-{text})")
    ),
    max_leaves=12,
)


@given(text=TREES)
def test_a_calculation_gives_what_python_gives(text: str) -> None:
    try:
        expected = float(eval(text, {"__builtins__": {}, "sqrt": math.sqrt}))  # noqa: S307  made above
    except (ArithmeticError, ValueError):
        expected = math.nan
    found = read_float(text)
    if len(text) <= LONGEST and math.isfinite(expected):
        assert found == expected
    else:
        assert found is None


@given(text=st.text(alphabet="0123456789.eE+-*/() sqrtpi−√×", max_size=40))
def test_whatever_is_typed_is_a_finite_number_or_none(text: str) -> None:
    value = read_float(text)
    assert value is None or math.isfinite(value)
    assert value is None or STD.parse(text) == value
    read_whole(text)


def test_flags_take_calculations_and_a_spec_file_holds_numbers_alone() -> None:
    words = ["--weight-init-std", "sqrt(2/784)", "--learning-rate", "1/64", "--steps", "2*50", "--noise", "−0+1/4"]
    spec = parse_train_arguments(words).spec
    assert spec == TrainingSpec(weight_init_std=math.sqrt(2 / 784), learning_rate=1 / 64, steps=100, noise=0.25)
    with pytest.raises(ValueError, match="must be a finite number"):
        TrainingSpec.from_json('{"weight_init_std": "1/64"}')


@pytest.mark.parametrize(
    ("knob", "text", "meant"),
    [
        ("weight_init_std", "0,01", "0.01"),
        ("weight_init_std", "−0,5", "-0.5"),
        ("weight_init_std", "12,5e-3", "12.5e-3"),
        ("weight_init_std", "1,234", ""),
        ("weight_init_std", "1.234,5", ""),
        ("steps", "2,000", "2000"),
        ("steps", "1 000 000", "1000000"),
        ("steps", "1\u202f000", "1000"),
        ("steps", "1.000", ""),
        ("steps", "10,00", ""),
        ("hidden_sizes", "50,50", ""),
        ("init", "0,5", ""),
    ],
)
def test_what_was_surely_meant_is_suggested_and_nothing_else(knob: str, text: str, meant: str) -> None:
    assert KNOBS[knob].suggestion(text) == meant
    if meant:
        KNOBS[knob].parse(meant)
