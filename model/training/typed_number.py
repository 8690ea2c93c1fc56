"""Numbers as people type them: digits, or a small calculation such as 1/64 or sqrt(2/784), worked out without eval."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

LONGEST = 400
"""Characters of a number: more are a mistake, and above 4,300 digits Python itself raises."""
_DEEPEST = 20
"""Levels of brackets and powers, far from where recursion ends."""
_MOST_BITS = 4 * LONGEST

_DIGITS = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_FLOAT = re.compile(rf"[+-]?{_DIGITS}", re.ASCII)
_INT = re.compile(r"[+-]?\d+", re.ASCII)
_TOKEN = re.compile(rf"({_DIGITS}|\*\*|[-+*/()]|sqrt|pi) *", re.ASCII)
# What word processors, phones and papers put in place of the signs of a keyboard.
_USUAL = str.maketrans({"\u2212": "-", "×": "*", "÷": "/", "√": "sqrt", "π": "pi"})


def read_float(text: str) -> float | None:
    """Read a number or a calculation; None for any other text, and where the result is not finite."""
    text = text[: LONGEST + 1].translate(_USUAL)
    if len(text) > LONGEST:
        return None
    value = float(text) if _FLOAT.fullmatch(text) else _calculated(text, _FLOATS)
    return float(value) if value is not None and math.isfinite(value) else None


def read_whole(text: str) -> int | None:
    """Read a whole number, or a calculation with whole numbers that gives one exactly; None for any other text."""
    text = text[: LONGEST + 1].translate(_USUAL)
    if len(text) > LONGEST:
        return None
    value = int(text) if _INT.fullmatch(text) else _calculated(text, _EXACT)
    return int(value) if value is not None and value == int(value) else None


@dataclass(frozen=True, slots=True)
class _Arithmetic:
    """What a kind of number can do beyond + - * /."""

    literal: Callable[[str], Any]
    power: Callable[[Any, Any], Any]
    names: dict[str, Any]
    functions: dict[str, Callable[[Any], Any]]


def _exact(text: str) -> Fraction:
    return Fraction(int(text))  # a point or an exponent makes no whole number


def _exact_power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1 or abs(exponent) * max(base.numerator.bit_length(), 1) > _MOST_BITS:
        raise ArithmeticError
    return base ** int(exponent)


_FLOATS = _Arithmetic(float, math.pow, {"pi": math.pi}, {"sqrt": math.sqrt})
_EXACT = _Arithmetic(_exact, _exact_power, {}, {})


def _calculated(text: str, arithmetic: _Arithmetic) -> Any | None:  # noqa: ANN401  of the arithmetic's own kind
    """Work out a calculation; None where the text is none, or it has no result."""
    tokens = _TOKEN.findall(text)
    if text != text.strip() or "".join(tokens) != text.replace(" ", "") or _TOKEN.sub("", text):
        return None
    if not any(sign in tokens for sign in ("+", "-", "*", "/", "**", "sqrt", "pi")):
        return None
    calculation = _Calculation(tokens, arithmetic)
    try:
        value = calculation.sum(0)
    except (ArithmeticError, ValueError, LookupError):
        return None
    return value if calculation.is_read() else None


class _Calculation:
    """A calculation being read from the left, by recursive descent; what does not fit raises LookupError."""

    def __init__(self, tokens: list[str], arithmetic: _Arithmetic) -> None:
        self._tokens = [*tokens, ""]
        self._at = 0
        self._arithmetic = arithmetic

    def is_read(self) -> bool:
        return self._tokens[self._at] == ""

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _takes(self, *tokens: str) -> str:
        """Take the next token if it is one of these."""
        return self._next() if self._tokens[self._at] in tokens else ""

    def sum(self, depth: int) -> Any:  # noqa: ANN401
        value = self._product(depth)
        while sign := self._takes("+", "-"):
            other = self._product(depth)
            value = value + other if sign == "+" else value - other
        return value

    def _product(self, depth: int) -> Any:  # noqa: ANN401
        value = self._signed(depth)
        while sign := self._takes("*", "/"):
            other = self._signed(depth)
            value = value * other if sign == "*" else value / other
        return value

    def _signed(self, depth: int) -> Any:  # noqa: ANN401
        """Read a power with at most one sign before it, which binds less than the power: -2**2 is -4."""
        sign = self._takes("+", "-")
        value = self._atom(depth)
        if self._takes("**"):
            value = self._arithmetic.power(value, self._deeper(self._signed, depth))
        return -value if sign == "-" else value

    def _atom(self, depth: int) -> Any:  # noqa: ANN401
        found = self._next()
        if found in self._arithmetic.functions:
            return self._arithmetic.functions[found](self._deeper(self._atom, depth))
        if found == "(":
            value = self._deeper(self.sum, depth)
            if self._next() != ")":
                raise LookupError
            return value
        if found in self._arithmetic.names:
            return self._arithmetic.names[found]
        if not found[:1].isdigit() and found[:1] != ".":
            raise LookupError
        return self._arithmetic.literal(found)

    def _deeper(self, read: Callable[[int], Any], depth: int) -> Any:  # noqa: ANN401
        if depth >= _DEEPEST:
            raise LookupError
        return read(depth + 1)
