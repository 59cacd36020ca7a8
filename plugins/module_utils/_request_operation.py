# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ._argspec import ArgumentSpec
from ._errors import HTTPStatusError, OptionError
from ._http.json_parser import Budget
from ._http.urls import encode_query, require_plain, to_text
from ._operation import Operation, OperationResult

if TYPE_CHECKING:
    from ._context import Context
    from ._http.response import Response
    from ._service import Service

_READS = ("GET", "HEAD")
_JSON = re.compile(r"application/([\w.-]+\+)?json", re.ASCII)
# A larger body that is declared as JSON is discarded while it is parsed.
_LARGE = 1024 * 1024
# RFC 9110, 9.2.2: sending these twice has the effect of sending them once.
_IDEMPOTENT = ("PUT", "DELETE", "OPTIONS")

_SPEC = ArgumentSpec(
    options={
        "method": {
            "type": "str",
            "choices": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
            "default": "GET",
        },
        "path": {"type": "str", "required": True},
        "query": {"type": "raw", "default": {}},
        "body": {"type": "raw"},
        "headers": {"type": "dict", "default": {}},
        "status_code": {"type": "list", "elements": "int", "default": []},
        "read_only": {"type": "bool", "default": False},
    }
)


def build_request_operation(service: Service) -> Operation:
    """The operation of a service's generic module: one request to any path, with JSON in both directions."""

    def run(context: Context) -> OperationResult:
        params = context.params
        reads = params["method"] in _READS or params["read_only"]
        path = _require_relative(params["path"])
        query = encode_query(params["query"])
        client = service.open_client(context)
        if context.check_mode and not reads:
            return OperationResult(changed=True)
        response = client.call(
            params["method"],
            path,
            query=query,
            json=_parse_body(params["body"]),
            headers={str(name): to_text(value) for name, value in params["headers"].items() if value is not None},
            expected=params["status_code"],
            idempotent=reads or params["method"] in _IDEMPOTENT,
        )
        return OperationResult(changed=not reads, values=_build_values(response))

    return Operation(spec=service.spec + _SPEC, run=run)


def _parse_body(body: Any) -> Any:
    """Return the body as data: a string that is JSON, as from ad hoc commands and to_json, is not encoded twice."""
    if isinstance(body, str) and body.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            pass
    return body


def _require_relative(path: str) -> str:
    if "://" in path.partition("?")[0] or path.startswith("//"):
        raise OptionError(
            "path must be relative to api_url, such as /v1/jobs: requests are only sent to the host of the API."
        )
    require_plain(path, "path")
    return path


def _build_values(response: Response) -> dict[str, Any]:
    # A cookie is a credential, and the collection does not use cookies.
    headers = {name: value for name, value in response.headers.items() if name != "set-cookie"}
    values: dict[str, Any] = {"status": response.status, "headers": headers}
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    size = len(response.body)
    if _JSON.fullmatch(kind) and size > _LARGE:
        return {**values, "json": response.parse_json()}
    if "json" in kind or not kind or response.head.lstrip()[:1] in ("{", "["):
        # It may be text in spite of its type, such as JSON lines, so the body is kept until it is parsed.
        with suppress(HTTPStatusError):
            kept = replace(response, body=bytes(response.body))
            return {**values, "json": kept.parse_json(Budget(2 * max(response.limit - size, 0)))}
    return {**values, "content": response.text}
