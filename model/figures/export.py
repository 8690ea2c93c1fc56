"""What a panel shows as a file: a picture as it is on the screen, or the data behind it in full."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from model.figures.figure import Figure, View
from model.figures.palette import THEMES
from model.figures.picture import ExportError, PictureOptions
from model.figures.provenance import COMPANION, Provenance, companion_of
from model.figures.shot import Shot
from model.figures.tables.files import companion_text, csv_columns, write_csv, write_npz
from model.figures.tables.table import Column, Table
from model.files import check_target, free_name, write_whole
from model.words import Message, echo, msg


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One format of files: its name for people, and whether it is a picture, drawn in lines, or numbers."""

    label: Message
    picture: bool
    vector: bool = False


EXPORT_FORMATS: dict[str, ExportFormat] = {
    "png": ExportFormat(msg("PNG picture"), picture=True),
    "svg": ExportFormat(msg("SVG vector picture"), picture=True, vector=True),
    "pdf": ExportFormat(msg("PDF vector picture"), picture=True, vector=True),
    "csv": ExportFormat(msg("CSV table of the numbers"), picture=False),
    "npz": ExportFormat(msg("NPZ file of the numbers, for NumPy"), picture=False),
}


def save_shot(
    shot: Shot, path: Path, *, options: PictureOptions, overwrite: bool = False, figure: Figure | None = None
) -> None:
    """Save what a panel shows in the format that the path's ending names.

    Parameters
    ----------
    shot : what to save; hidden marks are left out
    path : its ending is one of `EXPORT_FORMATS`; a CSV gets a companion beside it, see `companion_of`
    options : size and look of pictures; data files ignore them
    overwrite : whether a file that is already there may be replaced
    figure : that of the shot, where it has been made

    Raises
    ------
    ExportError
        For an unknown ending, or a picture too large to make.
    FileError
        Where the file cannot be written; the old one is intact.
    """
    if EXPORT_FORMATS[format_of(path)].picture:
        recipe = shot.provenance(options)
        figure = figure or shot.figure()
        save_figure(figure, shot.view, path, options=options, provenance=recipe, overwrite=overwrite)
    else:
        save_tables(shot.tables(), path, str(shot.panel.title), provenance=shot.provenance(), overwrite=overwrite)


def save_all(
    shots: Mapping[str, Shot], folder: Path, format_: str, *, options: PictureOptions, overwrite: bool = False
) -> list[Path]:
    """Save shots as `<name>.<format>` into a folder that exists, and give the paths written.

    Without `overwrite` a name that is taken gets a number: `loss-2.png`. Raises as `save_shot` does;
    files written before the fault stay.
    """
    suffix = f".{format_.lower().removeprefix('.')}"
    paths: list[Path] = []
    for name, shot in shots.items():
        path = folder / f"{name}{suffix}" if overwrite else free_name(folder, name, suffix, COMPANION)
        save_shot(shot, path, options=options, overwrite=overwrite)
        paths.append(path)
    return paths


def save_figure(
    figure: Figure,
    view: View,
    path: Path,
    *,
    options: PictureOptions,
    provenance: Provenance,
    overwrite: bool = False,
) -> None:
    """Save a figure as a picture, showing just what the live panel shows; raises as `save_shot` does."""
    kind = format_of(path)
    if not EXPORT_FORMATS[kind].picture:
        raise ExportError(msg("{name} is not a picture.", name=_name(path)))
    # Into memory first: no drawing library has to cope with a full disk, and nothing is drawn into a half file.
    buffer = _drawn(figure, view, kind, options, provenance)
    write_whole(path, lambda stream: _pour(buffer, stream), overwrite=overwrite)


def picture_bytes(figure: Figure, view: View, kind: str, *, options: PictureOptions, provenance: Provenance) -> bytes:
    """Give a figure as the bytes of a picture file, png, svg or pdf. Raises ExportError where it would be too large."""
    return _drawn(figure, view, kind, options, provenance).getvalue()


def png_bytes(figure: Figure, view: View, *, options: PictureOptions, provenance: Provenance) -> bytes:
    """Give a figure as the bytes of a PNG file, for the clipboard."""
    return picture_bytes(figure, view, "png", options=options, provenance=provenance)


def save_tables(
    tables: tuple[Table, ...], path: Path, title: str, *, provenance: Provenance, overwrite: bool = False
) -> None:
    """Save data as CSV with its companion, or as NPZ, as the path's ending says; raises as `save_shot` does."""
    if format_of(path) == "npz":
        write_whole(path, lambda stream: write_npz(tables, provenance, stream), overwrite=overwrite)
    else:
        save_csv(
            path, title, csv_columns(tables), lambda stream: write_csv(tables, stream),
            provenance=provenance, overwrite=overwrite,
        )  # fmt: skip


def save_csv(
    path: Path,
    title: str,
    columns: tuple[Column, ...],
    write: Callable[[BinaryIO], None],
    *,
    provenance: Provenance,
    overwrite: bool = False,
) -> None:
    """Save a CSV and the companion that describes its columns and holds the recipe; raises FileError.

    What can be known beforehand to keep the companion from being written does so before the CSV is.
    """
    companion = companion_of(path)
    check_target(companion, overwrite=overwrite)
    write_whole(path, write, overwrite=overwrite)
    text = companion_text(path.name, title, columns, provenance).encode("utf-8", errors="backslashreplace")
    write_whole(companion, lambda stream: _pour(io.BytesIO(text), stream), overwrite=overwrite)


def format_of(path: Path) -> str:
    """Give the key in `EXPORT_FORMATS` for a path; raises ExportError naming the formats where there is none."""
    found = path.suffix.lower().removeprefix(".")
    if found in EXPORT_FORMATS:
        return found
    known = ", ".join(f".{key}" for key in EXPORT_FORMATS)
    if not found:
        raise ExportError(msg("{name} needs an ending that names the format: {known}.", name=_name(path), known=known))
    raise ExportError(msg("{name} has an ending that is not known; use one of {known}.", name=_name(path), known=known))


def _drawn(figure: Figure, view: View, kind: str, options: PictureOptions, provenance: Provenance) -> io.BytesIO:
    options.check(vector=EXPORT_FORMATS[kind].vector)
    # Importing matplotlib takes a second or two, which only a picture is worth.
    from model.figures.render_mpl import draw, save_picture

    buffer = io.BytesIO()
    picture = draw(
        figure,
        view,
        theme=THEMES[options.theme],
        size=(options.width, options.height),
        dpi=options.dpi,
        font_size=options.font_size,
    )
    save_picture(picture, buffer, kind, str(figure.title), provenance, svg_text=options.svg_text)
    return buffer


def _name(path: Path) -> str:
    return echo(path.name, 80)


def _pour(buffer: io.BytesIO, stream: BinaryIO) -> None:
    stream.write(buffer.getbuffer())
