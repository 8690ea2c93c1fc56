"""Everything that knows no Qt: networks, data, training, figures and the command line."""

__version__ = "0.1.0"
