# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the controller's own environment decides: the hosts that are allowed, and the files of a company's network."""

from __future__ import annotations

from typing import Any

from .simulator import Simulator
from .ssh import running_hosts
from .world import BOTH_HOSTS, World

REFUSED = "Refusing to send anything to "


def _jobs(**options: Any) -> dict[str, Any]:
    return {"greyops.rest.grepr_job_info": options}


@BOTH_HOSTS
def test_no_task_widens_what_the_controller_allows(
    world: World, simulator: Simulator, elsewhere: Simulator, more: dict[str, Any]
) -> None:
    """GREYOPS_ALLOWED_HOSTS and allowed_hosts each narrow the other, and a task's environment has no say."""
    by_name = elsewhere.http.replace("127.0.0.1", "localhost")
    own = {"GREYOPS_ALLOWED_HOSTS": "localhost, *.example.com"}
    plugin = "greyops.rest.grepr_token', token_store='none"
    lookup = {
        "ansible.builtin.set_fact": {"got": f"{{{{ lookup('{plugin}', allowed_hosts=['localhost']) | length }}}}"}
    }
    refused: dict[str, dict[str, Any]] = {
        "another": _jobs(allowed_hosts=["localhost", "127.0.0.1"], api_url=f"{by_name}/api"),
        "login": _jobs(api_url=by_name.replace("localhost", "127.0.0.1"), auth_url=by_name),
        "key": _jobs(api_url=f"{by_name}/api", api_key="a-key-of-one's-own"),
        "environment": {**_jobs(api_url=f"{by_name}/api"), "environment": own},
        "nothing in common": _jobs(allowed_hosts=["example.com"]),
        "garbage": _jobs(allowed_hosts=["https://127.0.0.1"]),
        "lookup": lookup,
        "doctor": {"greyops.rest.doctor": {"service": ["grepr"], "grepr": {"api_url": f"{by_name}/api"}}},
        "doctor, list of a service": {
            "greyops.rest.doctor": {"service": ["grepr"], "grepr": {"allowed_hosts": ["localhost"]}}
        },
    }
    good: dict[str, dict[str, Any]] = {
        "allowed": _jobs(),
        "narrower": _jobs(allowed_hosts=["127.0.0.1", "localhost"]),
        "environment of the task": {**_jobs(), "environment": own},
        "examined": {"greyops.rest.doctor": {"service": ["grepr"], "allowed_hosts": ["127.0.0.1", "127.0.0.2"]}},
    }
    tasks = [
        {"name": name, **task, **more, "ignore_errors": name in refused} for name, task in {**refused, **good}.items()
    ]
    variables = {**world.addresses(), **world.logins(), "GREYOPS_ALLOWED_HOSTS": "127.0.0.1,*.example.org"}
    run = world.play(tasks, env=variables)
    assert [result.task for result in run.failed] == list(refused), run.output
    for name in ("another", "login", "key", "environment"):
        assert run.one(name)["msg"].startswith(f"{REFUSED}localhost"), name
    assert "have no host in common" in run.one("nothing in common")["msg"]
    assert "'https://127.0.0.1', which is no host" in run.one("garbage")["msg"]
    assert "have no host in common" in str(run.one("lookup")["msg"])
    assert f"{REFUSED}localhost" in run.one("doctor")["msg"]
    assert "have no host in common" in run.one("doctor, list of a service")["msg"]
    report = "\n".join(run.one("examined")["report"])
    assert "allowed_hosts = 127.0.0.1, 127.0.0.2, from the arguments" in report
    assert "GREYOPS_ALLOWED_HOSTS = 127.0.0.1,*.example.org, beside allowed_hosts" in report
    assert "127.0.0.1 is allowed, as 127.0.0.1" in report
    assert elsewhere.requests() == []
    assert {request["headers"]["Host"] for request in simulator.requests()} == {simulator.http.removeprefix("http://")}


def test_the_inventory_asks_no_other_host(world: World, simulator: Simulator) -> None:
    """Neither past the controller's variable nor past the file's own list."""
    for number, (line, own) in enumerate({"": "localhost", "allowed_hosts: [localhost]": "127.0.0.1"}.items()):
        source = world.commands / f"{number}.grepr.yml"
        source.write_text(f"plugin: greyops.rest.grepr\n{line}\n", encoding="utf-8")
        env = {**world.addresses(), **world.logins(), "GREYOPS_ALLOWED_HOSTS": own}
        run = world.start("ansible-inventory", "-i", source, "--graph", env=env).end()
        assert any(words in " ".join(run.output.split()) for words in (f"{REFUSED}127.0.0.1", "no host in common")), (
            run.output
        )
    assert simulator.requests() == []


