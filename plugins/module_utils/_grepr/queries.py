# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Queries: their graph, their stream and where their events go."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Protocol

from .._atomic_file import AtomicFile
from .._errors import (
    GreyopsError,
    OptionError,
    PartialFailureError,
    raise_on_errors,
)
from .._http.json_parser import (
    Budget,
    DataTooLargeError,
    parse_json,
    parse_json_line,
)
from .._http.response import format_mib
from .._http.streaming import Stream, StreamError, StreamLimits
from .._polling import ProgressLine
from .graph import validate_graph
from .vertex_types import SELF_CONTAINED, is_sink

if TYPE_CHECKING:
    from .._http.client import ApiClient
    from .._redaction import Redactor

    Graph = dict[str, Any]


class EventSink(Protocol):
    """Receives the events of a query."""

    count: int

    def parse(self, line: bytes) -> Any:
        """Parse the data of a line.

        :raises ValueError: if it is not JSON.
        :raises OptionError: if its data take too much memory.
        """

    def add(self, event: Any, size: int) -> None:
        """Add one event, whose line had ``size`` bytes."""

    def to_partial_result(self) -> dict[str, object]:
        """Return what a failed result contains of the events."""

    def describe_failure(self) -> str:
        """Say, as the end of a sentence, what happened to the events of a failed query; may be empty."""


class ListSink:
    """Collects events for the result of a task, up to a limit of memory."""

    def __init__(self, limit: int) -> None:
        """
        :param limit: max_response.
        """
        self.count = 0
        self.events: list[Any] = []
        self._budget = Budget(2 * limit)
        self._limit = limit
        self._size = 0

    def parse(self, line: bytes) -> Any:
        try:
            return parse_json(bytearray(line), self._budget)
        except DataTooLargeError:
            raise self._build_size_error() from None

    def _build_size_error(self) -> OptionError:
        return OptionError(
            f"The query found more than {format_mib(self._limit)} ({self.count} events), or what takes twice as much "
            "of "
            "memory, too much for the result of a task.",
            hint="Write them to a file with dest, request fewer with limit, or raise max_response.",
        )

    def add(self, event: Any, size: int) -> None:
        self._size += size
        if self._size > self._limit:
            raise self._build_size_error()
        self.count += 1
        self.events.append(event)

    def to_partial_result(self) -> dict[str, object]:
        return {"events": self.events}

    def describe_failure(self) -> str:
        return ""


class FileSink(AtomicFile):
    """Writes events to a file, one JSON document per line, without keeping them in memory."""

    def __init__(self, dest: str, secrets: Redactor, limit: int, check_mode: bool) -> None:
        super().__init__(dest, check_mode)
        self.count = 0
        self._secrets = secrets
        self._largest = 2 * limit

    def parse(self, line: bytes) -> Any:
        try:
            return parse_json_line(line, self._largest)
        except DataTooLargeError:
            raise OptionError(
                f"An event of the query takes more than {format_mib(self._largest)} of memory, after "
                f"{self.count} others.",
                hint="Check that event, or raise max_response: an event may take twice as much.",
            ) from None

    def add(self, event: Any, size: int) -> None:
        self.write(self._encode(event))
        self.count += 1

    def _encode(self, event: Any) -> bytes:
        text = self._secrets.redact_data(json.dumps(event, ensure_ascii=False, separators=(",", ":")))
        return f"{text}\n".encode()

    def to_partial_result(self) -> dict[str, object]:
        return {}

    def describe_failure(self) -> str:
        return f", which are discarded: {self.dest} is unchanged"


FINISHED = "FINISHED"
# Documented: the events that end a stream. UNKNOWN is documented as well, without a meaning.
_FINAL_STATES = frozenset({FINISHED, "FAILED", "CANCELLED", "TIMED_OUT", "SCANNED_MAX"})
_ADVICE = {
    "FAILED": "Check the query and the graph.",
    "CANCELLED": "It was canceled in Grepr. Run the task again.",
    "TIMED_OUT": "Use a shorter time range or a narrower query.",
    "SCANNED_MAX": (
        "It read as much as a query may. Use a shorter time range or a narrower query, or accept this state with "
        "accept_states."
    ),
}
_ACCEPT = "application/x-ndjson, application/json"


def build_query_graph(
    source_type: str, dataset_id: str, query: dict[str, str], span: tuple[str, str], **limits: int | str | None
) -> Graph:
    """Build the graph of a plain query of a dataset (documented: the data-lake sources share these properties).

    :param limits: ``limit`` and ``sortOrder``; Grepr's defaults apply where they are None.
    """
    source = {
        "type": source_type,
        "name": "source",
        "datasetId": dataset_id,
        "start": span[0],
        "end": span[1],
        "query": query,
        **{name: value for name, value in limits.items() if value is not None},
    }
    kind = "spans" if "span" in source_type or "trace" in source_type else "logs"
    return {
        "vertices": [source, {"type": f"{kind}-sync-sink", "name": "sink"}],
        "edges": ["source -> sink"],
    }


