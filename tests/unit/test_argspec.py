# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments, environment, and authentication methods."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ansible_collections.greyops.rest.plugins.module_utils._argspec import ArgumentSpec, validate_options
from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr import service as grepr
from ansible_collections.greyops.rest.plugins.module_utils._grepr.service import GREPR
from ansible_collections.greyops.rest.plugins.module_utils._greymatter import service as greymatter
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.routes import get_path
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.service import GREYMATTER
from ansible_collections.greyops.rest.plugins.module_utils._http.auth import StaticHeaderAuth
from ansible_collections.greyops.rest.plugins.modules import (
    grepr_job_info,
    grepr_jobs,
    grepr_token,
    grepr_trigger,
    greymatter_catalog_info,
    greymatter_product,
    greymatter_products,
    greymatter_service_request,
    greymatter_service_requests,
)
from ansible_collections.greyops.rest.plugins.plugin_utils._controller import to_builtin

if TYPE_CHECKING:
    from types import ModuleType

    from tests.unit.conftest import OpenSession

CLIENT = {"client_id": "me", "client_secret": "s3cret"}
USER = {"username": "ann", "password": "pa55"}
CLIENT_ENVIRON = {"GREPR_CLIENT_ID": "env-me", "GREPR_CLIENT_SECRET": "env-s3cret"}
ROLES = Path(__file__).resolve().parents[2] / "roles"


def resolved(
    arguments: dict[str, Any], environ: dict[str, str] | None = None, spec: ArgumentSpec = GREPR.spec
) -> dict[str, Any]:
    """Parameters as an operation gets them."""
    return validate_options(spec, spec.resolve(arguments, environ or {}))


# --- precedence of arguments and environment


def test_arguments_take_precedence_over_the_environment() -> None:
    params = resolved(
        {"org": "acme", "audience": "mine", **CLIENT}, {"GREPR_ORG_NAME": "other", "GREPR_AUDIENCE": "service"}
    )
    assert (params["org"], params["audience"]) == ("acme", "mine")


def test_environment_takes_precedence_over_defaults() -> None:
    params = resolved(CLIENT, {"GREPR_AUDIENCE": "theirs", "GREPR_AUTH_BASE_URL": "https://login.test"})
    assert (params["audience"], params["auth_url"]) == ("theirs", "https://login.test")


def test_defaults() -> None:
    params = resolved(CLIENT)
    assert params["auth_url"] == "https://grepr-prod.us.auth0.com"
    assert (params["audience"], params["timeout"], params["retries"], params["min_ttl"]) == ("service", 30.0, 3, 60.0)
    assert (params["token_store"], params["validate_certs"], params["use_proxy"]) == ("file", True, True)
    assert params["allow_http"] is False


def test_empty_arguments_do_not_hide_the_environment() -> None:
    """An empty string is the result of a template with an undefined variable and a default."""
    params = resolved(
        {"client_id": "", "client_secret": "", "auth_url": ""},
        {**CLIENT_ENVIRON, "GREPR_AUTH_BASE_URL": "https://login.test"},
    )
    assert (params["client_id"], params["auth_url"]) == ("env-me", "https://login.test")


def test_none_means_no_value() -> None:
    params = resolved(
        {**CLIENT, "auth_url": None, "scope": None}, {"GREPR_AUTH_BASE_URL": "https://x.test", "GREPR_SCOPE": "x"}
    )
    assert (params["auth_url"], params["scope"]) == ("https://grepr-prod.us.auth0.com", None)


def test_blank_variables_are_ignored() -> None:
    assert resolved(CLIENT, {"GREPR_AUDIENCE": "", "GREPR_API_KEY": ""})["audience"] == "service"


def test_blank_option_without_a_variable_stays_blank() -> None:
    assert resolved({**USER, "path_prefix": ""}, spec=GREYMATTER.spec)["path_prefix"] == ""


def test_token_store_variables() -> None:
    environ = {"GREYOPS_TOKEN_STORE": "none", "GREYOPS_TOKEN_STORE_PATH": "/somewhere"}
    params = resolved(CLIENT, environ)
    assert (params["token_store"], params["token_store_path"]) == ("none", "/somewhere")
    assert resolved({**CLIENT, "token_store": "file"}, environ)["token_store"] == "file"


