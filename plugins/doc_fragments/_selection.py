# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

from __future__ import annotations


class ModuleDocFragment:
    # The modules that list resources.
    DOCUMENTATION = r"""
options:
  fields:
    description:
      - Return only these properties of each item, such as V(name) or V(tags.env). The keys in the result are the paths
        as given, such as C(item['tags.env']). A property that does not exist is V(null).
      - A path leads through dictionaries, not through lists. It is separated by dots, and the last key can contain dots
        itself.
      - The calls of the module are the same with and without this option.
    type: list
    elements: str
    version_added: 1.0.0
  summary:
    description:
      - Whether to return one line of text for each item instead of a dictionary, for example for ad-hoc commands. The
        columns are aligned. Their properties are documented with the result, or are those of O(fields) if it is given.
      - A property that does not exist is shown as C(-).
    type: bool
    default: false
    version_added: 1.0.0
"""
