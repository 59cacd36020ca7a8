# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._errors import HTTPStatusError
from .._http.urls import encode_segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._http.client import ApiClient

# The documented success of the listing is 201; servers send 200.
_FOUND = (200, 201)

STATES = (
    "CREATED",
    "PENDING",
    "INFRA_UPDATE",
    "INFRA_UPDATE_WAIT",
    "VERIFYING",
    "WAITING",
    "RUNNING",
    "STOPPED",
    "FINISHED",
    "FAILED",
    "CANCELLED",
    "DELETED",
    "UPDATING",
    "STARTING",
    "RESTARTING",
    "STOPPING",
    "ROLLING_BACK",
    "DELETING",
)


def list_jobs(client: ApiClient, query: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """List the jobs that pass the API's own filters, sorted by name, id and version (documented: ``{"items": []}``)."""
    return _read_list(client, "/v1/jobs", query)


def list_runs(client: ApiClient, job_id: str) -> list[dict[str, Any]]:
    """List the batch jobs that a pipeline started, in the same order (documented: a bare list)."""
    return _read_list(client, f"{build_job_path(job_id)}/jobs")


def _read_list(client: ApiClient, path: str, query: Sequence[tuple[str, str]] = ()) -> list[dict[str, Any]]:
    response = client.call("GET", path, query=query, expected=_FOUND)
    document = response.parse_json()
    items = document.get("items") if isinstance(document, dict) else document
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise response.build_error(
            HTTPStatusError, "answered with JSON that contains no list of jobs.", hint="Check api_url."
        )
    return sorted(items, key=_sort_key)


def build_job_path(job_id: str) -> str:
    return f"/v1/jobs/{encode_segment(job_id)}"


def get_job(client: ApiClient, job_id: str, query: Sequence[tuple[str, str]]) -> dict[str, Any] | None:
    """Return one version of a job; None if it does not exist."""
    response = client.call("GET", build_job_path(job_id), query=query, expected=(*_FOUND, 404))
    if response.status == 404 and "html" not in response.headers.get("content-type", ""):
        return None
    document = response.parse_json()
    if not isinstance(document, dict) or "id" not in document:
        raise response.build_error(HTTPStatusError, "answered with JSON that is not a job.", hint="Check api_url.")
    return document


def describe_failure(job: dict[str, Any]) -> str:
    """Return the server's message about the failure of a job (documented: ``pipelineStatus``); empty if none."""
    status = job.get("pipelineStatus") or {}
    error = status.get("error") or {}
    return str(error.get("message") or status.get("message") or error.get("exception") or "")


def _sort_key(job: dict[str, Any]) -> tuple[str, str, float]:
    version = job.get("version")
    # Not converted: an integer may be too large for a float.
    return str(job.get("name", "")), str(job.get("id", "")), version if isinstance(version, (int, float)) else 0
