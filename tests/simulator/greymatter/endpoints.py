# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by GreyMatter's endpoints: routes, bodies, pagination, and the error formats."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote

from aiohttp import web

from ..core.responses import accepts, json_response, raw_response
from ..core.settings import GreyMatterSettings
from .login import JSON_UTF8, boot_error

Item = TypeVar("Item")
Found = dict[str, str]
RouteHandler = Callable[[web.Request, Found], Awaitable[web.StreamResponse]]
_GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Problem(NamedTuple):
    """A validation error and its path."""

    field: str
    code: str
    message: str


class ServiceError(Exception):
    """An error of one of the services. Its format is a setting."""

    def __init__(self, status: int, message: str, *, reason: str = "", problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason
        self.problems = list(problems)


def raise_on_problems(problems: list[Problem]) -> None:
    """400 when there is any problem; all are in one message."""
    if problems:
        message = "; ".join(f"{problem.field}: {problem.message}" for problem in problems)
        # A duplicate has a reason of its own in every style that knows reasons.
        reason = "DUPLICATE_KEY" if any(problem.code == "DUPLICATE_KEY" for problem in problems) else ""
        raise ServiceError(400, message, reason=reason, problems=problems)


def service_error(request: web.Request, settings: GreyMatterSettings, error: ServiceError) -> web.Response:
    """The error in the form of the switch ``service_errors``."""
    if error.reason == "DUPLICATE_KEY":
        error.status = settings.duplicate_status
    style = settings.service_errors
    if style == "html":
        return raw_response(_GATEWAY_PAGE.encode(), 502, kind="text/html")
    if style == "empty":
        return web.Response(status=error.status)
    if style == "text":
        return raw_response(error.message.encode(), error.status, kind="text/plain;charset=UTF-8")
    if style == "alert_data":
        details = [problem._asdict() for problem in error.problems]
        code = {404: "e027", 400: "e026"}.get(error.status, "g020")
        return json_response({"alert_data": [{"code": code, "description": error.message, "details": details}]}, 200)
    if style == "reason":
        return json_response({"reason": error.reason or _get_code(error)}, error.status, kind=JSON_UTF8)
    if style == "validation":
        return json_response(_format_validation_error(error), error.status, kind=JSON_UTF8)
    if not accepts(request, "json"):
        return boot_error(request, error.status, _get_phrase(error.status), error.message)
    return json_response(_format_boot_error(request, error, style), error.status, kind=JSON_UTF8)


def _format_boot_error(request: web.Request, error: ServiceError, style: str) -> dict[str, Any]:
    moment: object = (
        int(time.time() * 1000) if style == "boot1" else datetime.now(UTC).isoformat(timespec="milliseconds")
    )
    content: dict[str, Any] = {"timestamp": moment, "status": error.status, "error": _get_phrase(error.status)}
    if style == "boot1":
        content["exception"] = "com.example.platform.ServiceException"
    content |= {"message": error.message, "path": "/" + request.path.partition("-service/")[2]}
    return content | ({"reason": error.reason} if error.reason else {})


def _format_validation_error(error: ServiceError) -> dict[str, Any]:
    return {
        "externalServiceRequestId": None,
        "serviceRequestId": None,
        "executionId": None,
        "status": "FAILURE",
        "errorCode": error.reason or _get_code(error),
        "message": error.message,
        "errors": [problem._asdict() for problem in error.problems],
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def _get_code(error: ServiceError) -> str:
    return "VALIDATION_FAILED" if error.status == 400 else _get_phrase(error.status).upper().replace(" ", "_")


def _get_phrase(status: int) -> str:
    return HTTPStatus(status).phrase


@dataclass(frozen=True)
class Route:
    """An endpoint by the name that the collection's option ``routes`` uses.

    ``open`` is one without a token, ``variant`` which of two places it is.
    """

    name: str
    method: str
    path: str
    handler: RouteHandler
    open: bool = False
    variant: str = ""

    def with_place(self, place: str) -> Route:
        """The same at another path: ``PATH`` or ``METHOD PATH``."""
        method, separator, path = place.rpartition(" ")
        return Route(self.name, method if separator else self.method, path, self.handler, self.open, self.variant)

    def match(self, request: web.Request, path: str) -> Found | None:
        """The values of the path's and the query's placeholders; none if the path does not match."""
        template, _separator, query = self.path.partition("?")
        matched = _pattern(template).fullmatch(path)
        if matched is None:
            return None
        found = {name: unquote(value) for name, value in matched.groupdict().items()}
        for part in filter(None, query.split("&")):
            name, _separator, wanted = part.partition("=")
            fits = _pattern(wanted, within=".*").fullmatch(request.query.get(name, ""))
            found |= fits.groupdict() if fits else {}
        return found


@lru_cache(maxsize=256)
def _pattern(template: str, within: str = "[^/]+") -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", template)
    return re.compile(
        "".join(f"(?P<{piece}>{within})" if at % 2 else re.escape(piece) for at, piece in enumerate(pieces)), re.DOTALL
    )


async def read_json(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request."""
    body = await request.read()
    if request.content_type != "application/json":
        raise ServiceError(415, f"Content type '{request.content_type}' not supported")
    try:
        given = json.loads(body)
    except ValueError as error:
        raise ServiceError(400, f"JSON parse error: {error}") from None
    if not isinstance(given, dict):
        raise ServiceError(400, "JSON parse error: Cannot deserialize instance of an object")
    return given


def list_response(
    request: web.Request,
    settings: GreyMatterSettings,
    wrapper: str,
    items: Sequence[Item],
    encode: Callable[[Item], bytes],
) -> web.Response:
    """Items, as a bare array or wrapped and in pages; only the returned ones are encoded."""
    if wrapper == "none":
        return raw_response(b"[" + b", ".join(map(encode, items)) + b"]", kind=JSON_UTF8)
    page = get_number(request, "page", settings.first_page)
    size = get_number(request, "size", settings.page_size) or settings.page_size
    index = page - settings.first_page
    shown = items[index * size : (index + 1) * size] if index >= 0 else []
    page_info = {"totalPages": -(-len(items) // size), "totalElements": len(items), "number": page, "size": size}
    rest = json.dumps(page_info).encode()
    return raw_response(
        b'{"%s": [%s], %s' % (wrapper.encode(), b", ".join(map(encode, shown)), rest[1:]), kind=JSON_UTF8
    )


def get_number(request: web.Request, name: str, default: int) -> int:
    """A number of the query."""
    text = request.query.get(name, "")
    return int(text) if text.isdecimal() else default


def now_without_zone(offset: float = 0) -> str:
    """The time in the services' format."""
    moment = datetime.fromtimestamp(time.time() + offset, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "")
