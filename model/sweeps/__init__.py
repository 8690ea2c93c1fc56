"""Sweeps: the same training over a range of one knob, or of two, and over seeds."""
