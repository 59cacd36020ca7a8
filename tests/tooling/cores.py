"""The versions of ansible-core that are tested, and what each runs on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from environments import Environment, environment
from interpreters import interpreters

# Lists of requirements. The first are the users' own.
RUNTIME = Path("meta/ee-requirements.txt")
SIMULATOR = Path("tests/simulator/requirements.txt")
TESTS = Path("tests/requirements-test.txt")
INTEGRATION = Path("tests/integration/requirements.txt")
TORTURE = Path("tests/requirements-torture.txt")
LINT = Path("tests/requirements-lint.txt")


@dataclass(frozen=True)
class Core:
    name: str
    pythons: tuple[str, ...]  # of the controller, the preferred one first
    prerelease: bool = False

    @property
    def requirement(self) -> str:
        return f"ansible-core >= {self.name}.0{'rc1' if self.prerelease else ''}, == {self.name}.*"

    @property
    def python(self) -> str | None:
        """The Python to run it on, of those that this machine has."""
        usable = (version for version in self.pythons if version in interpreters() and interpreters()[version].able)
        return next(usable, None)

    def environment(self, purpose: str, *requirements: str | Path) -> Environment:
        python = self.python
        if python is None:
            raise RuntimeError(f"ansible-core {self.name} needs Python {' or '.join(self.pythons)}")
        return environment(f"{purpose}-core{self.name}", python, self.requirement, *requirements)

    def for_tests(self) -> Environment:
        """The environment of all tests: unit, proofs, integration, and what comes with ansible-core itself."""
        return self.environment("tests", RUNTIME, SIMULATOR, TESTS, INTEGRATION)

    def for_torture(self) -> Environment:
        """That of the tests, and the programs of others that the torture needs."""
        return self.environment("torture", RUNTIME, SIMULATOR, TESTS, TORTURE)


CORES = (
    Core("2.18", ("3.11", "3.12", "3.13")),
    Core("2.19", ("3.11", "3.12", "3.13")),
    Core("2.20", ("3.12", "3.13", "3.14")),
    Core("2.21", ("3.13", "3.12", "3.14")),
    Core("2.22", ("3.13", "3.14", "3.15"), prerelease=True),
)


def newest() -> Core:
    """The newest release that this machine can run."""
    return next(core for core in reversed(CORES) if core.python and not core.prerelease)


def core_named(name: str | None) -> Core:
    if name is None:
        return newest()
    found = next((core for core in CORES if core.name == name), None)
    if found is None:
        raise SystemExit(f"no such core: {name}. There are {', '.join(core.name for core in CORES)}.")
    if found.python is None:
        raise SystemExit(
            f"ansible-core {name} needs Python {' or '.join(found.pythons)}, which this machine does not have."
        )
    return found
