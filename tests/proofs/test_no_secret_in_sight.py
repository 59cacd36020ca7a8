# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No secret, no token and nothing made of one is ever in sight."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from .sightings import Search, Watch, forms
from .simulator import CATALOG, Simulator
from .world import Run, World, secret

# Where the faults of these proofs wait, apart from everything that works.
LEAKS = "/leaks"


class Secrets:
    """Everything that the tasks of these proofs know and nobody may see."""

    def __init__(self, world: World) -> None:
        given = world.credentials
        self.other_client_id = given.other_client_id
        self.kept = {
            "client_secret": given.client_secret,
            "api_key": given.api_key,
            "password": given.password,
            "other_client_secret": given.other_client_secret,
            "wrong_secret": secret("wrong"),
            "wrong_password": secret("mistyped"),
            "held_token": f"held.{secret('')[-40:].partition('&')[0]}.~+/{os.urandom(24).hex()}==",
            "broken_token": f"broken {os.urandom(12).hex()}\n{os.urandom(12).hex()}",
            "broken_key": f"ключ {os.urandom(12).hex()}",
            "url_password": f"p{os.urandom(12).hex()}",
        }

    def search(self, simulator: Simulator) -> Search:
        search = Search()
        for name, value in self.kept.items():
            search.add(name, value)
        search.add_tokens(simulator.issued())
        return search


def _leaking_servers(simulator: Simulator, secrets: Secrets) -> None:
    """Answers that tell what came with the request, in every form and in every kind of body."""
    kept = secrets.kept
    token, password, client_secret = kept["held_token"], kept["password"], kept["client_secret"]
    told = " | ".join(forms(token))
    simulator.fault(f"{LEAKS}/json", {"status": 401, "json": {"error_description": f"Invalid access token: {told}"}})
    simulator.fault(f"{LEAKS}/xml", {"status": 401, "xml": f"<oauth><error>{token}</error></oauth>"})
    simulator.fault(f"{LEAKS}/html", {"status": 500, "html": f"<title>{token}</title><pre>{told}</pre>"})
    simulator.fault(f"{LEAKS}/text", {"status": 403, "text": f"{'x ' * 95}{told}"})
    simulator.fault(
        f"{LEAKS}/data", {"json": {token: [token, {"nested": f"Bearer {token}"}]}, "headers": {"X-Token": token}}
    )
    simulator.fault(f"{LEAKS}/page", {"html": f"<p>{token}</p>", "headers": {"Set-Cookie": f"session={token}"}})
    user = forms(password)
    client = forms(client_secret)
    other = forms(kept["other_client_secret"], secrets.other_client_id)
    simulator.fault(f"{LEAKS}/grepr-json", {"status": 401, "json": {"error_description": " ".join(client)}})
    simulator.fault(f"{LEAKS}/grepr-html", {"status": 403, "html": f"<h1>{client[6]}</h1>"})
    simulator.fault(f"{LEAKS}/grepr-odd", {"status": 200, "text": " ".join(client)})
    simulator.fault(f"{LEAKS}/greymatter-xml", {"status": 400, "xml": f"<e><message>{user[6]}</message></e>"})
    simulator.fault(f"{LEAKS}/greymatter-text", {"status": 400, "text": " ".join(user)})
    simulator.fault(f"{LEAKS}/greymatter-basic", {"status": 401, "json": {"message": " ".join(other)}})


