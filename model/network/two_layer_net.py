"""TwoLayerNet: the class that every reader of "Deep Learning from Scratch" has typed."""

from typing import Any

from model.network.multi_layer_net import MultiLayerNet


class TwoLayerNet(MultiLayerNet):
    """One hidden layer: logits = φ(x W1 + b1) W2 + b2.

    `params` has W1 (input_size, hidden_size), b1 (hidden_size,), W2 (hidden_size, output_size) and
    b2 (output_size,). Further keywords are those of MultiLayerNet.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        weight_init_std: float = 0.01,
        **options: Any,  # noqa: ANN401  passed on as they are
    ) -> None:
        super().__init__(input_size, (hidden_size,), output_size, weight_init_std, **options)
