"""Where things lie: the checkout, and the one directory that holds everything the tooling makes."""

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

# What is no source, wherever it lies: it neither belongs into a copy nor would any tool thank us for it.
_NO_SOURCES = shutil.ignore_patterns(
    ".git",
    ".work",
    ".nox",
    ".venv",
    ".ansible",
    ".hypothesis",
    ".*_cache",
    "__pycache__",
    "*.pyc",
    "collections",
    "dist",
    "output",
)


def _work() -> Path:
    """The directory .work of the checkout, under a name without blanks: Ansible cannot start a Python with one."""
    work = ROOT / ".work"
    work.mkdir(exist_ok=True)
    if not any(character.isspace() or character in "'\"$%:" for character in str(work)):
        return work
    name = hashlib.sha256(os.fsencode(work)).hexdigest()[:12]
    link = Path(tempfile.gettempdir(), f"greyops-rest-{os.getuid()}-{name}")
    if not link.is_symlink():
        link.symlink_to(work, target_is_directory=True)
    if link.lstat().st_uid != os.getuid() or link.readlink() != work:
        raise SystemExit(f"{link} is in the way: it should be a link of yours to {work}")
    return link


WORK = _work()


@contextmanager
def temporary_directory() -> Iterator[Path]:
    """A directory outside of the checkout: in a folder that git ignores, ansible-test would find nothing to test."""
    with tempfile.TemporaryDirectory(prefix="greyops-rest-", ignore_cleanup_errors=True) as directory:
        yield Path(directory)


@contextmanager
def collection_tree() -> Iterator[Path]:
    """A directory with an empty home, and a copy of the checkout where Ansible's tools look for a collection."""
    with temporary_directory() as tree:
        (tree / "home").mkdir()
        shutil.copytree(ROOT, tree / COLLECTION, symlinks=True, ignore=_NO_SOURCES)
        yield tree
