# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Surrounding characters of credentials, encrypted keys, missing login paths: in errors and in the doctor."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context
from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HTTP_SPEC, HttpSettings
from ansible_collections.greyops.rest.plugins.module_utils._oauth.credentials import CREDENTIALS, build_credential_hint
from ansible_collections.greyops.rest.plugins.module_utils._oauth.redis_store import RedisStore
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules import doctor, grepr_job_info, greymatter_catalog_info
from tests.unit.conftest import params

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
    from tests.unit.conftest import Simulator

    RunModule = Callable[..., dict[str, Any]]

SERVICES = {"grepr": grepr_job_info, "greymatter": greymatter_catalog_info}
LOGINS = {
    "grepr": ("client_id", "client_secret"),
    "greymatter": ("client_id", "client_secret", "username", "password"),
}
# Characters around a credential, and the beginning of the message about them.
ROUND = {
    "{}\n": "Look for a line break or a blank at the end of {}, as files have them.",
    "{}\r\n": "Look for a line break or a blank at the end of {}, as files have them.",
    "{} ": "Look for a line break or a blank at the end of {}, as files have them.",
    "\t{}": "Look for a line break or a blank at the beginning of {}.",
    '"{}"': "Look for quotes around {}, which belong to the file that it comes from.",
    "'{}'": "Look for quotes around {}, which belong to the file that it comes from.",
    "{}\nx": "Look for a line break or another control character in {}.",
}


@pytest.fixture
def run_module(simulator: Simulator, runtime: NullRuntime) -> RunModule:
    """The result of a module, or of the doctor, for a service."""

    def run(service: str, module: Any = None, **given: Any) -> dict[str, Any]:
        module = module or SERVICES[service]
        spec = module.OPERATION.spec
        names = ("api_url", "auth_url", *LOGINS[service])
        known = {
            name: simulator.ready_info[service][name] for name in names if name in simulator.ready_info[service]
        } | given
        arguments = {service: known, "service": [service], "details": True} if module is doctor else known
        call = Context(params(spec, {**arguments, "token_store": "none"}), runtime, diff_mode=True)
        return perform(module.OPERATION, call).keys

    return run


def findings(report: dict[str, Any], check: str) -> list[dict[str, str]]:
    return [finding for finding in report["findings"] if finding["check"] == check]


@pytest.mark.parametrize(("form", "sentence"), ROUND.items())
@pytest.mark.parametrize(("service", "option"), [(name, option) for name in LOGINS for option in LOGINS[name]])
def test_rejected_login_reports_surrounding_characters(
    run_module: RunModule, simulator: Simulator, service: str, option: str, form: str, sentence: str
) -> None:
    value = simulator.ready_info[service].get(option, "butler")
    message = run_module(service, **{option: form.format(value)})["msg"]
    assert "(login) failed with HTTP" in message
    assert sentence.format(f"{option} ({service.upper()}_{option.upper()})") in message
    assert message.count("Look for") == 1
    # The credential was sent unchanged.
    assert value == "butler" or option in ("client_id", "username") or value not in message


@pytest.mark.parametrize("form", ['"{}"', "{}\n", "\r{}"])
@pytest.mark.parametrize("option", ["api_key", "access_token"])
def test_rejected_header_reports_surrounding_characters(
    run_module: RunModule, simulator: Simulator, option: str, form: str
) -> None:
    given: dict[str, Any] = {"client_id": None, "client_secret": None, option: form.format("a-held-credential")}
    answer = run_module("grepr", **given)
    assert answer["failed"]
    assert f"{option} (GREPR_{option.upper()})" in answer["msg"]
    assert "a-held-credential" not in str(answer)
    if form == '"{}"':
        assert "HTTP 401" in answer["msg"]
    else:
        assert answer["msg"].startswith(
            f"{option} contains characters that a header cannot carry. Look for a line break"
        )
        assert simulator.requests("/api") == []


@pytest.mark.parametrize("value", ["plain", "pass word", "it's", '"', "'a", "ünïcode", "a\\n", 'a"', "", None, 7])
def test_valid_credential_characters_are_not_reported(value: object) -> None:
    assert build_credential_hint("password", value) == ""


def test_no_hint_shows_a_credential() -> None:
    for form in ROUND:
        assert "s3cret" not in build_credential_hint("password", form.format("s3cret"))
    assert {*LOGINS["grepr"], *LOGINS["greymatter"], "api_key", "access_token"} == set(CREDENTIALS)


