# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report files of the roles: every outcome in real runs, and the pages in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from markdown_it import MarkdownIt

from ..support.browser import Browser, run_browser
from ..support.reliability_report import RecordMeasurement
from ..support.sandbox import CommandResult, Sandbox
from ..support.system_packages import get_program

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "schemas" / "report.json").read_text())
FORMATS = ("md", "json", "html")
# Harmful if it is not escaped: Markdown, HTML, a table cell, a mention, a template.
HARM = (
    "a|b `c` ```` <img src=x onerror=alert(1)></details> **d** @octocat [e](http://localhost/x) {{ f }} & _g_ \u202eh"
)
SOURCE = {"type": "logs-values-source", "name": "source", "values": []}
SINK = {"type": "discarding-sink", "name": "sink"}


def build_pipeline(name: str, query: str) -> dict[str, Any]:
    only = {"type": "logs-filter", "name": "only", "predicate": {"type": "datadog-query", "query": query}}
    graph = {"vertices": [SOURCE, only, SINK], "edges": ["source -> only", "only -> sink"]}
    return {"name": name, "job_graph": graph}


class RoleRun:
    """Runs one role on one directory of files, with a report in each format."""

    def __init__(self, sandbox: Sandbox, role: str) -> None:
        self._sandbox = sandbox
        self._role = role
        self.directory = sandbox.path / "described"
        self.reports = {kind: sandbox.path / "reports" / f"report.{kind}" for kind in FORMATS}

    def write(self, name: str, content: object) -> None:
        file = self.directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        # Templates are a matter of the files and not of the reports.
        file.write_text(json.dumps(content).replace("{{", '{{ "{{" }}'), encoding="utf-8")

    def build_role(self, action: str, **variables: Any) -> dict[str, Any]:
        given = {
            "action": action,
            "directory": str(self.directory),
            "report": [str(file) for file in self.reports.values()],
            **variables,
        }
        named = {f"{self._role}_{name}": value for name, value in given.items()}
        return {"role": f"greyops.rest.{self._role}", "vars": named}

    def run(
        self,
        action: str,
        *arguments: str,
        env: dict[str, str] | None = None,
        hosts: int | Path = 1,
        **variables: Any,
    ) -> tuple[CommandResult, dict[str, Any]]:
        """Run the role, and return its report, which must be that of this run and valid."""
        for file in self.reports.values():
            file.unlink(missing_ok=True)
        roles = [self.build_role(action, **variables)]
        run = self._sandbox.start_playbook([{"roles": roles}], *arguments, env=env, hosts=hosts).wait()
        assert all(file.exists() for file in self.reports.values()), run.output
        return run, self.read(action)

    def read(self, action: str) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.reports["json"].read_text(encoding="utf-8"))
        jsonschema.validate(report, SCHEMA, format_checker=jsonschema.FormatChecker())
        assert (report["role"], report["action"]) == (self._role, action)
        for kind in ("md", "html"):
            assert report["status"] in self.reports[kind].read_text(encoding="utf-8")
        return report


@pytest.fixture
def pipelines(sandbox: Sandbox) -> RoleRun:
    sandbox.simulator.switch(grepr={"transit_time": 0.05})
    sandbox.simulator.admin("PUT", "/jobs", [])
    role = RoleRun(sandbox, "grepr_pipelines")
    role.write("web.json", [build_pipeline("web_logs", "service:web"), build_pipeline("audit_logs", "service:audit")])
    return role


def list_actions(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["name"], one["action"]) for one in report["resources"]]


