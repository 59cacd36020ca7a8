"""The targets of the Makefile as nox sessions, for those who are used to nox: `nox -s unit -- -k store`.

The work is done by tests/tooling, which makes its own environments; so nox makes none.
"""

from __future__ import annotations

from pathlib import Path

import nox

nox.options.sessions = ["test"]


def _session(target: str) -> None:
    @nox.session(name=target, venv_backend="none")
    def run(session: nox.Session) -> None:
        session.run("sh", str(Path(__file__).parent / "tests/tooling/run"), target, *session.posargs, external=True)


for _target in (
    "test",
    "test-all",
    "matrix",
    "lint",
    "docs-lint",
    "unit",
    "proofs",
    "torture",
    "integration",
    "sanity",
    "build",
    "demo",
):
    _session(_target)
