# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

# A reason is one sentence for a person; a page is not.
_LONGEST = 200

_XML_FIELDS = ("error_description", "message", "error")

# Auth0 counts its buckets there, in every answer to a login: b=per_hour;q=100;r=0;t=1800 (name, quota, rest, seconds).
_QUOTA_HEADERS = ("auth0-client-quota-limit", "auth0-organization-quota-limit")
_USED_UP = re.compile(r"exceed|exhaust|reach|deplete|used up|run out", re.IGNORECASE)


def reason_of(answer: Answer, secrets: Secrets) -> str:
    """What the server itself says about an error, in one line and without a secret; empty if it says nothing.

    Understands OAuth 2 errors, Spring Boot's, Dropwizard's, GreyMatter's ``alert_data`` and validation
    objects, the same as XML, and the title of an HTML page; anything else is cut short.
    """
    text = answer.head
    return one_line(_from_json(answer) or _from_markup(text) or text, secrets)


def one_line(text: str, secrets: Secrets) -> str:
    """Somebody else's text, short enough for a sentence of ours."""
    # Mask before cutting: half a token is still half a token. And after joining: that can make one of two halves.
    line = secrets.scrub(" ".join(secrets.scrub(text).split()))
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def oauth_error_of(answer: Answer) -> str | None:
    """The ``error`` code of an OAuth 2 error body (RFC 6749, 5.2), as JSON or XML."""
    document = answer.brief()
    if isinstance(document, dict):
        code = document.get("error")
    else:
        found = re.search(r"<error>\s*([\w.-]+)\s*</error>", answer.head)
        code = found.group(1) if found else None
    return code if isinstance(code, str) else None


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
    said = _from_json(answer) or ""
    if not seconds and not ("quota" in said.lower() and _USED_UP.search(said)):
        return None
    minutes = max((int(second) for second in seconds if second.isascii() and second.isdigit()), default=0) / 60
    if not minutes:
        return ""
    return f" in {minutes:.0f} min" if minutes >= 1 else " in less than a minute"


def _from_json(answer: Answer) -> str | None:
    document = answer.brief()
    if isinstance(document, str):
        return document
    return next((text for text in _candidates(document) if text), None)


def _candidates(document: Any) -> list[str]:
    alert = _first(document, "alert_data")
    problem = _first(document, "errors")
    fields = [
        (document, "error_description"),
        (document, "message"),
        (alert, "description"),
        (alert, "code"),
        (document, "reason"),
        (problem, "message"),
        (document, "error"),
    ]
    found = [holder.get(name) for holder, name in fields if isinstance(holder, dict)]
    return [value for value in found if isinstance(value, str)] + ([problem] if isinstance(problem, str) else [])


def _first(document: Any, name: str) -> Any:
    items = document.get(name) if isinstance(document, dict) else None
    return items[0] if isinstance(items, list) and items else None


def _from_markup(text: str) -> str | None:
    if "<" not in text:
        return None
    for field in _XML_FIELDS:
        found = re.search(rf"<{field}>([^<]{{0,2000}})</{field}>", text)
        if found and found.group(1).strip():
            return unescape(found.group(1))
    for tag in ("title", "h1"):
        found = re.search(rf"<{tag}[^>]{{0,200}}>([^<]{{0,2000}})</{tag}>", text, re.IGNORECASE)
        if found and found.group(1).strip():
            return unescape(found.group(1))
    return None
