# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError, ResponseError
from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient
from ansible_collections.greyops.rest.plugins.module_utils._http.documents import Budget
from ansible_collections.greyops.rest.plugins.module_utils._http.query import as_text, query_pairs
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import require_plain
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer
    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

    OpenClient = Callable[[dict[str, Any], Host, Secrets], ApiClient]

_READS = ("GET", "HEAD")
_JSON = re.compile(r"application/([\w.-]+\+)?json", re.ASCII)
# What is larger, and declared as JSON, is not kept while its data are made.
_LARGE = 1024 * 1024
# RFC 9110, 9.2.2: sending these twice has the effect of sending them once.
_IDEMPOTENT = ("PUT", "DELETE", "OPTIONS")

REQUEST_SPEC = ArgumentSpec(
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


def request_operation(spec: ArgumentSpec, open_client: OpenClient) -> Operation:
    """The operation of a service's generic module: one request to any path, JSON in and out."""

    def run(call: Call) -> Outcome:
        params = call.params
        reads = params["method"] in _READS or params["read_only"]
        path = _relative(params["path"])
        query = query_pairs(params["query"])
        client = open_client(params, call.host, call.secrets)
        if call.check_mode and not reads:
            return Outcome(changed=True)
        answer = client.call(
            params["method"],
            path,
            query=query,
            json=_body(params["body"]),
            headers={str(name): as_text(value) for name, value in params["headers"].items() if value is not None},
            expected=params["status_code"],
            repeatable=reads or params["method"] in _IDEMPOTENT,
        )
        return Outcome(changed=not reads, values=_values(answer))

    return Operation(spec=spec + REQUEST_SPEC, run=run)


def _body(body: Any) -> Any:
    """The body as data: text that is JSON already, as ad hoc commands and to_json give it, is not encoded twice."""
    if isinstance(body, str) and body.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            pass
    return body


def _relative(path: str) -> str:
    if "://" in path.partition("?")[0] or path.startswith("//"):
        raise OptionError("path must be relative to api_url, such as /v1/jobs: no request leaves the API's own host.")
    require_plain(path, "path")
    return path


def _values(answer: Answer) -> dict[str, Any]:
    # A cookie is a credential, and nobody here uses it.
    headers = {name: value for name, value in answer.headers.items() if name != "set-cookie"}
    values: dict[str, Any] = {"status": answer.status, "headers": headers}
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    size = len(answer.body)
    if _JSON.fullmatch(kind) and size > _LARGE:
        return {**values, "json": answer.json()}
    if "json" in kind or not kind or answer.head.lstrip()[:1] in ("{", "["):
        # It may be text all the same, such as JSON by lines, so the body stays until that is known.
        with suppress(ResponseError):
            kept = replace(answer, body=bytes(answer.body))
            return {**values, "json": kept.json(Budget(2 * max(answer.limit - size, 0)))}
    return {**values, "content": answer.text}
