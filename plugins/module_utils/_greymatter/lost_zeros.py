# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Finds codes whose leading zeros a spreadsheet has removed, by the lengths of all codes of the same column."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .problems import INDEX, ProblemGroup

if TYPE_CHECKING:
    from collections.abc import Iterator

# The lengths of a GTIN, whose last digit is a check digit that zeros in front do not change.
_GTIN_LENGTHS = (8, 12, 13, 14)
_BARCODE = "barcode"


@dataclass
class LostZeros:
    """The lengths of codes that consist of digits. It stores one group for each path and length."""

    _filled: dict[str, int] = field(default_factory=dict)
    _short: dict[tuple[str, int], ProblemGroup] = field(default_factory=dict)
    _no_gtins: set[tuple[str, int]] = field(default_factory=set)

    def add(self, where: str, path: str, code: str) -> None:
        """
        :param where: the location of the item, such as ``products.csv:7: ``.
        """
        if not (code.isdigit() and code.isascii()) or len(code) > _GTIN_LENGTHS[-1]:
            return
        kind = INDEX.sub("[]", path)
        if code.startswith("0"):
            self._filled[kind] = max(len(code), self._filled.get(kind, 0))
            return
        is_gtin = _has_check_digit(code)
        if is_gtin and len(code) in _GTIN_LENGTHS:
            return
        key = (kind, len(code))
        if not is_gtin:
            self._no_gtins.add(key)
        self._short.setdefault(key, ProblemGroup(f"{where}{path} {code} may have lost leading zeros")).add(where)

    def list_warnings(self) -> Iterator[str]:
        """Yield a sentence for each length of codes that are probably not complete."""
        for (kind, length), group in self._short.items():
            filled = self._filled.get(kind, 0)
            if length < filled:
                yield f"{group}. Other values have {filled} digits with leading zeros."
            elif _BARCODE in kind and length + 1 in _GTIN_LENGTHS and (kind, length) not in self._no_gtins:
                yield f"{group}. With a leading zero, it is a valid barcode of {length + 1} digits."


def _has_check_digit(code: str) -> bool:
    weighted = (int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(code)))
    return sum(weighted) % 10 == 0
