#!/usr/bin/python
# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: grepr_request
short_description: Send any request to the API of Grepr
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
      - The path below O(api_url), such as V(/v1/datasets).
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
  - Some paths of Grepr take only a token and some only an API key, for example C(/v1/users) and C(/v1/apikey). Choose
    with O(auth).
seealso:
  - module: greyops.rest.grepr_job_info
  - name: Grepr's API
    description: All paths of the API.
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

- name: Read one of them
  greyops.rest.grepr_request:
    path: "/v1/datasets/{{ datasets.json[0].id }}"
  when: datasets.json | length > 0
  register: dataset

- name: List jobs by two states, which repeats the parameter
  greyops.rest.grepr_request:
    path: /v1/jobs
    query:
      state: [RUNNING, STARTING]
      latest: true
    status_code: [200, 201]
  register: jobs

- name: Check a query with a POST that only reads, in check mode too
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

- name: Delete a template, whether or not it is there
  greyops.rest.grepr_request:
    method: DELETE
    path: /v1/templates/0kq2v7m4x1c8p
    status_code: [204, 404]
  register: deleted
  changed_when: deleted.status | default(204) == 204

- name: Use the API key of the environment for one call, although client credentials are there too
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
    GET https://acme.app.grepr.ai/api/v1/datasets failed with HTTP 403 Forbidden. The credential may be
    narrowed to less than this call needs: check its scope or roles.
status:
  description: The HTTP status of the answer.
  returned: success, when the request was sent; failure, when there was an answer
  type: int
  sample: 200
url:
  description: The URL of the request that failed, without its query.
  returned: failure, when it was a request that failed
  type: str
  sample: https://acme.app.grepr.ai/api/v1/datasets
method:
  description: The method of the request that failed.
  returned: failure, when it was a request that failed
  type: str
  sample: GET
"""

from ansible_collections.greyops.rest.plugins.module_utils._grepr.client import open_client
from ansible_collections.greyops.rest.plugins.module_utils._grepr.options import GREPR_SPEC
from ansible_collections.greyops.rest.plugins.module_utils._module import run_module
from ansible_collections.greyops.rest.plugins.module_utils._request_operation import request_operation

OPERATION = request_operation(GREPR_SPEC, open_client)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
