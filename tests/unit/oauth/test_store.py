# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Token stores: permissions, races, locks, and fallbacks."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._argspec import validate_options
from ansible_collections.greyops.rest.plugins.module_utils._context import Directories, NullRuntime
from ansible_collections.greyops.rest.plugins.module_utils._errors import (
    AuthenticationError,
    GreyopsError,
    LockTimeoutError,
    MissingLibraryError,
    OptionError,
    StoreError,
)
from ansible_collections.greyops.rest.plugins.module_utils._oauth.file_store import FileStore
from ansible_collections.greyops.rest.plugins.module_utils._oauth.settings import (
    TOKEN_STORE_SPEC,
    TokenStoreSettings,
)
from ansible_collections.greyops.rest.plugins.module_utils._oauth.store import (
    EncryptedStore,
    MemoryStore,
    SharedRateLimits,
)
from ansible_collections.greyops.rest.plugins.module_utils._oauth.tokens import Token, TokenRecord

if TYPE_CHECKING:
    from tests.unit.conftest import InProcesses

pytest.importorskip("cryptography")

NAME = "0" * 64
OTHER_UID = 65534
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
SECRETS: list[str | None] = ["cl13nt", "pa55"]
IDENTITY: dict[str, str | None] = {"service": "grepr", "client_id": "example", "scope": None}
DOCUMENT = {"token": {"access_token": "t0ken"}}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "home" / "greyops.rest" / "tokens"


@pytest.fixture
def store(place: Path) -> FileStore:
    return FileStore(str(place))


@pytest.fixture
def _no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def fresh_token(life: float = 3600.0) -> Token:
    now = time.time()
    return Token("t0ken-of-some-length", "Bearer", None, now, now + life)


# --- files


def test_record_is_read_and_deleted(store: FileStore) -> None:
    assert store.read(NAME) is None
    assert store.remove(NAME) is False
    store.write(NAME, b"sealed", 60)
    assert store.read(NAME) == b"sealed"
    store.write(NAME, b"again", 60)
    assert FileStore(store.directory).read(NAME) == b"again"
    assert store.remove(NAME) is True
    assert store.read(NAME) is None


@pytest.mark.usefixtures("_no_umask")
def test_files_are_private_with_any_umask(store: FileStore, place: Path) -> None:
    store.open_cipher(["a", "b"])
    store.write(NAME, b"sealed", 60)
    with store.lock(NAME, 1):
        pass
    assert mode(place) == 0o700
    assert {file.name: mode(file) for file in place.iterdir()} == {
        "key": 0o600,
        f"{NAME}.token": 0o600,
        f"{NAME}.lock": 0o600,
    }


@pytest.mark.usefixtures("_no_umask")
def test_created_directories_are_not_writable_by_others(store: FileStore, place: Path) -> None:
    store.write(NAME, b"sealed", 60)
    assert not mode(place.parent) & (stat.S_IWGRP | stat.S_IWOTH)


def test_incomplete_files_are_removed(store: FileStore, place: Path) -> None:
    store.open_cipher(["a", "b"])
    for number in range(5):
        store.write(NAME, bytes(number), 60)
    assert sorted(file.suffix for file in place.iterdir()) == ["", ".token"]


def test_symlinked_home_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "home").symlink_to(tmp_path / "disk")
    store = FileStore(str(tmp_path / "home" / "tokens"))
    store.write(NAME, b"sealed", 60)
    assert store.read(NAME) == b"sealed"


def test_symlinked_directory_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "tokens").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match=r"tokens is a symbolic link, .*token_store_path"):
        FileStore(str(tmp_path / "tokens")).write(NAME, b"sealed", 60)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_symlinked_files_are_not_followed(store: FileStore, place: Path, tmp_path: Path) -> None:
    store.write(NAME, b"sealed", 60)
    bait = tmp_path / "bait"
    bait.write_bytes(bytes(32))
    bait.chmod(0o600)
    (place / f"{NAME}.token").unlink()
    (place / f"{NAME}.token").symlink_to(bait)
    (place / "key").symlink_to(bait)
    (place / f"{NAME}.lock").symlink_to(bait)
    assert store.read(NAME) is None
    with pytest.raises(StoreError):
        store.open_cipher(["a", "b"])
    with pytest.raises(StoreError), store.lock(NAME, 1):
        pass
    store.write(NAME, b"new", 60)
    assert store.read(NAME) == b"new"
    assert bait.read_bytes() == bytes(32)


