# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Tests of pipelines: events go through a graph, and the events of its vertices are compared with the expected ones.

Grepr runs the graph. Each vertex of interest is a synchronous batch job of what is upstream of it, because the events
of an answer do not name their sink. All sources are replaced by sources that hold the events, and all sinks are left
out, so that a test neither reads nor writes data of the account.
"""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from .._concurrency import map_concurrently
from .._errors import AuthenticationError, GreyopsError, OptionError, PartialFailureError, Text
from .._http.urls import encode_query
from .._similar_names import describe_nearest
from .expectations import Expectation, list_tag_values, validate_events, validate_expectation
from .graph import Edge, list_suspicions, validate_graph
from .jobs import get_job, list_jobs
from .pipeline import select_current
from .pipeline_apply import PIPELINES, list_pipeline_names
from .queries import FINISHED, ListSink, Query
from .service import GREPR
from .vertex_types import SELF_CONTAINED, is_sink, is_source, list_outputs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .._context import Context
    from .._http.client import ApiClient
    from .._http.streaming import StreamLimits
    from .names import NameResolver

    Event = dict[str, Any]
    Graph = dict[str, Any]

# Inferred from the names of the types: sources of other data than logs. Events cannot be given for them.
_OTHER_DATA = re.compile(r"trace|span|metric|session|analytics|llm-prompt")
# Documented: the types of the outputs of SQL statements, and the sinks that return such data. All else returns logs.
_EXCHANGE = ("status", "url", "method")
_SYNC_SINKS = {"COMPLETE_SPAN": "spans", "METRIC_DATA": "metrics", "VARIANT": "variant"}


class IsolatedGraph:
    """A graph without sinks, whose sources are to be replaced, and from which the part before an output can be taken.

    An output is given as ``vertex`` or ``vertex:output``; for a sink, it stands for everything that reaches the sink.
    """

    def __init__(self, document: Graph) -> None:
        self._vertices: dict[str, dict[str, Any]] = {
            str(vertex["name"]): vertex for vertex in document.get("vertices") or []
        }
        edges = [edge for edge in map(Edge.parse, document.get("edges") or []) if edge]
        self._edges = [
            Edge(start, port, edge.end, edge.input)
            for edge in edges
            for start, port in self._bypass_sinks(edge.start, edge.output, edges)
        ]

    def _bypass_sinks(self, name: str, port: str, edges: list[Edge]) -> list[tuple[str, str]]:
        """Return an output, or the outputs that reach a sink, which passes events on (documented)."""
        if not self._is_sink(name):
            return [(name, port)]
        before = [edge for edge in edges if edge.end == name]
        return [found for edge in before for found in self._bypass_sinks(edge.start, edge.output, edges)]

    def list_problems(self, events: dict[str, Any], outputs: Iterable[str], path: str) -> Iterator[str]:
        """Return everything that makes it impossible to test these outputs with events for these sources."""
        upstream: set[str] = set()
        for output in outputs:
            problem = self._validate_output(output)
            if problem:
                yield f"{path}expect.{output}: {problem}"
            else:
                upstream |= self._find_upstream(output)
        for name in events:
            if name not in self._sources:
                what = "is not a source" if name in self._vertices else "is not a vertex"
                yield f"{path}events.{name}: {name} {what}. The sources are {', '.join(self._sources) or 'none'}"
        for name, kind in self._sources.items():
            if _OTHER_DATA.search(kind):
                if name in upstream or name in events:
                    yield f"{path}events.{name}: {name} is a {kind}, which carries no logs, so it cannot be tested"
            elif name not in events:
                yield f"{path}events.{name} is missing: each source requires a list of events, which can be empty"
        for name in sorted(upstream):
            if self._vertices[name].get("type") in SELF_CONTAINED:
                yield (
                    f"{path}job_graph: {name} is a template, whose sources and sinks cannot be replaced. Test the "
                    "pipeline in the account by its name, or a graph without templates"
                )

    @property
    def _sources(self) -> dict[str, str]:
        kinds = {name: str(vertex.get("type")) for name, vertex in self._vertices.items()}
        return {name: kind for name, kind in kinds.items() if is_source(kind)}

    def _is_sink(self, name: str) -> bool:
        return is_sink(str(self._vertices[name].get("type")))

    def _validate_output(self, output: str) -> str:
        name, port = _split(output)
        vertex = self._vertices.get(name)
        if vertex is None:
            return f"{name} is not a vertex. The vertices are {', '.join(self._vertices)}"
        if self._is_sink(name):
            return f"{name} is a sink, which has no output {port}" if port else ""
        known = list_outputs(vertex)
        if known is None or port in known or (not port and vertex.get("type") != "sql-operation"):
            return ""
        outputs = ", ".join(f"{name}:{one}" for one in sorted(known))
        return f"{name} has no {f'output {port}' if port else 'default output'}. Other outputs: {outputs or 'none'}"

    def _find_feeds(self, name: str) -> list[tuple[str, str]]:
        return [(edge.start, edge.output) for edge in self._edges if edge.end == name]

    def _find_outputs(self, output: str) -> list[tuple[str, str]]:
        name, port = _split(output)
        return self._find_feeds(name) if self._is_sink(name) else [(name, port)]

    def _find_upstream(self, output: str) -> set[str]:
        """Return an output's vertex and all vertices before it, without sinks."""
        found: set[str] = set()
        waiting = [name for name, _port in self._find_outputs(output)]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += [start for start, _port in self._find_feeds(name)]
        return found

    def resolve_names(self, names: NameResolver, outputs: Iterable[str]) -> None:
        """Put ids in the place of names, in the vertices that run for these outputs."""
        used = {name for output in outputs for name in self._find_upstream(output)} - self._sources.keys()
        # All others are empty, so that an error has the place in the graph.
        vertices = [vertex if name in used else {} for name, vertex in self._vertices.items()]
        resolved = dict(zip(self._vertices, names.resolve_vertices(vertices, path="job_graph.vertices")))
        self._vertices.update({name: resolved[name] for name in used})

    def take(self, output: str, events: dict[str, list[Event]]) -> Graph:
        """Return a graph of what is upstream of an output, with events in its sources and a sink that returns logs."""
        upstream, outputs = self._find_upstream(output), self._find_outputs(output)
        vertices = [
            _build_source(name, events[name]) if name in self._sources else _remove_job_rules(vertex)
            for name, vertex in self._vertices.items()
            if name in upstream
        ]
        edges = [edge for edge in self._edges if edge.end in upstream]
        sink = "test_sink"
        while sink in upstream:
            sink += "_"
        vertices.append({"type": f"{self._find_data_type(outputs)}-sync-sink", "name": sink})
        edges += [Edge(start, port, sink, "") for start, port in outputs]
        return {"vertices": vertices, "edges": list(dict.fromkeys(map(str, edges)))}

    def _find_data_type(self, outputs: Sequence[tuple[str, str]]) -> str:
        for name, port in outputs:
            statements = self._vertices[name].get("statements")
            for statement in statements if isinstance(statements, list) else []:
                if statement.get("outputName") == port:
                    return _SYNC_SINKS.get(str(statement.get("outputType")), "logs")
        return "logs"


