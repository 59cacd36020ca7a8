# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.greyops.rest.plugins.module_utils._comparison import is_empty
from ansible_collections.greyops.rest.plugins.module_utils._errors import AuthenticationError, GreyopsError, OptionError
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.families import SKU, Families, Family, groups_of
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.likeness import merged
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.product_checks import (
    barcodes_of,
    checked_product,
    wish_for_product,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.products import (
    PRODUCT,
    Key,
    attributes_of,
    find_product,
    key_of,
    matching,
    plain,
    plan_product,
    read_products,
    search,
    uid_of,
)
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.tables import SpoiltRow
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.tally import Tally, Ticker
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.things import Plan, carry_out

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.gateway import Gateway
    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.listing import Item
    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.tables import Source
    from ansible_collections.greyops.rest.plugins.module_utils._greymatter.units import Version
    from ansible_collections.greyops.rest.plugins.module_utils._http.lanes import Lanes

# Plans wait in memory up to that size, and in a file beyond it.
_SPOOL = 16 * 1024 * 1024


@dataclass(frozen=True)
class Entry:
    """One product of many, as somebody wrote it. ``problems`` are those that show without the site."""

    place: int
    wish: Item
    key: Key
    problems: tuple[str, ...] = ()

    @property
    def sku(self) -> str:
        return plain(self.wish.get("productAttributes", {}).get(SKU))


@dataclass(frozen=True)
class Decision:
    """What is to be done with one product: a plan, or what stands against one."""

    entry: Entry
    plan: Plan | None = None
    problems: tuple[str, ...] = ()
    error: GreyopsError | None = None


@dataclass
class Uniques:
    """What must be unique in the whole input. It holds a text for each barcode and each key, and nothing else."""

    source: Source
    _barcodes: dict[str, int] = field(default_factory=dict)
    _groups: dict[tuple[str, ...], int] = field(default_factory=dict)

    def problems_of(self, wish: Item, family: Family | None, place: int) -> Iterator[str]:
        here = self.source.where(place)
        for path, code in barcodes_of(wish):
            first = self._barcodes.setdefault(code, place)
            if first != place:
                yield f"{here}{path} {code} is a barcode of {self._told(first)} as well"
        attributes = wish.get("productAttributes", {})
        for group in groups_of(wish.get("schema") or (family.schema if family else None)):
            if any(is_empty(attributes.get(name)) for name in group):
                continue
            values = [plain(attributes[name]) for name in group]
            first = self._groups.setdefault((*group, *values), place)
            if first != place:
                told = " and ".join(f"{name} {value}" for name, value in zip(group, values))
                yield f"{here}productAttributes: {told} is that of {self._told(first)} as well"

    def _told(self, place: int) -> str:
        return self.source.where(place).rstrip(".: ")


@dataclass
class Planner:
    """Decides what is to be done with many products."""

    source: Source
    families: Families
    version: Version | None
    state: str
    batch: int

    def batches(self) -> Iterator[list[Entry]]:
        """The products, so many at a time, with what is wrong with their form and with their being unique."""
        uniques, batch = Uniques(self.source), []
        for place, given in self.source.rows():
            batch.append(self._entry(place, given, uniques))
            if len(batch) == self.batch:
                yield batch
                batch = []
        if batch:
            yield batch

    def _entry(self, place: int, given: Any, uniques: Uniques) -> Entry:
        where = self.source.where(place)
        if not isinstance(given, dict):
            told: tuple[str, ...] = (f"{where.rstrip('.: ')} is no product: it must be a dictionary",)
            if isinstance(given, SpoiltRow):
                told = tuple(f"{where}{problem}" for problem in given.problems)
            return Entry(place, {}, Key((SKU,), ("",)), told)
        wish, problems = wish_for_product(given, where, exact=self.state == "present")
        wish.setdefault("productAttributes", {})
        family = self.families.of(wish.get("clientCategoryId"))
        problems += uniques.problems_of(wish, family, place)
        return Entry(place, wish, key_of(wish, family), tuple(problems))

    def checked(self, entries: Iterable[Entry]) -> list[Decision]:
        """All that can be said against new products without asking the site."""
        if self.state == "absent":
            return [Decision(entry, problems=entry.problems) for entry in entries]
        return [self._checked(entry, None) for entry in entries]

    def planned(self, gateway: Gateway, entries: list[Entry]) -> list[Decision]:
        """A decision on each product, at the cost of one search for all of them.

        :raises GreyopsError: the search failed.
        """
        wanted: dict[str, dict[str, Any]] = {}
        for entry in entries:
            name, value = entry.key.searched
            if not is_empty(value):
                wanted.setdefault(name, {})[plain(value)] = value
        found: dict[tuple[str, str], list[Item]] = {}
        for name, values in wanted.items():
            for item in search(gateway, name, list(values.values())):
                there = plain(attributes_of(item).get(name))
                found.setdefault((name, there), []).append(item)
        return [self._planned(entry, found) for entry in entries]

    def _planned(self, entry: Entry, found: dict[tuple[str, str], list[Item]]) -> Decision:
        name, value = entry.key.searched
        try:
            current = matching(found.get((name, plain(value)), []), entry.key, entry.wish)
        except OptionError as error:
            return Decision(entry, problems=(f"{self.source.where(entry.place)}productAttributes: {error.msg}",))
        if self.state == "absent":
            return Decision(entry, plan_product(current, entry.wish, Family(), "absent"), entry.problems)
        return self._checked(entry, current)

    def _checked(self, entry: Entry, current: Item | None) -> Decision:
        if not entry.wish:
            return Decision(entry, problems=entry.problems)
        family = self.families.of(entry.wish.get("clientCategoryId") or (current or {}).get("clientCategoryId"))
        where = self.source.where(entry.place)
        wish, problems = checked_product(entry.wish, current, family, self.version, where)
        if problems or entry.problems:
            return Decision(entry, problems=(*entry.problems, *problems))
        return Decision(entry, plan_product(current, wish, family or Family(), "present"))

    def failed(self, entries: Iterable[Entry], error: GreyopsError) -> list[Decision]:
        """What becomes of products that could not be looked up."""
        if isinstance(error, AuthenticationError):
            raise error
        return [Decision(entry, problems=entry.problems, error=error) for entry in entries]


class Spool:
    """Plans that wait to be carried out: a file, if there are many of them."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115 - closed with this context
        self.count = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._file.close()

    def add(self, decision: Decision) -> None:
        plan, key = decision.plan, decision.entry.key
        if plan is None or plan.step is None:
            return
        parts = [decision.entry.place, plan.step, plan.wish, plan.before, plan.body, plan.changes]
        self._file.write(json.dumps([*parts, key.names, key.values], separators=(",", ":")).encode() + b"\n")
        self.count += 1

    def decisions(self) -> Iterator[Decision]:
        self._file.seek(0)
        for line in self._file:
            place, step, wish, before, body, changes, names, values = json.loads(line)
            after = None if step == "delete" else merged(before or {}, wish)
            plan = Plan(PRODUCT, wish, before, after, step, body, tuple(changes))
            yield Decision(Entry(place, wish, Key(tuple(names), tuple(values))), plan)


def check_all(planner: Planner, tally: Tally, tell: Callable[[str], None]) -> None:
    """
    :raises ProblemsError: something is wrong with the products.
    """
    ticker = Ticker(tell)
    for entries in planner.batches():
        for decision in planner.checked(entries):
            tally.check(decision)
        ticker.tick(f"products: {tally.counts['total']} checked")
    tally.require_no_problems()


def plan_all(planner: Planner, lanes: Lanes, spool: Spool, tally: Tally, tell: Callable[[str], None]) -> None:
    """Look all products up, and decide what is to be done.

    :raises ProblemsError: something is wrong with the products.
    :raises AuthenticationError: the site lets nobody look.
    """
    ticker = Ticker(tell)
    for entries, outcome in lanes.results(planner.batches(), planner.planned):
        for decision in planner.failed(entries, outcome) if isinstance(outcome, GreyopsError) else outcome:
            tally.plan(decision)
            spool.add(decision)
        ticker.tick(f"products: {tally.counts['total']} looked up, {spool.count} of them differ")
    tally.require_no_problems()


def plan_purge(gateway: Gateway, planner: Planner, categories: Collection[str], spool: Spool, tally: Tally) -> None:
    """Decide that the products of these categories go which nobody gave: those that :func:`plan_all` has not found.

    :raises GreyopsError: they cannot be listed.
    """
    if not categories or tally.counts["failed"]:  # a product that could not be looked up is none that nobody gave
        return
    given = frozenset(tally.found)
    for number, item in enumerate(read_products(gateway, None, []), 1):
        category = item.get("clientCategoryId")
        if category and str(category) in categories and uid_of(item) not in given:
            wish = {key: item[key] for key in ("productAttributes", "schema") if item.get(key)}
            wish.setdefault("productAttributes", {})
            key = key_of(wish, planner.families.of(item.get("clientCategoryId")))
            decision = Decision(Entry(-number, wish, key), plan_product(item, wish, Family(), "absent"))
            tally.plan(decision)
            spool.add(decision)


def carry_out_all(lanes: Lanes, spool: Spool, tally: Tally, tell: Callable[[str], None]) -> None:
    ticker = Ticker(tell)

    def work(gateway: Gateway, decision: Decision) -> Item | None:
        entry, plan = decision.entry, decision.plan
        return carry_out(gateway, plan, lambda: find_product(gateway, entry.key, entry.wish)) if plan else None

    for done, (decision, outcome) in enumerate(lanes.results(spool.decisions(), work), 1):
        tally.carried_out(decision, outcome)
        ticker.tick(f"products: {done} of {spool.count} written, {tally.counts['failed']} failed")
