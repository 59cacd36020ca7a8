# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re

import yaml

_INDEX = re.compile(r"\[(\d+)\]\.?")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LineFinder:
    """Finds the lines of values in YAML and JSON files, which it reads once.

    The files are templates. The line of a value is unknown if the text before templating is not YAML.
    """

    def __init__(self) -> None:
        self._roots: dict[str, yaml.Node | None] = {}

    def locate(self, file: str, path: str = "") -> str:
        """Return ``FILE:LINE``, or the file alone if the line is unknown.

        :param path: the place in the data, such as ``job_graph.vertices[2].type``, or ``[1].name`` in a list.
        """
        if file not in self._roots:
            self._roots[file] = _read(file)
        root = self._roots[file]
        return file if root is None else f"{file}:{find_line(root, path)}"


def compose(text: str) -> yaml.Node | None:
    """Parse a text to nodes with positions; None if it is neither a list nor a dictionary, or not YAML."""
    try:
        # YAML does not allow the tabs that JSON does.
        root = yaml.compose(text.replace("\t", " "), Loader=_LOADER)
    except (yaml.YAMLError, RecursionError):
        return None
    return root if isinstance(root, yaml.CollectionNode) else None


def find_line(root: yaml.Node, path: str) -> int:
    """Return the line of a value, from 1; if it does not exist, that of the innermost value that contains it."""
    node, line, rest = root, root.start_mark.line, path
    while rest:
        index = _INDEX.match(rest)
        if isinstance(node, yaml.SequenceNode) and index and int(index[1]) < len(node.value):
            node, rest = node.value[int(index[1])], rest[index.end() :]
            line = node.start_mark.line
            continue
        keys = [pair for pair in node.value if _is_first(pair[0], rest)] if isinstance(node, yaml.MappingNode) else []
        if not keys:
            break
        key, node = max(keys, key=lambda pair: len(pair[0].value))
        line, rest = key.start_mark.line, rest[len(key.value) :].removeprefix(".")
    return int(line) + 1


def _is_first(key: yaml.Node, path: str) -> bool:
    """Whether a path begins with a key, which may contain dots."""
    return isinstance(key, yaml.ScalarNode) and (
        path == key.value or path.startswith((f"{key.value}.", f"{key.value}["))
    )


def _read(file: str) -> yaml.Node | None:
    try:
        with open(file, encoding="utf-8-sig") as stream:
            return compose(stream.read())
    except (OSError, UnicodeDecodeError):
        return None
