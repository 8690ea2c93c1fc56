"""What is said of the accuracy names the step it was evaluated at, and nothing is said before that."""

import pytest

from model.data.dataset import DataRequest, Dataset
from model.data.prepare import load
from model.figures.panels import PANELS
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.spec import TrainingSpec
from model.training.stepper import ClassStepper

SPEC = TrainingSpec(hidden_sizes=(5,), batch_size=10, steps=40, eval_every=20)


@pytest.fixture(scope="module", params=[0.8, 1.0], ids=["with a test set", "without one"])
def data(request: pytest.FixtureRequest) -> Dataset:
    return load(DataRequest(dataset="moons", samples=60, train_fraction=request.param))


def frame_at(step: int | None, data: Dataset) -> Frame:
    engine = Engine(SPEC, data, ClassStepper)
    if step is not None:
        engine.train(step)
    return engine.recording.frame()


def words_of(panel: str, frame: Frame) -> list[str]:
    figure = PANELS[panel].make(frame, PANELS[panel].view)
    notes = [note.text for plot in figure.plots for note in plot.notes]
    return [str(text) for text in (figure.summary, *notes, *(passage.text for passage in figure.passages))]


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("step", [None, 0, 1, 18], ids=["not evaluated yet", "untrained", "one step", "18 steps"])
def test_no_panel_says_a_number_that_there_is_not(panel: str, step: int | None, data: Dataset) -> None:
    assert not [text for text in words_of(panel, frame_at(step, data)) if "nan" in text]


def test_the_accuracy_is_said_with_the_step_of_its_evaluation(data: Dataset) -> None:
    frame = frame_at(18, data)
    assert (frame.step, frame.evaluated_at) == (18, 0)
    said = f"At step 18, the newest accuracy is that of step 0: train {frame.evaluations[0, 0]:.4g}"
    assert words_of("accuracy", frame)[0].startswith(said)
    assert words_of("accuracy", frame_at(20, data))[0].startswith("Accuracy at step 20: ")


def test_before_the_first_evaluation_no_accuracy_is_said(data: Dataset) -> None:
    assert frame_at(None, data).evaluated_at is None
    assert words_of("accuracy", frame_at(None, data)) == ["Accuracy: not evaluated yet."]


def test_the_update_ratios_are_said_with_the_step_that_they_were_recorded_at(data: Dataset) -> None:
    said = words_of("updates", frame_at(18, data))[0]
    assert said.startswith("At step 18, the newest update ratios, powers of ten, are those of step 0: W1 ")
    assert "b1 ∞" in said  # a bias begins at 0
