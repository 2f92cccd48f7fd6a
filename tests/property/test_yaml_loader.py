"""Whatever a policy file holds, reading it gives data without surprises or a `PolicyError`."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from verifier.errors import PolicyError
from verifier.policy.document import load_policy
from verifier.policy.yaml_loader import load

SAMPLE = (ROOT / "policies" / "sample.yaml").read_text()

# Pieces that YAML gives a meaning to, joined at random: far denser than random text.
_PIECES = st.sampled_from(
    [
        *("a", "b", "key", "'x'", '"y"', "1", "1.10", "no", "true", "~", "null", "", "\\x41", "\u00e9"),
        *(": ", ":", "- ", "-", "? ", ", ", "[", "]", "{", "}", "\n", "\n  ", "\n    ", "\t", " ", "\r\n"),
        *(
            "&a ",
            "*a",
            "!!str ",
            "!x ",
            "<<",
            "---\n",
            "...\n",
            "%YAML 1.1\n",
            "# c",
            "|\n",
            ">-\n",
            "'",
            '"',
        ),
        *("\u2028", "\x85", "\ufeff", "\0", "\r", "@", "`", "=", "signers", "issuer", "require", "version"),
    ]
)
_YAML = st.lists(_PIECES, max_size=40).map("".join)


def is_plain(value: Any) -> bool:
    """Only what the core schema has: nothing that a tag could make."""
    match value:
        case dict():
            return all(type(key) is str and is_plain(item) for key, item in value.items())
        case list():
            return all(is_plain(item) for item in value)
        case _:
            return value is None or type(value) in {str, int, float, bool}


def attempt(raw: bytes) -> None:
    try:
        document = load(raw, source="p.yaml")
    except PolicyError:
        return
    assert is_plain(document.data)
    assert () in document.positions or document.data is None


@given(_YAML)
def test_hostile_yaml_is_plain_data_or_a_policy_error(text: str) -> None:
    attempt(text.encode())


@given(st.binary(max_size=200))
def test_bytes_are_plain_data_or_a_policy_error(raw: bytes) -> None:
    attempt(raw)


@given(st.data())
def test_a_spoilt_policy_is_a_policy_or_a_policy_error(data: st.DataObject) -> None:
    """No other exception escapes, wherever the sample is cut and whatever is put in."""
    start = data.draw(st.integers(0, len(SAMPLE)))
    end = data.draw(st.integers(start, min(len(SAMPLE), start + 40)))
    text = SAMPLE[:start] + data.draw(_YAML) + SAMPLE[end:]
    try:
        policy = load_policy(text.encode(), source="p.yaml")
    except PolicyError:
        return
    assert policy.images
    assert policy.signers
    assert policy.rules


_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp", "Cn"]), max_size=30)
_DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | _TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(_TEXTS.filter(lambda key: key != "<<"), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(_DATA)
def test_json_is_read_as_json(data: Any) -> None:
    """YAML 1.2.2, section 1.2: every JSON text is YAML, and means the same."""
    text = json.dumps(data, ensure_ascii=False)
    assert load(text.encode(), source="p.yaml").data == data
