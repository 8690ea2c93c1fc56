"""Runs by the dozen: one with many seeds, and a grid of them."""

import operator
import threading
from collections.abc import Iterable, Sequence

import numpy as np

from model.api.run import Run, as_plain, make_ready, patiently, samples_of, spec_of, value_of
from model.data.prepare import load as load_data
from model.insight.seed_runs import Repeat, SeedRuns, checked_request, usual_request
from model.insight.sharpness import stable_rates
from model.sweeps.axis import KINDS, Axis
from model.sweeps.crew import Threads, chunks_of
from model.sweeps.sweep import Sweep
from model.sweeps.table import About, Table
from model.training.knob import SpecError
from model.training.spec import KNOBS, TrainingSpec
from model.training.stepper import kernel_stepper
from model.words import msg

_FEWEST = 3
"""Values from which on an axis can be told to lie at equal ratios."""


def repeat(
    run: "Run | TrainingSpec", n: int = 20, *, loss: float | None = None, accuracy: float | None = None
) -> SeedRuns:
    """Train a run with n seeds, its own and those that follow it, for figures' `seeds`.

    Parameters
    ----------
    run : to be repeated
    n : seeds, 2 to 200
    loss, accuracy : what counts as having converged: a mean loss of 20 batches of at most `loss`, in nats (½ ln C where
        neither is given), or an accuracy of at least `accuracy`, on the test samples where there are any

    Returns
    -------
    SeedRuns
        `curves(0)` gives steps (m,) and losses (n, m), `accuracies(1)` those on the test samples, `reached` the
        steps at which runs converged, in ascending order, and `share` which part of them did, with its 95 % interval.

    Raises
    ------
    SpecError
        For a number of seeds or a level that cannot be.
    DataError
        Where the data cannot be used.
    """
    spec = run.spec if isinstance(run, Run) else run
    data = samples_of(spec)
    if loss is not None and accuracy is not None:
        raise SpecError({"": msg("A run converges by its loss or by its accuracy; give one of them.")})
    usual = usual_request(data.n_classes).level if loss is None else loss
    quantity, level = ("loss", usual) if accuracy is None else ("accuracy", accuracy)
    request = checked_request(as_plain(n), quantity, as_plain(level))
    make_ready()
    found: list[SeedRuns] = []
    work = Repeat(spec, data, request, kernel_stepper, found.append)
    patiently(work.run, work.stop)
    return found[-1]


def sweep(
    x: str | tuple[str, Iterable[object]],
    y: str | tuple[str, Iterable[object]] | None = None,
    *,
    seeds: int = 1,
    **knobs: object,
) -> Table:
    """Train every point of a grid of one knob or two on all cores, for the panels "response" and "map".

    Parameters
    ----------
    x, y : what varies: ("learning_rate", np.geomspace(0.01, 1, 16)), or as on the command line:
        "learning_rate=0.01:1:16:log", "init=std,he"
    seeds : runs at each point, with the seed and those that follow it
    **knobs : as `train` takes them

    Returns
    -------
    Table
        `arrays()` gives, under the names that SWEEP.npz has, `x`, `y`, `seeds`, and for each point `loss` in nats,
        `train_accuracy`, `test_accuracy`, `diverged_at`, `reached_at`, `steps`, of shape (n_y, n_x, n_seeds), or (n_x,
        n_seeds) without y. `save(path)` writes them.

    Raises
    ------
    SpecError
        For a knob that cannot be an axis, and for values that cannot be trained.
    DataError
        Where the data cannot be used.
    """
    across, up = _axis(x), None if y is None else _axis(y)
    made = Sweep(spec_of(None, knobs), across, up, operator.index(seeds)).checked()
    data = load_data(made.base.data_request)
    made.check(data)
    make_ready()
    table, crew = Table(made, About.of(data)), Threads()
    crew.work(made, data, chunks_of(made, data, crew), table.take, threading.Event())
    if made.beside_rate is not None:
        table.stable_rates = stable_rates(made, data, lambda: False)
    return table


def _axis(given: str | tuple[str, Iterable[object]]) -> Axis:
    if isinstance(given, str):
        return Axis.from_text(given)
    name, values = given
    knob = KNOBS.get(name)
    if knob is None or knob.kind not in KINDS:
        return Axis.from_text(f"{name}=")  # which refuses it
    found = tuple(knob.parse(knob.format(value_of(name, value))) for value in values)
    return Axis(name, found, log=_at_equal_ratios(found)).checked()


def _at_equal_ratios(values: Sequence[object]) -> bool:
    if len(values) < _FEWEST or not all(isinstance(value, int | float) and value > 0 for value in values):
        return False
    steps = np.diff(np.log(np.array(values, dtype=np.float64)))
    return bool(np.isfinite(steps).all() and np.allclose(steps, steps[0], rtol=1e-6))
