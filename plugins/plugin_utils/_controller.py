# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from math import isfinite
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.utils.display import Display

from ..module_utils._context import Directories, NullRuntime
from ..module_utils._errors import GreyopsError, OptionError, build_internal_error
from ..module_utils._texts import require_string


def get_directories() -> Directories:
    """Ansible's home, and the directory that core creates for each run and removes at its end."""
    # Reading the second from the configuration would create another directory.
    return Directories(ansible_home=C.ANSIBLE_HOME, run=C.DEFAULT_LOCAL_TMP)  # type: ignore[attr-defined]


@contextmanager
def report_errors(error_class: type[AnsibleError]) -> Iterator[NullRuntime]:
    """Provide a runtime for a plugin without a result: show warnings at its end, and convert errors to Ansible errors.

    All secrets that the runtime knows are redacted in both.
    """
    host = NullRuntime(get_directories())
    try:
        yield host
    except GreyopsError as error:
        raise error_class(host.secrets.redact(error.msg)) from None
    except AnsibleError as error:
        raise error_class(host.secrets.redact(str(error))) from None
    except Exception as error:  # core would show its message
        raise error_class(build_internal_error(error).msg) from None
    finally:
        for warning in host.warnings:
            Display().warning(warning)


def to_builtin(value: Any, path: str = "") -> Any:
    """Convert a value to Python's built-in types, with its meaning in JSON.

    The tagged and encrypted types of core break serializers, and the process of a module gets its arguments as JSON.

    :param path: the location of the value, for errors.
    :raises OptionError: JSON has no such value, or two keys are the same in JSON.
    """
    if isinstance(value, str):
        return str.__str__(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return _require_finite(float(value), path)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return _convert_object(value, path)
    if isinstance(value, (list, tuple)):
        return [to_builtin(item, f"{path}[{place}]") for place, item in enumerate(value)]
    if isinstance(value, (set, frozenset)):
        # In the same order in each run.
        return sorted((to_builtin(item, path) for item in value), key=str)
    if isinstance(value, bytes):
        raise OptionError(f"{_format_value(path)} is binary data, which JSON cannot represent. Write it as text.")
    return str(value)


def require_text(value: Any, name: str) -> None:
    """
    :raises OptionError: an option, or an entry of it, is a number or a boolean.
    """
    for item in value if isinstance(value, (list, tuple)) else [value]:
        if isinstance(item, (bool, int, float)):
            try:
                require_string(item)
            except ValueError as error:
                raise OptionError(f"{name} {error}.") from None


def require_no_dates(value: Any, path: str) -> None:
    """
    :raises OptionError: it contains a date, whose spelling in YAML is lost.
    """
    if isinstance(value, date):
        raise OptionError(f"{path} must be a string, and {value} is a date: quote it, or use `| string`.")
    if isinstance(value, Mapping):
        for key, item in value.items():
            require_no_dates(item, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            require_no_dates(item, f"{path}[{place}]")


def _convert_object(value: Mapping[Any, Any], path: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, item in value.items():
        name = _convert_key(key, path)
        where = f"{path}.{name}" if path else name
        if name in result:
            raise OptionError(
                f"{_format_value(path)} has the key {name} twice: as in JSON, keys become text. Remove one of them."
            )
        result[name] = to_builtin(item, where)
    return result


def _convert_key(key: Any, path: str) -> str:
    """A key as JSON has it: ``404`` is ``"404"``, and ``true`` is ``"true"``."""
    key = to_builtin(key, path)
    if isinstance(key, str):
        return key
    if isinstance(key, list):
        raise OptionError(
            f"{_format_value(path)} has a list as a key, which JSON cannot represent. Write the key as text."
        )
    return json.dumps(key)


def _require_finite(value: float, path: str) -> float:
    if not isfinite(value):
        raise OptionError(
            f"{_format_value(path)} is {value}, which is no number in JSON. Quote it if it is meant as text."
        )
    return value


def _format_value(path: str) -> str:
    return path or "A value"
