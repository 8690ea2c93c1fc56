"""Numbers as colours, the same for every renderer: on a scale that is absolute, so that small stays pale."""

import numpy as np
import numpy.typing as npt

from model.figures.figure import Image
from model.figures.palette import Theme, colour

Reals = npt.NDArray[np.floating]
Pixels = npt.NDArray[np.uint8]

_MANY, _LEVELS = 20_000, 255
"""Values from which on colours are looked up among so many: a map is refined while one looks."""
_CLASS_INK = 0.62
"""The share of a class's colour over the background where that class is certain."""


def pixels(image: Image, theme: Theme) -> Pixels:
    """Colour an image (rows, columns, 4), red, green, blue and opacity; NaN is left open."""
    values = np.asarray(image.values, dtype=np.float64)
    if image.scale == "classes":
        rgb, known = _classes(values, theme), np.isfinite(values).all(axis=2)
    elif image.scale == "sequential" and values.size > _MANY:
        return _looked_up(values, image, theme)
    else:
        rgb, known = (
            shades(values / image.limit, theme, ink="" if image.scale == "diverging" else colour(image.role, theme)),
            ~np.isnan(values),
        )
    alpha = np.where(known, 255, 0)
    return np.dstack([np.where(np.expand_dims(known, -1), rgb, 0), alpha]).astype(np.uint8)


def _looked_up(values: npt.NDArray[np.float64], image: Image, theme: Theme) -> Pixels:
    table = np.zeros((_LEVELS + 1, 4), dtype=np.uint8)  # the first one, which is left open, is that of NaN
    table[1:, :3] = shades(np.linspace(0.0, 1.0, _LEVELS), theme, ink=colour(image.role, theme))
    table[1:, 3] = 255
    with np.errstate(invalid="ignore"):
        level = np.minimum(np.abs(values) * ((_LEVELS - 1) / image.limit), _LEVELS - 1) + 1.5
    places = np.where(np.isnan(level), 0.0, level).astype(np.uint8)
    return table.view(np.uint32)[places].view(np.uint8)


def shades(share: Reals, theme: Theme, *, ink: str = "") -> Pixels:
    """Give a colour (…, 3) for each share of the full one, from the background at 0.

    Blue below 0 and vermilion above, or `ink` both ways.
    """
    back = _rgb(theme.background)
    below, above = (_rgb(ink or front) for front in theme.series[:2])
    with np.errstate(invalid="ignore"):
        strength = np.clip(np.nan_to_num(np.abs(share), nan=0.0, posinf=1.0), 0, 1)[..., None]
        front = np.where(np.expand_dims(share, -1) < 0, below, above)
    return np.asarray(np.round(back + strength * (front - back)), dtype=np.uint8)


def _classes(probabilities: Reals, theme: Theme) -> Pixels:
    inks = np.array([_rgb(colour(f"class{k}", theme)) for k in range(probabilities.shape[2])])
    mixed = np.nan_to_num(probabilities) @ inks
    return np.asarray(np.round(_rgb(theme.background) * (1 - _CLASS_INK) + mixed * _CLASS_INK), dtype=np.uint8)


def _rgb(ink: str) -> npt.NDArray[np.float64]:
    return np.array([int(ink[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float64)
