"""Options build the same policy as a file, and are as strict."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sigstore_instance import Key
from tests.unit.policy.factory import (
    AMD64,
    ISSUER,
    KEY,
    MALLORY,
    SLSA,
    SPDX,
    SUBJECT,
    attestation,
    image,
    signature,
)
from tests.unit.policy.judging import judge
from verifier.errors import UsageError
from verifier.model.finding import Verdict
from verifier.model.trust import PublicKey
from verifier.model.verified import KeySigner
from verifier.policy.adhoc import adhoc_policy
from verifier.policy.values import Policy

IDENTITY = {"identity": SUBJECT, "issuer": ISSUER}


def policy(**options: Any) -> Policy:
    made = adhoc_policy(**options)
    assert made is not None
    return made


def test_a_wildcard_is_told_where_it_belongs() -> None:
    with pytest.raises(UsageError) as caught:
        adhoc_policy(identity="*", issuer=ISSUER)
    assert caught.value.hint == "for a pattern write --certificate-identity-regexp"


def test_no_signer_is_no_policy() -> None:
    assert adhoc_policy() is None
    assert adhoc_policy(require=["spdx"]) is None


def test_the_default_requirement_is_a_signature() -> None:
    made = policy(**IDENTITY)
    assert judge(image(signature(AMD64)), policies=[made]).verdict is Verdict.PASS
    assert judge(image(signature(AMD64, signer=MALLORY)), policies=[made]).verdict is Verdict.UNVERIFIED
    assert judge(image(attestation(SPDX, AMD64)), policies=[made]).verdict is Verdict.UNVERIFIED


def test_what_is_required_replaces_the_default() -> None:
    made = policy(**IDENTITY, require=["spdx", "slsa-provenance", "spdx"])
    assert len(made.rules) == 2
    full = image(attestation(SPDX, AMD64), attestation(SLSA, AMD64))
    assert judge(full, policies=[made]).verdict is Verdict.PASS
    assert judge(image(attestation(SPDX, AMD64)), policies=[made]).verdict is Verdict.UNVERIFIED


def test_patterns_and_keys() -> None:
    made = policy(identity_regexp="https://github\\.com/org/.*", issuer_regexp="https://token\\..*")
    assert judge(image(signature(AMD64)), policies=[made]).verdict is Verdict.PASS
    assert judge(image(signature(AMD64, signer=MALLORY)), policies=[made]).verdict is Verdict.UNVERIFIED
    keys = [PublicKey(Key(name).spki, name) for name in ("one", "two")]
    either = policy(keys=keys)
    assert sorted(either.signers) == ["key-1", "key-2"]
    by_two = KeySigner(keys[1].fingerprint)
    assert judge(image(signature(AMD64, signer=by_two)), policies=[either]).verdict is Verdict.PASS
    assert judge(image(signature(AMD64, signer=KEY)), policies=[either]).verdict is Verdict.UNVERIFIED


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"identity": SUBJECT},
            "--certificate-oidc-issuer and --certificate-oidc-issuer-regexp are both missing",
        ),
        ({"issuer": ISSUER}, "--certificate-identity and --certificate-identity-regexp are both missing"),
        ({**IDENTITY, "identity_regexp": "x"}, "--certificate-identity and .* are given together"),
        ({**IDENTITY, "issuer_regexp": "x"}, "--certificate-oidc-issuer and .* are given together"),
        ({"identity": "", "issuer": ISSUER}, "--certificate-identity: it is empty"),
        ({"identity": SUBJECT, "issuer": " "}, "--certificate-oidc-issuer: it is empty"),
        ({"identity": SUBJECT, "issuer_regexp": ""}, "--certificate-oidc-issuer-regexp: it is empty"),
        (
            {"identity_regexp": "(", "issuer": ISSUER},
            "--certificate-identity-regexp: it is no RE2 expression",
        ),
        # What the shell hands over that is no UTF-8, Python gives as lone surrogates (PEP 383).
        (
            {"identity_regexp": "https://x/\udcff.*", "issuer": ISSUER},
            "--certificate-identity-regexp: it has half of a character",
        ),
        (
            {"identity": SUBJECT, "issuer_regexp": "\ud800"},
            "--certificate-oidc-issuer-regexp: it has half of a character",
        ),
        ({"identity": SUBJECT, "issuer": "*"}, "--certificate-oidc-issuer: it is compared exactly"),
        (
            {"identity": "https://github.com/org/*", "issuer": ISSUER},
            "--certificate-identity: it is compared",
        ),
        ({"identity": SUBJECT, "issuer": "${ISSUER}"}, "--certificate-oidc-issuer: it looks like a variable"),
        ({"identity": SUBJECT, "issuer_regexp": "*"}, "--certificate-oidc-issuer-regexp: it is no RE2"),
        ({**IDENTITY, "require": ["spxd"]}, "--require: neither a predicate type URI nor a known alias"),
        ({**IDENTITY, "require": [""]}, "--require"),
    ],
)
def test_options_that_do_not_fit(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        adhoc_policy(**options)
    assert caught.value.hint
