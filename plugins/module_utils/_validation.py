# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._secrets import MASK, Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec


def validated(spec: ArgumentSpec, arguments: dict[str, Any]) -> dict[str, Any]:
    """Typed parameters with defaults, by core's own validation.

    :raises OptionError: in core's words, without the values of secret options.
    """
    _require_lists(spec, arguments)
    try:
        outcome = ArgumentSpecValidator(**spec.validation()).validate(arguments)
    except OverflowError:
        raise OptionError("An option has a number that is too large.") from None
    if outcome.unsupported_parameters:
        paths = sorted(name if isinstance(name, tuple) else (name,) for name in outcome.unsupported_parameters)
        names, known = ", ".join(dict.fromkeys(_shown(path, spec, arguments) for path in paths)), spec.options
        for name in paths[0][:-1]:
            known = known[name]["options"]
        raise OptionError(f"There is no option {names}.", hint=f"The options are {', '.join(sorted(known))}.")
    if outcome.error_messages:
        secrets = Secrets()
        secrets.register(*spec.secrets_in(arguments), *_texts_in([arguments.get(name) for name in spec.secret_options]))
        raise OptionError(secrets.scrub(". ".join(outcome.error_messages)))
    params: dict[str, Any] = outcome.validated_parameters
    for name, value in params.items():
        if isinstance(value, str) and spec.options[name]["type"] != "raw" and not _is_text(value):
            raise OptionError(f"{name} holds what is no text: a zero byte, or half a character.")
    return params


def _require_lists(spec: ArgumentSpec, arguments: dict[str, Any]) -> None:
    """
    :raises OptionError: text in the place of a list of dictionaries, of which core makes a list of pieces.
    """
    for name, option in spec.options.items():
        if option["type"] == "list" and option["elements"] in ("dict", "raw") and isinstance(arguments.get(name), str):
            raise OptionError(
                f"{name} must be a list, and it is text.",
                hint="Give the list itself. If a template makes the text, parse it with `| from_yaml`.",
            )


def _shown(path: tuple[str, ...], spec: ArgumentSpec, arguments: dict[str, Any]) -> str:
    # Of a text in the place of a dictionary core makes names and values; those of a secret are parts of it.
    if len(path) > 1 and path[0] in spec.secret_options and path[-1] not in _names_in(arguments[path[0]]):
        return f"{path[0]}.{MASK}"
    return ".".join(path)


def _names_in(value: Any) -> set[str]:
    """The keys of all dictionaries in a value."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {name for item in inner for name in _names_in(item)} | (set(value) if isinstance(value, dict) else set())


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts_in(item)


def _is_text(value: str) -> bool:
    try:
        # Bytes of the environment that are no UTF-8 may stand in it: they are what somebody typed.
        return b"\0" not in value.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return False
