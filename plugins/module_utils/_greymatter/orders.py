# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._comparison import covers, is_empty, merged
from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError

Item = dict[str, Any]

PUT = "PUT"
PICK = "PICK"
PICK_LINE = "PICK_LINE"
# What users call them. A pick and pack is a pick: the configuration of the site decides whether packing follows
# (documented).
TYPES = {PUT: PUT, PICK: PICK, "put": PUT, "pick": PICK, "pick_and_pack": PICK}
# Where each has its lines.
LINES = {PUT: "expectations", PICK: "serviceRequests"}

CREATED = "created"
CANCELLED = "cancelled"

CREATE = "create"
UPDATE = "update"
CANCEL = "cancel"

# Documented: until when each can be changed and cancelled, and what it does not leave that way any more. Of states that
# stand in neither, the server decides.
_UNTIL = {PUT: "only while it is created", PICK: "only before cancellation_locked"}
_LOCKED = {
    PUT: frozenset({"stage_requested", "staged", "complete", "released", CANCELLED}),
    PICK: frozenset({"cancellation_locked", "pick_started", "complete", "abandoned", "rejected", CANCELLED}),
}
_OVER = {
    PUT: frozenset({"released", "rejected", CANCELLED}),
    PICK: frozenset({"complete", "not_fulfillable", "abandoned", "rejected", CANCELLED}),
}

TIMES = ("pick_before_time", "pick_after_time")
_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)T(?P<time>\d\d:\d\d(?::\d\d)?)(?:[.,](?P<fraction>\d{1,9}))?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)


def shown_state(item: Item) -> str:
    """Its state as it came: a token in it is redacted in the case that it has."""
    return str(item.get("state") or item.get("status") or "unknown")


def state_of(item: Item) -> str:
    """Its state to compare with others, in the one of the spellings that this collection speaks in."""
    state = shown_state(item).lower()
    return CANCELLED if state == "canceled" else state


def label_of(item: Item) -> str:
    return f"{item.get('type')} {item.get('externalServiceRequestId')}"


def has_lines(wish: Item) -> bool:
    """Whether it says enough to be sent."""
    return LINES[wish["type"]] in wish


def is_over(item: Item) -> bool:
    """Whether it stays as it is for good."""
    return state_of(item) in _OVER.get(str(item.get("type")).upper(), frozenset())


def is_locked(item: Item) -> bool:
    """Whether it can neither be changed nor cancelled any more."""
    return state_of(item) in _LOCKED.get(str(item.get("type")).upper(), frozenset())


def is_time(text: Any) -> bool:
    return isinstance(text, str) and _moment(text) is not None


def _moment(text: str) -> datetime | None:
    """A time in ISO 8601, with or without a zone; None if it is none."""
    found = _TIME.fullmatch(text.strip())
    if not found:
        return None
    zone = (found["zone"] or "").upper().replace("Z", "+00:00")
    if zone and ":" not in zone:
        zone = f"{zone[:3]}:{zone[3:]}"
    seconds = found["time"] if found["time"].count(":") == 2 else f"{found['time']}:00"
    try:
        # Python before 3.11 knows neither Z nor fractions of other lengths than 3 and 6.
        return datetime.fromisoformat(f"{found['day']}T{seconds}.{(found['fraction'] or '')[:6]:0<6}{zone}")
    except ValueError:
        return None


def _same_time(current: Any, desired: Any) -> bool:
    """Whether two times are the same moment. Where one has no zone, nobody knows, and their texts decide."""
    one, other = (_moment(text) if isinstance(text, str) else None for text in (current, desired))
    if one is None or other is None or one.tzinfo is None or other.tzinfo is None:
        return covers(current, desired)
    return one == other


def _same_attribute(name: str, current: Any, desired: Any) -> bool:
    if name in TIMES:
        return _same_time(current, desired)
    if name == "simple_priority" and isinstance(current, str) and isinstance(desired, str):
        return current.lower() == desired.lower()
    return covers(current, desired, name)


def differing_attributes(item: Item, wish: Item) -> list[str]:
    """The attributes of a wish that an order does not have so."""
    there = item.get("attributes") or {}
    return [
        name
        for name, value in (wish.get("attributes") or {}).items()
        if not _same_attribute(name, there.get(name), value)
    ]


def differing_lines(item: Item, wish: Item) -> list[str]:
    """Those of the keys that hold lines whose lines are others."""
    return [key for key in LINES.values() if key in wish and not _fulfils(item.get(key), wish[key])]


def fulfils(item: Item, wish: Item) -> bool:
    return not differing_attributes(item, wish) and not differing_lines(item, wish)


