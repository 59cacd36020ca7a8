# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import (
    GreyopsError,
    OptionError,
    PartialError,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.graph import problems_of
from ansible_collections.greyops.rest.plugins.module_utils._grepr.vertices import WHOLE, is_sink
from ansible_collections.greyops.rest.plugins.module_utils._http.streams import StreamError, StreamLimits

if TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.greyops.rest.plugins.module_utils._grepr.keepers import Keeper
    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient

    Graph = dict[str, Any]

FINISHED = "FINISHED"
# Documented: what ends a stream. UNKNOWN is documented as well, and says nothing.
_ENDS = frozenset({FINISHED, "FAILED", "CANCELLED", "TIMED_OUT", "SCANNED_MAX"})
_ADVICE = {
    "FAILED": "Check the query and the graph.",
    "CANCELLED": "Somebody or something ended it; run the task again.",
    "TIMED_OUT": "Ask for a shorter time or with a narrower query.",
    "SCANNED_MAX": (
        "It read as much as a query may: ask for a shorter time or with a narrower query, or take this end as well "
        "with accept_states."
    ),
}
_SPEAKS = "application/x-ndjson, application/json"
# Seconds between two words to whoever watches.
_NEWS = 5.0


def query_graph(
    source_type: str, dataset_id: str, query: dict[str, str], span: tuple[str, str], **limits: int | str | None
) -> Graph:
    """The graph of a plain query of a dataset (documented: the data-lake sources share these properties).

    :param limits: ``limit`` and ``sortOrder``, left to Grepr where they are None.
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


def problems_of_query(graph: Any) -> list[str]:
    """All that can be said against a graph that is to answer, and to write nothing."""
    problems = problems_of(graph)
    vertices = graph.get("vertices") if isinstance(graph, dict) else None
    kinds = {
        str(vertex.get("name")): str(vertex.get("type"))
        for vertex in (vertices if isinstance(vertices, list) else [])
        if isinstance(vertex, dict)
    }
    if kinds and not any(kind.endswith("-sync-sink") or kind in WHOLE for kind in kinds.values()):
        problems.append("job_graph has no sink that answers, such as logs-sync-sink")
    problems += [
        f"job_graph writes with {name} ({kind}), and a query only reads: use a sink that answers, or discarding-sink"
        for name, kind in kinds.items()
        if is_sink(kind) and not kind.endswith("-sync-sink") and kind != "discarding-sink"
    ]
    return problems


class Query:
    """A synchronous job: what it finds goes to a keeper, and its heartbeats are answered as they come.

    ``quoted`` sends the token of a heartbeat back as a JSON string, as the documentation has it, in the place of the
    bare token that Grepr's own client sends.
    """

    def __init__(
        self, client: ApiClient, keeper: Keeper, progress: Callable[[str], None], accepted: frozenset[str], quoted: bool
    ) -> None:
        self.state: str | None = None
        self._client = client
        self._keeper = keeper
        self._progress = progress
        self._accepted = accepted
        self._quoted = quoted
        self._words = ""
        self._heartbeat: Any = None
        self._deaf: GreyopsError | None = None
        self._began = self._told = time.monotonic()

    def run(self, graph: Graph, name: str | None, limits: StreamLimits) -> None:
        """Until the end.

        :raises PartialError: the end is none that is accepted, or there was none. It says how much had come.
        """
        body = {
            "name": name or f"ansible_query_{uuid.uuid4().hex}",
            "execution": "SYNCHRONOUS",
            "processing": "BATCH",
            "jobGraph": graph,
            "tags": {},
            "teamIds": [],
        }
        self._began = self._told = time.monotonic()
        try:
            # A query only reads, so it may be sent again until its first line is there.
            self._client.stream(
                "/v1/jobs/sync",
                json=body,
                on_line=self._hear,
                on_pause=self._answer,
                limits=limits,
                accept=_SPEAKS,
                repeatable=True,
            )
        except StreamError as error:
            advice = "Run it again; if it was slow, raise idle_timeout or wait_timeout."
            raise self._incomplete(error.without_hint, f"{error.hint} {advice}".lstrip(), error) from None
        if self.state is None:
            raise self._incomplete("The query's stream ended without a word about its end.", "Run the task again.")
        if self.state not in self._accepted:
            raise self._incomplete(f"The query ended as {self.state}{self._words}.", _ADVICE[self.state])

    def _hear(self, line: bytes) -> bool:
        try:
            record = self._keeper.parsed(line)
        except ValueError:
            record = None
        if not isinstance(record, dict):
            advice = "Check that api_url is the API's own and not that of a web page or proxy."
            raise self._incomplete("The query's stream holds a line that is no JSON object.", advice)
        state, data = record.get("jobState"), record.get("data")
        if state == "HEARTBEAT":
            self._heartbeat = record.get("heartbeatToken") or self._heartbeat
        elif state in _ENDS:
            self.state = str(state)
            words = data.get("message") if isinstance(data, dict) else None
            self._words = f" ({words})" if words else ""
            return False
        elif data is not None:
            self._keeper.keep(data, len(line))
        self._tell()
        return True

    def _answer(self, left: float) -> None:
        """Answer the newest of the heartbeats that have come, in the seconds that the query has left."""
        token, self._heartbeat = self._heartbeat, None
        if not token:
            return
        text = json.dumps(token) if self._quoted else str(token)
        try:
            with self._client.session.within(left):
                self._client.call(
                    "POST",
                    "/v1/jobs/sync/heartbeat",
                    text=text,
                    headers={"Content-Type": "application/json"},
                    repeatable=True,
                )
        except GreyopsError as error:
            # The query may come to its end all the same; if it does not, this is the reason.
            self._deaf = self._deaf or error

    def _tell(self) -> None:
        now = time.monotonic()
        if now - self._told >= _NEWS:
            self._told = now
            self._progress(f"query: {self._keeper.count} events, {now - self._began:.0f} s")

    def _incomplete(self, what: str, hint: str, cause: GreyopsError | None = None) -> PartialError:
        found = self._keeper.count
        told = f"{what} {found} event{'' if found == 1 else 's'} had come before{self._keeper.fate()}."
        if self._deaf:
            told = f"{told} A heartbeat could not be answered: {self._deaf.without_hint}"
            hint = f"{hint} {self._deaf.hint}".rstrip()
        values: dict[str, object] = {"state": self.state, "count": found, **self._keeper.partial()}
        if cause is not None:
            values.update({key: value for key, value in cause.as_result().items() if key != "msg"})
        return PartialError(told, values, hint=hint)


def require_sound(graph: Any) -> None:
    """
    :raises OptionError: the graph cannot be run as a query; with all reasons.
    """
    problems = problems_of_query(graph)
    if problems:
        raise OptionError(f"The query cannot be run: {'; '.join(problems)}.")
