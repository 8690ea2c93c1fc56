"""The table of panels: adding one is one file and one row."""

from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from model.figures.figure import Figure, View
from model.training.frame import Frame
from model.words import Message, msg

_LARGE_SWEEP = 20_000
"""Points from which on the figures of a sweep are made in a thread of their own."""


class Make(Protocol):
    """Makes the figure of a panel."""

    def __call__(self, frame: Frame, view: View) -> Figure: ...


class Turn(Protocol):
    """What dragging a grip of a panel does: values by knob."""

    def __call__(
        self, frame: Frame, view: View, key: tuple[int, ...], x: float | None, y: float | None, *, alone: bool
    ) -> dict[str, object]: ...


@dataclass(frozen=True, slots=True)
class Panel:
    """A way to look at a Frame."""

    id: str
    title: Message
    help: Message
    make: Make
    view: View
    """What is looked at until a person chooses otherwise."""
    options: frozenset[str]
    """Fields of View that this panel heeds, beside those that every panel does."""
    slow: bool = False
    """Takes longer than a frame, so that the window has it made in a thread of its own."""
    past: bool = False
    """Always shows what the earlier steps of the run have been made again for."""
    turn: Turn | None = None
    """Gives the knobs that a drag turns: of a grip to a place in display units, None along an axis where it stays."""

    def looks_back(self, view: View) -> bool:
        """Whether the earlier steps of the run have to be made again for it."""
        return self.past or (view.through_time and "through_time" in self.options)

    def is_slow(self, view: View) -> bool:
        """Whether a figure takes longer than a frame: through time, with a number format, or of a large sweep."""
        formats = view.number_format != "none" and "number_format" in self.options
        large = view.sweep is not None and view.sweep.sweep.n_points > _LARGE_SWEEP and "sweep" in self.options
        return self.slow or self.looks_back(view) or formats or large


def _make(module: str, name: str = "make") -> Make:
    """Import a panel's module when its first figure is wanted: most panels are behind others at the start."""

    def make(frame: Frame, view: View) -> Figure:
        return cast("Make", getattr(import_module(f"{__name__}.{module}"), name))(frame, view)

    return make


def _turn(module: str) -> Turn:
    def turn(
        frame: Frame, view: View, key: tuple[int, ...], x: float | None, y: float | None, *, alone: bool
    ) -> dict[str, object]:
        return cast("Turn", import_module(f"{__name__}.{module}").turn)(frame, view, key, x, y, alone=alone)

    return turn


