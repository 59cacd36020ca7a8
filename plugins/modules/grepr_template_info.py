#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_template_info
short_description: Get information about Grepr templates
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - List the templates of an organization, or only those that match the filters.
  - Grepr has no filters for templates. The module reads all of them and filters the result. A template must match one
    item of each list that is given.
options:
  name:
    description: Return only the templates with these names.
    type: list
    elements: str
  id:
    description: Return only the templates with these IDs.
    type: list
    elements: str
  built_in:
    description: Return only the templates that are built into Grepr, or only the others.
    type: bool
  versions:
    description: Whether to return all versions of the templates instead of the latest, which requires one additional
      call for each template.
    type: bool
    default: false
seealso:
  - module: greyops.rest.grepr_template
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
- name: List the templates that are not built into Grepr
  greyops.rest.grepr_template_info:
    built_in: false
  register: own

- name: Read all versions of a template
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
    - With O(summary=true), lines with C(name), C(version) and C(id).
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
from ..module_utils._grepr.resources import FILTER_SPEC, GreprResourceApi, filter_items
from ..module_utils._grepr.service import GREPR
from ..module_utils._grepr.templates import TEMPLATES
from ..module_utils._module import run_module
from ..module_utils._resource import info_operation

SPEC = ArgumentSpec(options={"built_in": {"type": "bool"}, "versions": {"type": "bool", "default": False}})


def list_templates(context: Context) -> list[dict[str, Any]]:
    built_in = context.params["built_in"]
    api = GreprResourceApi(GREPR.open_client(context), TEMPLATES)
    templates = filter_items(api.list_items(), context.params)
    if built_in is not None:
        templates = [template for template in templates if bool(template.get("builtIn")) == built_in]
    if context.params["versions"]:
        return [version for template in templates for version in api.list_versions(str(template["id"]))]
    return templates


OPERATION = info_operation(GREPR.spec + FILTER_SPEC + SPEC, "templates", list_templates, ("name", "version", "id"))


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
