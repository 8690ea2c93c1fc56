"""The words for people: a message keeps its English text apart from its numbers until it is shown."""

import gettext
import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from model.foreign_text import showable

DOMAIN = "initscope"
LOCALE_DIR = Path(__file__).resolve().parent.parent / "resources" / "locale"
SOURCE_LANGUAGE = "en"

_PLAIN_POWERS = 6
"""Powers of ten from which on numbers are written with one."""
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

_catalogue: gettext.NullTranslations = gettext.NullTranslations()


@dataclass(frozen=True, slots=True)
class Message:
    """A text with named places, and what fills them; `str()` gives it in the chosen language."""

    text: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return _catalogue.gettext(self.text).format(**self.params) if self.text else ""

    def __hash__(self) -> int:
        return hash((self.text, tuple(sorted((k, str(v)) for k, v in self.params.items()))))


def msg(text: str, /, **params: object) -> Message:
    """Make a message; `text` is the English original and the key of every translation."""
    return Message(text, params)


class Real(float):
    """A number written for people: "510" and "2.1×10⁻⁷" where plain formatting gives "5.1e+02" and "2.1e-07"."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        if not math.isfinite(self):
            return "NaN" if math.isnan(self) else "∞" if self > 0 else "−∞"
        text = super().__format__(spec)
        mantissa, e, power = text.partition("e")
        if not e:
            return text
        exponent = int(power)
        if 0 <= exponent < _PLAIN_POWERS:
            return f"{float(text):,.0f}"
        return f"{mantissa}×10{str(exponent).translate(_SUPERSCRIPTS)}"


def near_one(value: float) -> str:
    """Write a share of 1 so that what is almost 1 is not written as 1: "0.87", "1−3×10⁻⁶"."""
    short = 1 - value
    return f"1−{Real(short):.1g}" if 0 < short < 0.005 else f"{value:.2f}"


def languages() -> list[str]:
    """List the languages that can be chosen, the source language first."""
    found = {p.parent.parent.name for p in LOCALE_DIR.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")}
    return [SOURCE_LANGUAGE, *sorted(found - {SOURCE_LANGUAGE})]


def use_language(language: str) -> None:
    """Show every message from now on in `language`, one of `languages()`."""
    global _catalogue  # noqa: PLW0603  gettext itself is one catalogue a process
    _catalogue = gettext.translation(DOMAIN, LOCALE_DIR, [language], fallback=True)


def human_bytes(n_bytes: int) -> str:
    """Give a size as people say it: `human_bytes(6_300_000_000_000)` is `"6.3 TB"`."""
    value, unit = float(min(n_bytes, 10**300)), "B"
    for unit in ("B", "kB", "MB", "GB", "TB", "PB", "EB"):
        if value < 999.5 or unit == "EB":
            break
        value /= 1000
    return f"{value:.3g} {unit}" if value < 1e6 else f"{value:.1e} {unit}"


def per_second(rate: float) -> Message:
    """Say a number of steps a second, in whole ones: 333 steps/s, 1 step/s."""
    whole = f"{rate:,.0f}"
    return msg("1 step/s") if whole == "1" else msg("{rate} steps/s", rate=whole)


def clock(seconds: float) -> str:
    """Give a duration as a clock shows it: `clock(3725)` is `"1:02:05"`, `clock(42)` is `"0:42"`."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def first_few(names: Iterable[str], most: int) -> str:
    """List at most so many names: `first_few("abc", 2)` is `"a, b, …"`."""
    found = list(itertools.islice(names, most + 1))
    return ", ".join([*found[:most], "…"] if len(found) > most else found)


def echo(text: str, limit: int = 40) -> str:
    """Repeat what a person typed so that it is safe to show: printable, quoted, at most `limit` long."""
    return f"“{showable(text, limit)}”"
