# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a guide as a reader would: its files and commands, in order, in an empty directory with the simulator."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from .simulator_client import PROGRAM

_RST = re.compile(r"^( *)\.\. code-block:: (\S+)\n((?:\1    :.*\n)*)\n((?:\1    .*\n|\n)+)", re.MULTILINE)
_MARKDOWN = re.compile(r"^()```(\w+)()\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CAPTION = re.compile(r":caption: (\S+)")
_COMMENT = re.compile(r"# (\S+\.\w+)\n")
_EXPORT = re.compile(r"^export (\w+)=(.*)$", re.MULTILINE)
_SECONDS = 240
# These are tested by other steps, because they need a package, a container engine or a make target.
_OTHER_PROGRAMS = ("make", "ansible-galaxy", "ansible-builder", "python", "pip")


@dataclass(frozen=True)
class Block:
    """A block of a guide: a file if it has a name, else commands (``console``), tasks (``yaml``), or output."""

    kind: str
    name: str
    text: str

    @property
    def first_line(self) -> str:
        return self.text.partition("\n")[0]

    @property
    def is_complete(self) -> bool:
        """Whether a reader does not have to fill in a value."""
        return "…" not in self.text


def read_blocks(guide: Path) -> Iterator[Block]:
    """Iterate over the blocks of a guide in reStructuredText or Markdown.

    A file is named by a caption, or by a comment in its first line.
    """
    pattern = _MARKDOWN if guide.suffix == ".md" else _RST
    for found in pattern.finditer(guide.read_text(encoding="utf-8")):
        kind, options, text = found[2], found[3], textwrap.dedent(found[4]).strip() + "\n"
        name = _CAPTION.search(options) or _COMMENT.match(text)
        yield Block(kind.partition("+")[0], name[1] if name else "", text)


class Reader:
    """Follows a guide in one directory. The environment has what the simulator prints and what commands export."""

    def __init__(self, directory: Path, home: Path, exports: str) -> None:
        self.directory = directory
        self.env = {
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONDONTWRITEBYTECODE": "1",
            **{name: os.environ[name] for name in ("ANSIBLE_COLLECTIONS_PATH", "TMPDIR") if name in os.environ},
            **{name: shlex.split(value)[0] for name, value in _EXPORT.findall(exports)},
        }
        self._count = 0

    def follow(self, block: Block) -> Iterator[tuple[str, int, str]]:
        """Write a file, or run commands or tasks. Yield each command with its exit status and its output."""
        if block.name:
            self.write(block.name, block.text)
        elif block.kind == "console":
            for command in _parse_commands(block.text):
                if shlex.split(command, comments=True)[0] not in _OTHER_PROGRAMS:
                    yield command, *self.run(command)
        elif block.kind == "yaml":
            self._count += 1
            name = f"example_{self._count}.yml"
            self.write(name, _wrap_tasks(block.text))
            yield f"ansible-playbook {name}", *self.run(f"ansible-playbook {name}")

    def write(self, name: str, text: str) -> None:
        file = self.directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def run(self, command: str, env: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Run a command of a shell, and keep the variables that it exports."""
        left = self.directory.parent / "environment"
        done = subprocess.run(
            ["bash", "-c", f"set -e\n{command}\nenv -0 > {shlex.quote(str(left))}"],
            env={**self.env, **(env or {})},
            cwd=self.directory,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
            check=False,
        )
        if done.returncode == 0:
            pairs = (line.partition("=") for line in left.read_text(encoding="utf-8").split("\0") if line)
            self.env.update(
                (name, value) for name, _sign, value in pairs if name not in ("_", "SHLVL", "PWD", "OLDPWD")
            )
        return done.returncode, done.stdout


def _parse_commands(text: str) -> list[str]:
    """Return the commands of a console block, with their continuation lines; the other lines are output."""
    commands: list[str] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            commands.append(line[2:])
        elif commands and commands[-1].endswith("\\"):
            commands[-1] += f"\n{line}"
    return commands


def _wrap_tasks(text: str) -> str:
    content = yaml.safe_load(text)
    if isinstance(content, list) and "hosts" not in content[0]:
        head = "- name: Example\n  hosts: localhost\n  gather_facts: false\n  tasks:\n"
        return head + textwrap.indent(text, "    ")
    return text


@contextmanager
def run_printing_simulator(directory: Path) -> Iterator[str]:
    """Run the simulator as ``make simulator`` does, and return the lines that it prints for a shell."""
    command = [sys.executable, str(PROGRAM), "--print-exports", "--directory", str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines: list[str] = []
        for line in process.stderr:
            lines.append(line)
            if len(lines) > 1 and lines[-1] == "\n" and lines[-2].startswith("export "):
                break
        try:
            yield "".join(lines)
        finally:
            process.terminate()
            process.communicate()
