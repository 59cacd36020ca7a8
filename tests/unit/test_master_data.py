# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of GreyMatter's master data without asking it: units, types, likeness, files, and what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.checks import (
    problems_of_catalog,
    problems_of_category,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.datatypes import DATA_TYPES, typed
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.families import Family, groups_of
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.likeness import differences, merged, written
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.product_checks import (
    barcodes_of,
    checked_product,
    wish_for_product,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.products import key_of
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.tables import source_of
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.units import (
    LENGTH,
    WEIGHT,
    problem_of_unit,
    same_unit,
    version_of,
    wants_declarations,
)

# --- units


@pytest.mark.parametrize(
    ("text", "version"),
    [("v10.1.0", (10, 1, 0)), ("10.1", (10, 1, 0)), ("v9.0.2", (9, 0, 2)), ("11", (11, 0, 0)), (None, None)],
)
def test_versions(text: str | None, version: tuple[int, ...] | None) -> None:
    assert version_of(text) == version


@pytest.mark.parametrize("text", ["", "v", "latest", "10.x", "v10.1.0-rc1", "1.2.3.4.5", "٣"])
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(OptionError, match="api_version must be a version"):
        version_of(text)


@pytest.mark.parametrize(
    ("version", "weights", "lengths"),
    [
        (None, "G KG GM LBS POUND OUNCE", "MM CM M INCH"),
        ("v9.0.1", "G KG", "MM CM M"),
        ("v9.0.2", "GM KG LBS POUND OUNCE", "MM CM M INCH"),
        ("v10.1.0", "GM KG LBS POUND OUNCE", "MM CM M INCH"),
    ],
)
def test_units_of_versions(version: str | None, weights: str, lengths: str) -> None:
    for measure, known in ((WEIGHT, weights), (LENGTH, lengths)):
        for unit in ("G", "GM", "KG", "LBS", "POUND", "OUNCE", "MM", "CM", "M", "INCH", "kg", None, 7):
            assert (problem_of_unit(unit, measure, version_of(version)) is None) == (unit in known.split()), unit


def test_the_other_name_of_a_unit_is_told() -> None:
    old, new = version_of("9.0.0"), version_of("10.1.0")
    assert problem_of_unit("G", WEIGHT, new) == "'G' is no unit of weight there: write GM"
    assert problem_of_unit("GM", WEIGHT, old) == "'GM' is no unit of weight there: write G"
    assert problem_of_unit("kg", WEIGHT, None) == "'kg' is no unit of weight: write KG"
    assert problem_of_unit("OUNCE", WEIGHT, old) == "'OUNCE' is no unit of weight there: the units are G, KG"


def test_units_of_one_meaning() -> None:
    assert same_unit("G", "GM")
    assert same_unit("lbs", "POUND")
    assert not same_unit("KG", "GM")


def test_declarations_are_wanted_since() -> None:
    wanted = [wants_declarations(version_of(text)) for text in (None, "9.0.2", "10.0", "10.1.0", "11")]
    assert wanted == [False, False, False, True, True]


# --- types


@pytest.mark.parametrize(
    ("data_type", "value", "result"),
    [
        ("string", "7", "7"),
        ("string", 7, "7"),
        ("integer", "7", 7),
        ("integer", 7.0, 7),
        ("double", "7.5", 7.5),
        ("float", 7, 7),
        ("double", "1e3", 1000.0),
        ("boolean", "True", True),
        ("boolean", False, False),
        ("list", '["a"]', ["a"]),
        ("dict", {"a": 1}, {"a": 1}),
    ],
)
def test_values_in_their_types(data_type: str, value: Any, result: Any) -> None:
    got = typed(value, data_type)
    assert (got, type(got)) == (result, type(result))


@pytest.mark.parametrize(
    ("data_type", "value"),
    [
        ("string", True),
        ("string", 1.5),
        ("string", ["a"]),
        ("integer", "7.5"),
        ("integer", True),
        ("integer", "big"),
        ("double", "nan"),
        ("double", float("inf")),
        ("double", 10**400),
        ("double", [1]),
        ("boolean", "maybe"),
        ("boolean", 2),
        ("list", "a, b"),
        ("list", '{"a": 1}'),
        ("dict", "["),
    ],
)
def test_what_is_not_of_a_type(data_type: str, value: Any) -> None:
    assert data_type in DATA_TYPES
    with pytest.raises(ValueError, match=r"^must be"):
        typed(value, data_type)


# --- likeness


@pytest.mark.parametrize(
    ("current", "desired", "found"),
    [
        ({"description": None}, {"description": ""}, []),
        ({"description": "a"}, {"description": ""}, ["description"]),
        ({}, {"attributes": {}}, []),
        ({"attributes": {"a": 1}}, {"attributes": {}}, []),
        ({"attributes": {"a": 1}}, {"attributes": {"a": 1.0}}, []),
        ({"attributes": {"a": 1}}, {"attributes": {"a": None}}, ["attributes.a"]),
        ({"attributes": {"a": 1}}, {"attributes": {"a": "1"}}, ["attributes.a"]),
        (
            {"barcodeList": [{"barcode": "1", "id": 5}, {"barcode": "2"}]},
            {"barcodeList": [{"barcode": "2"}]},
            ["barcodeList[1]"],
        ),
        ({"barcodeList": None}, {"barcodeList": []}, []),
        ({"barcodeList": [{"barcode": "1"}]}, {"barcodeList": []}, ["barcodeList[1]"]),
        ({"schema": {"unique": [["b", "a"], ["c"]]}}, {"schema": {"unique": [["c"], ["a", "b"]]}}, []),
        ({"schema": {"unique": [["a"]]}}, {"schema": {"unique": [["a"], ["b"]]}}, ["schema.unique"]),
        ({"itemConfig": {"type": "MARKED", "levelType": 1}}, {"itemConfig": {"type": "marked"}}, []),
        (
            {"exhaustive_pdea_list": [{"field_name": "a", "display_data": [{"locale": "EN-us", "display_name": "A"}]}]},
            {"exhaustive_pdea_list": [{"field_name": "a", "display_data": [{"locale": "en-US", "display_name": "B"}]}]},
            ["exhaustive_pdea_list[a].display_data[en-us].display_name"],
        ),
        (
            {"attributes": {"weight": {"value": 1, "uom": {"id": 1, "type": "WEIGHT", "unit": "GM"}}}},
            {"attributes": {"weight": {"value": 1.0, "uom": {"unit": "G"}}}},
            [],
        ),
        (
            {"attributes": {"weight": {"value": 1, "uom": {"unit": "GM"}}}},
            {"attributes": {"weight": {"value": 2, "uom": {"unit": "KG"}}}},
            ["attributes.weight.value", "attributes.weight.uom.unit"],
        ),
    ],
)
def test_differences(current: Any, desired: Any, found: list[str]) -> None:
    assert differences(current, desired) == found
    assert differences(merged(current, desired), desired) == []


@pytest.mark.parametrize("holder", ["productAttributes", "categoryAttributes", "attributes"])
def test_names_that_somebody_chose_mean_nothing(holder: str) -> None:
    """An attribute may be called like a key of the API."""
    there = {holder: {"type": "Box", "unique": [["a", "b"]], "uom": {"unit": "G", "id": 1}, "barcode": [1, 2]}}
    for name, value in (("type", "box"), ("unique", [["b", "a"]]), ("uom", {"unit": "GM"}), ("barcode", [2, 1])):
        assert differences(there, {holder: {name: value}}), name
    assert written(there) == there
    assert merged(there, {holder: {"uom": {"unit": "KG"}}})[holder]["uom"] == {"unit": "KG", "id": 1}


def test_what_is_written_of_a_unit() -> None:
    uom = {"id": 1, "type": "WEIGHT", "unit": "KG", "conversionFactor": 1}
    there = {"attributes": {"weight": {"value": 1, "uom": uom}}}
    assert written(there) == {"attributes": {"weight": {"value": 1, "uom": {"unit": "KG"}}}}
    changed = merged(there, {"attributes": {"weight": {"uom": {"unit": "GM"}}}})
    assert changed == {"attributes": {"weight": {"value": 1, "uom": {"unit": "GM"}}}}


def test_lists_that_are_maps_keep_their_order() -> None:
    there = {"barcodeList": [{"barcode": "1", "id": 1}, {"barcode": "2", "id": 2}, {"barcode": "3", "id": 3}]}
    wish = {"barcodeList": [{"barcode": "4"}, {"barcode": "3"}, {"barcode": "1"}]}
    assert merged(there, wish) == {
        "barcodeList": [{"barcode": "1", "id": 1}, {"barcode": "3", "id": 3}, {"barcode": "4"}]
    }


# --- keys


def test_groups() -> None:
    assert (
        groups_of(None) == groups_of({}) == groups_of({"unique": []}) == groups_of({"unique": 5}) == (("product_sku",),)
    )
    assert groups_of({"unique": [["a", "b"], ["c"]]}) == (("a", "b"), ("c",))


@pytest.mark.parametrize(
    ("given", "names", "searched"),
    [
        ({"product_sku": "A", "client_id": "c"}, ("client_id", "product_sku"), ("product_sku", "A")),
        ({"product_sku": "A"}, ("product_sku",), ("product_sku", "A")),
        ({"product_sku": "A", "ean": "7"}, ("ean",), ("ean", 7)),
        ({"client_id": ""}, ("product_sku",), ("product_sku", None)),
    ],
)
def test_what_a_product_is_found_by(given: dict[str, Any], names: tuple[str, ...], searched: tuple[str, Any]) -> None:
    family = Family(schema={"unique": [["client_id", "product_sku"], ["ean"]]}, declared={"ean": "integer"})
    key = key_of({"productAttributes": given}, family)
    assert (key.names, key.searched) == (names, searched)


def test_numbers_of_a_key_are_compared_by_value() -> None:
    key = key_of({"productAttributes": {"product_sku": "7"}}, Family())
    assert key.fits({"productAttributes": {"product_sku": 7.0}})
    assert not key.fits({"productAttributes": {"product_sku": 7.5}})
    assert not key.fits({"productAttributes": None})


# --- what is wrong


def test_a_sound_catalog_and_a_sound_category() -> None:
    labels = [{"locale": "en", "display_name": "SKU"}, {"locale": "en-US", "display_name": "SKU"}]
    declared = [{"field_name": "product_sku", "field_data_type": "string", "display_data": labels}]
    assert problems_of_catalog({"clientCatalogId": "1", "exhaustive_pdea_list": declared}, complete=True) == []
    category = {"clientCategoryId": "1", "clientCatalogId": "1", "schema": {"unique": [["product_sku"]]}}
    assert problems_of_category(category, complete=True, declared={"product_sku"}) == []


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ([], "schema must be a dictionary with unique and type"),
        ({"unique": [["a"]], "type": "list"}, "schema.type must be object"),
        ({}, "schema.unique must be a list of groups, each a list of attributes, such as [[product_sku]]"),
        ({"unique": ["a"]}, "schema.unique[0] must be a list of the names of attributes"),
        ({"unique": [["a"], []]}, "schema.unique[1] must be a list of the names of attributes"),
    ],
)
def test_unsound_schemas(schema: Any, said: str) -> None:
    wish = {"clientCategoryId": "C" * 256, "clientCatalogId": 7, "schema": schema, "attributes": []}
    assert problems_of_category(wish, "categories[3].") == [
        "categories[3].clientCategoryId has 256 characters, and at most 255 are allowed",
        "categories[3].clientCatalogId must be a string",
        f"categories[3].{said}",
        "categories[3].attributes must be a dictionary",
    ]


