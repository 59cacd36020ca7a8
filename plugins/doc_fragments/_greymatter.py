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
      - The address of the site, such as V(https://greymatter.example.com), without a path. Every call needs it.
      - If not given, E(GREYMATTER_API_URL) is used.
    type: str
  auth_url:
    description:
      - The address of the server that grants tokens, without a path. By default that of O(api_url).
      - O(path_prefix) and the path of O(routes) come behind it.
      - If not given, E(GREYMATTER_AUTH_URL) is used.
    type: str
  auth:
    description:
      - The way to authenticate.
      - V(auto) takes the way whose options are among the arguments; if there is none, the first that is complete in
        the environment, in the order V(access_token), V(password). Two ways as arguments are an error.
      - V(password) logs in with O(username) and O(password), V(access_token) sends O(access_token).
      - A part of the chosen way that is not given is taken from the environment; the other ways are left alone.
    type: str
    choices: [auto, password, access_token]
    default: auto
  client_id:
    description:
      - The OAuth client of the login. By default the one that GreyOrange publishes for all sites, C(butler).
      - If not given, E(GREYMATTER_CLIENT_ID) is used.
    type: str
  client_secret:
    description:
      - The secret of O(client_id). By default the published one.
      - If not given, E(GREYMATTER_CLIENT_SECRET) is used.
    type: str
  username:
    description:
      - The account's user name. Needs O(password).
      - If not given, E(GREYMATTER_USERNAME) is used.
    type: str
  password:
    description:
      - The password of O(username).
      - If not given, E(GREYMATTER_PASSWORD) is used.
    type: str
  access_token:
    description:
      - A token that was got elsewhere. It is sent as it is, never stored and never replaced.
      - If not given, E(GREYMATTER_ACCESS_TOKEN) is used.
    type: str
  credentials_in:
    description:
      - Where the login carries user name and password.
      - V(body) sends them as a form. V(query) puts them into the URL, which servers and proxies write to their logs;
        it is for sites whose gateway takes nothing else.
    type: str
    choices: [body, query]
    default: body
  path_prefix:
    description:
      - What the site's gateway puts before every path, that of the login included, for example V(/api).
      - That such sites exist is inferred from other programs that talk to GreyMatter; GreyOrange documents none.
    type: str
    default: ''
  routes:
    description:
      - Paths to use instead of those that GreyOrange documents, by their names.
      - V(token) is the login, by default C(/api-gateway/auth-service/platform-auth/oauth/token).
      - V(catalog) is the list of catalogs, by default C(/api-gateway/mdm-service/wms-masterdata/catalog).
    type: dict
    default: {}
"""
