# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of the role greymatter_master_data."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.greyops.rest.plugins.filter.compare_master_data import FilterModule as CompareMasterData
from ansible_collections.greyops.rest.plugins.filter.export_master_data import FilterModule as ExportMasterData
from ansible_collections.greyops.rest.plugins.filter.list_master_data_problems import FilterModule as ListProblems
from ansible_collections.greyops.rest.plugins.filter.select_due_categories import FilterModule as SelectDueCategories
from ansible_collections.greyops.rest.plugins.filter.summarize_master_data import FilterModule as SummarizeMasterData
from ansible_collections.greyops.rest.plugins.filter.summarize_names import FilterModule as SummarizeNames
from ansible_collections.greyops.rest.plugins.filter.tabulate_master_data import FilterModule as TabulateMasterData
from ansible_collections.greyops.rest.plugins.module_utils._changes import Change, format_changes
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.master_data import (
    CATALOG,
    CATEGORY,
    with_type,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.product_files import (
    SpoiltRow,
    open_source,
    to_cells,
    to_csv,
)
from ansible_collections.greyops.rest.plugins.module_utils._resource import plan_resource

FILTERS = {
    name: function
    for module in (
        *(CompareMasterData, ExportMasterData, ListProblems, SelectDueCategories),
        *(SummarizeMasterData, SummarizeNames, TabulateMasterData),
    )
    for name, function in module().filters().items()
}
summarize = FILTERS["summarize_master_data"]

Item = dict[str, Any]


def compare(*args: Any, **options: Any) -> Item:
    desired: Item = FILTERS["compare_master_data"](*args, **options)["desired"]
    return desired


def attribute(name: str, data_type: str = "string", **labels: str) -> Item:
    display = [{"locale": locale, "display_name": label} for locale, label in (labels or {"en": name}).items()]
    return {"field_name": name, "field_data_type": data_type, "display_data": display}


def catalog(name: str, *attributes: Item, **more: Any) -> Item:
    return {"clientCatalogId": name, "exhaustive_pdea_list": list(attributes), **more}


def category(name: str, parent: str, **more: Any) -> Item:
    return {"clientCategoryId": name, "clientCatalogId": parent, **more}


def file(name: str, content: Any) -> Item:
    return {"file": f"/site/{name}", "content": content, "problem": ""}


def site(*, catalogs: list[Item] | None = None, categories: list[Item] | None = None) -> Item:
    return {"catalogs": catalogs or [], "categories": categories or []}


# --- compare_master_data


SKU, PIECES = attribute("product_sku"), attribute("pieces", "integer", en="Pieces", de="Stücke")


@pytest.mark.parametrize(
    ("current", "desired"),
    [
        (catalog("A", SKU, PIECES), catalog("A", PIECES, SKU)),
        (catalog("A", PIECES), catalog("A", attribute("pieces", "integer", de="Stücke", en="Pieces"))),
        (
            catalog("A", attribute("pieces", "integer", EN="Pieces")),
            catalog("A", attribute("pieces", "INTEGER", en="Pieces")),
        ),
        (catalog("A", SKU, description="a"), {"clientCatalogId": "A", "description": None}),
    ],
    ids=["attributes", "labels", "letters", "null"],
)
def test_catalog_without_changes_has_no_drift(current: Item, desired: Item) -> None:
    given = {key: value for key, value in desired.items() if value is not None}
    assert not plan_resource(CATALOG, current, given, "present").changed
    compared = compare([file("catalogs/a.yml", desired)], site(catalogs=[current]), "plan")
    assert (compared["catalogs"][0]["changes"], compared["catalogs"][0]["differs"]) == ([], False)


@pytest.mark.parametrize(
    ("current", "desired"),
    [
        (
            {"attributes": {"weight": {"value": 1, "uom": {"unit": "G"}}}},
            {"attributes": {"weight": {"value": 1.0, "uom": {"unit": "GM"}}}},
        ),
        (
            {"schema": {"type": "object", "unique": [["a", "b"], ["c"]]}},
            {"schema": {"unique": [["c"], ["b", "a"]]}},
        ),
        ({"attributes": {"storage": "shelf", "more": 1}}, {"attributes": {"storage": "shelf"}}),
        ({}, {"categoryAttributes": {}}),
    ],
    ids=["unit", "schema", "part", "empty"],
)
def test_category_without_changes_has_no_drift(current: Item, desired: Item) -> None:
    there, wanted = category("C", "A", **current), category("C", "A", **desired)
    typed = {**wanted, "schema": with_type(wanted["schema"])} if "schema" in wanted else wanted
    assert not plan_resource(CATEGORY, there, typed, "present").changed
    current_site = site(catalogs=[catalog("A", SKU)], categories=[there])
    compared = compare([file("categories/c.yml", wanted)], current_site, "drift")
    assert (compared["categories"][0]["changes"], compared["categories"][0]["differs"]) == ([], False)
    assert FILTERS["select_due_categories"](compared, current_site["catalogs"], []) == []


def test_drift_changes_match_module_changes() -> None:
    there = category("C", "A", attributes={"storage": "shelf", "kept": 1})
    wanted = category("C", "A", attributes={"storage": "floor"}, description="new")
    entry = compare([file("categories/c.yml", wanted)], site(categories=[there]), "plan")["categories"][0]
    changes = plan_resource(CATEGORY, there, wanted, "present").list_changes()
    assert {key: entry[key] for key in ("changes", "differences")} == format_changes(changes)
    assert entry["changes"] == ["attributes.storage: shelf -> floor", "description: none -> new"]
    assert entry["differences"][0] == {"path": "attributes.storage", "before": "shelf", "after": "floor"}
    assert entry["merged"] == {**there, "attributes": {"storage": "floor", "kept": 1}, "description": "new"}
    assert (entry["exists"], entry["catalog"], entry["file"]) == (True, "A", "categories/c.yml")


def test_missing_catalog_is_reported_with_the_nearest_one() -> None:
    files = [file("catalogs/a.yml", catalog("APPAREL")), file("categories/c.yml", category("C", "APAREL"))]
    compared = FILTERS["compare_master_data"](files, {}, "validate")["desired"]
    sentence = "there is no catalog APAREL; the nearest: APPAREL. Describe it in a file of catalogs"
    assert compared["problems"] == [f"categories/c.yml: clientCatalogId: {sentence}"]


def test_problems_within_single_files() -> None:
    files = [
        file("catalogs/a.yml", {**catalog("A"), "descripton": "a"}),
        file("catalogs/more.json", [catalog("B"), None, 7]),
        file("categories/c.yml", [category("C", "B"), category("D", "E"), {"clientCategoryId": "F", "attributes": 7}]),
        file("products/p.yml", [{"productAttributes": {}}, "x" * 50]),
        file("products/none.yml", None),
    ]
    result = FILTERS["compare_master_data"](files, {}, "validate", purge=["products"])
    compared = result["desired"]
    assert result["products"] == [{"productAttributes": {}}]
    assert compared["problems"] == [
        "catalogs/a.yml: unknown keys: descripton. The keys of a catalog are clientCatalogId, description, "
        "exhaustive_pdea_list",
        "catalogs/more.json[2]: 7 is not a catalog",
        f"products/p.yml[1]: {'x' * 40}... is not a product",
        "categories/c.yml[1]: clientCatalogId: there is no catalog E. Describe it in a file of catalogs",
    ]
    assert compared["product_files"] == ["products/p.yml[0]"]
    assert compared["purge"] == []


def undescribed_site() -> tuple[list[Item], Item]:
    files = [file("catalogs/a.yml", catalog("A")), file("categories/c.yml", category("C", "A"))]
    current = site(
        catalogs=[catalog("b"), catalog("A"), catalog("C")],
        categories=[category("C", "A"), category("D", "A"), category("E", "b")],
    )
    return files, current


@pytest.mark.parametrize(
    ("options", "undescribed", "deleted", "purge"),
    [
        ({"action": "plan"}, (["b", "C"], ["D", "E"]), ([], []), []),
        ({"action": "drift"}, (["b", "C"], ["D", "E"]), ([], []), ["C", "D", "E"]),
        ({"action": "plan", "purge": ["categories"]}, (["b", "C"], ["D", "E"]), ([], ["D", "E"]), []),
        (
            {"action": "apply", "purge": ["catalogs", "products"], "catalogs": ["A", "b"]},
            (["b"], ["D", "E"]),
            (["b"], []),
            ["C", "D", "E"],
        ),
        ({"action": "drift", "catalogs": ["A"]}, ([], ["D"]), ([], []), ["C", "D"]),
    ],
)
def test_undescribed_items(options: Item, undescribed: Any, deleted: Any, purge: list[str]) -> None:
    compared = compare(*undescribed_site(), **options)
    assert (compared["undescribed"]["catalogs"], compared["undescribed"]["categories"]) == undescribed
    assert (compared["deleted"]["catalogs"], compared["deleted"]["categories"]) == deleted
    assert compared["purge"] == purge


def test_errors_are_ansible_errors() -> None:
    with pytest.raises(AnsibleFilterError, match=r"limit is nan, which is no number in JSON"):
        compare([{"limit": float("nan")}], {}, "plan")


# --- select_due_categories


def test_categories_are_applied_after_their_catalog_exists() -> None:
    files = [file("categories/c.yml", [category("C", "A"), category("D", "NEW"), category("E", "A")])]
    desired = compare(files, site(catalogs=[catalog("A")], categories=[category("E", "A")]), "plan")
    due = FILTERS["select_due_categories"]
    assert [entry["id"] for entry in due(desired, [catalog("A")], [])] == ["C"]
    assert [entry["id"] for entry in due(desired, [catalog("A"), catalog("NEW")], [{"changed": True}])] == ["C", "D"]
    assert due(desired, [catalog("A")], [{"changed": True}, {"msg": "failed"}]) == []


# --- list_master_data_problems


def test_problems_name_the_files() -> None:
    files = [
        file("catalogs/a.yml", {**catalog("A"), "x": 1}),
        file("categories/c.yml", [category("C", "A")]),
        file("products/p.yml", {}),
    ]
    desired = compare(files, {}, "validate")
    problems = ["catalogs[0].description is empty", "b.csv:2: b1 is that of products[0] as well", "categories[7].x"]
    listed = FILTERS["list_master_data_problems"]
    assert listed(desired, {"problems": problems, "msg": "unused"}) == [
        desired["problems"][0],
        "catalogs/a.yml: description is empty",
        "b.csv:2: b1 is that of products/p.yml as well",
        "categories[7].x",
    ]
    assert listed(desired, {"msg": "categories[0] failed"})[1:] == ["categories/c.yml[0] failed"]
    many = listed({**desired, "problems": []}, {"problems": ["x"] * 103})
    assert many == ["x"] * 100 + ["And 3 more."]
    assert listed({**desired, "problems": []}, {"counts": {}}) == []


# --- summarize_master_data


COUNTS = {"total": 2, "created": 1, "updated": 0, "deleted": 0, "unchanged": 1, "failed": 0}


def looped(item: Any, **result: Any) -> Item:
    return {"ansible_loop_var": "one", "one": item, "api": {"calls": 2}, **result}


def listed_product(sku: str, place: str | None, action: str = "none") -> Item:
    return {"product_sku": sku, "place": place, "changed": action != "none", "action": action, **format_changes([])}


@pytest.fixture
def desired() -> Item:
    files = [
        file("catalogs/a.yml", {**catalog("A", SKU), "description": "new"}),
        file("categories/c.yml", category("C", "A")),
        file("products/p.yml", [{}, {}]),
    ]
    current = site(catalogs=[catalog("A", SKU), catalog("OLD")], categories=[category("GONE", "A")])
    compared: Item = compare(files, current, "apply", purge=["catalogs", "categories"])
    return compared


def products() -> Item:
    listed = [listed_product("ONE", "products[0]"), listed_product("TWO", "products[1]", "create")]
    return {"api": {"calls": 3}, "counts": COUNTS, "products": listed}


def summary(desired: Item, **more: Any) -> Item:
    changes = [Change("description", None, "new")]
    catalogs = [looped(entry, changed=True, **format_changes(changes)) for entry in desired["catalogs"]]
    categories = [looped(entry, changed=True, **format_changes([])) for entry in desired["categories"]]
    arguments = {
        "reads": [{"api": {"calls": 1}}, {"api": {"calls": 1}}, {"skipped": True}],
        "parents": {"catalogs": catalogs, "categories": categories},
        "products": products(),
        "action": "plan",
        "purge": ["catalogs", "categories"],
    }
    result: Item = summarize(desired, **{**arguments, **more})
    return result


def test_summary_of_a_plan(desired: Item) -> None:
    result = summary(desired)
    assert result["changed"]
    assert result["catalogs"] == [
        {
            "clientCatalogId": "A",
            "file": "catalogs/a.yml",
            "changed": True,
            "action": "update",
            "changes": ["description: none -> new"],
            "differences": [{"path": "description", "before": None, "after": "new"}],
        },
        {
            "clientCatalogId": "OLD",
            "file": None,
            "changed": True,
            "action": "delete",
            "changes": [],
            "differences": [],
        },
    ]
    assert [(entry["clientCategoryId"], entry["action"]) for entry in result["categories"]] == [
        ("C", "create"),
        ("GONE", "delete"),
    ]
    assert [entry["place"] for entry in result["products"]] == ["products/p.yml[0]", "products/p.yml[1]"]
    assert result["differing"] == ["catalog A", "catalog OLD", "category C", "category GONE", "product TWO"]
    assert (result["counts"], result["failures"]) == (COUNTS, [])
    assert result["calls"] == 1 + 1 + 3 + 2 + 2


def test_category_of_a_planned_catalog_is_compared(desired: Item) -> None:
    result = summary(desired, parents={"catalogs": [], "categories": []})
    assert (result["categories"][0]["changed"], result["categories"][0]["action"]) == (True, "create")


def test_summary_counts_written_items(desired: Item) -> None:
    written = {
        "products": {"api": {"calls": 5}, "counts": {**COUNTS, "failed": 1}, "msg": "products[1].description is wrong"},
        "categories": [looped("GONE", changed=True)],
        "catalogs": [looped("OLD", changed=False, msg="It is used.")],
    }
    result = summary(desired, written=written, action="apply")
    assert result["failures"] == ["products/p.yml[1]: description is wrong", "catalog OLD: It is used."]
    assert result["counts"]["failed"] == 1
    assert result["products"] == []
    assert result["categories"][1]["changed"]
    assert (result["catalogs"][1]["failed"], result["catalogs"][1]["changed"]) == (True, False)
    assert result["calls"] == 1 + 1 + 3 + 2 + 2 + 5 + 2 + 2


def test_validation_result_is_used_if_no_product_is_written(desired: Item) -> None:
    result = summary(desired, written={"products": {"skipped": True}, "categories": [], "catalogs": []}, action="apply")
    assert [entry["product_sku"] for entry in result["products"]] == ["ONE", "TWO"]


def test_failed_catalog_blocks_its_dependents(desired: Item) -> None:
    failed = [looped(desired["catalogs"][0], msg="HTTP 400.")]
    result = summary(desired, parents={"catalogs": failed, "categories": []}, action="apply")
    assert result["failures"] == ["catalogs/a.yml: HTTP 400."]
    assert result["catalogs"][0]["msg"] == "HTTP 400."
    assert result["categories"][0]["msg"] == "not written because a catalog failed"
    assert result["categories"][1]["msg"] == "not deleted because something else failed"
    assert result["counts"] == {**COUNTS, "created": 0, "unchanged": 0}
    assert (result["changed"], result["products"], result["differing"]) == (False, [], [])


@pytest.mark.parametrize(("purge", "skus", "total"), [([], ["ONE"], 1), (["products"], ["ONE", "OLD"], 2)])
def test_drift_reports_undescribed_products(desired: Item, purge: list[str], skus: list[str], total: int) -> None:
    listed = [listed_product("ONE", "products[0]"), listed_product("OLD", None, "delete")]
    found = {"api": {"calls": 1}, "counts": {**COUNTS, "created": 0, "deleted": 1}, "products": listed}
    result = summary(desired, products=found, action="drift", purge=purge)
    assert [entry["product_sku"] for entry in result["products"]] == skus
    assert (result["counts"]["total"], result["counts"]["deleted"]) == (total, total - 1)
    assert result["undescribed"]["products"] == ["OLD"]


# --- tabulate_master_data


def test_table_of_changes_and_failures(desired: Item) -> None:
    result = summary(desired, written={"catalogs": [looped("OLD", changed=False, msg="It is used.")]})
    assert FILTERS["tabulate_master_data"](result) == [
        "WHAT           ACTION  CHANGES",
        "catalog A      update  description: none -> new",
        "catalog OLD    failed  It is used.",
        "category C     create",
        "category GONE  delete",
        "product TWO    create",
        "4 of 6 differ: 2 create, 1 delete, 1 update.",
        "1 of 6 failed.",
    ]


def test_long_table_ends_with_a_count() -> None:
    listed = [{**listed_product(str(number), "p", "update"), "changes": ["a"]} for number in range(250)]
    counts = {**COUNTS, "total": 300, "created": 0, "updated": 260, "unchanged": 40}
    lines = FILTERS["tabulate_master_data"]({"catalogs": [], "categories": [], "products": listed, "counts": counts})
    assert len(lines) == 203
    assert lines[-2:] == ["... and 60 more.", "260 of 300 differ: 260 update."]


def test_no_table_without_changes() -> None:
    counts = {**COUNTS, "created": 0, "unchanged": 2}
    result = {"catalogs": [], "categories": [], "products": [listed_product("ONE", "p")], "counts": counts}
    lines = FILTERS["tabulate_master_data"](result)
    assert lines == ["All 0 catalogs, 0 categories and 2 products are as described."]


# --- summarize_names


@pytest.mark.parametrize(
    ("names", "text"), [([], "none"), (["a"], "a"), (["a", "b"], "a, b"), (["a", "b", "c", "d"], "a, b and 2 more")]
)
def test_names_beyond_the_limit_are_counted(names: list[str], text: str) -> None:
    assert FILTERS["summarize_names"](names, 2) == text


# --- export_master_data


SIZE = {
    "weight": {"value": 1.0, "uom": {"unit": "KG"}},
    "dimension": {"length": 1, "width": 2, "height": 3, "uom": {"unit": "CM"}},
}
TYPES = {"pieces": "integer", "fragile": "boolean", "tags": "list", "ratio": "double"}


def product(sku: str, own: Item | None = None, **more: Any) -> Item:
    return {
        "clientCategoryId": "C",
        "productAttributes": {"product_sku": sku, **(own or {})},
        "attributes": SIZE,
        "barcodeList": [{"barcode": "b1"}, {"barcode": "b2"}],
        **more,
    }


def export_site() -> Item:
    declared = [attribute(name, data_type) for name, data_type in TYPES.items()]
    return site(
        catalogs=[catalog("A/1", *declared), catalog("B")], categories=[category("C", "A/1"), category("D", "B")]
    )


def exported(products: list[Item], **options: Any) -> dict[str, str]:
    files = FILTERS["export_master_data"](
        export_site(), [{"json": json.dumps(product)} for product in products], **options
    )
    return {entry["name"]: entry["content"] for entry in files}


def test_files_of_an_export() -> None:
    products = [product("ONE"), {"productAttributes": {"product_sku": "alone"}}]
    assert list(exported(products)) == [
        *("catalogs/A%2F1.yml", "catalogs/B.yml", "categories/C.yml", "categories/D.yml"),
        *("products/C.yml", "products/without_category.yml"),
    ]
    files = exported(products, format="json", product_format="json", product_files="one", catalogs=["B"])
    assert list(files) == ["catalogs/B.json", "categories/D.json", "products/products.json"]
    assert json.loads(files["products/products.json"]) == [products[0], {"barcodeList": [], **products[1]}]


def test_documents_keep_template_syntax() -> None:
    text = "{{ harm }} {% x %} {# y #} ü 😀"
    files = exported([product("ONE", {"colour": text})], format="json", product_format="yaml")
    assert '{{ "{{" }} harm }} {{ "{%" }} x %} {{ "{#" }} y #} ü' in files["products/C.yml"].replace("''", "'")
    plain = files["products/C.yml"]
    for mark in ("{{", "{%", "{#"):
        plain = plain.replace(f'{{{{ "{mark}" }}}}', mark)
    assert yaml.safe_load(plain)[0]["productAttributes"]["colour"] == text


def test_table_of_products() -> None:
    products = [
        product("ONE", {"pieces": 6, "weight": "heavy", "note": 'a "b"\nc'}, description="d"),
        {**product("TWO", {"fragile": True}), "barcodeList": [], "attributes": {**SIZE, "storage": "shelf"}},
    ]
    (content,) = (
        text for name, text in exported(products, product_format="csv").items() if name.startswith("products")
    )
    assert content == (
        '"product_sku","fragile","note","pieces","productAttributes.weight","clientCategoryId","description","imageUrl",'
        '"barcodes","weight","weight_unit","length","width","height","dimension_unit","attributes.storage"\n'
        '"ONE","","a ""b""\nc","6","heavy","C","d","","b1|b2","1.0","KG","1","2","3","CM",""\n'
        '"TWO","true","","","","C","","","|","1.0","KG","1","2","3","CM","shelf"'
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"schema": {"unique": [["product_sku"]]}},
        {"itemConfig": {"label": "case"}},
        {"description": " d"},
        {"description": '="0012"'},
        {"imageUrl": 7},
        {"barcodeList": [{"barcode": "a|b"}]},
        {"barcodeList": [{"barcode": " a"}]},
        {"barcodeList": [{"barcode": "a", "type": "EAN"}]},
        {"barcodeList": [{"barcode": 7}]},
        {"productAttributes": {"product_sku": "ONE", "colour": "#N/A"}},
        {"productAttributes": {"product_sku": "ONE", "colour": ""}},
        {"productAttributes": {"product_sku": "ONE", "colour": None}},
        {"productAttributes": {"product_sku": "ONE", "colour": 7}},
        {"productAttributes": {"product_sku": "ONE", "pieces": "6"}},
        {"productAttributes": {"product_sku": "ONE", "fragile": 6}},
        {"productAttributes": {"product_sku": "ONE", "colour ": "red"}},
        {"productAttributes": {"product_sku": "ONE", "": "red"}},
        {"productAttributes": {"product_sku": 12}},
        {"attributes": {**SIZE, "storage": 7}},
        {"attributes": {**SIZE, "weight": "1"}},
        {"attributes": {**SIZE, "weight": {}}},
        {"attributes": {**SIZE, "weight": {"value": "1", "uom": {"unit": "KG"}}}},
        {"attributes": {**SIZE, "weight": {"value": 1, "more": 2}}},
        {"attributes": {**SIZE, "weight": {"value": 1, "uom": {"unit": "KG", "factor": 2}}}},
        {"attributes": 7},
    ],
)
def test_values_that_do_not_fit_a_table_are_written_separately(changed: Item) -> None:
    awkward, plain = {**product("ONE"), **changed}, product("TWO")
    files = exported([awkward, plain], product_format="csv")
    assert json.loads(files["products/C.json"]) == [awkward]
    assert [row["product_sku"] for row in csv.DictReader(io.StringIO(files["products/C.csv"]))] == ["TWO"]


