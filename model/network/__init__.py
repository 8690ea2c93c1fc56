"""Networks: the readable classes, and the kernels that do the same without the GIL."""
