# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError, PartialError, ProblemsError
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.products import uid_of
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.things import CREATE, DELETE, UPDATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.bulk import Decision
    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.listing import Item
    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.tables import Source

# Beyond that many products only those are listed that changed or failed, and no more are shown in a diff, or told as
# wrong, one by one.
MOST_LISTED = 1000
_MOST_TOLD = 20
_SECONDS = 5.0

_COUNTS = {CREATE: "created", UPDATE: "updated", DELETE: "deleted", "none": "unchanged"}


@dataclass
class Tally:
    """What became of many products: counts, a result for each as far as they are listed, a diff, and all problems.

    ``found`` are the numbers of those that the site has already.
    """

    source: Source
    with_diff: bool
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("total", *_COUNTS.values(), "failed"), 0))
    problems: list[str] = field(default_factory=list)
    diff: dict[str, Item] = field(default_factory=lambda: {"before": {}, "after": {}})
    found: set[str] = field(default_factory=set)
    _listed: dict[int, Item] = field(default_factory=dict)
    _errors: dict[str, list[str]] = field(default_factory=dict)
    _untold: int = 0

    def check(self, decision: Decision) -> None:
        """Count a product, and what is wrong with it."""
        self.counts["total"] += 1
        room = MOST_LISTED - len(self.problems)
        self.problems += decision.problems[:room]
        self._untold += max(0, len(decision.problems) - room)

    def plan(self, decision: Decision) -> None:
        """Count a product as it is planned."""
        self.check(decision)
        entry, plan = decision.entry, decision.plan
        action = plan.step or "none" if plan else "none"
        if plan and plan.before:
            self.found.add(uid_of(plan.before))
        if self.counts["total"] == MOST_LISTED + 1:
            self._listed = {place: one for place, one in self._listed.items() if one["changed"] or "failed" in one}
        if action != "none" or decision.error or self.counts["total"] <= MOST_LISTED:
            self._listed[entry.place] = {
                "product_sku": entry.sku,
                # What is purged stands nowhere.
                "place": self.source.where(entry.place).rstrip(".: ") if entry.place >= 0 else None,
                "changed": action != "none",
                "action": action,
                "changes": list(plan.changes) if plan else [],
                "uid": uid_of(plan.before) if plan and plan.before else None,
            }
        if decision.error is not None:
            self._fail(entry.place, decision.error)
        else:
            self.counts[_COUNTS[action]] += 1
        if self.with_diff and plan is not None and plan.changed and len(self.diff["after"]) < MOST_LISTED:
            shown = plan.as_diff()
            for side in ("before", "after"):
                if shown[side]:
                    self.diff[side][entry.key.label] = shown[side]

    def carried_out(self, decision: Decision, outcome: Item | GreyopsError | None) -> None:
        """Count what came of a plan."""
        place = decision.entry.place
        if isinstance(outcome, GreyopsError):
            self.counts[_COUNTS[self._listed[place]["action"]]] -= 1
            self._fail(place, outcome)
        elif outcome is not None:
            self._listed[place]["uid"] = uid_of(outcome)

    def _fail(self, place: int, error: GreyopsError) -> None:
        self.counts["failed"] += 1
        one = self._listed[place]
        one.update(changed=False, failed=True, **error.as_result())
        self._errors.setdefault(error.msg, []).append(one["product_sku"])

    @property
    def changed(self) -> bool:
        return any(self.counts[name] for name in ("created", "updated", "deleted"))

    def values(self) -> dict[str, Any]:
        return {"counts": self.counts, "products": list(self._listed.values())}

    def require_no_problems(self) -> None:
        """
        :raises ProblemsError: there is one. Nothing was written.
        """
        if self.problems:
            count = len(self.problems) + self._untold
            more = f"; and {count - _MOST_TOLD} more" if count > _MOST_TOLD else ""
            told = "; ".join(self.problems[:_MOST_TOLD])
            raise ProblemsError(f"The products cannot be written: {told}{more}.", self.problems)

    def require_success(self) -> None:
        """
        :raises PartialError: a product failed. It has all results.
        """
        if not self._errors:
            return
        reasons = [f"{_named(skus)}: {message}" for message, skus in self._errors.items()]
        more = f" And {len(reasons) - _MOST_TOLD} more reasons." if len(reasons) > _MOST_TOLD else ""
        told = f"{' '.join(reasons[:_MOST_TOLD])}{more}"
        raise PartialError(
            f"{self.counts['failed']} of {self.counts['total']} products failed. {told}",
            {"changed": self.changed, **self.values()},
        )


def _named(skus: list[str]) -> str:
    return f"{', '.join(skus[:3])} and {len(skus) - 3} more" if len(skus) > 4 else ", ".join(skus)


class Ticker:
    """Tells a person every few seconds how far a long work has come."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._next = time.monotonic() + _SECONDS

    def tick(self, message: str) -> None:
        if time.monotonic() >= self._next:
            self._tell(message)
            self._next = time.monotonic() + _SECONDS
