# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

# Every search here takes time in proportion to the text, whatever a server puts into it.

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any
from xml.etree import ElementTree

# A byte order mark, and blanks.
_BEFORE = "\ufeff \t\r\n"
# Errors are described less deeply than that.
_DEEPEST = 8
# A document type can define entities, which grow when they are read.
_DEFINITION = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_UNSEEN = re.compile(r"<!--|<!\[CDATA\[|<script\b|<style\b", re.IGNORECASE)
_END_OF = {
    "<!--": re.compile(r"-->"),
    "<![cdata[": re.compile(r"\]\]>"),
    "<script": re.compile(r"</script\b", re.IGNORECASE),
    "<style": re.compile(r"</style\b", re.IGNORECASE),
}
# A value in quotes may hold the sign that ends a tag. Where the end is missing, the text was cut in the tag.
_TAG = re.compile(r"""<[^<>"']*(?:(?:"[^"<]*(?:"|\Z)|'[^'<]*(?:'|\Z))[^<>"']*)*[^<>]*>?""")
_HEADINGS = tuple(
    re.compile(rf"<{tag}\b[^<>]{{0,200}}>([^<]{{0,2000}})</{tag}>", re.IGNORECASE) for tag in ("title", "h1")
)


def is_markup(text: str) -> bool:
    """Whether a text is XML or HTML."""
    return text.lstrip(_BEFORE).startswith("<")


def from_xml(text: str) -> Any:
    """An XML document as JSON would have it: by the names of its elements, those in a row as a list.

    None if it is no XML, or a page. Names begin in lower case, and without their namespaces.
    """
    if not is_markup(text) or _DEFINITION.search(text):
        return None
    try:
        root = ElementTree.fromstring(text.lstrip(_BEFORE))
    except (ElementTree.ParseError, ValueError):
        return None
    return None if _name_of(root).lower() == "html" else _document(root, _DEEPEST)


def text_of(text: str) -> str:
    """What a reader sees of XML or HTML: the title or the first heading of a page, else all of its text."""
    shown = _without_unseen(text)
    for heading in _HEADINGS:
        found = heading.search(shown)
        if found and found.group(1).strip():
            return unescape(found.group(1))
    return unescape(_TAG.sub(" ", shown.lstrip(_BEFORE)))


def _document(element: Any, depth: int) -> Any:
    if not len(element):
        return (element.text or "").strip()
    if not depth:
        return None
    document: dict[str, Any] = {}
    for child in element:
        name, value = _name_of(child), _document(child, depth - 1)
        if name in document:
            known = document[name]
            # A list in an element would be a dictionary, so that what is a list was made here.
            value = [*(known if isinstance(known, list) else [known]), value]
        document[name] = value
    return document


def _name_of(element: Any) -> str:
    name = str(element.tag).rpartition("}")[2]
    return f"{name[:1].lower()}{name[1:]}"


def _without_unseen(text: str) -> str:
    """The text without comments, scripts and styles; what is quoted as a whole (CDATA) is escaped in their place."""
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
