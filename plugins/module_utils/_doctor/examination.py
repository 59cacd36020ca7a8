# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Callable

from ansible_collections.greyops.rest.plugins.module_utils._doctor.findings import FAIL, OK, WARN, Finding
from ansible_collections.greyops.rest.plugins.module_utils._doctor.network import examine_server
from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError
from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HttpSettings
from ansible_collections.greyops.rest.plugins.module_utils._http.urls import origin
from ansible_collections.greyops.rest.plugins.module_utils._oauth.settings import TokenStoreSettings, default_path
from ansible_collections.greyops.rest.plugins.module_utils._validation import validated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._http.client import ApiClient
    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host
    from ansible_collections.greyops.rest.plugins.module_utils._options import ArgumentSpec
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

_MOST_SKEW = 60.0


@dataclass(frozen=True)
class Patient:
    """What an examination needs to know of a service."""

    name: str
    spec: ArgumentSpec
    api_url: Callable[[dict[str, Any]], str]
    token_url: Callable[[dict[str, Any]], str]
    logs_in: Callable[[dict[str, Any]], bool]
    open_client: Callable[[dict[str, Any], Host, Secrets], ApiClient]
    first_call: str


def examine(patient: Patient, arguments: dict[str, Any], host: Host, secrets: Secrets) -> Iterator[Finding]:
    """Everything between the options and a first answer, in the order in which it is needed."""
    try:
        params = validated(patient.spec, patient.spec.resolve(arguments, os.environ))
        secrets.register(*(params[name] for name in patient.spec.secret_options))
        urls = [patient.api_url(params)]
        if patient.logs_in(params) and origin(patient.token_url(params)) != origin(urls[0]):
            urls.insert(0, patient.token_url(params))
        settings = HttpSettings.from_params(params)
    except GreyopsError as error:
        yield Finding(patient.name, "options", FAIL, error.message)
        return
    yield from _options(patient, arguments, params)
    for url in urls:
        yield from examine_server(patient.name, url, settings)
    yield _store(patient.name, params, host)
    yield from _first_call(patient, params, host, secrets)


def _options(patient: Patient, arguments: dict[str, Any], params: dict[str, Any]) -> Iterator[Finding]:
    origins = patient.spec.origins(arguments, os.environ)
    for option, where in sorted(origins.items()):
        value = "********" if option in patient.spec.secret_options else params.get(option)
        yield Finding(patient.name, "option", OK, f"{option} = {value} from {where}")
    yield Finding(patient.name, "option", OK, f"auth = {params['auth']}")


def _store(service: str, params: dict[str, Any], host: Host) -> Finding:
    settings = TokenStoreSettings.from_params(params)
    if settings.token_store != "file":
        status = WARN if settings.token_store == "none" else OK
        advice = "Every task logs in for itself; use token_store=file or redis." if status == WARN else ""
        return Finding(service, "token store", status, settings.token_store, advice)
    path = settings.token_store_path or default_path(host.directories)
    try:
        status_of = os.stat(path)
    except FileNotFoundError:
        return Finding(service, "token store", OK, f"{path} is made with the first login")
    except OSError as error:
        return Finding(service, "token store", FAIL, f"{path}: {error.strerror}", "Choose another token_store_path.")
    mode = stat.S_IMODE(status_of.st_mode)
    detail = f"{path}, mode {mode:04o}, owner {status_of.st_uid}"
    if status_of.st_uid != os.geteuid() or mode & (stat.S_IWGRP | stat.S_IWOTH):
        advice = "It must belong to the user and be writable by nobody else: chmod 700, or another token_store_path."
        return Finding(service, "token store", FAIL, detail, advice)
    return Finding(service, "token store", OK, detail)


def _first_call(patient: Patient, params: dict[str, Any], host: Host, secrets: Secrets) -> Iterator[Finding]:
    try:
        answer = patient.open_client(params, host, secrets).call("GET", patient.first_call, expected=(200, 201))
    except GreyopsError as error:
        check = "login" if "(login)" in error.message else "first call"
        yield Finding(patient.name, check, FAIL, error.message)
        return
    yield Finding(patient.name, "login", OK, f"token: {host.usage.token}")
    yield Finding(patient.name, "first call", OK, f"GET {patient.first_call} answered HTTP {answer.status}")
    try:
        skew = time.time() - parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except (TypeError, ValueError):
        return
    if abs(skew) > _MOST_SKEW:
        advice = "Set this host's clock, best with NTP: tokens are judged by it."
        yield Finding(patient.name, "clock", WARN, f"this host is {skew:+.0f} s off the server", advice)
    else:
        yield Finding(patient.name, "clock", OK, f"within {_MOST_SKEW:.0f} s of the server's")
