# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the role api_facts finds credentials."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.filter.has_credentials import FilterModule

has_credentials = FilterModule().filters()["has_credentials"]


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for service in ("GREPR", "GREYMATTER"):
        for name in ("CLIENT_ID", "CLIENT_SECRET", "API_KEY", "ACCESS_TOKEN", "USERNAME", "PASSWORD"):
            monkeypatch.delenv(f"{service}_{name}", raising=False)


@pytest.mark.parametrize("option", ["access_token", "api_key", "client_id", "client_secret"])
def test_partial_grepr_credential_as_option_is_detected(option: str) -> None:
    assert has_credentials({option: "x"}, "grepr")
    assert not has_credentials({option: ""}, "grepr")


@pytest.mark.parametrize("option", ["access_token", "username", "password"])
def test_partial_greymatter_credential_as_option_is_detected(option: str) -> None:
    assert has_credentials({option: "x"}, "greymatter")


@pytest.mark.parametrize(
    ("service", "options"), [("grepr", {"api_url": "x", "org": "x"}), ("greymatter", {"client_id": "x"}), ("grepr", {})]
)
def test_other_options_are_not_credentials(service: str, options: dict[str, Any]) -> None:
    assert not has_credentials(options, service)


@pytest.mark.parametrize(
    ("service", "variables", "expected"),
    [
        ("grepr", ["GREPR_ACCESS_TOKEN"], True),
        ("grepr", ["GREPR_API_KEY"], True),
        ("grepr", ["GREPR_CLIENT_ID"], False),
        ("grepr", ["GREPR_CLIENT_SECRET"], False),
        ("grepr", ["GREPR_CLIENT_ID", "GREPR_CLIENT_SECRET"], True),
        ("grepr", ["GREYMATTER_ACCESS_TOKEN"], False),
        ("greymatter", ["GREYMATTER_ACCESS_TOKEN"], True),
        ("greymatter", ["GREYMATTER_PASSWORD"], False),
        ("greymatter", ["GREYMATTER_USERNAME", "GREYMATTER_PASSWORD"], True),
        ("greymatter", ["GREYMATTER_CLIENT_ID", "GREYMATTER_CLIENT_SECRET"], False),
    ],
)
def test_environment_requires_a_complete_credential(
    service: str, variables: list[str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in variables:
        monkeypatch.setenv(name, "x")
    assert has_credentials({}, service) is expected
