# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nearest names, in one sentence."""

from __future__ import annotations

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._similar_names import describe_nearest, find_nearest

MANY = [f"pipeline_{number:03}" for number in range(500)]


@pytest.mark.parametrize(
    ("name", "known", "sentence"),
    [
        ("web_log", ["web_logs"], "The nearest are: web_logs."),
        ("web_log", ["web_logs", "shop"], "The nearest are: web_logs. There are 1 more."),
        ("WEB_LOGS", ["web_logs", "shop", "web_log"], "The nearest are: web_logs, web_log. There are 1 more."),
        ("web", ["web_logs_of_the_shop", "shop"], "The nearest are: web_logs_of_the_shop. There are 1 more."),
        ("", ["shop"], "There are: shop."),
        ("we", ["web_logs_of_the_shop"], "There are: web_logs_of_the_shop."),
        ("nowhere", ["shop", "lake"], "There are: lake, shop."),
        ("nowhere", [*"abcdefg"], "There are: a, b, c, d, e and 2 more."),
        ("nowhere", [], "There are: none."),
        ("lake", ["raw lake", "raw lake"], "The nearest are: raw lake."),
    ],
)
def test_sentence_has_the_nearest_names_and_the_number_of_others(name: str, known: list[str], sentence: str) -> None:
    assert describe_nearest(name, known) == sentence


def test_sentence_about_500_names_is_short() -> None:
    for name in ("pipeline_x", "nowhere"):
        assert describe_nearest(name, MANY).endswith(" 495 more.")
        assert describe_nearest(name, MANY).count("pipeline_") == 5


def test_best_name_is_the_first() -> None:
    assert find_nearest("pipelin_012", MANY)[0] == "pipeline_012"
    assert find_nearest("stat", ["start", "state", "since"])[0] == "state"
