# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: export_master_data
short_description: Export master data to files
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Creates the content of files for catalogs, categories and products, in the form that the role reads.
  - The role P(greyops.rest.greymatter_master_data#role) uses it. It may change with any version, so do not use it
    elsewhere.
positional: products
options:
  _input:
    description: The catalogs and categories of the site, each a list below its key.
    type: dict
    required: true
  products:
    description: The products, as M(greyops.rest.greymatter_product_info) returns them with
      O(greyops.rest.greymatter_product_info#module:as_json=true).
    type: list
    elements: dict
    required: true
  catalogs:
    description: The catalogs to export, with their categories. By default these are all.
    type: list
    elements: str
    default: []
  format:
    description: The format of the files of catalogs and categories.
    type: str
    choices: [yaml, json]
    default: yaml
  product_format:
    description:
      - The format of the files of products.
      - With V(csv), a product that a table cannot hold without a loss is written to a JSON file.
    type: str
    choices: [yaml, json, csv]
    default: yaml
  product_files:
    description: Whether there is a file of products for each category, or one.
    type: str
    choices: [category, one]
    default: category
"""

EXAMPLES = r"""
- name: Export all master data
  greyops.rest.write_files:
    dest: master_data
    files: "{{ current | greyops.rest.export_master_data(listed.products) }}"
"""

RETURN = r"""
_value:
  description: The files, each with C(name) and C(content), for M(greyops.rest.write_files).
  type: list
  elements: dict
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..module_utils._greymatter.product_files import to_cells, to_csv
from ..plugin_utils._filters import make_filter, to_json_document, to_yaml_document
from ..plugin_utils._master_data import IDS, PARENTS
from .encode_file_name import encode_file_name

_DOCUMENTS = {"yaml": (".yml", to_yaml_document), "json": (".json", to_json_document)}


def export_master_data(
    current: dict[str, list[dict[str, Any]]],
    products: list[dict[str, Any]],
    catalogs: Sequence[str] = (),
    format: str = "yaml",
    product_format: str = "yaml",
    product_files: str = "category",
) -> list[dict[str, str]]:
    ending, to_document = _DOCUMENTS[format]
    files = [
        {"name": f"{kind}/{encode_file_name(item[IDS[kind]])}{ending}", "content": to_document(item)}
        for kind in PARENTS
        for item in current[kind]
        if not catalogs or item.get("clientCatalogId") in catalogs
    ]
    types = _map_types_by_category(current)
    groups: dict[str, list[dict[str, Any]]] = {}
    for product in (json.loads(found["json"]) for found in products):
        category = str(product.get("clientCategoryId", ""))
        group = encode_file_name(category) if category else "without_category"
        groups.setdefault("products" if product_files == "one" else group, []).append({"barcodeList": [], **product})
    for group, members in groups.items():
        contents = _build_contents(members, product_format, types)
        files += [{"name": f"products/{group}{ending}", "content": content} for ending, content in contents.items()]
    return files


def _build_contents(
    products: list[dict[str, Any]], form: str, types: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """The files of a group of products, by their endings."""
    if form != "csv":
        ending, to_document = _DOCUMENTS[form]
        return {ending: to_document(products)}
    cells = [to_cells(product, types.get(product.get("clientCategoryId", ""), {})) for product in products]
    rows = [row for row in cells if row is not None]
    others = [product for product, row in zip(products, cells, strict=True) if row is None]
    return {**({".csv": to_csv(rows)} if rows else {}), **({".json": to_json_document(others)} if others else {})}


def _map_types_by_category(current: Mapping[str, list[dict[str, Any]]]) -> dict[str, dict[str, str]]:
    """The types that the catalog of each category declares for the attributes of products."""
    declared = {
        catalog["clientCatalogId"]: {
            attribute["field_name"]: attribute["field_data_type"]
            for attribute in catalog.get("exhaustive_pdea_list") or []
        }
        for catalog in current["catalogs"]
    }
    return {
        category["clientCategoryId"]: declared.get(category.get("clientCatalogId"), {})
        for category in current["categories"]
    }


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"export_master_data": make_filter(export_master_data)}
