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
  - The whole pipeline, as M(greyops.rest.grepr_job_info) shows it, is the variable C(grepr_pipeline) of its host.
    Groups are C(state_running), C(team_ID) and C(tag_KEY_VALUE), as far as O(group_by) asks for them.
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
  - What is not given as an option is taken from the environment variable that the option names.
  - The inventory is read with one call. Ansible's own inventory cache keeps it, with C(cache=true).
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
  vertices: grepr_pipeline.jobGraph.vertices | length
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/grepr
cache_timeout: 600
"""

import os
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.greyops.rest.plugins.module_utils._errors import GreyopsError
from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.deployment import find_pipelines
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._grepr.pipelines import GOING, OVER
from ansible_collections.greyops.rest.plugins.module_utils._http.host import SilentHost
from ansible_collections.greyops.rest.plugins.module_utils._secrets import Secrets
from ansible_collections.greyops.rest.plugins.module_utils._validation import validated
from ansible_collections.greyops.rest.plugins.plugin_utils._controller import controller_directories, plain

_VARIABLE = "grepr_pipeline"


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    NAME = "greyops.rest.grepr"

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(("grepr.yml", "grepr.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._target = inventory
        self._read_config_data(path)
        for job in self._jobs(self.get_cache_key(path), cache):
            if self._is_wanted(job):
                self._add(job)

    def _jobs(self, key: str, cache: bool) -> list[dict[str, Any]]:
        """All pipelines, from Ansible's cache where that is on and fresh."""
        is_on = self.get_option("cache")
        if is_on and cache and key in self._cache:
            kept: list[dict[str, Any]] = self._cache[key]
            return kept
        jobs = self._read()
        if is_on:
            self._cache[key] = jobs
        return jobs

    def _read(self) -> list[dict[str, Any]]:
        host = SilentHost(controller_directories())
        given = {name: plain(self.get_option(name)) for name in GREPR_SPEC.options}
        # Core has filled in the defaults, and what is the default must not win over the environment.
        given = {
            name: value
            for name, value in given.items()
            if value is not None and value != GREPR_SPEC.options[name].get("default")
        }
        try:
            params = validated(GREPR_SPEC, GREPR_SPEC.resolve(given, os.environ))
            secrets = Secrets()
            secrets.register(*(params[name] for name in GREPR_SPEC.secret_options))
            found = find_pipelines(open_client(params, host, secrets))
            jobs: list[dict[str, Any]] = secrets.scrub_data(found)
        except GreyopsError as error:
            raise AnsibleParserError(error.message) from None
        finally:
            for warning in host.warnings:
                self.display.warning(warning)
        return jobs

    def _is_wanted(self, job: dict[str, Any]) -> bool:
        states, tags = self.get_option("state"), job.get("tags") or {}
        state_fits = job.get("state") in states if states else job.get("state") not in OVER | GOING
        wanted = self.get_option("tags") or {}
        return state_fits and all(tags.get(key) == str(value) for key, value in wanted.items())

    def _add(self, job: dict[str, Any]) -> None:
        name = self._target.add_host(str(job["name"]))
        self._target.set_variable(name, _VARIABLE, job)
        for group in self._groups(job):
            self._target.add_child(self._target.add_group(self._sanitize_group_name(group)), name)
        strict, variables = self.get_option("strict"), {_VARIABLE: job}
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)

    def _groups(self, job: dict[str, Any]) -> list[str]:
        groups = {
            "state": [f"state_{str(job.get('state')).lower()}"],
            "team": [f"team_{team}" for team in job.get("teamIds") or []],
            "tag": [f"tag_{key}_{value}" for key, value in (job.get("tags") or {}).items()],
        }
        return [group for kind in self.get_option("group_by") for group in groups[kind]]
