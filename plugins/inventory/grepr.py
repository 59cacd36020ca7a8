# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: grepr
short_description: The pipelines of Grepr as hosts
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Makes a host of each pipeline of an account, so that plays can go over pipelines and groups of them.
  - The whole pipeline, as M(greyops.rest.grepr_job_info) shows it, is the variable C(grepr_pipeline) of its host, and
    the names of its teams are C(grepr_teams).
  - Groups are C(state_running), C(team_NAME) and C(tag_KEY_VALUE), as far as O(group_by) asks for them.
  - Of several jobs with one name the active one counts, else the newest that failed.
  - The hosts are no machines. Plays over them work with C(connection=local), or delegate their tasks.
  - What the server sends is not trusted to name hosts. A pipeline becomes a host only if its name is one that Grepr
    documents (C([a-z0-9_]), 1 to 128 characters) and no host or group of this or an earlier source has it, nor Ansible
    itself (V(all), V(ungrouped), V(localhost)). A group gets pipelines only if it has no other hosts. What is left out
    is in one warning. Sources that Ansible reads later are not known by then; name this one last.
options:
  plugin:
    description: Marks the file as one for this plugin.
    type: str
    required: true
    choices: [greyops.rest.grepr]
  state:
    description: Only the pipelines in one of these states. All but those that are gone unless given.
    type: list
    elements: str
    choices:
      - CREATED
      - PENDING
      - INFRA_UPDATE
      - INFRA_UPDATE_WAIT
      - VERIFYING
      - WAITING
      - RUNNING
      - STOPPED
      - FINISHED
      - FAILED
      - CANCELLED
      - DELETED
      - UPDATING
      - STARTING
      - RESTARTING
      - STOPPING
      - ROLLING_BACK
      - DELETING
  tags:
    description:
      - Only the pipelines that carry all of these tags.
      - A boolean or a number is compared by its value, so that V(true) is the tag V(true) or V(True), and V(1.10) is
        the tag V(1.1) as well. Text, such as V("1.10") in quotes, is compared as it is.
    type: dict
  hostname_prefix:
    description:
      - Comes before the name of each pipeline in the name of its host, such as V(grepr_). With it no pipeline has the
        name of another host or group.
      - Letters, digits, underscores, dots and hyphens; the first is a letter, a digit or an underscore.
    type: str
    default: ''
    version_added: 1.0.0
  group_by:
    description: What groups are made of.
    type: list
    elements: str
    choices: [state, team, tag]
    default: [state, team, tag]
notes:
  - The file's name must end with C(grepr.yml) or C(grepr.yaml).
  - What is not given as an option is taken from the environment variable that the option names. Options for the
    connection and the credentials may be templates, and encrypted with ansible-vault.
  - The inventory is read with one call, and one more for the names of teams if there is a pipeline with any. Ansible's
    own inventory cache keeps what was read, with C(cache=true), for the same server, credential, audience and scope.
seealso:
  - module: greyops.rest.grepr_job_info
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
"""

EXAMPLES = r"""
# acme.grepr.yml, with credentials and organization from the environment
plugin: greyops.rest.grepr

---
# Only those of production, grouped by their source, with variables of their own, kept for ten minutes
plugin: greyops.rest.grepr
org: acme
tags:
  env: production
keyed_groups:
  - key: grepr_pipeline.jobGraph.vertices[0].type
    prefix: source
compose:
  ansible_connection: "'local'"
  vertices: grepr_pipeline.jobGraph.vertices | length
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/grepr
cache_timeout: 600
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.deployment import find_pipelines
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC, api_url
from ansible_collections.greyops.rest.plugins.module_utils._grepr.pipelines import FAILED, GOING, OVER
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import Collection
from ansible_collections.greyops.rest.plugins.module_utils._grepr.teams import TEAMS
from ansible_collections.greyops.rest.plugins.module_utils._http import hosts
from ansible_collections.greyops.rest.plugins.module_utils._http.host import Host
from ansible_collections.greyops.rest.plugins.module_utils._markers import WARNING, without_markers
from ansible_collections.greyops.rest.plugins.module_utils._validation import validated
from ansible_collections.greyops.rest.plugins.plugin_utils._controller import plain, reporting
from ansible_collections.greyops.rest.plugins.plugin_utils._pipeline_inventory import (
    NOT_A_NAME,
    NOT_AS_DOCUMENTED,
    Job,
    PipelineInventory,
    has_tags,
    is_as_documented,
    is_name,
)

