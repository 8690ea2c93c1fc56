"""Words: numbers in them are written as people write them."""

import pytest

from model.words import Real, first_few, msg


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        (0.0, ".2g", "0"),
        (0.25, ".2g", "0.25"),
        (513.2, ".2g", "510"),
        (-3e5, ".3g", "-300,000"),
        (999_999.0, ".2g", "1×10⁶"),
        (5.23e15, ".3g", "5.23×10¹⁵"),
        (4.96e-9, ".2g", "5×10⁻⁹"),
        (float("inf"), ".2g", "∞"),
        (float("nan"), ".2g", "NaN"),
        (12.5, ".1f", "12.5"),
    ],
)
def test_a_real_number_is_written_without_an_e(value: float, spec: str, text: str) -> None:
    assert format(Real(value), spec) == text
    assert str(msg("it is {value:" + spec + "}", value=Real(value))) == f"it is {text}"


@pytest.mark.parametrize(("names", "text"), [("", ""), ("ab", "a, b"), ("abc", "a, b, …")])
def test_of_many_names_the_first_few_are_listed(names: str, text: str) -> None:
    assert first_few(names, 2) == text
