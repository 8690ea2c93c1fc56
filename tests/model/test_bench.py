"""The bench: its figures, its table, its JSON, and that it trains what it says."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from model.sweeps import bench as sweeps
from model.sweeps.bench_jax import JaxSweep, Way
from model.training.bench import closed, machine
from model.training.bench.cases import CASES, DIGITS, LARGE, SMALL
from model.training.bench.contestants import BARE, OURS, PEERS, TEXTBOOK, Contestant
from model.training.bench.report import Figure, Goal, Report
from model.training.bench.textbook import TextbookNet, train
from model.training.engine import Engine
from model.training.stepper import kernel_stepper
from scripts import performance_table

ROOT = Path(__file__).resolve().parents[2]


def refuse(case, data):
    pytest.fail("made though it is not installed")


MISSING = Contestant("nobody's library", refuse, "nobodys-library", "nobodys_library")
REPORT = Report(
    {"processor": "an abacus, 2 cores", "numpy": "2"},
    [
        Figure("closed training", "2-8-2", [1000.0, 3000.0, 2000.0], "{:,.0f} steps/s"),
        Figure("share", "2-8-2", [0.5, 0.6, 0.7], "{:.2f}", Goal(0.75)),
        Figure("lag", "2-8-2", [10.0, 20.0], "{:.1f} ms", Goal(17, at_most=True), pooled=16.0),
    ],
    ["PyTorch eager: torch is not installed"],
    12.0,
)


def cells(report: Report, what: str) -> list[str]:
    (row,) = (line for line in report.table().splitlines() if line.startswith(f"| {what} "))
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_a_figure_is_the_median_of_its_rounds_and_shows_their_spread():
    assert cells(REPORT, "closed training")[2:4] == ["2,000 steps/s", "1,000 steps/s … 3,000 steps/s"]


def test_a_missed_goal_says_by_how_much():
    assert cells(REPORT, "share")[4:] == ["≥ 0.75", "short by 20.0%"]


def test_a_pooled_figure_is_what_counts_against_the_goal():
    assert cells(REPORT, "lag")[2:] == ["16.0 ms", "10.0 ms … 20.0 ms", "≤ 17.0 ms", "met"]


@pytest.mark.parametrize(
    ("goal", "value", "missing"),
    [
        (Goal(2), 2, 0),
        (Goal(2), 1.5, 0.25),
        (Goal(10, at_most=True), 9, 0),
        (Goal(10, at_most=True), 12, 0.2),
        (Goal(2), math.nan, math.inf),
    ],
)
def test_a_goal_is_missed_by_a_part_of_its_bound(goal, value, missing):
    assert goal.shortfall(value) == pytest.approx(missing)


def test_the_report_comes_back_from_json_as_it_was():
    read = Report.from_json(json.loads(json.dumps(REPORT.to_json())))
    assert read.table() == REPORT.table()
    assert read.figures[0].values == [1000.0, 3000.0, 2000.0]


def test_json_has_value_spread_goal_and_what_is_missing():
    row = REPORT.to_json()["figures"][2]
    assert (row["value"], row["min"], row["median"], row["max"]) == (16, 10, 15, 20)
    assert row["goal"] == {"bound": 17, "at_most": True}
    assert row["short_by"] == 0


def test_what_was_not_measured_and_the_machine_stand_below_the_table():
    table = REPORT.table()
    assert "not measured: PyTorch eager: torch is not installed" in table
    assert "processor: an abacus, 2 cores" in table


def test_a_peer_that_is_not_installed_is_said_and_left_out():
    assert machine.absent((TEXTBOOK, MISSING)) == ["nobody's library: nobodys-library is not installed"]
    assert machine.describe((MISSING,))["nobodys-library"] == "not installed"
    figures = closed.measure((SMALL,), (MISSING,), rounds=1, seconds=0.001)
    assert [figure.what for figure in figures] == ["closed training"]


def test_without_jax_a_sweep_is_measured_against_closed_training_only():
    figures = sweeps.by_threads(SMALL, sweeps.square(SMALL, 2), Goal(1), None, seconds=0.001)
    assert [figure.what.partition(" on ")[0] for figure in figures] == ["sweep", "sweep"]
    assert all(len(figure.values) == sweeps.ROUNDS and min(figure.values) > 0 for figure in figures)


def test_a_sweep_has_peers_that_are_said_where_they_are_missing():
    missing = sweeps.Peer("JAX", "nobodys-library", "nobodys_library")
    assert machine.absent((missing,)) == ["JAX: nobodys-library is not installed"]
    assert {peer.package for peer in sweeps.PEERS} == {"jax", "distributed"}


@pytest.mark.parametrize("arrangement", ["vmap", "points in lanes"])
@pytest.mark.parametrize("case", [DIGITS, SMALL], ids=lambda case: case.name)
def test_jax_trains_the_same_runs_as_far_as_rounding_goes(case, arrangement):
    pytest.importorskip("jax")
    one, data = sweeps.square(case, 4), case.data()
    peer = JaxSweep(one, data)
    if Way(arrangement, one.n_points, 1) not in list(peer.ways()):
        pytest.skip("not for a network of this size")
    for threads in (1, 2):
        losses = peer.train(Way(arrangement, 5, threads))
        assert losses.shape == (one.n_points, one.base.steps)
        for place, found in enumerate(losses):
            engine = Engine(one.spec_at(place), data, kernel_stepper)
            engine.train(one.base.steps)
            ours = np.array(engine.recording.frame().loss)
            np.testing.assert_allclose(found[0], ours[0], rtol=1e-5)
            # in large weights and steps rounding grows from step to step
            if max(one.values_at(place)[knob] for knob in ("weight_init_std", "learning_rate")) < 1:
                np.testing.assert_allclose(found, ours, rtol=1e-4, atol=1e-6)


def test_dask_and_threads_take_turns():
    pytest.importorskip("distributed")
    measured = (
        "from model.sweeps import bench;"
        "figures = bench.by_dask(bench.square(bench.DIGITS, 2, 5), bench.DIGITS.data(), workers=1);"
        "print(*((each.what, len(each.values), min(each.values) > 0) for each in figures), sep='\\n')"
    )
    # in a process of its own, for Dask leaves threads behind
    done = subprocess.run([sys.executable, "-c", measured], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "('sweep by 1 thread', 3, True)",
        "('sweep by 1 worker of Dask', 3, True)",
        "('Dask to threads', 3, True)",
    ]


def test_the_fastest_peer_is_looked_for_in_every_round():
    pytorch = PEERS[1].name
    rates = {OURS.name: [100.0, 120.0], TEXTBOOK.name: [10.0, 40.0], pytorch: [20.0, 30.0], BARE.name: [200.0, 120.0]}
    rows = {figure.what: list(figure.values) for figure in closed.figures_of(LARGE, rates)}
    assert rows["closed to fastest peer measured"] == [5.0, 3.0]
    assert rows["closed to textbook class"] == [10.0, 3.0]
    assert rows["share of bare GEMM + gather"] == [0.5, 1.0]


def test_a_closed_run_measures_ours_the_textbook_and_the_bare_work():
    figures = closed.measure((DIGITS,), (TEXTBOOK,), rounds=2, seconds=0.002)
    assert [figure.what for figure in figures] == [
        "closed training",
        "textbook class",
        "closed to fastest peer measured",
        "closed to textbook class",
        "bare GEMM + gather",
        "share of bare GEMM + gather",
    ]
    assert all(len(figure.values) == 2 and min(figure.values) > 0 for figure in figures)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_is_the_network_of_its_name(case):
    data = case.data()
    spec = case.spec(10)
    sizes = (data.x_train.shape[1], *spec.hidden_sizes, len(data.class_names))
    assert "-".join(map(str, sizes)) == case.name
    assert spec.batch_size == case.batch_size


def test_the_textbook_class_has_the_gradient_of_its_loss():
    rng = np.random.default_rng(0)
    net = TextbookNet(3, 4, 2, weight_init_std=0.1)
    x, t = rng.standard_normal((5, 3)), np.array([0, 1, 1, 0, 1])
    for name, gradient in net.gradient(x, t).items():
        values = net.params[name]
        index = (0,) * values.ndim
        kept, losses = values[index], []
        for change in (1e-5, -1e-5):
            values[index] = kept + change
            losses.append(net.loss(x, t))
        values[index] = kept
        assert gradient[index] == pytest.approx((losses[0] - losses[1]) / 2e-5, abs=1e-6)


def test_the_textbook_script_learns_and_notes_every_loss():
    data = SMALL.data()
    net = TextbookNet(2, 8, 2, weight_init_std=0.5)
    losses = train(net, data.x_train, data.t_train, 10, 300, np.random.RandomState(0))
    assert len(losses) == 300
    assert np.mean(losses[-50:]) < 0.8 * np.mean(losses[:10])


def test_the_document_takes_the_table_of_a_json_file(tmp_path):
    results, document = tmp_path / "bench.json", tmp_path / "performance.md"
    results.write_text(json.dumps(REPORT.to_json()))
    document.write_text("before\n<!-- figures: made -->\nold\n<!-- end of figures -->\nafter\n")
    performance_table.main(results, document)
    text = document.read_text()
    assert "old" not in text
    assert REPORT.table().rstrip("\n") in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
