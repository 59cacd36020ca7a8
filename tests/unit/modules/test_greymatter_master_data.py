# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GreyMatter's master data against the simulator: writes, races, ambiguous writes, many products at once."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context, RequestStats
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules import (
    greymatter_catalog,
    greymatter_catalog_info,
    greymatter_category,
    greymatter_category_info,
    greymatter_product,
    greymatter_product_info,
    greymatter_products,
)
from tests.unit.conftest import params

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
    from tests.unit.conftest import Simulator

    Run = Callable[..., dict[str, Any]]

ROOT = "/api-gateway/mdm-service/wms-masterdata"
SIZE = {
    "weight": {"value": 0.4, "uom": {"unit": "KG"}},
    "dimension": {"length": 9, "width": 9, "height": 11, "uom": {"unit": "CM"}},
}


def attribute(name: str, data_type: str = "string", **labels: str) -> dict[str, Any]:
    shown = [{"locale": locale, "display_name": label} for locale, label in (labels or {"en": name}).items()]
    return {"field_name": name, "field_data_type": data_type, "display_data": shown}


def product(sku: str, **more: Any) -> dict[str, Any]:
    return {
        "clientCategoryId": "CTY-1",
        "productAttributes": {"product_sku": sku},
        "barcodeList": [f"B-{sku}"],
        "attributes": SIZE,
        **more,
    }


@pytest.fixture(name="run")
def _run(simulator: Simulator, runtime: NullRuntime) -> Run:
    """Run the operation of a module and expect it to succeed, unless ``fails``."""

    def keys(
        module: ModuleType, *, check: bool = False, fails: bool = False, credentials: bool = True, **given: Any
    ) -> dict[str, Any]:
        options = simulator.greymatter(token_store="none") if credentials else {}
        runtime.stats = RequestStats()
        call = Context(params(module.OPERATION.spec, {**options, **given}), runtime, check_mode=check, diff_mode=True)
        result = perform(module.OPERATION, call).keys
        assert bool(result.get("failed")) == fails, result
        return result

    return keys


def writes(simulator: Simulator) -> list[tuple[str, str]]:
    return [
        (one["method"], one["path"].removeprefix(ROOT))
        for one in simulator.requests(ROOT)
        if one["method"] != "GET" and not one["path"].endswith("/search_v2")
    ]


def generate(simulator: Simulator, **counts: Any) -> None:
    simulator.admin("POST", "/masterdata/generate", counts)


# --- catalogs


def test_catalog_lifecycle(run: Run, simulator: Simulator) -> None:
    made = {
        "client_catalog_id": "A/1",
        "description": "mugs",
        "exhaustive_pdea_list": [attribute("product_sku"), attribute("colour", en="Colour", de="Farbe")],
    }
    steps: list[dict[str, Any]] = [
        made,
        {"client_catalog_id": "A/1", "description": "cups"},
        {**made, "description": "cups", "exhaustive_pdea_list": [attribute("product_sku")]},
        {"client_catalog_id": "A/1", "state": "absent"},
    ]
    for step in steps:
        before = writes(simulator)
        predicted = run(greymatter_catalog, check=True, **step)
        assert writes(simulator) == before
        done = run(greymatter_catalog, **step)
        again = run(greymatter_catalog, **step)
        assert (predicted["changed"], done["changed"], again["changed"]) == (True, True, False)
        assert predicted["diff"] == done["diff"]
        assert again["diff"]["before"] == again["diff"]["after"]
    assert writes(simulator) == [
        ("POST", "/catalog"),
        ("PUT", "/catalog/A/1"),
        ("PUT", "/catalog/A/1"),
        ("DELETE", "/catalog/A/1"),
    ]


