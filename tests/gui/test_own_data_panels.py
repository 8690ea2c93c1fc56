"""Every panel shows data as people have it: classes without a training sample, one class, two rows, odd names."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gui.window.main_window import MainWindow
from model.figures.export import PictureOptions, save_figure
from model.figures.panels import PANELS
from model.figures.provenance import Provenance
from tests.gui.person import action, settle, until

RNG = np.random.default_rng(1)
N = 60
TRAINED = np.random.default_rng(0).permutation(N)[: round(0.8 * N)]
"""The rows that data seed 0 and a train fraction of 0.8 train on."""


def table(x: np.ndarray, t: object) -> str:
    return "".join(",".join(map(repr, row)) + f",{label}\n" for row, label in zip(x.tolist(), list(t), strict=True))


def rare(n_features: int) -> str:
    """Give a table whose third class has no sample to train on."""
    t = np.arange(N) % 2
    t[np.setdiff1d(np.arange(N), TRAINED)[:2]] = 2
    return table(RNG.normal(size=(N, n_features)), t)


def untested(n_features: int) -> str:
    """Give a table whose third class has no sample to test on."""
    t = np.arange(N) % 2
    t[TRAINED[:3]] = 2
    return table(RNG.normal(size=(N, n_features)), t)


CASES: dict[str, Callable[[], str]] = {
    "a class without a training sample, in the plane": lambda: rare(2),
    "a class without a training sample": lambda: rare(5),
    "a class without a test sample": lambda: untested(2),
    "one class": lambda: table(RNG.normal(size=(N, 2)), [7] * N),
    "one feature": lambda: table(RNG.normal(size=(N, 1)), np.arange(N) % 3),
    "two rows": lambda: "1.5,2.5,0\n3.5,4.5,1\n",
    "a class for every row": lambda: table(RNG.normal(size=(N, 2)), np.arange(N) * 3),
    "constant features": lambda: table(np.ones((N, 2)), np.arange(N) % 2),
    "huge and tiny features": lambda: table(np.array([1e300, 1e-300]) * RNG.normal(size=(N, 2)), np.arange(N) % 2),
    "names that cannot be shown": lambda: (
        "a\x1bb,$x^2$,kind\n" + table(RNG.normal(size=(N, 2)), ["x\x07", "_<b>$"] * (N // 2))
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_panel_shows_it_live_and_in_files(
    shared_window: MainWindow, tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    window = shared_window
    path = tmp_path / "own.csv"
    path.write_text(CASES[name]())
    window.session.take(
        window.session.spec.replaced(data=str(path), label_column="last" if name != "one class" else "3", batch_size=1)
    )
    settle(window)
    action(window, "step").trigger()
    settle(window)
    for panel_id in window.dashboard.panels:
        window.dashboard.reveal(panel_id)
        settle(window)
        view = window.dashboard.panels[panel_id]
        until(lambda view=view: view.figure is not None)
    assert [record.getMessage() for record in caplog.records if "cannot show" in record.getMessage()] == []
    frame = window.session.frame
    provenance = Provenance(frame.spec.to_json(), frame.step, "0", ())
    for panel_id in ("features", "decision"):
        panel = PANELS[panel_id]
        figure = panel.make(frame, panel.view)
        target = tmp_path / f"{panel_id}.svg"
        save_figure(figure, panel.view, target, options=PictureOptions(), provenance=provenance)
