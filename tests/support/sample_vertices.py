# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pipeline with each type of vertex, which has a value in each documented property."""

from __future__ import annotations

import copy
from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._grepr.vertex_types import SINK, SOURCE, VERTEX_TYPES

# Looks like references, numbers and empty values, and is data.
_DATA = {"integrationId": "stripe", "nested": {"type": "datadog-log-sink", "empty": None, "list": [1.0, {}]}}


def build_vertex(kind: str) -> dict[str, Any]:
    known = VERTEX_TYPES[kind]
    values: dict[str, Any] = {name: copy.deepcopy(_DATA) for name in known.properties or ("anything",)}
    values |= {steps[0]: "0zzzzzzzzzzzz" for steps in known.references if len(steps) == 1}
    values |= {steps[0]: ["an old name"] for steps in known.references if steps[1:] == ("*",)}
    if kind == "template-operation":
        values["templateInputs"] = {"input": copy.deepcopy(_DATA)}
    if kind == "logs-values-source":
        values["values"] = [{"attributes": copy.deepcopy(_DATA), "tags": {"a": ["b"]}}]
    return {"type": kind, "name": "v", **values}


def build_pipelines() -> list[dict[str, Any]]:
    """One pipeline for each type, as an account has it."""
    around = [{"type": "logs-values-source", "name": "first"}, {"type": "discarding-sink", "name": "last"}]
    pipelines = []
    for kind, known in VERTEX_TYPES.items():
        edges = ([] if known.role == SOURCE else ["first -> v"]) + ([] if known.role == SINK else ["v:output -> last"])
        graph = {"vertices": [build_vertex(kind), *around], "edges": edges}
        pipelines.append({"name": f"p_{kind.replace('-', '_')}", "jobGraph": graph})
    return pipelines
