# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The generic modules, and the execution of any module: ``main()`` against the simulator."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils import basic

from ansible_collections.greyops.rest.plugins.modules import (
    grepr_job_info,
    grepr_request,
    grepr_token,
    grepr_trigger,
    greymatter_catalog_info,
    greymatter_request,
    greymatter_token,
)

if TYPE_CHECKING:
    from tests.unit.conftest import Simulator

    Run = Callable[..., dict[str, Any]]

CATALOG = "/api-gateway/mdm-service/wms-masterdata/catalog"
LOGIN = "/api-gateway/auth-service/platform-auth/oauth/token"
ECHO = "/api-gateway/simulator/echo"
MODULES = (grepr_job_info, grepr_request, grepr_token, grepr_trigger, greymatter_catalog_info, greymatter_request,
           greymatter_token)  # fmt: skip


@pytest.fixture
def run(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Run:
    """Run a module as Ansible does on a target: arguments in, JSON out."""

    def module_result(module: ModuleType, *, check: bool = False, **arguments: object) -> dict[str, Any]:
        service = module.__name__.rpartition(".")[2].partition("_")[0]
        options = {name: value for name, value in simulator.ready_info[service].items() if name != "api_key"}
        given = {
            **options,
            "token_store_path": str(tmp_path / "tokens"),
            **arguments,
            "_ansible_check_mode": check,
            "_ansible_remote_tmp": str(tmp_path),
            "_ansible_keep_remote_files": False,
        }
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            module.main()
        out, err = capfd.readouterr()
        result: dict[str, Any] = json.loads(out.splitlines()[-1])
        assert (ended.value.code != 0) == bool(result.get("failed"))
        assert "Traceback" not in out + err
        result.pop("invocation", None)
        return result

    return module_result


# --- every module


@pytest.mark.parametrize("module", MODULES)
def test_missing_credentials_message(simulator: Simulator, run: Run, module: ModuleType) -> None:
    nothing = {
        name: None for name in ("client_id", "client_secret", "username", "password") if name in _options(module)
    }
    result = run(module, **nothing, **_required(module))
    if module is grepr_trigger:
        assert not result.get("failed")
        return
    assert result["failed"]
    assert result["msg"].startswith("No credentials were given. Give access_token (")
    assert simulator.requests() == []


@pytest.mark.parametrize("module", MODULES)
def test_unknown_option_is_rejected(run: Run, module: ModuleType) -> None:
    result = run(module, passwort="hunter2", **_required(module))
    assert result["failed"]
    assert "passwort" in result["msg"]
    assert "hunter2" not in result["msg"]


def _options(module: ModuleType) -> set[str]:
    return set(module.OPERATION.spec.options)


def _required(module: ModuleType) -> dict[str, str]:
    values = {"path": "/v1/echo", "job_id": "j", "rule_engine": "r", "trigger_id": "t"}
    options = module.OPERATION.spec.options
    # Of two options of which one is required, the plain one.
    return {name: values[name] for name, option in options.items() if option.get("required") or name == "job_id"}


# --- requests


def test_read(run: Run) -> None:
    result = run(grepr_request, path="/v1/echo", query={"state": ["A", "B"], "latest": True, "none": None})
    assert (result["changed"], result["status"]) == (False, 200)
    assert result["json"]["query"] == {"state": ["A", "B"], "latest": "true"}
    assert result["api"] == {"calls": 1, "retries": 0, "waited": 0.0, "token": "granted"}
    assert "content" not in result
    assert result["headers"]["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    ("query", "arrived"),
    [
        ("state=A&state=B&latest=true", {"state": ["A", "B"], "latest": "true"}),
        ("?text=a%20b%26c", {"text": "a b&c"}),
        ("empty=", {"empty": ""}),
        ('{"state": ["A", "B"], "latest": true}', {"state": ["A", "B"], "latest": "true"}),
        ("", {}),
    ],
)
def test_query_as_text(run: Run, query: str, arrived: dict[str, Any]) -> None:
    assert run(grepr_request, path="/v1/echo", query=query)["json"]["query"] == arrived


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a=1 b=2", "query is a string that contains a blank"),
        ('{"a"', "query must be a dictionary"),
        ([1], "query must be a"),
    ],
)
def test_invalid_query(run: Run, simulator: Simulator, query: Any, expected: str) -> None:
    assert expected in run(grepr_request, path="/v1/echo", query=query)["msg"]
    assert not simulator.requests("/api")


def test_header_values_are_json_encoded(run: Run) -> None:
    headers = run(grepr_request, path="/v1/echo", headers={"X-On": True, "X-Number": 1.5, "X-None": None})["json"][
        "headers"
    ]
    assert {name: headers.get(name) for name in ("X-On", "X-Number", "X-None")} == {
        "X-On": "true",
        "X-Number": "1.5",
        "X-None": None,
    }


