# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret, no token and nothing made of one is ever in sight."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .scene import (
    BADLY,
    EITHER_WAY,
    EVERY,
    FEW,
    LOOKUPS_THAT_FAIL,
    WAYS,
    WELL,
    WITH_THE_TOKEN,
    WORKER,
    Scene,
    Way,
    assert_as_meant,
    named,
)
from .sightings import Search, Watch, forms
from .ssh import running_hosts
from .world import BOTH_HOSTS, World, secret

# In short, the worker and a module's process here; and a file that goes ahead, over ssh.
AT_LENGTH = [name if name in ("worker", "module") else pytest.param(name, marks=pytest.mark.slow) for name in WAYS]
ELSEWHERE = [name for name, way in WAYS.items() if way != WORKER]
CALLBACKS = {
    "default": {},
    "yaml": {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"},
    "minimal": {"ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.minimal"},
    "oneline": {"ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.oneline"},
}


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


@pytest.fixture(params=AT_LENGTH)
def way(request: pytest.FixtureRequest, scene: Scene) -> Iterator[Way]:
    """Each way in turn, with its host in the scene."""
    chosen = WAYS[request.param]
    if not chosen.over_ssh:
        yield chosen
        return
    with running_hosts(scene.world.place / "ssh", 1) as scene.over_ssh:
        yield chosen


def test_the_search_finds_every_form() -> None:
    """What the other proofs rest on: each secret is found in each form, in the middle of a text and cut in half."""
    hidden = secret("hidden")
    search = Search()
    search.add("hidden", hidden)
    for number, form in enumerate(forms(hidden, "somebody")):
        assert search.found_in(f"{'x' * number}{form}{form}".encode()), form
    assert not search.found_in(b"nothing to be seen")
    token = f"head.{os.urandom(40).hex()}.{os.urandom(40).hex()}"
    search.add_tokens([token])
    assert search.found_in(f"Bearer {token}".encode())
    assert search.found_in(token[:90].encode()).keys() == {"token 1"}


def _facts(registered: list[str]) -> list[dict[str, Any]]:
    """Everything that was registered, shown and kept in the fact cache."""
    everything = "{{ [" + ", ".join(registered) + "] }}"
    return [
        {"name": "show", "ansible.builtin.debug": {"msg": everything}},
        {"name": "keep", "ansible.builtin.set_fact": {"everything": everything, "cacheable": True}},
    ]


def _registered(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"register": f"result_{number}", **task} for number, task in enumerate(tasks)]


def _play_registered(scene: Scene, way: Way, chosen: set[str]) -> None:
    """Credentials from variables, at -vvvv: output, log, results, fact cache, all files, processes, their variables."""
    tasks = _registered([*named(WELL), *named({**BADLY, **EITHER_WAY}, ignore_errors=True)])
    tasks = [task for task in tasks if task["name"] in chosen]
    facts = _facts([task["register"] for task in tasks])
    run, watch = scene.play([*tasks, *facts], way, "--diff")
    assert_as_meant(run, chosen)
    assert [result.event for result in run.of("keep")] == ["ok"]
    assert len(list(scene.world.fact_cache.iterdir())) == 1
    scene.assert_unseen(run, watch, environments=True)


@pytest.mark.parametrize(
    "way", ["worker", *(pytest.param(name, marks=pytest.mark.slow) for name in ELSEWHERE)], indirect=True
)
def test_every_task(scene: Scene, way: Way) -> None:
    """Every task, at -vvvv: nothing in output, log, results, fact cache, all files, processes, their variables."""
    _play_registered(scene, way, EVERY)


@pytest.mark.parametrize("way", ["ssh"], indirect=True)
def test_a_task_of_each_kind(scene: Scene, way: Way) -> None:
    """The same of one task of each kind, where modules have a process of their own."""
    _play_registered(scene, way, FEW)


@pytest.mark.parametrize(
    "callback", ["default", *(pytest.param(name, marks=pytest.mark.slow) for name in CALLBACKS if name != "default")]
)
def test_every_task_in_check_mode_from_the_environment(scene: Scene, callback: str) -> None:
    """Credentials from the environment, with --check --diff at -vvvv, shown and noted by every callback of core."""
    tasks = [*named(WELL), *named({**BADLY, **EITHER_WAY}, ignore_errors=True)]
    env = {**scene.world.addresses(), **scene.world.logins(), **scene.callbacks, **CALLBACKS[callback]}
    with Watch() as watch:
        run = scene.world.start_playbook(
            [{"tasks": tasks}], "-vvvv", "--check", "--diff", scene.variables, env=env
        ).end()
    assert_as_meant(run)
    assert "API STATS" in run.output
    for directory in ("tree", "junit"):
        assert list(scene.world.place.joinpath(directory).iterdir())
    scene.assert_unseen(run, watch, environments=False)


