# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The checks of options, login, first call, clock and software."""

from __future__ import annotations

import importlib
import os
import platform
import pwd
import ssl
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ansible.module_utils.ansible_release import __version__ as core_version

from .._argspec import ARGUMENTS, validate_options
from .._context import Context
from .._errors import GreyopsError, OptionError, build_internal_error
from .._grepr.service import GREPR
from .._greymatter.service import GREYMATTER
from .._http import allowed_hosts
from .._http.retry import parse_http_date
from .._http.settings import COLLECTION_VERSION, HTTP_SPEC, HttpSettings
from .._http.urls import parse_origin, strip_query
from .._oauth.credentials import CREDENTIALS, build_credential_hint
from .._oauth.provider import GRANTED, REFRESHED, STORED
from .._oauth.settings import TOKEN_STORE_SPEC, TokenStoreSettings
from .._oauth.tokens import format_iso8601
from .._redaction import MASK
from .check_results import (
    FAIL,
    OK,
    WARN,
    CheckFailed,
    CheckResult,
    from_error,
    run_with_timeout,
)
from .network import NetworkPath
from .token_store import check_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._argspec import ArgumentSpec
    from .._context import Runtime
    from .._http.response import Response
    from .._service import Service

    Params = dict[str, Any]

_HOST = "host"


def check_software() -> Iterator[CheckResult]:
    """Report the user, the host and the software: the first information that support needs."""
    versions = {name: _get_version(name) for name in ("requests", "cryptography")}
    libraries = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    yield CheckResult(_HOST, "user", OK, f"{_get_user()} on {platform.node()}")
    yield CheckResult(
        _HOST,
        "software",
        OK,
        f"greyops.rest {COLLECTION_VERSION}, ansible-core {core_version}, Python {platform.python_version()} "
        f"({sys.executable}), {libraries or 'no library'}, {ssl.OPENSSL_VERSION}",
    )
    if not versions["requests"]:
        yield _report_missing(FAIL, "requests", "requests cannot be sent")
    if not versions["cryptography"]:
        yield _report_missing(WARN, "cryptography", "tokens are not stored, so every task logs in")


def _report_missing(status: str, library: str, consequence: str) -> CheckResult:
    detail = f"the Python library {library} is missing: {consequence}"
    return CheckResult(_HOST, "software", status, detail, f"Install it: {sys.executable} -m pip install {library}.")


def _get_version(library: str) -> str:
    try:
        return str(importlib.import_module(library).__version__)
    except ImportError:
        return ""


def _get_user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # in a container that runs with a numeric user id
        return f"user {os.geteuid()}"


_MAX_SKEW = 60.0
# Logins and calls have their own timeout; these seconds are for their other steps, such as waiting for a lock.
_MAX_STEP = 3.0

_SOURCES = {
    GRANTED: "logged in at {login}",
    REFRESHED: "refreshed the token at {login}",
    STORED: "used a stored token, without contacting {login}",
}

_Result = TypeVar("_Result")


SERVICES = {service.name: service for service in (GREPR, GREYMATTER)}
# All variables that affect a service.
VARIABLES = {allowed_hosts.VARIABLE}.union(*(service.spec.variables for service in SERVICES.values()))


def diagnose(
    services: Sequence[str],
    arguments: Mapping[str, Params],
    environ: Mapping[str, str],
    runtime: Runtime,
) -> Iterator[CheckResult]:
    """Check the software, then one service after the other; by default, those with any option or variable set."""
    for result in check_software():
        yield result
        if result.status == FAIL:
            return
    concerned = [name for name in SERVICES if _is_concerned(name, arguments[name], environ)]
    for name in services or concerned or SERVICES:
        yield from Diagnosis(SERVICES[name], arguments[name], environ, runtime).check()


def _is_concerned(service: str, arguments: Params, environ: Mapping[str, str]) -> bool:
    variables = SERVICES[service].spec.variables - TOKEN_STORE_SPEC.variables - HTTP_SPEC.variables
    # Options that both services have do not identify one of them.
    own = set(arguments) - set(HTTP_SPEC.options) - set(TOKEN_STORE_SPEC.options)
    return bool(own) or any(environ.get(name) for name in variables)


def list_secrets(spec: ArgumentSpec, arguments: Params, environ: Mapping[str, str]) -> list[str]:
    """All secrets that are set for a service, whether they are used or not."""
    variables = [variable.name for name in spec.secret_options for variable in spec.environment.get(name, ())]
    return [*spec.list_secrets(arguments), *(environ[name] for name in variables if environ.get(name))]


