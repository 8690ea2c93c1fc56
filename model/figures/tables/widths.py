"""The data of *Coordinate check* and *Rate transfer*: a row for each width, seed and layer, or width, rate and seed."""

import numpy as np

from model.figures.figure import View
from model.figures.tables.table import Column, Table, table_of
from model.insight.coordinate import coordinates, slopes
from model.insight.transfer import transfer as losses_by_rate
from model.insight.width_runs import request_of
from model.training.frame import Frame
from model.words import msg

_WIDTH = Column("width", "integer", msg("units in each hidden layer"), "units")
SEED = Column("seed", "integer", msg("seed of the run"))
_LAYER = Column("weight_layer", "integer", msg("weight layer, 1 for the first; the last gives the logits"))
_MOVED = Column("mean_change_of_z", "number", msg("mean |z(t) − z(0)| over units and samples after the steps"))
_STEPS = Column("steps", "integer", msg("training steps of each run"), "steps")
_SLOPE = Column("slope", "number", msg("slope of log mean_change_of_z, mean over seeds, against log width"))
_TOP = Column("slope_at_the_widest", "number", msg("the same slope between the two widest networks"))
_EXPECTED = Column("slope_expected", "number", msg("the slope that theory has for small steps and endless width"))
_RATE = Column("learning_rate", "number", msg("learning rate of the run"))
_LOSS = Column("final_loss", "number", msg("mean of the last 20 batch losses; infinite where the run diverged"), "nat")
_BEST = Column("best_learning_rate", "number", msg("the rate with the lowest median over the seeds"))
_MEDIAN = Column("median_final_loss", "number", msg("the median over the seeds at that rate"), "nat")


def coordinate(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give how far each layer moved, and the slopes."""
    request = view.widths or request_of("coordinate", frame.spec)
    found = coordinates(frame, request)
    shown = [k for k in range(frame.layout.n_layers) if not view.hides(f"z{k + 1}")]
    rows = [
        (width, (frame.spec.seed + seed) % 2**32, layer + 1, found.moved[place, seed, layer])
        for place, width in enumerate(found.widths.tolist())
        for seed in range(request.seeds)
        for layer in shown
    ]
    layers = np.array(shown, dtype=np.int64)
    top = slopes(found.widths[-2:], found.means[-2:])
    return (
        table_of(
            "points",
            (_WIDTH, np.array([row[0] for row in rows], dtype=np.int64)),
            (SEED, np.array([row[1] for row in rows], dtype=np.int64)),
            (_LAYER, np.array([row[2] for row in rows], dtype=np.int64)),
            (_STEPS, np.full(len(rows), request.steps)),
            (_MOVED, np.array([row[3] for row in rows], dtype=np.float64)),
        ),
        table_of(
            "slopes",
            (_LAYER, layers + 1),
            (_SLOPE, slopes(found.widths, found.means)[layers]),
            (_TOP, top[layers]),
            (_EXPECTED, found.expected[layers]),
        ),
    )


def transfer(frame: Frame, view: View) -> tuple[Table, ...]:
    """Give the final loss of every run, and the best rate of every width."""
    request = view.widths or request_of("transfer", frame.spec)
    found = losses_by_rate(frame, request)
    shown = [place for place, width in enumerate(found.widths.tolist()) if not view.hides(f"width{width}")]
    rates = 2.0**found.powers
    n_rates, n_seeds = found.losses.shape[1:]
    n = n_rates * n_seeds
    known = [(place, k) for place, k in enumerate(found.best()) if k is not None and place in shown]
    seeds = (frame.spec.seed + np.arange(request.seeds, dtype=np.int64)) % 2**32
    return (
        table_of(
            "runs",
            (_WIDTH, np.repeat(found.widths[shown], n)),
            (_RATE, np.tile(np.repeat(rates, n_seeds), len(shown))),
            (SEED, np.tile(seeds, n_rates * len(shown))),
            (_STEPS, np.full(n * len(shown), request.steps)),
            (_LOSS, found.losses[shown].ravel()),
        ),
        table_of(
            "best",
            (_WIDTH, np.array([found.widths[place] for place, _ in known], dtype=np.int64)),
            (_BEST, np.array([rates[k] for _, k in known], dtype=np.float64)),
            (_MEDIAN, np.array([found.medians[place, k] for place, k in known], dtype=np.float64)),
        ),
    )
