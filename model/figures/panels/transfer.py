"""Rate transfer: the loss that a run comes to, by learning rate, a curve for each width, with the best rate of each."""

import numpy as np
import numpy.typing as npt

from model.figures.figure import Axis, Dots, Figure, Line, Mark, Note, Passage, Plot, Spots, View
from model.figures.notes import listed
from model.figures.panels.common import steps_said
from model.insight.transfer import OFF_SCALE, Transfer, transfer
from model.insight.width_runs import WidthRequest, request_of
from model.network.parametrization import SGD_LIKE
from model.training.frame import Frame
from model.words import Message, Real, msg

Floats = npt.NDArray[np.float64]

_TITLE = msg("Rate transfer")
CLEAR = 2
"""Powers of two by which the best rate has to move before that is called a shift: one is the step of the grid."""
_LOG2 = float(np.log10(2.0))
_ROOM = 0.08
_UPPER = 0.1
"""The share of the height, above all losses, in which diverged runs stand."""


def make(frame: Frame, view: View) -> Figure:
    """Draw the median of the final losses against the learning rate, both in powers of ten."""
    request = view.widths or request_of("transfer", frame.spec)
    found = transfer(frame, request, view.patience)
    return Figure(
        "transfer",
        _TITLE,
        (_plot(request, found),),
        _summary(frame, found),
        n_layers=frame.layout.n_layers,
        passages=_passages(frame, request, found),
        unfinished=not found.done,
    )


def rate_name(power: int) -> str:
    """Write a power of two: 2⁻⁷."""
    return "2" + str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def _plot(request: WidthRequest, found: Transfer) -> Plot:
    rates, medians, best = np.exp2(found.powers.astype(np.float64)), found.medians, found.best()
    with np.errstate(invalid="ignore"):
        on_scale = medians <= found.ceiling
        within = (found.losses <= found.ceiling) & on_scale[:, :, None]
    shown = found.losses[within & (found.losses > 0)]
    low, high = (np.log10(shown.min()), np.log10(shown.max())) if shown.size else (-1.0, np.log10(found.ceiling))
    room = _ROOM * max(high - low, 0.3)
    diverged = bool((~on_scale & ~np.isnan(medians)).any())
    top = high + (_UPPER * max(high - low, 0.3) if diverged else 0.0)
    marks: list[Mark] = []
    boxes, fields = [], []
    for place, width in enumerate(found.widths.tolist()):
        key, role, name = f"width{width}", f"class{place}", msg("width {width:,}", width=width)
        curve = np.where(on_scale[place], medians[place], np.nan)
        marks.append(Line(key, name, role, rates, curve, steady=True))
        off = ~on_scale[place] & ~np.isnan(medians[place])
        seeds = found.losses[place]
        here = on_scale[place] & (medians[place] > 0)
        if here.any():
            usable = np.where(within[place], seeds, np.nan)[here]
            spread = np.nanmin(usable, axis=1), np.nanmax(usable, axis=1)
            marks.append(Dots(f"{key}.points", name, role, rates[here], medians[place][here], *spread, size=5.0))
        if off.any():
            # beside one another, so that none hides another
            at = rates[off] * 2.0 ** (0.12 * (place - (len(found.widths) - 1) / 2))
            label = msg("{name}, diverged", name=name)
            marks.append(Dots(f"{key}.diverged", label, "bad", at, np.full(off.sum(), 10.0**top), size=6.0))
        if (k := best[place]) is not None:
            label = msg("{name}, best rate", name=name)
            marks.append(Dots(f"{key}.best", label, role, rates[k : k + 1], medians[place, k : k + 1], size=13.0))
        there = ~np.isnan(medians[place])
        y = np.where(on_scale[place], np.log10(np.maximum(medians[place], 1e-300)), top)[there]
        x = np.log10(rates[there])
        half = _LOG2 / 4, 0.02 * (top - low + 2 * room)
        boxes.append(np.stack([x - half[0], x + half[0], y - half[1], y + half[1]], axis=1))
        fields += [
            (width, rate_name(int(power)), _said(loss, found.ceiling))
            for power, loss in zip(found.powers[there], medians[place][there], strict=True)
        ]
    widths, names, losses = zip(*fields, strict=True) if fields else ((), (), ())
    reading = Spots(
        np.concatenate(boxes) if boxes else np.empty((0, 4)),
        "width {width:,}, rate {rate}: {loss}",
        {"width": widths, "rate": names, "loss": losses},
    )
    ticks = tuple((float(np.log10(rate)), rate_name(int(k))) for rate, k in zip(rates, found.powers, strict=True))
    x_extent = float(np.log10(rates[0])) - _LOG2 / 2, float(np.log10(rates[-1])) + _LOG2 / 2
    return Plot(
        "transfer",
        msg("median loss after {after}", after=steps_said(request.steps)),
        Axis(msg("learning rate"), log=True, extent=x_extent, exact=True, ticks=ticks),
        Axis(msg("loss (nats)"), log=True, extent=(float(low - room), float(top + room)), exact=True),
        tuple(marks),
        tuple(_notes(found, on_scale)),
        legend=True,
        readings=(reading,),
    )


