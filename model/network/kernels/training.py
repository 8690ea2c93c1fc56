"""The training loop in machine code: GIL-free, one for each dtype, for any depth and every knob.

Parameters are one flat vector (n_params,), layer widths an array, activation and optimiser integer
codes. `train` runs on until its steps are done or it is told to stop, and on the way writes every
step's loss and gradient norms, evaluations and snapshots into arrays that others read meanwhile.
"""

import numpy as np

from model.network.kernels import atomics
from model.network.kernels.batches import draw, gather
from model.network.kernels.compiled import entry, kernel, stand_alone
from model.network.kernels.layers import backward, forward, softmax_loss
from model.network.kernels.small import SMALL_NETWORK, loss_and_gradient
from model.network.kernels.updates import (
    change_norms,
    decay,
    first_bad_parameter,
    largest,
    norms,
    step_bound,
    update,
    update_each,
)
from model.network.kernels.vectors import LANES
from model.network.shared import EVAL_ROWS, N_SLOTS, Control, Mark, Slot, Stop

STOP, REQUEST, STEP, N_EVALS = (int(c) for c in (Control.STOP, Control.REQUEST, Control.STEP, Control.N_EVALS))
DIVERGED_AT, DIVERGED_PARAM = int(Control.DIVERGED_AT), int(Control.DIVERGED_PARAM)
PUBLISHED, SERVED = int(Control.PUBLISHED), int(Control.SERVED)
STOPPED_BY, PASSED = int(Control.STOPPED_BY), int(Control.PASSED)
FIRST_ROW, EVALS_BEFORE = int(Control.FIRST_ROW), int(Control.EVALS_BEFORE)
MARK_VERSION, MARK_STRIDE, MARK_COUNT, MARK_BASE = map(int, (Mark.VERSION, Mark.STRIDE, Mark.COUNT, Mark.BASE))
BY_ACCURACY, BY_DIVERGENCE = int(Stop.ACCURACY), int(Stop.DIVERGENCE)
SLOT_VERSION, SLOT_STEP, SLOT_EVALS = int(Slot.VERSION), int(Slot.STEP), int(Slot.N_EVALS)
SLOT_DIVERGED_AT, SLOT_DIVERGED_PARAM = int(Slot.DIVERGED_AT), int(Slot.DIVERGED_PARAM)
SLOT_STOPPED_BY = int(Slot.STOPPED_BY)

# Numbers this far from overflow cannot reach it in one step: see `updates.step_bound`.
SAFE_GRADIENT = 1e12
SAFE_PARAMETER = 1e25


@kernel
def evaluate(params, sizes, activation, x, t, work, control, with_loss):
    """Compute accuracy and, if wanted, mean loss on x (n, n_features).

    Returns (-1, -1) if stopped on the way, and NaN for no samples. The loss is NaN where not wanted.
    """
    n = x.shape[0]
    if n == 0:
        return np.nan, np.nan
    n_classes = sizes[len(sizes) - 1]
    right = 0
    total = 0.0 if with_loss else np.nan
    for start in range(0, n, EVAL_ROWS):
        if atomics.load(control, STOP) != 0:
            return -1.0, -1.0
        rows = min(EVAL_ROWS, n - start)
        end = forward(params, sizes, activation, x[start : start + rows], work[0], work[1])
        logits = work[0, end - rows * n_classes : end].reshape(rows, n_classes)
        for i in range(rows):
            best = 0
            answered = True
            for j in range(n_classes):
                # a NaN among the logits is no answer
                answered &= logits[i, j] == logits[i, j]
                if logits[i, j] > logits[i, best]:
                    best = j
            right += answered and best == t[start + i]
        if with_loss:
            total += rows * softmax_loss(logits, t[start : start + rows])
    return right / n, total / n


@kernel
def publish(params, step, control, headers, slots):
    """Copy the parameters into the next slot of the ring, version odd while it is written."""
    served = atomics.load(control, REQUEST)
    count = control[PUBLISHED]
    slot = count % N_SLOTS
    header = headers[slot]
    atomics.store(header, SLOT_VERSION, 2 * count + 1)
    slots[slot, :] = params
    header[SLOT_STEP] = step
    header[SLOT_EVALS] = control[N_EVALS]
    header[SLOT_DIVERGED_AT] = control[DIVERGED_AT]
    header[SLOT_DIVERGED_PARAM] = control[DIVERGED_PARAM]
    header[SLOT_STOPPED_BY] = control[STOPPED_BY]
    atomics.store(header, SLOT_VERSION, 2 * count + 2)
    atomics.store(control, PUBLISHED, count + 1)
    atomics.store(control, SERVED, served)