@pytest.mark.parametrize("from_environment", [False, True])
def test_doctor_names_the_source(
    run_module: RunModule, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, from_environment: bool
) -> None:
    secret = simulator.ready_info["grepr"]["client_secret"]
    if from_environment:
        monkeypatch.setenv("GREPR_CLIENT_SECRET", f"{secret}\n")
    report = run_module("grepr", doctor, client_secret="" if from_environment else f"{secret}\n")
    place = "client_secret (GREPR_CLIENT_SECRET)" if from_environment else "client_secret"
    (odd,) = [finding for finding in findings(report, "option") if finding["status"] == "warn"]
    assert odd["detail"].startswith("client_secret = ********, from ")
    assert odd["advice"] == f"Look for a line break or a blank at the end of {place}, as files have them."
    (login,) = findings(report, "login")
    assert login["advice"] == (
        "Look for a line break or a blank at the end of client_secret (GREPR_CLIENT_SECRET), as files have them. "
        "Check client_id, client_secret, audience and auth_url."
    )
    assert secret not in str(report)


def test_full_hint_is_shown(run_module: RunModule, simulator: Simulator) -> None:
    simulator.fault("/api", {"status": 401, "json": {"message": "Go away. Check nothing."}})
    (refused,) = findings(run_module("grepr", doctor), "first call")
    assert refused["detail"].endswith("failed with HTTP 401 Unauthorized: Go away. Check nothing.")
    assert refused["advice"] == (
        "New tokens are refused as well, so no more are asked for in the next minute. Check that the credential "
        "belongs to this API, and that its scope was not narrowed."
    )


# --- missing login paths


@pytest.mark.parametrize("status", [404, 405])
@pytest.mark.parametrize(
    ("service", "places"),
    [("grepr", "auth_url"), ("greymatter", "api_url, auth_url, path_prefix, and token in routes")],
)
def test_missing_login_path_names_the_url(
    run_module: RunModule, simulator: Simulator, service: str, places: str, status: int
) -> None:
    simulator.fault("/", {"status": status, "json": {"message": "No message available"}}, method="POST")
    message = run_module(service)["msg"]
    assert message.endswith(f": No message available. There is no login at this address: check {places}.")
    (found,) = findings(run_module(service, doctor), "login")
    assert found["advice"] == f"There is no login at this address: check {places}."


# --- keys with a passphrase


def _key(directory: Path, kind: str) -> Path:
    """An encrypted key, as written by current OpenSSL, by older versions, or after its certificate."""
    file = directory / "key.pem"
    options = ["-traditional"] if kind == "old" else []
    command = ["openssl", "genrsa", "-aes256", "-passout", "pass:word", *options, "-out", str(file), "2048"]
    subprocess.run(command, check=True, capture_output=True)
    if kind == "one file":
        certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        file.write_text(certificate + file.read_text())
    return file


@pytest.mark.parametrize("kind", ["new", "old", "one file"])
def test_encrypted_key_has_its_own_message(
    run_module: RunModule, simulator: Simulator, tmp_path: Path, kind: str
) -> None:
    key = _key(tmp_path, kind)
    given = {"client_cert": str(key)} if kind == "one file" else {"client_cert": __file__, "client_key": str(key)}
    option = "client_cert" if kind == "one file" else "client_key"
    answer = run_module("grepr", auth_url=simulator.https, **given)
    assert answer["msg"] == (
        f"{option} names {key}, whose private key has a passphrase. Name a key without one, in a file that no "
        "other user can read: openssl pkey -in KEY -out NEW_KEY."
    )
    (found,) = findings(run_module("grepr", doctor, auth_url=simulator.https, **given), "options")
    assert f"{found['detail']} {found['advice']}" == answer["msg"]
    assert simulator.requests() == []


def test_redis_does_not_prompt_for_a_passphrase(tmp_path: Path) -> None:
    key = _key(tmp_path, "new")
    url = f"rediss://127.0.0.1:1/0?ssl_certfile={key}&ssl_keyfile={key}"
    with pytest.raises(OptionError, match=r"ssl_\w+ in token_store_url names .* has a passphrase"):
        RedisStore(url, "key")
    RedisStore(f"{url}&ssl_password=word", "key")


def test_unencrypted_key_is_accepted(simulator: Simulator, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    subprocess.run(["openssl", "genrsa", "-out", file, "2048"], check=True, capture_output=True)
    assert HttpSettings.from_params(params(HTTP_SPEC, {"client_cert": str(file)})).client_cert == str(file)
