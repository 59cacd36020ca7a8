# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Many products in one task."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .._changes import format_changes
from .._comparison import is_empty
from .._errors import (
    AuthenticationError,
    GreyopsError,
    OptionError,
    PartialFailureError,
    describe_failures,
    raise_on_errors,
)
from .._polling import ProgressLine
from .._resource import CREATE, DELETE, UPDATE, ResourcePlan
from .category_index import (
    SKU,
    CategoryDefaults,
    CategoryIndex,
    get_groups,
)
from .comparison import merge
from .lost_zeros import LostZeros
from .problems import Problem, ProblemGroups
from .product_files import SpoiltRow
from .products import (
    PRODUCT,
    Key,
    ProductApi,
    find_matching,
    format_key_value,
    get_attributes,
    get_key,
    get_uid,
    plan_product,
    read_products,
    search,
)
from .validation import (
    convert_product,
    get_barcodes,
    parse_product,
)

if TYPE_CHECKING:
    from .._concurrency import ClientPool
    from .._context import Runtime
    from .._resource import Item
    from .client import GreyMatterClient
    from .product_files import ProductSource
    from .values import Version

# Above this number of products, only those are listed that changed or failed, and the numbers of diffs, of updates with
# their values, and of error messages are limited.
MAX_LISTED = 1000
_NO_CHANGES = format_changes([])

_COUNTS = {CREATE: "created", UPDATE: "updated", DELETE: "deleted", "none": "unchanged"}


@dataclass
class BulkResult:
    """The result for many products: counts, a result for each one that is listed, a diff, and all errors.

    ``found`` are the numbers of those that exist on the site.
    """

    source: ProductSource
    with_diff: bool
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("total", *_COUNTS.values(), "failed"), 0))
    problems: ProblemGroups = field(default_factory=lambda: ProblemGroups(MAX_LISTED))
    diff: dict[str, Item] = field(default_factory=lambda: {"before": {}, "after": {}})
    found: set[str] = field(default_factory=set)
    _listed: dict[int, Item] = field(default_factory=dict)
    _errors: dict[str, list[str]] = field(default_factory=dict)

    def add_checked(self, decision: ProductPlan) -> None:
        """Count a product and its errors."""
        self.counts["total"] += 1
        if decision.problems:
            where = self.source.location(decision.entry.place)
            for problem in decision.problems:
                self.problems.add(where, problem)

    def add_plan(self, decision: ProductPlan) -> None:
        """Count a planned product."""
        self.add_checked(decision)
        entry, plan = decision.entry, decision.plan
        action = plan.step or "none" if plan else "none"
        if plan and plan.before:
            self.found.add(get_uid(plan.before))
        if self.counts["total"] == MAX_LISTED + 1:
            self._listed = {place: one for place, one in self._listed.items() if one["changed"] or "failed" in one}
        if action != "none" or decision.error or self.counts["total"] <= MAX_LISTED:
            self._listed[entry.place] = {
                "product_sku": entry.sku,
                # A deletion by purge has no place in the input.
                "place": self.source.location(entry.place).rstrip(".: ") if entry.place >= 0 else None,
                "changed": action != "none",
                "action": action,
                **self._list_changes(plan),
                "uid": get_uid(plan.before) if plan and plan.before else None,
            }
        if decision.error is not None:
            self._fail(entry.place, decision.error)
        else:
            self.counts[_COUNTS[action]] += 1
        if self.with_diff and plan is not None and plan.changed and len(self.diff["after"]) < MAX_LISTED:
            shown = plan.as_diff()
            for side in ("before", "after"):
                if shown[side]:
                    self.diff[side][entry.key.label] = shown[side]

    def _list_changes(self, plan: ResourcePlan | None) -> dict[str, Any]:
        """Return the changes of an update; beyond the limit, only the paths."""
        if plan is None or plan.step != UPDATE:
            return _NO_CHANGES
        if self.counts["updated"] >= MAX_LISTED:
            return {**_NO_CHANGES, "changes": list(plan.changes)}
        return format_changes(plan.list_changes())

    def add_applied(self, decision: ProductPlan, result: Item | GreyopsError | None) -> None:
        """Count the result of an applied plan."""
        place = decision.entry.place
        if isinstance(result, GreyopsError):
            self.counts[_COUNTS[self._listed[place]["action"]]] -= 1
            self._fail(place, result)
        elif result is not None:
            self._listed[place]["uid"] = get_uid(result)

    def _fail(self, place: int, error: GreyopsError) -> None:
        self.counts["failed"] += 1
        one = self._listed[place]
        one.update(changed=False, failed=True, **error.as_result())
        self._errors.setdefault(error.msg, []).append(one["product_sku"])

    @property
    def changed(self) -> bool:
        return any(self.counts[name] for name in ("created", "updated", "deleted"))

    def as_values(self) -> dict[str, Any]:
        return {"counts": self.counts, "products": list(self._listed.values())}

    def raise_on_errors(self) -> None:
        """
        :raises ValidationError: if there is an error. Nothing was written.
        """
        raise_on_errors(self.problems.as_texts(), "The products cannot be written", self.problems.total)

    def raise_on_failure(self) -> None:
        """
        :raises PartialFailureError: if a product failed. It contains all results.
        """
        if not self._errors:
            return
        raise PartialFailureError(
            f"{self.counts['failed']} of {self.counts['total']} products failed. {describe_failures(self._errors)}",
            {"changed": self.changed, **self.as_values()},
        )


