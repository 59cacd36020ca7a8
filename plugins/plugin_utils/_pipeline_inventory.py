# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from ansible.errors import AnsibleError

from ..module_utils._grepr.graph import NAME

Job = dict[str, Any]

# Names with a special meaning in Ansible.
_RESERVED = frozenset({"all", "ungrouped", "localhost"})
_MOST_SHOWN = 20
_LONGEST_SHOWN = 60

NOT_AS_DOCUMENTED = "not as Grepr documents pipelines"
NOT_A_NAME = f"the name must match {NAME}"
TAKEN = "Ansible, or this or an earlier source, has a host or group of that name; set hostname_prefix"
MIXED = "group: other sources have a host of that name, or other hosts in it"


class PipelineInventory:
    """The inventory for this plugin and core's helpers: keeps hosts of other sources separate from pipelines.

    Core looks a name up among the groups first, so that variables and groups for a host of that name would apply to all
    hosts of the group. ``marker`` is the variable that all pipelines have.
    """

    def __init__(self, inventory: Any, marker: str) -> None:
        self._inventory = inventory
        self._taken = {*_RESERVED, *inventory.hosts, *inventory.groups}
        self._mixed = {
            name
            for name, group in inventory.groups.items()
            if any(marker not in host.vars for host in group.get_hosts())
        }
        self._no_groups = {*_RESERVED, *inventory.hosts, *self._mixed}
        self._own: set[str] = set()
        self._left_out: dict[str, dict[str, None]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inventory, name)

    def leave_out(self, name: object, reason: str) -> None:
        self._left_out.setdefault(reason, {})[str(name)] = None

    def add_pipelines(self, names: Iterable[str], groups: Iterable[str]) -> list[str]:
        """Add hosts with these names, except names already in use; ``groups`` are groups of the same pipelines.

        :returns: the names of the added hosts.
        """
        taken = self._taken.union(groups)
        hosts = []
        for name in names:
            if name in taken:
                self.leave_out(name, TAKEN)
            else:
                hosts.append(self._inventory.add_host(name))
        self._own.update(hosts)
        self._no_groups.update(hosts)
        return hosts

    def add_group(self, name: str) -> str:
        if name in self._no_groups:
            self.leave_out(name, MIXED)
            return name
        added: str = self._inventory.add_group(name)
        return added

    def add_child(self, group: str, child: str) -> None:
        # If a group was refused, core's helpers continue with its name, which may be that of another host.
        is_refused = child in self._no_groups and child not in self._own
        if group == child or group in self._no_groups or is_refused:
            return
        try:
            self._inventory.add_child(group, child)
        except AnsibleError:  # a group that contains itself
            self.leave_out(group, MIXED)

    def add_host(self, name: str, group: str) -> None:
        self.add_child(group, name)

    def build_warning(self, path: str) -> str | None:
        """Return a warning with what was left out, and why; None if nothing was."""
        if not self._left_out:
            return None
        reasons = [f"{_format_name(list(names))} ({reason})" for reason, names in self._left_out.items()]
        return f"{path}: left out of the inventory: {'; '.join(reasons)}."


def is_as_documented(job: Job) -> bool:
    """Return whether the values that the inventory uses have the documented types. The name is validated separately."""
    tags, teams = job.get("tags"), job.get("teamIds")
    return (
        isinstance(job.get("name"), str)
        and isinstance(job.get("state"), str)
        and (tags is None or isinstance(tags, dict))
        and (teams is None or (isinstance(teams, list) and all(isinstance(team, str) for team in teams)))
    )


def is_name(name: str) -> bool:
    return re.fullmatch(NAME, name) is not None


def has_tags(job: Job, wanted: Mapping[str, Any]) -> bool:
    tags = job.get("tags") or {}
    return all(key in tags and _is_same(tags[key], value) for key, value in wanted.items())


def _is_same(stored: object, wanted: object) -> bool:
    """Return whether a tag has this value. Grepr stores strings; other YAML types are compared by value."""
    if isinstance(wanted, str):
        return str(stored) == wanted
    if wanted is None or isinstance(wanted, bool):
        return str(stored).lower() == {None: "", True: "true", False: "false"}[wanted]
    try:
        return Decimal(str(stored)) == Decimal(str(wanted))
    except InvalidOperation:
        return str(stored) == str(wanted)


def _format_name(names: list[str]) -> str:
    shown = [
        f"'{name if len(name) <= _LONGEST_SHOWN else f'{name[:_LONGEST_SHOWN]}…'}'" for name in names[:_MOST_SHOWN]
    ]
    more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
    return f"{', '.join(shown)}{more}"
