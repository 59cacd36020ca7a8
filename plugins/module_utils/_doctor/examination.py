# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ansible_collections.greyops.rest.plugins.module_utils._doctor.findings import (
    FAIL,
    OK,
    WARN,
    Blocked,
    Finding,
    refusal,
    within,
)
from ansible_collections.greyops.rest.plugins.module_utils._doctor.network import Way
from ansible_collections.greyops.rest.plugins.module_utils._doctor.storage import examine_store
from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError, fault
from ansible_collections.greyops.rest.plugins.module_utils._http import hosts
from ansible_collections.greyops.rest.plugins.module_utils._http.pace import http_date
from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HttpSettings
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import origin, without_query
from ansible_collections.greyops.rest.plugins.module_utils._oauth.credentials import CREDENTIALS, hint_at
from ansible_collections.greyops.rest.plugins.module_utils._oauth.provider import GRANTED, REFRESHED, STORED
from ansible_collections.greyops.rest.plugins.module_utils._oauth.settings import TokenStoreSettings
from ansible_collections.greyops.rest.plugins.module_utils._oauth.tokens import iso8601
from ansible_collections.greyops.rest.plugins.module_utils._options import ARGUMENTS
from ansible_collections.greyops.rest.plugins.module_utils._secrets import MASK
from ansible_collections.greyops.rest.plugins.module_utils._validation import validated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer
    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient
    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host
    from ansible_collections.greyops.rest.plugins.module_utils._oauth.provider import TokenProvider
    from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

    Params = dict[str, Any]

_MOST_SKEW = 60.0
# A login and a call hold their own time-out; these seconds are for what they do besides, such as waiting for a lock.
_PATIENCE = 3.0

_SOURCES = {
    GRANTED: "logged in at {login}",
    REFRESHED: "refreshed the token at {login}",
    STORED: "used a stored token, without asking {login}",
}

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Patient:
    """What an examination needs to know of a service. ``first_call`` is a path and its query."""

    name: str
    spec: ArgumentSpec
    api_url: Callable[[Params], str]
    token_url: Callable[[Params], str]
    logs_in: Callable[[Params], bool]
    open_client: Callable[[Params, Host, Secrets], ApiClient]
    open_provider: Callable[[Params, Host, Secrets], TokenProvider]
    first_call: Callable[[Params], tuple[str, tuple[tuple[str, str], ...]]]


def secret_values(spec: ArgumentSpec, arguments: Params, environ: Mapping[str, str]) -> list[str]:
    """All secrets that are lying about for a service, used or not."""
    variables = [variable.name for name in spec.secret_options for variable in spec.environment.get(name, ())]
    return [*spec.secrets_in(arguments), *(environ[name] for name in variables if environ.get(name))]


