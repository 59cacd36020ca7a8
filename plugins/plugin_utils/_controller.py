# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.utils.display import Display

from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError, fault
from ansible_collections.greyops.rest.plugins.module_utils._http.host import Directories, SilentHost


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


def plain(value: Any) -> Any:
    """The same value in Python's own types: core's tagged and encrypted ones break serializers further down."""
    if isinstance(value, str):
        return str.__str__(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    return str(value)
