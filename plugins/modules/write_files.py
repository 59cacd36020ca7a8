#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: write_files
short_description: Write many files of a directory in one task
version_added: 1.0.0
author: greyops.rest contributors (@greyops)
description:
  - Create the required directories and write each file whose content or mode differs. Other files are not changed.
  - The roles of this collection use it to write exports. A loop of M(ansible.builtin.copy) does the same one file at a
    time.
  - Each file is replaced as a whole. If a file cannot be written, the task fails, and the files before it are written.
extends_documentation_fragment:
  - greyops.rest._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  dest:
    description: The directory. It is created with mode V(0755) if it does not exist and there is a file to write.
    type: path
    required: true
  files:
    description: The files.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - The path of the file relative to O(dest), with V(/) as the separator. It must not lead out of O(dest).
          - Encode names that come from a server with P(greyops.rest.encode_file_name#filter).
        type: str
        required: true
      content:
        description: The content of the file, which is written as UTF-8.
        type: str
        required: true
  mode:
    description: The permissions of the files, as a quoted octal number.
    type: str
    default: '0644'
seealso:
  - module: ansible.builtin.copy
  - plugin: greyops.rest.encode_file_name
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Write two files
  greyops.rest.write_files:
    dest: settings
    files:
      - name: site.yml
        content: "{{ site | to_nice_yaml }}"
      - name: hosts/web.json
        content: "{{ web | to_nice_json }}"
    mode: '0600'
"""

RETURN = r"""
dest:
  description: The absolute path of the directory.
  returned: success
  type: str
  sample: /srv/pipelines/graphs
written:
  description: The names of the files that were written, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: [web_logs]
api:
  description: What the task asked of the APIs, which is nothing.
  returned: always
  type: dict
"""

import os
import stat

from ..module_utils._argspec import ArgumentSpec
from ..module_utils._atomic_file import AtomicFile, make_directory, parse_mode
from ..module_utils._context import Context
from ..module_utils._errors import OptionError
from ..module_utils._module import run_module
from ..module_utils._operation import Operation, OperationResult

SPEC = ArgumentSpec(
    options={
        "dest": {"type": "path", "required": True},
        "files": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {"name": {"type": "str", "required": True}, "content": {"type": "str", "required": True}},
        },
        "mode": {"type": "str", "default": "0644"},
    }
)


def run(context: Context) -> OperationResult:
    directory, mode = os.path.abspath(context.params["dest"]), parse_mode(context.params["mode"])
    files = {_resolve_path(directory, file["name"]): file for file in context.params["files"]}
    if len(files) < len(context.params["files"]):
        raise OptionError("files contains a name twice.", hint="Remove one of them.")
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    # In the given order, so that a failed task has written a predictable part.
    for path, file in files.items():
        current = _read(path)
        content = file["content"].encode()
        if current != (content, mode):
            before[file["name"]] = "" if current is None else current[0].decode(errors="replace")
            after[file["name"]] = file["content"]
            if not context.check_mode:
                _write(path, content, mode)
    return OperationResult(
        changed=bool(after),
        values={"dest": directory, "written": list(after)},
        diff={"before": before, "after": after},
    )


def _resolve_path(directory: str, name: str) -> str:
    if "\0" in name or any(part in ("", ".", "..") for part in name.split("/")):
        raise OptionError(
            f"files: the name {name!r} is not a path below dest.", hint="Encode it with greyops.rest.encode_file_name."
        )
    return os.path.join(directory, *name.split("/"))


def _read(path: str) -> tuple[bytes, int] | None:
    """Return the content and the permissions of a file; None if it is a link or does not exist."""
    try:
        if os.path.islink(path) or not os.path.isfile(path):
            return None
        with open(path, "rb") as stream:
            return stream.read(), stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
    except OSError as error:
        raise OptionError(f"{path} cannot be read: {error.strerror}.") from None


def _write(path: str, content: bytes, mode: int | None) -> None:
    make_directory(os.path.dirname(path))
    # What a crash of the machine loses, the next run writes again.
    file = AtomicFile(path, check_mode=False, mode=mode, durable=False)
    try:
        file.write(content)
        file.commit()
    finally:
        file.close()


OPERATION = Operation(spec=SPEC, run=run)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
