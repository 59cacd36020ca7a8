# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: parse_files
short_description: Read and parse the files of the roles of this collection
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Template files, parse them as YAML or JSON, and return the data of each, or why a file cannot be read.
  - The roles of this collection use this lookup. It may change in any version, so do not use it elsewhere.
options:
  _terms:
    description:
      - The paths of the files on the controller. The files are UTF-8, with or without a byte order mark, and may be
        encrypted with Ansible Vault. Files with the extension C(.json) are parsed as JSON, all others as YAML.
    type: list
    elements: path
    required: true
  required:
    description: The files that must not be empty.
    type: list
    elements: path
    default: []
notes:
  - The data are JSON data on every version of ansible-core. Keys are converted to strings, dates and times remain
    strings, and values that JSON cannot represent, such as C(.nan), are errors. Keys must be unique within a
    dictionary.
"""

EXAMPLES = r"""
- name: Show the data of a file
  ansible.builtin.debug:
    msg: "{{ query('greyops.rest.parse_files', playbook_dir ~ '/pipelines/web_logs.yml') }}"
"""

RETURN = r"""
_raw:
  description: One dictionary for each file, in their order.
  type: list
  elements: dict
  contains:
    file:
      description: The path of the file.
      type: str
      returned: always
    content:
      description: What it describes. If it cannot be read, a dictionary with the key C(problem) alone, which no module
        accepts.
      type: raw
      returned: always
    problem:
      description: Why it cannot be read; empty if it can.
      type: str
      returned: always
"""

import re
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader
from ansible.plugins.lookup import LookupBase
from ansible.release import __version__ as ansible_version
from jinja2 import TemplateSyntaxError, UndefinedError

from ..module_utils._errors import OptionError, build_internal_error
from ..plugin_utils._parsing import parse

# Before 2.19 core converts the output of a template that looks like data; later versions do not.
_AS_TEXT = {"convert_data": False} if ansible_version.startswith("2.18.") else {}


_TAG = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
_QUOTED = re.compile(r"'(\w+)'")


class LookupModule(LookupBase):
    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[dict[str, Any]]:
        self.set_options(var_options=variables, direct=kwargs)  # type: ignore[no-untyped-call]
        required = {str(path) for path in self.get_option("required")}  # type: ignore[no-untyped-call]
        return [self._read(str(term), variables or {}, str(term) in required) for term in terms]

    def _read(self, path: str, variables: dict[str, Any], required: bool) -> dict[str, Any]:
        content, problem = None, ""
        try:
            content = parse(self._render(path, variables), path, self._decrypt)
            if required and content in (None, [], {}):
                problem = "describes nothing, and what no file describes is deleted. Remove the file if that is meant."
        except OptionError as error:
            problem = f"cannot be read: {error.msg.rstrip('.')}."
        except Exception as error:  # core would show its text
            problem = f"cannot be read. {build_internal_error(error).msg}"
        # What reads the content alone must not take the file for an empty one.
        problem = problem and f"{path} {problem}"
        return {"file": path, "content": {"problem": problem} if problem else content, "problem": problem}

    def _render(self, path: str, variables: dict[str, Any]) -> str:
        text = ""
        try:
            with open(path, "rb") as file:
                text = file.read().decode()
            template = lookup_loader.get("ansible.builtin.template", loader=self._loader, templar=self._templar)
            return str(template.run([path], variables=variables, **_AS_TEXT)[0])
        except UnicodeDecodeError as error:
            raise OptionError(f"it is not UTF-8 text from byte {error.start} on. Save it as UTF-8") from None
        except OSError as error:
            raise OptionError(str(error.strerror)) from None
        except UndefinedError as error:  # since 2.19, also for errors that occurred before a variable was undefined
            cause = error.__cause__
            message = str(cause.message if isinstance(cause, AnsibleError) else error).rstrip(".")
            raise OptionError(f"{message}{_describe_line(text, message, error)}") from None
        except AnsibleError as error:
            # Before 2.19 the message contains the whole file.
            message = str(error.message).partition(". String: ")[0].rstrip(".")
            raise OptionError(f"{message}{_describe_line(text, message, error)}") from None

    def _decrypt(self, text: str) -> str:
        try:
            decrypted: bytes = self._loader._vault.decrypt(text)  # type: ignore[union-attr]
            return decrypted.decode()
        except AnsibleError as error:
            raise OptionError(str(error.message)) from None


def _describe_line(text: str, message: str, error: BaseException | None) -> str:
    """Return where in a file templating failed, as the end of a sentence; empty if it is unknown.

    Only syntax errors have a line. For other errors it is the first line that uses the name at the end of the message.
    """
    while error is not None and not isinstance(error, TemplateSyntaxError):
        error = error.__cause__ or error.__context__
    line = error.lineno if error else 0
    name = (_QUOTED.findall(message) or [""])[-1]
    for tag in _TAG.finditer(text) if name and not line else ():
        if used := re.search(rf"\b{name}\b", tag[0]):
            line = text.count("\n", 0, tag.start() + used.start()) + 1
            break
    return f" in line {line}" if line else ""
