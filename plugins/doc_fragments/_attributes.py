# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

from __future__ import annotations


class ModuleDocFragment:
    # Every module. Modules add their own support and details.
    DOCUMENTATION = r"""
attributes:
  action:
    description: Has an action plugin of the same name, which reads options and environment on the controller.
    support: full
  async:
    description: Can run in the background with the C(async) keyword.
    support: full
    details: A background task runs as an ordinary module in a separate process.
  become:
    description: Can be used with C(become).
    support: full
    details: With C(become), the task runs as an ordinary module and uses the token store of the become user.
  check_mode:
    description: Can run in check mode and predict changes without making them.
  delegation:
    description: Can be used with C(delegate_to).
    support: full
    details: The calls are made by the host that the task is delegated to.
  diff_mode:
    description: Shows in diff mode what is changed, or what would be changed in check mode.
  idempotent:
    description: Reports no change when run a second time with the same options.
  platform:
    description: The operating systems of the hosts that can make the calls.
    support: full
    platforms: posix
notes:
  - If an option is not given as an argument, the environment variable that the option documents is used, first from the
    C(environment) of the task, then from the environment of the controller. Values from C(module_defaults) are
    arguments. For options with an environment variable, an empty string counts as not given. If the arguments contain
    an authentication method, it takes precedence over all methods in the environment. Methods are never combined.
  - With a local connection and without C(become) and C(async), the module runs inside the Ansible worker with the
    Python of the controller. Otherwise it runs as an ordinary module on the host of the task and uses the Python
    libraries, proxies, files and token store of that host.
  - A task that fails returns C(msg). When a request failed, it also returns the C(url) and C(method) of that request,
    and the HTTP C(status) of the response, if there was one.
"""

    # Modules that only read.
    INFO = r"""
attributes:
  check_mode:
    support: full
    details: Makes no changes. Logs in and reads in check mode too.
  diff_mode:
    support: N/A
    details: Makes no changes.
  idempotent:
    support: full
    details: Makes no changes.
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