def _split(output: str) -> tuple[str, str]:
    name, _colon, port = output.partition(":")
    return name, "" if port == "output" else port


def _build_source(name: str, events: list[Event]) -> dict[str, Any]:
    """Build a source of given events; required fields that an event lacks are filled in (documented: LogEvent)."""
    now = int(time.time() * 1000)
    values = []
    for number, event in enumerate(events):
        given = {key: value for key, value in event.items() if value is not None}
        filled = {"type": "log", "id": f"{name}_{number}", "eventTimestamp": now + number, **given}
        filled.setdefault("receivedTimestamp", filled["eventTimestamp"])
        if isinstance(filled.get("tags"), dict):
            filled["tags"] = {key: list_tag_values(value) for key, value in filled["tags"].items()}
        values.append(filled)
    return {"type": "logs-values-source", "name": name, "values": values}


def _remove_job_rules(vertex: dict[str, Any]) -> dict[str, Any]:
    """Return a rule engine without the rules that start backfills, whose sinks would write; else the same vertex."""
    conditions = vertex.get("conditions")
    if vertex.get("type") != "rule-engine" or not isinstance(conditions, dict):
        return vertex
    kept = {
        name: {
            **condition,
            "actionRules": [rule for rule in condition.get("actionRules") or [] if rule.get("type") != "job-rule"],
        }
        for name, condition in conditions.items()
    }
    return {**vertex, "conditions": kept}


@dataclass
class PipelineTest:
    """One test: the events of the sources, what is expected of the vertices, and its result.

    ``graph`` is None as long as it was not read from the account.
    """

    path: str
    pipeline: str | None
    graph: IsolatedGraph | None
    events: dict[str, Any]
    expected: dict[str, Any]
    warnings: list[str] = field(default_factory=list)
    outputs: dict[str, list[Event]] = field(default_factory=dict)
    failures: list[dict[str, Any]] = field(default_factory=list)
    errors: list[GreyopsError] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.failures

    def describe(self) -> str:
        """Return the failures as text."""
        sentences = []
        for failure in self.failures:
            differences = "; ".join(failure["differences"])
            text = f"{failure['vertex']}: {failure['message'].rstrip('.')}"
            sentences.append(f"{text}: {differences}." if differences else f"{text}.")
        return " ".join(sentences)

    def as_result(self) -> dict[str, Any]:
        return {"passed": self.passed, "outputs": self.outputs, "failures": self.failures}

    def list_problems(self) -> list[str]:
        """Return everything that makes it impossible to run the test, as far as its graph is known."""
        return [] if self.graph is None else list(self.graph.list_problems(self.events, self.expected, self.path))

    def add_output(self, output: str, events: list[Event] | GreyopsError) -> None:
        if isinstance(events, GreyopsError):
            self.errors.append(events)
            self.failures.append({"vertex": output, "message": Text(events.msg), "differences": []})
            return
        self.outputs[output] = events
        self.failures += [
            {"vertex": output, "message": failure.message, "differences": list(failure.differences)}
            for failure in Expectation.parse(self.expected[output]).check(events)
        ]


