# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import codecs
import json
import re
import sys
from contextlib import suppress
from typing import Any

# What goes on to Ansible must not be nested so deeply that its own functions end in a RecursionError.
_DEEPEST = 100

# How many characters are parsed at once, before anything is counted, and the bytes that the parser makes of one.
_WINDOW, _MOST_OF_A_BYTE = 131072, 64
# A container that is larger than the window is taken apart by this module, down to this depth: the listings of both
# APIs end at 3, and every level may parse the window once more.
_DEEPEST_APART = 16

# Which words are kept once: those that come first are those that come again.
_LONGEST_SHARED = 128
_MOST_SHARED = 16384
# CPython's sizes, without what sys.getsizeof tells: the collector's part of a container, an entry of a dictionary with
# its share of the empty ones, and a place in a list, which is there twice while a growing list is copied.
_HEADER, _ENTRY, _PLACE = 16, 100, 17
# What a container and a value take at least, or nearly so. Counting bytes takes no time, so what is far beyond all that
# the APIs send (a container for every 60 bytes, a comma for every 20) is refused before it is parsed.
_SMALLEST, _SHARE = 64, 16

_BLANKS = re.compile(r"[ \t\n\r]*")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_CHARSET_NAME = re.compile(r"[\w.:-]{1,40}", re.ASCII)
# Python's other codecs decode no charset of the web, and some take time that grows with the square of the length.
_CHARSETS = re.compile(r"(utf-8|utf-16|utf-32|iso8859|cp|koi8|mac|gb|big5|euc_|shift_jis)[\w-]*", re.ASCII)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_scan = json.JSONDecoder().raw_decode


class DataTooLargeError(Exception):
    """The data of a document take more memory than they may."""


class Budget:
    """The bytes of memory that the data of one document, or of all pages of a listing, may take.

    A long list says the same words again and again: each of them is kept once, in all documents of a budget.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.words: dict[str, str] = {}
        self._left = size

    def spend(self, size: int) -> None:
        """
        :raises DataTooLargeError: that is more than is left.
        """
        self._left -= size
        if self._left < 0:
            raise DataTooLargeError

    def require(self, size: int) -> None:
        if self._left < size:
            raise DataTooLargeError


def encoding_of(start: bytes | bytearray, charset: str = "") -> str:
    """Python's codec for a text: by its byte order mark, else by the charset that is declared, else UTF-8.

    UTF-8 is the default of JSON (RFC 8259, 8.1), and stands for a charset that is unknown. It holds ASCII as well.
    """
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    try:
        name = codecs.lookup(charset).name if _CHARSET_NAME.fullmatch(charset) else ""
    except LookupError:
        return "utf-8"
    return name if _CHARSETS.fullmatch(name) else "utf-8"


def parsed(body: bytearray, budget: Budget, charset: str = "") -> Any:
    """The data of a JSON document, which is consumed on the way: the body and its data never lie in memory together.

    Half a surrogate pair, which JSON can spell and UTF-8 cannot, becomes U+FFFD.

    :raises ValueError: it is no JSON, or deeper than any API's.
    :raises DataTooLargeError: its data take more memory than the budget has left.
    """
    if _SMALLEST * (body.count(b"{") + body.count(b"[")) + _SHARE * body.count(b",") > 2 * budget.size:
        raise DataTooLargeError
    return _Reader(body, encoding_of(body, charset), budget).document()


def parsed_in_passing(line: bytes, size: int) -> Any:
    """As :func:`parsed`, for data that are not kept and may take ``size`` bytes each time. Of a short line nothing has
    to be counted, nor looked for where it has no escape.
    """
    if len(line) * _MOST_OF_A_BYTE <= size and line.count(b"{") + line.count(b"[") <= _DEEPEST and b"\\u" not in line:
        with suppress(ValueError):
            return json.loads(line.decode())
    return parsed(bytearray(line), Budget(size))


def _memory_of(value: object) -> int:
    """The bytes of a value itself: CPython's allocator gives them out in units of 16."""
    return (sys.getsizeof(value) + 15) & ~15


