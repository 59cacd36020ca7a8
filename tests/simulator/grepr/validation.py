# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints that validate or test a text and store nothing: queries, SQL, grok rules, masks."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from ..core.responses import json_response
from .endpoints import ApiError, Route, read_json
from .schemas import Schema, anything, list_of, one_of, optional, required, text

_QUERY_KINDS = ("datadog-query", "newrelic-query", "nrql-query")
_QUERY = Schema(
    {
        "query": required(anything),
        "validationTarget": optional(one_of("PARSED_QUERY_NODE", "EVENT_PREDICATE"), "EVENT_PREDICATE"),
    }
)
_SAMPLE = {"grokParser": required(anything)}
_GROK = Schema({**_SAMPLE, "logSample": required(text())})
_GROK_BATCH = Schema({**_SAMPLE, "logSamples": required(list_of(text()))})
_MASKING = Schema({"masking": required(anything), "samples": required(list_of(text(), longest=20))})
_PAIRS = {")": "(", "]": "[", "}": "{"}
_SQL = ("SELECT", "INSERT", "CREATE", "WITH")
_MATCHERS = {
    "word": r"\b\w+\b",
    "notSpace": r"\S+",
    "data": r".*?",
    "greedyData": r".*",
    "integer": r"[+-]?\d+",
    "number": r"[+-]?\d+(?:\.\d+)?",
    "ip": r"\d{1,3}(?:\.\d{1,3}){3}",
    "ipv4": r"\d{1,3}(?:\.\d{1,3}){3}",
    "quotedString": r"\"[^\"]*\"",
    "ipOrHost": r"\S+?",
    "uuid": r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "hostname": r"[A-Za-z0-9.-]+",
    "boolean": r"true|false",
    "date": r".+?",
    "timestampiso8601": r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?",
    "regex": "",
}
_MATCHER = re.compile(r"%\{(\w+)(?:\((.*?)\))?(?::([\w.@-]*))?(?::[^}]*)?\}")

# The name of an attribute and its matcher.
_Field = tuple[str, str]
_Rule = tuple[str, re.Pattern[str], list[_Field]]


class Validation:
    """All of them."""

    def routes(self) -> list[Route]:
        """The endpoints."""
        return [
            Route("POST", "/query/parse", self.query),
            Route("POST", "/validation/sql/flink", self.sql),
            Route("POST", "/grok/parse", self.grok),
            Route("POST", "/grok/parse/batch", self.grok_batch),
            Route("POST", "/masking/mask", self.mask),
        ]

    async def query(self, request: web.Request) -> web.Response:
        """Whether a query can be parsed."""
        try:
            given = _QUERY.read(await read_json(request))["query"]
        except ApiError as error:
            raise ApiError(400, body={"message": error.message}) from None
        if not isinstance(given, dict) or given.get("type") not in _QUERY_KINDS:
            raise ApiError(400, body={"message": f"the type must be one of {', '.join(_QUERY_KINDS)}"})
        problem = find_query_problem(given.get("query", ""), given["type"])
        parsed = None if problem else {"type": "query", "terms": str(given.get("query", "")).split()}
        return json_response({"valid": not problem, "errorMessage": problem or None, "parsedQuery": parsed})

    async def sql(self, request: web.Request) -> web.Response:
        """Whether SQL can be parsed; only plain text is supported."""
        statement = (await request.read()).decode("utf-8", "replace").strip()
        if request.content_type != "text/plain" or not statement:
            raise ApiError(400, "Unable to process the SQL text")
        problem = find_unbalanced(statement)
        if not statement.upper().startswith(_SQL):
            problem = f'Encountered "{statement.split()[0]}" at line 1, column 1.'
        return json_response({"valid": not problem, "errorMessage": problem or None})

    async def grok(self, request: web.Request) -> web.Response:
        """The result of grok rules for a line."""
        given = _GROK.read(await read_json(request))
        return json_response(_grok(_rules(given["grokParser"]), given["logSample"]))

    async def grok_batch(self, request: web.Request) -> web.Response:
        """The result for several lines."""
        given = _GROK_BATCH.read(await read_json(request))
        rules = _rules(given["grokParser"])
        return json_response({"results": [_grok(rules, sample) for sample in given["logSamples"]]})

    async def mask(self, request: web.Request) -> web.Response:
        """The result of masks for lines."""
        given = _MASKING.read(await read_json(request))
        masks = given["masking"].get("messageMasks") if isinstance(given["masking"], dict) else None
        if not isinstance(masks, dict):
            raise ApiError(400, "masking.messageMasks must be an object")
        return json_response({"results": [_masked(sample, masks) for sample in given["samples"]]})