def test_status_of_pipelines(pipelines: RoleRun, record_measurement: RecordMeasurement) -> None:
    """Reports of grepr_pipelines: changes, applied, clean and drift, with values, files, and who edited last."""
    run, report = pipelines.run("apply", "--check")
    assert (run.status, report["status"], report["counts"]["create"]) == (0, "changes", 2)
    assert report["resources"][0]["file"] == "web.json"
    run, report = pipelines.run("apply")
    assert (run.status, report["status"], report["counts"]["total"]) == (0, "applied", 2), run.output
    written = run.get_result("greyops.rest.grepr_pipelines : Write the reports")
    assert (written["changed"], "diff" in written) == (False, False)
    run, report = pipelines.run("plan")
    assert (run.status, report["status"], report["counts"]["unchanged"], report["resources"]) == (0, "clean", 2, [])
    pipelines.write("web.json", build_pipeline("web_logs", HARM))
    run, report = pipelines.run("drift", fail_on_drift=True)
    # A difference is no failure of the run, although the task fails.
    assert (run.status, report["status"], list_actions(report)) == (2, "changes", [("web_logs", "update")])
    resource, undescribed = report["resources"][0], report["undescribed"][0]
    difference = {"path": "vertices.only.predicate.query", "before": "service:web", "after": HARM}
    assert resource["differences"] == [difference]
    assert (undescribed["kind"], undescribed["name"]) == ("pipeline", "audit_logs")
    assert all(one["edited_by"] and one["edited_at"] for one in (resource, undescribed))
    record_measurement("plan, apply in check mode, apply, clean plan and drift")


def test_failures_of_pipelines(pipelines: RoleRun, sandbox: Sandbox, record_measurement: RecordMeasurement) -> None:
    """Reports of runs of grepr_pipelines that fail: a broken file, a server that is down, wrong credentials, a pipeline
    that fails."""
    addresses = sandbox.get_addresses()
    wrong = {**addresses, "GREPR_API_KEY": "wrong-key-of-the-test"}
    down = {**sandbox.get_addresses("http://127.0.0.1:9"), "GREPR_API_KEY": sandbox.credentials.api_key}
    for env, expected in ((wrong, "401"), (down, "127.0.0.1")):
        run, report = pipelines.run("plan", env=env, options={"retries": 0})
        assert (run.status, report["status"], report["resources"]) == (2, "failed", []), run.output
        assert expected in "".join(report["errors"]), report
        assert "wrong-key-of-the-test" not in "".join(file.read_text() for file in pipelines.reports.values())
    sandbox.simulator.fault("/api/v1/jobs", {"status": 400}, method="POST", times=1)
    run, report = pipelines.run("apply", concurrency=1)
    assert (run.status, report["status"]) == (2, "failed")
    assert list_actions(report) == [("web_logs", "failed"), ("audit_logs", "create")]
    assert (report["errors"], "400" in report["resources"][0]["error"]) == ([], True)
    (pipelines.directory / "web.json").write_text("[{", encoding="utf-8")
    run, report = pipelines.run("plan")
    assert (run.status, report["status"]) == (2, "failed")
    assert "web.json" in "".join(report["errors"])
    assert run.failed[-1].result["msg"] == run.failed[0].result["msg"]
    record_measurement("wrong credentials, no server, a rejected pipeline, a broken file")


@pytest.mark.slow
def test_unreachable_host(pipelines: RoleRun, sandbox: Sandbox) -> None:
    """A host that cannot be reached is reported as well, although Ansible runs no further tasks for it."""
    get_program("ssh", "openssh-client")
    inventory = sandbox.path / "inventory"
    inventory.write_text("far ansible_host=127.0.0.1 ansible_port=1\n", encoding="utf-8")
    run, report = pipelines.run("plan", hosts=inventory)
    assert (run.status, report["status"]) == (2, "failed")
    assert "Failed to connect to the host via ssh" in report["errors"][0]


def test_wrong_suffix_is_refused_first(pipelines: RoleRun, sandbox: Sandbox) -> None:
    """A report in an unknown format is an error before the role does anything."""
    role = pipelines.build_role("apply", report=["report.txt", "report.md"])
    run = sandbox.start_playbook([{"roles": [role]}]).wait()
    assert "The format of the report report.txt is not known" in run.failed[0].result["msg"]
    assert sandbox.simulator.requests("/api") == []


@pytest.mark.slow
def test_two_runs_in_one_play(pipelines: RoleRun, sandbox: Sandbox) -> None:
    """The report of a run that fails contains nothing of an earlier run of the role in the same play."""
    tasks = [
        {"ansible.builtin.include_role": {"name": role["role"]}, "vars": role["vars"]}
        for role in (pipelines.build_role("plan"), pipelines.build_role("plan", directory="/nowhere"))
    ]
    run = sandbox.play(tasks)
    report = pipelines.read("plan")
    assert (run.status, report["status"], report["resources"], report["counts"]["total"]) == (2, "failed", [], 0)


