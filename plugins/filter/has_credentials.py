# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: has_credentials
short_description: Whether there are credentials for a service
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Tests whether an option holds a credential, or the controller's environment all that one way to authenticate needs.
  - A part of a credential is enough among the options, so that the module fails with what is missing.
  - The role P(greyops.rest.api_facts#role) uses it. It may change with any version, so do not use it
    elsewhere.
positional: service
options:
  _input:
    description: The options of a module of the service.
    type: dict
    required: true
  service:
    description: The service.
    type: str
    choices: [grepr, greymatter]
    required: true
"""

EXAMPLES = r"""
- name: List the jobs where there are credentials
  greyops.rest.grepr_job_info:
  when: "{} | greyops.rest.has_credentials('grepr')"
"""

RETURN = r"""
_value:
  description: Whether there are credentials.
  type: bool
"""

import os
from collections.abc import Callable
from typing import Any

from ..module_utils._grepr.service import GREPR
from ..module_utils._greymatter.service import GREYMATTER
from ..plugin_utils._filters import make_filter

_SPECS = {service.name: service.spec for service in (GREPR, GREYMATTER)}


def has_credentials(options: dict[str, Any], service: str) -> bool:
    return _SPECS[service].has_credentials(options, os.environ)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"has_credentials": make_filter(has_credentials)}
