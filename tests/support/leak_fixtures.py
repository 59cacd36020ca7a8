# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets, servers that repeat them, tasks that succeed and fail, and the search for leaks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .sandbox import CommandResult, Sandbox, create_secret
from .secret_search import ProcessMonitor, SecretSearch, encode_variants
from .simulator_client import CATALOG, SimulatorClient
from .ssh_hosts import SshHosts

# The fault rules of these tests are below this path, apart from the endpoints that work.
LEAKS = "/leaks"


class Secrets:
    """Every secret the tasks of these tests use."""

    def __init__(self, sandbox: Sandbox) -> None:
        given = sandbox.credentials
        self.other_client_id = given.other_client_id
        self.kept = {
            "client_secret": given.client_secret,
            "api_key": given.api_key,
            "password": given.password,
            "other_client_secret": given.other_client_secret,
            "wrong_secret": create_secret("wrong"),
            "wrong_password": create_secret("mistyped"),
            "held_token": f"held.{create_secret('')[-40:].partition('&')[0]}.~+/{os.urandom(24).hex()}==",
            "broken_token": f"broken {os.urandom(12).hex()}\n{os.urandom(12).hex()}",
            "broken_key": f"ключ {os.urandom(12).hex()}",
            "url_password": f"p{os.urandom(12).hex()}",
            "vendor_secret": create_secret("vendor"),
            "other_vendor_secret": create_secret("newer"),
            "header_secret": f"header {os.urandom(12).hex()}",
        }

    def search(self, simulator: SimulatorClient) -> SecretSearch:
        search = SecretSearch()
        for name, value in self.kept.items():
            search.add(name, value)
        search.add_tokens(simulator.issued_tokens())
        for account, value in simulator.admin("GET", "/secrets")["service_accounts"].items():
            search.add(f"secret of {account}", value)
        return search


def create_test_data(simulator: SimulatorClient) -> None:
    """A catalog with its categories and products, and an order in progress."""
    simulator.admin("POST", "/masterdata/generate", {"catalogs": 1, "categories": 1, "items": 2})
    order = {"type": "PICK", "externalServiceRequestId": "ORD-1", "state": "pick_started"}
    simulator.admin("PUT", "/service_requests", [order])


def configure_leaks(simulator: SimulatorClient, secrets: Secrets) -> None:
    """Responses that repeat the credentials of the request, in every encoding and content type."""
    kept = secrets.kept
    token, password, client_secret = kept["held_token"], kept["password"], kept["client_secret"]
    leak = " | ".join(encode_variants(token))
    simulator.fault(f"{LEAKS}/json", {"status": 401, "json": {"error_description": f"Invalid access token: {leak}"}})
    simulator.fault(f"{LEAKS}/xml", {"status": 401, "xml": f"<oauth><error>{token}</error></oauth>"})
    simulator.fault(f"{LEAKS}/html", {"status": 500, "html": f"<title>{token}</title><pre>{leak}</pre>"})
    simulator.fault(f"{LEAKS}/text", {"status": 403, "text": f"{'x ' * 95}{leak}"})
    simulator.fault(
        f"{LEAKS}/data", {"json": {token: [token, {"nested": f"Bearer {token}"}]}, "headers": {"X-Token": token}}
    )
    simulator.fault(f"{LEAKS}/page", {"html": f"<p>{token}</p>", "headers": {"Set-Cookie": f"session={token}"}})
    # The responses of GreyMatter to a rejected write, a list and a report.
    simulator.fault(f"{LEAKS}/empty", {"json": []})
    simulator.fault(f"{LEAKS}/refusal", {"status": 400, "json": {"errors": [{"message": leak}], "reason": leak}})
    simulator.fault(f"{LEAKS}/alert", {"json": {"alert_data": [{"code": "e", "details": leak}], "reason": leak}})
    simulator.fault(
        f"{LEAKS}/list", {"json": [{"clientCatalogId": "CAT-1", "description": f"Bearer {token}", "schema": token}]}
    )
    failed = {"id": 1, "status": "FAILED", "reason": leak}
    simulator.fault(f"{LEAKS}/reports", {"json": [failed, {"id": 2, "status": "COMPLETED", "fileName": token}]})
    simulator.fault(f"{LEAKS}/rows", {"text": f"product_sku,token\nMUG-01,{token}\n"})
    vendors = " ".join(encode_variants(kept["vendor_secret"]))
    simulator.fault("/api/v1/integrations/newrelic", {"status": 400, "json": {"code": 400, "message": vendors}})
    user = encode_variants(password)
    client = encode_variants(client_secret)
    other = encode_variants(kept["other_client_secret"], secrets.other_client_id)
    simulator.fault(f"{LEAKS}/user", {"status": 400, "json": {"reason": " ".join(user)}})
    simulator.fault(f"{LEAKS}/grepr-json", {"status": 401, "json": {"error_description": " ".join(client)}})
    simulator.fault(f"{LEAKS}/grepr-html", {"status": 403, "html": f"<h1>{client[6]}</h1>"})
    simulator.fault(f"{LEAKS}/grepr-odd", {"status": 200, "text": " ".join(client)})
    simulator.fault(f"{LEAKS}/greymatter-xml", {"status": 400, "xml": f"<e><message>{user[6]}</message></e>"})
    simulator.fault(f"{LEAKS}/greymatter-text", {"status": 400, "text": " ".join(user)})
    simulator.fault(f"{LEAKS}/greymatter-basic", {"status": 401, "json": {"message": " ".join(other)}})


