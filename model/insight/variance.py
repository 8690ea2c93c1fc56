"""The variance of signals and gradients layer by layer: what theory expects at step 0, and what many seeds give."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.insight.blocks import mean_and_variance
from model.insight.ladder import layer_counts
from model.insight.passes import passes, passes_of
from model.insight.theory import chi_1, depth_scale, moments
from model.network.activations import ACTIVATIONS
from model.network.blas import one_blas_thread
from model.network.initializers import (
    ORTHONORMAL,
    draw_noise,
    initial_parameters,
    layer_factors,
    layer_scales,
    lsuv_sample,
)
from model.network.layout import Layout
from model.training.frame import Frame, Parameters
from model.training.spec import TrainingSpec

Reals = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]

N_SEEDS = 8
SEED_SAMPLE = 128
"""Samples that theory and the other seeds look at."""
_MOST_WEIGHTS = 4_000_000
"""Weights that may be drawn for the spread over seeds, all seeds together."""
_CLASSES_OF_LENGTH = 32
"""Groups of samples of like length that the recursion follows."""


@dataclass(frozen=True, slots=True, eq=False)
class Variances:
    """Variances over all samples and units of a layer; NaN where nothing is finite.

    Attributes
    ----------
    forward : (n_layers,) of the inputs, then of the outputs of each hidden layer
    backward : (n_layers,) of ∂loss/∂z of each sample's own loss, of each hidden layer, then of the logits
    """

    forward: Floats
    backward: Floats


@dataclass(frozen=True, slots=True)
class Criticality:
    """χ₁ of one weight matrix between hidden layers or behind the last one, as if all were like it."""

    layer: int
    sigma_w2: float
    chi: float
    depth: float


def initial_frame(frame: Frame) -> Frame:
    """Give the Frame with the parameters that it began with."""
    return replace(frame, params=frame.initial)


def present_variances(frame: Frame, sample: int = 0) -> Variances:
    """Measure the network as it is."""
    passed = passes(frame, sample)
    forward, backward = (layer_counts(passed, frame.spec.activation, way) for way in ("forward", "backward"))
    with np.errstate(all="ignore"):
        up = [_variance(passed.x), *(np.float64(counted.std) ** 2 for counted in forward)]
        down = [*(np.float64(counted.std) ** 2 for counted in backward), _variance(passed.deltas[-1])]
    return Variances(np.array(up), np.array(down))


def expected_variances(frame: Frame) -> Variances:
    """Compute what mean-field theory expects before the first step, layer by layer from the actual inputs on.

    Each sample has its own q = σ_w² E φ(√q z)² from layer to layer, beginning with std² |x|²; so σ_w² is std² · fan_in
    of the layer's true fan_in and std. The way back multiplies each sample's mean square by std² · fan_out · E φ'²,
    and begins with the gradient measured at the logits (Poole et al. 2016; Schoenholz et al. 2017).
    """
    return _expected(frame.initial, frame.data, frame.spec.activation, frame.stds, frame.layout.sizes)


def seed_variances(frame: Frame) -> tuple[Variances, ...]:
    """Measure untrained networks like this one, of seeds seed, seed + 1, …; () where so many weights take long."""
    n = min(N_SEEDS, _MOST_WEIGHTS // frame.layout.n_params)
    if n < 2:
        return ()
    with one_blas_thread:
        return _of_seeds(frame.spec.replaced(**_AT_REST), frame.data, frame.layout.sizes, n)


def criticality(frame: Frame) -> tuple[Criticality, ...]:
    """Compute χ₁ for every weight matrix but the first."""
    found = []
    for layer, (fan_in, std) in enumerate(zip(frame.layout.sizes[1:-1], frame.stds[1:], strict=True), start=2):
        with np.errstate(over="ignore"):
            sigma_w2 = float(np.float64(std) ** 2 * fan_in)
        if np.isfinite(sigma_w2):
            activation = frame.spec.activation
            found.append(Criticality(layer, sigma_w2, chi_1(activation, sigma_w2), depth_scale(activation, sigma_w2)))
    return tuple(found)


# knobs that change nothing before the first step, so that another value of them costs nothing
_AT_REST: dict[str, object] = {
    name: TrainingSpec.model_fields[name].default
    for name in ("optimizer", "learning_rate", "momentum", "weight_decay", "batch_size", "steps", "eval_every")
}


def _variance(values: Reals) -> float:
    return mean_and_variance(values)[1]


@lru_cache(maxsize=4)
def _expected(
    initial: Parameters, data: Dataset, activation: str, stds: tuple[float, ...], sizes: tuple[int, ...]
) -> Variances:
    """Follow the recursion up and back."""
    with one_blas_thread:
        passed = passes_of(initial, data, activation, SEED_SAMPLE)
    scales = np.array(stds)  # its squares may overflow to inf, Python's own may not
    with np.errstate(all="ignore"):
        x = passed.x.astype(np.float64)
        back = np.square(passed.deltas[-1], dtype=np.float64).mean(axis=1)
        order, q, back = _grouped(np.square(x).sum(axis=1), back)
        share = order / order.sum()
        forward, slopes = [_variance(passed.x)], []
        q = scales[0] ** 2 * q if scales[0] else np.zeros_like(q)
        for fan_in, std in zip(sizes[1:-1], scales[1:], strict=True):
            found = moments(activation, q)
            forward.append(float(share @ found.square - np.square(share @ found.mean)))
            slopes.append(found.slope)
            q = std**2 * fan_in * found.square if std else np.zeros_like(q)
        backward = [_variance(passed.deltas[-1])]
        for fan_out, std, slope in zip(sizes[:1:-1], scales[:0:-1], slopes[::-1], strict=True):
            back = std**2 * fan_out * slope * back
            backward.append(float(share @ back))
    return Variances(np.array(forward), np.array(backward[::-1]))


def _grouped(lengths: Floats, back: Floats) -> tuple[Floats, Floats, Floats]:
    """Gather samples of like length: how many are in each group, the mean length, the mean of `back`."""
    order = np.argsort(lengths)
    parts = np.array_split(order, min(_CLASSES_OF_LENGTH, len(order)))
    counts = np.array([len(part) for part in parts], dtype=np.float64)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.intp)
    return counts, np.add.reduceat(lengths[order], starts) / counts, np.add.reduceat(back[order], starts) / counts


@lru_cache(maxsize=2)
def _of_seeds(spec: TrainingSpec, data: Dataset, sizes: tuple[int, ...], n: int) -> tuple[Variances, ...]:
    layout = Layout(sizes)
    sample = lsuv_sample(data.x_train, "" if spec.data else spec.dataset, spec.data_seed)
    forward = ACTIVATIONS[spec.activation].forward
    found = []
    for seed in range(spec.seed, spec.seed + n):
        factors = _factors(seed % 2**32, sizes, spec.init_distribution, spec.init in ORTHONORMAL)
        scales = layer_scales(factors, spec.init, spec.weight_init_std, forward, sample)
        params = layout.views(initial_parameters(layout, factors, scales, spec.dtype))
        passed = passes_of(params, data, spec.activation, SEED_SAMPLE)
        up, down = ([_variance(values) for values in way] for way in ((passed.x, *passed.outputs), passed.deltas))
        found.append(Variances(np.array(up), np.array(down)))
    return tuple(found)


@lru_cache(maxsize=N_SEEDS)
def _factors(
    seed: int,
    sizes: tuple[int, ...],
    distribution: str,
    orthonormal: bool,  # noqa: FBT001
) -> tuple[Floats, ...]:
    noise = draw_noise(np.random.RandomState(seed), sizes, distribution)
    return tuple(layer_factors(noise, "orthogonal" if orthonormal else "std"))