@pytest.mark.parametrize("bits", [0o770, 0o702, 0o777])
def test_directory_writable_by_others_is_rejected(store: FileStore, place: Path, bits: int) -> None:
    place.mkdir(parents=True)
    place.chmod(bits)
    with pytest.raises(StoreError, match="chmod 700"):
        store.read(NAME)


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o666])
def test_record_readable_by_others_is_a_miss(store: FileStore, place: Path, bits: int) -> None:
    store.write(NAME, b"sealed", 60)
    (place / f"{NAME}.token").chmod(bits)
    assert store.read(NAME) is None


@pytest.mark.parametrize("bits", [0o640, 0o604])
def test_key_readable_by_others_fails(store: FileStore, place: Path, bits: int) -> None:
    store.open_cipher(["a", "b"])
    (place / "key").chmod(bits)
    with pytest.raises(StoreError, match="private file"):
        store.open_cipher(["a", "b"])


@ROOT_ONLY
def test_files_of_other_owners_are_rejected(store: FileStore, place: Path) -> None:
    store.write(NAME, b"sealed", 60)
    store.open_cipher(["a", "b"])
    os.chown(place / f"{NAME}.token", OTHER_UID, OTHER_UID)
    assert store.read(NAME) is None
    os.chown(place / "key", OTHER_UID, OTHER_UID)
    with pytest.raises(StoreError, match="private file"):
        store.open_cipher(["a", "b"])
    os.chown(place, OTHER_UID, OTHER_UID)
    with pytest.raises(StoreError, match="another user"):
        store.read(NAME)


def test_record_that_is_not_a_regular_file_is_a_miss(store: FileStore, place: Path) -> None:
    store.write(NAME, b"sealed", 60)
    (place / f"{NAME}.token").unlink()
    os.mkfifo(place / f"{NAME}.token", 0o600)
    assert store.read(NAME) is None
    (place / f"{NAME}.token").unlink()
    (place / f"{NAME}.token").mkdir()
    assert store.read(NAME) is None


def test_files_are_closed(store: FileStore, place: Path) -> None:
    store.write(NAME, b"sealed", 60)
    (place / "directory.token").mkdir()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for name in (NAME, "directory", "absent"):
        store.read(name)
        with suppress(StoreError), store.lock(name, 1):
            pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize("suffix", [".token", ".lock"])
def test_blocked_record_is_detected_before_the_login(store: FileStore, place: Path, suffix: str) -> None:
    """A record that cannot be replaced would cause a login of every task that waits for the lock."""
    (place / f"{NAME}{suffix}").mkdir(parents=True)
    place.chmod(0o700)
    reason = f"{NAME}{suffix} is not an ordinary file of this user. Remove it"
    with pytest.raises(StoreError, match=reason), store.lock(NAME, 1):
        pass


def test_huge_record_is_a_miss(store: FileStore) -> None:
    store.write(NAME, bytes(1024 * 1024 + 1), 60)
    assert store.read(NAME) is None


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33)])
def test_key_of_the_wrong_length_fails(store: FileStore, place: Path, key: bytes) -> None:
    store.open_cipher(["a", "b"])
    (place / "key").write_bytes(key)
    with pytest.raises(StoreError, match=r"32 bytes\. Remove it"):
        store.open_cipher(["a", "b"])


