# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One service request: its options, its desired state and the plan that leads there."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .._argspec import ArgumentSpec
from .._changes import Change, list_changes
from .._comparison import is_empty, is_satisfied, merge
from .._errors import OptionError, WaitError
from .category_index import SKU
from .codes import parse_code, validate_code
from .problems import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


Item = dict[str, Any]

PUT = "PUT"
PICK = "PICK"
PICK_LINE = "PICK_LINE"
# The names that users know. A pick and pack is a pick: the configuration of the site decides whether packing follows
# (documented).
TYPES = {PUT: PUT, PICK: PICK, "put": PUT, "pick": PICK, "pick_and_pack": PICK}
# The key of the lines of each type.
LINES = {PUT: "expectations", PICK: "serviceRequests"}

CREATED = "created"
CANCELLED = "cancelled"

CREATE = "create"
UPDATE = "update"
CANCEL = "cancel"

# Documented: the states in which each can be changed and cancelled, and those that prevent it. In states that are in
# neither, the server decides.
_UNTIL = {PUT: "only while it is created", PICK: "only before cancellation_locked"}
_LOCKED = {
    PUT: frozenset({"stage_requested", "staged", "complete", "released", CANCELLED}),
    PICK: frozenset({"cancellation_locked", "pick_started", "complete", "abandoned", "rejected", CANCELLED}),
}
_FINAL_STATES = {
    PUT: frozenset({"released", "rejected", CANCELLED}),
    PICK: frozenset({"complete", "not_fulfillable", "abandoned", "rejected", CANCELLED}),
}

# The options of one service request, also of each of many.
SERVICE_REQUEST_SPEC = ArgumentSpec(
    options={
        "type": {"type": "str", "choices": list(TYPES), "required": True},
        "external_service_request_id": {"type": "str", "required": True},
        "id": {"type": "str"},
        "state": {"type": "str", "choices": ["present", CANCELLED], "default": "present"},
        "attributes": {"type": "dict"},
        "lines": {"type": "list", "elements": "dict"},
        "expectations": {"type": "dict"},
        "service_requests": {"type": "list", "elements": "dict"},
        "wait_for": {"type": "list", "elements": "str"},
    },
    mutually_exclusive=(("lines", "expectations"), ("lines", "service_requests")),
)

TIMES = ("pick_before_time", "pick_after_time")
_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)T(?P<time>\d\d:\d\d(?::\d\d)?)(?:[.,](?P<fraction>\d{1,9}))?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)


def format_state(item: Item) -> str:
    """Return the state as received: a token in it is redacted in its original upper and lower case."""
    return str(item.get("state") or item.get("status") or "unknown")


def get_state(item: Item) -> str:
    """Return the state in the normalized spelling, to compare with others."""
    state = format_state(item).lower()
    return CANCELLED if state == "canceled" else state


def get_label(item: Item) -> str:
    return f"{item.get('type')} {item.get('externalServiceRequestId')}"


def has_lines(desired: Item) -> bool:
    """Return whether there are enough data to create the request."""
    return LINES[desired["type"]] in desired


def is_final(item: Item) -> bool:
    """Return whether the request can no longer change."""
    return get_state(item) in _FINAL_STATES.get(str(item.get("type")).upper(), frozenset())


def list_awaited_states(params: dict[str, Any]) -> list[str]:
    """Return the states to wait for: those that the user gives, else the end of a cancellation."""
    return params["wait_for"] or ([CANCELLED] if params["state"] == CANCELLED else [])


def has_reached(item: Item, states: Collection[str], name: str) -> bool:
    """Return whether a request is in one of these states.

    :raises WaitError: if it cannot reach them any more.
    """
    wanted = {get_state({"state": state}) for state in states}
    if get_state(item) not in wanted and is_final(item):
        raise WaitError(f"{name} is {format_state(item)}, and cannot become {' or '.join(sorted(wanted))}.")
    return get_state(item) in wanted


def is_locked(item: Item) -> bool:
    """Return whether it can neither be changed nor cancelled any more."""
    return get_state(item) in _LOCKED.get(str(item.get("type")).upper(), frozenset())


def is_time(text: Any) -> bool:
    return isinstance(text, str) and _parse_time(text) is not None