def test_order_and_server_fields_are_not_differences(run: Run, simulator: Simulator) -> None:
    declared = [attribute("colour", en="Colour", de="Farbe"), attribute("size", "integer")]
    run(greymatter_catalog, client_catalog_id="A", exhaustive_pdea_list=declared)
    simulator.switch(greymatter={"server_keys": "many"})
    turned = [declared[1], {**declared[0], "display_data": declared[0]["display_data"][::-1]}]
    assert not run(greymatter_catalog, client_catalog_id="A", exhaustive_pdea_list=turned)["changed"]
    changed = run(greymatter_catalog, client_catalog_id="A", exhaustive_pdea_list=turned, description="mugs")
    assert changed["catalog"]["exhaustive_pdea_list"][0]["id"] == 1
    assert changed["diff"]["before"]["exhaustive_pdea_list"] == changed["diff"]["after"]["exhaustive_pdea_list"]
    result = run(greymatter_catalog_info, client_catalog_id=["A"], as_written=True)["catalogs"]
    assert set(result[0]) == {"clientCatalogId", "description", "exhaustive_pdea_list"}


def test_all_catalog_errors_are_reported_together(run: Run, simulator: Simulator) -> None:
    types = "must be one of string, list, double, float, integer, boolean, dict"
    declared = [
        attribute("a"),
        {**attribute("a"), "field_data_type": "text", "display_data": []},
        {"display_data": ["x"]},
    ]
    for check in (True, False):
        wrong = run(greymatter_catalog, check=check, fails=True, client_catalog_id="A", exhaustive_pdea_list=declared)
        assert wrong["problems"] == [
            "exhaustive_pdea_list[1].field_name a is also the name of exhaustive_pdea_list[0]",
            f"exhaustive_pdea_list[1].field_data_type {types}",
            "exhaustive_pdea_list[1].display_data must be a list of at least one locale with its display_name",
            "exhaustive_pdea_list[2].field_name is missing",
            f"exhaustive_pdea_list[2].field_data_type {types}",
            "exhaustive_pdea_list[2].display_data[0] must be a dictionary with locale and display_name",
        ]
    assert writes(simulator) == []
    missing = run(greymatter_catalog, fails=True, client_catalog_id="A")
    assert missing["problems"] == ["exhaustive_pdea_list is missing"]


def test_catalogs_by_the_number_of_the_server(run: Run, simulator: Simulator) -> None:
    simulator.switch(greymatter={"addressed_by": "internal_id"})
    refused = run(greymatter_catalog, fails=True, client_catalog_id="200", description="cups")
    assert (refused["status"], "catalog_update in routes" in refused["msg"]) == (404, True)
    routes = {"catalog_update": f"{ROOT}/catalog/{{internal_id}}"}
    assert run(greymatter_catalog, client_catalog_id="200", description="cups", routes=routes)["changed"]


def test_deletion_without_effect_fails(run: Run, simulator: Simulator) -> None:
    simulator.switch(greymatter={"delete_effect": "none"})
    refused = run(greymatter_catalog, fails=True, client_catalog_id="200", state="absent")
    assert refused["msg"].endswith("but the catalog 200 still exists. Check what still uses it.")
    lost = run(
        greymatter_catalog, fails=True, client_catalog_id="200", state="absent", routes={"catalog_delete": "/x/{id}"}
    )
    assert lost["msg"].endswith("The path is that of catalog_delete in routes.")


# --- ambiguous writes


@pytest.mark.parametrize("style", ["boot1", "reason", "alert_data", "validation"])
def test_concurrently_created_catalog(run: Run, simulator: Simulator, style: str) -> None:
    """The catalog does not exist when it is searched for, and exists when it is created."""
    simulator.switch(greymatter={"service_errors": style})
    given = {"client_catalog_id": "200", "exhaustive_pdea_list": [attribute("other")]}
    simulator.fault(f"{ROOT}/catalog", {"status": 200, "json": []}, method="GET", times=1)
    wrong = run(greymatter_catalog, fails=True, **given)
    assert wrong["msg"].startswith("Another catalog 200 was created at the same time") or style == "alert_data"