@BOTH_HOSTS
def test_files_of_the_surroundings(world: World, simulator: Simulator, more: dict[str, Any]) -> None:
    """The authorities that other programs are told of, best first, and one sentence where a file is not there."""
    missing, trusted = str(world.place / "missing.pem"), simulator.ca_path
    tasks: dict[str, dict[str, Any]] = {
        "of the controller": _jobs(),
        "own variable": {**_jobs(), "environment": {"GREYOPS_CA_PATH": trusted, "REQUESTS_CA_BUNDLE": missing}},
        "option": {**_jobs(ca_path=trusted), "environment": {"GREYOPS_CA_PATH": missing}},
        "examined": {"greyops.rest.doctor": {"service": ["grepr"]}},
        "bundle": {**_jobs(), "environment": {"REQUESTS_CA_BUNDLE": missing}},
        "client": {**_jobs(), "environment": {"GREYOPS_CLIENT_CERT": missing}},
        "time": {**_jobs(), "environment": {"GREYOPS_TIMEOUT": "soon"}},
        "no time": {**_jobs(), "environment": {"GREYOPS_TIMEOUT": "0"}},
    }
    bad = ["bundle", "client", "time", "no time"]
    variables = {
        **world.addresses(simulator.https),
        **world.logins(),
        "SSL_CERT_FILE": trusted,
        "GREYOPS_TIMEOUT": "20",
    }
    run = world.play(
        [{"name": name, **task, **more, "ignore_errors": name in bad} for name, task in tasks.items()], env=variables
    )
    assert [result.task for result in run.failed] == bad, run.output
    report = "\n".join(run.one("examined")["report"])
    assert f"ca_path = {trusted}, from SSL_CERT_FILE" in report
    assert "timeout = 20.0, from GREYOPS_TIMEOUT" in report
    nowhere = f"names {missing}, which does not exist on the host that makes the call."
    assert run.one("bundle")["msg"].endswith(nowhere)
    assert run.one("client")["msg"].endswith(nowhere)
    # A process does not know the task's variables, so there all that it may be are named.
    variables_of = "GREYOPS_CA_PATH or REQUESTS_CA_BUNDLE or SSL_CERT_FILE" if more else "from REQUESTS_CA_BUNDLE"
    assert run.one("bundle")["msg"].startswith(f"ca_path ({variables_of}) names")
    assert run.one("time")["msg"].startswith("The environment variable GREYOPS_TIMEOUT must be a number of seconds")
    assert run.one("no time")["msg"] == run.one("time")["msg"]


def test_files_belong_to_the_host_that_makes_the_call(world: World, simulator: Simulator) -> None:
    """Over ssh the controller's files do not count, those of the task's environment do; its hosts and time do, too."""
    elsewhere = {"SSL_CERT_FILE": str(world.place / "of-the-controller.pem"), "GREYOPS_ALLOWED_HOSTS": "127.0.0.1"}
    tasks: dict[str, dict[str, Any]] = {
        "task": {**_jobs(), "environment": {"SSL_CERT_FILE": simulator.ca_path}},
        "examined": {
            "greyops.rest.doctor": {"service": ["grepr"]},
            "environment": {"REQUESTS_CA_BUNDLE": simulator.ca_path, "GREYOPS_ALLOWED_HOSTS": "example.com"},
        },
        "none": _jobs(retries=0),
        "host": {
            **_jobs(api_url=simulator.https.replace("127.0.0.1", "localhost")),
            "environment": {"GREYOPS_ALLOWED_HOSTS": ""},
        },
    }
    bad = ["none", "host"]
    variables = {**world.addresses(simulator.https), **world.logins(), **elsewhere, "GREYOPS_TIMEOUT": "20"}
    with running_hosts(world.place / "ssh", 1) as hosts:
        run = world.play(
            [{"name": name, **task, "ignore_errors": name in bad} for name, task in tasks.items()],
            hosts=hosts.inventory,
            env=variables,
        )
    assert [result.task for result in run.failed] == bad, run.output
    assert "certificate is not trusted" in run.one("none")["msg"]
    assert run.one("host")["msg"].startswith(f"{REFUSED}localhost")
    report = "\n".join(run.one("examined")["report"])
    assert f"ca_path = {simulator.ca_path}, from REQUESTS_CA_BUNDLE" in report
    assert "timeout = 20.0, from GREYOPS_TIMEOUT" in report
    assert "127.0.0.1 is allowed, as 127.0.0.1" in report