def _parse_time(text: str) -> datetime | None:
    """Parse a time in ISO 8601, with or without a zone; return None if it is invalid."""
    found = _TIME.fullmatch(text.strip())
    if not found:
        return None
    zone = (found["zone"] or "").upper().replace("Z", "+00:00")
    if zone and ":" not in zone:
        zone = f"{zone[:3]}:{zone[3:]}"
    seconds = found["time"] if found["time"].count(":") == 2 else f"{found['time']}:00"
    try:
        # Python before 3.11 parses neither Z nor fractions of other lengths than 3 and 6.
        return datetime.fromisoformat(f"{found['day']}T{seconds}.{(found['fraction'] or '')[:6]:0<6}{zone}")
    except ValueError:
        return None


def _is_same_time(current: Any, desired: Any) -> bool:
    """Return whether two times are equal. If one has no zone, its zone is unknown, and the texts are compared."""
    one, other = (_parse_time(text) if isinstance(text, str) else None for text in (current, desired))
    if one is None or other is None or one.tzinfo is None or other.tzinfo is None:
        return is_satisfied(current, desired)
    return one == other


def _is_same_attribute(name: str, current: Any, desired: Any) -> bool:
    if name in TIMES:
        return _is_same_time(current, desired)
    if name == "simple_priority" and isinstance(current, str) and isinstance(desired, str):
        return current.lower() == desired.lower()
    return is_satisfied(current, desired, name)


def find_differing_attributes(item: Item, desired: Item) -> list[str]:
    """Return the desired attributes that the request does not have with the same value."""
    current = item.get("attributes") or {}
    return [
        name
        for name, value in (desired.get("attributes") or {}).items()
        if not _is_same_attribute(name, current.get(name), value)
    ]


def find_differing_lines(item: Item, desired: Item) -> list[str]:
    """Return the keys of lines that differ."""
    return [key for key in LINES.values() if key in desired and not _matches(item.get(key), desired[key])]


def matches(item: Item, desired: Item) -> bool:
    return not find_differing_attributes(item, desired) and not find_differing_lines(item, desired)


def _matches(current: Any, desired: Any, name: str = "") -> bool:
    """Compare as :func:`is_satisfied`, but with lists in any order: a server may reorder lines."""
    if is_empty(desired):
        return is_empty(current)
    if isinstance(desired, dict):
        return isinstance(current, dict) and all(
            _matches(current.get(key), value, key) for key, value in desired.items()
        )
    if isinstance(desired, list):
        if not isinstance(current, list) or len(current) != len(desired):
            return False
        rest = list(current)
        for one in desired:
            found = next((at for at, other in enumerate(rest) if _matches(other, one)), None)
            if found is None:
                return False
            del rest[found]
        return True
    if name == "type" and isinstance(current, str):
        return current.upper() == str(desired).upper()
    return is_satisfied(current, desired, name)


@dataclass(frozen=True)
class ServiceRequestPlan:
    """The current and the desired request, and the one step between them; none if nothing has to change."""

    desired: Item
    before: Item | None
    after: Item | None
    step: str | None = None
    body: Item = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        return self.step is not None

    def list_changes(self) -> list[Change]:
        """Return the differences of a request that is updated."""
        if self.step != UPDATE:
            return []
        return list_changes(self._build_view(self.before), self._build_view(self.after))

    def as_diff(self) -> dict[str, Any]:
        """Return what a client can write, without what the server added."""
        if self.step == CREATE:
            return {"before": {}, "after": self.body}
        return {"before": self._build_view(self.before), "after": self._build_view(self.after)}

    def _build_view(self, item: Item | None) -> Item:
        if item is None:
            return {}
        current = item.get("attributes") or {}
        shown = {"externalServiceRequestId": item.get("externalServiceRequestId"), "type": item.get("type")}
        if self.step == CANCEL:
            return {**shown, "state": format_state(item)}
        return {
            **shown,
            "attributes": {name: current[name] for name in self.desired.get("attributes") or {} if name in current},
        }


