"""Colours by role, for every renderer: Okabe–Ito on paper white or on night, and others on black for high contrast."""

import colorsys
import re
from dataclasses import dataclass
from typing import Literal

ThemeName = Literal["light", "dark", "contrast"]


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one theme as "#rrggbb"; `series` are those of the parameters, in order."""

    name: ThemeName
    background: str
    """Behind plots and in text fields."""
    surface: str
    """Behind forms and between panels."""
    text: str
    muted: str
    """Labels of lesser weight, axes, ticks."""
    line: str
    """Borders and the frames of plots."""
    accent: str
    on_accent: str
    warn: str
    bad: str
    series: tuple[str, ...]
    runs: tuple[str, ...]
    """Of compared runs, by their slots; unlike one another and unlike those of two layers."""
    ramp: tuple[str, ...]
    """From the first layer to the last of a deep network: lightness rises all the way, whatever colours one sees."""

    @property
    def grid(self) -> str:
        """Of the lines across a plot, which lie behind everything else."""
        return blend(self.line, self.background, 0.45)


LIGHT = Theme(
    name="light",
    background="#ffffff",
    surface="#f3f4f6",
    text="#1b1f24",
    muted="#59636e",
    line="#d0d5db",
    accent="#0072b2",
    on_accent="#ffffff",
    warn="#9a5b00",
    bad="#c1121f",
    series=("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#5e3908", "#30b8f4", "#16044e", "#515151"),
    runs=("#b2003b", "#957fff", "#32674c", "#67324d", "#0000e5", "#454521", "#9b4b73", "#443a78"),
    ramp=("#14083e", "#43379f", "#1677b8", "#18a07c", "#d2b004"),
)
DARK = Theme(
    name="dark",
    background="#14171b",
    surface="#1d2126",
    text="#e8eaed",
    muted="#9aa4af",
    line="#363d45",
    accent="#56b4e9",
    on_accent="#0b0d10",
    warn="#f0a53a",
    bad="#ff6b6b",
    series=("#56b4e9", "#f28e45", "#17824d", "#e3b5c4", "#f9f906", "#7777ff", "#a75ca7", "#8c8c8c"),
    runs=("#ff00aa", "#bfe500", "#7feaff", "#9966ff", "#d6d6a9", "#ff0055", "#648cb4", "#b4647f"),
    ramp=("#5b4bd6", "#4a8fe0", "#2fb8b0", "#a5d65a", "#fff3a0"),
)
CONTRAST = Theme(
    name="contrast",
    background="#000000",
    surface="#000000",
    text="#ffffff",
    muted="#dcdcdc",
    line="#8c8c8c",
    accent="#55ccff",
    on_accent="#000000",
    warn="#ffc04d",
    bad="#ff9c9c",
    series=("#55ccff", "#ffaa00", "#228866", "#cc33aa", "#aaaaaa", "#eeffff", "#ee0000", "#ffeebb"),
    runs=("#ee1166", "#ffff11", "#4488ff", "#bbffee", "#668800", "#bb7799", "#cceeaa", "#99bb77"),
    ramp=("#7e59ee", "#769bd8", "#3ac5a6", "#c4e05f", "#ffffb6"),
)
"""For eyes and rooms in which colours are hard to see: text has 7 : 1 or more against the background, marks 4.5 : 1."""
THEMES: dict[ThemeName, Theme] = {"light": LIGHT, "dark": DARK, "contrast": CONTRAST}

_MOST_COLOURED = 4
"""Layers up to which each parameter has a colour of its own."""
_PALE = 0.55
_PARAMETER = re.compile(r"([Wb])(\d+)")
_CLASS = re.compile(r"class(\d+)")
_RUN = re.compile(r"run(\d+)")


def colour(role: str, theme: Theme, n_layers: int = 2) -> str:
    """Give the colour of a role.

    A role is a parameter (W1, b1, …), class0 …, run1 … of the compared runs, "train", "test", "theory" or the name of a
    theme's colour.

    Up to four layers (eight parameters) each parameter has one of the eight colours, which differ for every
    kind of colour vision; with more, the colour follows the layer and biases are the paler ones (see `stroke`).
    """
    parameter = _PARAMETER.fullmatch(role)
    if parameter is None:
        if counted := _CLASS.fullmatch(role):
            return _counted_colour(int(counted[1]), theme.series, theme)
        if counted := _RUN.fullmatch(role):
            return _counted_colour(int(counted[1]) - 1, theme.runs, theme)
        named = {"train": theme.series[0], "test": theme.series[1], "theory": theme.text}
        return named.get(role) or str(getattr(theme, role))
    layer = int(parameter[2]) - 1
    bias = parameter[1] == "b"
    if layer >= n_layers:
        return theme.muted  # of a run before with more layers than the present one
    if n_layers <= _MOST_COLOURED:
        return theme.series[2 * layer + bias]
    place = layer / (n_layers - 1) * (len(theme.ramp) - 1)
    below = min(int(place), len(theme.ramp) - 2)
    own = blend(theme.ramp[below + 1], theme.ramp[below], place - below)
    return blend(own, theme.background, _PALE) if bias else own


def stroke(role: str, n_layers: int) -> float:
    """Give how wide the line of a role is, beside others: 1, or 2 for every second layer of a deep network.

    Colours of neighbouring layers come close there, and dashes mean a test or a theory.
    """
    parameter = _PARAMETER.fullmatch(role)
    deep = n_layers > _MOST_COLOURED
    return 2.0 if parameter is not None and deep and int(parameter[2]) % 2 == 0 else 1.0


def _counted_colour(index: int, first: tuple[str, ...], theme: Theme) -> str:
    if index < len(first):
        return first[index]
    # steps of the golden section never come close to one another
    return _from_hls(0.1 + 0.618034 * index, 0.45 if theme.name == "light" else 0.65, 0.6)


def _from_hls(hue: float, lightness: float, saturation: float) -> str:
    channels = colorsys.hls_to_rgb(hue % 1, lightness, saturation)
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)


def blend(front: str, back: str, share: float) -> str:
    """Mix two "#rrggbb": `share` of the front over the back. Ghosts are blends, so no renderer needs alpha."""
    pairs = zip(_channels(front), _channels(back), strict=True)
    return "#" + "".join(f"{round(share * f + (1 - share) * b):02x}" for f, b in pairs)


def _channels(colour_: str) -> tuple[int, int, int]:
    return int(colour_[1:3], 16), int(colour_[3:5], 16), int(colour_[5:7], 16)
