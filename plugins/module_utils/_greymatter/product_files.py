# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Products in tables and JSON files."""

from __future__ import annotations

import csv
import io
import json
import os
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._errors import OptionError
from .category_index import SKU
from .cells import BLANKS
from .codes import validate_cell
from .json_files import JSON_EXTENSIONS, read_objects
from .problems import Problem
from .tables import TABLE_EXTENSIONS, Row, TableFormat, read_table
from .values import DATA_TYPES, convert, parse_number

_FORMATS = {**TABLE_EXTENSIONS, **JSON_EXTENSIONS}

_NO_PRODUCTS = "Leave the file out if there are none."

# Columns that are not attributes of a product, by their names in the API and in the options.
_TEXT_COLUMNS = {
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

# A product with its index or line.
Given = tuple[int, Any]


@dataclass(frozen=True)
class SpoiltRow:
    """A row of a table with cells that spreadsheets, copying or a wrong encoding have corrupted."""

    problems: list[Problem]


@dataclass(frozen=True)
class ProductSource:
    """A sequence of products, each with its index or line; every iteration reads from the beginning."""

    rows: Callable[[], Iterator[Given]]
    location: Callable[[int], str]


def open_source(
    products: list[Any] | None,
    src: Sequence[str] | None,
    form: str = "auto",
    tables: TableFormat | None = None,
    *,
    purges: bool = False,
) -> ProductSource:
    """Open the products of a list, followed by those of files.

    :param form: the format of the files; ``auto`` takes it from the extension of each.
    :param purges: whether products that are not given are deleted. If so, every file must contain products.
    :raises OptionError: if the format of a file is unknown.
    """
    parts = [_open_file(path, form, tables or TableFormat(), purges) for path in src or ()]
    if products is not None or not parts:
        given = products or []
        parts.insert(0, ProductSource(lambda: iter(enumerate(given)), lambda place: f"products[{place}]."))
    return parts[0] if len(parts) == 1 else _chain(parts)


def _chain(parts: Sequence[ProductSource]) -> ProductSource:
    """Combine several sources into one with continuous numbering."""
    starts: list[int] = []

    def rows() -> Iterator[Given]:
        start = 0
        for number, part in enumerate(parts):
            if number == len(starts):
                starts.append(start)
            for place, given in part.rows():
                yield starts[number] + place, given
                start = starts[number] + place + 1

    def where(place: int) -> str:
        number = bisect_right(starts, place) - 1
        return parts[number].location(place - starts[number])

    return ProductSource(rows, where)


def _open_file(src: str, form: str, tables: TableFormat, purges: bool) -> ProductSource:
    name = os.path.basename(src)
    if form == "auto":
        form = _FORMATS.get(os.path.splitext(src)[1].lower(), "")
    if form in TABLE_EXTENSIONS.values():
        return ProductSource(lambda: _read_products(src, name, tables, form), lambda line: f"{name}:{line}: ")
    if form == "json":
        return ProductSource(lambda: _read_json(src, name, purges), lambda place: f"{name}[{place}].")
    raise OptionError(
        f"The format of {src} is unknown.", hint="Set format: its name ends in none of .csv, .xlsx and .json."
    )


def _read_products(src: str, name: str, tables: TableFormat, form: str) -> Iterator[Given]:
    table = read_table(src, tables, form)
    paths = {column: _parse_column(column) for column in table.columns}
    _require_header(paths, name)
    empty = True
    for row in table:
        empty = False
        yield row.line, _build_product(row, paths, f"{name}:{row.line}: ")
    if empty:  # the rest of an export that broke off, for all that anybody knows
        raise OptionError(f"{name}: there is no product below the header.", hint=_NO_PRODUCTS)


def _require_header(paths: Mapping[str, tuple[str, ...]], name: str) -> None:
    if any("" in path for path in paths.values() if len(paths) > 1):
        raise OptionError(f"{name}: a column of the header has no name.")
    if _SKU not in paths.values():
        raise OptionError(f"{name}: the header has no product_sku.", hint="Check it, and the delimiter.")
    pairs = list(paths.items())
    for number, (column, path) in enumerate(pairs):
        for other, there in pairs[:number]:
            if path[: len(there)] == there or there[: len(path)] == path:
                raise OptionError(
                    f"{name}: the header has {other} and {column}, which have the same place.", hint="Drop one."
                )


def _parse_column(name: str) -> tuple[str, ...]:
    """Return the path in a product that the cells of a column belong to."""
    if name in _TEXT_COLUMNS:
        return (_TEXT_COLUMNS[name],)
    if name == _BARCODES:
        return ("barcodeList",)
    if name in _MEASURES:
        return ("attributes", *_MEASURES[name])
    for prefix, key in _PREFIXES.items():
        if name.startswith(prefix):
            return (key, name[len(prefix) :])
    return ("productAttributes", name)


def _build_product(row: Row, paths: Mapping[str, tuple[str, ...]], where: str) -> dict[str, Any] | SpoiltRow:
    product: dict[str, Any] = {}
    problems = [Problem.build(where, column, message) for column, message in row.problems]
    for column, text in row.values.items():
        path = paths[column]
        value: Any = text
        if path[0] == "barcodeList":
            value = _split_barcodes(text)
        elif path != _SKU and (problem := validate_cell(text)):  # codes are looked at with those of other sources
            problems.append(Problem.build(where, column, problem))
        elif path[-1] == "uom":
            value = {"unit": text}
        holder = product
        for key in path[:-1]:
            holder = holder.setdefault(key, {})
        holder[path[-1]] = value
    return SpoiltRow(problems) if problems else product


def _split_barcodes(text: str) -> list[str]:
    if "|" not in text:
        return [text]
    return [code.strip(BLANKS) for code in text.split("|") if code.strip(BLANKS)]


def _read_json(src: str, name: str, purges: bool) -> Iterator[Given]:
    empty = True
    for place, product in read_objects(src, "product"):
        empty = False
        yield place, product
    if empty and purges:
        raise OptionError(
            f"{name}: there is no product in the list, and purge deletes what is not given.", hint=_NO_PRODUCTS
        )


# Writing: the order of columns in a table of products, between the attributes of products and those of storage.
_COLUMNS = ("clientCategoryId", "description", "imageUrl", _BARCODES, *_MEASURES)
_COLUMN_BY_PATH = {_parse_column(name): name for name in _COLUMNS}


def to_cells(product: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, str] | None:
    """Return the cells of a product by column; None if reading the table would not restore the same product.

    :param types: the types of attributes that the product's catalog declares.
    """
    cells = {}
    for path, value in _iter_leaves(product):
        column, cell = _name_column(path), _format_cell(path, value, types)
        if column is None or cell is None:
            return None
        cells[column] = cell
    return cells


def to_csv(rows: Sequence[Mapping[str, str]]) -> str:
    """Format a table of products from the cells of each."""
    own = {column for cells in rows for column in cells}.difference(_COLUMNS, [SKU])
    storage = {column for column in own if _parse_column(column)[0] == "attributes"}
    header = [SKU, *_sort_columns(own - storage), *_COLUMNS, *_sort_columns(storage)]
    file = io.StringIO()
    writer = csv.DictWriter(file, header, restval="", quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().removesuffix("\n")


def _sort_columns(columns: Iterable[str]) -> list[str]:
    return sorted(columns, key=lambda column: (_parse_column(column)[-1].lower(), column))


def _iter_leaves(product: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Iterate over the values of a product that are cells of a table, with their paths."""
    for key, value in product.items():
        if key not in ("productAttributes", "attributes") or not isinstance(value, dict):
            yield (key,), value
            continue
        for name, inner in value.items():
            if key == "attributes" and name in ("weight", "dimension"):
                parts = inner if isinstance(inner, dict) and inner else {"": inner}
                yield from (((key, name, part), number) for part, number in parts.items())
            else:
                yield (key, name), inner


def _name_column(path: tuple[str, ...]) -> str | None:
    """Return the column for the cells of a path; None if there is none."""
    if path in _COLUMN_BY_PATH:
        return _COLUMN_BY_PATH[path]
    if len(path) != 2:
        return None
    key, name = path
    names = (name, f"{key}.{name}")
    return next(
        (column for column in names if name and column == column.strip() and _parse_column(column) == path), None
    )


def _format_cell(path: tuple[str, ...], value: Any, types: Mapping[str, str]) -> str | None:
    """Return the text that is read back as this value; None if there is none."""
    if path == ("barcodeList",):
        return _format_barcodes(value)
    if path[-1] == "uom" and len(path) == 3:
        value = value.get("unit") if isinstance(value, dict) and value.keys() == {"unit"} else None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if not text or text != text.strip(BLANKS) or (path != _SKU and validate_cell(text)):
        return None
    data_type = types.get(path[1], "string") if path[0] == "productAttributes" else "string"
    try:
        if path[0] == "attributes" and len(path) == 3 and path[2] != "uom":
            same = not isinstance(value, str) and parse_number(text) == value
        else:
            same = data_type in DATA_TYPES and convert(text, data_type) == value
    except ValueError:
        return None
    return text if same else None


def _format_barcodes(entries: Any) -> str | None:
    if not isinstance(entries, list) or any(
        not isinstance(entry, dict) or list(entry) != ["barcode"] for entry in entries
    ):
        return None
    codes = [entry["barcode"] for entry in entries]
    sound = all(isinstance(code, str) and code and code == code.strip(BLANKS) and "|" not in code for code in codes)
    # An empty text of a barcode cannot be written: an empty cell would leave the barcodes unchanged.
    return "|".join(codes) or "|" if sound else None
