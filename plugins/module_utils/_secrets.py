# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import base64
import html
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

try:
    # ansible-core 2.22 masks what is registered in everything it shows.
    from ansible.module_utils.secrets import register_secrets as _register_with_core
except ImportError:
    _register_with_core = None

from ansible_collections.greyops.rest.plugins.module_utils._errors import Text
from ansible_collections.greyops.rest.plugins.module_utils._texts import change_texts, decode_escaped

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "********"

_LETTERS_OF_ESCAPES = re.compile("%[0-9A-F]{2}")

# A token shorter than this could be part of an honest word in the data.
_SHORTEST_IN_DATA = 12


def encoded(text: str) -> bytes:
    """Any text as bytes: in UTF-8, but for the bytes of the environment that are none, and for halves of characters."""
    try:
        # How Python carries such bytes; they may be part of a secret like any other.
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return text.encode(errors="surrogatepass")


def basic_credentials(user: str, password: str) -> str:
    """The value behind ``Basic`` of RFC 7617, in UTF-8."""
    return base64.b64encode(encoded(f"{user}:{password}")).decode("ascii")


def derived_forms(secret: str) -> set[str]:
    """The shapes in which a secret comes back from servers and libraries: plain, in URLs, in JSON, in markup."""
    octets = encoded(secret)
    in_urls = {quote(octets, safe=""), quote(octets), quote_plus(octets)}
    in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    in_pages = {form.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026") for form in in_json}
    in_markup = html.escape(secret)
    return {
        secret,
        repr(secret)[1:-1],
        *in_urls,
        *(_LETTERS_OF_ESCAPES.sub(lambda found: found.group().lower(), form) for form in in_urls),
        *in_json,
        # PHP escapes slashes, Go what would be markup, and Jinja the quote too.
        *(form.replace("/", "\\/") for form in in_json),
        *in_pages,
        *(form.replace("'", "\\u0027") for form in in_pages),
        in_markup,
        # Go and Jinja write both quotes as numbers, Spring one of them.
        in_markup.replace("&#x27;", "&#39;"),
        in_markup.replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
    }


def printable(text: str) -> str:
    """Text with escapes for what a terminal obeys instead of showing it: control characters, line breaks, marks of
    direction."""
    if text.isprintable():
        return text
    text = decode_escaped(text)
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


class Secrets:
    """What must not be seen, and the one place that takes it out of text.

    Text that is not ours (a server's reason, a library's exception) loses every form of every secret.
    Data that the user asked for loses tokens only: a short password may be an honest word in it.

    ``tell_core`` hands everything to ansible-core 2.22 and later, which masks it in what it shows itself.
    """

    def __init__(self, tell_core: bool = True) -> None:
        self._tell_core = tell_core
        self._forms: set[str] = set()
        self._tokens: set[str] = set()

    def register(self, *values: str | None) -> None:
        """Hide these values and their derived forms, those without blanks and quotes around them included."""
        plain = {part for value in values if value for part in (value, value.strip(), value.strip().strip("\"'"))}
        self._add({form for value in plain if value for form in derived_forms(value)})

    def register_basic(self, user: str, password: str) -> None:
        """Hide the Basic login of a user, which anyone can decode."""
        self._add({basic_credentials(user, password)})

    def register_tokens(self, *values: str | None) -> None:
        """Hide these values in text and in data."""
        self.register(*values)
        self._tokens.update(value for value in values if value and len(value) >= _SHORTEST_IN_DATA)

    def _add(self, forms: set[str]) -> None:
        new = forms - self._forms
        self._forms |= new
        if new and self._tell_core and _register_with_core is not None:
            _register_with_core(sorted(new))

    def scrub(self, text: str) -> str:
        """Text with every form of every secret masked, to be shown later."""
        return _replace(text, self._forms)

    def redact(self, text: str) -> str:
        """Text as it may be shown: without secrets, and without what a terminal obeys."""
        return printable(self.scrub(text))

    def scrub_data(self, value: Any) -> Any:
        """The same data with every known token masked, in keys as well."""
        if not self._tokens:
            return value
        # Almost no data holds one, and one search of it all is much faster than a walk through it.
        whole = json.dumps(value, default=str)
        return self.redact_result(value) if any(json.dumps(token)[1:-1] in whole for token in self._tokens) else value

    def redact_result(self, value: Any) -> Any:
        """The result of a task whose texts for people lose all secrets, and whose data lose tokens."""
        return change_texts(
            value, lambda text: self.redact(str(text)) if isinstance(text, Text) else self._without_tokens(text)
        )

    def scrub_arguments(self, value: Any) -> Any:
        """The arguments of a module, as they are shown to people, with every form of every secret masked."""
        return change_texts(value, self.scrub)

    def _without_tokens(self, text: str) -> str:
        return _replace(text, self._tokens)


def _replace(text: str, forms: Iterable[str]) -> str:
    # Longest first: one secret may begin with another.
    for form in sorted((form for form in forms if form in text), key=len, reverse=True):
        text = text.replace(form, MASK)
    return text
