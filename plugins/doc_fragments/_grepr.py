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
      - The base URL of the API, such as V(https://acme.app.grepr.ai/api).
      - By default, it is built from O(org) as C(https://ORG.app.grepr.ai/api). Required for other regions and for
        private installations. Takes precedence over O(org).
      - If neither this option nor O(org) is given, E(GREPR_API_BASE_URL) is used, then E(GREPR_HOST), which is the same
        URL without C(/api).
    type: str
  org:
    description:
      - The name of the organization, which is the first part of its host name.
      - If given as an argument, it takes precedence over E(GREPR_API_BASE_URL) and E(GREPR_HOST).
      - If not given, E(GREPR_ORG_NAME) is used.
    type: str
  auth_url:
    description:
      - The URL of the server that issues tokens. C(/oauth/token) is appended unless the URL already ends with it.
      - Grepr's newest page about authentication has V(https://auth.grepr.ai), and V(https://auth.eu.grepr.ai) is
        documented for Europe. The specification of the API and the Terraform provider have the default. Which server an
        organization requires is not documented. Credentials are sent to this server only.
      - If not given, E(GREPR_AUTH_BASE_URL) is used, then E(GREPR_AUTH0_DOMAIN), which is a domain without a scheme.
    type: str
    default: https://grepr-prod.us.auth0.com
  auth:
    description:
      - The authentication method.
      - V(auto) uses the method whose options are given as arguments. If there is none, it uses the first method that is
        complete in the environment, in the order V(access_token), V(client_credentials), V(api_key). Fails if the
        arguments contain two methods.
      - V(client_credentials) logs in with O(client_id) and O(client_secret).
      - V(api_key) sends O(api_key), V(access_token) sends O(access_token).
      - Options of the selected method that are not given are read from the environment. Other methods are ignored.
    type: str
    choices: [auto, client_credentials, api_key, access_token]
    default: auto
  client_id:
    description:
      - The client ID of a service account. Requires O(client_secret).
      - If not given, E(GREPR_CLIENT_ID) is used.
    type: str
  client_secret:
    description:
      - The client secret of O(client_id).
      - If not given, E(GREPR_CLIENT_SECRET) is used.
    type: str
  audience:
    description:
      - The audience to request for the token.
      - If not given, E(GREPR_AUDIENCE) is used.
    type: str
    default: service
  scope:
    description:
      - The scopes to request for the token, separated by spaces. By default, no scope is requested and Grepr grants
        everything that the credential allows.
      - If not given, E(GREPR_SCOPE) is used.
    type: str
  token_request:
    description:
      - The format of the token request. Grepr accepts V(json). Use the other formats for a custom login server that
        does not.
      - V(json) sends all parameters in a JSON body, as documented by Grepr and Auth0.
      - V(form) sends the same parameters as C(application/x-www-form-urlencoded), which most other servers expect.
      - V(basic) sends a form and passes O(client_id) and O(client_secret) in an HTTP Basic header instead of the form.
        Both are percent-encoded first, as required by RFC 6749. Servers that do not decode them fail if they contain
        characters other than letters, digits and C(-._~). Use V(form) for such servers.
      - The resulting token is the same, so a stored token is used regardless of this option.
      - If not given, E(GREPR_TOKEN_REQUEST) is used.
    type: str
    choices: [json, form, basic]
    default: json
    version_added: 1.0.0
  api_key:
    description:
      - An API key, which is sent in the header C(GREPR-API-KEY) instead of a token.
      - If not given, E(GREPR_API_KEY) is used.
    type: str
  access_token:
    description:
      - An existing access token. It is sent unchanged, and is never stored or renewed.
      - If not given, E(GREPR_ACCESS_TOKEN) is used.
    type: str
"""