def build_test(params: dict[str, Any], path: str, problems: list[str]) -> PipelineTest:
    """Build a test from its options; ``problems`` gets everything wrong that can be found without a request.

    :param path: what precedes the names of the options in messages.
    """
    found = [
        problem
        for name, events in params["events"].items()
        for problem in validate_events(events, f"{path}events.{name}")
    ]
    if not params["expect"]:
        found.append(f"{path}expect is empty")
    for output, expected in params["expect"].items():
        found += validate_expectation(expected, f"{path}expect.{output}")
    test = PipelineTest(path, params["pipeline"], None, params["events"], params["expect"])
    document, place = params["job_graph"], f"{path}job_graph"
    if document is not None:
        faults = validate_graph(document, place)
        found += faults
        if not faults:
            test.graph, test.warnings = IsolatedGraph(document), list_suspicions(document, place)
    problems += found + test.list_problems()
    return test


def read_graphs(client: ApiClient, tests: Iterable[PipelineTest]) -> None:
    """Read the graphs of the pipelines that are given by name, with their templates resolved.

    :raises OptionError: if pipelines do not exist; it contains all of them.
    """
    due = [test for test in tests if test.graph is None]
    names = sorted({str(test.pipeline) for test in due})
    jobs = list_jobs(client, encode_query({**PIPELINES, "name": names})) if names else []
    found = {name: select_current(jobs, name) for name in names}
    missing = [name for name, job in found.items() if job is None]
    if missing:
        known = list_pipeline_names(client)
        raise OptionError(" ".join(f"There is no pipeline {name}. {describe_nearest(name, known)}" for name in missing))
    graphs = {name: IsolatedGraph(_read_graph(client, job)) for name, job in found.items() if job}
    for test in due:
        test.graph = graphs[str(test.pipeline)]


def _read_graph(client: ApiClient, job: dict[str, Any]) -> Graph:
    graph: Graph = job.get("jobGraph") or {}
    if any(vertex.get("type") in SELF_CONTAINED for vertex in graph.get("vertices") or []):
        job = get_job(client, str(job["id"]), encode_query({"resolved": True})) or job
    return job.get("jobGraph") or {}


def run_tests(
    context: Context,
    tests: Sequence[PipelineTest],
    names: NameResolver,
    concurrency: int,
    limits: StreamLimits,
    quoted: bool,
) -> None:
    """Run the tests; each gets its outputs and failures.

    :param quoted: the format of heartbeats, as for queries.
    :raises AuthenticationError: if the login or the API rejects the credential, which no job can run without.
    """
    jobs: list[tuple[PipelineTest, str, Graph]] = []
    for test in tests:
        if test.graph is not None:
            if test.pipeline is None:
                test.graph.resolve_names(names, test.expected)
            jobs += [(test, output, test.graph.take(output, test.events)) for output in test.expected]
    work = partial(_run, limit=context.params["max_response"], limits=limits, quoted=quoted)
    results = map_concurrently(GREPR.open_client, context, concurrency, [job[2] for job in jobs], work)
    for (test, output, _graph), result in zip(jobs, results):
        if isinstance(result, AuthenticationError):
            raise result
        test.add_output(output, result)


def raise_on_failure(tests: Sequence[PipelineTest], message: str, values: dict[str, Any]) -> None:
    """
    :raises PartialFailureError: if a test did not pass. It contains the results, and the request that failed first.
    """
    errors = [error for test in tests for error in test.errors]
    exchange = (
        {key: value for key, value in errors[0].as_data().items() if key in _EXCHANGE and value} if errors else {}
    )
    if not all(test.passed for test in tests):
        raise PartialFailureError(message, {**values, **exchange})


def _run(client: ApiClient, graph: Graph, *, limit: int, limits: StreamLimits, quoted: bool) -> list[Event]:
    sink = ListSink(limit)
    Query(client, sink, frozenset({FINISHED}), quoted).run(graph, f"ansible_test_{uuid.uuid4().hex}", limits)
    return sink.events
