# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
requirements:
  - python >= 3.9
  - requests >= 2.25
options:
  validate_certs:
    description:
      - Whether the certificates of servers are checked.
      - With V(false) whoever sits in between can read the credentials, so every use of it warns. Prefer O(ca_path).
    type: bool
    default: true
  ca_path:
    description:
      - Path to a file with the certificates of the authorities to trust, in PEM format, instead of those that
        come with C(requests). A directory works if it was prepared with C(openssl rehash).
      - It is read on the host that makes the call. Not used with O(validate_certs=false).
      - If not given, E(GREYOPS_CA_PATH) is used, else E(REQUESTS_CA_BUNDLE), else E(SSL_CERT_FILE). These name files of
        the host that makes the call, so a task on another host takes them from its C(environment) or from that host,
        and not from the controller.
    type: path
  client_cert:
    description:
      - Path to a client certificate in PEM format, for servers that ask for one.
      - The file may hold the private key as well; else name that with O(client_key).
      - It is read on the host that makes the call.
      - If not given, E(GREYOPS_CLIENT_CERT) is used, in the same way as the variables of O(ca_path).
    type: path
  client_key:
    description:
      - Path to the private key of O(client_cert), in PEM format. A key with a passphrase is refused.
      - Needs O(client_cert).
      - If not given, E(GREYOPS_CLIENT_KEY) is used, in the same way as the variables of O(ca_path).
    type: path
  timeout:
    description:
      - How many seconds one attempt at a request may take, from connecting to the last byte of the answer.
      - If not given, E(GREYOPS_TIMEOUT) is used.
    type: float
    default: 30.0
  retries:
    description:
      - How many times a request is tried again after it failed in a way that may pass. V(0) tries once.
      - A broken connection, a time-out, and C(500), C(502), C(503) and C(504) are tried again only for requests that do
        no harm when they arrive twice; a connection that was never made is tried again for all.
      - Waits half a second, then twice as long each time up to ten seconds, or as long as the server says with
        C(Retry-After).
      - A repeat after C(429) does not count, see O(max_wait), and neither does the one with a new token after C(401).
    type: int
    default: 3
  max_wait:
    description:
      - How many seconds one request may spend waiting, all its repeats taken together, before the task fails.
      - When a server answers C(429) or a passing error with C(Retry-After) (seconds or a date), everyone who shares the
        token store and the credential waits until then, each a little differently. When it asks for more than is left
        of these seconds the task fails at once and says so.
      - V(0) fails where others wait.
    type: float
    default: 60.0
  max_response:
    description:
      - The largest answer to take, in bytes and after it was decompressed. A larger one fails the task.
      - The data of an answer, or of all pages of a listing together, may take twice as many bytes of memory.
      - It does not limit what is written to a file as it comes. That ends with the disk, or with the time for it.
    type: int
    default: 67108864
    version_added: 1.0.0
  use_proxy:
    description:
      - Whether to use the proxies that E(HTTPS_PROXY), E(HTTP_PROXY) and E(ALL_PROXY) name, except for the hosts in
        E(NO_PROXY). The names may be in lower case, which comes first.
      - An entry of E(NO_PROXY) is a name, which stands for itself and all names below it, with or without a dot
        before it; an address; a network such as V(10.0.0.0/8); or V(*) for all hosts. A port behind it, such as
        V(example.com:8443), makes it an exception for that port alone.
      - Nothing else of the surroundings is asked, neither C(~/.netrc) nor the system's settings.
    type: bool
    default: true
  http_agent:
    description: What is sent as C(User-Agent).
    type: str
    default: greyops.rest/0.1.0
  allow_http:
    description:
      - Whether credentials and tokens may be sent over plain C(http).
      - Without it plain C(http) is refused for every host but this one (loopback addresses and C(localhost)).
    type: bool
    default: false
  allowed_hosts:
    description:
      - The hosts that anything may be sent to - names, addresses, or V(*.example.com) for all names below
        V(example.com), but not itself. Ports do not matter. An empty list allows all hosts.
      - Holds for the API, the login, O(ignore:routes) and redirects, not for proxies and Redis. The task fails before
        anything is sent to another host, and before it logs in.
      - E(GREYOPS_ALLOWED_HOSTS) of the controller, with commas between the hosts, is a second list. It is not the
        default of this option - a host must be in both lists, where both are there. The C(environment) of a task and
        the variables of other hosts have no say in it.
    type: list
    elements: str
    default: []
    version_added: 1.0.0
notes:
  - O(timeout) and O(retries) are options of the module. The keywords C(timeout) and C(retries) of a task mean the task
    as a whole, and work as well.
"""