# Plans are kept in memory up to this size, and in a file beyond it.
_SPOOL = 16 * 1024 * 1024


@dataclass(frozen=True)
class ProductInput:
    """One product of many, as given by the user. ``problems`` are those found without a request."""

    place: int
    desired: Item
    key: Key
    problems: tuple[str, ...] = ()

    @property
    def sku(self) -> str:
        return format_key_value(self.desired.get("productAttributes", {}).get(SKU))


@dataclass(frozen=True)
class ProductPlan:
    """The plan for one product, or the errors that prevent it."""

    entry: ProductInput
    plan: ResourcePlan | None = None
    problems: tuple[str, ...] = ()
    error: GreyopsError | None = None


@dataclass
class UniquenessIndex:
    """The values that must be unique in the whole input. It stores one text per barcode and per key."""

    source: ProductSource
    _barcodes: dict[str, int] = field(default_factory=dict)
    _groups: dict[tuple[str, ...], int] = field(default_factory=dict)

    def validate(self, desired: Item, defaults: CategoryDefaults | None, place: int) -> Iterator[str]:
        here = self.source.location(place)
        for path, code in get_barcodes(desired):
            first = self._barcodes.setdefault(code, place)
            if first != place:
                message = f"{code} is a barcode of {self._format_place(first)} as well"
                yield Problem.build(here, path, message, kind="repeated")
        attributes = desired.get("productAttributes", {})
        for group in get_groups(desired.get("schema") or (defaults.schema if defaults else None)):
            if any(is_empty(attributes.get(name)) for name in group):
                continue
            values = [format_key_value(attributes[name]) for name in group]
            first = self._groups.setdefault((*group, *values), place)
            if first != place:
                message = " and ".join(f"{name} {value}" for name, value in zip(group, values))
                message = f"{message} is that of {self._format_place(first)} as well"
                yield Problem.build(here, "productAttributes:", message, kind=f"{group} repeated")

    def _format_place(self, place: int) -> str:
        return self.source.location(place).rstrip(".: ")