@kernel
def checkpoint(step, params, first, second, mt, marks, states, streams):
    """Keep what the steps from this one on begin with; when there is no room, half of what is there is given up."""
    stand_alone()
    rows = states.shape[0]
    since = step - marks[MARK_BASE]
    if since // marks[MARK_STRIDE] < marks[MARK_COUNT] or rows == 0:
        return
    version = marks[MARK_VERSION]
    atomics.store(marks, MARK_VERSION, version + 1)
    if marks[MARK_COUNT] == rows:
        for place in range(1, rows // 2):
            states[place] = states[2 * place]
            streams[place] = streams[2 * place]
        marks[MARK_COUNT] = max(rows // 2, 1)
        marks[MARK_STRIDE] *= 2
    place = marks[MARK_COUNT]
    if since == place * marks[MARK_STRIDE]:
        states[place, 0] = params
        if states.shape[1] > 1:
            states[place, 1] = first
        if states.shape[1] > 2:
            states[place, 2] = second
        streams[place] = mt
        marks[MARK_COUNT] = place + 1
    atomics.store(marks, MARK_VERSION, version + 2)


@kernel
def stop_by(reason, control):
    """End the training, if this has not ended it before."""
    stand_alone()
    if control[PASSED] & reason == 0 and control[STOPPED_BY] == 0:
        control[PASSED] |= reason
        control[STOPPED_BY] = reason


@entry
def train(
    params, grads, first, second, last_finite, before, sizes, activation, optimizer, hyper, rates,
    x_train, t_train, x_test, t_test, mt, batch, batch_x, batch_t, work,
    until, eval_every, eval_last, history, eval_steps, evaluations, updates, control, headers, slots,
    marks, states, streams, starts, hypers, stream, drawn, losses, results,
):  # fmt: skip
    """Train until `until` steps are done, a stop of the spec is reached or the stop flag is seen.

    Publishes a snapshot whenever asked. Given `starts`, it trains one run after the other, each from its first step,
    by the same machine code, so that each is what it would be alone.

    Parameters
    ----------
    params, grads, first, second, last_finite : (n_params,) real; optimiser state, and the parameters before
        the update that made one of them non-finite
    before : (n_params,) real, room for parameters before an update
    sizes : (n_layers + 1,) int64
    hyper : (5,) float64, learning_rate, momentum, weight_decay, stop_accuracy, stop_on_divergence
    rates : (2 n_layers,) float64, what the learning rate of W1, b1, … is multiplied by, and weight_decay divided by
    mt : (625,) uint32, state of the generator that draws the batches
    batch, batch_x, batch_t : (batch_size,) int64, (batch_size, n_features) real, (batch_size,) int64
    work : (4, n) real, outputs, pre-activations, and two deltas
    history : (capacity, 1 + 2 n_layers) float64 by step from control[FIRST_ROW] on: the loss, each gradient's norm
    eval_steps, evaluations : (capacity,) int64 and (capacity, 3) float64 by evaluation: train and test
        accuracy, test loss
    updates : (capacity, 2, 2 n_layers) float64 by evaluation: norms of the change that the step after it makes, and
        of the parameters before that
    eval_last : a step that is evaluated too, the last of the run
    marks, states, streams : (Mark.SIZE,) int64, (rows, vectors, n_params) real, (rows, 625) uint32, checkpoints: the
        parameters, and as many vectors of optimiser state as there is room for; the generator
    starts, hypers : (n, n_params) real, (n, 5) float64, what each run begins with; none to go on with the one that is
        in `params`
    stream : (625,) uint32, the generator before the first step of each run
    drawn : (until or 0, batch_size) int64, all batches, where they are known
    losses : (n, until) float64, of every batch of each run
    results : (n, 4) float64, of each run: steps made, the step of the divergence or -1, train and test accuracy
    """
    for run in range(max(len(starts), 1)):
        if len(starts) > 0:
            begin(starts[run], hypers[run], sizes, params, last_finite, first, second, hyper, eval_steps, control)
            mt[:] = stream
        train_one(
            params, grads, first, second, last_finite, before, sizes, activation, optimizer, hyper, rates,
            x_train, t_train, x_test, t_test, mt, batch, batch_x, batch_t, work,
            until, eval_every, eval_last, history, eval_steps, evaluations, updates, control, headers, slots,
            marks, states, streams, drawn,
        )  # fmt: skip
        if len(starts) > 0:
            if control[STEP] < until and control[STOPPED_BY] == 0:
                return
            finish(control, history, evaluations, losses[run], results[run])


@kernel
def begin(start, start_hyper, sizes, params, last_finite, first, second, hyper, eval_steps, control):
    """Put everything back to before the first step, with these parameters and live knobs."""
    stand_alone()
    params[:] = start
    last_finite[:] = start
    first[:] = 0
    second[:] = 0
    hyper[:] = start_hyper
    control[STEP] = 0
    control[PASSED] = 0
    control[STOPPED_BY] = 0
    bad = first_bad_parameter(params, sizes)
    control[DIVERGED_PARAM] = bad
    control[DIVERGED_AT] = 0 if bad >= 0 else -1
    control[N_EVALS] = control[EVALS_BEFORE]
    eval_steps[0] = 0


@kernel
def finish(control, history, evaluations, losses, results):
    """Write down how a run ended."""
    stand_alone()
    steps = control[STEP]
    losses[:steps] = history[:steps, 0]
    last = control[N_EVALS] - 1
    results[0] = steps
    results[1] = control[DIVERGED_AT]
    results[2] = evaluations[last, 0]
    results[3] = evaluations[last, 1]


@kernel
def train_one(
    params, grads, first, second, last_finite, before, sizes, activation, optimizer, hyper, rates,
    x_train, t_train, x_test, t_test, mt, batch, batch_x, batch_t, work,
    until, eval_every, eval_last, history, eval_steps, evaluations, updates, control, headers, slots,
    marks, states, streams, drawn,
):  # fmt: skip
    """Go on with one run."""
    stand_alone()
    step = control[STEP]
    row = step - control[FIRST_ROW]
    learning_rate, momentum, weight_decay = hyper[0], hyper[1], hyper[2]
    stop_accuracy, stop_on_divergence = hyper[3], hyper[4] != 0.0
    slowest, fastest = rates.min(), rates.max()
    alike = slowest == 1.0 and fastest == 1.0
    n_classes = sizes[len(sizes) - 1]
    deltas = work[2:].reshape(-1)
    small = -(-len(batch) // LANES) * len(params) <= SMALL_NETWORK
    n_rows = sizes.sum() + 2 if small else 0
    tile = np.zeros((3 * n_rows, LANES), params.dtype)
    no_bias = np.zeros(n_rows * LANES, params.dtype)
    parameter_bound, speed_bound = largest(params), largest(first)
    while True:
        if atomics.load(control, STOP) != 0:
            break
        evals = control[N_EVALS]
        due = step % eval_every == 0 or step == eval_last
        if due and (evals == 0 or eval_steps[evals - 1] != step):
            on_train, _ = evaluate(params, sizes, activation, x_train, t_train, work, control, False)
            on_test, test_loss = evaluate(params, sizes, activation, x_test, t_test, work, control, True)
            if on_train == -1.0 or on_test == -1.0:
                break
            eval_steps[evals] = step
            evaluations[evals, 0] = on_train
            evaluations[evals, 1] = on_test
            evaluations[evals, 2] = test_loss
            atomics.store(control, N_EVALS, evals + 1)
            if 0.0 < stop_accuracy <= (on_test if x_test.shape[0] > 0 else on_train):
                stop_by(BY_ACCURACY, control)
        if atomics.load(control, REQUEST) != control[SERVED]:
            publish(params, step, control, headers, slots)
        if step >= until or control[STOPPED_BY] != 0:
            break

        if step % marks[MARK_STRIDE] == 0:
            checkpoint(step, params, first, second, mt, marks, states, streams)
        if step < len(drawn):
            batch[:] = drawn[step]
        else:
            draw(mt, x_train.shape[0], batch)
        if small:
            history[row, 0] = loss_and_gradient(
                params, grads, sizes, activation, x_train, t_train, batch, tile, no_bias
            )
        else:
            gather(x_train, t_train, batch, batch_x, batch_t)
            end = forward(params, sizes, activation, batch_x, work[0], work[1])
            logits = work[0, end - len(batch) * n_classes : end].reshape(len(batch), n_classes)
            history[row, 0] = softmax_loss(logits, batch_t)
            backward(params, grads, sizes, activation, batch_x, work[0], work[1], deltas)
        gradient_bound = norms(grads, sizes, history[row, 1:])
        if weight_decay != 0.0 and alike:
            decay(params, grads, sizes, weight_decay)

        speed_bound, update_bound = step_bound(
            optimizer, gradient_bound, parameter_bound, speed_bound,
            learning_rate * fastest, momentum, weight_decay / slowest,
        )  # fmt: skip
        parameter_bound += update_bound
        safe = gradient_bound < SAFE_GRADIENT and speed_bound < SAFE_PARAMETER and parameter_bound < SAFE_PARAMETER
        watch = not safe and control[DIVERGED_AT] < 0
        if watch:
            last_finite[:] = params
        evals = control[N_EVALS]
        recorded = evals > 0 and eval_steps[evals - 1] == step
        if recorded:
            before[:] = params
        if alike:
            update(optimizer, params, grads, first, second, step + 1, learning_rate, momentum)
        else:
            update_each(
                optimizer, params, grads, first, second, step + 1,
                learning_rate, momentum, weight_decay, sizes, rates,
            )  # fmt: skip
        if recorded:
            change_norms(params, before, sizes, updates[evals - 1])
        if watch:
            bad = first_bad_parameter(params, sizes)
            if bad >= 0:
                control[DIVERGED_PARAM] = bad
                control[DIVERGED_AT] = step
            parameter_bound, speed_bound = largest(params), largest(first)
        if stop_on_divergence and control[DIVERGED_AT] >= 0:
            stop_by(BY_DIVERGENCE, control)
        step += 1
        row += 1
        atomics.store(control, STEP, step)
