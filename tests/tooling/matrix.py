"""`make matrix`: every supported ansible-core, on a Python it is meant for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import gates
from cores import CORES, Core
from running import Cases, Outcome, Step, run_side_by_side, show_table

_KINDS = ("unit", "proofs", "integration", "sanity")


def _steps(core: Core) -> dict[str, list[Step]]:
    kinds = {
        "unit": [gates.unit(core)],
        "proofs": [gates.proofs(core)],
        "integration": gates.integration(core),
        "sanity": [gates.sanity(core)],
    }
    return {
        kind: [replace(step, title=f"{step.title} on Python {core.python}") for step in steps]
        for kind, steps in kinds.items()
    }


def _cell(outcomes: Sequence[Outcome]) -> str:
    cases = sum((outcome.cases for outcome in outcomes), Cases())
    seconds = sum(outcome.seconds for outcome in outcomes)
    return f"{'FAILED' if cases.failed else 'ok'} {cases.passed}/{cases.failed}, {seconds:.0f} s"


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
        kinds = _steps(core)
        outcomes = run_side_by_side([step for kind in _KINDS for step in kinds[kind]])
        ended = {outcome.title: outcome for outcome in outcomes}
        rows.append((core.name, core.python, *(_cell([ended[step.title] for step in kinds[kind]]) for kind in _KINDS)))
        total = sum((outcome.cases for outcome in outcomes), total)
    show_table(rows)
    print(f"\n{total}")
    return 1 if total.failed or not total.passed else 0