@pytest.mark.parametrize("path", ["/v1/echo", "v1/echo", "/v1/echo?a=b"])
def test_paths(run: Run, path: str) -> None:
    assert run(grepr_request, path=path)["json"]["query"] == ({"a": "b"} if "?" in path else {})


@pytest.mark.parametrize("path", ["https://evil.test/x", "//evil.test/x", "http://127.0.0.1/x"])
def test_path_cannot_leave_the_api(simulator: Simulator, run: Run, path: str) -> None:
    result = run(grepr_request, path=path)
    assert "path must be relative to api_url" in result["msg"]
    assert simulator.requests() == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_write(run: Run, method: str) -> None:
    result = run(greymatter_request, path=ECHO, method=method, body={"a": "ü", "n": [1, None]})
    assert (result["changed"], result["status"]) == (True, 200)
    assert result["json"]["method"] == method
    assert result["json"]["body"] == {"a": "ü", "n": [1, None]}


@pytest.mark.parametrize(
    ("body", "arrives"),
    [('{"a": 1}', {"a": 1}), ("[1]", [1]), ("plain", "plain"), ("{broken", "{broken"), ([1, "x"], [1, "x"]), (7, 7)],
)
def test_bodies(run: Run, body: object, arrives: object) -> None:
    assert run(grepr_request, path="/v1/echo", method="POST", body=body)["json"]["body"] == arrives


def test_headers(simulator: Simulator, run: Run) -> None:
    result = run(grepr_request, path="/v1/echo", headers={"X-One": 1, "Accept": "*/*"})
    assert result["json"]["headers"]["X-One"] == "1"
    assert result["json"]["headers"]["Accept"] == "*/*"
    # The headers of the login do not include those of the user.
    assert "X-One" not in simulator.requests("/oauth")[0]["headers"]


def test_text_and_empty_responses(run: Run) -> None:
    text = run(grepr_request, path="/v1/text")
    assert text["content"] == "plain text, äöü\n"
    assert "json" not in text
    nothing = run(grepr_request, path="/v1/empty")
    assert (nothing["status"], nothing["content"]) == (204, "")


def test_invalid_json_is_returned_as_content(simulator: Simulator, run: Run) -> None:
    simulator.fault("/api/v1/echo", {"status": 200, "text": '{"a": '})
    assert run(grepr_request, path="/v1/echo")["content"] == '{"a": '


def test_response_hides_cookies_and_tokens(simulator: Simulator, run: Run) -> None:
    token = run(grepr_token, return_token=True)["access_token"]
    document = {"json": {"you": f"Bearer {token}"}, "headers": {"Set-Cookie": "session=hunter2", "X-Token": token}}
    simulator.fault("/api/v1/echo", {"status": 200, **document})
    result = run(grepr_request, path="/v1/echo")
    assert token not in json.dumps(result)
    assert "hunter2" not in json.dumps(result)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500])
def test_rejected_request(simulator: Simulator, run: Run, status: int) -> None:
    simulator.fault("/api/v1/echo", {"status": status, "json": {"message": "that is why"}})
    result = run(grepr_request, path="/v1/echo", query={"secret": "hunter2"}, retries=0)
    assert result["failed"]
    assert (result["status"], result["method"], result["url"]) == (status, "GET", f"{simulator.http}/api/v1/echo")
    assert ": that is why." in result["msg"]
    assert "hunter2" not in json.dumps(result)


def test_accepted_status_codes(simulator: Simulator, run: Run) -> None:
    assert run(grepr_request, path="/v1/nothing", status_code=[200, 404])["status"] == 404
    result = run(grepr_request, path="/v1/echo", status_code=[201])
    assert result["failed"]
    assert result["status"] == 200


def test_narrowed_credential(simulator: Simulator, run: Run) -> None:
    simulator.switch(narrowed_scope=True)
    assert "may be narrowed" in run(grepr_request, path="/v1/echo")["msg"]
    assert "may be narrowed" in run(greymatter_request, path=ECHO)["msg"]


def test_all_modules_send_json_headers(simulator: Simulator, run: Run) -> None:
    simulator.switch(require_json_headers=True)
    for module, path in ((grepr_request, "/v1/echo"), (greymatter_request, ECHO)):
        assert not run(module, path=path).get("failed")
    assert not run(grepr_job_info).get("failed")
    assert not run(greymatter_catalog_info).get("failed")
    assert not run(grepr_trigger, job_id="j", rule_engine="r", trigger_id="t").get("failed")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_check_mode_only_predicts_a_write(simulator: Simulator, run: Run, method: str) -> None:
    result = run(grepr_request, path="/v1/echo", method=method, check=True)
    assert (result["changed"], "status" in result) == (True, False)
    assert simulator.requests() == []


