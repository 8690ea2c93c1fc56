"""pyqtgraph as the start imports it, in a process of its own, since it is imported once."""

import subprocess
import sys

_SEEN = """
from gui.qt_names import import_pyqtgraph
import_pyqtgraph()
import pyqtgraph.Qt
from PySide6 import QtCore, QtGui, QtWidgets
for qt in (QtCore, QtGui, QtWidgets):
    mirror = getattr(pyqtgraph.Qt, qt.__name__.split(".")[-1])
    assert len(dir(qt)) > 200
    for name in dir(qt):
        assert name.startswith("__") or getattr(mirror, name) is getattr(qt, name), name
    assert not hasattr(mirror, "QNothing")
assert issubclass(pyqtgraph.GraphicsView, QtWidgets.QGraphicsView)
"""


def test_pyqtgraph_finds_every_name_of_qt_and_the_same_object_behind_it():
    seen = subprocess.run([sys.executable, "-c", _SEEN], capture_output=True, text=True, timeout=60, check=False)
    assert (seen.returncode, seen.stderr) == (0, "")


def test_the_import_makes_few_of_the_classes_of_qt():
    made = "import sys; from gui.qt_names import import_pyqtgraph; import_pyqtgraph(); from PySide6 import QtWidgets; "
    made += "print(sum(isinstance(each, type) for each in vars(QtWidgets).values()))"
    few = subprocess.run([sys.executable, "-c", made], capture_output=True, text=True, timeout=60, check=True)
    made = made.replace("from gui.qt_names import import_pyqtgraph; import_pyqtgraph()", "import pyqtgraph")
    all_ = subprocess.run([sys.executable, "-c", made], capture_output=True, text=True, timeout=60, check=True)
    assert int(few.stdout) < 0.5 * int(all_.stdout), (few.stdout, all_.stdout)
