"""What `make test` is made of. Every function that takes a log is a step, or makes one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from cores import LINT, RUNTIME, SIMULATOR, Core, newest
from environments import Environment, pip, write_pip_settings
from places import COLLECTION, DIST, ROOT, WORK, collection_tree, temporary_directory
from running import Cases, Failed, Log, Step

# ansible-test ends well when it has found nothing to test.
_NOTHING_TESTED = "All targets skipped"

TORTURE_TESTS = "tests/proofs/torture"
RELIABILITY = "docs/reliability.md"

_PLUGIN_TYPES = {
    "modules": "module",
    "lookup": "lookup",
    "callback": "callback",
    "inventory": "inventory",
    "filter": "filter",
}


# --- lint


def _tools() -> Environment:
    return newest().environment("lint", LINT, RUNTIME, SIMULATOR)


def _tool(*command: str) -> Step:
    """A tool of the lint environment, run in the checkout."""

    def step(log: Log) -> None:
        tools = _tools()
        with temporary_directory() as home:
            log.run(
                tools.bin / command[0], *command[1:], cwd=ROOT, env=tools.variables(home, RUFF_CACHE_DIR=WORK / "ruff")
            )

    return step


def _mypy(top: str, *parts: str) -> Step:
    """Types of what lies in a directory of the checkout; that directory is the top of its modules' names."""

    def step(log: Log) -> None:
        tools = _tools()
        cache = WORK / "mypy" / Path(top, *parts).name
        with collection_tree() as tree:
            log.run(
                tools.bin / "mypy", "--config-file", ROOT / "pyproject.toml", "--cache-dir", cache, *parts,
                cwd=tree / top, env=tools.variables(tree / "home", MYPYPATH=tree / top),
            )  # fmt: skip

    return step


def _in_tree(*command: str) -> Step:
    """A tool of the lint environment, run in a copy of the checkout where Ansible expects a collection."""

    def step(log: Log) -> None:
        tools = _tools()
        with collection_tree() as tree:
            variables = tools.variables(tree / "home", ANSIBLE_COLLECTIONS_PATH=tree)
            log.run(tools.bin / command[0], *command[1:], cwd=tree / COLLECTION, env=variables)

    return step


def lint() -> list[tuple[str, Step]]:
    return [
        ("ruff check", _tool("ruff", "check", ".")),
        ("ruff format", _tool("ruff", "format", "--check", "--diff", ".")),
        ("mypy plugins", _mypy("", str(COLLECTION / "plugins"))),
        ("mypy tests/simulator", _mypy(str(COLLECTION / "tests"), "simulator")),
        ("mypy tests/tooling", _mypy(str(COLLECTION / "tests/tooling"), ".")),
        ("ansible-lint", _in_tree("ansible-lint", "--offline", "--strict", "--nocolor")),
        ("reuse", _in_tree("reuse", "lint", "--lines")),
        *docs_lint(),
    ]


def docs_lint() -> list[tuple[str, Step]]:
    return [
        ("antsibull-docs", _in_tree("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", ".")),
        ("antsibull-changelog", _in_tree("antsibull-changelog", "lint")),
    ]


# --- pytest


def pytest(directory: str, made: Callable[[], Environment], *arguments: str) -> Step:
    """A directory of tests in the checkout. The commands of the environment are on its PATH, its home is private."""

    def step(log: Log) -> Cases:
        tests = made()
        # Whoever names files means these alone.
        where = [] if any((ROOT / word.split("::")[0]).exists() for word in arguments) else [directory]
        with temporary_directory() as home:
            report = home / "report.xml"
            status, output = log.run(
                tests.python, "-m", "pytest", *where, "-q", f"--junitxml={report}", *arguments,
                cwd=ROOT, env=tests.variables(home, ANSIBLE_ASYNC_DIR=home / "async"), check=False,
            )  # fmt: skip
            cases = Cases.of_junit(report) if report.exists() else Cases()
            if status and not cases.failed:
                raise Failed(f"pytest ended with status {status}")
            print(f"   {output.rstrip().splitlines()[-1]}")
            return cases

    return step


