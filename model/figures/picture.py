"""How large a picture is and how it looks: in millimetres, inches or pixels, and as papers and slides ask for it."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from model.figures.palette import ThemeName
from model.words import Message, echo, msg

Unit = Literal["mm", "in", "px"]

MAX_PIXELS = 50_000_000
MAX_SIDE = 30_000
"""Pixels along one side of a picture; a drawing surface of more is refused by some viewers."""
MIN_SIDE = 16
DPI_LIMITS = (10.0, 2400.0)
FONT_LIMITS = (3.0, 72.0)
"""Points that letters may have."""
LOGICAL_DPI = 96
FINE_DPI = 192.0
"""The resolution where none is asked for: twice that of a screen."""
_INCH: dict[Unit, float] = {"mm": 25.4, "in": 1.0}
_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)[x×](\d{1,9}(?:\.\d{1,9})?)(mm|in|px)?", re.ASCII)


class ExportError(ValueError):
    """A picture that cannot be made; `message` says what is wrong and what would do."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """How large a picture is and how it looks.

    Attributes
    ----------
    width, height : in logical pixels of 1/96 inch, as on the screen
    dpi : resolution of a PNG, which has round(width · dpi / 96) × round(height · dpi / 96) pixels
    theme : "light", "dark" or "contrast"
    font_size : of the letters, in points; None fits them to the size of the plots
    svg_text : whether an SVG keeps its letters as text, which can be edited and searched but looks the same only
        where the font is installed; otherwise they are outlines
    """

    width: float = 960
    height: float = 600
    dpi: float = FINE_DPI
    theme: ThemeName = "light"
    font_size: float | None = None
    svg_text: bool = False

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of a PNG in pixels."""
        return round(self.width * self.dpi / LOGICAL_DPI), round(self.height * self.dpi / LOGICAL_DPI)

    def check(self, *, vector: bool = False) -> None:
        """Raise ExportError where nobody could make or open such a picture; a vector picture has no pixels."""
        check_dpi(self.dpi)
        if self.font_size is not None and not FONT_LIMITS[0] <= self.font_size <= FONT_LIMITS[1]:
            low, high = FONT_LIMITS
            raise ExportError(msg("The font size must be from {low:.0f} to {high:.0f} pt.", low=low, high=high))
        width, height = (round(self.width), round(self.height)) if vector else self.pixels
        if min(width, height, self.width, self.height) < MIN_SIDE:
            raise ExportError(msg("A picture must be at least {side} pixels wide and high.", side=MIN_SIDE))
        if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
            raise ExportError(
                msg(
                    "A picture of {width:,} × {height:,} pixels is too large; up to {most:,} million pixels and "
                    "{side:,} along a side can be made. A smaller size or resolution will do, or SVG or PDF.",
                    width=width,
                    height=height,
                    most=MAX_PIXELS // 1_000_000,
                    side=MAX_SIDE,
                )
            )


def check_dpi(dpi: float) -> None:
    """Raise ExportError for a resolution that no picture has."""
    low, high = DPI_LIMITS
    if not low <= dpi <= high:
        raise ExportError(msg("The resolution must be from {low:.0f} to {high:.0f} dpi.", low=low, high=high))


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height as a person gives them."""

    width: float
    height: float
    unit: Unit

    def logical(self, dpi: float) -> tuple[float, float]:
        """Give both in logical pixels; a size in pixels is that of a PNG with this resolution. Raises ExportError."""
        check_dpi(dpi)
        factor = LOGICAL_DPI / _INCH.get(self.unit, dpi)
        return self.width * factor, self.height * factor

    def converted(self, unit: Unit, dpi: float) -> "Size":
        """Give the same size in another unit."""
        factor = _INCH.get(unit, dpi) / _INCH.get(self.unit, dpi)
        return Size(self.width * factor, self.height * factor, unit)


def options_with(
    options: PictureOptions,
    *,
    size: Size | None = None,
    dpi: float | None = None,
    font_size: float | None = None,
    theme: ThemeName | None = None,
    svg_text: bool = False,
) -> PictureOptions:
    """Give a look with what a person asks for; raises ExportError for a resolution that no picture has.

    A size in pixels is that of a PNG, at 96 dpi unless another resolution is asked for.
    """
    if size is not None:
        usual = LOGICAL_DPI if size.unit == "px" else FINE_DPI
        dpi = usual if dpi is None else dpi
        width, height = size.logical(dpi)
        options = replace(options, width=width, height=height)
    return replace(
        options,
        dpi=options.dpi if dpi is None else dpi,
        font_size=options.font_size if font_size is None else font_size,
        theme=theme or options.theme,
        svg_text=svg_text or options.svg_text,
    )


@dataclass(frozen=True, slots=True)
class Preset:
    """A size, letters and a resolution that go well together.

    Attributes
    ----------
    size : of a figure with plots in up to two rows
    font_size : of the letters in points, 0 to fit them
    dpi : resolution of a PNG
    grows : whether figures with more rows of plots are higher, as they may be on paper
    """

    label: Message
    size: Size
    font_size: float
    dpi: float
    grows: bool = False

    def size_for(self, rows: int) -> Size:
        """Give the size of a figure with so many rows of plots."""
        return replace(self.size, height=self.size.height * max(rows, 2) / 2) if self.grows else self.size


PRESETS: dict[str, Preset] = {
    "paper1": Preset(msg("Paper, one column"), Size(85, 60, "mm"), 7, 600, grows=True),
    "paper2": Preset(msg("Paper, two columns"), Size(178, 100, "mm"), 8, 600, grows=True),
    "slide": Preset(msg("Slide 16:9"), Size(13.333, 7.5, "in"), 18, 144),
}
"""What journals and projectors ask for: columns of 85 and 178 mm, and the slide of the common programs."""


def parse_size(text: str) -> Size:
    """Read "85x60mm", "3.3x2.4in", "1600x900" or "1600x900px"; raises ExportError."""
    found = _SIZE.fullmatch(text.strip().replace(" ", ""))
    if not found:
        shown = echo(text)
        raise ExportError(
            msg("{text} is not a size; write width x height, as in 85x60mm, 3.3x2.4in or 1600x900.", text=shown)
        )
    unit: Unit = "mm" if found[3] == "mm" else "in" if found[3] == "in" else "px"
    return Size(float(found[1]), float(found[2]), unit)
