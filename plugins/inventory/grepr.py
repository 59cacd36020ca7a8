# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: grepr
short_description: The pipelines of Grepr as hosts
version_added: 0.2.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Makes a host of each pipeline of an account, so that plays can go over pipelines and groups of them.
  - The whole pipeline, as M(greyops.rest.grepr_job_info) shows it, is the variable C(grepr_pipeline) of its host, and
    the names of its teams are C(grepr_teams).
  - Groups are C(state_running), C(team_NAME) and C(tag_KEY_VALUE), as far as O(group_by) asks for them.
  - Of several jobs with one name the active one counts, else the newest that failed.
  - The hosts are no machines. Plays over them work with C(connection=local), or delegate their tasks.
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
  tags:
    description: Only the pipelines that carry all of these tags.
    type: dict
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
    own inventory cache keeps what was read, with C(cache=true), for the same server and client.
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
from collections.abc import Iterable
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError, OptionError, fault
from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.deployment import find_pipelines
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC, api_url
from ansible_collections.greyops.rest.plugins.module_utils._grepr.pipelines import FAILED, GOING, OVER
from ansible_collections.greyops.rest.plugins.module_utils._grepr.resources import Collection
from ansible_collections.greyops.rest.plugins.module_utils._grepr.teams import TEAMS
from ansible_collections.greyops.rest.plugins.module_utils._http.host import SilentHost
from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets
from ansible_collections.greyops.rest.plugins.module_utils._validation import validated
from ansible_collections.greyops.rest.plugins.plugin_utils._controller import controller_directories, plain

_VARIABLE = "grepr_pipeline"
_TEAMS = "grepr_teams"

Job = dict[str, Any]


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    NAME = "greyops.rest.grepr"

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(("grepr.yml", "grepr.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._target = inventory
        config = self._read_config_data(path)
        host = SilentHost(controller_directories())
        try:
            self._require_known(config)
            account = self._account(path, cache, host)
        except GreyopsError as error:
            raise AnsibleParserError(error.msg) from None
        except Exception as error:  # core would show what it says
            raise AnsibleParserError(fault(error).msg) from None
        finally:
            for warning in host.warnings:
                self.display.warning(warning)
        teams = account["teams"]
        for job in _one_of_each_name(job for job in account["jobs"] if self._is_wanted(job)):
            self._add(job, [teams.get(team, team) for team in job.get("teamIds") or []])

    def _require_known(self, config: dict[str, Any]) -> None:
        """Core takes any option, so that one with a slip of the pen would silently mean nothing."""
        unknown = sorted(set(map(str, config)) - set(self.option_definitions))
        if unknown:
            known = ", ".join(sorted(self.option_definitions))
            raise OptionError(f"There is no option {', '.join(unknown)}.", hint=f"The options are {known}.")

    def _account(self, path: str, cache: bool, host: SilentHost) -> dict[str, Any]:
        """The pipelines and the names of the teams, from Ansible's cache where that is on and fresh."""
        given = {name: self._option(name) for name in GREPR_SPEC.options}
        # Core has filled in the defaults, and what is the default must not win over the environment.
        given = {
            name: value
            for name, value in given.items()
            if value is not None and value != GREPR_SPEC.options[name].get("default")
        }
        params = validated(GREPR_SPEC, GREPR_SPEC.resolve(given, os.environ))
        if not self.get_option("cache"):
            return _read(params, host)
        # Who logs in elsewhere, or as somebody else, must not see what was there.
        identity = hashlib.sha256(json.dumps([api_url(params), params["client_id"]]).encode()).hexdigest()
        key = f"{self.get_cache_key(path)}_{identity[:16]}"
        if not cache or key not in self._cache:
            self._cache[key] = _read(params, host)
        kept: dict[str, Any] = self._cache[key]
        return kept

    def _option(self, name: str) -> Any:
        value = self.get_option(name)
        return plain(self.templar.template(value) if isinstance(value, str) else value)

    def _is_wanted(self, job: Job) -> bool:
        states, tags = self.get_option("state"), job.get("tags") or {}
        state_fits = job.get("state") in states if states else job.get("state") not in OVER | GOING
        wanted = self.get_option("tags") or {}
        return state_fits and all(tags.get(key) == str(value) for key, value in wanted.items())

    def _add(self, job: Job, teams: list[str]) -> None:
        name = self._target.add_host(str(job["name"]))
        # What stands in Grepr is no template, whatever it looks like.
        variables = wrap_var({_VARIABLE: job, _TEAMS: teams})
        for variable, value in variables.items():
            self._target.set_variable(name, variable, value)
        for group in self._groups(job, teams):
            self._target.add_child(self._target.add_group(self._sanitize_group_name(group)), name)
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
        return [group for kind in self.get_option("group_by") for group in groups[kind]]


def _read(params: dict[str, Any], host: SilentHost) -> dict[str, Any]:
    secrets = Secrets()
    secrets.register(*(params[name] for name in GREPR_SPEC.secret_options))
    client = open_client(params, host, secrets)
    jobs = find_pipelines(client)
    teams = Collection(client, TEAMS).listed() if any(job.get("teamIds") for job in jobs) else []
    read: dict[str, Any] = secrets.scrub_data(
        {"jobs": jobs, "teams": {str(team["id"]): str(team.get("name")) for team in teams}}
    )
    return read


def _one_of_each_name(jobs: Iterable[Job]) -> list[Job]:
    """The active one, else the newest: a name is free again once its pipeline has failed or is gone."""
    found: dict[str, Job] = {}
    for job in sorted(jobs, key=_weight):
        found[str(job.get("name"))] = job
    return [found[name] for name in sorted(found)]


def _weight(job: Job) -> tuple[bool, bool, str]:
    state = job.get("state")
    return state not in OVER | GOING, state != FAILED, str(job.get("updatedAt"))
