"""The marks of a Figure as matplotlib artists, on axes that are the unit square."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Polygon
from matplotlib.path import Path
from matplotlib.text import Text

from model.figures.bands import outlines
from model.figures.figure import Bars, Dots, Floats, Guide, Image, Line, Mark, Segments, Texts, to_display
from model.figures.legend import BAND_INK, strength
from model.figures.mpl_text import PT, font, measure, printable
from model.figures.page import Cell
from model.figures.page_parts import SMALL
from model.figures.palette import Theme, blend, colour, stroke
from model.figures.ranges import positions
from model.figures.shades import pixels, shades
from model.figures.text_fit import elide, letter_share, room_beside
from model.figures.thinning import envelope, isolated

_PARTS_A_PIXEL = 2
"""Parts of a curve for each pixel across, of which the lowest and the highest value are drawn."""
_SMOOTH_PIXELS = 512
"""Pixels to which a small image is enlarged, so that no viewer blurs it."""
_THICKEST = 2.6
_LEVEL = 2.0
"""Where all marks lie, so that each covers those that were drawn before it."""


def ink_of(mark: Mark, theme: Theme, n_layers: int) -> str:
    """Give the colour of a mark, paler where it is behind the present state."""
    return blend(colour(mark.role, theme, n_layers), theme.background, strength(mark))


def draw_mark(axes: Axes, mark: Mark, cell: Cell, theme: Theme, n_layers: int, columns: int) -> None:
    """Draw a mark as the theme has it; `columns` is the width of the axes in pixels of the picture."""
    ink = ink_of(mark, theme, n_layers)
    match mark:
        case Line():
            _draw_band(axes, mark, cell, colour(mark.role, theme, n_layers))
            _draw_line(axes, mark, cell, ink, columns, width_of(mark, n_layers))
        case Bars():
            _draw_bars(axes, mark, cell, ink)
        case Guide():
            _draw_guide(axes, mark, cell, ink, width_of(mark, n_layers))
        case Dots():
            _draw_dots(axes, mark, cell, ink, theme)
        case Image():
            _draw_image(axes, mark, cell, theme)
        case Segments():
            _draw_segments(axes, mark, cell, theme, "" if mark.signed else ink)
        case Texts():
            _draw_texts(axes, mark, cell, ink)


def _draw_line(axes: Axes, line: Line, cell: Cell, ink: str, columns: int, width: float) -> None:
    x = positions(to_display(line.x, log=cell.plot.x.log), cell.x)
    y = positions(to_display(line.y, log=cell.plot.y.log), cell.y)
    x, y = envelope(x, y, (0.0, 1.0), _PARTS_A_PIXEL * columns)
    _add_line(axes, x, y, ink, line, width)
    alone = isolated(np.isfinite(x) & np.isfinite(y))
    if alone.any():
        # Short strokes with round ends: Agg would move markers to whole pixels.
        reach = 0.25 / columns
        gaps = np.full(np.count_nonzero(alone), np.nan)
        across = np.column_stack([x[alone] - reach, x[alone] + reach, gaps]).ravel()
        dots = Line2D(across, np.repeat(y[alone], 3), color=ink, linewidth=4 * PT, solid_capstyle="round")
        dots.set(transform=axes.transAxes, zorder=_LEVEL, snap=False)
        axes.add_line(dots)


def _draw_band(axes: Axes, line: Line, cell: Cell, ink: str) -> None:
    for outline in outlines(line, (cell.x, cell.y), log=(cell.plot.x.log, cell.plot.y.log)):
        places = np.column_stack([positions(outline[:, 0], cell.x), positions(outline[:, 1], cell.y)])
        patch = Polygon(places, closed=True, facecolor=ink, edgecolor="none", alpha=BAND_INK)
        patch.set(transform=axes.transAxes, zorder=_LEVEL)
        axes.add_patch(patch)


def _add_line(axes: Axes, x: Floats, y: Floats, ink: str, mark: Line | Guide, width: float) -> None:
    artist = Line2D(x, y, color=ink, linewidth=width * PT, transform=axes.transAxes, zorder=_LEVEL)
    style(artist, mark)
    axes.add_line(artist)


def width_of(mark: Line | Guide, n_layers: int) -> float:
    """Give the width of a mark's stroke in logical pixels."""
    if isinstance(mark, Line) and mark.raised:
        return 2.4
    if isinstance(mark, Guide) or mark.ghost or mark.faint:
        return 1.2
    return 1.6 * (stroke(mark.role, n_layers) if mark.steady else 1.0)


def style(artist: Line2D, mark: Line | Guide) -> None:
    """Give a stroke its dashes and ends."""
    artist.set(solid_joinstyle="round", dash_joinstyle="round", solid_capstyle="butt", dash_capstyle="butt")
    artist.set_linestyle((0, (3.5, 2.0)) if mark.dash else "solid")


