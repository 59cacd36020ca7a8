# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This file is private to the collection: its content can change at any time.

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  api_url:
    description:
      - The URL below which the paths of the API lie, such as V(https://acme.app.grepr.ai/api).
      - By default it is made of O(org) as C(https://ORG.app.grepr.ai/api). Give it for other regions and for
        private installations. It wins over O(org).
      - If neither it nor O(org) is given, E(GREPR_API_BASE_URL) is used, else E(GREPR_HOST), which is the same URL
        without C(/api).
    type: str
  org:
    description:
      - The name of the organization, the first part of its host name.
      - As an argument it wins over E(GREPR_API_BASE_URL) and E(GREPR_HOST).
      - If not given, E(GREPR_ORG_NAME) is used.
    type: str
  auth_url:
    description:
      - The server that grants tokens. C(/oauth/token) is appended unless the URL ends with it.
      - Newer organizations may need V(https://auth.grepr.ai), or V(https://auth.eu.grepr.ai) in Europe. Which one an
        organization needs is not documented by Grepr.
      - If not given, E(GREPR_AUTH_BASE_URL) is used, else E(GREPR_AUTH0_DOMAIN), which is a domain without a scheme.
    type: str
    default: https://grepr-prod.us.auth0.com
  auth:
    description:
      - The way to authenticate.
      - V(auto) takes the way whose options are among the arguments; if there is none, the first that is complete in
        the environment, in the order V(access_token), V(client_credentials), V(api_key). Two ways as arguments are an
        error.
      - V(client_credentials) logs in with O(client_id) and O(client_secret).
      - V(api_key) sends O(api_key), V(access_token) sends O(access_token).
      - A part of the chosen way that is not given is taken from the environment; the other ways are left alone.
    type: str
    choices: [auto, client_credentials, api_key, access_token]
    default: auto
  client_id:
    description:
      - The client id of a service account. Needs O(client_secret).
      - If not given, E(GREPR_CLIENT_ID) is used.
    type: str
  client_secret:
    description:
      - The secret that belongs to O(client_id).
      - If not given, E(GREPR_CLIENT_SECRET) is used.
    type: str
  audience:
    description:
      - The audience to ask for at the login.
      - If not given, E(GREPR_AUDIENCE) is used.
    type: str
    default: service
  scope:
    description:
      - The scope to ask for at the login; several are separated by spaces. By default none is asked for, and Grepr
        grants what the credential may have.
      - If not given, E(GREPR_SCOPE) is used.
    type: str
  token_request:
    description:
      - How the login carries the credentials. Grepr takes V(json); the others are for a login server of your own that
        does not.
      - V(json) sends everything in a JSON body, as Grepr and Auth0 document it.
      - V(form) sends the same as C(application/x-www-form-urlencoded), as most other servers want it.
      - V(basic) sends a form, with O(client_id) and O(client_secret) as HTTP Basic instead of in the form. Both are
        percent-encoded first, as RFC 6749 says. A server that does not decode them fails when they hold anything but
        letters, digits and C(-._~); use V(form) there.
      - The token is the same in any case, so one in the store is used whatever this option says.
      - If not given, E(GREPR_TOKEN_REQUEST) is used.
    type: str
    choices: [json, form, basic]
    default: json
    version_added: 1.0.0
  api_key:
    description:
      - An API key, sent in the header C(GREPR-API-KEY) instead of a token.
      - If not given, E(GREPR_API_KEY) is used.
    type: str
  access_token:
    description:
      - A token that was got elsewhere. It is sent as it is, never stored and never replaced.
      - If not given, E(GREPR_ACCESS_TOKEN) is used.
    type: str
"""
