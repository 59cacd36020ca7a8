# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
requirements:
  - cryptography >= 3.4 (without it no token is kept, and a warning says so)
  - redis >= 5 (for O(token_store=redis) only)
options:
  token_store:
    description:
      - Where tokens are kept, so that one login serves all tasks, hosts, forks and runs.
      - V(file) keeps them encrypted in O(token_store_path), for one user on the host that makes the call.
      - V(redis) keeps them encrypted in the Redis of O(token_store_url), for all controllers and execution nodes that
        are given the same O(token_store_key). Needs the Python library C(redis) on the host that makes the call.
      - V(none) keeps them nowhere. Each task of each host logs in, and only the items of a loop share a token.
      - When Redis cannot be used, the files of V(file) stand in for it, and this host leaves Redis alone for half a
        minute. When the files cannot be used, tokens are kept in Ansible's temporary directory until the end of the
        run, or within one task where there is no such directory. A warning says so.
      - What a server said about waiting is kept in the same place, see O(max_wait).
      - If not given, E(GREYOPS_TOKEN_STORE) is used.
    type: str
    choices: [file, redis, none]
    default: file
  token_store_path:
    description:
      - The directory of O(token_store=file), made when it is missing. It must belong to the user and be writable by
        nobody else. Give an absolute path.
      - By default C(greyops.rest/tokens) in Ansible's home, C(~/.ansible) unless it was configured otherwise.
        On any other host than the controller, and for another user, it is always below C(~/.ansible) of the user
        who runs the task.
      - If not given, E(GREYOPS_TOKEN_STORE_PATH) is used. The controller's variable counts for tasks on other hosts
        too.
    type: path
  token_store_url:
    description:
      - The address of O(token_store=redis), as C(redis://:PASSWORD@HOST:PORT/DATABASE), or C(rediss://) for TLS.
      - Characters such as C(@), C(:), C(/) and C(%) in the password are written percent-encoded.
      - The certificate of C(rediss://) is always checked, whatever O(validate_certs) says. The URL's query may name
        what to trust and what to show, as in
        C(rediss://HOST:6379/0?ssl_ca_certs=/etc/ssl/redis-ca.pem&ssl_certfile=CERT&ssl_keyfile=KEY). For a URL that
        names none, O(ca_path) is trusted besides the authorities of the system, and O(client_cert) and O(client_key)
        are shown. Other parameters that it may have are C(db), C(client_name), C(ssl_ca_path) and C(ssl_ca_data); those
        that the Python library knows besides are refused, since they can switch checks off.
      - Over C(redis://) the password goes in clear; the records are encrypted all the same.
      - If not given, E(GREYOPS_TOKEN_STORE_URL) is used.
    type: str
  token_store_key:
    description:
      - A secret text that all controllers of O(token_store=redis) share; make it long and random. The keys that encrypt
        the records are derived from it and from the credential, so that whoever can read Redis learns nothing.
      - If not given, E(GREYOPS_TOKEN_STORE_KEY) is used.
    type: str
  min_ttl:
    description:
      - How many seconds a stored token must still live to be used. One that lives shorter is replaced.
      - Counts as at most half of the token's whole life, so that short-lived tokens are used more than once.
    type: float
    default: 60.0
"""