def _fulfils(current: Any, desired: Any, name: str = "") -> bool:
    """As covers, but lists are in any order: a server keeps lines as it likes."""
    if is_empty(desired):
        return is_empty(current)
    if isinstance(desired, dict):
        return isinstance(current, dict) and all(
            _fulfils(current.get(key), value, key) for key, value in desired.items()
        )
    if isinstance(desired, list):
        if not isinstance(current, list) or len(current) != len(desired):
            return False
        rest = list(current)
        for one in desired:
            found = next((at for at, other in enumerate(rest) if _fulfils(other, one)), None)
            if found is None:
                return False
            del rest[found]
        return True
    if name == "type" and isinstance(current, str):
        return current.upper() == str(desired).upper()
    return covers(current, desired, name)


@dataclass(frozen=True)
class Plan:
    """What is there, what will be there, and the one step between them; none where nothing has to change."""

    wish: Item
    before: Item | None
    after: Item | None
    step: str | None = None
    body: Item = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        return self.step is not None

    def as_diff(self) -> dict[str, Any]:
        """What a client can write, without what the server made."""
        if self.step == CREATE:
            return {"before": {}, "after": self.body}
        return {"before": self._view(self.before), "after": self._view(self.after)}

    def _view(self, item: Item | None) -> Item:
        if item is None:
            return {}
        there = item.get("attributes") or {}
        shown = {"externalServiceRequestId": item.get("externalServiceRequestId"), "type": item.get("type")}
        if self.step == CANCEL:
            return {**shown, "state": shown_state(item)}
        return {
            **shown,
            "attributes": {name: there[name] for name in self.wish.get("attributes") or {} if name in there},
        }


def plan(current: Item | None, wish: Item, state: str = "present") -> Plan:
    """The way from what is there to what is wished for.

    :raises OptionError: there is none, because something is missing or can no longer be changed.
    """
    if state == CANCELLED:
        return _cancellation(current, wish)
    if current is None:
        return _creation(wish)
    name = label_of(wish)
    if state_of(current) == CANCELLED:
        raise OptionError(
            f"The {name} is cancelled, and does not come back.",
            hint="Send another one, with another external_service_request_id, or ask for state=cancelled.",
        )
    if differing_lines(current, wish):
        raise OptionError(
            f"The {name} has other lines than these ({shown_state(current)}), and lines cannot change.",
            hint="Leave them as they are, or cancel it and send another one, with another external_service_request_id.",
        )
    there = current.get("attributes") or {}
    changes = {key: merged(there.get(key), wish["attributes"][key]) for key in differing_attributes(current, wish)}
    if not changes:
        return Plan(wish, current, current)
    if is_locked(current):
        told = ", ".join(f"{key}: {there.get(key)} -> {value}" for key, value in changes.items())
        raise OptionError(
            f"The {name} is {shown_state(current)}, and it can be changed {_UNTIL[wish['type']]} ({told})."
        )
    body: Item = {key: current[key] for key in ("id", "externalServiceRequestId", "type") if key in current}
    after = {**current, "attributes": {**there, **changes}}
    return Plan(wish, current, after, UPDATE, {**body, "attributes": changes})


def _creation(wish: Item) -> Plan:
    name = label_of(wish)
    if not has_lines(wish):
        raw = "expectations" if wish["type"] == PUT else "service_requests"
        raise OptionError(f"There is no {name}, and it cannot be made without lines, or {raw}.")
    body = dict(wish)
    if "serviceRequests" in wish:
        body["serviceRequests"] = _with_ids(wish["serviceRequests"], wish["externalServiceRequestId"])
    return Plan(wish, None, {**body, "state": CREATED}, CREATE, body)


def _with_ids(children: list[Item], order: str) -> list[Item]:
    """Lines with ids: their own, else that of the order with their number."""
    taken = {str(child.get("externalServiceRequestId")) for child in children}
    free = (f"{order}-L{number}" for number in range(1, 2 * len(children) + 1))
    free = (each for each in free if each not in taken)
    return [
        child if child.get("externalServiceRequestId") else {**child, "externalServiceRequestId": next(free)}
        for child in children
    ]


def _cancellation(current: Item | None, wish: Item) -> Plan:
    if current is None or state_of(current) == CANCELLED:
        return Plan(wish, current, current)
    if is_locked(current):
        raise OptionError(
            f"The {label_of(wish)} is {shown_state(current)}, and it can be cancelled {_UNTIL[wish['type']]}."
        )
    return Plan(wish, current, {**current, "state": CANCELLED}, CANCEL, current)
