# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The documented types of vertices."""

from __future__ import annotations

# Documented (OpenAPI, "Operation"): every type of vertex, with its required properties. Properties that
# are listed as required and have a default as well are left out, as are those of types without published details.
_QUERY = ("datasetId", "start", "end", "query")

REQUIRED_KEYS: dict[str, tuple[str, ...]] = {
    "datadog-log-agent-source": ("integrationId",),
    "datadog-log-cloud-source": ("integrationId",),
    "datadog-trace-agent-source": ("integrationId",),
    "splunk-log-agent-source": ("integrationId",),
    "splunk-log-http-source": ("integrationId",),
    "newrelic-log-agent-source": ("integrationId",),
    "otlp-log-agent-source": ("integrationId",),
    "otlp-trace-agent-source": ("integrationId",),
    "sumologic-log-agent-source": ("integrationId",),
    "s3-file-source": ("s3IntegrationId", "format"),
    "cloudtrail-file-source": ("s3IntegrationId", "accountIds"),
    "grepr-uploaded-log-file-source": ("uploadId", "format"),
    "grepr-metrics-source": (),
    "logs-values-source": (),
    "logs-iceberg-table-source": _QUERY,
    "logs-iceberg-replay-source": _QUERY,
    "logs-backfill-iceberg-table-source": _QUERY,
    "reducer-logs-iceberg-table-source": _QUERY,
    "grepr-raw-log-source": _QUERY,
    "grepr-reducer-log-source": _QUERY,
    "grepr-raw-span-source": _QUERY,
    "grepr-llm-prompt-results-source": _QUERY,
    "llm-prompt-results-iceberg-table-source": _QUERY,
    "metrics-iceberg-table-source": (*_QUERY, "aggSpec"),
    "traces-iceberg-table-source": _QUERY,
    "spans-backfill-iceberg-table-source": _QUERY,
    "agent-sessions-iceberg-table-source": (),
    "agent-session-events-iceberg-table-source": _QUERY,
    "athena-agent-sessions-source": _QUERY,
    "athena-analytics-source": ("query", "tables"),
    "trino-analytics-source": ("query", "tables"),
    "trino-llm-prompt-results-source": _QUERY,
    "trino-raw-log-source": _QUERY,
    "trino-raw-span-source": _QUERY,
    "trino-reducer-log-source": _QUERY,
    "logs-filter": ("predicate",),
    "logs-branch": ("predicate",),
    "logs-event-sampler": (),
    "grok-parser": (),
    "multi-grok-parser": (),
    "json-log-processor": (),
    "log-attributes-remapper": (),
    "log-transform": (),
    "masking-operator": ("messageMasks", "attributeMasks"),
    "log-reducer": (),
    "pattern-matcher": (),
    "log-rules-application": (),
    "rule-engine": ("triggers", "conditions"),
    "trace-sampler": ("sampleRate",),
    "trace-reducer": (),
    "metric-reducer": ("objects",),
    "span-tagger": ("attributes",),
    "sql-operation": ("statements",),
    "template-operation": ("templateId",),
    "llm-prompt": ("integrationId", "llmConfig", "promptInstruction"),
    "entity-context-aggregation": ("integrationId", "llmConfig"),
    "trigger-action": (),
    "agent-session-analytics": (),
    "agent-log-processor": (),
    "agent-span-processor": (),
    "datadog-log-sink": ("integrationId",),
    "datadog-trace-sink": ("integrationId",),
    "datadog-metrics-sink": ("integrationId",),
    "datadog-stats-sink": ("integrationId",),
    "legacy-datadog-metrics-sink": ("integrationId",),
    "newrelic-log-sink": ("integrationId",),
    "splunk-log-sink": ("integrationId",),
    "sumologic-log-sink": ("integrationId",),
    "otlp-log-sink": ("integrationId",),
    "otlp-trace-sink": ("integrationId",),
    "logs-iceberg-table-sink": ("datasetId",),
    "spans-iceberg-table-sink": ("datasetId",),
    "metrics-iceberg-table-sink": ("datasetId",),
    "metricdata-raw-iceberg-table-sink": ("datasetId",),
    "pattern-lookup-iceberg-table-sink": ("datasetId",),
    "event-dedup-iceberg-table-sink": ("datasetId", "vendorSinkId"),
    "vendorlog-event-dedup-iceberg-table-sink": ("datasetId", "vendorSinkId"),
    "spans-dedup-iceberg-table-sink": ("datasetId", "vendorSinkId"),
    "logs-sync-sink": (),
    "spans-sync-sink": (),
    "metrics-sync-sink": (),
    "variant-sync-sink": (),
    "agent-sessions-sync-sink": (),
    "query-sink": ("integrationId", "format"),
    "agent-signal-sink": (),
    "discarding-sink": (),
}

# Vertices that may contain sources and sinks, so that they need no edge.
SELF_CONTAINED = frozenset({"template-operation"})

# Keys whose value is the id of another resource, which can be given by name instead.
REFERENCE_KEYS = {
    "integrationId": "integration",
    "s3IntegrationId": "integration",
    "vendorSinkIntegrationIds": "integration",
    "datasetId": "dataset",
    "templateId": "template",
}


def is_source(kind: str) -> bool:
    return kind.endswith("-source")


def is_sink(kind: str) -> bool:
    return kind.endswith("-sink")


def list_outputs(vertex: dict[str, object]) -> set[str] | None:
    """Return the names of a vertex's outputs besides the default one (documented); None if they are unknown."""
    kind = vertex.get("type")
    if kind == "template-operation":
        return None
    if kind == "sql-operation":
        statements = vertex.get("statements")
        found = (
            [one.get("outputName") for one in statements if isinstance(one, dict)]
            if isinstance(statements, list)
            else []
        )
        return {str(name) for name in found if name}
    return {"logs-branch": {"else"}, "trace-sampler": {"traced", "untraced"}}.get(str(kind), set())
