"""Named arrays as the layers of a network: which is which, and which way round."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from model.data.dataset import DataError
from model.data.loaders.reading import shape_text
from model.data.weights.tensors import Tensors
from model.foreign_text import LONGEST_NAME, showable
from model.words import Message, first_few, msg

Floats = npt.NDArray[np.float64]
Shape = tuple[int, ...]

_OURS = re.compile(r"(.*?)([wb])(\d+)", re.IGNORECASE)
"""W1 and b1, (fan_in, fan_out), as in the book and here."""
_WORDS = re.compile(r"(.*?)(?:^|[./_])(weight|kernel|bias)(?:e?s)?", re.IGNORECASE)
"""0.weight and layers.0.weight, (fan_out, fan_in), as PyTorch has them; a kernel is Keras's, (fan_in, fan_out)."""
_NUMBER = re.compile(r"(\d+)")
_SHOWN = 5
_MOST_LAYERS = 21


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The weights and biases of every layer, W (fan_in, fan_out) and b (fan_out,), and what is to be said of them."""

    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    notes: tuple[Message, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """A weight matrix of a file, as its name says that it lies, and its bias."""

    name: str
    w: Floats
    turned: bool
    """Whether the name says (fan_out, fan_in)."""
    bias: str
    b: Floats | None

    def shape(self, *, as_named: bool = True) -> Shape:
        """(fan_in, fan_out), as the name says or the other way round."""
        return self.w.shape[::-1] if self.turned == as_named else self.w.shape


def fitted(tensors: Tensors, sizes: Sequence[int]) -> Fitted:
    """Find the layers of a network in a file.

    By their names W1 and b1 are (fan_in, fan_out), `0.weight` and `fc1.weight` (fan_out, fan_in) as in PyTorch. Where
    that does not fit but the other way round does, it is taken so; square matrices go by their names.

    Parameters
    ----------
    sizes : widths from the input to the output

    Raises
    ------
    DataError
        Where there are no such layers, or of other shapes; the message says which, and what network they would fit.
    """
    layers = _layers(tensors)
    wanted = tuple(pairwise(sizes))
    if not layers:
        text = "{file} holds no weights under names such as W1, 0.weight or fc1.weight, only {held}."
        raise DataError(msg(text, file=tensors.title, held=first_few(map(_shown, tensors.shapes), _SHOWN) or "∅"))
    for order, as_named in ((layers, True), (layers, False), (_by_shape(layers, wanted), True)):
        if [layer.shape(as_named=as_named) for layer in order] == list(wanted):
            return _taken(tensors, order, sizes, as_named=as_named, reordered=order is not layers)
    raise DataError(_misfit(tensors, layers, sizes))


def _layers(tensors: Tensors) -> list[_Layer]:
    """Pair matrices with their biases, in the order of the numbers in their names."""
    found: list[tuple[list[object], _Layer]] = []
    biases = {key: name for name in tensors.values if (key := _key(name, bias=True)) is not None}
    for name, w in tensors.values.items():
        key = _key(name, bias=False)
        if key is None or w.ndim != 2:
            continue
        bias = biases.get(key, "")
        b = tensors.values.get(bias)
        layer = _Layer(name, w, "weight" in name.lower(), bias, b)
        found.append((_natural(key), layer))
    return [layer for _, layer in sorted(found, key=lambda each: each[0])]


def _key(name: str, *, bias: bool) -> str | None:
    """Give what the names of a layer's matrix and its bias have in common; None for another name."""
    if (ours := _OURS.fullmatch(name)) is not None and ours[1][-1:] in ("", ".", "/", "_"):
        return f"{ours[1]}{ours[3]}" if (ours[2].lower() == "b") == bias else None
    if (words := _WORDS.fullmatch(name)) is not None:
        return words[1] if (words[2].lower() == "bias") == bias else None
    return None


def _natural(key: str) -> list[object]:
    """Sort 2 before 10: texts and numbers take turns."""
    return [int(part[:18]) if place % 2 else part for place, part in enumerate(_NUMBER.split(key))]


