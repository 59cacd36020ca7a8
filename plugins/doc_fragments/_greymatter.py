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
      - Paths to use instead of those below, by their names. A value is V(PATH), below O(api_url) and O(path_prefix), or
        V(METHOD PATH), such as V(PATCH /master/v2/catalog/{id}).
      - C({id}) and the like are put in, percent-encoded - C(clientCatalogId) for a catalog, C(clientCategoryId) for a
        category, the number that GreyMatter gave a product, a service request or a report, and
        C(externalServiceRequestId) for V(print_ready). Paths of catalogs and categories may have C({internal_id})
        instead, the C(id) that GreyMatter shows. The path of an update may leave them out, for its body names the
        thing as well.
      - GreyOrange documents these.
      - V(token) - C(POST /api-gateway/auth-service/platform-auth/oauth/token).
      - V(catalog) - C(GET /api-gateway/mdm-service/wms-masterdata/catalog).
      - V(service_request_create) - C(POST /api-gateway/sr-service/platform-srms/service-request).
      - V(service_request_cancel) - C(POST /api-gateway/sr-service/platform-srms/service-request/cancel).
      - V(inventory_report) - C(POST /api-gateway/platform-dashboard/report/generate-inventory-report).
      - V(print_ready) - C(POST /api-gateway/integration-service/wms-integration/butler/api/orders/print_ready/{id}).
      - These were seen in programs that talk to GreyMatter. No public document of GreyOrange has them.
      - V(product_search) - C(POST /api-gateway/mdm-service/wms-masterdata/item/search_v2).
      - V(product_delete) - C(DELETE /api-gateway/mdm-service/wms-masterdata/item/{id}).
      - V(service_request) - C(GET /api-gateway/sr-service/platform-srms/service-request/{id}).
      - V(service_request_update) - C(PUT /api-gateway/sr-service/platform-srms/service-request/modify).
      - V(report_list) - C(GET /api-gateway/platform-dashboard/report/find-by-page).
      - V(report_download) - C(GET /api-gateway/platform-dashboard/report/download/{id}).
      - These are inferred from the others, and have not been checked against a site. Where a site has another path, the
        call fails, mostly with HTTP 404 or 405, and the error names the route.
      - V(catalog_create) - C(POST /api-gateway/mdm-service/wms-masterdata/catalog).
      - V(catalog_update) - C(PUT /api-gateway/mdm-service/wms-masterdata/catalog/{id}).
      - V(catalog_delete) - C(DELETE /api-gateway/mdm-service/wms-masterdata/catalog/{id}).
      - V(category) - C(GET /api-gateway/mdm-service/wms-masterdata/category).
      - V(category_create) - C(POST /api-gateway/mdm-service/wms-masterdata/category).
      - V(category_update) - C(PUT /api-gateway/mdm-service/wms-masterdata/category/{id}).
      - V(category_delete) - C(DELETE /api-gateway/mdm-service/wms-masterdata/category/{id}).
      - V(product_create) - C(POST /api-gateway/mdm-service/wms-masterdata/item).
      - V(product_update) - C(PUT /api-gateway/mdm-service/wms-masterdata/item/{id}).
      - V(service_request_search) -
        C(GET /api-gateway/sr-service/platform-srms/service-request?search=externalServiceRequestId=={external_id}).
      - V(audit_create) - C(POST /api-gateway/integration-service/wms-integration/butler/api/audit).
    type: dict
    default: {}
"""