DATADOG: dict[str, Any] = {
    "type": "datadog",
    "name": "Datadog EU",
    "payload": {"site": "datadoghq.eu"},
    "secrets": {"api_key": "{{ vendor_secret }}"},
}
COLLECTOR: dict[str, Any] = {
    "type": "otlp",
    "name": "collector",
    "payload": {"endpoint": "https://otlp.example.com:4317"},
}
SIZE = {
    "weight": {"value": 0.4, "uom": {"unit": "KG"}},
    "dimension": {"length": 9, "width": 9, "height": 11, "uom": {"unit": "CM"}},
}
SKU: dict[str, Any] = {
    "field_name": "product_sku",
    "field_data_type": "string",
    "display_data": [{"locale": "en", "display_name": "SKU"}],
}
MUGS: dict[str, Any] = {"client_catalog_id": "MUGS", "exhaustive_pdea_list": [SKU]}
BLUE: dict[str, Any] = {
    "client_category_id": "BLUE",
    "client_catalog_id": "CAT-1",
    "schema": {"unique": [["product_sku"]]},
}
MUG: dict[str, Any] = {
    "client_category_id": "CTY-1",
    "product_attributes": {"product_sku": "MUG-01"},
    "barcode_list": ["4006381333931"],
    "attributes": SIZE,
}
PRODUCT: dict[str, Any] = {
    "clientCategoryId": "CTY-1",
    "productAttributes": {"product_sku": "MUG-02"},
    "barcodeList": ["4006381333932"],
    "attributes": SIZE,
}
ORDER: dict[str, Any] = {
    "type": "PICK",
    "external_service_request_id": "ORD-2",
    "lines": [{"product": {"product_sku": "MUG-01"}, "quantity": 1}],
}
AUDIT: dict[str, Any] = {"name": "aisle 39", "type": "location", "locations": ["039.1.E.02"]}


def point_at_leaks(**routes: str) -> dict[str, Any]:
    """A user-supplied token, and servers that repeat it for these routes."""
    return {"api_url": "{{ leaks }}", "auth": "access_token", "access_token": "{{ held_token }}", "routes": routes}


