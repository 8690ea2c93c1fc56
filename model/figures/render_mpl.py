"""Any Figure as a matplotlib picture: what the live panel shows, drawn for PNG, SVG and PDF."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, BinaryIO

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Picture
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform

from model.figures.figure import Bars, Figure, Floats, Guide, Line, Mark, Range, View, to_display
from model.figures.legend import is_ghost
from model.figures.page import Cell, Label, Page, Swatch, lay_out, visible_marks
from model.figures.palette import Theme, blend, colour
from model.figures.provenance import PNG_KEY, PROGRAM, Provenance
from model.figures.thinning import envelope

Mask = npt.NDArray[np.bool_]
LOGICAL_DPI = 96
_PT = 72 / LOGICAL_DPI
"""Points in a logical pixel."""
_FAMILIES = (
    "DejaVu Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
)
_MISSING = "□"
_SETTINGS: Any = {
    # Text becomes outlines in SVG: editable text is laid out anew, and differently, where the font is missing.
    "svg.fonttype": "path",
    "svg.hashsalt": PROGRAM,
    "svg.image_inline": True,
    "pdf.compression": 6,
    "path.simplify": True,
    "path.sketch": None,
    "path.effects": [],
    "text.usetex": False,
    "text.hinting": "force_autohint",
}
# What a canvas writes depends on rcParams that no argument reaches; they are one a process.
_LOCK = threading.Lock()
_CLIP = 1e9
_PARTS_A_PIXEL = 2
"""Positions beyond this many axis lengths are drawn at it, so that no renderer overflows."""


@contextmanager
def _settings(pdf_fonts: int = 42) -> Iterator[None]:
    with _LOCK, mpl.rc_context({**_SETTINGS, "pdf.fonttype": pdf_fonts}):
        yield


def draw(figure: Figure, view: View, *, theme: Theme, size: tuple[int, int], dpi: float = LOGICAL_DPI) -> Picture:
    """Draw a Figure as a matplotlib figure, without pyplot and safe in any thread.

    Parameters
    ----------
    figure, view : what to draw, and the ranges and marks that the person chose to see
    theme : the colours
    size : (width, height) in logical pixels of 1/96 inch
    dpi : resolution of a PNG made from it; also decides how finely lines are drawn

    Returns
    -------
    matplotlib.figure.Figure
        One Axes a plot, labelled with the plot's key. An Axes is the unit square: positions on it are
        (value - low) / (high - low) of the shown range, worked out here, so that no library's idea of
        limits comes between, be the values 1e-310 or 1e300.
    """
    with _settings():
        return _draw(figure, view, theme, size, dpi)


def save_picture(picture: Picture, stream: BinaryIO, kind: str, title: str, provenance: Provenance) -> None:
    """Write a drawn figure as "png", "svg" or "pdf", with its recipe in the metadata.

    No date goes into it, so the same figure is the same bytes each time.
    """
    creator = f"{PROGRAM} {provenance.version}"
    recipe = provenance.as_json()
    title = _printable(title)
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
    with _settings(_pdf_fonts(picture)):
        getattr(canvas(picture), f"print_{kind}")(stream, metadata=metadata)


def _pdf_fonts(picture: Picture) -> int:
    # Journals ask for TrueType (42); the outlines of most Chinese fonts are none and only come out right as type 3.
    letters = {c for text in picture.findobj(Text) for c in text.get_text()}
    return 42 if all(c.isascii() or _known(c, _families()[:1]) for c in letters) else 3


def _latin(text: str) -> str:
    # The plain text chunk of PNG knows no other letters.
    return text.encode("latin-1", "replace").decode("latin-1")


def _draw(figure: Figure, view: View, theme: Theme, size: tuple[int, int], dpi: float) -> Picture:
    picture = Picture((size[0] / LOGICAL_DPI, size[1] / LOGICAL_DPI), dpi=dpi, facecolor=theme.background)
    picture.set_layout_engine("none")
    page = lay_out(figure, view, size[0], size[1], _measure)
    logical = Affine2D().scale(1 / LOGICAL_DPI) + picture.dpi_scale_trans
    for label in page.labels:
        picture.add_artist(_text(label, theme, logical))
    for cell in page.cells:
        _draw_cell(picture, page, cell, figure, view, theme, logical)
    return picture


def _draw_cell(
    picture: Picture, page: Page, cell: Cell, figure: Figure, view: View, theme: Theme, logical: Transform
) -> None:
    box = cell.box
    place = (box.left / page.width, box.bottom / page.height, box.width / page.width, box.height / page.height)
    axes = picture.add_axes(place, label=cell.plot.key)
    axes.set_axis_off()
    _draw_frame(picture, axes, cell, theme, logical)
    columns = max(1, round(box.width * picture.dpi / LOGICAL_DPI))
    for mark in visible_marks(cell.plot, view):
        _draw_mark(axes, mark, cell, _ink(mark, theme, figure.n_layers), columns)
    for swatch in cell.swatches:
        _draw_swatch(picture, swatch, _ink(swatch.mark, theme, figure.n_layers), logical)
    for label in cell.labels:
        picture.add_artist(_text(label, theme, logical))


def _ink(mark: Mark, theme: Theme, n_layers: int) -> str:
    full = colour(mark.role, theme, n_layers)
    faint = isinstance(mark, Line) and mark.faint
    return blend(full, theme.background, 0.26 if faint else 0.4 if is_ghost(mark) else 1.0)


def _draw_frame(picture: Picture, axes: Axes, cell: Cell, theme: Theme, logical: Transform) -> None:
    box = cell.box
    grid = blend(theme.line, theme.background, 0.45)
    for ticks, shown, vertical in ((cell.x_ticks, cell.x, True), (cell.y_ticks, cell.y, False)):
        for labelled, length in ((True, 4.0), (False, 2.0)):
            at = np.array([tick.at for tick in ticks if bool(tick.label) == labelled])
            share = _positions(at, shown)
            across = box.left + share * box.width if vertical else box.bottom + share * box.height
            start = box.bottom if vertical else box.left
            _strokes(picture, across, start, start - length, theme.line, vertical=vertical, transform=logical)
            if labelled:
                end = box.top if vertical else box.right
                _strokes(picture, across, start, end, grid, vertical=vertical, transform=logical)
    frame = Rectangle((0, 0), 1, 1, transform=axes.transAxes, fill=False, edgecolor=theme.line, linewidth=_PT)
    frame.set(zorder=90, clip_on=False, snap=True)
    axes.add_patch(frame)


def _strokes(
    picture: Picture, across: Floats, start: float, end: float, ink: str, *, vertical: bool, transform: Transform
) -> None:
    for place in across:
        along, beside = (start, end), (place, place)
        x, y = (beside, along) if vertical else (along, beside)
        line = Line2D(x, y, color=ink, linewidth=0.8 * _PT, transform=transform, zorder=-1)
        line.set_snap(True)
        picture.add_artist(line)


def _draw_mark(axes: Axes, mark: Mark, cell: Cell, ink: str, columns: int) -> None:
    match mark:
        case Line():
            _draw_line(axes, mark, cell, ink, columns)
        case Bars():
            _draw_bars(axes, mark, cell, ink)
        case Guide():
            _draw_guide(axes, mark, cell, ink)


def _draw_line(axes: Axes, line: Line, cell: Cell, ink: str, columns: int) -> None:
    x = _positions(to_display(line.x, log=cell.plot.x.log), cell.x)
    y = _positions(to_display(line.y, log=cell.plot.y.log), cell.y)
    x, y = envelope(x, y, (0.0, 1.0), _PARTS_A_PIXEL * columns)
    _add_line(axes, x, y, ink, line, axes.transAxes)
    alone = _isolated(np.isfinite(x) & np.isfinite(y))
    if alone.any():
        # Short strokes with round ends: Agg would move markers to whole pixels.
        reach = 0.25 / columns
        gaps = np.full(np.count_nonzero(alone), np.nan)
        across = np.column_stack([x[alone] - reach, x[alone] + reach, gaps]).ravel()
        dots = Line2D(across, np.repeat(y[alone], 3), color=ink, linewidth=4 * _PT, solid_capstyle="round")
        dots.set(transform=axes.transAxes, zorder=2, snap=False)
        axes.add_line(dots)


def _add_line(axes: Axes, x: Floats, y: Floats, ink: str, mark: Line | Guide, transform: Transform) -> None:
    artist = Line2D(
        x, y, color=ink, linewidth=_width(mark) * _PT, transform=transform, zorder=1.5 if is_ghost(mark) else 2
    )
    _style(artist, mark)
    axes.add_line(artist)


def _width(mark: Line | Guide) -> float:
    return 1.2 if isinstance(mark, Guide) or mark.ghost or mark.faint else 1.6


def _style(artist: Line2D, mark: Line | Guide) -> None:
    artist.set(solid_joinstyle="round", dash_joinstyle="round", solid_capstyle="butt", dash_capstyle="butt")
    artist.set_linestyle((0, (3.5, 2.0)) if mark.dash else "solid")


def _draw_bars(axes: Axes, bars: Bars, cell: Cell, ink: str) -> None:
    log_y = cell.plot.y.log
    base = 0.0 if log_y else float(np.clip(_positions(np.zeros(1), cell.y)[0], -0.5, 1.5))
    heights = _positions(to_display(bars.heights, log=log_y), cell.y)
    edges = _positions(to_display(bars.edges, log=cell.plot.x.log), cell.x)
    if cell.plot.x.log:
        edges = np.where(bars.edges <= 0, -0.5, edges)
    # Upright rectangles lose nothing by being cut off outside the axes, and no renderer overflows.
    outline = bars_outline(np.clip(edges, -0.5, 1.5), np.clip(heights, -0.5, 1.5), bars.heights, base)
    if outline is None:
        return
    fill = PathPatch(outline, facecolor=ink, edgecolor="none", alpha=0.18 if bars.ghost else 0.3)
    stroke = PathPatch(outline, fill=False, edgecolor=ink, linewidth=_PT, joinstyle="miter")
    for patch in (fill, stroke):
        patch.set(transform=axes.transAxes, zorder=2)
        axes.add_patch(patch)


def bars_outline(edges: Floats, heights: Floats, counts: Floats, base: float) -> Path | None:
    """Outline a histogram as one open path a run of neighbouring bars; empty bars are none.

    Parameters
    ----------
    edges, heights : (n + 1,) and (n,) positions; NaN is not drawn
    counts : (n,) the bars' values, of which zeros are not drawn
    base : the position that bars stand on
    """
    drawn = np.isfinite(heights) & np.isfinite(edges[:-1]) & np.isfinite(edges[1:]) & (counts != 0)
    if not drawn.any():
        return None
    changes = np.flatnonzero(np.diff(np.concatenate([[False], drawn, [False]]).astype(np.int8)))
    paths = []
    for start, stop in changes.reshape(-1, 2):
        x = np.repeat(edges[start : stop + 1], 2)
        y = np.concatenate([[base], np.repeat(heights[start:stop], 2), [base]])
        paths.append(Path(np.column_stack([x, y])))
    return Path.make_compound_path(*paths)


def _draw_guide(axes: Axes, guide: Guide, cell: Cell, ink: str) -> None:
    vertical = guide.direction == "vertical"
    axis, shown = (cell.plot.x, cell.x) if vertical else (cell.plot.y, cell.y)
    place = _positions(to_display(np.array([guide.at], dtype=np.float64), log=axis.log), shown)
    if not (np.isfinite(place) & (place >= 0) & (place <= 1)).all():
        return
    across, along = np.repeat(place, 2), np.array([0.0, 1.0])
    x, y = (across, along) if vertical else (along, across)
    _add_line(axes, x, y, ink, guide, axes.transAxes)


def _draw_swatch(picture: Picture, swatch: Swatch, ink: str, logical: Transform) -> None:
    mark, half = swatch.mark, 0.2 * swatch.width
    if isinstance(mark, Bars):
        corner = (swatch.x, swatch.y - half)
        for style in ({"alpha": 0.18 if mark.ghost else 0.3, "edgecolor": "none"}, {"fill": False, "edgecolor": ink}):
            patch = Rectangle(corner, swatch.width, 2 * half, facecolor=ink, linewidth=_PT, transform=logical)
            patch.set(**style)
            picture.add_artist(patch)
        return
    line = Line2D([swatch.x, swatch.x + swatch.width], [swatch.y] * 2, color=ink, transform=logical)
    line.set_linewidth(_width(mark) * _PT)
    _style(line, mark)
    picture.add_artist(line)


def _text(label: Label, theme: Theme, logical: Transform) -> Text:
    text = Text(
        label.x,
        label.y,
        _printable(label.text),
        color=colour(label.role, theme),
        fontproperties=_font(label.size),
        horizontalalignment=label.align,
        verticalalignment="center" if label.upright else "baseline",
        rotation=90 if label.upright else 0,
        usetex=False,
        parse_math=False,
    )
    text.set_transform(logical)
    return text


def _positions(display: Floats, shown: Range) -> Floats:
    low, high = shown
    # Halves, because the distance of the two ends of an axis may itself overflow; and never for tiny ones.
    half = 0.5 if max(abs(low), abs(high)) > 1e300 else 1.0
    with np.errstate(over="ignore"):
        return np.clip((display * half - low * half) / (high * half - low * half), -_CLIP, _CLIP)


def _isolated(finite: Mask) -> Mask:
    padded = np.concatenate([[False], finite, [False]])
    alone: Mask = finite & ~padded[:-2] & ~padded[2:]
    return alone


@lru_cache(1)
def _families() -> tuple[str, ...]:
    installed = set(fontManager.get_font_names())
    return tuple(family for family in _FAMILIES if family in installed)


def _font(size: float) -> FontProperties:
    return FontProperties(family=list(_families()), size=size * _PT, weight="normal", style="normal")


@lru_cache(4096)
def _measure(text: str, size: float) -> float:
    ruler: Any = RendererAgg
    return float(ruler(1, 1, LOGICAL_DPI).get_text_width_height_descent(_printable(text), _font(size), ismath=False)[0])


@lru_cache(4096)
def _known(character: str, families: tuple[str, ...]) -> bool:
    files = [fontManager.findfont(FontProperties(family=[family])) for family in families]
    return any(get_font([file]).get_char_index(ord(character)) for file in files)


def _printable(text: str) -> str:
    return "".join(c if c.isascii() or _known(c, _families()) else _MISSING for c in text)