_VARIABLE = "grepr_pipeline"
_TEAMS = "grepr_teams"
_PREFIX = r"([A-Za-z0-9_][A-Za-z0-9_.-]{0,62})?"
# Makes guessing a secret by the name of a cache entry expensive.
_ROUNDS = 100_000


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    NAME = "greyops.rest.grepr"

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(("grepr.yml", "grepr.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        # Core's helpers for groups and variables add to it.
        self._pipelines = PipelineInventory(inventory, _VARIABLE)
        self.inventory = self._pipelines  # type: ignore[assignment]
        config = self._read_config_data(path)
        with reporting(AnsibleParserError) as host:
            self._require_usable(config)
            account = self._account(path, cache, host)
            try:
                self._add_all(account, host)
            finally:
                warning = self._pipelines.warning(path)
                if warning is not None:
                    host.warn(warning)

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        # Core shows a value of the wrong type in its own error.
        wrong = [name for name in GREPR_SPEC.secret_options if isinstance((direct or {}).get(name), (dict, list))]
        if wrong:
            raise AnsibleParserError(f"{', '.join(wrong)} must be text.")
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)

    def _require_usable(self, config: dict[str, Any]) -> None:
        """Core takes any option, so that one with a slip of the pen would silently mean nothing."""
        unknown = sorted(set(map(str, config)) - set(self.option_definitions))
        if unknown:
            known = ", ".join(sorted(self.option_definitions))
            raise OptionError(f"There is no option {', '.join(unknown)}.", hint=f"The options are {known}.")
        if not re.fullmatch(_PREFIX, self.get_option("hostname_prefix")):
            raise OptionError(
                "hostname_prefix must consist of letters, digits, underscores, dots and hyphens, at most 63, and begin "
                "with a letter, a digit or an underscore."
            )

    def _account(self, path: str, cache: bool, host: Host) -> dict[str, Any]:
        """The pipelines and the names of the teams, from Ansible's cache where that is on and fresh."""
        given = {name: self._option(name) for name in GREPR_SPEC.options}
        # Core has filled in the defaults, and what is the default must not win over the environment.
        given = {
            name: value
            for name, value in given.items()
            if value is not None and value != GREPR_SPEC.options[name].get("default")
        }
        params = validated(GREPR_SPEC, GREPR_SPEC.resolve(given, os.environ))
        host.secrets.register(*GREPR_SPEC.secrets_in(params))
        params[hosts.OPTION] = hosts.allowed_hosts(params[hosts.OPTION], os.environ)
        if not self.get_option("cache"):
            return _read(params, host)
        key = f"{self.get_cache_key(path)}_{_identity(params)}"
        if not cache or key not in self._cache:
            self._cache[key] = _read(params, host)
        kept: dict[str, Any] = self._cache[key]
        return kept

    def _option(self, name: str) -> Any:
        value = self.get_option(name)
        return plain(self.templar.template(value) if isinstance(value, str) else value)

    def _add_all(self, account: dict[str, Any], host: Host) -> None:
        prefix, teams = self.get_option("hostname_prefix"), account["teams"]
        pipelines = {f"{prefix}{job['name']}": job for job in _one_of_each_name(self._wanted(account["jobs"], host))}
        names = {name: [teams.get(team, team) for team in job.get("teamIds") or []] for name, job in pipelines.items()}
        groups = {name: self._groups(job, names[name]) for name, job in pipelines.items()}
        composed = map(self._sanitize_group_name, self.get_option("groups") or {})
        for name in self._pipelines.add_pipelines(
            pipelines, {*composed, *(one for each in groups.values() for one in each)}
        ):
            # What stands in Grepr is no template, whatever it looks like.
            self._furnish(name, groups[name], wrap_var({_VARIABLE: pipelines[name], _TEAMS: names[name]}))

    def _wanted(self, jobs: list[Job], host: Host) -> list[Job]:
        """Those that pass the filters, and can be hosts."""
        sound = []
        for job in jobs:
            if is_as_documented(job):
                sound.append(job)
            else:
                self._pipelines.leave_out(job.get("name") or job.get("id"), NOT_AS_DOCUMENTED)
        states, tags = self.get_option("state"), plain(self.get_option("tags") or {})
        passed = [
            job
            for job in sound
            if (job.get("state") in states if states else job.get("state") not in OVER | GOING) and has_tags(job, tags)
        ]
        if sound and not passed and (states or tags):
            host.warn(f"None of the {len(sound)} pipelines passes the filters state and tags: there are no hosts.")
        for job in passed:
            if not is_name(job["name"]):
                self._pipelines.leave_out(job["name"], NOT_A_NAME)
        return [job for job in passed if is_name(job["name"])]

    def _furnish(self, name: str, groups: list[str], variables: dict[str, Any]) -> None:
        for variable, value in variables.items():
            self._pipelines.set_variable(name, variable, value)
        for group in groups:
            self._pipelines.add_child(self._pipelines.add_group(group), name)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)

    def _groups(self, job: Job, teams: list[str]) -> list[str]:
        groups = {
            "state": [f"state_{str(job.get('state')).lower()}"],
            "team": [f"team_{team}" for team in teams],
            "tag": [f"tag_{key}_{value}" for key, value in sorted((job.get("tags") or {}).items())],
        }
        return [self._sanitize_group_name(group) for kind in self.get_option("group_by") for group in groups[kind]]


def _identity(params: dict[str, Any]) -> str:
    """What tells the cache of one credential and scope from that of any other, and neither of them to anyone."""
    secret = json.dumps([params[name] for name in ("client_secret", "api_key", "access_token")])
    public = json.dumps(
        [api_url(params), *(params[name] for name in ("auth", "auth_url", "client_id", "audience", "scope"))]
    )
    return hashlib.pbkdf2_hmac("sha256", secret.encode(), public.encode(), _ROUNDS, 16).hex()


def _read(params: dict[str, Any], host: Host) -> dict[str, Any]:
    client = open_client(params, host, host.secrets)
    jobs = find_pipelines(client)
    teams = Collection(client, TEAMS).listed() if any(job.get("teamIds") for job in jobs) else []
    names = {str(team.get("id")): str(team.get("name")) for team in teams}
    read, has_markers = without_markers(host.secrets.scrub_data({"jobs": jobs, "teams": names}))
    if has_markers:
        host.warn(WARNING)
    kept: dict[str, Any] = read
    return kept


def _one_of_each_name(jobs: Iterable[Job]) -> list[Job]:
    """The active one, else the newest: a name is free again once its pipeline has failed or is gone."""
    found: dict[str, Job] = {}
    for job in sorted(jobs, key=_weight):
        found[job["name"]] = job
    return [found[name] for name in sorted(found)]


def _weight(job: Job) -> tuple[bool, bool, str]:
    state = job.get("state")
    return state not in OVER | GOING, state != FAILED, str(job.get("updatedAt"))
