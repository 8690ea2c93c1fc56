"""Make resources/digits.npz from scikit-learn's copy of the digits, or verify the one that is there."""

import argparse
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.datasets import load_digits  # type: ignore[import-untyped]

TARGET = Path(__file__).resolve().parent.parent / "resources" / "digits.npz"
N_TRAIN = 1500


def arrays() -> dict[str, npt.NDArray[np.uint8]]:
    """Give the digits in file order, the first 1,500 to train on: x (n, 64) of 0 … 16, t (n,) of 0 … 9."""
    x, t = (np.asarray(part, dtype=np.uint8) for part in load_digits(return_X_y=True))
    return {"x_train": x[:N_TRAIN], "t_train": t[:N_TRAIN], "x_test": x[N_TRAIN:], "t_test": t[N_TRAIN:]}


def differences(path: Path) -> list[str]:
    """Name the arrays of a file that are not exactly what would be written."""
    expected = arrays()
    with np.load(path, allow_pickle=False) as file:
        found = dict(file)
    return sorted(
        name
        for name in expected.keys() | found.keys()
        if name not in expected
        or name not in found
        or expected[name].dtype != found[name].dtype
        or not np.array_equal(expected[name], found[name])
    )


def main() -> int:
    """Write the file, or with --verify compare it; 1 if it differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verify", action="store_true", help="compare instead of writing")
    parser.add_argument("--file", type=Path, default=TARGET, help="the file to write or to compare")
    options = parser.parse_args()
    if not options.verify:
        # NumPy stamps every member 1980-01-01: the same zlib gives the same bytes.
        np.savez_compressed(options.file, **arrays())
    wrong = differences(options.file)
    print(f"{options.file}: {'differs in ' + ', '.join(wrong) if wrong else 'is what the script makes'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
