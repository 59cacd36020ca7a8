# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validation of JSON bodies: fields, their rules and defaults."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from .endpoints import ApiError

# A rule gives what is wrong with a value, or nothing.
Rule = Callable[[Any], str]


@dataclass(frozen=True)
class Field:
    """One field; without a default it is left out when it is not given. ``ignored``: it may be sent, and is dropped."""

    rule: Rule
    required: bool = False
    default: Any = None
    ignored: bool = False


class Schema:
    """The fields of an object; a field that is not among them is refused."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self.fields = dict(fields)

    def find_problems(self, given: object) -> list[str]:
        """The validation errors of an object."""
        if not isinstance(given, dict):
            return ["must be an object"]
        found = [f"unrecognized field {name}" for name in given if name not in self.fields]
        for name, field in self.fields.items():
            value = given.get(name)
            if field.ignored:
                continue
            if value is None:
                found += [f"{name} must not be null"] if field.required else []
            elif problem := field.rule(value):
                found.append(f"{name} {problem}")
        return found

    def read(self, given: object) -> dict[str, Any]:
        """The object with its defaults, or 400."""
        found = self.find_problems(given)
        if found or not isinstance(given, dict):
            raise ApiError(400, f"Unable to process JSON: {'; '.join(found)}")
        return self.fill_defaults(given)

    def fill_defaults(self, given: dict[str, Any]) -> dict[str, Any]:
        """The known fields, with defaults for those that were left out or null."""
        result: dict[str, Any] = {}
        for name, field in self.fields.items():
            value = None if field.ignored else given.get(name)
            if value is None and field.default is not None:
                value = copy.deepcopy(field.default)
            if value is not None:
                result[name] = value
        return result

    def rule(self, value: object) -> str:
        """The shape of a nested object as a rule."""
        return "; ".join(self.find_problems(value))


def required(rule: Rule) -> Field:
    """A field that has to be given."""
    return Field(rule, required=True)


def optional(rule: Rule, default: Any = None) -> Field:
    """A field that may be left out."""
    return Field(rule, default=default)


def read_only() -> Field:
    """A field that only the server sets; sent back, it is ignored."""
    return Field(anything, ignored=True)


def anything(_value: object) -> str:
    """Any JSON."""
    return ""


def text(pattern: str = "", longest: int | None = None, shortest: int = 0) -> Rule:
    """A string."""

    def rule(value: object) -> str:
        if not isinstance(value, str):
            return "must be a string"
        if longest is not None and len(value) > longest:
            return f"size must be between {shortest} and {longest}"
        if len(value) < shortest:
            return f"size must be at least {shortest}"
        return f'must match "{pattern}"' if pattern and not re.fullmatch(pattern, value) else ""

    return rule


def number(lowest: float | None = None, highest: float | None = None, *, whole: bool = True) -> Rule:
    """A number."""

    def rule(value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            return "must be a number"
        if lowest is not None and value < lowest:
            return f"must be greater than or equal to {lowest}"
        return f"must be less than or equal to {highest}" if highest is not None and value > highest else ""

    return rule


def flag(value: object) -> str:
    """A boolean."""
    return "" if isinstance(value, bool) else "must be a boolean"


def one_of(*choices: str) -> Rule:
    """One of some strings."""

    def rule(value: object) -> str:
        return "" if value in choices else f"must be one of [{', '.join(choices)}]"

    return rule


def list_of(rule: Rule, shortest: int = 0, longest: int | None = None, *, unique: bool = False) -> Rule:
    """A list."""

    def check(value: object) -> str:
        if not isinstance(value, list):
            return "must be a list"
        if len(value) < shortest or (longest is not None and len(value) > longest):
            return f"size must be between {shortest} and {longest or 'any'}"
        if unique and len({repr(item) for item in value}) != len(value):
            return "must only contain unique elements"
        return "; ".join(f"[{index}] {problem}" for index, item in enumerate(value) if (problem := rule(item)))

    return check


def map_of(rule: Rule) -> Rule:
    """An object with free names."""

    def check(value: object) -> str:
        if not isinstance(value, dict):
            return "must be an object"
        return "; ".join(f"[{name}] {problem}" for name, item in value.items() if (problem := rule(item)))

    return check


def instant(value: object) -> str:
    """A date and time."""
    try:
        datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        return "must be a date-time"
    return ""


def duration(value: object) -> str:
    """A duration in ISO-8601."""
    good = isinstance(value, str) and re.fullmatch(r"P(?=.)(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", value)
    return "" if good else "must be a duration"


def predicate(value: object) -> str:
    """A query over events."""
    if not isinstance(value, dict):
        return "must be an object"
    kind = value.get("type")
    if kind == "and-predicate":
        return list_of(predicate, 1)(value.get("queries"))
    if kind == "metric-predicate":
        return ""
    if kind not in ("datadog-query", "newrelic-query", "nrql-query"):
        return f"has the unknown type {kind}"
    return "" if isinstance(value.get("query", ""), str) else "must have a query that is a string"


def parse_date_time(value: str) -> datetime:
    """A date and time of the API; without a zone it is UTC."""
    parsed = datetime.fromisoformat(value)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def now(delay: float = 0) -> str:
    """The time in the API's form, or the time after some seconds."""
    return (datetime.now(UTC) + timedelta(seconds=delay)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


NAMES = list_of(text(), unique=True)
EVENT_NAME = r"[a-z0-9_]{1,128}"
