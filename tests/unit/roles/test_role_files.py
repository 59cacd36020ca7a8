# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contents and names of the files of the roles."""

from __future__ import annotations

import os
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.greyops.rest.plugins.filter.encode_file_name import FilterModule, encode_file_name
from ansible_collections.greyops.rest.plugins.module_utils._errors import OptionError
from ansible_collections.greyops.rest.plugins.plugin_utils._parsing import parse


def parsed(text: str, name: str = "a.yml") -> Any:
    return parse(text, name, lambda encrypted: f"decrypted {encrypted}")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("expires: 2026-12-31", {"expires": "2026-12-31"}),
        ("at: 2026-12-31 10:00:00.5 +2\nodd: 2026-1-5", {"at": "2026-12-31 10:00:00.5 +2", "odd": "2026-1-5"}),
        ("2026-12-31: x", {"2026-12-31": "x"}),
        ("!!timestamp 2026-12-31", "2026-12-31"),
        ("{404: a, true: b, null: c, 1.5: d, 0x10: e}", {"404": "a", "true": "b", "null": "c", "1.5": "d", "16": "e"}),
        ("!!set {b , a }", ["a", "b"]),
        ("!!omap [a: 1]", [["a", 1]]),
        ("[1, -2, 1.5, true, ~, 'x']", [1, -2, 1.5, True, None, "x"]),
        ("a: &x {b: 1}\nc: {<<: *x, b: 2}", {"a": {"b": 1}, "c": {"b": 2}}),
        ("\ufeffa: 1", {"a": 1}),
        ("# nothing", None),
        ("a: !vault |\n  $ANSIBLE", {"a": "decrypted $ANSIBLE"}),
        ("a: !unsafe '{{ b }}'", {"a": "{{ b }}"}),
    ],
)
def test_yaml_values_match_json(text: str, value: Any) -> None:
    assert parsed(text) == value


@pytest.mark.parametrize("name", ["a.json", "a.JSON"])
def test_json_files(name: str) -> None:
    assert parsed('\ufeff{"a":\t"\\ud83d\\ude00"}', name) == {"a": "😀"}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.yml", "a: .nan", "a is nan, which is no number in JSON"),
        ("a.yml", "a: [0, .inf]", "a[1] is inf, which is no number in JSON"),
        ("a.yml", "a: !!binary aGFsbG8=", "a is binary data"),
        ("a.yml", "{1: x, '1': y}", "A value has the key 1 twice"),
        ("a.yml", "a: 1\nb: 2\na: 3", "the key a occurs twice in line 3, column 1"),
        ("a.yml", "? [a]\n: b", "found unhashable key in line 1, column 3"),
        ("a.yml", "a: [1", "in line 2, column 1"),
        ("a.yml", "a: 1\n---\nb: 2", "but found another document in line 2, column 1"),
        ("a.yml", "a: !foo x", "could not determine a constructor for the tag '!foo' in line 1, column 4"),
        ("a.yml", "a: \x07", "there is a character that YAML does not allow, at position 3"),
        ("a.yml", "[" * 5000, "nest"),
        ("a.yml", "a: !!int x", "invalid literal"),
        ("a.json", '{"a": }', "Expecting value in line 1, column 7"),
        ("a.json", '{"a": NaN}', "a is nan, which is no number in JSON"),
        ("a.json", '{"a": 1e999}', "a is inf, which is no number in JSON"),
        ("a.json", '{"a": 1, "a": 2}', "an object has the key a twice"),
        ("a.json", '["\\ud83d"]', "it contains half a character"),
        ("a.json", "[" * 100_000, "it is nested too deeply"),
        ("a.json", "", "Expecting value in line 1, column 1"),
    ],
)
def test_unreadable_files(name: str, text: str, expected: str) -> None:
    with pytest.raises(OptionError) as caught:
        parsed(text, name)
    assert expected in caught.value.msg


# --- names


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("web_logs", "web_logs"),
        ("A/1", "A%2F1"),
        ("CTY 1", "CTY%201"),
        ("../x", "%2E.%2Fx"),
        ("..", "%2E."),
        (".hidden", "%2Ehidden"),
        ("web/logs prod", "web%2Flogs%20prod"),
        ("a\\b", "a%5Cb"),
        ("{{ x }}*?[a]", "%7B%7B%20x%20%7D%7D%2A%3F%5Ba%5D"),
        ("a\0b\n", "a%00b%0A"),
        ("con", "%63on"),
        ("NUL.txt", "%4EUL.txt"),
        ("console", "console"),
        ("ü", "%C3%BC"),
        ("%41", "%2541"),
        ("", "%"),
        (7, "7"),
    ],
)
def test_names_of_files(name: Any, encoded: str) -> None:
    assert FilterModule().filters()["encode_file_name"](name) == encoded


@given(st.text(st.characters(), max_size=300), st.text(st.characters(), max_size=300))
def test_any_name_maps_to_a_unique_path_segment(one: str, other: str) -> None:
    encoded = encode_file_name(one)
    assert encoded
    assert set(encoded) <= set(string.ascii_letters + string.digits + "_-.~%")
    assert encoded[0] != "."
    assert len(encoded) <= 200
    assert os.path.normpath(f"/directory/{encoded}.yml") == f"/directory/{encoded}.yml"
    assert (encoded == encode_file_name(other)) == (one == other)


def test_long_names_can_be_written(tmp_path: Path) -> None:
    names = ["x" * 300, "x" * 299 + "y", "ü" * 300, "ü" * 299, "." * 300]
    for name in names:
        (tmp_path / f".ansible_tmp12345678{encode_file_name(name)}.json").touch(exist_ok=False)
    assert len(list(tmp_path.iterdir())) == len(names)
