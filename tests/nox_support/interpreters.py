"""The Pythons of this machine that run, and a PATH that has no others."""

from __future__ import annotations

import functools
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .paths import WORK

VERSIONS = [f"3.{minor}" for minor in range(9, 20)]

_LINKS = WORK / "python"

# Where version managers keep interpreters, below the home directory.
_MANAGERS = [
    ".pyenv/versions/*/bin",
    ".asdf/installs/python/*/bin",
    ".local/share/mise/installs/python/*/bin",
    ".local/share/uv/python/*/bin",
]

# The interpreter itself, not that of a virtual environment, and whether it can create one.
_PROBE = """
import json, os, sys
try:
    import ensurepip, ssl, venv
    has_venv = True
except ImportError:
    has_venv = False
path = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
print(json.dumps({"path": path, "version": "%d.%d" % sys.version_info[:2], "has_venv": has_venv}))
"""


@dataclass(frozen=True)
class Interpreter:
    path: str
    version: str  # "3.13"
    has_venv: bool


@functools.cache
def _probe(candidate: Path) -> Interpreter | None:
    try:
        answer = subprocess.run(
            [candidate, "-I", "-c", _PROBE], capture_output=True, stdin=subprocess.DEVNULL, timeout=20, check=True
        )
        return Interpreter(**json.loads(answer.stdout))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError):
        return None


def _directories() -> list[Path]:
    return [Path(entry) for entry in os.environ.get("PATH", os.defpath).split(os.pathsep) if entry]


def _candidates(version: str) -> Iterator[Path]:
    name = f"python{version}"
    for directory in _directories():
        yield directory / name
        # The real interpreters of a version manager are beside its directory of shims.
        for pattern in ("versions/*/bin", "installs/python/*/bin"):
            yield from sorted(directory.parent.glob(f"{pattern}/{name}"), reverse=True)
    for pattern in _MANAGERS:
        yield from sorted(Path.home().glob(f"{pattern}/{name}"), reverse=True)
    yield from (directory / "python3" for directory in _directories())


@functools.cache
def find_interpreters() -> dict[str, Interpreter]:
    """Return the first interpreter of each version that runs; one that has venv is preferred."""
    found: dict[str, Interpreter] = {}
    for version in VERSIONS:
        for candidate in filter(os.path.exists, _candidates(version)):
            interpreter = _probe(candidate)
            if interpreter is None or interpreter.version != version:
                continue
            if interpreter.has_venv:
                found[version] = interpreter
                break
            found.setdefault(version, interpreter)
    return found


def clean_path() -> None:
    """Put links to the interpreters first on PATH, and remove the directories that hold broken ones.

    nox, ansible-test and Ansible's interpreter discovery take every python3.x on PATH for one that runs.
    """
    if _LINKS in _directories():
        return  # another nox has started this one
    interpreters = find_interpreters()
    _LINKS.mkdir(exist_ok=True)
    for version in VERSIONS:
        link = _LINKS / f"python{version}"
        interpreter = interpreters.get(version)
        if interpreter is None:
            link.unlink(missing_ok=True)
        elif not link.is_symlink() or os.fspath(link.readlink()) != interpreter.path:
            link.unlink(missing_ok=True)
            link.symlink_to(interpreter.path)

    def has_no_shims(directory: Path) -> bool:
        names = (directory / f"python{version}" for version in VERSIONS)
        return all(_probe(name) for name in names if name.exists())

    os.environ["PATH"] = os.pathsep.join([str(_LINKS), *(str(path) for path in _directories() if has_no_shims(path))])