def validate_query(graph: Any) -> list[str]:
    """Return everything wrong with a graph that must return events and write nothing."""
    problems = validate_graph(graph)
    vertices = graph.get("vertices") if isinstance(graph, dict) else None
    kinds = {
        str(vertex.get("name")): str(vertex.get("type"))
        for vertex in (vertices if isinstance(vertices, list) else [])
        if isinstance(vertex, dict)
    }
    if kinds and not any(kind.endswith("-sync-sink") or kind in SELF_CONTAINED for kind in kinds.values()):
        problems.append("job_graph has no sink that answers, such as logs-sync-sink")
    problems += [
        f"job_graph writes with {name} ({kind}), and a query only reads: use a sink that answers, or discarding-sink"
        for name, kind in kinds.items()
        if is_sink(kind) and not kind.endswith("-sync-sink") and kind != "discarding-sink"
    ]
    return problems


class Query:
    """A synchronous job: events go to a sink, and each heartbeat is answered when it arrives.

    If ``quoted``, the token of a heartbeat is sent back as a JSON string, as documented, instead of as the bare token
    that Grepr's own client sends.
    """

    def __init__(
        self,
        client: ApiClient,
        sink: EventSink,
        accepted: frozenset[str],
        quoted: bool,
    ) -> None:
        self.state: str | None = None
        self._client = client
        self._sink = sink
        self._accepted = accepted
        self._quoted = quoted
        self._message = ""
        self._heartbeat: Any = None
        self._heartbeat_error: GreyopsError | None = None
        self._progress = ProgressLine(client.runtime, "query")

    def run(self, graph: Graph, name: str | None, limits: StreamLimits) -> None:
        """Run the query until it ends.

        :raises PartialFailureError: if the final state is not accepted, or the stream ended early. It contains the
        number of events received.
        """
        body = {
            "name": name or f"ansible_query_{uuid.uuid4().hex}",
            "execution": "SYNCHRONOUS",
            "processing": "BATCH",
            "jobGraph": graph,
            "tags": {},
            "teamIds": [],
        }
        try:
            # A query only reads, so it can be sent again until its first line arrives.
            with self._client.stream(
                "/v1/jobs/sync", json=body, limits=limits, accept=_ACCEPT, idempotent=True
            ) as response:
                self._read(response.stream)
        except StreamError as error:
            hint = "Run it again; if it was slow, raise idle_timeout or wait_timeout."
            raise self._build_incomplete_error(error.without_hint, f"{error.hint} {hint}".lstrip(), error) from None
        if self.state is None:
            raise self._build_incomplete_error("The query's stream ended without a final state.", "Run the task again.")
        if self.state not in self._accepted:
            raise self._build_incomplete_error(f"The query ended as {self.state}{self._message}.", _ADVICE[self.state])

    def _read(self, stream: Stream) -> None:
        for lines in stream:
            for line in lines:
                self._read_line(line)
                if self.state is not None:
                    return
            self._answer_heartbeat(stream.remaining)

    def _read_line(self, line: bytes) -> None:
        try:
            record = self._sink.parse(line)
        except ValueError:
            record = None
        if not isinstance(record, dict):
            hint = "Check that api_url is the API's own and not that of a web page or proxy."
            raise self._build_incomplete_error("The query's stream contains a line that is not a JSON object.", hint)
        state, data = record.get("jobState"), record.get("data")
        if state == "HEARTBEAT":
            self._heartbeat = record.get("heartbeatToken") or self._heartbeat
        elif state in _FINAL_STATES:
            self.state = str(state)
            text = data.get("message") if isinstance(data, dict) else None
            self._message = f" ({text})" if text else ""
        elif data is not None:
            self._sink.add(data, len(line))
        self._progress.show(f"{self._sink.count} events")

    def _answer_heartbeat(self, left: float) -> None:
        """Answer the newest heartbeat received, within the seconds left for the query."""
        token, self._heartbeat = self._heartbeat, None
        if not token:
            return
        text = json.dumps(token) if self._quoted else str(token)
        try:
            with self._client.http.limit_time(left):
                self._client.call(
                    "POST",
                    "/v1/jobs/sync/heartbeat",
                    text=text,
                    headers={"Content-Type": "application/json"},
                    idempotent=True,
                )
        except GreyopsError as error:
            # The query may still finish; if it does not, this is the reason.
            self._heartbeat_error = self._heartbeat_error or error

    def _build_incomplete_error(self, what: str, hint: str, cause: GreyopsError | None = None) -> PartialFailureError:
        found = self._sink.count
        message = f"{what} {found} event{'' if found == 1 else 's'} had come before{self._sink.describe_failure()}."
        if self._heartbeat_error:
            message = f"{message} A heartbeat could not be answered: {self._heartbeat_error.without_hint}"
            hint = f"{hint} {self._heartbeat_error.hint}".rstrip()
        values: dict[str, object] = {"state": self.state, "count": found, **self._sink.to_partial_result()}
        if cause is not None:
            values.update({key: value for key, value in cause.as_result().items() if key != "msg"})
        return PartialFailureError(message, values, hint=hint)


def require_valid(graph: Any) -> None:
    """
    :raises OptionError: if the graph cannot be run as a query; with all reasons.
    """
    raise_on_errors(validate_query(graph), "The query cannot be run")
