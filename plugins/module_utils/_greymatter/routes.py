# Copyright (c) 2026, greyops.rest contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# This file is private to the collection: its content can change at any time.

from __future__ import annotations

from typing import Any

from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError

# Every path of GreyMatter that this collection uses, below the host and the gateway's prefix; each can be
# overridden by its name with the option routes. Both are documented by GreyOrange.
ROUTES = {
    "token": "/api-gateway/auth-service/platform-auth/oauth/token",
    "catalog": "/api-gateway/mdm-service/wms-masterdata/catalog",
}


def path_of(route: str, overrides: dict[str, Any]) -> str:
    """The path of a route.

    :raises OptionError: ``overrides`` names a route that does not exist, or gives one no path.
    """
    unknown = sorted(str(name) for name in set(overrides) - set(ROUTES))
    if unknown:
        raise OptionError(f"routes has no {', '.join(unknown)}: the names are {', '.join(sorted(ROUTES))}.")
    path = overrides.get(route, ROUTES[route])
    if not isinstance(path, str) or not path.strip("/") or "://" in path:
        raise OptionError(f"routes.{route} must be a path below api_url, such as {ROUTES[route]}.")
    return path
