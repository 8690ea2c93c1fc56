"""The table of panels: adding one is one file and one row."""

from collections.abc import Callable
from dataclasses import dataclass

from model.figures.figure import Figure, View
from model.figures.panels import accuracy, decision, gradients, ladder, loss, randn, weights
from model.training.frame import Frame
from model.words import Message, msg


@dataclass(frozen=True, slots=True)
class Panel:
    """A way to look at a Frame."""

    id: str
    title: Message
    help: Message
    make: Callable[[Frame, View], Figure]
    view: View
    """What is looked at until a person chooses otherwise."""
    options: frozenset[str]
    """Fields of View that this panel heeds, beside those that every panel does."""
    slow: bool = False
    """Takes longer than a frame, so that the window has it made in a thread of its own."""


PANELS: dict[str, Panel] = {
    panel.id: panel
    for panel in (
        Panel(
            "weights",
            msg("Weights"),
            msg("How each parameter's values are spread: now in colour, before the first step pale, in theory dashed."),
            weights.make,
            View(),
            frozenset({"bins", "log_y"}),
        ),
        Panel(
            "loss",
            msg("Loss"),
            msg("Mean cross-entropy of each batch before its update, in nats; of the test set dashed."),
            loss.make,
            View(),
            frozenset({"log_x", "log_y", "smoothing", "ghosts"}),
        ),
        Panel(
            "accuracy",
            msg("Accuracy"),
            msg("Share of samples that the network names right; of the test set dashed."),
            accuracy.make,
            View(),
            frozenset({"log_x", "ghosts"}),
        ),
        Panel(
            "gradients",
            msg("Gradient norms"),
            msg("Euclidean norm of the loss's gradient with respect to each parameter, at every step."),
            gradients.make,
            View(log_y=True, smoothing=0.9),
            frozenset({"log_x", "log_y", "smoothing", "ghosts"}),
        ),
        Panel(
            "activations",
            msg("Activations"),
            msg("What every hidden layer gives out for the training samples (Glorot & Bengio 2010; the book, ch. 6)."),
            ladder.make_activations,
            View(bins=60),
            frozenset({"bins", "log_x", "unit"}),
            slow=True,
        ),
        Panel(
            "backprop",
            msg("Back-propagated gradients"),
            msg("The gradient of each sample's loss as it comes back to every hidden layer (Glorot & Bengio 2010)."),
            ladder.make_backprop,
            View(bins=60),
            frozenset({"bins", "log_x", "unit"}),
            slow=True,
        ),
        Panel(
            "decision",
            msg("Decisions"),
            msg("What the network answers: over the plane for points, as the browser playground has it, or by sample."),
            decision.make,
            View(),
            frozenset({"unit", "layer"}),
            slow=True,
        ),
        Panel(
            "randn",
            msg("randn bench"),
            msg("What np.random.seed and randn or normal give: the numbers, and how close they come to mean and std."),
            randn.make,
            View(),
            frozenset({"bins", "log_y", "randn"}),
            slow=True,
        ),
    )
}
