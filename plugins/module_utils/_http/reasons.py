# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._http.markup import is_markup, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

# A reason is one sentence for a person; a page is not.
_LONGEST = 200
# Of many values that are wrong the first ones have to do.
_MOST_ENTRIES = 20

# Where a server says what is wrong, the best first: OAuth 2; Spring Boot, Dropwizard and others; RFC 9457; GreyMatter.
_SAYING = ("error_description", "message", "detail", "reason")
# What only names the kind of an error.
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
# What one of them is about, and what is wrong with it.
_PLACES = ("field", "pointer", "propertyPath", "parameter", "path", "name", "loc")
_TEXTS = ("defaultMessage", "message", "detail", "description", "msg", "reason", "code")

# Auth0 counts its buckets there, in every answer to a login: b=per_hour;q=100;r=0;t=1800 (name, quota, rest, seconds).
_QUOTA_HEADERS = ("auth0-client-quota-limit", "auth0-organization-quota-limit")
_USED_UP = re.compile(r"exceed|exhaust|reach|deplete|used up|run out", re.IGNORECASE)


def reason_of(answer: Answer, secrets: Secrets) -> str:
    """What the server itself says about an error, in one line and without a secret; empty if it says nothing.

    Understands OAuth 2 errors, those of Spring Boot and Dropwizard, problem details (RFC 9457), GreyMatter's
    ``alert_data`` and lists of validation errors, each as JSON and as XML, and the title of an HTML page; anything else
    is cut short. Of markup only the text is taken.
    """
    text = _from_document(answer.details(), answer.phrase) or answer.head
    return one_line(text_of(text) if is_markup(text) else text, secrets)


def one_line(text: str, secrets: Secrets) -> str:
    """Somebody else's text, short enough for a sentence of ours."""
    # Mask before cutting: half a token is still half a token. And after joining: that can make one of two halves.
    line = secrets.scrub(" ".join(secrets.scrub(text).split()))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def oauth_error_of(answer: Answer) -> str | None:
    """The ``error`` code of an OAuth 2 error body (RFC 6749, 5.2), as JSON or XML."""
    return _first_text(answer.details(), ("error",)) or None


def used_up_quota(answer: Answer) -> str | None:
    """When a quota of tokens that a login has used up is renewed, such as " in 30 min"; empty where nobody knows.

    None if the answer is no such error. Auth0 gives it the codes and statuses of any refusal and of any rate limit; it
    tells in its headers (documented), or in the text alone (seen).
    """
    if answer.status not in (403, 429):
        return None
    rests = [
        dict(field.strip().partition("=")[::2] for field in bucket.split(";"))
        for name in _QUOTA_HEADERS
        for bucket in answer.headers.get(name, "").split(",")
    ]
    seconds = [rest.get("t", "") for rest in rests if rest.get("r") == "0"]
    said = _first_text(answer.details(), ("error_description", "message", "error"))
    if not seconds and not ("quota" in said.lower() and _USED_UP.search(said)):
        return None
    minutes = max((int(second) for second in seconds if second.isascii() and second.isdigit()), default=0) / 60
    if not minutes:
        return ""
    return f" in {minutes:.0f} min" if minutes >= 1 else " in less than a minute"


def _from_document(document: Any, phrase: str) -> str:
    """What is wrong as a whole, and then each field with what is wrong there."""
    if isinstance(document, str):
        return document
    if not isinstance(document, dict):
        return ""
    inner = document.get("error")
    whole = _first_text(document, _SAYING) or _first_text(inner, _SAYING)
    title = _first_text(document, ("title",))
    if title and title not in (phrase, whole):
        whole = f"{title.rstrip('.')}: {whole}" if whole else title
    # A server may have put them into its message already.
    entries = [entry for entry in _entries(document) if entry not in whole][:_MOST_ENTRIES]
    single = "; ".join(entry.rstrip(".") for entry in dict.fromkeys(entries))
    if whole and single:
        return f"{whole.rstrip('.:')}: {single}"
    return whole or single or _first_text(document, _NAMING) or _first_text(inner, _NAMING)


def _entries(document: dict[str, Any]) -> Iterator[str]:
    for name in _LISTS:
        for entry in _listed(document.get(name)):
            if isinstance(entry, str):
                yield entry
            elif isinstance(entry, dict):
                text, place = _first_text(entry, _TEXTS), _place_of(entry)
                if text:
                    yield f"{place}: {text}" if place else text


def _listed(entries: Any) -> list[Any]:
    """The entries of a list. XML puts them into an element of its own, others into a dictionary by their fields."""
    if isinstance(entries, dict):
        if _first_text(entries, _TEXTS):
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


def _place_of(entry: dict[str, Any]) -> str:
    for name in _PLACES:
        place = entry.get(name)
        if isinstance(place, list):
            place = ".".join(str(part) for part in place)
        if isinstance(place, str) and place.strip():
            return place.strip()
    return ""


def _first_text(document: Any, names: tuple[str, ...]) -> str:
    texts = [document.get(name) for name in names] if isinstance(document, dict) else []
    return next((text.strip() for text in texts if isinstance(text, str) and text.strip()), "")