def test_resolving_twice_changes_nothing() -> None:
    once = GREPR.spec.resolve({}, {**CLIENT_ENVIRON, "GREPR_API_KEY": "key", "GREPR_HOST": "https://h.test"})
    assert GREPR.spec.resolve(once, {}) == once
    assert GREPR.spec.resolve(once, {"GREPR_ACCESS_TOKEN": "other"}) == once


# --- authentication methods


def test_single_auth_method_is_used() -> None:
    assert resolved({"api_key": "k"})["auth"] == "api_key"
    assert resolved({"access_token": "t"})["auth"] == "access_token"
    assert resolved(CLIENT)["auth"] == "client_credentials"


def test_two_auth_methods_as_arguments_are_named() -> None:
    with pytest.raises(OptionError, match=r"client_credentials \(client_id, client_secret\) and api_key") as caught:
        resolved({**CLIENT, "api_key": "k3y"})
    assert "s3cret" not in str(caught.value)
    assert "k3y" not in str(caught.value)


def test_environment_may_hold_several_auth_methods() -> None:
    environ = {**CLIENT_ENVIRON, "GREPR_API_KEY": "key"}
    params = resolved({}, environ)
    assert params["auth"] == "client_credentials"
    assert params["api_key"] is None
    assert resolved({}, {**environ, "GREPR_ACCESS_TOKEN": "t"})["auth"] == "access_token"


def test_argument_takes_precedence_over_all_auth_methods_of_the_environment() -> None:
    params = resolved({"api_key": "mine"}, {**CLIENT_ENVIRON, "GREPR_ACCESS_TOKEN": "t"})
    assert (params["auth"], params["api_key"]) == ("api_key", "mine")
    assert params["client_secret"] is None
    assert params["access_token"] is None


def test_auth_method_may_combine_arguments_and_environment() -> None:
    params = resolved({"client_id": "mine"}, CLIENT_ENVIRON)
    assert (params["client_id"], params["client_secret"]) == ("mine", "env-s3cret")


@pytest.mark.parametrize(
    ("service", "given", "missing", "variable"),
    [
        (GREPR, "client_id", "client_secret", "GREPR_CLIENT_SECRET"),
        (GREPR, "client_secret", "client_id", "GREPR_CLIENT_ID"),
        (GREYMATTER, "username", "password", "GREYMATTER_PASSWORD"),
        (GREYMATTER, "password", "username", "GREYMATTER_USERNAME"),
    ],
)
def test_half_given_credentials_name_both_halves(service: Any, given: str, missing: str, variable: str) -> None:
    end = f"{missing} ({variable}) is missing."
    source = service.spec.environment[given][0].name
    for arguments, environ, place in (({given: "x1"}, {}, "the arguments"), ({}, {source: "x1"}, source)):
        with pytest.raises(OptionError) as caught:
            resolved(arguments, environ, spec=service.spec)
        assert caught.value.msg == f"{given} comes from {place}, {end}"


def test_half_given_client_certificate_names_both_halves() -> None:
    expected = r"^client_key comes from GREYOPS_CLIENT_KEY, client_cert \(GREYOPS_CLIENT_CERT\) is missing\.$"
    with pytest.raises(OptionError, match=expected):
        resolved({}, {**CLIENT_ENVIRON, "GREYOPS_CLIENT_KEY": "/key.pem"})
    assert resolved({}, {**CLIENT_ENVIRON, "GREYOPS_CLIENT_CERT": "/both.pem"})["client_cert"] == "/both.pem"


def test_incomplete_auth_method_in_the_environment_is_ignored() -> None:
    assert resolved({}, {"GREPR_CLIENT_ID": "me", "GREPR_API_KEY": "key"})["auth"] == "api_key"


def test_missing_auth_method_lists_all_variables() -> None:
    with pytest.raises(OptionError) as caught:
        resolved({})
    for name in ("GREPR_ACCESS_TOKEN", "GREPR_CLIENT_ID", "GREPR_CLIENT_SECRET", "GREPR_API_KEY"):
        assert name in str(caught.value)


def test_auth_chooses_among_arguments() -> None:
    params = resolved({**CLIENT, "api_key": "k", "auth": "api_key"})
    assert params["auth"] == "api_key"
    assert params["client_secret"] is None


def test_auth_chooses_among_variables() -> None:
    params = resolved({"auth": "api_key"}, {**CLIENT_ENVIRON, "GREPR_API_KEY": "key"})
    assert (params["auth"], params["api_key"]) == ("api_key", "key")


