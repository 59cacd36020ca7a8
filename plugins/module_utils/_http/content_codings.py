# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Content codings of responses (RFC 9110, 8.4), with limited memory."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# The content codings that are requested (RFC 9110, 8.4.1), and the names of their decoders.
ACCEPTED = "gzip, deflate"
_GZIP = ("gzip", "x-gzip")
_DEFLATE = "deflate"
_IDENTITY = ("", "identity")

# The largest piece that is decoded at once, regardless of the compression ratio.
_CHUNK_SIZE = 65536

_PLAIN_NAMES = re.compile(r"[\w, .-]{1,40}", re.ASCII)


class UnknownCodingError(Exception):
    """A content coding that was not requested; the argument names it."""


class CorruptError(Exception):
    """A body that is not compressed as its header says, or that ends too early."""


def decode(chunks: Iterator[bytes], content_encoding: str) -> Iterator[bytes]:
    """Decode the body in pieces of a limited size.

    At most one coding is removed: each further one would multiply the size of the decoded data by a thousand.

    :raises UnknownCodingError: it has another coding, or more than one.
    :raises CorruptError: the body is not what the header says.
    """
    coding = content_encoding.strip().lower()
    if coding in _IDENTITY:
        return chunks
    if coding in _GZIP:
        return _inflate(chunks, gzip=True)
    if coding == _DEFLATE:
        return _inflate(chunks, gzip=False)
    raise UnknownCodingError(coding if _PLAIN_NAMES.fullmatch(coding) else "an unreadable name")


def _inflate(chunks: Iterator[bytes], *, gzip: bool) -> Iterator[bytes]:
    inflater: Any = None
    begun = ended = False
    for piece in chunks:
        rest = piece
        while rest and not ended:
            if inflater is None:
                # RFC 1952, 2.2: gzip may have several members, one after the other; other data after them is padding.
                ended = begun and not (gzip and rest.startswith(b"\x1f"))
                if ended:
                    break
                inflater = zlib.decompressobj(zlib.MAX_WBITS | 16 if gzip else _choose_window(rest))
                begun = True
            yield from _inflate_chunk(inflater, rest)
            rest = inflater.unused_data
            if inflater.eof:
                inflater = None
    if inflater is not None:
        raise CorruptError


def _inflate_chunk(inflater: Any, data: bytes) -> Iterator[bytes]:
    while True:
        try:
            out = inflater.decompress(data, _CHUNK_SIZE)
        except zlib.error:
            raise CorruptError from None
        if out:
            yield out
        data = inflater.unconsumed_tail
        # After a full piece there may be more output, although there is no input left.
        if inflater.eof or (not data and len(out) < _CHUNK_SIZE):
            return


def _choose_window(start: bytes) -> int:
    """The format of a body of "deflate": zlib's (RFC 9110, 8.4.1.2), or the raw one that some servers send."""
    is_zlib = start[0] & 0x0F == zlib.DEFLATED and (len(start) == 1 or int.from_bytes(start[:2], "big") % 31 == 0)
    return zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS
