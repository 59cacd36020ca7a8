# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import itertools
import re
import time
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, TypeVar
from urllib.parse import urljoin

from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError, OptionError, ResponseError
from ansible_collections.greyops.rest.plugins.module_utils._http import urls
from ansible_collections.greyops.rest.plugins.module_utils._http.authorization import Authorization
from ansible_collections.greyops.rest.plugins.module_utils._http.connections import connections_for
from ansible_collections.greyops.rest.plugins.module_utils._http.pace import NoCooldowns, Pace
from ansible_collections.greyops.rest.plugins.module_utils._http.proxies import proxy_for
from ansible_collections.greyops.rest.plugins.module_utils._http.reasons import one_line, reason_of
from ansible_collections.greyops.rest.plugins.module_utils._http.streams import StreamingConnections
from ansible_collections.greyops.rest.plugins.module_utils._http.transport import PROXY_LOGIN, TransportError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.greyops.rest.plugins.module_utils._http.answers import Answer
    from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host
    from ansible_collections.greyops.rest.plugins.module_utils._http.pace import Cooldowns
    from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HttpSettings
    from ansible_collections.greyops.rest.plugins.module_utils._http.streams import StreamLimits
    from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
TEXT = "text/plain"
_MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_FORBIDDEN = 403
_PROXY_LOGIN_WANTED = 407
_AROUND = "have the host allowed there, or name it in NO_PROXY if there is a way without the proxy."
_TOO_MANY = 429
_TRANSIENT = (500, 502, 503, 504)
_READS = ("GET", "HEAD")
_USER_INFO = re.compile(r"//[^/\\]*@")

_Error = TypeVar("_Error", bound=GreyopsError)


def _never_final(answer: Answer) -> bool:
    return False


@dataclass(frozen=True)
class Request:
    """One request as its caller means it, with a body that is ``json``, ``form`` or ``text``, or with none.

    ``repeatable`` says that sending it twice does no harm. ``is_call`` is false for logins, which are no calls
    of the API and follow no redirect. ``is_final`` knows the answers that ask to wait and that no waiting mends.
    """

    method: str
    url: str
    authorization: Authorization = field(default_factory=Authorization)
    query: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    json: Any = None
    form: dict[str, str] | None = None
    text: str | None = None
    repeatable: bool = False
    is_call: bool = True
    is_final: Callable[[Answer], bool] = _never_final

    @property
    def may_repeat(self) -> bool:
        return self.repeatable or self.method in _READS


