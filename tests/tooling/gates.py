"""What `make test` is made of: its steps, and what makes them. A function that takes a log is the work of one."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from cores import LINT, RUNTIME, SIMULATOR, Core, newest
from environments import Environment, pip, write_pip_settings
from interpreters import SUPPORTED, interpreters
from places import COLLECTION, DIST, ROOT, WORK, collection_tree, temporary_directory
from running import Cases, Failed, Log, Step, Work

# ansible-test ends well when it has found nothing to test.
_NOTHING_TESTED = "All targets skipped"

# Processes of pytest in one step; some tests have nothing to do for a while, so two keep hardly two processors busy.
_PYTESTS = 2
# The log tells what takes long.
_SLOWEST = ("--durations=40", "--durations-min=3")

# Parts of the integration tests: enough of them that no processor is idle long when the last ones end.
_INTEGRATION_PARTS = 6
_TARGETS = ROOT / "tests" / "integration" / "targets"
# What the start of a target costs, in bytes of the text of one that costs as much.
_TEXT_OF_A_START = 2000

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


def _tool(*command: str) -> Work:
    """A tool of the lint environment, run in the checkout."""

    def work(log: Log) -> None:
        tools = _tools()
        with temporary_directory() as home:
            log.run(
                tools.bin / command[0], *command[1:], cwd=ROOT, env=tools.variables(home, RUFF_CACHE_DIR=WORK / "ruff")
            )

    return work


def _mypy(top: str, *parts: str) -> Work:
    """Types of what lies in a directory of the checkout; that directory is the top of its modules' names."""

    def work(log: Log) -> None:
        tools = _tools()
        cache = WORK / "mypy" / Path(top, *parts).name
        with collection_tree() as tree:
            log.run(
                tools.bin / "mypy", "--config-file", ROOT / "pyproject.toml", "--cache-dir", cache, *parts,
                cwd=tree / top, env=tools.variables(tree / "home", MYPYPATH=tree / top),
            )  # fmt: skip

    return work


def _in_tree(*command: str) -> Work:
    """A tool of the lint environment, run in a copy of the checkout where Ansible expects a collection."""

    def work(log: Log) -> None:
        tools = _tools()
        with collection_tree() as tree:
            variables = tools.variables(tree / "home", ANSIBLE_COLLECTIONS_PATH=tree)
            log.run(tools.bin / command[0], *command[1:], cwd=tree / COLLECTION, env=variables)

    return work


def lint(*ansible_lint: str) -> list[Step]:
    return [
        Step("ruff check", _tool("ruff", "check", ".")),
        Step("ruff format", _tool("ruff", "format", "--check", "--diff", ".")),
        Step("mypy plugins", _mypy("", str(COLLECTION / "plugins"))),
        Step("mypy tests/simulator", _mypy(str(COLLECTION / "tests"), "simulator")),
        Step("mypy tests/tooling", _mypy(str(COLLECTION / "tests/tooling"), ".")),
        Step("ansible-lint", _in_tree("ansible-lint", "--offline", "--strict", "--nocolor", *ansible_lint)),
        Step("reuse", _in_tree("reuse", "lint", "--lines")),
        *docs_lint(),
    ]


def docs_lint() -> list[Step]:
    docs = _in_tree("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", ".")
    return [
        Step("antsibull-docs", docs),
        Step("antsibull-changelog", _in_tree("antsibull-changelog", "lint")),
    ]


# --- pytest


def _pytest(directory: str, made: Callable[[], Environment], *arguments: str) -> Work:
    """A directory of tests in the checkout. The commands of the environment are on its PATH, its home is private."""

    def work(log: Log) -> Cases:
        tests = made()
        # Whoever names files means these alone.
        where = [] if any((ROOT / word.split("::")[0]).exists() for word in arguments) else [directory]
        with temporary_directory() as home:
            report = home / "report.xml"
            status, output = log.run(
                tests.python, "-m", "pytest", *where, "-q", "-n", str(_PYTESTS), *_SLOWEST,
                f"--junitxml={report}", *arguments,
                cwd=ROOT, env=tests.variables(home, ANSIBLE_ASYNC_DIR=home / "async"), check=False,
            )  # fmt: skip
            cases = Cases.of_junit(report) if report.exists() else Cases()
            if status and not cases.failed:
                raise Failed(f"pytest ended with status {status}")
            log.note(output.rstrip().splitlines()[-1])
            return cases

    return work


