# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GreyMatter's master data without requests: units, types, comparison, files, and validation errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.category_index import (
    CategoryDefaults,
    get_groups,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.comparison import (
    find_differences,
    merge,
    to_writable,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.product_files import open_source
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.products import get_key
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.tables import TableFormat
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.validation import (
    convert_product,
    get_barcodes,
    parse_product,
    validate_catalog,
    validate_category,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.values import (
    DATA_TYPES,
    LENGTH,
    WEIGHT,
    convert,
    is_same_unit,
    parse_version,
    requires_declarations,
    validate_unit,
)

# --- units


@pytest.mark.parametrize(
    ("text", "version"),
    [("v10.1.0", (10, 1, 0)), ("10.1", (10, 1, 0)), ("v9.0.2", (9, 0, 2)), ("11", (11, 0, 0)), (None, None)],
)
def test_versions(text: str | None, version: tuple[int, ...] | None) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize("text", ["", "v", "latest", "10.x", "v10.1.0-rc1", "1.2.3.4.5", "٣"])
def test_invalid_versions(text: str) -> None:
    with pytest.raises(OptionError, match="api_version must be a version"):
        parse_version(text)


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
            assert (validate_unit(unit, measure, parse_version(version)) is None) == (unit in known.split()), unit


def test_unit_alias_is_reported() -> None:
    old, new = parse_version("9.0.0"), parse_version("10.1.0")
    assert validate_unit("G", WEIGHT, new) == "'G' is no unit of weight there: write GM"
    assert validate_unit("GM", WEIGHT, old) == "'GM' is no unit of weight there: write G"
    assert validate_unit("kg", WEIGHT, None) == "'kg' is no unit of weight: write KG"
    assert validate_unit("OUNCE", WEIGHT, old) == "'OUNCE' is no unit of weight there: the units are G, KG"


def test_equivalent_units() -> None:
    assert is_same_unit("G", "GM")
    assert is_same_unit("lbs", "POUND")
    assert not is_same_unit("KG", "GM")


def test_required_declarations_by_version() -> None:
    wanted = [requires_declarations(parse_version(text)) for text in (None, "9.0.2", "10.0", "10.1.0", "11")]
    assert wanted == [False, False, False, True, True]


# --- types


@pytest.mark.parametrize(
    ("data_type", "value", "result"),
    [
        ("string", "7", "7"),
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
    got = convert(value, data_type)
    assert (got, type(got)) == (result, type(result))


@pytest.mark.parametrize(
    ("data_type", "value"),
    [
        ("string", True),
        ("string", 7),
        ("string", None),
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
def test_wrong_value_types(data_type: str, value: Any) -> None:
    assert data_type in DATA_TYPES
    with pytest.raises(ValueError, match=r"^must be"):
        convert(value, data_type)


# --- comparison


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
    assert find_differences(current, desired) == found
    assert find_differences(merge(current, desired), desired) == []


@pytest.mark.parametrize("holder", ["productAttributes", "categoryAttributes", "attributes"])
def test_user_defined_names_have_no_special_meaning(holder: str) -> None:
    """An attribute may have the name of a key of the API."""
    there = {holder: {"type": "Box", "unique": [["a", "b"]], "uom": {"unit": "G", "id": 1}, "barcode": [1, 2]}}
    for name, value in (("type", "box"), ("unique", [["b", "a"]]), ("uom", {"unit": "GM"}), ("barcode", [2, 1])):
        assert find_differences(there, {holder: {name: value}}), name
    assert to_writable(there) == there
    assert merge(there, {holder: {"uom": {"unit": "KG"}}})[holder]["uom"] == {"unit": "KG", "id": 1}


def test_written_unit() -> None:
    uom = {"id": 1, "type": "WEIGHT", "unit": "KG", "conversionFactor": 1}
    there = {"attributes": {"weight": {"value": 1, "uom": uom}}}
    assert to_writable(there) == {"attributes": {"weight": {"value": 1, "uom": {"unit": "KG"}}}}
    changed = merge(there, {"attributes": {"weight": {"uom": {"unit": "GM"}}}})
    assert changed == {"attributes": {"weight": {"value": 1, "uom": {"unit": "GM"}}}}


def test_keyed_lists_keep_their_order() -> None:
    there = {"barcodeList": [{"barcode": "1", "id": 1}, {"barcode": "2", "id": 2}, {"barcode": "3", "id": 3}]}
    desired = {"barcodeList": [{"barcode": "4"}, {"barcode": "3"}, {"barcode": "1"}]}
    assert merge(there, desired) == {
        "barcodeList": [{"barcode": "1", "id": 1}, {"barcode": "3", "id": 3}, {"barcode": "4"}]
    }


# --- keys


def test_groups() -> None:
    assert (
        get_groups(None)
        == get_groups({})
        == get_groups({"unique": []})
        == get_groups({"unique": 5})
        == (("product_sku",),)
    )
    assert get_groups({"unique": [["a", "b"], ["c"]]}) == (("a", "b"), ("c",))


@pytest.mark.parametrize(
    ("given", "names", "searched"),
    [
        ({"product_sku": "A", "client_id": "c"}, ("client_id", "product_sku"), ("product_sku", "A")),
        ({"product_sku": "A"}, ("product_sku",), ("product_sku", "A")),
        ({"product_sku": "A", "ean": "7"}, ("ean",), ("ean", 7)),
        ({"client_id": ""}, ("product_sku",), ("product_sku", None)),
    ],
)
def test_product_search_keys(given: dict[str, Any], names: tuple[str, ...], searched: tuple[str, Any]) -> None:
    family = CategoryDefaults(schema={"unique": [["client_id", "product_sku"], ["ean"]]}, declared={"ean": "integer"})
    key = get_key({"productAttributes": given}, family)
    assert (key.names, key.searched) == (names, searched)


def test_numbers_of_a_key_are_compared_by_value() -> None:
    key = get_key({"productAttributes": {"product_sku": "7"}}, CategoryDefaults())
    assert key.matches({"productAttributes": {"product_sku": 7.0}})
    assert not key.matches({"productAttributes": {"product_sku": 7.5}})
    assert not key.matches({"productAttributes": None})


# --- validation errors


def test_valid_catalog_and_category() -> None:
    labels = [{"locale": "en", "display_name": "SKU"}, {"locale": "en-US", "display_name": "SKU"}]
    declared = [{"field_name": "product_sku", "field_data_type": "string", "display_data": labels}]
    assert validate_catalog({"clientCatalogId": "1", "exhaustive_pdea_list": declared}, complete=True) == []
    category = {"clientCategoryId": "1", "clientCatalogId": "1", "schema": {"unique": [["product_sku"]]}}
    assert validate_category(category, complete=True, declared={"product_sku"}) == []


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ([], "schema must be a dictionary with unique and type"),
        ({"unique": [["a"]], "type": "list"}, "schema.type must be object"),
        ({}, "schema.unique must be a list of groups, each a list of attributes, such as [[product_sku]]"),
        ({"unique": ["a"]}, "schema.unique[0] must be a list of the names of attributes"),
        ({"unique": [["a"], []]}, "schema.unique[1] must be a list of the names of attributes"),
    ],
)
def test_invalid_schemas(schema: Any, expected: str) -> None:
    desired = {"clientCategoryId": "C" * 256, "clientCatalogId": 7, "schema": schema, "attributes": []}
    assert validate_category(desired, "categories[3].") == [
        "categories[3].clientCategoryId has 256 characters, and at most 255 are allowed",
        "categories[3].clientCatalogId must be a string, and 7 is a number: quote it ('07' if it is written with a "
        "leading zero, which YAML takes for octal), or use `| string`",
        f"categories[3].{expected}",
        "categories[3].attributes must be a dictionary",
    ]


def test_product_structure() -> None:
    given = {
        "client_category_id": "C",
        "clientCategoryId": "C",
        "schema": {"unique": [["product_sku"]]},
        "attributes": ["weight"],
        "barcode_list": ["1", "2", {"barcode": "3", "x": 1}, None, True, {"code": "4"}, ""],
        "productAttributes": {"product_sku": "12"},
        "uid": 7,
        "imageUrl": None,
    }
    desired, problems = parse_product(given, "p.")
    assert problems == [
        "p.clientCategoryId is set under both its names",
        "p.uid is not a key of a product: its keys are clientCategoryId, description, imageUrl, schema, attributes, "
        "productAttributes, barcodeList, itemConfig",
        "p.attributes must be a dictionary",
        "p.barcodeList[3] must be a string",
        "p.barcodeList[4] must be a string, and true is a boolean: quote it as it is written, or use `| string`",
        "p.barcodeList[5] must be a string",
        "p.barcodeList[6] must be a barcode, a string that is not empty",
    ]
    assert desired == {
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
    desired = {"productAttributes": {"product_sku": "A"}, "attributes": attributes, "barcodeList": []}
    schema = {"unique": [["product_sku"]]}
    size = {"value": 1, "length": 1, "width": 1, "height": 1, "uom": {"unit": "M"}}
    assert convert_product(desired, None, CategoryDefaults(schema, {"weight": None, "dimension": None}), None)[1][
        -len(problems) :
    ] == (problems or convert_product(desired, None, CategoryDefaults(schema), None)[1])
    there = {"attributes": {"weight": {"value": 1, "uom": {"unit": "KG"}}, "dimension": size}}
    left = [problem for problem in problems if "missing" not in problem]
    assert convert_product(desired, there, CategoryDefaults(schema), None)[1] == left


def test_barcodes_of_a_product_and_its_packaging() -> None:
    desired = {
        "barcodeList": [{"barcode": "1"}],
        "itemConfig": {
            "label": "pallet",
            "barcode": [{"barcode": "2"}],
            "children": [{"label": "case", "barcode": [{"barcode": "3"}], "inner": {"label": "each", "barcode": None}}],
            "other": {"barcode": [{"barcode": "4"}]},
        },
    }
    assert list(get_barcodes(desired)) == [
        ("barcodeList[0]", "1"),
        ("itemConfig.barcode[0]", "2"),
        ("itemConfig.children[0].barcode[0]", "3"),
    ]


# --- files


def read(path: Path, text: str | bytes, form: str = "auto", **tables: str) -> list[Any]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(open_source(None, [str(path)], form, TableFormat(**tables)).rows())


@pytest.mark.parametrize("name", ["p.csv", "p.CSV", "p.tsv", "p.txt"])
def test_cells_without_a_column_are_rejected(tmp_path: Path, name: str) -> None:
    text = (
        "product_sku;client_category_id;barcodes;weight;weight_unit;attributes.a;product_attributes.b;c\r\n"
        'A;"C;1"; 1 | 2 |;0.4;KG;x;y;"two\r\nlines"\r\n'
        ";;;;;;;\r\n"
        "B;;|\r\n"
    )
    assert read(tmp_path / name, text, "csv") == [
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
    ("name", "text", "expected"),
    [
        ("p.csv", "", "p.csv: the header has no product_sku. Check it, and the delimiter."),
        ("p.csv", "sku;a\nA;1\n", "p.csv: the header has no product_sku"),
        ("p.csv", '"a\tproduct_sku"\n', "p.csv: the header has a tab between its columns."),
        ("p.csv", "product_sku,name\n", "p.csv: there is no product below the header. Leave the file out"),
        ("p.csv", "product_sku,name\n,\n \n", "p.csv: there is no product below the header. Leave the file out"),
        ("p.csv", "product_sku,a,a\n", "p.csv: the header has a more than once."),
        ("p.csv", "product_sku,,a\n", "p.csv: a column of the header has no name."),
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
        ("p.csv", 'product_sku\n"A', "p.csv:2: is not valid CSV: unexpected end of data."),
        ("p.txt", "", "Set format: its name ends in none of .csv, .xlsx and .json"),
        ("p.json", '{"a": 1', "p.json[0] is not valid JSON: Expecting"),
        ("p.json", '[{"a": 1}', "p.json: the list is incomplete"),
        ("p.json", '[{"a": 1} {"a": 2}]', "p.json: the list is incomplete"),
        ("p.json", '[{"a": 1},]', "p.json[1] is not a product: a JSON object is expected."),
        ("p.json", "[7]", "p.json[0] is not a product"),
        ("p.json", '"A"', "p.json[0] is not a product"),
        ("p.json", "[] []", "p.json: there is text after the list."),
        ("p.json", '{"a": NaN}', "p.json[0] is not valid JSON: NaN is not a JSON number."),
        ("p.json", '{"a": 1e999}', "p.json[0] is not valid JSON: 1e999 is too large a number."),
        ("p.json", "[" + '{"a":' * 100_000, "p.json[0] is nested too deeply."),
    ],
)
def test_invalid_files(tmp_path: Path, name: str, text: str | bytes, expected: str) -> None:
    with pytest.raises(OptionError) as caught:
        read(tmp_path / name, text)
    assert expected in caught.value.msg


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"cannot be read: No such file or directory\.$"):
        list(open_source(None, [str(tmp_path / "p.csv")]).rows())


@pytest.mark.parametrize("form", ["{}", "[{}]", "\n[ {}\n]\n"])
@pytest.mark.parametrize("between", [",", " ,\n ", "\n"])
def test_json_of_any_size(tmp_path: Path, form: str, between: str) -> None:
    """Objects that are complete, and objects that are not, at the boundary of a chunk of the file."""
    given = [{"n": number, "text": "x" * (number * 7919 % 300_000), "list": [{"ü": []}]} for number in range(20)]
    given.append({"n": 20, "text": "x" * 2_000_000})
    if ("[" in form) != ("," in between):
        return
    text = form.replace("{}", between.join(json.dumps(one, ensure_ascii=False) for one in given))
    assert read(tmp_path / "p.json", text) == list(enumerate(given))
    assert read(tmp_path / "p.ndjson", "\ufeff" + text) == list(enumerate(given))


def test_empty_file_has_no_products(tmp_path: Path) -> None:
    assert read(tmp_path / "p.json", "[]") == []
    source = open_source([], [str(tmp_path / "p.json")], purges=True)
    with pytest.raises(
        OptionError, match=r"^p\.json: there is no product in the list, and purge deletes what is not given"
    ):
        list(source.rows())
    assert list(open_source([], None, purges=True).rows()) == []
    for name in ("p.json", "p.jsonl"):
        with pytest.raises(OptionError, match=rf"{name}: the file is empty\. Write \[\]"):
            read(tmp_path / name, "\n")
