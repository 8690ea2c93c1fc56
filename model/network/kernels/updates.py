"""Gradient norms, the optimisers, and the watch for numbers that stop being finite."""

import math

from model.network.kernels.compiled import kernel, stand_alone
from model.network.optimizers import ADAGRAD_EPS, ADAM_BETA1, ADAM_BETA2, EPS, RMSPROP_ALPHA

SGD, MOMENTUM, NESTEROV, ADAGRAD, RMSPROP, ADAM = range(6)


@kernel
def _norm(values):
    """Euclidean norm; scaled by the largest value where the squares would overflow or vanish."""
    total = values.dtype.type(0)
    for i in range(len(values)):
        total += values[i] * values[i]
    if 1e-30 < total < 1e30:
        return math.sqrt(total)
    largest = 0.0
    for i in range(len(values)):
        size = abs(float(values[i]))
        largest = size if not size <= largest else largest
    if largest == 0.0 or not largest < math.inf:
        return largest
    scaled = 0.0
    for i in range(len(values)):
        ratio = float(values[i]) / largest
        scaled += ratio * ratio
    return largest * math.sqrt(scaled)


@kernel
def norms(grads, sizes, out):
    """Write the norm of each parameter's gradient, W1, b1, …, and return a bound on every |gradient|."""
    offset = 0
    bound = 0.0
    for layer in range(len(sizes) - 1):
        n_weights, n_out = sizes[layer] * sizes[layer + 1], sizes[layer + 1]
        out[2 * layer] = _norm(grads[offset : offset + n_weights])
        out[2 * layer + 1] = _norm(grads[offset + n_weights : offset + n_weights + n_out])
        offset += n_weights + n_out
        for k in (2 * layer, 2 * layer + 1):
            bound = out[k] if not out[k] <= bound else bound
    return bound


@kernel
def change_norms(params, before, sizes, out):
    """Write norms (2, 2 n_layers): of what changed since `before`, and of `before`, which becomes the change."""
    norms(before, sizes, out[1])
    for i in range(len(before)):
        before[i] = params[i] - before[i]
    norms(before, sizes, out[0])


@kernel
def decay(params, grads, sizes, weight_decay):
    """Add weight_decay · W to the gradient of the weights, not of the biases."""
    offset = 0
    factor = params.dtype.type(weight_decay)
    for layer in range(len(sizes) - 1):
        n_weights, n_out = sizes[layer] * sizes[layer + 1], sizes[layer + 1]
        for i in range(offset, offset + n_weights):
            grads[i] += factor * params[i]
        offset += n_weights + n_out


@kernel
def update(optimizer, params, grads, first, second, step, learning_rate, momentum):
    """Apply one step of the optimiser in place; `step` counts from 1, and rules are those of `optimizers`."""
    real = params.dtype.type
    lr, m = real(learning_rate), real(momentum)
    if optimizer == SGD:
        for i in range(len(params)):
            params[i] -= lr * grads[i]
    elif optimizer == MOMENTUM:
        for i in range(len(params)):
            first[i] = m * first[i] + grads[i]
            params[i] -= lr * first[i]
    elif optimizer == NESTEROV:
        for i in range(len(params)):
            first[i] = m * first[i] + grads[i]
            params[i] -= lr * (grads[i] + m * first[i])
    elif optimizer == ADAGRAD:
        eps = real(ADAGRAD_EPS)
        for i in range(len(params)):
            first[i] += grads[i] * grads[i]
            params[i] -= lr * grads[i] / (math.sqrt(first[i]) + eps)
    elif optimizer == RMSPROP:
        alpha, beta, eps = real(RMSPROP_ALPHA), real(1 - RMSPROP_ALPHA), real(EPS)
        for i in range(len(params)):
            first[i] = alpha * first[i] + beta * grads[i] * grads[i]
            params[i] -= lr * grads[i] / (math.sqrt(first[i]) + eps)
    else:
        beta1, gamma1 = real(ADAM_BETA1), real(1 - ADAM_BETA1)
        beta2, gamma2 = real(ADAM_BETA2), real(1 - ADAM_BETA2)
        rate = real(learning_rate / (1 - ADAM_BETA1**step))
        root, eps = real(math.sqrt(1 - ADAM_BETA2**step)), real(EPS)
        for i in range(len(params)):
            first[i] = beta1 * first[i] + gamma1 * grads[i]
            second[i] = beta2 * second[i] + gamma2 * grads[i] * grads[i]
            params[i] -= rate * first[i] / (math.sqrt(second[i]) / root + eps)


@kernel
def update_each(optimizer, params, grads, first, second, step, learning_rate, momentum, weight_decay, sizes, rates):
    """Apply `decay` and `update` to each of W1, b1, …: the learning rate times its factor, W's decay divided by it."""
    stand_alone()
    start = 0
    for k in range(len(rates)):
        is_weight = k % 2 == 0
        end = start + (sizes[k // 2] if is_weight else 1) * sizes[k // 2 + 1]
        part, pull = params[start:end], grads[start:end]
        if is_weight and weight_decay != 0.0:
            factor = params.dtype.type(weight_decay / rates[k])
            for i in range(len(part)):
                pull[i] += factor * part[i]
        rate = learning_rate * rates[k]
        update(optimizer, part, pull, first[start:end], second[start:end], step, rate, momentum)
        start = end


@kernel
def first_bad_parameter(params, sizes):
    """Give the index of the first of W1, b1, W2, … that holds NaN or inf, or -1."""
    offset = 0
    for layer in range(len(sizes) - 1):
        for k, n in enumerate((sizes[layer] * sizes[layer + 1], sizes[layer + 1])):
            for i in range(offset, offset + n):
                if not abs(params[i]) < math.inf:
                    return 2 * layer + k
            offset += n
    return -1


@kernel
def largest(params):
    """Give the largest |value|, NaN or inf if there is one."""
    largest = 0.0
    for i in range(len(params)):
        size = abs(float(params[i]))
        largest = size if not size <= largest else largest
    return largest


@kernel
def step_bound(optimizer, gradient, parameter, speed, learning_rate, momentum, weight_decay):
    """Bound |velocity| and |update| of one step from bounds on |gradient|, |parameter| and |velocity|."""
    stand_alone()
    gradient += weight_decay * parameter
    if optimizer == SGD:
        return 0.0, learning_rate * gradient
    if optimizer in (MOMENTUM, NESTEROV):
        speed = momentum * speed + gradient
        return speed, learning_rate * (gradient + speed)
    # g/√Σg² ≤ 1; with moving averages an update is below 1/√(1 - α) and 1/√(1 - β2) learning rates
    return 0.0, 40.0 * learning_rate
