"""Figures: pure data that says what to draw, made from a Frame, drawn by any renderer."""