def test_auth_without_its_options_says_what_it_needs() -> None:
    with pytest.raises(OptionError, match=r"auth=api_key needs api_key \(GREPR_API_KEY\)"):
        resolved({"auth": "api_key"}, CLIENT_ENVIRON)


def test_unknown_auth_method_is_left_to_validation() -> None:
    with pytest.raises(OptionError, match="value of auth must be one of"):
        resolved({"auth": "magic", **CLIENT})


def test_unsupported_auth_method_fails() -> None:
    spec = grepr_token.OPERATION.spec
    with pytest.raises(OptionError, match="does not accept auth=api_key"):
        resolved({"api_key": "k"}, spec=spec)
    with pytest.raises(OptionError, match="does not accept auth=api_key"):
        resolved({"auth": "api_key"}, {"GREPR_API_KEY": "k"}, spec)


def test_unsupported_auth_method_of_the_environment_is_ignored() -> None:
    spec = grepr_token.OPERATION.spec
    assert resolved({}, {"GREPR_API_KEY": "k", **CLIENT_ENVIRON}, spec)["auth"] == "client_credentials"
    with pytest.raises(OptionError, match="No credentials") as caught:
        resolved({}, {"GREPR_API_KEY": "k"}, spec)
    assert "GREPR_API_KEY" not in str(caught.value)


def test_unauthenticated_operation_requires_no_auth_method() -> None:
    spec = grepr_trigger.OPERATION.spec
    trigger = {"job_id": "j", "rule_engine": "r", "trigger_id": "t"}
    assert resolved(trigger, spec=spec)["auth"] == "auto"
    assert resolved(trigger, {"GREPR_API_KEY": "k"}, spec)["auth"] == "api_key"


def test_operation_with_one_auth_method_also_keeps_the_other() -> None:
    spec = grepr_trigger.OPERATION.spec
    trigger = {"job_id": "j", "rule_engine": "r", "trigger_id": "t"}
    for given, environ in (({**CLIENT}, {"GREPR_API_KEY": "k"}), ({**CLIENT, "api_key": "k"}, {})):
        params = resolved({**trigger, **given}, environ, spec)
        assert (params["auth"], params["client_secret"], params["api_key"]) == ("client_credentials", "s3cret", "k")
        assert resolved(params, {}, spec) == params
    assert resolved({**trigger, **CLIENT}, spec=spec)["api_key"] is None


def test_greymatter_client_is_not_an_auth_method() -> None:
    params = resolved({**USER, "client_id": "web"}, {"GREYMATTER_CLIENT_SECRET": "x"}, GREYMATTER.spec)
    assert (params["auth"], params["client_id"], params["client_secret"]) == ("password", "web", "x")


# --- API URL


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://h.test/api", "https://h.test/api"),
        ("https://h.test/api/", "https://h.test/api"),
        ("https://h.test/api/api", "https://h.test/api"),
        ("https://h.test/api/api/", "https://h.test/api"),
        (" https://h.test:8443/x ", "https://h.test:8443/x"),
    ],
)
def test_api_url_is_normalised(given: str, url: str) -> None:
    assert grepr.get_api_url(resolved({"api_url": given, **CLIENT})) == url
    assert grepr.get_api_url(resolved(CLIENT, {"GREPR_API_BASE_URL": given})) == url


@pytest.mark.parametrize(
    "given", ["https://h.test", "https://h.test/", "https://h.test/api", "https://h.test/api/", " https://h.test "]
)
def test_grepr_host_has_no_path(given: str) -> None:
    assert grepr.get_api_url(resolved(CLIENT, {"GREPR_HOST": given})) == "https://h.test/api"


@pytest.mark.parametrize(
    "given", ["tenant.test", "https://tenant.test", "tenant.test/", "https://tenant.test/oauth/token"]
)
def test_auth0_domain_has_no_scheme(given: str) -> None:
    assert grepr.get_token_url(resolved(CLIENT, {"GREPR_AUTH0_DOMAIN": given})) == "https://tenant.test/oauth/token"


