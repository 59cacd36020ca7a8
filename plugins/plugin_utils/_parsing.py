# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from typing import Any

import yaml

from ..module_utils._errors import OptionError
from ._controller import to_builtin

_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_MERGE = "tag:yaml.org,2002:merge"
_BYTE_ORDER_MARK = "\ufeff"


def parse(text: str, name: str, decrypt: Callable[[str], str]) -> Any:
    """Parse a text to JSON types. It is JSON if the file name says so, else YAML.

    :param decrypt: decrypts a string encrypted with Ansible Vault.
    :raises OptionError: if it is neither, or contains what JSON cannot represent. The message is the end of a sentence.
    """
    text = text.removeprefix(_BYTE_ORDER_MARK)
    value = to_builtin(_parse_json(text) if name.lower().endswith(".json") else _parse_yaml(text, decrypt))
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise OptionError("it contains half a character: an escape \\uD800 to \\uDFFF without its other half") from None
    return value


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_build_object)
    except json.JSONDecodeError as error:
        raise OptionError(f"{error.msg} in line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise OptionError("it is nested too deeply") from None


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        raise OptionError(f"an object has the key {next(name for name in names if names.count(name) > 1)} twice")
    return found


def _parse_yaml(text: str, decrypt: Callable[[str], str]) -> Any:
    try:
        loader = _Loader(text)
        loader.decrypt = decrypt
        return loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise OptionError(f"{error.problem or error.context}{where}") from None
    except yaml.reader.ReaderError as error:
        raise OptionError(f"there is a character that YAML does not allow, at position {error.position}") from None
    except RecursionError:
        raise OptionError("it is nested too deeply") from None
    except ValueError as error:  # a number or base64 of the right form but with an invalid value
        raise OptionError(str(error)) from None


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Keeps dates and times as they are written, refuses duplicate keys, and supports the tags of core."""

    decrypt: Callable[[str], str]

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> Any:
        seen = set()
        for key_node, _value in node.value if isinstance(node, yaml.MappingNode) else ():
            key = None if key_node.tag == _MERGE else self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key_node.tag != _MERGE:
                if key in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key} occurs twice", key_node.start_mark
                    )
                seen.add(key)
        return super().construct_mapping(node, deep=deep)

    def construct_encrypted(self, node: yaml.Node) -> str:
        return self.decrypt(str(self.construct_scalar(node)))

    def construct_text(self, node: yaml.Node) -> str:
        return str(self.construct_scalar(node))


for _tag in ("!vault", "!vault-encrypted"):
    _Loader.add_constructor(_tag, _Loader.construct_encrypted)
for _tag in ("!unsafe", _TIMESTAMP):
    _Loader.add_constructor(_tag, _Loader.construct_text)
