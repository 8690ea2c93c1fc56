"""Runs with other seeds: each as it would be alone, and their quantiles and shares as an oracle computes them."""

import math

import numpy as np
import pytest

from model.data.dataset import Dataset
from model.data.prepare import load
from model.figures.figure import Dots, Line, View
from model.figures.panels import PANELS
from model.figures.panels.seed_band import OTHER
from model.figures.tables import TABLES
from model.insight.seed_runs import Repeat, SeedRequest, SeedRuns, quantiles, read_request, usual_request, wilson
from model.training.engine import Engine
from model.training.frame import Frame
from model.training.knob import SpecError
from model.training.spec import TrainingSpec
from model.training.stepper import kernel_stepper

SPEC = TrainingSpec(
    dataset="xor", hidden_sizes=(2,), activation="tanh", init="he", learning_rate=0.5, steps=300, seed=5
)  # fmt: skip


@pytest.fixture(scope="module")
def data() -> Dataset:
    return load(SPEC.data_request)


def repeated(spec: TrainingSpec, data: Dataset, request: SeedRequest) -> list[SeedRuns]:
    told: list[SeedRuns] = []
    Repeat(spec, data, request, kernel_stepper, told.append).run()
    return told


def alone(spec: TrainingSpec, data: Dataset, seed: int) -> Frame:
    engine = Engine(spec.replaced(seed=seed), data, kernel_stepper)
    engine.train(spec.steps)
    frame = engine.recording.frame()
    assert frame is not None
    return frame


@pytest.fixture(scope="module")
def runs(data: Dataset) -> SeedRuns:
    return repeated(SPEC, data, SeedRequest(8, "loss", 0.3))[-1]


@pytest.fixture(scope="module")
def frames(data: Dataset) -> list[Frame]:
    return [alone(SPEC, data, 5 + k) for k in range(8)]


def test_each_run_is_told_as_it_comes_and_is_what_it_would_be_alone(data: Dataset, frames: list[Frame]) -> None:
    told = repeated(SPEC, data, SeedRequest(8, "loss", 0.3))
    assert [each.n for each in told] == list(range(1, 9))
    assert told[0].seconds_left > 0
    assert told[-1].seconds_left == 0
    for run, frame in zip(told[-1].runs, frames, strict=True):
        assert run.seed == frame.spec.seed
        np.testing.assert_array_equal(run.means[:, 0], frame.loss)
        np.testing.assert_array_equal(run.means[:, 1:], frame.grad_norms)
        np.testing.assert_array_equal(run.evaluations, frame.evaluations)


def test_the_level_is_reached_where_20_batches_in_a_row_first_come_down_to_it(
    runs: SeedRuns, frames: list[Frame]
) -> None:
    expected = []
    for frame in frames:
        means = [frame.loss[k - 20 : k].mean() for k in range(20, len(frame.loss) + 1)]
        expected.append(next((20 + k for k, mean in enumerate(means) if mean <= 0.3), None))
    assert [run.reached for run in runs.runs] == expected
    assert None in expected
    assert any(expected)
    k = sum(each is not None for each in expected)
    assert runs.share == (k / 8, *wilson(k, 8))


def test_an_accuracy_is_reached_at_the_first_evaluation_with_it(data: Dataset, frames: list[Frame]) -> None:
    found = repeated(SPEC, data, SeedRequest(8, "accuracy", 0.8))[-1]
    for run, frame in zip(found.runs, frames, strict=True):
        there = [int(s) for s, row in zip(frame.eval_steps, frame.evaluations, strict=True) if row[1] >= 0.8]
        assert run.reached == (there[0] if there else None)


def test_the_band_of_the_loss_is_made_of_quantiles_over_the_seeds(runs: SeedRuns, frames: list[Frame]) -> None:
    figure = PANELS["loss"].make(frames[0], View(seeds=runs))
    band = next(mark for mark in figure.plots[0].marks if mark.key == "seeds")
    assert isinstance(band, Line)
    assert band.role == "train"
    rows = sorted(np.array([frame.loss for frame in frames]).T.tolist(), key=lambda _: 0)
    for step in (0, 17, 299):
        ordered = sorted(rows[step])
        assert band.y[step] == pytest.approx((ordered[3] + ordered[4]) / 2)
        assert band.low is not None
        assert band.low[step] == pytest.approx(ordered[0] + 0.7 * (ordered[1] - ordered[0]))
        assert band.high is not None
        assert band.high[step] == pytest.approx(ordered[6] + 0.3 * (ordered[7] - ordered[6]))


@pytest.mark.parametrize("panel", ["loss", "accuracy", "gradients"])
def test_a_band_of_other_knobs_never_looks_like_the_present_run(runs: SeedRuns, data: Dataset, panel: str) -> None:
    def bands(spec: TrainingSpec) -> list[Line]:
        marks = PANELS[panel].make(alone(spec, data, spec.seed), View(seeds=runs)).plots[0].marks
        return [mark for mark in marks if isinstance(mark, Line) and mark.low is not None]

    own = bands(SPEC.replaced(seed=99, steps=40))
    assert own
    assert OTHER not in {band.role for band in own}
    assert {str(band.label) for band in own} == {"8 seeds"}
    other = bands(SPEC.replaced(init="std", weight_init_std=0.01, steps=40))
    assert {band.role for band in other} == {OTHER}
    assert {str(band.label) for band in other} == {"8 seeds, He"}
    deeper = bands(SPEC.replaced(hidden_sizes=(3, 3), steps=40))
    assert len(deeper) == len(own)


