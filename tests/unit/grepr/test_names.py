# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names in place of ids, resolved over HTTP: each list is read once, and errors list the existing names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context, Directories, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.names import NameResolver
from ansible_collections.greyops.rest.plugins.module_utils._grepr.service import GREPR
from tests.unit.conftest import params

if TYPE_CHECKING:
    from tests.unit.conftest import Simulator

DATADOG, LAKE = "0jn5rdc93r10t", "0kabdv8yo9q99"
HEC: dict[str, Any] = {"id": "0ksplunk00001", "type": "splunk", "name": "hec"}


def references(simulator: Simulator, **credential: str) -> NameResolver:
    grepr = simulator.ready_info["grepr"]
    login = credential or {name: grepr[name] for name in ("auth_url", "client_id", "client_secret")}
    options = {"api_url": grepr["api_url"], "token_store": "none", **login}
    resolved = params(GREPR.spec, options)
    return NameResolver(
        GREPR.open_client(Context(resolved, NullRuntime(Directories("/nonexistent")))), resolved["auth"]
    )


def lists_read(simulator: Simulator) -> list[str]:
    return [one["path"] for one in simulator.admin("GET", "/requests") if one["method"] == "GET"]


def test_names_are_resolved_to_ids_at_any_depth(simulator: Simulator) -> None:
    graph = {
        "vertices": [
            {"type": "datadog-log-agent-source", "name": "a", "integrationId": "datadog main"},
            {"type": "event-dedup-iceberg-table-sink", "name": "b", "datasetId": "main lake", "vendorSinkId": "x"},
            {"type": "spans-iceberg-table-sink", "name": "c", "datasetId": "main lake"},
            {
                "type": "log-reducer",
                "name": "d",
                "integrationExceptionConfigs": [{"integrationId": "datadog main", "datasetId": LAKE}],
            },
            {"type": "logs-backfill-iceberg-table-source", "name": "e", "vendorSinkIntegrationIds": ["datadog main"]},
        ],
        "edges": ["a -> b"],
    }
    found = references(simulator).resolve_graph(graph)
    assert found["edges"] == graph["edges"]
    assert found["vertices"][0]["integrationId"] == DATADOG
    assert [vertex["datasetId"] for vertex in found["vertices"][1:3]] == [LAKE, LAKE]
    assert found["vertices"][3]["integrationExceptionConfigs"] == [{"integrationId": DATADOG, "datasetId": LAKE}]
    assert found["vertices"][4]["vendorSinkIntegrationIds"] == [DATADOG]
    paths = lists_read(simulator)
    assert len(paths) == len(set(paths))


def test_ids_are_not_looked_up(simulator: Simulator) -> None:
    graph = {"vertices": [{"type": "datadog-log-sink", "name": "a", "integrationId": "0zzzzzzzzzzzz"}], "edges": []}
    assert references(simulator).resolve_graph(graph) == graph
    assert lists_read(simulator) == []


def test_ambiguous_name_error_lists_all_matches(simulator: Simulator) -> None:
    two = [{"id": f"0klake000000{number}", "name": "lake"} for number in (1, 2)]
    simulator.admin("PUT", "/datasets", two)
    with pytest.raises(OptionError, match=r"2 datasets with the name lake: 0klake0000001, 0klake0000002. Give the id"):
        references(simulator).dataset("lake")


@pytest.mark.parametrize(
    ("what", "known"),
    [("dataset", "main lake"), ("template", "log-reducer-job-graph-template"), ("team", "none")],
)
def test_missing_name_error_lists_existing_names(simulator: Simulator, what: str, known: str) -> None:
    sentence = f"There is no {what} nowhere, neither by name nor by id. There are: {known}"
    with pytest.raises(OptionError, match=sentence):
        getattr(references(simulator), what)("nowhere")


def test_forbidden_vendors_are_ignored(simulator: Simulator) -> None:
    simulator.admin("PUT", "/integrations", [HEC, {"id": DATADOG, "type": "datadog", "name": "datadog main"}])
    with_key = references(simulator, api_key=simulator.ready_info["grepr"]["api_key"])
    assert with_key.integration("datadog main") == DATADOG
    with pytest.raises(OptionError, match=r"no integration hec.* Grepr shows those of splunk to tokens only"):
        with_key.integration("hec")
    assert references(simulator).integration("hec") == HEC["id"]
