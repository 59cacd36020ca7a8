# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters that build and render the reports of the roles."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ansible.errors import AnsibleFilterError
from markdown_it import MarkdownIt

from ansible_collections.greyops.rest.plugins.filter.build_report import FilterModule as BuildReport
from ansible_collections.greyops.rest.plugins.filter.render_reports import FilterModule as RenderReports
from ansible_collections.greyops.rest.plugins.filter.resolve_reports import FilterModule as ResolveReports
from ansible_collections.greyops.rest.plugins.module_utils._changes import format_changes, list_changes

SCHEMA = json.loads((Path(__file__).resolve().parents[3] / "docs" / "schemas" / "report.json").read_text())
_BUILD = BuildReport().filters()["build_report"]
_RESOLVE = ResolveReports().filters()["resolve_reports"]
_RENDER = RenderReports().filters()["render_reports"]
_SUFFIXES = ("md", "json", "html")


def build(results: dict[str, Any], role: str = "grepr_pipelines", action: str = "plan", **more: Any) -> dict[str, Any]:
    report: dict[str, Any] = _BUILD(results, role, action, **more)
    jsonschema.validate(report, SCHEMA, format_checker=jsonschema.FormatChecker())
    return report


def render(report: dict[str, Any]) -> dict[str, str]:
    files = _RENDER(report, [f"/reports/r.{suffix}" for suffix in _SUFFIXES])
    return {suffix: file["content"] for suffix, file in zip(_SUFFIXES, files, strict=True)}


def update(name: str, before: Any = 1, after: Any = 2, **more: Any) -> dict[str, Any]:
    changes = format_changes(list_changes({"value": before}, {"value": after}))
    return {"name": name, "action": "update", "changed": True, **changes, **more}


def unchanged(name: str) -> dict[str, Any]:
    return {"name": name, "action": "none", "changed": False, "changes": [], "differences": []}


# --- build_report


@pytest.mark.parametrize(
    ("action", "entries", "more", "status"),
    [
        ("plan", [unchanged("a")], {}, "clean"),
        ("plan", [update("a")], {}, "changes"),
        ("drift", [update("a")], {}, "changes"),
        ("drift", [unchanged("a")], {"undescribed": {"pipelines": ["b"]}}, "clean"),
        ("apply", [update("a")], {}, "applied"),
        ("apply", [update("a")], {"check_mode": True}, "changes"),
        ("apply", [unchanged("a")], {}, "clean"),
        ("apply", [update("a"), update("b", failed=True, msg="Refused.")], {"failure": "1 of 2 failed"}, "failed"),
        ("plan", [], {"failure": "web.yml: it is empty."}, "failed"),
        ("validate", [], {}, "clean"),
        ("export", [], {}, "clean"),
        ("test", [], {"failure": "2 of 4 tests failed."}, "failed"),
    ],
)
@pytest.mark.parametrize("role", ["grepr_account", "grepr_pipelines", "greymatter_master_data"])
def test_status(role: str, action: str, entries: list[dict[str, Any]], more: dict[str, Any], status: str) -> None:
    report = build({"pipelines": entries}, role, action, **more)
    assert report["status"] == status
    assert all(f"{role} {action}" in text for suffix, text in render(report).items() if suffix != "json")
    assert json.loads(render(report)["json"]) == report


def test_resources_are_those_that_differ_or_failed_in_order_of_importance() -> None:
    entries = [unchanged("a"), update("b"), {"name": "c", "action": "delete"}, update("d", error="Refused.")]
    report = build({"pipelines": entries})
    assert [(one["name"], one["action"]) for one in report["resources"]] == [
        ("d", "failed"),
        ("c", "delete"),
        ("b", "update"),
    ]
    expected = {"create": 0, "update": 1, "recreate": 0, "delete": 1, "failed": 1, "unchanged": 1, "total": 4}
    assert report["counts"] == expected
    assert report["resources"][2]["differences"] == [{"path": "value", "before": 1, "after": 2}]


def test_products_that_are_not_listed_are_counted() -> None:
    results = {
        "catalogs": [{"clientCatalogId": "A", "file": "catalogs/a.yml", **unchanged("A")}],
        "products": [{"product_sku": "P", "place": "products.csv:7", **update("P")}],
    }
    counts = {"total": 5000, "unchanged": 4999, "updated": 1, "created": 0, "deleted": 0, "failed": 0}
    report = build(results, "greymatter_master_data", counts=counts)
    assert (report["counts"]["total"], report["counts"]["unchanged"]) == (5001, 5000)
    assert [(one["kind"], one["name"], one["file"]) for one in report["resources"]] == [
        ("product", "P", "products.csv:7")
    ]


