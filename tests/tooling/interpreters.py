"""The Pythons of this machine that really run, and a PATH on which no others stand."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from places import WORK

SUPPORTED = [f"3.{minor}" for minor in range(9, 20)]

# Where version managers keep the interpreters of a user, below the home directory.
_MANAGERS = [
    ".pyenv/versions/*/bin",
    ".asdf/installs/python/*/bin",
    ".local/share/mise/installs/python/*/bin",
    ".local/share/uv/python/*/bin",
]

# The interpreter itself, not a virtual environment's; and whether it can make one.
_PROBE = """
import json, os, sys
try:
    import ensurepip, ssl, venv
    able = True
except ImportError:
    able = False
path = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
print(json.dumps({"path": path, "version": "%d.%d" % sys.version_info[:2], "release": sys.version, "able": able}))
"""


@dataclass(frozen=True)
class Interpreter:
    path: Path
    version: str  # "3.13"
    release: str  # the long form, build date and compiler included
    able: bool  # to make virtual environments

    @classmethod
    @functools.cache
    def probe(cls, candidate: Path) -> Interpreter | None:
        try:
            answer = subprocess.run(
                [candidate, "-I", "-c", _PROBE], capture_output=True, stdin=subprocess.DEVNULL, timeout=20, check=True
            )
            found = json.loads(answer.stdout)
            return cls(Path(found["path"]), found["version"], found["release"], found["able"])
        except (OSError, subprocess.SubprocessError, ValueError, KeyError):
            return None


def _directories() -> list[Path]:
    return [Path(entry) for entry in os.environ.get("PATH", os.defpath).split(os.pathsep) if entry]


def _candidates(version: str) -> Iterator[Path]:
    name = f"python{version}"
    for directory in _directories():
        yield directory / name
        # A manager's directory of stand-ins has the real interpreters beside it, wherever the home directory is.
        for pattern in ("versions/*/bin", "installs/python/*/bin"):
            yield from sorted(directory.parent.glob(f"{pattern}/{name}"), reverse=True)
    for pattern in _MANAGERS:
        yield from sorted(Path.home().glob(f"{pattern}/{name}"), reverse=True)
    yield from (directory / "python3" for directory in _directories())


@functools.cache
def interpreters() -> dict[str, Interpreter]:
    """The first of each version that runs, preferring one that can make virtual environments."""
    found: dict[str, Interpreter] = {}
    for version in SUPPORTED:
        for candidate in filter(os.path.exists, _candidates(version)):
            interpreter = Interpreter.probe(candidate)
            if interpreter is None or interpreter.version != version:
                continue
            if interpreter.able:
                found[version] = interpreter
                break
            found.setdefault(version, interpreter)
    return found


def _link(link: Path, path: Path) -> None:
    """Never missing for a moment: other runs in this checkout may be using it."""
    if link.is_symlink() and link.readlink() == path:
        return
    fresh = Path(f"{link.parent}/.{link.name}-{os.getpid()}-{threading.get_ident()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(path)
    fresh.replace(link)


@functools.cache
def clean_path() -> str:
    """PATH with a directory of links to the interpreters in front, and without the directories that hold broken ones.

    ansible-test and Ansible's interpreter discovery take every python3.x on PATH at its word.
    """
    links = WORK / "python"
    links.mkdir(exist_ok=True)
    wanted = {f"python{interpreter.version}": interpreter.path for interpreter in interpreters().values()}
    for name, path in wanted.items():
        _link(links / name, path)
    for stray in {link.name for link in links.iterdir() if not link.name.startswith(".")} - set(wanted):
        (links / stray).unlink(missing_ok=True)

    def honest(directory: Path) -> bool:
        names = (directory / f"python{version}" for version in SUPPORTED)
        return all(Interpreter.probe(name) for name in names if name.exists())

    return os.pathsep.join([str(links), *(str(directory) for directory in _directories() if honest(directory))])