def plan_service_request(current: Item | None, desired: Item, state: str = "present") -> ServiceRequestPlan:
    """Plan the change from the current to the desired request.

    :raises OptionError: if something is missing or can no longer be changed.
    """
    if state == CANCELLED:
        return _plan_cancellation(current, desired)
    if current is None:
        return _plan_creation(desired)
    name = get_label(desired)
    if get_state(current) == CANCELLED:
        raise OptionError(
            f"The {name} is cancelled and cannot be reactivated.",
            hint="Send a new one with another external_service_request_id, or set state=cancelled.",
        )
    if find_differing_lines(current, desired):
        raise OptionError(
            f"The {name} has other lines than these ({format_state(current)}), and lines cannot be changed.",
            hint="Keep its lines, or cancel it and send a new one with another external_service_request_id.",
        )
    there = current.get("attributes") or {}
    changes = {
        key: merge(there.get(key), desired["attributes"][key]) for key in find_differing_attributes(current, desired)
    }
    if not changes:
        return ServiceRequestPlan(desired, current, current)
    if is_locked(current):
        message = ", ".join(f"{key}: {there.get(key)} -> {value}" for key, value in changes.items())
        raise OptionError(
            f"The {name} is {format_state(current)}, and it can be changed {_UNTIL[desired['type']]} ({message})."
        )
    body: Item = {key: current[key] for key in ("id", "externalServiceRequestId", "type") if key in current}
    after = {**current, "attributes": {**there, **changes}}
    return ServiceRequestPlan(desired, current, after, UPDATE, {**body, "attributes": changes})


def _plan_creation(desired: Item) -> ServiceRequestPlan:
    name = get_label(desired)
    if not has_lines(desired):
        raw = "expectations" if desired["type"] == PUT else "service_requests"
        raise OptionError(f"The {name} does not exist, and creating it requires lines, or {raw}.")
    body = dict(desired)
    if "serviceRequests" in desired:
        body["serviceRequests"] = _with_ids(desired["serviceRequests"], desired["externalServiceRequestId"])
    return ServiceRequestPlan(desired, None, {**body, "state": CREATED}, CREATE, body)


def _with_ids(children: list[Item], order: str) -> list[Item]:
    """Return lines with ids: their own, else the id of the order with their number."""
    taken = {str(child.get("externalServiceRequestId")) for child in children}
    free = (f"{order}-L{number}" for number in range(1, 2 * len(children) + 1))
    free = (each for each in free if each not in taken)
    return [
        child if child.get("externalServiceRequestId") else {**child, "externalServiceRequestId": next(free)}
        for child in children
    ]


def _plan_cancellation(current: Item | None, desired: Item) -> ServiceRequestPlan:
    if current is None or get_state(current) == CANCELLED:
        return ServiceRequestPlan(desired, current, current)
    if is_locked(current):
        raise OptionError(
            f"The {get_label(desired)} is {format_state(current)}, and it can be cancelled {_UNTIL[desired['type']]}."
        )
    return ServiceRequestPlan(desired, current, {**current, "state": CANCELLED}, CANCEL, current)


PRIORITIES = ("low", "normal", "high", "critical")
_LINE_KEYS = ("product", "quantity", "external_service_request_id", "attributes")
# Documented: how each type identifies a product, under productAttributes.
_STYLES = {PUT: "pdfa_values", PICK: "filter_parameters"}


@dataclass(frozen=True)
class Place:
    """How messages name the options of a request, which may be one of many.

    ``prefix`` precedes the options of the request itself, such as ``requests[3].``. If its lines are rows of a table,
    ``rows`` precede their columns, such as ``orders.csv:7: ``, and ``columns`` are those of the options of a line.
    """

    prefix: str = ""
    rows: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.prefix.rstrip(".: ")

    def describe_line(self, number: int, option: str, message: object) -> Problem:
        """Describe an error of a line, or of an option of it.

        :param message: the end of a sentence.
        """
        if self.rows:
            return Problem.build(self.rows[number], self.columns.get(option, option), message)
        return Problem.build(self.prefix, f"lines[{number}]{'.' if option else ''}{option}", message)

    def find_start(self, problem: str) -> str:
        """Return the place of a problem, with which it begins."""
        return next((row for row in self.rows if problem.startswith(row)), self.prefix)


_ALONE = Place()


def validate_service_request(params: dict[str, Any], place: Place = _ALONE) -> list[str]:
    """Return everything wrong with a service request that can be checked without a request, each with its place."""
    problems = [f"{place.prefix}{problem}" for problem in _validate_request(params)]
    if params["lines"] is not None:
        problems += _validate_lines(params["type"], params["lines"], place)
    return problems


