"""Forward and backward passes through all layers, in machine code."""

import math

import numpy as np

from model.network.activations import LEAKY_SLOPE, SELU_ALPHA, SELU_SCALE
from model.network.kernels.compiled import kernel, stand_alone
from model.network.kernels.vectors import exp_negative, expm1_negative, tanh

RELU, LEAKY_RELU, TANH, SIGMOID, LINEAR, GELU, SELU = range(7)

# Below this many multiplications a plain loop beats the call into BLAS.
SMALL_PRODUCT = 1500

# A product of partition functions of this size can take another one without overflow.
PRODUCT_LIMIT = 1e200


@kernel
def _matmul(a, b, out):
    """out (n, m) = a (n, k) @ b (k, m)."""
    if a.shape[0] * a.shape[1] * b.shape[1] > SMALL_PRODUCT:
        np.dot(a, b, out)
        return
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            out[i, j] = 0
        for k in range(a.shape[1]):
            factor = a[i, k]
            for j in range(b.shape[1]):
                out[i, j] += factor * b[k, j]


@kernel
def _matmul_tn(a, b, out):
    """out (k, m) = a (n, k).T @ b (n, m)."""
    if a.shape[0] * a.shape[1] * b.shape[1] > SMALL_PRODUCT:
        np.dot(a.T, b, out)
        return
    out[:] = 0
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            factor = a[i, k]
            for j in range(b.shape[1]):
                out[k, j] += factor * b[i, j]


@kernel
def _matmul_nt(a, b, out):
    """out (n, k) = a (n, m) @ b (k, m).T."""
    if a.shape[0] * a.shape[1] * b.shape[0] > SMALL_PRODUCT:
        np.dot(a, b.T, out)
        return
    for i in range(a.shape[0]):
        for k in range(b.shape[0]):
            total = out.dtype.type(0)
            for j in range(a.shape[1]):
                total += a[i, j] * b[k, j]
            out[i, k] = total


@kernel
def activate(activation, h, bias, pre):
    """h = φ(h + bias) in place, row by row; only gelu keeps h + bias in `pre`.

    Two names for one array would keep the compiler from vector instructions.
    """
    # a plain 0 would make the whole row float64 on its way
    zero, one = h.dtype.type(0), h.dtype.type(1)
    half = h.dtype.type(0.5)
    slope = h.dtype.type(LEAKY_SLOPE)
    scale, scale_alpha = h.dtype.type(SELU_SCALE), h.dtype.type(SELU_SCALE * SELU_ALPHA)
    root_half = h.dtype.type(math.sqrt(0.5))
    for i in range(h.shape[0]):
        if activation == RELU:
            for j in range(h.shape[1]):
                v = h[i, j] + bias[j]
                # max() would turn NaN into 0, and hide a divergence
                h[i, j] = v if not v <= zero else zero
        elif activation == LEAKY_RELU:
            for j in range(h.shape[1]):
                v = h[i, j] + bias[j]
                h[i, j] = v if v > zero else slope * v
        elif activation == TANH:
            for j in range(h.shape[1]):
                h[i, j] = tanh(h[i, j] + bias[j])
        elif activation == SIGMOID:
            for j in range(h.shape[1]):
                v = h[i, j] + bias[j]
                small = exp_negative(-abs(v))
                h[i, j] = (one if v >= zero else small) / (one + small)
        elif activation == GELU:
            for j in range(h.shape[1]):
                v = h[i, j] + bias[j]
                pre[i, j] = v
                h[i, j] = v * half * math.erfc(-v * root_half)
        elif activation == SELU:
            for j in range(h.shape[1]):
                v = h[i, j] + bias[j]
                h[i, j] = scale * v if v > zero else scale_alpha * expm1_negative(v)
        else:
            for j in range(h.shape[1]):
                h[i, j] += bias[j]


@kernel
def times_derivative(activation, delta, pre, h):
    """delta *= φ'(a), elementwise, from what `activate` left in `h` and `pre`."""
    one, zero = h.dtype.type(1), h.dtype.type(0)
    half, slope = h.dtype.type(0.5), h.dtype.type(LEAKY_SLOPE)
    scale, scale_alpha = h.dtype.type(SELU_SCALE), h.dtype.type(SELU_SCALE * SELU_ALPHA)
    density = h.dtype.type(1 / math.sqrt(2 * math.pi))
    for i in range(h.shape[0]):
        if activation == RELU:
            for j in range(h.shape[1]):
                # a mask, since inf · 0 would be NaN
                delta[i, j] = zero if h[i, j] <= zero else delta[i, j]
        elif activation == LEAKY_RELU:
            for j in range(h.shape[1]):
                delta[i, j] *= one if h[i, j] > 0 else slope
        elif activation == TANH:
            for j in range(h.shape[1]):
                delta[i, j] *= one - h[i, j] * h[i, j]
        elif activation == SIGMOID:
            for j in range(h.shape[1]):
                delta[i, j] *= h[i, j] * (one - h[i, j])
        elif activation == GELU:
            for j in range(h.shape[1]):
                v = pre[i, j]
                # φ(v) = v Φ(v), so that Φ need not be computed again
                below = h[i, j] / v if v != zero else half
                delta[i, j] *= below + v * density * exp_negative(-half * v * v)
        elif activation == SELU:
            for j in range(h.shape[1]):
                delta[i, j] *= scale if h[i, j] > 0 else h[i, j] + scale_alpha


