"""What the network answers: its class for each sample, and over the whole plane where the data is one."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset, Labels, cast
from model.insight.passes import MOST_VALUES, spread_rows
from model.network.blas import one_blas_thread
from model.network.multi_layer_net import MultiLayerNet, log_softmax
from model.training.frame import Frame, Parameters

Reals = npt.NDArray[np.floating]
Counts = npt.NDArray[np.int64]
Range = tuple[float, float]

NO_ANSWER = -1
"""The class of a sample whose logits hold NaN: there is no largest one."""
_OPERATIONS = 2e8
"""Multiplications that a map may take; a deep network's is coarser."""
FINEST, _COARSEST = 72, 24
"""Rows of a map."""
_WIDTH = 2.5
"""How much wider than high a map is, so that a wide panel shows no empty edges."""
_AROUND = 0.12
"""Room around the samples, as a share of their larger extent."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What the network says of samples it is asked about.

    Attributes
    ----------
    x, t : (n, n_features) and (n,) samples and their classes
    predicted : (n,) the class with the largest logit, or NO_ANSWER
    of_test : whether they are test samples; training samples are asked where there are none
    n_all : how many there are, of which n were asked
    """

    x: Reals
    t: Labels
    predicted: Labels
    of_test: bool
    n_all: int

    @property
    def n(self) -> int:
        """Samples asked about."""
        return len(self.t)

    @property
    def n_right(self) -> int:
        """How many are named right."""
        return int(np.count_nonzero(self.predicted == self.t))

    @property
    def n_unanswered(self) -> int:
        """How many get no finite answer."""
        return int(np.count_nonzero(self.predicted == NO_ANSWER))


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """A grid over the plane of two features.

    Attributes
    ----------
    x, y : what the grid covers, from edge to edge
    samples : the part of it that holds the samples, (x, y)
    shape : (rows, columns); row 0 lies lowest
    points : (rows · columns, 2) the middles of its cells
    """

    x: Range
    y: Range
    samples: tuple[Range, Range]
    shape: tuple[int, int]
    points: Reals


def answers(frame: Frame, sample: int = 0) -> Answers:
    """Ask the network about the test samples, or the training samples where there are none.

    Parameters
    ----------
    sample : how many samples to ask about, evenly spread; 0 for all, or as many as MOST_VALUES allows
    """
    return _answers(frame.params, frame.data, frame.spec.activation, sample)


def confusion(asked: Answers, n_classes: int) -> Counts:
    """Count (n_classes, n_classes) samples by true class (row) and predicted class (column)."""
    given = asked.predicted != NO_ANSWER
    places = asked.t[given] * n_classes + asked.predicted[given]
    return np.bincount(places, minlength=n_classes * n_classes).reshape(n_classes, n_classes).astype(np.int64)


def plane(frame: Frame, most_rows: int = FINEST) -> Plane:
    """Lay a grid over the plane around all samples of two features, as fine as the network allows in time."""
    return _plane(frame.data, min(_fineness(frame), most_rows))


def probabilities(frame: Frame, over: Plane) -> Reals:
    """Compute softmax probabilities (rows, columns, n_classes) over the plane; NaN where logits overflow."""
    with np.errstate(all="ignore"):
        found = np.exp(log_softmax(_outputs(frame, over.points)[-1]))
    return found.reshape(*over.shape, -1)


def unit_maps(frame: Frame, over: Plane, layer: int) -> Reals:
    """Compute what each unit of a hidden layer, 1 the first, gives out over the plane: (rows, columns, width)."""
    return _outputs(frame, over.points)[layer].reshape(*over.shape, -1)


def _outputs(frame: Frame, x: Reals) -> list[Reals]:
    """Give the outputs of all layers: x first, logits last."""
    with one_blas_thread, np.errstate(all="ignore"):
        return _network(frame.params, frame.spec.activation).outputs(x.astype(frame.params["W1"].dtype))


def _network(params: Parameters, activation: str) -> MultiLayerNet:
    return MultiLayerNet.from_params(dict(params), activation)


@lru_cache(maxsize=3)
def _answers(params: Parameters, data: Dataset, activation: str, sample: int) -> Answers:
    n_all = data.n_test or data.n_train
    widest = max(weight.shape[0] for name, weight in params.items() if name.startswith("W"))
    n = min(sample or n_all, max(1, MOST_VALUES // widest), n_all)
    x, t = _asked(data, params["W1"].dtype.name, n)
    with one_blas_thread, np.errstate(all="ignore"):
        logits = _network(params, activation).predict(x)
    predicted = np.where(np.isnan(logits).any(axis=1), NO_ANSWER, logits.argmax(axis=1))
    return Answers(x, t, predicted, bool(data.n_test), n_all)


@lru_cache(maxsize=4)
def _asked(data: Dataset, dtype: str, n: int) -> tuple[Reals, Labels]:
    x, t = (data.x_test, data.t_test) if data.n_test else (data.x_train, data.t_train)
    rows = spread_rows(len(t), n)
    return cast(x[rows], dtype), t[rows]


def _fineness(frame: Frame) -> int:
    """Choose how many rows a map has, by what the network costs."""
    a_point = _WIDTH * sum(weight.size for name, weight in frame.params.items() if name.startswith("W"))
    return int(np.clip(np.sqrt(_OPERATIONS / a_point), _COARSEST, FINEST))


@lru_cache(maxsize=4)
def _plane(data: Dataset, rows: int) -> Plane:
    x = np.concatenate([data.x_train, data.x_test])
    low, high = x.min(axis=0), x.max(axis=0)
    centre = low / 2 + high / 2
    half = (0.5 + _AROUND) * (float((high - low).max()) or 2.0)
    columns = round(rows * _WIDTH)
    across, square, up = _around(centre[0], _WIDTH * half), _around(centre[0], half), _around(centre[1], half)
    points = np.stack(np.meshgrid(_middles(across, columns), _middles(up, rows)), axis=2).reshape(-1, 2)
    return Plane(across, up, (square, up), (rows, columns), points)


def _around(middle: float, half: float) -> Range:
    return (float(middle - half), float(middle + half))


def _middles(ends: Range, n: int) -> Reals:
    return np.asarray(ends[0] + (ends[1] - ends[0]) * (np.arange(n) + 0.5) / n)
