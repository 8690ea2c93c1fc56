"""The textbook's way to train a two-layer network, as its readers type it: what every step of it costs."""

from collections import OrderedDict

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


class Affine:
    """x W + b, which remembers x for the way back."""

    def __init__(self, W: Floats, b: Floats) -> None:
        self.W, self.b = W, b

    def forward(self, x: Floats) -> Floats:
        self.x = x
        return np.asarray(np.dot(x, self.W) + self.b)

    def backward(self, dout: Floats) -> Floats:
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return np.asarray(np.dot(dout, self.W.T))


class Relu:
    """max(x, 0), which remembers where it cut."""

    def forward(self, x: Floats) -> Floats:
        self.cut = x <= 0
        out = x.copy()
        out[self.cut] = 0
        return out

    def backward(self, dout: Floats) -> Floats:
        dout[self.cut] = 0
        return dout


class SoftmaxWithLoss:
    """Mean cross-entropy of the softmax."""

    def forward(self, x: Floats, t: Labels) -> float:
        shifted = np.exp(x - np.max(x, axis=-1, keepdims=True))
        self.y = shifted / np.sum(shifted, axis=-1, keepdims=True)
        self.t = t
        return float(-np.sum(np.log(self.y[np.arange(len(t)), t] + 1e-7)) / len(t))

    def backward(self) -> Floats:
        dx = self.y.copy()
        dx[np.arange(len(self.t)), self.t] -= 1
        return np.asarray(dx / len(self.t))


class TextbookNet:
    """Layers in a dictionary, float64, every result a new array.

    The shape of "Deep Learning from Scratch" (Saito 2016), chapter 5: `params`, `gradient`, `loss`.
    """

    def __init__(self, input_size: int, hidden_size: int, output_size: int, weight_init_std: float = 0.01) -> None:
        rng = np.random.RandomState(0)
        self.params = {
            "W1": weight_init_std * rng.randn(input_size, hidden_size),
            "b1": np.zeros(hidden_size),
            "W2": weight_init_std * rng.randn(hidden_size, output_size),
            "b2": np.zeros(output_size),
        }
        self.layers: OrderedDict[str, Affine | Relu] = OrderedDict()
        self.layers["Affine1"] = self.first = Affine(self.params["W1"], self.params["b1"])
        self.layers["Relu1"] = Relu()
        self.layers["Affine2"] = self.second = Affine(self.params["W2"], self.params["b2"])
        self.last = SoftmaxWithLoss()

    def predict(self, x: Floats) -> Floats:
        for layer in self.layers.values():
            x = layer.forward(x)
        return x

    def loss(self, x: Floats, t: Labels) -> float:
        """Give the mean loss of x (n, n_features) with labels t (n,)."""
        return self.last.forward(self.predict(x), t)

    def gradient(self, x: Floats, t: Labels) -> dict[str, Floats]:
        """Give the loss's gradient for each of `params`."""
        self.loss(x, t)
        dout = self.last.backward()
        for layer in reversed(self.layers.values()):
            dout = layer.backward(dout)
        first, second = self.first, self.second
        return {"W1": first.dW, "b1": first.db, "W2": second.dW, "b2": second.db}


def train(
    net: TextbookNet, x: Floats, t: Labels, batch_size: int, steps: int, rng: np.random.RandomState
) -> list[float]:
    """Train as the chapter's script does: batch, gradient, update, and the loss once more for the curve."""
    losses = []
    for _ in range(steps):
        mask = rng.choice(len(x), batch_size)
        x_batch, t_batch = x[mask], t[mask]
        grad = net.gradient(x_batch, t_batch)
        for key in ("W1", "b1", "W2", "b2"):
            net.params[key] -= 0.1 * grad[key]
        losses.append(net.loss(x_batch, t_batch))
    return losses
