"""The readable network: plain NumPy, the book's interface, any depth; what the kernels are tested against."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt

from model.network.activations import ACTIVATIONS
from model.network.initializers import (
    draw_biases,
    draw_noise,
    initial_parameters,
    layer_factors,
    layer_scales,
    noise_distribution,
)
from model.network.layout import Layout
from model.network.parametrization import BASE_WIDTH

Array = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]


class MultiLayerNet:
    """A fully connected network with softmax and cross-entropy on top.

    Parameters
    ----------
    input_size, hidden_size_list, output_size : widths of the layers
    weight_init_std : spread of the weights, W = weight_init_std · randn(fan_in, fan_out)
    activation : a key of ACTIVATIONS, after every hidden layer
    init : "std", or another scheme, which replaces weight_init_std: lecun, glorot, he, torch, orthogonal, lsuv
    distribution : "normal", "uniform" or "truncated"; torch is always uniform
    rng : where the weights are drawn from; the global NumPy generator if None, as in the book
    dtype : of parameters and results
    layer_gains : factors of the weights on top of the scheme: one for all layers, or one for each
    bias_init_std : spread of the biases, which are normal; torch has biases of its own
    seed : of the generators that biases and what "truncated" cuts off are drawn by
    sample : rows (n_samples, input_size) of the training data for "lsuv" to measure on, as of `lsuv_sample`
    parametrization, base_width : "standard", or "mup" and the hidden width at which it is the same; its rates are
        those of `parametrization.rate_factors`

    Attributes
    ----------
    params : dict with W1 (fan_in, fan_out), b1 (fan_out,), W2, b2, …
    """

    def __init__(  # noqa: PLR0913  one word for each way to begin
        self,
        input_size: int,
        hidden_size_list: tuple[int, ...],
        output_size: int,
        weight_init_std: float = 0.01,
        *,
        activation: str = "relu",
        init: str = "std",
        distribution: str = "normal",
        rng: np.random.RandomState | None = None,
        dtype: npt.DTypeLike = np.float64,
        layer_gains: tuple[float, ...] = (1.0,),
        bias_init_std: float = 0.0,
        seed: int = 0,
        sample: npt.NDArray[np.float64] | None = None,
        parametrization: str = "standard",
        base_width: int = BASE_WIDTH,
    ) -> None:
        self.layout = Layout((input_size, *hidden_size_list, output_size))
        self.activation = ACTIVATIONS[activation]
        generator = rng or np.random.mtrand._rand  # noqa: SLF001
        noise = draw_noise(generator, self.layout.sizes, noise_distribution(init, distribution), seed)
        factors = layer_factors(noise, init)
        forward, widths = self.activation.forward, (parametrization, base_width)
        scales = layer_scales(factors, init, weight_init_std, forward, sample, layer_gains, *widths)
        biases = draw_biases(self.layout.sizes, init, bias_init_std, seed)
        flat = initial_parameters(self.layout, factors, scales, biases, dtype)
        self.params: dict[str, Array] = {name: view.copy() for name, view in self.layout.views(flat).items()}

    @classmethod
    def from_params(cls, params: dict[str, Array], activation: str) -> Self:
        """Make a network that works on these very arrays, W1 (fan_in, fan_out), b1, … in this order."""
        net = cls.__new__(cls)
        weights = [value for name, value in params.items() if name.startswith("W")]
        net.layout = Layout((weights[0].shape[0], *(w.shape[1] for w in weights)))
        net.activation = ACTIVATIONS[activation]
        net.params = params
        return net

    def predict(self, x: Array) -> Array:
        """Compute the logits (n_samples, n_classes) of x (n_samples, n_features)."""
        return self._forward(x)[0][-1]

    def outputs(self, x: Array) -> list[Array]:
        """Compute what every layer gives out: x first, then the hidden layers (n_samples, width), the logits last."""
        return self._forward(x)[0]

    def pre_activations(self, x: Array) -> list[Array]:
        """Compute z of every layer (n_samples, width), the logits last."""
        outputs, hidden = self._forward(x)
        return [*hidden, outputs[-1]]

    def loss(self, x: Array, t: IntArray | Array) -> float:
        """Compute the mean cross-entropy in nats; t holds labels (n_samples,) or one-hot rows."""
        log_probabilities = log_softmax(self.predict(x))
        labels = as_labels(t)
        return -float(np.mean(log_probabilities[np.arange(len(labels)), labels]))

    def accuracy(self, x: Array, t: IntArray | Array) -> float:
        """Compute the share of samples whose largest logit is at their label."""
        return float(np.mean(np.argmax(self.predict(x), axis=1) == as_labels(t)))

    def gradient(self, x: Array, t: IntArray | Array) -> dict[str, Array]:
        """Compute the gradient of `loss` by backpropagation, one array for each of `params`."""
        return self.loss_and_gradient(x, t)[1]

    def loss_and_gradient(self, x: Array, t: IntArray | Array) -> tuple[float, dict[str, Array]]:
        """Compute `loss` and `gradient` in one pass."""
        (*hidden, logits), pre_activations = self._forward(x)
        labels = as_labels(t)
        rows = np.arange(len(labels))
        log_probabilities = log_softmax(logits)
        delta = np.exp(log_probabilities)
        delta[rows, labels] -= 1
        delta /= len(labels)

        grads: dict[str, Array] = {}
        for layer in range(self.layout.n_layers, 0, -1):
            h = hidden[layer - 1]
            grads[f"W{layer}"] = h.T @ delta
            grads[f"b{layer}"] = delta.sum(axis=0)
            if layer > 1:
                delta = self.activation.backward(delta @ self.params[f"W{layer}"].T, pre_activations[layer - 2], h)
        return -float(np.mean(log_probabilities[rows, labels])), grads

    def numerical_gradient(self, x: Array, t: IntArray | Array, h: float = 1e-4) -> dict[str, Array]:
        """Compute the gradient of `loss` by central differences of width 2h: slow, and sure."""
        grads: dict[str, Array] = {}
        for name, param in self.params.items():
            grad = np.empty_like(param)
            for index in np.ndindex(*param.shape):
                kept = param[index]
                param[index] = kept + h
                above = self.loss(x, t)
                param[index] = kept - h
                grad[index] = (above - self.loss(x, t)) / (2 * h)
                param[index] = kept
            grads[name] = grad
        return grads

    def _forward(self, x: Array) -> tuple[list[Array], list[Array]]:
        """Compute what every layer gives out (x first, logits last) and the hidden pre-activations."""
        outputs: list[Array] = [x]
        pre_activations: list[Array] = []
        for layer in range(1, self.layout.n_layers):
            a = outputs[-1] @ self.params[f"W{layer}"] + self.params[f"b{layer}"]
            pre_activations.append(a)
            outputs.append(self.activation.forward(a))
        last = self.layout.n_layers
        outputs.append(outputs[-1] @ self.params[f"W{last}"] + self.params[f"b{last}"])
        return outputs, pre_activations


def log_softmax(logits: Array) -> Array:
    """Compute log softmax along the last axis, finite wherever the logits are."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))  # type: ignore[no-any-return]


def as_labels(t: IntArray | Array) -> IntArray:
    """Turn one-hot rows (n_samples, n_classes) into labels (n_samples,); labels pass through."""
    return t.argmax(axis=1) if t.ndim == 2 else t.astype(np.intp, copy=False)