def _by_shape(layers: list[_Layer], wanted: Sequence[Shape]) -> list[_Layer]:
    """Put layers whose names tell no order, as `head` and `body`, where their shapes fit."""
    left, order = list(layers), []
    for shape in wanted:
        fits = next((layer for layer in left if layer.shape() == shape), None)
        if fits is None:
            return []
        left.remove(fits)
        order.append(fits)
    return order if not left else []


def _taken(tensors: Tensors, order: list[_Layer], sizes: Sequence[int], *, as_named: bool, reordered: bool) -> Fitted:
    weights, biases, bare = [], [], []
    turned = order[0].turned == as_named
    for layer, fan_out in zip(order, sizes[1:], strict=True):
        w = layer.w.T if layer.turned == as_named else layer.w
        b = np.zeros(fan_out) if layer.b is None else layer.b.ravel()
        if layer.b is None:
            bare.append(_shown(layer.name))
        elif b.shape != (fan_out,):
            text = "{bias} has shape {shape}; its layer {weight} needs ({n},)."
            shape = shape_text(layer.b.shape)
            raise DataError(msg(text, bias=_shown(layer.bias), shape=shape, weight=_shown(layer.name), n=fan_out))
        for name, values in ((layer.name, w), (layer.bias, b)):
            _check_finite(name, values)
        weights.append(np.ascontiguousarray(w))
        biases.append(b)
    used = {layer.name for layer in order} | {layer.bias for layer in order}
    extra = [] if tensors.is_run else [_shown(name) for name in tensors.shapes if name not in used]
    notes = tuple(_notes(tensors.title, order, bare, extra, turned=turned, as_named=as_named, reordered=reordered))
    return Fitted(tuple(weights), tuple(biases), notes)


def _notes(
    title: str, order: list[_Layer], bare: list[str], extra: list[str], *, turned: bool, as_named: bool, reordered: bool
) -> Iterator[Message]:
    first, last = _shown(order[0].name), _shown(order[-1].name)
    if not as_named:
        yield msg("{file}: the shapes fit only the other way round than the names say.", file=title)
    if turned:
        text = "{file}: {first} … {last} are transposed from PyTorch's layout, (fan_out, fan_in)."
        yield msg(text, file=title, first=first, last=last)
    else:
        yield msg("{file}: {first} … {last} are taken as (fan_in, fan_out).", file=title, first=first, last=last)
    if reordered:
        yield msg("{file}: the layers are in the order that their shapes allow.", file=title)
    if bare:
        yield msg("{file}: no bias for {names}, which begins at 0.", file=title, names=first_few(bare, _SHOWN))
    if extra:
        yield msg("{file}: not used are {names}.", file=title, names=first_few(extra, _SHOWN))


def _check_finite(name: str, values: Floats) -> None:
    bad = ~np.isfinite(values)
    if bad.any():
        text = "{name} holds {n:,} values that are NaN or infinite; no network can begin with them."
        raise DataError(msg(text, name=_shown(name), n=int(bad.sum())))


def _misfit(tensors: Tensors, layers: list[_Layer], sizes: Sequence[int]) -> Message:
    """Say what was expected and what is there, and the hidden sizes that would fit."""
    expected = ", ".join(shape_text(shape) for shape in pairwise(sizes))
    found = first_few((f"{_shown(layer.name)} {shape_text(layer.shape())}" for layer in layers), _SHOWN)
    known = {"file": tensors.title, "expected": expected, "found": found}
    for as_named in (True, False):
        shapes = [layer.shape(as_named=as_named) for layer in layers]
        chain = [shapes[0][0], *(shape[1] for shape in shapes)]
        joined = 1 < len(layers) <= _MOST_LAYERS and all(one[1] == other[0] for one, other in pairwise(shapes))
        if joined and (chain[0], chain[-1]) == (sizes[0], sizes[-1]):
            hidden = ",".join(map(str, chain[1:-1]))
            text = "{file} does not fit: expected {expected}, found {found}. Hidden sizes {hidden} would fit."
            return msg(text, **known, hidden=hidden)
    ends = {"inputs": sizes[0], "classes": sizes[-1]}
    text = (
        "{file} does not fit: expected {expected}, found {found}. No hidden sizes would fit to these data of {inputs} "
        "features and {classes} classes."
    )
    return msg(text, **known, **ends)


def _shown(name: str) -> str:
    return showable(name, LONGEST_NAME)
