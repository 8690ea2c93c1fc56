"""The data of the panels that measure single numbers at the earlier steps of a run."""

import numpy as np

from model.figures.figure import View
from model.figures.panels.sharpness import course_of
from model.figures.panels.travel import series
from model.figures.tables.common import PARAMETER, STEP
from model.figures.tables.table import Column, Table, table_of
from model.insight.sharpness import Sharpness
from model.insight.travel import Travel, distances
from model.training.frame import Frame
from model.words import msg

_DISTANCE = Column("distance", "number", msg("‖W_t − W_0‖ / ‖W_0‖, W_0 being the initial weights"))
_SHARPNESS = Column("sharpness", "number", msg("largest eigenvalue of the Hessian, scaled as the optimiser scales"))
_BOUND = Column("stable_up_to", "number", msg("sharpness up to which steps of this learning rate are stable"))
_SAMPLES = Column("samples", "integer", msg("training samples that the Hessian was taken of"))


def travel(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give how far each layer had come, at every step that was looked at."""
    past = view.past if isinstance(view.past, Travel) and view.past.run == frame.run else None
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
    past = view.past if isinstance(view.past, Sharpness) and view.past.run == frame.run else None
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