def test_blocked_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    for path in (tmp_path / "file", tmp_path / "file" / "tokens", Path("/proc/greyops/tokens")):
        with pytest.raises(StoreError, match=rf"{path} (is not a directory|cannot be used).*token_store_path"):
            FileStore(str(path)).write(NAME, b"sealed", 60)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_directory(store: FileStore, place: Path) -> None:
    place.mkdir(parents=True, mode=0o500)
    with pytest.raises(StoreError, match="Permission denied"):
        store.open_cipher(["a", "b"])


# --- removal of expired records


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_full_store_is_detected_before_the_login(store: FileStore) -> None:
    """A full disk, simulated with a limit of the file size: the lock detects it before a token is requested."""
    with store.lock(NAME, 1):
        store.write(NAME, b"record", 60)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        try:
            with store.lock(NAME, 1):
                os._exit(1)
        except StoreError:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.read(NAME) == b"record"


def test_writers_remove_expired_records(store: FileStore, place: Path) -> None:
    store.open_cipher(["a", "b"])
    store.write("dead", b"sealed", 60)
    store.write("living", b"sealed", 60)
    with store.lock("dead", 1):
        pass
    for name, age in (("dead.token", 5), ("old.new", 2 * 86400), ("young.new", 2 * 3600), ("stranger", 10**6)):
        if name != "dead.token":
            (place / name).touch(0o600)
        past = time.time() - age
        os.utime(place / name, (past, past))
    store.write(NAME, b"sealed", 60)
    assert sorted(file.name for file in place.iterdir()) == sorted(
        ["key", "dead.lock", "living.token", "stranger", "young.new", f"{NAME}.token"]
    )


def test_locked_record_is_not_removed(store: FileStore, place: Path) -> None:
    store.write("dead", b"old", 60)
    past = time.time() - 5
    os.utime(place / "dead.token", (past, past))
    with store.lock("dead", 1):
        store.write(NAME, b"sealed", 60)
        assert (place / "dead.token").exists()
    store.write(NAME, b"sealed", 60)
    assert not (place / "dead.token").exists()


def test_modification_time_is_the_expiry(store: FileStore, place: Path) -> None:
    store.write(NAME, b"sealed", 1000)
    assert (place / f"{NAME}.token").stat().st_mtime == pytest.approx(time.time() + 1000, abs=5)


# --- concurrency


def test_many_processes_agree_on_one_key(place: Path, in_processes: InProcesses) -> None:
    starts = time.time() + 0.3

    def make(_number: int) -> str:
        time.sleep(max(0.0, starts - time.time()))
        return FileStore(str(place)).open_cipher(["a", "b"]).record_name({"service": "grepr"})

    assert len(set(in_processes(make, 16))) == 1
    assert [file.name for file in place.iterdir()] == ["key"]


def test_lock_is_exclusive(store: FileStore, tmp_path: Path, in_processes: InProcesses) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")

    def count(_number: int) -> None:
        for _round in range(5):
            with FileStore(store.directory).lock(NAME, 30):
                seen = int(counter.read_text())
                time.sleep(0.001)
                counter.write_text(str(seen + 1))

    in_processes(count, 8)
    assert counter.read_text() == "40"


def test_readers_never_see_incomplete_records(store: FileStore, in_processes: InProcesses) -> None:
    records = [bytes([number]) * 5000 for number in range(4)]
    store.write(NAME, records[0], 60)

    def work(number: int) -> bool:
        if number < 2:
            for record in records * 10:
                store.write(NAME, record, 60)
            return True
        return all(store.read(NAME) in records for _round in range(200))

    assert all(in_processes(work, 4))


def test_locks_of_different_credentials_are_independent(store: FileStore) -> None:
    with store.lock("one", 0.1), store.lock("other", 0.1):
        pass


