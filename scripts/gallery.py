"""Draw every preset for docs/gallery.md, and write that page: `make gallery`; `--check` only compares the page."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from model import __version__
from model.data.prepare import load
from model.figures.export import save_figure
from model.figures.panels import PANELS
from model.figures.picture import PictureOptions
from model.figures.provenance import Provenance
from model.training.engine import Engine
from model.training.presets import Preset, presets
from model.training.stepper import kernel_stepper

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "gallery.md"
PICTURES = ROOT / "docs" / "images" / "gallery"
SIZE = PictureOptions(width=520, height=360, dpi=96)
HEAD = """# Gallery
Figures from the literature as this program draws them, made by `make gallery`. Each is in the *Presets* menu; the
command below it writes larger pictures, of every panel that shows it, into its own folder.

The differences from the sources are intended: the inputs are the 8×8 digits (standardised, except for ReLU) instead of
MNIST or 1,000 samples of noise, and histograms show every value instead of a fixed range, so that tanh keeps its
negative half and ReLU its tail. What the book calls Xavier, √(1/n), is `lecun` here. The figure numbers marked † are
from memory.
"""


def main(argv: Sequence[str]) -> int:
    """Draw and write, or check; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 where the page is stale")
    arguments = parser.parse_args(argv)
    if arguments.check:
        fresh = PAGE.read_text(encoding="utf-8") == page()
        return 0 if fresh else 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    for preset in presets().values():
        _draw(preset)
    PAGE.write_text(page(), encoding="utf-8")
    return 0


def page() -> str:
    """Write the page."""
    parts, group = [HEAD], ""
    for preset in presets().values():
        if preset.group != group:
            group = preset.group
            parts.append(f"\n## {group}\n")
        parts.append(f"\n### {preset.title}\n{preset.look} *{preset.source}.*\n\n    {command(preset)}\n\n")
        parts += [f"![{preset.title}: {name}](images/gallery/{preset.id}-{name}.png)\n" for name in panels_of(preset)]
    return "".join(parts)


def command(preset: Preset) -> str:
    """Give the command that makes a preset's pictures."""
    at = " --at 0" if preset.untrained else ""
    panels = ",".join(preset.panels)
    spec, images = f"resources/presets/{preset.id}.json", f"pictures/{preset.id}"
    return f"./initscope train --spec {spec}{at} --panels {panels} --images {images}"


def panels_of(preset: Preset) -> tuple[str, ...]:
    """Choose the panels that the page shows: those that the source has, which is one in the book."""
    return preset.panels if preset.id.startswith("glorot") else preset.panels[:1]


def _draw(preset: Preset) -> None:
    spec = preset.spec()
    engine = Engine(spec, load(spec.data_request), kernel_stepper)
    engine.train(0 if preset.untrained else spec.steps)
    frame = engine.recording.frame()
    recipe = Provenance(spec.to_json(), frame.step, __version__, frame.schedule)
    for name in panels_of(preset):
        panel = PANELS[name]
        path = PICTURES / f"{preset.id}-{name}.png"
        figure = panel.make(frame, panel.view)
        save_figure(figure, panel.view, path, options=SIZE, provenance=recipe, overwrite=True)
        pack(path)
        print(f"{path.name}  {path.stat().st_size / 1000:.0f} kB", flush=True)


def pack(path: Path) -> None:
    """Write a PNG in 256 colours, which nobody sees and the repository does; the recipe stays in it."""
    with Image.open(path) as picture:
        texts = PngInfo()
        for key, text in picture.text.items():  # type: ignore[attr-defined]
            texts.add_text(key, text)
        # the usual way loses colours that few pixels have, as those of a colour key
        packed = picture.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE)
        dpi = picture.info["dpi"]
    packed.save(path, optimize=True, pnginfo=texts, dpi=dpi)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
