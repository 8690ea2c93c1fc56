"""One flat vector holds all parameters; a layout names its parts, W1, b1, W2, b2 and so on."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

import numpy as np
import numpy.typing as npt

S = TypeVar("S", bound=np.generic)

SMALLEST_NORMAL: dict[str, float] = {name: float(np.finfo(name).tiny) for name in ("float32", "float64")}
"""By dtype: numbers below it are subnormal, have fewer digits, and take the processor many times as long."""


@dataclass(frozen=True)
class Layout:
    """Where each parameter of a fully connected network lies in the flat vector.

    Parameters
    ----------
    sizes : widths of all layers (n_features, hidden…, n_classes), at least two
    """

    sizes: tuple[int, ...]

    @property
    def n_layers(self) -> int:
        """Number of weight layers: 2 for the two-layer network."""
        return len(self.sizes) - 1

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each parameter in the order of the flat vector; W is (fan_in, fan_out), b is (fan_out,)."""
        shapes: dict[str, tuple[int, ...]] = {}
        for layer, (fan_in, fan_out) in enumerate(pairwise(self.sizes), start=1):
            shapes[f"W{layer}"] = (fan_in, fan_out)
            shapes[f"b{layer}"] = (fan_out,)
        return shapes

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.shapes)

    @cached_property
    def n_params(self) -> int:
        """Number of scalars; exact for any size."""
        return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(self.sizes))

    def views(self, flat: npt.NDArray[S]) -> dict[str, npt.NDArray[S]]:
        """Name the parts of a flat vector (n_params,); they are views, so writing to them writes to it."""
        return {name: flat[part].reshape(self.shapes[name]) for name, part in self._parts()}

    def _parts(self) -> Iterator[tuple[str, slice]]:
        start = 0
        for name, shape in self.shapes.items():
            stop = start + int(np.prod(shape, dtype=np.int64))
            yield name, slice(start, stop)
            start = stop
