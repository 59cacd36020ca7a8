# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient


def fire(client: ApiClient, job_id: str, rule_engine: str, trigger_id: str, variables: dict[str, Any]) -> None:
    """Fire an external trigger (documented: 202 without a body, whether or not the trigger exists)."""
    payload = {"jobId": job_id, "logsRuleEngineName": rule_engine, "triggerId": trigger_id, "variables": variables}
    client.call("POST", "/v1/triggers", json=payload)
