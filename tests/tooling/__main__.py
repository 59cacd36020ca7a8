"""The work behind the Makefile. `make help` lists it."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
from collections.abc import Callable

import gates
from cores import Core, core_named
from matrix import run_matrix
from places import DIST, WORK
from rehearsal import run_demo, run_simulator
from running import Failed, Step, run_steps

Words = list[str]

# What runs as steps: a core and the caller's own arguments make the list of them.
STEPS: dict[str, tuple[str, Callable[[Core, Words], list[Step]]]] = {
    "test": ("what has to pass before a change is merged", lambda core, _: gates.everything(core)),
    "test-all": (
        "all of it at length: every integration test with every module, all proofs and all torture",
        lambda core, _: gates.everything_at_length(core),
    ),
    "lint": ("style, types, documentation, licences", lambda _core, _: gates.lint()),
    "docs-lint": ("the documentation of plugins and the changelog", lambda _core, _: gates.docs_lint()),
    "unit": ("unit tests (ARGS goes to pytest)", lambda core, words: [gates.unit(core, *words)]),
    "proofs": (
        "the promises, in real playbook runs (ARGS goes to pytest)",
        lambda core, words: [gates.proofs(core, *words)],
    ),
    "torture": (
        "the promises under load, limits and faults, and docs/reliability.md from them (ARGS goes to pytest)",
        lambda core, words: [gates.torture(core, *words)],
    ),
    "integration": (
        "ansible-test integration (ARGS names targets)",
        lambda core, words: gates.integration(core, *words),
    ),
    "sanity": ("ansible-test sanity (ARGS goes to it)", lambda core, words: [gates.sanity(core, *words)]),
    "build": ("the collection as an archive, in dist", lambda _core, _: [gates.build()]),
}

# What does not.
COMMANDS: dict[str, tuple[str, Callable[[str | None, Words], int]]] = {
    "demo": ("the playbooks against the simulator, start to end", lambda _core, _: run_demo()),
    "simulator": (
        "both APIs on this machine, to rehearse playbooks without an account",
        lambda _core, words: run_simulator(*words),
    ),
    "matrix": ("all tests on every supported ansible-core", lambda core, _: run_matrix(core)),
    "bench": ("the benchmarks", lambda core, words: gates.bench(core_named(core), *words)),
    "clean": ("remove all that the other targets made", lambda _core, _: clean()),
}


def clean() -> int:
    for directory in (WORK.resolve(), DIST):
        shutil.rmtree(directory, ignore_errors=True)
    if WORK.is_symlink():
        WORK.unlink()
    return 0


def show_help() -> int:
    width = max(map(len, [*STEPS, *COMMANDS])) + 2
    print("make TARGET [ARGS='...'] [CORE=2.x] [V=1]\n")
    for name, target in sorted({**STEPS, **COMMANDS}.items()):
        print(f"  {name.ljust(width)}{target[0]}")
    print(
        "\nCORE is an ansible-core, by default the newest that runs here; V shows what commands print while they run."
    )
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make", add_help=False)
    parser.add_argument("target", choices=["help", *STEPS, *COMMANDS])
    parser.add_argument("--core")
    options, words = parser.parse_known_args()
    if options.target in STEPS:
        return run_steps(STEPS[options.target][1](core_named(options.core), words))
    if options.target in COMMANDS:
        return COMMANDS[options.target][1](options.core, words)
    return show_help()


if __name__ == "__main__":
    # So that whatever cleans up after itself does, when the run is ended from outside.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except (Failed, RuntimeError) as problem:
        sys.exit(str(problem))
