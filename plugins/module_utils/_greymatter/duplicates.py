# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.greyops.rest.plugins.module_utils._greymatter.routes import INFERRED, SEEN

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError

_CONFLICT = 409


class Sign(NamedTuple):
    """What a field of a refusal says where the id is taken, and how certain that is. No document describes refusals."""

    field: str
    pattern: re.Pattern[str]
    certainty: str


SIGNS = (
    # GreyMatter's recalls, as the Manager Dashboard reads them.
    Sign("reason", re.compile(r"DUPLICATE_KEY"), SEEN),
    # The same word where other refusals of GreyMatter have theirs.
    Sign("code", re.compile(r"DUPLICATE(_\w+)?|ALREADY_EXISTS|\w+_ALREADY_EXISTS"), INFERRED),
    # Spring Boot 1 names the class: Spring's own, and that of the Java Persistence API.
    Sign("exception", re.compile(r"([\w$]+\.)*(DuplicateKeyException|EntityExistsException)"), INFERRED),
    # PostgreSQL's and MySQL's words, which a service may pass on.
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
    """Whether a refusal says that what was sent is there already: by its status, or by a field of its body.

    :param key: the field that holds the id. Where a refusal lists what is wrong by fields, this one has to be among
        them: a line of an order may be there twice as well.
    """
    document = error.details if isinstance(error.details, dict) else {}
    entries = [*_dictionaries(document.get("errors")), *_dictionaries(document.get("alert_data"))]
    fields = [entry["field"] for entry in entries if isinstance(entry.get("field"), str)]
    if key is not None and fields and not any(_is_at(field, key) for field in fields):
        return False
    return error.status == _CONFLICT or any(_has_sign(holder) for holder in (document, *entries))


def _is_at(field: str, key: str) -> bool:
    return "[" not in field and field.rpartition(".")[2] == key


def _has_sign(holder: dict[str, Any]) -> bool:
    texts = [(sign.pattern, holder.get(sign.field)) for sign in SIGNS]
    return any(isinstance(text, str) and pattern.fullmatch(text) for pattern, text in texts)


def _dictionaries(entries: Any) -> list[dict[str, Any]]:
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