# --- master data

SKU = {
    "field_name": "product_sku",
    "field_data_type": "string",
    "display_data": [{"locale": "en", "display_name": "S"}],
}
SIZE = {
    "weight": {"value": 0.4, "uom": {"unit": "KG"}},
    "dimension": {"length": 9, "width": 9.5, "height": 11, "uom": {"unit": "CM"}},
}


def build_product(number: int, weight: float = 0.4) -> dict[str, Any]:
    return {
        "clientCategoryId": "SHIRTS",
        "productAttributes": {"product_sku": f"SHIRT-{number:02}"},
        "barcodeList": [f"BARCODE-{number:04}"],
        "attributes": {**SIZE, "weight": {"value": weight, "uom": {"unit": "KG"}}},
    }


CATALOG = {"clientCatalogId": "APPAREL", "exhaustive_pdea_list": [SKU]}
CATEGORY = {
    "clientCategoryId": "SHIRTS",
    "clientCatalogId": "APPAREL",
    "schema": {"unique": [["product_sku"]]},
    "attributes": {"storage": "shelf"},
}


@pytest.fixture
def master_data(sandbox: Sandbox) -> RoleRun:
    """Describes two new products; the site has no resources."""
    for path in ("/items", "/categories", "/catalogs"):
        sandbox.simulator.admin("PUT", path, [])
    role = RoleRun(sandbox, "greymatter_master_data")
    role.write("catalogs/a.json", CATALOG)
    role.write("categories/s.json", CATEGORY)
    role.write("products/s.json", [build_product(1), build_product(2)])
    return role


@pytest.mark.slow
def test_status_of_master_data(master_data: RoleRun, sandbox: Sandbox, record_measurement: RecordMeasurement) -> None:
    """Reports of greymatter_master_data: applied, a drift, an invalid product, no server."""
    run, report = master_data.run("apply")
    assert (run.status, report["status"], report["counts"]["create"]) == (0, "applied", 4), run.output
    master_data.write("products/s.json", build_product(1, 0.5))
    run, report = master_data.run("drift", fail_on_drift=True)
    assert (run.status, report["status"], list_actions(report)) == (2, "changes", [("SHIRT-01", "update")]), run.output
    assert (report["counts"]["unchanged"], report["counts"]["total"]) == (2, 3)
    assert report["resources"][0]["file"] == "products/s.json"
    assert report["undescribed"] == [{"kind": "product", "name": "SHIRT-02", "edited_by": None, "edited_at": None}]
    master_data.write("products/s.json", build_product(1, -1))
    run, report = master_data.run("validate")
    assert (run.status, report["status"], len(report["errors"])) == (2, "failed", 1), run.output
    down = {**sandbox.get_addresses("http://127.0.0.1:9"), **sandbox.logins()}
    run, report = master_data.run("plan", env=down, options={"retries": 0})
    assert (run.status, report["status"], "127.0.0.1" in report["errors"][0]) == (2, "failed", True), report
    record_measurement("apply, drift, an invalid product, no server")


# --- in a browser


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    with run_browser(tmp_path / "profile") as running:
        yield running


# Elements whose text cannot be read well: contrast below WCAG AA, too small, or beyond the edge of the window.
_FAULTS = """
(() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const back = (e) => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const faults = [];
  for (const e of document.querySelectorAll('body, body *')) {
    const has = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    const style = getComputedStyle(e), box = e.getBoundingClientRect();
    if (!has || !box.width) continue;
    const [a, b] = [light(parse(style.color)), light(back(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) faults.push(['contrast', e.outerHTML.slice(0, 99), (a + 0.05) / (b + 0.05)]);
    if (parseFloat(style.fontSize) < 12) faults.push(['size', e.outerHTML.slice(0, 99), style.fontSize]);
    if (box.left < 0 || box.right > innerWidth) faults.push(['edge', e.outerHTML.slice(0, 99), box.right]);
  }
  return faults;
})()
"""
_OPEN_ALL = "document.querySelectorAll('details').forEach((one) => one.open = true)"
# Elements that only text of servers and users could make.
_FOREIGN = "document.querySelectorAll('img, script, a, body strong, em, link, iframe, form').length"
# The words that GitHub would take for a mention: not in code.
_MENTIONS = """
(() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.data.includes('@') && !node.parentElement.closest('code, pre')) found.push(node.data);
  }
  return found;
})()
"""
_NAMES = "[...document.querySelectorAll('summary code')].map((one) => one.textContent)"


