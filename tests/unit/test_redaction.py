# Copyright (c) 2026, greyops.rest contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that must not be shown, in every encoding."""

from __future__ import annotations

import base64
import html
import json
import os
import subprocess
import sys
from urllib.parse import quote, quote_plus, urlencode

import pytest

from ansible_collections.greyops.rest.plugins.module_utils._errors import Text
from ansible_collections.greyops.rest.plugins.module_utils._redaction import (
    MASK,
    Redactor,
    encode_basic,
    escape_unprintable,
    list_encoded_variants,
)

AWKWARD = "p&w=d %+\"'<ü>\\/\n€"


@pytest.mark.parametrize(
    "form",
    [
        AWKWARD,
        quote(AWKWARD, safe=""),
        quote(AWKWARD),
        quote_plus(AWKWARD),
        urlencode({"password": AWKWARD}),
        json.dumps({"password": AWKWARD}),
        json.dumps({"password": AWKWARD}, ensure_ascii=False),
        html.escape(AWKWARD),
        repr({"password": AWKWARD}),
        # The output of servers in other languages.
        "p%26w%3dd%20%25%2b%22%27%3c%c3%bc%3e%5c%2f%0a%e2%82%ac",
        "p&w=d %+\\\"'<ü>\\\\\\/\\n€",
        "p\\u0026w=d %+\\\"'\\u003cü\\u003e\\\\/\\n€",
        'p\\u0026w=d %+\\"\\u0027\\u003cü\\u003e\\\\/\\n€',
        "p&amp;w=d %+&#34;&#39;&lt;ü&gt;\\/\n€",
        "p&amp;w=d %+&quot;&#39;&lt;ü&gt;\\/\n€",
    ],
)
def test_encoded_variants_are_redacted(form: str) -> None:
    secrets = Redactor()
    secrets.register(AWKWARD)
    scrubbed = secrets.redact_all(f"before {form} after")
    assert MASK in scrubbed
    assert not any(shape in scrubbed for shape in list_encoded_variants(AWKWARD))
    assert scrubbed.startswith("before ")
    assert scrubbed.endswith(" after")


def test_basic_form() -> None:
    assert encode_basic("Ann", "pä:ss") == base64.b64encode("Ann:pä:ss".encode()).decode()
    secrets = Redactor()
    secrets.register_basic("Ann", "pä:ss")
    assert secrets.redact_all(f"Authorization: Basic {encode_basic('Ann', 'pä:ss')}") == f"Authorization: Basic {MASK}"


def test_longest_secret_is_redacted_first() -> None:
    secrets = Redactor()
    secrets.register("abc", "abcdef")
    assert secrets.redact_all("abcdef abc") == f"{MASK} {MASK}"


def test_empty_secret_is_not_registered() -> None:
    secrets = Redactor()
    secrets.register(None, "")
    secrets.register_tokens(None, "")
    assert secrets.redact_all("as it was") == "as it was"
    assert secrets.redact_data({"a": ["b"]}) == {"a": ["b"]}


def test_tokens_are_redacted_in_values_and_keys() -> None:
    secrets = Redactor()
    secrets.register_tokens("eyJ-a-long-token")
    data = {"eyJ-a-long-token": ["x eyJ-a-long-token y", 7, None, True, {"deep": ("eyJ-a-long-token",)}]}
    assert secrets.redact_data(data) == {MASK: [f"x {MASK} y", 7, None, True, {"deep": [MASK]}]}


def test_data_keeps_words_that_happen_to_be_a_password() -> None:
    secrets = Redactor()
    secrets.register("mugs")
    secrets.register_tokens("short")
    assert secrets.redact_data({"description": "mugs and short"}) == {"description": "mugs and short"}
    assert secrets.redact_all("mugs and short") == f"{MASK} and {MASK}"


def test_non_text_secret_can_be_registered() -> None:
    """Values of the environment need not be valid UTF-8."""
    secrets = Redactor()
    secrets.register("s3\udcffcret")
    assert "s3\udcffcret" not in secrets.redact_all("reason: s3\udcffcret")


def test_secrets_are_registered_with_core() -> None:
    pytest.importorskip("ansible.module_utils.secrets", reason="core has masked by itself since 2.22")
    code = (
        "import sys\n"
        "from ansible_collections.greyops.rest.plugins.module_utils._redaction import Redactor\n"
        "from ansible.module_utils.secrets import mask_secrets\n"
        "Redactor().register('hunter2-hunter2')\n"
        "sys.stdout.write(mask_secrets('it is hunter2-hunter2'))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]}
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert "hunter2" not in answer.stdout
    assert answer.stdout.startswith("it is ")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünï 日本 ✓", "plain ünï 日本 ✓"),
        ("a\x1b[31mred\x1b]0;title\x07", "a\\x1b[31mred\\x1b]0;title\\x07"),
        ("one\ntwo\r\tthree", "one\\ntwo\\r\\tthree"),
        ("c1 \x9b31m del \x7f nul \x00", "c1 \\x9b31m del \\x7f nul \\x00"),
        *((f"x{char}y", f"x\\u{ord(char):04x}y") for char in "\u202a\u202e\u2066\u2069\u200e\u200f\u061c\u2028\u200b"),
        ("half \ud83d", "half \\ud83d"),
    ],
)
def test_terminal_control_sequences_are_escaped(text: str, shown: str) -> None:
    assert escape_unprintable(text) == shown
    assert escape_unprintable(shown) == shown


def test_secrets_are_masked_before_escaping() -> None:
    secrets = Redactor()
    secrets.register("pass\nword")
    assert secrets.redact("it is pass\nword\n") == f"it is {MASK}\\n"


def test_result_texts_are_redacted_and_data_tokens_removed() -> None:
    secrets = Redactor()
    secrets.register("mugs")
    secrets.register_tokens("a-token-of-some-length")
    result = {"msg": Text("mugs\x1b a-token-of-some-length"), "description": "mugs a-token-of-some-length"}
    shown = secrets.redact_result({"all": [result]})
    assert shown == {"all": [{"msg": f"{MASK}\\x1b {MASK}", "description": f"mugs {MASK}"}]}
    assert not isinstance(shown["all"][0]["msg"], Text)
    # Core warns about types that it does not know, so text without a secret is a plain string as well.
    assert not isinstance(secrets.redact_result({"msg": Text("nothing to hide")})["msg"], Text)