def test_lock_wait_times_out(store: FileStore) -> None:
    started = time.monotonic()
    with (
        store.lock(NAME, 1),
        pytest.raises(LockTimeoutError, match=r"for more than 0 s.*token_store_path"),
        FileStore(store.directory).lock(NAME, 0.2),
    ):
        pass
    assert time.monotonic() - started < 2


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_lock_is_released_when_its_holder_is_killed(store: FileStore) -> None:
    reader, writer = os.pipe()
    holder = os.fork()
    if not holder:
        with store.lock(NAME, 5):
            os.write(writer, b"x")
            time.sleep(60)
        os._exit(0)
    assert os.read(reader, 1) == b"x"
    with pytest.raises(LockTimeoutError), store.lock(NAME, 0.05):
        pass
    os.kill(holder, signal.SIGKILL)
    os.waitpid(holder, 0)
    with store.lock(NAME, 0.5):
        pass
    os.close(reader)
    os.close(writer)


def test_lock_is_not_inherited_by_commands(store: FileStore) -> None:
    with store.lock(NAME, 1):
        command = subprocess.Popen(["sleep", "30"], close_fds=False)
    try:
        with store.lock(NAME, 0.5):
            pass
    finally:
        command.kill()
        command.wait()


# --- memory


def test_memory_store_is_per_process(in_processes: InProcesses) -> None:
    store = MemoryStore()
    store.write(NAME, b"mine", 60)
    assert MemoryStore().read(NAME) == b"mine"
    assert in_processes(lambda _number: MemoryStore().read(NAME), 2) == [None, None]
    assert store.remove(NAME) is True
    assert store.remove(NAME) is False


def test_memory_store_has_locks() -> None:
    with MemoryStore().lock(NAME, 1), pytest.raises(LockTimeoutError), MemoryStore().lock(NAME, 0.05):
        pass


# --- cool-downs

SERVER = "https://api.test:443"


def test_cooldown_is_shared(runtime: NullRuntime) -> None:
    assert SharedRateLimits(open_store(runtime)).retry_at(SERVER) == 0
    until = time.time() + 60
    SharedRateLimits(open_store(runtime)).set_retry_at(SERVER, until)
    assert SharedRateLimits(open_store(runtime)).retry_at(SERVER) == until
    assert SharedRateLimits(open_store(runtime)).retry_at("https://other.test:443") == 0


@pytest.mark.parametrize(("set_back", "kept"), [(3600, False), (30, True), (-30, True)])
def test_cooldown_from_the_future(
    runtime: NullRuntime, monkeypatch: pytest.MonkeyPatch, set_back: int, kept: bool
) -> None:
    """The clock was set back after the delay was requested, so the remaining time is unknown. Small differences are
    accepted."""
    now = time.time()
    SharedRateLimits(open_store(runtime)).set_retry_at(SERVER, now + 60)
    monkeypatch.setattr(time, "time", lambda: now - set_back)
    assert SharedRateLimits(open_store(runtime)).retry_at(SERVER) == (now + 60 if kept else 0)


@pytest.mark.parametrize("document", [5.0, [], [5.0], ["a", "b"], [1.0, float("inf")], [1.0, 2.0, 3.0], {}, None])
def test_invalid_cooldown_documents(runtime: NullRuntime, document: object) -> None:
    open_store(runtime).write({"cooldown": SERVER}, document, 60)
    assert SharedRateLimits(open_store(runtime)).retry_at(SERVER) == 0


# --- stores, and their order


def settings(**options: object) -> TokenStoreSettings:
    return TokenStoreSettings.from_params(validate_options(TOKEN_STORE_SPEC, options))


def open_store(runtime: NullRuntime, **options: object) -> EncryptedStore:
    return EncryptedStore(list(SECRETS), settings(**options).open_stores(runtime.directories), runtime)


def test_store_fallback_order(directories: Directories) -> None:
    kinds = [store.kind for store in settings().open_stores(directories)]
    assert kinds == ["file", "run", "none"]
    assert [store.kind for store in settings(token_store="none").open_stores(directories)] == ["none"]
    redis = settings(token_store="redis", token_store_url="redis://h.test", token_store_key="k")
    assert [store.kind for store in redis.open_stores(directories)] == ["redis", "file", "run", "none"]
    assert [store.kind for store in settings().open_stores(Directories("/home/ann/.ansible"))] == ["file", "none"]