@pytest.mark.parametrize("arguments", [{"method": "GET"}, {"method": "HEAD"}, {"method": "POST", "read_only": True}])
def test_check_mode_reads(simulator: Simulator, run: Run, arguments: dict[str, object]) -> None:
    result = run(grepr_request, path="/v1/echo", check=True, **arguments)
    assert (result["changed"], result["status"]) == (False, 200)
    assert len(simulator.requests("/api/v1/echo")) == 1


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        ({"method": "POST"}, 1),
        ({"method": "PATCH"}, 1),
        ({"method": "PUT"}, 2),
        ({"method": "DELETE"}, 2),
        ({"method": "POST", "read_only": True}, 2),
        ({"method": "GET"}, 2),
    ],
)
def test_only_idempotent_requests_are_retried(
    simulator: Simulator, run: Run, arguments: dict[str, object], sent: int
) -> None:
    simulator.fault("/api/v1/echo", {"status": 503, "headers": {"Retry-After": "0"}}, times=1)
    result = run(grepr_request, path="/v1/echo", **arguments)
    assert bool(result.get("failed")) == (sent == 1)
    assert len(simulator.requests("/api/v1/echo")) == sent


# --- the other modules


def test_jobs_are_sorted_and_filtered_by_the_api(simulator: Simulator, run: Run) -> None:
    result = run(grepr_job_info)
    assert [(job["name"], job["version"]) for job in result["jobs"]] == [
        ("audit_logs", 0), ("nightly_backfill", 0), ("payments", 3), ("web_logs", 0), ("web_logs", 1),
    ]  # fmt: skip
    run(grepr_job_info, id=["a", "b"], name="n", state=["RUNNING", "FAILED"], execution="ASYNCHRONOUS",
        processing="STREAMING", since="2026-03-01T00:00:00Z", latest=True)  # fmt: skip
    assert simulator.requests("/api/v1/jobs")[-1]["query"] == {
        "id": ["a", "b"], "name": "n", "state": ["RUNNING", "FAILED"], "execution": "ASYNCHRONOUS",
        "processing": "STREAMING", "since": "2026-03-01T00:00:00Z", "latest": "true",
    }  # fmt: skip


def test_list_accepts_status_201(simulator: Simulator, run: Run) -> None:
    simulator.switch(grepr={"jobs_status": 201})
    assert len(run(grepr_job_info)["jobs"]) == 5


def test_one_job(run: Run) -> None:
    web_logs = run(grepr_job_info, name="web_logs", latest=True)["jobs"][0]
    assert run(grepr_job_info, id=web_logs["id"], version=0)["jobs"][0]["version"] == 0
    resolved = run(grepr_job_info, id=web_logs["id"], resolved=True)["jobs"][0]
    assert not [vertex for vertex in resolved["jobGraph"]["vertices"] if vertex["type"] == "template-operation"]
    assert run(grepr_job_info, id="nothing", resolved=True)["jobs"] == []
    for wrong in ({"version": 0}, {"id": ["a", "b"], "version": 0}, {"id": "a", "name": "b", "resolved": True}):
        assert "requires the id of one job" in run(grepr_job_info, **wrong)["msg"]


@pytest.mark.parametrize("wrapper", ["none", "content", "data", "items", "serviceRequests"])
def test_catalogs_of_every_shape(simulator: Simulator, run: Run, wrapper: str) -> None:
    simulator.admin("POST", "/catalogs/generate", {"count": 45})
    simulator.switch(greymatter={"catalog_wrapper": wrapper})
    catalogs = run(greymatter_catalog_info)["catalogs"]
    assert len({catalog["clientCatalogId"] for catalog in catalogs}) == len(catalogs) == 45
    assert catalogs == sorted(catalogs, key=lambda catalog: str(catalog["clientCatalogId"]))


def test_pages_may_begin_at_one(simulator: Simulator, run: Run) -> None:
    simulator.admin("POST", "/catalogs/generate", {"count": 45})
    simulator.switch(greymatter={"catalog_wrapper": "content", "first_page": 1})
    catalogs = run(greymatter_catalog_info)["catalogs"]
    assert len({catalog["clientCatalogId"] for catalog in catalogs}) == len(catalogs) == 45


def test_catalogs_are_filtered(run: Run) -> None:
    result = run(greymatter_catalog_info, client_catalog_id=["300", "100", "nothing"])
    assert [catalog["clientCatalogId"] for catalog in result["catalogs"]] == ["100", "300"]
    assert result["changed"] is False


