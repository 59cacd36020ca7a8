# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The description of a whole account: its kinds of resources, their options, and what is invalid in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._argspec import ArgumentSpec, validate_options
from .._errors import OptionError
from .datasets import DATASET_KIND
from .integration_kind import INTEGRATION_KIND
from .integrations import iter_strings
from .pipeline import PIPELINE_OPTIONS, validate_pipeline
from .pipelines_bulk import validate_pipelines
from .service_accounts import ROLE_KIND, SERVICE_ACCOUNT_KIND
from .teams import TEAM_KIND
from .templates import TEMPLATE_KIND
from .users import USER_KIND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .resource_kinds import ResourceKind

USERS, INTEGRATIONS, SERVICE_ACCOUNTS, PIPELINES = "users", "integrations", "service_accounts", "pipelines"

# In the order of dependency: a kind refers to those before it, pipelines to all of them. Teams follow users, because a
# user is written with the teams that it is in.
KINDS: dict[str, ResourceKind] = {
    "roles": ROLE_KIND,
    USERS: USER_KIND,
    "teams": TEAM_KIND,
    INTEGRATIONS: INTEGRATION_KIND,
    "datasets": DATASET_KIND,
    "templates": TEMPLATE_KIND,
    SERVICE_ACCOUNTS: SERVICE_ACCOUNT_KIND,
}
ALL_KINDS = (*KINDS, PIPELINES)
_SPECS = {**{kind: one.spec for kind, one in KINDS.items()}, PIPELINES: ArgumentSpec(options=PIPELINE_OPTIONS)}
# The options of a resource are validated later, so that messages contain its place. Both contain secrets.
ACCOUNT_OPTIONS: dict[str, dict[str, Any]] = {
    kind: {"type": "list", "elements": "dict", **({"no_log": True} if kind in (USERS, INTEGRATIONS) else {})}
    for kind in ALL_KINDS
}


@dataclass(frozen=True)
class Entry:
    """A described resource: its kind, its position in the list of its kind, and its validated options."""

    kind: str
    number: int
    params: dict[str, Any]

    @property
    def path(self) -> str:
        return f"{self.kind}[{self.number}]"

    @property
    def name(self) -> str:
        return str(self.params.get("email") or self.params.get("name") or self.params.get("id"))

    @property
    def keys(self) -> list[tuple[Any, ...]]:
        """What must be unique in the account. E-mail addresses are compared regardless of case."""
        params, kind = self.params, (self.kind, self.params.get("type"))
        named = [(*kind, "name", self.name.casefold() if self.kind == USERS else params["name"])]
        by_id = [(*kind, "id", params["id"])] if params.get("id") else []
        return by_id or named


def validate_account(account: Mapping[str, Any], validate: str) -> list[str]:
    """Return the errors of a description that can be found without a request, each with its place.

    :param validate: what to validate of the graphs of pipelines: ``none``, ``local`` or ``remote``.
    """
    entries, problems = parse_account(account)
    return [*problems, *validate_entries(entries, validate)]


def parse_account(account: Mapping[str, Any]) -> tuple[list[Entry], list[str]]:
    """Return the entries with valid options, in the order of dependency, and the errors of all others."""
    problems = [
        f"There is no kind {kind}. The kinds are {', '.join(ALL_KINDS)}" for kind in account if kind not in ALL_KINDS
    ]
    entries = []
    for kind in ALL_KINDS:
        items = account.get(kind)
        if items is not None and not isinstance(items, list):
            problems.append(f"{kind} must be a list")
            continue
        for number, item in enumerate(items or []):
            try:
                entries.append(Entry(kind, number, _parse_options(kind, item)))
            except OptionError as error:
                problems.append(f"{kind}[{number}]: {error.msg.rstrip('.')}")
    return entries, problems


def _parse_options(kind: str, item: Any) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise OptionError("must be a dictionary.")
    # As in a playbook, null means that a value is not set.
    return validate_options(_SPECS[kind], {name: value for name, value in item.items() if value is not None})


def validate_entries(entries: Sequence[Entry], validate: str, purge: dict[str, Any] | None = None) -> list[str]:
    """Return the errors of valid options that can be found without a request, each with its place."""
    problems: list[str] = []
    places: dict[tuple[Any, ...], str] = {}
    for entry in entries:
        for key in entry.keys if entry.kind != PIPELINES else ():
            first = places.setdefault(key, entry.path)
            if first != entry.path:
                problems.append(f"{entry.path}: {entry.name} is also described by {first}")
        if entry.kind in KINDS:
            try:
                KINDS[entry.kind].validate(entry.params)
            except OptionError as error:
                problems.append(f"{entry.path}: {error.msg.rstrip('.')}")
    pipelines = [entry for entry in entries if entry.kind == PIPELINES]
    if [entry.number for entry in pipelines] == list(range(len(pipelines))):
        return problems + validate_pipelines([entry.params for entry in pipelines], validate, purge, PIPELINES)
    return problems + [
        problem for entry in pipelines for problem in validate_pipeline(entry.params, validate, f"{entry.path}.")
    ]


def list_secrets(account: Mapping[str, Any]) -> Iterator[str]:
    """Iterate over the secrets in a description, whether its options are valid or not."""
    for kind, option in ((USERS, "password"), (INTEGRATIONS, "secrets")):
        for item in account.get(kind) or ():
            yield from iter_strings(item.get(option)) if isinstance(item, dict) else ()
