# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: compare_master_data
short_description: Compare the files of master data with a site
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Collects what the files describe, with the file of each resource, and compares catalogs and categories with those of
    the site as their modules do.
  - The role P(greyops.rest.greymatter_master_data#role) uses it. It may change with any version, so do not use it
    elsewhere.
positional: current
options:
  _input:
    description: The files, as P(greyops.rest.parse_files#lookup) returns them.
    type: list
    elements: dict
    required: true
  current:
    description:
      - The catalogs and categories that the site has, each a list below its key.
      - Empty if the site is not read.
    type: dict
    required: true
  action:
    description: What the role is asked for.
    type: str
    required: true
  catalogs:
    description: The catalogs that the files are about. By default these are all that the files or the site have.
    type: list
    elements: str
    default: []
  purge:
    description: The kinds of what is deleted if no file describes it.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Collect what the files describe
  ansible.builtin.set_fact:
    desired: "{{ (files | greyops.rest.compare_master_data(current, action='plan')).desired }}"
"""

RETURN = r"""
_value:
  description: What the files describe.
  type: dict
  contains:
    desired:
      description: What the files describe but for products, for the other filters of the role.
      type: dict
      contains:
        catalogs:
          description:
            - The catalogs, each with C(id), C(file), what is C(desired), what it is afterwards in C(merged), whether it
              C(exists), and whether it C(differs). One that exists has its C(changes) as lines of text, and the same as
              data in C(differences).
          type: list
          elements: dict
        categories:
          description: The categories, in the same form, with the id of the C(catalog) as well.
          type: list
          elements: dict
        product_files:
          description: The file of each product.
          type: list
          elements: str
        problems:
          description: What is wrong with the files by themselves.
          type: list
          elements: str
        undescribed:
          description: The ids of catalogs and categories that no file describes, each a list below its key.
          type: dict
        deleted:
          description: Of these, the ids of what is deleted.
          type: dict
        diffs:
          description: The differences of these catalogs and categories, each as C(diff) in the result of its module.
          type: list
          elements: dict
        purge:
          description: The ids of the categories whose products are deleted if no file describes them.
          type: list
          elements: str
    products:
      description: The products.
      type: list
      elements: dict
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ansible.utils.vars import merge_hash

from ..module_utils._changes import format_changes
from ..module_utils._greymatter.comparison import find_changes, merge
from ..module_utils._greymatter.master_data import with_type
from ..module_utils._similar_names import append_nearest
from ..plugin_utils._filters import make_filter
from ..plugin_utils._master_data import IDS, NOUNS, PARENTS

_LONGEST_SHOWN = 40


def compare_master_data(
    files: list[dict[str, Any]],
    current: dict[str, list[dict[str, Any]]],
    action: str,
    catalogs: Sequence[str] = (),
    purge: Sequence[str] = (),
) -> dict[str, Any]:
    there = {kind: {item[IDS[kind]]: item for item in current.get(kind, [])} for kind in PARENTS}
    described: dict[str, list[Any]] = {kind: [] for kind in IDS}
    product_files: list[str] = []
    problems: list[str] = []
    for kind, file, item in _iter_resources(files):
        if not isinstance(item, dict):
            problems.append(f"{file}: {_shorten(str(item))} is not a {NOUNS[kind]}")
        elif kind == "products":
            described[kind].append(item)
            product_files.append(file)
        else:
            problems += _validate_keys(kind, file, item)
            described[kind].append(_compare(kind, file, item, there[kind]))
    problems += _validate_catalogs(described, there["catalogs"])
    scope = catalogs or [
        *there["catalogs"],
        *(entry["id"] for entry in described["catalogs"]),
        *(str(category.get("clientCatalogId")) for category in there["categories"].values()),
    ]
    categories = _select_categories(described, there["categories"], scope)
    undescribed = {
        "catalogs": list_undescribed(there["catalogs"], described["catalogs"], scope),
        "categories": list_undescribed(there["categories"], described["categories"], categories),
    }
    purges = action == "drift" or (action != "validate" and "products" in purge)
    desired = {
        **{kind: described[kind] for kind in PARENTS},
        "product_files": product_files,
        "problems": problems,
        "undescribed": undescribed,
        "deleted": {kind: ids if kind in purge else [] for kind, ids in undescribed.items()},
        "purge": categories if purges else [],
    }
    desired["diffs"] = list(_iter_diffs(desired, there))
    # There can be many products, and only their module needs them.
    return {"desired": desired, "products": described["products"]}


def _iter_resources(files: list[dict[str, Any]]) -> Iterator[tuple[str, str, Any]]:
    """What the files describe: its kind, its place, and itself."""
    for file in files:
        directory, name = os.path.split(file["file"])
        kind, content = os.path.basename(directory), file["content"]
        if isinstance(content, list):
            yield from ((kind, f"{kind}/{name}[{n}]", item) for n, item in enumerate(content) if item is not None)
        elif content is not None:
            yield kind, f"{kind}/{name}", content


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _validate_keys(kind: str, file: str, item: Mapping[str, Any]) -> Iterator[str]:
    known = PARENTS[kind].writable
    unknown = [key for key in item if key not in known]
    if unknown:
        yield f"{file}: unknown keys: {', '.join(unknown)}. The keys of a {NOUNS[kind]} are {', '.join(known)}"


def _validate_catalogs(described: Mapping[str, list[dict[str, Any]]], current: Mapping[str, Any]) -> Iterator[str]:
    known = {*current, *(entry["id"] for entry in described["catalogs"])}
    for entry in described["categories"]:
        if entry["catalog"] and entry["catalog"] not in known:
            yield (
                f"{entry['file']}: clientCatalogId: there is no catalog {entry['catalog']}"
                f"{append_nearest(entry['catalog'], known)}. Describe it in a file of catalogs"
            )


def _compare(kind: str, file: str, item: dict[str, Any], there: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    identifier = str(item.get(IDS[kind]) or "")
    current = there.get(identifier, {})
    merged = merge_hash(current, item, recursive=True)
    # As the module gets it: it leaves out what is null, and completes a schema.
    desired = {key: value for key, value in item.items() if value is not None}
    if isinstance(desired.get("schema"), dict):
        desired["schema"] = with_type(desired["schema"])
    changes = find_changes(current, desired)
    entry = {
        "id": identifier,
        "file": file,
        "desired": desired,
        "merged": merged,
        "exists": identifier in there,
        "differs": bool(changes),
        **format_changes(changes if identifier in there else []),
    }
    return entry if kind == "catalogs" else {**entry, "catalog": str(merged.get("clientCatalogId") or "")}


def _iter_diffs(desired: Mapping[str, Any], there: Mapping[str, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The diffs that the modules return when they write and delete."""
    for kind, resource_type in PARENTS.items():
        for entry in desired[kind]:
            if entry["differs"] or not entry["exists"]:
                before = resource_type.view(there[kind].get(entry["id"], {}))
                yield {"before": before, "after": resource_type.view(merge(before, entry["desired"]))}
    for kind in reversed(PARENTS):
        for identifier in desired["deleted"][kind]:
            yield {"before": PARENTS[kind].view(there[kind][identifier]), "after": {}}


def _select_categories(
    described: Mapping[str, list[dict[str, Any]]], current: Mapping[str, dict[str, Any]], scope: Sequence[Any]
) -> list[str]:
    """The ids of all categories of these catalogs."""
    categories = [*current.values(), *(entry["merged"] for entry in described["categories"])]
    ids = (category.get("clientCategoryId") for category in categories if category.get("clientCatalogId") in scope)
    return list(dict.fromkeys(map(str, filter(None, ids))))


def list_undescribed(current: Mapping[str, Any], described: list[dict[str, Any]], scope: Sequence[str]) -> list[str]:
    ids = {entry["id"] for entry in described}
    return sorted((name for name in current if name in scope and name not in ids), key=str.lower)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"compare_master_data": make_filter(compare_master_data)}
