# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import codecs
import csv
import json
import os
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.codes import problem_of_cell
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.datatypes import finite, refuse_constant
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.families import SKU

_FORMATS = {".csv": "csv", ".tsv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json"}

# One product is never as large as that.
_LARGEST = 16 * 1024 * 1024
_PIECE = 256 * 1024
_NO_PRODUCTS = "Leave the file out if there are none."
_BLANK = " \t\r\n"

# Columns that are no attributes of a product, by their names in the API and in the options.
_PLAIN = {
    "clientCategoryId": "clientCategoryId",
    "client_category_id": "clientCategoryId",
    "description": "description",
    "imageUrl": "imageUrl",
    "image_url": "imageUrl",
}
_BARCODES = "barcodes"
_SKU = ("productAttributes", SKU)
_MEASURES = {
    "weight": ("weight", "value"),
    "weight_unit": ("weight", "uom"),
    "length": ("dimension", "length"),
    "width": ("dimension", "width"),
    "height": ("dimension", "height"),
    "dimension_unit": ("dimension", "uom"),
}
_PREFIXES = {
    "attributes.": "attributes",
    "productAttributes.": "productAttributes",
    "product_attributes.": "productAttributes",
}

Row = tuple[int, Any]

# Blanks that spreadsheets leave around a cell; special ones may be a part of it, and are told where they cannot be.
_AROUND = " \t\r\n"
_DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class SpoiltRow:
    """A row of a table with cells that spreadsheets, copying or a wrong encoding have spoilt."""

    problems: list[str]


@dataclass(frozen=True)
class Source:
    """Products one after the other, each with the number of its place; reading begins anew each time."""

    rows: Callable[[], Iterator[Row]]
    where: Callable[[int], str]


def source_of(
    products: list[Any] | None, src: Sequence[str] | None, form: str, delimiter: str, *, purges: bool = False
) -> Source:
    """The products of a list, and after them those of files.

    :param purges: whether products that are not given are deleted. Then no file may be without products.
    :raises OptionError: nobody knows the form of a file.
    """
    parts = [_file(path, form, delimiter, purges) for path in src or ()]
    if products is not None or not parts:
        given = products or []
        parts.insert(0, Source(lambda: iter(enumerate(given)), lambda place: f"products[{place}]."))
    return parts[0] if len(parts) == 1 else _chained(parts)


def _chained(parts: Sequence[Source]) -> Source:
    """Several sources as one, whose places are counted on from each to the next."""
    starts: list[int] = []

    def rows() -> Iterator[Row]:
        start = 0
        for number, part in enumerate(parts):
            if number == len(starts):
                starts.append(start)
            for place, given in part.rows():
                yield starts[number] + place, given
                start = starts[number] + place + 1

    def where(place: int) -> str:
        number = bisect_right(starts, place) - 1
        return parts[number].where(place - starts[number])

    return Source(rows, where)


def _file(src: str, form: str, delimiter: str, purges: bool) -> Source:
    name = os.path.basename(src)
    if form == "auto":
        form = _FORMATS.get(os.path.splitext(src)[1].lower(), "")
    if form == "csv":
        return Source(
            lambda: _read(src, lambda file: _csv_rows(file, name, delimiter)), lambda line: f"{name}:{line}: "
        )
    if form == "json":
        return Source(
            lambda: _read(src, lambda file: _json_rows(file, name, purges)), lambda place: f"{name}[{place}]."
        )
    raise OptionError(f"What is in {src}?", hint="Say it with format, for its name ends neither in .csv nor in .json.")


