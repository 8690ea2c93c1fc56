"""How large the updates are beside the weights that they change: the update ratio.

Karpathy's rule ("The spelled-out intro to neural networks", makemore 3; CS231n): about 1e-3 is healthy, so -3 as a
power of ten.
"""

import numpy as np
import numpy.typing as npt

from model.insight.first_update import first_step
from model.training.frame import Frame
from model.training.stepper import norm

Floats = npt.NDArray[np.float64]

RULE = 1e-3
"""The ratio that Karpathy's rule calls healthy."""


def update_ratios(frame: Frame) -> tuple[npt.NDArray[np.int64], Floats]:
    """Give ‖Δθ‖ / ‖θ‖ of the updates that were recorded.

    Returns
    -------
    steps (k,) : the updates, 0 for the first one
    ratios (k, n_params) : in the order W1, b1, …; inf where a parameter was 0, NaN where it was not finite
    """
    with np.errstate(all="ignore"):
        ratios = frame.update_norms / frame.weight_norms
    unchanged = (frame.update_norms == 0) & (frame.weight_norms == 0)
    return frame.eval_steps[: len(ratios)], np.where(unchanged, 0.0, ratios)


def first_update_ratios(frame: Frame) -> Floats:
    """Give ‖Δθ‖ / ‖θ‖ (n_params,) of the update that the run's first step makes, or will make.

    Computed by the readable network, from the first batch of the run's own random stream, in the run's dtype.
    """
    step = first_step(frame.initial, frame.data, frame.spec, frame.layout)
    ratios = []
    with np.errstate(all="ignore"):
        for name, value in frame.initial.items():
            size, update = norm(value), norm(step.updated[name] - value)
            ratios.append(update / size if size else np.inf if update else 0.0)
    return np.array(ratios)