def test_paths_of_catalogs(simulator: Simulator, run: Run) -> None:
    simulator.switch(greymatter={"prefix": "/gate", "catalog_path": "/old/catalogs"})
    assert len(run(greymatter_catalog_info, path_prefix="gate")["catalogs"]) == 3
    cases: list[dict[str, Any]] = [{"path": "/old/catalogs"}, {"routes": {"catalog": "/old/catalogs"}}]
    for arguments in cases:
        routes = {"token": f"gate{LOGIN}", **arguments.get("routes", {})}
        assert len(run(greymatter_catalog_info, **{**arguments, "routes": routes})["catalogs"]) == 3


def test_invalid_lists(simulator: Simulator, run: Run) -> None:
    simulator.fault(CATALOG, {"status": 200, "json": {"alert_data": [{"description": "not yours"}]}})
    assert "answered with HTTP 200, and yet with an error: not yours." in run(greymatter_catalog_info)["msg"]
    simulator.fault("/api/v1/jobs", {"status": 200, "html": "<title>Sign in</title>"})
    assert "where JSON was expected" in run(grepr_job_info)["msg"]


@pytest.mark.parametrize("answer", [{"status": 404, "html": "<title>No</title>"}, {"status": 200, "html": "<p>App"}])
@pytest.mark.parametrize(
    ("end", "hint"),
    [
        ("/api/v1", "api_url ends before /v1: set it to {host}/api. Check "),
        ("/api/v1/", "api_url ends before /v1: set it to {host}/api. Check "),
        ("", "The API lies below /api: set api_url to {host}/api. Check "),
        ("/api", "Check "),
        ("/api/behind-a-gateway", "Check "),
    ],
)
def test_wrong_api_url(simulator: Simulator, run: Run, end: str, hint: str, answer: dict[str, Any]) -> None:
    host = simulator.ready_info["http"]
    simulator.fault("*", answer)
    msg = run(grepr_job_info, api_url=f"{host}{end}", access_token="a-token", client_id=None, client_secret=None)["msg"]
    assert f". {hint.format(host=host)}" in msg
    assert ("/v1:" in msg, "below /api" in msg) == ("/v1:" in hint, "below /api" in hint)


def test_trigger(simulator: Simulator, run: Run) -> None:
    fired = {"job_id": "j", "rule_engine": "r", "trigger_id": "t", "variables": {"a": [1, None]}}
    assert run(grepr_trigger, **fired, check=True)["changed"] is True
    assert simulator.admin("GET", "/triggers") == []
    result = run(grepr_trigger, **fired)
    assert (result["changed"], result["trigger"]) == (True, fired)
    assert simulator.admin("GET", "/triggers") == [
        {"jobId": "j", "logsRuleEngineName": "r", "triggerId": "t", "variables": {"a": [1, None]}}
    ]
    # It is unauthenticated: no login, even if the defaults of its group contain credentials.
    assert simulator.grants("grepr") == 0


def test_trigger_with_a_key(simulator: Simulator, run: Run) -> None:
    simulator.switch(grepr={"triggers": "key_only"})
    fired = {"job_id": "j", "rule_engine": "r", "trigger_id": "t"}
    assert "API key is invalid" in run(grepr_trigger, **fired)["msg"]
    assert run(grepr_trigger, **fired, api_key=simulator.ready_info["grepr"]["api_key"])["changed"] is True


@pytest.mark.parametrize("module", [grepr_token, greymatter_token])
def test_token_lifecycle(simulator: Simulator, run: Run, module: ModuleType) -> None:
    first = run(module)
    assert (first["changed"], first["api"]["token"], first["store"]) == (True, "granted", "file")
    assert not {"access_token", "authorization"} & set(first)
    again = run(module)
    assert (again["changed"], again["api"]["token"]) == (False, "stored")
    assert again["expires_at"] == first["expires_at"]
    assert run(module, state="refreshed", check=True)["changed"] is True
    renewed = run(module, state="refreshed")
    assert (renewed["changed"], renewed["api"]["token"]) == (
        True, "granted" if module is grepr_token else "refreshed",
    )  # fmt: skip
    assert run(module, state="absent", check=True)["changed"] is True
    assert run(module, state="absent")["changed"] is True
    assert run(module, state="absent")["changed"] is False
    value = run(module, return_token=True)
    assert value["authorization"] == f"Bearer {value['access_token']}"
    assert value["access_token"] in json.dumps(simulator.admin("GET", "/tokens"))


def test_check_mode_logs_in(simulator: Simulator, run: Run) -> None:
    assert run(grepr_token, check=True)["changed"] is True
    assert run(grepr_token)["changed"] is False
    assert simulator.grants("grepr") == 1
