# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The HTTP client (authentication, redirects, retries), and the client of one API."""

from __future__ import annotations

import itertools
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Callable, TypeVar
from urllib.parse import urljoin

from .._errors import (
    AuthenticationError,
    GreyopsError,
    HTTPStatusError,
    OptionError,
)
from .._http import urls
from .auth import NoAuth
from .exceptions import PROXY_LOGIN, TransportError
from .pagination import PageReader
from .response import find_error_reason, to_one_line
from .retry import NoRateLimits, RetryPolicy
from .streaming import StreamedResponse
from .transport import Transport, get_transport
from .urls import get_proxy, join

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from .._context import Runtime
    from .auth import Auth
    from .response import Response
    from .retry import RateLimits
    from .settings import HttpSettings
    from .streaming import StreamLimits

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
TEXT = "text/plain"
_MAX_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_FORBIDDEN = 403
_PROXY_LOGIN_WANTED = 407
_PROXY_HINT = "allow the host there, or add it to NO_PROXY if it is reachable without the proxy."
_TOO_MANY = 429
_TRANSIENT = (500, 502, 503, 504)
_READS = ("GET", "HEAD")
_NO_SUCH_PATH = (404, 405)
_USER_INFO = re.compile(r"//[^/\\]*@")

_Error = TypeVar("_Error", bound=GreyopsError)


def _is_never_final(response: Response) -> bool:
    return False


@dataclass(frozen=True)
class Request:
    """One request of a caller, with a body that is ``json``, ``form`` or ``text``, or without one.

    ``idempotent`` says that sending it twice does no harm. ``is_api_call`` is false for logins, which do not count as
    API calls and do not follow redirects. ``gives_up_on`` returns whether waiting cannot help after a response that
    asks to wait.
    """

    method: str
    url: str
    auth: Auth = field(default_factory=NoAuth)
    query: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    json: Any = None
    form: dict[str, str] | None = None
    text: str | None = None
    idempotent: bool = False
    is_api_call: bool = True
    gives_up_on: Callable[[Response], bool] = _is_never_final

    @property
    def retry_safe(self) -> bool:
        return self.idempotent or self.method in _READS