# Each task by its name: the successful ones, then those that fail. Credentials come from defaults or the environment.
SUCCEEDING: dict[str, dict[str, Any]] = {
    "log in": {"greyops.rest.grepr_token": {}},
    "log in there": {"greyops.rest.greymatter_token": {}},
    "renew": {"greyops.rest.grepr_token": {"state": "refreshed"}},
    "refresh there": {"greyops.rest.greymatter_token": {"state": "refreshed"}},
    "jobs": {"greyops.rest.grepr_job_info": {}},
    "catalogs": {"greyops.rest.greymatter_catalog_info": {}},
    "request": {"greyops.rest.grepr_request": {"path": "/v1/echo", "method": "POST", "body": {"a": 1}}},
    "credentials in the query": {"greyops.rest.greymatter_token": {"credentials_in": "query", "state": "refreshed"}},
    "other client": {
        "greyops.rest.greymatter_token": {
            "client_id": "{{ other_client_id }}",
            "client_secret": "{{ other_client_secret }}",
            "state": "refreshed",
        }
    },
    "key": {"greyops.rest.grepr_job_info": {"auth": "api_key", "api_key": "{{ api_key }}"}},
    "trigger with key": {
        "greyops.rest.grepr_trigger": {
            "job_id": "j",
            "rule_engine": "r",
            "trigger_id": "t",
            "api_key": "{{ api_key }}",
        }
    },
    "token in data": {
        "greyops.rest.grepr_request": {
            "path": "data",
            "api_url": "{{ leaks }}",
            "auth": "access_token",
            "access_token": "{{ held_token }}",
        }
    },
    "token in a page": {
        "greyops.rest.greymatter_request": {
            "path": "page",
            "api_url": "{{ leaks }}",
            "auth": "access_token",
            "access_token": "{{ held_token }}",
        }
    },
    "integration": {"greyops.rest.grepr_integration": DATADOG},
    "integration with a newer secret": {
        "greyops.rest.grepr_integration": {
            **DATADOG,
            "secrets": {"api_key": "{{ other_vendor_secret }}"},
            "update_secret": "always",
        }
    },
    "integration with a secret header": {
        "greyops.rest.grepr_integration": {
            **COLLECTOR,
            "secrets": {"secret_headers": {"X-Key": "{{ header_secret }}"}},
        }
    },
    "integrations": {"greyops.rest.grepr_integration_info": {"type": ["datadog", "otlp"]}},
    "service account": {"greyops.rest.grepr_service_account": {"name": "dashboards", "roles": ["Viewer"]}},
    "service account with a newer secret": {
        "greyops.rest.grepr_service_account": {"name": "dashboards", "roles": ["Viewer"], "rotate_secret": True}
    },
    "service accounts": {"greyops.rest.grepr_service_account_info": {}},
    "pipelines": {"greyops.rest.grepr_jobs": {"jobs": [{"name": "audit_logs", "state": "stopped"}]}},
    "account": {
        "greyops.rest.grepr_account": {
            "account": {
                "integrations": [{**DATADOG, "name": "of the account"}],
                "users": [
                    {
                        "email": "zoe@example.com",
                        "first_name": "Zoe",
                        "last_name": "Zed",
                        "password": "{{ vendor_secret }}",
                        "roles": ["Viewer"],
                    }
                ],
            }
        }
    },
    "query": {"greyops.rest.grepr_query": {"dataset": "main lake", "limit": 2}},
    "backfill": {
        "greyops.rest.grepr_job_backfill": {
            "name": "late",
            "dataset": "main lake",
            "start": "2026-03-01T11:30:00Z",
            "end": "2026-03-01T12:15:00Z",
            "sinks": [{"type": "datadog-log-sink", "name": "datadog", "integrationId": "datadog main"}],
            "wait": False,
        }
    },
    "trigger by name": {
        "greyops.rest.grepr_trigger": {
            "job": "web_logs",
            "rule_engine": "r",
            "trigger_id": "t",
            "api_key": "{{ api_key }}",
        }
    },
    "catalog": {"greyops.rest.greymatter_catalog": MUGS},
    "category": {"greyops.rest.greymatter_category": BLUE},
    "categories": {"greyops.rest.greymatter_category_info": {}},
    "product": {"greyops.rest.greymatter_product": MUG},
    "many products": {"greyops.rest.greymatter_products": {"products": [PRODUCT]}},
    "products": {"greyops.rest.greymatter_product_info": {}},
    "order": {"greyops.rest.greymatter_service_request": ORDER},
    "many orders": {
        "greyops.rest.greymatter_service_requests": {
            "requests": [{**ORDER, "external_service_request_id": f"ORD-{number}"} for number in (3, 4)]
        }
    },
    "orders": {"greyops.rest.greymatter_service_request_info": {"external_service_request_id": ["ORD-1"]}},
    "ready to print": {"greyops.rest.greymatter_print_ready": {"external_service_request_id": "ORD-1"}},
    "audit": {"greyops.rest.greymatter_audit": AUDIT},
    "report": {"greyops.rest.greymatter_report": {}},
    "reports": {"greyops.rest.greymatter_report_info": {}},
    "token in catalogs": {"greyops.rest.greymatter_catalog_info": point_at_leaks(catalog="/list")},
    "token in reports": {
        "greyops.rest.greymatter_report_info": {"id": ["2"], **point_at_leaks(report_list="/reports")}
    },
    "token in rows": {
        "greyops.rest.greymatter_report": {
            "id": "2",
            **point_at_leaks(report_list="/reports", report_download="/rows/{id}"),
        }
    },
    "loop": {"greyops.rest.grepr_job_info": {"name": ["{{ item }}"]}, "loop": ["web_logs", "other"]},
    "delegate": {"greyops.rest.grepr_job_info": {}, "delegate_to": "host01"},
    "doctor": {"greyops.rest.doctor": {"grepr": "{{ grepr }}", "greymatter": "{{ greymatter }}", "details": True}},
    "forget": {"greyops.rest.grepr_token": {"state": "absent"}},
}


