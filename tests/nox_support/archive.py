"""The collection as an archive: build it, install it, check its contents and its documentation."""

from __future__ import annotations

import json
import re
import tarfile
from pathlib import Path

from .environments import Environment
from .paths import COLLECTION, copy_checkout
from .steps import Cases, Step, StepFailed

_CONTENTS = {
    "CHANGELOG.md", "FILES.json", "LICENSE", "LICENSES", "MANIFEST.json", "README.md",
    "changelogs", "docs", "extensions", "meta", "playbooks", "plugins", "roles",
}  # fmt: skip

_PLUGIN_TYPES = {
    "modules": "module",
    "lookup": "lookup",
    "callback": "callback",
    "inventory": "inventory",
    "filter": "filter",
}


def build_collection(step: Step, ansible: Environment, destination: Path) -> Path:
    """Build the archive and return its path. It must not contain files that its users do not need."""
    with copy_checkout() as tree:
        step.require(
            ansible.bin / "ansible-galaxy", "collection", "build", "--force", "--output-path", destination, ".",
            cwd=tree / COLLECTION, env=ansible.variables(step.home),
        )  # fmt: skip
    archive = next(destination.glob("greyops-rest-*.tar.gz"))
    with tarfile.open(archive) as opened:
        names = [name.removeprefix("./") for name in opened.getnames() if name not in ("", ".")]
    hidden = re.compile(r"(^|/)(\.|__pycache__)|\.pyc$")
    unwanted = [name for name in names if name.split("/")[0] not in _CONTENTS or hidden.search(name)]
    if unwanted:
        raise StepFailed(f"the archive contains files that do not belong into it: {', '.join(unwanted)}")
    return archive


def install_collection(step: Step, ansible: Environment, archive: Path, tree: Path) -> None:
    # Without --force and the variable, nothing is installed when another copy is found.
    variables = ansible.variables(step.home, ANSIBLE_COLLECTIONS_PATH=tree)
    galaxy = ansible.bin / "ansible-galaxy"
    step.require(galaxy, "collection", "install", "--offline", "--force", "-p", tree, archive, cwd=tree, env=variables)
    step.require(galaxy, "collection", "verify", "--offline", "greyops.rest", cwd=tree, env=variables)


def check_documentation(step: Step, ansible: Environment, tree: Path) -> None:
    """Check that ansible-doc shows every plugin and role. Its status is 0 even if it finds none: the output counts."""
    installed = tree / COLLECTION
    variables = ansible.variables(step.home, ANSIBLE_COLLECTIONS_PATH=tree)
    wanted = {
        kind: sorted(file.stem for file in (installed / "plugins" / directory).glob("*.py") if file.stem[0] != "_")
        for directory, kind in _PLUGIN_TYPES.items()
    }
    wanted["role"] = sorted(path.name for path in (installed / "roles").glob("*") if path.is_dir())
    for kind, names in wanted.items():
        if not names:
            raise StepFailed(f"the archive contains no {kind}")
        full = [f"greyops.rest.{name}" for name in names]
        answer = step.session.run(
            ansible.bin / "ansible-doc", "--json", "--type", kind, *full,
            env=variables, include_outer_env=False, external=True, silent=True, stderr=None, success_codes=range(256),
        )  # fmt: skip
        shown = json.loads(answer or "{}")
        missing = [
            name for name in full if not (shown.get(name, {}).get("doc") or shown.get(name, {}).get("entry_points"))
        ]
        step.count(Cases(len(full) - len(missing), len(missing)))
        if missing:
            step.session.warn(f"ansible-doc shows no documentation of {kind} {', '.join(missing)}")