def test_redis_requires_a_url_and_a_key() -> None:
    with pytest.raises(OptionError, match=r"GREYOPS_TOKEN_STORE_URL.*GREYOPS_TOKEN_STORE_KEY"):
        settings(token_store="redis")
    with pytest.raises(OptionError, match=r"needs token_store_key \(GREYOPS_TOKEN_STORE_KEY\)") as caught:
        settings(token_store="redis", token_store_url="redis://:hunter2@h.test")
    assert "hunter2" not in str(caught.value)


def test_file_store_is_in_ansible_s_home(runtime: NullRuntime, directories: Directories, tmp_path: Path) -> None:
    open_store(runtime).write(IDENTITY, DOCUMENT, 60)
    assert (Path(directories.ansible_home) / "greyops.rest" / "tokens" / "key").exists()
    open_store(runtime, token_store_path=str(tmp_path / "mine")).write(IDENTITY, DOCUMENT, 60)
    assert (tmp_path / "mine" / "key").exists()


def test_document_round_trip(runtime: NullRuntime) -> None:
    open_store(runtime).write(IDENTITY, DOCUMENT, 60)
    assert open_store(runtime).read(IDENTITY) == DOCUMENT
    assert open_store(runtime).remove(IDENTITY) is True
    assert open_store(runtime).read(IDENTITY) is None
    assert runtime.warnings == []


