# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data both APIs serve: Grepr's jobs, GreyMatter's catalogues, and the seed both start with."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from ..core.responses import encode_json

JOB_STATES = (
    "CREATED", "PENDING", "INFRA_UPDATE", "INFRA_UPDATE_WAIT", "VERIFYING", "WAITING", "RUNNING", "STOPPED", "FINISHED",
    "FAILED", "CANCELLED", "DELETED", "UPDATING", "STARTING", "RESTARTING", "STOPPING", "ROLLING_BACK", "DELETING",
)  # fmt: skip
ENDED_STATES = frozenset({"FINISHED", "FAILED", "CANCELLED", "DELETED"})


@dataclass(slots=True)
class Record:
    """A resource and its JSON: it is serialised once, not once a request."""

    fields: dict[str, Any]
    encoded: bytes

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Record:
        """Encode the fields."""
        return cls(fields, encode_json(fields))

    def change(self, changes: dict[str, Any]) -> None:
        """Change fields; null leaves one out."""
        merged = self.fields | changes
        self.fields = {name: value for name, value in merged.items() if name not in changes or value is not None}
        self.encoded = encode_json(self.fields)


def encode_array(records: list[Record]) -> bytes:
    """Records as a JSON array."""
    return b"[" + b", ".join(record.encoded for record in records) + b"]"


def job(given: dict[str, Any]) -> Record:
    """A whole job out of a partial one. The id follows from the name, so versions of one job share it."""
    name = str(given.get("name", "job"))
    state = given.get("state", "RUNNING")
    defaults: dict[str, Any] = {
        "id": generate_id(name),
        "name": name,
        "version": 0,
        "organizationId": "acme",
        "execution": "ASYNCHRONOUS",
        "processing": "STREAMING",
        "state": state,
        "desiredState": "STOPPED" if state in ("STOPPED", "STOPPING") else "RUNNING",
        "jobGraph": _graph(),
        "tags": {},
        "teamIds": [],
        "createdAt": "2026-03-01T12:00:00Z",
        "updatedAt": "2026-03-02T08:30:00Z",
        "startedAt": "2026-03-01T12:01:10Z",
        "editedBy": "Ann Example (u1)",
        "greprVersion": "1.0.0",
        "pipelineStatus": {
            "health": "UNHEALTHY" if state == "FAILED" else "HEALTHY",
            "message": "",
            "isRolledBack": False,
        },
    }
    if state in ENDED_STATES:
        defaults["endedAt"] = "2026-03-02T08:30:00Z"
    return Record.of(defaults | given)


def _graph() -> dict[str, Any]:
    return {
        "vertices": [
            {"type": "datadog-log-agent-source", "name": "source", "integrationId": "0jn5rdc93r10t"},
            {"type": "logs-iceberg-table-sink", "name": "lake", "datasetId": "0kabdv8yo9q99"},
        ],
        "edges": ["source -> lake"],
    }


def expand_templates(fields: dict[str, Any]) -> dict[str, Any]:
    """The job with each template vertex replaced by the two plain ones that stand in for a template here."""
    graph = fields["jobGraph"]
    templates = {vertex["name"] for vertex in graph["vertices"] if vertex.get("type") == "template-operation"}
    if not templates:
        return fields
    vertices: list[dict[str, Any]] = []
    for vertex in graph["vertices"]:
        name = vertex["name"]
        if name in templates:
            vertices.append({"type": "grok-parser", "name": f"{name}_parser"})
            vertices.append({"type": "log-reducer", "name": f"{name}_reducer"})
        else:
            vertices.append(vertex)
    edges = [f"{name}_parser -> {name}_reducer" for name in sorted(templates)]
    for vertex in graph["vertices"]:
        # The sinks in the input of the built-in templates become vertices.
        given = (vertex.get("templateInputs") or {}).get("input") or {}
        sinks = [wrapper["sink"] for wrapper in given.get("sinks") or []] if vertex["name"] in templates else []
        vertices += sinks
        edges += [f"{vertex['name']}_reducer -> {sink['name']}" for sink in sinks]
    for edge in graph["edges"]:
        start, end = (part.strip() for part in edge.split("->"))
        # The ports of a template mean nothing once it is expanded.
        start = f"{start.split(':')[0]}_reducer" if start.split(":")[0] in templates else start
        end = f"{end.split(':')[0]}_parser" if end.split(":")[0] in templates else end
        edges.append(f"{start} -> {end}")
    return fields | {"jobGraph": {"vertices": vertices, "edges": edges}}


def generate_id(name: str) -> str:
    """A 13-character id in the API's form, always the same for one name."""
    return "0" + base64.b32encode(hashlib.sha256(name.encode()).digest()).decode().lower()[:12]


def create_seed_jobs() -> list[Record]:
    """The jobs a fresh simulator has; in no order, like the real list."""
    template = {
        "vertices": [
            {"type": "datadog-log-agent-source", "name": "source", "integrationId": "0jn5rdc93r10t"},
            {"type": "template-operation", "name": "logs", "templateId": "0ktemplate001", "templateVersion": 16},
            {"type": "datadog-log-sink", "name": "vendor", "integrationId": "0jn5rdc93r10t"},
        ],
        "edges": ["source -> logs:input", "logs:processedEvents -> vendor"],
    }
    return [
        job(given)
        for given in (
            {"name": "web_logs", "state": "FINISHED", "desiredState": "FINISHED", "tags": {"env": "prod"}},
            {"name": "web_logs", "version": 1, "tags": {"env": "prod"}, "jobGraph": template},
            {"name": "audit_logs", "state": "STOPPED"},
            {"name": "payments", "version": 3, "state": "FAILED"},
            {"name": "nightly_backfill", "processing": "BATCH", "state": "FINISHED"},
        )
    ]
