"""The data of *Why?*: a row for each sentence, with its formula and source and the panel that shows it."""

import numpy as np

from model.figures.figure import View
from model.figures.panels import why as why_panel
from model.figures.tables.table import Column, Table, table_of
from model.training.frame import Frame
from model.words import msg

_NUMBER = Column("number", "integer", msg("place of the sentence, from 1"))
_SENTENCE = Column("sentence", "string", msg("what can be said of this run"))
_SOURCE = Column("formula_and_source", "string", msg("the formula behind it and where it comes from"))
_SEVERITY = Column("severity", "string", msg("info, warn or bad"))
_PANEL = Column("panel", "string", msg("the panel that shows it"))


def why(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give what was found, in words."""
    said = why_panel.make(frame, view).passages
    return (
        table_of(
            "why",
            (_NUMBER, np.arange(1, len(said) + 1)),
            (_SENTENCE, [str(passage.text) for passage in said]),
            (_SOURCE, ["" if passage.detail is None else str(passage.detail) for passage in said]),
            (_SEVERITY, [passage.severity for passage in said]),
            (_PANEL, [passage.panel for passage in said]),
        ),
    )
