# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Service requests in tables and JSON files."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from .._errors import OptionError
from .category_index import SKU
from .codes import parse_code, validate_cell
from .json_files import JSON_EXTENSIONS, read_objects
from .problems import Problem
from .service_request import TYPES, Item, Place
from .tables import TABLE_EXTENSIONS, read_table
from .values import parse_finite, parse_number, refuse_constant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .tables import Row, TableFormat

_ID, _TYPE, _LINES, _WAIT_FOR, _QUANTITY = "external_service_request_id", "type", "lines", "wait_for", "quantity"

Path = tuple[str, ...]

# The options of a service request and of its lines, by their columns.
_PATHS: dict[str, Path] = {
    _ID: (_ID,),
    "externalServiceRequestId": (_ID,),
    **{name: (name,) for name in (_TYPE, "id", "state", _WAIT_FOR)},
    SKU: (_LINES, "product", SKU),
    _QUANTITY: (_LINES, _QUANTITY),
    "line_id": (_LINES, _ID),
}
_PREFIXES = {
    "attributes.": ("attributes",),
    "product.": (_LINES, "product"),
    "line_attributes.": (_LINES, "attributes"),
}
# The columns of the options of a line, in messages.
_COLUMNS = {_ID: "line_id", "product": SKU, f"product.{SKU}": SKU, "attributes": "line_attributes"}


class GivenRequest(NamedTuple):
    """The options of one service request of many, and the errors of the rows that they come from."""

    place: Place
    options: Item
    problems: Sequence[str] = ()


def read_files(paths: Sequence[str], formats: TableFormat) -> Iterator[GivenRequest]:
    """Iterate over the service requests of several files.

    :raises OptionError: if a file cannot be read.
    """
    for path in paths:
        extension = os.path.splitext(path)[1].lower()
        if extension in TABLE_EXTENSIONS:
            yield from _read_table(path, formats)
        elif extension in JSON_EXTENSIONS:
            for number, options in read_objects(path, "service request"):
                yield GivenRequest(Place(f"{os.path.basename(path)}[{number}]."), options)
        else:
            known = ", ".join((*TABLE_EXTENSIONS, *JSON_EXTENSIONS))
            raise OptionError(f"The format of {path} is unknown.", hint=f"Its name must end in one of {known}.")


@dataclass
class _Rows:
    """The rows of a table that describe one service request."""

    prefix: str
    options: Item = field(default_factory=dict)
    lines: list[Item] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, row: Row, where: str, paths: Mapping[str, Path]) -> None:
        line: Item = {}
        self.problems += [Problem.build(where, column, message) for column, message in row.problems]
        for column, text in row.values.items():
            try:
                value = _convert(paths[column], text)
                if paths[column][0] == _LINES:
                    _put(line, paths[column][1:], value)
                else:
                    _put(self.options, paths[column], value)
            except ValueError as error:
                self.problems.append(Problem.build(where, column, error))
        if line:
            self.lines.append(line)
            self.rows.append(where)

    def build(self) -> GivenRequest:
        lines = {_LINES: self.lines} if self.lines else {}
        return GivenRequest(
            Place(self.prefix, tuple(self.rows), _COLUMNS), {**self.options, **lines}, tuple(self.problems)
        )


def _read_table(path: str, formats: TableFormat) -> Iterator[GivenRequest]:
    name = os.path.basename(path)
    table = read_table(path, formats)
    paths = _parse_header(table.columns, name)
    found: dict[Path, _Rows] = {}
    for row in table:
        where = f"{name}:{row.line}: "
        values = {paths[column]: text for column, text in row.values.items() if column in paths}
        kind, external_id = values.get((_TYPE,), ""), values.get((_ID,), "")
        # A row without an id is one of its own, and its error is reported as that of any other service request.
        key = (TYPES.get(kind, kind), external_id) if external_id else (where,)
        found.setdefault(key, _Rows(where)).add(row, where, paths)
    for rows in found.values():
        yield rows.build()


def _parse_header(columns: Sequence[str], name: str) -> dict[str, Path]:
    """
    :raises OptionError: if a column is unknown or missing.
    """
    paths = {column: path for column in columns if (path := _parse_column(column))}
    known = ", ".join((*_PATHS, *(f"{prefix}NAME" for prefix in _PREFIXES)))
    unknown = [column for column in columns if column not in paths]
    missing = [column for column in (_ID, _TYPE) if (column,) not in paths.values()]
    if missing:
        raise OptionError(f"{name}: the header has no {' and no '.join(missing)}.", hint=f"The columns are {known}.")
    if unknown:
        raise OptionError(f"{name}: there is no column {', '.join(unknown)}.", hint=f"The columns are {known}.")
    if len(set(paths.values())) < len(paths):
        raise OptionError(f"{name}: two columns of the header have the same meaning.", hint="Drop one.")
    return paths


def _parse_column(column: str) -> Path | None:
    """Return the path of the option that the cells of a column belong to; None if there is none."""
    for prefix, path in _PREFIXES.items():
        if column.startswith(prefix) and column != prefix:
            return (*path, column[len(prefix) :])
    return _PATHS.get(column)


def _convert(path: Path, text: str) -> Any:
    """
    :raises ValueError: if a cell is invalid. The text is the end of a sentence.
    """
    if path[-1] == SKU:
        return str(parse_code(text))
    if path == (_LINES, _QUANTITY):
        return parse_number(text, whole=True)
    problem = validate_cell(text)
    if problem:
        raise ValueError(problem)
    if path == (_WAIT_FOR,):
        return [state.strip() for state in text.split("|")]
    if path[-2:-1] == ("attributes",) and text[0] in "[{":
        return _parse_json(text)
    return str(text)


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=refuse_constant, parse_float=parse_finite)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"begins as JSON and is not valid: {error}") from None


def _put(options: Item, path: Path, value: Any) -> None:
    """
    :raises ValueError: if an earlier row has another value there.
    """
    for key in path[:-1]:
        options = options.setdefault(key, {})
    if options.setdefault(path[-1], value) != value:
        raise ValueError(f"is {value!r}, and {options[path[-1]]!r} in an earlier row of the same service request")
