"""The variance of signals and gradients layer by layer: what theory expects at step 0, and what many seeds give."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.insight.blocks import correlation, mean_and_variance, signal_variance
from model.insight.correlation import cosines, covariances, mean_of_pairs
from model.insight.finite_width import LogLengths, log_lengths, over_seeds
from model.insight.passes import Passes, passes, passes_of
from model.insight.theory import chi_1, depth_scale, moments
from model.network.blas import one_blas_thread
from model.network.initializers import draw_noise, layer_factors
from model.network.layout import Layout
from model.training.frame import Frame, Parameters
from model.training.initial import made_of
from model.training.spec import TrainingSpec

Reals = npt.NDArray[np.floating]
Floats = npt.NDArray[np.float64]

N_SEEDS, MOST_SEEDS = 8, 32
"""Seeds that are measured, and those whose spread is looked at the second time."""
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
    sigma_b2: float
    chi: float
    depth: float


def present_variances(frame: Frame, sample: int = 0) -> Variances:
    """Measure the network as it is."""
    return _measured(passes(frame, sample))


@lru_cache(maxsize=64)
def still_variances(frame: Frame, sample: int = 0) -> Variances:
    """`present_variances` of a compared run, whose moment stays while the present run goes on."""
    with one_blas_thread:
        return _measured(passes_of(frame.params, frame.data, frame.spec.activation, sample))


def expected_variances(frame: Frame) -> Variances:
    """Compute what mean-field theory expects before the first step, layer by layer from the actual inputs on.

    Each sample has its own q = σ_w² E φ(√q z)² + σ_b² from layer to layer, beginning with std² |x|² + σ_b², and every
    two samples their own correlation, beginning with the cosine of the inputs; so σ_w² is std² · fan_in of the layer's
    true fan_in and std, and σ_b the spread of its biases. The way back multiplies each sample's mean square by
    std² · fan_out · E φ'², and begins with the gradient measured at the logits (Poole et al. 2016; Schoenholz et al.
    2017).
    """
    spreads = tuple(zip(frame.stds, frame.bias_stds, strict=True))
    return _expected(frame.initial, frame.data, frame.spec.activation, spreads, frame.layout.sizes)


def seed_variances(frame: Frame) -> tuple[Variances, ...]:
    """Measure untrained networks like this one, of seeds seed, seed + 1, …; () where that takes long.

    Weights of a file are the same for every seed: () too.
    """
    return tuple(variances for variances, _ in _seeds(frame, N_SEEDS)) if _n_seeds(frame) > 1 else ()


def seed_lengths(frame: Frame, sample: int = 0) -> LogLengths | None:
    """Measure how the length of a sample's signal spreads over seeds; None where so many weights take long.

    Parameters
    ----------
    sample : not 0 for a first look, at fewer seeds
    """
    if _n_seeds(frame) < 2:
        return None
    return over_seeds(np.array([lengths for _, lengths in _seeds(frame, N_SEEDS if sample else MOST_SEEDS)]))


def criticality(frame: Frame) -> tuple[Criticality, ...]:
    """Compute χ₁ for every weight matrix but the first."""
    found, activation = [], frame.spec.activation
    rows = zip(frame.layout.sizes[1:-1], frame.stds[1:], frame.bias_stds[1:], strict=True)
    for layer, (fan_in, std, bias_std) in enumerate(rows, start=2):
        with np.errstate(over="ignore"):
            sigma_w2, sigma_b2 = float(np.float64(std) ** 2 * fan_in), float(np.float64(bias_std) ** 2)
        if np.isfinite(sigma_w2) and np.isfinite(sigma_b2):
            chi, depth = (of(activation, sigma_w2, sigma_b2) for of in (chi_1, depth_scale))
            found.append(Criticality(layer, sigma_w2, sigma_b2, chi, depth))
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
    initial: Parameters,
    data: Dataset,
    activation: str,
    spreads: tuple[tuple[float, float], ...],
    sizes: tuple[int, ...],
) -> Variances:
    """Follow the recursion up and back, with the spreads of each layer's weights and biases."""
    with one_blas_thread:
        passed = passes_of(initial, data, activation, SEED_SAMPLE)
    scales, bias_stds = np.array(spreads).T  # squares may overflow to inf, Python's own may not
    with one_blas_thread, np.errstate(all="ignore"):
        x = passed.x.astype(np.float64)
        inner = x @ x.T
        forward, correlations, slopes = [signal_variance(passed.x)], [mean_of_pairs(cosines(inner))], []
        square = np.diag(inner)
        for fan_in, std, bias_std in zip((1, *sizes[1:-2]), scales[:-1], bias_stds[:-1], strict=True):
            q = (std**2 * fan_in * square if std else np.zeros_like(square)) + bias_std**2
            inner = covariances(activation, q, cosines(_with_biases(inner, std**2 * fan_in, bias_std**2)))
            found = moments(activation, q)
            square = found.square
            slopes.append(found.slope)
            forward.append(max(float(np.diag(inner).mean() - inner.mean()), 0.0))  # rounding may leave less than 0
            correlations.append(mean_of_pairs(cosines(inner)))
        back = np.square(passed.deltas[-1], dtype=np.float64).mean(axis=1)
        backward = [mean_and_variance(passed.deltas[-1])[1]]
        for fan_out, std, slope in zip(sizes[:1:-1], scales[:0:-1], slopes[::-1], strict=True):
            back = std**2 * fan_out * slope * back
            backward.append(float(back.mean()))
    return Variances(np.array(forward), np.array(backward[::-1]), np.array(correlations))


def _with_biases(inner: Floats, sigma_w2: float, sigma_b2: float) -> Floats:
    """Give the covariance of pre-activations; without biases its scale makes no difference to the correlation."""
    return inner if sigma_b2 == 0 else sigma_w2 * inner + sigma_b2


def _n_seeds(frame: Frame) -> int:
    if frame.spec.weights is not None:
        return 1
    return min(MOST_SEEDS, _MOST_WEIGHTS // frame.layout.n_params)


def _seeds(frame: Frame, most: int) -> list[tuple[Variances, Floats]]:
    """Measure the first few seeds, a few at a time, so that what a first look has measured is not done again."""
    spec, n = frame.spec.replaced(**_AT_REST), min(most, _n_seeds(frame))
    found: list[tuple[Variances, Floats]] = []
    with one_blas_thread:
        for first in range(0, n, N_SEEDS):
            found += _of_seeds(spec, frame.data, frame.layout.sizes, first, min(N_SEEDS, n - first))
    return found


@lru_cache(maxsize=2 * MOST_SEEDS // N_SEEDS)
def _of_seeds(
    spec: TrainingSpec, data: Dataset, sizes: tuple[int, ...], first: int, n: int
) -> tuple[tuple[Variances, Floats], ...]:
    layout = Layout(sizes)
    found = []
    for seed in range(spec.seed + first, spec.seed + first + n):
        params = layout.views(made_of(spec.replaced(seed=seed % 2**32), data, _factors).params)
        passed = passes_of(params, data, spec.activation, SEED_SAMPLE)
        found.append((_measured(passed), log_lengths(passed)))
    return tuple(found)


@lru_cache(maxsize=MOST_SEEDS)
def _factors(
    seed: int,
    sizes: tuple[int, ...],
    distribution: str,
    orthonormal: bool,  # noqa: FBT001
) -> tuple[Floats, ...]:
    noise = draw_noise(np.random.RandomState(seed), sizes, distribution, seed)
    return tuple(layer_factors(noise, "orthogonal" if orthonormal else "std"))