def test_first_variable_of_an_option_takes_precedence() -> None:
    environ = {
        "GREPR_API_BASE_URL": "https://first.test/api",
        "GREPR_HOST": "https://second.test",
        "GREPR_AUTH_BASE_URL": "https://first.test",
        "GREPR_AUTH0_DOMAIN": "second.test",
    }
    params = resolved(CLIENT, environ)
    assert grepr.get_api_url(params) == "https://first.test/api"
    assert grepr.get_token_url(params) == "https://first.test/oauth/token"


def test_org_becomes_a_host_name() -> None:
    assert grepr.get_api_url(resolved({"org": "Acme-1", **CLIENT})) == "https://acme-1.app.grepr.ai/api"
    assert grepr.get_api_url(resolved(CLIENT, {"GREPR_ORG_NAME": "acme"})) == "https://acme.app.grepr.ai/api"


@pytest.mark.parametrize("variable", ["GREPR_API_BASE_URL", "GREPR_HOST"])
def test_org_argument_takes_precedence_over_url_variable(variable: str) -> None:
    params = resolved({"org": "acme", **CLIENT}, {variable: "https://h.test"})
    assert grepr.get_api_url(params) == "https://acme.app.grepr.ai/api"


def test_url_takes_precedence_over_org_from_the_same_source() -> None:
    assert grepr.get_api_url(resolved({"org": "acme", "api_url": "https://h.test", **CLIENT})) == "https://h.test"
    environ = {"GREPR_ORG_NAME": "acme", "GREPR_API_BASE_URL": "https://h.test/api"}
    assert grepr.get_api_url(resolved(CLIENT, environ)) == "https://h.test/api"


@pytest.mark.parametrize("org", ["acme.evil.test/", "a b", "-acme", "acme#", "acme@evil", "ö"])
def test_org_must_be_a_valid_name(org: str) -> None:
    with pytest.raises(OptionError, match="org is an organization's name"):
        grepr.get_api_url(resolved({"org": org, **CLIENT}))


def test_missing_api_url_error_names_the_variables() -> None:
    with pytest.raises(OptionError, match=r"org \(GREPR_ORG_NAME\).*GREPR_API_BASE_URL or GREPR_HOST"):
        grepr.get_api_url(resolved(CLIENT))
    with pytest.raises(OptionError, match="GREYMATTER_API_URL"):
        greymatter.get_api_url(resolved(USER, spec=GREYMATTER.spec))
    with pytest.raises(OptionError, match="auth_url or api_url is required"):
        greymatter.get_token_url(resolved(USER, spec=GREYMATTER.spec))


def test_greymatter_prefix_and_login_host() -> None:
    params = resolved({**USER, "api_url": "https://h.test/", "path_prefix": "/gate/"}, spec=GREYMATTER.spec)
    assert greymatter.get_api_url(params) == "https://h.test/gate"
    login = "/api-gateway/auth-service/platform-auth/oauth/token"
    assert greymatter.get_token_url(params) == f"https://h.test/gate{login}"
    params = resolved({**USER, "api_url": "https://h.test", "auth_url": "https://l.test"}, spec=GREYMATTER.spec)
    assert greymatter.get_token_url(params) == f"https://l.test{login}"


def test_routes_are_overridable_by_name() -> None:
    params = resolved({**USER, "api_url": "https://h.test", "routes": {"token": "login"}}, spec=GREYMATTER.spec)
    assert greymatter.get_token_url(params) == "https://h.test/login"
    assert get_path("catalog", {"catalog": "/c"}) == "/c"


@pytest.mark.parametrize(
    "wrong", [{"catalogs": "/c"}, {"catalog": ""}, {"catalog": "https://evil.test"}, {"catalog": 7}]
)
def test_invalid_route_overrides(wrong: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match="routes"):
        get_path("catalog", wrong)


# --- specs


def test_specs_can_be_combined() -> None:
    first = ArgumentSpec(options={"a": {"type": "str"}}, required_if=(("a", "x", ("b",)),))
    second = ArgumentSpec(options={"b": {"type": "str"}}, mutually_exclusive=(("a", "b"),))
    both = (first + second).to_validator_arguments()
    assert sorted(both["argument_spec"]) == ["a", "b"]
    assert both["required_if"] == (("a", "x", ("b",)),)
    assert both["mutually_exclusive"] == (("a", "b"),)


def test_client_key_needs_its_certificate() -> None:
    with pytest.raises(OptionError, match="client_cert"):
        resolved({**CLIENT, "client_key": "/key"})