def test_creation_with_lost_response(run: Run, simulator: Simulator) -> None:
    simulator.fault(f"{ROOT}/catalog", {"cut": "after"}, method="POST", times=1)
    run(greymatter_catalog, client_catalog_id="A", exhaustive_pdea_list=[attribute("a")])
    assert writes(simulator) == [("POST", "/catalog")]


def test_values_ignored_by_the_site_are_reported(run: Run, simulator: Simulator) -> None:
    simulator.fault(f"{ROOT}/catalog/200", {"status": 200, "json": {}}, method="PUT")
    wrong = run(greymatter_catalog, fails=True, client_catalog_id="200", description="cups")
    assert "accepted the change of the catalog 200, but these are not as given: description" in wrong["msg"]


# --- categories


def test_category_needs_its_catalog(run: Run, simulator: Simulator) -> None:
    for check in (True, False):
        wrong = run(greymatter_category, check=check, fails=True, client_category_id="C", client_catalog_id="A")
        assert wrong["msg"] == (
            "There is no catalog A, which the category C must belong to. There are: 100, 200, 300. Create it first, "
            "with greyops.rest.greymatter_catalog."
        )
    assert run(greymatter_category, fails=True, client_category_id="C")["problems"] == ["clientCatalogId is missing"]
    assert writes(simulator) == []


def test_category_lifecycle(run: Run, simulator: Simulator) -> None:
    simulator.switch(greymatter={"server_keys": "many"})
    made = {
        "client_category_id": "C",
        "client_catalog_id": "200",
        "schema": {"unique": [["product_sku", "client_id"], ["ean"]]},
        "attributes": {"storage": "shelf", "depth": 2},
        "category_attributes": {"season": "summer"},
    }
    steps: list[dict[str, Any]] = [
        made,
        {"client_category_id": "C", "attributes": {"storage": "hanging"}},
        {"client_category_id": "C", "attributes": {"depth": None}, "client_catalog_id": "100"},
        {"client_category_id": "C", "schema": {"unique": [["product_sku"]]}},
        {"client_category_id": "C", "state": "absent"},
    ]
    for step in steps:
        predicted = run(greymatter_category, check=True, **step)
        done = run(greymatter_category, **step)
        again = run(greymatter_category, **step)
        assert (predicted["changed"], done["changed"], again["changed"]) == (True, True, False)
        assert predicted["diff"] == done["diff"]
        if step.get("schema"):
            turned = {"unique": [group[::-1] for group in step["schema"]["unique"]][::-1]}
            assert not run(greymatter_category, **{**step, "schema": turned})["changed"]
    assert not run(greymatter_category, client_category_id="C", state="absent")["changed"]


def test_schema_names_what_the_catalog_declares(run: Run, simulator: Simulator) -> None:
    given = {"client_category_id": "C", "client_catalog_id": "200", "schema": {"unique": [["product_sku", "colour"]]}}
    wrong = run(greymatter_category, fails=True, api_version="v10.1.0", **given)
    assert wrong["problems"] == ["schema.unique[0] has product_sku, which the catalog does not declare"]
    assert run(greymatter_category, api_version="v9.0.2", **given)["changed"]


def test_categories_are_listed(run: Run, simulator: Simulator) -> None:
    generate(simulator, catalogs=2, categories=5)
    simulator.switch(greymatter={"category_wrapper": "content", "page_size": 2, "server_keys": "many"})
    listed = run(greymatter_category_info)["categories"]
    assert [one["clientCategoryId"] for one in listed] == [f"CTY-{number}" for number in range(1, 6)]
    some = run(greymatter_category_info, client_catalog_id=["CAT-2"], as_written=True)["categories"]
    assert [one["clientCategoryId"] for one in some] == ["CTY-2", "CTY-4"]
    assert set(some[0]) == {"clientCategoryId", "clientCatalogId", "schema"}
    assert run(greymatter_category_info, client_category_id=["none"])["categories"] == []


