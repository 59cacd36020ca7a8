# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Text of HTML and XML bodies."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any
from xml.etree import ElementTree

# A byte order mark, and blanks.
_BEFORE = "\ufeff \t\r\n"
# Error descriptions are nested less deeply.
_MAX_DEPTH = 8
# A document type can define entities, which expand when they are parsed.
_DEFINITION = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_UNSEEN = re.compile(r"<!--|<!\[CDATA\[|<script\b|<style\b", re.IGNORECASE)
_END_OF = {
    "<!--": re.compile(r"-->"),
    "<![cdata[": re.compile(r"\]\]>"),
    "<script": re.compile(r"</script\b", re.IGNORECASE),
    "<style": re.compile(r"</style\b", re.IGNORECASE),
}
# A quoted value may contain the character that ends a tag. If the end is missing, the text was cut off in the tag.
_TAG = re.compile(r"""<[^<>"']*(?:(?:"[^"<]*(?:"|\Z)|'[^'<]*(?:'|\Z))[^<>"']*)*[^<>]*>?""")
_HEADINGS = tuple(
    re.compile(rf"<{tag}\b[^<>]{{0,200}}>([^<]{{0,2000}})</{tag}>", re.IGNORECASE) for tag in ("title", "h1")
)


def is_markup(text: str) -> bool:
    """Whether a text is XML or HTML."""
    return text.lstrip(_BEFORE).startswith("<")


def parse_xml(text: str) -> Any:
    """Parse an XML document into the data of a JSON document: by the names of its elements, repeated ones as a list.

    None if it is not XML, or if it is a page. Names start in lower case, without their namespaces.
    """
    if not is_markup(text) or _DEFINITION.search(text):
        return None
    try:
        root = ElementTree.fromstring(text.lstrip(_BEFORE))
    except (ElementTree.ParseError, ValueError):
        return None
    return None if _get_local_name(root).lower() == "html" else _parse_document(root, _MAX_DEPTH)


def extract_text(text: str) -> str:
    """The visible text of XML or HTML: the title or the first heading of a page, else all of its text."""
    shown = _remove_invisible(text)
    for heading in _HEADINGS:
        found = heading.search(shown)
        if found and found.group(1).strip():
            return unescape(found.group(1))
    return unescape(_TAG.sub(" ", shown.lstrip(_BEFORE)))


def _parse_document(element: Any, depth: int) -> Any:
    if not len(element):
        return (element.text or "").strip()
    if not depth:
        return None
    document: dict[str, Any] = {}
    for child in element:
        name, value = _get_local_name(child), _parse_document(child, depth - 1)
        if name in document:
            known = document[name]
            # A list within an element would be a dictionary, so a list here was created by this function.
            value = [*(known if isinstance(known, list) else [known]), value]
        document[name] = value
    return document


def _get_local_name(element: Any) -> str:
    name = str(element.tag).rpartition("}")[2]
    return f"{name[:1].lower()}{name[1:]}"


def _remove_invisible(text: str) -> str:
    """Remove comments, scripts and styles; sections that are quoted as a whole (CDATA) are escaped."""
    parts: list[str] = []
    place = 0
    while begin := _UNSEEN.search(text, place):
        parts.append(text[place : begin.start()])
        kind = begin.group().lower()
        end = _END_OF[kind].search(text, begin.end())
        if kind == "<![cdata[":
            parts.append(escape(text[begin.end() : end.start() if end else len(text)], quote=False))
        if end is None:
            return "".join(parts)
        place = end.start() if kind in ("<script", "<style") else end.end()
    return "".join([*parts, text[place:]])