def _said(loss: float, ceiling: float) -> str:
    if np.isinf(loss):
        return str(msg("diverged"))
    if loss > ceiling:
        return str(msg("{loss:.3g}, off the scale", loss=Real(loss)))
    return f"{Real(loss):.4g}"


def _notes(found: Transfer, on_scale: npt.NDArray[np.bool_]) -> list[Note]:
    notes = []
    if not found.done:
        there, whole = int((~np.isnan(found.losses)).sum()), found.losses.size
        notes.append(Note(msg("{there} of {whole} runs so far", there=there, whole=whole)))
    n_off = int((~on_scale & ~np.isnan(found.medians)).sum())
    if n_off:
        text = msg(
            "red, above: diverged, or more than {times:g} times the loss of guessing ({n} of {whole})",
            times=OFF_SCALE, n=n_off, whole=int((~np.isnan(found.medians)).sum()),
        )  # fmt: skip
        notes.append(Note(text, "bad"))
    if found.left_out:
        names = listed([f"{width:,}" for width in found.left_out])
        notes.append(Note(msg("left out, would take too long: width {widths}", widths=names), "warn"))
    if any(k is not None for k in found.best()):
        many = (~np.isnan(found.losses)).sum(axis=2).max() > 1
        explained = "large dots: best rate; whiskers: lowest and highest seed" if many else "large dots: best rate"
        notes.append(Note(msg(explained)))
    return notes


def _passages(frame: Frame, request: WidthRequest, found: Transfer) -> tuple[Passage, ...]:
    spec = frame.spec_in_force
    detail = msg(
        "Mean of the last 20 batch losses after {after}, median of the seeds, {optimizer}, {parametrization}. "
        "Yang & Hu et al. 2022, figure 1.",
        after=steps_said(request.steps), optimizer=spec.optimizer, parametrization=spec.parametrization,
    )  # fmt: skip
    said = [Passage(_verdict(frame, found), detail=detail)]
    edge = [int(found.widths[p]) for p, k in enumerate(found.best()) if k in (0, len(found.powers) - 1)]
    if edge and len(found.powers) > 1:
        names = listed([f"{width:,}" for width in edge])
        said.append(Passage(msg("At width {widths} the best rate lies at an end: try further powers.", widths=names)))
    return tuple(said)


def _verdict(frame: Frame, found: Transfer) -> Message:
    """Say whether the best rate of the narrowest network is that of the widest."""
    spec = frame.spec_in_force
    known = [(int(w), int(found.powers[k])) for w, k in zip(found.widths, found.best(), strict=True) if k is not None]
    if len(known) < 2:
        if not found.done:
            return msg("Not enough runs yet.")
        return msg("Fewer than two widths learn at any of these rates: nothing to compare.")
    (narrow, first), (wide, last) = known[0], known[-1]
    numbers = {
        "narrow": narrow, "wide": wide, "first": rate_name(first), "last": rate_name(last),
        "optimizer": spec.optimizer, "parametrization": spec.parametrization,
    }  # fmt: skip
    if abs(last - first) >= CLEAR and spec.optimizer not in SGD_LIKE:
        text = (
            "{optimizer}, {parametrization}: the best rate shifts from {first} at width {narrow:,} to {last} at width "
            "{wide:,}: a rate found on a narrow network does not serve a wide one."
        )
        return msg(text, **numbers)
    if spec.optimizer in SGD_LIKE and abs(last - first) >= CLEAR:
        text = (
            "{optimizer}, {parametrization}: {first} is best at width {narrow:,}, {last} at width {wide:,}; with this "
            "optimiser others found no shift, and none is claimed."
        )
        return msg(text, **numbers)
    if spec.optimizer in SGD_LIKE:
        text = "{optimizer}, {parametrization}: {first} is best at width {narrow:,}, {last} at width {wide:,}"
        text += ": no shift is seen" if first == last else ": one step of the grid is no shift"
        return msg(text + ", and none is claimed.", **numbers)
    text = (
        "{optimizer}, {parametrization}: the best rate stays, but for at most a step of the grid: {first} at width "
        "{narrow:,}, {last} at width {wide:,}."
    )
    return msg(text, **numbers)


def _summary(frame: Frame, found: Transfer) -> Message:
    best = [
        f"{int(width):,}: {rate_name(int(found.powers[k]))}"
        for width, k in zip(found.widths, found.best(), strict=True)
        if k is not None
    ]
    if not best:
        return msg("Rate transfer at step {step:,}: no best rates.", step=frame.step)
    return msg("Rate transfer at step {step:,}: best rate by width {best}.", step=frame.step, best=listed(best))
