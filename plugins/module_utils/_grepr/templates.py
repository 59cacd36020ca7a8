# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Templates, and their rendering."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._argspec import ArgumentSpec
from .._comparison import drop_none
from .._errors import HTTPStatusError, OptionError
from .resource_kinds import Params, define_kind
from .resources import GreprResourceType

if TYPE_CHECKING:
    from .._http.client import ApiClient
    from .._resource import Item, ResourcePlan
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


def _require_not_built_in(plan: ResourcePlan) -> None:
    require_not_built_in(plan.before, plan.changed)


def _build_desired(names: NameResolver, current: Item | None, params: Params, path: str) -> Item:
    return drop_none(
        name=params["name"],
        template=params["template"],
        description=params["description"],
        inputSchema=params["input_schema"],
        inputs=params["inputs"],
        outputs=params["outputs"],
        draftOutputs=params["draft_outputs"],
        teamIds=names.teams(params["team_ids"], current, f"{path}team_ids"),
    )


TEMPLATE_KIND = define_kind(
    TEMPLATES,
    ArgumentSpec(
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
    _build_desired,
    _require_not_built_in,
)
