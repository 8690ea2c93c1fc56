"""The facts about a data set that a person wants to see before training on it."""

from dataclasses import dataclass

from model.data.dataset import Dataset
from model.words import Message


@dataclass(frozen=True, slots=True)
class DataFacts:
    """What a preview shows of a data set; `samples` is `n_train` + `n_test`."""

    name: str
    samples: int
    features: int
    n_train: int
    n_test: int
    class_counts: tuple[tuple[str, int], ...]
    """(name, samples) of each class, training and test together."""
    image_shape: tuple[int, int] | None
    scaling: Message
    split: Message
    notes: tuple[Message, ...]


def describe(dataset: Dataset) -> DataFacts:
    """Gather the facts about a data set."""
    return DataFacts(
        name=dataset.name,
        samples=dataset.n_train + dataset.n_test,
        features=dataset.n_features,
        n_train=dataset.n_train,
        n_test=dataset.n_test,
        class_counts=tuple(dataset.class_counts()),
        image_shape=dataset.image_shape,
        scaling=dataset.scaling,
        split=dataset.split,
        notes=dataset.notes,
    )