@kernel
def forward(params, sizes, activation, x, outputs, pre):
    """Write every layer's output for x (n, n_features) one behind the other; the logits (n, C) end at the return value.

    Layer l (from 1) takes n · sizes[l] places of `outputs` (and of `pre`, its pre-activation for gelu).
    """
    n, n_layers = x.shape[0], len(sizes) - 1
    offset, place = 0, 0
    before = 0
    for layer in range(n_layers):
        n_in, n_out = sizes[layer], sizes[layer + 1]
        w = params[offset : offset + n_in * n_out].reshape(n_in, n_out)
        bias = params[offset + n_in * n_out : offset + (n_in + 1) * n_out]
        out = outputs[place : place + n * n_out].reshape(n, n_out)
        if layer == 0:
            _matmul(x, w, out)
        else:
            _matmul(outputs[before : before + n * n_in].reshape(n, n_in), w, out)
        code = activation if layer < n_layers - 1 else LINEAR
        activate(code, out, bias, pre[place : place + n * n_out].reshape(n, n_out))
        offset += (n_in + 1) * n_out
        before = place
        place += n * n_out
    return place


@kernel
def softmax_loss(logits, labels):
    """Return the mean cross-entropy, and turn logits (n, C) into its gradient with respect to them."""
    n, n_classes = logits.shape
    total, product = 0.0, 1.0
    share = logits.dtype.type(1.0 / n)
    for i in range(n):
        top = logits[i, 0]
        for j in range(1, n_classes):
            # written so that a NaN is taken up, not passed over
            top = logits[i, j] if not logits[i, j] <= top else top
        for j in range(n_classes):
            logits[i, j] -= top
        total -= logits[i, labels[i]]
    every = logits.reshape(-1)
    for k in range(len(every)):
        every[k] = exp_negative(every[k])
    for i in range(n):
        partition = logits.dtype.type(0)
        for j in range(n_classes):
            partition += logits[i, j]
        # one logarithm for many rows
        product *= partition
        if product > PRODUCT_LIMIT:
            total += math.log(product)
            product = 1.0
        scale = share / partition
        for j in range(n_classes):
            logits[i, j] *= scale
        logits[i, labels[i]] -= share
    return (total + math.log(product)) / n


@kernel
def _column_sums(delta, out):
    out[:] = 0
    for i in range(delta.shape[0]):
        for j in range(delta.shape[1]):
            out[j] += delta[i, j]


@kernel
def backward(params, grads, sizes, activation, x, outputs, pre, deltas):
    """Fill `grads` (n_params,); the gradient at the logits stands where the logits were in `outputs`."""
    stand_alone()
    n, n_layers = x.shape[0], len(sizes) - 1
    place, offset, widest = 0, 0, 0
    for layer in range(n_layers):
        place += n * sizes[layer + 1]
        offset += (sizes[layer] + 1) * sizes[layer + 1]
        widest = max(widest, n * sizes[layer + 1])
    place -= n * sizes[n_layers]
    delta = outputs[place : place + n * sizes[n_layers]].reshape(n, sizes[n_layers])
    for layer in range(n_layers - 1, -1, -1):
        n_in, n_out = sizes[layer], sizes[layer + 1]
        offset -= (n_in + 1) * n_out
        grad_w = grads[offset : offset + n_in * n_out].reshape(n_in, n_out)
        _column_sums(delta, grads[offset + n_in * n_out : offset + (n_in + 1) * n_out])
        if layer == 0:
            _matmul_tn(x, delta, grad_w)
            return
        place -= n * n_in
        h = outputs[place : place + n * n_in].reshape(n, n_in)
        _matmul_tn(h, delta, grad_w)
        # two halves of `deltas` in turn, since a layer's delta is made from the one above it
        start = (layer % 2) * widest
        below = deltas[start : start + n * n_in].reshape(n, n_in)
        _matmul_nt(delta, params[offset : offset + n_in * n_out].reshape(n_in, n_out), below)
        times_derivative(activation, below, pre[place : place + n * n_in].reshape(n, n_in), h)
        delta = below