def unit(core: Core, *arguments: str) -> tuple[str, Step]:
    return f"unit tests, ansible-core {core.name}", pytest("tests/unit", core.for_tests, "-n", "2", *arguments)


def proofs(core: Core, *arguments: str) -> tuple[str, Step]:
    apart = f"--ignore={TORTURE_TESTS}"
    return f"proofs, ansible-core {core.name}", pytest("tests/proofs", core.for_tests, "-n", "2", apart, *arguments)


def proofs_in_short(core: Core) -> tuple[str, Step]:
    _title, step = proofs(core, "-m", "not slow")
    return f"proofs in short, ansible-core {core.name}", step


def torture(core: Core, *arguments: str) -> tuple[str, Step]:
    """The proofs and all of the torture, and the page of their figures where nothing was left out."""
    page = [] if arguments else [f"--reliability={RELIABILITY}"]
    step = pytest("tests/proofs", core.for_torture, "-n", "2", *page, *arguments)
    return f"torture, ansible-core {core.name}", step


def torture_in_short(core: Core) -> tuple[str, Step]:
    step = pytest(TORTURE_TESTS, core.for_torture, "-n", "2", "-m", "not slow")
    return f"torture in short, ansible-core {core.name}", step


# --- ansible-test


def _seed_pip(tests: Environment, home: Path) -> None:
    """Give ansible-test the pip it would fetch a script for, from the package index that everything else comes from."""
    source = (tests.packages / "ansible_test" / "_internal" / "python_requirements.py").read_text()
    found = re.search(r"pip='([\d.]+)'", source)
    if not found:
        raise Failed("this ansible-test does not say which pip it wants")
    version = found[1]
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    if script.exists():
        return
    download: list[str | Path] = [
        pip(),
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        cache,
        f"pip=={version}",
    ]
    subprocess.run(download, check=True, stdin=subprocess.DEVNULL)
    script.write_text(
        "import pathlib, runpy, sys\n"
        f"sys.path.insert(0, str(pathlib.Path(__file__).with_name('pip-{version}-py3-none-any.whl')))\n"
        "options = [word for word in sys.argv[1:] if word not in ('--no-setuptools', '--no-wheel')]\n"
        "sys.argv = ['pip', 'install', '--upgrade', *options]\n"
        "runpy.run_module('pip', run_name='__main__', alter_sys=True)\n"
    )


def _unreachable_tests(tests: Environment, log: Log) -> list[str]:
    """The sanity tests whose requirements name an archive on the net that cannot be had from here."""
    missing = []
    for file in sorted((tests.packages / "ansible_test" / "_data" / "requirements").glob("sanity.*.txt")):
        for url in re.findall(r"^[^#]* @ (https?://\S+)", file.read_text(), re.MULTILINE):
            probe: list[str | Path] = [
                pip(),
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--no-build-isolation",
                "--retries",
                "0",
            ]
            with temporary_directory() as directory:
                answer = subprocess.run([*probe, "--dest", directory, url], check=False, capture_output=True)
            if answer.returncode:
                missing.append(file.name.split(".")[1])
                print(f"   without {missing[-1]}: it requires {url.partition('#')[0]}, which cannot be fetched")
                log.write(f"without {missing[-1]}: {answer.stderr.decode(errors='replace')}\n")
                break
    return missing


def sanity(core: Core, *arguments: str) -> tuple[str, Step]:
    def step(log: Log) -> Cases:
        ignored = sorted((ROOT / "tests" / "sanity").glob("ignore-*"))
        if ignored:
            raise Failed(f"the sanity tests are to pass without entries to ignore: {ignored[0]}")
        tests = core.for_tests()
        # A home that stays: ansible-test keeps its own environments there.
        home = WORK / "home"
        _seed_pip(tests, home)
        write_pip_settings(home)
        skipped = [word for test in _unreachable_tests(tests, log) for word in ("--skip-test", test)]
        with collection_tree() as tree:
            copy = tree / COLLECTION
            status, output = log.run(
                tests.bin / "ansible-test", "sanity", "--junit", "--color", "no", *skipped, *arguments,
                cwd=copy, env=tests.variables(home), check=False,
            )  # fmt: skip
            cases = Cases.of_junit(*(copy / "tests" / "output" / "junit").glob("*.xml"))
            if _NOTHING_TESTED in output or not cases.passed + cases.failed:
                raise Failed("ansible-test found nothing to test")
            if status:
                # Once more at the end, out of the crowd.
                raise Failed("\n".join(re.findall(r"^(?:ERROR|FATAL): .*", output, re.MULTILINE)), cases)
            return cases

    return f"ansible-test sanity, ansible-core {core.name}", step


