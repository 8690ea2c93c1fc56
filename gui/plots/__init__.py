"""Live plots: Figures drawn by pyqtgraph."""
