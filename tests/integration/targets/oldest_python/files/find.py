# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prints the path of a Python 3.9 with the libraries of the modules; makes one in a directory where that is possible.

Prints nothing, and the reason on the error output, where there is no Python 3.9 or its libraries cannot be had.
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys

LIBRARIES = ["requests", "cryptography"]


def works(python: str, code: str) -> bool:
    try:
        return subprocess.run([python, "-c", code], check=False, capture_output=True, timeout=60).returncode == 0
    except OSError:
        return False


def main() -> None:
    candidates = [
        shutil.which("python3.9") or "",
        *map(str, pathlib.Path.home().glob(".pyenv/versions/3.9.*/bin/python3.9")),
    ]
    pythons = [path for path in candidates if path and works(path, "import sys; assert sys.version_info[:2] == (3, 9)")]
    if not pythons:
        sys.stderr.write("there is no Python 3.9 here\n")
        return
    if works(pythons[0], f"import {', '.join(LIBRARIES)}"):
        print(pythons[0])
        return
    made = f"{sys.argv[1]}/bin/python"
    for command in ([pythons[0], "-m", "venv", sys.argv[1]], [made, "-m", "pip", "install", "--quiet", *LIBRARIES]):
        answer = subprocess.run(command, check=False, capture_output=True, text=True)
        if answer.returncode:
            sys.stderr.write(f"Python 3.9 is here, but not what the modules need: {answer.stderr[-500:]}\n")
            return
    print(made)


main()
