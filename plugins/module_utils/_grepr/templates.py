# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError, ResponseError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import Kind

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import Item
    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient

# What the server adds to a template it adds beside these, so each is compared as a whole.
TEMPLATES = Kind(
    noun="template",
    path="/v1/templates",
    fields=("name", "template", "description", "inputSchema", "inputs", "outputs", "draftOutputs", "teamIds"),
    needed={"template": "template"},
    defaults={"inputs": {}, "outputs": {}, "draftOutputs": [], "teamIds": []},
    whole=frozenset({"inputSchema", "inputs", "outputs", "draftOutputs"}),
    first_version=1,
)


def refuse_built_in(current: Item | None, changed: bool) -> None:
    """Those that Grepr brings along belong to it."""
    if changed and current is not None and current.get("builtIn"):
        raise OptionError(
            f"The template {current.get('name')} is built in, and cannot be changed.", hint="Make one of another name."
        )


def try_out(client: ApiClient, template: Item, trial: dict[str, Any]) -> Item:
    """The graph that a template makes of an input, without writing anything (documented).

    :param trial: ``values``, ``draft``, ``check_graph`` and ``validate_input``.
    """
    # A piece with inputs or outputs of its own is no graph that could run.
    is_piece = bool(template.get("inputs") or template.get("outputs"))
    check_graph = not is_piece if trial["check_graph"] is None else trial["check_graph"]
    body = {
        "template": {
            **{key: template[key] for key in TEMPLATES.fields if key in template},
            "version": _version(template),
        },
        "input": {"draft": trial["draft"], "values": trial["values"] or {}},
        "checkValidGreprJobGraph": check_graph,
        "skipInputValidation": not trial["validate_input"],
    }
    answer = client.call("POST", "/v1/templates/test", json=body, repeatable=True)
    graph = answer.json()
    if not isinstance(graph, dict):
        raise answer.error(ResponseError, "answered with JSON that is no graph.", hint="Check api_url.")
    return graph


def _version(template: Item) -> int:
    return int(template.get("version") or TEMPLATES.first_version or 0)