def _with_pytest(title: str, core: Core, work: Work) -> Step:
    return Step(f"{title}, ansible-core {core.name}", work, processors=_PYTESTS)


def unit(core: Core, *arguments: str) -> Step:
    return _with_pytest("unit tests", core, _pytest("tests/unit", core.for_tests, *arguments))


def unit_in_short(core: Core) -> Step:
    return replace(unit(core, "-m", "not slow"), title=f"unit tests in short, ansible-core {core.name}")


def proofs(core: Core, *arguments: str) -> Step:
    apart = f"--ignore={TORTURE_TESTS}"
    return _with_pytest("proofs", core, _pytest("tests/proofs", core.for_tests, apart, *arguments))


def proofs_in_short(core: Core) -> Step:
    """What does not take long, of the torture too, where it needs no programs of others."""
    return _with_pytest("proofs in short", core, _pytest("tests/proofs", core.for_tests, "-m", "not slow"))


def torture(core: Core, *arguments: str) -> Step:
    """The proofs and all of the torture, and the page of their figures where nothing was left out."""
    page = [] if arguments else [f"--reliability={RELIABILITY}"]
    return _with_pytest("torture", core, _pytest("tests/proofs", core.for_torture, *page, *arguments))


# --- ansible-test


_seeding = threading.Lock()


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
                log.note(f"without {missing[-1]}: it requires {url.partition('#')[0]}, which cannot be fetched")
                log.write(f"without {missing[-1]}: {answer.stderr.decode(errors='replace')}\n")
                break
    return missing


def sanity(core: Core, *arguments: str) -> Step:
    return Step(f"ansible-test sanity, ansible-core {core.name}", _sanity(core, *arguments))


def sanity_in_short(core: Core) -> list[Step]:
    """The oldest and the controller's Python: what works with both does so with those between."""
    oldest = min(interpreters(), key=SUPPORTED.index)
    title = f"ansible-test sanity, ansible-core {core.name}, Python"
    steps = [Step(f"{title} {core.python}", _sanity(core, "--python", str(core.python)))]
    if oldest != core.python:
        work = _sanity(core, "--test", "compile", "--test", "import", "--python", oldest)
        steps.append(Step(f"{title} {oldest}", work))
    return steps


def _sanity(core: Core, *arguments: str) -> Work:
    def work(log: Log) -> Cases:
        ignored = sorted((ROOT / "tests" / "sanity").glob("ignore-*"))
        if ignored:
            raise Failed(f"the sanity tests are to pass without entries to ignore: {ignored[0]}")
        tests = core.for_tests()
        # A home that stays: ansible-test keeps its own environments there.
        home = WORK / "home"
        with _seeding:
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

    return work


def integration(core: Core, *targets: str, in_short: bool = False) -> list[Step]:
    """The targets in parts that run side by side.

    In short, what all modules have in common is tested with some of them.
    """
    title = f"ansible-test integration{' in short' * in_short}, ansible-core {core.name}"
    parts = _parts(targets or _integration_targets())
    titles = [f"{title}, part {number} of {len(parts)}" for number in range(1, len(parts) + 1)]
    return [
        Step(title if len(parts) == 1 else titled, _integration(core, part, in_short=in_short))
        for titled, part in zip(titles, parts, strict=True)
    ]


def _integration_targets() -> Sequence[str]:
    folders = (path for path in _TARGETS.iterdir() if path.is_dir())
    return sorted(path.name for path in folders if not path.name.startswith("setup_"))