# If the library is installed, another store is used; if it is missing, the task fails.
SUCCEEDING_OR_FAILING: dict[str, dict[str, Any]] = {
    "Redis that is down": {
        "greyops.rest.grepr_token": {
            "token_store": "redis",
            "token_store_url": "redis://walter:{{ url_password }}@127.0.0.1:9/0",
            "token_store_key": "{{ wrong_secret }}",
        }
    },
}


def build_leak_request(path: str) -> dict[str, Any]:
    return {"path": path, "api_url": "{{ leaks }}", "auth": "access_token", "access_token": "{{ held_token }}"}


def _greymatter_login(**options: Any) -> dict[str, Any]:
    return {"greyops.rest.greymatter_token": options}


def _grepr_login(**options: Any) -> dict[str, Any]:
    return {"greyops.rest.grepr_token": {"client_id": "{{ client_id }}", **options}}


def run_for_real(module: str, **options: Any) -> dict[str, Any]:
    """A task that is also executed in check mode, where it would otherwise succeed without a request."""
    return {f"greyops.rest.greymatter_{module}": options, "check_mode": False}


FAILING: dict[str, dict[str, Any]] = {
    "doctor of the sick": {
        "greyops.rest.doctor": {
            "grepr": "{{ grepr | combine({'auth_url': leaks ~ '/grepr-json'}) }}",
            "greymatter": "{{ greymatter | combine({'routes': {'token': '/leaks/greymatter-text'}}) }}",
            "details": True,
        }
    },
    "doctor of the mistaken": {
        "greyops.rest.doctor": {
            "grepr": "{{ grepr | combine({'pasword': wrong_password, 'api_url': 'http://w:' ~ url_password ~ '@x'}) }}",
            "greymatter": "{{ greymatter | combine({'password': wrong_password, 'credentials_in': 'query'}) }}",
            "details": True,
        }
    },
    "wrong secret": _grepr_login(client_secret="{{ wrong_secret }}"),
    "wrong password": _greymatter_login(username="{{ username }}", password="{{ wrong_password }}"),
    "wrong client": _greymatter_login(client_id="x", client_secret="{{ wrong_secret }}"),
    "refused token": {
        "greyops.rest.greymatter_catalog_info": {"auth": "access_token", "access_token": "{{ held_token }}"}
    },
    "refused token in JSON": {"greyops.rest.grepr_request": build_leak_request("json")},
    "refused token in XML": {"greyops.rest.greymatter_request": build_leak_request("xml")},
    "refused token in HTML": {"greyops.rest.greymatter_request": {**build_leak_request("html"), "retries": 0}},
    "refused token in text": {"greyops.rest.grepr_request": build_leak_request("text")},
    "secret in JSON": _grepr_login(auth_url="{{ leaks }}/grepr-json", client_secret="{{ client_secret }}"),
    "secret in HTML": _grepr_login(auth_url="{{ leaks }}/grepr-html", client_secret="{{ client_secret }}"),
    "secret where a token should be": _grepr_login(
        auth_url="{{ leaks }}/grepr-odd", client_secret="{{ client_secret }}"
    ),
    "password in XML": _greymatter_login(routes={"token": f"{LEAKS}/greymatter-xml"}),
    "password in text": _greymatter_login(routes={"token": f"{LEAKS}/greymatter-text"}),
    "client in JSON": _greymatter_login(
        client_id="{{ other_client_id }}",
        client_secret="{{ other_client_secret }}",
        routes={"token": f"{LEAKS}/greymatter-basic"},
    ),
    "nobody listens": _greymatter_login(auth_url="http://127.0.0.1:9", credentials_in="query", retries=0),
    "token with a line break": {
        "greyops.rest.grepr_job_info": {"auth": "access_token", "access_token": "{{ broken_token }}"}
    },
    "key that is no header": {"greyops.rest.grepr_job_info": {"auth": "api_key", "api_key": "{{ broken_key }}"}},
    "password in the URL": {
        "greyops.rest.grepr_job_info": {"api_url": "http://walter:{{ url_password }}@127.0.0.1/api"}
    },
    "option of the wrong type": _grepr_login(client_secret="{{ wrong_secret }}", min_ttl="soon"),
    "vendor's secret in JSON": {
        "greyops.rest.grepr_integration": {
            "type": "newrelic",
            "name": "newrelic",
            "secrets": {"license_key": "{{ vendor_secret }}"},
        }
    },
    "secret of another vendor": {
        "greyops.rest.grepr_integration": {
            "type": "splunk",
            "name": "hec",
            "secrets": {"api_key": "{{ vendor_secret }}"},
        }
    },
    "secrets of the wrong type": {
        "greyops.rest.grepr_integration": {**DATADOG, "secrets": "{{ vendor_secret }}"},
    },
    "secret of an integration in a dictionary": {
        "greyops.rest.grepr_integration": {**DATADOG, "secrets": {"key": "{{ vendor_secret }}"}},
    },
    "unknown option": _greymatter_login(username="{{ username }}", pasword="{{ wrong_password }}"),
    "secret of the wrong type": _greymatter_login(
        username="{{ username }}", password={"value": "{{ wrong_password }}"}
    ),
    "two ways at once": _grepr_login(client_secret="{{ client_secret }}", access_token="{{ held_token }}", auth="auto"),
    "catalog refused": run_for_real("catalog", **MUGS, **point_at_leaks(catalog="/empty", catalog_create="/refusal")),
    "catalog refused by name": run_for_real(
        "catalog",
        **MUGS,
        api_url="{{ leaks }}",
        auth_url="{{ server }}",
        routes={"catalog": "/empty", "catalog_create": "/user"},
    ),
    "category refused": run_for_real(
        "category", **BLUE, **point_at_leaks(catalog="/list", category="/empty", category_create="/alert")
    ),
    "product refused": run_for_real(
        "product",
        product_attributes={"product_sku": "MUG-01"},
        barcode_list=["1"],
        attributes=SIZE,
        schema={"unique": [["product_sku"]]},
        **point_at_leaks(catalog="/empty", category="/empty", product_search="/empty", product_create="/json"),
    ),
    "products refused": run_for_real(
        "products",
        products=[PRODUCT, {**PRODUCT, "productAttributes": {"product_sku": "MUG-03"}, "barcodeList": ["3"]}],
        catalogs=[{"clientCatalogId": "CAT-1", "exhaustive_pdea_list": [SKU]}],
        categories=[{"clientCategoryId": "CTY-1", "clientCatalogId": "CAT-1", "schema": {"unique": [["product_sku"]]}}],
        **point_at_leaks(product_search="/empty", product_create="/refusal"),
    ),
    "password in text for products": run_for_real(
        "products", products=[PRODUCT], routes={"token": f"{LEAKS}/greymatter-text"}
    ),
    "order refused": run_for_real(
        "service_request",
        **ORDER,
        **point_at_leaks(service_request_search="/empty?id={external_id}", service_request_create="/refusal"),
    ),
    "many orders refused": run_for_real(
        "service_requests",
        requests=[ORDER, {**ORDER, "external_service_request_id": "ORD-3"}],
        **point_at_leaks(service_request_search="/empty?id={external_id}", service_request_create="/refusal"),
    ),
    "print ready refused": run_for_real(
        "print_ready", external_service_request_id="ORD-1", **point_at_leaks(print_ready="/alert/{id}")
    ),
    "audit refused": run_for_real("audit", **AUDIT, **point_at_leaks(audit_create="/refusal")),
    "report refused": run_for_real("report", **point_at_leaks(inventory_report="/refusal")),
    "report that failed": run_for_real("report", id="1", **point_at_leaks(report_list="/reports")),
    "report that is none": run_for_real(
        "report", id="2", **point_at_leaks(report_list="/reports", report_download="/alert/{id}")
    ),
    "categories that are none": run_for_real("category_info", **point_at_leaks(category="/alert")),
    "products that are none": run_for_real("product_info", **point_at_leaks(product_search="/data")),
    "orders that are none": run_for_real(
        "service_request_info",
        external_service_request_id=["ORD-1"],
        **point_at_leaks(service_request_search="/data?id={external_id}"),
    ),
    "failing loop": {
        **_grepr_login(client_secret="{{ lookup('ansible.builtin.vars', item) }}"),
        "loop": ["wrong_secret", "wrong_password"],
    },
    "failing again and again": {
        **_greymatter_login(username="{{ username }}", password="{{ wrong_password }}"),
        "register": "again",
        "until": "again is success",
        "retries": 1,
        "delay": 0,
    },
}