def validate_wait_for(states: list[str] | None) -> list[str]:
    """Validate the option wait_for."""
    if states is None or (states and all(state.strip() for state in states)):
        return []
    return ["wait_for must name at least one state, and none of them may be empty"]


def _validate_request(params: dict[str, Any]) -> list[str]:
    problems = []
    if not params["external_service_request_id"].strip():
        problems.append("external_service_request_id is empty")
    problems += validate_wait_for(params["wait_for"])
    problems += _validate_attributes(params["attributes"] or {})
    kind = params["type"]
    if kind == PUT and params["service_requests"] is not None:
        problems.append("service_requests is for PICK: a PUT takes lines or expectations")
    if kind == PICK and params["expectations"] is not None:
        problems.append("expectations is for PUT: a PICK takes lines or service_requests")
    if params["lines"] == []:
        problems.append("lines is empty: give at least one")
    if params["expectations"] is not None:
        problems += _validate_expectations(kind, params["expectations"], "expectations")
    if params["service_requests"] is not None:
        problems += _validate_children(params["service_requests"])
    return problems


def _validate_attributes(attributes: Item) -> Iterator[str]:
    priority = attributes.get("simple_priority")
    if priority is not None and str(priority).lower() not in PRIORITIES:
        yield f"attributes.simple_priority must be one of {', '.join(PRIORITIES)}, not {priority!r}"
    for name in TIMES:
        if not is_empty(attributes.get(name)) and not is_time(attributes[name]):
            yield f"attributes.{name} must be a time such as 2030-01-01T18:00:00Z, not {attributes[name]!r}"
    options = attributes.get("order_options")
    if options is not None and not isinstance(options, dict):
        yield "attributes.order_options must be a dictionary"


def _validate_lines(kind: str, lines: list[Item], place: Place) -> Iterator[str]:
    for number, line in enumerate(lines):
        for option, message in _validate_line(kind, line):
            yield place.describe_line(number, option, message)
    ids = [line.get("external_service_request_id") for line in lines]
    yield from (f"{place.prefix}{problem}" for problem in _validate_ids("lines", ids))


def _validate_line(kind: str, line: Item) -> Iterator[tuple[str, object]]:
    """Yield the options of a line that are wrong, with the end of a sentence about each."""
    unknown = sorted(str(key) for key in line if key not in _LINE_KEYS)
    if unknown:
        yield "", f"has no {', '.join(unknown)}: its keys are {', '.join(_LINE_KEYS)}"
    product = line.get("product")
    if not isinstance(product, dict) or not product:
        yield "product", "must name attributes of the product, such as product_sku"
    else:
        yield from _validate_product(product)
    if "quantity" not in line:
        yield "quantity", "is missing: it must be a whole number above 0"
    elif _parse_whole(line["quantity"]) is None:
        yield "quantity", f"must be a whole number above 0, not {line['quantity']!r}"
    if kind == PUT and not is_empty(line.get("external_service_request_id")):
        yield "external_service_request_id", "is for PICK: the lines of a PUT have no id"
    if not isinstance(line.get("attributes") or {}, dict):
        yield "attributes", "must be a dictionary"
    elif kind == PUT and line.get("attributes"):
        yield "attributes", "is for PICK: the lines of a PUT have none"


def _validate_product(product: Item) -> Iterator[tuple[str, object]]:
    for name, value in product.items():
        if not re.fullmatch(r"[\w.-]+", str(name)):
            yield "product:", f"{name!r} is not the name of an attribute"
        if isinstance(value, (dict, list)) or is_empty(value):
            yield f"product.{name}", "must be a value"
        elif name == SKU:
            try:
                parse_code(value)
            except ValueError as error:
                yield f"product.{name}", error


def _validate_ids(place: str, values: list[Any]) -> Iterator[str]:
    ids = [str(value) for value in values if not is_empty(value)]
    yield from (f"{place}: {each} is not unique" for each, count in sorted(Counter(ids).items()) if count > 1)


def _validate_children(children: list[Item]) -> Iterator[str]:
    if not children:
        yield "service_requests is empty: give at least one line"
    for number, child in enumerate(children):
        place = f"service_requests[{number}]"
        if str(child.get("type")).upper() != PICK_LINE:
            yield f"{place}.type must be {PICK_LINE}"
        yield from _validate_expectations(PICK, child.get("expectations"), f"{place}.expectations")
    yield from _validate_ids("service_requests", [child.get("externalServiceRequestId") for child in children])


