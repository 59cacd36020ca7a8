# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: parse_files
short_description: What files of the roles of this collection describe
version_added: 1.0.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Templates files, parses them as YAML or JSON, and returns the data of each, or why a file cannot be read.
  - The roles of this collection use it. It may change with any version, so do not use it elsewhere.
options:
  _terms:
    description:
      - The paths of the files on the controller. They are UTF-8, with or without a byte order mark, and may be
        encrypted with Ansible Vault. A file whose name ends in C(.json) is JSON, any other one is YAML.
    type: list
    elements: path
    required: true
  required:
    description: Those of the files that must describe something.
    type: list
    elements: path
    default: []
notes:
  - The data are those of JSON, on every version of ansible-core. Keys become text, dates and times stay as they are
    written, and what JSON cannot represent, such as C(.nan), cannot be read. No key may stand twice in a dictionary.
"""

EXAMPLES = r"""
- name: Show what files describe
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
      description: What it describes.
      type: raw
      returned: always
    problem:
      description: Why it cannot be read; empty if it can.
      type: str
      returned: always
"""

from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader
from ansible.plugins.lookup import LookupBase
from ansible.release import __version__ as ansible_version
from jinja2 import UndefinedError

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError, fault
from ansible_collections.greyops.rest.plugins.plugin_utils._parsing import parse

# Before 2.19 core makes data of a template that looks like it; since then it never does.
_AS_TEXT = {"convert_data": False} if ansible_version.startswith("2.18.") else {}


class LookupModule(LookupBase):
    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[dict[str, Any]]:
        self.set_options(var_options=variables, direct=kwargs)  # type: ignore[no-untyped-call]
        required = {str(path) for path in self.get_option("required")}  # type: ignore[no-untyped-call]
        return [self._read(str(term), variables or {}, str(term) in required) for term in terms]

    def _read(self, path: str, variables: dict[str, Any], required: bool) -> dict[str, Any]:
        content, problem = None, ""
        try:
            content = parse(self._templated(path, variables), path, self._decrypted)
            if required and content in (None, [], {}):
                problem = "describes nothing, and what no file describes is deleted. Remove the file if that is meant."
        except OptionError as error:
            problem = f"cannot be read: {error.msg.rstrip('.')}."
        except Exception as error:  # core would show what it says
            problem = f"cannot be read. {fault(error).msg}"
        return {"file": path, "content": content, "problem": problem and f"{path} {problem}"}

    def _templated(self, path: str, variables: dict[str, Any]) -> str:
        try:
            with open(path, "rb") as file:
                file.read().decode()
            template = lookup_loader.get("ansible.builtin.template", loader=self._loader, templar=self._templar)
            return str(template.run([path], variables=variables, **_AS_TEXT)[0])
        except UnicodeDecodeError as error:
            raise OptionError(f"it is no UTF-8 text, from byte {error.start} on. Save it as UTF-8") from None
        except OSError as error:
            raise OptionError(str(error.strerror)) from None
        except UndefinedError as error:  # since 2.19, also for what went wrong before something was undefined
            cause = error.__cause__
            raise OptionError(str(cause.message if isinstance(cause, AnsibleError) else error)) from None
        except AnsibleError as error:
            # Before 2.19 all of the file stands in the middle of it.
            raise OptionError(str(error.message).partition(". String: ")[0]) from None

    def _decrypted(self, text: str) -> str:
        try:
            decrypted: bytes = self._loader._vault.decrypt(text)  # type: ignore[union-attr]
            return decrypted.decode()
        except AnsibleError as error:
            raise OptionError(str(error.message)) from None
