"""The figure that Python code gets: what a panel shows of a Frame, which notebooks show and files keep."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from model.figures.picture import ExportError, PictureOptions, options_with, parse_size
from model.words import echo, msg

if TYPE_CHECKING:
    from model.figures.figure import Figure as Drawing
    from model.figures.figure import View
    from model.figures.palette import ThemeName
    from model.figures.shot import Shot
    from model.training.frame import Frame

_INLINE = PictureOptions(width=720, height=450)
"""How large a notebook shows a figure; a file is 960 × 600 unless asked otherwise."""
_SHAPE = 0.625
"""Height / width where only one of them is given: that of the usual picture."""
_NEEDS = {
    "seeds": ("seeds", "seeds=20, or what api.repeat gave"),
    "response": ("sweep", "sweep=api.sweep(x=…)"),
    "map": ("sweep", "sweep=api.sweep(x=…, y=…)"),
}
"""What panels have nothing to show without."""


class Figure:
    """What a panel shows of a moment of a run; made by `figure`.

    A notebook shows it as SVG. In text, `str(figure)` is what it shows in a sentence.
    """

    def __init__(self, shot: "Shot") -> None:
        self._shot = shot
        self._drawing = shot.figure()
        self._svg = ""

    @property
    def panel(self) -> str:
        """Id of the panel, such as "weights"."""
        return self._shot.panel.id

    @property
    def frame(self) -> "Frame":
        """The moment that it shows."""
        return self._shot.frame

    @property
    def view(self) -> "View":
        """What was chosen to be looked at."""
        return self._shot.view

    @property
    def drawing(self) -> "Drawing":
        """Every plot and mark as plain data."""
        return self._drawing

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Give the numbers behind it, every single step of them.

        Returns
        -------
        dict
            Arrays (n_rows,) by `<table>/<column>`, such as "loss/step" and "loss/loss"; a missing number is NaN. They
            are those of an exported NPZ; docs/exported-data.md has their units.
        """
        from model.figures.tables.files import table_arrays

        return table_arrays(self._shot.tables())

    def save(
        self,
        path: str | Path,
        *,
        size: str = "",
        width: float | None = None,
        height: float | None = None,
        unit: str = "px",
        dpi: float | None = None,
        font_size: float | None = None,
        theme: "ThemeName | None" = None,
        svg_text: bool = False,
    ) -> Path:
        """Save it as a picture, or the numbers behind it, as the ending of the name says; an older file is replaced.

        Parameters
        ----------
        path : ends in .png, .svg, .pdf, .csv or .npz; a CSV gets a file beside it that says what its columns mean
        size : as on the command line: "85x60mm", "3.3x2.4in" or "1600x900", the pixels of a PNG
        width, height, unit : the same as numbers, in "px", "mm" or "in"; where only one of the two is given, the
            picture is 1.6 times as wide as high
        dpi : resolution of a PNG; 192 unless the size is in pixels, then 96
        font_size : of the letters, 3 to 72 points; fits the size if it is left out
        theme : "light", "dark" or "contrast"
        svg_text : whether an SVG keeps its letters as text, which can be edited; otherwise they are outlines

        Returns
        -------
        Path
            The file that was written.

        Raises
        ------
        ExportError
            For an unknown ending, or a size or a look that no picture can have.
        FileError
            Where the file cannot be written; an older one is intact.
        """
        from model.figures.export import save_shot

        if theme not in (None, "light", "dark", "contrast"):
            raise ExportError(msg("The theme must be light, dark or contrast; got {got}.", got=echo(str(theme))))
        asked = size or _written(width, height, unit)
        options = options_with(
            PictureOptions(),
            size=parse_size(asked) if asked else None,
            dpi=dpi,
            font_size=font_size,
            theme=theme,
            svg_text=svg_text,
        )
        save_shot(self._shot, Path(path), options=options, overwrite=True, figure=self._drawing)
        return Path(path)

    def _repr_svg_(self) -> str:
        """Give it as SVG, the same each time, for notebooks; the recipe of the run is in its metadata."""
        if not self._svg:
            from model.figures.export import picture_bytes

            drawn = picture_bytes(
                self._drawing, self.view, "svg", options=_INLINE, provenance=self._shot.provenance(_INLINE)
            )
            _, svg, rest = drawn.decode("utf-8").partition("<svg")  # a web page wants no prolog before it
            self._svg = svg + rest
        return self._svg

    def __str__(self) -> str:
        return str(self._drawing.summary)

    def __repr__(self) -> str:
        field, what = _NEEDS.get(self.panel, ("", ""))
        lacks = field and getattr(self.view, field) is None
        return f"<Figure {self.panel}: {f'nothing to show yet; pass {what}' if lacks else self}>"


def _written(width: float | None, height: float | None, unit: str) -> str:
    """Write a size as the command line takes it; "" where none is given."""
    if width is None and height is None:
        return ""
    wide = np.nan if width is None else width
    high = np.nan if height is None else height
    wide, high = (high / _SHAPE if width is None else wide), (wide * _SHAPE if height is None else high)
    return f"{wide:.9g}x{high:.9g}{unit}"
