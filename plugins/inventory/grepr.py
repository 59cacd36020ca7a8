# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: grepr
short_description: Use Grepr pipelines as inventory hosts
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Create a host for each pipeline of an account, so that plays can run on pipelines and groups of them.
  - Each host has the variables C(grepr_pipeline), which contains the complete pipeline as returned by
    M(greyops.rest.grepr_job_info), and C(grepr_teams), which contains the names of its teams.
  - Depending on O(group_by), the groups are C(state_running), C(team_NAME) and C(tag_KEY_VALUE).
  - If several jobs have the same name, the active job is used, otherwise the latest failed one.
  - The hosts are not machines. Use C(connection=local) in plays that run on them, or delegate their tasks.
  - Names from the server are not trusted as host names. A pipeline becomes a host only if its name has the format that
    Grepr documents (C([a-z0-9_]), 1 to 128 characters) and is not used by a host or group of this or an earlier source,
    nor by Ansible itself (V(all), V(ungrouped), V(localhost)). Pipelines are added to a group only if it has no other
    hosts. One warning lists what is left out. Sources that Ansible reads later are not known at this time, so list this
    source last.
options:
  plugin:
    description: Marks the file as a source for this plugin.
    type: str
    required: true
    choices: [greyops.rest.grepr]
  state:
    description: Include only the pipelines in one of these states. By default, all pipelines are included except those
      in the states V(FINISHED), V(CANCELLED), V(DELETED) and V(DELETING).
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
      - Include only the pipelines that have all of these tags.
      - Booleans and numbers are compared by value, so V(true) matches the tags V(true) and V(True), and V(1.10) matches
        the tag V(1.1) as well. Strings, such as V("1.10") in quotes, are compared literally.
    type: dict
  hostname_prefix:
    description:
      - The prefix of host names, which is added to the name of each pipeline, such as V(grepr_). It prevents conflicts
        with the names of other hosts and groups.
      - It may contain letters, digits, underscores, dots and hyphens, and must start with a letter, a digit or an
        underscore.
    type: str
    default: ''
    version_added: 1.0.0
  group_by:
    description: The properties to create groups from.
    type: list
    elements: str
    choices: [state, team, tag]
    default: [state, team, tag]