# --- products


def test_product_lifecycle(run: Run, simulator: Simulator) -> None:
    generate(simulator)
    simulator.switch(greymatter={"server_keys": "many", "uid_form": "string"})
    sku = {"product_sku": "MUG-1"}
    made = {
        "client_category_id": "CTY-1",
        "description": "a mug",
        "product_attributes": {**sku, "colour": "blue"},
        "barcode_list": ["1", {"barcode": "2"}],
        "attributes": SIZE,
        "item_config": {
            "label": "pallet",
            "type": "marked",
            "qty": 1,
            "child": {"label": "each", "type": "virtual", "qty": 9},
        },
    }
    heavier = {"weight": {"value": 420, "uom": {"unit": "GM"}}}
    steps: list[dict[str, Any]] = [
        made,
        {"product_attributes": sku, "attributes": heavier},
        {"product_attributes": {**sku, "colour": None, "size": 3}},
        {"product_attributes": sku, "barcode_list": ["2", "3"], "image_url": "https://img.example/mug.png"},
        {"product_attributes": sku, "state": "absent"},
    ]
    for step in steps:
        before = writes(simulator)
        predicted = run(greymatter_product, check=True, **step)
        assert writes(simulator) == before
        done = run(greymatter_product, **step)
        again = run(greymatter_product, **step)
        assert (predicted["changed"], done["changed"], again["changed"]) == (True, True, False)
        assert predicted["diff"] == done["diff"]
        assert again["diff"]["before"] == again["diff"]["after"]
    assert [method for method, _path in writes(simulator)] == ["POST", "PUT", "PUT", "PUT", "DELETE"]


@pytest.mark.parametrize(
    "attributes",
    [
        {"weight": {"value": 0.40, "uom": {"unit": "KG"}}},
        {"weight": {"value": "0.4"}},
        {"dimension": {"length": 9.0}},
        {},
    ],
)
def test_equivalent_values(run: Run, simulator: Simulator, attributes: dict[str, Any]) -> None:
    generate(simulator, items=1)
    given = {"product_attributes": {"product_sku": "SKU-000001"}, "attributes": attributes}
    assert not run(greymatter_product, **given)["changed"]


@pytest.mark.parametrize(("there", "given"), [("G", "GM"), ("GM", "G"), ("LBS", "POUND")])
def test_unit_aliases(run: Run, simulator: Simulator, there: str, given: str) -> None:
    weight = {"value": 400, "uom": {"unit": there}}
    generate(simulator, items=1, item={"attributes": {**SIZE, "weight": weight}})
    desired = {"product_attributes": {"product_sku": "SKU-000001"}, "attributes": {"weight": {"uom": {"unit": given}}}}
    assert not run(greymatter_product, **desired)["changed"]
    desired["description"] = "changed"
    assert run(greymatter_product, **desired)["product"]["attributes"]["weight"]["uom"]["unit"] == given


def test_inherited_category_values_are_not_written(run: Run, simulator: Simulator) -> None:
    generate(simulator, items=1)
    run(greymatter_category, client_category_id="CTY-1", attributes={"storage": "shelf"})
    sku = {"product_sku": "SKU-000001"}
    assert not run(greymatter_product, product_attributes=sku, attributes={"storage": "shelf"})["changed"]
    changed = run(greymatter_product, product_attributes=sku, description="changed")
    assert changed["product"]["attributes"]["storage"] == "shelf"
    assert "storage" not in simulator.admin("GET", "/items")[0]["attributes"]
    assert "schema" not in simulator.admin("GET", "/items")[0]
    result = run(greymatter_product_info, as_written=True)["products"]
    assert "storage" not in result[0]["attributes"]
    assert "schema" not in result[0]


