# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Remove secrets from all output of an operation."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from ._errors import Text
from ._texts import decode_escaped, map_strings

try:
    # ansible-core 2.22 masks registered values in all its output.
    from ansible.module_utils.secrets import register_secrets as _register_with_core
except ImportError:
    _register_with_core = None

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "********"

_LETTERS_OF_ESCAPES = re.compile("%[0-9A-F]{2}")

# A token shorter than this could be part of an ordinary word in the data.
_MIN_LENGTH_IN_DATA = 12


def to_bytes(text: str) -> bytes:
    """Encode any text as UTF-8, including undecodable bytes of the environment and unpaired surrogates."""
    try:
        # How Python represents such bytes; they may be part of a secret.
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return text.encode(errors="surrogatepass")


def encode_basic(user: str, password: str) -> str:
    """The value after ``Basic`` (RFC 7617), in UTF-8."""
    return base64.b64encode(to_bytes(f"{user}:{password}")).decode("ascii")


def list_encoded_variants(secret: str) -> set[str]:
    """The forms in which servers and libraries return a secret: plain, in URLs, in JSON, in markup."""
    octets = to_bytes(secret)
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
        # PHP escapes slashes, Go the characters of markup, and Jinja also the quote.
        *(form.replace("/", "\\/") for form in in_json),
        *in_pages,
        *(form.replace("'", "\\u0027") for form in in_pages),
        in_markup,
        # Go and Jinja write both quotes as numeric references, Spring one of them.
        in_markup.replace("&#x27;", "&#39;"),
        in_markup.replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
    }


def escape_unprintable(text: str) -> str:
    """Escape the characters that a terminal interprets instead of showing them: control characters, line breaks and
    direction marks."""
    if text.isprintable():
        return text
    text = decode_escaped(text)
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


class Redactor:
    """The secrets, and the only place that removes them from text.

    All forms of all secrets are removed from text of servers and libraries (a reason, an exception). Only tokens are
    removed from data that the user requested: a short password may also be an ordinary word in it.

    ``tell_core`` registers all secrets with ansible-core 2.22 and later, which masks them in its own output.
    """

    def __init__(self, tell_core: bool = True) -> None:
        self._tell_core = tell_core
        self._forms: set[str] = set()
        self._tokens: set[str] = set()

    def register(self, *values: str | None) -> None:
        """Hide these values and their encoded forms, also without surrounding blanks and quotes."""
        plain = {part for value in values if value for part in (value, value.strip(), value.strip().strip("\"'"))}
        self._add({form for value in plain if value for form in list_encoded_variants(value)})

    def register_basic(self, user: str, password: str) -> None:
        """Hide the Basic credentials of a user, which are easily decoded."""
        self._add({encode_basic(user, password)})

    def register_tokens(self, *values: str | None) -> None:
        """Hide these values in text and in data."""
        self.register(*values)
        self._tokens.update(value for value in values if value and len(value) >= _MIN_LENGTH_IN_DATA)

    def _add(self, forms: set[str]) -> None:
        new = forms - self._forms
        self._forms |= new
        if new and self._tell_core and _register_with_core is not None:
            _register_with_core(sorted(new))

    def redact_all(self, text: str) -> str:
        """Mask every form of every secret in text that is to be shown later."""
        return _replace(text, self._forms)

    def redact(self, text: str) -> str:
        """Make text safe to show: mask secrets and escape what a terminal interprets."""
        return escape_unprintable(self.redact_all(text))

    def redact_data(self, value: Any) -> Any:
        """Return the same data with every known token masked, also in keys."""
        if not self._tokens:
            return value
        # Data rarely contain a token, and one search of the whole is much faster than a search of each value.
        whole = json.dumps(value, default=str)
        return self.redact_result(value) if any(json.dumps(token)[1:-1] in whole for token in self._tokens) else value

    def redact_result(self, value: Any) -> Any:
        """Mask all secrets in the texts for users in a result, and tokens in its data."""
        return map_strings(
            value, lambda text: self.redact(str(text)) if isinstance(text, Text) else self._without_tokens(text)
        )

    def redact_arguments(self, value: Any) -> Any:
        """The arguments of a module as they are shown, with every form of every secret masked."""
        return map_strings(value, self.redact_all)

    def _without_tokens(self, text: str) -> str:
        return _replace(text, self._tokens)


def _replace(text: str, forms: Iterable[str]) -> str:
    # Longest first: one secret may start with another.
    for form in sorted((form for form in forms if form in text), key=len, reverse=True):
        text = text.replace(form, MASK)
    return text
