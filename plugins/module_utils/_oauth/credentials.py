# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .._argspec import ArgumentSpec

# RFC 6749, appendix A, allows no line break in any of them. Some servers may, and quotes and blanks can be part of a
# password, so credentials are neither rejected nor changed because of them.
CREDENTIALS = ("client_id", "client_secret", "username", "password", "api_key", "access_token")
_QUOTES = ('""', "''", "\u201c\u201d", "\u2018\u2019")
_LINE_BREAK = "a line break or a blank"


def find_credential_hint(spec: ArgumentSpec, params: Mapping[str, Any]) -> str:
    """What to check in the credentials if they are rejected; empty if they look normal."""
    hints = (build_credential_hint(spec.describe_option(name), params.get(name)) for name in CREDENTIALS)
    return " ".join(hint for hint in hints if hint)


def build_credential_hint(name: str, value: Any) -> str:
    """A sentence about characters around a credential that files and copying add; it names the option."""
    if not isinstance(value, str) or not value:
        return ""
    if value.rstrip() != value:
        return f"Look for {_LINE_BREAK} at the end of {name}, as files have them."
    if value.lstrip() != value:
        return f"Look for {_LINE_BREAK} at the beginning of {name}."
    if len(value) > 1 and value[0] + value[-1] in _QUOTES:
        return f"Look for quotes around {name}, which belong to the file that it comes from."
    if not value.isprintable():
        return f"Look for a line break or another control character in {name}."
    return ""