# Each task by its name: what goes well, then what is to fail. Credentials come from defaults or the environment.
WELL: dict[str, dict[str, Any]] = {
    "log in": {"greyops.rest.grepr_token": {}},
    "log in there": {"greyops.rest.greymatter_token": {}},
    "renew": {"greyops.rest.grepr_token": {"state": "refreshed"}},
    "refresh there": {"greyops.rest.greymatter_token": {"state": "refreshed"}},
    "jobs": {"greyops.rest.grepr_job_info": {}},
    "catalogs": {"greyops.rest.greymatter_catalog_info": {}},
    "request": {"greyops.rest.grepr_request": {"path": "/v1/echo", "method": "POST", "body": {"a": 1}}},
    "credentials in the query": {"greyops.rest.greymatter_token": {"credentials_in": "query", "state": "refreshed"}},
    "other client": {
        "greyops.rest.greymatter_token": {
            "client_id": "{{ other_client_id }}",
            "client_secret": "{{ other_client_secret }}",
            "state": "refreshed",
        }
    },
    "key": {"greyops.rest.grepr_job_info": {"auth": "api_key", "api_key": "{{ api_key }}"}},
    "trigger with key": {
        "greyops.rest.grepr_trigger": {
            "job_id": "j",
            "rule_engine": "r",
            "trigger_id": "t",
            "api_key": "{{ api_key }}",
        }
    },
    "token in data": {
        "greyops.rest.grepr_request": {
            "path": "data",
            "api_url": "{{ leaks }}",
            "auth": "access_token",
            "access_token": "{{ held_token }}",
        }
    },
    "token in a page": {
        "greyops.rest.greymatter_request": {
            "path": "page",
            "api_url": "{{ leaks }}",
            "auth": "access_token",
            "access_token": "{{ held_token }}",
        }
    },
    "loop": {"greyops.rest.grepr_job_info": {"name": ["{{ item }}"]}, "loop": ["web_logs", "other"]},
    "delegate": {"greyops.rest.grepr_job_info": {}, "delegate_to": "host01"},
    "doctor": {"greyops.rest.doctor": {"grepr": "{{ grepr }}", "greymatter": "{{ greymatter }}"}},
    "doctor of the sick": {
        "greyops.rest.doctor": {
            "grepr": "{{ grepr | combine({'auth_url': leaks ~ '/grepr-json'}) }}",
            "greymatter": "{{ greymatter | combine({'routes': {'token': '/leaks/greymatter-text'}}) }}",
        }
    },
    "doctor of the mistaken": {
        "greyops.rest.doctor": {
            "grepr": "{{ grepr | combine({'pasword': wrong_password, 'api_url': 'http://w:' ~ url_password ~ '@x'}) }}",
            "greymatter": "{{ greymatter | combine({'password': wrong_password, 'credentials_in': 'query'}) }}",
        }
    },
    "forget": {"greyops.rest.grepr_token": {"state": "absent"}},
}


# Another store stands in when the library is there, and the task fails when it is not.
EITHER_WAY: dict[str, dict[str, Any]] = {
    "Redis that is down": {
        "greyops.rest.grepr_token": {
            "token_store": "redis",
            "token_store_url": "redis://walter:{{ url_password }}@127.0.0.1:9/0",
            "token_store_key": "{{ wrong_secret }}",
        }
    },
}


def _held(path: str) -> dict[str, Any]:
    return {"path": path, "api_url": "{{ leaks }}", "auth": "access_token", "access_token": "{{ held_token }}"}


def _greymatter_login(**options: Any) -> dict[str, Any]:
    return {"greyops.rest.greymatter_token": options}


def _grepr_login(**options: Any) -> dict[str, Any]:
    return {"greyops.rest.grepr_token": {"client_id": "{{ client_id }}", **options}}


BADLY: dict[str, dict[str, Any]] = {
    "wrong secret": _grepr_login(client_secret="{{ wrong_secret }}"),
    "wrong password": _greymatter_login(username="{{ username }}", password="{{ wrong_password }}"),
    "wrong client": _greymatter_login(client_id="x", client_secret="{{ wrong_secret }}"),
    "refused token": {
        "greyops.rest.greymatter_catalog_info": {"auth": "access_token", "access_token": "{{ held_token }}"}
    },
    "refused token in JSON": {"greyops.rest.grepr_request": _held("json")},
    "refused token in XML": {"greyops.rest.greymatter_request": _held("xml")},
    "refused token in HTML": {"greyops.rest.greymatter_request": {**_held("html"), "retries": 0}},
    "refused token in text": {"greyops.rest.grepr_request": _held("text")},
    "secret in JSON": _grepr_login(auth_url="{{ leaks }}/grepr-json", client_secret="{{ client_secret }}"),
    "secret in HTML": _grepr_login(auth_url="{{ leaks }}/grepr-html", client_secret="{{ client_secret }}"),
    "secret where a token should be": _grepr_login(
        auth_url="{{ leaks }}/grepr-odd", client_secret="{{ client_secret }}"
    ),
    "password in XML": _greymatter_login(routes={"token": f"{LEAKS}/greymatter-xml"}),
    "password in text": _greymatter_login(routes={"token": f"{LEAKS}/greymatter-text"}),
    "client in JSON": _greymatter_login(
        client_id="{{ other_client_id }}",
        client_secret="{{ other_client_secret }}",
        routes={"token": f"{LEAKS}/greymatter-basic"},
    ),
    "nobody listens": _greymatter_login(auth_url="http://127.0.0.1:9", credentials_in="query", retries=0),
    "token with a line break": {
        "greyops.rest.grepr_job_info": {"auth": "access_token", "access_token": "{{ broken_token }}"}
    },
    "key that is no header": {"greyops.rest.grepr_job_info": {"auth": "api_key", "api_key": "{{ broken_key }}"}},
    "password in the URL": {
        "greyops.rest.grepr_job_info": {"api_url": "http://walter:{{ url_password }}@127.0.0.1/api"}
    },
    "option of the wrong type": _grepr_login(client_secret="{{ wrong_secret }}", min_ttl="soon"),
    "unknown option": _greymatter_login(username="{{ username }}", pasword="{{ wrong_password }}"),
    "secret of the wrong type": _greymatter_login(
        username="{{ username }}", password={"value": "{{ wrong_password }}"}
    ),
    "two ways at once": _grepr_login(client_secret="{{ client_secret }}", access_token="{{ held_token }}", auth="auto"),
    "failing loop": {
        **_grepr_login(client_secret="{{ lookup('ansible.builtin.vars', item) }}"),
        "loop": ["wrong_secret", "wrong_password"],
    },
    "failing again and again": {
        **_greymatter_login(username="{{ username }}", password="{{ wrong_password }}"),
        "register": "again",
        "until": "again is success",
        "retries": 1,
        "delay": 0,
    },
}

