# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Redis store without a Redis: its settings, and the cost of an unavailable server. Other tests are stress
tests."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("redis")

from ansible_collections.greyops.rest.plugins.module_utils._argspec import validate_options
from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.module_utils._http.settings import HTTP_SPEC, HttpSettings
from ansible_collections.greyops.rest.plugins.module_utils._oauth.redis_store import RedisStore
from ansible_collections.greyops.rest.plugins.module_utils._oauth.settings import TOKEN_STORE_SPEC, TokenStoreSettings
from ansible_collections.greyops.rest.plugins.module_utils._oauth.store import EncryptedStore

KEY = "k3y-of-the-store"
IDENTITY: dict[str, str | None] = {"service": "grepr"}


class BrokenServer:
    """Closes every connection, and counts them."""

    def __init__(self) -> None:
        self.visits = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://:hunter2@127.0.0.1:{self._socket.getsockname()[1]}/0"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                visitor, _address = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            visitor.close()


@pytest.fixture
def server() -> Iterator[BrokenServer]:
    broken = BrokenServer()
    yield broken
    broken.close()


def open_store(runtime: NullRuntime, url: str, **options: object) -> EncryptedStore:
    given = {"token_store": "redis", "token_store_url": url, "token_store_key": KEY, **options}
    settings = TokenStoreSettings.from_params(validate_options(TOKEN_STORE_SPEC, given))
    return EncryptedStore(["s3cret"], settings.open_stores(runtime.directories), runtime)


def test_only_one_process_retries_redis(runtime: NullRuntime, server: BrokenServer) -> None:
    """Each task creates its own store; all but the first skip Redis, and report the same."""
    open_store(runtime, server.url).write(IDENTITY, "document", 60)
    visits = server.visits
    assert visits > 0
    runtimes = [NullRuntime(runtime.directories) for _task in range(5)]
    assert [open_store(one, server.url).read(IDENTITY) for one in runtimes] == ["document"] * 5
    assert server.visits == visits
    (warning,) = runtime.warnings
    assert [one.warnings for one in runtimes] == [[warning]] * 5
    assert "no connection. Tokens are kept on this machine only instead." in warning
    assert "hunter2" not in warning


@pytest.mark.parametrize("shift", [31, -3600])
def test_redis_is_retried_later(
    runtime: NullRuntime, server: BrokenServer, monkeypatch: pytest.MonkeyPatch, shift: float
) -> None:
    """After a delay, and when the clock was set back."""
    assert open_store(runtime, server.url).kind == "redis"  # no connection was tried yet
    open_store(runtime, server.url).read(IDENTITY)
    visits, clock = server.visits, time.time
    monkeypatch.setattr(time, "time", lambda: clock() + shift)
    open_store(runtime, server.url).read(IDENTITY)
    assert server.visits > visits


def test_corrected_settings_are_used_immediately(runtime: NullRuntime, server: BrokenServer) -> None:
    open_store(runtime, server.url).read(IDENTITY)
    visits = server.visits
    open_store(runtime, server.url.replace("hunter2", "hunter3")).read(IDENTITY)
    assert server.visits > visits


def test_failure_record_is_private(runtime: NullRuntime, server: BrokenServer, tmp_path: Path) -> None:
    open_store(runtime, server.url, token_store_path=str(tmp_path / "tokens")).read(IDENTITY)
    (note,) = (tmp_path / "tokens").glob("*.token")
    assert not any(word in note.read_bytes() for word in (b"hunter2", b"127.0.0.1", b"Redis", b"connection"))
    assert note.stat().st_mode & 0o777 == 0o600


def test_blocked_failure_record(runtime: NullRuntime, server: BrokenServer, tmp_path: Path) -> None:
    """The record is written to the store of the run, if the next tokens are."""
    (tmp_path / "file").write_text("")
    visits = []
    for _task in range(3):
        open_store(runtime, server.url, token_store_path=str(tmp_path / "file" / "tokens")).read(IDENTITY)
        visits.append(server.visits)
    assert visits[0] > 0
    assert len(set(visits)) == 1


