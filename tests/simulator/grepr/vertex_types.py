# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vertex types of job graphs: position, required properties, and the defaults the server adds.

From the vendor's OpenAPI document and the type lists of its client, as of 2026-11-26.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

# A vertex of the role ``free`` may be at any position, even alone: its content decides.
Role = Literal["source", "transform", "sink", "free"]


@dataclass(frozen=True)
class VertexType:
    """What is known of a type. ``inputs`` and ``outputs`` are the named ones, null when they are not known.

    A sink of a vendor passes confirmed deliveries on to another sink; any other sink is ``last``.
    """

    role: Role
    required: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    outputs: tuple[str, ...] | None = ()
    inputs: tuple[str, ...] | None = ()
    last: bool = False


_LATEST = {"offsetResetStrategy": "LATEST"}
_QUERY = ("datasetId", "start", "end", "query")
_QUERY_DEFAULTS = {"limit": 2500, "offset": 0, "sortOrder": "ASCENDING"}
_MATCHING: dict[str, Any] = {
    "masks": [],
    "enabledMasks": ["timestamp", "uuid", "ipport", "number"],
    "delimiters": list(" \t\n\r,;:=()[]{}<>\"'|/\\@#!?&*+-"),
    "emitNewPatternSignals": False,
}
_REDUCER: dict[str, Any] = {
    **_MATCHING,
    "similarityThreshold": 70.0,
    "dedupThreshold": 4,
    "reductionTimeWindow": "PT2M",
    "samplingConfig": {"type": "window-based-logarithmic-sampling", "logarithmBase": 2},
    "logReducerExceptions": [],
    "integrationExceptionConfigs": [],
    "partitionByTags": [],
    "partitionByAttributes": [],
    "partitionByAttributePaths": [],
    "defaultAttributesMergeStrategy": {"type": "exact"},
    "attributeMergeStrategyEntries": [],
    "repeatCountInSummaryMessageEnabled": True,
}
_TAGS: dict[str, Any] = {"additionalTags": []}
_ATTRIBUTES: dict[str, Any] = {"additionalAttributes": {}}
_ANALYTICS = {"scanBudgetBytes": 107374182400}
_ONE = ("integrationId",)
_LAKE = ("datasetId",)
_FILES = {"pathPrefix": "", "fileReadingStrategy": {"type": "latest"}, "streamingPollInterval": "PT5S"}


def _same(names: Iterable[str], kind: VertexType) -> dict[str, VertexType]:
    return dict.fromkeys(names, kind)


def _source(*required: str, **defaults: Any) -> VertexType:
    return VertexType("source", required, defaults)


def _transform(*required: str, **defaults: Any) -> VertexType:
    return VertexType("transform", required, defaults)


def _vendor_sink(*required: str, **defaults: Any) -> VertexType:
    return VertexType("sink", required, defaults)


def _sink(*required: str, **defaults: Any) -> VertexType:
    return VertexType("sink", required, defaults, last=True)


def _free(*required: str, **defaults: Any) -> VertexType:
    return VertexType("free", required, defaults, outputs=None, inputs=None)


_SOURCES: dict[str, VertexType] = {
    "datadog-log-agent-source": _source(*_ONE, **_LATEST, hostEnrichmentEnabled=False),
    "datadog-trace-agent-source": _source(*_ONE, **_LATEST, discardStats=False),
    **_same(
        (
            "splunk-log-agent-source", "newrelic-log-agent-source", "otlp-log-agent-source", "otlp-trace-agent-source",
            "sumologic-log-agent-source",
        ),
        _source(*_ONE, **_LATEST),
    ),
    **_same(("datadog-log-cloud-source", "splunk-log-http-source"), _source(*_ONE, filterQuery="")),
    "s3-file-source": _source("s3IntegrationId", "format", **_FILES),
    "cloudtrail-file-source": _source("s3IntegrationId", "accountIds", **_FILES),
    "grepr-uploaded-log-file-source": _source("uploadId", "format"),
    "grepr-metrics-source": _source(additionalTags={}),
    "logs-values-source": _source(values=[], loop=False),
    **_same(
        (
            "logs-iceberg-table-source", "logs-iceberg-replay-source", "grepr-raw-log-source", "grepr-raw-span-source",
            "trino-raw-log-source", "trino-raw-span-source", "athena-agent-sessions-source",
            "agent-session-events-iceberg-table-source", "agent-sessions-iceberg-table-source",
        ),
        _source(*_QUERY, **_QUERY_DEFAULTS),
    ),
    **_same(
        ("logs-backfill-iceberg-table-source", "spans-backfill-iceberg-table-source"),
        _source(*_QUERY, **_QUERY_DEFAULTS, vendorSinkIntegrationIds=[]),
    ),
    **_same(
        ("reducer-logs-iceberg-table-source", "grepr-reducer-log-source", "trino-reducer-log-source"),
        _source(*_QUERY, **_QUERY_DEFAULTS, reductionInterval="PT2M"),
    ),
    "metrics-iceberg-table-source": _source(*_QUERY, "aggSpec", **_QUERY_DEFAULTS),
    "traces-iceberg-table-source": _source(*_QUERY, **_QUERY_DEFAULTS),
    **_same(("athena-analytics-source", "trino-analytics-source"), _source("query", "tables", **_ANALYTICS)),
    # Known by name only.
    **_same(
        (
            "bounded-datadog-source", "datadog-metric-agent-source", "datadog-metric-agent-source-v3",
            "datadog-metrics-cloud-source",
        ),
        _source(),
    ),
}  # fmt: skip