class _Reader:
    """Parses a document a window at a time.

    A few bytes of JSON can make fifty times as many of data, and one wide character makes all others of its text as
    wide. So what the data take is counted as they are made, and no more than a window of the text is decoded at once.
    """

    def __init__(self, body: bytearray, encoding: str, budget: Budget) -> None:
        self._body = body
        self._held = len(body)
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogatepass" if "utf" in encoding else "replace")
        self._budget = budget
        self._text = ""
        self._at = 0
        self._whole = False

    def document(self) -> Any:
        value = self._value(0)
        if self._next():
            raise ValueError("more than one document")
        return value

    def _fill(self, size: int) -> bool:
        """Decode more of the body; whether there was any."""
        if self._whole:
            return False
        piece = bytes(self._body[:size])
        del self._body[:size]
        if 2 * len(self._body) < self._held:
            # Only then Python gives memory back.
            self._held = len(self._body)
        self._budget.require(self._held)
        self._whole = not self._body
        self._text = self._text[self._at :] + self._decoder.decode(piece, final=self._whole)
        self._at = 0
        return True

    def _next(self) -> str:
        """The next character that is no blank, which is not taken; empty at the end."""
        while True:
            found = _BLANKS.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._fill(_WINDOW):
                return ""

    def _take(self, expected: str) -> str:
        char = self._next()
        if not char or char not in expected:
            raise ValueError("no JSON")
        self._at += 1
        return char

    def _value(self, depth: int) -> Any:
        begin = self._next()
        while True:
            try:
                value, end = _scan(self._text, self._at)
                # A number that the window cuts off, such as 1 of 1.5 or 1e+5, is a number as well.
                if self._whole or end + 3 <= len(self._text):
                    self._at = end
                    return self._kept(value, depth)
            except RecursionError:
                raise ValueError("nested too deeply") from None
            except ValueError:
                if self._whole:
                    raise
            if not self._widen(begin):
                break
        if begin not in ("{", "[") or depth >= _DEEPEST_APART:
            raise ValueError("no JSON, or nested too deeply")
        self._budget.spend(sys.getsizeof({}) + _HEADER)
        return self._list(depth) if begin == "[" else self._dictionary(depth)

    def _widen(self, begin: str) -> bool:
        """Decode more for a value that does not end in what is there; false where that is a window already."""
        size = len(self._text) - self._at
        if size >= _WINDOW:
            if begin != '"':
                return False
            # Only a string needs all of its text at once: as bytes, as text before and after it grows, and as a value.
            self._budget.require(self._held + 6 * sys.getsizeof(self._text))
        return self._fill(max(_WINDOW, size))

    def _list(self, depth: int) -> list[Any]:
        items: list[Any] = []
        self._take("[")
        if self._next() == "]":
            self._take("]")
            return items
        while True:
            items.append(self._value(depth + 1))
            self._budget.spend(_PLACE)
            if self._take(",]") == "]":
                return items

    def _dictionary(self, depth: int) -> dict[str, Any]:
        items: dict[str, Any] = {}
        self._take("{")
        if self._next() == "}":
            self._take("}")
            return items
        while True:
            if self._next() != '"':
                raise ValueError("no JSON")
            key = self._value(depth + 1)
            self._take(":")
            items[key] = self._value(depth + 1)
            self._budget.spend(_ENTRY)
            if self._take(",}") == "}":
                return items

    def _kept(self, value: Any, depth: int) -> Any:
        """A value as it is kept: counted, its strings shared."""
        if isinstance(value, str):
            return self._share(value)
        if value is None or isinstance(value, bool):
            return value
        size = _memory_of(value)
        if not isinstance(value, (dict, list)):
            self._budget.spend(size)
            return value
        if depth >= _DEEPEST:
            raise ValueError("nested too deeply")
        self._budget.spend(size + _HEADER)
        # A call for every string would take most of the time.
        depth, share, words = depth + 1, self._share, self._budget.words
        if isinstance(value, dict):
            return {
                words.get(key) or share(key): share(item) if isinstance(item, str) else self._kept(item, depth)
                for key, item in value.items()
            }
        return [share(item) if isinstance(item, str) else self._kept(item, depth) for item in value]

    def _share(self, text: str) -> str:
        words = self._budget.words
        known = words.get(text)
        if known is not None:
            return known
        kept = text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)
        size = _memory_of(kept)
        if len(text) <= _LONGEST_SHARED and len(words) < _MOST_SHARED:
            size += _ENTRY
            words[text] = kept
        self._budget.spend(size)
        return kept