def _parts(targets: Sequence[str]) -> list[list[str]]:
    """As equal as their text tells, the work of each being no less than that of a start."""

    def size(target: str) -> int:
        return _TEXT_OF_A_START + sum(file.stat().st_size for file in (_TARGETS / target).rglob("*.yml"))

    parts: list[list[str]] = [[] for _part in range(min(_INTEGRATION_PARTS, len(targets)))]
    for target in sorted(targets, key=lambda name: (-size(name), name)):
        min(parts, key=lambda part: sum(map(size, part))).append(target)
    return parts


def _integration(core: Core, targets: Sequence[str], *, in_short: bool) -> Work:
    """Some targets, in a copy of the checkout and a home of their own. They share a simulator and an ssh server."""

    def work(log: Log) -> Cases:
        tests = core.for_tests()
        with temporary_directory() as home, collection_tree() as tree, _shared_starts() as shared:
            settings = {
                # The home is private, but Ansible looks up ~ for asynchronous jobs in the system's list of users.
                "ansible_async_dir": str(home / "async"),
                "greyops_test_in_short": in_short,
                "greyops_test_shared": str(shared),
            }
            copy = tree / COLLECTION
            with (copy / "tests" / "integration" / "integration_config.yml").open("a") as config:
                config.writelines(f"\n{name}: {json.dumps(value)}" for name, value in settings.items())
            status, output = log.run(
                tests.bin / "ansible-test", "integration", "--python", tests.version, "--color", "no",
                "--continue-on-error", *targets, cwd=copy, env=tests.variables(home), check=False,
            )  # fmt: skip
        return _integration_cases(log, status, output)

    return work


@contextmanager
def _shared_starts() -> Iterator[Path]:
    """A directory where the first target notes what it has started for all; it is stopped at the end."""
    with temporary_directory() as directory:
        try:
            yield directory
        finally:
            for file in directory.rglob("*.pid"):
                with suppress(ProcessLookupError):
                    os.kill(int(file.read_text()), signal.SIGTERM)


def _integration_cases(log: Log, status: int, output: str) -> Cases:
    """Targets that ran and targets that failed, as ansible-test tells them."""
    ran = set(re.findall(r"^Running (\S+) integration test (?:role|script)", output, re.MULTILINE))
    listed = output.partition("integration test(s) listed below")[2]
    failed = ran & {line.strip() for line in listed.splitlines()}
    for line in re.findall(r"^WARNING: (Excluding .*)", output, re.MULTILINE):
        log.note(line)
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


def package() -> Step:
    def work(log: Log) -> Cases:
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

    return Step("build, install, ansible-doc", work)


def build() -> Step:
    def work(log: Log) -> None:
        shutil.rmtree(DIST, ignore_errors=True)
        DIST.mkdir()
        archive = build_collection(newest().for_tests(), log, DIST)
        _check_contents(archive)
        log.note(str(archive.relative_to(ROOT)))

    return Step("build", work)


# --- all of it


def everything(core: Core) -> list[Step]:
    """What has to pass before a change is merged: the long forms are left to `everything_at_length`."""
    return [
        # What keeps two processors busy comes first, with the others beside it one after the other.
        unit_in_short(core),
        proofs_in_short(core),
        *lint("--exclude", "tests/integration"),
        *sanity_in_short(core),
        *integration(core, in_short=True),
        package(),
    ]


def everything_at_length(core: Core) -> list[Step]:
    return [unit(core), torture(core), *lint(), sanity(core), *integration(core), package()]


def bench(core: Core, *arguments: str) -> int:
    """The benchmarks have a program of their own; it gets the environment of the tests and the collection in place."""
    tests = core.for_tests()
    with collection_tree() as tree:
        variables = tests.variables(tree / "home", ANSIBLE_COLLECTIONS_PATH=tree)
        program = [os.fspath(tests.python), "tests/benchmarks", *arguments]
        return subprocess.run(program, cwd=tree / COLLECTION, env=variables, check=False).returncode
