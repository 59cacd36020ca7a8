# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_Error = TypeVar("_Error", bound="GreyopsError")

# The number of problems in a message; the result contains all of them.
_MAX_SHOWN = 20


class Text(str):
    """Text for users in the result of a task. All other values in a result are data, from which less is redacted."""

    __slots__ = ()


class GreyopsError(Exception):
    """The base of all errors of this collection. An error is data; ``msg`` renders it for users and is never parsed.

    ``message`` says what failed and where, ``reason`` why, as the server said it, and ``hint`` what to do about it.
    ``status``, ``url`` (without its query) and ``method`` describe the HTTP request, if there was one.
    They may contain text from servers and libraries: redact them before they become part of a result, a warning or an
    error of Ansible.

    ``details`` is the parsed body of a short error response. Decisions are made from it and from the status. It is
    never shown, since it may contain any data.

    ``values`` are more keys of the failed task's result, such as what was done before the failure.
    """

    details: Any = None

    def __init__(
        self,
        message: str,
        *,
        reason: str = "",
        hint: str = "",
        status: int | None = None,
        url: str | None = None,
        method: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.hint = hint
        self.status = status
        self.url = url
        self.method = method
        self.values: Mapping[str, object] = {}

    @property
    def msg(self) -> str:
        """The error as text: what failed and where, why, what to do."""
        return f"{self.without_hint} {self.hint}" if self.hint else self.without_hint

    @property
    def without_hint(self) -> str:
        """What failed and where, and why."""
        text = f"{self.message.rstrip('.')}: {self.reason.rstrip('.')}" if self.reason else self.message
        return text if text.endswith((".", "?", "!")) else f"{text}."

    def __str__(self) -> str:
        return self.msg

    def as_result(self) -> dict[str, object]:
        """The keys of a failed task: ``msg``, and ``status``, ``url``, ``method`` if they are known; and ``values``."""
        exchange = {"status": self.status, "url": self.url and Text(self.url), "method": self.method}
        known = {key: value for key, value in exchange.items() if value is not None}
        return {"msg": Text(self.msg), **known, **self.values}

    def with_message(self, error_class: type[_Error], before: str) -> _Error:
        """Return the same error in another class, with a sentence before its message."""
        return error_class(**{**self.as_data(), "message": f"{before} {self.message}"})

    def as_data(self) -> dict[str, Any]:
        """All parts of the error, from which it can be created again."""
        names = ("message", "reason", "hint", "status", "url", "method")
        return {name: getattr(self, name) for name in names}


class OptionError(GreyopsError):
    """The options cannot be used as they are."""


class ValidationError(OptionError):
    """The data to send is not valid; ``problems`` has each reason with its path."""

    def __init__(self, message: str, problems: Sequence[str], total: int) -> None:
        """
        :param message: what failed; the first problems are appended to it.
        """
        more = f"; and {total - _MAX_SHOWN} more" if total > _MAX_SHOWN else ""
        shown = "; ".join(problem.rstrip(".") for problem in problems[:_MAX_SHOWN])
        super().__init__(f"{message}: {shown}{more}.")
        self.problems = problems

    def as_result(self) -> dict[str, object]:
        return {**super().as_result(), "problems": [Text(problem) for problem in self.problems]}


def raise_on_errors(problems: Sequence[str], message: str, total: int | None = None) -> None:
    """
    :param total: the number of problems, if the list does not contain all of them.
    :raises ValidationError: there are problems; it contains the whole list.
    """
    if problems:
        raise ValidationError(message, problems, total or len(problems))


class MissingLibraryError(GreyopsError):
    """A Python library that is required on this host is not installed."""


class RequestError(GreyopsError):
    """No usable response was received: connection, TLS, proxy, timeout, or an incomplete or invalid response."""


class HTTPStatusError(GreyopsError):
    """The server responded with an error or with a response that cannot be used."""


class AuthenticationError(HTTPStatusError):
    """The credential was rejected, by the login or by the API."""


class LoginError(GreyopsError):
    """The login responded without a token, but did not reject the credential. Its status does not concern the API."""


class QuotaError(AuthenticationError):
    """The login rejects requests until the token quota of the account is renewed."""


class StoreError(GreyopsError):
    """The token store cannot be used. Callers fall back; users see this only as the reason in a warning."""


class LockTimeoutError(GreyopsError):
    """Another process held the lock of a token for longer than any grant can take."""


class ConflictError(GreyopsError):
    """The resource was changed by another client at the same time."""


class WaitError(GreyopsError):
    """The expected state was not reached, or not in time."""


class VerificationError(GreyopsError):
    """The server accepted a write, but the resource is not as written. So the task has changed something."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.values = {"changed": True}


class PartialFailureError(GreyopsError):
    """Some items succeeded and some failed; ``values`` are the result keys that say which."""

    def __init__(self, message: str, values: Mapping[str, object], *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.values = values


def describe_failures(names: Mapping[str, Sequence[str]]) -> str:
    """Return the messages of many failed items, of equal ones and of the rest only the first.

    :param names: the names of the items that failed with each message.
    """
    reasons = [f"{_shorten(items)}: {message}" for message, items in names.items()]
    more = f" And {len(reasons) - _MAX_SHOWN} more reasons." if len(reasons) > _MAX_SHOWN else ""
    return f"{' '.join(reasons[:_MAX_SHOWN])}{more}"


def _shorten(names: Sequence[str]) -> str:
    return f"{', '.join(names[:3])} and {len(names) - 3} more" if len(names) > 4 else ", ".join(names)


def build_internal_error(error: Exception) -> GreyopsError:
    """Describe an unexpected exception for the user: its type and its location.

    Its message and a traceback may contain secrets.
    """
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}" if place else "unknown place"
    return GreyopsError(
        f"A fault in greyops.rest: {type(error).__name__} at {where}.",
        hint="Please report it with the task's options, without their secrets.",
    )
