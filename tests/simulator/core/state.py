# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of the simulator. One event loop owns it, so no lock is needed as long as no change awaits midway."""

from __future__ import annotations

import copy
import itertools
from typing import Any

from ..grepr import seed
from ..grepr.graph import TemplatePorts
from ..grepr.job_lifecycle import Lifecycle
from ..grepr.job_records import create_seed_jobs, generate_id
from ..grepr.job_store import JobStore
from ..grepr.query_script import Heartbeat, QueryScript
from ..greymatter import master_data_store, service_request_store
from ..greymatter.notifications import Notifier
from ..greymatter.reports import ReportStore
from ..greymatter.service_request_store import ServiceRequestStore
from .faults import FaultStore
from .request_log import RequestLog
from .settings import Settings
from .token_store import TokenStore

ItemsById = dict[str, dict[str, Any]]


class State:
    """Settings, tokens, data, faults and the request log."""

    def __init__(self, start: Settings) -> None:
        self._start = start
        self.notifier = Notifier(self)
        self.reset()

    def reset(self) -> None:
        """Back to the start; the credentials of the start stay the same."""
        self.settings = copy.deepcopy(self._start)
        self.tokens = {"grepr": TokenStore(), "greymatter": TokenStore()}
        self.jobs = JobStore(create_seed_jobs())
        self.lifecycle = Lifecycle(self)
        # Grepr's other resources: by kind, then by id.
        self.resources: dict[str, ItemsById] = seed.resources()
        self.masterdata = master_data_store.seed()
        self.service_requests = ServiceRequestStore()
        self.service_requests.listeners.append(self._notify_state_change)
        self.reports = ReportStore(self)
        self.notifier.clear()
        # The external ids of the orders reported as ready to print, and the audits.
        self.printed: list[str] = []
        self.audits: list[dict[str, Any]] = []
        self.faults = FaultStore()
        self.request_log = RequestLog()
        self.query_script = QueryScript()
        self.heartbeats: dict[str, Heartbeat] = {}
        # The planned responses to template tests, by the template's name.
        self.trials: dict[str, dict[str, Any]] = {}
        self.anomalies: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.organization = dict(seed.ORGANIZATION)
        self.access = {"autoSignupEnabled": False}
        self._numbers = itertools.count(1)

    def new_id(self, kind: str) -> str:
        """A unique id; the same sequence after a reset."""
        return generate_id(f"{kind}/{next(self._numbers)}")

    def _notify_state_change(self, order: dict[str, Any]) -> None:
        """Notify of a service request's new state if the setting is on."""
        if self.settings.greymatter.order_notifications == "none":
            return
        shown = service_request_store.show(order, self.settings.greymatter)
        self.notifier.notify("service_request", shown)
        packed = any("packing_box_type" in (line["attributes"] or {}) for line in order["serviceRequests"] or [])
        if packed and order["state"] == "complete":
            self.notifier.notify("service_request", {**shown, "type": "PACK"})

    def template_ports(self, template: Any, version: Any) -> TemplatePorts | None:
        """The inputs and outputs of a version of a template."""
        versions = self.resources["templates"].get(str(template), {}).get("versions", [])
        found = next((one for one in versions if one["version"] == version), None)
        if found is None:
            return None
        return TemplatePorts(frozenset(found.get("inputs") or {}), frozenset(found.get("outputs") or {}))

    def has_referenced(self, field: str, thing: str) -> bool:
        """Whether what a job graph names exists."""
        kinds = {"datasetId": "datasets", "availableDatasets": "datasets", "templateId": "templates"}
        return thing in self.resources[kinds.get(field, "integrations")]
