# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The allowed hosts and the certificates and proxies of the controller's environment."""

from __future__ import annotations

from typing import Any

from ..support.sandbox import WORKER_AND_MODULE, Sandbox
from ..support.simulator_client import SimulatorClient
from ..support.ssh_hosts import run_ssh_hosts

REFUSED = "Refusing to send anything to "


def _build_job_task(**options: Any) -> dict[str, Any]:
    return {"greyops.rest.grepr_job_info": options}


@WORKER_AND_MODULE
def test_tasks_cannot_extend_allowed_hosts(
    sandbox: Sandbox, simulator: SimulatorClient, other_simulator: SimulatorClient, more: dict[str, Any]
) -> None:
    """GREYOPS_ALLOWED_HOSTS and allowed_hosts each restrict the other, and a task's environment is ignored."""
    by_name = other_simulator.http.replace("127.0.0.1", "localhost")
    own = {"GREYOPS_ALLOWED_HOSTS": "localhost, *.example.com"}
    plugin = "greyops.rest.grepr_token', token_store='none"
    lookup = {
        "ansible.builtin.set_fact": {"got": f"{{{{ lookup('{plugin}', allowed_hosts=['localhost']) | length }}}}"}
    }
    refused: dict[str, dict[str, Any]] = {
        "another": _build_job_task(allowed_hosts=["localhost", "127.0.0.1"], api_url=f"{by_name}/api"),
        "login": _build_job_task(api_url=by_name.replace("localhost", "127.0.0.1"), auth_url=by_name),
        "key": _build_job_task(api_url=f"{by_name}/api", api_key="a-key-of-one's-own"),
        "environment": {**_build_job_task(api_url=f"{by_name}/api"), "environment": own},
        "nothing in common": _build_job_task(allowed_hosts=["example.com"]),
        "garbage": _build_job_task(allowed_hosts=["https://127.0.0.1"]),
        "lookup": lookup,
        "doctor": {"greyops.rest.doctor": {"service": ["grepr"], "grepr": {"api_url": f"{by_name}/api"}}},
        "doctor, list of a service": {
            "greyops.rest.doctor": {"service": ["grepr"], "grepr": {"allowed_hosts": ["localhost"]}}
        },
    }
    good: dict[str, dict[str, Any]] = {
        "allowed": _build_job_task(),
        "narrower": _build_job_task(allowed_hosts=["127.0.0.1", "localhost"]),
        "environment of the task": {**_build_job_task(), "environment": own},
        "examined": {"greyops.rest.doctor": {"service": ["grepr"], "allowed_hosts": ["127.0.0.1", "127.0.0.2"]}},
    }
    tasks = [
        {"name": name, **task, **more, "ignore_errors": name in refused} for name, task in {**refused, **good}.items()
    ]
    variables = {**sandbox.get_addresses(), **sandbox.logins(), "GREYOPS_ALLOWED_HOSTS": "127.0.0.1,*.example.org"}
    run = sandbox.play(tasks, env=variables)
    assert [result.task for result in run.failed] == list(refused), run.output
    for name in ("another", "login", "key", "environment"):
        assert run.get_result(name)["msg"].startswith(f"{REFUSED}localhost"), name
    assert "have no host in common" in run.get_result("nothing in common")["msg"]
    assert "'https://127.0.0.1', which is not a host" in run.get_result("garbage")["msg"]
    assert "have no host in common" in str(run.get_result("lookup")["msg"])
    assert f"{REFUSED}localhost" in run.get_result("doctor")["msg"]
    assert "have no host in common" in run.get_result("doctor, list of a service")["msg"]
    report = "\n".join(run.get_result("examined")["report"])
    assert "allowed_hosts = 127.0.0.1, 127.0.0.2, from the arguments" in report
    assert "GREYOPS_ALLOWED_HOSTS = 127.0.0.1,*.example.org, beside allowed_hosts" in report
    assert "127.0.0.1 is allowed, as 127.0.0.1" in report
    assert other_simulator.requests() == []
    assert {request["headers"]["Host"] for request in simulator.requests()} == {simulator.http.removeprefix("http://")}


