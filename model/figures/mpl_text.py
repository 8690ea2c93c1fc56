"""Letters in matplotlib pictures: which fonts, how wide, and a box for what no font has."""

from functools import lru_cache
from typing import Any

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.text import Text
from matplotlib.transforms import Transform

from model.figures.page_parts import Label
from model.figures.palette import Theme, colour
from model.figures.picture import LOGICAL_DPI

PT = 72 / LOGICAL_DPI
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
_MONOSPACED = "DejaVu Sans Mono"
_MISSING = "□"


def text_artist(label: Label, theme: Theme, logical: Transform) -> Text:
    """Make a label of a page; `logical` brings logical pixels to the picture."""
    text = Text(
        label.x,
        label.y,
        printable(label.text),
        color=colour(label.role, theme),
        fontproperties=font(label.size, mono=label.mono),
        horizontalalignment=label.align,
        verticalalignment="center" if label.upright else "baseline",
        rotation=90 if label.upright else 0,
        usetex=False,
        parse_math=False,
    )
    text.set_transform(logical)
    return text


@lru_cache(1)
def families() -> tuple[str, ...]:
    """List the installed ones of the families that are asked for, in their order."""
    installed = set(fontManager.get_font_names())
    return tuple(family for family in _FAMILIES if family in installed)


def font(size: float, *, mono: bool = False) -> FontProperties:
    """Give the font of a size in logical pixels, with all installed families to fall back on."""
    # the last one is for readers of an SVG that keeps its text, on machines without these fonts
    chosen = [_MONOSPACED, *families(), "monospace"] if mono else [*families(), "sans-serif"]
    return FontProperties(family=chosen, size=size * PT, weight="normal", style="normal")


@lru_cache(4096)
def measure(text: str, size: float) -> float:
    """Give the width of a text at a size, both in logical pixels."""
    ruler: Any = RendererAgg
    return float(ruler(1, 1, LOGICAL_DPI).get_text_width_height_descent(printable(text), font(size), ismath=False)[0])


@lru_cache(4096)
def known(character: str, among: tuple[str, ...]) -> bool:
    """Tell whether any of these families has a letter."""
    files = [fontManager.findfont(FontProperties(family=[family])) for family in among]
    return any(get_font([file]).get_char_index(ord(character)) for file in files)


def printable(text: str) -> str:
    """Put a box for every letter that no installed font has."""
    return "".join(c if c.isascii() or known(c, families()) else _MISSING for c in text)
