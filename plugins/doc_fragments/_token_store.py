# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
requirements:
  - cryptography >= 3.4 (without it, tokens are not stored and a warning is shown)
  - redis >= 5 (for O(token_store=redis) only)
options:
  token_store:
    description:
      - Where tokens are stored, so that all tasks, hosts, forks and runs share one login.
      - V(file) stores them encrypted in O(token_store_path), for one user on the host that makes the call.
      - V(redis) stores them encrypted in the Redis server at O(token_store_url), for all controllers and execution
        nodes that use the same O(token_store_key). Requires the Python library C(redis) on the host that makes the
        call.
      - V(none) does not store tokens. Each task logs in on each host, and only the items of a loop share a token.
      - If Redis is unavailable, the V(file) store is used instead and this host does not contact Redis for half a
        minute. If the V(file) store cannot be used, tokens are stored in Ansible's temporary directory until the end of
        the run, or within one task if there is no such directory. A warning is shown.
      - The delays that servers request are stored in the same place, see O(max_wait).
      - If not given, E(GREYOPS_TOKEN_STORE) is used.
    type: str
    choices: [file, redis, none]
    default: file
  token_store_path:
    description:
      - The directory of O(token_store=file). It is created if it does not exist. It must be owned by the user and must
        not be writable by other users. Use an absolute path.
      - Defaults to C(greyops.rest/tokens) in Ansible's home directory, which is C(~/.ansible) unless configured
        otherwise. On hosts other than the controller, and for other users, it is always in C(~/.ansible) of the user
        who runs the task.
      - If not given, E(GREYOPS_TOKEN_STORE_PATH) is used. The variable of the controller also applies to tasks on other
        hosts.
    type: path
  token_store_url:
    description:
      - The URL of O(token_store=redis), as C(redis://:PASSWORD@HOST:PORT/DATABASE), or C(rediss://) for TLS.
      - Characters such as C(@), C(:), C(/) and C(%) in the password must be percent-encoded.
      - The certificate of C(rediss://) is always validated, regardless of O(validate_certs). The query of the URL may
        name the CA certificates and the client certificate, as in
        C(rediss://HOST:6379/0?ssl_ca_certs=/etc/ssl/redis-ca.pem&ssl_certfile=CERT&ssl_keyfile=KEY). If it names none,
        O(ca_path) is trusted in addition to the CA certificates of the system, and O(client_cert) and O(client_key) are
        used. The parameters C(db), C(client_name), C(ssl_ca_path) and C(ssl_ca_data) are supported too. Other
        parameters of the Python library are rejected because they can disable checks.
      - With C(redis://), the password is sent unencrypted. The records are always encrypted.
      - If not given, E(GREYOPS_TOKEN_STORE_URL) is used.
    type: str
  token_store_key:
    description:
      - A secret that all controllers with O(token_store=redis) share. It must be long and random. The keys that encrypt
        the records are derived from it and from the credential, so read access to Redis is not sufficient to decrypt
        tokens.
      - If not given, E(GREYOPS_TOKEN_STORE_KEY) is used.
    type: str
  min_ttl:
    description:
      - The minimum time in seconds that a stored token must remain valid to be used. Otherwise it is replaced.
      - It is limited to half of the lifetime of the token, so that short-lived tokens can be reused.
    type: float
    default: 60.0
"""
