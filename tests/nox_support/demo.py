"""The demonstration: two playbooks and two ad hoc commands against the simulator, with the collection installed."""

from __future__ import annotations

import shlex
import sys

from support.simulator_client import run_simulator

from .archive import build_collection, install_collection
from .environments import Environment
from .paths import temporary_directory
from .steps import Cases, Step

_COMMANDS = [
    "ansible-playbook playbooks/quickstart.yml",
    "ansible-playbook playbooks/grepr_as_code.yml",
    "ansible localhost -m greyops.rest.grepr_job_info -a 'execution=ASYNCHRONOUS processing=STREAMING'",
    "ansible localhost -m greyops.rest.greymatter_catalog_info",
]


def run_demo(step: Step, ansible: Environment) -> None:
    with temporary_directory() as directory:
        install_collection(step, ansible, build_collection(step, ansible, directory), directory)
        with run_simulator(step.home, python=ansible.python, env=ansible.variables(step.home)) as simulator:
            grepr, greymatter = simulator.ready_info["grepr"], simulator.ready_info["greymatter"]
            variables = ansible.variables(
                step.home,
                ANSIBLE_HOME=directory / "ansible",
                ANSIBLE_COLLECTIONS_PATH=directory,
                ANSIBLE_CALLBACK_RESULT_FORMAT="yaml",
                ANSIBLE_LOCALHOST_WARNING="false",
                ANSIBLE_INVENTORY_UNPARSED_WARNING="false",
                GREYOPS_TOKEN_STORE_PATH=directory / "tokens",
                GREPR_API_BASE_URL=grepr["api_url"],
                GREPR_AUTH_BASE_URL=grepr["auth_url"],
                GREPR_CLIENT_ID=grepr["client_id"],
                GREPR_CLIENT_SECRET=grepr["client_secret"],
                GREYMATTER_API_URL=greymatter["api_url"],
                GREYMATTER_USERNAME=greymatter["username"],
                GREYMATTER_PASSWORD=greymatter["password"],
                SIMULATOR_ADMIN=simulator.ready_info["admin"],
                **({"ANSIBLE_FORCE_COLOR": "true"} if sys.stdout.isatty() else {}),
            )
            for command in _COMMANDS:
                program, *arguments = shlex.split(command)
                step.session.run(
                    ansible.bin / program, *arguments, env=variables, include_outer_env=False, external=True
                )
                step.count(Cases(passed=1))
