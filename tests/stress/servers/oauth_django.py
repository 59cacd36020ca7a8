# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""django-oauth-toolkit, unmodified, with a small API behind it and a request log before it. One process, for gunicorn.

The variable OTHER_SERVER holds its settings as JSON: the directory of its database, the class that reads bodies, a
user, and clients. All paths are those that Grepr and GreyMatter have.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import django
from django.conf import settings

OPTIONS = json.loads(os.environ["OTHER_SERVER"])
APPS = ("auth", "contenttypes", "oauth2_provider")

settings.configure(
    SECRET_KEY="no secret of anybody" * 3,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
    MIDDLEWARE=[f"{__name__}.record_requests"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(OPTIONS["place"], "database"),
            "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
        }
    },
    # Create the tables of the current models without running migrations; hash secrets quickly.
    MIGRATION_MODULES=dict.fromkeys(APPS),
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    OAUTH2_PROVIDER={
        "OAUTH2_BACKEND_CLASS": f"oauth2_provider.oauth2_backends.{OPTIONS['backend']}",
        "ALWAYS_RELOAD_OAUTHLIB_CORE": True,  # the lifetime of tokens changes while the server runs
        "ROTATE_REFRESH_TOKEN": True,
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "SCOPES": {"read": "Read", "write": "Write"},
    },
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from oauth2_provider.models import get_access_token_model, get_application_model  # noqa: E402
from oauth2_provider.oauth2_backends import get_oauthlib_core  # noqa: E402
from oauth2_provider.settings import oauth2_settings  # noqa: E402
from oauth2_provider.views import RevokeTokenView, TokenView  # noqa: E402

# The requests to the token endpoint and their responses, oldest first.
REQUEST_LOG: list[dict[str, Any]] = []
GREPR_TOKEN = "oauth/token"
GREYMATTER_TOKEN = "api-gateway/auth-service/platform-auth/oauth/token"


def record_requests(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware that records requests before the toolkit processes them."""

    def seen(request: HttpRequest) -> HttpResponse:
        body = request.body.decode()
        answer = view(request)
        if request.path.strip("/") in (GREPR_TOKEN, GREYMATTER_TOKEN):
            sent = json.loads(body) if request.content_type == "application/json" else dict(parse_qsl(body))
            got = json.loads(answer.content)
            REQUEST_LOG.append(
                {
                    "type": request.content_type,
                    "scheme": request.headers.get("Authorization", "").partition(" ")[0],
                    "grant": sent.get("grant_type"),
                    "status": answer.status_code,
                    "used": sent.get("refresh_token"),
                    "given": got.get("refresh_token"),
                }
            )
        return answer

    return seen


def guarded(answer: object) -> Callable[[HttpRequest], HttpResponse]:
    """A view of the API that requires a valid token."""

    def view(request: HttpRequest) -> HttpResponse:
        valid, _found = get_oauthlib_core().verify_request(request, scopes=["read"])
        if valid:
            return JsonResponse(answer, safe=False)
        return JsonResponse({"error": "invalid_token"}, status=401, headers={"WWW-Authenticate": "Bearer"})

    return view


@csrf_exempt
def control(request: HttpRequest) -> HttpResponse:
    """The request log; a POST sets the lifetime of tokens, ends the existing ones, or starts a new log."""
    if request.method == "POST":
        wanted = json.loads(request.body)
        if "life" in wanted:
            oauth2_settings.ACCESS_TOKEN_EXPIRE_SECONDS = wanted["life"]
        if wanted.get("end"):
            get_access_token_model().objects.update(expires=timezone.now() - timedelta(seconds=1))
        if wanted.get("forget"):
            REQUEST_LOG.clear()
    return JsonResponse(REQUEST_LOG, safe=False)


urlpatterns = [
    path(GREPR_TOKEN, TokenView.as_view()),
    path(GREYMATTER_TOKEN, TokenView.as_view()),
    path("oauth/revoke", RevokeTokenView.as_view()),
    path("api/v1/jobs", guarded({"items": [{"id": "1", "name": "of django", "version": 1}]})),
    path("api-gateway/mdm-service/wms-masterdata/catalog", guarded([{"clientCatalogId": "of django"}])),
    path("control", control),
]


def _fill() -> None:
    call_command("migrate", run_syncdb=True, verbosity=0)
    django.contrib.auth.get_user_model().objects.create_user(OPTIONS["username"], password=OPTIONS["password"])
    for client in OPTIONS["clients"]:
        get_application_model().objects.create(client_type="confidential", **client)


_fill()
application = get_wsgi_application()
