# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from ansible_collections.greyops.rest.plugins.module_utils._errors import (
    ExchangeError,
    MissingLibraryError,
    OptionError,
    ResponseError,
)
from ansible_collections.greyops.rest.plugins.module_utils._http import transport, urls
from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer
from ansible_collections.greyops.rest.plugins.module_utils._http.authorization import Authorization
from ansible_collections.greyops.rest.plugins.module_utils._http.proxies import proxies_for
from ansible_collections.greyops.rest.plugins.module_utils._http.reasons import reason_of

try:
    import requests
    import urllib3

    _MISSING = None
except ImportError as error:
    # Everything but making a request works without the library, so that its absence can be told in one sentence.
    _MISSING = str(error)

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host
    from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HttpSettings
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
_LARGEST_ANSWER = 128 * 1024 * 1024
_PIECE = 65536
_MOST_REDIRECTS = 5
_LONGEST_WAIT = 60.0
_REDIRECTS = (301, 302, 303, 307, 308)
_TRANSIENT = (500, 502, 503, 504)
_READS = ("GET", "HEAD")
# A server may have closed a connection that rested longer, and a POST must not meet that.
_LONGEST_REST = 1.0


@dataclass(frozen=True)
class Request:
    """One request as its caller means it.

    ``repeatable`` says that sending it twice does no harm. ``is_call`` is false for logins, which are no calls
    of the API and follow no redirect.
    """

    method: str
    url: str
    authorization: Authorization = field(default_factory=Authorization)
    query: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    json: Any = None
    form: dict[str, str] | None = None
    repeatable: bool = False
    is_call: bool = True

    @property
    def may_repeat(self) -> bool:
        return self.repeatable or self.method in _READS


class Session:
    """Exchanges requests for whole answers: TLS, proxies, time-outs, repeats, redirects and limits.

    Trusts nothing of its surroundings but the proxy variables.
    """

    def __init__(self, settings: HttpSettings, secrets: Secrets, host: Host) -> None:
        if _MISSING is not None:
            raise MissingLibraryError(
                f"The Python library requests is missing on this host ({_MISSING}). "
                "Install it for the Python that runs this task: python -m pip install requests."
            )
        self.settings = settings
        self.secrets = secrets
        self.host = host
        if not settings.validate_certs:
            host.warn(
                "TLS certificates are not checked (validate_certs=false): whoever sits in between can read the "
                "credentials. Prefer ca_path with the certificate of the server's authority."
            )
        self._connections = _connections(settings)

    @property
    def longest_exchange(self) -> float:
        """The seconds after which no exchange of one request still goes on."""
        return (self.settings.retries + 1) * self.settings.timeout + self.settings.retries * (_LONGEST_WAIT + 1)

    def exchange(self, request: Request) -> Answer:
        """Send a request until it has an answer that stands: never a 401 that a new token could mend.

        :returns: the answer, whatever its status.
        :raises ExchangeError: there was no whole answer.
        :raises AuthenticationError: the credential is refused, and no other is to be had.
        """
        urls.require_confidential(request.url, self.settings.allow_http)
        while True:
            answer = self._follow(request)
            if answer.status != 401:
                if answer.status < 500 and answer.status != 429:
                    request.authorization.accepted()
                return answer
            if not request.authorization.renew(answer):
                return answer
            self.host.usage.retries += 1

    def _follow(self, request: Request) -> Answer:
        url = urls.with_query(request.url, list(request.query))
        for _hop in range(_MOST_REDIRECTS + 1):
            answer = self._persist(request, url)
            target = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not target:
                return answer
            url = self._redirected(request, answer, urljoin(url, target))
        raise answer.error(ResponseError, f"was redirected more than {_MOST_REDIRECTS} times. Check the URL.")

    def _redirected(self, request: Request, answer: Answer, target: str) -> str:
        # No credential and no body goes where the user did not send it.
        shown = self.secrets.scrub(urls.without_query(target))
        if not request.is_call or request.method not in _READS:
            raise answer.error(
                ResponseError,
                f"was redirected to {shown}, which is not followed: the request would go where it was not meant to. "
                "Give that address as the URL if it is right.",
            )
        if urls.origin(target) != urls.origin(request.url):
            raise answer.error(
                ResponseError,
                f"was redirected to another server, {shown}, which is not followed: the credential stays here. "
                "Give that server's address as the URL if it is right.",
            )
        return target

    def _persist(self, request: Request, url: str) -> Answer:
        """One exchange, repeated while that is safe and has a chance."""
        for attempt in range(self.settings.retries + 1):
            last = attempt == self.settings.retries
            try:
                answer = self._send(request, url)
            except transport.TransportError as error:
                if last or error.lasting or (error.sent and not request.may_repeat):
                    raise
                pause = _backoff(attempt)
            else:
                asked = _retry_after(answer)
                again = answer.status == 429 or (answer.status in _TRANSIENT and request.may_repeat)
                if last or not again or (asked or 0) > _LONGEST_WAIT:
                    return answer
                pause = _backoff(attempt) if asked is None else asked + random.uniform(0, 0.25)
            self.host.progress(f"{request.method} {urls.without_query(url)}: trying again in {pause:.1f} s")
            time.sleep(pause)
            self.host.usage.retries += 1
            self.host.usage.waited += pause
        raise AssertionError("the loop ends by itself")  # pragma: no cover

    def _send(self, request: Request, url: str) -> Answer:
        shown = urls.without_query(url)
        settings = self.settings
        if request.is_call:
            self.host.usage.calls += 1
        deadline = time.monotonic() + settings.timeout
        headers = {
            "Accept": JSON,
            "Content-Type": JSON if request.form is None else FORM,
            "User-Agent": settings.http_agent,
            **request.headers,
        }
        try:
            response = self._connections.get().request(
                request.method,
                url,
                headers=headers,
                json=request.json,
                data=request.form,
                auth=request.authorization,
                allow_redirects=False,
                stream=True,
                timeout=settings.timeout,
                proxies=proxies_for(url) if settings.use_proxy else {},
            )
            try:
                body = self._read(response, deadline, request.method, shown)
            finally:
                response.close()
        except (requests.RequestException, OSError, ValueError) as error:
            raise transport.explain(error, request.method, shown, settings.timeout) from None
        return Answer(
            status=response.status_code,
            phrase=response.reason or "",
            headers={name.lower(): value for name, value in response.headers.items()},
            body=body,
            method=request.method,
            url=url,
        )

    def _read(self, response: Any, deadline: float, method: str, url: str) -> bytes:
        body = bytearray()
        for piece in response.iter_content(_PIECE):
            body += piece
            if len(body) > _LARGEST_ANSWER:
                limit = _LARGEST_ANSWER // 1024 // 1024
                raise ExchangeError(
                    f"{method} {url} failed: the answer is larger than {limit} MiB. Ask for less with filters.",
                    url=url,
                    method=method,
                )
            if time.monotonic() > deadline:
                raise requests.exceptions.ReadTimeout
        return bytes(body)

    def failure(self, answer: Answer, advice: str = "") -> str:
        """The end of a sentence about an answer that is an error: status, the server's reason, what to do."""
        reason = reason_of(answer, self.secrets)
        status = f"HTTP {answer.status} {answer.phrase}".rstrip()
        return f"failed with {status}{f': {reason}' if reason else ''}.{f' {advice}' if advice else ''}"