def test_all_product_errors_are_reported_together(run: Run, simulator: Simulator) -> None:
    generate(simulator)
    declared = [attribute("product_sku"), attribute("size", "integer")]
    run(greymatter_catalog, client_catalog_id="CAT-1", exhaustive_pdea_list=declared)
    given = {
        "client_category_id": "CTY-1",
        "description": "x" * 256,
        "product_attributes": {"product_sku": "A", "size": "big", "colour": "blue"},
        "attributes": {"weight": {"value": "much", "uom": {"unit": "G"}}},
        "item_config": {"label": "", "type": "box", "qty": 2},
    }
    for check in (True, False):
        wrong = run(greymatter_product, check=check, fails=True, api_version="v10.1.0", **given)
        assert wrong["problems"] == [
            "description has 256 characters, and at most 255 are allowed",
            "productAttributes.size must be a whole number, not 'big', as its type is integer",
            "productAttributes.colour is not declared in the catalog CAT-1",
            "barcodeList is missing",
            "attributes.dimension is missing",
            "attributes.weight.value must be a number, not 'much'",
            "attributes.weight.uom.unit 'G' is no unit of weight there: write GM",
            "itemConfig.label is empty",
            "itemConfig.type must be one of marked, unmarked, virtual",
            "itemConfig.qty must be 1 at the outermost level",
        ]
    lost = run(greymatter_product, fails=True, client_category_id="none", product_attributes={"product_sku": "A"})
    assert "clientCategoryId: there is no category none. Create it first" in lost["problems"]
    alone = run(
        greymatter_product, fails=True, product_attributes={"product_sku": "A"}, attributes=SIZE, barcode_list=[]
    )
    assert alone["problems"] == ["schema is missing: neither the product nor its category has one"]
    codes = run(
        greymatter_product,
        fails=True,
        client_category_id="CTY-1",
        product_attributes={"product_sku": "A", "size": "big"},
        attributes=SIZE,
        barcode_list=["x", "x", ""],
        schema={"unique": 5},
    )
    assert codes["problems"] == [
        "barcodeList[2] must be a barcode, a string that is not empty",
        "schema.unique must be a list of groups, each a list of attributes, such as [[product_sku]]",
        "productAttributes.size must be a whole number, not 'big', as its type is integer",
        "barcodeList[1] x is a barcode of the product already",
    ]
    assert [path for _method, path in writes(simulator)] == ["/catalog/CAT-1"]


def test_missing_category_is_reported_with_the_nearest_ones(run: Run, simulator: Simulator) -> None:
    generate(simulator)
    run(greymatter_category, client_category_id="SHIRTS", client_catalog_id="CAT-1")
    options = {"attributes": SIZE, "client_category_id": "SHIRT"}
    sentence = "clientCategoryId: there is no category SHIRT; the nearest: SHIRTS. Create it first"
    one = run(greymatter_product, fails=True, product_attributes={"product_sku": "A"}, barcode_list=[], **options)
    assert sentence in one["problems"]
    given = {"clientCategoryId": "SHIRT", "attributes": SIZE, "barcodeList": []}
    products = [{"productAttributes": {"product_sku": f"N{number}"}, **given} for number in range(3)]
    many = run(greymatter_products, fails=True, products=products)
    (problem,) = [problem for problem in many["problems"] if "there is no category" in problem]
    assert problem == f"products[0].{sentence}; 3 such values, in products[0], products[1], products[2]"


def test_products_with_the_same_number_are_distinguished(run: Run, simulator: Simulator) -> None:
    generate(simulator)
    run(greymatter_category, client_category_id="CTY-1", schema={"unique": [["product_sku", "client_id"]]})
    for client in ("c1", "c2"):
        more = {"attributes": SIZE, "barcode_list": [], "client_category_id": "CTY-1"}
        run(greymatter_product, product_attributes={"product_sku": "A", "client_id": client}, **more)
    result = run(greymatter_product, product_attributes={"product_sku": "A", "client_id": "c2"}, description="second")
    assert result["product"]["productAttributes"]["client_id"] == "c2"
    wrong = run(greymatter_product, fails=True, product_attributes={"product_sku": "A"}, description="which?")
    assert "There are 2 products with product_sku A (uid " in wrong["msg"]
    assert wrong["msg"].endswith("unique together: client_id, product_sku.")


