# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from .routes import INFERRED, SEEN

if TYPE_CHECKING:
    from .._errors import GreyopsError

_CONFLICT = 409


class Sign(NamedTuple):
    """A field of an error response that reports a duplicate id, and its evidence. Such responses are undocumented."""

    field: str
    pattern: re.Pattern[str]
    certainty: str


SIGNS = (
    # GreyMatter's recalls, as the Manager Dashboard reads them.
    Sign("reason", re.compile(r"DUPLICATE_KEY"), SEEN),
    # The same text, in the field that other error responses of GreyMatter use.
    Sign("code", re.compile(r"DUPLICATE(_\w+)?|ALREADY_EXISTS|\w+_ALREADY_EXISTS"), INFERRED),
    # Spring Boot 1 names the class: Spring's own, and that of the Java Persistence API.
    Sign("exception", re.compile(r"([\w$]+\.)*(DuplicateKeyException|EntityExistsException)"), INFERRED),
    # The texts of PostgreSQL and MySQL, which a service may forward.
    Sign("message", re.compile(r".*\bduplicate (key|entry)\b.*", re.IGNORECASE | re.DOTALL), INFERRED),
    # The dashboard says "order id exists". Other things may exist too, and a sentence may say that it does not.
    Sign(
        "message",
        re.compile(
            r"(?!.*(\b(?i:no|not|none|never)\b|n't\b)).*(\b[iI][dD]|Id|\b(?i:order|request|catalog|category))\b"
            r"[^.;,]{0,80}\b(already exist|exists)\b.*",
            re.DOTALL,
        ),
        INFERRED,
    ),
)


def is_duplicate(error: GreyopsError, key: str | None = None) -> bool:
    """Return whether an error response reports that the resource already exists, by its status or a field of its body.

    :param key: the field that contains the id. If the response lists errors by field, this one must be among them,
        because other fields can be duplicates as well, such as a line of an order.
    """
    document = error.details if isinstance(error.details, dict) else {}
    entries = [*_list_dicts(document.get("errors")), *_list_dicts(document.get("alert_data"))]
    fields = [entry["field"] for entry in entries if isinstance(entry.get("field"), str)]
    if key is not None and fields and not any(_is_at(field, key) for field in fields):
        return False
    return error.status == _CONFLICT or any(_has_sign(holder) for holder in (document, *entries))


def _is_at(field: str, key: str) -> bool:
    return "[" not in field and field.rpartition(".")[2] == key


def _has_sign(holder: dict[str, Any]) -> bool:
    texts = [(sign.pattern, holder.get(sign.field)) for sign in SIGNS]
    return any(isinstance(text, str) and pattern.fullmatch(text) for pattern, text in texts)


def _list_dicts(entries: Any) -> list[dict[str, Any]]:
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
