"""Initscope from Python: train a spec, and have its moments as frames, figures and arrays.

    from model import api  # in a checkout; with the package installed: import initscope as api

    run = api.train(weight_init_std=0.01, steps=500)
    run.frame().loss
    api.figure("weights", run.frame(step=100))

What is trained, drawn and refused is what the window and the command line train, draw and refuse. docs/from-python.md
shows more.
"""

from model.api.figure import Figure
from model.api.run import Run, load, train
from model.api.several import repeat, sweep
from model.data.dataset import DataError
from model.figures.panels import PANELS
from model.figures.picture import ExportError
from model.files import FileError
from model.insight.seed_runs import SeedRuns
from model.sweeps.table import Table
from model.training.frame import Frame
from model.training.knob import SpecError
from model.training.spec import TrainingSpec

__all__ = [
    "PANELS",
    "DataError",
    "ExportError",
    "Figure",
    "FileError",
    "Frame",
    "Run",
    "SeedRuns",
    "SpecError",
    "Table",
    "TrainingSpec",
    "figure",
    "load",
    "repeat",
    "sweep",
    "train",
]


def figure(panel: str, frame: Frame | Run | None = None, **view: object) -> Figure:
    """Draw a panel of the window at a moment of a run.

    Parameters
    ----------
    panel : "weights", "loss", "gradients", …: a key of `PANELS`; docs/from-python.md lists them with their choices
    frame : the moment; a Run stands for its last one, None for the untrained network of a `sweep`
    **view : what the panel's menu offers in the window, and what else it is to show:

        - log_x, log_y, bins, smoothing, unit=(layer, index), layer, depth_scale, number_format: as there
        - notes=False: without the sentences in the plots
        - hidden=["test"]: keys of marks that are not drawn; ranges={"loss": ((0, 500), (0, 3))}: display ranges of
          plots by key, in powers of ten on a log axis
        - through_time=True: the distributions of all steps up to this one; trains the run again
        - compared=[other, …] or {"name": other, …}: Runs or Frames of runs that are shown beside this
          one; histograms, "spectrum" and "variance" show a run where it was at the same step
        - seeds=20, or what `repeat` gave: the band of runs with other seeds
        - sweep: what `sweep` gave
        - widths=(32, 128), or a mapping with widths, seeds, steps, lowest, highest: which runs "coordinate" and
          "transfer" look at
        - randn: a mapping with function, shape, seed, loc, scale: which numbers "randn" looks at
        - advice=True: "why" names what would have helped, found by short trials

    Returns
    -------
    Figure

    Raises
    ------
    SpecError
        For a panel or a choice that there is not, and for a value that cannot be.
    """
    # here, because it brings every panel with it
    from model.api.view import shot_of

    return Figure(shot_of(panel, frame, view))