class HttpClient:
    """Sends requests: authentication, redirects, retries, and waiting for rate limits."""

    def __init__(self, settings: HttpSettings, runtime: Runtime, rate_limits: RateLimits | None = None) -> None:
        self.settings = settings
        self.runtime = runtime
        self.secrets = runtime.secrets
        self._rate_limits = rate_limits or NoRateLimits()
        self._deadline: float | None = None
        if not settings.validate_certs:
            runtime.warn(
                "TLS certificates are not checked (validate_certs=false): credentials can be "
                "intercepted. Use ca_path with the certificate of the server's authority instead."
            )
        self._transport = get_transport(settings)

    @property
    def max_exchange(self) -> float:
        """The seconds after which every attempt to send one request has ended."""
        return (self.settings.retries + 2) * self.settings.timeout + 2 * self.settings.max_wait

    @contextmanager
    def limit_time(self, seconds: float) -> Iterator[None]:
        """Limit the total time of all requests in the context, including logins."""
        before, self._deadline = self._deadline, time.monotonic() + seconds
        try:
            yield
        finally:
            self._deadline = before

    def _get_remaining(self) -> float | None:
        return None if self._deadline is None else max(0.001, self._deadline - time.monotonic())

    def send(self, request: Request) -> Response:
        """Send a request until there is a final response: never a 401 that a new token could resolve.

        :returns: the response, whatever its status.
        :raises RequestError: there was no complete response.
        :raises AuthenticationError: the credential is rejected, and there is no other one.
        """
        return self._send(request, self._transport)

    @contextmanager
    def stream(self, request: Request, limits: StreamLimits) -> Iterator[Response]:
        """Send a request like :meth:`send`, but return a success as a StreamedResponse, to be read within the context.

        The request is not sent again once a success has started.
        """
        transport = Transport(self.settings, streams=True)
        try:
            with self.limit_time(limits.total_timeout):
                response = self._send(request, transport, limits)
            yield response
        finally:
            transport.close()

    def _send(self, request: Request, transport: Transport, limits: StreamLimits | None = None) -> Response:
        self.settings.require_permitted(request.url)
        left = self._get_remaining()
        longest = self.settings.max_wait if left is None else min(self.settings.max_wait, left)
        policy = RetryPolicy(request.method, request.url, self._rate_limits, self.runtime, longest)
        while True:
            response = self._follow_redirects(request, policy, transport, limits)
            if response.status != 401:
                if response.status < 500 and response.status != _TOO_MANY:
                    request.auth.on_success()
                return response
            if not request.auth.on_unauthorized(response):
                return response
            self.runtime.stats.retries += 1

    def _follow_redirects(
        self, request: Request, policy: RetryPolicy, transport: Transport, limits: StreamLimits | None
    ) -> Response:
        url = urls.with_query(request.url, list(request.query))
        for _hop in range(_MAX_REDIRECTS + 1):
            response = self._send_with_retries(request, url, policy, transport, limits)
            target = response.headers.get("location")
            if response.status not in _REDIRECTS or not target:
                return response
            url = self._redirect_target(request, response, url, target)
        raise response.build_error(
            HTTPStatusError, f"was redirected more than {_MAX_REDIRECTS} times.", hint="Check the URL."
        )

    def _redirect_target(self, request: Request, response: Response, url: str, location: str) -> str:
        # Credentials and bodies must not be sent to a server that the user did not choose.
        try:
            urls.require_plain(location, "Location")
            target = urljoin(url, location)
            goal = urls.parse_origin(target)
        except (ValueError, OptionError):
            shown = to_one_line(_USER_INFO.sub("//", location.partition("?")[0]), self.secrets)
            raise response.build_error(
                HTTPStatusError,
                f"was redirected to {shown}, which is not an unambiguous URL, so it is not followed.",
                hint="Check the server, or the proxy in front of it.",
            ) from None
        shown = to_one_line(urls.strip_query(target), self.secrets)
        if not request.is_api_call or request.method not in _READS:
            raise response.build_error(
                HTTPStatusError,
                f"was redirected to {shown}, which is not followed: the request would go where it was not meant to.",
                hint="Give that address as the URL if it is right.",
            )
        if goal != urls.parse_origin(request.url):
            raise response.build_error(
                HTTPStatusError,
                f"was redirected to another server, {shown}, which is not followed: the credential stays here.",
                hint="Give that server's address as the URL if it is right.",
            )
        return target

    def _send_with_retries(
        self, request: Request, url: str, policy: RetryPolicy, transport: Transport, limits: StreamLimits | None
    ) -> Response:
        """Send a request, and repeat it while that is safe and may help."""
        failures, tries = 0, self.settings.retries + 1
        for attempt in itertools.count():
            if attempt:
                self.runtime.stats.retries += 1
            policy.wait_for_rate_limit()
            # Authenticate first: that may log in, and a login has its own failures and time limit.
            prepared = self._prepare(request, url, transport)
            if request.is_api_call:
                self.runtime.stats.calls += 1
            try:
                response = transport.send(prepared, urls.parse_origin(request.url), self._get_remaining(), limits)
            except TransportError as error:
                failures += 1
                if error.sent and not request.retry_safe:
                    raise error.with_unknown_outcome() from None
                if error.permanent or failures > self.settings.retries:
                    raise
                if not policy.wait_backoff(error, failures - 1, f"try {failures + 1} of {tries}"):
                    raise
                continue
            if request.gives_up_on(response) or response.status not in (_TOO_MANY, *_TRANSIENT):
                return response
            policy.record_retry_after(response)
            # A request that came too early was not carried out, so any request can be repeated, until max_wait ends.
            if response.status == _TOO_MANY:
                again = policy.wait_retry_after(response, attempt, f"try {attempt + 2}")
            elif request.retry_safe and failures < self.settings.retries:
                failures += 1
                again = policy.wait_retry_after(response, failures - 1, f"try {failures + 1} of {tries}")
            else:
                again = False
            if not again:
                return response
        raise AssertionError("counting does not end")

    def _prepare(self, request: Request, url: str, transport: Transport) -> Any:
        auth_headers = request.auth.authenticate()
        return transport.prepare(
            request.method,
            url,
            headers={
                "Accept": JSON,
                "Content-Type": TEXT if request.text is not None else JSON if request.form is None else FORM,
                "User-Agent": self.settings.http_agent,
                **request.headers,
                **auth_headers,
            },
            json=request.json,
            data=request.form if request.text is None else request.text.encode(),
        )

    def describe_failure(
        self, error_class: type[_Error], response: Response, hint: str = "", what: str = "failed"
    ) -> _Error:
        """Build the error for a response: its status, the server's reason, what to do."""
        phrase = to_one_line(response.reason_phrase, self.secrets)
        reason = find_error_reason(response, self.secrets).rstrip(".")
        if response.status == _PROXY_LOGIN_WANTED:
            hint = f"That is the proxy's answer, not the server's. {PROXY_LOGIN}"
        if response.status == _FORBIDDEN and self.settings.use_proxy and (proxy := get_proxy(response.url)).url:
            went = f"The request went through the proxy {proxy.shown}, which may have refused it: {_PROXY_HINT}"
            hint = f"{hint} {went}".lstrip()
        return response.build_error(
            error_class,
            f"{what} with HTTP {response.status} {phrase}".rstrip() + ".",
            # A text that only repeats the status is not a reason.
            reason="" if reason in (phrase, str(response.status), f"{response.status} {phrase}") else reason,
            hint=hint,
        )


