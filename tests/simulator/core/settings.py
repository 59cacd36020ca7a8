# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings: one data class per service, and their validation from JSON."""

from __future__ import annotations

import dataclasses
import math
import secrets
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin, get_type_hints

Wrapper = Literal["none", "content", "data", "items", "serviceRequests"]
ExpiresInForm = Literal["number", "string", "float", "absent", "garbage"]


class InputError(ValueError):
    """A value that the admin interface rejects; ``known`` lists the accepted ones."""

    def __init__(self, message: str, known: list[str] | None = None) -> None:
        super().__init__(message)
        self.known = known


@dataclass
class Application:
    """A machine-to-machine client of Grepr; ``scope`` is what it may request, space separated."""

    client_id: str
    client_secret: str
    scope: str = "service"


@dataclass
class Client:
    """A registered OAuth client of GreyMatter."""

    client_id: str
    client_secret: str
    grant_types: list[str] = field(default_factory=lambda: ["password", "refresh_token"])
    scope: str = "openid"


@dataclass
class User:
    """A GreyMatter account."""

    username: str
    password: str
    user_id: int = 7
    status: Literal["active", "locked", "disabled", "expired"] = "active"


@dataclass
class GreprSettings:
    """Settings of Grepr."""

    credentials: list[Application] = field(
        default_factory=lambda: [Application("sim-client", f"sim-secret-{secrets.token_hex(12)}")]
    )
    api_keys: list[str] = field(default_factory=lambda: [f"sim-key-{secrets.token_hex(12)}"])
    audiences: list[str] = field(default_factory=lambda: ["service"])
    token_life: float = 86400
    expires_in_form: ExpiresInForm = "number"
    form_login: bool = True
    token_limit: Literal["none", "rate", "quota"] = "none"
    jobs_status: Literal[200, 201] = 200
    transit: Literal["clock", "manual"] = "clock"
    transit_time: float = 0.2
    server_defaults: bool = True
    bump_on_state_change: bool = False
    rollback_default: bool = False
    rollback_gap: bool = False
    put_answer: Literal["job", "empty"] = "job"
    deleted_job: Literal["state", "404"] = "state"
    delete_in_transit: Literal["accept", "conflict"] = "accept"
    omitted_teams: Literal["clear", "keep"] = "clear"
    check_references: bool = False
    unique_names: bool = False
    dataset_teams: Literal["ignored", "updated"] = "ignored"
    team_create_status: Literal[200, 201] = 200
    team_delete_status: Literal[200, 204] = 204
    integration_in_use: Literal[204, 409] = 204
    template_in_use: Literal[204, 409] = 409
    template_shape: Literal["items", "object"] = "items"
    sync_newline: Literal["lf", "crlf"] = "lf"
    sync_delay: float = 0
    sync_heartbeat_every: int = 100
    sync_heartbeat_timeout: float = 5
    sync_heartbeat_wait: bool = True
    triggers: Literal["open", "key_only"] = "open"
    unlisted_auth: Literal["required", "open"] = "required"
    manifest_auth_url: str = ""
    narrowed_scope: bool = False
    require_json_headers: bool = False


@dataclass
class GreyMatterSettings:
    """Settings of GreyMatter."""

    clients: list[Client] = field(default_factory=lambda: [Client("butler", "butler")])
    users: list[User] = field(default_factory=lambda: [User("sim-user", f"sim-password-{secrets.token_hex(12)}")])
    token_life: float = 43200
    refresh_life: float = 2592000
    expires_in_form: ExpiresInForm = "number"
    token_kind: Literal["jwt", "opaque"] = "jwt"
    refresh: Literal["reuse", "rotate", "refuse", "off"] = "reuse"
    wrong_password_status: Literal[400, 401] = 400
    error_format: Literal["negotiated", "xml_default", "xml_as_json"] = "negotiated"
    unauthorized_body: Literal["oauth", "html"] = "oauth"
    echo_token: bool = True
    prefix: str = ""
    routes: dict[str, str] = field(default_factory=dict)
    catalog_wrapper: Wrapper = "none"
    category_wrapper: Wrapper = "none"
    item_wrapper: Wrapper = "none"
    catalog_path: str = ""
    page_size: int = 20
    first_page: Literal[0, 1] = 0
    service_errors: Literal["boot1", "boot2", "reason", "alert_data", "validation", "text", "empty", "html"] = "boot1"
    put: Literal["replace", "merge"] = "replace"
    create_existing: Literal["refuse", "upsert"] = "refuse"
    create_status: Literal[200, 201] = 200
    addressed_by: Literal["either", "client_id", "internal_id"] = "either"
    delete_in_use: Literal["409", "400", "allow"] = "409"
    delete_status: Literal[200, 204] = 200
    delete_effect: Literal["done", "none"] = "done"
    server_keys: Literal["few", "many"] = "few"
    uid_form: Literal["number", "string"] = "number"
    units: Literal["all", "old", "new"] = "all"
    unknown_fields: Literal["drop", "refuse"] = "drop"
    attribute_types: Literal["checked", "any"] = "checked"
    undeclared_attributes: Literal["accept", "refuse"] = "accept"
    search_limit: int = 0
    duplicate_status: Literal[400, 409] = 400
    order_search: Literal["exact", "prefix", "all"] = "exact"
    order_totals: Literal["present", "absent"] = "present"
    order_fields: Literal["all", "few"] = "all"
    order_transit: Literal["manual", "clock"] = "manual"
    order_transit_time: float = 0.2
    unknown_items: Literal["accept", "refuse"] = "accept"
    cancelled_spelling: Literal["CANCELLED", "CANCELED"] = "CANCELLED"
    status_field: Literal["present", "absent"] = "present"
    times: Literal["mixed", "zulu"] = "mixed"
    no_lines: Literal["null", "empty"] = "null"
    order_notifications: Literal["none", "states"] = "none"
    report_transit: Literal["clock", "manual"] = "clock"
    report_time: float = 0.2
    report_order: Literal["newest", "oldest"] = "newest"
    report_wrapper: Wrapper = "none"
    report_paths: Literal["both", "documented", "seen"] = "both"
    report_host: str = "http://warehouse.example"
    download_accept: Literal["any", "file"] = "any"
    webhook_urls: list[str] = field(default_factory=list)
    webhook_attempts: int = 3
    webhook_pause: float = 0.2
    webhook_copies: int = 1
    webhook_version_key: Literal["version_number", "version_Number"] = "version_number"
    print_ready_states: list[str] = field(default_factory=lambda: ["pick_started", "complete"])
    narrowed_scope: bool = False
    require_json_headers: bool = False


