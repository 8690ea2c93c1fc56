"""Forward and backward pass of a small network, for which views and calls would cost more than the arithmetic.

LANES samples go through all layers at once; each unit's values for them are one row of a tile, so that
every product is a vector instruction.
"""

import math

from model.network.kernels import vectors
from model.network.kernels.compiled import kernel, stand_alone
from model.network.kernels.layers import LINEAR, PRODUCT_LIMIT, activate, times_derivative
from model.network.kernels.vectors import LANES

# Up to this many products of a parameter with a row of a tile, LANES samples wide however many there are.
SMALL_NETWORK = 500


@kernel
def loss_and_gradient(params, grads, sizes, activation, x, t, batch, tile, no_bias):
    """Fill `grads` (n_params,) and return the mean cross-entropy of the samples x[batch], t[batch].

    tile (3 n_rows, LANES) has n_rows for outputs, deltas and pre-activations each: the inputs, all layers,
    the largest logit and the partition function. no_bias (n_rows · LANES,) are zeros.
    """
    n, n_rows = len(batch), tile.shape[0] // 3
    grads[:] = 0
    total, product = 0.0, 1.0
    share = grads.dtype.type(1.0 / n)
    for start in range(0, n, LANES):
        used = min(LANES, n - start)
        for i in range(used):
            for feature in range(sizes[0]):
                tile[feature, i] = x[batch[start + i], feature]
        logits = _forward(params, sizes, activation, tile, no_bias)
        top, partition, scale = n_rows - 2, n_rows - 1, 2 * n_rows - 1
        vectors.copy(tile, top, logits)
        for j in range(logits + 1, top):
            vectors.raise_to(tile, top, j)
        vectors.fill(tile, partition, 0)
        for j in range(logits, top):
            vectors.exp_difference(tile, n_rows + j, j, top)
            vectors.add(tile, partition, n_rows + j)
        vectors.fill(tile, scale, share)
        vectors.divide(tile, scale, partition)
        for j in range(n_rows + logits, n_rows + top):
            vectors.multiply(tile, j, scale)
        for i in range(used):
            at_label = logits + t[batch[start + i]]
            tile[n_rows + at_label, i] -= share
            total += tile[top, i] - tile[at_label, i]
            product *= tile[partition, i]
            if product > PRODUCT_LIMIT:
                total += math.log(product)
                product = 1.0
        for i in range(used, LANES):
            for j in range(n_rows + logits, n_rows + top):
                tile[j, i] = 0
        _backward(params, grads, sizes, activation, tile, logits)
    return (total + math.log(product)) / n


@kernel
def _forward(params, sizes, activation, tile, no_bias):
    """Write every layer's outputs, and return the row at which the logits begin."""
    offset, row, n_rows = 0, 0, tile.shape[0] // 3
    for layer in range(len(sizes) - 1):
        n_in, n_out = sizes[layer], sizes[layer + 1]
        out = row + n_in
        for j in range(n_out):
            vectors.fill(tile, out + j, params[offset + n_in * n_out + j])
        for k in range(n_in):
            for j in range(n_out):
                vectors.add_multiple(tile, out + j, params[offset + j], row + k)
            offset += n_out
        if layer < len(sizes) - 2 and activation != LINEAR:
            h = tile[out : out + n_out].reshape(1, n_out * LANES)
            pre = tile[2 * n_rows + out : 2 * n_rows + out + n_out].reshape(1, n_out * LANES)
            activate(activation, h, no_bias, pre)
        offset += n_out
        row = out
    return row


@kernel
def _backward(params, grads, sizes, activation, tile, row):
    """Add to `grads` what these samples give, from the gradient at the logits, whose outputs begin at `row`."""
    stand_alone()
    offset, n_rows = len(params), tile.shape[0] // 3
    for layer in range(len(sizes) - 2, -1, -1):
        n_in, n_out = sizes[layer], sizes[layer + 1]
        delta, bias = n_rows + row, offset - n_out
        offset -= (n_in + 1) * n_out
        row -= n_in
        for j in range(n_out):
            grads[bias + j] += vectors.total(tile, delta + j)
        for k in range(n_in):
            for j in range(n_out):
                grads[offset + k * n_out + j] += vectors.dot(tile, row + k, delta + j)
        if layer == 0:
            return
        below = n_rows + row
        for k in range(n_in):
            vectors.fill(tile, below + k, 0)
        for j in range(n_out):
            for k in range(n_in):
                vectors.add_multiple(tile, below + k, params[offset + k * n_out + j], delta + j)
        if activation != LINEAR:
            h = tile[row : row + n_in].reshape(1, n_in * LANES)
            pre = tile[2 * n_rows + row : 2 * n_rows + row + n_in].reshape(1, n_in * LANES)
            times_derivative(activation, tile[below : below + n_in].reshape(1, n_in * LANES), pre, h)
