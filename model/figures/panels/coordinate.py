"""Coordinate check: how far the first steps move each layer, by width; its slopes tell how the rate must go with it."""

import numpy as np
import numpy.typing as npt

from model.figures.figure import Axis, Dots, Figure, Line, Mark, Note, Passage, Plot, Range, Spots, View
from model.figures.notes import listed
from model.figures.panels.common import steps_said
from model.insight.coordinate import Coordinates, coordinates, slopes
from model.insight.width_runs import WidthRequest, request_of
from model.training.frame import Frame
from model.words import Message, msg

Floats = npt.NDArray[np.float64]

_TITLE = msg("Coordinate check")
GROWS = 0.15
"""A slope this far from 0 is one, if it is also two standard errors away."""
_OFF = 0.1
"""How far from the expected slope a measured one is before it is said why."""
_LARGE = 1.0
"""How far above the expected slope one is that no small step gives."""
_MOST_SAID = 5
_ROOM = 0.06
_NEAR = 0.012
"""How near to a point the mouse reads it, as a share of the axis."""


def make(frame: Frame, view: View) -> Figure:
    """Draw mean |z(t) − z(0)| of each layer against the width, both in powers of ten, and say the slopes."""
    request = view.widths or request_of("coordinate", frame.spec)
    found = coordinates(frame, request, view.patience)
    measured = slopes(found.widths, found.means)
    return Figure(
        "coordinate",
        _TITLE,
        (_plot(frame, request, found),),
        _summary(frame, request, found, measured),
        n_layers=frame.layout.n_layers,
        passages=_passages(frame, found, measured),
        unfinished=not found.done,
    )


def layer_name(layer: int, n_layers: int) -> str:
    """Name the pre-activations of a weight layer, from 0."""
    return str(msg("logits")) if layer == n_layers - 1 else f"z{layer + 1}"


def _plot(frame: Frame, request: WidthRequest, found: Coordinates) -> Plot:
    n_layers, means = frame.layout.n_layers, found.means
    widths = found.widths.astype(np.float64)
    marks: list[Mark] = []
    boxes, fields = [], []
    x, y = _extent(widths, 0.3), _extent(found.moved, 1.0)
    for layer in range(n_layers):
        name, key, role = msg("{name}", name=layer_name(layer, n_layers)), f"z{layer + 1}", f"W{layer + 1}"
        seeds = found.moved[:, :, layer]
        shown = np.isfinite(means[:, layer]) & (means[:, layer] > 0)
        if not shown.any():
            continue
        at, values = widths[shown], means[shown, layer]
        marks.append(Line(key, name, role, at, values, steady=True))
        if np.isfinite(found.expected[layer]):
            last = float(at[-1])
            theory = values[-1] * (at / last) ** found.expected[layer]
            marks.append(Line(f"{key}.expected", msg("{name}, expected slope", name=name), role, at, theory, dash=True))
        low, high = np.nanmin(seeds[shown], axis=1), np.nanmax(seeds[shown], axis=1)
        marks.append(Dots(f"{key}.points", name, role, at, values, low, high, size=6.0))
        if x is not None and y is not None:
            boxes.append(_around(np.log10(at), np.log10(values), x, y))
            fields += [(layer_name(layer, n_layers), int(w), float(v)) for w, v in zip(at, values, strict=True)]
    names, at_width, read = zip(*fields, strict=True) if fields else ((), (), ())
    reading = Spots(
        np.concatenate(boxes) if boxes else np.empty((0, 4)),
        "{layer} at width {width:,}: {value:.4g}",
        {"layer": names, "width": at_width, "value": read},
    )
    ticks = tuple((float(np.log10(width)), f"{width:,}") for width in found.widths.tolist())
    return Plot(
        "coordinate",
        msg("mean |z(t) − z(0)| after {after}", after=steps_said(request.steps)),
        Axis(msg("width of the hidden layers"), log=True, extent=x, exact=True, ticks=ticks),
        Axis(msg("mean |z(t) − z(0)|"), log=True, extent=y, exact=True),
        tuple(marks),
        tuple(_notes(frame, found)),
        legend=True,
        readings=(reading,),
    )


def _around(x: Floats, y: Floats, across: Range, up: Range) -> Floats:
    half_x, half_y = _NEAR * (across[1] - across[0]), 2 * _NEAR * (up[1] - up[0])
    return np.stack([x - half_x, x + half_x, y - half_y, y + half_y], axis=1)


