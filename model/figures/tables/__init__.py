"""The data behind each panel: what leaves the program as CSV or NPZ, in terms of the network, not of the drawing."""

from collections.abc import Callable, Mapping

from model.figures.figure import View
from model.figures.tables import (
    answers,
    checks,
    curves,
    histograms,
    layers,
    pasts,
    plane,
    seeds,
    spectrum,
    sweeps,
    units,
    widths,
    words,
)
from model.figures.tables.table import Table
from model.training.frame import Frame

TABLES: Mapping[str, Callable[[Frame, View], tuple[Table, ...]]] = {
    "weights": histograms.weights,
    "spectrum": spectrum.spectrum,
    "loss": curves.loss,
    "accuracy": curves.accuracy,
    "gradients": curves.gradients,
    "activations": histograms.activations,
    "backprop": histograms.backprop,
    "features": units.features,
    "network": units.network,
    "symmetry": units.symmetries,
    "updates": curves.updates,
    "variance": layers.variance,
    "phase": plane.phase,
    "gradcheck": checks.gradcheck,
    "why": words.why,
    "decision": answers.decision,
    "randn": histograms.randn,
    "coordinate": widths.coordinate,
    "transfer": widths.transfer,
    "seeds": seeds.seeds,
    "sharpness": pasts.sharpness,
    "travel": pasts.travel,
    "between": pasts.between_runs,
    "response": sweeps.sweep,
    "map": sweeps.sweep,
}
"""One pure function a panel: what a person hid is left out, and every row is there, however many there are."""