# A token that was asked for by name, and what it is for. The login itself has no need of no_log.
WITH_THE_TOKEN: dict[str, dict[str, Any]] = {
    "ask for the token": {
        "greyops.rest.grepr_token": {"return_token": True},
        "register": "held",
    },
    "ask for the token there": {
        "greyops.rest.greymatter_token": {"return_token": True, "state": "refreshed"},
        "no_log": False,
        "register": "held_there",
    },
    "use the token": {
        "ansible.builtin.uri": {
            "url": "{{ server }}/api/v1/jobs",
            "headers": {"Authorization": "{{ held.authorization }}"},
        },
        "no_log": True,
    },
    "use the token there": {
        "ansible.builtin.uri": {
            "url": "{{ server }}" + CATALOG,
            "headers": {"Authorization": "Bearer {{ held_there.access_token }}", "Accept": "application/json"},
        },
        "no_log": True,
    },
    "use a lookup": {
        "ansible.builtin.uri": {
            "url": "{{ server }}/api/v1/jobs",
            "headers": {"Authorization": "{{ lookup('greyops.rest.grepr_token', header=true, **grepr) }}"},
        },
        "no_log": True,
    },
}
LOOKUPS_THAT_FAIL: dict[str, dict[str, Any]] = {
    "lookup with a wrong secret": {
        "ansible.builtin.debug": {
            "msg": "{{ lookup('greyops.rest.grepr_token', **(grepr | combine({'client_secret': wrong_secret}))) }}"
        },
    },
    "lookup with a leak": {
        "ansible.builtin.debug": {
            "msg": "{{ lookup('greyops.rest.grepr_token', **(grepr | combine({'auth_url': leaks ~ '/grepr-json'}))) }}"
        },
    },
}


def _named(tasks: Mapping[str, Mapping[str, Any]], **more: Any) -> list[dict[str, Any]]:
    return [{"name": name, **task, **more} for name, task in tasks.items()]