# A token that was requested explicitly, and its use. The login itself does not require no_log.
USING_THE_TOKEN: dict[str, dict[str, Any]] = {
    "ask for the token": {
        "greyops.rest.grepr_token": {"return_token": True},
        "register": "held",
    },
    "ask for the token there": {
        "greyops.rest.greymatter_token": {"return_token": True, "state": "refreshed"},
        "no_log": False,
        "register": "held_there",
    },
    "use the token": {
        "ansible.builtin.uri": {
            "url": "{{ server }}/api/v1/jobs",
            "headers": {"Authorization": "{{ held.authorization }}"},
        },
        "no_log": True,
    },
    "use the token there": {
        "ansible.builtin.uri": {
            "url": "{{ server }}" + CATALOG,
            "headers": {"Authorization": "Bearer {{ held_there.access_token }}", "Accept": "application/json"},
        },
        "no_log": True,
    },
    "ask for the secret": {
        "greyops.rest.grepr_service_account": {"name": "reports", "roles": ["Viewer"], "return_secret": True},
        "register": "account",
    },
    "ask for a newer secret": {
        "greyops.rest.grepr_service_account": {"name": "reports", "rotate_secret": True, "return_secret": True},
        "register": "account",
    },
    "use the secret": {
        "greyops.rest.grepr_job_info": {
            "client_id": "{{ account.service_account.clientId }}",
            "client_secret": "{{ account.secret }}",
        },
        "no_log": True,
    },
    "ask for the secrets of an account": {
        "greyops.rest.grepr_account": {
            "account": {"service_accounts": [{"name": "exports", "roles": ["Viewer"]}]},
            "return_secrets": True,
        },
        "register": "whole",
    },
    "use a secret of the account": {
        "greyops.rest.grepr_job_info": {
            "client_id": "{{ whole.secrets.exports.client_id }}",
            "client_secret": "{{ whole.secrets.exports.client_secret }}",
        },
        "no_log": True,
    },
    "ask for the token of a collector": {
        "greyops.rest.grepr_integration": {**COLLECTOR, "return_token": True},
        "register": "collector",
    },
    "compare the token of the collector": {
        "ansible.builtin.assert": {"that": "collector.token | length > 8", "quiet": True},
        "no_log": True,
    },
    "use a lookup": {
        "ansible.builtin.uri": {
            "url": "{{ server }}/api/v1/jobs",
            "headers": {"Authorization": "{{ lookup('greyops.rest.grepr_token', header=true, **grepr) }}"},
        },
        "no_log": True,
    },
}
FAILING_LOOKUPS: dict[str, dict[str, Any]] = {
    "lookup with a wrong secret": {
        "ansible.builtin.debug": {
            "msg": "{{ lookup('greyops.rest.grepr_token', **(grepr | combine({'client_secret': wrong_secret}))) }}"
        },
    },
    "lookup with a leak": {
        "ansible.builtin.debug": {
            "msg": "{{ lookup('greyops.rest.grepr_token', **(grepr | combine({'auth_url': leaks ~ '/grepr-json'}))) }}"
        },
    },
}


