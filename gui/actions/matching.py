"""How well a few letters fit a name: its start before its words, and those before letters with gaps between them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

_BETWEEN = re.compile(r"[\s_…:,()/–-]+")


class Fit(IntEnum):
    """From the best fit to the least."""

    WHOLE = 0
    START = 1
    WORDS_IN_ORDER = 2
    WORDS = 3
    INITIALS = 4
    INSIDE = 5
    HELP = 6
    GAPS = 7


@dataclass(frozen=True, order=True, slots=True)
class Rank:
    """Smaller is better."""

    fit: Fit
    spread: int
    """Letters over which the typed ones are spread."""


@lru_cache(4096)
def plain(text: str) -> str:
    """Write a text as it is compared: small letters, and one space for whatever stands between words."""
    return _BETWEEN.sub(" ", text.casefold()).strip()


def rank(typed: str, name: str) -> Rank | None:
    """Tell how well `typed` fits a name, both as `plain` writes them; None where it does not."""
    if name.startswith(typed):
        return Rank(Fit.WHOLE if typed == name else Fit.START, 0)
    words, in_name = typed.split(), name.split()
    places = [next((at for at, each in enumerate(in_name) if each.startswith(word)), -1) for word in words]
    if -1 not in places:
        return Rank(Fit.WORDS_IN_ORDER if places == sorted(set(places)) else Fit.WORDS, max(places))
    letters = "".join(words)
    if len(letters) > 1 and "".join(word[0] for word in in_name).startswith(letters):
        return Rank(Fit.INITIALS, 0)
    if typed in name:
        return Rank(Fit.INSIDE, name.index(typed))
    spread = _spread(letters, name) if len(letters) > 1 else None
    return None if spread is None else Rank(Fit.GAPS, spread)


def best_rank(typed: str, names: Iterable[str]) -> Rank | None:
    """Tell how well `typed` fits the one of these names that it fits best."""
    return min((found for name in names if (found := rank(typed, name)) is not None), default=None)


def explains(typed: str, text: str) -> bool:
    """Tell whether each word of `typed` begins a word of a text, both as `plain` writes them."""
    within = f" {text}"
    return all(f" {word}" in within for word in typed.split())


def _spread(letters: str, name: str) -> int | None:
    """Give over how many letters of a name these are spread, from the start of a word; None if they are not there."""
    starts = [at for at, letter in enumerate(name) if letter == letters[0] and (at == 0 or name[at - 1] == " ")]
    ends = [(at, _end(letters, name, at)) for at in starts]
    return min((end - at for at, end in ends if end is not None), default=None)


def _end(letters: str, name: str, start: int) -> int | None:
    at = start
    for letter in letters:
        at = name.find(letter, at) + 1
        if at == 0:
            return None
    return at
