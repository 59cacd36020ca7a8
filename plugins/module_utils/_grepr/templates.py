# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Templates, and their rendering."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._argspec import ArgumentSpec
from .._comparison import drop_none
from .._errors import HTTPStatusError, OptionError
from .._resource import ABSENT, STATE_SPEC, plan_resource
from .resource_kinds import Params, ResourceChange, ResourceKind
from .resources import RESOURCE_SPEC, GreprResourceApi, GreprResourceType

if TYPE_CHECKING:
    from .._http.client import ApiClient
    from .._resource import Item
    from .names import NameResolver

# The server adds only other keys to a template, so each of these is compared as a whole.
TEMPLATES = GreprResourceType(
    noun="template",
    path="/v1/templates",
    writable=("name", "template", "description", "inputSchema", "inputs", "outputs", "draftOutputs", "teamIds"),
    required={"template": "template"},
    defaults={"inputs": {}, "outputs": {}, "draftOutputs": [], "teamIds": []},
    compared_exactly=frozenset({"inputSchema", "inputs", "outputs", "draftOutputs"}),
    first_version=1,
)


def require_not_built_in(current: Item | None, changed: bool) -> None:
    """Fail for templates that are built in, which Grepr owns."""
    if changed and current is not None and current.get("builtIn"):
        raise OptionError(
            f"The template {current.get('name')} is built in and cannot be changed.", hint="Use another name."
        )


def render(client: ApiClient, template: Item, trial: dict[str, Any]) -> Item:
    """Render the graph that a template produces from an input, without writing anything (documented).

    :param trial: ``values``, ``draft``, ``check_graph`` and ``validate_input``.
    """
    # A fragment with inputs or outputs of its own is not a complete graph.
    is_piece = bool(template.get("inputs") or template.get("outputs"))
    check_graph = not is_piece if trial["check_graph"] is None else trial["check_graph"]
    body = {
        "template": {
            **{key: template[key] for key in TEMPLATES.writable if key in template},
            "version": _get_version(template),
        },
        "input": {"draft": trial["draft"], "values": trial["values"] or {}},
        "checkValidGreprJobGraph": check_graph,
        "skipInputValidation": not trial["validate_input"],
    }
    response = client.call("POST", "/v1/templates/test", json=body, idempotent=True)
    graph = response.parse_json()
    if not isinstance(graph, dict):
        raise response.build_error(HTTPStatusError, "answered with JSON that is not a graph.", hint="Check api_url.")
    return graph


def _get_version(template: Item) -> int:
    return int(template.get("version") or TEMPLATES.first_version or 0)


def _open_api(names: NameResolver, _params: Params) -> GreprResourceApi:
    return GreprResourceApi(names.client, TEMPLATES)


def _plan(
    names: NameResolver, api: GreprResourceApi, current: Item | None, params: Params, path: str
) -> ResourceChange:
    plan = plan_resource(TEMPLATES, current, _build_desired(names, params, path), params["state"])
    require_not_built_in(current, plan.changed)
    return ResourceChange(api, plan)


def _build_desired(names: NameResolver, params: Params, path: str) -> Item:
    if params["state"] == ABSENT:
        return {}
    return drop_none(
        name=params["name"],
        template=params["template"],
        description=params["description"],
        inputSchema=params["input_schema"],
        inputs=params["inputs"],
        outputs=params["outputs"],
        draftOutputs=params["draft_outputs"],
        teamIds=names.teams(params["team_ids"], f"{path}team_ids"),
    )


TEMPLATE_KIND = ResourceKind(
    spec=RESOURCE_SPEC
    + STATE_SPEC
    + ArgumentSpec(
        options={
            "template": {"type": "str"},
            "description": {"type": "str"},
            "input_schema": {"type": "dict"},
            "inputs": {"type": "dict"},
            "outputs": {"type": "dict"},
            "draft_outputs": {"type": "list", "elements": "dict"},
            "team_ids": {"type": "list", "elements": "str"},
        }
    ),
    open_api=_open_api,
    plan=_plan,
)
