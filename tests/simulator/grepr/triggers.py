# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""External triggers, the backfills they start, and the record of their arrival."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ..core.responses import json_response
from ..core.state import State
from .endpoints import ApiError, Route, empty, error, read_json
from .schemas import now

_FIELDS = ("jobId", "logsRuleEngineName", "triggerId")


class Triggers:
    """The endpoints below ``/triggers`` and ``/anomalies``."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """The routes; the first one checks credentials itself."""
        return [
            Route("POST", "/triggers", self.fire, "open"),
            Route("GET", "/anomalies/{job}/{engine}", self.anomalies),
        ]

    async def fire(self, request: web.Request) -> web.Response:
        """Accept an external trigger, whether or not its target exists."""
        settings = self._state.settings.grepr
        key = request.headers.get("GREPR-API-KEY")
        allowed = key in settings.api_keys if key is not None else settings.triggers == "open"
        if not allowed:
            self._state.request_log.unauthorized["grepr"] += 1
            return error(401, "API key is invalid", {"WWW-Authenticate": "Bearer"})
        given = await read_json(request)
        if not isinstance(given, dict):
            raise ApiError(400, "Unable to process JSON")
        missing = [name for name in _FIELDS if not isinstance(given.get(name), str)]
        if missing or not isinstance(given.get("variables", {}), (dict, type(None))):
            raise ApiError(422, f"not well-formed: {', '.join(missing) or 'variables'}")
        self._state.request_log.triggers += 1
        self._state.request_log.fired.append(given)
        self._start_backfills(given)
        return empty(202)

    def _engine(self, job: str, name: str) -> dict[str, Any] | None:
        record = self._state.jobs.get_latest(job)
        vertices = record.fields["jobGraph"]["vertices"] if record is not None else []
        found = (one for one in vertices if one.get("type") == "rule-engine" and one.get("name") == name)
        return next(found, None)

    def _start_backfills(self, given: dict[str, Any]) -> None:
        """An existing trigger is recorded, and the backfills of its conditions start."""
        job, name, trigger = (str(given[field]) for field in _FIELDS)
        engine = self._engine(job, name)
        if engine is None or trigger not in engine["triggers"]:
            return
        moment = now()
        noted = {"jobId": job, "ruleEngineName": name, "triggerId": trigger, "firstTriggeredAt": moment}
        self._state.anomalies.setdefault((job, name, trigger), noted)["lastTriggeredAt"] = moment
        for condition in engine["triggers"][trigger].get("conditionIds", []):
            for rule in engine["conditions"].get(condition, {}).get("actionRules", []):
                for action in rule.get("actions", []):
                    if action.get("type") == "backfill-job-action":
                        self._backfill(action, (job, name, trigger))

    def _backfill(self, action: dict[str, Any], origin: tuple[str, str, str]) -> None:
        moment = now()
        source = {
            "type": "logs-backfill-iceberg-table-source",
            "name": "backfill_source",
            "datasetId": action.get("datasetId"),
            "query": action.get("backfillQuery"),
            "start": moment,
            "end": moment,
        }
        sinks = action.get("sinkOperations", [])
        edges = [f"backfill_source -> {sink.get('name')}" for sink in sinks]
        job = {
            "name": f"{action.get('name', 'backfill')}_{self._state.new_id('backfill')}"[:128],
            "execution": "ASYNCHRONOUS",
            "processing": "BATCH",
            "jobGraph": {"vertices": [source, *sinks], "edges": edges},
            "tags": action.get("jobTags", {}),
        }
        record = self._state.lifecycle.create(job, "system")
        parent, engine, trigger = origin
        self._state.jobs.children.setdefault(parent, []).append((record.fields["id"], engine, trigger))

    async def anomalies(self, request: web.Request) -> web.Response:
        """The received triggers of a rule engine, with their times."""
        job, name = request.match_info["job"], request.match_info["engine"]
        if self._state.jobs.get_latest(job) is None:
            raise ApiError(404, f"Job {job} not found")
        if self._engine(job, name) is None:
            raise ApiError(400, f"Job {job} has no rule engine {name}")
        wanted = request.query.getall("triggerIds", [])
        found = [noted for key, noted in self._state.anomalies.items() if key[:2] == (job, name)]
        return json_response([noted for noted in found if not wanted or noted["triggerId"] in wanted])
