# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# What is asked for (RFC 9110, 8.4.1), and what its decoder is called elsewhere.
ACCEPTED = "gzip, deflate"
_GZIP = ("gzip", "x-gzip")
_DEFLATE = "deflate"
_IDENTITY = ("", "identity")

# No more than this is decoded at once, however much a few bytes unpack to.
_PIECE = 65536

_PLAIN_NAMES = re.compile(r"[\w, .-]{1,40}", re.ASCII)


class UnknownCodingError(Exception):
    """A content coding that was not asked for; the argument names it."""


class CorruptError(Exception):
    """A body that is not compressed as its header says, or that ends too early."""


def decoded(pieces: Iterator[bytes], content_encoding: str) -> Iterator[bytes]:
    """The pieces of a body without its content coding, none of them larger than a bounded size.

    At most one coding is undone: each further one would multiply what a few bytes unpack to by a thousand.

    :raises UnknownCodingError: it has another coding, or more than one.
    :raises CorruptError: the body is not what the header says.
    """
    coding = content_encoding.strip().lower()
    if coding in _IDENTITY:
        return pieces
    if coding in _GZIP:
        return _inflated(pieces, gzip=True)
    if coding == _DEFLATE:
        return _inflated(pieces, gzip=False)
    raise UnknownCodingError(coding if _PLAIN_NAMES.fullmatch(coding) else "an unreadable name")


def _inflated(pieces: Iterator[bytes], *, gzip: bool) -> Iterator[bytes]:
    inflater: Any = None
    begun = ended = False
    for piece in pieces:
        rest = piece
        while rest and not ended:
            if inflater is None:
                # RFC 1952, 2.2: gzip may have several members, one after the other; what else follows is padding.
                ended = begun and not (gzip and rest.startswith(b"\x1f"))
                if ended:
                    break
                inflater = zlib.decompressobj(zlib.MAX_WBITS | 16 if gzip else _deflate_window(rest))
                begun = True
            yield from _bounded(inflater, rest)
            rest = inflater.unused_data
            if inflater.eof:
                inflater = None
    if inflater is not None:
        raise CorruptError


def _bounded(inflater: Any, data: bytes) -> Iterator[bytes]:
    while True:
        try:
            out = inflater.decompress(data, _PIECE)
        except zlib.error:
            raise CorruptError from None
        if out:
            yield out
        data = inflater.unconsumed_tail
        # After a full piece there may be more, although no input is left.
        if inflater.eof or (not data and len(out) < _PIECE):
            return


def _deflate_window(start: bytes) -> int:
    """The format of a body of "deflate": zlib's (RFC 9110, 8.4.1.2), or the bare one that some servers send."""
    is_zlib = start[0] & 0x0F == zlib.DEFLATED and (len(start) == 1 or int.from_bytes(start[:2], "big") % 31 == 0)
    return zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS
