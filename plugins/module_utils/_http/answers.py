# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError, ResponseError
from ansible_collections.greyops.rest.plugins.module_utils._http.markup import from_xml
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import without_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_KIND = re.compile(r"[\w.+-]{1,80}/[\w.+-]{1,80}", re.ASCII)

# What is longer holds data, and need not be parsed for an error.
_LONGEST_DETAILS = 65536

# What goes on to Ansible must not be nested so deeply that its own functions end in a RecursionError.
_DEEPEST = 100

_Error = TypeVar("_Error", bound=GreyopsError)


@dataclass(frozen=True)
class Answer:
    """A whole answer of a server. Header names are in lower case."""

    status: int
    phrase: str
    headers: Mapping[str, str]
    body: bytes
    method: str
    url: str

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The parsed body.

        :raises ResponseError: it is not JSON.
        """
        try:
            return parsed(self.body)
        except ValueError:
            raise self.error(
                ResponseError,
                f"answered with HTTP {self.status} and {self.description()}, where JSON was expected.",
                hint="Check that the URL is the API's own and not that of a web page or proxy.",
            ) from None

    def details(self) -> Any:
        """What a short body says, as JSON or XML; None if it is neither, or longer than any error is."""
        if len(self.body) > _LONGEST_DETAILS:
            return None
        try:
            return parsed(self.body)
        except ValueError:
            return from_xml(self.text)

    def description(self) -> str:
        if not self.body.strip():
            return "an empty body"
        kind = self.headers.get("content-type", "").partition(";")[0].strip()
        return f"a body of type {kind}" if _KIND.fullmatch(kind) else "a body of no declared type"

    def error(self, family: type[_Error], message: str, *, reason: str = "", hint: str = "") -> _Error:
        """An error about this exchange; the message goes on after method and URL."""
        url = without_query(self.url)
        error = family(
            f"{self.method} {url} {message}",
            reason=reason,
            hint=hint,
            status=self.status,
            url=url,
            method=self.method,
        )
        error.details = self.details()
        return error


def parsed(body: bytes) -> Any:
    """The data of a JSON body.

    :raises ValueError: it is no JSON, or deeper than any API's.
    """
    known: dict[str, str] = {}

    def sharing(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        # A long list says the same words again and again: each of them is kept once, here and in all that copies it.
        return {key: known.setdefault(item, item) if isinstance(item, str) else item for key, item in pairs}

    try:
        document = json.loads(body, object_pairs_hook=sharing)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    level = [document]
    for _depth in range(_DEEPEST):
        level = [item for holder in level for item in _items(holder)]
        if not level:
            return document
    raise ValueError("nested too deeply")


def _items(holder: Any) -> Iterable[Any]:
    if isinstance(holder, dict):
        return holder.values()
    return holder if isinstance(holder, list) else ()
