# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

from __future__ import annotations


class ModuleDocFragment:
    # Every module; what differs between them, a module adds as support and details.
    DOCUMENTATION = r"""
attributes:
  action:
    description: Has an action plugin of the same name, which reads options and environment on the controller.
    support: full
  async:
    description: Can run in the background with the C(async) keyword.
    support: full
    details: A background task runs as an ordinary module in a process of its own.
  become:
    description: Can be used with C(become).
    support: full
    details: A task with C(become) runs as an ordinary module, with the token store of the user it becomes.
  check_mode:
    description: Can run in check mode and predicts what it would change.
  delegation:
    description: Can be used with C(delegate_to).
    support: full
    details: The host that the task is delegated to makes the calls.
  diff_mode:
    description: Shows what it changes, or would change in check mode, in diff mode.
  idempotent:
    description: Reports no change when it runs a second time with the same options.
  platform:
    description: The systems whose hosts can make the calls.
    support: full
    platforms: posix
notes:
  - What is not given as an argument is taken from the environment variable that the option names, first from the
    task's C(environment), then from that of the controller. C(module_defaults) are arguments. For options that have a
    variable an empty string counts as not given. A way to authenticate among the arguments wins over every way in the
    environment; two ways are never mixed.
  - With a local connection, and neither C(become) nor C(async), the work is done inside Ansible's worker with the
    controller's Python. Otherwise an ordinary module does it on the task's host; Python libraries, proxies, files and
    the token store are then those of that host.
"""

    # Modules that only read.
    INFO = r"""
attributes:
  check_mode:
    support: full
    details: Changes nothing. It logs in and reads in check mode too.
  diff_mode:
    support: N/A
    details: Changes nothing.
  idempotent:
    support: full
    details: Changes nothing.
"""

    # Modules of one service.
    GREPR = r"""
attributes:
  action_group:
    description: Use C(group/greyops.rest.grepr) in C(module_defaults) to set options for all modules of Grepr at once.
    support: full
    membership:
      - greyops.rest.grepr
"""

    GREYMATTER = r"""
attributes:
  action_group:
    description: Use C(group/greyops.rest.greymatter) in C(module_defaults) to set options for all modules of GreyMatter
      at once.
    support: full
    membership:
      - greyops.rest.greymatter
"""