def _read(src: str, rows: Callable[[IO[str]], Iterator[Row]]) -> Iterator[Row]:
    try:
        # The byte order mark is that of spreadsheets.
        with open(src, encoding="utf-8-sig", newline="") as file:
            yield from rows(file)
    except OSError as error:
        raise OptionError(f"src {src} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise OptionError(f"src {src} is no UTF-8 text: {_undecodable(src)}", hint="Save it as UTF-8.") from None


def _undecodable(src: str) -> str:
    """Where a file is no UTF-8, and what it seems to be."""
    with open(src, "rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "it is UTF-16."
        file.seek(0)
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                byte = line[error.start : error.start + 1]
                guess = byte.decode("cp1252", errors="ignore")
                shown = f", which is {guess} in Windows-1252" if guess else ""
                return f"line {number} has the byte 0x{byte.hex().upper()}{shown}."
    return "it has changed meanwhile."


def _csv_rows(file: IO[str], name: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    try:
        header = [column.strip() for column in next(reader, [])]
        puts = [_column(column) for column in header]
        _require_delimiter(header, name, delimiter)
        _require_header(header, puts, name)
        empty = True
        for cells in reader:
            if any(cell.strip() for cell in cells):
                empty = False
                if len(cells) > len(header):
                    told = f"has {len(cells)} cells, and the header has {len(header)}"
                    raise OptionError(f"{name}:{reader.line_num}: {told}.", hint="Quote cells that hold the delimiter.")
                yield reader.line_num, _product(header, puts, cells)
        if empty:  # the rest of an export that broke off, for all that anybody knows
            raise OptionError(f"{name}: there is no product below the header.", hint=_NO_PRODUCTS)
    except csv.Error as error:
        raise OptionError(f"{name}:{reader.line_num}: is no CSV: {error}.") from None


def _require_header(header: list[str], puts: list[tuple[str, ...]], name: str) -> None:
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        raise OptionError(f"{name}: the header has {', '.join(twice)} more than once.")
    if "" in header or any("" in put for put in puts):
        raise OptionError(f"{name}: a column of the header has no name.")
    if _SKU not in puts:
        raise OptionError(f"{name}: the header has no product_sku.", hint="Check it, and the delimiter.")
    for number, (column, put) in enumerate(zip(header, puts)):
        for other, there in zip(header[:number], puts):
            if put[: len(there)] == there or there[: len(put)] == put:
                raise OptionError(
                    f"{name}: the header has {other} and {column}, which have the same place.", hint="Drop one."
                )


def _require_delimiter(header: list[str], name: str, delimiter: str) -> None:
    """
    :raises OptionError: the whole header is one cell, which another delimiter makes a header of.
    """
    for other in _DELIMITERS.replace(delimiter, ""):
        columns = [part.strip("\"' ") for part in header[0].split(other)] if len(header) == 1 else []
        if len(columns) > 1 and _SKU in map(_column, columns):
            shown = "a tab" if other == "\t" else other
            raise OptionError(f"{name}: the header has {shown} between its columns.", hint="Set delimiter to it.")


def _column(name: str) -> tuple[str, ...]:
    """Where the cells of a column belong in a product."""
    if name in _PLAIN:
        return (_PLAIN[name],)
    if name == _BARCODES:
        return ("barcodeList",)
    if name in _MEASURES:
        return ("attributes", *_MEASURES[name])
    for prefix, key in _PREFIXES.items():
        if name.startswith(prefix):
            return (key, name[len(prefix) :])
    return ("productAttributes", name)


def _product(header: list[str], puts: list[tuple[str, ...]], cells: list[str]) -> dict[str, Any] | SpoiltRow:
    product: dict[str, Any] = {}
    problems = []
    for column, path, cell in zip(header, puts, cells):
        text = cell.strip(_AROUND)
        if not text:
            continue
        value: Any = text
        if path[0] == "barcodeList":
            value = [code.strip(_AROUND) for code in text.split("|") if code.strip(_AROUND)]
        elif path != _SKU and (problem := problem_of_cell(text)):  # codes are looked at with those of other sources
            problems.append(f"{column} {problem}")
        elif path[-1] == "uom":
            value = {"unit": text}
        holder = product
        for key in path[:-1]:
            holder = holder.setdefault(key, {})
        holder[path[-1]] = value
    return SpoiltRow(problems) if problems else product


def _json_rows(file: IO[str], name: str, purges: bool) -> Iterator[Row]:
    """The objects of an array, or one after the other, without having all of the text in memory."""
    text = _Text(file, name)
    in_array = text.skip("[")
    place = 0
    while True:
        if in_array and (text.skip("]") if place == 0 else not text.skip_comma("]")):
            break
        if not in_array and text.ended():
            if place == 0:  # the rest of an export that broke off, for all that anybody knows
                raise OptionError(f"{name}: there is nothing in it.", hint="Write [] for no products.")
            return
        yield place, text.value(place)
        place += 1
    if not text.ended():
        raise OptionError(f"{name}: there is something behind the list.")
    if place == 0 and purges:
        raise OptionError(
            f"{name}: there is no product in the list, and purge deletes what is not given.", hint=_NO_PRODUCTS
        )


class _Text:
    """What has been read of a text, and not yet used."""

    def __init__(self, file: IO[str], name: str) -> None:
        self._file = file
        self._name = name
        self._decoder = json.JSONDecoder(parse_constant=refuse_constant, parse_float=finite)
        self._text = ""
        self._at = 0

    def skip(self, mark: str) -> bool:
        """Whether the mark comes next; it is behind us then."""
        found = self._next() == mark
        self._at += found
        return found

    def skip_comma(self, end: str) -> bool:
        """Whether the list goes on.

        :raises OptionError: it neither goes on nor ends.
        """
        if self.skip(","):
            return True
        if self.skip(end):
            return False
        raise OptionError(
            f"{self._name}: the list breaks off.", hint="It has to go on with a comma, or to end with a bracket."
        )

    def ended(self) -> bool:
        return not self._next()

    def value(self, place: int) -> Any:
        """
        :raises OptionError: there is no object.
        """
        if self._next() != "{":
            raise OptionError(f"{self._name}[{place}] is no product: a JSON object is expected.")
        while True:
            try:
                value, self._at = self._decoder.raw_decode(self._text, self._at)
                return value
            except RecursionError:
                raise OptionError(f"{self._name}[{place}] is nested too deeply.") from None
            except ValueError as error:
                size = len(self._text) - self._at
                # Twice as much each time, or a long one would be tried all too often.
                if size > _LARGEST or not self._more(max(size, _PIECE)):
                    told = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
                    raise OptionError(f"{self._name}[{place}] is no JSON: {told}.") from None

    def _next(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _BLANK:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(_PIECE):
                return ""

    def _more(self, size: int) -> bool:
        piece = self._file.read(size)
        self._text, self._at = self._text[self._at :] + piece, 0
        return bool(piece)
