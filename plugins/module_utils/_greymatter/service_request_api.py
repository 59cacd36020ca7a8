# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Finds, creates, changes and cancels a service request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .._errors import (
    ConflictError,
    GreyopsError,
    HTTPStatusError,
    OptionError,
    RequestError,
    VerificationError,
    WaitError,
)
from .._polling import Poller
from .client import read_listing
from .duplicates import is_duplicate
from .service_request import (
    CANCELLED,
    CREATE,
    LINES,
    TYPES,
    UPDATE,
    find_differing_attributes,
    format_state,
    get_label,
    get_state,
    has_lines,
    has_reached,
    is_locked,
    matches,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from .client import GreyMatterClient
    from .service_request import (
        Item,
        ServiceRequestPlan,
    )

ROUTE_MISSING = (404, 405)
# Error statuses that do not depend on the content of the request.
_AUTH_OR_ROUTE = (401, 403, *ROUTE_MISSING)
_NO_SEARCH = (
    "the search for service requests does not exist on this site at the expected path, so whether one exists is known "
    "only from the response to sending it, and it cannot be compared"
)
_GIVE_SEARCH = "Give the path of the search as service_request_search in routes, or the id of the request."

_SEARCH = "service_request_search"
# What one search can be for, if its path has a place for several ids.
_MAX_SEARCHED = 100


class SearchResult(NamedTuple):
    """The requests of any type that were returned by a search for one or several client-defined ids.

    ``is_cut`` means that there may be more.
    """

    searched: Sequence[str]
    items: list[Item]
    is_cut: bool

    def select(self, desired: Item) -> list[Item]:
        """Return the requests with the id and the type of the desired one."""
        found = self._select_id(desired["externalServiceRequestId"])
        return [item for item in found if str(item.get("type")).upper() == desired["type"]]

    def find_doubt(self, desired: Item) -> str:
        """Return why the desired request may exist although it was not returned; empty if that is not possible."""
        if self.select(desired):
            return ""
        if self.is_cut:
            return f"the site answered with {len(self.items)} service requests, which may be one page of several"
        others = [item for item in self.items if str(item.get("externalServiceRequestId")) not in self.searched]
        if others and not self._select_id(desired["externalServiceRequestId"]):
            return f"the site answered with others that were not searched for, such as {get_label(others[0])}"
        return ""

    def _select_id(self, external_id: str) -> list[Item]:
        return [item for item in self.items if str(item.get("externalServiceRequestId")) == external_id]


def get_search_size(client: GreyMatterClient) -> int:
    """Return how many requests can be searched for at once."""
    return _MAX_SEARCHED if client.has_placeholder(_SEARCH, "external_ids") else 1


def search(client: GreyMatterClient, external_ids: Sequence[str]) -> SearchResult:
    """Search for requests by their client-defined ids, at most :func:`get_search_size` of them.

    :raises OptionError: if an id cannot be part of the path.
    """
    odd = next((each for each in external_ids if "," in each), None)
    if odd is not None and get_search_size(client) > 1:
        raise OptionError(
            f"external_service_request_id {odd} has a comma, which separates the ids in the path of {_SEARCH}.",
            hint="Give the id that GreyMatter assigned.",
        )
    ids = {"external_id": external_ids[0], "external_ids": external_ids}
    return SearchResult(external_ids, *read_listing(client, _SEARCH, ids))


def read(client: GreyMatterClient, request_id: str) -> Item | None:
    """Return the request with an id assigned by GreyMatter; None if it does not exist."""
    response = client.call("service_request", ids={"id": request_id}, expected=(200, 404))
    if response.status == 404:
        if "html" in response.headers.get("content-type", ""):
            raise response.build_error(
                HTTPStatusError, "answered with HTTP 404 and a page.", hint=client.build_route_hint("service_request")
            )
        return None
    document = response.parse_json()
    if not isinstance(document, dict) or "id" not in document:
        raise response.build_error(
            HTTPStatusError, "answered with JSON that is not a service request.", hint="Check api_url and routes."
        )
    return document


class ServiceRequestApi:
    """Finds, sends, changes, cancels and waits for one service request; it is sent only once."""

    def __init__(
        self,
        client: GreyMatterClient,
        desired: Item,
        request_id: str | None,
        *,
        searchable: bool = True,
        warn: Callable[[str], None] | None = None,
    ) -> None:
        """
        :param request_id: the id that GreyMatter assigned, if the user knows it.
        :param searchable: False if it is known that the site has no search.
        :param warn: is called with each warning; by default it is shown.
        """
        self._client = client
        self._desired = desired
        self._name = get_label(desired)
        self._id = request_id
        self._searchable = searchable
        self._warn = warn or client.api.runtime.warn

    @property
    def is_searchable(self) -> bool:
        """Whether the site has a search, as far as :meth:`find` found out."""
        return self._searchable

    def find(self, state: str, searched: SearchResult | GreyopsError | None = None) -> Item | None:
        """Find the current request.

        :param searched: the result of a search for this request and others, or the error that it raised.
        :raises OptionError: if that id belongs to another one or to none, or if several have that key.
        :raises HTTPStatusError: if the result of the search does not show whether it exists.
        """
        if self._id:
            return self._find_by_id(state)
        try:
            if isinstance(searched, GreyopsError):
                raise searched
            return self._find_by_key(searched)
        except HTTPStatusError as error:
            if error.status not in ROUTE_MISSING or state == CANCELLED or not has_lines(self._desired):
                raise
        self._searchable = False
        self._warn(f"{_NO_SEARCH[:1].upper()}{_NO_SEARCH[1:]}. {_GIVE_SEARCH}")
        return None

    def _find_by_id(self, state: str) -> Item | None:
        found = read(self._client, str(self._id))
        if found is None:
            if state == CANCELLED:
                return None
            raise OptionError(
                f"There is no service request with the id {self._id}.",
                hint=f"Leave id out to send a new one. {self._client.build_route_hint('service_request')}",
            )
        key = (str(found.get("type")).upper(), str(found.get("externalServiceRequestId")))
        if key != (self._desired["type"], self._desired["externalServiceRequestId"]):
            raise OptionError(
                f"The service request with the id {self._id} is {get_label(found)}, and not {self._name}."
            )
        return found

    def _find_by_key(self, result: SearchResult | None = None) -> Item | None:
        if result is None or (len(result.searched) > 1 and result.find_doubt(self._desired)):
            result = search(self._client, [self._desired["externalServiceRequestId"]])
        doubt = result.find_doubt(self._desired)
        if doubt:
            hint = self._client.build_route_hint(_SEARCH)
            raise HTTPStatusError(f"Whether {self._name} exists is unknown.", reason=doubt, hint=hint)
        found = result.select(self._desired)
        if len(found) > 1:
            ids = ", ".join(sorted(str(item.get("id")) for item in found))
            raise OptionError(f"There are {len(found)} service requests {self._name}: {ids}.", hint="Give the id.")
        return self.complete(found[0]) if found else None

    def complete(self, item: Item) -> Item:
        """Return a request with its lines: a search may return fewer fields."""
        if "id" not in item or LINES[self._desired["type"]] in item:
            return item
        return read(self._client, str(item["id"])) or item

    def apply(self, plan: ServiceRequestPlan) -> tuple[Item | None, bool]:
        """Return the request after the change, and whether it was changed here.

        :raises ConflictError: if another client changed it first, or its state no longer allows the change.
        :raises VerificationError: if GreyMatter accepted the change without applying it.
        """
        if plan.step is None or plan.after is None:
            return plan.before, False
        if plan.step == CREATE:
            return self._create(plan.body)
        return (self._update(plan) if plan.step == UPDATE else self._cancel(plan)), True

    def _create(self, body: Item) -> tuple[Item, bool]:
        try:
            response = self._client.call("service_request_create", json=body)
        except (RequestError, HTTPStatusError) as error:
            if error.status in _AUTH_OR_ROUTE:
                raise
            return self._recover_create(error)
        created = None if response.is_empty else response.parse_json()
        if isinstance(created, dict) and "id" in created and matches(created, self._desired):
            return created, True
        current = self._refetch({"id": created["id"]} if isinstance(created, dict) and "id" in created else {})
        if current is None:
            if isinstance(created, dict) and self._is_echo(created):
                self._warn(f"{self._name} was sent, and cannot be compared with what is asked for.")
                return created, True
            raise VerificationError(f"GreyMatter accepted {self._name}, but it does not exist.", hint="Look for it.")
        if not matches(current, self._desired):
            raise VerificationError(
                f"GreyMatter accepted {self._name} but created something else.", hint="Check its lines."
            )
        return current, True

    def _is_echo(self, created: Item) -> bool:
        """Return whether a response is the request itself, without an id, where no search can return more.

        GreyOrange documents this response for a pick and pack.
        """
        if self._searchable or "id" in created:
            return False
        key = (str(created.get("type")).upper(), created.get("externalServiceRequestId"))
        return key == (self._desired["type"], self._desired["externalServiceRequestId"])

    def _recover_create(self, error: GreyopsError) -> tuple[Item, bool]:
        """After a failure with an unknown outcome, find out by key whether it was sent. It is never sent again."""
        refused = error.status is not None and error.status < 500
        if not self._searchable:
            if not is_duplicate(error, "externalServiceRequestId"):
                raise error
            self._warn(f"{self._name} exists already, and cannot be compared with what is asked for.")
            return {key: self._desired[key] for key in ("externalServiceRequestId", "type")}, False
        try:
            found = self._find_by_key()
        except GreyopsError:
            raise error from None
        if found is None:
            raise error
        if not matches(found, self._desired):
            raise ConflictError(
                f"Another {self._name} was sent at the same time.", hint="Run the task again."
            ) from None
        return found, not refused

    def _update(self, plan: ServiceRequestPlan) -> Item:
        try:
            # The body contains some attributes with their new values, so a retry is safe.
            self._client.call("service_request_update", json=plan.body, idempotent=True)
        except HTTPStatusError as error:
            raise self._explain_refusal(error, plan, "changed") from None
        current = self._require_present(plan)
        names = find_differing_attributes(current, self._desired)
        if names:
            now = current.get("attributes") or {}
            message = ", ".join(f"{name} is {now.get(name)!r}" for name in names)
            raise VerificationError(
                f"GreyMatter accepted the change of {self._name}, but {message}.", hint="Check it in GreyMatter."
            )
        return current

    def _cancel(self, plan: ServiceRequestPlan) -> Item:
        try:
            # Seen in programs that use GreyMatter: the whole request is sent back.
            self._client.call("service_request_cancel", json=plan.before)
        except (RequestError, HTTPStatusError) as error:
            if error.status in _AUTH_OR_ROUTE:
                raise
            try:
                current = self._require_present(plan)
            except GreyopsError:
                raise error from None
            if get_state(current) == CANCELLED:
                return current
            raise self._explain_refusal(error, plan, "cancelled", current) from None
        return self._require_present(plan)

    def _explain_refusal(
        self, error: GreyopsError, plan: ServiceRequestPlan, what: str, current: Item | None = None
    ) -> GreyopsError:
        """Return the error for a refusal: a conflict if the state changed at the same time, else the refusal itself."""
        if error.status in _AUTH_OR_ROUTE:
            return error
        current = current or self._require_present(plan)
        if not is_locked(current):
            return error
        return error.with_message(
            ConflictError, f"{self._name} can no longer be {what}: it is {format_state(current)} by now."
        )

    def _require_present(self, plan: ServiceRequestPlan) -> Item:
        current = self._refetch(plan.before or {})
        if current is None:
            raise ConflictError(f"{self._name} no longer exists.", hint="Check it in GreyMatter.")
        return current

    def _refetch(self, item: Item) -> Item | None:
        """Return the current request, by its id, else by its key."""
        found = None
        if item.get("id") is not None:
            try:
                found = read(self._client, str(item["id"]))
            except HTTPStatusError as error:
                if error.status not in ROUTE_MISSING or not self._searchable or self._id:
                    raise
        # The missing path may be that of the search, which is not documented.
        return found if found is not None or self._id or not self._searchable else self._find_by_key()

    def wait(self, item: Item, states: Collection[str], timeout: float) -> Item:
        """Wait until the request is in one of these states, and return it.

        :raises WaitError: if it cannot reach them, or does not in time.
        """
        self.require_readable(item)
        poller = Poller(self._client.api.runtime, timeout)
        while not has_reached(item, states, self._name):
            poller.wait(self._name, format_state(item))
            item = self.read_again(item)
        return item

    def require_readable(self, item: Item) -> None:
        """
        :raises WaitError: if there is no way to read a request again that was just sent.
        """
        if item.get("id") is None and not self._searchable:
            raise WaitError(f"{self._name} cannot be waited for.", reason=_NO_SEARCH, hint=_GIVE_SEARCH)

    def read_again(self, item: Item, searched: SearchResult | GreyopsError | None = None) -> Item:
        """Return the current state of a request that is waited for, maybe without its lines.

        :param searched: as for :meth:`find`.
        :raises WaitError: if it no longer exists.
        """
        if isinstance(searched, GreyopsError):
            raise searched
        found = searched.select(self._desired) if searched else []
        now = found[0] if len(found) == 1 else self._refetch(item)
        if now is None:
            raise WaitError(
                f"{self._name} was {format_state(item)} and no longer exists.", hint="Check it in GreyMatter."
            )
        return now


def list_requests(client: GreyMatterClient, params: dict[str, Any]) -> list[Item]:
    """Return the requests with these ids, sorted; those that do not exist are omitted."""
    found = [
        item
        for external_id in params["external_service_request_id"] or []
        for item in search(client, [external_id]).items
        if str(item.get("externalServiceRequestId")) == external_id
    ]
    current = [read(client, request_id) for request_id in params["id"] or []]
    found += [item for item in current if item is not None]
    kinds = None if params["type"] is None else {TYPES[word] for word in params["type"]}
    unique = {str(item.get("id")): item for item in found if kinds is None or str(item.get("type")).upper() in kinds}
    return sorted(
        unique.values(), key=lambda item: (str(item.get("externalServiceRequestId", "")), str(item.get("id")))
    )
