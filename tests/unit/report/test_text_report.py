"""The report for people."""

from __future__ import annotations

import re

import pytest

from tests.unit.report.factory import (
    AMD64,
    BLOB,
    INDEX,
    failed_check,
    hostile_report,
    of_platforms,
    refused,
    report,
    unavailable,
)
from verifier.model.bundle import Rejection
from verifier.model.digest import Digest
from verifier.model.finding import Verdict
from verifier.model.report import Report
from verifier.report.text_report import render_text


def plain(made: Report, *, width: int = 100, verbosity: int = 0, ascii_only: bool = False) -> str:
    return render_text(made, colour=False, width=width, verbosity=verbosity, ascii_only=ascii_only)


def test_a_pass() -> None:
    assert (
        plain(report())
        == f"""\
PASS  text
  image      text@{INDEX}
  signed by  text (issuer text)
             1 signature, 0 attestations; at 2026-11-01T12:00:00Z; logged with promise
  signed by  the key {BLOB}
             0 signatures, 1 attestation; no trusted time; 1 without a log entry
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
    assert "    ✗ text [IdentityError, rule signature]\n" in text
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


def test_a_wrong_signer() -> None:
    made = refused(
        failed_check(
            "no signature by a wanted signer", "IdentityError", "is the policy's subject right?", BLOB
        ),
        failed_check("no SBOM by a wanted signer", "IdentityError", "is the policy's subject right?", INDEX),
        rejected=(
            Rejection(BLOB, ("tag x.sig",), "IdentityError", "signed by mallory"),
            Rejection(INDEX, ("tag x.att", "referrers"), "IdentityError", "signed by mallory"),
            Rejection(AMD64, ("referrers",), "TimeError", "the certificate had expired"),
        ),
    )
    assert (
        plain(made)
        == f"""\
UNVERIFIED  registry.example/app:1
  image      registry.example/app@{AMD64}
  linux/amd64  unverified
    ✗ no signature by a wanted signer [IdentityError, rule signature]
    ✗ no SBOM by a wanted signer [IdentityError, rule signature]
  rejected   signed by mallory [IdentityError]
             {BLOB} in tag x.sig
             {INDEX} in tag x.att,
             referrers
  rejected   the certificate had expired [TimeError]
             {AMD64} in referrers
  what to do is the policy's subject right?

policies   app (app.yaml)
trust root none
judged at  2026-11-01T12:00:00Z
"""
    )


def test_nothing_found() -> None:
    made = refused(
        failed_check("no image signature was found", "SignatureError", "was the image signed?"),
        failed_check("no attestation of type spdx was found", "StatementError", "was an SBOM attested?"),
    )
    assert (
        plain(made)
        == f"""\
UNVERIFIED  registry.example/app:1
  image      registry.example/app@{AMD64}
  linux/amd64  unverified
    ✗ no image signature was found [SignatureError, rule signature]
    ✗ no attestation of type spdx was found [StatementError, rule signature]
  what to do - was the image signed?
             - was an SBOM attested?

policies   app (app.yaml)
trust root none
judged at  2026-11-01T12:00:00Z
"""
    )
    assert "looked at  referrers\n  looked at  tag\n" in plain(made, verbosity=1)


def test_nothing_judged_is_said_to_be_no_pass() -> None:
    nothing = Report((), (), None, unavailable().evaluated_at)
    for verbosity in (-1, 0, 1):
        assert "UNVERIFIED  nothing was judged\n" in plain(nothing, verbosity=verbosity)


def test_platforms_of_which_the_same_is_said_stand_together() -> None:
    text = plain(of_platforms(("amd64", None), ("arm64", None), ("s390x", None)))
    assert (
        "  linux/amd64, linux/arm64, linux/s390x  pass\n"
        "    ✓ text\n"
        "      SBOM of each: SPDX-2.3, 18 packages, created 2026-11-01T12:30:00.250000Z by text\n"
        "  left out" in text
    )
    assert len(text.splitlines()) <= 20


def test_platforms_of_which_something_else_is_said_stand_apart() -> None:
    first = failed_check("no", "IdentityError", "hint one")
    for other in (
        failed_check("not", "IdentityError", "hint two"),
        failed_check("no", "SbomError", "hint two"),
    ):
        text = plain(of_platforms(("amd64", first), ("arm64", first), ("s390x", other)))
        assert "  linux/amd64, linux/arm64  unverified\n    ✗ no [IdentityError, rule signature]\n" in text
        assert f"  linux/s390x  unverified\n    ✗ {other.message} [{other.code}, rule signature]\n" in text
        assert "  what to do - hint one\n             - hint two\n" in text


def test_verbose_names_the_evidence_of_each_platform() -> None:
    made = of_platforms(
        ("amd64", failed_check("no", "SbomError", "h", BLOB)),
        ("arm64", failed_check("no", "SbomError", "h", INDEX)),
    )
    assert "linux/amd64, linux/arm64  unverified" in plain(made)
    verbose = plain(made, verbosity=1)
    for architecture, digest in (("amd64", BLOB), ("arm64", INDEX)):
        line = f"  linux/{architecture}  unverified\n    ✗ no [SbomError, rule app/signature]\n"
        assert f"{line}      evidence {digest}\n" in verbose


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
    assert "    x text [IdentityError, rule signature]" in text
    assert "    ok text" in plain(report(), ascii_only=True)
    foreign = plain(hostile_report("größer … ✓"), ascii_only=True, verbosity=1)
    foreign.encode("ascii")
    assert foreign.startswith("UNVERIFIED  gr\\xf6\\xdfer ... \\u2713\n")


def test_colour_is_only_around_our_own_words() -> None:
    coloured = render_text(report(), colour=True, width=100, verbosity=0, ascii_only=False)
    assert coloured.startswith("\x1b[1;32mPASS\x1b[0m  text")
    many = of_platforms(*((f"architecture{number}", None) for number in range(9)))
    for made in (report(), many):
        coloured = render_text(made, colour=True, width=60, verbosity=0, ascii_only=False)
        assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain(made, width=60)
        # No line leaves the terminal coloured.
        assert all(line.count("\x1b[") == 2 * line.count("\x1b[0m") for line in coloured.splitlines())


# What a build server obeys: GitHub's runner ignores blanks before "::" and finds "##[" anywhere, as does
# Azure Pipelines' agent "##vso[".
COMMAND = re.compile(r"^\s*::|##\w*\[", re.MULTILINE)

HOSTILE = [
    "\x1b[2J\x1b[1;1HPASS",
    "a\rPASS",
    "a\n::error::b",
    "\u202egnp.exe",
    "\x9b31m",
    "a\x08b",
    "\ud800",
    "\u2028x",
    "::error::b",
    "\u00a0::error::b",
    "##[error]b ##vso[task.complete]b ###[error]b",
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
    assert not COMMAND.search(rendered)
    assert rendered.startswith("UNVERIFIED")


@pytest.mark.parametrize("command", ["::add-mask::x", "##[add-mask]x", "##vso[task.complete]x"])
@pytest.mark.parametrize("colour", [False, True])
def test_wrapping_makes_no_command_of_a_build_server(command: str, colour: bool) -> None:
    # Whatever the width, some of these words come to stand first in a line.
    made = hostile_report(" ".join([command] * 20))
    for width in range(40, 60):
        rendered = render_text(made, colour=colour, width=width, verbosity=1, ascii_only=False)
        assert not COMMAND.search(rendered)
        assert "mask" in rendered or "task" in rendered


def test_ordinary_colons_and_hashes_stay() -> None:
    text = plain(report("std::string #1 ## title [x] a::b"))
    assert text.startswith("PASS  std::string #1 ## title [x] a::b\n")


def test_much_that_was_rejected_for_one_reason_is_counted() -> None:
    digests = [Digest.of(bytes([number])) for number in range(5)]
    made = refused(
        failed_check("no signature by a wanted signer", "IdentityError", "hint", BLOB),
        rejected=tuple(Rejection(d, ("tag x.sig",), "IdentityError", "signed by mallory") for d in digests),
    )
    short, long = plain(made), plain(made, verbosity=1)
    assert [str(digest) in short for digest in digests] == [True] * 3 + [False] * 2
    assert "             and 2 more: -v lists them\n" in short
    assert all(str(digest) in long for digest in digests)
    assert "more: -v" not in long