_TRANSFORMS: dict[str, VertexType] = {
    "logs-filter": _transform("predicate", inverted=False),
    "logs-branch": VertexType("transform", ("predicate",), outputs=("else",)),
    "logs-event-sampler": _transform(maxAllowedRate=10.0, maxBurstLimit=2000),
    "grok-parser": _transform(grokParsingRules=[], grokHelperRules=[]),
    "multi-grok-parser": _transform(ruleSets=[]),
    "json-log-processor": _transform(
        maxNestedDepthForFields=3,
        maxNestedJsonIterations=5,
        preserveJsonMessageField=False,
        resolveNestedJsonFields=[["message"], ["msg"], ["log"]],
        liftFieldNames=[],
    ),
    "log-attributes-remapper": _transform(
        hostReservedAttributes=["host", "hostname", "syslog.hostname", "kubernetes.host", "sourceIPAddress"],
        hostPreserveSource=False,
        tagMappings={},
        attributeRemappingRules=[],
    ),
    "log-transform": _transform(transforms=[]),
    "masking-operator": _transform(messageMasks={}, attributeMasks=[]),
    "log-reducer": _transform(**_REDUCER),
    "pattern-matcher": _transform(**_MATCHING),
    "log-rules-application": _transform(globalRules=[], rules={}),
    "rule-engine": _free(triggers={}, conditions={}),
    "trace-sampler": VertexType(
        "transform",
        ("sampleRate",),
        {
            "sampleDurationMillis": 4000,
            "traceIdAttributePaths": [],
            "traceIdTagKeys": [],
            "traceSamplerTagKey": "grepr.tracesampler",
            "traceSamplerTagValue": "sampled",
        },
        ("traced", "untraced"),
    ),
    "trace-reducer": _transform(traceHeadSamplingRate=1.0, spanHeadSamplingRules=[]),
    "metric-reducer": _transform(
        "objects", timeGranularity={"duration": "PT20S"}, emitInterval="PT20S", lateArrivalWaitDuration="PT10S"
    ),
    "span-tagger": _transform("attributes"),
    "sql-operation": VertexType(
        "transform",
        ("statements",),
        {"inputs": {}, "availableDatasets": [], "globalStateTtl": "PT2M", "watermarkDelay": "PT5S"},
    ),
    "template-operation": _free("templateId", "templateVersion", templateInputs={}, draftMode=False),
    "trigger-action": _free(capacity=50, timeoutSeconds=60),
    # Of clone and union only the names are known.
    **_same(("agent-session-analytics", "agent-log-processor", "agent-span-processor", "clone", "union"), _free()),
}

_SINKS: dict[str, VertexType] = {
    "datadog-log-sink": _vendor_sink(*_ONE, **_TAGS, hostFieldNames=[], browserLogGroupByAttributes=[]),
    **_same(("datadog-metrics-sink", "legacy-datadog-metrics-sink"), _vendor_sink(*_ONE, **_TAGS)),
    "datadog-stats-sink": _vendor_sink(*_ONE, additionalTags={}),
    **_same(
        ("datadog-trace-sink", "newrelic-log-sink", "sumologic-log-sink", "otlp-log-sink", "otlp-trace-sink"),
        _vendor_sink(*_ONE, **_ATTRIBUTES),
    ),
    "splunk-log-sink": _vendor_sink(*_ONE, **_TAGS),
    **_same(
        (
            "logs-iceberg-table-sink", "spans-iceberg-table-sink", "metrics-iceberg-table-sink",
            "metricdata-raw-iceberg-table-sink", "pattern-lookup-iceberg-table-sink",
        ),
        _sink(*_LAKE),
    ),
    **_same(
        (
            "event-dedup-iceberg-table-sink", "vendorlog-event-dedup-iceberg-table-sink",
            "spans-dedup-iceberg-table-sink",
        ),
        _sink(*_LAKE, "vendorSinkId"),
    ),
    **_same(
        (
            "logs-sync-sink", "spans-sync-sink", "metrics-sync-sink", "variant-sync-sink", "agent-sessions-sync-sink",
            "discarding-sink", "agent-signal-sink", "logs-predicates-counter",
        ),
        _sink(),
    ),
    "query-sink": _sink(*_ONE, "format", columns=[]),
}  # fmt: skip

TYPES: dict[str, VertexType] = {**_SOURCES, **_TRANSFORMS, **_SINKS}
# No longer in the vendor's documents.
REMOVED = frozenset(
    {
        "entity-context-aggregation", "grepr-llm-prompt-results-source", "llm-prompt",
        "llm-prompt-results-iceberg-table-source", "trino-llm-prompt-results-source",
    }
)  # fmt: skip
SYNC_SINKS = frozenset(name for name in _SINKS if name.endswith("-sync-sink"))
