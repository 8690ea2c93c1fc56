"""The coordinate check: how far the first steps move each layer's pre-activations, by width.

Yang & Hu 2021, "Feature learning in infinite-width networks", and Yang & Hu et al. 2022, "Tensor Programs V", appendix
D.1; the package microsoft/mup plots the size of z, which hides what small rates do, so here it is that of z(t) − z(0).
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset, cast
from model.insight.width_runs import WidthRequest, at_width, gathered, n_weights
from model.network.blas import one_blas_thread
from model.network.initializers import draw_noise, layer_factors
from model.network.layout import Layout
from model.network.multi_layer_net import MultiLayerNet
from model.network.optimizers import OPTIMIZERS, State
from model.network.parametrization import SGD_LIKE, rate_factors
from model.training.frame import Frame
from model.training.initial import made_of
from model.training.spec import TrainingSpec

Floats = npt.NDArray[np.float64]
_Point = tuple[TrainingSpec, Dataset]

MOST_WORK = 4e7
"""Parameters times steps up to which a width is looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Coordinates:
    """What a coordinate check has found so far.

    Attributes
    ----------
    widths : (n,) of every hidden layer
    moved : (n, n_seeds, n_layers) mean |z(t) − z(0)| over the first batch and all units, the logits last; NaN where
        not computed yet
    expected : (n_layers,) the slope of log moved against log width that theory has for endless width; NaN if unknown
    left_out : widths that would take too long
    done : whether everything is there
    """

    widths: npt.NDArray[np.int64]
    moved: Floats
    expected: Floats
    left_out: tuple[int, ...]
    done: bool

    @property
    def means(self) -> Floats:
        """(n, n_layers) means over the seeds that are there; NaN where there is none."""
        there = ~np.isnan(self.moved)
        counts = there.sum(axis=1)
        with np.errstate(all="ignore"):
            return np.where(counts > 0, np.where(there, self.moved, 0.0).sum(axis=1) / counts, np.nan)


def coordinates(frame: Frame, request: WidthRequest, patience: float = math.inf) -> Coordinates:
    """Train the run at each width and seed for some steps, in double precision, batches of its own stream included."""
    spec = frame.spec_in_force.replaced(steps=request.steps, dtype="float64")
    fitting = [w for w in request.widths if n_weights(at_width(spec, w, 0), frame.data) * request.steps <= MOST_WORK]
    order = [(seed, place) for seed in range(request.seeds) for place in range(len(fitting))]
    points = {(seed, place): (at_width(spec, fitting[place], seed), frame.data) for seed, place in order}
    found, done = gathered("coordinate", points.values(), _moved, patience)
    moved = np.full((len(fitting), request.seeds, frame.layout.n_layers), np.nan)
    stds = np.full((len(fitting), frame.layout.n_layers), np.nan)
    for (seed, place), point in points.items():
        if point in found:
            moved[place, seed], stds[place] = found[point]
    widths = np.array(fitting, dtype=np.int64)
    there = ~np.isnan(stds[:, 0])
    expected = expected_slopes(spec, frame.data, widths[there], stds[there])
    return Coordinates(widths, moved, expected, tuple(w for w in request.widths if w not in fitting), done)


def slopes(widths: npt.NDArray[np.int64], moved: Floats) -> Floats:
    """Fit the slope of log moved (n, n_layers) against log widths (n,) by least squares; NaN with fewer than two."""
    fitted = np.full(moved.shape[1], np.nan)
    for layer, values in enumerate(moved.T):
        usable = np.isfinite(values) & (values > 0)
        if usable.sum() >= 2:
            fitted[layer] = np.polyfit(np.log(widths[usable]), np.log(values[usable]), 1)[0]
    return fitted