def test_file_contains_no_clear_text(runtime: NullRuntime, tmp_path: Path) -> None:
    open_store(runtime, token_store_path=str(tmp_path)).write(IDENTITY, DOCUMENT, 60)
    kept = b"".join(file.name.encode() + file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert not any(word in kept for word in (b"t0ken", b"pa55", b"cl13nt", b"grepr", b"example"))


@pytest.mark.parametrize("garbage", [b"", b"x", b"x" * 12, b"x" * 500, None])
def test_corrupted_records_are_a_miss(runtime: NullRuntime, tmp_path: Path, garbage: bytes | None) -> None:
    path = tmp_path / "tokens"
    open_store(runtime, token_store_path=str(path)).write(IDENTITY, DOCUMENT, 60)
    (file,) = path.glob("*.token")
    file.write_bytes(file.read_bytes()[:40] if garbage is None else garbage)
    assert open_store(runtime, token_store_path=str(path)).read(IDENTITY) is None
    assert runtime.warnings == []


def test_record_under_another_name_is_a_miss(runtime: NullRuntime, tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    open_store(runtime, token_store_path=str(path)).write(IDENTITY, DOCUMENT, 60)
    other: dict[str, str | None] = {**IDENTITY, "scope": "more"}
    (file,) = path.glob("*.token")
    file.rename(path / f"{FileStore(str(path)).open_cipher(list(SECRETS)).record_name(other)}.token")
    assert open_store(runtime, token_store_path=str(path)).read(other) is None


def test_record_of_another_key_is_a_miss(runtime: NullRuntime, tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    open_store(runtime, token_store_path=str(path)).write(IDENTITY, DOCUMENT, 60)
    (path / "key").write_bytes(os.urandom(32))
    assert open_store(runtime, token_store_path=str(path)).read(IDENTITY) is None


def test_unusable_store_falls_back_to_the_run_directory(runtime: NullRuntime, tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("")
    encrypted = open_store(runtime, token_store_path=str(tmp_path / "blocked"))
    encrypted.write(IDENTITY, DOCUMENT, 60)
    assert encrypted.kind == "run"
    # Another fork of the same run finds it, and reports the same.
    assert open_store(runtime, token_store_path=str(tmp_path / "blocked")).read(IDENTITY) == DOCUMENT
    (warning,) = set(runtime.warnings)
    assert "cannot be used" in warning
    assert str(tmp_path / "blocked") in warning
    assert "for this run only" in warning


def test_memory_store_is_the_last_fallback(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    runtime = NullRuntime(Directories(ansible_home=str(blocked), run=str(blocked)))
    encrypted = open_store(runtime)
    with encrypted.lock(IDENTITY, 1):
        encrypted.write(IDENTITY, DOCUMENT, 60)
        assert (encrypted.kind, encrypted.read(IDENTITY)) == ("none", DOCUMENT)
    assert ["for this run only" in runtime.warnings[0], "within one task only" in runtime.warnings[1]] == [True, True]
    assert len(runtime.warnings) == 2


def test_store_failure_during_use_is_handled(runtime: NullRuntime, tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    encrypted = open_store(runtime, token_store_path=str(path))
    assert encrypted.kind == "file"
    path.chmod(0o777)
    encrypted.write(IDENTITY, DOCUMENT, 60)
    assert (encrypted.kind, encrypted.read(IDENTITY)) == ("run", DOCUMENT)


def test_unreachable_redis_falls_back_to_files(runtime: NullRuntime) -> None:
    """The warning names the URL without the password."""
    pytest.importorskip("redis")
    url = "redis://:hunter2@127.0.0.1:1/0"
    encrypted = open_store(runtime, token_store="redis", token_store_url=url, token_store_key="k3y-of-the-store")
    encrypted.write(IDENTITY, DOCUMENT, 60)
    assert (encrypted.kind, encrypted.read(IDENTITY)) == ("file", DOCUMENT)
    (warning,) = runtime.warnings
    assert "redis" in warning.lower()
    assert "on this machine only" in warning
    assert not any(word in warning for word in ("hunter2", "k3y"))


def test_missing_redis_library_fails(runtime: NullRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a configuration error, and not a temporary outage."""
    monkeypatch.setitem(sys.modules, "redis", None)
    encrypted = open_store(runtime, token_store="redis", token_store_url="redis://:hunter2@h.test", token_store_key="k")
    with pytest.raises(MissingLibraryError, match="python -m pip install redis") as caught:
        encrypted.read(IDENTITY)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["redis://[::1", "http://:hunter2@h.test", "hunter2", "redis://h.test:port/0"])
def test_invalid_redis_url(runtime: NullRuntime, url: str) -> None:
    pytest.importorskip("redis")
    with suppress(GreyopsError):
        open_store(runtime, token_store="redis", token_store_url=url, token_store_key="k").read(IDENTITY)
    assert not any("hunter2@" in warning for warning in runtime.warnings)


@pytest.mark.parametrize(
    "document",
    [None, [], {}, {"token": 7}, {"token": None, "refused_until": float("nan")}, {"token": None, "unproven": -1},
     {"token": None, "unknown": 1}, {"token": None, "refused_until": "x"}, {"token": None, "refusal": {"msg": "why"}},
     {"token": None, "refused_at_login": 1}],
)  # fmt: skip
def test_invalid_entry_documents(document: object) -> None:
    assert TokenRecord.from_document(document) == TokenRecord()


def test_entry_document_round_trip() -> None:
    entry = TokenRecord(
        token=fresh_token(),
        accepted=True,
        unproven=1,
        refused_until=5.0,
        refusal=AuthenticationError("why").as_data(),
    )
    assert TokenRecord.from_document(entry.as_document()) == entry


def test_entry_expiry() -> None:
    now = time.time()
    assert TokenRecord().get_ttl(now) == 0
    assert TokenRecord(refused_until=now + 60).get_ttl(now) == pytest.approx(60)
    assert TokenRecord(token=fresh_token(100)).get_ttl(now) == pytest.approx(100, abs=2)
    assert TokenRecord(token=Token("t", "Bearer", None, now, None)).get_ttl(now) == pytest.approx(86400)
    assert TokenRecord(token=Token("t", "Bearer", None, now, now + 5, "r")).get_ttl(now) == pytest.approx(30 * 86400)


@pytest.mark.parametrize("min_ttl", [-1, float("inf"), float("nan")])
def test_min_ttl_is_a_number_of_seconds(min_ttl: float) -> None:
    with pytest.raises(OptionError, match="min_ttl"):
        settings(min_ttl=min_ttl)
