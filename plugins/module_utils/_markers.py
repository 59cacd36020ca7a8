# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import json
from typing import Any

# Core recognizes its own objects in JSON by these keys, also in other data: in the result of a module's process and in
# the files of fact and inventory caches. Data of a server could fail there permanently, and since 2.19 a string that is
# read from a cache that way is a template that core trusts.
_MARKERS = {marker: f"{marker}_" for marker in ("__ansible_type", "__ansible_unsafe", "__ansible_vault")}

WARNING = (
    "Some data has keys that are reserved by Ansible (__ansible_type, __ansible_unsafe, __ansible_vault). In the "
    "result these keys end with an underscore."
)


def escape_markers(value: Any) -> tuple[Any, bool]:
    """Rename the keys that have a meaning to core; return the data, and whether a key was renamed."""
    whole = json.dumps(value, default=str)
    if not any(f'"{marker}"' in whole for marker in _MARKERS):
        return value, False
    renamed = _rename_markers(value)
    return renamed, renamed != value


def _rename_markers(value: Any) -> Any:
    if isinstance(value, dict):
        return {_MARKERS.get(key, key): _rename_markers(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rename_markers(item) for item in value]
    return value