def test_tasks_in_the_background(scene: Scene) -> None:
    """Credentials of both services in the environment of each task, with async: the jobs' files and the polls too."""
    chosen = {
        name: task
        for name, task in {**WELL, **BADLY}.items()
        if name in {"log in", "catalogs", "token in data", "wrong secret", "refused token", "password in text"}
        and "loop" not in task
    }
    variables = {"GREPR_CLIENT_ID": "{{ client_id }}", "GREPR_CLIENT_SECRET": "{{ client_secret }}"}
    variables |= {"GREYMATTER_USERNAME": "{{ username }}", "GREYMATTER_PASSWORD": "{{ password }}"}
    background = {"environment": variables, "async": 60, "ignore_errors": True}
    tasks = [
        {"name": name, **task, **background, "poll": 0, "register": f"result_{number}"}
        for number, (name, task) in enumerate(chosen.items())
    ]
    wait = {
        "name": "wait",
        "ansible.builtin.async_status": {"jid": "{{ item }}"},
        "loop": "{{ [" + ", ".join(f"result_{number}.ansible_job_id" for number in range(len(tasks))) + "] }}",
        "register": "job",
        "until": "job is finished",
        "retries": 300,
        "delay": 0.2,
        "ignore_errors": True,
    }
    polled = [
        {"name": "polled", **WELL["jobs"], **background, "poll": 1},
        {"name": "polled failure", **BADLY["wrong password"], **background, "poll": 1},
    ]
    play = {"tasks": [*tasks, wait, *polled]}
    env = {**scene.world.addresses(), **scene.callbacks}
    with Watch() as watch:
        run = scene.world.start_playbook([play], "-vvvv", scene.variables, env=env).end()
    items = [event for event in run.events if event.task == "wait" and event.event.startswith("item")]
    assert [item.event for item in items] == ["item ok"] * 3 + ["item failed"] * 3, run.output
    assert [run.of(name)[0].event for name in ("polled", "polled failure")] == ["ok", "failed"], run.output
    assert len([file for file in scene.world.async_directory.iterdir() if file.stat().st_size]) >= len(chosen)
    scene.assert_unseen(run, watch, environments=True)


@BOTH_HOSTS
def test_tokens_that_were_asked_for(scene: Scene, more: dict[str, Any]) -> None:
    """return_token and return_secret registered and used, lookups used and failing, at -vvvv, without no_log to ask."""
    asked = named(WITH_THE_TOKEN)
    tasks = [task if "lookup" in task["name"] else {**task, **more} for task in asked]
    failing = named(LOOKUPS_THAT_FAIL, ignore_errors=True)
    play = {**scene.from_variables, "tasks": [*tasks, *failing]}
    env = {**scene.world.addresses(), **scene.callbacks}
    with Watch() as watch:
        run = scene.world.start_playbook([play], "-vvvv", scene.variables, env=env).end()
    assert [result.event for result in run.results] == ["ok"] * len(tasks) + ["failed"] * len(failing), run.output
    scene.assert_unseen(run, watch, environments=True)


def test_tokens_that_are_refused_or_asked_for_in_a_loop(scene: Scene) -> None:
    """A granted token that the API repeats in its 401, in JSON and XML; return_token in a loop, and with async."""
    loop = {"greyops.rest.grepr_token": {"return_token": True}, "loop": [1, 2], "ignore_errors": True}
    background = {
        "greyops.rest.greymatter_token": {"return_token": True},
        "async": 60,
        "poll": 1,
        "ignore_errors": True,
    }
    refused = {"greyops.rest.greymatter_catalog_info": {}, "ignore_errors": True}
    plays = [
        {**scene.from_variables, "tasks": named({"loop": loop, "background": background, "refused": refused})},
        {**scene.from_variables, "become": True, "tasks": named({"refused with become": refused})},
    ]
    # Opaque, so that the server repeats them; and none is let in.
    scene.simulator.set(greymatter={"token_kind": "opaque", "error_format": "xml_default"})
    scene.simulator.plan("greymatter", always=True)
    for callback in ("ansible.builtin.default", "ansible.builtin.minimal", "ansible.builtin.oneline"):
        env = {**scene.world.addresses(), **scene.callbacks, "ANSIBLE_STDOUT_CALLBACK": callback}
        with Watch() as watch:
            run = scene.world.start_playbook(plays, "-vvvv", scene.variables, env=env).end()
        (background_result,) = run.of("background")
        assert background_result.event == "failed"
        assert "return_token cannot be used with async" in background_result.result["msg"]
        for name in ("refused", "refused with become"):
            assert run.one(name)["status"] == 401
            assert run.of(name)[0].event == "failed"
        scene.assert_unseen(run, watch, environments=True)