def tls_of(url: str, **options: str) -> dict[str, str | None]:
    http = HttpSettings.from_params(validate_options(HTTP_SPEC, options))
    store = RedisStore(url, KEY, http.ca_path, http.client_cert, http.client_key)
    return {name: value for name, value in store.identity.items() if name != "url"}


def test_certificates(tmp_path: Path) -> None:
    """The options apply to a URL that names no certificates; those in the URL take precedence, and pairs stay
    together."""
    mine = {"ca_path": "/ca.pem", "client_cert": "/cert.pem", "client_key": "/key.pem"}
    certificates = {"ssl_certfile": "/cert.pem", "ssl_keyfile": "/key.pem"}
    checked = {"ssl_check_hostname": "True"}
    assert tls_of("redis://h.test", **mine) == {}
    assert tls_of("rediss://h.test") == checked
    assert tls_of("rediss://h.test", **mine) == {**checked, "ssl_ca_certs": "/ca.pem", **certificates}
    assert tls_of("rediss://h.test?ssl_ca_path=/x", **mine) == {**checked, **certificates}
    assert tls_of("rediss://h.test?ssl_certfile=/x", **mine) == {**checked, "ssl_ca_certs": "/ca.pem"}
    assert tls_of("rediss://h.test", ca_path=str(tmp_path)) == {**checked, "ssl_ca_path": str(tmp_path)}
    both = {**checked, "ssl_certfile": "/both.pem", "ssl_keyfile": "/both.pem"}
    assert tls_of("rediss://h.test", client_cert="/both.pem") == both


@pytest.mark.parametrize("value", ["none", "optional", "NONE"])
def test_certificates_are_checked(value: str) -> None:
    with pytest.raises(OptionError, match=r"disables the verification of certificates \(Redis at h\.test\)") as caught:
        RedisStore(f"rediss://:hunter2@h.test?ssl_cert_reqs={value}", KEY)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "query",
    [
        "hunter2=1", "db=hunter2", "socket_timeout=hunter2", "ssl_check_hostname=false", "ssl_check_hostname=0",
        "ssl_check_hostname=no", "ssl_check_hostname=", "%73sl_check_hostname=f", "db=0&ssl_check_hostname=False",
        "SSL_CHECK_HOSTNAME=false", "ssl_min_version=768", "ssl_ciphers=NULL", "ssl_validate_ocsp=0", "ssl=false",
        "ssl_include_verify_flags=0", "connection_class=x", "host=evil.test", "port=1", "path=/x", "protocol=3",
    ],
)  # fmt: skip
def test_invalid_parameters(query: str) -> None:
    with pytest.raises(OptionError, match="token_store_url has a query parameter that") as caught:
        RedisStore(f"rediss://h.test?{query}", KEY).read("name")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        r"rediss://evil.test\@h.test", r"redis://:hunter2@h.test\x", "redis://h.test\t", "redis://:hunter2@", "redis:///0",
        "redis://h%2etest", "redis://h.test:0", "redis://h.test:x", "unix://:hunter2@/a\n", "http://h.test", "redis://0x7f.1",
    ],
)  # fmt: skip
def test_invalid_redis_urls(url: str) -> None:
    with pytest.raises(OptionError, match="token_store_url is not a Redis URL") as caught:
        RedisStore(url, KEY)
    assert "hunter2" not in caught.value.msg


@pytest.mark.parametrize(
    "url",
    [
        "redis://:p%40ss@h.test:6380/1", "rediss://user:pw@[::1]:6379/0?ssl_cert_reqs=required", "unix://u:p@/run/redis?db=1",
        "redis://redis_1", "rediss://h.test?ssl_ca_certs=/a&ssl_certfile=/b&ssl_keyfile=/c&client_name=me",
    ],
)  # fmt: skip
def test_valid_redis_urls(url: str) -> None:
    assert RedisStore(url, KEY).identity["url"] == url
