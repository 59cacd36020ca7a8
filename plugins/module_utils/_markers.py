# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import json
from typing import Any

# By these keys core knows its own objects in JSON, and it does so in data of others too: in the answer of a module's
# process and in the files of fact and inventory caches. Data of a server could fail there for good, and since 2.19 a
# text that comes back from a cache that way is a template which core trusts.
_MARKERS = {marker: f"{marker}_" for marker in ("__ansible_type", "__ansible_unsafe", "__ansible_vault")}

WARNING = (
    "Some data have keys that Ansible keeps for itself (__ansible_type, __ansible_unsafe, __ansible_vault). In the "
    "result these keys end with an underscore."
)


def without_markers(value: Any) -> tuple[Any, bool]:
    """Data whose keys mean nothing to core, and whether any of them did."""
    whole = json.dumps(value, default=str)
    if not any(f'"{marker}"' in whole for marker in _MARKERS):
        return value, False
    renamed = _renamed(value)
    return renamed, renamed != value


def _renamed(value: Any) -> Any:
    if isinstance(value, dict):
        return {_MARKERS.get(key, key): _renamed(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_renamed(item) for item in value]
    return value
