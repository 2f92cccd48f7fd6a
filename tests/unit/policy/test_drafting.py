"""Drafts: what they ask for, what they leave out, and what hostile evidence cannot put into them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.policy.drafts import active, draft
from tests.unit.policy.factory import (
    AMD64,
    ARM64,
    INDEX,
    ISSUER,
    KEY,
    MALLORY,
    RELEASE,
    SLSA,
    SPDX,
    SUBJECT,
    attestation,
    decoded,
    image,
    sign_statement,
    signature,
)
from verifier.errors import InputError, StatementError
from verifier.model.bundle import Rejection, Unreadable, Unsigned
from verifier.model.digest import Digest
from verifier.model.verified import CertificateSigner
from verifier.policy.document import load_policy

BOTH = (AMD64, ARM64)
REVIEW = "https://example.com/review/v1"


def named(subject: str, **claims: str) -> CertificateSigner:
    return CertificateSigner(ISSUER, subject, "uri", claims)


def test_the_images_are_exactly_the_repository() -> None:
    text = draft(image(signature(INDEX)), name="ghcr.io/org/app")
    assert 'images:\n  - "ghcr.io/org/app"\n' in text
    policy = load_policy(text.encode(), source="draft")
    assert policy.is_about("ghcr.io/org/app", "1.2")
    assert not policy.is_about("ghcr.io/org/app-evil")


@pytest.mark.parametrize("name", [None, "", "**", "ghcr.io/org/*", "oci:somewhere", "a b/c", "x\n  - y/z"])
def test_a_name_that_is_none_is_not_used(name: str | None) -> None:
    text = draft(image(signature(INDEX)), name=name, claimed=True)
    assert 'images:\n  - "image.invalid/write-its-repository-here"\n' in active(text)
    assert "\nname: image\n" in text


def test_signatures_of_both_forms_are_one_rule() -> None:
    text = draft(image(signature(AMD64), sign_statement(INDEX)))
    assert "require:\n  - signature:\n      signers: [release]\n" in text
    assert text.count("- signature") == 1


@pytest.mark.parametrize(
    ("about", "on"),
    [
        ((AMD64, ARM64), "platform"),
        ((INDEX,), "index"),
        ((INDEX, AMD64, ARM64), "platform"),
        ((INDEX, AMD64), "index"),
    ],
)
def test_attestations_are_wanted_where_they_are(about: tuple[Digest, ...], on: str) -> None:
    evidence = image(*(attestation(REVIEW, digest) for digest in about), platforms=BOTH)
    text = draft(evidence)
    assert f'      id: v1\n      type: "{REVIEW}"\n      on: {on}\n      signers: [release]\n' in text


def test_an_attestation_of_either_is_wanted_of_either() -> None:
    evidence = image(attestation(REVIEW, AMD64), attestation(REVIEW, INDEX, signer=MALLORY), platforms=BOTH)
    assert "on: index" in draft(evidence)
    only_one = image(attestation(REVIEW, AMD64), signature(INDEX), platforms=BOTH)
    text = draft(only_one)
    assert "attestation" not in active(text)
    assert f"# - attestation of type {REVIEW} by {SUBJECT}" in text.replace("\n#   ", " ")


def test_a_single_image_is_its_own_index() -> None:
    text = draft(image(attestation(REVIEW, AMD64), index=False))
    assert " on:" not in active(text)


def test_an_sbom_of_the_index_is_no_rule() -> None:
    text = draft(image(signature(INDEX), attestation(SPDX, INDEX)))
    assert "spdx" not in active(text)
    assert "type: spdx" in draft(image(signature(INDEX), attestation(SPDX, AMD64)))


def test_an_sbom_that_says_nothing_is_no_rule() -> None:
    evidence = image(signature(INDEX), attestation(SPDX, AMD64))
    assert "spdx" not in active(draft(evidence, decode=lambda s: decoded(s, packages=0)))
    assert "spdx" in active(draft(evidence))


def test_versions_of_a_type_are_one() -> None:
    text = draft(image(attestation(f"{SPDX}/v2.3", AMD64), attestation(SPDX, ARM64), platforms=BOTH))
    assert text.count("- attestation:") == 1
    assert "type: spdx\n" in text


def test_ids_are_distinct_and_names() -> None:
    kinds = ("https://a.example/v1", "https://b.example/v1", "https://c.example/", "tag:1", "x:true")
    text = draft(image(*(attestation(kind, AMD64) for kind in kinds)))
    policy = load_policy(text.encode(), source="draft")
    assert len({clause.id for clause in policy.rules}) == len(kinds)
    assert "id: v1\n" in text
    assert "id: v1-2\n" in text


def test_all_signers_are_wanted_together() -> None:
    text = draft(image(signature(INDEX), signature(INDEX, signer=MALLORY)))
    assert "      signers: {all-of: [release, release-2]}\n" in text
    assert text.count("    subject: ") == 2


def test_without_one_for_all_platforms_any_will_do() -> None:
    text = draft(image(signature(AMD64), signature(ARM64, signer=MALLORY), platforms=BOTH))
    assert "      signers: [release, release-2]\n" in text


def test_a_signer_that_no_rule_needs_is_a_comment() -> None:
    text = draft(image(signature(INDEX), signature(AMD64, signer=MALLORY), platforms=BOTH))
    assert "mallory" not in active(text)
    assert "# - image signature by https://github.com/mallory/" in text


def test_more_signers_than_anybody_checks_are_no_rule() -> None:
    strangers = [signature(INDEX, signer=named(f"https://x.example/{n}")) for n in range(21)]
    review = attestation(REVIEW, INDEX)
    text = draft(image(*strangers, review))
    assert "- signature" not in active(text)
    assert "signers: [release]" in text
    assert ": 21 signers made it" in text.replace("\n#   ", " ")
    with pytest.raises(StatementError, match="21 signers made it"):
        draft(image(*strangers))
    assert "all-of" in draft(image(*strangers[:20]))


def test_more_kinds_than_any_image_has_do_not_push_out_the_usual_ones() -> None:
    kinds = [attestation(f"https://a.example/{n:03}", AMD64) for n in range(100)]
    text = draft(image(*kinds, attestation(SPDX, AMD64), signature(INDEX)))
    assert text.count("- attestation:") == 49
    assert "type: spdx\n" in text
    assert "more than 50 kinds" in text.replace("\n#   ", " ")


# --- signers ---


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        (SUBJECT, "release"),
        ("keyless@distroless.iam.gserviceaccount.com", "keyless"),
        ("https://issuer.enforce.dev/abc/DEF", "def"),
        ("https://gitlab.com/org/app//.gitlab-ci.yml@refs/heads/main", "gitlab-ci"),
        ("https://x.example/123", "signer-123"),
        ("https://x.example/true", "signer-true"),
        ("https://x.example/\u202e", "signer"),
        ("spiffe://x/ns/Größe", "gr-e"),
    ],
)
def test_signers_have_names(subject: str, name: str) -> None:
    text = draft(image(signature(INDEX, signer=named(subject))))
    assert f"signers:\n  {name}:\n" in text
    assert f"      signers: [{name}]\n" in text


@pytest.mark.parametrize(
    "subject",
    [
        "https://x.example/*",
        "https://x.example/${SUBJECT}",
        "https://x.example/%USER%",
        "https://x.example/$HOME",
        'https://x.example/"\\',
        "https://x.example/\u00e9\u202e\U0001f600",
        "https://x.example/: # - {}[]&!|>'%@`",
        "##vso[x]",
    ],
)
def test_a_subject_means_itself_whatever_is_in_it(subject: str) -> None:
    text = draft(image(signature(INDEX, signer=named(subject))))
    (identity,) = load_policy(text.encode(), source="draft").signers.values()
    assert text.isascii()
    assert identity.subject.matches(subject)  # type: ignore[union-attr]
    assert not identity.subject.matches(f"{subject}x")  # type: ignore[union-attr]
    assert not identity.subject.matches("https://x.example/other")  # type: ignore[union-attr]


@pytest.mark.parametrize("subject", ["", " ", "x ", "x\ny", "x" * 2049, "*" * 1025])
def test_a_signer_that_cannot_be_named_is_a_comment(subject: str) -> None:
    stranger = signature(INDEX, signer=named(subject))
    text = draft(image(attestation(REVIEW, INDEX), stranger))
    assert "signature" not in active(text)
    assert "a policy cannot name its signer" in text.replace("\n#   ", " ")
    with pytest.raises(StatementError, match="a policy cannot name its signer"):
        draft(image(stranger))


def test_a_key_that_was_not_given_cannot_be_named() -> None:
    with pytest.raises(StatementError, match="a policy cannot name its signer"):
        draft(image(signature(INDEX, signer=KEY)))


OURS = "https://github.com/org/app"
SHARED = "https://github.com/shared/ci/.github/workflows/build.yml@refs/heads/main"


@pytest.mark.parametrize(
    ("signers", "claims"),
    [
        ([named(SUBJECT, sourceRepositoryURI=OURS)], []),
        ([named(SHARED, sourceRepositoryURI=OURS)], [f'source-repository-uri: "{OURS}"']),
        # A repository whose name goes on after the other's is another one.
        (
            [named(SUBJECT, sourceRepositoryURI="https://github.com/org/ap")],
            ['source-repository-uri: "https://github.com/org/ap"'],
        ),
        (
            [named(SHARED, sourceRepositoryURI=OURS), named(SHARED, sourceRepositoryURI=f"{OURS}2")],
            [r'source-repository-uri-pattern: "https://github\\.com/org/app|https://github\\.com/org/app2"'],
        ),
        ([named(SHARED, githubWorkflowRepository="org/app")], ['github-workflow-repository: "org/app"']),
        ([named(SUBJECT, githubWorkflowRepository="org/app")], []),
        ([named(SHARED, sourceRepositoryURI=OURS), named(SHARED)], []),
        ([named(SUBJECT, runnerEnvironment="github-hosted")], ['runner-environment: "github-hosted"']),
        ([named(SUBJECT, runnerEnvironment="self-hosted")], []),
        (
            [
                named(SUBJECT, runnerEnvironment="github-hosted"),
                named(SUBJECT, runnerEnvironment="self-hosted"),
            ],
            [],
        ),
        ([named(SHARED, sourceRepositoryURI="x\ny")], []),
        (
            [named(SHARED, sourceRepositoryURI="https://x/*")],
            [r'source-repository-uri-pattern: "https://x/\\*"'],
        ),
    ],
)
def test_claims_hold_for_all_that_was_found(signers: list[CertificateSigner], claims: list[str]) -> None:
    evidence = image(*(signature(INDEX, signer=s, name=str(n)) for n, s in enumerate(signers)))
    text = draft(evidence)
    entry = active(text).partition("    claims:\n")[2].partition("\nrequire:")[0]
    assert [line.strip() for line in entry.splitlines()] == claims


def test_what_would_bind_the_draft_to_one_release_is_a_comment() -> None:
    signer = named(SUBJECT, sourceRepositoryURI=OURS, sourceRepositoryRef="refs/tags/v1", buildTrigger="push")
    text = draft(image(signature(INDEX, signer=signer)))
    assert '    #   source-repository-ref: "refs/tags/v1"\n    #   build-trigger: "push"\n' in text
    assert "claims" not in active(text)


@pytest.mark.parametrize(
    ("ref", "pattern"),
    [
        ("refs/tags/v1.2.3", r"refs/tags/v[0-9]+\\.[0-9]+\\.[0-9]+"),
        ("refs/tags/1.2", r"refs/tags/[0-9]+\\.[0-9]+"),
        ("refs/tags/app-v1.2.3", r"refs/tags/app-v[0-9]+\\.[0-9]+\\.[0-9]+"),
        ("refs/tags/v1", None),
        ("refs/tags/latest", None),
        ("refs/heads/v1.2.3", None),
        ("refs/tags/v1.2.3-rc.1", None),
        ("refs/tags/v1.2.3\n", None),
    ],
)
def test_tags_have_an_alternative(ref: str, pattern: str | None) -> None:
    subject = f"{SUBJECT.partition('@')[0]}@{ref}"
    evidence = image(attestation(REVIEW, INDEX), signature(INDEX, signer=named(subject)))
    text = draft(evidence)
    assert ("# subject-pattern: " in text) == (pattern is not None)
    assert pattern is None or f'@{pattern}"\n' in text


# --- what was seen ---

HOSTILE = 'x\nsigners:\n  evil: {issuer: "y"}\r\u2028\x85\u202e# "\\ \ufffd\uffff\U0001f600\ud800'


def test_nothing_that_was_seen_gets_out_of_its_comment() -> None:
    evidence = replace(
        image(
            signature(INDEX),
            attestation(f"https://x/{HOSTILE}", AMD64),
            attestation(REVIEW, AMD64, signer=named(HOSTILE)),
            rejections=[Rejection(Digest.of(b"r"), (HOSTILE,), "SignatureError", HOSTILE)],
            unreadable=[Unreadable(HOSTILE, "AuthError", HOSTILE, HOSTILE)],
        ),
        unsigned=(Unsigned(Digest.of(b"u"), (HOSTILE,), HOSTILE),),
    )
    quiet = draft(image(signature(INDEX)))
    text = draft(evidence, left_out=[HOSTILE])
    assert text.isascii()
    assert active(text).strip() == active(quiet).strip()
    for words in (
        "rejected (SignatureError): x",
        "nobody signed it: x",
        "could not look at x",
        "not looked at: x",
    ):
        assert f"# - {words}" in text


def test_of_many_that_were_seen_some_are_listed() -> None:
    rejections = [Rejection(Digest.of(str(n).encode()), (), "SignatureError", "bad") for n in range(100)]
    text = draft(image(signature(INDEX), rejections=rejections))
    assert text.count("# - rejected") == 20
    assert "# - and 80 more like these\n" in text


def test_nothing_verified_is_nothing_to_draft() -> None:
    with pytest.raises(StatementError, match="there is nothing"):
        draft(image())
    with pytest.raises(StatementError):
        draft(image(signature(INDEX), platforms=()))


def test_the_draft_of_somebody_else_is_not_passed() -> None:
    text = draft(image(signature(INDEX, signer=MALLORY)))
    assert "org/app/.github" not in active(text)
    assert RELEASE.subject not in text


def test_a_draft_that_was_broken_would_not_load() -> None:
    """The check that the others rest on: one line out of its comment is an error."""
    text = draft(image(signature(INDEX)))
    with pytest.raises(InputError):
        load_policy(f"{text}\nevil: yes\n".encode(), source="draft")


def test_a_provenance_that_cannot_be_read_is_only_attested() -> None:
    text = draft(image(attestation(SLSA, AMD64)))
    assert "provenance:" not in active(text)
    assert "type: slsa-provenance" in text