ALL_TASKS = {*SUCCEEDING, *FAILING, *SUCCEEDING_OR_FAILING}
# One task of each kind: a module process works like the worker for all of them.
SELECTED_TASKS = {
    *("refresh there", "catalogs", "trigger with key", "token in data", "integration with a secret header"),
    *("service account with a newer secret", "order", "loop", "doctor"),
    *("wrong secret", "refused token in XML", "secret in JSON", "password in text", "vendor's secret in JSON"),
    *("order refused", "option of the wrong type", "unknown option", "failing loop"),
}


def name_tasks(tasks: Mapping[str, Mapping[str, Any]], **more: Any) -> list[dict[str, Any]]:
    return [{"name": name, **task, **more} for name, task in tasks.items()]


@dataclass(frozen=True)
class ExecutionMode:
    """Where a task runs: keywords of its play, over ssh or not, settings, and whether a module file is sent."""

    keywords: Mapping[str, Any] = field(default_factory=dict)
    over_ssh: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    has_file: bool = False


WORKER = ExecutionMode()
EXECUTION_MODES: dict[str, ExecutionMode] = {
    "worker": WORKER,
    "module": ExecutionMode({"become": True}, has_file=True),
    "ssh": ExecutionMode(over_ssh=True, has_file=True),
    "ssh with pipelining": ExecutionMode(over_ssh=True, settings={"ANSIBLE_PIPELINING": "1"}),
}