def test_products_without_a_number_among_their_keys(run: Run, simulator: Simulator) -> None:
    schema = {"unique": [["ean"]]}
    given = {"schema": schema, "attributes": SIZE, "barcode_list": []}
    run(greymatter_product, product_attributes={"product_sku": "A", "ean": 7}, **given)
    renamed = run(greymatter_product, product_attributes={"product_sku": "B", "ean": 7.0}, **given)
    assert [path.rpartition("/")[0] for _method, path in writes(simulator)] == ["", "/item"]
    assert renamed["product"]["productAttributes"] == {"product_sku": "B", "ean": 7}


def test_products_are_found(run: Run, simulator: Simulator) -> None:
    generate(simulator, categories=2, items=1203)
    assert len(run(greymatter_product_info)["products"]) == 1203
    wanted = [f"SKU-{number:06}" for number in range(1, 1102)]
    found = run(greymatter_product_info, product_sku=[*wanted, "none", wanted[0]])
    assert [one["productAttributes"]["product_sku"] for one in found["products"]] == wanted
    assert found["api"]["calls"] == 3
    assert len(run(greymatter_product_info, client_category_id=["CTY-2"])["products"]) == 601
    filters = [{"key": "product_sku", "operator": "=", "value": "SKU-000002"}]
    assert len(run(greymatter_product_info, filter_params=filters)["products"]) == 1
    simulator.switch(greymatter={"item_wrapper": "content", "page_size": 500})
    assert len(run(greymatter_product_info)["products"]) == 1203


# --- many products


def test_request_count_depends_on_changed_products(run: Run, simulator: Simulator) -> None:
    generate(simulator, items=1000)
    given = run(greymatter_product_info, as_written=True)["products"]
    same = run(greymatter_products, products=given)
    assert not same["changed"]
    assert same["counts"] == {"total": 1000, "created": 0, "updated": 0, "deleted": 0, "unchanged": 1000, "failed": 0}
    assert same["api"]["calls"] == 4
    assert len(same["products"]) == 1000
    for one in given[::100]:
        one["description"] = "changed"
    for check in (True, False):
        changed = run(greymatter_products, products=given, check=check)
        assert changed["counts"]["updated"] == 10
        assert changed["api"]["calls"] == 4 + (0 if check else 10)
        shown = [one for one in changed["products"] if one["changed"]]
        assert shown[1]["changes"] == ["description: product 101 -> changed"]
        assert [one["differences"] for one in shown] == [
            [{"path": "description", "before": f"product {number}", "after": "changed"}]
            for number in range(1, 1000, 100)
        ]
        assert len(changed["diff"]["after"]) == 10
    assert not run(greymatter_products, products=given)["changed"]
    assert len(writes(simulator)) == 10


def test_successful_items_are_kept_if_others_fail(run: Run, simulator: Simulator) -> None:
    generate(simulator, items=1)
    given = [product(f"N-{number}") for number in range(6)]
    given[2]["barcodeList"] = ["SKU-B00000001"]
    wrong = run(greymatter_products, fails=True, products=given, concurrency=3)
    assert wrong["changed"]
    assert wrong["msg"].startswith("1 of 6 products failed. N-2: POST ")
    assert wrong["counts"]["created"] == 5
    assert [one.get("failed", False) for one in wrong["products"]] == [False, False, True, False, False, False]
    assert wrong["products"][2]["status"] == 400
    assert wrong["products"][2]["place"] == "products[2]"
    given[2]["barcodeList"] = ["mended"]
    assert run(greymatter_products, products=given)["counts"]["created"] == 1