@dataclass
class BulkPlanner:
    """Plans many products."""

    source: ProductSource
    categories: CategoryIndex
    version: Version | None
    state: str
    batch: int
    lost_zeros: LostZeros = field(default_factory=LostZeros)

    def batches(self) -> Iterator[list[ProductInput]]:
        """Split the products into batches, with the errors about their form and their uniqueness."""
        uniques, batch = UniquenessIndex(self.source), []
        for place, given in self.source.rows():
            batch.append(self._build_input(place, given, uniques))
            if len(batch) == self.batch:
                yield batch
                batch = []
        if batch:
            yield batch

    def _build_input(self, place: int, given: Any, uniques: UniquenessIndex) -> ProductInput:
        where = self.source.location(place)
        if not isinstance(given, dict):
            message: tuple[str, ...] = (f"{where.rstrip('.: ')} is not a product: it must be a dictionary",)
            if isinstance(given, SpoiltRow):
                message = tuple(given.problems)
            return ProductInput(place, {}, Key((SKU,), ("",)), message)
        desired, problems = parse_product(given, where, exact=self.state == "present")
        desired.setdefault("productAttributes", {})
        self._look_for_lost_zeros(desired, where)
        defaults = self.categories.get(desired.get("clientCategoryId"))
        problems += uniques.validate(desired, defaults, place)
        return ProductInput(place, desired, get_key(desired, defaults), tuple(problems))

    def _look_for_lost_zeros(self, desired: Item, where: str) -> None:
        for path, code in get_barcodes(desired):
            self.lost_zeros.add(where, path, code)
        sku = desired["productAttributes"].get(SKU)
        if isinstance(sku, str):
            self.lost_zeros.add(where, f"productAttributes.{SKU}", sku)

    def check_all(self, entries: Iterable[ProductInput]) -> list[ProductPlan]:
        """Validate new products without a request."""
        if self.state == "absent":
            return [ProductPlan(entry, problems=entry.problems) for entry in entries]
        return [self._check(entry, None) for entry in entries]

    def plan_batch(self, client: GreyMatterClient, entries: list[ProductInput]) -> list[ProductPlan]:
        """Plan each product of a batch, with one search for all of them.

        :raises GreyopsError: if the search failed.
        """
        wanted: dict[str, dict[str, Any]] = {}
        for entry in entries:
            name, value = entry.key.searched
            if not is_empty(value):
                wanted.setdefault(name, {})[format_key_value(value)] = value
        found: dict[tuple[str, str], list[Item]] = {}
        for name, values in wanted.items():
            for item in search(client, name, list(values.values())):
                current = format_key_value(get_attributes(item).get(name))
                found.setdefault((name, current), []).append(item)
        return [self._plan(entry, found) for entry in entries]

    def _plan(self, entry: ProductInput, found: dict[tuple[str, str], list[Item]]) -> ProductPlan:
        name, value = entry.key.searched
        try:
            current = find_matching(found.get((name, format_key_value(value)), []), entry.key, entry.desired)
        except OptionError as error:
            return ProductPlan(entry, problems=(f"{self.source.location(entry.place)}productAttributes: {error.msg}",))
        if self.state == "absent":
            return ProductPlan(
                entry, plan_product(current, entry.desired, CategoryDefaults(), "absent"), entry.problems
            )
        return self._check(entry, current)

    def _check(self, entry: ProductInput, current: Item | None) -> ProductPlan:
        if not entry.desired:
            return ProductPlan(entry, problems=entry.problems)
        category = entry.desired.get("clientCategoryId") or (current or {}).get("clientCategoryId")
        defaults = self.categories.get(category)
        nearest = "" if defaults else self.categories.append_nearest(category)
        where = self.source.location(entry.place)
        desired, problems = convert_product(entry.desired, current, defaults, self.version, where, nearest)
        if problems or entry.problems:
            return ProductPlan(entry, problems=(*entry.problems, *problems))
        return ProductPlan(entry, plan_product(current, desired, defaults or CategoryDefaults(), "present"))

    def fail_all(self, entries: Iterable[ProductInput], error: GreyopsError) -> list[ProductPlan]:
        """Return the failed plans of products that could not be looked up."""
        if isinstance(error, AuthenticationError):
            raise error
        return [ProductPlan(entry, problems=entry.problems, error=error) for entry in entries]


