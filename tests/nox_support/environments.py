"""The versions of ansible-core that are tested, and the virtual environments of the sessions."""

from __future__ import annotations

import ast
import hashlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import nox

from .interpreters import find_interpreters
from .paths import ROOT, WORK

# Variables of the caller that must not influence a test.
_FOREIGN = (
    "ANSIBLE_", "GREPR_", "GREYMATTER_", "GREYOPS_", "PYENV_", "PYTHON", "PYTEST_", "VIRTUAL_ENV", "XDG_", "NOX_",
    "UV_", "MAKE", "MFLAGS",
)  # fmt: skip

# The settings of pip, and the variables of uv that mean the same: uv does not read pip's files and variables.
_UV_VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "constraint": "UV_CONSTRAINT",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}


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
        """The version of Python to run it on, out of those that this machine has."""
        interpreters = find_interpreters()
        return next((name for name in self.pythons if name in interpreters and interpreters[name].has_venv), None)


CORES = (
    Core("2.18", ("3.11", "3.12", "3.13")),
    Core("2.19", ("3.11", "3.12", "3.13")),
    Core("2.20", ("3.12", "3.13", "3.14")),
    Core("2.21", ("3.13", "3.12", "3.14")),
    Core("2.22", ("3.13", "3.14", "3.15"), prerelease=True),
)


def choose_core() -> Core:
    """Return the ansible-core that the variable CORE names, by default the newest release that this machine can run."""
    name = os.environ.get("CORE")
    if not name:
        return next(core for core in reversed(CORES) if core.python and not core.prerelease)
    chosen = next((core for core in CORES if core.name == name), None)
    if chosen is None:
        sys.exit(f"CORE must be one of {', '.join(core.name for core in CORES)}, not {name}.")
    if chosen.python is None:
        sys.exit(
            f"ansible-core {name} requires Python {' or '.join(chosen.pythons)}, which this machine does not have."
        )
    return chosen


@dataclass(frozen=True)
class Environment:
    """A virtual environment that a session of the same name creates."""

    name: str
    core: Core
    requirements: tuple[str, ...]  # files, relative to the checkout

    @property
    def directory(self) -> Path:
        """A link, since nox shortens the names of environments whose path is long."""
        return WORK / "environments" / self.name

    @property
    def bin(self) -> Path:
        return self.directory / "bin"

    @property
    def python(self) -> Path:
        return self.bin / "python"

    @property
    def packages(self) -> Path:
        return self.directory / "lib" / f"python{self.core.python}" / "site-packages"

    def install(self, session: nox.Session) -> None:
        """Install the requirements into the session's environment, unless exactly these are in it."""
        location = Path(session.virtualenv.location)
        texts = [self.core.requirement, *((ROOT / file).read_text() for file in self.requirements)]
        key = hashlib.sha256("\0".join(texts).encode()).hexdigest()
        installed = location / "requirements.sha256"
        if not installed.exists() or installed.read_text() != key:
            files = [word for file in self.requirements for word in ("--requirement", file)]
            # ansible-test needs pip, which uv does not add.
            session.install("--upgrade", "pip", self.core.requirement, *files, env=_uv_variables(session))
            installed.write_text(key)
        self.directory.parent.mkdir(exist_ok=True)
        self.directory.unlink(missing_ok=True)
        self.directory.symlink_to(location, target_is_directory=True)

    def variables(self, home: Path, **more: str | os.PathLike[str]) -> dict[str, str]:
        """Return the variables of a process that has these commands first on its PATH, a private home, and none of the
        caller's settings of Ansible, Python and the services."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        return {
            **kept,
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "PATH": os.pathsep.join([str(self.bin), os.environ["PATH"]]),
            "PYTHONDONTWRITEBYTECODE": "1",
            **{name: os.fspath(value) for name, value in more.items()},
        }


def _read_pip_settings(session: nox.Session) -> dict[str, str]:
    """Return the user's settings of pip, from all of its files and variables. A list has one item a line."""
    answer = session.run(sys.executable, "-m", "pip", "config", "list", silent=True, log=False, external=True)
    lines = [line.split("=", 1) for line in str(answer).splitlines() if "=" in line]
    # The weakest first: files, then variables. Of the sections of files, only these two apply to an installation.
    settings: dict[str, str] = {}
    for section in ("global.", "install.", ":env:."):
        for name, value in lines:
            if name.startswith(section):
                settings[name.removeprefix(section)] = "\n".join(str(ast.literal_eval(value)).split())
    if "proxy" not in settings and (proxy := os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")):
        settings["proxy"] = proxy
    return settings


def _uv_variables(session: nox.Session) -> dict[str, str]:
    settings = _read_pip_settings(session)
    if "find-links" in settings:
        settings["find-links"] = settings["find-links"].replace("\n", ",")
    return {
        "UV_INDEX_STRATEGY": "unsafe-best-match",  # as pip: all indexes are equal
        "UV_COMPILE_BYTECODE": "1",  # the tests start many processes that write no bytecode
        **{_UV_VARIABLES[name]: value.replace("\n", " ") for name, value in settings.items() if name in _UV_VARIABLES},
        **{name: value for name, value in os.environ.items() if name.startswith("UV_")},
    }


def write_pip_settings(session: nox.Session, home: Path) -> None:
    """Copy the user's settings of pip to another home: ansible-test calls pip and passes no variable on to it."""
    file = home / ".config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    entries = [f"{name} = " + value.replace("\n", "\n    ") for name, value in _read_pip_settings(session).items()]
    file.write_text("\n".join(["[global]", *entries, ""]))
