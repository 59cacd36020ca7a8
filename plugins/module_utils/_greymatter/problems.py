# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Groups the errors of many rows, so that one error that all rows have hides no other."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_MAX_RANGES = 10
_MAX_PLACES = 10
_LINE = re.compile(r".+:(\d+): ")
_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")
INDEX = re.compile(r"\[\d+\]")
# What differs between messages about the same error: values in quotes, and words with a digit.
_VALUE = re.compile(r"'[^']*'|\S*\d\S*")


class Problem(str):
    """An error about the value at a path. ``kind`` is equal for errors that differ only in the value."""

    __slots__ = ("kind",)
    kind: str

    @classmethod
    def build(cls, where: str, path: str, message: object, kind: str | None = None) -> Problem:
        """
        :param where: the location of the item, such as ``products.csv:7: ``.
        :param message: the end of a sentence that begins with the path.
        :param kind: the same message without its values, if these are not quoted and can be without a digit.
        """
        problem = cls(f"{where}{path} {message}")
        problem.kind = f"{INDEX.sub('[]', path)} {_VALUE.sub('*', str(message)) if kind is None else kind}"
        return problem


@dataclass
class ProblemGroup:
    """Equal errors: the first one, with the number and the places of all."""

    text: str
    count: int = 0
    ranges: list[list[int]] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    is_cut: bool = False

    def add(self, where: str) -> None:
        self.count += 1
        line = _LINE.fullmatch(where)
        if line is None:
            place = where.rstrip(".: ")
            if len(self.places) < _MAX_PLACES and place not in self.places:
                self.places.append(place)
            self.is_cut = self.is_cut or place not in self.places
            return
        number = int(line[1])
        if self.ranges and number <= self.ranges[-1][1] + 1 and not self.is_cut:
            self.ranges[-1][1] = number
        elif len(self.ranges) < _MAX_RANGES:
            self.ranges.append([number, number])
        else:
            self.is_cut = True

    def __str__(self) -> str:
        if self.count == 1:
            return self.text
        if self.ranges:
            spans = [str(first) if first == last else f"{first}-{last}" for first, last in self.ranges]
            one = len(spans) == 1 and spans[0].isdigit()
            where = f"{'line' if one else 'lines'} {', '.join(spans)}"
        else:
            where = f"in {', '.join(self.places)}"
        return f"{self.text}; {self.count} such values, {where}{' and more' if self.is_cut else ''}"


@dataclass
class ProblemGroups:
    """The errors of many items: equal errors of one source are one text, with their number and their lines.

    At most ``longest`` groups are kept; ``total`` counts all of them.
    """

    longest: int
    _groups: dict[tuple[str, str], ProblemGroup] = field(default_factory=dict)
    _left_out: int = 0

    def add(self, where: str, problem: str) -> None:
        """
        :param where: the location of the item, with which the problem begins.
        """
        kind = problem.kind if isinstance(problem, Problem) else problem[len(where) :]
        key = (_LAST_NUMBER.sub("", where), kind)
        if key not in self._groups and len(self._groups) >= self.longest:
            self._left_out += 1
            return
        self._groups.setdefault(key, ProblemGroup(problem)).add(where)

    @property
    def total(self) -> int:
        return len(self._groups) + self._left_out

    def as_texts(self) -> list[str]:
        return [str(group) for group in self._groups.values()]
