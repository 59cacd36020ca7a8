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
      - The URL of the site without a path, such as V(https://greymatter.example.com). Required for every call.
      - If not given, E(GREYMATTER_API_URL) is used.
    type: str
  auth_url:
    description:
      - The URL of the server that issues tokens, without a path. Defaults to O(api_url).
      - O(path_prefix) and the path from O(routes) are appended.
      - If not given, E(GREYMATTER_AUTH_URL) is used.
    type: str
  auth:
    description:
      - The authentication method.
      - V(auto) uses the method whose options are given as arguments. If there is none, it uses the first method that is
        complete in the environment, in the order V(access_token), V(password). Fails if the arguments contain two
        methods.
      - V(password) logs in with O(username) and O(password), V(access_token) sends O(access_token).
      - Options of the selected method that are not given are read from the environment. Other methods are ignored.
    type: str
    choices: [auto, password, access_token]
    default: auto
  client_id:
    description:
      - The OAuth client ID for the login. Defaults to C(butler), which GreyOrange publishes for all sites.
      - If not given, E(GREYMATTER_CLIENT_ID) is used.
    type: str
  client_secret:
    description:
      - The client secret of O(client_id). Defaults to the published one.
      - If not given, E(GREYMATTER_CLIENT_SECRET) is used.
    type: str
  username:
    description:
      - The user name of the account. Requires O(password).
      - If not given, E(GREYMATTER_USERNAME) is used.
    type: str
  password:
    description:
      - The password of O(username).
      - If not given, E(GREYMATTER_PASSWORD) is used.
    type: str
  access_token:
    description:
      - An existing access token. It is sent unchanged, and is never stored or renewed.
      - If not given, E(GREYMATTER_ACCESS_TOKEN) is used.
    type: str
  credentials_in:
    description:
      - Where the login request carries the user name and password.
      - V(body) sends them as a form. V(query) sends them in the URL, which servers and proxies write to their logs. Use
        it only for sites whose gateway accepts nothing else.
    type: str
    choices: [body, query]
    default: body
  path_prefix:
    description:
      - The prefix that the gateway of the site requires before every path, including the login path, for example
        V(/api).
      - That such sites exist is inferred from other programs that use GreyMatter. GreyOrange does not document any.
    type: str
    default: ''
  routes:
    description:
      - Paths to use instead of the default paths, by route name. A value is V(PATH), relative to O(api_url) and
        O(path_prefix), or V(METHOD PATH), such as V(PATCH /master/v2/catalog/{id}).
      - Placeholders such as C({id}) are replaced with percent-encoded values - C(clientCatalogId) for a catalog,
        C(clientCategoryId) for a category, the number assigned by GreyMatter for a product, a service request or a
        report, and C(externalServiceRequestId) for V(print_ready). Paths of catalogs and categories may use
        C({internal_id}) instead, which is the C(id) that GreyMatter returns. The path of an update may omit the
        placeholder because the body identifies the resource as well. The path of V(service_request_search) may use
        C({external_ids}) instead of C({external_id}) if the site searches for several IDs separated by commas.
      - GreyOrange documents these routes.
      - V(token) - C(POST /api-gateway/auth-service/platform-auth/oauth/token).
      - V(catalog) - C(GET /api-gateway/mdm-service/wms-masterdata/catalog).
      - V(service_request_create) - C(POST /api-gateway/sr-service/platform-srms/service-request).
      - V(service_request_cancel) - C(POST /api-gateway/sr-service/platform-srms/service-request/cancel).
      - V(inventory_report) - C(POST /api-gateway/platform-dashboard/report/generate-inventory-report).
      - V(print_ready) - C(POST /api-gateway/integration-service/wms-integration/butler/api/orders/print_ready/{id}).
      - These were seen in programs that use GreyMatter. No public document of GreyOrange describes them.
      - V(product_search) - C(POST /api-gateway/mdm-service/wms-masterdata/item/search_v2).
      - V(product_delete) - C(DELETE /api-gateway/mdm-service/wms-masterdata/item/{id}).
      - V(service_request) - C(GET /api-gateway/sr-service/platform-srms/service-request/{id}).
      - V(service_request_update) - C(PUT /api-gateway/sr-service/platform-srms/service-request/modify).
      - V(report_list) - C(GET /api-gateway/platform-dashboard/report/find-by-page).
      - V(report_download) - C(GET /api-gateway/platform-dashboard/report/download/{id}).
      - These are inferred from the others and have not been checked against a site. If a site uses another path, the
        call fails, usually with HTTP 404 or 405, and the error message names the route.
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
