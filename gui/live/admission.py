"""Admission: what a spec needs before it may take the place of the one in force, its data and room for its run."""

from model.data.dataset import DataError, Dataset
from model.data.prepare import load
from model.training import memory
from model.training.knob import SpecError
from model.training.spec import KNOBS, TrainingSpec
from model.words import msg


def data_for(spec: TrainingSpec, present: TrainingSpec, data: Dataset, name: str) -> Dataset:
    """Give the data of a spec, those at hand where it asks for the same; raises SpecError at the knob turned."""
    if spec.data_request == present.data_request:
        return data
    try:
        return load(spec.data_request)
    except DataError as error:
        raise SpecError({name: error.message}) from None


def check(spec: TrainingSpec, data: Dataset, name: str) -> None:
    """Refuse what data or machine cannot take; the message stands at the knob that was turned."""
    try:
        memory.check(spec, data)
    except SpecError as error:
        if name and name not in error.messages:
            ((knob, message),) = error.messages.items()
            raise SpecError({name: msg("{knob} {message}", knob=KNOBS[knob].label, message=message)}) from None
        raise
