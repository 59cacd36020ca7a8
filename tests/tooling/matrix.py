"""`make matrix`: every supported ansible-core, on a Python it is meant for."""

from __future__ import annotations

import gates
from cores import CORES, Core
from running import Cases, Outcome, Step, run_step

_KINDS = ("unit", "proofs", "integration", "sanity")


def _steps(core: Core) -> list[tuple[str, Step]]:
    return [gates.unit(core), gates.proofs(core), gates.integration(core), gates.sanity(core)]


def _cell(outcome: Outcome) -> str:
    return (
        f"{'FAILED' if outcome.failed else 'ok'} {outcome.cases.passed}/{outcome.cases.failed}, {outcome.seconds:.0f} s"
    )


def run_matrix(only: str | None) -> int:
    rows: list[tuple[str, ...]] = [("core", "python", *_KINDS)]
    total = Cases()
    for core in CORES:
        if only not in (None, core.name):
            continue
        if core.python is None:
            rows.append((core.name, "-", *["skipped"] * len(_KINDS)))
            print(f"== ansible-core {core.name} skipped: it needs Python {' or '.join(core.pythons)}\n")
            continue
        outcomes = [run_step(f"{title} on Python {core.python}", step) for title, step in _steps(core)]
        rows.append((core.name, core.python, *map(_cell, outcomes)))
        total = sum((outcome.cases for outcome in outcomes), total)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(f"\n{total}")
    return 1 if total.failed or not total.passed else 0
