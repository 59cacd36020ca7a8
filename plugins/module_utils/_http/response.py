# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A response, and the reason for an error in its body."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from .._errors import GreyopsError, HTTPStatusError
from .json_parser import (
    Budget,
    DataTooLargeError,
    detect_encoding,
    parse_json,
)
from .markup import extract_text, is_markup, parse_xml
from .urls import strip_query

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._redaction import Redactor

DEFAULT_MAX_RESPONSE = 64 * 1024 * 1024

_KIND = re.compile(r"[\w.+-]{1,80}/[\w.+-]{1,80}", re.ASCII)
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([\w.:-]{1,40})", re.ASCII | re.IGNORECASE)

# How much of the text an error message needs, and the maximum size of a body that parsing does not consume.
_HEAD = 65536

_Error = TypeVar("_Error", bound=GreyopsError)


@dataclass(frozen=True)
class Response:
    """A complete response of a server. Header names are in lower case; ``limit`` is max_response.

    ``url_hint`` says what looks wrong in the URL of the API, for an error about a response that is not JSON.
    """

    status: int
    reason_phrase: str
    headers: Mapping[str, str]
    body: bytes | bytearray
    method: str
    url: str
    limit: int = DEFAULT_MAX_RESPONSE
    url_hint: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.body or self.body.isspace()

    @property
    def text(self) -> str:
        """The body, decoded by its byte order mark, its declared charset, or UTF-8; undecodable bytes become U+FFFD."""
        return self.body.decode(detect_encoding(self.body, self._charset), errors="replace")

    @property
    def head(self) -> str:
        """The beginning of the text: as much as an error or a title needs."""
        decoder = codecs.getincrementaldecoder(detect_encoding(self.body, self._charset))("replace")
        return decoder.decode(bytes(self.body[:_HEAD]), final=len(self.body) <= _HEAD)

    def parse_json(self, budget: Budget | None = None) -> Any:
        """Return the parsed body. Only the beginning of a large body is kept afterwards.

        :param budget: the memory that the data may take; by default twice the limit.
        :raises HTTPStatusError: it is not JSON, or its data takes too much memory.
        """
        budget = budget or Budget(2 * self.limit)
        body, head = self.body, bytes(self.body[:_HEAD])
        if len(body) <= _HEAD or not isinstance(body, bytearray):
            body = bytearray(body)
        try:
            return parse_json(body, budget, self._charset)
        except ValueError:
            hint = "Check that the URL is the API's own and not that of a web page or proxy."
            raise self.build_error(
                HTTPStatusError,
                f"answered with HTTP {self.status} and {self.describe_body()}, where JSON was expected.",
                hint=f"{self.url_hint} {hint}".lstrip(),
            ) from None
        except DataTooLargeError:
            raise self.build_error(
                HTTPStatusError,
                f"answered with data that takes more than {format_mib(budget.size)} of memory.",
                hint="Ask for less with filters, check that the URL is the API's own, or raise max_response: the data "
                "may take twice as much.",
            ) from None
        finally:
            if body is self.body:
                body[:] = head

    def parse_brief(self) -> Any:
        """The parsed body, if it is JSON and not larger than an error description; else None."""
        if len(self.body) <= _HEAD:
            with suppress(ValueError, DataTooLargeError):
                return parse_json(bytearray(self.body), Budget(2 * self.limit), self._charset)
        return None

    def parse_details(self) -> Any:
        """The data of a short body, as JSON or XML; None if it is neither, or longer than any error."""
        document = self.parse_brief()
        return parse_xml(self.head) if document is None and len(self.body) <= _HEAD else document

    def describe_body(self) -> str:
        if self.is_empty:
            return "an empty body"
        kind = self.headers.get("content-type", "").partition(";")[0].strip()
        return f"a body of type {kind}" if _KIND.fullmatch(kind) else "a body without a content type"

    def build_error(self, error_class: type[_Error], message: str, *, reason: str = "", hint: str = "") -> _Error:
        """Build an error about this response; the message continues after method and URL."""
        url = strip_query(self.url)
        error = error_class(
            f"{self.method} {url} {message}",
            reason=reason,
            hint=hint,
            status=self.status,
            url=url,
            method=self.method,
        )
        error.details = self.parse_details()
        return error

    @property
    def _charset(self) -> str:
        found = _CHARSET.search(self.headers.get("content-type", ""))
        return found.group(1) if found else ""


def format_mib(size: int) -> str:
    return f"{size / 1024 / 1024:g} MiB"


# A reason is one sentence for users; a page is not.
_MAX_LENGTH = 200
# The number of invalid values that are shown.
_MAX_ENTRIES = 20

# The keys of the message, best first: OAuth 2; Spring Boot, Dropwizard and others; RFC 9457; GreyMatter.
_SAYING = ("error_description", "message", "detail", "reason")
# Keys that only name the type of an error.
_NAMING = ("title", "error", "errorCode", "code")
# The lists of single errors: GreyMatter's; those of Spring Boot, Dropwizard, ASP.NET and RFC 9457; Bean Validation's;
# RFC 7807's; FastAPI's.
_LISTS = (
    "alert_data",
    "errors",
    "fieldErrors",
    "violations",
    "parameterViolations",
    "invalid-params",
    "detail",
)
# The location of a single error, and its reason.
_PLACES = ("field", "pointer", "propertyPath", "parameter", "path", "name", "loc")
_TEXTS = ("defaultMessage", "message", "detail", "description", "msg", "reason", "code")

