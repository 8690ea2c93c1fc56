"""Asking which runs to compare."""