@pytest.mark.parametrize("form", [[], ["--one-line"]], ids=["minimal", "oneline"])
def test_ad_hoc(scene: Scene, form: list[str]) -> None:
    """Ad hoc commands at -vvvv that ask for the token, read, and fail."""
    env = {**scene.world.addresses(), **scene.world.logins(), **scene.callbacks}
    commands = [
        ("greyops.rest.grepr_token", "return_token=true", 0),
        ("greyops.rest.greymatter_catalog_info", "", 0),
        ("greyops.rest.greymatter_token", "username={{ username | quote }} password={{ wrong_password | quote }}", 2),
    ]
    for module, options, status in commands:
        arguments = ["-a", options, "-vvvv", scene.variables, *form]
        with Watch() as watch:
            run = scene.world.start_ad_hoc(module, *arguments, env=env).end()
        assert run.status == status, run.output
        scene.assert_unseen(run, watch, environments=False)


@pytest.mark.parametrize("held", ["client_secret", "wrong_secret"], ids=["read", "refused"])
def test_the_inventory(scene: Scene, held: str) -> None:
    """Pipelines as hosts, listed at -vvvv and kept in Ansible's cache: no secret, no token, with a wrong secret too."""
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(scene.world.fact_cache)}
    source = scene.world.commands / "grepr.yml"
    source.write_text(yaml.safe_dump({"plugin": "greyops.rest.grepr", **cache}))
    logins = {**scene.world.logins(), "GREPR_CLIENT_SECRET": scene.secrets.kept[held]}
    env = {**scene.world.addresses(), **logins, **scene.callbacks}
    with Watch() as watch:
        run = scene.world.start("ansible-inventory", "-i", source, "--list", "-vvvv", env=env).end()
    watch.wait_for_the_end(str(scene.world.place))
    assert ("audit_logs" in run.output) == (held == "client_secret"), run.output
    search = scene.secrets.search(scene.simulator)
    assert search.found_in(run.output.encode()) == {}
    assert search.found_in_files(scene.world.files(scene.world.commands / "secrets.yml")) == {}
    assert search.found_in(b"\n".join(watch.command_lines)) == {}


def test_facts_of_the_role(scene: Scene) -> None:
    """The role's facts, cached, hold what the APIs hold and no secret."""
    role = {"name": "facts", "ansible.builtin.include_role": {"name": "greyops.rest.api_facts"}}
    variables = {
        "api_facts_grepr": True,
        "api_facts_greymatter": True,
        "api_facts_grepr_options": "{{ grepr }}",
        "api_facts_greymatter_options": "{{ greymatter }}",
        "api_facts_cacheable": True,
    }
    play = {"vars": variables, "tasks": [role]}
    with Watch() as watch:
        run = scene.world.start_playbook([play], "-vvvv", scene.variables, env={**scene.callbacks}).end()
    assert (run.status, run.failed) == (0, []), run.output
    (cached,) = scene.world.fact_cache.iterdir()
    facts = Path(cached).read_text(encoding="utf-8")
    assert "greyops_grepr_jobs" in facts
    assert "greyops_greymatter_catalogs" in facts
    scene.assert_unseen(run, watch, environments=True)


# A library that breaks with everything it was given in its mouth, in every Python that is started there.
_TALKATIVE_LIBRARY = """\
import requests

def send(self, request, **more):
    raise RuntimeError(f"{request.method} {request.url} {dict(request.headers)} {request.body!r}")

requests.adapters.HTTPAdapter.send = send
"""
_FAULTY = {
    name: WELL[name] for name in ("log in", "log in there", "other client", "jobs", "catalogs", "key", "token in data")
}


def test_faults_of_ours(scene: Scene, way: Way) -> None:
    """An exception nobody thought of, full of secrets: one sentence in its place, though tracebacks are asked for."""
    library = scene.world.place / "library"
    library.mkdir()
    (library / "sitecustomize.py").write_text(_TALKATIVE_LIBRARY)
    broken = {"PYTHONPATH": str(library)}
    on_host = {"environment": broken, "ignore_errors": True}
    tasks = [*named(_FAULTY, **on_host), *named(LOOKUPS_THAT_FAIL, ignore_errors=True)]
    run, watch = scene.play(tasks, way, env={**broken, "ANSIBLE_DISPLAY_TRACEBACK": "always"})
    assert [result.event for result in run.results] == ["failed"] * len(tasks), run.output
    for result in run.results:
        assert "A fault in greyops.rest: RuntimeError at sitecustomize.py:4" in result.result["msg"]
    search = scene.secrets.search(scene.simulator)
    assert search.found_in(run.output.encode()) == {}
    assert search.found_in_files(scene.world.files(scene.world.commands / "secrets.yml")) == {}
    assert search.found_in(b"\n".join([*watch.command_lines, *watch.environments])) == {}


