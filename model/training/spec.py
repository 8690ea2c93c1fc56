"""TrainingSpec: every knob declared once; forms, flags, JSON files, tooltips and docs derive from it."""

import json
import os
from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from model.data.dataset import DataRequest
from model.foreign_text import is_unicode
from model.network.parametrization import BASE_WIDTH
from model.training.declaration import ColumnName, DataPath, LayerFactors, LayerSizes, declared
from model.training.knob import Knob, SpecError
from model.training.typed_number import LONGEST
from model.words import Message, echo, msg

MAX_SEED = 2**32 - 1
MAX_SPEC_FILE = 1_000_000
MAX_LAYERS = 20
_UNKNOWN_SHOWN = 8
_LONGEST_KNOB = 40

Dataset = Literal["digits", "spirals", "circles", "moons", "xor", "gaussians"]
Scaling = Literal["auto", "standard", "none"]
Activation = Literal["relu", "leaky_relu", "tanh", "sigmoid", "linear", "gelu", "selu"]
Init = Literal["std", "lecun", "glorot", "he", "torch", "orthogonal", "lsuv"]
Distribution = Literal["normal", "uniform", "truncated"]
Parametrization = Literal["standard", "mup"]
Optimizer = Literal["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"]
Dtype = Literal["float32", "float64"]
# pydantic would look through all installed packages for plugins, which takes longer than making the spec
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


