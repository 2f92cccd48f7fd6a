"""The report for people."""

from __future__ import annotations

import re

import pytest

from tests.unit.report.factory import BLOB, INDEX, hostile_report, report, unavailable
from verifier.model.finding import Verdict
from verifier.report.text_report import render_text


def plain(made: object, *, width: int = 100, verbosity: int = 0, ascii_only: bool = False) -> str:
    return render_text(made, colour=False, width=width, verbosity=verbosity, ascii_only=ascii_only)  # type: ignore[arg-type]


def test_a_pass() -> None:
    assert (
        plain(report())
        == f"""\
PASS  text
  image      text@{INDEX}
  signed by  text (issuer text)
             1 signatures, 0 attestations; at 2026-11-01T12:00:00Z; logged with promise
  signed by  the key {BLOB}
             0 signatures, 1 attestations; no trusted time; 1 without a log entry
  linux/amd64  pass
    ✓ text
      SBOM: SPDX-2.3, 18 packages, created 2026-11-01T12:30:00.250000Z by text
  left out   linux/arm64 (1 of 2 platforms judged)
  unsigned   text, {BLOB} in text:
             seen, never counted
  warning    text

policies   app (text)
trust root text, {BLOB}
judged at  2026-11-01T12:00:00Z
"""
    )


def test_a_refusal_says_what_was_rejected_and_what_to_do() -> None:
    text = plain(report(verdict=Verdict.UNVERIFIED))
    assert text.startswith("UNVERIFIED  text\n")
    assert "    ✗ text [IdentityError]\n" in text
    assert f"  rejected   text [TimeError]\n             {BLOB} in text\n" in text
    assert "  what to do text\n" in text
    assert "rejected" not in plain(report())
    assert "rejected" in plain(report(), verbosity=1)


def test_an_image_that_could_not_be_had() -> None:
    assert (
        plain(unavailable())
        == """\
UNAVAILABLE  app
  ✗ registry.example cannot be reached [RegistryError]
  what to do is there a network?

policies   none
trust root none
judged at  2026-11-01T12:00:00Z
"""
    )


def test_quiet_and_verbose() -> None:
    assert plain(report(), verbosity=-1) == "PASS  text\n"
    verbose = plain(report(), verbosity=1)
    assert "sourceRepositoryURI: text" in verbose
    assert "looked at  text" in verbose
    words = " ".join(verbose.split())
    assert f"log {'ab' * 32}, dsse/0.0.1 entry 7, promise" in words


def test_it_fits_the_terminal() -> None:
    long = report("word " * 60)
    for width in (60, 80, 120):
        lines = plain(long, width=width, verbosity=1).splitlines()
        # Digests and names are never broken; everything else is.
        assert all(len(line) <= width or re.search(r"\S{40}", line) for line in lines[1:])


def test_marks_without_the_characters_for_them() -> None:
    text = plain(report(verdict=Verdict.UNVERIFIED), ascii_only=True)
    text.encode("ascii")
    assert "    x text [IdentityError]" in text
    assert "    ok text" in plain(report(), ascii_only=True)


def test_colour_is_only_around_our_own_words() -> None:
    coloured = render_text(report(), colour=True, width=100, verbosity=0, ascii_only=False)
    assert coloured.startswith("\x1b[32;1mPASS\x1b[0m  text")
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain(report())


HOSTILE = [
    "\x1b[2J\x1b[1;1HPASS",
    "a\rPASS",
    "a\n::error::b",
    "\u202egnp.exe",
    "\x9b31m",
    "a\x08b",
    "\ud800",
    "\u2028x",
    "\x00",
]


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
@pytest.mark.parametrize("verbosity", [-1, 0, 1])
def test_untrusted_text_cannot_rewrite_the_verdict(text: str, verbosity: int) -> None:
    rendered = plain(hostile_report(text), verbosity=verbosity)
    rendered.encode("utf-8")
    forbidden = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if code != 0x0A}
    assert not forbidden & set(rendered)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u2028\u2029]", rendered)
    assert "\n::" not in rendered
    assert rendered.startswith("UNVERIFIED")
