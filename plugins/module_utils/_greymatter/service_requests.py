# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import (
    ConflictError,
    ExchangeError,
    GreyopsError,
    OptionError,
    ResponseError,
    UnfinishedError,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.duplicates import is_duplicate
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.listing import list_all
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.orders import (
    CANCELLED,
    CREATE,
    LINES,
    TYPES,
    UPDATE,
    differing_attributes,
    fulfils,
    has_lines,
    is_locked,
    is_over,
    label_of,
    shown_state,
    state_of,
)
from ansible_collections.greyops.rest.plugins.module_utils._waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import Gateway
    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.orders import Item, Plan

_NO_PATH = (404, 405)
# Refusals that say nothing about what is sent.
_AT_THE_DOOR = (401, 403, *_NO_PATH)
_NO_SEARCH = (
    "this site has no search for service requests where it was looked for, so that whether one exists is known from "
    "the answer to sending it, and it cannot be compared"
)
_GIVE_SEARCH = "Give the path of the search as service_request_search in routes, or the id of the request."


def search(gateway: Gateway, external_id: str) -> list[Item]:
    """All that have an id of their sender's, of whatever type."""
    found = list_all(gateway, "service_request_search", {"external_id": external_id})
    return [item for item in found if str(item.get("externalServiceRequestId")) == external_id]


def read(gateway: Gateway, request_id: str) -> Item | None:
    """The one of an id that GreyMatter gave; None if there is none."""
    answer = gateway.call("service_request", ids={"id": request_id}, expected=(200, 404))
    if answer.status == 404:
        if "html" in answer.headers.get("content-type", ""):
            raise answer.error(
                ResponseError, "answered with HTTP 404 and a page.", hint=gateway.hint("service_request")
            )
        return None
    document = answer.json()
    if not isinstance(document, dict) or "id" not in document:
        raise answer.error(ResponseError, "answered with what is no service request.", hint="Check api_url and routes.")
    return document


