# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""JSON with limited memory and depth."""

from __future__ import annotations

import codecs
import json
import re
import sys
from contextlib import suppress
from typing import Any

# Data for Ansible must not be nested so deeply that its own functions fail with a RecursionError.
_MAX_DEPTH = 100

# The characters that are parsed at once before their data is counted, and the bytes of data that one can produce.
_WINDOW, _MOST_OF_A_BYTE = 131072, 64
# A container that is larger than the window is parsed by this module, down to this depth: the lists of both APIs end at
# 3, and every level may parse the window once more.
_MAX_WINDOWED_DEPTH = 16

# The strings that are stored only once: those that occur early are likely to occur again.
_MAX_INTERNED_LENGTH = 128
_MAX_INTERNED = 16384
# CPython's sizes, without the result of sys.getsizeof: the garbage collector's header of a container, an entry of a
# dictionary with its share of the empty ones, and an item of a list, which exists twice while a growing list is copied.
_HEADER, _ENTRY, _PLACE = 16, 100, 17
# Approximate minimum sizes of a container and a value. Counting bytes takes no time, so a body far beyond what the APIs
# send (a container for every 60 bytes, a comma for every 20) is rejected before it is parsed.
_SMALLEST, _SHARE = 64, 16

_BLANKS = re.compile(r"[ \t\n\r]*")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_CHARSET_NAME = re.compile(r"[\w.:-]{1,40}", re.ASCII)
# Python's other codecs do not decode charsets of the web, and some take quadratic time.
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
    """The data of a document exceeds the memory limit."""


