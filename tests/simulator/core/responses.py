# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds responses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeAlias

from aiohttp import web

Headers: TypeAlias = Mapping[str, str] | None

JSON = "application/json"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


# Encoders of their own: making one for each value would take longer than the encoding.
_SEPARATORS = {True: (",", ":"), False: (", ", ": ")}
_written_out = {
    compact: json.JSONEncoder(ensure_ascii=False, separators=pair).encode for compact, pair in _SEPARATORS.items()
}
_escaped = {compact: json.JSONEncoder(separators=pair).encode for compact, pair in _SEPARATORS.items()}


def encode_json(value: object, *, compact: bool = False) -> bytes:
    """Encode JSON as UTF-8; unpaired surrogates are escaped."""
    try:
        return _written_out[compact](value).encode()
    except UnicodeEncodeError:
        return _escaped[compact](value).encode()


def raw_response(body: bytes, status: int = 200, headers: Headers = None, kind: str = JSON) -> web.Response:
    """A response of bytes."""
    return web.Response(body=body, status=status, headers={"Content-Type": kind, **(headers or {})})


def json_response(value: object, status: int = 200, headers: Headers = None, kind: str = JSON) -> web.Response:
    """A response of JSON."""
    return raw_response(encode_json(value), status, headers, kind)


def accepts(request: web.Request, kind: str) -> bool:
    """Whether the Accept header names a content type (``json``, ``xml``); wildcards do not count."""
    return any(
        part.partition(";")[0].strip().lower().endswith((f"/{kind}", f"+{kind}"))
        for part in request.headers.get("Accept", "").split(",")
    )


def check_headers(request: web.Request) -> int | None:
    """415 or 406 for a call whose Content-Type or Accept is not JSON, a GET included."""
    if request.content_type != JSON or "Content-Type" not in request.headers:
        return 415
    return None if accepts(request, "json") else 406
