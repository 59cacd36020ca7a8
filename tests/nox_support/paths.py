"""The checkout, the directory .work that holds everything the sessions create, and temporary copies of the checkout."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = Path("ansible_collections", "greyops", "rest")
DIST = ROOT / "dist"

# What a copy of the checkout leaves out.
_NO_SOURCES = shutil.ignore_patterns(
    ".git", ".work", ".nox", ".venv", ".ansible", ".hypothesis", ".*_cache",
    "__pycache__", "*.pyc", "collections", "dist", "output",
)  # fmt: skip


def _find_work() -> Path:
    """Return .work under a name without blanks: Ansible cannot start a Python whose path has one."""
    work = ROOT / ".work"
    work.mkdir(exist_ok=True)
    if not any(character.isspace() or character in "'\"$%:" for character in str(work)):
        return work
    name = hashlib.sha256(os.fsencode(work)).hexdigest()[:12]
    link = Path(tempfile.gettempdir(), f"greyops-rest-{os.getuid()}-{name}")
    if not link.is_symlink():
        link.symlink_to(work, target_is_directory=True)
    if link.lstat().st_uid != os.getuid() or link.readlink() != work:
        raise SystemExit(f"{link} must be a link to {work} that belongs to you")
    return link


WORK = _find_work()


@contextmanager
def temporary_directory() -> Iterator[Path]:
    """Create a directory outside of the checkout: ansible-test finds nothing to test where git ignores files."""
    with tempfile.TemporaryDirectory(prefix="greyops-rest-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)


@contextmanager
def copy_checkout(*, links: bool = True) -> Iterator[Path]:
    """Copy the checkout to where Ansible's tools look for a collection, and return the directory for collections.

    :param links: whether links stay links.
    """
    with temporary_directory() as tree:
        shutil.copytree(ROOT, tree / COLLECTION, symlinks=links, ignore=_NO_SOURCES)
        yield tree
