"""Any Figure as a matplotlib picture: what the live panel shows, drawn for PNG, SVG and PDF."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import Collection
from matplotlib.figure import Figure as Picture
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform

from model.figures.figure import Bars, Dots, Figure, Floats, View
from model.figures.mpl_marks import draw_mark, ink_of, style, width_of
from model.figures.mpl_text import PT, families, known, measure, printable, text_artist
from model.figures.page import BASE_SIZE, Cell, Page, Swatch, lay_out
from model.figures.page_parts import Strip
from model.figures.palette import Theme
from model.figures.picture import LOGICAL_DPI
from model.figures.provenance import PNG_KEY, PROGRAM, Provenance
from model.figures.ranges import positions
from model.figures.stacking import visible_marks

_OF_STYLES = ("lines", "patch", "markers", "hatch", "text", "font", "mathtext", "path", "image", "axes", "figure",
              "savefig", "svg", "pdf", "agg")  # fmt: skip
"""Groups of settings that a style sheet, or a notebook, may have changed."""
_SETTINGS: Any = {
    **{name: value for name, value in mpl.rcParamsDefault.items() if name.partition(".")[0] in _OF_STYLES},
    "svg.hashsalt": PROGRAM,
    "svg.image_inline": True,
    "pdf.compression": 6,
    "path.simplify": True,
    "path.sketch": None,
    "path.effects": [],
    "text.usetex": False,
    # Hinting widens letters by up to a twentieth, and only in PNG: all formats shall be the same picture.
    "text.hinting": "no_hinting",
}
# What a canvas writes depends on rcParams that no argument reaches; they are one a process.
_LOCK = threading.Lock()
_INKS = 33
"""Steps of a strip of colours."""


@contextmanager
def _settings(pdf_fonts: int = 42, *, svg_text: bool = False) -> Iterator[None]:
    # Editable text is laid out anew, and differently, where the font is missing: outlines unless text is asked for.
    fonts: Any = {"pdf.fonttype": pdf_fonts, "svg.fonttype": "none" if svg_text else "path"}
    with _LOCK, mpl.rc_context({**_SETTINGS, **fonts}):
        yield


def draw(
    figure: Figure,
    view: View,
    *,
    theme: Theme,
    size: tuple[float, float],
    dpi: float = LOGICAL_DPI,
    font_size: float | None = None,
) -> Picture:
    """Draw a Figure as a matplotlib figure, without pyplot and safe in any thread.

    Parameters
    ----------
    figure, view : what to draw, and the ranges and marks that the person chose to see
    theme : the colours
    size : (width, height) in logical pixels of 1/96 inch
    dpi : resolution of a PNG made from it; also decides how finely lines are drawn
    font_size : of the letters, in points; None fits them to the size of the plots

    Returns
    -------
    matplotlib.figure.Figure
        One Axes a plot, labelled with the plot's key. An Axes is the unit square: positions on it are
        (value - low) / (high - low) of the shown range, worked out here, so that no library's idea of
        limits comes between, be the values 1e-310 or 1e300.
    """
    with _settings():
        # with larger letters all strokes and dots are larger too: on a slide a hairline is not seen
        scale = 1.0 if font_size is None else font_size / PT / BASE_SIZE
        letters = None if font_size is None else BASE_SIZE
        page = lay_out(figure, view, size[0] / scale, size[1] / scale, measure, letters)
        return _draw(figure, view, theme, page, dpi, scale)


def save_picture(
    picture: Picture, stream: BinaryIO, kind: str, title: str, provenance: Provenance, *, svg_text: bool = False
) -> None:
    """Write a drawn figure as "png", "svg" or "pdf", with its recipe in the metadata.

    No date goes into it, so the same figure is the same bytes each time. `svg_text` keeps the letters of an SVG as
    text.
    """
    creator = f"{PROGRAM} {provenance.version}"
    recipe = provenance.as_json()
    title = printable(title)
    named: dict[str, tuple[Any, dict[str, str | None]]] = {
        "png": (FigureCanvasAgg, {"Title": _latin(title), "Software": creator, PNG_KEY: recipe}),
        "svg": (FigureCanvasSVG, {"Title": title, "Creator": creator, "Description": recipe, "Date": None}),
        "pdf": (FigureCanvasPdf, {"Title": title, "Creator": creator, "Keywords": recipe, "CreationDate": None}),
    }
    canvas, metadata = named[kind]
    if kind == "png":
        # The canvas rounds its pixels down, from products a hair short of a whole number, too.
        width, height = (round(side * picture.dpi) + 1e-3 for side in picture.get_size_inches())
        picture.set_size_inches(width / picture.dpi, height / picture.dpi)
    with _settings(_pdf_fonts(picture), svg_text=svg_text):
        getattr(canvas(picture), f"print_{kind}")(stream, metadata=metadata)


def _pdf_fonts(picture: Picture) -> int:
    # Journals ask for TrueType (42); the outlines of most Chinese fonts are none and only come out right as type 3.
    letters = {c for text in picture.findobj(Text) for c in text.get_text()}
    return 42 if all(c.isascii() or known(c, families()[:1]) for c in letters) else 3


def _latin(text: str) -> str:
    # The plain text chunk of PNG knows no other letters.
    return text.encode("latin-1", "replace").decode("latin-1")


def _draw(figure: Figure, view: View, theme: Theme, page: Page, dpi: float, scale: float) -> Picture:
    width, height = (side * scale / LOGICAL_DPI for side in (page.width, page.height))
    picture = Picture((width, height), dpi=dpi, facecolor=theme.background)
    picture.set_layout_engine("none")
    logical = Affine2D().scale(scale / LOGICAL_DPI) + picture.dpi_scale_trans
    for label in page.labels:
        picture.add_artist(text_artist(label, theme, logical))
    for strip in page.strips:
        _draw_strip(picture, strip, theme, logical)
    for cell in page.cells:
        _draw_cell(picture, page, cell, figure, view, theme, logical)
    if scale != 1:
        _enlarge(picture, scale)
    return picture


def _enlarge(picture: Picture, scale: float) -> None:
    """Multiply all that is measured in points, which no transform reaches."""
    for artist in picture.findobj():
        if isinstance(artist, Text):
            artist.set_fontsize(float(artist.get_fontsize()) * scale)
        elif isinstance(artist, Line2D):
            for name in ("linewidth", "markersize", "markeredgewidth"):
                artist.set(**{name: getattr(artist, f"get_{name}")() * scale})
        elif isinstance(artist, Patch):
            artist.set_linewidth(artist.get_linewidth() * scale)
        elif isinstance(artist, Collection):
            artist.set_linewidth(np.multiply(artist.get_linewidth(), scale).tolist())


def _draw_strip(picture: Picture, strip: Strip, theme: Theme, logical: Transform) -> None:
    box, inks = strip.box, strip.key.inks(theme, _INKS) / 255
    for place, ink in enumerate(inks.tolist()):
        # each reaches to the end, under those that follow, so that no viewer shows gaps between them
        left = box.left + place / _INKS * box.width
        patch = Rectangle((left, box.bottom), box.right - left, box.height, facecolor=ink, edgecolor="none")
        patch.set(transform=logical, linewidth=0)
        picture.add_artist(patch)
    frame = Rectangle((box.left, box.bottom), box.width, box.height, fill=False, edgecolor=theme.muted, linewidth=PT)
    frame.set(transform=logical)
    picture.add_artist(frame)


def _draw_cell(
    picture: Picture, page: Page, cell: Cell, figure: Figure, view: View, theme: Theme, logical: Transform
) -> None:
    box = cell.box
    place = (box.left / page.width, box.bottom / page.height, box.width / page.width, box.height / page.height)
    axes = picture.add_axes(place, label=cell.plot.key)
    axes.set_axis_off()
    _draw_frame(picture, axes, cell, theme, logical)
    columns = max(1, round(box.width * picture.bbox.width / page.width))
    for mark in visible_marks(cell.plot, view):
        draw_mark(axes, mark, cell, theme, figure.n_layers, columns)
    for swatch in cell.swatches:
        _draw_swatch(picture, swatch, ink_of(swatch.mark, theme, figure.n_layers), logical, figure.n_layers)
    for label in cell.labels:
        picture.add_artist(text_artist(label, theme, logical))


def _draw_frame(picture: Picture, axes: Axes, cell: Cell, theme: Theme, logical: Transform) -> None:
    box = cell.box
    for ticks, shown, vertical in ((cell.x_ticks, cell.x, True), (cell.y_ticks, cell.y, False)):
        for labelled, length in ((True, 4.0), (False, 2.0)):
            at = np.array([tick.at for tick in ticks if bool(tick.label) == labelled])
            share = positions(at, shown)
            across = box.left + share * box.width if vertical else box.bottom + share * box.height
            start = box.bottom if vertical else box.left
            _strokes(picture, across, start, start - length, theme.line, vertical=vertical, transform=logical)
            if labelled:
                end = box.top if vertical else box.right
                _strokes(picture, across, start, end, theme.grid, vertical=vertical, transform=logical)
    frame = Rectangle((0, 0), 1, 1, transform=axes.transAxes, fill=False, edgecolor=theme.line, linewidth=PT)
    frame.set(zorder=90, clip_on=False, snap=True)
    axes.add_patch(frame)


def _strokes(
    picture: Picture, across: Floats, start: float, end: float, ink: str, *, vertical: bool, transform: Transform
) -> None:
    for place in across:
        along, beside = (start, end), (place, place)
        x, y = (beside, along) if vertical else (along, beside)
        line = Line2D(x, y, color=ink, linewidth=0.8 * PT, transform=transform, zorder=-1)
        line.set_snap(True)
        picture.add_artist(line)


def _draw_swatch(picture: Picture, swatch: Swatch, ink: str, logical: Transform, n_layers: int) -> None:
    mark, half = swatch.mark, 0.2 * swatch.width
    if isinstance(mark, Bars):
        corner = (swatch.x, swatch.y - half)
        filling = {"alpha": 0.18 if mark.ghost else 0.3, "edgecolor": "none"}
        for look in ([filling] if mark.filled else []) + [{"fill": False, "edgecolor": ink}]:
            patch = Rectangle(corner, swatch.width, 2 * half, facecolor=ink, linewidth=PT, transform=logical)
            patch.set(**look)
            picture.add_artist(patch)
        return
    if isinstance(mark, Dots):
        dot = Line2D([swatch.x + swatch.width / 2], [swatch.y], color=ink, linestyle="none", marker="o")
        dot.set(markersize=0.8 * mark.size * PT, transform=logical, markeredgewidth=0)
        picture.add_artist(dot)
        return
    line = Line2D([swatch.x, swatch.x + swatch.width], [swatch.y] * 2, color=ink, transform=logical)
    line.set_linewidth(width_of(mark, n_layers) * PT)
    style(line, mark)
    picture.add_artist(line)
