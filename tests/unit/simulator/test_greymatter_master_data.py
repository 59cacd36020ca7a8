# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GreyMatter's master data: rejected values, server fields, search, and optional behavior."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

Call = Callable[..., requests.Response]
Admin = Callable[..., Any]
ROOT = "/api-gateway/mdm-service/wms-masterdata"
LABEL = [{"locale": "en", "display_name": "SKU"}]
CATALOG: dict[str, Any] = {
    "clientCatalogId": "C1",
    "exhaustive_pdea_list": [
        {"field_name": "product_sku", "field_data_type": "string", "display_data": LABEL},
        {"field_name": "size", "field_data_type": "integer", "display_data": LABEL},
    ],
}
CATEGORY: dict[str, Any] = {
    "clientCategoryId": "K1",
    "clientCatalogId": "C1",
    "schema": {"unique": [["product_sku", "client_id"], ["ean"]], "type": "object"},
    "attributes": {"fragile": True, "storage": {"temperature": 4}},
}
ITEM: dict[str, Any] = {
    "clientCategoryId": "K1",
    "attributes": {
        "weight": {"uom": {"unit": "KG"}, "value": 0.4},
        "dimension": {"uom": {"unit": "CM"}, "length": 9, "width": 9.5, "height": 11},
    },
    "productAttributes": {"product_sku": "MUG-01", "client_id": "c7", "ean": "1"},
    "barcodeList": [{"barcode": "b1"}],
    "itemConfig": {
        "label": "each", "type": "virtual", "qty": 1,
        "child": {"label": "case", "type": "marked", "qty": 6, "barcode": [{"barcode": "b2"}]},
    },
}  # fmt: skip


