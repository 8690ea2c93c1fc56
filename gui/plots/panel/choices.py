"""The part of a View that is remembered from one start to the next."""

from collections.abc import Mapping
from dataclasses import fields

from gui.plots.panel.panel_menu import BINS, FORMAT_NAMES, LAYERS, SMOOTHING
from model.figures.figure import View

_REMEMBERED = ("log_x", "log_y", "bins", "smoothing", "notes", "layer", "number_format", "depth_scale", "through_time")
_OF_THE_MOMENT = ("compared", "seeds", "sweep", "past", "raised", "sample", "ranges")
_OFFERED = {"bins": BINS, "smoothing": SMOOTHING, "layer": LAYERS, "number_format": FORMAT_NAMES}


def choices_of(view: View) -> dict[str, object]:
    """Give the user's choices in a View, for the settings: plain values only."""
    return {field: getattr(view, field) for field in _REMEMBERED}


def fitting_choices(remembered: Mapping[str, object], view: View) -> dict[str, object]:
    """Give the remembered choices that fit a View; none if any has the wrong type or is not among those offered."""
    fitting = {k: v for k, v in remembered.items() if k in _REMEMBERED and type(v) is type(getattr(view, k))}
    offered = all(fitting[field] in values for field, values in _OFFERED.items() if field in fitting)
    return fitting if offered else {}


def choices_as(seen: View) -> dict[str, object]:
    """Give the changes that make the present View look like `seen`; what is shown beside its run stays, and how."""
    return {field.name: getattr(seen, field.name) for field in fields(View) if field.name not in _OF_THE_MOMENT}