def _extent(values: Floats, least: float) -> Range | None:
    """Hold all values in powers of ten, and at least so many powers: less would make much of what is flat."""
    usable = values[np.isfinite(values) & (values > 0)]
    if not usable.size:
        return None
    low, high = float(np.log10(usable.min())), float(np.log10(usable.max()))
    room = _ROOM * max(high - low, least) + max(0.0, least - (high - low)) / 2
    return low - room, high + room


def _notes(frame: Frame, found: Coordinates) -> list[Note]:
    notes = []
    if not found.done:
        there, whole = int((~np.isnan(found.moved[:, :, 0])).sum()), found.moved[:, :, 0].size
        notes.append(Note(msg("{there} of {whole} networks so far", there=there, whole=whole)))
    if found.left_out:
        names = listed([f"{width:,}" for width in found.left_out])
        notes.append(Note(msg("left out, too large: width {widths}", widths=names), "warn"))
    n_layers, means = frame.layout.n_layers, found.means
    still = [layer_name(layer, n_layers) for layer in range(n_layers) if (means[:, layer] == 0).any()]
    if still:
        notes.append(Note(msg("{layers}: moves by exactly 0", layers=listed(still)), "warn"))
    lost = [layer_name(layer, n_layers) for layer in range(n_layers) if np.isinf(found.moved[:, :, layer]).any()]
    if lost:
        notes.append(Note(msg("{layers}: not finite at some widths", layers=listed(lost)), "bad"))
    if len(found.widths) < 2:
        notes.append(Note(msg("a slope needs two widths")))
    elif (np.isfinite(means) & (means > 0)).any():
        parts = ["dashed: expected slope"] if np.isfinite(found.expected).any() else []
        parts += ["whiskers: lowest and highest seed"] if np.isfinite(found.moved).sum(axis=1).max() > 1 else []
        notes += [Note(msg("; ".join(parts)))] if parts else []
    return notes


def _passages(frame: Frame, found: Coordinates, measured: Floats) -> tuple[Passage, ...]:
    if np.isnan(measured).all():
        text = msg("No slope yet.") if not found.done else msg("Nothing moves by a finite amount: no slope to tell.")
        return (Passage(text),)
    said = [Passage(_verdict(frame, found, measured), detail=_detail(frame))]
    n_layers = frame.layout.n_layers
    layers = [layer for layer in range(n_layers) if np.isfinite(measured[layer])]
    if len(layers) > _MOST_SAID:
        said.append(Passage(_of_many(measured[layers[1:-1]])))
        layers = sorted({layers[0], max(layers[:-1], key=lambda layer: measured[layer]), layers[-1]})
    said += [Passage(_of_layer(layer, n_layers, found, measured), level=1) for layer in layers]
    return tuple(said)


def _verdict(frame: Frame, found: Coordinates, measured: Floats) -> Message:
    """Say in words what the slopes mean for the learning rate."""
    n_layers = frame.layout.n_layers
    moving = [layer_name(layer, n_layers) for layer in range(n_layers) if np.isfinite(measured[layer])]
    if len(moving) < n_layers:
        return msg(
            "Only of {layers} is there a slope: the other layers do not move, or not finitely.", layers=listed(moving)
        )
    limits = np.fmax(GROWS, 2 * slope_errors(found))
    steepest = int(np.nanargmax(measured))
    name, slope = layer_name(steepest, n_layers), plain(measured[steepest])
    if measured[steepest] > limits[steepest]:
        text = "{name} grows with width (slope {slope}): the rate must shrink as the width grows."
        if steepest == n_layers - 1:
            text = "The logits grow with width (slope {slope}): the rate must shrink as the width grows."
        return msg(text, name=name, slope=slope)
    lowest = int(np.nanargmin(measured))
    if measured[lowest] > -limits[lowest]:
        if np.abs(measured).max() <= GROWS:
            return msg("Flat: every layer moves as far at any width, and the rate carries over.")
        unsure = int(np.argmax(np.abs(measured)))
        return msg(
            "The seeds differ too much to tell: {name} has slope {slope} with a standard error of {error:.2f}. More "
            "seeds or wider layers would tell.",
            name=layer_name(unsure, n_layers), slope=plain(measured[unsure]), error=slope_errors(found)[unsure],
        )  # fmt: skip
    if np.isfinite(found.expected).all() and np.abs(found.expected).max() < GROWS:
        text = (
            "Nothing grows with width: the rate carries over. At these widths {name} still moves less (slope {slope}); "
            "flat is expected for endless width."
        )
        return msg(text, name=layer_name(lowest, n_layers), slope=plain(measured[lowest]))
    return msg(
        "{name} moves less the wider the layers are (slope {slope}): at the same rate it learns less and less.",
        name=layer_name(lowest, n_layers), slope=plain(measured[lowest]),
    )  # fmt: skip


