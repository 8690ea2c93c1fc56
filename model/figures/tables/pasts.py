"""The data of the panels that look at the way of a run through its parameters, and at what lies between two runs."""

import numpy as np

from model.figures.figure import View
from model.figures.panels.between import pair
from model.figures.panels.common import own_past
from model.figures.panels.sharpness import course_of
from model.figures.panels.travel import series
from model.figures.tables.common import PARAMETER, STEP
from model.figures.tables.table import Column, Table, Values, table_of
from model.insight.between import Between, between
from model.insight.sharpness import Sharpness
from model.insight.travel import Travel, distances
from model.training.frame import Frame
from model.words import msg

_DISTANCE = Column("distance", "number", msg("‖W_t − W_0‖ / ‖W_0‖, W_0 being the initial weights"))
_SHARPNESS = Column("sharpness", "number", msg("largest eigenvalue of the Hessian, scaled as the optimiser scales"))
_BOUND = Column("stable_up_to", "number", msg("sharpness up to which steps of this learning rate are stable"))
_SAMPLES = Column("samples", "integer", msg("training samples that the Hessian was taken of"))
_SHARE = Column("share", "number", msg("place on the line, 0 at this run and 1 at the other"))
_STARTS = Column("loss_between_starts", "number", msg("mean cross-entropy between the initial parameters"), "nat")
_ENDS = Column("loss_between_runs", "number", msg("mean cross-entropy between the parameters now"), "nat")
_ACROSS = Column("across", "number", msg("distance in the plane from this run's start, along its first direction"))
_UP = Column("up", "number", msg("distance in the plane from this run's start, across its first direction"))
_LOSS = Column("loss_in_plane", "number", msg("mean cross-entropy at that place of the plane"), "nat")
_PLACE = Column("place", "string", msg("which point: the start of this run or of the other, or where it is now"))
_OFF = Column("off_plane", "number", msg("distance of the point from the plane"))


def travel(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give how far each layer had come, at every step that was looked at."""
    past = own_past(frame, view, Travel)
    steps, values = series(frame, past, distances(frame.params, frame.initial))
    names = [name for name in frame.layout.names if name.startswith("W")]
    return (
        table_of(
            "travel",
            (STEP, np.repeat(steps, len(names))),
            (PARAMETER, names * len(steps)),
            (_DISTANCE, values.ravel()),
        ),
    )


def sharpness(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give the sharpness and its bound, at every step that was looked at."""
    past = own_past(frame, view, Sharpness)
    course = course_of(frame, past)
    samples = 0 if past is None else past.samples
    return (
        table_of(
            "sharpness",
            (STEP, course.steps.astype(np.int64)),
            (_SHARPNESS, course.values),
            (_BOUND, course.bounds),
            (_SAMPLES, np.full(len(course.steps), samples, dtype=np.int64)),
        ),
    )


def between_runs(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give the losses on the lines and in the plane between two runs; no rows where there are not two."""
    other = pair(frame, view)
    found = None if other is None else between(frame, other.moment or other.frame)
    nothing = np.empty(0)
    line = (nothing, nothing, nothing) if found is None else (found.shares, found.starts, found.ends)
    return (
        table_of("line", *zip((_SHARE, _STARTS, _ENDS), line, strict=True)),
        table_of("plane", *_plane(found)),
        table_of("points", *_points(found)),
    )


def _plane(found: Between | None) -> list[tuple[Column, Values]]:
    plane = None if found is None else found.plane
    columns = (_ACROSS, _UP, _LOSS)
    if plane is None:
        return [(column, np.empty(0)) for column in columns]
    across, up = np.meshgrid(plane.across, plane.up)
    return list(zip(columns, (across.ravel(), up.ravel(), plane.losses.ravel()), strict=True))


def _points(found: Between | None) -> list[tuple[Column, Values]]:
    plane = None if found is None else found.plane
    if plane is None:
        return [(_PLACE, []), *((column, np.empty(0)) for column in (_ACROSS, _UP, _OFF))]
    names = ["start of this run", "this run", "start of the other", "the other"]
    return [(_PLACE, names), (_ACROSS, plane.places[:, 0]), (_UP, plane.places[:, 1]), (_OFF, plane.off)]
