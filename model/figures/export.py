"""A Figure as a file: pictures as the panel shows it, and its numbers in full."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from model.figures.figure import Figure, Mark, View
from model.figures.mark_data import arrays_of, rows_of
from model.figures.palette import THEMES, ThemeName
from model.figures.provenance import Provenance, csv_comment, npz_entries
from model.files import free_name, write_whole
from model.words import Message, echo, msg

MAX_PIXELS = 50_000_000
MAX_SIDE = 30_000
"""Pixels along one side of a picture; a drawing surface of more is refused by some viewers."""
MIN_SIDE = 16
DPI_LIMITS = (10.0, 2400.0)
LOGICAL_DPI = 96
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


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
    theme : "light" or "dark"
    """

    width: int = 960
    height: int = 600
    dpi: float = 192
    theme: ThemeName = "light"

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of a PNG in pixels."""
        return round(self.width * self.dpi / LOGICAL_DPI), round(self.height * self.dpi / LOGICAL_DPI)

    def check(self, *, vector: bool = False) -> None:
        """Raise ExportError where nobody could make or open such a picture; a vector picture has no pixels."""
        if not DPI_LIMITS[0] <= self.dpi <= DPI_LIMITS[1]:
            low, high = DPI_LIMITS
            raise ExportError(msg("The resolution must be from {low:.0f} to {high:.0f} dpi.", low=low, high=high))
        width, height = (self.width, self.height) if vector else self.pixels
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


@dataclass(frozen=True, slots=True, eq=False)
class _Content:
    figure: Figure
    view: View
    options: PictureOptions
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One format of files: its name for people, and what writes it."""

    label: Message
    write: Callable[[_Content, BinaryIO], None]
    picture: bool
    vector: bool = False


def save_figure(
    figure: Figure,
    view: View,
    path: Path,
    *,
    options: PictureOptions,
    provenance: Provenance,
    overwrite: bool = False,
) -> None:
    """Save a figure in the format that the path's ending names, showing just what the live panel shows.

    Parameters
    ----------
    figure, view : what to save; hidden marks are left out
    path : its ending is one of `EXPORT_FORMATS`
    options : size and theme of pictures; data files ignore them
    provenance : the recipe that goes into the file
    overwrite : whether a file that is already there may be replaced

    Raises
    ------
    ExportError
        For an unknown ending, or a picture too large to make.
    FileError
        Where the file cannot be written; the old one is intact.
    """
    kind = EXPORT_FORMATS[format_of(path)]
    if kind.picture:
        options.check(vector=kind.vector)
    content = _Content(figure, view, options, provenance)
    # Into memory first: no drawing library has to cope with a full disk, and nothing is drawn into a half file.
    buffer = io.BytesIO()
    kind.write(content, buffer)
    write_whole(path, lambda stream: _pour(buffer, stream), overwrite=overwrite)


def save_all(
    figures: Mapping[str, tuple[Figure, View]],
    folder: Path,
    format_: str,
    *,
    options: PictureOptions,
    provenance: Provenance,
    overwrite: bool = False,
) -> list[Path]:
    """Save figures as `<name>.<format>` into a folder that exists, and give the paths written.

    Without `overwrite` a name that is taken gets a number: `loss-2.png`. Raises as `save_figure` does;
    files written before the fault stay.
    """
    suffix = f".{format_.lower().removeprefix('.')}"
    paths: list[Path] = []
    for name, (figure, view) in figures.items():
        path = folder / f"{name}{suffix}" if overwrite else free_name(folder, name, suffix)
        save_figure(figure, view, path, options=options, provenance=provenance, overwrite=overwrite)
        paths.append(path)
    return paths


def png_bytes(figure: Figure, view: View, *, options: PictureOptions, provenance: Provenance) -> bytes:
    """Give a figure as the bytes of a PNG file, for the clipboard. Raises ExportError where it would be too large."""
    options.check()
    buffer = io.BytesIO()
    EXPORT_FORMATS["png"].write(_Content(figure, view, options, provenance), buffer)
    return buffer.getvalue()


def format_of(path: Path) -> str:
    """Give the key in `EXPORT_FORMATS` for a path; raises ExportError naming the formats where there is none."""
    found = path.suffix.lower().removeprefix(".")
    if found in EXPORT_FORMATS:
        return found
    known = ", ".join(f".{key}" for key in EXPORT_FORMATS)
    if not found:
        raise ExportError(msg("{name} needs an ending that names the format: {known}.", name=_name(path), known=known))
    raise ExportError(msg("{name} has an ending that is not known; use one of {known}.", name=_name(path), known=known))


def _name(path: Path) -> str:
    return echo(path.name, 80)


def _pour(buffer: io.BytesIO, stream: BinaryIO) -> None:
    stream.write(buffer.getbuffer())


def _write_picture(content: _Content, stream: BinaryIO, kind: str) -> None:
    # Importing matplotlib takes a second or two, which only a picture is worth.
    from model.figures.render_mpl import draw, save_picture

    options = content.options
    picture = draw(
        content.figure,
        content.view,
        theme=THEMES[options.theme],
        size=(options.width, options.height),
        dpi=options.dpi,
    )
    save_picture(picture, stream, kind, str(content.figure.title), content.provenance)


def _write_png(content: _Content, stream: BinaryIO) -> None:
    _write_picture(content, stream, "png")


def _write_svg(content: _Content, stream: BinaryIO) -> None:
    _write_picture(content, stream, "svg")


def _write_pdf(content: _Content, stream: BinaryIO) -> None:
    _write_picture(content, stream, "pdf")


def _write_csv(content: _Content, stream: BinaryIO) -> None:
    text = io.TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", newline="")
    text.write(csv_comment(content.provenance))
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["plot", "series", "kind", "x", "x_end", "y"])
    for plot, mark in _shown(content):
        head = [_cell(plot), _cell(mark.key)]
        # repr is the shortest text that reads back as the same number.
        table.writerows([*head, *row] for row in rows_of(mark, _cell))
    text.flush()
    text.detach()


def _cell(text: str) -> str:
    """Guard a text against being taken for a formula by a spreadsheet (CWE-1236)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _write_npz(content: _Content, stream: BinaryIO) -> None:
    arrays = npz_entries(content.provenance)
    for plot, mark in _shown(content):
        arrays |= {f"{plot}/{mark.key}/{part}": array for part, array in arrays_of(mark).items()}
    np.savez_compressed(stream, allow_pickle=False, **arrays)


def _shown(content: _Content) -> Iterator[tuple[str, Mark]]:
    for plot in content.figure.plots:
        for mark in plot.marks:
            if not content.view.hides(mark.key):
                yield plot.key, mark


EXPORT_FORMATS: dict[str, ExportFormat] = {
    "png": ExportFormat(msg("PNG picture"), _write_png, picture=True),
    "svg": ExportFormat(msg("SVG vector picture"), _write_svg, picture=True, vector=True),
    "pdf": ExportFormat(msg("PDF vector picture"), _write_pdf, picture=True, vector=True),
    "csv": ExportFormat(msg("CSV table of the numbers"), _write_csv, picture=False),
    "npz": ExportFormat(msg("NPZ file of the numbers, for NumPy"), _write_npz, picture=False),
}
