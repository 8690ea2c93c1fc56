"""`python -m gui.bench.windowed`: the figures that need a window, as JSON on standard output; status 2 without one."""

import json
import sys

from gui.start import prepare
from model import collector


def main() -> None:
    """Measure the window, each thing on a new one."""
    prepare()
    from PySide6.QtWidgets import QApplication

    from gui.app import configure
    from gui.bench import compared, live, long_runs, scrub, startup, swept
    from model.training.bench.cases import DEEP, DIGITS, LARGE

    application = QApplication.instance() or QApplication(["initscope"])
    assert isinstance(application, QApplication)  # noqa: S101
    configure(application)
    collector.settle()
    figures = [
        *long_runs.measure(),  # first, while the process holds nothing else
        *live.measure(LARGE),
        *live.measure(DIGITS),
        *live.measure_all_panels(LARGE),
        *live.measure_all_panels(DEEP),
        *scrub.measure(DIGITS),
        *compared.measure(DIGITS),
        *swept.measure(),
        *startup.measure(),
    ]
    json.dump([figure.to_json() for figure in figures], sys.stdout)


if __name__ == "__main__":
    main()