def test_failed_search_affects_only_its_products(run: Run, simulator: Simulator) -> None:
    generate(simulator, items=10)
    given = run(greymatter_product_info, as_written=True)["products"]
    for one in given:
        one["description"] = "changed"
    simulator.fault(f"{ROOT}/item/search_v2", {"status": 400}, times=1)
    wrong = run(greymatter_products, fails=True, products=given, batch_size=5, concurrency=1)
    assert (wrong["counts"]["updated"], wrong["counts"]["failed"]) == (5, 5)
    assert wrong["msg"].startswith("5 of 10 products failed. SKU-000001, SKU-000002, SKU-000003 and 2 more: POST ")


def test_all_product_errors_are_reported_before_any_write(run: Run, simulator: Simulator) -> None:
    generate(simulator, items=1)
    given: list[Any] = [
        product("A"),
        product("A", barcodeList=["B-A", "x", "x"]),
        product("B", clientCategoryId="none"),
        {"product_sku": "C"},
        7,
        product("D", barcode_list=[]),
        {"product_attributes": {"product_sku": "SKU-000001"}, "description": "would change"},
    ]
    for check in (True, False):
        wrong = run(greymatter_products, check=check, fails=True, products=given)
        assert wrong["problems"] == [
            "products[1].barcodeList[0] B-A is a barcode of products[0] as well",
            "products[1].productAttributes: product_sku A is that of products[0] as well",
            "products[1].barcodeList[2] x is a barcode of the product already",
            "products[2].clientCategoryId: there is no category none. Create it first",
            "products[3].product_sku is not a key of a product: its keys are clientCategoryId, description, imageUrl, "
            "schema, attributes, productAttributes, barcodeList, itemConfig",
            "products[3].productAttributes.product_sku is missing: every product has one",
            "products[3].schema is missing: neither the product nor its category has one",
            "products[3].barcodeList is missing",
            "products[3].attributes.weight is missing",
            "products[3].attributes.dimension is missing",
            "products[4] is not a product: it must be a dictionary",
            "products[5].barcode_list is set under both its names",
        ]
    assert writes(simulator) == []


def csv_file(path: Path, rows: list[dict[str, Any]], **form: Any) -> str:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), **form)
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def row(sku: str, **more: Any) -> dict[str, Any]:
    return {
        "product_sku": sku,
        "clientCategoryId": "CTY-1",
        "barcodes": f"1-{sku} | 2-{sku}",
        "weight": "0.40",
        "weight_unit": "KG",
        "length": 9,
        "width": 9,
        "height": 11,
        "dimension_unit": "CM",
        "attributes.storage": "shelf",
        "size": "",
        "productAttributes.weight": "heavy",
        **more,
    }


def test_products_of_a_csv_file(run: Run, simulator: Simulator, tmp_path: Path) -> None:
    generate(simulator)
    declared = [attribute("product_sku"), attribute("size", "integer")]
    run(greymatter_catalog, client_catalog_id="CAT-1", exhaustive_pdea_list=declared)
    src = csv_file(tmp_path / "products.csv", [row("A"), row("B", size="7"), row('C "quoted", with ü')])
    made = run(greymatter_products, src=src)
    assert made["counts"]["created"] == 3
    assert made["products"][1]["place"] == "products.csv:3"
    item = simulator.admin("GET", "/items?sku=B")[0]
    assert item["productAttributes"] == {"product_sku": "B", "size": 7, "weight": "heavy"}
    assert item["barcodeList"] == [{"barcode": "1-B"}, {"barcode": "2-B"}]
    assert item["attributes"] == {**SIZE, "storage": "shelf"}
    assert not run(greymatter_products, src=src)["changed"]
    csv_file(tmp_path / "other.tsv", [row("A", size="big"), row("A")], delimiter="\t")
    wrong = run(greymatter_products, fails=True, src=str(tmp_path / "other.tsv"), delimiter="\t")
    assert wrong["problems"][:2] == [
        "other.tsv:2: productAttributes.size must be a whole number, not 'big', as its type is integer",
        "other.tsv:3: barcodeList[0] 1-A is a barcode of other.tsv:2 as well; 2 such values, line 3",
    ]


