"""Initial weights of one's own, from a file: read without pickle and without trust, and fitted to layers."""

from model.data.weights.fitting import Fitted, fitted
from model.data.weights.tensors import Tensors, read_tensors

__all__ = ["Fitted", "Tensors", "fitted", "read_tensors"]