class ServiceRequests:
    """One service request: found, sent once, changed, cancelled, and waited for."""

    def __init__(self, gateway: Gateway, wish: Item, request_id: str | None, warn: Callable[[str], None]) -> None:
        """
        :param request_id: the id that GreyMatter gave it, if the user knows that.
        """
        self._gateway = gateway
        self._wish = wish
        self._name = label_of(wish)
        self._id = request_id
        self._warn = warn
        self._searchable = True

    def find(self, state: str) -> Item | None:
        """What is there now.

        :raises OptionError: another one has that id, none has it although one should, or several have that key.
        """
        if self._id:
            return self._identified(state)
        try:
            return self._searched()
        except ResponseError as error:
            if error.status not in _NO_PATH or state == CANCELLED or not has_lines(self._wish):
                raise
        self._searchable = False
        self._warn(f"{_NO_SEARCH[:1].upper()}{_NO_SEARCH[1:]}. {_GIVE_SEARCH}")
        return None

    def _identified(self, state: str) -> Item | None:
        found = read(self._gateway, str(self._id))
        if found is None:
            if state == CANCELLED:
                return None
            raise OptionError(
                f"There is no service request with the id {self._id}.",
                hint=f"Leave id out to send a new one. {self._gateway.hint('service_request')}",
            )
        key = (str(found.get("type")).upper(), str(found.get("externalServiceRequestId")))
        if key != (self._wish["type"], self._wish["externalServiceRequestId"]):
            raise OptionError(f"The service request with the id {self._id} is {label_of(found)}, and not {self._name}.")
        return found

    def _searched(self) -> Item | None:
        found = search(self._gateway, self._wish["externalServiceRequestId"])
        found = [item for item in found if str(item.get("type")).upper() == self._wish["type"]]
        if len(found) > 1:
            ids = ", ".join(sorted(str(item.get("id")) for item in found))
            raise OptionError(f"There are {len(found)} service requests {self._name}: {ids}.", hint="Give the id.")
        if found and "id" in found[0] and LINES[self._wish["type"]] not in found[0]:
            # A search may show less than there is.
            return read(self._gateway, str(found[0]["id"])) or found[0]
        return found[0] if found else None

    def carry_out(self, plan: Plan) -> tuple[Item | None, bool]:
        """What is there afterwards, and whether it was changed here.

        :raises ConflictError: somebody else was faster, or its state no longer allows it.
        :raises UnfinishedError: GreyMatter took the change, and it is not there.
        """
        if plan.step is None or plan.after is None:
            return plan.before, False
        if plan.step == CREATE:
            return self._create(plan.body)
        return (self._update(plan) if plan.step == UPDATE else self._cancel(plan)), True

    def _create(self, body: Item) -> tuple[Item, bool]:
        try:
            answer = self._gateway.call("service_request_create", json=body)
        except (ExchangeError, ResponseError) as error:
            if error.status in _AT_THE_DOOR:
                raise
            return self._found_after(error)
        made = None if answer.is_empty else answer.json()
        if isinstance(made, dict) and "id" in made and fulfils(made, self._wish):
            return made, True
        there = self._look({"id": made["id"]} if isinstance(made, dict) and "id" in made else {})
        if there is None:
            if isinstance(made, dict) and self._is_echo(made):
                self._warn(f"{self._name} was sent, and cannot be compared with what is asked for.")
                return made, True
            raise UnfinishedError(
                f"GreyMatter answered that it took {self._name}, and it is not there.", hint="Look for it."
            )
        if not fulfils(there, self._wish):
            raise UnfinishedError(
                f"GreyMatter took {self._name}, and made something else of it.", hint="Look at its lines."
            )
        return there, True

    def _is_echo(self, made: Item) -> bool:
        """Whether an answer is the request itself, without an id, where no search can find more.

        So GreyOrange documents the answer to a pick and pack.
        """
        if self._searchable or "id" in made:
            return False
        key = (str(made.get("type")).upper(), made.get("externalServiceRequestId"))
        return key == (self._wish["type"], self._wish["externalServiceRequestId"])

    def _found_after(self, error: GreyopsError) -> tuple[Item, bool]:
        """After a failure that leaves it open whether it was sent: its key tells. It is never sent again."""
        refused = error.status is not None and error.status < 500
        if not self._searchable:
            if not is_duplicate(error, "externalServiceRequestId"):
                raise error
            self._warn(f"{self._name} exists already, and cannot be compared with what is asked for.")
            return {key: self._wish[key] for key in ("externalServiceRequestId", "type")}, False
        try:
            found = self._searched()
        except GreyopsError:
            raise error from None
        if found is None:
            raise error
        if not fulfils(found, self._wish):
            raise ConflictError(
                f"A {self._name} was sent meanwhile, and it is another one.", hint="Run the task again."
            ) from None
        return found, not refused

    def _update(self, plan: Plan) -> Item:
        try:
            # A part of the attributes, with what they will be: twice is as good as once.
            self._gateway.call("service_request_update", json=plan.body, repeatable=True)
        except ResponseError as error:
            raise self._too_late(error, plan, "changed") from None
        there = self._present(plan)
        names = differing_attributes(there, self._wish)
        if names:
            now = there.get("attributes") or {}
            told = ", ".join(f"{name} is {now.get(name)!r}" for name in names)
            raise UnfinishedError(
                f"GreyMatter took the change of {self._name}, and yet {told}.", hint="Look at it there."
            )
        return there

    def _cancel(self, plan: Plan) -> Item:
        try:
            # Seen in programs that talk to GreyMatter: the whole of it is sent back.
            self._gateway.call("service_request_cancel", json=plan.before)
        except (ExchangeError, ResponseError) as error:
            if error.status in _AT_THE_DOOR:
                raise
            try:
                there = self._present(plan)
            except GreyopsError:
                raise error from None
            if state_of(there) == CANCELLED:
                return there
            raise self._too_late(error, plan, "cancelled", there) from None
        return self._present(plan)

    def _too_late(self, error: GreyopsError, plan: Plan, what: str, there: Item | None = None) -> GreyopsError:
        """The error that a refusal is: because of a state that it came to meanwhile, or as it stands."""
        if error.status in _AT_THE_DOOR:
            return error
        there = there or self._present(plan)
        if not is_locked(there):
            return error
        return error.retold(ConflictError, f"{self._name} can no longer be {what}: it is {shown_state(there)} by now.")

    def _present(self, plan: Plan) -> Item:
        there = self._look(plan.before or {})
        if there is None:
            raise ConflictError(f"{self._name} is gone.", hint="Look for it.")
        return there

    def _look(self, item: Item) -> Item | None:
        """What there is now, by the id that it has, else by its key."""
        found = None
        if item.get("id") is not None:
            try:
                found = read(self._gateway, str(item["id"]))
            except ResponseError as error:
                if error.status not in _NO_PATH or not self._searchable or self._id:
                    raise
        # That path may be the one which is not there: it is no documented one.
        return found if found is not None or self._id or not self._searchable else self._searched()

    def wait(self, item: Item, states: Collection[str], timeout: float, progress: Callable[[str], None]) -> Item:
        """It, as soon as it is in one of these states.

        :raises UnfinishedError: it will never be, or is not by then.
        """
        wanted = {state_of({"state": state}) for state in states}
        if item.get("id") is None and not self._searchable:
            raise UnfinishedError(f"{self._name} cannot be waited for.", reason=_NO_SEARCH, hint=_GIVE_SEARCH)

        def is_done(there: Item) -> bool:
            if state_of(there) not in wanted and is_over(there):
                raise UnfinishedError(
                    f"{self._name} is {shown_state(there)}, and will not come to be {' or '.join(sorted(wanted))}."
                )
            return state_of(there) in wanted

        def look(there: Item) -> Item:
            now = self._look(there)
            if now is None:
                raise UnfinishedError(f"{self._name} was {shown_state(there)}, and is gone.", hint="Look for it.")
            return now

        return wait_until(item, is_done, look, lambda there: f"{self._name}: {shown_state(there)}", timeout, progress)


def all_of(gateway: Gateway, params: dict[str, Any]) -> list[Item]:
    """Those of some ids, sorted; what does not exist is left out."""
    found = [
        item for external_id in params["external_service_request_id"] or [] for item in search(gateway, external_id)
    ]
    there = [read(gateway, request_id) for request_id in params["id"] or []]
    found += [item for item in there if item is not None]
    kinds = None if params["type"] is None else {TYPES[word] for word in params["type"]}
    unique = {str(item.get("id")): item for item in found if kinds is None or str(item.get("type")).upper() in kinds}
    return sorted(
        unique.values(), key=lambda item: (str(item.get("externalServiceRequestId", "")), str(item.get("id")))
    )
