"""The variance of signals and gradients layer by layer: what theory expects at step 0, and what many seeds give."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.insight.blocks import correlation, mean_and_variance, signal_variance
from model.insight.correlation import cosines, covariances, mean_of_pairs
from model.insight.passes import Passes, passes, passes_of
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


@dataclass(frozen=True, slots=True, eq=False)
class Variances:
    """The size of signal and gradient by layer; NaN where nothing is finite.

    Attributes
    ----------
    forward : (n_layers,) variance over the samples, unit by unit, of the inputs, then of each hidden layer's outputs
    backward : (n_layers,) variance over all samples and units of ∂loss/∂z of each sample's own loss, of each hidden
        layer, then of the logits
    correlation : (n_layers,) mean cosine between two samples of what `forward` is the variance of
    """

    forward: Floats
    backward: Floats
    correlation: Floats


@dataclass(frozen=True, slots=True)
class Criticality:
    """χ₁ of one weight matrix between hidden layers or behind the last one, as if all were like it."""

    layer: int
    sigma_w2: float
    chi: float
    depth: float


def present_variances(frame: Frame, sample: int = 0) -> Variances:
    """Measure the network as it is."""
    return _measured(passes(frame, sample))


def expected_variances(frame: Frame) -> Variances:
    """Compute what mean-field theory expects before the first step, layer by layer from the actual inputs on.

    Each sample has its own q = σ_w² E φ(√q z)² from layer to layer, beginning with std² |x|², and every two samples
    their own correlation, beginning with the cosine of the inputs; so σ_w² is std² · fan_in of the layer's true fan_in
    and std. The way back multiplies each sample's mean square by std² · fan_out · E φ'², and begins with the gradient
    measured at the logits (Poole et al. 2016; Schoenholz et al. 2017).
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


def _measured(passed: Passes) -> Variances:
    up = (passed.x, *passed.outputs)
    return Variances(
        np.array([signal_variance(values) for values in up]),
        np.array([mean_and_variance(values)[1] for values in passed.deltas]),
        np.array([correlation(values) for values in up]),
    )


@lru_cache(maxsize=4)
def _expected(
    initial: Parameters, data: Dataset, activation: str, stds: tuple[float, ...], sizes: tuple[int, ...]
) -> Variances:
    """Follow the recursion up and back."""
    with one_blas_thread:
        passed = passes_of(initial, data, activation, SEED_SAMPLE)
    scales = np.array(stds)  # its squares may overflow to inf, Python's own may not
    with one_blas_thread, np.errstate(all="ignore"):
        x = passed.x.astype(np.float64)
        inner = x @ x.T
        c, q = cosines(inner), scales[0] ** 2 * np.diag(inner) if scales[0] else np.zeros(len(x))
        forward, correlations, slopes = [signal_variance(passed.x)], [mean_of_pairs(c)], []
        for fan_in, std in zip(sizes[1:-1], scales[1:], strict=True):
            inner = covariances(activation, q, c)
            c = cosines(inner)
            forward.append(float(np.diag(inner).mean() - inner.mean()))
            correlations.append(mean_of_pairs(c))
            found = moments(activation, q)
            slopes.append(found.slope)
            q = std**2 * fan_in * found.square if std else np.zeros_like(q)
        back = np.square(passed.deltas[-1], dtype=np.float64).mean(axis=1)
        backward = [mean_and_variance(passed.deltas[-1])[1]]
        for fan_out, std, slope in zip(sizes[:1:-1], scales[:0:-1], slopes[::-1], strict=True):
            back = std**2 * fan_out * slope * back
            backward.append(float(back.mean()))
    return Variances(np.array(forward), np.array(backward[::-1]), np.array(correlations))


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
        found.append(_measured(passed))
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
