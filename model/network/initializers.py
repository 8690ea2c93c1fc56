"""Weight initialisation: the noise that a seed gives, and what a scheme makes of it."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from model.network.activations import Array
from model.network.blas import one_blas_thread
from model.network.layout import Layout
from model.network.parametrization import BASE_WIDTH, std_factors

Floats = npt.NDArray[np.float64]

# Spread of layer W (fan_in, fan_out). LeCun et al. 1998, "Efficient BackProp"; Glorot & Bengio 2010,
# "Understanding the difficulty of training deep feedforward neural networks"; He et al. 2015,
# "Delving Deep into Rectifiers"; torch is the default of PyTorch's nn.Linear, U(±1/√fan_in).
INITIALIZERS: dict[str, Callable[[int, int], float]] = {
    "lecun": lambda fan_in, _fan_out: float(np.sqrt(1 / fan_in)),
    "glorot": lambda fan_in, fan_out: float(np.sqrt(2 / (fan_in + fan_out))),
    "he": lambda fan_in, _fan_out: float(np.sqrt(2 / fan_in)),
    "torch": lambda fan_in, _fan_out: float(np.sqrt(1 / (3 * fan_in))),
}


ORTHONORMAL = ("orthogonal", "lsuv")
"""Schemes that begin with orthonormal matrices instead of the noise itself."""

# Mishkin & Matas 2016, "All you need is a good init".
LSUV_TOLERANCE = 0.02
LSUV_ITERATIONS = 20
LSUV_ROWS = 256
# A spread this far below the numbers themselves is their rounding.
_NO_SPREAD = 1e-12


# Where truncated noise is cut, and the standard deviation that a standard normal variable has there, which makes up
# for the cut: as TensorFlow and Keras do.
CUT = 2.0
STD_OF_CUT = 0.87962566103423978
_REDRAWN = 1000


def noise_distribution(init: str, distribution: str) -> str:
    """Tell what the noise of the weights is drawn from: torch's is uniform whatever was chosen."""
    return "uniform" if init == "torch" else distribution


def draw_noise(rng: np.random.RandomState, sizes: tuple[int, ...], distribution: str, seed: int = 0) -> list[Floats]:
    """Draw Z of every layer, (fan_in, fan_out) each with unit variance, in the order W1, W2, … .

    The normal draw is `randn(fan_in, fan_out)`, as in the book; uniform is on [-√3, √3). The truncated one is the
    normal draw too, but what lies beyond ±2 is drawn again by generators of its own, fixed by the seed, and all is
    divided by the standard deviation that is left; so the stream goes on as after the normal draw.
    """
    if distribution == "uniform":
        edge = float(np.sqrt(3))
        return [rng.uniform(-edge, edge, size=shape) for shape in pairwise(sizes)]
    noise = [rng.randn(*shape) for shape in pairwise(sizes)]
    if distribution == "truncated":
        return [_truncated(z, np.random.default_rng([seed, _REDRAWN + layer])) for layer, z in enumerate(noise, 1)]
    return noise


def _truncated(z: Floats, rng: np.random.Generator) -> Floats:
    while (n := int(np.count_nonzero(beyond := np.abs(z) > CUT))) > 0:
        z[beyond] = rng.standard_normal(n)
    z /= STD_OF_CUT
    return z


def orthonormal(z: Floats) -> Floats:
    """Make orthonormal columns of the noise z (fan_in, fan_out), or rows where there are more columns than rows.

    The Q of the QR decomposition, with the signs that make the diagonal of R positive: so Q is spread evenly over
    all such matrices where z is normal (Saxe et al. 2013, "Exact solutions to the nonlinear dynamics of learning
    in deep linear neural networks").
    """
    tall = z.shape[0] >= z.shape[1]
    with one_blas_thread:
        q, r = np.linalg.qr(z if tall else z.T)
    q *= np.where(np.diag(r) < 0, -1.0, 1.0)
    return q if tall else q.T


def layer_factors(noise: Sequence[Floats], init: str) -> list[Floats]:
    """Give what each layer's weights are a multiple of: the noise, or orthonormal matrices made of it."""
    return [orthonormal(z) for z in noise] if init in ORTHONORMAL else list(noise)


def layer_scales(
    factors: Sequence[Floats],
    init: str,
    weight_init_std: float,
    activation: Callable[[Array], Array],
    sample: Floats | None,
    gains: tuple[float, ...] = (1.0,),
    parametrization: str = "standard",
    base_width: int = BASE_WIDTH,
) -> tuple[float, ...]:
    """Give the number that each layer's factor is multiplied by; `init` "std" takes weight_init_std for all.

    Under μP these are the scheme's for a network of the base width, brought to this one by `std_factors`.

    Parameters
    ----------
    factors : of `layer_factors`
    activation, sample : φ, and rows (n_samples, n_features) of the training data; only "lsuv" looks at them
    gains : what comes on top of the scheme: one number for all layers, or one for each

    Raises
    ------
    ValueError
        For "lsuv" without a sample, and for neither one gain nor one for each layer.
    """
    by_scheme = _scheme_scales(factors, init, weight_init_std, activation, sample)
    each = gains * len(by_scheme) if len(gains) == 1 else gains
    sizes = (factors[0].shape[0], *(factor.shape[1] for factor in factors))
    spread = _WITH_WIDTH.get(init, INITIALIZERS["lecun"])
    widths = std_factors(sizes, spread, parametrization, base_width)
    return tuple(scale * width * gain for scale, width, gain in zip(by_scheme, widths, each, strict=True))