class Scene:
    """A world with leaking servers, and the credentials in a file of variables."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.simulator = world.simulator
        self.secrets = Secrets(world)
        _leaking_servers(self.simulator, self.secrets)
        given, http = world.credentials, self.simulator.http
        grepr = {"api_url": f"{http}/api", "auth_url": http, "client_id": given.client_id}
        greymatter = {"api_url": http, "username": given.username}
        self.variables = world.variables(
            "secrets.yml",
            {
                **self.secrets.kept,
                "server": http,
                "leaks": f"{http}{LEAKS}",
                "client_id": given.client_id,
                "username": given.username,
                "other_client_id": given.other_client_id,
                "grepr": {**grepr, "client_secret": given.client_secret},
                "greymatter": {**greymatter, "password": given.password},
            },
        )
        self.from_variables: dict[str, Any] = {
            "module_defaults": {
                "group/greyops.rest.grepr": "{{ grepr }}",
                "group/greyops.rest.greymatter": "{{ greymatter }}",
            },
        }
        trees = {"ANSIBLE_CALLBACK_TREE_DIR": str(world.place / "tree"), "JUNIT_OUTPUT_DIR": str(world.place / "junit")}
        self.callbacks = {
            "ANSIBLE_CALLBACKS_ENABLED": "recorder,ansible.builtin.tree,ansible.builtin.junit,greyops.rest.api_stats",
            **trees,
        }

    def assert_unseen(self, run: Run, watch: Watch, *, environments: bool) -> None:
        """Nothing is anywhere but in the file that brought it; and there was something to look at."""
        search = self.secrets.search(self.simulator)
        # A job in the background removes its files a moment after it has told its result.
        watch.wait_for_the_end(str(self.world.place))
        assert search.found_in(run.output.encode()) == {}
        # The files of a run that has ended, the results as callbacks get them among them.
        files = list(self.world.files(self.world.commands / "secrets.yml"))
        assert self.world.log in files
        assert list(self.world.store.glob("*.token"))
        assert search.found_in_files(files) == {}
        assert any(b"ansible-playbook" in line or b"/ansible\0" in line for line in watch.command_lines)
        assert search.found_in(b"\n".join(watch.command_lines)) == {}
        if environments:
            assert search.found_in(b"\n".join(watch.environments)) == {}


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


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


def _assert_as_meant(run: Run) -> None:
    """The proof would be empty if the tasks had not done what their names say."""
    otherwise = [
        (result.task, result.event, result.result.get("msg"))
        for result in run.results
        if result.event != ("failed" if result.task in BADLY else "ok") and result.task not in EITHER_WAY
    ]
    assert otherwise == []
    assert {*WELL, *BADLY, *EITHER_WAY} <= {result.task for result in run.results}


def _facts(registered: list[str]) -> list[dict[str, Any]]:
    """Everything that was registered, shown and kept in the fact cache."""
    everything = "{{ [" + ", ".join(registered) + "] }}"
    return [
        {"name": "show", "ansible.builtin.debug": {"msg": everything}},
        {"name": "keep", "ansible.builtin.set_fact": {"everything": everything, "cacheable": True}},
    ]


def _registered(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"register": f"result_{number}", **task} for number, task in enumerate(tasks)]


@pytest.mark.parametrize("become", [False, True], ids=["worker", "module"])
def test_every_task(scene: Scene, become: bool) -> None:
    """Credentials from variables, at -vvvv: output, log, results, fact cache, all files, processes, their variables."""
    tasks = _registered([*_named(WELL), *_named({**BADLY, **EITHER_WAY}, ignore_errors=True)])
    facts = _facts([task["register"] for task in tasks])
    play = {**scene.from_variables, "become": become, "tasks": [*tasks, *facts]}
    env = {**scene.world.addresses(), **scene.callbacks}
    with Watch() as watch:
        run = scene.world.start_playbook([play], "-vvvv", scene.variables, env=env).end()
    _assert_as_meant(run)
    own = [line for line in watch.command_lines if str(scene.world.place).encode() in line]
    assert any(b"AnsiballZ_gre" in line for line in own) == become
    assert [result.event for result in run.of("keep")] == ["ok"]
    assert len(list(scene.world.fact_cache.iterdir())) == 1
    scene.assert_unseen(run, watch, environments=True)


def test_every_task_in_check_mode_from_the_environment(scene: Scene) -> None:
    """Credentials from the environment, with --check --diff at -vvvv."""
    tasks = [*_named(WELL), *_named({**BADLY, **EITHER_WAY}, ignore_errors=True)]
    env = {**scene.world.addresses(), **scene.world.logins(), **scene.callbacks}
    with Watch() as watch:
        run = scene.world.start_playbook(
            [{"tasks": tasks}], "-vvvv", "--check", "--diff", scene.variables, env=env
        ).end()
    _assert_as_meant(run)
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


@pytest.mark.parametrize("more", [{}, {"become": True}], ids=["worker", "module"])
def test_tokens_that_were_asked_for(scene: Scene, more: dict[str, Any]) -> None:
    """return_token registered and used by uri, lookups used and failing, at -vvvv, without no_log on the login."""
    asked = _named(WITH_THE_TOKEN)
    tasks = [{**task, **more} if "token" in task["name"] else task for task in asked]
    failing = _named(LOOKUPS_THAT_FAIL, ignore_errors=True)
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
        {**scene.from_variables, "tasks": _named({"loop": loop, "background": background, "refused": refused})},
        {**scene.from_variables, "become": True, "tasks": _named({"refused with become": refused})},
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
