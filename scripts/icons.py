"""Draw the program's icon in the sizes that desktops look for, from its drawing; `make icons`."""

import sys
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

RESOURCES = Path(__file__).resolve().parent.parent / "resources"
DRAWING = RESOURCES / "icons" / "app.svg"
FOLDER = RESOURCES / "share" / "icons" / "hicolor"
NAME = "org.initscope.Initscope.png"
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)


def path_of(size: int) -> Path:
    """Say where a desktop looks for the icon in this size."""
    return FOLDER / f"{size}x{size}" / "apps" / NAME


def drawn(size: int) -> QImage:
    """Draw the icon, `size` pixels wide and high."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        QSvgRenderer(QByteArray(DRAWING.read_bytes())).render(painter, QRectF(0, 0, size, size))
    return image


def main() -> int:
    """Write every size."""
    for size in SIZES:
        path_of(size).parent.mkdir(parents=True, exist_ok=True)
        drawn(size).save(str(path_of(size)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