def _draw_bars(axes: Axes, bars: Bars, cell: Cell, ink: str) -> None:
    log_y = cell.plot.y.log
    base = 0.0 if log_y else float(np.clip(positions(np.array([bars.base]), cell.y)[0], -0.5, 1.5))
    heights = positions(to_display(bars.tops, log=log_y), cell.y)
    edges = positions(to_display(bars.edges, log=cell.plot.x.log), cell.x)
    if cell.plot.x.log:
        edges = np.where(bars.edges <= 0, -0.5, edges)
    # Upright rectangles lose nothing by being cut off outside the axes, and no renderer overflows.
    outline = bars_outline(np.clip(edges, -0.5, 1.5), np.clip(heights, -0.5, 1.5), bars.heights, base)
    if outline is None:
        return
    fill = PathPatch(outline, facecolor=ink, edgecolor="none", alpha=0.18 if bars.ghost else 0.3)
    width = PT * (2.0 if bars.raised else 1.0 if bars.filled else 1.3)
    edge = PathPatch(outline, fill=False, edgecolor=ink, linewidth=width, joinstyle="miter")
    for patch in (fill, edge) if bars.filled else (edge,):
        patch.set(transform=axes.transAxes, zorder=_LEVEL)
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


def _draw_guide(axes: Axes, guide: Guide, cell: Cell, ink: str, width: float) -> None:
    vertical = guide.direction == "vertical"
    axis, shown = (cell.plot.x, cell.x) if vertical else (cell.plot.y, cell.y)
    place = positions(to_display(np.array([guide.at], dtype=np.float64), log=axis.log), shown)
    if not (np.isfinite(place) & (place >= 0) & (place <= 1)).all():
        return
    across, along = np.repeat(place, 2), np.array([0.0, 1.0])
    x, y = (across, along) if vertical else (along, across)
    _add_line(axes, x, y, ink, guide, width)


def _draw_dots(axes: Axes, dots: Dots, cell: Cell, ink: str, theme: Theme) -> None:
    x = positions(to_display(dots.x, log=cell.plot.x.log), cell.x)
    y = positions(to_display(dots.y, log=cell.plot.y.log), cell.y)
    if dots.low is not None and dots.high is not None:
        ends = [positions(to_display(end, log=cell.plot.y.log), cell.y) for end in (dots.low, dots.high)]
        gaps = np.full_like(x, np.nan)
        across, along = (np.column_stack(parts).ravel() for parts in ((x, x, gaps), (*ends, gaps)))
        whiskers = Line2D(across, along, color=ink, linewidth=1.2 * PT, transform=axes.transAxes, zorder=_LEVEL)
        axes.add_line(whiskers)
    inside = (x >= 0) & (x <= 1) & (y >= 0) & (y <= 1)
    points = Line2D(x[inside], y[inside], color=ink, linestyle="none", marker="o", transform=axes.transAxes)
    points.set(markersize=dots.size * PT, markeredgecolor=theme.background, markeredgewidth=0.6 * PT, zorder=_LEVEL)
    points.set(clip_on=False, snap=False)
    axes.add_line(points)


def _draw_image(axes: Axes, image: Image, cell: Cell, theme: Theme) -> None:
    coloured = pixels(image, theme)
    factors = [max(1, -(-_SMOOTH_PIXELS // max(n, 1))) for n in coloured.shape[:2]]
    coloured = coloured.repeat(factors[0], axis=0).repeat(factors[1], axis=1)
    left, right = positions(to_display(np.array(image.x), log=cell.plot.x.log), cell.x)
    bottom, top = positions(to_display(np.array(image.y), log=cell.plot.y.log), cell.y)
    if not np.isfinite([left, right, bottom, top]).all():
        return
    axes.imshow(
        coloured,
        origin="lower",
        extent=(left, right, bottom, top),
        aspect="auto",
        interpolation="nearest",
        zorder=_LEVEL,
    )
    axes.set(xlim=(0, 1), ylim=(0, 1))


def _draw_segments(axes: Axes, segments: Segments, cell: Cell, theme: Theme, ink: str) -> None:
    x = positions(to_display(segments.x, log=cell.plot.x.log), cell.x)
    y = positions(to_display(segments.y, log=cell.plot.y.log), cell.y)
    share = np.clip(np.nan_to_num(segments.values / segments.limit), -1, 1)
    order = np.argsort(np.abs(share), kind="stable")
    inks: Sequence[tuple[float, ...]] = [tuple(row) for row in shades(share[order], theme, ink=ink) / 255]
    widths = (0.3 + (_THICKEST - 0.3) * np.abs(share[order])) * PT
    lines = LineCollection(list(np.stack([x[order], y[order]], axis=2)), colors=inks, linewidths=widths)
    lines.set(transform=axes.transAxes, zorder=_LEVEL)
    axes.add_collection(lines, autolim=False)


def _draw_texts(axes: Axes, texts: Texts, cell: Cell, ink: str) -> None:
    size = SMALL * cell.size
    x = positions(to_display(texts.x, log=cell.plot.x.log), cell.x)
    y = positions(to_display(texts.y, log=cell.plot.y.log), cell.y)
    inside = [
        (place, height, str(message), room_beside(place, 1 - place, texts.align) * cell.box.width)
        for place, height, message in zip(x.tolist(), y.tolist(), texts.texts, strict=True)
        if 0 <= place <= 1 and 0 <= height <= 1
    ]
    rooms = [room for *_, room in inside]
    height = abs(texts.room / (cell.y[1] - cell.y[0])) * cell.box.height
    said = [words for _, _, words, _ in inside]
    share = letter_share(said, rooms, lambda text: measure(text, size), height=height, size=size)
    if share == 0:
        return
    size *= share
    for place, up, words, room in inside:
        shown = elide(words, room, lambda text: measure(text, size))
        text = Text(place, up, printable(shown), color=ink, fontproperties=font(size), parse_math=False)
        text.set(horizontalalignment=texts.align, verticalalignment="center", transform=axes.transAxes, zorder=_LEVEL)
        axes.add_artist(text)
