# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generate the option documentation that repeats other documentation.

A generated block stands between "# BEGIN GENERATED <option>" and "# END GENERATED <option>".
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
ROLES = ROOT / "roles"
MODULES = ROOT / "plugins" / "modules"
FRAGMENTS = ROOT / "plugins" / "doc_fragments"
WIDTH = 120

Options = dict[str, dict[str, Any]]

GREPR = ("_grepr", "_http", "_token_store")
GREYMATTER = ("_greymatter", "_http", "_token_store")
# The dictionary of connection options in a role, and the fragments that document its options.
ROLE_OPTIONS = {
    "api_facts_grepr_options": ("api_facts", GREPR),
    "api_facts_greymatter_options": ("api_facts", GREYMATTER),
    "grepr_account_options": ("grepr_account", GREPR),
    "grepr_pipelines_options": ("grepr_pipelines", GREPR),
    "greymatter_master_data_options": ("greymatter_master_data", GREYMATTER),
}
# Only a role documents which options are secrets; for a module its argument specification does.
SECRETS = {"client_secret", "api_key", "access_token", "password", "token_store_url", "token_store_key"}
# Words that indicate a secret in an option name.
NO_SECRETS = {"token_request", "client_key", "token_store", "token_store_path"}


def read_options(file: Path) -> Options:
    """The options in the DOCUMENTATION of a module or a documentation fragment."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DOCUMENTATION":
            options: Options = yaml.safe_load(ast.literal_eval(node.value))["options"]
            return options
    raise ValueError(f"{file} has no DOCUMENTATION")


def role_options(fragments: tuple[str, ...]) -> Options:
    """Connection options as a role documents them: shortened, without the defaults, which the modules have."""
    return {
        name: _role_option(name, option)
        for fragment in fragments
        for name, option in read_options(FRAGMENTS / f"{fragment}.py").items()
    }


def _role_option(name: str, option: dict[str, Any]) -> dict[str, Any]:
    text = option["description"]
    return {
        "description": text if isinstance(text, str) else text[0],
        **{key: option[key] for key in ("type", "elements", "choices", "version_added") if key in option},
        **({"no_log": name in SECRETS} if name in SECRETS | NO_SECRETS else {}),
    }


def pipeline_options() -> Options:
    """The options that grepr_job and an entry of grepr_jobs have in common."""
    apart = ("validate", "wait", "wait_timeout")
    return {name: option for name, option in read_options(MODULES / "grepr_job.py").items() if name not in apart}


def generate() -> dict[Path, str]:
    """The text of every file that holds generated blocks."""
    texts: dict[Path, str] = {}
    blocks = [
        (ROLES / role / "meta" / "argument_specs.yml", parent, parent, role_options(fragments))
        for parent, (role, fragments) in ROLE_OPTIONS.items()
    ]
    blocks.append((MODULES / "grepr_jobs.py", "jobs", "jobs[]", pipeline_options()))
    for file, name, path, options in blocks:
        texts[file] = _replace_block(texts.get(file) or file.read_text(encoding="utf-8"), name, path, options)
    return texts


def _replace_block(text: str, name: str, path: str, options: Options) -> str:
    block = re.compile(rf"^( *)# BEGIN GENERATED {name}\n(.*?)^ *# END GENERATED {name}$", re.MULTILINE | re.DOTALL)
    found = block.search(text)
    if not found:
        raise ValueError(f"there is no block of {name}")
    content = "".join(f"{line}\n" for line in _render(options, path, found[1]))
    if yaml.safe_load(re.sub(rf"O\({re.escape(path)}\.", "O(", content)) != options:
        raise ValueError(f"an option of {name} cannot be written without quotes")
    return text[: found.start(2)] + content + text[found.end(2) :]


def _render(options: Options, path: str, indent: str) -> Iterator[str]:
    for name, option in options.items():
        yield f"{indent}{name}:"
        for key, value in option.items():
            start = f"{indent}  {key}:"
            if key == "description" and isinstance(value, list):
                yield start
                for paragraph in value:
                    yield from _wrap(paragraph, path, f"{indent}    - ")
            elif key == "description":
                yield from _wrap(value, path, f"{start} ", f"{indent}    ")
            else:
                yield f"{start} {value if isinstance(value, str) else json.dumps(value)}".replace('"', "")


def _wrap(text: str, path: str, start: str, rest: str = "") -> list[str]:
    # An option of its own in the source is one of several suboptions here.
    text = re.sub(r"\bO\((?=\w+[=)])", f"O({path}.", text)
    rest = rest or " " * len(start)
    return textwrap.wrap(text, WIDTH, initial_indent=start, subsequent_indent=rest, break_on_hyphens=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lint", action="store_true", help="write nothing; fail and show a diff if a file is stale")
    lint = parser.parse_args().lint
    stale = {file: text for file, text in generate().items() if file.read_text(encoding="utf-8") != text}
    for file, text in stale.items():
        name = str(file.relative_to(ROOT))
        if lint:
            lines = (file.read_text(encoding="utf-8").splitlines(True), text.splitlines(True))
            sys.stdout.writelines(difflib.unified_diff(*lines, name, f"{name} (run tests/update-docs.py)"))
        else:
            file.write_text(text, encoding="utf-8")
            print(f"updated {name}")
    return 1 if lint and stale else 0


if __name__ == "__main__":
    sys.exit(main())
