"""The body of a web answer, counted as it comes and as it unpacks, so that a small one cannot become a huge one."""

import zlib
from typing import Final

from bot.adding import AddingError

ENCODINGS: Final = "gzip, deflate"
_GZIP: Final = 16 + zlib.MAX_WBITS


class Body:
    """A body that comes in pieces, and is unpacked within limits.

    Parameters:
        encoding: the Content-Encoding of the answer, '' for none.
        sent: how many bytes may come.
        unpacked: how many bytes they may unpack to.

    Raises:
        AddingError: if it is packed in another way than with gzip or deflate.
    """

    def __init__(self, encoding: str, sent: int, unpacked: int) -> None:
        encoding = encoding.strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise AddingError("the page is packed in a way that was not asked for and is not read")
        self._deflate = encoding == "deflate"
        self._unpacker = zlib.decompressobj(_GZIP) if "gzip" in encoding else None
        self._most_sent, self._most = sent, unpacked
        self._sent = 0
        self._whole = bytearray()
        self._packed = self._deflate or self._unpacker is not None

    def take(self, piece: bytes) -> None:
        """Take in the next piece.

        Raises:
            AddingError: if the limit is passed, or it cannot be unpacked.
        """
        self._sent += len(piece)
        if self._sent > self._most_sent:
            raise AddingError(f"the page is larger than {_megabytes(self._most_sent)}")
        if self._deflate and self._unpacker is None and piece:
            self._unpacker = zlib.decompressobj(_window_of(piece))
        if self._unpacker is not None and self._unpacker.eof:
            # zlib would store what follows the end, and copy all of it at every further piece.
            return
        if self._unpacker is not None:
            try:
                # One byte more than may come, to see that there is more.
                piece = self._unpacker.decompress(piece, self._most - len(self._whole) + 1)
            except zlib.error as error:
                raise AddingError("the page is packed in a way that cannot be unpacked") from error
        self._whole += piece
        if len(self._whole) > self._most:
            raise AddingError(f"the page unpacks to more than {_megabytes(self._most)}")

    def whole(self) -> bytes:
        """Return the whole body, unpacked.

        Raises:
            AddingError: if the end is missing.
        """
        if self._packed and self._sent and not (self._unpacker and self._unpacker.eof):
            raise AddingError("the page broke off in the middle")
        return bytes(self._whole)


def _window_of(piece: bytes) -> int:
    # RFC 9110 means zlib's format by 'deflate', and some servers have always sent the bare stream: RFC 1950 tells them
    # apart, whose header names method 8 in its first byte.
    return zlib.MAX_WBITS if piece[0] & 0x0F == 8 else -zlib.MAX_WBITS


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.3g} MB"
