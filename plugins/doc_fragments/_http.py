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
      - Whether to validate server certificates.
      - If V(false), credentials can be intercepted. A warning is shown on every use. Prefer O(ca_path).
    type: bool
    default: true
  ca_path:
    description:
      - Path to a file with trusted CA certificates in PEM format, used instead of those that C(requests) provides. A
        directory is accepted if it was prepared with C(openssl rehash).
      - The file is read on the host that makes the call. Ignored if O(validate_certs=false).
      - If not given, E(GREYOPS_CA_PATH) is used, then E(REQUESTS_CA_BUNDLE), then E(SSL_CERT_FILE). These variables
        name files on the host that makes the call. A task on another host therefore reads them from its C(environment)
        or from that host, not from the controller.
    type: path
  client_cert:
    description:
      - Path to a client certificate in PEM format, for servers that require one.
      - The file may also contain the private key. Otherwise O(client_key) is required.
      - The file is read on the host that makes the call.
      - If not given, E(GREYOPS_CLIENT_CERT) is used, in the same way as the variables of O(ca_path).
    type: path
  client_key:
    description:
      - Path to the private key of O(client_cert) in PEM format. Keys with a passphrase are not supported.
      - Requires O(client_cert).
      - If not given, E(GREYOPS_CLIENT_KEY) is used, in the same way as the variables of O(ca_path).
    type: path
  timeout:
    description:
      - The maximum time in seconds for one attempt of a request, from connecting to the last byte of the response.
      - If not given, E(GREYOPS_TIMEOUT) is used.
    type: float
    default: 30.0
  retries:
    description:
      - How many times a request is retried after a temporary failure. V(0) disables retries.
      - Broken connections, timeouts, and C(500), C(502), C(503) and C(504) are retried only for requests that are safe
        to send twice. Failures to connect are retried for all requests.
      - The delay starts at half a second and doubles up to ten seconds, unless the server requests a delay with
        C(Retry-After).
      - Retries after C(429) are not counted, see O(max_wait). The retry with a new token after C(401) is not counted
        either.
    type: int
    default: 3
  max_wait:
    description:
      - The maximum time in seconds that one request may spend waiting between its retries before the task fails.
      - If a server sends C(Retry-After) (seconds or a date) with C(429) or a temporary error, all tasks that share the
        token store and the credential wait until then, each with a small random difference. If the requested delay is
        longer than the time that is left, the task fails immediately and reports it.
      - V(0) fails instead of waiting.
    type: float
    default: 60.0
  max_response:
    description:
      - The maximum size of a response in bytes after decompression. The task fails if a response is larger.
      - The data of one response, or of all pages of a listing together, may use twice as many bytes of memory.
      - It does not limit data that is streamed to a file. That is limited by the disk and by the time allowed.
    type: int
    default: 67108864
    version_added: 1.0.0
  use_proxy:
    description:
      - Whether to use the proxies in E(HTTPS_PROXY), E(HTTP_PROXY) and E(ALL_PROXY), except for the hosts in
        E(NO_PROXY). The lower-case names of these variables are supported and take precedence.
      - An entry of E(NO_PROXY) is a name, which matches itself and all names below it, with or without a leading dot;
        an address; a network such as V(10.0.0.0/8); or V(*) for all hosts. With a port, such as V(example.com:8443),
        the entry applies to that port only.
      - No other configuration is read, neither C(~/.netrc) nor the settings of the system.
    type: bool
    default: true
  http_agent:
    description: The value of the C(User-Agent) header.
    type: str
    default: greyops.rest/0.1.0
  allow_http:
    description:
      - Whether to allow sending credentials and tokens over plain C(http).
      - If V(false), plain C(http) is rejected for all hosts except loopback addresses and C(localhost).
    type: bool
    default: false
  allowed_hosts:
    description:
      - The hosts that requests may be sent to - names, addresses, or V(*.example.com) for all names below
        V(example.com), but not V(example.com) itself. Ports are ignored. An empty list allows all hosts.
      - Applies to the API, the login, O(ignore:routes) and redirects, but not to proxies and Redis. The task fails
        before it logs in or sends a request to another host.
      - E(GREYOPS_ALLOWED_HOSTS) of the controller, a comma-separated list, is a second list and not the default of this
        option. If both lists are given, a host must be in both. The C(environment) of a task and the variables of other
        hosts have no effect on it.
    type: list
    elements: str
    default: []
    version_added: 1.0.0
notes:
  - O(timeout) and O(retries) are module options. The task keywords C(timeout) and C(retries) apply to the whole task
    and can be used as well.
"""