class _NoCookies(DefaultCookiePolicy):
    """A cookie would be one more credential that travels between tasks."""

    def set_ok(self, cookie: Any, request: Any) -> bool:
        return False


class _Connections:
    """The connections of one process with one kind of settings, kept between the items of a loop."""

    def __init__(self, settings: HttpSettings) -> None:
        for option in ("ca_path", "client_cert", "client_key"):
            path = getattr(settings, option)
            if path and not os.path.exists(path):
                raise OptionError(f"{option} names {path}, which does not exist on the host that makes the call.")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.max_redirects = 0
        self._session.cookies.set_policy(_NoCookies())
        self._session.verify = (settings.ca_path or True) if settings.validate_certs else False
        if not settings.validate_certs:
            # Our own warning says it once, in the place where users look.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        if settings.client_cert:
            self._session.cert = (settings.client_cert, settings.client_key or settings.client_cert)
        self._used = 0.0

    def get(self) -> Any:
        now = time.monotonic()
        if now - self._used > _LONGEST_REST:
            self._session.close()
        self._used = now
        return self._session


_open_connections: dict[tuple[int, HttpSettings], _Connections] = {}


def _connections(settings: HttpSettings) -> _Connections:
    # A forked worker must not speak on its parent's sockets, hence the process in the key.
    key = (os.getpid(), settings)
    if key not in _open_connections:
        _open_connections[key] = _Connections(settings)
    return _open_connections[key]


def _backoff(attempt: int) -> float:
    return float(min(0.5 * 2**attempt, 10.0) * random.uniform(0.75, 1.25))


def _retry_after(answer: Answer) -> float | None:
    """The seconds a server asks to wait (RFC 9110, 10.2.3: a number or a date)."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None