def changed(base: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy with another value at a dotted path; a number is an index of a list."""
    result = copy.deepcopy(base)
    *way, last = (int(key) if key.isdecimal() else key for key in path.split("."))
    inner: Any = result
    for key in way:
        inner = inner[key]
    inner[last] = value
    return result


def search(call: Call, *filters: tuple[str, str, object]) -> list[str]:
    body = {"filter_params": [{"key": key, "operator": operator, "value": value} for key, operator, value in filters]}
    answer = call("POST", f"{ROOT}/item/search_v2", json=body)
    assert answer.status_code == 200, answer.text
    return [item["productAttributes"]["product_sku"] for item in answer.json()]


@pytest.fixture
def item(greymatter: Call) -> dict[str, Any]:
    """An item with its parents, created over the API."""
    assert greymatter("POST", f"{ROOT}/catalog", json=CATALOG).status_code == 200
    assert greymatter("POST", f"{ROOT}/category", json=CATEGORY).status_code == 200
    answer = greymatter("POST", f"{ROOT}/item", json=ITEM)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_server_fields_are_added(greymatter: Call, admin: Admin, item: dict[str, Any]) -> None:
    assert isinstance(item["uid"], int)
    assert {"createTime", "updateTime"} <= set(item)
    weight = item["attributes"]["weight"]
    assert weight["uom"] == {"id": 6, "type": "WEIGHT", "unit": "KG", "conversionFactor": 1.0}
    assert (item["attributes"]["fragile"], item["schema"]) == (True, CATEGORY["schema"])
    assert item["itemConfig"]["child"]["levelType"] == 2
    # Only sent values are stored: another category would provide other attributes.
    kept = admin("GET", "/items")[0]
    assert "fragile" not in kept["attributes"] and kept["attributes"] == ITEM["attributes"]
    # A value that was read can be written back unchanged.
    assert greymatter("PUT", f"{ROOT}/item/{item['uid']}", json=item).status_code == 200
    admin("PATCH", "/settings", {"greymatter": {"server_keys": "many", "uid_form": "string"}})
    read = greymatter("GET", f"{ROOT}/item/{item['uid']}").json()
    assert (read["uid"], read["imageUrl"], read["barcodeList"]) == (
        str(item["uid"]),
        None,
        [{"id": 1, "barcode": "b1"}],
    )
    assert greymatter("PUT", f"{ROOT}/item/{item['uid']}", json=read).status_code == 200
    catalog = next(one for one in greymatter("GET", f"{ROOT}/catalog").json() if one["clientCatalogId"] == "C1")
    assert catalog["exhaustive_pdea_list"][1]["id"] == 2
    assert greymatter("PUT", f"{ROOT}/catalog/C1", json=catalog).status_code == 200
    assert admin("GET", "/catalogs")[-1]["exhaustive_pdea_list"] == CATALOG["exhaustive_pdea_list"]


@pytest.mark.parametrize(
    ("kind", "path", "value", "where"),
    [
        ("catalog", "clientCatalogId", "C1", "clientCatalogId"),
        ("catalog", "clientCatalogId", 7, "clientCatalogId"),
        ("catalog", "clientCatalogId", "x" * 256, "clientCatalogId"),
        ("catalog", "exhaustive_pdea_list", None, "exhaustive_pdea_list"),
        ("catalog", "exhaustive_pdea_list.1.field_name", "product_sku", "exhaustive_pdea_list[1].field_name"),
        ("catalog", "exhaustive_pdea_list.0.field_data_type", "text", "exhaustive_pdea_list[0].field_data_type"),
        ("catalog", "exhaustive_pdea_list.0.display_data", [], "exhaustive_pdea_list[0].display_data"),
        ("category", "clientCategoryId", "K1", "clientCategoryId"),
        ("category", "clientCatalogId", "none", "clientCatalogId"),
        ("category", "schema.type", "array", "schema.type"),
        ("category", "schema.unique", [[]], "schema.unique"),
        ("item", "clientCategoryId", "none", "clientCategoryId"),
        ("item", "clientCategoryId", None, "schema"),
        ("item", "description", "x" * 256, "description"),
        ("item", "attributes.weight", None, "attributes.weight"),
        ("item", "attributes.weight.uom.unit", "TON", "attributes.weight.uom.unit"),
        ("item", "attributes.dimension.height", "11", "attributes.dimension.height"),
        ("item", "productAttributes.product_sku", None, "productAttributes.product_sku"),
        ("item", "productAttributes.client_id", None, "productAttributes.client_id"),
        ("item", "productAttributes.size", "large", "productAttributes.size"),
        ("item", "productAttributes", {"product_sku": "MUG-01", "client_id": "c7", "ean": "2"}, "productAttributes"),
        ("item", "productAttributes", {"product_sku": "MUG-02", "client_id": "c7", "ean": "1"}, "productAttributes"),
        ("item", "barcodeList", None, "barcodeList"),
        ("item", "barcodeList", [{"barcode": "b2"}], "barcodeList[0].barcode"),
        ("item", "barcodeList", [{"barcode": "n"}, {"barcode": "n"}], "barcodeList[1].barcode"),
        ("item", "itemConfig.qty", 2, "itemConfig.qty"),
        ("item", "itemConfig.child.type", "box", "itemConfig.child.type"),
        ("item", "itemConfig.child.barcode", [{"barcode": "b1"}], "itemConfig.child.barcode[0].barcode"),
    ],
)
def test_refused(
    greymatter: Call, admin: Admin, item: dict[str, Any], kind: str, path: str, value: object, where: str
) -> None:
    fresh = {
        "catalog": {**CATALOG, "clientCatalogId": "C2"},
        "category": {**CATEGORY, "clientCategoryId": "K2"},
        "item": {
            **ITEM,
            "productAttributes": {"product_sku": "MUG-02", "client_id": "c7", "ean": "2"},
            "barcodeList": [{"barcode": "b3"}],
            "itemConfig": changed(ITEM["itemConfig"], "child.barcode", []),
        },
    }[kind]
    admin("PATCH", "/settings", {"service_errors": "validation"})
    answer = greymatter("POST", f"{ROOT}/{kind}", json=changed(fresh, path, value))
    assert answer.status_code == 400, answer.text
    assert [problem["field"] for problem in answer.json()["errors"]] == [where]
    assert greymatter("POST", f"{ROOT}/{kind}", json=fresh).status_code == 200


def test_search(greymatter: Call, admin: Admin) -> None:
    admin("POST", "/masterdata/generate", {"categories": 3, "items": 10})
    assert len(search(greymatter)) == 10
    wanted = ["SKU-000007", "none", "SKU-000002"]
    assert search(greymatter, ("product_sku", "in", wanted)) == ["SKU-000002", "SKU-000007"]
    assert search(greymatter, ("product_sku", "=", "SKU-000003")) == ["SKU-000003"]
    assert search(greymatter, ("clientCategoryId", "=", "CTY-1"), ("product_sku", "in", wanted)) == ["SKU-000007"]
    assert search(greymatter, ("barcode", "in", ["SKU-B00000004"])) == ["SKU-000004"]
    uid = admin("GET", "/items?sku=SKU-000005")[0]["uid"]
    assert search(greymatter, ("uid", "in", [uid])) == ["SKU-000005"]
    # An index that was created for a search is kept up to date.
    assert greymatter("DELETE", f"{ROOT}/item/{uid}").status_code == 200
    assert search(greymatter, ("clientCategoryId", "=", "CTY-2")) == ["SKU-000002", "SKU-000008"]
    assert greymatter("DELETE", f"{ROOT}/item/{uid}").status_code == 404
    bad = {"filter_params": [{"key": "product_sku", "operator": "like", "value": "x"}]}
    assert greymatter("POST", f"{ROOT}/item/search_v2", json=bad).status_code == 400
    admin("PATCH", "/settings", {"greymatter": {"search_limit": 2, "item_wrapper": "data", "page_size": 4}})
    big = {"filter_params": [{"key": "product_sku", "operator": "in", "value": wanted}]}
    assert greymatter("POST", f"{ROOT}/item/search_v2", json=big).status_code == 400
    page = greymatter("POST", f"{ROOT}/item/search_v2?page=2", json={"filter_params": []}).json()
    assert (len(page["data"]), page["totalPages"], page["totalElements"]) == (1, 3, 9)


def test_numbers_are_not_strings(greymatter: Call, admin: Admin) -> None:
    admin("PUT", "/items", [{"productAttributes": {"size": size}} for size in (1, 1.0, "1")])
    assert search(greymatter, ("size", "=", 1)) == ["SKU-000001", "SKU-000002"]
    assert search(greymatter, ("size", "in", ["1"])) == ["SKU-000003"]


def test_put_replaces_or_merges(greymatter: Call, admin: Admin, item: dict[str, Any]) -> None:
    path = f"{ROOT}/item/{item['uid']}"
    assert greymatter("PUT", path, json={"description": "blue"}).status_code == 400
    admin("PATCH", "/settings", {"put": "merge"})
    merged = greymatter("PUT", path, json={"description": "blue", "productAttributes": {"size": 3}}).json()
    assert (merged["description"], merged["productAttributes"]["ean"]) == ("blue", "1")
    assert greymatter("PUT", f"{ROOT}/category/K1", json={"description": "d"}).json()["schema"] == CATEGORY["schema"]
    admin("PATCH", "/settings", {"put": "replace"})
    assert "description" not in greymatter("PUT", path, json=ITEM).json()
    assert greymatter("PUT", f"{ROOT}/catalog/C1", json={**CATALOG, "clientCatalogId": "C9"}).status_code == 400


def test_ends(greymatter: Call, admin: Admin, item: dict[str, Any]) -> None:
    assert greymatter("DELETE", f"{ROOT}/catalog/C1").status_code == 409
    admin("PATCH", "/settings", {"delete_in_use": "400"})
    assert greymatter("DELETE", f"{ROOT}/category/K1").status_code == 400
    admin("PATCH", "/settings", {"greymatter": {"delete_effect": "none", "delete_status": 204}})
    assert greymatter("DELETE", f"{ROOT}/item/{item['uid']}").status_code == 204
    assert len(admin("GET", "/items")) == 1
    admin("PATCH", "/settings", {"greymatter": {"delete_effect": "done"}})
    for path in (f"item/{item['uid']}", "category/K1", "catalog/C1"):
        assert greymatter("DELETE", f"{ROOT}/{path}").status_code == 204
    assert (admin("GET", "/items"), admin("GET", "/categories")) == ([], [])


def test_keys(greymatter: Call, admin: Admin) -> None:
    odd = {**CATALOG, "clientCatalogId": "a/b ü"}
    number = greymatter("POST", f"{ROOT}/catalog", json=odd).json()["id"]
    place = f"{ROOT}/catalog/a%2Fb%20%C3%BC"
    assert greymatter("PUT", place, json=odd).status_code == 200
    assert greymatter("GET", f"{ROOT}/catalog/{number}").json()["clientCatalogId"] == "a/b ü"
    admin("PATCH", "/settings", {"addressed_by": "internal_id"})
    assert greymatter("GET", place).status_code == 404
    admin("PATCH", "/settings", {"greymatter": {"addressed_by": "client_id", "create_existing": "upsert"}})
    assert greymatter("GET", f"{ROOT}/catalog/{number}").status_code == 404
    assert greymatter("POST", f"{ROOT}/catalog", json=odd).json()["id"] == number
    admin("PATCH", "/settings", {"greymatter": {"routes": {"catalog_update": "/catalogs/by-number/{internal_id}"}}})
    assert greymatter("PUT", f"/catalogs/by-number/{number}", json=odd).status_code == 200
    assert greymatter("PUT", "/catalogs/by-number/a%2Fb%20%C3%BC", json=odd).status_code == 404
    admin("PATCH", "/settings", {"greymatter": {"unknown_fields": "refuse", "routes": {}}})
    assert greymatter("PUT", place, json={**odd, "colour": "red"}).status_code == 400


def test_changed_schema(greymatter: Call, item: dict[str, Any]) -> None:
    narrower = {**CATEGORY, "schema": {"unique": [["product_sku"]], "type": "object"}}
    assert greymatter("PUT", f"{ROOT}/category/K1", json=narrower).status_code == 200
    twin = {**ITEM, "productAttributes": {"product_sku": "MUG-01"}, "barcodeList": [], "itemConfig": None}
    assert "product_sku=MUG-01" in greymatter("POST", f"{ROOT}/item", json=twin).json()["message"]


def test_moved_routes(greymatter: Call, admin: Admin, item: dict[str, Any]) -> None:
    routes = {"product_update": "POST /v2/items/{id}/change", "category": "/v2/categories"}
    admin("PATCH", "/settings", {"greymatter": {"routes": routes, "prefix": "/api"}})
    assert greymatter("POST", f"/api/v2/items/{item['uid']}/change", json=ITEM).status_code == 200
    assert greymatter("PUT", f"/api{ROOT}/item/{item['uid']}", json=ITEM).status_code == 405
    assert len(greymatter("GET", "/api/v2/categories").json()) == 1
    assert greymatter("GET", f"/api{ROOT}/category").status_code == 405
    assert admin("GET", "/counters")["routes"]["POST /v2/items/{id}/change"] == 1


@pytest.mark.parametrize(
    ("style", "status", "start"),
    [
        ("boot1", 404, '{"timestamp": 1'),
        ("boot2", 404, '{"timestamp": "2'),
        ("reason", 404, '{"reason": "NO_ITEM_EXIST"}'),
        ("alert_data", 200, '{"alert_data": [{"code": "e027"'),
        ("validation", 404, '{"externalServiceRequestId": null'),
        ("text", 404, "item 1 does not exist"),
        ("empty", 404, ""),
        ("html", 502, "<html>"),
    ],
)
def test_error_styles(greymatter: Call, admin: Admin, style: str, status: int, start: str) -> None:
    admin("PATCH", "/settings", {"service_errors": style})
    answer = greymatter("GET", f"{ROOT}/item/1")
    assert (answer.status_code, answer.text.startswith(start)) == (status, True), answer.text


def test_many_items(greymatter: Call, admin: Admin) -> None:
    admin("POST", "/masterdata/generate", {"items": 20000})
    assert admin("GET", "/masterdata") == {"catalogs": 1, "categories": 1, "items": 20000}
    wanted = [f"SKU-{number:06}" for number in range(1, 20001, 40)]
    began = time.monotonic()
    assert search(greymatter, ("product_sku", "in", wanted)) == wanted
    assert time.monotonic() - began < 1


def test_bodies(greymatter: Call) -> None:
    path = f"{ROOT}/item"
    assert greymatter("POST", path, data="{}").status_code == 415
    assert greymatter("POST", path, data="{", headers={"Content-Type": "application/json"}).status_code == 400
    assert greymatter("POST", path, json=[]).status_code == 400
