# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError

Version = tuple[int, ...]

LENGTH = "length"
WEIGHT = "weight"

# Documented: grams were renamed, and units of the imperial system came, with this version.
_RENAMED = (9, 0, 2)
# Documented: since then attributes of products must be declared in the catalog; before they should be.
_STRICT = (10, 1, 0)

_BEFORE = {LENGTH: ("MM", "CM", "M"), WEIGHT: ("G", "KG")}
_SINCE = {LENGTH: ("MM", "CM", "M", "INCH"), WEIGHT: ("GM", "KG", "LBS", "POUND", "OUNCE")}

# Two names of one unit: the old and the new one of grams, and two that the documentation gives for pounds.
_SYNONYMS = {"G": "GM", "LBS": "POUND"}

VERSION_OPTION = {"api_version": {"type": "str"}}


def version_of(text: str | None) -> Version | None:
    """The numbers of a version such as ``v10.1.0``; None where nobody said which it is.

    :raises OptionError: it is none.
    """
    if text is None:
        return None
    if not re.fullmatch(r"v?\d{1,4}(\.\d{1,4}){0,3}", text, re.ASCII):
        raise OptionError("api_version must be a version of GreyMatter, such as v10.1.0.")
    numbers = [int(number) for number in text.lstrip("v").split(".")]
    return (*numbers, *([0] * (3 - len(numbers))))


def wants_declarations(version: Version | None) -> bool:
    """Whether that version refuses attributes that the catalog does not declare."""
    return version is not None and version >= _STRICT


def same_unit(one: object, other: object) -> bool:
    return _canonical(one) == _canonical(other)


def problem_of_unit(unit: object, measure: str, version: Version | None) -> str | None:
    """What is wrong with a unit, as the end of a sentence. Without a version the units of all versions will do."""
    before, since = _BEFORE[measure], _SINCE[measure]
    if version is None:
        known = (*before, *(name for name in since if name not in before))
    else:
        known = before if version < _RENAMED else since
    # Small letters are refused: whether the server takes them is not known.
    if unit in known:
        return None
    told = f"is no unit of {measure} there" if version else f"is no unit of {measure}"
    other = next((name for name in known if _canonical(name) == _canonical(unit)), None)
    hint = f"write {other}" if other else f"the units are {', '.join(known)}"
    return f"'{unit}' {told}: {hint}"


def _canonical(unit: object) -> str:
    name = str(unit).upper()
    return _SYNONYMS.get(name, name)
