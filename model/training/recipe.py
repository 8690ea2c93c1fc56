"""The recipe of a run: the spec that trains it in one go, whatever happened on its way."""

from model.training.engine import STOPS, Engine
from model.training.spec import KNOBS, TrainingSpec


def recipe(spec: TrainingSpec, engine: Engine | None) -> TrainingSpec:
    """Give the spec that makes a run again without the stops that it went on from.

    Parameters
    ----------
    spec : of the run, with its live changes
    engine : that trains it, None while there is none yet
    """
    if engine is None:
        return spec
    values: dict[str, object] = {"steps": engine.recording.target}
    for name, stop in STOPS.items():
        if engine.passed & stop:
            values[name] = KNOBS[name].default
    again = spec.replaced(**values)
    # where it stops depends on where it is evaluated
    interval = engine.recording.eval_interval
    return again.replaced(eval_every=interval) if again.stop_accuracy and again.eval_interval != interval else again
