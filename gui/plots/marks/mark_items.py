"""The marks of a Figure as pyqtgraph items that are made once and then only given new data."""

from gui.plots.marks.bars import BarsItem
from gui.plots.marks.dots import DotsItem
from gui.plots.marks.guide import GuideItem
from gui.plots.marks.image import ImageItem
from gui.plots.marks.line import LineItem
from gui.plots.marks.segments import SegmentsItem
from gui.plots.marks.texts import TextsItem
from model.figures.figure import Bars, Dots, Guide, Image, Line, Mark, Segments, Texts

MarkItem = LineItem | BarsItem | GuideItem | DotsItem | ImageItem | SegmentsItem | TextsItem


def item_for(mark: Mark) -> MarkItem:
    """Make the item that shows this kind of mark."""
    match mark:
        case Line():
            return LineItem()
        case Bars():
            return BarsItem()
        case Guide():
            return GuideItem(mark)
        case Dots():
            return DotsItem()
        case Image():
            return ImageItem()
        case Segments():
            return SegmentsItem()
        case Texts():
            return TextsItem()
