"""The curves of a whole run as CSV: what `train --csv` saves, in the columns that the panels' own data have."""

import itertools
from collections.abc import Iterator
from pathlib import Path

from model import __version__
from model.figures.export import save_csv
from model.figures.provenance import Provenance
from model.figures.tables.common import LOSS, STEP, grad_norm
from model.figures.tables.files import write_rows
from model.figures.tables.table import Cell
from model.training.engine import Engine
from model.words import msg


def save_curves(engine: Engine, path: Path) -> None:
    """Write step, loss and gradient norms; raises FileError. An older file is replaced. Only while nothing trains.

    They go through memory a few steps at a time.
    """
    recording = engine.recording
    columns = (STEP, LOSS, *(grad_norm(name) for name in engine.layout.names))
    recipe = Provenance(recording.spec.to_json(), recording.step, __version__, tuple(recording.schedule))
    save_csv(
        path,
        str(msg("Loss and gradient norms")),
        columns,
        lambda stream: write_rows([column.name for column in columns], _rows(engine), stream),
        provenance=recipe,
        overwrite=True,
    )


def _rows(engine: Engine) -> Iterator[tuple[Cell, ...]]:
    steps = itertools.count()
    for rows in engine.recording.step_blocks():
        yield from zip(itertools.islice(steps, len(rows)), *rows.T.tolist(), strict=True)
