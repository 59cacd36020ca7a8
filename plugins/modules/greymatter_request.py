#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greymatter_request
short_description: Send any request to the API of GreyMatter
version_added: 0.1.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Sends one request to any path of the API, with the login, the repeats and the errors of all modules of this
    collection.
  - Takes and returns JSON. The headers C(Accept) and C(Content-Type) are C(application/json), for V(GET) too.
options:
  method:
    description: The method of the request.
    type: str
    choices: [GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS]
    default: GET
  path:
    description:
      - The path below O(api_url) and O(path_prefix), such as V(/api-gateway/mdm-service/wms-masterdata/catalog).
        O(routes) does not change it.
      - It may have a query of its own, to which O(query) is added. No other server can be named.
    type: str
    required: true
  query:
    description:
      - Parameters of the URL. A list sends its parameter once for each item, V(null) sends nothing, and a boolean is
        sent as C(true) or C(false).
      - A text is taken as it stands in a URL, such as V(state=RUNNING&latest=true).
    type: raw
    default: {}
  body:
    description:
      - The body, sent as JSON. Usually a mapping or a list.
      - A string is sent as a JSON string, so do not put a mapping through C(to_json) first.
    type: raw
  headers:
    description:
      - More headers, or other values for C(Accept), C(Content-Type) and C(User-Agent). The credential's own header
        cannot be replaced.
    type: dict
    default: {}
  status_code:
    description: The statuses that are no error. By default all from 200 to 299.
    type: list
    elements: int
    default: []
  read_only:
    description:
      - Whether the request only reads, whatever its method. It is then sent in check mode, reports no change, and is
        tried again like V(GET).
    type: bool
    default: false
attributes:
  check_mode:
    support: partial
    details:
      - V(GET) and V(HEAD), and what has O(read_only=true), are sent in check mode.
      - All else is not sent and reports a change; RV(status), RV(headers), RV(json) and RV(content) are missing then.
  diff_mode:
    support: none
    details: Nothing is known about what the request does.
  idempotent:
    support: partial
    details:
      - V(GET) and V(HEAD), and what has O(read_only=true), change nothing.
      - All else is an action. It is sent each time and always reports a change; use C(changed_when) to judge by the
        answer.
notes:
  - V(GET), V(HEAD), V(PUT), V(DELETE), V(OPTIONS) and what has O(read_only=true) are sent again after a failure that
    may pass. V(POST) and V(PATCH) are sent again only if they cannot have arrived, or the server asks for it with
    C(429) or C(401).
  - A redirect to another server is never followed, nor one of a request that writes.
  - Some services of GreyMatter report errors with status 200 and a body that says so, and that is no failure of the
    task. Use C(failed_when) for them.
seealso:
  - module: greyops.rest.greymatter_catalog_info
extends_documentation_fragment:
  - greyops.rest._greymatter
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.greymatter
"""

EXAMPLES = r"""
- name: List the catalogs
  greyops.rest.greymatter_request:
    path: /api-gateway/mdm-service/wms-masterdata/catalog
  register: catalogs

- name: Order two mugs to be picked
  greyops.rest.greymatter_request:
    method: POST
    path: /api-gateway/sr-service/platform-srms/service-request
    body:
      externalServiceRequestId: ORD-1001
      type: PICK
      attributes:
        simple_priority: high
      serviceRequests:
        - externalServiceRequestId: ORD-1001-1
          type: PICK_LINE
          expectations:
            containers:
              - products:
                  - productQuantity: 2
                    productAttributes:
                      filter_parameters:
                        - product_sku = 'MUG-01'
  register: sent
  failed_when: sent is failed or sent.json.alert_data is defined

- name: Read the order back; in check mode it was not sent, and there is nothing to read
  greyops.rest.greymatter_request:
    path: "/api-gateway/sr-service/platform-srms/service-request/{{ sent.json.id }}"
  when: sent.json is defined
  register: stored_order

- name: Search with a POST that only reads, in check mode too
  greyops.rest.greymatter_request:
    method: POST
    path: /api-gateway/mdm-service/wms-masterdata/item/search_v2
    read_only: true
    body:
      filter_params:
        - key: product_sku
          operator: in
          value: [MUG-01, MUG-02]
  register: items

- name: Read today's stock as CSV
  greyops.rest.greymatter_request:
    path: /api-gateway/inventory-service/platform-inventory/report/agg-stock-ledger
    query:
      all: true
      today: true
      yesterday: false
    headers:
      Accept: text/csv
  register: stock

- name: Write it to a file
  ansible.builtin.copy:
    content: "{{ stock.content }}"
    dest: /srv/reports/stock.csv
    mode: '0640'

# The same from the command line:
#   ansible localhost -m greyops.rest.greymatter_request -a path=/api-gateway/mdm-service/wms-masterdata/catalog
"""

RETURN = r"""
json:
  description: The body of the answer, when it is JSON. Tokens and API keys in it are masked.
  returned: success, when the request was sent and answered with JSON
  type: raw
  sample:
    id: 91
    externalServiceRequestId: ORD-1001
    type: PICK
    state: created
content:
  description: The body of the answer as text, when it is not JSON. Empty when there is no body.
  returned: success, when the request was sent and RV(json) is missing
  type: str
  sample: ''
headers:
  description: The headers of the answer with their names in lower case, without cookies.
  returned: success, when the request was sent
  type: dict
  sample:
    content-type: application/json
api:
  description: What the task asked of the API.
  returned: always
  type: dict
  contains:
    calls:
      description: Requests to the API itself, repeats included and logins not.
      returned: always
      type: int
      sample: 1
    retries:
      description: Requests that were sent again, with a new token or after a failure that may pass; logins included.
      returned: always
      type: int
      sample: 0
    waited:
      description: Seconds spent waiting before requests were sent again.
      returned: always
      type: float
      sample: 0.0
    token:
      description:
        - Where the credential came from.
        - V(granted) is a new login, V(refreshed) a new token got with a refresh token, V(stored) the token of the
          store, V(given) the token of the options, and V(api_key) the API key of the options.
        - V(null) when none was needed.
      returned: always
      type: str
      sample: stored
msg:
  description: What failed, where and why, and what to do about it.
  returned: failure
  type: str
  sample: >-
    POST https://greymatter.example.com/api-gateway/sr-service/platform-srms/service-request
    failed with HTTP 400 Bad Request: unknown product. Check the values that were sent.
status:
  description: The HTTP status of the answer.
  returned: success, when the request was sent; failure, when there was an answer
  type: int
  sample: 200
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://greymatter.example.com/api-gateway/sr-service/platform-srms/service-request
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: POST
"""

from ansible_collections.greyops.rest.plugins.module_utils._greymatter.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.options import GREYMATTER_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._request_operation import request_operation

OPERATION = request_operation(GREYMATTER_SPEC, open_client)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
