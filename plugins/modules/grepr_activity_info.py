#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_activity_info
short_description: Get information about the activities in a Grepr organization
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Search the activity logs of an organization, which record what users and Grepr did. Use them as evidence for audits.
  - The filters are applied by Grepr. An activity must match all filters that are given, and one item of each list.
  - Grepr returns the activities of all resources that the credential has access to. According to its documentation, it
    requires the permission for system logs for this.
options:
  start:
    description:
      - Return only activities since this time, as an RFC 3339 timestamp such as V(2026-03-01T12:00:00Z), or relative to
        the current time, such as V(-15m), V(-1h) or V(-2d).
      - The clock of the host that runs the module is used.
    type: str
  end:
    description: Return only activities until this time, in the same format as O(start), or V(now).
    type: str
  users:
    description:
      - Return only activities of these users, by ID or e-mail address.
      - E-mail addresses require a token, because Grepr shows the list of users only to tokens. Users who are no longer
        in the organization must be given by ID.
    type: list
    elements: str
  types:
    description:
      - Return only activities of these types. Grepr documents V(INTEGRATION_IMPORT), V(INTEGRATION_STATISTICS),
        V(JOB_EXECUTION), V(USER_ACTIVITY) and V(SECURITY_EVENT).
    type: list
    elements: str
  search:
    description:
      - Return only activities whose message matches this search. Grepr uses the full-text search of PostgreSQL.
    type: str
  limit:
    description:
      - The maximum number of activities to return. V(1) or more.
      - Grepr returns at most 1000 activities per request, so a higher limit requires several requests.
    type: int
    default: 1000
seealso:
  - module: greyops.rest.grepr_user_info
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._selection
  - greyops.rest._attributes
  - greyops.rest._attributes.info
  - greyops.rest._attributes.grepr
"""

EXAMPLES = r"""
- name: Read what a user did in the last day
  greyops.rest.grepr_activity_info:
    users: [ann@example.com]
    types: [USER_ACTIVITY]
    start: -1d
  register: result

- name: Show the messages
  ansible.builtin.debug:
    msg: "{{ result.activities | map(attribute='message') }}"

- name: Keep the security events of a month for an audit
  greyops.rest.grepr_activity_info:
    types: [SECURITY_EVENT]
    start: "2026-03-01T00:00:00Z"
    end: "2026-04-01T00:00:00Z"
    limit: 100000
  register: events

- name: Find imports that failed
  greyops.rest.grepr_activity_info:
    search: failed import
"""

RETURN = r"""
activities:
  description:
    - The activities as Grepr returns them, in its order.
    - Empty when there is none.
    - With O(summary=true), lines with C(eventTimestamp), C(type) and C(message).
  returned: success
  type: list
  elements: dict
  sample:
    - type: log
      id: 0kactivity00001
      eventTimestamp: 1772366400000
      receivedTimestamp: 1772366400000
      severity: 9
      message: Pipeline web_logs was updated
      tags: {}
      attributes: {}
api:
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

from typing import Any

from ..module_utils._argspec import ArgumentSpec
from ..module_utils._context import Context
from ..module_utils._grepr.activity_logs import build_search, build_user_criteria, search_activities
from ..module_utils._grepr.service import GREPR
from ..module_utils._module import run_module
from ..module_utils._resource import info_operation

SPEC = ArgumentSpec(
    options={
        "start": {"type": "str"},
        "end": {"type": "str"},
        "users": {"type": "list", "elements": "str"},
        "types": {"type": "list", "elements": "str"},
        "search": {"type": "str"},
        "limit": {"type": "int", "default": 1000},
    }
)


def list_activities(context: Context) -> list[dict[str, Any]]:
    params = context.params
    criteria = build_search(params)
    if [] in (params["users"], params["types"]):
        # As criteria they would match every activity (documented).
        return []
    client = GREPR.open_client(context)
    return search_activities(client, {**criteria, **build_user_criteria(client, params["users"])}, params["limit"])


OPERATION = info_operation(GREPR.spec + SPEC, "activities", list_activities, ("eventTimestamp", "type", "message"))


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
