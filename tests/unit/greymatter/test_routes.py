# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of GreyMatter's paths: valid overrides, invalid ones, and error messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ansible_collections.greyops.rest.plugins.doc_fragments import _greymatter
from ansible_collections.greyops.rest.plugins.module_utils._context import Context
from ansible_collections.greyops.rest.plugins.module_utils._errors import HTTPStatusError, OptionError
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.client import GreyMatterClient
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.routes import (
    DOCUMENTED,
    INFERRED,
    ROUTES,
    SEEN,
    resolve,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.service import GREYMATTER
from tests.unit.conftest import params

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
    from tests.unit.conftest import Simulator

CATALOGS = "/api-gateway/mdm-service/wms-masterdata/catalog"


@pytest.mark.parametrize(
    ("given", "method", "template"),
    [
        ("/c/{id}", "PUT", "/c/{id}"),
        ("c/{id}", "PUT", "c/{id}"),
        ("PATCH /c/{id}", "PATCH", "/c/{id}"),
        ("post  /c", "POST", "/c"),
        ("/c?force=true&key={id}", "PUT", "/c?force=true&key={id}"),
        ("POST /c?to=https://other.test", "POST", "/c?to=https://other.test"),
    ],
)
def test_path_or_a_method_and_a_path(given: str, method: str, template: str) -> None:
    route = resolve({"catalog_update": given})["catalog_update"]
    assert (route.method, route.template, route.evidence, route.given) == (method, template, INFERRED, True)
    assert resolve({})["catalog_update"] == ROUTES["catalog_update"]


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("catalogs", "/c", "routes has no catalogs: the names are token, catalog, catalog_create"),
        (1, "/c", "routes has no 1: the names are token"),
        ("catalog", "", "routes.catalog must be a path below api_url, such as /api-gateway"),
        ("catalog", "/", "routes.catalog must be a path"),
        ("catalog", None, "routes.catalog must be a path"),
        ("catalog", "https://other.test/c", "routes.catalog must be a path"),
        ("catalog", "/c#d", "routes.catalog must be a path"),
        ("catalog", "FETCH /c", "or a method and a path, such as GET /api-gateway"),
        ("catalog", "GET /c d", "routes.catalog must be a path"),
        ("catalog", "get", "routes.catalog must be a path"),
        ("catalog", "/c/{id}", "routes.catalog contains the placeholder {id}, and this route has none"),
        (
            "catalog_update",
            "/c/{uid}",
            "routes.catalog_update contains the placeholder {uid}, and this route knows {id}, {internal_id}",
        ),
        ("catalog_delete", "/c", "routes.catalog_delete needs {id} or {internal_id} in its path, such as /api-gateway"),
        ("service_request_search", "/s", "routes.service_request_search needs {external_id} or {external_ids} in"),
        ("token", "GET /token", "routes.token can have another path, but its method must be POST"),
    ],
)
def test_invalid_routes(name: Any, given: Any, expected: str) -> None:
    with pytest.raises(OptionError, match=re.escape(expected)) as caught:
        resolve({name: given})
    assert caught.value.msg.endswith(".")


def test_all_errors_are_reported_together() -> None:
    with pytest.raises(OptionError) as caught:
        resolve({"catalogue": "/c", "catalog": 7, "catalog_delete": "/c"})
    assert [part.split()[0] for part in caught.value.msg.split("; ")] == [
        "routes",
        "routes.catalog",
        "routes.catalog_delete",
    ]


def test_ids_are_fully_encoded() -> None:
    route = ROUTES["catalog_update"]
    assert route.build_path({"id": "A/B c%?#ü"}) == f"{CATALOGS}/A%2FB%20c%25%3F%23%C3%BC"
    other = resolve({"catalog_update": "/c/{internal_id}/of/{id}"})["catalog_update"]
    assert other.build_path({"id": "A", "internal_id": "7"}) == "/c/7/of/A"
    search = ROUTES["service_request_search"].build_path({"external_id": "O&1"})
    assert search.endswith("/service-request?search=externalServiceRequestId==O%261")
    several = resolve({"service_request_search": "/s?ids={external_ids}"})["service_request_search"]
    assert several.build_path({"external_ids": ["O&1", "A,B", "C"]}) == "/s?ids=O%261,A%2CB,C"


@pytest.mark.parametrize("item_id", ["", ".", ".."])
def test_ids_cannot_change_the_path(item_id: str) -> None:
    with pytest.raises(OptionError, match="cannot stand in a path"):
        ROUTES["catalog_delete"].build_path({"id": item_id})


def test_documentation_lists_each_route_under_its_certainty() -> None:
    description = yaml.safe_load(_greymatter.ModuleDocFragment.DOCUMENTATION)["options"]["routes"]["description"]
    heads = {DOCUMENTED: "GreyOrange documents", SEEN: "These were seen", INFERRED: "These are inferred"}
    certainty, found = "", {}
    for line in description:
        certainty = next((kind for kind, head in heads.items() if line.startswith(head)), certainty)
        if entry := re.fullmatch(r"V\((\w+)\) - C\((\S+) (\S+)\)\.", line):
            found[entry[1]] = (entry[2], entry[3], certainty)
    assert found == {name: (route.method, route.template, route.evidence) for name, route in ROUTES.items()}


@pytest.fixture(name="gateway")
def _gateway(simulator: Simulator, runtime: NullRuntime) -> GreyMatterClient:
    return GreyMatterClient.open(Context(params(GREYMATTER.spec, simulator.greymatter()), runtime))


@pytest.mark.parametrize("status", [404, 405])
@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        (
            "catalog_update",
            {},
            "The path is inferred and not documented by GreyOrange: if the site has another one, give "
            f"another as catalog_update in routes, such as 'PUT {CATALOGS}/{{id}}'.",
        ),
        ("catalog_update", {"catalog_update": f"POST {CATALOGS}"}, "The path is that of catalog_update in routes."),
        ("product_delete", {}, "The path was seen in other programs and is not documented by GreyOrange"),
        ("catalog", {}, "If the site has another path, give another as catalog in routes"),
    ],
)
def test_path_error_explains_how_to_override_it(
    simulator: Simulator, gateway: GreyMatterClient, name: str, given: dict[str, str], expected: str, status: int
) -> None:
    simulator.fault("/api-gateway/mdm-service/*", {"status": status})
    with pytest.raises(HTTPStatusError, match=re.escape(expected)) as caught:
        GreyMatterClient(gateway.api, given).call(name, ids={"id": "1"}, idempotent=True)
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"alert_data": [{"code": "e027", "description": "SKU unknown"}]}, "SKU unknown"),
        ({"reason": "DUPLICATE_KEY"}, "DUPLICATE_KEY"),
        ({"status": "FAILURE", "errors": [{"message": "Order lines are missing"}]}, "Order lines are missing"),
    ],
)
def test_error_in_a_successful_response_is_detected(
    simulator: Simulator, gateway: GreyMatterClient, body: dict[str, Any], expected: str
) -> None:
    simulator.fault(CATALOGS, {"status": 200, "json": body})
    with pytest.raises(HTTPStatusError, match=f"answered with HTTP 200, and yet with an error: {expected}"):
        gateway.call("catalog")


@pytest.mark.parametrize("body", [[], [{"reason": "x"}], {"id": 1, "reason": "x"}, {"status": "FAILED"}, {}])
def test_successful_responses_are_not_errors(simulator: Simulator, gateway: GreyMatterClient, body: Any) -> None:
    simulator.fault(CATALOGS, {"status": 200, "json": body})
    assert gateway.call("catalog").parse_json() == body
