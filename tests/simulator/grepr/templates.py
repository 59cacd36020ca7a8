# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates: all versions are kept until a template is deleted. A test evaluates the JavaScript of a template."""

from __future__ import annotations

import json
from typing import Any

import quickjs
from aiohttp import web

from ..core.responses import json_response
from . import graph as job_graph
from .endpoints import ApiError, Route, get_flag, get_number, read_json
from .job_records import generate_id
from .resource import Item, Resource
from .schemas import NAMES, Schema, anything, flag, list_of, map_of, number, optional, read_only, required, text

_DRAFT = Schema({"name": optional(text()), "tagKey": optional(text()), "tagValue": optional(text())})
_TEMPLATE = Schema(
    {
        "name": required(text(shortest=1)),
        "template": required(text()),
        "version": optional(number(0)),
        "description": optional(text()),
        "inputSchema": optional(map_of(anything)),
        "inputs": optional(map_of(text()), {}),
        "outputs": optional(map_of(text()), {}),
        "draftOutputs": optional(list_of(_DRAFT.rule), []),
        "teamIds": optional(NAMES, []),
        "sourceHash": optional(text()),
        **dict.fromkeys(("id", "organizationId", "builtIn", "latest", "isLatest"), read_only()),
    }
)
# Limits for the code of one template.
_SECONDS, _BYTES = 2, 64 * 2**20
_INPUT = Schema({"draft": optional(flag, False), "values": optional(map_of(anything), {})})
_TRIAL = Schema(
    {
        "template": required(anything),
        "input": required(_INPUT.rule),
        "checkValidGreprJobGraph": optional(flag, False),
        "skipInputValidation": optional(flag, False),
    }
)


class Templates(Resource):
    """The endpoints below ``/templates``; the store has all versions, the newest last."""

    kind, path, noun, wrapped, lenient_delete = "templates", "/templates", "Template", True, True
    schema = _TEMPLATE

    def more_routes(self) -> list[Route]:
        """The test."""
        return [Route("POST", f"{self.path}/test", self.test)]

    def view(self, item: Item) -> Item:
        """The newest version."""
        newest: Item = item["versions"][-1]
        return {**newest, "latest": True}

    def make(self, given: Item) -> Item:
        """New templates start at version 1."""
        return {"versions": [{**given, "version": 1, "organizationId": "acme", "builtIn": False}]}

    def add(self, item: Item, item_id: str) -> Item:
        """Each version has the id."""
        self.items_by_id[item_id] = {"id": item_id, "versions": [{"id": item_id, **one} for one in item["versions"]]}
        return self.items_by_id[item_id]

    async def read(self, request: web.Request) -> web.Response:
        """The newest version, a given one, or all."""
        versions = self.get_or_404(request)["versions"]
        shown = [{**one, "latest": one is versions[-1]} for one in versions]
        if get_flag(request, "latest"):
            shown = shown[-1:]
        elif "version" in request.query:
            wanted = get_number(request, "version", 0, 0)
            shown = [one for one in shown if one["version"] == wanted]
        if self.state.settings.grepr.template_shape == "object":
            if not shown:
                raise ApiError(404, f"Template {request.match_info['id']} has no such version")
            return json_response(shown[-1])
        return json_response({"items": shown})

    async def update(self, request: web.Request) -> web.Response:
        """The next version."""
        item = self.find(request)
        if item is None:
            raise ApiError(400, f"Template {request.match_info['id']} not found")
        newest = item["versions"][-1]
        if newest["builtIn"]:
            raise ApiError(400, f"Template {item['id']} is built in")
        given = _TEMPLATE.read(await read_json(request))
        if given.get("version") != newest["version"] + 1:
            raise ApiError(400, f"version must be {newest['version'] + 1}, not {given.get('version')}")
        item["versions"].append({"id": item["id"], **given, "organizationId": "acme", "builtIn": False})
        return json_response(self.view(item))

    def check_delete(self, item: Item) -> None:
        """A built-in one cannot be deleted; one in use depends on a setting."""
        if item["versions"][-1]["builtIn"]:
            raise ApiError(400, f"Template {item['id']} is built in")
        users = self.state.jobs.users(item["id"], job_graph.iter_references)
        if users and self.state.settings.grepr.template_in_use == 409:
            raise ApiError(409, f"Template {item['id']} is used by {', '.join(users)}")

    async def test(self, request: web.Request) -> web.Response:
        """The graph of a template and its input: a planned one, or the value of its code."""
        given = _TRIAL.read(await read_json(request))
        template = self._render_trial(given["template"])
        values = given["input"].get("values") or {}
        if not given["skipInputValidation"]:
            required = (template.get("inputSchema") or {}).get("required", [])
            if missing := [name for name in required if name not in values]:
                raise ApiError(400, body={"error": f"the input lacks {', '.join(missing)}"})
        graph = self.state.trials.get(template["name"]) or _evaluate(template["template"], values)
        is_checked, ports = given["checkValidGreprJobGraph"], self.state.template_ports
        if is_checked and (found := job_graph.find_problems(graph, ports, is_part=True)):
            raise ApiError(400, body={"error": "; ".join(found)})
        return json_response(graph)

    def _render_trial(self, given: object) -> Item:
        """A template as an object, or only its text."""
        if isinstance(given, str):
            return {"name": "", "template": given}
        if found := _TEMPLATE.find_problems(given):
            raise ApiError(400, body={"error": "; ".join(found)})
        return dict(given) if isinstance(given, dict) else {}

    def example(self, name: str) -> Item:
        """It renders an empty graph."""
        return {"name": name, "template": '{"vertices": [], "edges": []}', "version": 1}

    def seed(self, given: Item, number: int) -> Item:
        """A template with one version, or with all of ``versions``."""
        name = str(given.get("name", f"template_{number:05}"))
        item_id = str(given.get("id", generate_id(f"templates/{name}")))
        server = {"organizationId": "acme", "builtIn": False}
        versions = given.get("versions") or [given]
        return self.add({"versions": [{**server, **self.example(name), **one} for one in versions]}, item_id)


def _evaluate(code: str, values: dict[str, Any]) -> Any:
    """The value of the code, in which each input value is a variable (documented).

    Inferred: the value is that of the code as an expression, else that of its last statement.
    """
    for form in ("(\n{}\n)", "{}"):
        try:
            return _run(form.replace("{}", code), values)
        except (quickjs.JSException, ValueError) as problem:
            reason = str(problem).partition("\n")[0]
            if not reason.startswith("SyntaxError"):
                break
    raise ApiError(400, body={"error": f"the template could not be evaluated: {reason}"})


def _run(code: str, values: dict[str, Any]) -> Any:
    context = quickjs.Context()
    context.set_time_limit(_SECONDS)
    context.set_memory_limit(_BYTES)
    for name, value in values.items():
        context.set(name, context.parse_json(json.dumps(value)))
    value = context.eval(code)
    if not isinstance(value, quickjs.Object):
        raise ValueError(f"its value is {value!r}, which is not an object")
    return json.loads(value.json())
