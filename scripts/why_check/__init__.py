"""Judges what *Why?* says of random runs, by an oracle that shares nothing with its rules."""