PANELS: dict[str, Panel] = {
    panel.id: panel
    for panel in (
        Panel(
            "weights",
            msg("Weights"),
            msg("Distribution of each parameter: now in colour, initial values pale, theory dashed."),
            _make("weights"),
            View(),
            frozenset({"bins", "log_y", "unit", "compared", "through_time"}),
        ),
        Panel(
            "spectrum",
            msg("Spectrum"),
            msg(
                "Singular values of every weight matrix over the bulk of untrained ones (Marchenko & Pastur 1967), "
                "which what is learned leaves; and of the Jacobian ∂z/∂x of each layer (Pennington et al. 2017)."
            ),
            _make("spectrum"),
            View(bins=40, log_x=True, log_y=True),
            frozenset({"bins", "log_x", "log_y", "compared"}),
            slow=True,
        ),
        Panel(
            "loss",
            msg("Loss"),
            msg("Mean cross-entropy of each batch before its update, in nats; test set dashed."),
            _make("loss"),
            View(),
            frozenset({"log_x", "log_y", "smoothing", "compared", "seeds", "steps"}),
        ),
        Panel(
            "accuracy",
            msg("Accuracy"),
            msg("Fraction of samples classified correctly; test set dashed."),
            _make("accuracy"),
            View(),
            frozenset({"log_x", "compared", "seeds", "steps"}),
        ),
        Panel(
            "gradients",
            msg("Gradient norms"),
            msg("Euclidean norm of the loss gradient with respect to each parameter, at every step."),
            _make("gradients"),
            View(log_y=True, smoothing=0.9),
            frozenset({"log_x", "log_y", "smoothing", "compared", "seeds", "steps", "number_format"}),
        ),
        Panel(
            "activations",
            msg("Activations"),
            msg("Outputs of each hidden layer for the training samples (Glorot & Bengio 2010; the book, ch. 6)."),
            _make("ladder", "make_activations"),
            View(bins=60),
            frozenset({"bins", "log_x", "unit", "number_format", "compared", "through_time"}),
            slow=True,
        ),
        Panel(
            "backprop",
            msg("Backprop"),
            msg("Back-propagated gradient of each sample's loss at every hidden layer (Glorot & Bengio 2010)."),
            _make("ladder", "make_backprop"),
            View(bins=60),
            frozenset({"bins", "log_x", "unit", "number_format", "compared", "through_time"}),
            slow=True,
        ),
        Panel(
            "features",
            msg("Features"),
            msg("What each unit of the first layer responds to: its weights as an image, or as a line on 2-D data."),
            _make("features"),
            View(),
            frozenset({"unit"}),
        ),
        Panel(
            "network",
            msg("Network"),
            msg("Units as circles and weights as links, on an absolute scale (after TensorFlow Playground, 2017)."),
            _make("network"),
            View(),
            frozenset({"unit"}),
        ),
        Panel(
            "symmetry",
            msg("Symmetry"),
            msg("Which units point the same way, and the effective rank of their weights (Roy & Vetterli 2007)."),
            _make("symmetry"),
            View(),
            frozenset({"unit", "layer"}),
            slow=True,
        ),
        Panel(
            "updates",
            msg("Update ratio"),
            msg("log₁₀ of update size / weight size for each layer; Karpathy's rule of thumb is −3 (CS231n)."),
            _make("updates"),
            View(),
            frozenset({"log_x", "compared", "steps"}),
            slow=True,
        ),
        Panel(
            "variance",
            msg("Variance by layer"),
            msg(
                "The variance of activations and gradients that mean-field theory expects of untrained layers "
                "(Poole et al. 2016, Schoenholz et al. 2017), and what is measured: over seeds, and in this run."
            ),
            _make("variance"),
            View(log_y=True),
            frozenset({"log_y", "number_format", "compared"}),
            slow=True,
        ),
        Panel(
            "phase",
            msg("Phase diagram"),
            msg(
                "χ₁ over σ_w² and σ_b²: where gradients vanish, where they explode, and the critical line between; "
                "every layer of this network is a dot (Poole et al. 2016, Schoenholz et al. 2017)."
            ),
            _make("phase"),
            View(),
            frozenset({"log_x", "log_y", "depth_scale"}),
            slow=True,
            turn=_turn("phase"),
        ),
        Panel(
            "gradcheck",
            msg("Gradient check"),
            msg(
                "Back-propagation, as the training computes it, beside central differences of the loss in float64: "
                "agrees, too small to be checked, or differs."
            ),
            _make("gradcheck"),
            View(),
            frozenset(),
            slow=True,
        ),
        Panel(
            "why",
            msg("Why?"),
            msg(
                "What the numbers of this run say, in words: each with its formula, its source and the panel behind it."
            ),
            _make("why"),
            View(),
            frozenset({"compared"}),
            slow=True,
        ),
        Panel(
            "decision",
            msg("Decisions"),
            msg("What the network answers: over the plane for points, as the browser playground has it, or by sample."),
            _make("decision"),
            View(),
            frozenset({"unit", "layer"}),
            slow=True,
        ),
        Panel(
            "randn",
            msg("randn bench"),
            msg("What np.random.seed and randn or normal give: the numbers, and how close they come to mean and std."),
            _make("randn"),
            View(),
            frozenset({"bins", "log_y", "randn"}),
            slow=True,
        ),
        Panel(
            "coordinate",
            msg("Coordinate check"),
            msg(
                "How far the first steps move the pre-activations of each layer, by width: flat where the learning "
                "rate carries over to other widths (Yang & Hu et al. 2022)."
            ),
            _make("coordinate"),
            View(),
            frozenset({"widths"}),
            slow=True,
        ),
        Panel(
            "transfer",
            msg("Rate transfer"),
            msg(
                "The loss that runs like this one come to, by learning rate and width, and the best rate of each width."
            ),
            _make("transfer"),
            View(),
            frozenset({"widths"}),
            slow=True,
        ),
        Panel(
            "seeds",
            msg("Seeds"),
            msg("How soon the same run with other seeds reaches a loss or an accuracy, and how many never do."),
            _make("seeds"),
            View(),
            frozenset({"seeds"}),
        ),
        Panel(
            "sharpness",
            msg("Sharpness"),
            msg(
                "The largest eigenvalue of the Hessian along the run, and up to which value the learning rate is "
                "stable (Cohen et al. 2021)."
            ),
            _make("sharpness"),
            View(log_y=True),
            frozenset({"log_x", "log_y", "steps"}),
            slow=True,
            past=True,
        ),
        Panel(
            "travel",
            msg("Lazy or rich"),
            msg(
                "How far the weights of each layer have moved, as a share of their initial length: lazy training "
                "hardly moves them (Chizat et al. 2019)."
            ),
            _make("travel"),
            View(log_y=True),
            frozenset({"log_x", "log_y", "steps"}),
            slow=True,
            past=True,
        ),
        Panel(
            "between",
            msg("Between runs"),
            msg(
                "The loss on the straight lines between this run and a compared one, and in the plane through their "
                "starts (Goodfellow et al. 2015)."
            ),
            _make("between"),
            View(),
            frozenset({"log_y", "compared"}),
            slow=True,
        ),
        Panel(
            "response",
            msg("Response"),
            msg(
                "What a sweep over weight_init_std, or another knob, comes to: loss, accuracy, and how many converged."
            ),
            _make("response"),
            View(),
            frozenset({"sweep"}),
            turn=_turn("response"),
        ),
        Panel(
            "map",
            msg("Map"),
            msg("Where training works: every pixel is a run of a sweep over two knobs, coloured by what became of it."),
            _make("map"),
            View(),
            frozenset({"sweep"}),
            turn=_turn("map"),
        ),
    )
}
