# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import ResponseError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.pipelines import Create, Update
from ansible_collections.greyops.rest.plugins.module_utils._http.reasons import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._grepr.pipelines import Plan
    from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer
    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient

# What is wrong, each with its place below that of the check.
Verdict = tuple[tuple[str, str], ...]

QUERY_TYPES = ("datadog-query", "newrelic-query", "nrql-query")
_QUERY, _GROK, _SQL = "query", "grok", "sql"
_RULES, _HELPERS = "grokParsingRules", "grokHelperRules"
_JUDGED = (200, 400)


@dataclass(frozen=True)
class Question:
    """One text that Grepr can judge; ``payload`` is SQL, or JSON. Two that are equal need asking once."""

    kind: str
    payload: str

    def ask(self, client: ApiClient) -> Verdict:
        """
        :raises GreyopsError: there was no verdict.
        """
        if self.kind == _QUERY:
            return self._ask_for_query(client)
        return self._ask_for_sql(client) if self.kind == _SQL else self._ask_for_grok(client)

    def _ask_for_query(self, client: ApiClient) -> Verdict:
        body = {"query": json.loads(self.payload), "validationTarget": "EVENT_PREDICATE"}
        answer = client.call("POST", "/v1/query/parse", json=body, expected=_JUDGED, repeatable=True)
        return _verdict(client, answer)

    def _ask_for_sql(self, client: ApiClient) -> Verdict:
        # Seen in Grepr's own client: the documented JSON string is not understood.
        path = "/v1/validation/sql/flink"
        return _verdict(client, client.call("POST", path, text=self.payload, expected=_JUDGED, repeatable=True))

    def _ask_for_grok(self, client: ApiClient) -> Verdict:
        parser = json.loads(self.payload)
        body = {"grokParser": {"type": "grok-parser", "name": "parser", **parser}, "logSample": "-"}
        answer = client.call("POST", "/v1/grok/parse", json=body, expected=_JUDGED, repeatable=True)
        if answer.status == 200:
            return ()
        document = answer.brief()
        problems = document.get("errors") if isinstance(document, dict) else None
        if not isinstance(problems, list) or not problems:
            return (("", _reason(client, answer)),)
        return tuple(_of_rule(parser, problem) for problem in problems if isinstance(problem, dict))


@dataclass(frozen=True)
class Check:
    """A question and the place in a graph that it is about."""

    path: str
    question: Question


def graph_to_write(plan: Plan) -> dict[str, Any] | None:
    """The graph that a plan sends to Grepr, if it sends one that may be new to it."""
    for step in plan.steps:
        if isinstance(step, Create):
            graph: dict[str, Any] = step.body["jobGraph"]
            return graph
        if isinstance(step, Update) and step.job_graph is not None:
            return step.job_graph
    return None


def checks_of(value: Any, path: str) -> Iterator[Check]:
    """All queries, grok rules and SQL statements of a graph, wherever they are in it."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from checks_of(item, f"{path}[{number}]")
    if not isinstance(value, dict):
        return
    kind = value.get("type")
    if kind in QUERY_TYPES and isinstance(value.get("query"), str) and value["query"].strip():
        yield Check(f"{path}.query", Question(_QUERY, _as_text(value)))
    if kind == "grok-parser":
        yield from _grok(value, path)
    if kind == "multi-grok-parser" and isinstance(value.get("ruleSets"), list):
        for number, rules in enumerate(value["ruleSets"]):
            yield from _grok(rules, f"{path}.ruleSets[{number}]")
    if kind == "sql-operation" and isinstance(value.get("statements"), list):
        for number, statement in enumerate(value["statements"]):
            if isinstance(statement, dict) and isinstance(statement.get("sqlQuery"), str):
                yield Check(f"{path}.statements[{number}].sqlQuery", Question(_SQL, statement["sqlQuery"]))
    for key, item in value.items():
        yield from checks_of(item, f"{path}.{key}")


def problems_of_checks(checks: Iterable[Check], ask: Callable[[list[Question]], Iterable[Verdict]]) -> list[str]:
    """What Grepr has to say against the texts of a graph, each with its place.

    :param ask: gets the questions, each of them once, and returns the verdicts in their order.
    """
    asked = list(checks)
    questions = list(dict.fromkeys(check.question for check in asked))
    verdicts = dict(zip(questions, ask(questions)))
    return [f"{check.path}{place}: {text}" for check in asked for place, text in verdicts[check.question]]


def _grok(rules: Any, path: str) -> Iterator[Check]:
    if isinstance(rules, dict) and rules.get(_RULES):
        parser = {key: rules[key] for key in (_RULES, _HELPERS) if rules.get(key)}
        yield Check(path, Question(_GROK, _as_text(parser)))


def _of_rule(parser: dict[str, Any], problem: dict[str, Any]) -> tuple[str, str]:
    rule = problem.get("rule")
    places = (f".{key}[{parser[key].index(rule)}]" for key in (_RULES, _HELPERS) if rule in parser.get(key, ()))
    found = [one for one in problem.get("ruleErrors") or [] if isinstance(one, dict)]
    told = ", ".join(
        f"{one.get('message')}{f' at {position}' if (position := one.get('position')) is not None else ''}"
        for one in found
    )
    return next(places, ""), told or "is refused"


def _verdict(client: ApiClient, answer: Answer) -> Verdict:
    """Of the two endpoints that answer ``{"valid", "errorMessage"}``; 400 is a verdict as well."""
    if answer.status == 400:
        return (("", _reason(client, answer)),)
    document = answer.json()
    if not isinstance(document, dict) or not isinstance(document.get("valid"), bool):
        raise answer.error(ResponseError, "answered with JSON that is no verdict.", hint="Use validate=local.")
    if document["valid"]:
        return ()
    return (("", str(document.get("errorMessage") or "is not valid")),)


def _reason(client: ApiClient, answer: Answer) -> str:
    return reason_of(answer, client.session.secrets) or "is refused"


def _as_text(value: dict[str, Any]) -> str:
    return json.dumps(value, sort_keys=True)