@pytest.mark.parametrize("form", ["list", "lines"])
def test_products_of_a_json_file(run: Run, simulator: Simulator, tmp_path: Path, form: str) -> None:
    generate(simulator)
    src = tmp_path / "products.json"
    given = [product(f"A-{number}") for number in range(1500)]
    src.write_text(json.dumps(given) if form == "list" else "\n".join(map(json.dumps, given)))
    made = run(greymatter_products, src=[str(src)], concurrency=4)
    assert made["counts"]["created"] == 1500
    again = run(greymatter_products, src=[str(src)])
    assert (again["counts"]["unchanged"], again["products"], again["api"]["calls"]) == (1500, [], 5)
    given[1400]["description"] = "changed"
    src.write_text(json.dumps(given))
    assert [one["place"] for one in run(greymatter_products, src=[str(src)])["products"]] == ["products.json[1400]"]


def test_products_are_deleted(run: Run, simulator: Simulator) -> None:
    generate(simulator, items=3)
    given = [{"productAttributes": {"product_sku": sku}} for sku in ("SKU-000001", "SKU-000003", "none")]
    predicted = run(greymatter_products, products=given, state="absent", check=True)
    done = run(greymatter_products, products=given, state="absent")
    assert predicted["counts"] == done["counts"]
    assert (done["counts"]["deleted"], done["counts"]["unchanged"]) == (2, 1)
    assert len(simulator.admin("GET", "/items")) == 1
    assert not run(greymatter_products, products=given, state="absent")["changed"]


def test_offline_validation_sends_no_request(run: Run, simulator: Simulator) -> None:
    catalogs = [
        {"clientCatalogId": "A", "exhaustive_pdea_list": [attribute("product_sku"), attribute("size", "integer")]}
    ]
    categories = [
        {"clientCategoryId": "CTY-1", "clientCatalogId": "A", "schema": {"unique": [["product_sku", "size"]]}}
    ]
    given = [product("X"), product("X", barcodeList=[])]
    for one in given:
        one["productAttributes"]["size"] = "7"
    offline = {"validate": "offline", "credentials": False, "products": given}
    wrong = run(greymatter_products, fails=True, catalogs=catalogs, categories=categories, **offline)
    assert wrong["problems"] == [
        "products[1].productAttributes: product_sku X and size 7 is that of products[0] as well"
    ]
    given[1]["productAttributes"]["size"] = 8
    fine = run(greymatter_products, catalogs=catalogs, categories=categories, **offline)
    assert (fine["changed"], fine["counts"]["total"], fine["api"]["calls"]) == (False, 2, 0)
    unsound = run(greymatter_products, fails=True, catalogs=[*catalogs, *catalogs, {}], categories=[{}], **offline)
    assert unsound["problems"][:5] == [
        "catalogs[2].clientCatalogId is missing",
        "catalogs[2].exhaustive_pdea_list is missing",
        "categories[0].clientCategoryId is missing",
        "categories[0].clientCatalogId is missing",
        "catalogs[1].clientCatalogId A is that of catalogs[0] as well",
    ]
    assert simulator.requests() == []
    asked = run(greymatter_products, fails=True, credentials=False, api_url=simulator.http, products=given)
    assert asked["msg"].startswith("No credentials were given.")


def test_missing_parents(run: Run, simulator: Simulator) -> None:
    """A plan can be made before they exist."""
    categories = [{"clientCategoryId": "CTY-1", "clientCatalogId": "A", "schema": {"unique": [["product_sku"]]}}]
    result = run(greymatter_products, check=True, products=[product("X")], categories=categories)
    assert result["counts"]["created"] == 1
