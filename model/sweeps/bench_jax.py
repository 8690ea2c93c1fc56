"""The sweep of the bench in JAX: the same runs on the same batches, as fast as JAX makes them.

There are two arrangements, each compiled as one `lax.scan` over the steps. `vmapped` is `jax.vmap` over a network that
is written for one run; `in_lanes` is written for many, their number being the last axis of every array, so that the
processor's vectors hold one number of several runs. It writes out every product, which suits small networks. Either
takes the points in chunks, one after the other or in several threads; which of it is the fastest depends on the network
and on the machine and is tried beforehand, so that nothing holds JAX back.
"""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from model.data.dataset import Dataset
from model.network.layout import Layout
from model.sweeps.sweep import Sweep
from model.training.initial import batch_stream, initial_values

if TYPE_CHECKING:
    from jax import Array

Losses = npt.NDArray[np.float32]
Train = Callable[["Array", "Array"], "Array"]
"""Trains runs of stds (n,) and learning rates (n,), and gives the loss of every step (n, steps)."""

VMAP = "vmap"
_SIZES = (4, 16, 64, 256, 512, 2048)
_BYTES = range(2**17, 2**26)
"""Of the losses and activations of a chunk that is worth a trial."""
_FEW = 200
"""Weights up to which `in_lanes` is tried: it writes out every product of a unit."""
_TRIAL_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Problem:
    """What all points share.

    Attributes
    ----------
    sizes : inputs, hidden units and classes
    weights : W1 (inputs, hidden) and W2 (hidden, classes) of a std of 1
    x, t : (n_samples, inputs) and (n_samples, classes), one 1 in each row of t
    batches : (steps, batch_size), the samples of each step
    """

    sizes: tuple[int, int, int]
    weights: tuple["Array", "Array"]
    x: "Array"
    t: "Array"
    batches: "Array"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to go through the points: how they are arranged, how many at a time, and in how many threads."""

    arrangement: str
    size: int
    threads: int

    def __str__(self) -> str:
        return f"{self.arrangement}, {self.size} at a time, threads: {self.threads}"


class JaxSweep:
    """Trains the points of a sweep of std and learning rate of a network with one hidden layer of ReLU, by SGD."""

    def __init__(self, sweep: Sweep, data: Dataset) -> None:
        import jax

        self._block = jax.block_until_ready
        problem = problem_of(sweep, data)
        self._arrangements: dict[str, Train] = {VMAP: vmapped(problem)}
        if problem.sizes[1] * (problem.sizes[0] + problem.sizes[2]) <= _FEW:
            self._arrangements["points in lanes"] = in_lanes(problem)
        self._stds, self._rates = points_of(sweep)
        self._bytes_each = 4 * sweep.base.steps + 16 * problem.batches.shape[1] * sum(problem.sizes)

    def ways(self) -> Iterator[Way]:
        """Give every way that is worth a trial."""
        n = len(self._stds)
        for arrangement in self._arrangements:
            for size in sorted({min(size, n) for size in _SIZES}):
                if size * self._bytes_each in _BYTES or size == n:
                    yield from (Way(arrangement, size, threads) for threads in sorted({1, os.cpu_count() or 1}))

    def fastest(self) -> list[Way]:
        """Compile and try every way on some of the points, and give the fastest of each arrangement."""
        ways = list(self.ways())
        return [max((way for way in ways if way.arrangement == one), key=self._tried) for one in self._arrangements]

    def train(self, way: Way) -> Losses:
        """Train all points; returns the loss of every step (n_points, steps)."""
        return self._train(way, len(self._stds))

    def _tried(self, way: Way) -> float:
        n = way.size * way.threads
        self._train(way, n)
        began, done = time.perf_counter(), 0
        while (taken := time.perf_counter() - began) < _TRIAL_SECONDS:
            done += len(self._train(way, n))
        return done / taken

    def _train(self, way: Way, n: int) -> Losses:
        train = self._arrangements[way.arrangement]

        def part(begin: int) -> Losses:
            some = slice(begin, begin + way.size)
            return np.asarray(self._block(train(self._stds[some], self._rates[some])))

        begins = range(0, min(n, len(self._stds)), way.size)
        if way.threads == 1:
            return np.concatenate([part(begin) for begin in begins])
        with ThreadPoolExecutor(way.threads) as pool:
            return np.concatenate(list(pool.map(part, begins)))


def points_of(sweep: Sweep) -> tuple["Array", "Array"]:
    """Give the std and the learning rate of every place, (n_points,) each."""
    import jax.numpy as jnp

    axes = {axis.knob: k for k, axis in enumerate(sweep.axes)}
    grid = np.meshgrid(*(np.array(axis.values, dtype=np.float32) for axis in sweep.axes), indexing="ij")
    return tuple(jnp.asarray(grid[axes[knob]].ravel()) for knob in ("weight_init_std", "learning_rate"))


def problem_of(sweep: Sweep, data: Dataset) -> Problem:
    """Take samples, weights and batches from this program, so that both train the same runs."""
    import jax.numpy as jnp

    spec = sweep.base.replaced(weight_init_std=1.0)
    inputs, hidden, classes = sizes = data.layer_sizes(spec.hidden_sizes)
    *words, place = batch_stream(spec, sizes)
    rng = np.random.RandomState()
    rng.set_state(("MT19937", np.array(words), int(place), 0, 0.0))
    batches = rng.randint(0, data.n_train, size=(spec.steps, spec.batch_size))
    start = Layout(sizes).views(initial_values(spec, data).params)
    return Problem(
        (inputs, hidden, classes),
        (jnp.asarray(start["W1"]), jnp.asarray(start["W2"])),
        jnp.asarray(data.x_train, dtype=jnp.float32),
        jnp.asarray(np.eye(classes, dtype=np.float32)[data.t_train]),
        jnp.asarray(batches, dtype=jnp.int32),
    )


def vmapped(problem: Problem) -> Train:
    """Write the network for one run, and let `jax.vmap` make it one for many."""
    import jax
    import jax.numpy as jnp

    _, hidden, classes = problem.sizes

    def start(std: "Array") -> Any:  # noqa: ANN401  JAX's trees have no type
        W1, W2 = problem.weights
        return W1 * std, jnp.zeros(hidden), W2 * std, jnp.zeros(classes)

    def loss_of(params: Any, x: "Array", t: "Array") -> "Array":  # noqa: ANN401
        W1, b1, W2, b2 = params
        logits = jax.nn.relu(x @ W1 + b1) @ W2 + b2
        return -jnp.mean(jnp.sum(t * jax.nn.log_softmax(logits), axis=1))

    def step(params: Any, rate: "Array", batch: "Array") -> Any:  # noqa: ANN401
        loss, grads = jax.value_and_grad(loss_of)(params, problem.x[batch], problem.t[batch])
        return jax.tree.map(lambda value, grad: value - rate * grad, params, grads), loss

    def train(stds: "Array", rates: "Array") -> "Array":
        steps = jax.vmap(step, (0, 0, None))
        _, losses = jax.lax.scan(lambda params, batch: steps(params, rates, batch), jax.vmap(start)(stds),
                                 problem.batches)  # fmt: skip
        return losses.T

    compiled: Train = jax.jit(train)
    return compiled


def in_lanes(problem: Problem) -> Train:
    """Write the network for many runs, their number n last: W1 (inputs, hidden, n), logits (batch_size, classes, n)."""
    import jax
    import jax.numpy as jnp

    inputs, hidden, classes = problem.sizes

    def loss_of(params: Any, x: "Array", t: "Array") -> "Array":  # noqa: ANN401
        W1, b1, W2, b2 = params
        h = jax.nn.relu(sum(x[:, i, None, None] * W1[i] for i in range(inputs)) + b1)
        logits = sum(h[:, j, None] * W2[j] for j in range(hidden)) + b2
        return -jnp.mean(jnp.sum(t[:, :, None] * jax.nn.log_softmax(logits, axis=1), axis=1), axis=0)

    def train(stds: "Array", rates: "Array") -> "Array":
        def step(params: Any, batch: "Array") -> Any:  # noqa: ANN401
            losses, pull = jax.vjp(lambda values: loss_of(values, problem.x[batch], problem.t[batch]), params)
            (grads,) = pull(jnp.ones_like(losses))  # no run's loss depends on another's parameters
            return jax.tree.map(lambda value, grad: value - rates * grad, params, grads), losses

        W1, W2 = (weights[:, :, None] * stds for weights in problem.weights)
        start = W1, jnp.zeros((hidden, len(stds))), W2, jnp.zeros((classes, len(stds)))
        return jax.lax.scan(step, start, problem.batches)[1].T

    compiled: Train = jax.jit(train)
    return compiled
