"""Words made to fit: letters shrink a little before anything is cut off."""

import pytest

from model.figures.text_fit import LEAST_LETTERS, elide, shrinking


def test_letters_shrink_just_enough_for_the_widest_and_no_further_than_can_be_read() -> None:
    def measure(text: str) -> float:
        return 10.0 * len(text)

    assert shrinking(["four", "sevenxx"], [100, 100], measure) == 1
    share = shrinking(["four", "elevenxxxxx"], [100, 100], measure)
    assert share == pytest.approx(0.9, abs=0.03)
    assert elide("elevenxxxxx", 100, lambda text: share * measure(text)) == "elevenxxxxx"
    assert shrinking(["x" * 100], [100], measure) == LEAST_LETTERS
    assert shrinking([], [], measure) == 1
