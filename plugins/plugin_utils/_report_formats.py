# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

"""The formats of reports, by the suffix of their files."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence

from ..module_utils._errors import OptionError
from ._report import Report
from ._report_html import to_html
from ._report_markdown import to_markdown


def _to_json(report: Report) -> str:
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    # Half a character, which UTF-8 does not have, is escaped as JSON escapes it.
    return text.encode(errors="backslashreplace").decode()


_FORMATS: dict[str, Callable[[Report], str]] = {".md": to_markdown, ".json": _to_json, ".html": to_html}


def render(report: Report, path: str) -> str:
    """Format a report as the suffix of its file says."""
    return _FORMATS[_get_suffix(path)](report)


def resolve_paths(paths: Sequence[str], directory: str) -> list[str]:
    """Return the absolute paths of reports, each once.

    :raises OptionError: a path does not have the suffix of a format.
    """
    for path in paths:
        if _get_suffix(path) not in _FORMATS:
            raise OptionError(f"The format of the report {path} is not known: its suffix must be .md, .json or .html.")
    absolute = [os.path.abspath(os.path.join(directory, os.path.expanduser(path))) for path in paths]
    return list(dict.fromkeys(absolute))


def _get_suffix(path: str) -> str:
    return os.path.splitext(path)[1]
