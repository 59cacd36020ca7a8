# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .._errors import OptionError
from .._http.urls import encode_segment, is_plain

# The evidence for a route: GreyOrange documents it, programs that use real servers use it, or it is inferred.
DOCUMENTED = "documented"
SEEN = "seen"
INFERRED = "inferred"

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_OVERRIDE = re.compile(r"(?:(?P<method>[A-Za-z]+) +)?(?P<path>[^\s#]*[^\s#/][^\s#]*)")
_PLACEHOLDER = re.compile(r"{([^{}]*)}")


@dataclass(frozen=True)
class Route:
    """A call of the API: its method, its path below the server and the gateway's prefix, and the evidence for both.

    ``also`` are other placeholders that a user may put into it, ``given`` says that a user did name it with the option
    routes.
    """

    method: str
    template: str
    evidence: str = INFERRED
    extra_placeholders: tuple[str, ...] = ()
    given: bool = False

    @property
    def placeholders(self) -> list[str]:
        return _PLACEHOLDER.findall(self.template)

    def build_path(self, ids: Mapping[str, str | Sequence[str]]) -> str:
        """Return the path of a resource, with its ids in place of the placeholders; several ids with commas in between.

        :raises OptionError: if an id would lead to another path.
        """
        return _PLACEHOLDER.sub(lambda found: _encode(ids[found.group(1)]), self.template)


def _encode(ids: str | Sequence[str]) -> str:
    return ",".join(map(encode_segment, [ids] if isinstance(ids, str) else ids))


_MASTER_DATA = "/api-gateway/mdm-service/wms-masterdata"
_REQUESTS = "/api-gateway/sr-service/platform-srms/service-request"
_REPORTS = "/api-gateway/platform-dashboard/report"
_BUTLER = "/api-gateway/integration-service/wms-integration/butler/api"

# Whether catalogs and categories are addressed by the client-defined id or by the server's number is unknown.
_INTERNAL = ("internal_id",)

# Every call of this collection; each can be overridden by its name with the option routes. Inferred routes follow from
# related ones: create uses the path of the collection, update and delete the path of the resource.
ROUTES = {
    "token": Route("POST", "/api-gateway/auth-service/platform-auth/oauth/token", DOCUMENTED),
    "catalog": Route("GET", f"{_MASTER_DATA}/catalog", DOCUMENTED),
    "catalog_create": Route("POST", f"{_MASTER_DATA}/catalog"),
    "catalog_update": Route("PUT", f"{_MASTER_DATA}/catalog/{{id}}", extra_placeholders=_INTERNAL),
    "catalog_delete": Route("DELETE", f"{_MASTER_DATA}/catalog/{{id}}", extra_placeholders=_INTERNAL),
    "category": Route("GET", f"{_MASTER_DATA}/category"),
    "category_create": Route("POST", f"{_MASTER_DATA}/category"),
    "category_update": Route("PUT", f"{_MASTER_DATA}/category/{{id}}", extra_placeholders=_INTERNAL),
    "category_delete": Route("DELETE", f"{_MASTER_DATA}/category/{{id}}", extra_placeholders=_INTERNAL),
    "product_search": Route("POST", f"{_MASTER_DATA}/item/search_v2", SEEN),
    "product_create": Route("POST", f"{_MASTER_DATA}/item"),
    "product_update": Route("PUT", f"{_MASTER_DATA}/item/{{id}}"),
    "product_delete": Route("DELETE", f"{_MASTER_DATA}/item/{{id}}", SEEN),
    "service_request": Route("GET", f"{_REQUESTS}/{{id}}", SEEN),
    "service_request_search": Route(
        "GET",
        f"{_REQUESTS}?search=externalServiceRequestId=={{external_id}}",
        extra_placeholders=("external_ids",),
    ),
    "service_request_create": Route("POST", _REQUESTS, DOCUMENTED),
    "service_request_update": Route("PUT", f"{_REQUESTS}/modify", SEEN),
    "service_request_cancel": Route("POST", f"{_REQUESTS}/cancel", DOCUMENTED),
    "inventory_report": Route("POST", f"{_REPORTS}/generate-inventory-report", DOCUMENTED),
    "report_list": Route("GET", f"{_REPORTS}/find-by-page", SEEN),
    "report_download": Route("GET", f"{_REPORTS}/download/{{id}}", SEEN),
    "print_ready": Route("POST", f"{_BUTLER}/orders/print_ready/{{id}}", DOCUMENTED),
    "audit_create": Route("POST", f"{_BUTLER}/audit"),
}


def resolve(overrides: Mapping[str, object]) -> dict[str, Route]:
    """Return all routes, with the overrides of the option routes: ``PATH`` or ``METHOD PATH``.

    :raises OptionError: if it names an unknown route, or gives an invalid path. Reports all errors together.
    """
    unknown = sorted(str(name) for name in overrides if name not in ROUTES)
    problems = [f"routes has no {', '.join(unknown)}: the names are {', '.join(ROUTES)}"] if unknown else []
    given: dict[str, Route] = {}
    for name, route in ROUTES.items():
        if name in overrides:
            try:
                given[name] = _override(name, route, overrides[name])
            except OptionError as error:
                problems.append(error.msg.rstrip("."))
    if problems:
        raise OptionError(f"{'; '.join(problems)}.")
    return {**ROUTES, **given}


def get_path(name: str, overrides: Mapping[str, object]) -> str:
    """Return the path of a route without placeholders.

    :raises OptionError: as in :func:`resolve`.
    """
    return resolve(overrides)[name].build_path({})


def _override(name: str, route: Route, text: object) -> Route:
    """
    :raises OptionError: if the text is not a path for this route. The sentence has no full stop.
    """
    parts = _OVERRIDE.fullmatch(text) if isinstance(text, str) else None
    method = (parts["method"] or route.method).upper() if parts else ""
    lonely = parts and not parts["method"] and parts["path"].upper() in _METHODS
    odd = parts and ("://" in parts["path"].partition("?")[0] or not is_plain(parts["path"]))
    if not parts or lonely or odd or method not in _METHODS:
        raise OptionError(
            f"routes.{name} must be a path below api_url, such as {route.template}, or a method and a path, such as "
            f"{route.method} {route.template}"
        )
    if name == "token" and method != route.method:
        raise OptionError("routes.token can have another path, but its method must be POST")
    other = replace(route, method=method, template=parts["path"], given=True)
    known = [*route.placeholders, *route.extra_placeholders]
    strange = [f"{{{placeholder}}}" for placeholder in other.placeholders if placeholder not in known]
    if strange:
        has = f"knows {', '.join(f'{{{each}}}' for each in known)}" if known else "has none"
        raise OptionError(f"routes.{name} contains the placeholder {', '.join(strange)}, and this route {has}")
    # The body of an update identifies the resource; other requests identify it by path only.
    if known and not other.placeholders and route.method != "PUT":
        needed = " or ".join(f"{{{each}}}" for each in known)
        raise OptionError(f"routes.{name} needs {needed} in its path, such as {route.template}")
    return other
