# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Lists of objects in JSON files, object by object."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import IO, Any

from .._errors import OptionError
from .values import parse_finite, refuse_constant

JSON_EXTENSIONS = {".json": "json", ".jsonl": "json", ".ndjson": "json"}

# One object is never as large as that.
_MAX_SIZE = 16 * 1024 * 1024
_CHUNK_SIZE = 256 * 1024
_BLANK = " \t\r\n"


def read_objects(src: str, noun: str) -> Iterator[tuple[int, Any]]:
    """Iterate over the objects of a list or of a sequence, with their indexes, without keeping the text in memory.

    :param noun: what an object is.
    :raises OptionError: if the file cannot be read.
    """
    name = os.path.basename(src)
    try:
        # Windows writes a byte order mark.
        with open(src, encoding="utf-8-sig", newline="") as file:
            yield from _iter_objects(_JsonReader(file, name, noun), name, noun)
    except OSError as error:
        raise OptionError(f"src {src} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise OptionError(f"src {src} is not UTF-8 text.", hint="JSON is always UTF-8: save it as UTF-8.") from None


def _iter_objects(text: _JsonReader, name: str, noun: str) -> Iterator[tuple[int, Any]]:
    in_array = text.skip("[")
    place = 0
    while True:
        if in_array and (text.skip("]") if place == 0 else not text.skip_comma("]")):
            break
        if not in_array and text.ended():
            if place == 0:  # the rest of an export that broke off, for all that anybody knows
                raise OptionError(f"{name}: the file is empty.", hint=f"Write [] for no {noun}s.")
            return
        yield place, text.value(place)
        place += 1
    if not text.ended():
        raise OptionError(f"{name}: there is text after the list.")


class _JsonReader:
    """The part of a text that was read but not consumed yet."""

    def __init__(self, file: IO[str], name: str, noun: str) -> None:
        self._file = file
        self._name = name
        self._noun = noun
        self._decoder = json.JSONDecoder(parse_constant=refuse_constant, parse_float=parse_finite)
        self._text = ""
        self._at = 0

    def skip(self, mark: str) -> bool:
        """Consume the mark if it comes next, and return whether it did."""
        found = self._next() == mark
        self._at += found
        return found

    def skip_comma(self, end: str) -> bool:
        """Return whether the list continues.

        :raises OptionError: if it neither continues nor ends.
        """
        if self.skip(","):
            return True
        if self.skip(end):
            return False
        raise OptionError(
            f"{self._name}: the list is incomplete.", hint="Continue it with a comma, or end it with a bracket."
        )

    def ended(self) -> bool:
        return not self._next()

    def value(self, place: int) -> Any:
        """
        :raises OptionError: if there is no object.
        """
        if self._next() != "{":
            raise OptionError(f"{self._name}[{place}] is not a {self._noun}: a JSON object is expected.")
        while True:
            try:
                value, self._at = self._decoder.raw_decode(self._text, self._at)
                return value
            except RecursionError:
                raise OptionError(f"{self._name}[{place}] is nested too deeply.") from None
            except ValueError as error:
                size = len(self._text) - self._at
                # Read twice as much each time, or a long object would be parsed too often.
                if size > _MAX_SIZE or not self._more(max(size, _CHUNK_SIZE)):
                    message = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
                    raise OptionError(f"{self._name}[{place}] is not valid JSON: {message}.") from None

    def _next(self) -> str:
        """Return the next character that is not a space; empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _BLANK:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(_CHUNK_SIZE):
                return ""

    def _more(self, size: int) -> bool:
        chunk = self._file.read(size)
        self._text, self._at = self._text[self._at :] + chunk, 0
        return bool(chunk)