# How the spread of a scheme goes with the width, up to a constant, where not with 1/√fan_in.
_WITH_WIDTH: dict[str, Callable[[int, int], float]] = {
    "std": lambda _fan_in, _fan_out: 1.0,
    "glorot": INITIALIZERS["glorot"],
    "orthogonal": lambda fan_in, fan_out: float(np.sqrt(1 / max(fan_in, fan_out))),
}


def _scheme_scales(
    factors: Sequence[Floats],
    init: str,
    weight_init_std: float,
    activation: Callable[[Array], Array],
    sample: Floats | None,
) -> tuple[float, ...]:
    if init == "lsuv":
        if sample is None:
            raise ValueError("lsuv needs a sample of the training data")
        return _lsuv_scales(factors, activation, sample)
    if init in ORTHONORMAL:
        return (1.0,) * len(factors)
    if init == "std":
        return (weight_init_std,) * len(factors)
    return tuple(INITIALIZERS[init](*factor.shape) for factor in factors)


def layer_stds(sizes: tuple[int, ...], init: str, scales: tuple[float, ...]) -> tuple[float, ...]:
    """Give the spread of each layer's weights: the standard deviation they are drawn with, or else their RMS."""
    if init not in ORTHONORMAL:
        return scales
    # the squares of a (fan_in, fan_out) matrix with orthonormal columns or rows sum to the smaller of the two
    return tuple(scale / float(np.sqrt(max(fans))) for scale, fans in zip(scales, pairwise(sizes), strict=True))


def lsuv_sample(x_train: Floats, dataset: str, data_seed: int) -> Floats:
    """Choose the rows (at most LSUV_ROWS, n_features) that lsuv measures on, in their order in x_train.

    The generator is fixed by the name of the data set ("" for own data) and the data seed, and draws nothing else.
    """
    rng = np.random.default_rng([data_seed, *dataset.encode()])
    n = len(x_train)
    return x_train[np.sort(rng.choice(n, min(LSUV_ROWS, n), replace=False))]


def _lsuv_scales(factors: Sequence[Floats], activation: Callable[[Array], Array], sample: Floats) -> tuple[float, ...]:
    """Scale layer by layer until the pre-activations, all samples and units together, have variance 1.

    A layer that has no variance or an infinite one, as after a dead layer, stays orthonormal.
    """
    scales = []
    h: Array = sample
    with one_blas_thread, np.errstate(all="ignore"):
        for factor in factors:
            a = h @ factor
            scale = 1.0
            for _ in range(LSUV_ITERATIONS):
                spread = _spread(scale * a)
                smaller = np.float64(scale) / spread
                if abs(spread * spread - 1) <= LSUV_TOLERANCE or not 0 < smaller < np.inf:
                    break
                scale = float(smaller)
            scales.append(scale)
            h = activation(scale * a)
    return tuple(scales)


def _spread(a: Array) -> np.float64:
    """Compute the standard deviation of all entries, also where squares would overflow; NaN where it has no use."""
    largest = np.abs(a).max()
    share = np.std(a / largest)
    return np.float64(largest * share if share > _NO_SPREAD else np.nan)


def draw_biases(sizes: tuple[int, ...], init: str, bias_std: float, seed: int) -> list[Floats]:
    """Draw b of every layer, (fan_out,) each: normal of std `bias_std`, or uniform on ±1/√fan_in for torch.

    Each layer has a generator of its own, so that the stream that gives weights and batches is always the same.
    """
    if init != "torch" and bias_std == 0:
        return [np.zeros(fan_out) for fan_out in sizes[1:]]
    drawn = []
    for layer, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
        rng = np.random.default_rng([seed, layer])
        with np.errstate(over="ignore"):
            torch = init == "torch"
            drawn.append(
                rng.uniform(-1, 1, fan_out) / np.sqrt(fan_in) if torch else bias_std * rng.standard_normal(fan_out)
            )
    return drawn


def bias_stds(sizes: tuple[int, ...], init: str, bias_std: float) -> tuple[float, ...]:
    """Give the standard deviation that each layer's biases are drawn with."""
    return tuple(INITIALIZERS["torch"](*fans) if init == "torch" else bias_std for fans in pairwise(sizes))


def initial_parameters(
    layout: Layout,
    factors: Sequence[Floats],
    scales: tuple[float, ...],
    biases: Sequence[Floats],
    dtype: npt.DTypeLike,
) -> npt.NDArray[np.floating]:
    """Make the flat vector (n_params,) with W = scale · factor, computed in float64 and then cast, and the biases.

    What is too large for the dtype becomes inf: the network then says so, as NumPy would.
    """
    flat = np.zeros(layout.n_params, dtype=dtype)
    views = layout.views(flat)
    with np.errstate(over="ignore"):
        for layer, (factor, scale, bias) in enumerate(zip(factors, scales, biases, strict=True), start=1):
            views[f"W{layer}"][...] = scale * factor
            views[f"b{layer}"][...] = bias
    return flat
