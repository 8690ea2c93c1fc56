"""One pass forward and back through the network of a Frame, kept whole, for all diagnoses to share."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset, Labels, cast
from model.network.activations import ACTIVATIONS
from model.network.blas import one_blas_thread
from model.network.multi_layer_net import log_softmax
from model.training.frame import Frame, Parameters

Reals = npt.NDArray[np.floating]

MOST_VALUES = 24_000_000
"""Numbers that the layers' outputs may hold together; of larger data that many samples are taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Passes:
    """What every layer gave out, and the gradient that came back to it.

    Attributes
    ----------
    x, t : (n, n_features) and (n,) the samples looked at, of the training set
    n_all : how many there are
    pre : (n, width) pre-activations z of layers 1 … n_layers; the last ones are the logits
    outputs : (n, width) activations h of the hidden layers 1 … n_layers - 1
    deltas : (n, width) gradient of each sample's own loss with respect to `pre`, layer by layer
    losses : (n,) cross-entropy of each sample in nats
    """

    x: Reals
    t: Labels
    n_all: int
    pre: tuple[Reals, ...]
    outputs: tuple[Reals, ...]
    deltas: tuple[Reals, ...]
    losses: Reals

    @property
    def n(self) -> int:
        """Samples looked at."""
        return len(self.t)


def passes(frame: Frame, sample: int = 0) -> Passes:
    """Pass training samples through the network as it is at this moment.

    Parameters
    ----------
    sample : how many samples to take, evenly spread; 0 for all, or as many as MOST_VALUES allows

    Every number is that of the run's own dtype. The same Frame asked twice costs once.
    """
    return _passes(frame.params, frame.data, frame.spec.activation, sample)


def weights_of(params: Mapping[str, Reals]) -> list[Reals]:
    """Give W1, W2, … in order."""
    return [value for name, value in params.items() if name.startswith("W")]


def spread_rows(n_all: int, n: int) -> npt.NDArray[np.intp]:
    """Choose n of n_all rows, evenly spread."""
    return np.linspace(0, n_all - 1, n).round().astype(np.intp)


@lru_cache(maxsize=4)
def _passes(params: Parameters, data: Dataset, activation: str, sample: int) -> Passes:
    with one_blas_thread:
        return passes_of(params, data, activation, sample)


def passes_of(params: Mapping[str, Reals], data: Dataset, activation: str, sample: int = 0) -> Passes:
    """Pass training samples through these parameters, W1, b1, …, and keep nothing of it; as `passes` does."""
    weights = weights_of(params)
    biases = [params[f"b{layer}"] for layer in range(1, len(weights) + 1)]
    x, t = _chosen(data, weights[0].dtype.name, _n_samples(params, data, sample))
    phi, forward = ACTIVATIONS[activation], forward_of(activation)
    pre: list[Reals] = []
    outputs: list[Reals] = [x]
    with np.errstate(all="ignore"):
        for weight, bias in zip(weights, biases, strict=True):
            z = outputs[-1] @ weight
            z += bias
            pre.append(z)
            outputs.append(forward(z))
        log_probabilities: Reals = log_softmax(pre[-1])
        rows = np.arange(len(t))
        delta = np.exp(log_probabilities)
        delta[rows, t] -= 1
        deltas: list[Reals] = [delta]
        for weight, before, output in zip(weights[:0:-1], pre[-2::-1], outputs[-2:0:-1], strict=True):
            deltas.append(phi.backward(deltas[-1] @ weight.T, before, output))
    return Passes(
        x, t, data.n_train, tuple(pre), tuple(outputs[1:-1]), tuple(deltas[::-1]), -log_probabilities[rows, t]
    )


def forward_of(activation: str) -> Callable[[Reals], Reals]:
    """Give φ as the training computes it: by the kernels where they are in this process, by NumPy otherwise."""
    phi = ACTIVATIONS[activation]
    if "model.network.kernels.training" not in sys.modules:  # to bring them in takes long, and is not for a look
        return phi.forward
    from model.network.kernels.activated import activated

    return partial(activated, phi.code)


def _n_samples(params: Mapping[str, Reals], data: Dataset, sample: int) -> int:
    width = sum(fan_out for _, fan_out in pairwise(_widths(params)))
    most = max(1, MOST_VALUES // (3 * width))
    return min(sample or data.n_train, most, data.n_train)


def _widths(params: Mapping[str, Reals]) -> list[int]:
    weights = weights_of(params)
    return [weights[0].shape[0], *(weight.shape[1] for weight in weights)]


@lru_cache(maxsize=4)
def _chosen(data: Dataset, dtype: str, n: int) -> tuple[Reals, Labels]:
    rows = spread_rows(data.n_train, n)
    return cast(data.x_train[rows], dtype), np.asarray(data.t_train[rows], dtype=np.intp)