class PlanSpool:
    """Plans that wait to be applied; stored in a file if there are many."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115 - closed with this context
        self.count = 0

    def __enter__(self) -> PlanSpool:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._file.close()

    def add(self, decision: ProductPlan) -> None:
        plan, key = decision.plan, decision.entry.key
        if plan is None or plan.step is None:
            return
        parts = [decision.entry.place, plan.step, plan.desired, plan.before, plan.body, plan.changes]
        self._file.write(json.dumps([*parts, key.names, key.values], separators=(",", ":")).encode() + b"\n")
        self.count += 1

    def iter_plans(self) -> Iterator[ProductPlan]:
        self._file.seek(0)
        for line in self._file:
            place, step, desired, before, body, changes, names, values = json.loads(line)
            after = None if step == "delete" else merge(before or {}, desired)
            plan = ResourcePlan(PRODUCT, before, after, step, desired, body, tuple(changes))
            yield ProductPlan(ProductInput(place, desired, Key(tuple(names), tuple(values))), plan)


def check_all(planner: BulkPlanner, result: BulkResult, runtime: Runtime) -> None:
    """
    :raises ValidationError: if there are errors in the products.
    """
    progress = ProgressLine(runtime, "products")
    for entries in planner.batches():
        for decision in planner.check_all(entries):
            result.add_checked(decision)
        progress.show(f"{result.counts['total']} checked")
    result.raise_on_errors()


def plan_all(planner: BulkPlanner, pool: ClientPool, spool: PlanSpool, result: BulkResult, runtime: Runtime) -> None:
    """Look up all products and plan them.

    :raises ValidationError: if there are errors in the products.
    :raises AuthenticationError: if the site refuses access.
    """
    progress = ProgressLine(runtime, "products")
    for entries, outcome in pool.map(planner.batches(), planner.plan_batch):
        for decision in planner.fail_all(entries, outcome) if isinstance(outcome, GreyopsError) else outcome:
            result.add_plan(decision)
            spool.add(decision)
        progress.show(f"{result.counts['total']} looked up, {spool.count} of them differ")
    result.raise_on_errors()


def plan_purge(
    client: GreyMatterClient, planner: BulkPlanner, categories: Collection[str], spool: PlanSpool, result: BulkResult
) -> None:
    """Plan the deletion of products of these categories that are not in the input: those :func:`plan_all` did not find.

    :raises GreyopsError: if they cannot be listed.
    """
    if not categories or result.counts["failed"]:  # a product whose lookup failed must not be purged
        return
    given = frozenset(result.found)
    for number, item in enumerate(read_products(client, None, []), 1):
        category = item.get("clientCategoryId")
        if category and str(category) in categories and get_uid(item) not in given:
            desired = {key: item[key] for key in ("productAttributes", "schema") if item.get(key)}
            desired.setdefault("productAttributes", {})
            key = get_key(desired, planner.categories.get(item.get("clientCategoryId")))
            decision = ProductPlan(
                ProductInput(-number, desired, key), plan_product(item, desired, CategoryDefaults(), "absent")
            )
            result.add_plan(decision)
            spool.add(decision)


def apply_all(pool: ClientPool, spool: PlanSpool, result: BulkResult, runtime: Runtime) -> None:
    progress = ProgressLine(runtime, "products")
    for done, (decision, outcome) in enumerate(pool.map(spool.iter_plans(), _apply), 1):
        result.add_applied(decision, outcome)
        progress.show(f"{done} of {spool.count} written, {result.counts['failed']} failed")


def _apply(client: GreyMatterClient, decision: ProductPlan) -> Item | None:
    entry, plan = decision.entry, decision.plan
    return ProductApi(client, entry.key, entry.desired).apply(plan) if plan else None
