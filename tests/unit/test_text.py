"""Untrusted text is made harmless in one place."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.text import rfc3339, safe

# Unicode 15, PropList.txt: Bidi_Control; and the separators that begin a new line somewhere.
BIDI = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
LINES = {0x0A, 0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029}


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


HOSTILE = st.sampled_from([chr(code) for code in sorted({*range(0x20), *range(0x7F, 0xA0), *BIDI, *LINES})])


@given(st.text(st.characters() | HOSTILE))
def test_nothing_that_moves_or_hides_comes_through(text: str) -> None:
    shown = safe(text, limit=10_000)
    shown.encode("utf-8")
    assert all(unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"} for character in shown)
    assert not {ord(character) for character in shown} & (BIDI | LINES)
    assert len(shown.splitlines()) <= 1
    # Nothing is lost and nothing is made harmless twice.
    assert safe(shown, limit=100_000) == shown


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_text_is_left_alone(text: str) -> None:
    assert safe(text, limit=10_000) == text


@pytest.mark.parametrize("code", sorted(BIDI | LINES))
def test_each_of_them_is_escaped(code: int) -> None:
    assert chr(code) not in safe(f"a{chr(code)}b")


def test_it_takes_any_object() -> None:
    assert safe(ValueError("a\nb")) == "a\\x0ab"


def test_times() -> None:
    assert rfc3339(datetime(2026, 11, 1, 12, tzinfo=UTC)) == "2026-11-01T12:00:00Z"
    assert rfc3339(datetime(2026, 11, 1, 12, 0, 0, 5, tzinfo=UTC)) == "2026-11-01T12:00:00.000005Z"
    east = timezone(timedelta(hours=5, minutes=30))
    assert rfc3339(datetime(2026, 11, 1, 1, tzinfo=east)) == "2026-10-31T19:30:00Z"
