"""What the colours of a plot stand for: the two ends of an absolute scale, in numbers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np
import numpy.typing as npt

from model.figures.figure import Image, Mark, Plot, Segments
from model.figures.palette import Theme, colour
from model.figures.shades import shades
from model.words import Message, Real, msg


@dataclass(frozen=True, slots=True)
class ColourKey:
    """A scale of colours; `limits` are the values that have the full colour, several where each layer has its own."""

    label: Message
    limits: tuple[float, ...]
    signed: bool
    role: str = "accent"
    words: tuple[str, str] | None = None

    @property
    def ends(self) -> tuple[str, str]:
        """What stands at its two ends."""
        if self.words is not None:
            return self.words
        sizes = [f"{Real(limit):.2g}" for limit in sorted({self.limits[0], self.limits[-1]})]
        high = " … ".join(sizes)
        low = " … ".join(f"−{size}" for size in sizes) if self.signed else "0"
        return low, high

    def inks(self, theme: Theme, n: int) -> npt.NDArray[np.uint8]:
        """Give its colours (n, 3) from one end to the other."""
        share = np.linspace(-1.0 if self.signed else 0.0, 1.0, n)
        return shades(share, theme, ink="" if self.signed else colour(self.role, theme))


def colour_keys(plots: Iterable[Plot]) -> tuple[ColourKey, ...]:
    """List the scales of some plots, each once; classes have their colours in the legend."""
    keys: dict[tuple[object, ...], ColourKey] = {}
    limits: list[float] = []
    for mark in (mark for plot in plots for mark in plot.marks):
        if isinstance(mark, Image) and mark.scale != "classes":
            key = ColourKey(mark.label, (mark.limit,), mark.scale == "diverging", mark.role, mark.ends)
            keys.setdefault((str(mark.label), key.limits, key.signed), key)
        elif _is_link(mark):
            limits.append(mark.limit)
    links = [ColourKey(msg("weight"), (min(limits), max(limits)), signed=True)] if limits else []
    return (*keys.values(), *links)


def _is_link(mark: Mark) -> TypeGuard[Segments]:
    return isinstance(mark, Segments) and mark.signed
