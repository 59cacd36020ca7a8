# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import os
from typing import Any, TypeVar

_Error = TypeVar("_Error", bound="GreyopsError")


class Text(str):
    """Text for people in the result of a task. All else in a result is data, from which less is redacted."""

    __slots__ = ()


class GreyopsError(Exception):
    """The base of all errors of this collection. An error is data; ``msg`` renders it for people and is never parsed.

    ``message`` says what failed and where, ``reason`` why, in the server's own words, and ``hint`` what to do about it.
    ``status``, ``url`` (without its query) and ``method`` describe the HTTP exchange, if there was one.
    They may hold text from elsewhere: whoever makes a result, a warning or an error of Ansible of them redacts them.

    ``details`` is the parsed body of a short answer that is the error. Decisions look there and at the status. It is
    never shown, since it may hold anything.
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
        """The keys of a failed task: ``msg``, and ``status``, ``url``, ``method`` where they are known."""
        exchange = {"status": self.status, "url": self.url and Text(self.url), "method": self.method}
        return {"msg": Text(self.msg), **{key: value for key, value in exchange.items() if value is not None}}

    def retold(self, family: type[_Error], before: str) -> _Error:
        """The same as an error of another family, behind a sentence that says more."""
        return family(**{**self.as_data(), "message": f"{before} {self.message}"})

    def as_data(self) -> dict[str, Any]:
        """All parts, from which the same error can be made again."""
        names = ("message", "reason", "hint", "status", "url", "method")
        return {name: getattr(self, name) for name in names}


class OptionError(GreyopsError):
    """The options cannot be used as they were given."""


class ProblemsError(OptionError):
    """What is to be written is wrong in several places; ``problems`` has each with its path."""

    def __init__(self, message: str, problems: list[str], *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self._problems = problems

    def as_result(self) -> dict[str, object]:
        return {**super().as_result(), "problems": [Text(problem) for problem in self._problems]}


class MissingLibraryError(GreyopsError):
    """A Python library that this host needs is not installed."""


class ExchangeError(GreyopsError):
    """No usable answer came back: connection, TLS, proxy, time-out, or a broken answer."""


class ResponseError(GreyopsError):
    """The server answered, and its answer is a refusal or makes no sense."""


class AuthenticationError(ResponseError):
    """The credential was refused, at the login or by the API."""


class LoginError(GreyopsError):
    """The login answered, and neither gave a token nor refused the credential. Its status says nothing of the API."""


class QuotaError(AuthenticationError):
    """The login is refused until the account may have tokens again."""


class StoreError(GreyopsError):
    """The token store cannot be used. Callers fall back; this reaches a user only as the reason in a warning."""


class LockTimeoutError(GreyopsError):
    """Another process held the lock of a token for longer than any grant can take."""


class ConflictError(GreyopsError):
    """Somebody else changed what was about to be changed."""


class UnfinishedError(GreyopsError):
    """What was begun did not come to the state that was asked for."""


class PartialError(GreyopsError):
    """Of many things some were done and some failed; ``values`` are the keys of the result that say which."""

    def __init__(self, message: str, values: dict[str, object], *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self._values = values

    def as_result(self) -> dict[str, object]:
        return {**super().as_result(), **self._values}


def fault(error: Exception) -> GreyopsError:
    """What a user is told of an exception that nobody thought of: its kind and its place.

    What it says itself, and what a traceback would show, may hold secrets.
    """
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}" if place else "unknown place"
    return GreyopsError(
        f"A fault in greyops.rest: {type(error).__name__} at {where}.",
        hint="Please report it with the task's options, without their secrets.",
    )
