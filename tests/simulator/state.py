# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything the simulator remembers. One event loop owns it, so no lock is needed as long as nobody awaits midway."""

from __future__ import annotations

import copy
import itertools
from typing import Any

from . import grepr_seed, greymatter_data, greymatter_orders
from .faults import FaultBook
from .grepr_graph import TemplatePorts
from .grepr_lifecycle import Lifecycle
from .greymatter_orders import OrderBook
from .greymatter_reports import ReportBook
from .greymatter_webhook import Notifier
from .job_book import JobBook
from .journal import Journal
from .records import identifier, seed_jobs
from .settings import Settings
from .sync_plan import Heartbeat, SyncPlan
from .tokens import TokenBook

Shelf = dict[str, dict[str, Any]]


class State:
    """Switches, tokens, data, faults and the journal."""

    def __init__(self, start: Settings) -> None:
        self._start = start
        self.notifier = Notifier(self)
        self.reset()

    def reset(self) -> None:
        """Back to the start; the credentials of the start stay the same."""
        self.settings = copy.deepcopy(self._start)
        self.tokens = {"grepr": TokenBook(), "greymatter": TokenBook()}
        self.jobs = JobBook(seed_jobs())
        self.lifecycle = Lifecycle(self)
        # Grepr's other resources: by kind, then by id.
        self.shelves: dict[str, Shelf] = grepr_seed.shelves()
        self.masterdata = greymatter_data.seed()
        self.orders = OrderBook()
        self.orders.listeners.append(self._order_moved)
        self.reports = ReportBook(self)
        self.notifier.clear()
        # The external ids of the orders that were said to be ready to print, and the audits.
        self.printed: list[str] = []
        self.audits: list[dict[str, Any]] = []
        self.faults = FaultBook()
        self.journal = Journal()
        self.sync_plan = SyncPlan()
        self.heartbeats: dict[str, Heartbeat] = {}
        # What trials of templates answer, by the template's name.
        self.trials: dict[str, dict[str, Any]] = {}
        self.anomalies: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.organization = dict(grepr_seed.ORGANIZATION)
        self.access = {"autoSignupEnabled": False}
        self._numbers = itertools.count(1)

    def new_id(self, kind: str) -> str:
        """An id nothing else has; the same ones again after a reset."""
        return identifier(f"{kind}/{next(self._numbers)}")

    def _order_moved(self, order: dict[str, Any]) -> None:
        """Tell of a service request's new state, where a switch says so."""
        if self.settings.greymatter.order_notifications == "none":
            return
        shown = greymatter_orders.shown(order, self.settings.greymatter)
        self.notifier.notify("service_request", shown)
        packed = any("packing_box_type" in (line["attributes"] or {}) for line in order["serviceRequests"] or [])
        if packed and order["state"] == "complete":
            self.notifier.notify("service_request", {**shown, "type": "PACK"})

    def template_ports(self, template: Any, version: Any) -> TemplatePorts | None:
        """What goes into and comes out of a version of a template."""
        versions = self.shelves["templates"].get(str(template), {}).get("versions", [])
        found = next((one for one in versions if one["version"] == version), None)
        if found is None:
            return None
        return TemplatePorts(frozenset(found.get("inputs") or {}), frozenset(found.get("outputs") or {}))

    def has_referenced(self, field: str, thing: str) -> bool:
        """Whether what a job graph names exists."""
        kinds = {"datasetId": "datasets", "templateId": "templates"}
        return thing in self.shelves[kinds.get(field, "integrations")]