_HINTS = {
    400: "Check the values that were sent.",
    401: "Check the credential, and that it belongs to this API.",
    403: "The credential may be narrowed to less than this call needs: check its scope or roles.",
    404: "Check api_url, and that the path exists.",
    409: "The request conflicts with an existing resource. Check its current state and try again.",
    429: "The API limits calls: try again later, or with fewer forks.",
}
_SERVER_HINT = "The fault is the server's: try again later."
_UNKNOWN_OUTCOME_HINT = "The fault is the server's. It may have been carried out: look before you send it again."


@dataclass(frozen=True)
class ApiClient:
    """Calls of one API: paths below its URL, its credential, and an error for every unexpected response.

    ``url_hint`` says what looks wrong in the URL, for errors about responses that are not those of the API.
    """

    http: HttpClient
    api_url: str
    auth: Auth
    url_hint: str = ""

    def __post_init__(self) -> None:
        # Checked before the first call, so that check mode reports it too.
        self.http.settings.require_permitted(self.api_url)

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        json: Any = None,
        text: str | None = None,
        headers: Mapping[str, str] | None = None,
        expected: Collection[int] = (),
        idempotent: bool = False,
    ) -> Response:
        """Send one request and return its response.

        :param expected: the statuses that are not errors; by default any of 2xx.
        :param repeatable: sending it twice does no harm (reads are repeatable by their method).
        :raises HTTPStatusError: another status, with the server's reason; 401 as AuthenticationError.
        """
        request = Request(
            method=method,
            url=join(self.api_url, path),
            auth=self.auth,
            query=tuple(query),
            headers=dict(headers or {}),
            json=json,
            text=text,
            idempotent=idempotent,
        )
        response = replace(self.http.send(request), url_hint=self.url_hint)
        if response.status in expected or (not expected and 200 <= response.status < 300):
            return response
        raise self._build_error(request, response)

    @contextmanager
    def stream(
        self,
        path: str,
        *,
        method: str = "POST",
        json: Any = None,
        limits: StreamLimits,
        accept: str,
        idempotent: bool = False,
    ) -> Iterator[StreamedResponse]:
        """Send a request whose response is read as it arrives, within the context.

        :param idempotent: sending it twice does no harm, as long as no success has started.
        :raises HTTPStatusError: a status other than a success, as in :meth:`call`.
        :raises RequestError: the connection was interrupted.
        """
        request = Request(
            method=method,
            url=join(self.api_url, path),
            auth=self.auth,
            headers={"Accept": accept},
            json=json,
            idempotent=idempotent,
        )
        with self.http.stream(request, limits) as response:
            if not isinstance(response, StreamedResponse):
                raise self._build_error(request, response)
            yield response

    @property
    def runtime(self) -> Runtime:
        return self.http.runtime

    def find_error_reason(self, response: Response) -> str:
        """The reason that a response gives for an error, redacted; empty if it gives none."""
        return find_error_reason(response, self.http.secrets)

    def open_reader(self) -> PageReader:
        """A reader for the pages of one list, with ``max_response`` for all of them."""
        return PageReader(self.http.settings.max_response)

    def _build_error(self, request: Request, response: Response) -> HTTPStatusError:
        error_class: type[HTTPStatusError] = AuthenticationError if response.status == 401 else HTTPStatusError
        broken = _SERVER_HINT if request.retry_safe else _UNKNOWN_OUTCOME_HINT
        hint = _HINTS.get(response.status, broken if response.status >= 500 else "")
        if response.status in _NO_SUCH_PATH:
            hint = f"{self.url_hint} {hint}".strip()
        if response.status == 401:
            hint = f"{self.auth.hint} {hint}".strip()
        return self.http.describe_failure(error_class, response, hint)
