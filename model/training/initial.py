"""Initial values: the parameters that a spec begins with, their spreads, and the stream that gives the batches."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from model.data.dataset import DataError, Dataset
from model.network.activations import ACTIVATIONS
from model.network.initializers import (
    ORTHONORMAL,
    bias_stds,
    draw_biases,
    draw_noise,
    initial_parameters,
    layer_factors,
    layer_scales,
    layer_stds,
    lsuv_sample,
    noise_distribution,
)
from model.network.layout import Layout
from model.training.knob import SpecError
from model.training.spec import TrainingSpec
from model.words import Message, msg

if TYPE_CHECKING:  # the readers are loaded once a file is read: no start waits for them
    from model.data.weights import Fitted, Tensors

Floats = npt.NDArray[np.float64]
Reals = npt.NDArray[np.floating]
Words = npt.NDArray[np.uint32]
_MOST_FILES = 3
"""Files of weights of which is kept what was read."""
_files: "dict[str, tuple[tuple[int, int, int] | None, Tensors]]" = {}
_lock = threading.Lock()
Factors = Callable[[int, tuple[int, ...], str, bool], tuple[Floats, ...]]
"""Gives `layer_factors` by seed, layer sizes, distribution, and whether they are orthonormal."""


@dataclass(frozen=True, slots=True, eq=False)
class Initial:
    """What a network begins with.

    Attributes
    ----------
    params : (n_params,) in the run's dtype
    stds, bias_stds : (n_layers,) spreads that W and b of each layer were given
    notes : what is to be said of a file that they came from
    """

    params: Reals
    stds: tuple[float, ...]
    bias_stds: tuple[float, ...]
    notes: tuple[Message, ...] = ()


def initial_values(spec: TrainingSpec, data: Dataset) -> Initial:
    """Make the initial values of a spec, or read them; the noise is kept, for a dial that is turned.

    Raises
    ------
    SpecError
        Where a file of weights cannot be read or does not fit.
    """
    if spec.weights is not None:
        return _from_file(spec, Layout(data.layer_sizes(spec.hidden_sizes)))
    return made_of(spec, data, _factors)


def made_of(spec: TrainingSpec, data: Dataset, factors_of: Factors) -> Initial:
    """Make the initial values of a spec from factors that the caller keeps."""
    layout = Layout(data.layer_sizes(spec.hidden_sizes))
    factors = factors_of(spec.seed, layout.sizes, _distribution(spec), spec.init in ORTHONORMAL)
    forward = ACTIVATIONS[spec.activation].forward
    widths = (spec.parametrization, spec.base_width)
    sample = _sample(spec, data)
    scales = layer_scales(factors, spec.init, spec.weight_init_std, forward, sample, spec.layer_gains, *widths)
    biases = draw_biases(layout.sizes, spec.init, spec.bias_init_std, spec.seed)
    params = initial_parameters(layout, factors, scales, biases, spec.dtype)
    spreads = bias_stds(layout.sizes, spec.init, spec.bias_init_std)
    return Initial(params, layer_stds(layout.sizes, spec.init, scales), spreads)


def batch_stream(spec: TrainingSpec, sizes: tuple[int, ...]) -> Words:
    """Give the state (625,) of the generator that drew the weights: the batches follow from there."""
    return _drawn(spec.seed, sizes, _distribution(spec))[1].copy()


def _distribution(spec: TrainingSpec) -> str:
    return noise_distribution(spec.init, spec.init_distribution)


def check_initial(spec: TrainingSpec, data: Dataset) -> None:
    """Refuse a file of weights that cannot be read or does not fit, and gains that do not; raises SpecError."""
    check_gains(spec)
    if spec.weights is not None:
        _fitted(spec.weights, data.layer_sizes(spec.hidden_sizes))


def read_weights(path: str) -> None:
    """Read a file of weights ahead of its use, as it may take a while; raises DataError."""
    _tensors(path)


def notes_on_weights(spec: TrainingSpec, data: Dataset) -> tuple[Message, ...]:
    """Say how a file of weights was understood; nothing where there is none. Raises SpecError as `check_initial`."""
    return () if spec.weights is None else _fitted(spec.weights, data.layer_sizes(spec.hidden_sizes)).notes


def _from_file(spec: TrainingSpec, layout: Layout) -> Initial:
    found = _fitted(str(spec.weights), layout.sizes)
    ones = (1.0,) * layout.n_layers
    params = initial_parameters(layout, found.weights, ones, found.biases, spec.dtype)
    stds, spreads = (
        tuple(float(np.sqrt(np.square(values).mean())) for values in each) for each in (found.weights, found.biases)
    )
    return Initial(params, stds, spreads, found.notes)


def _fitted(path: str, sizes: tuple[int, ...]) -> "Fitted":
    from model.data.weights import fitted

    try:
        return fitted(_tensors(path), sizes)
    except DataError as error:
        raise SpecError({"weights": error.message}) from None


def _tensors(path: str) -> "Tensors":
    """Read a file, or take what was read of it, unless it has changed since.

    A file that is gone is what it was: a run that began with it can still be made again.
    """
    from model.data.weights import read_tensors

    try:
        found = Path(path).stat()
        sign = (found.st_mtime_ns, found.st_size, found.st_ino)
    except (OSError, ValueError):
        sign = None
    with _lock:
        known = _files.get(path)
    if known is not None and sign in (None, known[0]):
        return known[1]
    tensors = read_tensors(Path(path))
    with _lock:
        _files.pop(path, None)
        while len(_files) >= _MOST_FILES:
            del _files[next(iter(_files))]
        _files[path] = (sign, tensors)
    return tensors


def check_gains(spec: TrainingSpec) -> None:
    """Refuse gains that are neither one nor as many as weight layers; raises SpecError."""
    n_layers, given = len(spec.hidden_sizes) + 1, len(spec.layer_gains)
    if given not in (1, n_layers):
        text = msg("must be one factor, or {n} for the {n} weight layers; got {given}", n=n_layers, given=given)
        raise SpecError({"layer_gains": text})


@lru_cache(maxsize=2)
def _drawn(seed: int, sizes: tuple[int, ...], distribution: str) -> tuple[tuple[Floats, ...], Words]:
    """Draw the noise of all layers, and give the generator's state (625,) from which the batches follow."""
    rng = np.random.RandomState(seed)
    noise = tuple(draw_noise(rng, sizes, distribution, seed))
    _, key, position, *_ = rng.get_state(legacy=True)
    return noise, np.append(key, np.uint32(position)).astype(np.uint32)


def _factors(
    seed: int,
    sizes: tuple[int, ...],
    distribution: str,
    orthonormal: bool,  # noqa: FBT001  a key of the cache
) -> tuple[Floats, ...]:
    return _orthonormal(seed, sizes, distribution) if orthonormal else _drawn(seed, sizes, distribution)[0]


@lru_cache(maxsize=2)
def _orthonormal(seed: int, sizes: tuple[int, ...], distribution: str) -> tuple[Floats, ...]:
    """Make the orthonormal matrices of the schemes that begin with them, of that same noise."""
    noise, _ = _drawn(seed, sizes, distribution)
    return tuple(layer_factors(noise, "orthogonal"))


def _sample(spec: TrainingSpec, data: Dataset) -> Floats | None:
    if spec.init != "lsuv":
        return None
    return lsuv_sample(data.x_train, "" if spec.data else spec.dataset, spec.data_seed)
