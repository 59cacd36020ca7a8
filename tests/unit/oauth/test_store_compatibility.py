# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A store written by an earlier version stays readable: names, keys, encryption and records keep their format."""

from __future__ import annotations

import base64
import os
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._grepr.service import GREPR
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.service import GREYMATTER
from ansible_collections.greyops.rest.plugins.module_utils._oauth.tokens import Token, TokenRecord
from ansible_collections.greyops.rest.plugins.module_utils._service import Service
from tests.unit.conftest import params

# Written by commit 55e1c79, for these credentials and with tokens that expire in the year 2100.
FILES = {
    "key": "eshPciHzCVTAu/Fho+mv+UmDxX3ng/23sPwpH6Vfp0U=",
    "f12e8dfbcdba0773bb033b9cd9cf2b209a03ffa6e58952ec038ce7b5d59a4b2d.token": """
        RN/uh/zmXaFp9ZhmTkm/Dn4JjepoPd4BcJdCuKe+4LHKDxmaU+LgJdaFmdJZZpoy+ADohSZ7Ty96+YOT2KuOuCBT/QJfMPZxXS4dyjnh
        LCOW+y4VxKP0L2lVUHNjLCz6XTlJhx8s53QGh6HzfsDIh+U52TibL8jG7PzHfq8PlG9NgOCA/Gr1Gk3/PN6JuSa5Ls/8uGcUwJJWovZW
        Uu+altLHO4wqWY/79N24vst2eWL2oyAvjV0XNy2Bl3QPMeyffv023VmO+wc0Ji2T1PY480FBo84+rw7EOYmwu51J9XXW2X9P7eFPUDzB
        tdJwoOjohosfEv1mJXg9sV3kGpF2atr+HI82nl6PWr8cAQork8NfOe491avbph4GPOFZYpEnJKwAhKEUgiSt9P9jQqUZRQ==""",
    "0961c2706e259b9d56a4fcc3a4e29fd0093a989b18b70ec62ecbfea4abfb0ba3.token": """
        iltuG03TQ8k6BKt2xJR82TNlsGEMHrBQ2zP4iAZWphrZ2Pwe+sAVeq20pVe8JvoFZIUAILAhz1GqCnZapyKKHLLVCxzCCEN/wj5Ae1p9
        g7oICCnRzXjLhtxGTV5H2auUCfyFihUdUj6fHtt+3magiO1/xUDgUoLJpSasSERQIMH1PU+sUtVP3HagoEXOLt6RPvtiqml3PpT+il7M
        J7FZIu9UocS1fgeGB7CbrWJ8EtwBkcx1+4SJAFII1tRqYg6yg868xnYCvtlaDjythIgD4T2QKWkLfCRZvcB8wxL2+F+57W2Z55ETezIn
        fakkxhQ2dqDpAQnVcVe1ep77s9Ac1DcuOGBfX76vt3q8UmY4HEwebQtpH8OzRdNsIYMs3vyMwv1P7A==""",
}
EXPIRES_AT = 4102444800.0
LOGIN_OF_GREPR = {
    "org": "acme",
    "auth_url": "https://login.example.com",
    "client_id": "me",
    "client_secret": "hunter2-hunter2",
}
LOGIN_OF_GREYMATTER = {"api_url": "https://gm.example.com", "username": "ann", "password": "hunter2-hunter2"}
TOKEN_OF_GREPR = Token("a-token-of-grepr", "Bearer", "read:jobs", 1763800000.0, EXPIRES_AT)
TOKEN_OF_GREYMATTER = Token("a-token-of-greymatter", "bearer", None, 1763800000.0, EXPIRES_AT, "a-refresh-token")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    directory = tmp_path / "tokens"
    directory.mkdir(mode=0o700)
    for name, content in FILES.items():
        (directory / name).write_bytes(base64.b64decode("".join(content.split())))
        (directory / name).chmod(0o600)
        os.utime(directory / name, (EXPIRES_AT, EXPIRES_AT))
    return directory


@pytest.mark.parametrize(
    ("service", "login", "token"),
    [(GREPR, LOGIN_OF_GREPR, TOKEN_OF_GREPR), (GREYMATTER, LOGIN_OF_GREYMATTER, TOKEN_OF_GREYMATTER)],
    ids=["grepr", "greymatter"],
)
def test_store_of_an_earlier_version_is_used(
    store: Path, runtime: NullRuntime, service: Service, login: dict[str, Any], token: Token
) -> None:
    """Without a login, and without a change of its files."""
    before = {file.name: file.read_bytes() for file in store.iterdir()}
    provider = service.open_provider(Context(params(service.spec, {**login, "token_store_path": str(store)}), runtime))
    assert provider.get_token() == token
    assert (provider.store_kind, runtime.warnings) == ("file", [])
    assert {file.name: file.read_bytes() for file in store.iterdir()} == before


def test_record_keys_are_stable(runtime: NullRuntime, store: Path) -> None:
    record = TokenRecord(token=TOKEN_OF_GREPR).as_document()
    assert sorted(record) == [
        *(
            "accepted",
            "refreshed",
            "refusal",
            "refused_at_login",
            "refused_login",
            "refused_until",
            "token",
            "unproven",
        ),
    ]
    assert sorted(record["token"]) == [
        *("access_token", "expires_at", "obtained_at", "refresh_token", "scope", "token_type"),
    ]
    assert time.time() < EXPIRES_AT