@pytest.mark.parametrize("pipelining", [False, True], ids=["a file", "pipelining"])
def test_what_lies_on_a_target_meanwhile(scene: Scene, pipelining: bool) -> None:
    """While a module works: its arguments lie in a file of core that its user alone can read; none with pipelining."""
    world, simulator = scene.world, scene.simulator
    search = scene.secrets.search(simulator)
    simulator.fault("/api/v1/jobs", {"delay": 5})
    env = {**world.addresses(), **scene.callbacks, "ANSIBLE_PIPELINING": str(pipelining)}
    play = {**scene.from_variables, "tasks": named({"jobs": WELL["jobs"]})}
    with running_hosts(world.place / "ssh", 1) as scene.over_ssh, Watch() as watch:
        running = world.start_playbook([play], scene.variables, hosts=scene.over_ssh.inventory, env=env)
        assert simulator.wait_for_calls("/api/v1/jobs", 1, running.goes_on)
        found = search.found_in_files(world.files(world.commands / "secrets.yml"))
        modes = {stat.S_IMODE(path.stat().st_mode) for file in found for path in (Path(file), Path(file).parent)}
        run = running.end()
        run.check(1)
        assert all("AnsiballZ_grepr_job_info.py" in file for file in found), found
        assert bool(found) != pipelining
        assert not any(mode & 0o077 for mode in modes)
        scene.assert_unseen(run, watch, environments=True)


# All that a stranger can read: how processes were started, their surroundings, and every file that is not closed.
_CURIOUS = """
while :; do
    cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ
    find "$0" -type f -exec cat {} +
    sleep 0.02
done
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can look with the eyes of another user")
def test_another_user(scene: Scene) -> None:
    """Another user of the controller reads what can be read, again and again while tasks run: no secret is there."""
    world = scene.world
    world.place.chmod(0o755)
    (world.commands / "secrets.yml").chmod(0o600)
    env = {**world.addresses(), **world.logins(), **scene.callbacks}
    tasks = [
        *named({**WELL, **BADLY}, ignore_errors=True),
        *named({name: {**WELL[name], "become": True} for name in ("jobs", "other client", "key")}),
    ]
    sight = world.temporary / "sight"
    with sight.open("wb") as seen, Watch() as watch:
        sight.chmod(0o600)
        curious = subprocess.Popen(
            ["/bin/sh", "-c", _CURIOUS, str(world.place)],
            stdout=seen,
            stderr=subprocess.DEVNULL,
            user="nobody",
            group="nogroup",
            extra_groups=[],
            start_new_session=True,
        )
        try:
            world.start_playbook([{"tasks": tasks}], "-vvvv", scene.variables, env=env).end()
        finally:
            os.killpg(curious.pid, signal.SIGKILL)
            curious.wait(10)
    content = sight.read_bytes()
    search = scene.secrets.search(scene.simulator)
    # There was something to see, and something that cannot be seen.
    assert b"AnsiballZ_gre" in content
    assert b"greyops.rest.grepr_job_info" in content
    assert search.found_in(b"\n".join(watch.environments))
    environment = f"PROOFS_RESULTS={world.commands}".encode()
    assert any(environment in one for one in watch.environments)
    assert environment not in content
    assert search.found_in(content) == {}


def test_core_masks_what_it_was_told(scene: Scene, way: Way) -> None:
    """From ansible-core 2.22 on: secrets that a later task prints are masked, in whatever form, and so are tokens."""
    pytest.importorskip("ansible.module_utils.secrets", reason="core has masked by itself since 2.22")
    filters = ("", " | urlencode", " | to_json", " | to_json(ensure_ascii=false)", " | tojson", " | e")
    shown = [name + filter for name in ("client_secret", "password", "other_client_secret") for filter in filters]
    shown.append("lookup('greyops.rest.grepr_token', **grepr)")
    if way == WORKER:
        # A module elsewhere keeps it to itself.
        shown.append("(other_client_id ~ ':' ~ other_client_secret) | b64encode")
    tasks = [
        *named({name: WELL[name] for name in ("log in", "log in there", "other client")}),
        *named({form: {"ansible.builtin.debug": {"msg": f"it is {{{{ {form} }}}}"}} for form in shown}),
    ]
    run, watch = scene.play(tasks, way)
    run.check(len(tasks))
    assert [form for form in shown if "$REDACTED$" not in run.one(form)["msg"]] == []
    scene.assert_unseen(run, watch, environments=True)