def integration(core: Core, *targets: str, in_short: bool = False) -> tuple[str, Step]:
    """Targets hardly ever keep two processors busy, so two halves of them run side by side.

    In short, what all modules have in common is tested with some of them.
    """
    # The home is private, but Ansible looks up ~ for asynchronous jobs in the system's list of users.
    settings = f"\nansible_async_dir: {{home}}/async\ngreyops_test_in_short: {str(in_short).lower()}\n"

    def step(log: Log) -> Cases:
        tests = core.for_tests()
        names = targets or _integration_targets()
        halves = [half for half in (names[0::2], names[1::2]) if half]
        with ThreadPoolExecutor() as pool:
            run = partial(_integration, tests, log, settings, alone=len(halves) == 1)
            return sum(pool.map(run, halves), Cases())

    return f"ansible-test integration{' in short' * in_short}, ansible-core {core.name}", step


def _integration_targets() -> Sequence[str]:
    """Those with the most text first, so that every other one of them makes about a half of the work."""
    folders = [path for path in (ROOT / "tests" / "integration" / "targets").iterdir() if path.is_dir()]
    sizes = {path.name: sum(file.stat().st_size for file in path.rglob("*.yml")) for path in folders}
    return sorted((name for name in sizes if not name.startswith("setup_")), key=lambda name: (-sizes[name], name))


def _integration(tests: Environment, log: Log, settings: str, targets: Sequence[str], *, alone: bool) -> Cases:
    """Some targets, in a copy of the checkout and a home of their own."""
    with temporary_directory() as home, collection_tree() as tree:
        copy = tree / COLLECTION
        with (copy / "tests" / "integration" / "integration_config.yml").open("a") as config:
            config.write(settings.format(home=home))
        status, output = log.run(
            tests.bin / "ansible-test", "integration", "--python", tests.version, "--color", "no",
            "--continue-on-error", *targets, cwd=copy, env=tests.variables(home), check=False, alone=alone,
        )  # fmt: skip
    return _integration_cases(status, output)


def _integration_cases(status: int, output: str) -> Cases:
    """Targets that ran and targets that failed, as ansible-test tells them."""
    ran = set(re.findall(r"^Running (\S+) integration test (?:role|script)", output, re.MULTILINE))
    listed = output.partition("integration test(s) listed below")[2]
    failed = ran & {line.strip() for line in listed.splitlines()}
    for line in re.findall(r"^WARNING: (Excluding .*)", output, re.MULTILINE):
        print(f"   {line}")
    if _NOTHING_TESTED in output or not ran:
        raise Failed("ansible-test found nothing to test")
    cases = Cases(passed=len(ran - failed), failed=len(failed))
    if status and not failed:
        raise Failed(f"ansible-test ended with status {status}")
    return cases


# --- the package


def build_collection(ansible: Environment, log: Log, destination: Path) -> Path:
    """The collection as an archive, as its users get it."""
    with collection_tree() as tree:
        log.run(
            ansible.bin / "ansible-galaxy", "collection", "build", "--force", "--output-path", destination, ".",
            cwd=tree / COLLECTION, env=ansible.variables(tree / "home"),
        )  # fmt: skip
    return next(destination.glob("greyops-rest-*.tar.gz"))


def install_collection(ansible: Environment, log: Log, archive: Path, tree: Path) -> None:
    # Without --force and the variable it would be content with any other copy that it can see.
    log.run(
        ansible.bin / "ansible-galaxy", "collection", "install", "--offline", "--force", "-p", tree, archive,
        cwd=tree, env=ansible.variables(tree / "home", ANSIBLE_COLLECTIONS_PATH=tree),
    )  # fmt: skip


