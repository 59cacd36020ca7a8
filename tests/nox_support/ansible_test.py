"""What `ansible-test sanity` and `ansible-test integration` need to run without the network, and side by side."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from .environments import Environment, write_pip_settings
from .paths import COLLECTION, ROOT, WORK, copy_checkout, temporary_directory
from .steps import Cases, Step, StepFailed, read_junit

# ansible-test ends with status 0 when it has found nothing to test.
_NOTHING_TESTED = "All targets skipped"

# Enough parts that no processor is idle for long when the last ones end.
PARTS = 6
_TARGETS = ROOT / "tests" / "integration" / "targets"
# What the start of a target costs, as the size in bytes of tasks that take as long.
_START_SIZE = 2000


def run_sanity(step: Step, tests: Environment, *runs: Sequence[str]) -> None:
    """Run `ansible-test sanity` once for each list of arguments."""
    ignored = sorted((ROOT / "tests" / "sanity").glob("ignore-*"))
    if ignored:
        raise StepFailed(f"the sanity tests must pass without entries to ignore: {ignored[0]}")
    # This home is kept, since ansible-test has its own environments there.
    home = WORK / "home"
    _seed_pip(step, tests, home)
    write_pip_settings(step.session, home)
    skipped = [word for test in _find_unreachable(step, tests) for word in ("--skip-test", test)]
    for arguments in runs:
        with copy_checkout() as tree:
            copy = tree / COLLECTION
            status, output = step.run(
                tests.bin / "ansible-test", "sanity", "--junit", "--color", "no", *skipped, *arguments,
                cwd=copy, env=tests.variables(home),
            )  # fmt: skip
            cases = read_junit(*(copy / "tests" / "output" / "junit").glob("*.xml"))
        step.count(cases)
        if _NOTHING_TESTED in output or cases == Cases():
            raise StepFailed("ansible-test found nothing to test")
        if status:
            raise StepFailed("\n".join(re.findall(r"^(?:ERROR|FATAL): .*", output, re.MULTILINE)))


def _seed_pip(step: Step, tests: Environment, home: Path) -> None:
    """Provide the pip that ansible-test would download a script for, from the package index of everything else."""
    source = (tests.packages / "ansible_test" / "_internal" / "python_requirements.py").read_text()
    found = re.search(r"pip='([\d.]+)'", source)
    if not found:
        raise StepFailed("this ansible-test does not say which pip it requires")
    version = found[1]
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    if script.exists():
        return
    step.require(
        tests.python,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        cache,
        f"pip=={version}",
        env=dict(os.environ),
    )
    script.write_text(
        "import pathlib, runpy, sys\n"
        f"sys.path.insert(0, str(pathlib.Path(__file__).with_name('pip-{version}-py3-none-any.whl')))\n"
        "options = [word for word in sys.argv[1:] if word not in ('--no-setuptools', '--no-wheel')]\n"
        "sys.argv = ['pip', 'install', '--upgrade', *options]\n"
        "runpy.run_module('pip', run_name='__main__', alter_sys=True)\n"
    )


def _find_unreachable(step: Step, tests: Environment) -> list[str]:
    """Return the sanity tests whose requirements name an archive on the Internet that cannot be fetched from here."""
    missing = []
    for file in sorted((tests.packages / "ansible_test" / "_data" / "requirements").glob("sanity.*.txt")):
        for url in re.findall(r"^[^#]* @ (https?://\S+)", file.read_text(), re.MULTILINE):
            status, _output = step.run(
                tests.python, "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation", "--retries", "0",
                "--dest", step.home / "archives", url, env=dict(os.environ),
            )  # fmt: skip
            if status:
                missing.append(file.name.split(".")[1])
                step.session.warn(f"without {missing[-1]}: {url.partition('#')[0]} cannot be fetched")
                break
    return missing


def divide_targets(number: int) -> list[str]:
    """Return the integration targets of a part. Parts take about as long as others, by the size of their tasks."""
    names = (path.name for path in _TARGETS.iterdir() if path.is_dir())
    sizes = {
        name: _START_SIZE + sum(file.stat().st_size for file in (_TARGETS / name).rglob("*.yml"))
        for name in names
        if not name.startswith("setup_")
    }
    parts: list[list[str]] = [[] for _part in range(PARTS)]
    for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
        min(parts, key=lambda part: sum(sizes[name] for name in part)).append(name)
    return parts[number - 1]


def run_integration(step: Step, tests: Environment, targets: Sequence[str], *, quick: bool) -> None:
    """Run integration targets in a copy of the checkout. They share a simulator and an ssh server.

    If quick, what all modules have in common is tested with some of them.
    """
    with copy_checkout() as tree, _shared_directory() as shared:
        settings = {
            # The home is private, but Ansible looks up ~ for asynchronous jobs in the system's list of users.
            "ansible_async_dir": str(step.home / "async"),
            "greyops_test_in_short": quick,
            "greyops_test_shared": str(shared),
        }
        copy = tree / COLLECTION
        with (copy / "tests" / "integration" / "integration_config.yml").open("a") as config:
            config.writelines(f"\n{name}: {json.dumps(value)}" for name, value in settings.items())
        status, output = step.run(
            tests.bin / "ansible-test", "integration", "--python", str(tests.core.python), "--color", "no",
            "--continue-on-error", *targets, cwd=copy, env=tests.variables(step.home),
        )  # fmt: skip
    ran = set(re.findall(r"^Running (\S+) integration test (?:role|script)", output, re.MULTILINE))
    listed = output.partition("integration test(s) listed below")[2]
    failed = ran & {line.strip() for line in listed.splitlines()}
    for line in re.findall(r"^WARNING: (Excluding .*)", output, re.MULTILINE):
        step.session.warn(line)
    if _NOTHING_TESTED in output or not ran:
        raise StepFailed("ansible-test found nothing to test")
    step.count(Cases(len(ran - failed), len(failed)))
    if status and not failed:
        raise StepFailed(f"ansible-test ended with status {status}")


@contextmanager
def _shared_directory() -> Iterator[Path]:
    """Create the directory where the first target records what it has started for all, and stop that at the end."""
    with temporary_directory() as directory:
        try:
            yield directory
        finally:
            for file in directory.rglob("*.pid"):
                with suppress(ProcessLookupError):
                    os.kill(int(file.read_text()), signal.SIGTERM)