notes:
  - The name of the file must end with C(grepr.yml) or C(grepr.yaml).
  - Options that are not given are read from the environment variable that the option documents. Options for the
    connection and the credentials may be templates, and may be encrypted with ansible-vault.
  - The inventory requires one call, and one more for the names of teams if a pipeline belongs to a team. With
    C(cache=true), Ansible's inventory cache stores the data for the same server, credential, audience and scope.
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
# Only pipelines in production, grouped by source, with additional variables, cached for ten minutes
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
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._argspec import validate_options
from ..module_utils._context import Context, Runtime
from ..module_utils._errors import OptionError
from ..module_utils._grepr.pipeline import is_live, select_by_name
from ..module_utils._grepr.pipeline_apply import find_pipelines
from ..module_utils._grepr.resources import GreprResourceApi
from ..module_utils._grepr.service import GREPR, get_api_url
from ..module_utils._grepr.teams import TEAMS
from ..module_utils._http import allowed_hosts
from ..module_utils._markers import WARNING, escape_markers
from ..module_utils._similar_names import ask, suggest
from ..plugin_utils._controller import report_errors, to_builtin
from ..plugin_utils._pipeline_inventory import (
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
# Makes guessing a secret from the name of a cache entry expensive.
_ROUNDS = 100_000


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    NAME = "greyops.rest.grepr"

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(("grepr.yml", "grepr.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        # Core's helpers for groups and variables add to the inventory.
        self._pipelines = PipelineInventory(inventory, _VARIABLE)
        self.inventory = self._pipelines  # type: ignore[assignment]
        config = self._read_config_data(path)
        with report_errors(AnsibleParserError) as host:
            self._require_usable(config)
            account = self._get_account(path, cache, host)
            try:
                self._add_all(account, host)
            finally:
                warning = self._pipelines.build_warning(path)
                if warning is not None:
                    host.warn(warning)

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        # Core's own error shows a value of the wrong type.
        wrong = [name for name in GREPR.spec.secret_options if isinstance((direct or {}).get(name), (dict, list))]
        if wrong:
            raise AnsibleParserError(f"{', '.join(wrong)} must be text.")
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)

    def _require_usable(self, config: dict[str, Any]) -> None:
        """Refuse unknown options, which core accepts, so that a misspelled one would be ignored."""
        unknown = sorted(set(map(str, config)) - set(self.option_definitions))
        if unknown:
            own = sorted(self.option_definitions.keys() - GREPR.spec.options)
            connection = sorted(self.option_definitions.keys() & GREPR.spec.options)
            question = ask(name for one in unknown for name in suggest(one, own, connection))
            known = ", ".join([*own, *connection])
            raise OptionError(f"There is no option {', '.join(unknown)}.", hint=f"{question}The options are {known}.")
        if not re.fullmatch(_PREFIX, self.get_option("hostname_prefix")):
            raise OptionError(
                "hostname_prefix must consist of letters, digits, underscores, dots and hyphens, at most 63, and begin "
                "with a letter, a digit or an underscore."
            )

    def _get_account(self, path: str, cache: bool, runtime: Runtime) -> dict[str, Any]:
        """Return the pipelines and the names of the teams, from Ansible's cache if it is enabled and fresh."""
        given = {name: self._get_option(name) for name in GREPR.spec.options}
        # Core has set the defaults, and a default must not override the environment.
        given = {
            name: value
            for name, value in given.items()
            if value is not None and value != GREPR.spec.options[name].get("default")
        }
        params = validate_options(GREPR.spec, GREPR.spec.resolve(given, os.environ))
        runtime.secrets.register(*GREPR.spec.list_secrets(params))
        params[allowed_hosts.OPTION] = allowed_hosts.get_allowed_hosts(params[allowed_hosts.OPTION], os.environ)
        if not self.get_option("cache"):
            return _read(params, runtime)
        key = f"{self.get_cache_key(path)}_{_build_cache_key(params)}"
        if not cache or key not in self._cache:
            self._cache[key] = _read(params, runtime)
        kept: dict[str, Any] = self._cache[key]
        return kept

    def _get_option(self, name: str) -> Any:
        value = self.get_option(name)
        return to_builtin(self.templar.template(value) if isinstance(value, str) else value)

    def _add_all(self, account: dict[str, Any], runtime: Runtime) -> None:
        prefix, teams = self.get_option("hostname_prefix"), account["teams"]
        pipelines = {
            f"{prefix}{name}": job for name, job in select_by_name(self._select_jobs(account["jobs"], runtime)).items()
        }
        names = {name: [teams.get(team, team) for team in job.get("teamIds") or []] for name, job in pipelines.items()}
        groups = {name: self._list_groups(job, names[name]) for name, job in pipelines.items()}
        composed = map(self._sanitize_group_name, self.get_option("groups") or {})
        for name in self._pipelines.add_pipelines(
            pipelines, {*composed, *(one for each in groups.values() for one in each)}
        ):
            # Values from Grepr are not templates, whatever they look like.
            self._set_up_host(name, groups[name], wrap_var({_VARIABLE: pipelines[name], _TEAMS: names[name]}))

    def _select_jobs(self, jobs: list[Job], runtime: Runtime) -> list[Job]:
        """Return the jobs that pass the filters and can be inventory hosts."""
        sound = []
        for job in jobs:
            if is_as_documented(job):
                sound.append(job)
            else:
                self._pipelines.leave_out(job.get("name") or job.get("id"), NOT_AS_DOCUMENTED)
        states, tags = self.get_option("state"), to_builtin(self.get_option("tags") or {})
        passed = [
            job for job in sound if (job.get("state") in states if states else is_live(job)) and has_tags(job, tags)
        ]
        if sound and not passed and (states or tags):
            runtime.warn(f"None of the {len(sound)} pipelines passes the filters state and tags: there are no hosts.")
        for job in passed:
            if not is_name(job["name"]):
                self._pipelines.leave_out(job["name"], NOT_A_NAME)
        return [job for job in passed if is_name(job["name"])]

    def _set_up_host(self, name: str, groups: list[str], variables: dict[str, Any]) -> None:
        for variable, value in variables.items():
            self._pipelines.set_variable(name, variable, value)
        for group in groups:
            self._pipelines.add_child(self._pipelines.add_group(group), name)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)

    def _list_groups(self, job: Job, teams: list[str]) -> list[str]:
        groups = {
            "state": [f"state_{str(job.get('state')).lower()}"],
            "team": [f"team_{team}" for team in teams],
            "tag": [f"tag_{key}_{value}" for key, value in sorted((job.get("tags") or {}).items())],
        }
        return [self._sanitize_group_name(group) for kind in self.get_option("group_by") for group in groups[kind]]


def _build_cache_key(params: dict[str, Any]) -> str:
    """Build a cache key that differs for each credential and scope, and reveals neither."""
    secret = json.dumps([params[name] for name in ("client_secret", "api_key", "access_token")])
    public = json.dumps(
        [get_api_url(params), *(params[name] for name in ("auth", "auth_url", "client_id", "audience", "scope"))]
    )
    return hashlib.pbkdf2_hmac("sha256", secret.encode(), public.encode(), _ROUNDS, 16).hex()


def _read(params: dict[str, Any], runtime: Runtime) -> dict[str, Any]:
    client = GREPR.open_client(Context(params, runtime))
    jobs = find_pipelines(client)
    teams = GreprResourceApi(client, TEAMS).list_items() if any(job.get("teamIds") for job in jobs) else []
    names = {str(team.get("id")): str(team.get("name")) for team in teams}
    read, has_markers = escape_markers(runtime.secrets.redact_data({"jobs": jobs, "teams": names}))
    if has_markers:
        runtime.warn(WARNING)
    kept: dict[str, Any] = read
    return kept
