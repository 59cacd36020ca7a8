#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_template
short_description: Manage a template of Grepr
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Makes, changes and deletes a template, a piece of JavaScript that turns an input into a graph, and tries it out.
  - A change makes a new version, and Grepr keeps the versions of before.
  - Compares what you give with what is there. What you leave out stays as it is.
options:
  name:
    description:
      - The template's name.
      - With O(id), the name that it is to have from now on.
    type: str
  id:
    description:
      - The template's id, where there are several of one name, or to give it another name.
      - Needed unless O(name) is given. A template cannot be made with an id of its own.
    type: str
  state:
    description:
      - V(present) makes the template, or changes it.
      - V(absent) deletes it, with all its versions.
    type: str
    choices: [present, absent]
    default: present
  template:
    description:
      - The text of the template, in JavaScript.
      - Needed to make a template.
    type: str
  description:
    description: What the template is for.
    type: str
  input_schema:
    description: The JSON Schema of the input, all of it.
    type: dict
  inputs:
    description: The inputs of a vertex with this template, all of them, each with the C(operation:input) that it
      leads to.
    type: dict
  outputs:
    description: The outputs of a vertex with this template, all of them, each with the C(operation:output) that it
      comes from.
    type: dict
  draft_outputs:
    description: The outputs for drafts, all of them, each with C(name), C(tagKey) and C(tagValue).
    type: list
    elements: dict
  team_ids:
    description: The ids or names of the teams that the template belongs to, all of them.
    type: list
    elements: str
  test:
    description:
      - An input to try the template out with, before anything is written, in check mode too.
      - When the template makes no graph of it, the task fails, and the template stays as it is.
    type: dict
    suboptions:
      values:
        description: The values of the input.
        type: dict
        default: {}
      draft:
        description: Whether the graph is to be that of a draft.
        type: bool
        default: false
      check_graph:
        description:
          - Whether Grepr is to check that the graph is one that could run.
          - By default it does, unless the template has O(inputs) or O(outputs), for then it makes a piece of a graph.
        type: bool
      validate_input:
        description: Whether Grepr is to check the values against O(input_schema).
        type: bool
        default: true
notes:
  - Templates that Grepr brings along, which are built in, can be tried out, and cannot be changed.
seealso:
  - module: greyops.rest.grepr_template_info
  - module: greyops.rest.grepr_job
    description: Uses templates by name or id.
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.grepr
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Shows what can be written, and leaves out what Grepr adds.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Make a template, but only if it makes a graph of an input
  greyops.rest.grepr_template:
    name: web_filter
    description: Keeps the events of one service.
    template: "{{ lookup('ansible.builtin.file', 'web_filter.js') }}"
    input_schema:
      type: object
      required: [service]
      properties:
        service:
          type: string
    inputs:
      input: filter:input
    outputs:
      output: filter
    test:
      values:
        service: web
  register: result

- name: Show the graph
  ansible.builtin.debug:
    var: result.graph

- name: Try out what is there already
  greyops.rest.grepr_template:
    name: web_filter
    test:
      values:
        service: payments
  check_mode: true

- name: Delete it with all its versions
  greyops.rest.grepr_template:
    name: web_filter
    state: absent
"""

RETURN = r"""
template:
  description:
    - The template as Grepr has it, or as it would be in check mode, in its newest version.
    - V(null) when there is none.
  returned: success
  type: dict
  sample:
    id: 0ktemplate001
    name: web_filter
    version: 2
    template: "({vertices: [], edges: []})"
    description: Keeps the events of one service.
    inputs:
      input: filter:input
    outputs:
      output: filter
    builtIn: false
    teamIds: []
graph:
  description: The graph that the template made of the input.
  returned: success, with O(test)
  type: dict
  sample:
    vertices:
      - type: logs-filter
        name: filter
    edges: []
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
    POST https://acme.app.grepr.ai/api/v1/templates/test failed with HTTP 400 Bad Request: the input lacks service.
    Check the values that were sent.
status:
  description: The HTTP status of the answer.
  returned: failure, when there was an answer
  type: int
  sample: 400
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://acme.app.grepr.ai/api/v1/templates/test
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: POST
"""

from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._comparison import wish_of
from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._grepr.references import References
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import (
    RESOURCE_SPEC,
    Collection,
    plan,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.templates import (
    TEMPLATES,
    refuse_built_in,
    try_out,
)
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._operation import Call, Operation, Outcome
from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec

_TEST = {
    "values": {"type": "dict", "default": {}},
    "draft": {"type": "bool", "default": False},
    "check_graph": {"type": "bool"},
    "validate_input": {"type": "bool", "default": True},
}

SPEC = ArgumentSpec(
    options={
        "template": {"type": "str"},
        "description": {"type": "str"},
        "input_schema": {"type": "dict"},
        "inputs": {"type": "dict"},
        "outputs": {"type": "dict"},
        "draft_outputs": {"type": "list", "elements": "dict"},
        "team_ids": {"type": "list", "elements": "str"},
        "test": {"type": "dict", "options": _TEST},
    }
)


def run(call: Call) -> Outcome:
    params, state = call.params, call.params["state"]
    client = open_client(params, call.host, call.secrets)
    templates = Collection(client, TEMPLATES)
    current = templates.find(params["name"], params["id"], state=state)
    planned = plan(
        TEMPLATES, current, _wish(params, References(client, params["auth"])) if state == "present" else {}, state
    )
    refuse_built_in(current, planned.changed)
    graph = {}
    if params["test"] is not None and planned.after is not None:
        graph = {"graph": try_out(client, planned.after, params["test"])}
    template = planned.after if call.check_mode else templates.carry_out(planned)
    return Outcome(planned.changed, {"template": template, **graph}, planned.as_diff())


def _wish(params: dict[str, Any], references: References) -> dict[str, Any]:
    return wish_of(
        name=params["name"],
        template=params["template"],
        description=params["description"],
        inputSchema=params["input_schema"],
        inputs=params["inputs"],
        outputs=params["outputs"],
        draftOutputs=params["draft_outputs"],
        teamIds=references.teams(params["team_ids"]),
    )


OPERATION = Operation(spec=GREPR_SPEC + RESOURCE_SPEC + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