def test_core_messages_are_redacted() -> None:
    with pytest.raises(OptionError) as caught:
        resolved({**CLIENT, "retries": "s3cret"})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("module", "option"),
    [
        (grepr_jobs, "jobs"),
        (greymatter_products, "products"),
        (greymatter_product, "barcode_list"),
        (greymatter_service_request, "lines"),
        (greymatter_service_requests, "requests"),
    ],
)
def test_list_of_dictionaries_as_text(module: ModuleType, option: str) -> None:
    """Core splits the text at its commas, and reports each part."""
    for text in ("[{'name': 'a', 'tags': {}}, {'name': 'b'}]", "a, b", ""):
        with pytest.raises(OptionError) as caught:
            validate_options(module.OPERATION.spec, {option: text})
        assert caught.value.msg == (
            f"{option} must be a list, not a string. Give the list itself. If a template creates the string, parse it "
            "with `| from_yaml`."
        )


def test_plain_values() -> None:
    class Tagged(str):
        """Like the tagged strings of core."""

    value = to_builtin({Tagged("a"): [Tagged("b"), 1, 2.5, True, None, (Tagged("c"),)]})
    assert value == {"a": ["b", 1, 2.5, True, None, ["c"]]}
    assert next(iter(value)).__class__ is str
    assert value["a"][0].__class__ is str


@pytest.mark.parametrize(
    ("option", "spec", "filters"),
    [
        ("grepr", GREPR.spec, grepr_job_info.SPEC),
        ("greymatter", GREYMATTER.spec, greymatter_catalog_info.SPEC),
    ],
)
def test_role_accepts_each_option(option: str, spec: ArgumentSpec, filters: ArgumentSpec) -> None:
    result = _read_role_options("api_facts")
    known = result[f"api_facts_{option}_options"]["options"]
    assert {name: _shape(value) for name, value in known.items()} == {
        name: _shape(value) for name, value in spec.options.items()
    }
    for name, value in result[f"api_facts_{option}_filters"]["options"].items():
        assert value["type"] == filters.options[name]["type"], name


def test_pipelines_role_accepts_each_option() -> None:
    result = _read_role_options("grepr_pipelines")
    assert {name: _shape(value) for name, value in result["grepr_pipelines_options"]["options"].items()} == {
        name: _shape(value) for name, value in GREPR.spec.options.items()
    }


@pytest.mark.parametrize("role", ["api_facts", "grepr_account", "grepr_pipelines"])
def test_role_defaults_match_its_documentation(role: str) -> None:
    defaults = yaml.safe_load((ROLES / role / "defaults" / "main.yml").read_text(encoding="utf-8"))
    document = {name: option.get("default") for name, option in _read_role_options(role).items()}
    # The documentation describes these defaults in words.
    defaults.update(grepr_pipelines_directory=None, grepr_pipelines_tests=None)
    defaults.update(grepr_account_directory=None, grepr_account_tests=None)
    assert document == {name: defaults[name] for name in document}


def test_unknown_suboption_error_lists_valid_options() -> None:
    jobs = [{"name": "a"}, {"name": "a", "nam": "b"}]
    with pytest.raises(OptionError) as caught:
        resolved({**CLIENT, "jobs": jobs}, spec=GREPR.spec + grepr_jobs.SPEC)
    start = "There is no option jobs[1].nam. Did you mean name? The options are job_graph, name, recreate,"
    assert caught.value.msg.startswith(start)
    with pytest.raises(OptionError, match=r"There is no option jobs\[0\]\.nam, .*jobs\[4\]\.nam and 495 more\."):
        resolved({**CLIENT, "jobs": jobs[1:] * 500}, spec=GREPR.spec + grepr_jobs.SPEC)


def test_unknown_option_error_lists_the_options_of_the_module_first() -> None:
    with pytest.raises(OptionError) as caught:
        resolved({**CLIENT, "stat": "FAILED", "time_out": 5}, spec=grepr_job_info.OPERATION.spec)
    assert caught.value.msg.startswith(
        "There is no option stat, time_out. Did you mean state, timeout? The options are execution, fields, id, "
        "latest, name, processing, resolved, since, state, summary, version, access_token, allow_http, "
    )
    with pytest.raises(OptionError, match=r"^There is no option zzz\. The options are execution, "):
        resolved({**CLIENT, "zzz": 1}, spec=GREPR.spec + grepr_job_info.SPEC)


