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

from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError, OptionError, fault
from ansible_collections.greyops.rest.plugins.module_utils._http.host import Directories, SilentHost
from ansible_collections.greyops.rest.plugins.module_utils._texts import text_of


def controller_directories() -> Directories:
    """Ansible's home, and the directory that core makes for each run and removes at its end."""
    # Asking the configuration for the second would make another directory.
    return Directories(ansible_home=C.ANSIBLE_HOME, run=C.DEFAULT_LOCAL_TMP)  # type: ignore[attr-defined]


@contextmanager
def reporting(family: type[AnsibleError]) -> Iterator[SilentHost]:
    """A host for a plugin that has no result: warnings are shown at its end, and what fails is an error of Ansible's.

    Both are redacted of all secrets that the host knows.
    """
    host = SilentHost(controller_directories())
    try:
        yield host
    except GreyopsError as error:
        raise family(host.secrets.redact(error.msg)) from None
    except AnsibleError as error:
        raise family(host.secrets.redact(str(error))) from None
    except Exception as error:  # core would show what it says
        raise family(fault(error).msg) from None
    finally:
        for warning in host.warnings:
            Display().warning(warning)


def plain(value: Any, path: str = "") -> Any:
    """The same value in Python's own types, with the meaning that JSON gives it.

    Core's tagged and encrypted types break serializers further down, and a module's process gets its arguments as JSON.

    :param path: where the value stands, for errors.
    :raises OptionError: JSON has no such value, or two keys are one key in JSON.
    """
    if isinstance(value, str):
        return str.__str__(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return _finite(float(value), path)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return _plain_object(value, path)
    if isinstance(value, (list, tuple)):
        return [plain(item, f"{path}[{place}]") for place, item in enumerate(value)]
    if isinstance(value, (set, frozenset)):
        # In the same order in each run.
        return sorted((plain(item, path) for item in value), key=str)
    if isinstance(value, bytes):
        raise OptionError(f"{_shown(path)} is binary data, which JSON cannot represent. Write it as text.")
    return str(value)


def require_text(value: Any, name: str) -> None:
    """
    :raises OptionError: an option, or an entry of it, is a number or a boolean.
    """
    for item in value if isinstance(value, (list, tuple)) else [value]:
        if isinstance(item, (bool, int, float)):
            try:
                text_of(item)
            except ValueError as error:
                raise OptionError(f"{name} {error}.") from None


def require_no_dates(value: Any, path: str) -> None:
    """
    :raises OptionError: there is a date, of which YAML does not say how it was written.
    """
    if isinstance(value, date):
        raise OptionError(f"{path} must be a string, and {value} is a date: quote it, or use `| string`.")
    if isinstance(value, Mapping):
        for key, item in value.items():
            require_no_dates(item, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            require_no_dates(item, f"{path}[{place}]")


def _plain_object(value: Mapping[Any, Any], path: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, item in value.items():
        name = _plain_key(key, path)
        where = f"{path}.{name}" if path else name
        if name in result:
            raise OptionError(
                f"{_shown(path)} has the key {name} twice: as in JSON, keys become text. Remove one of them."
            )
        result[name] = plain(item, where)
    return result


def _plain_key(key: Any, path: str) -> str:
    """A key as JSON has it: ``404`` is ``"404"``, and ``true`` is ``"true"``."""
    key = plain(key, path)
    if isinstance(key, str):
        return key
    if isinstance(key, list):
        raise OptionError(f"{_shown(path)} has a list as a key, which JSON cannot represent. Write the key as text.")
    return json.dumps(key)


def _finite(value: float, path: str) -> float:
    if not isfinite(value):
        raise OptionError(f"{_shown(path)} is {value}, which is no number in JSON. Quote it if it is meant as text.")
    return value


def _shown(path: str) -> str:
    return path or "A value"
