"""Untrusted text is made harmless in one place."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.text import safe


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, ä and 中", "plain text, ä and 中"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\r\tc", "a\\x0ab\\x0d\\x09c"),
        ("\u202eevil", "\\u202eevil"),
        ("\u200bhidden", "\\u200bhidden"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("\x9b", "\\x9b"),
    ],
)
def test_what_it_shows(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_it_is_cut() -> None:
    assert safe("x" * 11, limit=10) == "x" * 9 + "…"
    assert safe("x" * 10, limit=10) == "x" * 10


@given(st.text())
def test_nothing_that_moves_or_hides_comes_through(text: str) -> None:
    shown = safe(text, limit=10_000)
    shown.encode("utf-8")
    assert all(unicodedata.category(character) not in {"Cc", "Cs"} for character in shown)
    assert "\n" not in shown
