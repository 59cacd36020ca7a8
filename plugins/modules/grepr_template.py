#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_template
short_description: Manage Grepr templates
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Create, update, test and delete a template, which is JavaScript code that turns an input into a graph.
  - An update creates a new version. Grepr keeps the previous versions.
  - The given options are compared with the current template. Omitted options are not changed.
options:
  name:
    description:
      - The name of the template.
      - If O(id) is given, the new name of the template.
    type: str
  id:
    description:
      - The ID of the template. Use it if several templates have the same name, or to rename a template.
      - Required if O(name) is not given. The ID of a new template cannot be chosen.
    type: str
  state:
    description:
      - V(present) creates or updates the template.
      - V(absent) deletes the template with all its versions.
    type: str
    choices: [present, absent]
    default: present
  template:
    description:
      - The source code of the template, in JavaScript.
      - Required if the template does not exist.
    type: str
  description:
    description: A description of the template.
    type: str
  input_schema:
    description: The complete JSON Schema of the input.
    type: dict
  inputs:
    description: All inputs of a vertex that uses this template, each with the C(operation:input) that it is connected
      to.
    type: dict
  outputs:
    description: All outputs of a vertex that uses this template, each with the C(operation:output) that it is connected
      to.
    type: dict
  draft_outputs:
    description: All outputs for drafts, each with C(name), C(tagKey) and C(tagValue).
    type: list
    elements: dict
  team_ids:
    description: The IDs or names of all teams that the template belongs to.
    type: list
    elements: str
  test:
    description:
      - An input to test the template with before anything is written, in check mode too.
      - Fails if the template does not create a graph from it. The template is then not changed.
    type: dict
    suboptions:
      values:
        description: The values of the input.
        type: dict
        default: {}
      draft:
        description: Whether to create the graph of a draft.
        type: bool
        default: false
      check_graph:
        description:
          - Whether Grepr tries to read the output of the template as a job graph. The test fails if the output is not a
            valid job graph.
          - Sources, sinks and edges are not required, because a template can create a part of a graph.
          - By default, the graph is validated unless the template has O(inputs) or O(outputs).
        type: bool
      validate_input:
        description: Whether Grepr validates the values against O(input_schema).
        type: bool
        default: true
notes:
  - Templates that are built into Grepr can be tested but not changed.
seealso:
  - module: greyops.rest.grepr_template_info
  - module: greyops.rest.grepr_job
    description: Use templates by name or ID.
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
    details: Shows the writable properties and leaves out values added by Grepr.
  idempotent:
    support: full
"""

EXAMPLES = r"""
- name: Create a template if it creates a graph from an input
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

- name: Test an existing template
  greyops.rest.grepr_template:
    name: web_filter
    test:
      values:
        service: payments
  check_mode: true

- name: Delete the template with all its versions
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
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
"""

from ..module_utils._argspec import ArgumentSpec
from ..module_utils._context import Context
from ..module_utils._grepr.names import NameResolver
from ..module_utils._grepr.resource_kinds import build_result
from ..module_utils._grepr.service import GREPR
from ..module_utils._grepr.templates import TEMPLATE_KIND, render
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult

_TEST = {
    "values": {"type": "dict", "default": {}},
    "draft": {"type": "bool", "default": False},
    "check_graph": {"type": "bool"},
    "validate_input": {"type": "bool", "default": True},
}

SPEC = ArgumentSpec(options={"test": {"type": "dict", "options": _TEST}})


def run(context: Context) -> OperationResult:
    client, test = GREPR.open_client(context), context.params["test"]
    change = TEMPLATE_KIND.plan_change(NameResolver(client, context.params["auth"]), context.params)
    planned = change.predict()
    graph = {} if test is None or planned is None else {"graph": render(client, planned, test)}
    return build_result(context, "template", change, **graph)


OPERATION = Operation(spec=GREPR.spec + TEMPLATE_KIND.spec + SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
