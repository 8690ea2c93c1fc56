"""Words made to fit a width: broken into lines, or shortened with an ellipsis."""

import re
from collections.abc import Callable, Iterable, Sequence

from model.foreign_text import is_printable

LEAST_LETTERS = 0.75
"""The share of their size to which letters in a plot shrink before words are cut off."""
_LINE = 1.1
"""Height of a line between others, in sizes of its letters."""
_SAFE = 0.97
"""Letters do not shrink quite as their size does, for they are fitted to pixels."""

_MORE = re.compile(r"  |: |, | \(")
"""Where a title has its name behind it."""
# Chinese and Japanese may break anywhere but before a closing mark.
_WORD = re.compile(r"\s*(?:[\u2e80-\uffff]|[^\s\u2e80-\uffff]+)[、。,.!?:;,。!?:;)」』】》]*")


def wrap(text: str, width: float, most: int, measure: Callable[[str], float]) -> list[str]:
    """Break a text into at most `most` lines of `width`; what does not fit ends in "…"."""
    lines: list[str] = []
    line = ""
    for word in _WORD.findall(text):
        if measure(line + word) <= width or not line:
            line += word if line else word.strip()
        else:
            lines.append(line)
            line = word.strip()
    lines.append(line)
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])] if most else []
    return [elide(line, width, measure) for line in lines if line]


def short_title(text: str) -> str:
    """Give the name that a title begins with, without what it says more of it."""
    return _MORE.split(text, maxsplit=1)[0]


def elide(text: str, width: float, measure: Callable[[str], float]) -> str:
    """Shorten a text to a width; "…" stands for what was left out."""
    if measure(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle].rstrip() + "…") <= width else (low, middle - 1)
    return text[:low].rstrip() + "…" if low else ""


def room_beside(before: float, after: float, align: str) -> float:
    """Give the width for words at a place with so much room before and after it; they begin, end or stand there."""
    return {"left": after, "right": before, "center": 2 * min(before, after)}[align]


def shrinking(texts: Iterable[str], rooms: Iterable[float], measure: Callable[[str], float]) -> float:
    """Give how much smaller letters must be for every text to have room in its width: LEAST_LETTERS … 1."""
    needed = [_SAFE * room / width for text, room in zip(texts, rooms, strict=True) if (width := measure(text)) > room]
    return max(min(needed, default=1.0), LEAST_LETTERS)


def letter_share(
    texts: Sequence[str],
    rooms: Sequence[float],
    measure: Callable[[str], float],
    *,
    height: float,
    size: float,
) -> float:
    """Give how much smaller letters must be to have room across and in height; 0 where they are left out instead.

    Parameters
    ----------
    texts, rooms : words, and the width that there is for each
    measure : gives the width of a text in letters of `size`
    height : that there is for a line of them, 0 for as much as it takes
    size : of the letters, in the unit of all lengths
    """
    tall = min(height / (_LINE * size), 1.0) if height else 1.0
    return min(tall, shrinking(texts, rooms, measure)) if tall >= LEAST_LETTERS else 0.0


def one_line(text: str) -> str:
    """Bring a text to one line without control characters."""
    return "".join(c if is_printable(c) else " " for c in text).strip()
