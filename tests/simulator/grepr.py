# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Grepr side: jobs, triggers, the manifest."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from . import echo
from .answers import answer, encoded, header_complaint
from .faults import Handler
from .grepr_login import PATH as TOKEN_PATH
from .grepr_login import GreprLogin
from .records import JOB_STATES, Record, array, resolved
from .state import State

ROOT = "/api/v1"
_TRIGGER_FIELDS = ("jobId", "logsRuleEngineName", "triggerId")
_CHOICES = {
    "execution": ("SYNCHRONOUS", "ASYNCHRONOUS"),
    "processing": ("BATCH", "STREAMING"),
    "state": JOB_STATES,
    "latest": ("true", "false"),
    "resolved": ("true", "false"),
}


class QueryError(Exception):
    """A query parameter the API cannot read."""


def error(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    """Grepr's form of an error."""
    return answer({"code": status, "message": message}, status, headers)


class Grepr:
    """The endpoints below ``/api/v1``."""

    def __init__(self, state: State) -> None:
        self._state = state
        login = GreprLogin(state)
        self._table: dict[str, dict[str, Handler]] = {
            TOKEN_PATH: {"POST": login.token},
            f"{ROOT}/jobs": {"GET": self._guarded(self.jobs)},
            f"{ROOT}/jobs/{{id}}": {"GET": self._guarded(self.job)},
            f"{ROOT}/triggers": {"POST": self.trigger},
            f"{ROOT}/manifest": {"GET": self.manifest},
            f"{ROOT}/echo": {"*": self._guarded(echo.echo)},
            f"{ROOT}/text": {"*": self._guarded(echo.text)},
            f"{ROOT}/empty": {"*": self._guarded(echo.empty)},
        }

    def add_to(self, app: web.Application) -> None:
        """Register the routes; a known path never answers 404 for the method's sake."""
        for path, handlers in self._table.items():
            resource = app.router.add_resource(path)
            for method, handler in handlers.items():
                resource.add_route(method, handler)
                if method == "GET":
                    resource.add_route("HEAD", handler)
            if "*" not in handlers:
                resource.add_route("*", self.not_allowed)
        app.router.add_route("*", ROOT + "/{rest:.*}", self.not_found)

    async def not_allowed(self, _request: web.Request) -> web.Response:
        """405."""
        return error(405, "HTTP 405 Method Not Allowed")

    async def not_found(self, _request: web.Request) -> web.Response:
        """404."""
        return error(404, "HTTP 404 Not Found")

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            refusal = self._refusal(request)
            return await handler(request) if refusal is None else refusal

        return guarded

    def _refusal(self, request: web.Request) -> web.Response | None:
        """Why a call is not served; None when it is."""
        settings = self._state.settings.grepr
        if not self._known(request):
            self._state.journal.unauthorized["grepr"] += 1
            return error(401, "Credentials are required to access this resource.", {"WWW-Authenticate": "Bearer"})
        if settings.narrowed_scope:
            return error(403, "User not authorized.")
        return self._header_refusal(request)

    def _header_refusal(self, request: web.Request) -> web.Response | None:
        status = header_complaint(request) if self._state.settings.grepr.require_json_headers else None
        if status is None:
            return None
        return error(status, "HTTP 415 Unsupported Media Type" if status == 415 else "HTTP 406 Not Acceptable")

    def _known(self, request: web.Request) -> bool:
        """Whether the caller is known: each credential sent must be right, and one must be sent."""
        key = request.headers.get("GREPR-API-KEY")
        if key is not None and key not in self._state.settings.grepr.api_keys:
            return False
        scheme, _separator, value = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return key is not None
        return scheme.lower() == "bearer" and self._state.tokens["grepr"].check(value.strip()) == "valid"

    async def jobs(self, request: web.Request) -> web.Response:
        """All jobs, filtered; never paged."""
        try:
            found = self._filtered(request) if request.query_string else self._state.jobs
        except QueryError as complaint:
            return error(400, str(complaint))
        return encoded(b'{"items": ' + array(found) + b"}", self._state.settings.grepr.jobs_status)

    def _filtered(self, request: web.Request) -> list[Record]:
        query = request.query
        for name, choices in _CHOICES.items():
            for value in query.getall(name, []):
                if value not in choices:
                    raise QueryError(f"query param {name} must be one of [{', '.join(choices)}]")
        found = self._state.jobs
        if query.get("latest") == "true":
            found = _latest(found)
        for name in ("execution", "processing", "state", "name", "id"):
            wanted = query.getall(name, [])
            if wanted:
                found = [record for record in found if record.fields[name] in wanted]
        if "since" in query:
            since = _instant(query["since"])
            found = [record for record in found if not _ended_before(record, since)]
        return found

    async def job(self, request: web.Request) -> web.Response:
        """One job, in its latest or a given version."""
        query = request.query
        found = [record for record in self._state.jobs if record.fields["id"] == request.match_info["id"]]
        if "version" in query:
            if not query["version"].isdecimal():
                return error(404, "HTTP 404 Not Found")
            found = [record for record in found if record.fields["version"] == int(query["version"])]
        if not found:
            return error(404, f"Job {request.match_info['id']} not found")
        record = _latest(found)[0]
        if query.get("resolved") == "true":
            return answer(resolved(record.fields))
        return encoded(record.encoded)

    async def trigger(self, request: web.Request) -> web.Response:
        """Take an external trigger; nothing is ever said about whether it names something that exists."""
        body = await request.read()
        settings = self._state.settings.grepr
        key = request.headers.get("GREPR-API-KEY")
        allowed = key in settings.api_keys if key is not None else settings.triggers == "open"
        if not allowed:
            self._state.journal.unauthorized["grepr"] += 1
            return error(401, "API key is invalid", {"WWW-Authenticate": "Bearer"})
        if (refusal := self._header_refusal(request)) is not None:
            return refusal
        try:
            given: Any = json.loads(body)
        except ValueError:
            return error(400, "Unable to process JSON")
        if not isinstance(given, dict):
            return error(400, "Unable to process JSON")
        missing = [name for name in _TRIGGER_FIELDS if not isinstance(given.get(name), str)]
        if missing or not isinstance(given.get("variables", {}), (dict, type(None))):
            return error(422, f"not well-formed: {', '.join(missing) or 'variables'}")
        self._state.journal.triggers += 1
        self._state.journal.fired.append(given)
        return web.Response(status=202)

    async def manifest(self, request: web.Request) -> web.Response:
        """What a front end needs before anybody has logged in."""
        if (refusal := self._header_refusal(request)) is not None:
            return refusal
        origin = f"{request.scheme}://{request.host}"
        auth = {"provider": "auth0", "authServerUrl": origin, "appClientId": "sim-front-end"}
        return answer({"auth": auth, "frontend": {"appBaseUrl": origin, "region": "us-east-1"}})


def _latest(records: list[Record]) -> list[Record]:
    newest: dict[str, Record] = {}
    for record in records:
        other = newest.get(record.fields["id"])
        if other is None or record.fields["version"] > other.fields["version"]:
            newest[record.fields["id"]] = record
    return list(newest.values())


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise QueryError("query param since is not a date-time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _ended_before(record: Record, since: datetime) -> bool:
    ended = record.fields.get("endedAt")
    return isinstance(ended, str) and _instant(ended) < since
