# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What Grepr itself says of a job graph."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._errors import HTTPStatusError
from .vertex_types import USER_DATA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .._http.client import ApiClient
    from .._http.response import Response

# The errors of an expression, each with its place relative to the expression.
Errors = tuple[tuple[str, str], ...]

QUERY_TYPES = ("datadog-query", "newrelic-query", "nrql-query")
_QUERY, _GROK, _SQL = "query", "grok", "sql"
_RULES, _HELPERS = "grokParsingRules", "grokHelperRules"
_EXPECTED = (200, 400)


@dataclass(frozen=True)
class Expression:
    """One text that Grepr can validate; ``payload`` is SQL, or JSON. Equal expressions are validated once."""

    kind: str
    payload: str

    def validate(self, client: ApiClient) -> Errors:
        """
        :raises GreyopsError: if validation failed without a result.
        """
        if self.kind == _QUERY:
            return self._validate_query(client)
        return self._validate_sql(client) if self.kind == _SQL else self._validate_grok(client)

    def _validate_query(self, client: ApiClient) -> Errors:
        body = {"query": json.loads(self.payload), "validationTarget": "EVENT_PREDICATE"}
        response = client.call("POST", "/v1/query/parse", json=body, expected=_EXPECTED, idempotent=True)
        return _parse_result(client, response)

    def _validate_sql(self, client: ApiClient) -> Errors:
        # Seen in Grepr's own client: the documented JSON string is not understood.
        path = "/v1/validation/sql/flink"
        return _parse_result(client, client.call("POST", path, text=self.payload, expected=_EXPECTED, idempotent=True))

    def _validate_grok(self, client: ApiClient) -> Errors:
        parser = json.loads(self.payload)
        body = {"grokParser": {"type": "grok-parser", "name": "parser", **parser}, "logSample": "-"}
        response = client.call("POST", "/v1/grok/parse", json=body, expected=_EXPECTED, idempotent=True)
        if response.status == 200:
            return ()
        document = response.parse_brief()
        problems = document.get("errors") if isinstance(document, dict) else None
        if not isinstance(problems, list) or not problems:
            return (("", _get_reason(client, response)),)
        return tuple(_locate_rule(parser, problem) for problem in problems if isinstance(problem, dict))


@dataclass(frozen=True)
class Location:
    """An expression and its place in a graph."""

    path: str
    expression: Expression


def find_expressions(value: Any, path: str) -> Iterator[Location]:
    """Find all queries, grok rules and SQL statements of a graph, at any depth, except in data of the user."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from find_expressions(item, f"{path}[{number}]")
    if not isinstance(value, dict):
        return
    kind = value.get("type")
    if kind in QUERY_TYPES and isinstance(value.get("query"), str) and value["query"].strip():
        yield Location(f"{path}.query", Expression(_QUERY, _to_text(value)))
    if kind == "grok-parser":
        yield from _find_grok(value, path)
    if kind == "multi-grok-parser" and isinstance(value.get("ruleSets"), list):
        for number, rules in enumerate(value["ruleSets"]):
            yield from _find_grok(rules, f"{path}.ruleSets[{number}]")
    if kind == "sql-operation" and isinstance(value.get("statements"), list):
        for number, statement in enumerate(value["statements"]):
            if isinstance(statement, dict) and isinstance(statement.get("sqlQuery"), str):
                yield Location(f"{path}.statements[{number}].sqlQuery", Expression(_SQL, statement["sqlQuery"]))
    for key, item in value.items():
        yield from () if key in USER_DATA else find_expressions(item, f"{path}.{key}")


def validate_expression(client: ApiClient, expression: Expression) -> Errors:
    """Return Grepr's errors about one expression.

    :raises GreyopsError: if validation failed without a result.
    """
    return expression.validate(client)


def list_expressions(locations: Iterable[Location]) -> list[Expression]:
    """Return the distinct expressions at these places."""
    return list(dict.fromkeys(location.expression for location in locations))


def list_errors(locations: Iterable[Location], errors: Mapping[Expression, Errors]) -> list[str]:
    """Return the errors of the expressions at these places, each with its place."""
    return [f"{location.path}{place}: {text}" for location in locations for place, text in errors[location.expression]]


def _find_grok(rules: Any, path: str) -> Iterator[Location]:
    if isinstance(rules, dict) and rules.get(_RULES):
        parser = {key: rules[key] for key in (_RULES, _HELPERS) if rules.get(key)}
        yield Location(path, Expression(_GROK, _to_text(parser)))


def _locate_rule(parser: dict[str, Any], problem: dict[str, Any]) -> tuple[str, str]:
    rule = problem.get("rule")
    places = (f".{key}[{parser[key].index(rule)}]" for key in (_RULES, _HELPERS) if rule in parser.get(key, ()))
    found = [one for one in problem.get("ruleErrors") or [] if isinstance(one, dict)]
    message = ", ".join(
        f"{one.get('message')}{f' at {position}' if (position := one.get('position')) is not None else ''}"
        for one in found
    )
    return next(places, ""), message or "is refused"


def _parse_result(client: ApiClient, response: Response) -> Errors:
    """Parse the response of the two endpoints that return ``{"valid", "errorMessage"}``; 400 is a result as well."""
    if response.status == 400:
        return (("", _get_reason(client, response)),)
    document = response.parse_json()
    if not isinstance(document, dict) or not isinstance(document.get("valid"), bool):
        raise response.build_error(
            HTTPStatusError, "answered with JSON that is not a validation result.", hint="Use validate=local."
        )
    if document["valid"]:
        return ()
    return (("", str(document.get("errorMessage") or "is not valid")),)


def _get_reason(client: ApiClient, response: Response) -> str:
    return client.find_error_reason(response) or "is refused"


def _to_text(value: dict[str, Any]) -> str:
    return json.dumps(value, sort_keys=True)
