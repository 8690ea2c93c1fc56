"""Opens a window and ends with its first paint: how long a start takes. `python -m gui.first_paint window|bare`."""

import os
import sys


def main(which: str) -> None:
    """Show the program's window, or a bare pyqtgraph window with as many plots, and leave at its first paint."""
    if which == "bare":
        import pyqtgraph as pg

        application = pg.mkQApp()
        bare = pg.GraphicsLayoutWidget()
        for index in range(7):
            bare.addPlot(index // 3, index % 3)
        bare.resize(1400, 900)
        bare.show()
        painted = bare
    else:
        from gui.start import prepare

        prepare()
        from gui.app import launch

        application, window = launch([])
        painted = window.dashboard.panels["loss"].canvas
    # Python's own painting of the scene is done when the next event is handled
    while not painted.isVisible() or not painted.window().windowHandle().isExposed():
        application.processEvents()
    application.processEvents()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
