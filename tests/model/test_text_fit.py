"""Words made to fit: letters shrink a little before anything is cut off."""

import pytest

from model.figures.text_fit import LEAST_LETTERS, elide, letter_share, one_line, shrinking


def test_letters_shrink_just_enough_for_the_widest_and_no_further_than_can_be_read() -> None:
    def measure(text: str) -> float:
        return 10.0 * len(text)

    assert shrinking(["four", "sevenxx"], [100, 100], measure) == 1
    share = shrinking(["four", "elevenxxxxx"], [100, 100], measure)
    assert share == pytest.approx(0.9, abs=0.03)
    assert elide("elevenxxxxx", 100, lambda text: share * measure(text)) == "elevenxxxxx"
    assert shrinking(["x" * 100], [100], measure) == LEAST_LETTERS
    assert shrinking([], [], measure) == 1


def test_letters_shrink_for_height_as_for_width_and_are_left_out_where_they_would_be_too_small() -> None:
    def measure(text: str) -> float:
        return 10.0 * len(text)

    def share(height: float, width: float = 100.0) -> float:
        return letter_share(["four"], [width], measure, height=height, size=10.0)

    assert share(0.0) == share(11.0) == share(50.0) == 1
    assert share(9.9) == pytest.approx(0.9)
    assert share(1.1 * 10 * LEAST_LETTERS) == LEAST_LETTERS
    assert share(8.0) == 0
    assert share(9.9, width=measure("four") * 0.8) < 0.9


def test_a_line_has_no_breaks_and_keeps_what_joins_letters() -> None:
    assert one_line("two\nlines\x00") == "two lines"
    assert one_line("می\u200cخواهم") == "می\u200cخواهم"