def test_errors_are_those_of_no_resource() -> None:
    assert build({}, failure="a.yml: b\n\nc.yml: d\n")["errors"] == ["a.yml: b", "c.yml: d"]
    assert build({"pipelines": [update("a", error="x")]}, failure="a: x")["errors"] == []


def test_who_edited_and_where_it_is_described() -> None:
    edit = {"editedBy": "Ann Example (u1)", "updatedAt": "2026-03-02T08:30:00Z"}
    files = [{"file": "/p/web.yml", "content": [{"name": "a"}, None], "problem": ""}]
    report = build(
        {"pipelines": [update("a", edited_by=edit["editedBy"], edited_at=edit["updatedAt"])]},
        files=files,
        undescribed={"pipelines": [{"name": "o", **edit}]},
    )
    (resource,), (other,) = report["resources"], report["undescribed"]
    assert (resource["edited_by"], resource["edited_at"], resource["file"]) == (*edit.values(), "web.yml")
    assert (other["kind"], other["name"], other["edited_by"]) == ("pipeline", "o", "Ann Example (u1)")
    for suffix, text in render(report).items():
        assert text.count("last edited by Ann Example (u1) at 2026-03-02T08:30:00Z") == (0 if suffix == "json" else 2)


def test_kinds_have_directories_and_nouns() -> None:
    results = {"service_accounts": [update("a", edited_by="Ann", edited_at="t")], "teams": [update("a")]}
    files = [{"file": f"/x/{kind}/f.yml", "content": {"name": "a"}, "problem": ""} for kind in results]
    resources = build(results, "grepr_account", files=files)["resources"]
    assert [(one["kind"], one["file"]) for one in resources] == [
        ("service_account", "service_accounts/f.yml"),
        ("team", "teams/f.yml"),
    ]
    assert (resources[0]["edited_by"], resources[0]["edited_at"]) == ("Ann", "t")


@pytest.mark.parametrize("options", [{"email": "a@example.com", "first_name": "A"}, {"id": "a@example.com"}])
def test_files_of_resources_without_a_name_are_found(options: dict[str, str]) -> None:
    results = {"users": [update("a@example.com")], "teams": []}
    files = [{"file": "/x/users/f.yml", "content": options, "problem": ""}]
    (resource,) = build(results, "grepr_account", files=files)["resources"]
    assert resource["file"] == "users/f.yml"


@pytest.mark.parametrize(
    ("options", "target"),
    [
        ({}, None),
        ({"org": "acme"}, "https://acme.app.grepr.ai/api"),
        ({"api_url": "https://me:secret@site.example:8443/x/?key=1"}, "https://site.example:8443/x"),
        ({"api_url": "https://site.example", "password": "secret"}, "https://site.example"),
        ("text", None),  # what the role failed with
    ],
)
def test_target_contains_no_secret(options: Any, target: str | None) -> None:
    report = build({}, options=options)
    assert report["target"] == target
    assert not any("secret" in text for text in render(report).values())


# --- render_reports


def test_files_are_named_from_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    paths = _RESOLVE(["a.md", "/b/../c.json", "sub/a.html", "a.md", "~/b.md"], "/reports")
    assert paths == ["/reports/a.md", "/c.json", "/reports/sub/a.html", "/home/me/b.md"]
    names = [file["name"] for file in _RENDER(build({}), paths)]
    assert names == ["reports/a.md", "c.json", "reports/sub/a.html", "home/me/b.md"]
    assert [file["name"] for file in _RENDER(build({}), ["a.md"], "/reports")] == ["reports/a.md"]


@pytest.mark.parametrize("path", ["a.txt", "md", ".md", "a.md/"])
def test_unknown_suffix(path: str) -> None:
    with pytest.raises(AnsibleFilterError, match=f"The format of the report {path} is not known"):
        _RESOLVE([path], "/")