def expected_slopes(spec: TrainingSpec, data: Dataset, widths: npt.NDArray[np.int64], stds: Floats) -> Floats:
    """Count powers of the width n: how the change of each z goes with n after a few small steps, for endless n.

    With the standard deviation of W_l going with n^a, its rate with n^r, h_l and ∂loss/∂z_l with n^p and n^d:
    p_1 = a_1, p_l = p_(l−1) + a_l + ½ and, on the way back, d_l = a_(l+1) + d_(l+1), + ½ between hidden layers. The
    update of W_l moves z_l by r + d_l + 2 p_(l−1) + 1 with SGD, and by r + p_(l−1) + 1 where its entries have a size of
    their own, less 1 in the first layer, whose inputs do not grow. What moved below arrives with + a_l + ½, but at the
    logits with + a_L + 1, for it moved along W_L.

    Parameters
    ----------
    widths : (n,) at least two
    stds : (n, n_layers) spreads of W at each

    Returns
    -------
    (n_layers,) powers; NaN where a spread is 0 or there are fewer than two widths
    """
    n_layers = stds.shape[1]
    unknown = np.full(n_layers, np.nan)
    if len(widths) < 2 or not (np.isfinite(stds) & (stds > 0)).all():
        return unknown
    a = slopes(widths, stds)
    ends = (int(widths[0]), int(widths[-1]))
    factors = [
        rate_factors(data.layer_sizes((w,) * len(spec.hidden_sizes)), spec.optimizer, *_widths(spec)) for w in ends
    ]
    r = np.log(factors[1] / factors[0]) / np.log(ends[1] / ends[0])
    bounded = spec.activation == "sigmoid"  # whose outputs are about ½, however small z is
    p, d = [0.0], [0.0] * n_layers
    for layer in range(n_layers - 1):
        p.append(0.0 if bounded else float(p[-1] + a[layer] + (0.5 if layer else 0.0)))
    for layer in range(n_layers - 2, -1, -1):
        d[layer] = float(d[layer + 1] + a[layer + 1] + (0.5 if layer + 1 < n_layers - 1 else 0.0))
    moved: list[float] = []
    sgd = spec.optimizer in SGD_LIKE
    for layer in range(n_layers):
        grown = 1.0 if layer else 0.0
        own = r[2 * layer] + grown + (d[layer] + 2 * p[layer] if sgd else p[layer])
        bias = r[2 * layer + 1] + (d[layer] if sgd else 0.0)
        below = moved[-1] + a[layer] + (1.0 if layer == n_layers - 1 else 0.5) if moved else -np.inf
        moved.append(float(max(own, bias, below)))
    return np.array(moved)


def _widths(spec: TrainingSpec) -> tuple[str, int]:
    return spec.parametrization, spec.base_width


def _moved(point: _Point) -> Floats:
    """Train for spec.steps steps; gives (2, n_layers): how far each z moved, and the spread that its W began with."""
    spec, data = point
    layout = Layout(data.layer_sizes(spec.hidden_sizes))
    rng = np.random.RandomState(spec.seed)

    def factors(seed: int, sizes: tuple[int, ...], distribution: str, orthonormal: bool) -> tuple[Floats, ...]:  # noqa: FBT001
        noise = draw_noise(rng, sizes, distribution, seed)
        return tuple(layer_factors(noise, "orthogonal" if orthonormal else "std"))

    initial = made_of(spec, data, factors)  # after which the stream goes on with the batches
    params = layout.views(initial.params)
    net = MultiLayerNet.from_params(dict(params), spec.activation)
    rates = rate_factors(layout.sizes, spec.optimizer, *_widths(spec)).tolist()
    states = {name: State(np.zeros_like(value), np.zeros_like(value)) for name, value in params.items()}
    optimizer = OPTIMIZERS[spec.optimizer]
    with one_blas_thread, np.errstate(all="ignore"):
        for step in range(1, spec.steps + 1):
            batch = rng.choice(data.n_train, spec.batch_size)
            x = cast(data.x_train[batch], spec.dtype)
            if step == 1:
                seen, before = x, net.pre_activations(x)
            _, gradient = net.loss_and_gradient(x, data.t_train[batch])
            for name, rate in zip(layout.names, rates, strict=True):
                value, pull = params[name], gradient[name]
                if name[0] == "W" and spec.weight_decay:
                    pull = pull + spec.weight_decay / rate * value
                states[name].step = step
                value += optimizer.delta(pull, states[name], rate * spec.learning_rate, spec.momentum)
        moved = [float(np.abs(z - z0).mean()) for z, z0 in zip(net.pre_activations(seen), before, strict=True)]
    # a NaN would say that nothing has been computed yet
    return np.array([np.where(np.isnan(moved), np.inf, moved), initial.stds])