# Auth0 counts its buckets there in every response to a login: b=per_hour;q=100;r=0;t=1800 (name, quota, rest, seconds).
_QUOTA_HEADERS = ("auth0-client-quota-limit", "auth0-organization-quota-limit")
_USED_UP = re.compile(r"exceed|exhaust|reach|deplete|used up|run out", re.IGNORECASE)


def find_error_reason(response: Response, secrets: Redactor) -> str:
    """The server's own reason for an error, in one line and without secrets; empty if it gives none.

    Understands OAuth 2 errors, those of Spring Boot and Dropwizard, problem details (RFC 9457), GreyMatter's
    ``alert_data`` and lists of validation errors, each as JSON and as XML, and the title of an HTML page; any other
    text is truncated. Only the text of markup is used.
    """
    text = _find_in_document(response.parse_details(), response.reason_phrase) or response.head
    return to_one_line(extract_text(text) if is_markup(text) else text, secrets)


def to_one_line(text: str, secrets: Redactor) -> str:
    """Shorten external text to one line for a message."""
    # Mask before truncating: a part of a token is still secret. And after joining: that can join two parts of one.
    line = secrets.redact_all(" ".join(secrets.redact_all(text).split()))
    return line if len(line) <= _MAX_LENGTH else f"{line[:_MAX_LENGTH]}…"


def find_oauth_error(response: Response) -> str | None:
    """The ``error`` code of an OAuth 2 error body (RFC 6749, 5.2), as JSON or XML."""
    return _find_text(response.parse_details(), ("error",)) or None


def find_exhausted_quota(response: Response) -> str | None:
    """When the token quota that a login has used up is renewed, such as " in 30 min"; empty if that is unknown.

    None if the response is not such an error. Auth0 uses the codes and statuses of any rejection and of any rate limit
    for it; its headers (documented), or only the text (seen), identify it.
    """
    if response.status not in (403, 429):
        return None
    rests = [
        dict(field.strip().partition("=")[::2] for field in bucket.split(";"))
        for name in _QUOTA_HEADERS
        for bucket in response.headers.get(name, "").split(",")
    ]
    seconds = [rest.get("t", "") for rest in rests if rest.get("r") == "0"]
    reason = _find_text(response.parse_details(), ("error_description", "message", "error"))
    if not seconds and not ("quota" in reason.lower() and _USED_UP.search(reason)):
        return None
    minutes = max((int(second) for second in seconds if second.isascii() and second.isdigit()), default=0) / 60
    if not minutes:
        return ""
    return f" in {minutes:.0f} min" if minutes >= 1 else " in less than a minute"


def _find_in_document(document: Any, phrase: str) -> str:
    """The reason of the whole document, followed by each field with its reason."""
    if isinstance(document, str):
        return document
    if not isinstance(document, dict):
        return ""
    inner = document.get("error")
    whole = _find_text(document, _SAYING) or _find_text(inner, _SAYING)
    title = _find_text(document, ("title",))
    if title and title not in (phrase, whole):
        whole = f"{title.rstrip('.')}: {whole}" if whole else title
    # A server may already have included them in its message.
    entries = [entry for entry in _iter_entries(document) if entry not in whole][:_MAX_ENTRIES]
    single = "; ".join(entry.rstrip(".") for entry in dict.fromkeys(entries))
    if whole and single:
        return f"{whole.rstrip('.:')}: {single}"
    return whole or single or _find_text(document, _NAMING) or _find_text(inner, _NAMING)


def _iter_entries(document: dict[str, Any]) -> Iterator[str]:
    for name in _LISTS:
        for entry in _list_reasons(document.get(name)):
            if isinstance(entry, str):
                yield entry
            elif isinstance(entry, dict):
                text, place = _find_text(entry, _TEXTS), _locate_entry(entry)
                if text:
                    yield f"{place}: {text}" if place else text


def _list_reasons(entries: Any) -> list[Any]:
    """The entries of a list. XML puts them into an element of their own, others into a dictionary by their fields."""
    if isinstance(entries, dict):
        if _find_text(entries, _TEXTS):
            return [entries]
        if len(entries) == 1:
            (only,) = entries.values()
            if isinstance(only, dict) or (isinstance(only, list) and any(isinstance(one, dict) for one in only)):
                return only if isinstance(only, list) else [only]
        return [
            {"field": field, "message": text}
            for field, texts in entries.items()
            for text in (texts if isinstance(texts, list) else [texts])
        ]
    return entries if isinstance(entries, list) else []


def _locate_entry(entry: dict[str, Any]) -> str:
    for name in _PLACES:
        place = entry.get(name)
        if isinstance(place, list):
            place = ".".join(str(part) for part in place)
        if isinstance(place, str) and place.strip():
            return place.strip()
    return ""


def _find_text(document: Any, names: tuple[str, ...]) -> str:
    texts = [document.get(name) for name in names] if isinstance(document, dict) else []
    return next((text.strip() for text in texts if isinstance(text, str) and text.strip()), "")
