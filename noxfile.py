"""Run the tests and tools of greyops.rest: `nox -s unit -- -k store`, `CORE=2.19 nox -s integration -- grepr_token`.

make runs the same with a nox of its own: `make unit ARGS='-k store'`, `make integration ARGS=grepr_token CORE=2.19`.
CORE is a version of ansible-core, by default the newest release that runs here. V=1 shows the output of commands.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent / "tests"))

from nox_support import ansible_test, archive
from nox_support import demo as demonstration
from nox_support.environments import CORES, Environment, choose_core
from nox_support.interpreters import clean_path, find_interpreters
from nox_support.paths import COLLECTION, DIST, ROOT, WORK, copy_checkout, temporary_directory
from nox_support.steps import (
    IS_CHILD,
    Cases,
    StepFailed,
    read_junit,
    read_results,
    run_sessions,
    show_table,
    start_step,
)


def _interrupt(*_signal: object) -> None:
    raise KeyboardInterrupt


# A run that is terminated stops its commands and removes its temporary directories, as one that is interrupted.
signal.signal(signal.SIGTERM, _interrupt)
clean_path()

nox.needs_version = ">= 2026.10"
nox.options.sessions = ["test"]
nox.options.envdir = str(WORK / "nox")
nox.options.default_venv_backend = "uv|venv"
os.environ["UV_PYTHON_DOWNLOADS"] = "never"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = True

CORE = choose_core()
# Leave out what takes long, and test with some modules what all have in common.
QUICK = bool(os.environ.get("GREYOPS_TEST_QUICK"))
# Two processes of pytest, since some tests wait most of the time; for unit tests that run beside other sessions, one.
PYTEST_PROCESSES = 2

RUNTIME = "meta/ee-requirements.txt"
SIMULATOR = "tests/simulator/requirements.txt"
TEST = "tests/requirements-test.txt"


def _environment(purpose: str, *requirements: str) -> Environment:
    """Define the session that creates an environment. The sessions that require it share it."""
    environment = Environment(f"{purpose}-core{CORE.name}", CORE, requirements)

    @nox.session(name=environment.name, python=CORE.python, allow_parallel=True)
    def create(session: nox.Session) -> None:
        environment.install(session)

    return environment


TESTS = _environment("tests", RUNTIME, SIMULATOR, TEST, "tests/integration/requirements.txt")
STRESS = _environment("stress", RUNTIME, SIMULATOR, TEST, "tests/requirements-stress.txt")
LINT = _environment("lint", RUNTIME, SIMULATOR, "tests/requirements-lint.txt", "tests/requirements-nox.txt")


def _session(name: str, environment: Environment | None = None) -> Callable[..., object]:
    requires = [environment.name] if environment else []
    return nox.session(name=name, python=False, requires=requires, allow_parallel=True)


# --- all of it


@_session("test")
def test(session: nox.Session) -> None:
    """Run everything that must pass before a change is merged, without what takes long."""
    # The sessions that take longest come first, so that no processor is idle at the end.
    names = ["unit", "e2e", "lint", "sanity", "integration_part", "package"]
    if not run_sessions(session, *names, GREYOPS_TEST_QUICK="1"):
        session.error()


@_session("test-all")
def test_all(session: nox.Session) -> None:
    """Run everything: all integration tests with every module, all end-to-end and stress tests."""
    if not run_sessions(session, "stress", "unit", "lint", "sanity", "integration_part", "package"):
        session.error()


@_session("matrix")
def matrix(session: nox.Session) -> None:
    """Run the unit, end-to-end, integration and sanity tests of `test` on every supported ansible-core."""
    kinds = ("unit", "e2e", "integration", "sanity")
    rows: list[tuple[str, ...]] = [("ansible-core", "Python", *kinds)]
    passed = True
    for core in [CORE] if os.environ.get("CORE") else CORES:
        if core.python is None:
            rows.append((core.name, "-", *["skipped"] * len(kinds)))
            session.warn(f"ansible-core {core.name} requires Python {' or '.join(core.pythons)}")
            continue
        # What test-all has besides would take hours on all of them.
        names = ["unit", "e2e", "integration_part", "sanity"]
        passed &= run_sessions(session, *names, CORE=core.name, GREYOPS_TEST_QUICK="1")
        row = [core.name, core.python]
        for kind in kinds:
            results = [one for one in read_results() if one.core == core.name and one.title.startswith(kind)]
            passes, failures = sum(one.passed for one in results), sum(one.failed for one in results)
            seconds = sum(one.seconds for one in results)
            row.append(f"{'FAILED' if failures else 'ok'} {passes}/{failures}, {seconds:.0f} s")
        rows.append(tuple(row))
    show_table(rows)
    if not passed:
        session.error()


# --- pytest


def _pytest(
    session: nox.Session, environment: Environment, directory: str, *arguments: str, processes: int = PYTEST_PROCESSES
) -> None:
    # If files are named, these alone are tested.
    where = [] if any((ROOT / word.split("::")[0]).exists() for word in session.posargs) else [directory]
    quick = ["-m", "not slow"] if QUICK else []
    with start_step(session, session.name, CORE.name) as step:
        report = step.home / "report.xml"
        status, output = step.run(
            environment.python, "-m", "pytest", *where, "-q", "-n", str(processes), f"--junitxml={report}",
            # In the directory that pytest chooses, other runs of pytest remove what is old.
            f"--basetemp={step.home / 'pytest'}",
            "--durations=40", "--durations-min=3", *quick, *arguments, *session.posargs,
            env=environment.variables(step.home, ANSIBLE_ASYNC_DIR=step.home / "async"),
        )  # fmt: skip
        if report.exists():
            step.count(read_junit(report))
        if status and not step.cases.failed:
            raise StepFailed(f"pytest ended with status {status}")
        session.log(output.rstrip().splitlines()[-1])


@_session("unit", TESTS)
def unit(session: nox.Session) -> None:
    """Run the unit tests. Arguments are those of pytest."""
    _pytest(session, TESTS, "tests/unit", processes=1 if IS_CHILD else PYTEST_PROCESSES)


@_session("e2e", TESTS)
def e2e(session: nox.Session) -> None:
    """Run the end-to-end tests: real runs of ansible-playbook. Arguments are those of pytest."""
    # The quick stress tests need no other programs.
    _pytest(session, TESTS, "tests/e2e", *(["tests/stress"] if QUICK else []))


@_session("stress", STRESS)
def stress(session: nox.Session) -> None:
    """Run the end-to-end and stress tests, and write docs/reliability.md. Arguments are those of pytest."""
    page = [] if session.posargs else ["tests/stress", "--reliability=docs/reliability.md"]
    _pytest(session, STRESS, "tests/e2e", *page)


# --- ansible-test


@_session("integration", TESTS)
def integration(session: nox.Session) -> None:
    """Run ansible-test integration. Arguments are targets, by default all of them in parts side by side."""
    if session.posargs:
        with start_step(session, "integration", CORE.name) as step:
            ansible_test.run_integration(step, TESTS, session.posargs, quick=QUICK)
    elif not run_sessions(session, "integration_part"):
        session.error()


@_session("integration_part", TESTS)
@nox.parametrize("part", range(1, ansible_test.PARTS + 1))
def integration_part(session: nox.Session, part: int) -> None:
    with start_step(session, f"integration, part {part} of {ansible_test.PARTS}", CORE.name) as step:
        ansible_test.run_integration(step, TESTS, ansible_test.divide_targets(part), quick=QUICK)


@_session("sanity", TESTS)
def sanity(session: nox.Session) -> None:
    """Run ansible-test sanity. Arguments are its own."""
    runs = [session.posargs]
    if QUICK:
        # The oldest Python and that of the controller: what works with both does so with those between.
        oldest = next(iter(find_interpreters()))
        runs = [["--python", str(CORE.python)], ["--test", "compile", "--test", "import", "--python", oldest]]
    with start_step(session, "sanity", CORE.name) as step:
        ansible_test.run_sanity(step, TESTS, *runs)


# --- tools


def _lint(session: nox.Session, *, docs_only: bool) -> None:
    with (
        start_step(session, session.name, CORE.name) as step,
        copy_checkout() as tree,
        copy_checkout(links=False) as plain,
    ):
        copy = tree / COLLECTION

        def check(*command: str, cwd: Path = copy, mypy_path: str = "") -> None:
            variables = LINT.variables(step.home, ANSIBLE_COLLECTIONS_PATH=tree, MYPYPATH=mypy_path)
            step.check(LINT.bin / command[0], *command[1:], cwd=cwd, env=variables)

        def check_types(*names: str, cwd: Path, path: str) -> None:
            cache = str(WORK / "mypy" / Path(names[-1]).name)
            check(
                "mypy",
                "--config-file",
                str(copy / "pyproject.toml"),
                "--cache-dir",
                cache,
                *names,
                cwd=cwd,
                mypy_path=path,
            )

        # It takes an action that is a link for a redirect of its module.
        check("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck", ".", cwd=plain / COLLECTION)
        check("antsibull-changelog", "lint")
        if docs_only:
            return
        check("python", "tests/update-docs.py", "--lint")
        check("ruff", "check", ".")
        check("ruff", "format", "--check", "--diff", ".")
        check("reuse", "lint", "--lines")
        check_types(str(COLLECTION / "plugins"), cwd=tree, path=str(tree))
        check_types("simulator", cwd=copy / "tests", path=str(copy / "tests"))
        check_types("-m", "noxfile", "-p", "nox_support", cwd=copy, path=f"{copy}:{copy / 'tests'}")
        excluded = ["--exclude", "tests/integration"] if QUICK else []
        check("ansible-lint", "--offline", "--strict", "--nocolor", *excluded)


@_session("lint", LINT)
def lint(session: nox.Session) -> None:
    """Check style, types, documentation and licences."""
    _lint(session, docs_only=False)


@_session("docs-lint", LINT)
def docs_lint(session: nox.Session) -> None:
    """Check the documentation of plugins and the changelog."""
    _lint(session, docs_only=True)


@_session("build", TESTS)
def build(session: nox.Session) -> None:
    """Build the archive of the collection in dist."""
    with start_step(session, "build", CORE.name) as step:
        shutil.rmtree(DIST, ignore_errors=True)
        DIST.mkdir()
        session.log(str(archive.build_collection(step, TESTS, DIST).relative_to(ROOT)))
        step.count(Cases(passed=1))


@_session("package", TESTS)
def package(session: nox.Session) -> None:
    """Build the archive, install it, and read the documentation of everything in it."""
    with start_step(session, "package", CORE.name) as step, temporary_directory() as tree:
        archive.install_collection(step, TESTS, archive.build_collection(step, TESTS, tree), tree)
        archive.check_documentation(step, TESTS, tree)


@_session("demo", TESTS)
def demo(session: nox.Session) -> None:
    """Run the playbooks against the simulator."""
    with start_step(session, "demo", CORE.name) as step:
        demonstration.run_demo(step, TESTS)


@_session("simulator", TESTS)
def simulator(session: nox.Session) -> None:
    """Run both APIs on this machine until interrupted, for playbooks without an account."""
    session.run(
        TESTS.python,
        "tests/simulator",
        "--print-exports",
        *session.posargs,
        env={"PYTHONDONTWRITEBYTECODE": "1"},
        external=True,
    )


@_session("bench", TESTS)
def bench(session: nox.Session) -> None:
    """Run the benchmarks."""
    with copy_checkout() as tree, temporary_directory() as home:
        session.chdir(tree / COLLECTION)
        variables = TESTS.variables(home, ANSIBLE_COLLECTIONS_PATH=tree)
        session.run(
            TESTS.python, "tests/benchmarks", *session.posargs, env=variables, include_outer_env=False, external=True
        )
