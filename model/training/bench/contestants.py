"""Who is measured: this program's closed training, its peers, and the bare work as a bound."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from model.data.dataset import Dataset
from model.training.bench.bare import bare_steps
from model.training.bench.cases import Case
from model.training.bench.textbook import TextbookNet
from model.training.bench.textbook import train as train_textbook
from model.training.engine import Engine
from model.training.stepper import kernel_stepper

_LEARNING_RATE = 0.1

Run = Callable[[int], int]
"""Trains about so many steps on, and returns how many it were."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """One way to train; `package` is what it needs beside this program's own requirements."""

    name: str
    make: Callable[[Case, Dataset], Run]
    package: str = ""
    module: str = ""

    @property
    def installed(self) -> bool:
        return not self.module or find_spec(self.module) is not None


def _initscope(case: Case, data: Dataset) -> Run:
    engine = Engine(case.spec(1_000_000), data, kernel_stepper)

    def run(steps: int) -> int:
        engine.train(engine.recording.step + steps)
        return steps

    return run


def _textbook(case: Case, data: Dataset) -> Run:
    net = TextbookNet(data.x_train.shape[1], case.hidden, len(data.class_names))
    x, t = np.asarray(data.x_train, dtype=np.float64), data.t_train
    rng = np.random.RandomState(0)

    def run(steps: int) -> int:
        return len(train_textbook(net, x, t, case.batch_size, steps, rng))

    return run


def _pytorch(case: Case, data: Dataset) -> Run:
    """A training loop as its tutorials have it, in float32; the loss is read at every step, as here."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    x, t = torch.tensor(data.x_train, dtype=torch.float32), torch.tensor(data.t_train)
    net = torch.nn.Sequential(
        torch.nn.Linear(x.shape[1], case.hidden),
        torch.nn.ReLU(),
        torch.nn.Linear(case.hidden, len(data.class_names)),
    )
    loss_of = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=_LEARNING_RATE)

    def run(steps: int) -> int:
        losses = []
        for _ in range(steps):
            batch = torch.randint(len(x), (case.batch_size,))
            optimizer.zero_grad()
            loss = loss_of(net(x[batch]), t[batch])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return len(losses)

    return run


def _scikit_learn(case: Case, data: Dataset) -> Run:
    """`MLPClassifier.fit` in float32, for as many whole epochs as that takes."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    per_epoch = len(data.x_train) // case.batch_size
    rows = slice(per_epoch * case.batch_size)  # whole batches only: all steps cost the same
    x, t = np.asarray(data.x_train[rows], dtype=np.float32), data.t_train[rows]

    def run(steps: int) -> int:
        epochs = max(1, steps // per_epoch)
        classifier = MLPClassifier(
            (case.hidden,),
            solver="sgd",
            momentum=0.0,
            alpha=0.0,
            batch_size=case.batch_size,
            learning_rate_init=_LEARNING_RATE,
            max_iter=epochs,
            n_iter_no_change=epochs + 1,
            random_state=0,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            classifier.fit(x, t)
        return epochs * per_epoch

    return run


def _bare(case: Case, data: Dataset) -> Run:
    work = bare_steps(case, data)

    def run(steps: int) -> int:
        work(steps)
        return steps

    return run


OURS = Contestant("Initscope", _initscope)
TEXTBOOK = Contestant("textbook class", _textbook)
BARE = Contestant("bare GEMM + gather", _bare)
PEERS = (
    TEXTBOOK,
    Contestant("PyTorch eager", _pytorch, "torch", "torch"),
    Contestant("scikit-learn", _scikit_learn, "scikit-learn", "sklearn"),
)
