#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_template_info
short_description: Read templates of Grepr
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Lists the templates of an organization, all of them or those that match the filters.
  - Grepr itself knows no filters here, so that all are read and the module does the filtering. A template has to
    match one item of each list that is given.
options:
  name:
    description: Only the templates with these names.
    type: list
    elements: str
  id:
    description: Only the templates with these ids.
    type: list
    elements: str
  built_in:
    description: Only the templates that Grepr brings along, or only the others.
    type: bool
  versions:
    description: Whether to list all versions of the templates, instead of the newest, with a further call for each one.
    type: bool
    default: false
seealso:
  - module: greyops.rest.grepr_template
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.info
  - greyops.rest._attributes.grepr
"""

EXAMPLES = r"""
- name: List the templates of the organization itself
  greyops.rest.grepr_template_info:
    built_in: false
  register: own

- name: Read all versions of one
  greyops.rest.grepr_template_info:
    name: web_filter
    versions: true
  register: history
"""

RETURN = r"""
templates:
  description:
    - The templates as Grepr returns them, sorted by name and id.
    - Empty when there is none.
    - With O(versions=true), by version as well.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 0ktemplate001
      name: web_filter
      version: 2
      template: "({vertices: [], edges: []})"
      builtIn: false
      teamIds: []
api:
  description: What the task asked of the API.
  returned: always
  type: dict
  contains:
    calls:
      description: Requests to the API itself, repeats included and logins not.
      returned: always
      type: int
      sample: 1
    retries:
      description: Requests that were sent again, with a new token or after a failure that may pass; logins included.
      returned: always
      type: int
      sample: 0
    waited:
      description: Seconds spent waiting before requests were sent again.
      returned: always
      type: float
      sample: 0.0
    token:
      description:
        - Where the credential came from.
        - V(granted) is a new login, V(refreshed) a new token got with a refresh token, V(stored) the token of the
          store, V(given) the token of the options, and V(api_key) the API key of the options.
      returned: always
      type: str
      sample: stored
msg:
  description: What failed, where and why, and what to do about it.
  returned: failure
  type: str
  sample: >-
    GET https://acme.app.grepr.ai/api/v1/templates failed with HTTP 403 Forbidden. The credential may be
    narrowed to less than this call needs: check its scope or roles.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 403
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://acme.app.grepr.ai/api/v1/templates
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: GET
"""

from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import FILTER_SPEC, Collection, filtered
from ansible_collections.greyops.rest.plugins.module_utils._grepr.templates import TEMPLATES
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

SPEC = ArgumentSpec(options={"built_in": {"type": "bool"}, "versions": {"type": "bool", "default": False}})


def run(call: Call) -> Outcome:
    built_in = call.params["built_in"]
    collection = Collection(open_client(call.params, call.host, call.secrets), TEMPLATES)
    templates = filtered(collection.listed(), call.params)
    if built_in is not None:
        templates = [template for template in templates if bool(template.get("builtIn")) == built_in]
    if call.params["versions"]:
        templates = [version for template in templates for version in collection.versions(str(template["id"]))]
    return Outcome(values={"templates": templates})


OPERATION = Operation(spec=GREPR_SPEC + FILTER_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