def _validate_expectations(kind: str, expectations: Any, place: str) -> Iterator[str]:
    containers = expectations.get("containers") if isinstance(expectations, dict) else None
    if not isinstance(containers, list) or not containers:
        yield f"{place}.containers must be a list of at least one container"
        return
    for number, container in enumerate(containers):
        yield from _validate_container(kind, container, f"{place}.containers[{number}]")


def _validate_container(kind: str, container: Any, place: str) -> Iterator[str]:
    if not isinstance(container, dict):
        yield f"{place} must be a dictionary"
        return
    if not container.get("products") and not container.get("containers"):
        yield f"{place} has neither products nor containers"
    if container.get("containers"):
        yield from _validate_expectations(kind, container, place)
    products = container.get("products") or []
    if not isinstance(products, list):
        yield f"{place}.products must be a list"
        return
    for number, product in enumerate(products):
        yield from _validate_product_line(kind, product, f"{place}.products[{number}]")


def _validate_product_line(kind: str, product: Any, place: str) -> Iterator[str]:
    if not isinstance(product, dict):
        yield f"{place} must be a dictionary"
        return
    if _parse_whole(product.get("productQuantity")) is None:
        yield f"{place}.productQuantity must be a whole number above 0, not {product.get('productQuantity')!r}"
    named, style = product.get("productAttributes"), _STYLES[kind]
    wanted = list if kind == PICK else dict
    if not isinstance(named, dict) or not isinstance(named.get(style), wanted) or not named[style]:
        what = (
            "a list such as [\"product_sku = 'MUG-01'\"]"
            if kind == PICK
            else "a dictionary such as product_sku: MUG-01"
        )
        yield f"{place}.productAttributes.{style} must name the product of a {kind}: {what}"
    elif kind == PUT and not is_empty(named[style].get(SKU)):
        yield from validate_code(named[style][SKU], f"{place}.productAttributes.{style}.{SKU}")


def _parse_whole(value: Any) -> int | None:
    """Parse a quantity, which can also be a text from a template; return None if it is invalid."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and re.fullmatch(r"\d{1,18}", value.strip(), re.ASCII):
        value = int(value)
    return value if isinstance(value, int) and value > 0 else None


def build_desired(params: dict[str, Any]) -> Item:
    """Convert options that passed :func:`validate_service_request` to a service request with the API's keys."""
    kind = params["type"]
    desired: Item = {"externalServiceRequestId": params["external_service_request_id"], "type": kind}
    if params["attributes"] is not None:
        desired["attributes"] = dict(params["attributes"])
        if not is_empty(desired["attributes"].get("simple_priority")):
            desired["attributes"]["simple_priority"] = str(desired["attributes"]["simple_priority"]).lower()
    if params["expectations"] is not None:
        desired["expectations"] = params["expectations"]
    if params["service_requests"] is not None:
        desired["serviceRequests"] = params["service_requests"]
    if params["lines"] is not None:
        if kind == PUT:
            desired["expectations"] = _build_expected([_build_line(kind, line) for line in params["lines"]])
        else:
            desired["serviceRequests"] = [_build_child(line) for line in params["lines"]]
    return desired


def _build_child(line: Item) -> Item:
    child = {"type": PICK_LINE, "expectations": _build_expected([_build_line(PICK, line)])}
    if not is_empty(line.get("external_service_request_id")):
        child["externalServiceRequestId"] = str(line["external_service_request_id"])
    if line.get("attributes"):
        child["attributes"] = line["attributes"]
    return child


def _build_expected(products: list[Item]) -> Item:
    return {"containers": [{"products": products}]}


def _build_line(kind: str, line: Item) -> Item:
    product = line["product"]
    named = build_product_filters(product) if kind == PICK else product
    return {"productQuantity": _parse_whole(line["quantity"]), "productAttributes": {_STYLES[kind]: named}}


def build_product_filters(product: Item) -> list[str]:
    """Return the expressions that select a product (documented: ``product_sku = 'MUG-01'``).

    Inferred: a quote in a value is doubled, and numbers and booleans are written without quotes.
    """
    return [f"{name} = {_to_literal(value)}" for name, value in product.items()]


def _to_literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return str(value)
    quoted = str(value).replace("'", "''")
    return f"'{quoted}'"
