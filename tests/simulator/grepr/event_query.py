# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Predicates over events: a part of Datadog's query language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]
Predicate = Callable[[Event], bool]

_VALUE = r'"(?:[^"\\]|\\.)*"|[^\s()"]+'
_TOKEN = re.compile(rf"\s*(\(|\)|-(?=[^\s)])|(?:@?[\w./-]+:)?(?:{_VALUE}))")
_TERM = re.compile(rf"(?:(@?[\w./-]+):)?({_VALUE})", re.DOTALL)
# OpenTelemetry's numbers of each level (documented).
_SEVERITIES = {
    "trace": range(1, 5),
    "debug": range(5, 9),
    "info": range(9, 13),
    "warn": range(13, 17),
    "error": range(17, 21),
    "fatal": range(21, 25),
}


def build_predicate(given: Any) -> Predicate:
    """The function of a predicate.

    :raises ValueError: if it is not one that is evaluated here.
    """
    kind = given.get("type") if isinstance(given, dict) else None
    if kind == "datadog-query":
        return _Parser(given.get("query", "")).parse()
    if kind == "and-predicate":
        parts = [build_predicate(part) for part in given.get("queries") or []]
        return lambda event: all(part(event) for part in parts)
    raise ValueError(f"the predicate {kind} is not evaluated")


class _Parser:
    """Terms with AND, OR, NOT and parentheses. OR binds least; AND may be left out, and ``-`` is NOT."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        position = 0
        while text[position:].strip():
            found = _TOKEN.match(text, position)
            if found is None:
                raise ValueError(f"the query {text} is not evaluated")
            self._tokens.append(found[1])
            position = found.end()

    def parse(self) -> Predicate:
        if not self._tokens:
            return lambda _event: True
        found = self._parse_or()
        if self._tokens:
            raise ValueError(f"the query has a {self._tokens[0]} too many")
        return found

    def _next(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def _parse_or(self) -> Predicate:
        parts = [self._parse_and()]
        while self._next() == "OR":
            self._tokens.pop(0)
            parts.append(self._parse_and())
        return lambda event: any(part(event) for part in parts)

    def _parse_and(self) -> Predicate:
        parts = [self._parse_not()]
        while self._next() not in ("", ")", "OR"):
            if self._next() == "AND":
                self._tokens.pop(0)
            parts.append(self._parse_not())
        return lambda event: all(part(event) for part in parts)

    def _parse_not(self) -> Predicate:
        if self._next() in ("-", "NOT"):
            self._tokens.pop(0)
            negated = self._parse_not()
            return lambda event: not negated(event)
        return self._parse_term()

    def _parse_term(self) -> Predicate:
        token = self._tokens.pop(0) if self._tokens else ""
        if token == "(":
            inside = self._parse_or()
            if self._next() != ")":
                raise ValueError("the query lacks a closing parenthesis")
            self._tokens.pop(0)
            return inside
        found = _TERM.fullmatch(token)
        if found is None or token in ("AND", "OR"):
            raise ValueError(f"the query lacks a term before {token or 'its end'}")
        return _build_term(found[1], found[2])


def _build_term(key: str | None, value: str) -> Predicate:
    if value[0] == '"':
        pattern = re.escape(json.loads(value))
    elif value[0] in "<>[{":
        raise ValueError(f"the comparison {key}:{value} is not evaluated")
    else:
        pattern = ".*".join(map(re.escape, value.split("*")))
    if key is None:
        # A word is looked for in the message, whatever stands around it.
        return lambda event: re.search(pattern, str(event.get("message", "")), re.IGNORECASE | re.DOTALL) is not None
    if key == "status":
        levels = [level for level in _SEVERITIES if re.fullmatch(pattern, level)]
        return lambda event: any(event.get("severity") in _SEVERITIES[level] for level in levels)
    return lambda event: any(re.fullmatch(pattern, text, re.DOTALL) for text in _list_values(event, key))


def _list_values(event: Event, key: str) -> list[str]:
    """The values of an attribute, which begins with ``@``, of a field of the event, or of a tag."""
    found: Any = event
    if key.startswith("@"):
        found = event.get("attributes", {})
        for part in key[1:].split("."):
            found = found.get(part) if isinstance(found, dict) else None
    else:
        found = event[key] if key in ("id", "message", "severity") and key in event else event.get("tags", {}).get(key)
    values = found if isinstance(found, list) else [] if found is None else [found]
    return [value if isinstance(value, str) else json.dumps(value) for value in values]
