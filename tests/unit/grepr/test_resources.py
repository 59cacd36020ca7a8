# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plans of Grepr's resources: changes, immutable fields, and secrets."""

from __future__ import annotations

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._comparison import drop_none
from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError, ValidationError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.datasets import (
    DATASETS,
    Setting,
    plan_estimation,
    plan_table,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.integrations import (
    INTEGRATION_TYPES,
    SecretWrite,
    build_resource_type,
    check_options,
    iter_strings,
    plan_secrets,
    require_unused,
    select_types,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import (
    filter_items,
    resolve_ids,
    without_secrets,
)
from ansible_collections.greyops.rest.plugins.module_utils._grepr.service_accounts import SERVICE_ACCOUNTS
from ansible_collections.greyops.rest.plugins.module_utils._grepr.teams import LEADER, MEMBER, TEAMS, plan_members
from ansible_collections.greyops.rest.plugins.module_utils._grepr.templates import TEMPLATES, require_not_built_in
from ansible_collections.greyops.rest.plugins.module_utils._resource import (
    CREATE,
    DELETE,
    UPDATE,
    Item,
    plan_resource,
)

LAKE: Item = {"id": "d1", "name": "lake", "integrationId": "i1", "organizationId": "acme", "teamIds": ["b", "a"]}
DATADOG: Item = {
    "id": "i1",
    "name": "main",
    "type": "datadog",
    "version": 3,
    "teamIds": [],
    "jobIds": [],
    "payload": {
        "site": "datadoghq.com",
        "filterQuery": "x",
        "additionalTags": [],
        "apiKey": "****ey",
        "exceptions": {},
    },
}


def test_new_resource_is_created_with_required_fields() -> None:
    planned = plan_resource(DATASETS, None, {"name": "lake", "integrationId": "i1"})
    assert (planned.step, planned.body) == (CREATE, {"name": "lake", "integrationId": "i1", "teamIds": []})
    assert planned.as_diff() == {"before": {}, "after": planned.body}
    with pytest.raises(OptionError, match=r"dataset lake does not exist, and creating it requires integration_id"):
        plan_resource(DATASETS, None, {"name": "lake"})


@pytest.mark.parametrize("desired", [{"name": "lake"}, {"teamIds": ["a", "b"]}, {"integrationId": "i1"}, {}])
def test_unchanged_resource_is_not_updated(desired: Item) -> None:
    planned = plan_resource(DATASETS, LAKE, desired)
    assert (planned.changed, planned.after) == (False, LAKE)
    assert planned.as_diff()["before"] == planned.as_diff()["after"]


def test_update_sends_all_mutable_fields() -> None:
    planned = plan_resource(DATASETS, LAKE, {"name": "other"})
    assert (planned.step, planned.body) == (UPDATE, {"name": "other", "teamIds": ["b", "a"]})
    assert planned.after == {**LAKE, "name": "other"}
    assert "organizationId" not in planned.as_diff()["after"]


def test_immutable_field_change_is_rejected() -> None:
    with pytest.raises(OptionError, match=r"integrationId of the dataset lake cannot be changed .* \(i1 -> i2\)"):
        plan_resource(DATASETS, LAKE, {"integrationId": "i2"})
    bucket: Item = {"id": "s", "name": "s", "type": "s3-data-warehouse", "version": 0, "payload": {"bucketName": "one"}}
    with pytest.raises(OptionError, match=r"payload.bucketName .* \(one -> two\)"):
        plan_resource(
            build_resource_type(INTEGRATION_TYPES["s3-data-warehouse"]), bucket, {"payload": {"bucketName": "two"}}
        )


def test_resource_is_deleted() -> None:
    assert plan_resource(DATASETS, None, {}, "absent").changed is False
    planned = plan_resource(DATASETS, LAKE, {}, "absent")
    assert (planned.step, planned.after, planned.as_diff()["after"]) == (DELETE, None, {})


def test_versions_increase_by_one() -> None:
    planned = plan_resource(
        build_resource_type(INTEGRATION_TYPES["datadog"]), DATADOG, {"payload": {"site": "datadoghq.eu"}}
    )
    assert planned.body["version"] == 4
    assert planned.body["payload"] == {"site": "datadoghq.eu", "filterQuery": "x", "additionalTags": []}
    assert planned.after is not None
    assert planned.after["version"] == 4
    assert plan_resource(TEMPLATES, None, {"name": "t", "template": "x"}).body["version"] == 1
    assert plan_resource(build_resource_type(INTEGRATION_TYPES["sumo"]), None, {"name": "s", "type": "sumo"}).body == {
        "name": "s", "type": "sumo", "version": 0, "payload": {}, "teamIds": [],
    }  # fmt: skip


def test_masked_secrets_and_server_fields_are_not_in_the_diff() -> None:
    planned = plan_resource(build_resource_type(INTEGRATION_TYPES["datadog"]), DATADOG, {"name": "other"})
    assert set(planned.as_diff()["before"]["payload"]) == {"site", "filterQuery", "additionalTags"}


def test_schemas_are_compared_whole() -> None:
    schema = {"type": "object", "required": ["a"]}
    template: Item = {"id": "t", "name": "t", "template": "x", "version": 4, "inputSchema": schema, "inputs": {}}
    assert not plan_resource(TEMPLATES, template, {"inputSchema": dict(schema), "outputs": {}}).changed
    planned = plan_resource(TEMPLATES, template, {"inputSchema": {"type": "object"}})
    assert planned.body["inputSchema"] == {"type": "object"}


def test_roles_are_read_as_objects_and_written_by_id() -> None:
    account: Item = {"id": "a", "name": "a", "clientId": "c", "roles": [{"id": "r2"}, {"id": "r1"}]}
    assert not plan_resource(SERVICE_ACCOUNTS, account, {"roleIds": ["r1", "r2"]}).changed
    planned = plan_resource(SERVICE_ACCOUNTS, account, {"roleIds": ["r1"]})
    assert planned.body == {"name": "a", "roleIds": ["r1"]}
    assert planned.as_diff() == {
        "before": {"name": "a", "roleIds": ["r1", "r2"]}, "after": {"name": "a", "roleIds": ["r1"]},
    }  # fmt: skip


def test_built_in_templates_are_not_deleted() -> None:
    built_in: Item = {"id": "t", "name": "t", "builtIn": True}
    require_not_built_in(built_in, changed=False)
    with pytest.raises(OptionError, match=r"is built in"):
        require_not_built_in(built_in, changed=True)


def test_names_are_resolved_to_ids() -> None:
    known = [{"id": "u1", "email": "a@x", "name": "Ann"}, {"id": "u2", "email": "b@x", "name": "Bob"},
             {"id": "u3", "email": "c@x", "name": "Bob"}]  # fmt: skip
    assert resolve_ids(known, ["a@x", "Ann", "u2"], "user", ("email", "name"), "users") == ["u1", "u1", "u2"]
    with pytest.raises(ValidationError) as raised:
        resolve_ids(known, ["Bob", "u1", "Eve"], "user", ("email", "name"), "users")
    assert raised.value.problems == [
        "users[0]: There are 2 users with the name Bob: u2, u3. Give the id",
        "users[2]: There is no user Eve, neither by id nor by email nor name. There are: a@x, b@x, c@x",
    ]


def test_filters_require_all_conditions() -> None:
    items = [{"id": "1", "name": "a"}, {"id": "2", "name": "a"}, {"id": "3", "name": "b"}]
    assert filter_items(items, {"name": ["a"], "id": ["2", "3"]}) == [items[1]]
    assert filter_items(items, {"name": None, "id": None}) == items
    assert filter_items(items, {"name": [], "id": None}) == []


def test_unspecified_options_are_not_desired() -> None:
    assert drop_none(name="x", description=None, teamIds=[]) == {"name": "x", "teamIds": []}


@pytest.mark.parametrize(
    ("leaders", "members", "after"),
    [
        (None, None, {"l": LEADER, "m": MEMBER}),
        ({"l"}, {"m"}, {"l": LEADER, "m": MEMBER}),
        ({"x"}, None, {"x": LEADER, "m": MEMBER}),
        ({"m"}, None, {"m": LEADER}),
        (None, {"l"}, {"l": MEMBER}),
        (set(), set(), {}),
        (None, set(), {"l": LEADER}),
        ({"m"}, {"l"}, {"l": MEMBER, "m": LEADER}),
    ],
)
def test_team_members_and_leaders(leaders: set[str] | None, members: set[str] | None, after: dict[str, str]) -> None:
    assert plan_members({"l": LEADER, "m": MEMBER}, leaders, members) == after


def test_user_cannot_be_leader_and_member() -> None:
    with pytest.raises(OptionError, match=r"leader and member of one team: x"):
        plan_members({}, {"x"}, {"x", "y"})


PARTITIONED: Item = {"partitionConfig": {"fields": [{"column": "env", "buckets": 4}]}, "sortFields": []}


def test_settings_of_tables() -> None:
    there, wanted = {"sortFields": [{"column": "host"}]}, {"sortFields": [{"column": "env"}]}
    path = "/logs_raw/config"
    assert plan_table("logs_raw", there, {}, there).parts == []
    assert plan_table("logs_raw", {**there, "promotedTagKeys": ["a"]}, {}, wanted).parts == [
        Setting("tables.logs_raw", path, there, wanted)
    ]
    assert plan_table("logs_raw", there, {}, {}).parts == [Setting("tables.logs_raw", path, there, None)]
    assert plan_table("logs_raw", {}, {}, {}).parts == []


def test_default_order_of_a_table_is_not_written() -> None:
    default = {"sortFields": [{"column": "eventTimestamp", "direction": "ASC"}]}
    assert plan_table("logs_raw", {}, default, {"sortFields": [{"column": "eventTimestamp"}]}).parts == []
    assert plan_table("logs_raw", {}, default, {"sortFields": []}).parts == []
    (setting,) = plan_table("logs_raw", {}, default, {"sortFields": [{"column": "host"}]}).parts
    assert (setting.before, setting.after) == (None, {"sortFields": [{"column": "host"}]})


@pytest.mark.parametrize(
    ("overrides", "desired", "released"),
    [
        (PARTITIONED, {"partitionConfig": {"fields": []}}, {"env"}),
        (PARTITIONED, {"partitionConfig": {"fields": [{"column": "host", "buckets": 2}]}}, {"env"}),
        (PARTITIONED, {"partitionConfig": {"fields": [{"column": "env", "buckets": 2}]}}, set()),
        (PARTITIONED, {"sortFields": [{"column": "host"}]}, set()),
        (PARTITIONED, {"promotion": {"tags": {"cap": 1}}}, set()),
        (PARTITIONED, {}, {"env"}),
        ({}, PARTITIONED, set()),
    ],
)
def test_columns_that_a_table_is_no_longer_partitioned_on(overrides: Item, desired: Item, released: set[str]) -> None:
    assert plan_table("logs_raw", overrides, {}, desired).released == released


def test_estimation_begins_as_documented() -> None:
    setting = plan_estimation(None, {"logLimit": 5})
    assert setting is not None
    assert setting.after == {"logLimit": 5, "lookbackDuration": "PT1H", "refreshPeriod": "PT168H"}
    there = setting.after
    assert plan_estimation(there, {"logLimit": 5}) is None
    assert plan_estimation(there, None) is None
    changed = plan_estimation(there, {"logLimit": 6})
    assert changed is not None
    assert changed.after == {**there, "logLimit": 6}
    gone = plan_estimation(there, {})
    assert gone is not None
    assert gone.after is None


def test_secrets_are_written_if_missing_or_always() -> None:
    vendor = INTEGRATION_TYPES["datadog"]
    secrets = {"api_key": "new", "app_key": "other"}
    assert [step.name for step in plan_secrets(vendor, None, secrets, "on_create")] == ["api_key", "app_key"]
    assert [step.name for step in plan_secrets(vendor, DATADOG, secrets, "on_create")] == ["app_key"]
    assert plan_secrets(vendor, DATADOG, {"api_key": "new"}, "always") == [
        SecretWrite("api_key", "api-key", {"secret": "new"})
    ]
    keys = [{"value": "v", "sendKey": True}]
    assert plan_secrets(vendor, DATADOG, {"api_keys": keys}, "on_create") == [
        SecretWrite("api_keys", "api-keys", {"keys": keys})
    ]


def test_secrets_are_removed() -> None:
    vendor = INTEGRATION_TYPES["datadog"]
    there = {**DATADOG, "payload": {"appKey": "****"}}
    assert plan_secrets(vendor, there, {"app_key": ""}, "on_create") == [SecretWrite("app_key", "app-key", None)]
    assert plan_secrets(vendor, DATADOG, {"app_key": ""}, "always") == []
    with pytest.raises(OptionError, match=r"secrets.api_key cannot be deleted from a datadog integration"):
        plan_secrets(vendor, DATADOG, {"api_key": ""}, "always")


def test_secret_headers_are_separate_secrets() -> None:
    there: Item = {"payload": {"secretHeaders": {"X-A": {"secret": "***"}, "X-B": {"secret": "***"}}}}
    wanted = {"secret_headers": {"X-A": "1", "X-B": "", "X/C": "3"}}
    assert plan_secrets(INTEGRATION_TYPES["otlp"], there, wanted, "on_create") == [
        SecretWrite("secret_headers.X-B", "secret-headers/X-B", None),
        SecretWrite("secret_headers.X/C", "secret-headers/X%2FC", {"secret": "3"}),
    ]


def test_vendor_secrets_are_validated_and_not_allowed_in_the_payload() -> None:
    with pytest.raises(OptionError, match=r"A sumo integration has no secret api_key. It has: endpoint."):
        check_options(INTEGRATION_TYPES["sumo"], {}, {"api_key": "x"})
    with pytest.raises(OptionError, match=r"payload.apiKey only shows a secret. Give it as secrets.api_key."):
        check_options(INTEGRATION_TYPES["datadog"], {"apiKey": "x"}, {})
    with pytest.raises(OptionError, match=r"payload.token is set by Grepr"):
        check_options(INTEGRATION_TYPES["otlp"], {"token": "x"}, {})


def test_integration_in_use_is_not_deleted() -> None:
    require_unused({"name": "main", "jobIds": []}, force=False)
    require_unused({"name": "main", "jobIds": ["j1"]}, force=True)
    with pytest.raises(OptionError, match=r"main is used by the jobs j1, j2"):
        require_unused({"name": "main", "jobIds": ["j1", "j2"]}, force=False)


def test_api_key_cannot_read_every_vendor() -> None:
    vendors, left_out = select_types(None, "api_key")
    assert left_out == ["splunk"]
    assert len(vendors) == len(INTEGRATION_TYPES) - 1
    assert select_types(None, "access_token") == (list(INTEGRATION_TYPES.values()), [])
    with pytest.raises(OptionError, match=r"not accept API keys for splunk"):
        select_types(["splunk"], "api_key")


def test_clear_text_token_is_removed() -> None:
    shown = without_secrets({"name": "n", "secret": "clear", "payload": {"plainTextToken": "clear", "token": "***"}})
    assert shown == {"name": "n", "payload": {"token": "***"}}


def test_key_names_are_not_secrets() -> None:
    keys = [{"value": "2", "sendKey": True, "label": "production", "keyId": "k"}]
    assert sorted(iter_strings({"a": "1", "api_keys": keys, "secret_headers": {"label": "3"}})) == ["1", "2", "3"]


def test_each_vendor_has_a_kind() -> None:
    for vendor in INTEGRATION_TYPES.values():
        kind = build_resource_type(vendor)
        payload = dict.fromkeys(vendor.required, "x")
        planned = plan_resource(kind, None, {"name": "n", "type": vendor.type, "payload": payload})
        assert planned.body["version"] == 0
        for missing in vendor.required:
            with pytest.raises(OptionError, match=f"creating it requires .*payload.{missing}"):
                plan_resource(kind, None, {"name": "n", "type": vendor.type, "payload": {}})
    assert TEAMS.first_version is None
