"""The bare work of a step: its five matrix products and the gathering of its batch, and nothing else."""

from collections.abc import Callable

import numpy as np

from model.data.dataset import Dataset
from model.training.bench.cases import Case

_N_BATCHES = 64


def bare_steps(case: Case, data: Dataset) -> Callable[[int], None]:
    """Give what does the bare work of so many steps in float32, from compiled code as the kernels do.

    The products are those of the forward pass (2), of the weights' gradients (2) and of the way back to
    the hidden layer (1), by the same BLAS; which samples are gathered is drawn beforehand.
    """
    import numba

    from model.network.kernels.batches import gather

    n, inputs, n_classes = case.batch_size, data.x_train.shape[1], len(data.class_names)
    x = np.ascontiguousarray(data.x_train, dtype=np.float32)
    rng = np.random.default_rng(0)
    batches = rng.integers(len(x), size=(_N_BATCHES, n))
    shapes = ((n, inputs), (n, case.hidden), (n, n_classes), (inputs, case.hidden), (case.hidden, n_classes))
    batch_x, z1, z2, W1, W2 = (rng.standard_normal(shape, dtype=np.float32) for shape in shapes)
    d1, dW1, dW2 = np.empty_like(z1), np.empty_like(W1), np.empty_like(W2)
    t, batch_t = np.asarray(data.t_train, dtype=np.int64), np.empty(n, dtype=np.int64)

    @numba.njit(nogil=True)
    def loop(steps, x, t, batches, batch_x, batch_t, z1, z2, d1, W1, W2, dW1, dW2):  # type: ignore[no-untyped-def]  # noqa: ANN001,ANN202,PLR0913,PLR0917
        for step in range(steps):
            gather(x, t, batches[step % len(batches)], batch_x, batch_t)
            np.dot(batch_x, W1, z1)
            np.dot(z1, W2, z2)
            np.dot(z1.T, z2, dW2)
            np.dot(z2, W2.T, d1)
            np.dot(batch_x.T, d1, dW1)

    def run(steps: int) -> None:
        loop(steps, x, t, batches, batch_x, batch_t, z1, z2, d1, W1, W2, dW1, dW2)

    return run
