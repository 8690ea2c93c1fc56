"""Files that are something else than data: recognised by how they begin, named, and what to do about it."""

import re
import zipfile

from model.data.loaders.reading import Source
from model.words import Message, msg

HEAD = 4096
"""Bytes from the beginning of a file that are enough to tell."""

_RESAVE = "np.savez(file, x_train=…, t_train=…)"
_UNPACK = msg("an archive; unpack it and open the file in it")
_PICTURE = msg("a single image; choose an NPZ, CSV or IDX file that holds all samples")
_PICKLE = msg("a file of Python objects; re-save it as numbers by {call}", call=_RESAVE)
_AS_CSV = msg("a spreadsheet; save it as CSV")

# Whole sentences would repeat what they share: each completes "… is …."
_BEGINNINGS: tuple[tuple[bytes, Message], ...] = (
    (b"\x89PNG", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"GIF8", _PICTURE),
    (b"II*\0", _PICTURE),
    (b"MM\0*", _PICTURE),
    (b"PAR1", msg("a Parquet file; save it as CSV, by pandas: read_parquet(…).to_csv(…, index=False)")),
    (b"ARROW1", msg("a Feather (Arrow) file; save it as CSV, by pandas: read_feather(…).to_csv(…, index=False)")),
    (b"MATLAB ", msg("a MATLAB file; load it by scipy.io.loadmat and save it by {call}", call=_RESAVE)),
    (b"\x89HDF\r\n\x1a\n", msg("an HDF5 file; load it by h5py or pandas and save it by {call}", call=_RESAVE)),
    (b"SQLite format 3\0", msg("an SQLite database; export the table as CSV")),
    (b"\xd0\xcf\x11\xe0", _AS_CSV),
    (b"7z\xbc\xaf\x27\x1c", _UNPACK),
    (b"Rar!\x1a\x07", _UNPACK),
    (b"BZh", _UNPACK),
    (b"\xfd7zXZ\0", _UNPACK),
    (b"\x28\xb5\x2f\xfd", _UNPACK),
    (b"\x93NUMPY", msg("a single array; save inputs and labels together by {call}", call=_RESAVE)),
    *((bytes([0x80, protocol]), _PICKLE) for protocol in range(2, 6)),
    (b"RDX", msg("an R workspace; save the table as CSV, by write.csv(…, row.names = FALSE)")),
)  # fmt: skip
_BINARY = re.compile(rb"[\0-\x08\x0e-\x1a]")
_TEXTS: tuple[tuple[re.Pattern[bytes], Message], ...] = (
    (
        re.compile(rb"version https://git-lfs"),
        msg("a Git LFS pointer, not the data itself; run git lfs pull, or download the file"),
    ),
    (re.compile(rb"%PDF-"), msg("a PDF document; export its table as CSV")),
    (re.compile(rb"BM.{4}\0{4}", re.DOTALL), _PICTURE),
    (
        re.compile(rb"(<!--.{0,400}?-->\s*)?<(!doctype\s+html|html|head|body)", re.IGNORECASE | re.DOTALL),
        msg("a web page, not data: download the file itself, not the page that shows it (on GitHub: Raw)"),
    ),
    (re.compile(rb"<svg|<\?xml.{0,400}?<svg", re.IGNORECASE | re.DOTALL), _PICTURE),
    (re.compile(rb"<\?xml|<[a-z]", re.IGNORECASE), msg("an XML document; export its table as CSV")),
    (
        re.compile(rb"(%.{0,2000}?\n)?@relation\b", re.IGNORECASE | re.DOTALL),
        msg("an ARFF file (Weka); save it as CSV"),
    ),
    (re.compile(rb"\{\s*\"cells\""), msg("a Jupyter notebook; save the data in it by {call}", call=_RESAVE)),
    (re.compile(rb"\{\s*[\"}]|\[\s*[\[{\"]"), msg("JSON; a spec is opened as a spec, other data must be saved as CSV")),
    (re.compile(rb"\{\\rtf"), msg("a text document; save its table as CSV")),
)  # fmt: skip
_TAR_MARK_AT, _TAR_MARK = 257, b"ustar"
_OFFICE = {"xl/": _AS_CSV, "content.xml": _AS_CSV, "word/": msg("a text document; save its table as CSV")}
_TORCH = msg("a PyTorch file of Python objects; re-save it as numbers by {call}", call=_RESAVE)


def what_it_is(head: bytes) -> Message | None:
    """Name what begins so and is no data that can be read; None where it may be data.

    Parameters
    ----------
    head : the first HEAD bytes of a file, unpacked where it was gzipped
    """
    # a table may begin with the column PAR1 or BMI, but no table holds control characters
    for beginning, what in _BEGINNINGS if _BINARY.search(head) else ():
        if head.startswith(beginning):
            return what
    if head[_TAR_MARK_AT:].startswith(_TAR_MARK):
        return _UNPACK
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((what for pattern, what in _TEXTS if pattern.match(text)), None)


def what_archive(source: Source) -> Message | None:
    """Name a zip that is no NPZ; None where arrays are in it, or it is damaged."""
    try:
        with zipfile.ZipFile(source) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, EOFError, NotImplementedError):
        return None
    if not names or any(name.endswith(".npy") for name in names):
        return None
    for part, what in _OFFICE.items():
        if any(name == part or name.startswith(part) for name in names):
            return what
    return _TORCH if any(name.endswith("data.pkl") for name in names) else _UNPACK


def refusal(shown: str, what: Message) -> Message:
    """Say of a file what it is."""
    return msg("{name} is {what}.", name=shown, what=what)
