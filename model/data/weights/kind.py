"""Whether a file that somebody names holds weights or samples, told by its ending and by its names."""

import zipfile
from pathlib import Path


def holds_weights(path: str | Path) -> bool:
    """Whether a file is a .safetensors, or an NPZ with the names of layers; False where it cannot be read."""
    path = Path(path)
    if path.suffix.lower() == ".safetensors":
        return True
    if path.suffix.lower() != ".npz":
        return False
    try:
        if not path.is_file():
            return False
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (Exception, MemoryError):  # noqa: BLE001  a damaged zip fails in a dozen ways
        return False
    return any(name.endswith(".weight.npy") for name in names) or {"W1.npy", "W2.npy"} <= names