class Budget:
    """The bytes of memory for the data of one document, or of all pages of a list.

    Long lists repeat the same strings: each of them is stored once for all documents of a budget.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.words: dict[str, str] = {}
        self._left = size

    def spend(self, size: int) -> None:
        """
        :raises DataTooLargeError: that is more than what is left.
        """
        self._left -= size
        if self._left < 0:
            raise DataTooLargeError

    def require(self, size: int) -> None:
        if self._left < size:
            raise DataTooLargeError


def detect_encoding(start: bytes | bytearray, charset: str = "") -> str:
    """The Python codec of a text: from its byte order mark, else from the declared charset, else UTF-8.

    UTF-8 is the default of JSON (RFC 8259, 8.1), and is also used for an unknown charset. It includes ASCII.
    """
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    try:
        name = codecs.lookup(charset).name if _CHARSET_NAME.fullmatch(charset) else ""
    except LookupError:
        return "utf-8"
    return name if _CHARSETS.fullmatch(name) else "utf-8"


def parse_json(body: bytearray, budget: Budget, charset: str = "") -> Any:
    """Parse a JSON document and consume its body, so that the body and its data are never in memory together.

    An unpaired surrogate, which JSON can escape but UTF-8 cannot encode, becomes U+FFFD.

    :raises ValueError: it is not JSON, or nested more deeply than any API's.
    :raises DataTooLargeError: its data takes more memory than is left in the budget.
    """
    if _SMALLEST * (body.count(b"{") + body.count(b"[")) + _SHARE * body.count(b",") > 2 * budget.size:
        raise DataTooLargeError
    return _Reader(body, detect_encoding(body, charset), budget).read_document()


def parse_json_line(line: bytes, size: int) -> Any:
    """Parse a line like :func:`parse_json`, for data that is not kept and may take ``size`` bytes each time. The data
    of a short line is not counted, and not searched for surrogates if the line has no escape.
    """
    if len(line) * _MOST_OF_A_BYTE <= size and line.count(b"{") + line.count(b"[") <= _MAX_DEPTH and b"\\u" not in line:
        with suppress(ValueError):
            return json.loads(line.decode())
    return parse_json(bytearray(line), Budget(size))


def _measure(value: object) -> int:
    """The bytes of a value itself: CPython allocates memory in units of 16."""
    return (sys.getsizeof(value) + 15) & ~15


class _Reader:
    """Parses a document one window at a time.

    A few bytes of JSON can produce fifty times as much data, and one wide character makes all others of its string as
    wide. So data is counted while it is created, and at most one window of the text is decoded at once.
    """

    def __init__(self, body: bytearray, encoding: str, budget: Budget) -> None:
        self._body = body
        self._held = len(body)
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogatepass" if "utf" in encoding else "replace")
        self._budget = budget
        self._text = ""
        self._at = 0
        self._whole = False

    def read_document(self) -> Any:
        value = self._read_value(0)
        if self._read_next():
            raise ValueError("more than one document")
        return value

    def _fill(self, size: int) -> bool:
        """Decode more of the body; return whether there was more."""
        if self._whole:
            return False
        chunk = bytes(self._body[:size])
        del self._body[:size]
        if 2 * len(self._body) < self._held:
            # Python frees the memory only then.
            self._held = len(self._body)
        self._budget.require(self._held)
        self._whole = not self._body
        self._text = self._text[self._at :] + self._decoder.decode(chunk, final=self._whole)
        self._at = 0
        return True

    def _read_next(self) -> str:
        """Return the next character that is not a blank without consuming it; empty at the end."""
        while True:
            found = _BLANKS.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._fill(_WINDOW):
                return ""

    def _take(self, expected: str) -> str:
        char = self._read_next()
        if not char or char not in expected:
            raise ValueError("no JSON")
        self._at += 1
        return char

    def _read_value(self, depth: int) -> Any:
        begin = self._read_next()
        while True:
            try:
                value, end = _scan(self._text, self._at)
                # A number that the window cuts off, such as 1 of 1.5 or 1e+5, is also a number.
                if self._whole or end + 3 <= len(self._text):
                    self._at = end
                    return self._count(value, depth)
            except RecursionError:
                raise ValueError("nested too deeply") from None
            except ValueError:
                if self._whole:
                    raise
            if not self._widen(begin):
                break
        if begin not in ("{", "[") or depth >= _MAX_WINDOWED_DEPTH:
            raise ValueError("no JSON, or nested too deeply")
        self._budget.spend(sys.getsizeof({}) + _HEADER)
        return self._list(depth) if begin == "[" else self._read_object(depth)

    def _widen(self, begin: str) -> bool:
        """Decode more for a value that is incomplete; return False if the text already fills a window."""
        size = len(self._text) - self._at
        if size >= _WINDOW:
            if begin != '"':
                return False
            # Only a string needs its whole text at once: as bytes, as text before and after it grows, and as a value.
            self._budget.require(self._held + 6 * sys.getsizeof(self._text))
        return self._fill(max(_WINDOW, size))

    def _list(self, depth: int) -> list[Any]:
        items: list[Any] = []
        self._take("[")
        if self._read_next() == "]":
            self._take("]")
            return items
        while True:
            items.append(self._read_value(depth + 1))
            self._budget.spend(_PLACE)
            if self._take(",]") == "]":
                return items

    def _read_object(self, depth: int) -> dict[str, Any]:
        items: dict[str, Any] = {}
        self._take("{")
        if self._read_next() == "}":
            self._take("}")
            return items
        while True:
            if self._read_next() != '"':
                raise ValueError("no JSON")
            key = self._read_value(depth + 1)
            self._take(":")
            items[key] = self._read_value(depth + 1)
            self._budget.spend(_ENTRY)
            if self._take(",}") == "}":
                return items

    def _count(self, value: Any, depth: int) -> Any:
        """Return a value as it is stored: counted, with shared strings."""
        if isinstance(value, str):
            return self._intern(value)
        if value is None or isinstance(value, bool):
            return value
        size = _measure(value)
        if not isinstance(value, (dict, list)):
            self._budget.spend(size)
            return value
        if depth >= _MAX_DEPTH:
            raise ValueError("nested too deeply")
        self._budget.spend(size + _HEADER)
        # A function call for every string would take most of the time.
        depth, share, text = depth + 1, self._intern, self._budget.words
        if isinstance(value, dict):
            return {
                text.get(key) or share(key): share(item) if isinstance(item, str) else self._count(item, depth)
                for key, item in value.items()
            }
        return [share(item) if isinstance(item, str) else self._count(item, depth) for item in value]

    def _intern(self, text: str) -> str:
        words = self._budget.words
        known = words.get(text)
        if known is not None:
            return known
        kept = text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)
        size = _measure(kept)
        if len(text) <= _MAX_INTERNED_LENGTH and len(words) < _MAX_INTERNED:
            size += _ENTRY
            words[text] = kept
        self._budget.spend(size)
        return kept
