"""The flags of `train` that say which pictures are wanted and how they look; a recipe fills in what they leave out."""

import argparse
from pathlib import Path

from model.figures.figure import View
from model.figures.panels import PANELS
from model.figures.picture import FONT_LIMITS, ExportError, PictureOptions, Size, options_with, parse_size
from model.figures.recipe import Recipe
from model.insight.number_formats import FORMATS
from model.insight.seed_runs import SeedRequest, read_request
from model.insight.width_runs import FIELDS, Survey, WidthRequest, request_of
from model.training.knob import SpecError
from model.training.spec import TrainingSpec


def add_picture_flags(parser: argparse.ArgumentParser, formats: list[str]) -> None:
    """Add them."""
    low, high = FONT_LIMITS
    group = parser.add_argument_group("pictures")
    add = group.add_argument
    add("--images", metavar="DIR", type=Path, help="save a picture of every panel")
    add(
        "--sheet",
        metavar="FILE.html",
        type=Path,
        help="write a web page about the run, with these --panels",
    )
    add("--panels", metavar="A,B", help=f"of {', '.join(PANELS)} (default: the panel of --spec, or all)")
    add("--at", metavar="STEP", type=int, help="the step that pictures show (default: that of --spec, or the last)")
    add("--format", choices=formats, default="png", help="format of the pictures (default png)")
    add("--size", metavar="WxH", help="as in 85x60mm, 3.3x2.4in or 1600x900, the pixels of a PNG (default 10x6.25in)")
    add("--dpi", type=float, help="resolution of PNG pictures (default 192; of sizes in pixels 96)")
    add(
        "--font-size", metavar="PT", type=float, help=f"of the letters, {low:g} to {high:g} pt (default: fits the size)"
    )
    add("--theme", choices=["light", "dark", "contrast"], help="colours of the pictures (default light)")
    names = ["none", *FORMATS]
    add("--number-format", choices=names, help="draw the limits of this format, and tell what it cannot hold")
    add("--through-time", action="store_true", help="weights, activations and backprop over all steps")
    add("--widths", metavar="N,N", help="hidden widths that coordinate check and rate transfer compare")
    add("--width-seeds", metavar="N", help="how many seeds they look at")
    add("--width-steps", metavar="N", help="how many steps they train")
    add("--repeat", metavar="N", help="repeat the run with N seeds, for the panel seeds and the band behind curves")
    add(
        "--converged", metavar="QUANTITY=LEVEL", help="when such a run has: loss=1.15 (default: ½ ln C) or accuracy=0.9"
    )
    add("--svg-text", action="store_true", help="keep the letters of SVG as text, to be edited; otherwise outlines")


def options_of(found: argparse.Namespace, recipe: Recipe) -> PictureOptions:
    """Give the look that the flags ask for, and what they leave out as the recipe has it; raises ExportError."""
    return options_with(
        recipe.picture or PictureOptions(),
        size=None if found.size is None else _size(found.size),
        dpi=found.dpi,
        font_size=found.font_size,
        theme=found.theme,
        svg_text=found.svg_text,
    )


def _size(text: str) -> Size:
    try:
        return parse_size(text)
    except ExportError as error:
        raise argparse.ArgumentTypeError(f"--size: {error.message}") from None


def views_of(
    recipe: Recipe, panels: tuple[str, ...], found: argparse.Namespace, spec: TrainingSpec, *, same_run: bool
) -> dict[str, View]:
    """Give what is looked at in each panel; the ranges of the recipe belong to its own run alone.

    Raises argparse.ArgumentTypeError for widths, seeds or steps that cannot be.
    """
    views = {name: PANELS[name].view for name in panels}
    if recipe.view is not None and recipe.panel in views:
        views[recipe.panel] = recipe.view if same_run else recipe.view.with_(ranges={})
    if (number_format := found.number_format) is not None:
        heed = [name for name in views if "number_format" in PANELS[name].options]
        views |= {name: views[name].with_(number_format=number_format) for name in heed}
    if found.through_time:
        heed = [name for name in views if "through_time" in PANELS[name].options]
        views |= {name: views[name].with_(through_time=True) for name in heed}
    asked = {field: text for field, flag in _OF_WIDTHS.items() if (text := getattr(found, flag)) is not None}
    for survey in FIELDS if asked else ():
        if survey in views:
            views[survey] = views[survey].with_(widths=_widths(survey, asked, views[survey].widths, spec))
    return views


def seeds_of(
    recipe: Recipe, found: argparse.Namespace, spec: TrainingSpec, *, same_run: bool
) -> tuple[TrainingSpec, SeedRequest | int] | None:
    """Give what is to be repeated with seeds, and how; a number where the level depends on the data.

    Raises argparse.ArgumentTypeError for what cannot be.
    """
    if found.repeat is None:
        if found.converged is not None:
            raise argparse.ArgumentTypeError("--converged: needs --repeat")
        return recipe.seeds if same_run else None
    quantity, _, level = ("loss", "", "1") if found.converged is None else found.converged.partition("=")
    if quantity not in ("loss", "accuracy"):
        raise argparse.ArgumentTypeError("--converged: must be loss=LEVEL or accuracy=LEVEL")
    try:
        request = read_request(found.repeat, quantity, level)
    except SpecError as error:
        flag = {"repeat_seeds": "--repeat", "repeat_level": "--converged"}[next(iter(error.messages))]
        raise argparse.ArgumentTypeError(f"{flag}: {error.first}") from None
    return spec, request.n if found.converged is None else request


_OF_WIDTHS = {"widths": "widths", "seeds": "width_seeds", "steps": "width_steps"}
"""The flag of each field of a WidthRequest."""


def _widths(survey: Survey, asked: dict[str, str], request: WidthRequest | None, spec: TrainingSpec) -> WidthRequest:
    fields = FIELDS[survey]
    try:
        values = {field: fields[field].parse(text) for field, text in asked.items()}
        return (request or request_of(survey, spec)).replaced(survey, **values)
    except SpecError as error:
        name, text = next(iter(error.messages.items()))
        flag = _OF_WIDTHS[name.removeprefix(f"{survey}_")].replace("_", "-")
        raise argparse.ArgumentTypeError(f"--{flag}: {text}") from None