class Examination:
    """Everything between the options and a first answer, in the order in which it is needed."""

    def __init__(
        self, patient: Patient, arguments: Params, environ: Mapping[str, str], host: Host, secrets: Secrets
    ) -> None:
        self._patient = patient
        self._arguments = arguments
        self._environ = environ
        self._host = host
        self._secrets = secrets

    def findings(self) -> Iterator[Finding]:
        """One after the other, up to what stands in the way of all the rest."""
        try:
            yield from self._steps()
        except Blocked as blocked:
            yield blocked.finding
        except GreyopsError as error:
            yield refusal(self._patient.name, "options", error)
        except Exception as error:  # what was found so far is the best there is to mend this
            yield refusal(self._patient.name, "doctor", fault(error))

    def _steps(self) -> Iterator[Finding]:
        patient, name = self._patient, self._patient.name
        # What is to be told is where this service's token comes from, not that of the service before.
        self._host.usage.token = None
        yield from self._options()
        params = self._params()
        api_url, http = patient.api_url(params), HttpSettings.from_params(params)
        logs_in = patient.logs_in(params)
        login = patient.token_url(params) if logs_in else None
        yield from self._hosts([api_url, *filter(None, [login])], http)
        yield from examine_store(name, TokenStoreSettings.from_params(params), self._host.directories, http)
        # Nobody wants to wait for repeats here, or longer than a step may take.
        params = {**params, "retries": 0, "max_wait": min(http.max_wait, http.timeout)}
        can_call = True
        try:
            yield from self._login(params, login, http)
        except Blocked as error:
            yield error.finding
            can_call = False
        # Whether the API itself can be reached is worth knowing in any case.
        if login is None or origin(login) != origin(api_url):
            yield from Way(name, api_url, http).examine()
        if can_call:
            yield from self._first_call(params, api_url, http)

    # --- options

    def _options(self) -> Iterator[Finding]:
        """Where each option comes from, whether the rest of them can be used or not."""
        spec = self._patient.spec
        self._secrets.register(*secret_values(spec, self._arguments, self._environ))
        try:
            used: Mapping[str, str] = spec.origins(self._arguments, self._environ)
            resolved = spec.resolve(self._arguments, self._environ)
        except GreyopsError:  # is told by whoever needs them
            used, resolved = {name: ARGUMENTS for name, value in self._arguments.items() if value}, {}
        for option, source in sorted(used.items()):
            value = resolved.get(option, self._arguments.get(option))
            detail = f"{option} = {self._shown(option, value)}, from {source}"
            # The name of the variable is known here, and not only which ones there could be.
            place = option if source == ARGUMENTS else f"{option} ({source})"
            hint = hint_at(place, value) if option in CREDENTIALS else ""
            yield Finding(self._patient.name, "option", WARN if hint else OK, detail, hint)
        verb = "is set, and not used" if resolved else "is set"
        for variable in sorted(self._set_variables() - set(used.values())):
            yield self._ok("option", f"{variable} {verb}")
        if self._environ.get(hosts.VARIABLE):
            yield self._ok("option", f"{hosts.VARIABLE} = {self._environ[hosts.VARIABLE]}, beside {hosts.OPTION}")
        if "auth" in resolved:
            yield self._ok("option", f"auth = {resolved['auth']}")

    def _set_variables(self) -> set[str]:
        return {name for name in self._patient.spec.variables if self._environ.get(name)}

    def _shown(self, option: str, value: Any) -> str:
        spec, is_url = self._patient.spec, option.endswith("_url")
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        # A misspelled password is a password, and so may be what stands before the host of a URL, or in its query.
        if option in spec.secret_options or option not in spec.options or (is_url and "@" in text):
            return MASK
        return text.partition("?")[0] if is_url else text

    def _params(self) -> Params:
        spec = self._patient.spec
        params = validated(spec, spec.resolve(self._arguments, self._environ))
        return {**params, hosts.OPTION: hosts.allowed_hosts(params[hosts.OPTION], self._environ)}

    def _hosts(self, urls: list[str], http: HttpSettings) -> Iterator[Finding]:
        """Whether anything may be sent to the servers, before it is."""
        for url in urls if http.allowed_hosts else []:
            try:
                hosts.require_allowed(url, http.allowed_hosts)
            except GreyopsError as error:
                raise Blocked(refusal(self._patient.name, "host", error)) from None
        for host, pattern in {origin(url)[1]: hosts.allowing(url, http.allowed_hosts) for url in urls}.items():
            if pattern:
                yield self._ok("host", f"{host} is allowed, as {pattern}")

    # --- login

    def _login(self, params: Params, url: str | None, http: HttpSettings) -> Iterator[Finding]:
        patient, name = self._patient, self._patient.name
        if url is None:
            yield self._ok("login", f"none is needed: auth={params['auth']} goes along with each call")
            return
        yield from Way(name, url, http).examine()
        provider = patient.open_provider(params, self._host, self._secrets)
        token = self._bounded("login", url, http, provider.current)
        how = _SOURCES[self._host.usage.token or STORED].format(login=without_query(url))
        ends = iso8601(token.expires_at)
        until = f"it is good until {ends}" if ends else "nobody said how long it is good"
        yield self._ok("login", f"{how}; {until}, and is kept in: {provider.store_kind}")

    def _bounded(self, check: str, url: str, http: HttpSettings, work: Callable[[], _Result]) -> _Result:
        name = self._patient.name
        seconds = http.timeout + _PATIENCE
        try:
            return within(seconds, work)
        except GreyopsError as error:
            raise Blocked(refusal(name, check, error)) from None
        except TimeoutError:
            detail = f"{without_query(url)}: no end within {seconds:g} s"
            advice = "Check that the server is well, and that no other process of yours hangs while it logs in."
            raise Blocked(Finding(name, check, FAIL, detail, advice)) from None

    # --- first call

    def _first_call(self, params: Params, api_url: str, http: HttpSettings) -> Iterator[Finding]:
        path, query = self._patient.first_call(params)
        waited = self._host.usage.waited

        def call() -> Answer:
            client = self._patient.open_client(params, self._host, self._secrets)
            answer = client.call("GET", path, query=query, expected=(200, 201))
            answer.json()
            return answer

        answer = self._bounded("first call", api_url, http, call)
        waited = self._host.usage.waited - waited
        pause = f" after {waited:.0f} s, as it asked everyone to wait" if waited >= 1 else ""
        yield self._ok("first call", f"GET {without_query(answer.url)} answered HTTP {answer.status}{pause}")
        yield from self._clock(answer)

    def _clock(self, answer: Answer) -> Iterator[Finding]:
        moment = http_date(answer.headers.get("date", ""))
        if moment is None:
            return
        skew = time.time() - moment
        if abs(skew) <= _MOST_SKEW:
            yield self._ok("clock", f"within {_MOST_SKEW:.0f} s of the server's")
            return
        direction = "ahead of" if skew > 0 else "behind"
        yield Finding(
            self._patient.name,
            "clock",
            WARN,
            f"this host is {abs(skew):.0f} s {direction} the server",
            "Set the clock of whoever is wrong, best with NTP: the life of tokens and certificates is judged by it.",
        )

    def _ok(self, check: str, detail: str) -> Finding:
        return Finding(self._patient.name, check, OK, detail)