def test_1000_changes_fit_into_a_comment() -> None:
    entries = [update(f"pipeline_{number:04}", "service:web", f"service:web_{number}") for number in range(1000)]
    report = build({"pipelines": entries}, undescribed={"pipelines": [f"other_{number}" for number in range(1000)]})
    text = render(report)["md"]
    assert 60_000 < len(text) < 65_000
    shown = text.count("<details><summary><b>update</b>")
    assert shown > 200
    assert f"**{1000 - shown} more are left out here**: {1000 - shown} update." in text
    # The totals are first, and nothing is cut in the middle.
    assert text.startswith("## grepr_pipelines plan: 1000 of 1000 differ\n")
    assert text.count("<details>") == text.count("</details>") == shown + 1
    assert text.count("pipeline_") == shown
    assert len(json.loads(render(report)["json"])["resources"]) == 1000


def test_long_parts_are_cut_with_a_count() -> None:
    long = update("a", "\n".join(map(str, range(9000))), "x", changes=[f"line {number}" for number in range(9000)])
    report = build({"pipelines": [long] * 30})
    assert len(render(report)["md"]) < 65_000
    assert re.search(r"\.\.\. and \d{4} more lines\n```", render(report)["md"])
    report = build({}, failure="\n".join(f"file.yml: error {number}" for number in range(20_000)))
    assert len(render(report)["md"]) < 65_000
    assert re.search(r"\.\.\. and \d{5} more lines\n```", render(report)["md"])


def test_page_is_limited() -> None:
    page = render(build({"pipelines": [update(f"p{number}") for number in range(1200)]}))["html"]
    assert page.count("<details") == 1000
    assert "200 more are left out here: 200 update." in page


_HARM = [
    "a|b", "`x`", "```", "~~~\n```` y", "<script>alert(1)</script>", "</details><img src=x>", "@octocat", "#1",
    "**b** _i_ [l](http://x) ![i](http://x)", "&lt;b&gt;", "a\n\n# h\n\n- l", "\u202eevil\u200b", "\x1b[31m", "\x00",
    "{{ x }}",
]  # fmt: skip


@pytest.mark.parametrize("harm", _HARM)
def test_harmful_text_stays_text(harm: str) -> None:
    entries = [update(harm, harm, f"{harm} {harm}"), update("b", error=harm), update(harm, None, {"key": harm})]
    report = build({"pipelines": entries}, undescribed={"pipelines": [harm]}, options={"api_url": f"https://h/{harm}"})
    report["errors"] = [harm]
    texts = render(report)
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(texts["md"])
    own = {
        "h2",
        "h3",
        "p",
        "strong",
        "code",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "b",
        "pre",
    }
    assert set(re.findall(r"<(\w+)", page)) <= own
    assert page.count("<details>") == page.count("</details>") == 4
    # Mentions and references have a meaning outside of code only.
    outside = re.sub(r"<code.*?</code>", "", page, flags=re.DOTALL)
    assert not any(sign in outside for sign in ("@", "#1", "**"))
    own = {*own, "html", "head", "meta", "style", "title", "body", "h1", "span", "time", "ul", "li", "div"}
    own |= {"dl", "dt", "dd", "del", "ins", "i"}
    assert set(re.findall(r"<(\w+)", texts["html"])) <= own
    assert texts["html"].count("</details>") == 4
    assert all(line.isprintable() for suffix in ("md", "html") for line in texts[suffix].split("\n"))
    assert json.loads(texts["json"]) == report


def test_half_a_character_can_be_written() -> None:
    texts = render(build({"pipelines": [update("a", "x", "\ud83d")]}))
    assert json.loads(texts["json"])["resources"][0]["differences"][0]["after"] == "\ud83d"
    for text in texts.values():
        text.encode()


def test_secrets_are_shown_as_changed_only() -> None:
    changes = list_changes({"secrets": {"apiKey": "old-secret"}}, {"secrets": {"apiKey": "new-secret"}}, ["secrets"])
    texts = render(build({"integrations": [{"name": "i", "action": "update", **format_changes(changes)}]}))
    assert not any("old-secret" in text or "new-secret" in text for text in texts.values())
    assert "secrets.apiKey: changed" in texts["md"]
    assert "<dt>secrets.apiKey</dt>\n<dd>changed</dd>" in texts["html"]


def test_results_without_data_show_their_texts() -> None:
    texts = render(build({"pipelines": [{"name": "a", "action": "update", "changes": ["vertex b: changed"]}]}))
    assert "vertex b: changed" in texts["md"]
    assert "<pre>vertex b: changed</pre>" in texts["html"]