def _detail(frame: Frame) -> Message:
    spec = frame.spec_in_force
    return msg(
        "{optimizer}, rate {rate:g}, {parametrization}. Slopes of log mean |z(t) − z(0)| against log width; expected "
        "for endless width, by counting powers of it (Yang & Hu 2021; Yang & Hu et al. 2022, appendix D.1).",
        optimizer=spec.optimizer, rate=spec.learning_rate, parametrization=spec.parametrization,
    )  # fmt: skip


def _of_many(inner: Floats) -> Message:
    low, high = plain(inner.min()), plain(inner.max())
    return msg("Slopes of the hidden layers behind the first: {low} to {high}.", low=low, high=high)


def slope_errors(found: Coordinates) -> Floats:
    """Give the standard error of each layer's slope (n_layers,), from the slopes of the single seeds; NaN for one."""
    single = np.array([slopes(found.widths, seed) for seed in found.moved.transpose(1, 0, 2)])
    n = np.isfinite(single).sum(axis=0)
    with np.errstate(all="ignore"):
        mean = np.where(np.isfinite(single), single, 0.0).sum(axis=0) / n
        squares = np.where(np.isfinite(single), (single - mean) ** 2, 0.0).sum(axis=0)
        return np.where(n > 1, np.sqrt(squares / (n - 1) / n), np.nan)


def slopes_at_top(found: Coordinates) -> Floats:
    """Give the slopes between the two widest networks (n_layers,)."""
    return slopes(found.widths[-2:], found.means[-2:])


def _of_layer(layer: int, n_layers: int, found: Coordinates, measured: Floats) -> Message:
    """Say the slope of a layer, the expected one, and whether it comes closer to that as the layers become wider."""
    slope, expected, top = measured[layer], found.expected[layer], slopes_at_top(found)[layer]
    numbers = {"name": layer_name(layer, n_layers), "slope": plain(slope), "expected": fraction(expected)}
    if not np.isfinite(expected):
        return msg("{name}: slope {slope}.", **numbers)
    if slope - expected > _LARGE:
        return msg("{name}: slope {slope}, expected {expected} for small steps, which these are not.", **numbers)
    off, off_top, error = abs(slope - expected), abs(top - expected), np.fmax(0.0, 2 * slope_errors(found)[layer])
    if off > max(_OFF, error) and off_top < off and len(found.widths) > 2:
        text = (
            "{name}: slope {slope}, expected {expected}; {top} between the two widest: at a finite "
            "width, smaller terms still count."
        )
        return msg(text, **numbers, top=plain(top))
    if off > max(2 * _OFF, error):
        text = "{name}: slope {slope}, expected {expected} for small steps at endless width."
        return msg(text, **numbers)
    return msg("{name}: slope {slope}, expected {expected}.", **numbers)


def plain(slope: float) -> str:
    """Write a slope to the hundredth."""
    return f"{slope:.2f}".replace("-", "−")


def fraction(value: float) -> str:
    """Write a slope as people do where it is a half or a whole: −½, 0, ½, 1, 1½."""
    halves = round(2 * value) if np.isfinite(value) else 0
    if not np.isfinite(value) or abs(2 * value - halves) > 0.02:
        return plain(value)
    sign = "−" if halves < 0 else ""
    whole, half = divmod(abs(halves), 2)
    return sign + (str(whole) if whole or not half else "") + ("½" if half else "")


def _summary(frame: Frame, request: WidthRequest, found: Coordinates, measured: Floats) -> Message:
    n_layers = frame.layout.n_layers
    said = [f"{layer_name(k, n_layers)} {plain(measured[k])}" for k in range(n_layers) if np.isfinite(measured[k])]
    if not said:
        return msg("Coordinate check at step {step:,}: no slopes.", step=frame.step)
    return msg(
        "Coordinate check at step {step:,}: slopes after {after} over {n} widths: {slopes}.",
        step=frame.step, after=steps_said(request.steps), n=len(found.widths), slopes=listed(said),
    )  # fmt: skip
