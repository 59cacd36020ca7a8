# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The client of GreyMatter: calls by route, pages, and errors with status 200."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from .._errors import HTTPStatusError
from .._http.pagination import PageReader
from .._resource import Item
from .routes import (
    DOCUMENTED,
    INFERRED,
    SEEN,
    resolve,
)
from .service import GREYMATTER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from .._context import Context
    from .._http.client import ApiClient
    from .._http.response import Response
    from .._http.streaming import StreamedResponse, StreamLimits


_ORIGINS = {
    SEEN: "was seen in other programs and is not documented by GreyOrange",
    INFERRED: "is inferred and not documented by GreyOrange",
}


class GreyMatterClient:
    """GreyMatter's API, addressed by the names of its routes."""

    def __init__(self, api: ApiClient, overrides: Mapping[str, object]) -> None:
        """
        :param overrides: the option routes.
        :raises OptionError: if it is invalid.
        """
        self.api = api
        self._routes = resolve(overrides)

    @classmethod
    def open(cls, context: Context) -> GreyMatterClient:
        """Open the API with the credential and the routes from the parameters."""
        return cls(GREYMATTER.open_client(context), context.params["routes"])

    def call(
        self,
        name: str,
        *,
        ids: Mapping[str, str | Sequence[str]] | None = None,
        query: Sequence[tuple[str, str]] = (),
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        expected: Collection[int] = (),
        idempotent: bool = False,
    ) -> Response:
        """Send one request, by the name of its route; the other parameters are as in :meth:`ApiClient.call`.

        :param ids: the values of the placeholders of its path.
        :raises HTTPStatusError: for an unexpected status, or a success whose body reports an error. If the path or the
            method may be wrong, the hint says how to override it.
        """
        route = self._routes[name]
        with self._with_hint(name):
            response = self.api.call(
                route.method,
                route.build_path(ids or {}),
                query=query,
                json=json,
                headers=headers,
                expected=expected,
                idempotent=idempotent,
            )
        if response.status < 400 and is_refusal(response):
            message = f"answered with HTTP {response.status}, and yet with an error."
            raise response.build_error(HTTPStatusError, message, reason=self.api.find_error_reason(response))
        return response

    @contextmanager
    def download(
        self, name: str, *, ids: Mapping[str, str], limits: StreamLimits, accept: str
    ) -> Iterator[StreamedResponse]:
        """Send a request that only reads, and read the response as a stream within the context.

        The body of a success may report an error, see :func:`is_refusal`.

        :raises RequestError: if the response is incomplete.
        """
        route = self._routes[name]
        with (
            self._with_hint(name),
            self.api.stream(
                route.build_path(ids), method=route.method, limits=limits, accept=accept, idempotent=True
            ) as response,
        ):
            yield response

    def has_placeholder(self, name: str, placeholder: str) -> bool:
        """Return whether the path of a route contains a placeholder."""
        return placeholder in self._routes[name].placeholders

    def build_route_hint(self, name: str) -> str:
        """Return the hint for a route whose path may be wrong."""
        route = self._routes[name]
        other = f"give another as {name} in routes, such as '{route.method} {route.template}'"
        if route.given:
            return f"The path is that of {name} in routes."
        if route.evidence == DOCUMENTED:
            return f"If the site has another path, {other}."
        return f"The path {_ORIGINS[route.evidence]}: if the site has another one, {other}."

    @contextmanager
    def _with_hint(self, name: str) -> Iterator[None]:
        try:
            yield
        except HTTPStatusError as error:
            if error.status not in (404, 405):
                raise
            error.hint = f"{error.hint} {self.build_route_hint(name)}"
            raise


def is_refusal(response: Response) -> bool:
    """Return whether a response with a success status reports an error, as some services of GreyMatter do (seen)."""
    document = response.parse_brief()
    if not isinstance(document, dict):
        return False
    if document.get("alert_data") or str(document.get("status")).upper() == "FAILURE":
        return True
    return isinstance(document.get("reason"), str) and "id" not in document


# Inferred from other endpoints of GreyMatter: an object that contains the list under one of these names.
_WRAPPERS = ("content", "data", "items", "serviceRequests")
# The number of objects on all pages: inferred from Spring, and misspelt as the Manager Dashboard reads it.
_TOTALS = ("totalElements", "totaElements")
# Usual numbers of objects on a page: a list of that length may be the first page of a server that does not say so.
_PAGE_SIZES = (10, 20, 25, 50, 100, 200, 250, 500, 1000)


class Listing(NamedTuple):
    """The objects of all pages of a listing; ``is_cut`` means that there may be more than the server returned."""

    items: list[Item]
    is_cut: bool


class Page(NamedTuple):
    """The objects of a page, the numbers of the next pages, and what else the server says about the whole list."""

    items: list[Item]
    next_numbers: range
    info: Item

    def is_cut(self, items: Sequence[Item]) -> bool:
        """Return whether there may be more objects than these, which were read from this page and the next ones."""
        total = next((self.info[name] for name in _TOTALS if isinstance(self.info.get(name), int)), None)
        if total is not None:
            # A server that ignores the number of the page returns the same objects again.
            return int(total) > len({str(item.get("id", number)) for number, item in enumerate(items)})
        if not items or "totalPages" in self.info or self.info.get("last") is True:
            return False
        return self.info.get("last") is False or len(items) in (*_PAGE_SIZES, self.info.get("size"))


def list_all(client: GreyMatterClient, route: str, body: Any = None) -> list[Item]:
    """Return the objects of all pages of a listing.

    :param body: the body of a search by POST.
    """
    return read_listing(client, route, body=body).items


def read_listing(
    client: GreyMatterClient, route: str, ids: Mapping[str, str | Sequence[str]] | None = None, body: Any = None
) -> Listing:
    """Read all pages of a listing: a bare array (documented by its wording), or a wrapped one."""
    reader = client.api.open_reader()
    first = parse_page(client, reader, client.call(route, ids=ids, json=body, idempotent=True))
    items = first.items
    for number in first.next_numbers:
        page = client.call(route, ids=ids, json=body, query=[("page", str(number))], idempotent=True)
        items += parse_page(client, reader, page).items
    return Listing(items, first.is_cut(items))


def parse_page(client: GreyMatterClient, reader: PageReader, response: Response) -> Page:
    """Parse a page of a listing. Some services count pages from 0, others from 1."""
    document = reader.read(response)
    info: Item = {}
    following = range(0)
    if isinstance(document, dict):
        info = document
        total, number = document.get("totalPages"), document.get("number", 0)
        if isinstance(total, int) and isinstance(number, int):
            following = range(number + 1, number + total)
        document = next((document[name] for name in _WRAPPERS if isinstance(document.get(name), list)), None)
    if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
        # Some of its services report errors with HTTP 200.
        raise response.build_error(
            HTTPStatusError,
            "answered without a list.",
            reason=client.api.find_error_reason(response),
            hint="Check api_url, path_prefix and routes.",
        )
    return Page(document, following, info)
