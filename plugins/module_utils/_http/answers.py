# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError, ResponseError
from ansible_collections.greyops.rest.plugins.module_utils._http.documents import (
    Budget,
    DataTooLargeError,
    encoding_of,
    parsed,
)
from ansible_collections.greyops.rest.plugins.module_utils._http.markup import from_xml
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import without_query

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_LIMIT = 64 * 1024 * 1024

_KIND = re.compile(r"[\w.+-]{1,80}/[\w.+-]{1,80}", re.ASCII)
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([\w.:-]{1,40})", re.ASCII | re.IGNORECASE)

# What a server says about an error, and how large a body may be whose parsing leaves it as it is.
_HEAD = 65536

_Error = TypeVar("_Error", bound=GreyopsError)


@dataclass(frozen=True)
class Answer:
    """A whole answer of a server. Header names are in lower case; ``limit`` is max_response."""

    status: int
    phrase: str
    headers: Mapping[str, str]
    body: bytes | bytearray
    method: str
    url: str
    limit: int = DEFAULT_LIMIT

    @property
    def is_empty(self) -> bool:
        return not self.body or self.body.isspace()

    @property
    def text(self) -> str:
        """The body by its byte order mark, its declared charset, or else as UTF-8; what is none becomes U+FFFD."""
        return self.body.decode(encoding_of(self.body, self._charset), errors="replace")

    @property
    def head(self) -> str:
        """The beginning of the text: as much as an error or a title ever needs."""
        decoder = codecs.getincrementaldecoder(encoding_of(self.body, self._charset))("replace")
        return decoder.decode(bytes(self.body[:_HEAD]), final=len(self.body) <= _HEAD)

    def json(self, budget: Budget | None = None) -> Any:
        """The parsed body. Of a large one only the beginning is left afterwards.

        :param budget: the memory that the data may take; as a rule twice the limit.
        :raises ResponseError: it is not JSON, or its data takes too much memory.
        """
        budget = budget or Budget(2 * self.limit)
        body, head = self.body, bytes(self.body[:_HEAD])
        if len(body) <= _HEAD or not isinstance(body, bytearray):
            body = bytearray(body)
        try:
            return parsed(body, budget, self._charset)
        except ValueError:
            raise self.error(
                ResponseError,
                f"answered with HTTP {self.status} and {self.description()}, where JSON was expected.",
                hint="Check that the URL is the API's own and not that of a web page or proxy.",
            ) from None
        except DataTooLargeError:
            raise self.error(
                ResponseError,
                f"answered with data that take more than {in_mib(budget.size)} of memory.",
                hint="Ask for less with filters, check that the URL is the API's own, or raise max_response: the data "
                "may take twice as much.",
            ) from None
        finally:
            if body is self.body:
                body[:] = head

    def brief(self) -> Any:
        """The parsed body, if it is JSON and no larger than what tells of an error; else None."""
        if len(self.body) <= _HEAD:
            with suppress(ValueError, DataTooLargeError):
                return parsed(bytearray(self.body), Budget(2 * self.limit), self._charset)
        return None

    def details(self) -> Any:
        """What a short body says, as JSON or XML; None if it is neither, or longer than any error is."""
        document = self.brief()
        return from_xml(self.head) if document is None and len(self.body) <= _HEAD else document

    def description(self) -> str:
        if self.is_empty:
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

    @property
    def _charset(self) -> str:
        found = _CHARSET.search(self.headers.get("content-type", ""))
        return found.group(1) if found else ""


def in_mib(size: int) -> str:
    return f"{size / 1024 / 1024:g} MiB"
