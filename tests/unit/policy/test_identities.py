"""The nearest miss, in words."""

from __future__ import annotations

import pytest

from tests.unit.policy.factory import ISSUER, KEY, RELEASE, SUBJECT
from verifier.model.verified import CertificateSigner
from verifier.policy.identities import accepts, describe, nearest
from verifier.policy.signers import CertificateIdentity
from verifier.policy.text_patterns import TextMatcher

WANTED = CertificateIdentity(
    "release", TextMatcher.exact(ISSUER, otherwise=""), TextMatcher.exact(SUBJECT, otherwise="")
)


@pytest.mark.parametrize(
    ("subject", "issuer", "words"),
    [
        (SUBJECT, ISSUER + "/", "they differ in the slash at the end"),
        (
            SUBJECT,
            "https://evil.example",
            "the subject is the wanted one, the issuer is https://evil.example",
        ),
        (SUBJECT.replace("heads/main", "tags/v1"), ISSUER, "a branch is wanted, it was signed from a tag"),
        (SUBJECT.replace("main", "dev"), ISSUER, "the same workflow from another branch"),
        (SUBJECT.replace("release", "build"), ISSUER, "another workflow file of the same repository"),
        (SUBJECT.upper(), ISSUER, "they differ in upper and lower case"),
        ("https://x.example", "https://y.example", "the nearest is https://x.example"),
    ],
)
def test_the_difference_is_named(subject: str, issuer: str, words: str) -> None:
    signer = CertificateSigner(issuer, subject, "uri", {})
    assert not accepts(WANTED, signer)
    assert words in str(nearest([WANTED], [signer]))


def test_the_nearest_of_several_is_named_whatever_the_order() -> None:
    far = CertificateSigner("https://y.example", "https://x.example", "uri", {})
    near = CertificateSigner(ISSUER, SUBJECT.replace("main", "dev"), "uri", {})
    assert nearest([WANTED], [far, near]) == nearest([WANTED], [near, far])
    assert "another branch" in str(nearest([WANTED], [far, near]))


def test_keys_have_no_near_miss() -> None:
    assert nearest([WANTED], [KEY]) is None
    assert not accepts(WANTED, KEY)
    assert describe(KEY) == f"the key {KEY.fingerprint}"
    assert describe(RELEASE) == f"{SUBJECT} (issuer {ISSUER})"


def test_what_a_certificate_says_is_made_harmless() -> None:
    assert "\x1b" not in describe(CertificateSigner("\x1b[2J", "a\nb", "uri", {}))


def test_a_pattern_that_matches_a_part_is_the_usual_surprise() -> None:
    """cosign's patterns need not match the whole value."""
    signer = CertificateSigner(ISSUER, SUBJECT, "uri", {})
    for pattern, part in ((SUBJECT[:30], True), ("https://gitlab\\.com/.*", False)):
        wanted = CertificateIdentity(
            "a", issuer=TextMatcher(ISSUER, is_pattern=False), subject=TextMatcher.pattern(pattern)
        )
        assert not accepts(wanted, signer)
        assert ("matches a part of it, and must match the whole" in str(nearest([wanted], [signer]))) is part
    whole = TextMatcher.pattern(SUBJECT.replace(".", "\\."))
    assert whole.matches(SUBJECT)
    assert not whole.matches_a_part(SUBJECT)