def test_the_form_of_a_product() -> None:
    given = {
        "client_category_id": "C",
        "clientCategoryId": "C",
        "schema": {"unique": [["product_sku"]]},
        "attributes": ["weight"],
        "barcode_list": ["1", 2, {"barcode": "3", "x": 1}, None, True, {"code": "4"}],
        "productAttributes": {"product_sku": 12},
        "uid": 7,
        "imageUrl": None,
    }
    wish, problems = wish_for_product(given, "p.")
    assert problems == [
        "p.clientCategoryId stands there under both its names",
        "p.uid is no key of a product: they are clientCategoryId, description, imageUrl, schema, attributes, "
        "productAttributes, barcodeList, itemConfig",
        "p.attributes must be a dictionary",
        "p.barcodeList[3] must be a barcode, a string that is not empty",
        "p.barcodeList[4] must be a barcode, a string that is not empty",
        "p.barcodeList[5] must be a barcode, a string that is not empty",
    ]
    assert wish == {
        "clientCategoryId": "C",
        "schema": {"unique": [["product_sku"]], "type": "object"},
        "barcodeList": [{"barcode": "1"}, {"barcode": "2"}, {"barcode": "3", "x": 1}],
        "productAttributes": {"product_sku": "12"},
    }


@pytest.mark.parametrize(
    ("attributes", "problems"),
    [
        ({"weight": 7}, ["attributes.weight must be a dictionary with uom and value"]),
        ({"weight": {}}, ["attributes.weight.value is missing", "attributes.weight.uom.unit is missing"]),
        ({"weight": {"value": -1, "uom": {"unit": "KG"}}}, ["attributes.weight.value must not be negative"]),
        ({"weight": {"value": "0.4", "uom": {"unit": "KG"}}}, []),
        (
            {"dimension": {"length": 1, "width": True}},
            [
                "attributes.dimension.width must be a number",
                "attributes.dimension.height is missing",
                "attributes.dimension.uom.unit is missing",
            ],
        ),
    ],
)
def test_weight_and_dimension(attributes: dict[str, Any], problems: list[str]) -> None:
    wish = {"productAttributes": {"product_sku": "A"}, "attributes": attributes, "barcodeList": []}
    schema = {"unique": [["product_sku"]]}
    size = {"value": 1, "length": 1, "width": 1, "height": 1, "uom": {"unit": "M"}}
    assert checked_product(wish, None, Family(schema, {"weight": None, "dimension": None}), None)[1][
        -len(problems) :
    ] == (problems or checked_product(wish, None, Family(schema), None)[1])
    there = {"attributes": {"weight": {"value": 1, "uom": {"unit": "KG"}}, "dimension": size}}
    left = [problem for problem in problems if "missing" not in problem]
    assert checked_product(wish, there, Family(schema), None)[1] == left