def find_query_problem(query: object, kind: str) -> str:
    """The syntax error of a query."""
    if not isinstance(query, str):
        return "the query must be a string"
    if kind == "nrql-query" and not query.strip().upper().startswith(("SELECT", "FROM")):
        return "an NRQL query begins with SELECT or FROM"
    words = query.split()
    if words and (words[-1] in ("AND", "OR", "NOT") or words[0] in ("AND", "OR")):
        return "an operator lacks its operand"
    if re.search(r"(^|[\s(]):|:(\s|$)", query):
        return "a term lacks its name or its value"
    return find_unbalanced(query)


def find_unbalanced(given: str) -> str:
    """The first bracket or quote without a counterpart."""
    opened: list[str] = []
    quote = ""
    for position, sign in enumerate(given):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "([{":
            opened.append(sign)
        elif sign in _PAIRS and (not opened or opened.pop() != _PAIRS[sign]):
            return f"unexpected '{sign}' at position {position}"
    return f"missing closing for {quote or opened[-1]}" if quote or opened else ""


def _rules(parser: Any) -> list[_Rule]:
    """The rules of a parser as patterns, with their captures."""
    given = parser.get("grokParsingRules") if isinstance(parser, dict) else None
    helpers = parser.get("grokHelperRules") or [] if isinstance(parser, dict) else []
    if not isinstance(given, list) or not isinstance(helpers, list):
        raise ApiError(400, body={"errors": [{"rule": "", "ruleErrors": [{"message": "no rules", "position": 0}]}]})
    parts = dict(str(helper).strip().split(" ", 1) for helper in helpers if " " in str(helper).strip())
    complaints: list[dict[str, Any]] = []
    made = []
    for rule in given:
        name, _separator, pattern = str(rule).strip().partition(" ")
        try:
            source, fields = _translate_pattern(_expand(pattern, parts))
            made.append((name, re.compile(source), fields))
        except (KeyError, re.error) as problem:
            message = f"unknown matcher {problem}" if isinstance(problem, KeyError) else str(problem)
            position = max(0, str(rule).find(f"%{{{problem.args[0]}"))
            complaints.append({"rule": str(rule), "ruleErrors": [{"message": message, "position": position}]})
    if complaints:
        raise ApiError(400, body={"errors": complaints})
    return made


def _expand(pattern: str, parts: dict[str, str]) -> str:
    """The text with helpers replaced; a helper may use others."""
    for _depth in range(5):
        for name, part in parts.items():
            pattern = pattern.replace(f"%{{{name}}}", part)
    return pattern


def _translate_pattern(pattern: str) -> tuple[str, list[_Field]]:
    fields: list[_Field] = []
    source, at = "", 0
    for match in _MATCHER.finditer(pattern):
        matcher, argument, field = match.groups()
        inner = argument.strip("\"'") if matcher == "regex" and argument else _MATCHERS[matcher]
        source += pattern[at : match.start()]
        if field:
            source += f"(?P<f{len(fields)}>{inner})"
            fields.append((field, matcher))
        else:
            source += f"(?:{inner})"
        at = match.end()
    return source + pattern[at:], fields


def _grok(rules: list[_Rule], sample: str) -> dict[str, Any]:
    for name, pattern, fields in rules:
        if match := pattern.fullmatch(sample):
            attributes = {
                field: _convert(match[f"f{number}"], matcher) for number, (field, matcher) in enumerate(fields)
            }
            result: dict[str, Any] = {"match": True, "matchingRuleName": name, "attributes": attributes}
            return {**result, "tags": {}, "topLevelFields": {}}
    return {"match": False, "matchingRuleName": None, "attributes": {}, "tags": {}, "topLevelFields": {}}


def _convert(value: str | None, matcher: str) -> object:
    """The value of an attribute; a number is an integer when its text is one."""
    if value is None or matcher not in ("integer", "number"):
        return value
    return float(value) if "." in value else int(value)


def _masked(sample: str, masks: dict[str, Any]) -> str:
    for label, mask in masks.items():
        pattern = mask.get("regex") if isinstance(mask, dict) else mask
        try:
            found = re.compile(str(pattern))
        except re.error as problem:
            raise ApiError(400, f"masking.messageMasks[{label}]: {problem}") from None
        replacement = mask.get("replacement") if isinstance(mask, dict) else None
        sample = found.sub(str(replacement or f"[{label}]").replace("\\", r"\\"), sample)
    return sample