class Session:
    """Exchanges requests for answers that stand: credentials, repeats, waiting and redirects."""

    def __init__(
        self, settings: HttpSettings, secrets: Secrets, host: Host, cooldowns: Cooldowns | None = None
    ) -> None:
        self.settings = settings
        self.secrets = secrets
        self.host = host
        self._cooldowns = cooldowns or NoCooldowns()
        self._deadline: float | None = None
        if not settings.validate_certs:
            host.warn(
                "TLS certificates are not checked (validate_certs=false): whoever sits in between can read the "
                "credentials. Prefer ca_path with the certificate of the server's authority."
            )
        self._connections = connections_for(settings)

    @property
    def longest_exchange(self) -> float:
        """The seconds after which no exchange of one request still goes on."""
        return (self.settings.retries + 2) * self.settings.timeout + 2 * self.settings.max_wait

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """All exchanges meanwhile, logins included, have that many seconds together."""
        before, self._deadline = self._deadline, time.monotonic() + seconds
        try:
            yield
        finally:
            self._deadline = before

    def _left(self) -> float | None:
        return None if self._deadline is None else max(0.001, self._deadline - time.monotonic())

    def exchange(self, request: Request) -> Answer:
        """Send a request until it has an answer that stands: never a 401 that a new token could mend.

        :returns: the answer, whatever its status.
        :raises ExchangeError: there was no whole answer.
        :raises AuthenticationError: the credential is refused, and no other is to be had.
        """
        self.settings.require_permitted(request.url)
        left = self._left()
        longest = self.settings.max_wait if left is None else min(self.settings.max_wait, left)
        pace = Pace(request.method, request.url, self._cooldowns, self.host, longest)
        while True:
            answer = self._follow(request, pace)
            if answer.status != 401:
                if answer.status < 500 and answer.status != _TOO_MANY:
                    request.authorization.accepted()
                return answer
            if not request.authorization.renew(answer):
                return answer
            self.host.usage.retries += 1

    def stream(
        self,
        request: Request,
        on_line: Callable[[bytes], bool],
        limits: StreamLimits,
        on_pause: Callable[[float], None] | None = None,
    ) -> Answer:
        """As :meth:`exchange`, but a success is heard line by line; nothing is sent again once it has begun.

        :param on_line: gets each line; false ends the hearing.
        :param on_pause: called before more lines are waited for, with the seconds that are left.
        :returns: the answer, whose body is empty if it is a success.
        """
        listener = copy(self)
        connections = StreamingConnections(self.settings, on_line, limits, on_pause)
        listener._connections = connections
        try:
            return listener.exchange(request)
        finally:
            connections.close()

    def _follow(self, request: Request, pace: Pace) -> Answer:
        url = urls.with_query(request.url, list(request.query))
        for _hop in range(_MOST_REDIRECTS + 1):
            answer = self._persist(request, url, pace)
            target = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not target:
                return answer
            url = self._redirected(request, answer, url, target)
        raise answer.error(ResponseError, f"was redirected more than {_MOST_REDIRECTS} times.", hint="Check the URL.")

    def _redirected(self, request: Request, answer: Answer, url: str, location: str) -> str:
        # No credential and no body goes where the user did not send it.
        try:
            urls.require_plain(location, "Location")
            target = urljoin(url, location)
            goal = urls.origin(target)
        except (ValueError, OptionError):
            shown = one_line(_USER_INFO.sub("//", location.partition("?")[0]), self.secrets)
            raise answer.error(
                ResponseError,
                f"was redirected to {shown}, which is no address that everyone reads alike, and is not followed.",
                hint="Check the server, or the proxy before it.",
            ) from None
        shown = one_line(urls.without_query(target), self.secrets)
        if not request.is_call or request.method not in _READS:
            raise answer.error(
                ResponseError,
                f"was redirected to {shown}, which is not followed: the request would go where it was not meant to.",
                hint="Give that address as the URL if it is right.",
            )
        if goal != urls.origin(request.url):
            raise answer.error(
                ResponseError,
                f"was redirected to another server, {shown}, which is not followed: the credential stays here.",
                hint="Give that server's address as the URL if it is right.",
            )
        return target

    def _persist(self, request: Request, url: str, pace: Pace) -> Answer:
        """One exchange, repeated while that is safe and has a chance."""
        failures = 0
        for attempt in itertools.count():
            if attempt:
                self.host.usage.retries += 1
            pace.await_turn()
            # Preparing may log in, whose failures and whose time are not this exchange's.
            prepared = self._prepare(request, url)
            if request.is_call:
                self.host.usage.calls += 1
            try:
                answer = self._connections.send(prepared, urls.origin(request.url), self._left())
            except TransportError as error:
                failures += 1
                if error.sent and not request.may_repeat:
                    raise error.doubtful() from None
                if error.lasting or failures > self.settings.retries or not pace.back_off(failures - 1):
                    raise
                continue
            if request.is_final(answer) or answer.status not in (_TOO_MANY, *_TRANSIENT):
                return answer
            pace.tell(answer)
            # A request that came too soon was not carried out, so it may come again, whatever it is.
            if answer.status == _TOO_MANY:
                again = pace.obey(answer, attempt)
            elif request.may_repeat and failures < self.settings.retries:
                again = pace.obey(answer, failures)
                failures += 1
            else:
                again = False
            if not again:
                return answer
        raise AssertionError("counting does not end")

    def _prepare(self, request: Request, url: str) -> Any:
        return self._connections.prepare(
            request.method,
            url,
            headers={
                "Accept": JSON,
                "Content-Type": TEXT if request.text is not None else JSON if request.form is None else FORM,
                "User-Agent": self.settings.http_agent,
                **request.headers,
            },
            json=request.json,
            data=request.form if request.text is None else request.text.encode(),
            auth=request.authorization,
        )

    def failure(self, family: type[_Error], answer: Answer, hint: str = "", what: str = "failed") -> _Error:
        """The error that an answer is: its status, the server's reason, what to do."""
        phrase = one_line(answer.phrase, self.secrets)
        reason = reason_of(answer, self.secrets).rstrip(".")
        if answer.status == _PROXY_LOGIN_WANTED:
            hint = f"That is the proxy's answer, not the server's. {PROXY_LOGIN}"
        if answer.status == _FORBIDDEN and self.settings.use_proxy and (proxy := proxy_for(answer.url)).url:
            went = f"The request went through the proxy {proxy.shown}, which may have refused it: {_AROUND}"
            hint = f"{hint} {went}".lstrip()
        return answer.error(
            family,
            f"{what} with HTTP {answer.status} {phrase}".rstrip() + ".",
            # What only says the status again is no reason.
            reason="" if reason in (phrase, str(answer.status), f"{answer.status} {phrase}") else reason,
            hint=hint,
        )
