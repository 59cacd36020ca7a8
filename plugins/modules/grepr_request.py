#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_request
short_description: Send any request to the Grepr API
version_added: 0.1.0
author:
  - greyops.rest contributors (@greyops)
description:
  - Send one request to any path of the API, with the same login, retries and error handling as all modules of this
    collection.
  - The module sends and returns JSON. The headers C(Accept) and C(Content-Type) are C(application/json), for V(GET)
    too.
options:
  method:
    description: The HTTP method of the request.
    type: str
    choices: [GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS]
    default: GET
  path:
    description:
      - The path relative to O(api_url), such as V(/v1/datasets).
      - It may contain a query string, to which O(query) is added. A different server cannot be given.
    type: str
    required: true
  query:
    description:
      - URL parameters. A list repeats its parameter for each item, V(null) omits the parameter, and a boolean is sent
        as C(true) or C(false).
      - A string is used unchanged as the query string, such as V(state=RUNNING&latest=true).
    type: raw
    default: {}
  body:
    description:
      - The body, which is sent as JSON. Usually a dictionary or a list.
      - A string is sent as a JSON string, so do not apply C(to_json) to a dictionary.
    type: raw
  headers:
    description:
      - Additional headers, or other values for C(Accept), C(Content-Type) and C(User-Agent). The header of the
        credential cannot be replaced.
    type: dict
    default: {}
  status_code:
    description: The HTTP status codes that indicate success. By default, all codes from 200 to 299.
    type: list
    elements: int
    default: []
  read_only:
    description:
      - Whether the request only reads, regardless of its method. If V(true), it is also sent in check mode, reports no
        change, and is retried like V(GET).
    type: bool
    default: false
attributes:
  check_mode:
    support: partial
    details:
      - V(GET) and V(HEAD), and requests with O(read_only=true), are sent in check mode.
      - All other requests are not sent and report a change. RV(status), RV(headers), RV(json) and RV(content) are then
        not returned.
  diff_mode:
    support: none
    details: The effect of the request is not known.
  idempotent:
    support: partial
    details:
      - V(GET) and V(HEAD), and requests with O(read_only=true), make no changes.
      - All other requests are actions. They are sent on every run and always report a change. Use C(changed_when) to
        evaluate the response.
notes:
  - V(GET), V(HEAD), V(PUT), V(DELETE), V(OPTIONS) and requests with O(read_only=true) are retried after temporary
    failures. V(POST) and V(PATCH) are retried only if they cannot have reached the server, or if the server requests it
    with C(429) or C(401).
  - Redirects to another server are never followed, nor are redirects of a request that writes.
  - Some paths of Grepr accept only a token and some only an API key, for example C(/v1/users) and C(/v1/apikey). Use
    O(auth) to select one.
seealso:
  - module: greyops.rest.grepr_job_info
  - name: Grepr's API
    description: Grepr's OpenAPI specification.
    link: https://docs.grepr.ai/openapi.json
extends_documentation_fragment:
  - greyops.rest._grepr
  - greyops.rest._http
  - greyops.rest._token_store
  - greyops.rest._attributes
  - greyops.rest._attributes.grepr
"""

EXAMPLES = r"""
- name: List the datasets
  greyops.rest.grepr_request:
    path: /v1/datasets
  register: datasets

- name: Read one dataset
  greyops.rest.grepr_request:
    path: "/v1/datasets/{{ datasets.json[0].id }}"
  when: datasets.json | length > 0
  register: dataset

- name: List jobs in two states, which repeats the parameter
  greyops.rest.grepr_request:
    path: /v1/jobs
    query:
      state: [RUNNING, STARTING]
      latest: true
    status_code: [200, 201]
  register: jobs

- name: Validate a query with a POST request that only reads, in check mode too
  greyops.rest.grepr_request:
    method: POST
    path: /v1/query/parse
    read_only: true
    body:
      query:
        type: datadog-query
        query: service:web
      validationTarget: EVENT_PREDICATE
  register: parsed

- name: Delete a template if it exists
  greyops.rest.grepr_request:
    method: DELETE
    path: /v1/templates/0kq2v7m4x1c8p
    status_code: [204, 404]
  register: deleted
  changed_when: deleted.status | default(204) == 204

- name: Use the API key of the environment for one call, even if client credentials are set
  greyops.rest.grepr_request:
    path: /v1/datasets
    auth: api_key

# The same from the command line:
#   ansible localhost -m greyops.rest.grepr_request -a path=/v1/datasets
"""

RETURN = r"""
json:
  description: The body of the answer, when it is JSON. Tokens and API keys in it are masked.
  returned: success, when the request was sent and answered with JSON
  type: raw
  sample:
    - id: 0kabdv8yo9q99
      name: web_lake
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
  description:
    - Requests in C(calls), repeated requests in C(retries), seconds of waiting in C(waited), and the source of the
      credential in C(token). See R(Results,ansible_collections.greyops.rest.docsite.guide_execution.results).
  returned: always
  type: dict
  sample: {calls: 1, retries: 0, waited: 0.0, token: stored}
status:
  description: The HTTP status of the answer.
  returned: success, when the request was sent; failure, when there was an answer
  type: int
  sample: 200
"""

from ..module_utils._grepr.service import GREPR
from ..module_utils._module import run_module
from ..module_utils._request_operation import build_request_operation

OPERATION = build_request_operation(GREPR)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
