"""The architecture as tests: layers and imports, required parts of each module, and forbidden constructs."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
PACKAGE = ("ansible_collections", "greyops", "rest", "plugins")

# From the bottom up. A module imports from the layers below its own and from its own package, never from a neighbour.
LAYERS = [
    {"_errors", "_comparison", "_similar_names", "_texts"},
    {"_atomic_file", "_markers", "_redaction"},
    {"_argspec", "_changes", "_context"},
    {"_concurrency", "_path_encoding", "_polling", "_selection"},
    {"_http"},
    {"_oauth"},
    {"_service"},
    {"_operation"},
    {"_resource", "_request_operation", "_token_operation"},
    {"_grepr", "_greymatter"},
    {"_doctor"},
    {"_module"},
    {"modules"},
    {"_action"},
    {"action"},
]

# The same inside the packages, type-only imports included.
PACKAGES = {
    "_http": [
        {"content_codings", "deadline", "json_parser", "markup", "urls"},
        {"allowed_hosts", "exceptions", "response"},
        {"auth", "pagination", "retry", "settings", "streaming"},
        {"transport"},
        {"client"},
    ],
    "_oauth": [
        {"credentials", "encryption", "tokens"},
        {"file_store", "grants", "redis_store", "store"},
        {"circuit_breaker", "provider"},
        {"settings"},
    ],
    "_grepr": [
        {"expectations", "jobs", "promotion", "service", "timestamps", "vertex_types"},
        {"resources"},
        {"graph", "integrations", "references"},
        {"names", "queries"},
        {"pipeline", "reference_names", "resource_kinds"},
        {"datasets", "integration_kind", "pipeline_states", "service_accounts", "teams", "templates"},
        {"account_reader", "activity_logs", "pipeline_steps", "users"},
        {"backfills", "pipeline_apply", "remote_validation"},
        {"pipeline_test", "pipelines_bulk", "planned_ids", "triggers"},
        {"account"},
        {"account_plan"},
        {"account_apply"},
    ],
    "_greymatter": [
        {"cells", "problems", "routes"},
        {"codes", "lost_zeros", "values", "xlsx"},
        {"json_files", "tables"},
        {"comparison", "duplicates", "service"},
        {"client"},
        {"master_data", "reports", "site_calls"},
        {"category_index"},
        {"product_files", "service_request", "validation"},
        {"products", "service_request_api", "service_request_files"},
        {"products_bulk", "service_requests_bulk"},
    ],
    "_doctor": [{"check_results"}, {"certificates", "token_store"}, {"network"}, {"diagnosis"}],
}

# On the controller: plugins that use the services and no operation.
CONTROLLER_LAYERS = [
    {"_controller", "_lines", "_pipeline_inventory"},
    {"_filters", "_master_data", "_parsing", "_token_lookup"},
    {"_report"},
    {"_report_html", "_report_markdown"},
    {"_described_files", "_report_formats"},
    {"lookup", "filter", "inventory", "callback"},
]
_OPERATIONS = {"_operation", "_request_operation", "_token_operation"}

_MAX_FUNCTION_LINES = 60


def _may_import() -> dict[str, set[str]]:
    allowed = {part: set().union(*LAYERS[:level]) for level, layer in enumerate(LAYERS) for part in layer}
    services = allowed["_doctor"] - _OPERATIONS
    for level, layer in enumerate(CONTROLLER_LAYERS):
        allowed |= {part: services.union(*CONTROLLER_LAYERS[:level]) for part in layer}
    allowed["_action"].add("_controller")
    return allowed


MAY_IMPORT = _may_import()

# In two parts, because the license checker would otherwise treat this file as licensed under what follows.
LICENCE_TAG = "SPDX-License-" + "Identifier"

# Modules without options of a service, which belong to no group of defaults.
OF_NO_SERVICE = ["doctor", "write_files"]

OPTIONAL_LIBRARIES = {"requests", "cryptography", "redis", "openpyxl"}


def _files(*directories: str) -> list[Path]:
    return sorted(file for name in directories for file in (PLUGINS / name).rglob("*.py") if file.name != "__init__.py")


def _each(*directories: str) -> pytest.MarkDecorator:
    """One case for each file of these directories."""
    files = _files(*directories)
    return pytest.mark.parametrize("file", files, ids=[str(file.relative_to(PLUGINS)) for file in files])


def _names(directory: str) -> list[str]:
    return [file.stem for file in _files(directory)]


def _part(path: tuple[str, ...]) -> str:
    """The layer of a path below plugins: shared code by its name, plugins by their kind."""
    kind, *rest = path
    return rest[0].removesuffix(".py") if kind in ("module_utils", "plugin_utils") and rest else kind


def _imports(file: Path) -> Iterator[tuple[str, ...]]:
    """The imports of a file, name by name, as full paths."""
    here = (*PACKAGE, *file.relative_to(PLUGINS).parts[:-1])
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else ()
            module = (*base, *(node.module or "").split(".")) if node.module else base
            yield from ((*module, alias.name) for alias in node.names)


def _internal_imports(file: Path) -> Iterator[str]:
    for path in _imports(file):
        if path[: len(PACKAGE)] == PACKAGE and len(path) > len(PACKAGE):
            yield _part(path[len(PACKAGE) :])


@_each("module_utils", "modules", "plugin_utils", "action", "lookup", "filter", "inventory", "callback")
def test_imports_respect_the_layers(file: Path) -> None:
    part = _part(file.relative_to(PLUGINS).parts)
    assert part in MAY_IMPORT, f"{part} is in no layer: add it to one in this file"
    assert set(_internal_imports(file)) <= MAY_IMPORT[part] | {part}


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_ordered(package: str) -> None:
    """Therefore there are no import cycles, type-only imports included."""
    directory = PLUGINS / "module_utils" / package
    names = {file.stem for file in directory.glob("*.py")} - {"__init__"}
    assert set().union(*PACKAGES[package]) == names
    for level, layer in enumerate(PACKAGES[package]):
        below: set[str] = set().union(*PACKAGES[package][:level])
        for name in layer:
            assert _siblings(directory / f"{name}.py", names) <= below, f"{package}/{name}.py imports from above"


def _siblings(file: Path, names: set[str]) -> set[str]:
    """The modules of its own package that a file imports."""
    start = (*PACKAGE, *file.relative_to(PLUGINS).parts[:-1])
    inside = {path[len(start)] for path in _imports(file) if path[: len(start)] == start and len(path) > len(start)}
    return inside & names - {file.stem}


@_each("module_utils", "modules", "plugin_utils", "action", "lookup", "filter", "inventory", "callback")
def test_functions_are_short(file: Path) -> None:
    functions = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)]
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert not {name: lines for name, lines in lengths.items() if lines > _MAX_FUNCTION_LINES}


# Functions of lower layers that take a function, and why.
_TAKE_FUNCTIONS = {
    "map_strings",  # walks through data
    "run_with_timeout",  # runs it in a thread
    "check_tls",  # connects once more, to see the certificate of a server that is not trusted
    "resource_operation",  # the parts of an operation
    "info_operation",
}


@_each("module_utils", "modules", "plugin_utils", "lookup", "filter", "inventory", "callback")
def test_no_closure_is_passed_down(file: Path) -> None:
    """Callbacks into higher layers are hard to follow: a lower layer gets data, or an object of its own layer.

    Operations, services and resource types are data that have functions; their names begin with a capital.
    """
    tree = ast.parse(file.read_text())
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
    }
    nested = {
        inner.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for inner in ast.walk(function)
        if isinstance(inner, ast.FunctionDef) and inner is not function
    }
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        closures = [value for value in values if isinstance(value, ast.Lambda) or getattr(value, "id", None) in nested]
        name = ast.unparse(call.func)
        assert not closures or name[0].isupper() or name not in imported - _TAKE_FUNCTIONS, (
            f"{name} in line {call.lineno}"
        )


@_each("module_utils")
def test_shared_code_does_not_use_the_process(file: Path) -> None:
    """Only the code that runs an operation exits, prints and reads arguments; the code below does not."""
    if _part(file.relative_to(PLUGINS).parts) == "_module":
        return
    assert "AnsibleModule" not in {path[-1] for path in _imports(file)}
    controller = {path for path in _imports(file) if path[0] == "ansible" and path[1:2] != ("module_utils",)}
    assert not controller, f"not to be had on a target: {controller}"
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in {"print", "exit", "quit", "sys.exit", "os._exit"}
        if isinstance(node, ast.Attribute):
            assert ast.unparse(node) != "sys.argv"


@_each("module_utils", "modules", "plugin_utils", "action", "lookup", "filter")
def test_optional_libraries_are_guarded(file: Path) -> None:
    """A missing library causes a message that says what to install, not a traceback."""
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            named = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            assert not {name.split(".")[0] for name in named} & OPTIONAL_LIBRARIES


def test_file_names_do_not_shadow_the_standard_library() -> None:
    names = {path.stem for path in PLUGINS.rglob("*") if path.suffix in ("", ".py") and path.parent != PLUGINS}
    assert not names & set(sys.stdlib_module_names)


def test_package_init_files_are_empty() -> None:
    assert [file for file in PLUGINS.rglob("__init__.py") if file.read_text()] == []


@_each("module_utils")
def test_shared_code_is_private_and_bsd(file: Path) -> None:
    assert file.relative_to(PLUGINS / "module_utils").parts[0].startswith("_")
    assert f"{LICENCE_TAG}: BSD-2-Clause" in file.read_text()[:600]


@_each("modules", "action", "lookup", "filter", "inventory", "callback", "plugin_utils", "doc_fragments")
def test_plugins_are_gpl(file: Path) -> None:
    assert f"{LICENCE_TAG}: GPL-3.0-or-later" in file.read_text()[:600]


def _documentation(file: Path) -> dict[str, Any]:
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DOCUMENTATION":
            document: dict[str, Any] = yaml.safe_load(ast.literal_eval(node.value))
            return document
    raise AssertionError(f"{file.name} has no DOCUMENTATION")


def test_modules_are_found() -> None:
    assert _names("modules")


def test_modules_and_actions_correspond() -> None:
    assert _names("action") == _names("modules")


@_each("action")
def test_actions_link_to_one_file(file: Path) -> None:
    """A relative link within the directory, which the archive of the collection keeps."""
    if file.stem in ("doctor", "grepr_request"):
        assert not file.is_symlink()
    else:
        assert file.is_symlink()
        assert str(file.readlink()) == "grepr_request.py"


def test_action_groups_hold_every_module_of_their_service() -> None:
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]
    services = {service: [name for name in _names("modules") if name.startswith(f"{service}_")] for service in groups}
    assert groups == services
    assert sorted([*OF_NO_SERVICE, *(name for names in groups.values() for name in names)]) == _names("modules")


def test_runtime_has_no_plugin_routing() -> None:
    """Redirects merge the module_defaults of all modules routed to one action."""
    assert "plugin_routing" not in yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())


@_each("modules")
def test_module_documents_its_attributes(file: Path) -> None:
    document = _documentation(file)
    fragments = document.get("extends_documentation_fragment", [])
    fragments = [fragments] if isinstance(fragments, str) else fragments
    assert any(fragment.startswith("greyops.rest._attributes") for fragment in fragments)
    assert {"check_mode", "diff_mode", "idempotent"} <= set(document.get("attributes", {})) or any(
        fragment.startswith("greyops.rest._attributes.") for fragment in fragments
    )


# --- errors are data

# Code that renders an error; code that reads texts of libraries without other data, and data that are arguments.
_READERS_OF_TEXT = {
    ("_errors.py", "without_hint"),
    ("exceptions.py", "parse_tunnel_status"),
    ("exceptions.py", "_explain_handshake"),
    ("graph.py", "_find_cycle"),
    ("parse_files.py", "_render"),
}
_PARTS = {"message", "msg", "hint", "without_hint"}
_SEARCHES = {
    *("search", "match", "fullmatch", "findall", "finditer", "split", "rsplit", "splitlines", "sub", "replace"),
    *("startswith", "endswith", "find", "rfind", "index", "count", "partition", "rpartition", "removeprefix"),
    *("removesuffix", "upper", "lower", "casefold", "any", "all"),
}


def _is_text(node: ast.AST, errors: set[str]) -> bool:
    """Whether this is a text of an error, or the URL in it."""
    if isinstance(node, ast.Attribute):
        of = ast.unparse(node.value)
        return (node.attr in _PARTS and of != "self") or (node.attr in ("args", "url") and of in errors)
    is_made = isinstance(node, ast.Call) and ast.unparse(node.func) in ("str", "repr", "format")
    return is_made and bool(errors & {ast.unparse(one) for one in getattr(node, "args", [])})


def _searched(node: ast.AST) -> list[ast.expr]:
    """The expressions that are compared, searched, split or extended here."""
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    if isinstance(node, ast.Subscript):
        return [node.value]
    if isinstance(node, ast.AugAssign):
        return [node.target]
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return [node.func, *node.args] if name in _SEARCHES else []
    return []


def _searches_of_texts(tree: ast.AST) -> set[str]:
    """The functions that depend on the text of an error or its URL, or add to its text; empty outside of functions."""
    errors = {node.name for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.name}
    errors |= {"error", "cause"}
    found = set()

    def walk(node: ast.AST, function: str) -> None:
        function = node.name if isinstance(node, ast.FunctionDef) else function
        if any(_is_text(inner, errors) for part in _searched(node) for inner in ast.walk(part)):
            found.add(function)
        for child in ast.iter_child_nodes(node):
            walk(child, function)

    walk(tree, "")
    return found


@_each("module_utils", "modules", "plugin_utils", "action", "lookup", "inventory", "callback")
def test_error_texts_are_not_parsed(file: Path) -> None:
    found = {(file.name, function) for function in _searches_of_texts(ast.parse(file.read_text()))}
    assert found <= _READERS_OF_TEXT


@pytest.mark.parametrize(
    "code",
    [
        "'taken' in error.message",
        "str(error) == 'x'",
        "any(word in error.message.upper() for word in WORDS)",
        "_TAKEN.search(problem.msg)",
        "re.split(STEP, error.message)[-1]",
        "error.hint.startswith('Check')",
        "error.args[0]",
        "error.url == url",
        "error.message += ' More.'",
        "try:\n    pass\nexcept ValueError as wrong:\n    x = 'y' in str(wrong)",
    ],
)
def test_error_text_parsing_is_detected(code: str) -> None:
    assert _searches_of_texts(ast.parse(code)) == {""}


def test_passing_an_error_text_on_is_allowed() -> None:
    code = (
        "try:\n    pass\nexcept GreyopsError as error:\n    warn(f'{name}: {error.msg}')\n    raise Other(error.hint)"
    )
    assert _searches_of_texts(ast.parse(code)) == set()
