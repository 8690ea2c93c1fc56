"""How weights and rates go with the width: the standard parametrisation, and μP, the maximal update one.

Yang & Hu et al. 2022, "Tensor Programs V: Tuning Large Neural Networks via Zero-Shot Hyperparameter Transfer", table 3,
in the form without multipliers that the package microsoft/mup computes for a fully connected network. A network
of the base width is the same in both; μP says how the standard deviation and the learning rate of each layer
change from there, so that every layer's outputs change by as much whatever the width.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

BASE_WIDTH = 64
SGD_LIKE = ("sgd", "momentum", "nesterov")
"""Optimisers whose update grows with the gradient; the update of all others has a size of its own."""


def multiples(sizes: Sequence[int], base_width: int) -> list[tuple[float, float]]:
    """Give how many times wider than the base each weight matrix is, (fan_in, fan_out); data and classes are not."""
    inner = [1.0, *(size / base_width for size in sizes[1:-1]), 1.0]
    return list(pairwise(inner))


def base_sizes(sizes: Sequence[int], parametrization: str, base_width: int) -> tuple[int, ...]:
    """Give the widths of the network that the scheme is asked about: of its own, or with all hidden ones the base."""
    if parametrization == "standard":
        return tuple(sizes)
    return (sizes[0], *(base_width for _ in sizes[1:-1]), sizes[-1])


def rate_factors(
    sizes: Sequence[int], optimizer: str, parametrization: str, base_width: int
) -> npt.NDArray[np.float64]:
    """Give what the learning rate of each parameter is multiplied by, (2 n_layers,) in the order W1, b1, W2, ….

    Weight decay is divided by the same, so that the product of the two stays. Under μP the rate of W goes with
    fan_out / fan_in, and that of b with fan_out, where updates grow with the gradient; else that of W with 1 / fan_in.
    """
    if parametrization == "standard":
        return np.ones(2 * (len(sizes) - 1))
    return np.array(
        [
            factor
            for wider_in, wider_out in multiples(sizes, base_width)
            for factor in ((wider_out / wider_in, wider_out) if optimizer in SGD_LIKE else (1 / wider_in, 1.0))
        ]
    )


def std_factors(
    sizes: Sequence[int], spread: Callable[[int, int], float], parametrization: str, base_width: int
) -> tuple[float, ...]:
    """Give what the standard deviation of each W that a scheme chose is multiplied by, (n_layers,).

    Under μP a hidden W has the one of the base width over √m, the last one over m, with m = fan_in / base_width: so one
    that goes with 1/√fan_in stays as it is, but for the last over √m.

    Parameters
    ----------
    spread : the scheme's standard deviation for a matrix (fan_in, fan_out), up to a constant
    """
    if parametrization == "standard":
        return (1.0,) * (len(sizes) - 1)
    fans = list(pairwise(sizes))
    at_base = pairwise(base_sizes(sizes, parametrization, base_width))
    wider = [wide for wide, _ in multiples(sizes, base_width)]
    powers = [0.5] * (len(fans) - 1) + [1.0]
    return tuple(
        spread(*base) / spread(*own) / wide**power
        for base, own, wide, power in zip(at_base, fans, wider, powers, strict=True)
    )
