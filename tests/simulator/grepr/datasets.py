# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Datasets, and the settings of their tables."""

from __future__ import annotations

from aiohttp import web

from ..core.responses import json_response
from . import graph as job_graph
from .endpoints import ApiError, Route, empty, read_json
from .promotion import find_unpromoted, store_policy, view_table
from .resource import Item, Resource
from .schemas import NAMES, Schema, anything, duration, list_of, map_of, now, number, one_of, optional, required, text
from .seed import WAREHOUSE

# The keys in the vendor's generated types; whether each of them has a configuration is not documented.
TABLE_KEYS = (
    "logs_raw",
    "logs_dedup",
    "logs_pattern_lookup",
    "metrics_raw",
    "metricdata_raw",
    "spans_raw",
    "spans_dedup",
)
_CREATE = Schema(
    {"name": required(text(shortest=1)), "integrationId": required(text()), "teamIds": optional(NAMES, [])}
)
_UPDATE = Schema(
    {"name": required(text(shortest=1)), "teamIds": optional(NAMES, []), "tables": optional(map_of(anything))}
)
_PARTITION = Schema({"column": required(text()), "buckets": required(number(2, 256))})
_TABLE = Schema(
    {
        "partitionConfig": optional(Schema({"fields": required(list_of(_PARTITION.rule))}).rule),
        "sortFields": optional(
            list_of(Schema({"column": required(text()), "direction": optional(one_of("ASC", "DESC"))}).rule), []
        ),
    }
)
_ESTIMATION = Schema(
    {
        "logLimit": optional(number(1), 10_000_000),
        "lookbackDuration": optional(duration, "PT1H"),
        "refreshPeriod": optional(duration, "PT168H"),
        "query": optional(anything),
    }
)


class Datasets(Resource):
    """The endpoints below ``/datasets``."""

    kind, path, noun = "datasets", "/datasets", "Dataset"
    schema = _CREATE
    deleted = 200

    def more_routes(self) -> list[Route]:
        """Estimation and tables."""
        estimation, table = f"{self.path}/{{id}}/estimation-config", f"{self.path}/{{id}}/{{table}}/config"
        promotion = f"{self.path}/{{id}}/tables/{{table}}/promotion"
        return [
            Route("GET", estimation, self.estimation),
            Route("PUT", estimation, self.set_estimation),
            Route("DELETE", estimation, self.drop_estimation),
            Route("GET", table, self.table),
            Route("PUT", table, self.set_table),
            Route("DELETE", table, self.drop_table),
            Route("PUT", promotion, self.set_promotion),
        ]

    def check(self, given: Item, item: Item | None) -> None:
        """Names as a setting requires; the integration as another setting requires."""
        self.refuse_duplicate(given["name"], item)
        if item is None and self.state.settings.grepr.check_references:
            integration = self.state.resources["integrations"].get(given["integrationId"], {})
            if integration.get("type") not in ("data-warehouse", "s3-data-warehouse"):
                raise ApiError(400, f"no data warehouse integration {given['integrationId']}")

    def make(self, given: Item) -> Item:
        """With the fields that the server adds."""
        return {**given, "organizationId": "acme", "tables": {}}

    async def update(self, request: web.Request) -> web.Response:
        """The name, and with a setting the teams."""
        item = self.get_or_404(request)
        given = _UPDATE.read(await read_json(request))
        self.check(given, item)
        item["name"] = given["name"]
        if self.state.settings.grepr.dataset_teams == "updated":
            item["teamIds"] = given["teamIds"]
        return json_response(self.view(item))

    def check_delete(self, item: Item) -> None:
        """Datasets used by jobs cannot be deleted."""
        if users := self._users(item):
            raise ApiError(409, f"Dataset {item['id']} has jobs attached: {', '.join(users)}")

    def example(self, name: str) -> Item:
        """In the first warehouse."""
        return {"name": name, "integrationId": WAREHOUSE, "teamIds": []}

    def _users(self, item: Item) -> list[str]:
        return self.state.jobs.users(item["id"], job_graph.iter_references)

    async def estimation(self, request: web.Request) -> web.Response:
        """The configured estimation; null if there is none."""
        return json_response(self.get_or_404(request).get("_estimation"))

    async def set_estimation(self, request: web.Request) -> web.Response:
        """Set it."""
        item = self.get_or_404(request)
        given, moment = _ESTIMATION.read(await read_json(request)), now()
        before = item.get("_estimation", {"createdAt": moment})
        server = {"datasetId": item["id"], "organizationId": "acme", "createdAt": before["createdAt"]}
        item["_estimation"] = {**given, **server, "updatedAt": moment}
        return json_response(item["_estimation"])

    async def drop_estimation(self, request: web.Request) -> web.Response:
        """Drop it."""
        self.get_or_404(request).pop("_estimation", None)
        return empty(200)

    async def table(self, request: web.Request) -> web.Response:
        """The settings of a table."""
        return json_response(view_table(*self._table_of(request)))

    async def set_table(self, request: web.Request) -> web.Response:
        """Set them, unless a job uses the table."""
        item, key = self._table_of(request)
        given = _TABLE.read(await read_json(request))
        if missing := find_unpromoted(item, key, given):
            raise ApiError(400, f"Invalid config: not a promoted tag key: {', '.join(missing)}")
        self._refuse_if_busy(item)
        item["tables"][key] = given
        return json_response(view_table(item, key))

    async def drop_table(self, request: web.Request) -> web.Response:
        """Reset to the defaults."""
        item, key = self._table_of(request)
        self._refuse_if_busy(item)
        item["tables"].pop(key, None)
        return empty(204)

    async def set_promotion(self, request: web.Request) -> web.Response:
        """Replace the promotion policy of a table, also while jobs work on it."""
        item, key = self._table_of(request, unknown=404)
        return json_response(store_policy(item, key, await read_json(request)))

    def _table_of(self, request: web.Request, unknown: int = 400) -> tuple[Item, str]:
        item, key = self.get_or_404(request), request.match_info["table"]
        if key not in TABLE_KEYS:
            raise ApiError(unknown, f"unsupported table key {key}")
        return item, key

    def _refuse_if_busy(self, item: Item) -> None:
        records = [self.state.jobs.get_latest(job) for job in self._users(item)]
        busy = [one.fields["id"] for one in records if one is not None and one.fields["state"] != "STOPPED"]
        if busy:
            raise ApiError(409, f"stop these jobs first: {', '.join(busy)}")