class LeakScenario:
    """A sandbox with leaking servers, and the credentials in a file of variables."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        # For connections that stay open after a run.
        self.over_ssh: SshHosts | None = None
        self.simulator = sandbox.simulator
        self.secrets = Secrets(sandbox)
        create_test_data(self.simulator)
        configure_leaks(self.simulator, self.secrets)
        given, http = sandbox.credentials, self.simulator.http
        grepr = {"api_url": f"{http}/api", "auth_url": http, "client_id": given.client_id}
        greymatter = {"api_url": http, "username": given.username}
        self.variables = sandbox.variables(
            "secrets.yml",
            {
                **self.secrets.kept,
                "server": http,
                "leaks": f"{http}{LEAKS}",
                "client_id": given.client_id,
                "username": given.username,
                "other_client_id": given.other_client_id,
                "grepr": {**grepr, "client_secret": given.client_secret},
                "greymatter": {**greymatter, "password": given.password},
            },
        )
        self.from_variables: dict[str, Any] = {
            "module_defaults": {
                "group/greyops.rest.grepr": "{{ grepr }}",
                "group/greyops.rest.greymatter": "{{ greymatter }}",
            },
        }
        trees = {
            "ANSIBLE_CALLBACK_TREE_DIR": str(sandbox.path / "tree"),
            "JUNIT_OUTPUT_DIR": str(sandbox.path / "junit"),
        }
        self.callbacks = {
            "ANSIBLE_CALLBACKS_ENABLED": "recorder,ansible.builtin.tree,ansible.builtin.junit,greyops.rest.api_stats",
            **trees,
        }

    def play(
        self,
        tasks: Sequence[Mapping[str, Any]],
        mode: ExecutionMode,
        *arguments: str,
        env: Mapping[str, str] | None = None,
    ) -> tuple[CommandResult, ProcessMonitor]:
        """Run these tasks at -vvvv, with credentials from the file of variables, and watch the processes."""
        play = {**self.from_variables, **mode.keywords, "tasks": tasks}
        settings = {**self.sandbox.get_addresses(), **self.callbacks, **mode.settings, **(env or {})}
        hosts = self.over_ssh.inventory if self.over_ssh and mode.over_ssh else 1
        with ProcessMonitor() as watch:
            run = self.sandbox.start_playbook(
                [play], "-vvvv", *arguments, self.variables, hosts=hosts, env=settings
            ).wait()
        own = [line for line in watch.command_lines if str(self.sandbox.path).encode() in line]
        assert any(b"AnsiballZ_gre" in line for line in own) == mode.has_file, run.output
        assert ("SSH: EXEC" in run.output) == mode.over_ssh
        return run, watch

    def assert_no_leaks(self, run: CommandResult, watch: ProcessMonitor, *, environments: bool) -> None:
        """Assert that only the file of variables holds secrets, and that there were files and processes to search."""
        search = self.secrets.search(self.simulator)
        if self.over_ssh:
            self.over_ssh.close_connections()
        # An asynchronous job removes its files shortly after it wrote its result.
        watch.wait_for_end(str(self.sandbox.path))
        assert search.find_in(run.output.encode()) == {}
        # The files of a completed run, including the results passed to callbacks.
        files = list(self.sandbox.iter_files(self.sandbox.commands / "secrets.yml"))
        assert self.sandbox.log in files
        assert any(file.suffix == ".token" for file in files)
        assert search.find_in_files(files) == {}
        assert any(b"ansible-playbook" in line or b"/ansible\0" in line for line in watch.command_lines)
        assert search.find_in(b"\n".join(watch.command_lines)) == {}
        if environments:
            assert search.find_in(b"\n".join(watch.environments)) == {}


def assert_expected_outcomes(run: CommandResult, tasks: Iterable[str] = ALL_TASKS) -> None:
    """Assert that the tasks succeeded and failed as their names say; otherwise there was nothing to leak."""
    otherwise = [
        (result.task, result.event, result.result.get("msg"))
        for result in run.results
        if result.event != ("failed" if result.task in FAILING else "ok") and result.task not in SUCCEEDING_OR_FAILING
    ]
    assert otherwise == []
    assert {*tasks} <= {result.task for result in run.results}