@dataclass
class Settings:
    """All settings."""

    grepr: GreprSettings = field(default_factory=GreprSettings)
    greymatter: GreyMatterSettings = field(default_factory=GreyMatterSettings)

    def patch(self, changes: object) -> None:
        """Apply ``{"grepr": {...}, "greymatter": {...}}``; a switch at the top level goes to every service that has it.

        Either all changes are valid and applied, or none is.
        """
        sections: dict[str, GreprSettings | GreyMatterSettings] = {"grepr": self.grepr, "greymatter": self.greymatter}
        wanted: dict[str, dict[str, Any]] = {name: {} for name in sections}
        for key, value in require_object(changes, "settings").items():
            if key in sections:
                wanted[key].update(require_object(value, key))
                continue
            owners = [name for name, section in sections.items() if hasattr(section, key)]
            if not owners:
                known = [f"{name}.{switch}" for name, section in sections.items() for switch in vars(section)]
                raise InputError(f"unknown setting {key!r}", known)
            for name in owners:
                wanted[name][key] = value
        made = {name: build(type(section), vars(section) | wanted[name], name) for name, section in sections.items()}
        self.grepr, self.greymatter = made["grepr"], made["greymatter"]


def require_object(value: object, where: str) -> dict[str, Any]:
    """The value, when it is a JSON object."""
    if not isinstance(value, dict):
        raise InputError(f"{where} must be a JSON object, not {_type_name(value)}")
    return value


def build(hint: Any, value: object, where: str) -> Any:
    """Check a JSON value against a type hint; objects become data classes."""
    if hint is Any or (isinstance(hint, type) and dataclasses.is_dataclass(hint) and isinstance(value, hint)):
        return value
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _build_object(hint, require_object(value, where), where)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        # bool is an int in Python, and True == 1: compare the types too.
        if any(value == choice and type(value) is type(choice) for choice in arguments):
            return value
        raise InputError(f"{where} cannot be {value!r}", [str(choice) for choice in arguments])
    if origin is list:
        if not isinstance(value, list):
            raise InputError(f"{where} must be a list, not {_type_name(value)}")
        return [build(arguments[0], item, f"{where}[{index}]") for index, item in enumerate(value)]
    if origin is dict:
        return {
            name: build(arguments[1], item, f"{where}.{name}") for name, item in require_object(value, where).items()
        }
    if type(None) in arguments:
        return None if value is None else build(arguments[0], value, where)
    if hint in (int, float):
        if isinstance(value, bool) or not isinstance(value, (int, hint)) or not math.isfinite(value) or value < 0:
            raise InputError(f"{where} must be a number that is not negative, not {value!r}")
        return value
    if not isinstance(value, hint):
        raise InputError(f"{where} must be of type {hint.__name__}, not {_type_name(value)}")
    return value


def _build_object(hint: Any, value: dict[str, Any], where: str) -> Any:
    hints = get_type_hints(hint)
    unknown = sorted(set(value) - set(hints))
    if unknown:
        raise InputError(f"unknown in {where}: {', '.join(unknown)}", sorted(hints))
    missing = [
        item.name
        for item in dataclasses.fields(hint)
        if item.name not in value
        and item.default is dataclasses.MISSING
        and item.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise InputError(f"missing in {where}: {', '.join(missing)}", sorted(hints))
    return hint(**{name: build(hints[name], item, f"{where}.{name}") for name, item in value.items()})


def _type_name(value: object) -> str:
    return "null" if value is None else type(value).__name__
