# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many files in one task, and the exported files of pipelines."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._context import Context
from ansible_collections.greyops.rest.plugins.module_utils._operation import perform
from ansible_collections.greyops.rest.plugins.modules.write_files import OPERATION
from tests.unit.conftest import params

if TYPE_CHECKING:
    from ansible_collections.greyops.rest.plugins.module_utils._context import NullRuntime

Write = Callable[..., dict[str, Any]]


@pytest.fixture
def write(runtime: NullRuntime, tmp_path: Path) -> Write:
    def run(*files: tuple[str, str], check_mode: bool = False, **more: Any) -> dict[str, Any]:
        listed = [{"name": name, "content": content} for name, content in files]
        given = {"dest": str(tmp_path / "there"), "files": listed, **more}
        return perform(
            OPERATION, Context(params(OPERATION.spec, given), runtime, check_mode=check_mode, diff_mode=True)
        ).keys

    return run


def test_only_changed_files_are_written(write: Write, tmp_path: Path) -> None:
    first = write(("a.yml", "ü: 1\n"), ("deep/er/b.yml", "2"))
    assert (first["changed"], first["written"]) == (True, ["a.yml", "deep/er/b.yml"])
    kept = tmp_path / "there" / "a.yml"
    assert (kept.read_text(encoding="utf-8"), kept.stat().st_mode & 0o777) == ("ü: 1\n", 0o644)
    before = kept.stat().st_mtime_ns
    again = write(("a.yml", "ü: 1\n"), ("deep/er/b.yml", "3"))
    assert again["written"] == ["deep/er/b.yml"]
    assert again["diff"] == {"before": {"deep/er/b.yml": "2"}, "after": {"deep/er/b.yml": "3"}}
    assert kept.stat().st_mtime_ns == before
    last = write(("a.yml", "ü: 1\n"), ("deep/er/b.yml", "3"))
    assert (last["changed"], last["written"]) == (False, [])
    assert sorted(path.name for path in (tmp_path / "there").rglob("*") if path.is_file()) == ["a.yml", "b.yml"]


def test_check_mode_predicts_without_writing(write: Write, tmp_path: Path) -> None:
    assert write(("a/b.yml", "1"), check_mode=True)["written"] == ["a/b.yml"]
    assert not (tmp_path / "there").exists()


def test_directories_have_the_same_mode_with_every_umask(write: Write, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write(("deep/er/a", "1"))
    finally:
        os.umask(before)
    made = [tmp_path / "there", tmp_path / "there" / "deep", tmp_path / "there" / "deep" / "er"]
    assert [path.stat().st_mode & 0o777 for path in made] == [0o755] * 3


def test_mode_is_part_of_a_file(write: Write, tmp_path: Path) -> None:
    write(("a", "1"))
    assert write(("a", "1"), mode="0600")["changed"]
    assert (tmp_path / "there" / "a").stat().st_mode & 0o777 == 0o600
    assert "must be an octal number" in write(("a", "1"), mode="384")["msg"]


def test_link_is_replaced(write: Write, tmp_path: Path) -> None:
    write(("a", "1"))
    other = tmp_path / "other"
    other.write_text("1")
    (tmp_path / "there" / "a").unlink()
    (tmp_path / "there" / "a").symlink_to(other)
    assert write(("a", "2"))["changed"]
    assert (other.read_text(), (tmp_path / "there" / "a").read_text()) == ("1", "2")


@pytest.mark.parametrize("name", ["", ".", "..", "../a", "a/../../b", "/etc/passwd", "a//b", "a/", "a\0b"])
def test_names_cannot_leave_the_directory(write: Write, tmp_path: Path, name: str) -> None:
    result = write(("good", "1"), (name, "2"))
    assert result["failed"]
    assert "is not a path below dest" in result["msg"]
    assert not (tmp_path / "there").exists()


def test_duplicate_name(write: Write) -> None:
    assert write(("a", "1"), ("a", "2"))["msg"] == "files contains a name twice. Remove one of them."


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_read_only_directory(write: Write, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "cannot be written" in write(("a", "1"))["msg"]


def test_file_in_place_of_a_directory(write: Write, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("in the way")
    result = write(("a", "1"))
    assert result["failed"]
    assert "cannot be written" in result["msg"]