def test_barcodes_of_a_product_and_its_packaging() -> None:
    wish = {
        "barcodeList": [{"barcode": "1"}],
        "itemConfig": {
            "label": "pallet",
            "barcode": [{"barcode": "2"}],
            "children": [{"label": "case", "barcode": [{"barcode": "3"}], "inner": {"label": "each", "barcode": None}}],
            "other": {"barcode": [{"barcode": "4"}]},
        },
    }
    assert list(barcodes_of(wish)) == [
        ("barcodeList[0]", "1"),
        ("itemConfig.barcode[0]", "2"),
        ("itemConfig.children[0].barcode[0]", "3"),
    ]


# --- files


def read(path: Path, text: str | bytes, form: str = "auto", delimiter: str = ",") -> list[Any]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(source_of(None, [str(path)], form, delimiter).rows())


@pytest.mark.parametrize("name", ["p.csv", "p.CSV", "p.tsv", "p.txt"])
def test_cells_belong_somewhere(tmp_path: Path, name: str) -> None:
    text = (
        "product_sku;client_category_id;barcodes;weight;weight_unit;attributes.a;product_attributes.b;c\r\n"
        'A;"C;1"; 1 | 2 |;0.4;KG;x;y;"two\r\nlines"\r\n'
        ";;;;;;;\r\n"
        "B;;|\r\n"
    )
    assert read(tmp_path / name, text, "csv", ";") == [
        (
            3,
            {
                "productAttributes": {"product_sku": "A", "b": "y", "c": "two\r\nlines"},
                "clientCategoryId": "C;1",
                "barcodeList": ["1", "2"],
                "attributes": {"weight": {"value": "0.4", "uom": {"unit": "KG"}}, "a": "x"},
            },
        ),
        (5, {"productAttributes": {"product_sku": "B"}, "barcodeList": []}),
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("p.csv", "", "p.csv: the header has no product_sku. Check it, and the delimiter."),
        ("p.csv", "product_sku;a\nA;1\n", "p.csv: the header has no product_sku"),
        ("p.csv", "product_sku,a,a\n", "p.csv: the header has a more than once."),
        ("p.csv", "product_sku,\n", "p.csv: a column of the header has no name."),
        ("p.csv", "product_sku,attributes.\n", "p.csv: a column of the header has no name."),
        (
            "p.csv",
            "weight,product_sku,attributes.weight\n",
            "p.csv: the header has weight and attributes.weight, which",
        ),
        (
            "p.csv",
            "product_sku,productAttributes.product_sku\n",
            "has product_sku and productAttributes.product_sku, which",
        ),
        ("p.csv", "product_sku\nA,B\n", "p.csv:2: has 2 cells, and the header has 1"),
        ("p.csv", 'product_sku\n"A', "p.csv:2: is no CSV: unexpected end of data."),
        ("p.csv", b"product_sku\n\xff\n", "is no UTF-8 text"),
        ("p.txt", "", "Say it with format, for its name ends neither in .csv nor in .json"),
        ("p.json", '{"a": 1', "p.json[0] is no JSON: Expecting"),
        ("p.json", '[{"a": 1}', "p.json: the list breaks off"),
        ("p.json", '[{"a": 1} {"a": 2}]', "p.json: the list breaks off"),
        ("p.json", '[{"a": 1},]', "p.json[1] is no product: a JSON object is expected."),
        ("p.json", "[7]", "p.json[0] is no product"),
        ("p.json", '"A"', "p.json[0] is no product"),
        ("p.json", "[] []", "p.json: there is something behind the list."),
        ("p.json", '{"a": NaN}', "p.json[0] is no JSON: NaN is no number of JSON."),
        ("p.json", "[" + '{"a":' * 100_000, "p.json[0] is nested too deeply."),
    ],
)
def test_files_that_are_none(tmp_path: Path, name: str, text: str | bytes, said: str) -> None:
    with pytest.raises(OptionError) as caught:
        read(tmp_path / name, text)
    assert said in caught.value.msg


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"cannot be read: No such file or directory\.$"):
        list(source_of(None, [str(tmp_path / "p.csv")], "auto", ",").rows())


@pytest.mark.parametrize("form", ["{}", "[{}]", "\n[ {}\n]\n"])
@pytest.mark.parametrize("between", [",", " ,\n ", "\n"])
def test_json_of_any_size(tmp_path: Path, form: str, between: str) -> None:
    """Objects that end, and objects that do not, where a piece of the file does."""
    given = [{"n": number, "text": "x" * (number * 7919 % 300_000), "list": [{"ü": []}]} for number in range(20)]
    given.append({"n": 20, "text": "x" * 2_000_000})
    if ("[" in form) != ("," in between):
        return
    text = form.replace("{}", between.join(json.dumps(one, ensure_ascii=False) for one in given))
    assert read(tmp_path / "p.json", text) == list(enumerate(given))
    assert read(tmp_path / "p.ndjson", "\ufeff" + text) == list(enumerate(given))


def test_nothing_is_in_an_empty_file(tmp_path: Path) -> None:
    assert read(tmp_path / "p.json", "[]") == read(tmp_path / "p.csv", "product_sku\n") == []
    for name in ("p.json", "p.jsonl"):
        with pytest.raises(OptionError, match=rf"{name}: there is nothing in it\. Write \[\]"):
            read(tmp_path / name, "\n")
