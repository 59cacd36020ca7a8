# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments are converted in the worker as for a module process, which receives them as JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
import yaml

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.plugin_utils._controller import to_builtin


@pytest.mark.parametrize("key", [404, -1, 1.5, -0.0, 1e300, 1e16, 1e-7, True, False, None, "text", "", 10**30])
def test_keys_are_converted_as_in_json(key: Any) -> None:
    (name,) = to_builtin({"outer": [{key: "value"}]})["outer"][0]
    assert (name, type(name)) == (next(iter(json.loads(json.dumps({key: 0})))), str)


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (date(2026, 12, 31), "2026-12-31"),
        (datetime(2026, 12, 31, 10, tzinfo=UTC), "2026-12-31T10:00:00+00:00"),
        ({date(2026, 12, 31): {1: {2: 3}}}, {"2026-12-31": {"1": {"2": 3}}}),
        ({"b", "a", "c"}, ["a", "b", "c"]),
        ({2, 10, 1}, [1, 10, 2]),
        (frozenset({"a"}), ["a"]),
        (((1, 2), [3]), [[1, 2], [3]]),
    ],
)
def test_values_without_a_json_equivalent(value: Any, result: Any) -> None:
    assert to_builtin(value) == result
    assert to_builtin(to_builtin(value)) == result


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{a: {1: x, "1": y}}', "a has the key 1 twice"),
        ("{true: x, 'true': y}", "A value has the key true twice"),
        ("a: [0, {b: .nan}]", "a[1].b is nan, which is no number in JSON"),
        ("a: -.inf", "a is -inf, which"),
        ("{.inf: a}", "A value is inf, which"),
        ("a: !!binary aGFsbG8=", "a is binary data"),
        ("{a: {? !!python/tuple [1] : 2}}", "a has a list as a key"),
    ],
)
def test_unserializable_values_are_rejected(text: str, expected: str) -> None:
    with pytest.raises(OptionError) as caught:
        to_builtin(yaml.load(text, Loader=yaml.FullLoader))
    assert caught.value.msg.startswith(expected)