_TEXT = st.text(st.sampled_from("aA1 .:#=|\"',;\n\ufeffü{%"), max_size=6)
_NAMES = st.sampled_from(
    ["colour", "Colour", "weight", "barcodes", "image_url", "attributes.x", "productAttributes.y", "a b", " c"]
)
_VALUES = st.one_of(
    _TEXT, st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.lists(_TEXT)
)
_PRODUCTS = st.builds(
    lambda own, storage, codes, more: {
        "productAttributes": {"product_sku": "ONE", **own},
        "attributes": {**storage, **SIZE},
        "barcodeList": [{"barcode": code} for code in codes],
        **more,
    },
    st.dictionaries(st.one_of(_NAMES, st.sampled_from(list(TYPES))), _VALUES, max_size=4),
    st.dictionaries(_NAMES, _TEXT, max_size=2),
    st.lists(_TEXT, max_size=2),
    st.dictionaries(st.sampled_from(["clientCategoryId", "description", "imageUrl"]), _TEXT, max_size=2),
)


@given(st.lists(_PRODUCTS, min_size=1, max_size=3))
def test_table_round_trip_restores_products(tmp_path_factory: pytest.TempPathFactory, products: list[Item]) -> None:
    cells = [(one, to_cells(one, TYPES)) for one in products]
    kept, rows = [one for one, row in cells if row is not None], [row for _one, row in cells if row is not None]
    if not rows:
        return
    path = tmp_path_factory.mktemp("table") / "p.csv"
    Path(path).write_text(to_csv(rows), encoding="utf-8", newline="")
    read = [row for _place, row in open_source(None, [str(path)]).rows()]
    assert [_as_read(one) for one in kept] == read
    assert not any(isinstance(row, SpoiltRow) for row in read)


def _as_read(product: Item) -> Item:
    """A product with the texts that a table contains."""

    def text(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: text(inner) for key, inner in value.items()}
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    parts = {key: text(value) for key, value in product.items() if key != "barcodeList"}
    return {**parts, "barcodeList": [entry["barcode"] for entry in product["barcodeList"]]}
