"""Which knobs bring a layer to another place in the plane of σ_w² and σ_b²."""

import math
from collections.abc import Sequence

from model.training.frame import Frame


def together(frame: Frame, *, alone: bool = False) -> bool:
    """Tell whether all layers move with one: as long as their gains are the same, and none is to move alone."""
    return not alone and len(set(frame.spec.layer_gains)) == 1


def can_turn(frame: Frame) -> bool:
    """Whether knobs decide where the layers are, and not a file of weights."""
    return frame.spec.weights is None


def weight_knob(frame: Frame, *, alone: bool = False) -> str:
    """Name the knob that moves a layer along σ_w²."""
    by_dial = together(frame, alone=alone) and frame.spec.init == "std"
    return "weight_init_std" if by_dial else "layer_gains"


def turns_biases(frame: Frame) -> bool:
    """Whether a knob moves the layers along σ_b²: PyTorch's default has a spread of its own."""
    return frame.spec.init != "torch"


def turned(
    frame: Frame,
    layers: Sequence[int],
    sigma_w2: float | None,
    sigma_b2: float | None,
    *,
    alone: bool = False,
) -> dict[str, object]:
    """Give the knobs, with three digits, that bring layers to a place.

    The weights of all layers change by one factor as long as their gains are equal, by the dial where the scheme is
    std, else by the gain. Where gains differ, or with `alone`, only these layers' gains change. Biases of all layers
    have one spread.

    Parameters
    ----------
    layers : 1 for W1 and b1, …
    sigma_w2, sigma_b2 : variances, 0 or larger; None leaves the knobs of that axis alone

    Returns
    -------
    values by knob; none where no knob does it
    """
    knobs: dict[str, object] = {}
    if not can_turn(frame):
        return knobs
    if sigma_w2 is not None:
        knobs |= _weights(frame, layers, math.sqrt(sigma_w2), alone=alone)
    if sigma_b2 is not None and turns_biases(frame):
        knobs["bias_init_std"] = _rounded(math.sqrt(sigma_b2))
    return knobs


def _weights(frame: Frame, layers: Sequence[int], sigma_w: float, *, alone: bool) -> dict[str, object]:
    spec, sizes = frame.spec, frame.layout.sizes
    gains = spec.layer_gains if len(spec.layer_gains) > 1 else spec.layer_gains * frame.layout.n_layers
    chosen = range(1, len(gains) + 1) if together(frame, alone=alone) else layers
    # what a layer's std is for a gain of 1; a gain of 0 does not tell, and goes to 1 first
    units = {layer: frame.stds[layer - 1] / gains[layer - 1] for layer in layers if gains[layer - 1] > 0}
    if not units:
        return {"layer_gains": tuple(1.0 if k in chosen else gain for k, gain in enumerate(gains, start=1))}
    wanted = {layer: sigma_w / math.sqrt(sizes[layer - 1]) for layer in units}
    first = min(units)
    if units[first] == 0 and spec.weight_init_std == 0:
        return {"weight_init_std": _rounded(wanted[first] / gains[first - 1])}
    if units[first] == 0 or not all(map(math.isfinite, units.values())):
        return {}
    if weight_knob(frame, alone=alone) == "weight_init_std":
        share = units[first] * gains[first - 1] / spec.weight_init_std
        return {"weight_init_std": _rounded(wanted[first] / share)}
    if together(frame, alone=alone):
        return {"layer_gains": (_rounded(wanted[first] / units[first]),)}
    moved = {layer: _rounded(wanted[layer] / unit) for layer, unit in units.items()}
    return {"layer_gains": tuple(moved.get(layer, gain) for layer, gain in enumerate(gains, start=1))}


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")