class Diagnosis:
    """Checks everything between the options of a service and its first response, in the order in which it is needed."""

    def __init__(self, service: Service, arguments: Params, environ: Mapping[str, str], runtime: Runtime) -> None:
        self._service = service
        self._arguments = arguments
        self._environ = environ
        self._runtime = runtime

    def check(self) -> Iterator[CheckResult]:
        """Run the checks one after the other, until one fails that the others require."""
        try:
            yield from self._check_steps()
        except CheckFailed as blocked:
            yield blocked.finding
        except GreyopsError as error:
            yield from_error(self._service.name, "options", error)
        except Exception as error:  # the results so far help to find the cause
            yield from_error(self._service.name, "doctor", build_internal_error(error))

    def _check_steps(self) -> Iterator[CheckResult]:
        service, name = self._service, self._service.name
        # Report where this service's token comes from, not that of the previous service.
        self._runtime.stats.token = None
        yield from self._check_options()
        params = self._get_params()
        api_url, http = service.get_api_url(params), HttpSettings.from_params(params)
        login = service.build_grant(params).token_url if service.logs_in(params) else None
        yield from self._check_hosts([api_url, *filter(None, [login])], http)
        yield from check_store(name, TokenStoreSettings.from_params(params), self._runtime.directories, http)
        # Do not wait for retries, or longer than a step may take.
        params = {**params, "retries": 0, "max_wait": min(http.max_wait, http.timeout)}
        login_failure = None
        try:
            yield from self._check_login(params, login, http)
        except CheckFailed as error:
            login_failure = error.finding
            yield login_failure
        # Whether the API itself can be reached is useful in any case.
        if login is None or parse_origin(login) != parse_origin(api_url):
            yield from NetworkPath(name, api_url, http).check()
        elif login_failure is not None and login_failure.check != "login":
            return
        if login_failure is None:
            yield from self._check_first_call(params, api_url, http)
        if login is not None:
            yield from self._check_login_server(params, login, http, login_failure is None)

    # --- options

    def _check_options(self) -> Iterator[CheckResult]:
        """Report the source of each option, whether the options are valid as a whole or not."""
        spec = self._service.spec
        self._runtime.secrets.register(*list_secrets(spec, self._arguments, self._environ))
        try:
            used: Mapping[str, str] = spec.find_sources(self._arguments, self._environ)
            resolved = spec.resolve(self._arguments, self._environ)
        except GreyopsError:  # reported by the check that needs the options
            used, resolved = {name: ARGUMENTS for name, value in self._arguments.items() if value}, {}
        for option, source in sorted(used.items()):
            value = resolved.get(option, self._arguments.get(option))
            detail = f"{option} = {self._format_value(option, value)}, from {source}"
            # Name the variable that is used, not all that are possible.
            place = option if source == ARGUMENTS else f"{option} ({source})"
            hint = build_credential_hint(place, value) if option in CREDENTIALS else ""
            yield CheckResult(self._service.name, "option", WARN if hint else OK, detail, hint)
        verb = "is set, but not used" if resolved else "is set"
        for variable in sorted(self._set_variables() - set(used.values())):
            yield self._pass("option", f"{variable} {verb}")
        if self._environ.get(allowed_hosts.VARIABLE):
            yield self._pass(
                "option",
                f"{allowed_hosts.VARIABLE} = {self._environ[allowed_hosts.VARIABLE]}, beside {allowed_hosts.OPTION}",
            )
        if "auth" in resolved:
            yield self._pass("option", f"auth = {resolved['auth']}")

    def _set_variables(self) -> set[str]:
        return {name for name in self._service.spec.variables if self._environ.get(name)}

    def _format_value(self, option: str, value: Any) -> str:
        spec, is_url = self._service.spec, option.endswith("_url")
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        # A misspelled password is still secret; the user-info and the query of a URL may contain one.
        if option in spec.secret_options or option not in spec.options or (is_url and "@" in text):
            return MASK
        return text.partition("?")[0] if is_url else text

    def _get_params(self) -> Params:
        spec = self._service.spec
        params = validate_options(spec, spec.resolve(self._arguments, self._environ))
        return {
            **params,
            allowed_hosts.OPTION: allowed_hosts.get_allowed_hosts(params[allowed_hosts.OPTION], self._environ),
        }

    def _check_hosts(self, urls: list[str], http: HttpSettings) -> Iterator[CheckResult]:
        """Check that the servers are allowed before any request is sent."""
        for url in urls if http.allowed_hosts else []:
            try:
                allowed_hosts.require_allowed(url, http.allowed_hosts)
            except GreyopsError as error:
                raise CheckFailed(from_error(self._service.name, "host", error)) from None
        for host, pattern in {
            parse_origin(url)[1]: allowed_hosts.find_allowing(url, http.allowed_hosts) for url in urls
        }.items():
            if pattern:
                yield self._pass("host", f"{host} is allowed, as {pattern}")

    # --- login

    def _check_login(self, params: Params, url: str | None, http: HttpSettings) -> Iterator[CheckResult]:
        name = self._service.name
        if url is None:
            yield self._pass("login", f"not needed: auth={params['auth']} is sent with each request")
            return
        yield from NetworkPath(name, url, http).check()
        provider = self._service.open_provider(Context(params, self._runtime))
        token = self._run_check("login", url, http, provider.get_token)
        how = _SOURCES[self._runtime.stats.token or STORED].format(login=strip_query(url))
        ends = format_iso8601(token.expires_at)
        until = f"it is valid until {ends}" if ends else "its expiration is unknown"
        yield self._pass("login", f"{how}; {until}, and is kept in: {provider.store_kind}")

    def _check_login_server(
        self, params: Params, login: str, http: HttpSettings, logged_in: bool
    ) -> Iterator[CheckResult]:
        """Compare the login server with the one that the API names; a difference is no problem after a login."""
        find = self._service.find_login_server
        if find is None:
            return
        client = self._service.open_anonymous_client(Context(params, self._runtime))
        try:
            server = self._run_check("login server", client.api_url, http, lambda: find(client))
            named, used = (parse_origin(url) for url in (server or login, login))
        except (CheckFailed, OptionError):  # without a manifest there is nothing to compare
            server = None
        if server is None:
            yield self._pass("login server", "the API names none")
        elif named == used or logged_in:
            other = "" if named == used else "; the login at another server succeeded"
            yield self._pass("login server", f"the API names {strip_query(server)}{other}")
        else:
            detail = f"the API names {strip_query(server)}, and auth_url is {strip_query(login)}"
            advice = f"If this is a server of Grepr, set auth_url: {strip_query(server)}"
            yield CheckResult(self._service.name, "login server", WARN, detail, advice)

    def _run_check(self, check: str, url: str, http: HttpSettings, work: Callable[[], _Result]) -> _Result:
        name = self._service.name
        seconds = http.timeout + _MAX_STEP
        try:
            return run_with_timeout(seconds, work)
        except GreyopsError as error:
            raise CheckFailed(from_error(name, check, error)) from None
        except TimeoutError:
            detail = f"{strip_query(url)}: not finished within {seconds:g} s"
            hint = "Check that the server is working, and that no other process hangs while it logs in."
            raise CheckFailed(CheckResult(name, check, FAIL, detail, hint)) from None

    # --- first call

    def _check_first_call(self, params: Params, api_url: str, http: HttpSettings) -> Iterator[CheckResult]:
        path, query = self._service.get_probe(params)
        waited = self._runtime.stats.waited

        def call() -> Response:
            client = self._service.open_client(Context(params, self._runtime))
            response = client.call("GET", path, query=query, expected=(200, 201))
            response.parse_json()
            return response

        answer = self._run_check("first call", api_url, http, call)
        waited = self._runtime.stats.waited - waited
        pause = f" after {waited:.0f} s, because the server asked to wait" if waited >= 1 else ""
        yield self._pass("first call", f"GET {strip_query(answer.url)} answered HTTP {answer.status}{pause}")
        yield from self._check_clock(answer)

    def _check_clock(self, response: Response) -> Iterator[CheckResult]:
        moment = parse_http_date(response.headers.get("date", ""))
        if moment is None:
            return
        skew = time.time() - moment
        if abs(skew) <= _MAX_SKEW:
            yield self._pass("clock", f"within {_MAX_SKEW:.0f} s of the server's")
            return
        direction = "ahead of" if skew > 0 else "behind"
        yield CheckResult(
            self._service.name,
            "clock",
            WARN,
            f"this host is {abs(skew):.0f} s {direction} the server",
            "Correct the clock that is wrong, preferably with NTP: tokens and certificates depend on it.",
        )

    def _pass(self, check: str, detail: str) -> CheckResult:
        return CheckResult(self._service.name, check, OK, detail)
