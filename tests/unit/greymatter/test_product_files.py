# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Master data from several files, and in the format of files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._greymatter.comparison import strip_generated_keys
from ansible_collections.greyops.rest.plugins.module_utils._greymatter.product_files import open_source


def test_multiple_sources_are_combined_with_their_origin(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("product_sku\nA1\n\nA2\n", encoding="utf-8")
    (tmp_path / "empty.json").write_text("[]", encoding="utf-8")
    (tmp_path / "b.json").write_text('[{"n": 0}, {"n": 1}]', encoding="utf-8")
    paths = [str(tmp_path / name) for name in ("a.csv", "empty.json", "b.json", "empty.json")]
    source = open_source([{"n": -1}], paths)
    for _again in range(2):
        places = [place for place, _given in source.rows()]
        assert places == sorted(set(places))
        result = [source.location(place) for place in places]
        assert result == ["products[0].", "a.csv:2: ", "a.csv:4: ", "b.json[0].", "b.json[1]."]


@pytest.mark.parametrize("paths", [None, []])
def test_no_source_is_an_empty_list(paths: Any) -> None:
    assert list(open_source(None, paths).rows()) == []


def test_server_fields_within_a_value_are_removed() -> None:
    label = {"locale": "en", "display_name": "SKU"}
    own: dict[str, Any] = {
        "exhaustive_pdea_list": [{"field_name": "id", "field_data_type": "string", "display_data": [label]}],
        "barcodeList": [{"barcode": "b1"}],
        "itemConfig": {
            "label": "case",
            "qty": 1,
            "barcode": [{"barcode": "b2"}],
            "inner": [{"label": "each", "type": "virtual", "qty": 12}],
        },
        "attributes": {"id": 7, "levelType": "kept"},
        "description": "id",
    }
    made = {
        **own,
        "exhaustive_pdea_list": [
            {"id": 3, **own["exhaustive_pdea_list"][0], "display_data": [{"id": 1, **label}], "newer": None}
        ],
        "barcodeList": [{"id": 4, "barcode": "b1"}],
        "itemConfig": {
            **own["itemConfig"],
            "levelType": 1,
            "barcode": [{"id": 5, "barcode": "b2"}],
            "inner": [{"id": 6, "levelType": 2, **own["itemConfig"]["inner"][0]}],
        },
    }
    assert {key: strip_generated_keys(key, value) for key, value in made.items()} == own