def _check_contents(archive: Path) -> None:
    with tarfile.open(archive) as opened:
        names = [name.removeprefix("./") for name in opened.getnames()]
    tops = {"CHANGELOG.md", "FILES.json", "LICENSE", "LICENSES", "MANIFEST.json", "README.md"}
    tops |= {"changelogs", "docs", "extensions", "meta", "playbooks", "plugins", "roles"}
    strays = [
        name
        for name in names
        if name not in ("", ".")
        and (name.split("/")[0] not in tops or re.search(r"(^|/)(\.|__pycache__)|\.pyc$", name))
    ]
    if strays:
        raise Failed(f"the archive holds what is nobody's business: {', '.join(strays)}")


def _check_documentation(ansible: Environment, log: Log, tree: Path) -> Cases:
    """Every plugin and role as ansible-doc shows it. Its status is 0 for what it cannot find, so the output counts."""
    cases = Cases()
    installed = tree / COLLECTION
    variables = ansible.variables(tree / "home", ANSIBLE_COLLECTIONS_PATH=tree)
    wanted = {
        kind: sorted(file.stem for file in (installed / "plugins" / directory).glob("*.py") if file.stem[0] != "_")
        for directory, kind in _PLUGIN_TYPES.items()
    }
    wanted["role"] = sorted(path.name for path in (installed / "roles").glob("*") if path.is_dir())
    for kind, names in wanted.items():
        if not names:
            continue
        full = [f"greyops.rest.{name}" for name in names]
        command: list[str | Path] = [ansible.bin / "ansible-doc", "--json", "--type", kind, *full]
        answer = subprocess.run(command, cwd=tree, env=variables, check=False, capture_output=True, text=True)
        log.write(f"$ ansible-doc --json --type {kind} {' '.join(full)}\n{answer.stderr}\n")
        shown = json.loads(answer.stdout or "{}")
        for name in full:
            if shown.get(name, {}).get("doc") or shown.get(name, {}).get("entry_points"):
                cases += Cases(passed=1)
            else:
                log.write(f"ansible-doc shows nothing of {kind} {name}\n")
                cases += Cases(failed=1)
    if cases == Cases():
        raise Failed("the archive holds no plugin")
    return cases


def package() -> tuple[str, Step]:
    def step(log: Log) -> Cases:
        ansible = newest().for_tests()
        with temporary_directory() as tree:
            archive = build_collection(ansible, log, tree)
            _check_contents(archive)
            install_collection(ansible, log, archive, tree)
            log.run(
                ansible.bin / "ansible-galaxy", "collection", "verify", "--offline", "greyops.rest",
                cwd=tree, env=ansible.variables(tree / "home", ANSIBLE_COLLECTIONS_PATH=tree),
            )  # fmt: skip
            return _check_documentation(ansible, log, tree)

    return "build, install, ansible-doc", step


def build() -> tuple[str, Step]:
    def step(log: Log) -> None:
        shutil.rmtree(DIST, ignore_errors=True)
        DIST.mkdir()
        archive = build_collection(newest().for_tests(), log, DIST)
        _check_contents(archive)
        print(f"   {archive.relative_to(ROOT)}")

    return "build", step


# --- all of it


def everything(core: Core) -> list[tuple[str, Step]]:
    return [
        *lint(),
        unit(core),
        proofs_in_short(core),
        torture_in_short(core),
        integration(core, in_short=True),
        sanity(core),
        package(),
    ]


def bench(core: Core, *arguments: str) -> int:
    """The benchmarks have a program of their own; it gets the environment of the tests and the collection in place."""
    tests = core.for_tests()
    with collection_tree() as tree:
        variables = tests.variables(tree / "home", ANSIBLE_COLLECTIONS_PATH=tree)
        program = [os.fspath(tests.python), "tests/benchmarks", *arguments]
        return subprocess.run(program, cwd=tree / COLLECTION, env=variables, check=False).returncode
