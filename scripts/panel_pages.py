"""Write what the code decides of docs/panels, and draw its pictures: `make panel-pages`; `--check` only compares."""

import argparse
import ast
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from model import api
from model.figures.panels import PANELS, Panel
from scripts.gallery import pack

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "panels"
INDEX = FOLDER / "index.md"
PICTURES = ROOT / "docs" / "images" / "panels"
DATA = ROOT / "docs" / "exported-data.md"
SIZE = "720x450"
CHOICES = {
    "bins": ("Bins", "into how many bins the values are sorted"),
    "log_x": ("Log scale, horizontal axis (<kbd>Shift</kbd>+<kbd>L</kbd>)", "the horizontal axis in powers of ten"),
    "log_y": ("Log scale, vertical axis (<kbd>L</kbd>)", "the vertical axis in powers of ten"),
    "smoothing": ("Smoothing", "the weight of the past in an exponential moving average, from 0 to below 1"),
    "through_time": ("Through time (<kbd>T</kbd>)", "all steps at once, value against step; trains the run again"),
    "unit": ("a click on a unit", "`(layer, index)` of the unit that is picked out, counted as in the window"),
    "layer": ("Show", "the hidden layer that is shown by itself; 0 for all, −1 for the last"),
    "depth_scale": ("Colour by depth scale", "coloured by ξ instead of χ₁"),
    "number_format": (
        "Limits of number format",
        "the limits of `fp16`, `bf16`, `e4m3` or `e5m2`, and how much lies beyond",
    ),
    "compared": ("Pin run (<kbd>K</kbd>), Race (<kbd>G</kbd>)", "other runs beside this one"),
    "seeds": ("Repeat with seeds (<kbd>Shift</kbd>+<kbd>N</kbd>)", "the same run with other seeds"),
    "sweep": ("Sweep… (<kbd>W</kbd>)", "the sweep to be shown"),
    "widths": ("Widths, Seeds, Steps and others in the panel", "which runs are trained for it"),
    "randn": ("Function, Shape, Seed, Mean and Std in the panel", "which numbers are looked at"),
    "steps": ("the wheel, or a drag of the axis", "the steps in sight; for figures from Python this is `ranges`"),
}
"""Where a choice is in the window, and what it does; by the field of View."""

HEAD = """\
# Panels
Each panel is one way to look at a moment of a run. All follow the bar under them to any step, have a menu (⋯, or a
right click), and are exported as pictures or as data. Every page has a picture, the Python code that drew it, how to
read it, and what to try.

| panel | what it shows |
|---|---|
"""


def main(argv: Sequence[str]) -> int:
    """Write and draw, or check; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 where a page is stale")
    parser.add_argument("panels", nargs="*", help="whose pictures are drawn; all if none is named")
    arguments = parser.parse_args(argv)
    fresh = {INDEX: index(), **{page_of(panel.id): rendered(panel, _text(panel)) for panel in PANELS.values()}}
    if arguments.check:
        stale = [path.name for path, text in fresh.items() if not path.exists() or path.read_text("utf-8") != text]
        if stale:
            print(f"Stale: {', '.join(stale)}; `make panel-pages` writes them anew.", file=sys.stderr)
        return 1 if stale else 0
    for path, text in fresh.items():
        path.write_text(text, encoding="utf-8")
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name in arguments.panels or PANELS:
        draw(name)
    return 0


def page_of(name: str) -> Path:
    """Give where the page of a panel is."""
    return FOLDER / f"{name}.md"


def picture_of(name: str) -> Path:
    """Give where the picture of a panel is."""
    return PICTURES / f"{name}.png"


def index() -> str:
    """Write the list of all panels."""
    return HEAD + "".join(f"| [{panel.title}]({panel.id}.md) | {panel.help} |\n" for panel in PANELS.values())


def rendered(panel: Panel, text: str) -> str:
    """Put what the code says of a panel between the markers; raises ValueError where one is missing."""
    for name, lines in (("panel", _head(panel)), ("choices and data", _tail(panel))):
        between = re.compile(rf"(<!-- {name}: [^\n]* -->\n).*?(\n<!-- end of {name} -->)", re.DOTALL)
        text, n_found = between.subn(lambda found, lines=lines: found[1] + "\n".join(lines) + found[2], text)
        if n_found != 1:
            raise ValueError(f"the page of {panel.id} has {n_found} places for its {name}")
    return text


def code_of(name: str) -> str:
    """Give the code on a page, whose last line is the figure."""
    found = re.search(r"(?ms)^```python\n(.*?)^```$", page_of(name).read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"the page of {name} has no code that draws its picture")
    return found[1]


def draw(name: str) -> None:
    """Run the code of a page and keep its figure as the picture."""
    body = ast.parse(code_of(name)).body
    last = body.pop()
    if not isinstance(last, ast.Expr):
        raise TypeError(f"the code of {name} ends in no figure")
    known: dict[str, Any] = {}
    here = Path.cwd()
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            exec(compile(ast.Module(body, []), name, "exec"), known)  # noqa: S102  pages of our own
            figure = eval(compile(ast.Expression(last.value), name, "eval"), known)  # noqa: S307
        finally:
            os.chdir(here)
    if not isinstance(figure, api.Figure) or figure.panel != name:
        raise ValueError(f"the code of {name} draws something else")
    path = picture_of(name)
    figure.save(path, size=SIZE)
    pack(path)
    print(f"{path.name}  {path.stat().st_size / 1000:.0f} kB: {figure}", flush=True)


def _text(panel: Panel) -> str:
    path = page_of(panel.id)
    return path.read_text(encoding="utf-8") if path.exists() else _SKELETON.replace("PANEL", panel.id)


def _head(panel: Panel) -> list[str]:
    return [f"# {panel.title}", str(panel.help), "", f"![{panel.title}](../images/panels/{panel.id}.png)"]


def _tail(panel: Panel) -> list[str]:
    asked = sorted(panel.options)
    lines = ["## Choices"]
    if asked:
        lines += ["| in the window | from Python | what it does |", "|---|---|---|"]
        lines += [f"| {CHOICES[name][0]} | {_argument(name)} | {CHOICES[name][1]} |" for name in asked]
    else:
        lines.append("None of its own.")
    return [
        *lines, "", "## Data", "[Exported](../exported-data.md) as CSV or NPZ, it gives:", "",
        "| table | each row is | columns |", "|---|---|---|", *data_of(panel.id),
    ]  # fmt: skip


def _argument(name: str) -> str:
    return "–" if name == "steps" else f"`{name}`"


def data_of(name: str) -> list[str]:
    """Find the rows of docs/exported-data.md that tell the data of a panel."""
    found, panels = [], set[str]()
    for row in re.findall(r"(?m)^\| .* \|$", DATA.read_text(encoding="utf-8")):
        first = row[2:].partition(" |")[0]
        if not first.startswith("…"):  # which goes on with the row above
            names = tuple(re.findall(r"`(.+?)`", first))
            panels = set(next((group for group in _TOGETHER if names[: len(group)] == group), names[:1]))
        if name in panels:
            found.append(row)
    return found


_TOGETHER = (("weights", "activations", "backprop"), ("activations", "backprop"), ("response", "map"))
"""Panels that have a row in common; elsewhere the name behind that of the panel is one of its tables."""

_SKELETON = """\
<!-- panel: written by make panel-pages -->

<!-- end of panel -->

This code draws it:

```python
from model import api

run = api.train(steps=500)
api.figure("PANEL", run)
```

## How to read it
…

## What to try
…

<!-- choices and data: written by make panel-pages -->

<!-- end of choices and data -->
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
