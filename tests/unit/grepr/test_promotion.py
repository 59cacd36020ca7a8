# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison of promotion policies."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.promotion import Promotion, check_promotion

# As Grepr returns it, with what it adds itself.
POLICY: dict[str, Any] = {
    "v": 2,
    "revision": 7,
    "columnRemovalDelay": "PT24H",
    "attributes": {
        "cap": 10,
        "include": [{"path": "b", "prefix": False, "numeric": True}, {"path": "a", "prefix": True, "numeric": False}],
        "exclude": [{"path": "kube", "prefix": True, "scheduledRemovalAt": "2026-11-01T00:00:00Z"}],
        "excludeAllByDefault": False,
    },
    "tags": {
        "cap": 3,
        "include": ["env", "team"],
        "exclude": ["x"],
        "scheduledRemovalAt": {"x": "2026-11-01T00:00:00Z"},
    },
}


@pytest.mark.parametrize(
    "desired",
    [
        {"tags": {"include": ["team", "env"]}},
        {"attributes": {"include": [{"path": "a", "prefix": True}, {"path": "b", "numeric": True}]}},
        {"attributes": {"exclude": [{"path": "kube", "prefix": True}]}},
        {"columnRemovalDelay": "P1D"},
        {"columnRemovalDelay": "PT1440M", "revision": 3},
        {"attributes": None},
        POLICY,
    ],
)
def test_policies_that_are_equal(desired: dict[str, Any]) -> None:
    assert not Promotion("logs_raw", POLICY, desired).changed


@pytest.mark.parametrize(
    "desired",
    [
        {"tags": {"include": ["env"]}},
        {"tags": {"exclude": []}},
        {"tags": {"cap": 0}},
        {"attributes": {"include": [{"path": "a"}, {"path": "b", "numeric": True}]}},
        {"attributes": {"excludeAllByDefault": True}},
        {"columnRemovalDelay": None},
        {"columnRemovalDelay": "PT6H"},
        {},
    ],
)
def test_policies_that_differ(desired: dict[str, Any]) -> None:
    assert Promotion("logs_raw", POLICY, desired).changed


def test_missing_delay_is_the_documented_one() -> None:
    policy = {**POLICY, "columnRemovalDelay": None}
    assert not Promotion("logs_raw", policy, {"columnRemovalDelay": "PT6H"}).changed


def test_rest_of_a_policy_stays() -> None:
    change = Promotion("logs_raw", POLICY, {"tags": {"include": ["env"]}})
    assert change.before is not None
    assert change.after == {**change.before, "tags": {"cap": 3, "include": ["env"], "exclude": ["x"]}}
    assert "scheduledRemovalAt" not in str(change.before)
    assert not {"v", "revision"} & change.after.keys()


def test_table_without_a_policy_is_as_after_a_reset() -> None:
    assert not Promotion("logs_raw", {}, {}).changed
    assert Promotion("logs_raw", {}, {"tags": {"include": ["env"]}}).before is None
    assert Promotion("logs_raw", POLICY, {}).after == Promotion("logs_raw", {}, {}).after


@pytest.mark.parametrize(
    ("promotion", "problem"),
    [
        ("env", "p must be a dictionary."),
        ({"tags": ["env"]}, "p.tags must be a dictionary."),
        ({"tags": {"include": "env"}}, "p.tags.include must be a list."),
        ({"tags": {"exclude": [{"path": "env"}]}}, "p.tags.exclude must be a list of tag keys."),
        (
            {"attributes": {"include": ["http.method"]}},
            "p.attributes.include must be a list of dictionaries with",
        ),
        ({"attributes": {"exclude": [{"prefix": True}]}}, "p.attributes.exclude must be a list of dictionaries with"),
    ],
)
def test_policies_without_the_documented_structure(promotion: Any, problem: str) -> None:
    with pytest.raises(OptionError) as caught:
        check_promotion("p", promotion)
    assert problem in caught.value.msg
