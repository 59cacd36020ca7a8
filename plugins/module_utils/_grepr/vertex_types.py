# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The types of vertices that Grepr documents, as data.

Source: the OpenAPI document of Grepr ("Operation" and its subtypes, https://docs.grepr.ai/openapi.json) and the lists
of types that Grepr generates for its own client (the end of ``openApiTypes.ts`` in github.com/grepr/cli). Grepr adds
types and properties at any time, so nothing here makes a graph invalid: what is not in the lists is a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

# The date on which the types and properties were compared with the documents.
DOCUMENTED_ON = "2026-11-26"


@dataclass(frozen=True)
class Target:
    """What a property refers to: a kind of resource, and the lists that contain it (below ``/v1``).

    There is no list of all integrations (documented), so the type of the vertex selects the vendors to list.
    """

    noun: str
    collections: tuple[str, ...] = ()


def _integrations(*types: str) -> Target:
    return Target("integration", tuple(f"integrations/{one}" for one in types))


TEAM = Target("team", ("teams",))
ROLE = Target("role", ("roles",))
DATASET = Target("dataset", ("datasets",))
TEMPLATE = Target("template", ("templates",))
LOG_VENDOR = _integrations("datadog", "newrelic", "otlp", "sumo", "splunk")
WAREHOUSE = _integrations("data-warehouse", "s3-data-warehouse")
# A property that contains vertices, and one whose typed objects are vertices if they have such a type.
VERTEX = Target("vertex")
TEMPLATE_INPUTS = Target("template inputs")

SOURCE, TRANSFORM, SINK = "source", "transform", "sink"


@dataclass(frozen=True)
class VertexType:
    """A type of vertex.

    ``required`` are the properties without a default. ``properties`` are all besides ``type`` and ``name``; None if
    they are not published. ``inputs`` and ``outputs`` are the named ones besides the default one; None if they are not
    known. ``references`` are the positions that contain ids, as paths: ``*`` is each item of a list or a map.
    """

    role: str
    required: tuple[str, ...] = ()
    properties: frozenset[str] | None = None
    references: Mapping[tuple[str, ...], Target] = field(default_factory=dict)
    inputs: frozenset[str] | None = frozenset()
    outputs: frozenset[str] | None = frozenset()
    has_default_output: bool = True
    is_removed: bool = False


def _define(role: str, properties: str | None, references: Mapping[str, Target] | None = None) -> VertexType:
    """
    :param properties: as the documents list them; ``*`` marks a required one.
    """
    names = [] if properties is None else properties.split()
    return VertexType(
        role,
        tuple(name[:-1] for name in names if name.endswith("*")),
        None if properties is None else frozenset(name.rstrip("*") for name in names),
        {tuple(path.split(".")): target for path, target in (references or {}).items()},
    )


def _same(names: str, kind: VertexType) -> dict[str, VertexType]:
    return dict.fromkeys(names.split(), kind)


_DATADOG = {"integrationId": _integrations("datadog")}
_SPLUNK = {"integrationId": _integrations("splunk")}
_NEWRELIC = {"integrationId": _integrations("newrelic")}
_OTLP = {"integrationId": _integrations("otlp")}
_SUMO = {"integrationId": _integrations("sumo")}
_S3 = {"s3IntegrationId": _integrations("s3-data-warehouse")}
_LANGUAGE_MODEL = _integrations("anthropic", "gemini", "openai", "litellm")
_LAKE = {"datasetId": DATASET}
_DEDUP = {"datasetId": DATASET, "vendorSinkId": LOG_VENDOR}
_BACKFILL = {"datasetId": DATASET, "vendorSinkIntegrationIds.*": LOG_VENDOR}

_AGENT = "integrationId* offsetResetStrategy"
_FILES = "format pathPrefix fileReadingStrategy streamingPollInterval"
_QUERY = "datasetId* start* end* query* limit offset sortOrder variables"
_PATTERNS = (
    "masks enabledMasks delimiters similarityThreshold dedupThreshold reductionTimeWindow samplingConfig"
    " logReducerExceptions integrationExceptionConfigs partitionByTags partitionByAttributes partitionByAttributePaths"
    " defaultAttributesMergeStrategy attributeMergeStrategyEntries repeatCountInSummaryMessageEnabled"
    " emitNewPatternSignals tokenizationInput attributeTokenization includedAttributePrefixes excludedAttributePrefixes"
)
_EXCEPTIONS = {
    "integrationExceptionConfigs.*.integrationId": LOG_VENDOR,
    "integrationExceptionConfigs.*.datasetId": DATASET,
}
_REMAPPED = "host message service status timestamp traceId"
_REMAPPER = " ".join(
    f"{name}ReservedAttributes {name}ReservedAttributePaths {name}PreserveSource" for name in _REMAPPED.split()
)

_SOURCES = {
    "datadog-log-agent-source": _define(SOURCE, f"{_AGENT} hostEnrichmentEnabled", _DATADOG),
    "datadog-trace-agent-source": _define(SOURCE, f"{_AGENT} discardStats", _DATADOG),
    "splunk-log-agent-source": _define(SOURCE, _AGENT, _SPLUNK),
    "newrelic-log-agent-source": _define(SOURCE, _AGENT, _NEWRELIC),
    **_same("otlp-log-agent-source otlp-trace-agent-source", _define(SOURCE, _AGENT, _OTLP)),
    "sumologic-log-agent-source": _define(SOURCE, _AGENT, _SUMO),
    "datadog-log-cloud-source": _define(SOURCE, "integrationId* filterQuery", _DATADOG),
    "splunk-log-http-source": _define(SOURCE, "integrationId* filterQuery", _SPLUNK),
    # In the lists of Grepr's client, without published properties. The integration is inferred from the other sources.
    **_same(
        "bounded-datadog-source datadog-metric-agent-source datadog-metric-agent-source-v3"
        " datadog-metrics-cloud-source",
        _define(SOURCE, None, _DATADOG),
    ),
    "s3-file-source": _define(SOURCE, f"s3IntegrationId* {_FILES.replace('format', 'format*')}", _S3),
    "cloudtrail-file-source": _define(SOURCE, f"s3IntegrationId* accountIds* regions {_FILES}", _S3),
    "grepr-uploaded-log-file-source": _define(SOURCE, "uploadId* format*"),
    "grepr-metrics-source": _define(SOURCE, "metrics additionalTags"),
    "logs-values-source": _define(SOURCE, "values loop"),
    **_same(
        "logs-iceberg-table-source logs-iceberg-replay-source grepr-raw-log-source grepr-raw-span-source"
        " trino-raw-log-source trino-raw-span-source athena-agent-sessions-source"
        " agent-session-events-iceberg-table-source agent-sessions-iceberg-table-source",
        _define(SOURCE, _QUERY, _LAKE),
    ),
    **_same(
        "logs-backfill-iceberg-table-source spans-backfill-iceberg-table-source",
        _define(SOURCE, f"{_QUERY} vendorSinkIntegrationIds", _BACKFILL),
    ),
    **_same(
        "reducer-logs-iceberg-table-source grepr-reducer-log-source trino-reducer-log-source",
        _define(SOURCE, f"{_QUERY} reductionInterval processedLogsTableName", _LAKE),
    ),
    "metrics-iceberg-table-source": _define(SOURCE, f"{_QUERY} aggSpec*", _LAKE),
    "traces-iceberg-table-source": _define(
        SOURCE,
        f"{_QUERY} traceIds serviceNames operationNames traceSignatures traceSignatureIds hasError isRootSpan"
        " minDuration maxDuration",
        _LAKE,
    ),
    **_same("athena-analytics-source trino-analytics-source", _define(SOURCE, "query* tables* scanBudgetBytes")),
}

_TRANSFORMS = {
    "logs-filter": _define(TRANSFORM, "predicate* inverted maxLateEventTimestampDelta"),
    "logs-branch": replace(_define(TRANSFORM, "predicate*"), outputs=frozenset({"else"})),
    "logs-event-sampler": _define(TRANSFORM, "filter maxAllowedRate maxBurstLimit"),
    "grok-parser": _define(TRANSFORM, "grokParsingRules grokHelperRules extractAttribute predicate"),
    "multi-grok-parser": _define(TRANSFORM, "ruleSets"),
    "json-log-processor": _define(
        TRANSFORM,
        "maxNestedDepthForFields maxNestedJsonIterations preserveJsonMessageField resolveNestedJsonFields"
        " liftFieldNames",
    ),
    "log-attributes-remapper": _define(
        TRANSFORM,
        f"{_REMAPPER} tagMappings tagMappingPaths tagMappingsLocations tagMappingsLocationPaths"
        " tagMappingsPreserveSource tagMappingsLocationPreserveSource attributeRemappingRules",
    ),
    "log-transform": _define(TRANSFORM, "transforms"),
    "masking-operator": _define(TRANSFORM, "messageMasks attributeMasks predicate"),
    **_same("log-reducer pattern-matcher", _define(TRANSFORM, _PATTERNS, _EXCEPTIONS)),
    "log-rules-application": _define(TRANSFORM, "globalRules rules"),
    "rule-engine": replace(
        _define(
            TRANSFORM,
            "triggers conditions",
            {
                "conditions.*.actionRules.*.actions.*.datasetId": DATASET,
                "conditions.*.actionRules.*.actions.*.sinkOperations.*": VERTEX,
            },
        ),
        inputs=None,
        outputs=None,
    ),
    "trace-sampler": replace(
        _define(
            TRANSFORM,
            "sampleRate* sampleDurationMillis selector traceIdAttributePaths traceIdTagKeys traceSamplerTagKey"
            " traceSamplerTagValue",
        ),
        outputs=frozenset({"traced", "untraced"}),
    ),
    "trace-reducer": replace(
        _define(
            TRANSFORM,
            "datasetId traceHeadSamplingRate spanHeadSamplingRules tailSampling spanDropRules siblingMergeRules"
            " criticalPathAnalysis actions traceHeadSamplingRules",
            {"datasetId": DATASET, "actions.*.datasetId": DATASET},
        ),
        outputs=None,
    ),
    "metric-reducer": replace(
        _define(
            TRANSFORM,
            "objects* timeGranularity emitInterval lateArrivalWaitDuration cohorts anomalies anomalyActions dropRules"
            " hostMetadata spaceAggOverrides",
            {"hostMetadata.integrationIds.*": _integrations("datadog")},
        ),
        outputs=None,
    ),
    "span-tagger": _define(TRANSFORM, "attributes*"),
    # Its ports are the tables of the vertex itself, see list_inputs() and list_outputs().
    "sql-operation": _define(
        TRANSFORM,
        "statements* inputs availableDatasets globalStateTtl watermarkDelay",
        {"availableDatasets.*": DATASET},
    ),
    "template-operation": replace(
        _define(
            TRANSFORM,
            "templateId* templateVersion templateInputs draftMode",
            {"templateId": TEMPLATE, "templateInputs": TEMPLATE_INPUTS},
        ),
        inputs=None,
        outputs=None,
    ),
    "trigger-action": replace(_define(TRANSFORM, "capacity timeoutSeconds"), inputs=None, outputs=None),
    "agent-session-analytics": replace(
        _define(TRANSFORM, None, {"datasetId": DATASET, "modelIntegrationId": _LANGUAGE_MODEL}),
        inputs=None,
        outputs=None,
    ),
    # In the lists of Grepr's client, without published properties.
    **_same("clone union", replace(_define(TRANSFORM, None), inputs=None, outputs=None)),
    **_same("agent-log-processor agent-span-processor", replace(_define(TRANSFORM, ""), inputs=None, outputs=None)),
}

# Sinks of vendors pass delivered records on to another sink (documented: confirmed delivery).
_VENDOR_SINKS = {
    "datadog-log-sink": _define(
        SINK, "integrationId* additionalTags hostFieldNames browserLogGroupByAttributes", _DATADOG
    ),
    **_same(
        "datadog-metrics-sink legacy-datadog-metrics-sink datadog-stats-sink",
        _define(SINK, "integrationId* additionalTags", _DATADOG),
    ),
    "datadog-trace-sink": _define(SINK, "integrationId* additionalAttributes", _DATADOG),
    "newrelic-log-sink": _define(SINK, "integrationId* additionalAttributes", _NEWRELIC),
    "sumologic-log-sink": _define(SINK, "integrationId* additionalAttributes", _SUMO),
    **_same("otlp-log-sink otlp-trace-sink", _define(SINK, "integrationId* additionalAttributes", _OTLP)),
    "splunk-log-sink": _define(SINK, "integrationId* additionalTags defaultIndex indexOverride", _SPLUNK),
}
_LAST_SINKS = {
    **_same(
        "logs-iceberg-table-sink spans-iceberg-table-sink metrics-iceberg-table-sink metricdata-raw-iceberg-table-sink"
        " pattern-lookup-iceberg-table-sink",
        _define(SINK, "datasetId*", _LAKE),
    ),
    **_same(
        "event-dedup-iceberg-table-sink vendorlog-event-dedup-iceberg-table-sink spans-dedup-iceberg-table-sink",
        _define(SINK, "datasetId* vendorSinkId*", _DEDUP),
    ),
    **_same(
        "logs-sync-sink spans-sync-sink metrics-sync-sink variant-sync-sink agent-sessions-sync-sink discarding-sink",
        _define(SINK, ""),
    ),
    # In the lists of Grepr's client, or in the OpenAPI document, without published properties.
    **_same("logs-predicates-counter agent-signal-sink", _define(SINK, None)),
    "query-sink": _define(SINK, "integrationId* format* columns path", {"integrationId": WAREHOUSE}),
}

# No longer in Grepr's documents, although an account may still have pipelines with them.
_REMOVED = {
    **_same(
        "grepr-llm-prompt-results-source llm-prompt-results-iceberg-table-source trino-llm-prompt-results-source",
        _define(SOURCE, _QUERY, _LAKE),
    ),
    **_same(
        "llm-prompt entity-context-aggregation",
        replace(_define(TRANSFORM, None, {"integrationId": _LANGUAGE_MODEL}), inputs=None, outputs=None),
    ),
}

VERTEX_TYPES: dict[str, VertexType] = {
    **_SOURCES,
    **_TRANSFORMS,
    **_VENDOR_SINKS,
    **{name: replace(kind, has_default_output=False) for name, kind in _LAST_SINKS.items()},
    **{name: replace(kind, is_removed=True) for name, kind in _REMOVED.items()},
}
REQUIRED_KEYS = {name: kind.required for name, kind in VERTEX_TYPES.items()}

# The typed objects in the inputs of Grepr's own templates that are not vertices (documented: "TemplateException").
TEMPLATE_OBJECTS: dict[str, Mapping[tuple[str, ...], Target]] = {
    "integration-exception": {("integrationId",): LOG_VENDOR, ("datasetId",): DATASET}
}
# The input of the template that Grepr's own pages use for logs (documented: "LogReducerTemplateInput"): it has no type,
# so it is recognized by its name and its required keys.
LOG_TEMPLATE_INPUT = "input"
LOG_TEMPLATE_KEYS = frozenset({"sources", "parsers", "exceptions", "reducer"})
LOG_TEMPLATE_REFERENCES: Mapping[tuple[str, ...], Target] = {
    ("datasetId",): DATASET,
    ("conditionalDatasets", "*", "datasetId"): DATASET,
}

# Properties whose content is data of the user at any depth, such as sample events and the values of attributes.
USER_DATA = frozenset({"additionalAttributes", "attributes", "tags", "value", "values", "variables"})

# Vertices that may contain sources and sinks, so that they need no edge.
SELF_CONTAINED = frozenset({"template-operation"})


def is_source(kind: str) -> bool:
    return _get_role(kind) == SOURCE


def is_sink(kind: str) -> bool:
    return _get_role(kind) == SINK


def _get_role(kind: str) -> str:
    if kind in VERTEX_TYPES:
        return VERTEX_TYPES[kind].role
    # The role of a type that is newer than this list is inferred from its name.
    return SOURCE if kind.endswith("-source") else SINK if kind.endswith("-sink") else TRANSFORM


def list_inputs(vertex: Mapping[str, object]) -> set[str] | None:
    """Return the names of a vertex's inputs besides the default one (documented); None if they are unknown."""
    if vertex.get("type") == "sql-operation":
        inputs = vertex.get("inputs")
        return set(inputs) if isinstance(inputs, Mapping) else set()
    known = VERTEX_TYPES.get(str(vertex.get("type")))
    return None if known is None or known.inputs is None else set(known.inputs)


def list_outputs(vertex: Mapping[str, object]) -> set[str] | None:
    """Return the names of a vertex's outputs besides the default one (documented); None if they are unknown."""
    if vertex.get("type") == "sql-operation":
        statements = vertex.get("statements")
        items: Iterable[object] = statements if isinstance(statements, list) else ()
        found = [one.get("outputName") for one in items if isinstance(one, dict)]
        return {str(name) for name in found if name}
    known = VERTEX_TYPES.get(str(vertex.get("type")))
    return None if known is None or known.outputs is None else set(known.outputs)