def test_a_run_that_broke_counts_as_the_worst() -> None:
    rows = np.array([[1.0, 1.0], [2.0, math.nan], [3.0, math.inf], [4.0, 4.0], [5.0, 5.0]])
    low, middle, high = quantiles(rows)
    assert (low[0], middle[0], high[0]) == (1.4, 3.0, 4.6)
    assert middle[1] == 5.0  # of 1, 4, 5, inf, inf
    assert high[1] == math.inf
    spec = SPEC.replaced(learning_rate=1e30, activation="linear", dtype="float32")
    found = repeated(spec, load(spec.data_request), SeedRequest(3, "loss", 0.3))[-1]
    assert all(run.diverged is not None and run.reached is None for run in found.runs)
    figure = PANELS["seeds"].make(alone(spec, load(spec.data_request), 5), View(seeds=found))
    assert "0 of 3 runs" in str(figure.summary)
    assert any("3 of them diverged" in str(passage.text) for passage in figure.passages)


def test_the_interval_of_a_share_is_wilsons() -> None:
    # By the formula in Brown, Cai & DasGupta 2001, eq. 4, worked out by hand for 95 %
    for (k, n), (low, high) in {(16, 20): (0.5840, 0.9193), (0, 10): (0.0, 0.2775), (10, 10): (0.7225, 1.0)}.items():
        assert wilson(k, n) == pytest.approx((low, high), abs=5e-5)


def test_the_share_rises_at_the_steps_at_which_runs_got_there(runs: SeedRuns, frames: list[Frame]) -> None:
    figure = PANELS["seeds"].make(frames[0], View(seeds=runs))
    (each,) = (mark for mark in figure.plots[0].marks if isinstance(mark, Dots))
    assert each.x.tolist() == sorted(run.reached for run in runs.runs if run.reached is not None)
    share = next(mark for mark in figure.plots[1].marks if isinstance(mark, Line))
    for step in range(0, 300, 7):
        there = sum(run.reached is not None and run.reached <= step for run in runs.runs)
        at = int(np.searchsorted(share.x, step, side="right")) - 1
        assert share.y[at] == there / 8


def test_a_repeat_that_is_stopped_keeps_what_is_finished(data: Dataset) -> None:
    told: list[SeedRuns] = []

    def tell(runs: SeedRuns) -> None:
        told.append(runs)
        if runs.n == 3:
            repeat.stop()

    repeat = Repeat(SPEC, data, SeedRequest(8, "loss", 0.3), kernel_stepper, tell)
    repeat.run()
    assert [each.n for each in told] == [1, 2, 3]
    assert any("3 of 8 runs so far" in str(p.text) for p in PANELS["seeds"].make(
        alone(SPEC, data, 5), View(seeds=told[-1])
    ).passages)  # fmt: skip


def test_a_long_run_is_kept_at_no_more_than_1024_places(data: Dataset) -> None:
    spec = SPEC.replaced(steps=5000)
    found = repeated(spec, data, SeedRequest(2, "loss", 0.3))[-1]
    x, rows = found.curves(0)
    frame = alone(spec, data, 5)
    assert len(x) <= 1024
    width = found.stride
    last = (len(x) - 1) * width
    np.testing.assert_allclose(rows[0][:-1], frame.loss[:last].reshape(-1, width).mean(axis=1))
    assert x[0] == (width - 1) / 2


def test_the_data_hold_a_row_for_each_seed_and_the_quantiles_beside_the_run(
    runs: SeedRuns, frames: list[Frame]
) -> None:
    (table,) = TABLES["seeds"](frames[0], View(seeds=runs))
    rows = list(table.rows(["seed", "reached_at", "final_loss", "test_accuracy"]))
    assert [row[0] for row in rows] == list(range(5, 13))
    assert [row[1] for row in rows] == [run.reached for run in runs.runs]
    assert rows[2][3] == frames[2].evaluations[-1, 1]
    (loss,) = TABLES["loss"](frames[0], View(seeds=runs))
    cells = [row for row in loss.rows(["run", "step", "loss"]) if row[2] is not None]
    assert {row[0] for row in cells} == {
        "now", "8 seeds: 10 % quantile", "8 seeds: median", "8 seeds: 90 % quantile",
    }  # fmt: skip
    medians = [row[2] for row in cells if row[0] == "8 seeds: median"]
    np.testing.assert_allclose(medians, np.median([frame.loss for frame in frames], axis=0))


def test_what_is_typed_is_read_or_refused() -> None:
    assert read_request("12", "accuracy", "0.9") == SeedRequest(12, "accuracy", 0.9)
    assert read_request("200", "loss", "1/4").level == 0.25
    for n, quantity, level, field in (
        ("1", "loss", "1", "repeat_seeds"),
        ("201", "loss", "1", "repeat_seeds"),
        ("two", "loss", "1", "repeat_seeds"),
        ("5", "accuracy", "1.1", "repeat_level"),
        ("5", "loss", "-1", "repeat_level"),
        ("5", "loss", "nan", "repeat_level"),
    ):
        with pytest.raises(SpecError) as refused:
            read_request(n, quantity, level)
        assert list(refused.value.messages) == [field]
    assert usual_request(10).level == pytest.approx(math.log(10) / 2, rel=2e-3)
    assert SeedRequest(3, "loss", 1).seeds(2**32 - 2) == (2**32 - 2, 2**32 - 1, 0)
