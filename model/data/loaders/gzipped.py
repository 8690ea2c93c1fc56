"""The content of gzip files, inflated only as far as it is asked for."""

import zlib

from model.data.loaders.reading import BLOCK, Source, check_ratio, damaged

GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31


class Unpacked:
    """The content of a gzip file of one member, to be read like the file itself.

    The gzip module would read a name without an end byte by byte, which takes minutes.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.shown = source.shown
        self.title = source.title
        self._n_read = 0
        self._inflate = zlib.decompressobj(_GZIP_WINDOW)

    def read(self, n: int = BLOCK, /) -> bytes:
        while not self._inflate.eof:
            packed = self._inflate.unconsumed_tail or self._source.read(65_536)
            piece = self._inflate.decompress(packed, n)
            if piece:
                self._n_read += len(piece)
                check_ratio(self.shown, self._source.size, self._n_read)
                return piece
            if not packed and not self._inflate.eof:
                raise damaged(self._source.shown)
        if self._inflate.unused_data or self._source.read(1):
            raise damaged(self._source.shown)
        return b""
