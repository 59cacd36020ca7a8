# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._errors import HTTPStatusError, OptionError
from .._http.urls import encode_segment
from .._similar_names import describe_nearest
from .jobs import get_job
from .pipeline import TERMINAL_STATES, select_current
from .pipeline_apply import find_pipelines, list_pipeline_names

if TYPE_CHECKING:
    from .._http.client import ApiClient

_RULE_ENGINE = "rule-engine"


def fire_trigger(client: ApiClient, job_id: str, rule_engine: str, trigger_id: str, variables: dict[str, Any]) -> None:
    """Fire an external trigger (documented: 202 without a body, whether or not the trigger exists)."""
    payload = {"jobId": job_id, "logsRuleEngineName": rule_engine, "triggerId": trigger_id, "variables": variables}
    client.call("POST", "/v1/triggers", json=payload)


def find_pipeline(client: ApiClient, job: str) -> str:
    """Return the id of a pipeline given by its name or its id.

    :raises OptionError: if it does not exist.
    """
    current = select_current(find_pipelines(client, job), job) or get_job(client, job, ())
    if current is None or current.get("state") in TERMINAL_STATES:
        raise _build_not_found(client, job)
    return str(current["id"])


def get_resolved_job(client: ApiClient, job: str) -> dict[str, Any]:
    """Return a job with its templates expanded, given the name of a pipeline, or the id of any job, ended ones too.

    :raises OptionError: if it does not exist.
    """
    current = select_current(find_pipelines(client, job), job)
    found = get_job(client, job if current is None else str(current["id"]), (("resolved", "true"),))
    if found is None:
        raise _build_not_found(client, job)
    return found


def _build_not_found(client: ApiClient, job: str) -> OptionError:
    hint = describe_nearest(job, list_pipeline_names(client))
    return OptionError(f"There is no pipeline {job}, neither by name nor by id.", hint=hint)


def list_anomalies(client: ApiClient, job: dict[str, Any]) -> list[dict[str, Any]]:
    """List the triggers of a job's rule engines that fired, sorted by rule engine and trigger (documented)."""
    found: list[dict[str, Any]] = []
    for name in _map_rule_engines(job):
        path = f"/v1/anomalies/{encode_segment(str(job['id']))}/{encode_segment(name)}"
        response = client.call("GET", path)
        items = response.parse_json()
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise response.build_error(
                HTTPStatusError, "answered with JSON that contains no list of anomalies.", hint="Check api_url."
            )
        found += items
    return sorted(found, key=lambda item: (str(item.get("ruleEngineName")), str(item.get("triggerId"))))


def _map_rule_engines(job: dict[str, Any]) -> dict[str, dict[str, Any]]:
    vertices = (job.get("jobGraph") or {}).get("vertices") or []
    return {str(one.get("name")): one for one in vertices if one.get("type") == _RULE_ENGINE}


def require_trigger(client: ApiClient, job_id: str, rule_engine: str, trigger_id: str) -> None:
    """
    :raises OptionError: if the pipeline, its rule engine or the trigger does not exist; the message lists those.
    """
    # A rule engine may be created by a template.
    job = get_job(client, job_id, (("resolved", "true"),))
    if job is None or job.get("state") in TERMINAL_STATES:
        raise OptionError(f"The trigger cannot be fired: there is no pipeline with the id {job_id}.")
    pipeline = f"the pipeline {job.get('name')}"
    engines = _map_rule_engines(job)
    if rule_engine not in engines:
        raise OptionError(
            f"The trigger cannot be fired: {pipeline} has {_build_unknown_error('rule engine', rule_engine, engines)}"
        )
    triggers = engines[rule_engine].get("triggers") or {}
    if trigger_id not in triggers:
        lack = _build_unknown_error("trigger", trigger_id, triggers)
        raise OptionError(f"The trigger cannot be fired: the rule engine {rule_engine} of {pipeline} has {lack}")


def _build_unknown_error(noun: str, name: str, known: dict[str, Any]) -> str:
    return f"no {noun} {name}. {describe_nearest(name, known)}"
