# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: encode_file_name
short_description: Encode a name as the name of a file
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Encodes a name so that it is one part of a path, whatever characters it has.
  - The roles of this collection use it for the files that they export. It may change with any version, so do not use it
    elsewhere.
options:
  _input:
    description: The name as the server returns it.
    type: str
    required: true
notes:
  - ASCII letters, digits, underscores, hyphens and dots stay, so most names do not change. All other characters are
    percent-encoded as UTF-8, and so is the first character of a name that begins with a dot or is reserved on some
    systems. A name that is too long ends in a checksum. Different names have different results, which may differ only
    in case.
"""

EXAMPLES = r"""
- name: Show the name of the file for a pipeline
  ansible.builtin.debug:
    msg: "{{ 'web/logs' | greyops.rest.encode_file_name }}.yml"
"""

RETURN = r"""
_value:
  description: The name of the file, without an extension.
  type: str
  sample: web%2Flogs
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

# File systems allow 255 bytes. Core needs some of them for a temporary name, and a file name extension follows.
_LONGEST = 200
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])([.]|$)", re.IGNORECASE)


def encode_file_name(name: Any) -> str:
    """The name as one part of a path, different for each name."""
    raw = str(name).encode("utf-8", "surrogatepass")
    encoded = quote(raw, safe="")
    if encoded.startswith(".") or _DEVICE.match(encoded):
        encoded = f"%{raw[0]:02X}{encoded[1:]}"
    if len(encoded) > _LONGEST:
        # Do not cut an encoded byte in two. No encoded name has a tilde after a percent sign.
        kept = re.sub(r"%.?$", "", encoded[: _LONGEST - 34])
        return f"{kept}%~{hashlib.sha256(raw).hexdigest()[:32]}"
    return encoded or "%"


class FilterModule:
    def filters(self) -> dict[str, Callable[[Any], str]]:
        return {"encode_file_name": encode_file_name}
