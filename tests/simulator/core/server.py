# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line, the listeners, and the ready information."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shlex
import signal
import ssl
import sys
import tempfile
from pathlib import Path
from typing import Any

from aiohttp import web

from . import tls
from .app import build_app
from .settings import Settings
from .state import State


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python tests/simulator", description="Grepr and GreyMatter on loopback.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port for http (any free one)")
    parser.add_argument("--tls-port", type=int, default=0, help="port for https (any free one)")
    parser.add_argument("--directory", type=Path, help="where certificates go (temporary, removed at the end)")
    parser.add_argument("--ready", type=Path, help="file to write the addresses and credentials to, as JSON")
    parser.add_argument(
        "--print-exports", action="store_true", help="also print shell exports for playbooks, on stderr"
    )
    # The name of the option before it was renamed.
    parser.add_argument("--friendly", dest="print_exports", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


async def serve(options: argparse.Namespace, directory: Path) -> None:
    """Listen until a signal arrives."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    settings = Settings()
    certificates = tls.make(directory, options.host)
    # Stalled and dripping answers must not hold up the end.
    runner = web.AppRunner(build_app(State(settings)), access_log=None, shutdown_timeout=0.2)
    await runner.setup()

    async def listen(port: int, context: ssl.SSLContext | None = None) -> str:
        site = web.TCPSite(runner, options.host, port, ssl_context=context, backlog=1024)
        try:
            await site.start()
        except OSError as error:
            raise SystemExit(f"cannot listen on {options.host}, port {port}: {error.strerror}") from error
        host = f"[{options.host}]" if ":" in options.host else options.host
        return f"{'https' if context else 'http'}://{host}:{runner.addresses[-1][1]}"

    try:
        ready_info = get_ready_info(
            settings,
            certificates,
            http=await listen(options.port),
            https=await listen(options.tls_port, certificates.server),
            wrong_host=await listen(0, certificates.wrong_host),
            expired=await listen(0, certificates.expired),
            client_required=await listen(0, certificates.client_required),
        )
        write_ready_info(ready_info, options)
        await stop.wait()
    finally:
        await runner.cleanup()


def get_ready_info(settings: Settings, certificates: tls.Certificates, **urls: str) -> dict[str, Any]:
    """The addresses and credentials."""
    credentials, user = settings.grepr.credentials[0], settings.greymatter.users[0]
    return {
        "http": urls["http"],
        "https": urls["https"],
        "https_wrong_host": urls["wrong_host"],
        "https_expired": urls["expired"],
        "https_client_required": urls["client_required"],
        "ca_path": str(certificates.ca_path),
        "client_cert_path": str(certificates.client_cert_path),
        "client_key_path": str(certificates.client_key_path),
        "pid": os.getpid(),
        "grepr": {
            "api_url": f"{urls['http']}/api",
            "auth_url": urls["http"],
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
            "api_key": settings.grepr.api_keys[0],
        },
        "greymatter": {"api_url": urls["http"], "username": user.username, "password": user.password},
        "admin": f"{urls['http']}/_admin",
    }


def write_ready_info(ready_info: dict[str, Any], options: argparse.Namespace) -> None:
    """Write the ready information to the ready file and to stdout, and shell exports to stderr if requested."""
    line = json.dumps(ready_info)
    # A reader of stdout may read the file at once.
    if options.ready:
        draft = options.ready.with_name(f".{options.ready.name}.{os.getpid()}")
        draft.write_text(line + "\n", encoding="utf-8")
        draft.replace(options.ready)
    print(line, flush=True)
    if options.print_exports:
        print(format_exports(ready_info), file=sys.stderr, flush=True)


def format_exports(ready_info: dict[str, Any]) -> str:
    """Shell exports that point playbooks to the simulator."""
    grepr, greymatter = ready_info["grepr"], ready_info["greymatter"]
    variables = {
        "GREPR_API_BASE_URL": grepr["api_url"],
        "GREPR_AUTH_BASE_URL": grepr["auth_url"],
        "GREPR_CLIENT_ID": grepr["client_id"],
        "GREPR_CLIENT_SECRET": grepr["client_secret"],
        "GREPR_API_KEY": grepr["api_key"],
        "GREYMATTER_API_URL": greymatter["api_url"],
        "GREYMATTER_USERNAME": greymatter["username"],
        "GREYMATTER_PASSWORD": greymatter["password"],
        "SIMULATOR_ADMIN": ready_info["admin"],
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    hint = f"The simulator is up; admin interface: {ready_info['admin']}/ - end it with Ctrl-C. In another shell:"
    return "\n".join(["", hint, "", *lines, ""])


def main() -> None:
    """Run with a directory for the certificates."""
    options = parse_arguments()
    if options.ready:
        # A file left by an earlier run would name closed ports.
        options.ready.unlink(missing_ok=True)
    if options.directory:
        options.directory.mkdir(parents=True, exist_ok=True)
        asyncio.run(serve(options, options.directory.resolve()))
        return
    with tempfile.TemporaryDirectory(prefix="simulator-") as directory:
        asyncio.run(serve(options, Path(directory)))