class TrainingSpec(BaseModel):
    """All that determines a run; frozen, strict, and equal to another exactly when the runs are."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)

    weight_init_std: float = declared(
        0.01,
        "initialisation",
        "weight_init_std",
        "Standard deviation of the initial weights: W = std · randn(fan_in, fan_out). The book uses 0.01. At 0 all "
        "weights are equal, so the hidden units stay identical.",
        low=0,
        scale="log",
    )
    init: Init = declared(
        "std",
        "initialisation",
        "Scheme",
        "How the standard deviation of each layer is chosen. std: weight_init_std for all layers. lecun: √(1/fan_in), "
        "called Xavier in the book. glorot: √(2/(fan_in + fan_out)), the original Xavier. he: √(2/fan_in), for ReLU. "
        "torch: the default of PyTorch's nn.Linear, weights and biases uniform between ±1/√fan_in. orthogonal: "
        "orthonormal columns (or rows). lsuv: orthogonal, then scaled layer by layer until the pre-activations of 256 "
        "training samples have variance 1.",
    )
    init_distribution: Distribution = declared(
        "normal",
        "initialisation",
        "Distribution",
        "Distribution of the random values, all of the same variance. truncated: normal, but values beyond two "
        "standard deviations are drawn again, as Keras does.",
    )
    layer_gains: LayerFactors = declared(
        (1.0,),
        "initialisation",
        "Layer gains",
        "Factors of the initial weights, on top of the scheme: one for all weight layers, or one for each, starting at "
        "the input. 1,0.01 makes the output layer of a two-layer network a hundred times smaller.",
        length=MAX_LAYERS + 1,
    )
    bias_init_std: float = declared(
        0.0,
        "initialisation",
        "Bias std",
        "Standard deviation of the initial biases, which are normal; at 0 they start at 0. torch has biases of its "
        "own.",
        low=0,
        scale="log",
    )
    weights: DataPath = declared(
        None,
        "initialisation",
        "Weights file",
        "A file to begin with, instead of what the seed draws: NPZ with W1, b1, W2, … as (fan_in, fan_out), or NPZ or "
        ".safetensors with 0.weight, 0.bias, … as (fan_out, fan_in), as PyTorch has them. Batches stay those of the "
        "seed.",
    )
    seed: int = declared(
        0,
        "initialisation",
        "Seed",
        "Fixes the random weights and batches, as np.random.seed(seed) does in your own script.",
        low=0,
        high=MAX_SEED,
    )

    hidden_sizes: LayerSizes = declared(
        (50,),
        "network",
        "Hidden sizes",
        "Units in each hidden layer, starting at the input: 50 is the two-layer network, 50,50 has one more layer, and "
        "50x8 is eight layers of 50.",
        length=MAX_LAYERS,
        unit="units",
    )
    activation: Activation = declared(
        "relu",
        "network",
        "Activation",
        "Activation function of every hidden layer. leaky_relu has slope 0.01 below 0; gelu is the exact form (erf).",
    )
    parametrization: Parametrization = declared(
        "standard",
        "network",
        "Parametrisation",
        "How the standard deviation and the learning rate of each layer go with the width. standard: one rate for all "
        "layers. mup: the maximal update parametrisation (μP), in which the best rate stays the same when hidden "
        "layers become wider than base_width, at least with adam, rmsprop and adagrad.",
    )
    base_width: int = declared(
        BASE_WIDTH,
        "network",
        "Base width",
        "The hidden width at which mup is the same as standard, and for which learning_rate and the scheme are meant. "
        "With standard, only Why? uses it: to tell whether the rate suits the width of this network.",
        low=1,
        high=1_000_000,
        unit="units",
        scale="log",
    )

    dataset: Dataset = declared(
        "digits",
        "data",
        "Data set",
        "Data to learn: 1,797 handwritten digits of 8×8 pixels, or randomly generated points in the plane.",
    )
    data: DataPath = declared(
        None,
        "data",
        "Own data",
        "A file or folder to use instead of the built-in data set: NPZ, CSV or MNIST-style IDX.",
    )
    label_column: ColumnName = declared(
        "auto",
        "data",
        "Label column",
        "Which column of a table (CSV) tells the class: auto finds it, first, last, a column's name, or its number "
        "from 1. auto looks for a column named like a label, then whether the first or the last looks like one; "
        "trailing columns of 0 and 1 that sum to 1 are one label.",
    )
    drop_bad_rows: bool = declared(
        False,
        "data",
        "Drop bad rows",
        "Leave out rows of your data file that contain NaN or infinite values, instead of refusing the file.",
    )
    scaling: Scaling = declared(
        "auto",
        "data",
        "Scaling",
        "auto divides integer inputs by their largest absolute value and leaves other inputs unchanged; standard gives "
        "every feature zero mean and unit variance; none changes nothing.",
    )
    samples: int = declared(
        500,
        "data",
        "Samples",
        "Number of points in a generated data set, including the test points.",
        low=10,
        high=1_000_000,
        scale="log",
    )
    noise: float = declared(
        0.1,
        "data",
        "Noise",
        "Standard deviation of the scatter in a generated data set.",
        low=0,
        high=10,
    )
    data_seed: int = declared(
        0,
        "data",
        "Data seed",
        "Fixes the points of a generated data set and every random split.",
        low=0,
        high=MAX_SEED,
    )
    train_fraction: float = declared(
        0.8,
        "data",
        "Train fraction",
        "Fraction of the samples used for training when the data has no test set of its own; 1 leaves no test data.",
        low=0.01,
        high=1,
    )

    optimizer: Optimizer = declared(
        "sgd",
        "training",
        "Optimiser",
        "Update rule; formulas and defaults are those of PyTorch.",
    )
    learning_rate: float = declared(
        0.1,
        "training",
        "Learning rate",
        "Step size along the gradient. Takes effect immediately.",
        low=0,
        scale="log",
        live=True,
    )
    momentum: float = declared(
        0.9,
        "training",
        "Momentum",
        "Fraction of the previous step that is kept; used only by momentum and nesterov. Takes effect immediately.",
        low=0,
        high=1,
        live=True,
    )
    weight_decay: float = declared(
        0.0,
        "training",
        "Weight decay",
        "L2 penalty: this value times W is added to the gradient of the weights, not of the biases. Takes effect "
        "immediately.",
        low=0,
        scale="log",
        live=True,
    )
    batch_size: int = declared(
        100,
        "training",
        "Batch size",
        "Samples per step, drawn with replacement.",
        low=1,
        unit="samples",
        scale="log",
    )
    steps: int = declared(
        2000,
        "training",
        "Steps",
        "Number of training steps. 0 shows the untrained network; raising it continues the present run.",
        low=0,
        high=1_000_000_000,
        unit="steps",
        scale="log",
        live=True,
    )
    eval_every: int = declared(
        0,
        "training",
        "Evaluate every",
        "Steps between two evaluations of the accuracy; auto (0) is one hundredth of the steps.",
        low=0,
        high=1_000_000_000,
        unit="steps",
        zero="auto",
    )
    stop_accuracy: float = declared(
        0.0,
        "training",
        "Stop at accuracy",
        "Ends training at the first evaluation whose test accuracy (training accuracy if there is no test set) reaches "
        "this value; off (0) never does. Continue resumes training. Takes effect immediately.",
        low=0,
        high=1,
        live=True,
        zero="off",
    )
    stop_on_divergence: bool = declared(
        False,
        "training",
        "Stop on divergence",
        "Ends training right after the step that makes a parameter NaN or infinite. Takes effect immediately.",
        live=True,
    )

    dtype: Dtype = declared(
        "float32",
        "numerics",
        "Precision",
        "float32 is faster; float64 reproduces a plain NumPy script to nine digits.",
    )

    @property
    def data_request(self) -> DataRequest:
        """The part of the spec that decides which samples there are."""
        return DataRequest(**{field.name: getattr(self, field.name) for field in fields(DataRequest)})

    @property
    def eval_interval(self) -> int:
        """Steps between two evaluations, with 0 resolved."""
        return self.eval_every or max(1, self.steps // 100)

    def replaced(self, **values: object) -> Self:
        """Return a validated copy with other values; raises SpecError with every fault at once."""
        return type(self).from_values({**self.model_dump(), **values})

    def turned(self, name: str, value: object) -> Self:
        """Return the spec after a person set one knob: some choices bring another with them.

        Turning the dial selects the scheme `std`, and that or another scheme lets go of a file of weights. Choosing a
        made data set lets go of a data file, and another file has another label. In a network of another depth the
        last gain stays that of the output layer.
        """
        brings: dict[str, dict[str, object]] = {
            "weight_init_std": {"init": "std", "weights": None},
            "init": {"weights": None},
            "hidden_sizes": {"layer_gains": self._gains_of_depth(value)},
            "dataset": {"data": None, "label_column": "auto"},
            "data": {} if value == self.data else {"label_column": "auto"},
        }
        return self.replaced(**{name: value, **brings.get(name, {})})

    def _gains_of_depth(self, hidden_sizes: object) -> tuple[float, ...]:
        """Give the gains for a network of another depth: of a layer more those of the last hidden one."""
        gains = self.layer_gains
        if len(gains) == 1 or not isinstance(hidden_sizes, tuple):
            return gains
        hidden = (*gains[:-1], *gains[-2:-1] * len(hidden_sizes))
        return (*hidden[: len(hidden_sizes)], gains[-1])

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> Self:
        """Build a spec from Python values; raises SpecError with a message for each wrong knob."""
        known = {name: value for name, value in values.items() if name in cls.model_fields}
        wrong = _unknown([name for name in values if name not in known])
        try:
            spec = cls.model_validate(known)
        except ValidationError as error:
            raise SpecError(_messages(error) | wrong) from None
        if wrong:
            raise SpecError(wrong)
        return spec

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a spec as `to_json` wrote it; knobs left out keep their defaults. Raises SpecError."""
        try:
            values = json.loads(text, object_pairs_hook=_no_duplicates, parse_int=_integer)
        except (ValueError, RecursionError) as error:
            raise SpecError({"": msg("This is not valid JSON: {why}", why=echo(str(error), 200))}) from None
        if not isinstance(values, dict):
            raise SpecError({"": msg("A spec is a JSON object of knobs and their values.")})
        for name in ("hidden_sizes", "layer_gains"):
            if isinstance(values.get(name), list):
                values[name] = tuple(values[name])
        return cls.from_values(values)

    @classmethod
    def from_file(cls, path: str | Path) -> Self:
        """Read a spec file of at most 1 MB; raises SpecError, also where the file cannot be read."""
        try:
            with Path(path).open("rb") as file:
                raw = file.read(MAX_SPEC_FILE + 1)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise SpecError({"": msg("{path} cannot be read: {why}", path=echo(str(path), 80), why=why)}) from None
        if len(raw) > MAX_SPEC_FILE:
            raise SpecError({"": msg("{path} is not a spec: it is larger than 1 MB.", path=echo(str(path), 80))})
        try:
            return cls.from_json(raw.decode("utf-8-sig"))
        except SpecError as error:
            if set(error.messages) != {""}:
                raise
            text = msg("{path} is not a spec. {why}", path=echo(str(path), 80), why=error.messages[""])
            raise SpecError({"": text}) from None
        except UnicodeDecodeError:
            raise SpecError(
                {"": msg("{path} is not a spec: it is not UTF-8 text.", path=echo(str(path), 80))}
            ) from None

    def to_json(self) -> str:
        """Write every knob as one JSON object, in the order of declaration."""
        values = self.model_dump()
        text = json.dumps(values, allow_nan=False, ensure_ascii=False)
        # a file's name need not be text, and then stands in surrogates, which no file of text can hold
        return text if is_unicode(text) else json.dumps(values, allow_nan=False)

    def flags(self) -> list[str]:
        """Give the command-line words that bring a default spec to this one."""
        words: list[str] = []
        for name, knob in KNOBS.items():
            value = getattr(self, name)
            if value == knob.default:
                continue
            text = knob.format(value)
            if knob.kind == "flag":
                words.append(knob.flag)
            elif text.startswith("--"):
                words.append(f"{knob.flag}={text}")
            else:
                words += [knob.flag, text]
        return words


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= LONGEST else text  # a text is refused at its knob


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a key stands twice")
    return values


def _messages(error: ValidationError) -> dict[str, Message]:
    messages: dict[str, Message] = {}
    for fault in error.errors(include_url=False):
        name = str(fault["loc"][0])
        messages.setdefault(name, KNOBS[name].refusal(fault["input"]))
    return messages


def _unknown(names: list[str]) -> dict[str, Message]:
    """Say for each name that it is no knob, but for no more of them than a person reads."""
    messages = {name: _no_knob(name) for name in names[:_UNKNOWN_SHOWN]}
    if len(names) > _UNKNOWN_SHOWN:
        messages[""] = msg("{n:,} more names are not knobs either.", n=len(names) - _UNKNOWN_SHOWN)
    return messages


def _no_knob(name: str) -> Message:
    near = get_close_matches(name[:_LONGEST_KNOB].lower().replace("-", "_"), KNOBS, 1)
    if not near:
        return msg("There is no knob {name}.", name=echo(name))
    return msg("There is no knob {name}; did you mean {near}?", name=echo(name), near=near[0])


KNOBS: dict[str, Knob] = {name: Knob.of_field(name, field) for name, field in TrainingSpec.model_fields.items()}
