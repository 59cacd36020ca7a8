# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters of pipeline tests: files, the table of the results, and the JUnit report."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from ansible_collections.greyops.rest.plugins.filter.build_pipeline_tests import FilterModule as BuildPipelineTests
from ansible_collections.greyops.rest.plugins.filter.tabulate_pipeline_tests import FilterModule as TabulateTests
from ansible_collections.greyops.rest.plugins.filter.to_junit_report import FilterModule as ToJUnitReport

build = BuildPipelineTests().filters()["build_pipeline_tests"]
tabulate = TabulateTests().filters()["tabulate_pipeline_tests"]
to_report = ToJUnitReport().filters()["to_junit_report"]

TEST = {"name": "a", "pipeline": "p", "events": {"source": []}, "expect": {"sink": {"count": 0}}}


def file(name: str, content: Any, problem: str = "") -> dict[str, Any]:
    return {"file": f"/t/{name}", "content": content, "problem": problem}


def failure(vertex: str, message: str, *differences: str) -> dict[str, Any]:
    return {"vertex": vertex, "message": message, "differences": list(differences)}


def result(name: str, *failures: dict[str, Any], outputs: tuple[str, ...] = ("sink",)) -> dict[str, Any]:
    return {"name": name, "passed": not failures, "outputs": {name: [] for name in outputs}, "failures": list(failures)}


def test_graphs_are_those_of_the_files() -> None:
    pipelines = [file("p.yml", [{"name": "p", "job_graph": {"vertices": []}}, {"name": "stopped", "state": "stopped"}])]
    tests = [file("shop.yml", [TEST, {**TEST, "pipeline": "stopped"}]), file("q.json", TEST | {"pipeline": "q"})]
    rest = {key: TEST[key] for key in ("events", "expect")}
    assert build([*tests, file("empty.yml", None)], pipelines)["tests"] == [
        {"name": "shop: a", "job_graph": {"vertices": []}, **rest},
        {"name": "shop: a", "pipeline": "stopped", **rest},
        {"name": "q: a", "pipeline": "q", **rest},
    ]


def test_all_problems_of_the_files() -> None:
    files = [
        file("a.yml", None, "/t/a.yml cannot be read: x."),
        file("b.yml", ["text", {**TEST, "expects": {}}, {**TEST, "events": {}, "name": 5}, {}]),
    ]
    problems = [
        "/t/a.yml cannot be read: x.",
        "/t/b.yml contains an entry that is not a test.",
        "/t/b.yml has unknown keys for a test: expects. The keys of a test are name, pipeline, events, expect.",
        "/t/b.yml contains a test (5) that requires name, a string.",
        "/t/b.yml contains a test (5) that requires events, a dictionary.",
        "/t/b.yml contains a test (without a name) that requires name, a string.",
        "/t/b.yml contains a test (without a name) that requires pipeline, a string.",
        "/t/b.yml contains a test (without a name) that requires events, a dictionary.",
        "/t/b.yml contains a test (without a name) that requires expect, a dictionary.",
    ]
    assert build(files, []) == {"tests": [], "problems": problems}


def test_files_without_a_test_are_a_problem() -> None:
    files = [file("a.yml", None), file("b.yml", [])]
    assert build(files, []) == {"tests": [], "problems": ["The files contain no test."]}


def test_table() -> None:
    failed = result("shop: b", failure("sink", "expected 1 event, got 2"), failure("sink", "x", "severity: y", "id: z"))
    assert tabulate([result("shop: a"), failed]) == [
        "TEST     RESULT  FAILURES",
        "shop: a  passed",
        "shop: b  failed  sink: expected 1 event, got 2",
        "                 sink: x",
        "                   severity: y",
        "                   id: z",
        "1 of 2 tests failed.",
    ]
    assert tabulate([result("a")])[-1] == "All 1 tests passed."


def test_report() -> None:
    tests = [
        result("shop: a"),
        result("shop: b", failure("sink", "got <2> & \x00\ud800", "severity: y")),
        result("web: c: d", failure("sink", "x"), failure("other", "HTTP 400")),
    ]
    text = to_report({"tests": tests}, [])
    assert text.startswith('<?xml version="1.0" encoding="utf-8"?>\n<testsuite ')
    suite = ElementTree.fromstring(text.encode())
    assert suite.attrib == {"name": "grepr_pipelines", "tests": "3", "failures": "1", "errors": "1"}
    cases = suite.findall("testcase")
    assert [(case.get("classname"), case.get("name")) for case in cases] == [
        ("shop", "a"),
        ("shop", "b"),
        ("web", "c: d"),
    ]
    assert [[child.tag for child in case] for case in cases] == [[], ["failure"], ["error"]]
    assert cases[1][0].get("message") == "sink: got <2> & \ufffd\ufffd"
    assert cases[1][0].text == "sink: got <2> & \ufffd\ufffd\n  severity: y"
    assert cases[2][0].text == "sink: x\nother: HTTP 400"


def test_report_of_tests_that_did_not_run() -> None:
    suite = ElementTree.fromstring(to_report({"msg": "HTTP 401."}, [{"name": "shop: a"}, {"name": "shop: b"}]).encode())
    assert (suite.get("tests"), suite.get("errors")) == ("2", "2")
    assert [error.get("message") for error in suite.iter("error")] == ["The tests did not run: HTTP 401."] * 2
