"""Virtual environments, made once and kept: named by their purpose, keyed by their Python and their requirements."""

from __future__ import annotations

import ast
import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from interpreters import Interpreter, clean_path, interpreters
from places import ROOT, WORK

# Whatever of the caller's would make a run differ from the next one's.
_FOREIGN = (
    "ANSIBLE_",
    "GREPR_",
    "GREYMATTER_",
    "GREYOPS_",
    "PYENV_",
    "PYTHON",
    "PYTEST_",
    "VIRTUAL_ENV",
    "XDG_",
    "MAKE",
    "MFLAGS",
)

# pip's options, and what uv calls them: uv does not read where pip is told to find packages.
_UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}


@dataclass(frozen=True)
class Environment:
    directory: Path
    version: str

    @property
    def bin(self) -> Path:
        return self.directory / "bin"

    @property
    def python(self) -> Path:
        return self.bin / "python"

    @property
    def packages(self) -> Path:
        return self.directory / "lib" / f"python{self.version}" / "site-packages"

    def variables(self, home: Path, **more: str | os.PathLike[str]) -> dict[str, str]:
        """A process environment: these commands first, a private home, none of the caller's own settings."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
        return {
            **kept,
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "PATH": os.pathsep.join([str(self.bin), clean_path()]),
            "PYTHONDONTWRITEBYTECODE": "1",
            **{name: os.fspath(value) for name, value in more.items()},
        }


def _run(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> None:
    try:
        subprocess.run(command, env=environment, check=True, text=True, capture_output=True, stdin=subprocess.DEVNULL)
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{error.stdout}{error.stderr}".rstrip()) from None


@contextmanager
def _locked() -> Iterator[Path]:
    """The directory of all environments, for one process at a time."""
    directory = WORK / "environments"
    directory.mkdir(exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield directory


def _complete(directory: Path) -> Path:
    return directory / "complete"


@functools.cache
def pip() -> Path:
    """The Python of an environment with pip, and with uv when it can be had: what makes all the others."""
    with _locked() as directory:
        home = directory / f"pip-{sys.version_info.major}.{sys.version_info.minor}"
        python = home / "bin" / "python"
        if not _complete(home).exists():
            shutil.rmtree(home, ignore_errors=True)
            _run([sys.executable, "-m", "venv", home])
            try:
                _run([python, "-m", "pip", "install", "--quiet", "uv"], _pip_variables())
            except RuntimeError as error:
                print(f"   no uv, so pip it is, which is slower:\n{error}")
            _complete(home).touch()
        return python


def _pip_variables() -> dict[str, str]:
    return {**os.environ, "PIP_CACHE_DIR": str(WORK / "cache" / "pip"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@functools.cache
def pip_settings() -> dict[str, str]:
    """The user's settings of pip, from all of its files and variables. Lists are separated by blanks."""
    answer = subprocess.run(
        [pip(), "-m", "pip", "config", "list"], env=_pip_variables(), check=True, text=True, capture_output=True
    )
    lines = [line.split("=", 1) for line in answer.stdout.splitlines()]
    # The weakest first: files, then variables. Of the files' sections only these two are for installing.
    settings: dict[str, str] = {}
    for section in ("global.", "install.", ":env:."):
        for name, value in lines:
            if name.startswith(section):
                settings[name.removeprefix(section)] = " ".join(str(ast.literal_eval(value)).split())
    if "proxy" not in settings and (proxy := os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")):
        settings["proxy"] = proxy
    return settings


def write_pip_settings(home: Path) -> None:
    """Take the settings along to another home: ansible-test calls pip by itself, and passes no variable on."""
    file = home / ".config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}")
    fresh.touch(mode=0o600)
    entries = (f"{name} = {value.replace(' ', os.linesep + '    ')}\n" for name, value in pip_settings().items())
    fresh.write_text("[global]\n" + "".join(entries))
    fresh.replace(file)


def _uv_variables() -> dict[str, str]:
    settings = {_UV_NAMES[name]: value for name, value in pip_settings().items() if name in _UV_NAMES}
    if "UV_FIND_LINKS" in settings:
        settings["UV_FIND_LINKS"] = settings["UV_FIND_LINKS"].replace(" ", ",")
    return {
        "UV_INDEX_STRATEGY": "unsafe-best-match",  # pip's: all indexes are equal
        **settings,
        **os.environ,
        "UV_CACHE_DIR": str(WORK / "cache" / "uv"),
        "UV_PYTHON_DOWNLOADS": "never",
    }


def _install(directory: Path, interpreter: Interpreter, requirements: Sequence[str]) -> None:
    python = directory / "bin" / "python"
    uv = pip().with_name("uv")
    if uv.exists():
        try:
            _run([uv, "venv", "--quiet", "--no-project", "--python", interpreter.path, directory], _uv_variables())
            # The tests start many processes, and none of them writes bytecode.
            install: list[str | Path] = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
            _run([*install, *requirements], _uv_variables())
            return
        except RuntimeError as error:
            print(f"   uv failed, trying pip:\n{error}")
            shutil.rmtree(directory, ignore_errors=True)
    _run([interpreter.path, "-m", "venv", directory])
    _run([python, "-m", "pip", "install", "--quiet", *requirements], _pip_variables())


def environment(purpose: str, version: str, *requirements: str | Path) -> Environment:
    """An environment on that Python with these requirements: pip's words, or files of them relative to the checkout."""
    interpreter = interpreters()[version]
    files = [ROOT / item for item in requirements if isinstance(item, Path)]
    words = [item for item in requirements if isinstance(item, str)]
    contents = [file.read_text() for file in files]
    key = hashlib.sha256("\0".join([interpreter.release, str(interpreter.path), *words, *contents]).encode())
    made_of = [*words, *(part for file in files for part in ("--requirement", str(file)))]
    pip()
    with _locked() as home:
        directory = home / f"{purpose}-{version}-{key.hexdigest()[:10]}"
        if not _complete(directory).exists():
            started = time.monotonic()
            shutil.rmtree(directory, ignore_errors=True)
            _install(directory, interpreter, made_of)
            _complete(directory).touch()
            print(f"   made the environment {directory.name} in {time.monotonic() - started:.1f} s", flush=True)
        return Environment(directory, version)