def test_inventory_respects_allowed_hosts(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """The inventory respects both the controller's variable and the list in its own file."""
    for number, (line, own) in enumerate({"": "localhost", "allowed_hosts: [localhost]": "127.0.0.1"}.items()):
        source = sandbox.commands / f"{number}.grepr.yml"
        source.write_text(f"plugin: greyops.rest.grepr\n{line}\n", encoding="utf-8")
        env = {**sandbox.get_addresses(), **sandbox.logins(), "GREYOPS_ALLOWED_HOSTS": own}
        run = sandbox.start("ansible-inventory", "-i", source, "--graph", env=env).wait()
        assert any(words in " ".join(run.output.split()) for words in (f"{REFUSED}127.0.0.1", "no host in common")), (
            run.output
        )
    assert simulator.requests() == []


@WORKER_AND_MODULE
def test_files_of_the_environment(sandbox: Sandbox, simulator: SimulatorClient, more: dict[str, Any]) -> None:
    """The CA variables of other programs, in order of precedence, and one clear error if a file is missing."""
    missing, trusted = str(sandbox.path / "missing.pem"), simulator.ca_path
    tasks: dict[str, dict[str, Any]] = {
        "of the controller": _build_job_task(),
        "own variable": {
            **_build_job_task(),
            "environment": {"GREYOPS_CA_PATH": trusted, "REQUESTS_CA_BUNDLE": missing},
        },
        "option": {**_build_job_task(ca_path=trusted), "environment": {"GREYOPS_CA_PATH": missing}},
        "examined": {"greyops.rest.doctor": {"service": ["grepr"]}},
        "bundle": {**_build_job_task(), "environment": {"REQUESTS_CA_BUNDLE": missing}},
        "client": {**_build_job_task(), "environment": {"GREYOPS_CLIENT_CERT": missing}},
        "time": {**_build_job_task(), "environment": {"GREYOPS_TIMEOUT": "soon"}},
        "no time": {**_build_job_task(), "environment": {"GREYOPS_TIMEOUT": "0"}},
    }
    bad = ["bundle", "client", "time", "no time"]
    variables = {
        **sandbox.get_addresses(simulator.https),
        **sandbox.logins(),
        "SSL_CERT_FILE": trusted,
        "GREYOPS_TIMEOUT": "20",
    }
    run = sandbox.play(
        [{"name": name, **task, **more, "ignore_errors": name in bad} for name, task in tasks.items()], env=variables
    )
    assert [result.task for result in run.failed] == bad, run.output
    report = "\n".join(run.get_result("examined")["report"])
    assert f"ca_path = {trusted}, from SSL_CERT_FILE" in report
    assert "timeout = 20.0, from GREYOPS_TIMEOUT" in report
    nowhere = f"names {missing}, which does not exist on the host that makes the call."
    assert run.get_result("bundle")["msg"].endswith(nowhere)
    assert run.get_result("client")["msg"].endswith(nowhere)
    # A process does not know the variables of the task, so the error names all possible ones.
    variables_of = "GREYOPS_CA_PATH or REQUESTS_CA_BUNDLE or SSL_CERT_FILE" if more else "from REQUESTS_CA_BUNDLE"
    assert run.get_result("bundle")["msg"].startswith(f"ca_path ({variables_of}) names")
    assert run.get_result("time")["msg"].startswith(
        "The environment variable GREYOPS_TIMEOUT must be a number of seconds"
    )
    assert run.get_result("no time")["msg"] == run.get_result("time")["msg"]


def test_files_are_read_on_the_calling_host(sandbox: Sandbox, simulator: SimulatorClient) -> None:
    """Over ssh the task's environment provides files, allowed hosts and timeout, and the controller's environment does
    not."""
    other_simulator = {
        "SSL_CERT_FILE": str(sandbox.path / "of-the-controller.pem"),
        "GREYOPS_ALLOWED_HOSTS": "127.0.0.1",
    }
    tasks: dict[str, dict[str, Any]] = {
        "task": {**_build_job_task(), "environment": {"SSL_CERT_FILE": simulator.ca_path}},
        "examined": {
            "greyops.rest.doctor": {"service": ["grepr"]},
            "environment": {"REQUESTS_CA_BUNDLE": simulator.ca_path, "GREYOPS_ALLOWED_HOSTS": "example.com"},
        },
        "none": _build_job_task(retries=0),
        "host": {
            **_build_job_task(api_url=simulator.https.replace("127.0.0.1", "localhost")),
            "environment": {"GREYOPS_ALLOWED_HOSTS": ""},
        },
    }
    bad = ["none", "host"]
    variables = {
        **sandbox.get_addresses(simulator.https),
        **sandbox.logins(),
        **other_simulator,
        "GREYOPS_TIMEOUT": "20",
    }
    with run_ssh_hosts(sandbox.path / "ssh", 1) as hosts:
        run = sandbox.play(
            [{"name": name, **task, "ignore_errors": name in bad} for name, task in tasks.items()],
            hosts=hosts.inventory,
            env=variables,
        )
    assert [result.task for result in run.failed] == bad, run.output
    assert "certificate is not trusted" in run.get_result("none")["msg"]
    assert run.get_result("host")["msg"].startswith(f"{REFUSED}localhost")
    report = "\n".join(run.get_result("examined")["report"])
    assert f"ca_path = {simulator.ca_path}, from REQUESTS_CA_BUNDLE" in report
    assert "timeout = 20.0, from GREYOPS_TIMEOUT" in report
    assert "127.0.0.1 is allowed, as 127.0.0.1" in report