def assert_readable(browser: Browser, page: Path, names: list[str]) -> None:
    """Assert that a page loads nothing else, and is readable on a phone and on a desktop, light and dark."""
    for width in (400, 1200):
        for is_dark in (False, True):
            browser.open(page, width, is_dark=is_dark)
            browser.evaluate(_OPEN_ALL)
            assert browser.requests == [page.as_uri()]
            assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert browser.evaluate(_FAULTS) == []
            assert browser.evaluate(_FOREIGN) == 0
            assert browser.evaluate(_NAMES) == names
    assert browser.evaluate("document.body.innerText").count("\u202e") == 0


def assert_markdown(browser: Browser, text: str, page: Path, names: list[str]) -> None:
    """Assert that Markdown of text that is not its own stays text, as GitHub renders it."""
    content = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    page.write_text(f"<!DOCTYPE html><meta charset='utf-8'><body>{content}</body>", encoding="utf-8")
    browser.open(page, 1200)
    assert browser.requests == [page.as_uri()]
    assert browser.evaluate(_FOREIGN) == 1  # the status
    assert browser.evaluate(_MENTIONS) == []
    assert browser.evaluate(_NAMES) == names
    assert browser.evaluate("document.querySelectorAll('details > pre').length") >= len(names)
    assert browser.evaluate("[...document.querySelectorAll('table td')].map((one) => Number(one.textContent))[6]") >= 50


def test_fifty_pipelines_in_a_browser(
    pipelines: RoleRun, browser: Browser, sandbox: Sandbox, record_measurement: RecordMeasurement
) -> None:
    """A report of 50 changed pipelines is readable in a browser on a phone and in dark mode, and harmful text stays
    text, in Markdown too."""
    names = [f"web_{number:02}" for number in range(50)]
    there = [{"name": name, "jobGraph": build_pipeline(name, "service:web")["job_graph"]} for name in names]
    sandbox.simulator.admin("PUT", "/jobs", there)
    pipelines.write("web.json", [build_pipeline(name, f"{HARM} {name}") for name in names])
    run, report = pipelines.run("plan")
    assert (run.status, report["counts"]["update"]) == (0, 50), run.output
    assert_readable(browser, pipelines.reports["html"], names)
    inserted = browser.evaluate("[...document.querySelectorAll('.new')].map((one) => one.textContent)")
    assert (len(inserted), HARM.split("{{", maxsplit=1)[0] in inserted[0]) == (50, True)
    text = pipelines.reports["md"].read_text(encoding="utf-8")
    assert_markdown(browser, text, sandbox.path / "markdown.html", names)
    record_measurement(f"{len(text)} characters of Markdown")


@pytest.mark.slow
def test_fifty_products_in_a_browser(
    master_data: RoleRun, browser: Browser, sandbox: Sandbox, record_measurement: RecordMeasurement
) -> None:
    """A report of 50 changed products is readable in a browser on a phone and in dark mode, and as Markdown."""
    master_data.write("products/s.json", [build_product(number) for number in range(50)])
    assert master_data.run("apply")[1]["status"] == "applied"
    master_data.write("products/s.json", [build_product(number, 0.5) for number in range(50)])
    run, report = master_data.run("plan")
    assert (run.status, report["counts"]["update"]) == (0, 50), run.output
    names = [f"SHIRT-{number:02}" for number in range(50)]
    assert_readable(browser, master_data.reports["html"], names)
    text = master_data.reports["md"].read_text(encoding="utf-8")
    assert_markdown(browser, text, sandbox.path / "markdown.html", names)
    record_measurement(
        f"{len(text)} characters of Markdown, {master_data.reports['html'].stat().st_size} bytes of HTML"
    )
