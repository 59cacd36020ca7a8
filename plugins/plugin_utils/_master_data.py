# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

"""The shared code of the master data filters: the types of resources, and the files that describe them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..module_utils._changes import format_changes
from ..module_utils._greymatter.master_data import CATALOG, CATEGORY

# The types of resources, each with a list and a directory of this name, in the order of their dependencies.
PARENTS = {"catalogs": CATALOG, "categories": CATEGORY}
# The key that identifies a resource, and the noun for one.
IDS = {"catalogs": "clientCatalogId", "categories": "clientCategoryId", "products": "product_sku"}
NO_CHANGES = format_changes([])
NOUNS = {"catalogs": "catalog", "categories": "category", "products": "product"}

_PLACE = re.compile(r"\b(catalogs|categories|products)\[(\d+)\](\.?)")


def name_files(text: str, desired: Mapping[str, Any]) -> str:
    """Replace the indices of lists in a message of a module by the names of files."""
    files = {
        "products": desired["product_files"],
        **{kind: [entry["file"] for entry in desired[kind]] for kind in PARENTS},
    }

    def name_file(found: re.Match[str]) -> str:
        kind, index, dot = found.groups()
        if int(index) >= len(files[kind]):
            return found[0]
        return f"{files[kind][int(index)]}{': ' if dot else ''}"

    return _PLACE.sub(name_file, text)
