# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: summarize_master_data
short_description: Bring together the results for master data
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Makes the result of the role from the results of its modules.
  - The role P(greyops.rest.greymatter_master_data#role) uses it. It may change with any version, so do not use it
    elsewhere.
options:
  _input:
    description: What the files describe, from P(greyops.rest.compare_master_data#filter).
    type: dict
    required: true
  reads:
    description: The results of what was read.
    type: list
    elements: dict
    required: true
  parents:
    description: The results of the catalogs and categories that were written, each a list below its key.
    type: dict
    required: true
  products:
    description: The result of the products that were validated.
    type: dict
    required: true
  written:
    description:
      - The result of the products that were written in C(products), and the results of what was deleted, a list below
        each other key.
    type: dict
    default: {}
  action:
    description: What the role is asked for.
    type: str
    required: true
  purge:
    description: The kinds of what is deleted if no file describes it.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Bring the results together
  ansible.builtin.set_fact:
    summary: >-
      {{
        desired | greyops.rest.summarize_master_data(
          reads=[catalogs, categories], parents={'catalogs': [], 'categories': []}, products=products, action='plan')
      }}
"""

RETURN = r"""
_value:
  description: The result of the role.
  type: dict
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..plugin_utils._filters import make_filter
from ..plugin_utils._master_data import IDS, NO_CHANGES, NOUNS, PARENTS, name_files

_COUNTS = ("total", "created", "updated", "deleted", "unchanged", "failed")


def summarize_master_data(
    desired: dict[str, Any],
    reads: list[dict[str, Any]],
    parents: dict[str, list[dict[str, Any]]],
    products: dict[str, Any],
    action: str,
    written: Mapping[str, Any] | None = None,
    purge: Sequence[str] = (),
) -> dict[str, Any]:
    written = written or {}
    is_written = written.get("products", {}).keys() & {"counts", "msg"}
    listed: dict[str, list[dict[str, Any]]] = {}
    failures: list[str] = []
    for kind in PARENTS:
        listed[kind] = list(_list_written(kind, desired[kind], parents[kind], is_blocked=bool(failures)))
        failures += [
            f"{entry['file']}: {result['msg']}" for entry, result in _build_failure(desired[kind], parents[kind])
        ]
    done = _summarize_products(products, written, is_written=bool(is_written), is_blocked=bool(failures))
    if "msg" in done:
        failures.append(name_files(done["msg"], desired))
    for kind in ("categories", "catalogs"):
        deleted = {_build_item(result): result for result in written.get(kind, []) if "api" in result}
        listed[kind] += _list_deleted(kind, desired["deleted"][kind], deleted, is_blocked=bool(failures))
        failures += [f"{NOUNS[kind]} {name}: {result['msg']}" for name, result in deleted.items() if "msg" in result]
    counts = done.get("counts", dict.fromkeys(_COUNTS, 0))
    undescribed = {**desired["undescribed"], "products": []}
    listed["products"] = [
        {**entry, "place": entry["place"] and name_files(entry["place"], desired)} for entry in done.get("products", [])
    ]
    if action == "drift":
        purged = [entry for entry in listed["products"] if entry["place"] is None]
        undescribed["products"] = [entry["product_sku"] for entry in purged]
        if "products" not in purge:  # these are reported, and would not be deleted
            listed["products"] = [entry for entry in listed["products"] if entry["place"] is not None]
            counts = {**counts, "total": counts["total"] - counts["deleted"], "deleted": 0}
    differing = [
        f"{NOUNS[kind]} {entry[key]}" for kind, key in IDS.items() for entry in listed[kind] if entry["changed"]
    ]
    results = [*reads, products, *(result for kind in PARENTS for result in [*parents[kind], *written.get(kind, [])])]
    return {
        "changed": bool(differing),
        **listed,
        "counts": counts,
        "undescribed": undescribed,
        "differing": differing,
        "failures": failures,
        "calls": sum(result["api"]["calls"] for result in [*results, written.get("products", {})] if "api" in result),
    }


def _build_item(result: Mapping[str, Any]) -> Any:
    """What the loop of the task had for this result."""
    return result[result["ansible_loop_var"]]


def _build_failure(
    entries: list[dict[str, Any]], results: list[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    by_id = {_build_item(result)["id"]: result for result in results}
    return ((entry, by_id[entry["id"]]) for entry in entries if "msg" in by_id.get(entry["id"], {}))


def _list_written(
    kind: str, entries: list[dict[str, Any]], results: list[dict[str, Any]], *, is_blocked: bool
) -> Iterator[dict[str, Any]]:
    """What was done, or would be, with the catalogs or categories that the files describe."""
    by_id = {_build_item(result)["id"]: result for result in results}
    for entry in entries:
        # In check mode a category of a catalog that would be created is not written: the comparison stands for it.
        result = by_id.get(entry["id"], NO_CHANGES if is_blocked else entry)
        is_new = not entry["exists"] and (entry["id"] in by_id or not is_blocked)
        changed = "msg" not in result and bool(result["changes"] or is_new)
        shown = result if changed and entry["exists"] else NO_CHANGES
        line = {
            IDS[kind]: entry["id"],
            "file": entry["file"],
            "changed": changed,
            "action": ("update" if entry["exists"] else "create") if changed else "none",
            **{key: shown[key] for key in NO_CHANGES},
        }
        if "msg" in result:
            line |= {"failed": True, "msg": result["msg"]}
        elif entry["differs"] and is_blocked:
            line |= {"failed": True, "msg": "not written because a catalog failed"}
        yield line


def _summarize_products(
    products: dict[str, Any], written: Mapping[str, Any], *, is_written: bool, is_blocked: bool
) -> dict[str, Any]:
    """The result that counts for the products: of the write, else of the validation."""
    if is_written:
        result: dict[str, Any] = written["products"]
        return result
    if is_blocked:
        return {"counts": {**products["counts"], **dict.fromkeys(_COUNTS[1:5], 0)}}
    return products


def _list_deleted(
    kind: str, ids: list[str], results: Mapping[str, dict[str, Any]], *, is_blocked: bool
) -> Iterator[dict[str, Any]]:
    """What was done, or would be, with the catalogs or categories that no file describes."""
    for identifier in ids:
        result = results.get(identifier, {"changed": not is_blocked})
        line = {IDS[kind]: identifier, "file": None, "changed": result["changed"], "action": "delete", **NO_CHANGES}
        if "msg" in result:
            line |= {"failed": True, "msg": result["msg"], "changed": False}
        elif is_blocked and identifier not in results:
            line |= {"failed": True, "msg": "not deleted because something else failed"}
        yield line


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"summarize_master_data": make_filter(summarize_master_data)}
