"""Measuring how fast the training is without a window, and the table of all figures; `gui.bench` adds the window's."""