def _read_role_options(role: str) -> dict[str, Any]:
    path = ROLES / role / "meta" / "argument_specs.yml"
    result: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    return result


def _shape(option: dict[str, Any]) -> dict[str, Any]:
    return {name: option[name] for name in ("type", "choices", "no_log") if name in option}


# --- invalid values


@pytest.mark.parametrize("auth", [[], {}, ["api_key"], 7])
def test_choice_of_the_wrong_type_is_rejected(auth: object) -> None:
    with pytest.raises(OptionError, match="value of auth must be one of"):
        resolved({"auth": auth}, CLIENT_ENVIRON)


@pytest.mark.parametrize("text", ["a\0b", "half \ud83d"])
@pytest.mark.parametrize("option", ["client_secret", "token_store_path", "org"])
def test_invalid_unicode_is_rejected(option: str, text: str) -> None:
    with pytest.raises(OptionError, match=f"^{option} contains a null byte or an unpaired surrogate") as caught:
        resolved({**CLIENT, option: text})
    assert text not in caught.value.msg


def test_environment_bytes_may_be_invalid_utf_8() -> None:
    assert resolved({}, {**CLIENT_ENVIRON, "GREPR_CLIENT_SECRET": "\udcff"})["client_secret"] == "\udcff"


@pytest.mark.parametrize("option", ["timeout", "retries", "min_ttl"])
def test_number_out_of_float_range_is_rejected(option: str) -> None:
    with suppress(OptionError):
        resolved({**CLIENT, option: 10**400})


def test_route_names_may_be_of_any_type() -> None:
    with pytest.raises(OptionError, match="routes has no 1, x"):
        get_path("catalog", {1: "/a", "x": "/b"})


@pytest.mark.parametrize("value", ["hunter2-token\n", " hunter2-token", "hunter2-tökén"])
def test_credential_invalid_in_a_header(open_session: OpenSession, value: str) -> None:
    with pytest.raises(OptionError, match=r"^access_token contains characters") as token:
        StaticHeaderAuth.from_access_token(open_session().runtime, value)
    with pytest.raises(OptionError, match=r"^api_key contains characters") as key:
        StaticHeaderAuth.from_api_key(open_session().runtime, "X-Key", value)
    assert "hunter2" not in token.value.msg + key.value.msg


# --- variables of other programs


def test_files_and_timeout_from_the_environment() -> None:
    environ = {
        "GREYOPS_CA_PATH": "/own.pem",
        "REQUESTS_CA_BUNDLE": "/bundle.pem",
        "SSL_CERT_FILE": "/openssl.pem",
        "GREYOPS_CLIENT_CERT": "/cert.pem",
        "GREYOPS_CLIENT_KEY": "/key.pem",
        "GREYOPS_TIMEOUT": "12.5",
    }
    params = resolved(CLIENT, environ)
    assert (params["ca_path"], params["client_cert"], params["client_key"]) == ("/own.pem", "/cert.pem", "/key.pem")
    assert params["timeout"] == 12.5
    for first in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        del environ["GREYOPS_CA_PATH" if first == "REQUESTS_CA_BUNDLE" else "REQUESTS_CA_BUNDLE"]
        assert resolved(CLIENT, environ)["ca_path"] == environ[first]
        assert GREPR.spec.find_sources(CLIENT, environ)["ca_path"] == first
    assert (
        resolved({**CLIENT, "ca_path": "/mine.pem", "timeout": 3}, {**environ, "GREYOPS_TIMEOUT": "x"})["timeout"] == 3
    )


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", "inf", "1e9", "30s", "1,5"])
def test_invalid_timeout_variable_is_named(value: str) -> None:
    with pytest.raises(
        OptionError, match=r"^The environment variable GREYOPS_TIMEOUT must be a number of seconds above 0"
    ):
        resolved(CLIENT, {"GREYOPS_TIMEOUT": value})


@pytest.mark.parametrize("spec", [GREPR.spec, GREYMATTER.spec])
def test_options_without_a_variable(spec: ArgumentSpec) -> None:
    """Certificate validation, plain http, and allowed hosts."""
    assert not {"validate_certs", "allow_http", "allowed_hosts"} & set(spec.environment)
    assert "GREYOPS_ALLOWED_HOSTS" not in spec.variables
