"""ImageValidatingPolicy of Kyverno: what comes out gives the outcome that Kyverno documents."""

from __future__ import annotations

import pytest

from tests.unit.policy.convert.converting import (
    OTHER_SUBJECT,
    about,
    converted,
    indented,
    logged,
    new_key,
    policies,
    traps,
    unsupported,
    verdict,
    warned,
)
from tests.unit.policy.factory import AMD64, INDEX, ISSUER, MALLORY, SUBJECT, attestation, image, signature
from verifier.errors import PolicyError
from verifier.model.finding import Verdict
from verifier.model.verified import CertificateSigner
from verifier.policy.convert import Conversion

OTHER = CertificateSigner(ISSUER, OTHER_SUBJECT, "uri", {})
REVIEW = "https://example.com/review/v1"
SIGNED = image(signature(INDEX))
BOTH = image(signature(INDEX), signature(INDEX, signer=OTHER))
ANY = "images.containers.map(image, verifyImageSignatures(image, [attestors.release])).all(e, e > 0)"


def identity(subject: str = SUBJECT) -> str:
    return f"{{issuer: '{ISSUER}', subject: '{subject}'}}"


ATTESTORS = f"""\
attestors:
- name: release
  cosign: {{keyless: {{identities: [{identity()}]}}}}
- name: other
  cosign: {{keyless: {{identities: [{identity(OTHER_SUBJECT)}]}}}}
"""


def policy(
    expression: str = ANY,
    attestors: str = ATTESTORS,
    more: str = "",
    *,
    references: str = "[{glob: 'ghcr.io/org/*'}]",
    version: str = "v1",
    kind: str = "ImageValidatingPolicy",
) -> str:
    return f"""\
apiVersion: policies.kyverno.io/{version}
kind: {kind}
metadata: {{name: check-images}}
spec:
  matchConstraints: {{resourceRules: []}}
  matchImageReferences: {references}
  validations:
  - expression: >-
{indented(expression, 6)}
    message: not signed
{indented(attestors, 2)}{indented(more, 2)}"""


def converts(expression: str = ANY, attestors: str = ATTESTORS, more: str = "") -> Conversion:
    return converted(policy(expression, attestors, more))


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha1"])
@pytest.mark.parametrize("kind", ["ImageValidatingPolicy", "NamespacedImageValidatingPolicy"])
def test_a_signature_is_wanted(kind: str, version: str) -> None:
    conversion = converted(policy(kind=kind, version=version))

    assert unsupported(conversion) == []
    assert [one.name for one in policies(conversion)] == ["check-images"]
    assert verdict(conversion, SIGNED) is Verdict.PASS
    assert verdict(conversion, image(signature(AMD64))) is Verdict.FAIL
    assert verdict(conversion, image(signature(INDEX, signer=MALLORY))) is Verdict.UNVERIFIED
    assert "nothing is asked of images in initContainers and ephemeralContainers" in traps(conversion)


CALL = "verifyImageSignatures(i, [attestors.release, attestors.other])"


@pytest.mark.parametrize(
    ("expression", "both", "one"),
    [
        (f"images.containers.map(i, {CALL}).all(e, e > 0)", True, True),
        (f"images.containers.map(i, {CALL}).all(e, e >= 1)", True, True),
        (f"images.containers.map(i, {CALL} > 0).all(e, e)", True, True),
        (f"images.containers.all(i, {CALL} > 0)", True, True),
        (f"images.containers.map(i, {CALL}).all(e, e >= 2)", True, False),
        (f"images.containers.map(i, {CALL}).all(e, e > 1)", True, False),
        (f"images.containers.map(i, {CALL}).all(e, e == 2)", True, False),
        (f"images.containers.all(i, {CALL} == 2)", True, False),
        (ANY, True, True),
        (ANY.replace("attestors.release", 'attestors["release"]'), True, True),
        (ANY.replace("attestors.release", "attestors['other']"), True, False),
        (f"{ANY} && {ANY.replace('.release', '.other')}", True, False),
        (f"{ANY} && {ANY.replace('containers', 'initContainers')}", True, True),
    ],
)
def test_counts_of_attestors(expression: str, both: bool, one: bool) -> None:
    conversion = converts(expression)
    assert unsupported(conversion) == []
    assert (verdict(conversion, BOTH) is Verdict.PASS) is both
    assert (verdict(conversion, SIGNED) is Verdict.PASS) is one


@pytest.mark.parametrize(
    "expression",
    [
        f"{ANY} || true",
        f"!{ANY}",
        "true",
        "images.containers.all(i, i.startsWith('ghcr.io/'))",
        f"images.containers.map(i, {CALL}).exists(e, e > 0)",
        f"images.containers.map(i, {CALL}).all(e, e >= 0)",
        f"images.containers.map(i, {CALL}).all(e, e < 9)",
        f"images.containers.map(i, {CALL}).all(e, e == 1)",
        f"images.containers.map(i, {CALL}).all(e, e > 2)",
        f"images.containers.map(j, {CALL}).all(e, e > 0)",
        f"images.containers.map(i, {CALL}).all(e, f > 0)",
        ANY.replace("attestors.release", "attestors.nobody"),
        ANY.replace("[attestors.release]", "[]"),
        ANY.replace("attestors.release", "'release'"),
        "images.containers.map(i, extractPayload(i, attestations.a).x).all(e, e > 0)",
        "images.containers.all(i, verifyAttestationSignatures(i, [attestors.release]) > 0)",
        "images.containers.all(i, verifyAttestationSignatures(i, attestations.a, [attestors.release]) > 0)",
        "images.containers.all(i, verifyImageSignatures(i, attestations.a, [attestors.release]) > 0)",
    ],
)
def test_what_is_no_count_of_attestors_refuses(expression: str) -> None:
    conversion = converts(expression)
    assert len(conversion.unsupported) == 1
    assert verdict(conversion, BOTH) is not Verdict.PASS


def test_what_can_be_said_stays_beside_what_refuses() -> None:
    conversion = converted(policy().replace("  validations:\n", "  validations:\n  - expression: 'true'\n"))
    assert unsupported(conversion) == ["spec.validations[0].expression"]
    assert verdict(conversion, SIGNED) is Verdict.FAIL
    assert "release:" in conversion.policies[0].text


def test_an_attestation_is_wanted() -> None:
    call = "verifyAttestationSignatures(image, attestations.review, [attestors.release])"
    conversion = converts(
        f"images.containers.map(image, {call}).all(e, e > 0)",
        more=f"attestations: [{{name: review, intoto: {{type: '{REVIEW}'}}}}]\n",
    )
    assert verdict(conversion, image(attestation(REVIEW, INDEX))) is Verdict.PASS
    assert verdict(conversion, image(attestation(REVIEW, AMD64))) is not Verdict.PASS
    assert verdict(conversion, SIGNED) is not Verdict.PASS


def test_any_identity_of_an_attestor_will_do() -> None:
    attestors = f"""\
attestors:
- name: release
  cosign:
    keyless:
      identities: [{identity()}, {identity(OTHER_SUBJECT)}, {{issuer: x, subjectExpression: 'y'}}]
"""
    conversion = converts(attestors=attestors)
    assert unsupported(conversion) == ["spec.attestors[0].cosign.keyless.identities[2].subjectExpression"]
    assert verdict(conversion, image(signature(INDEX, signer=OTHER))) is Verdict.PASS
    assert verdict(conversion, SIGNED) is Verdict.PASS


@pytest.mark.parametrize(("ctlog", "needed"), [("", True), ("insecureIgnoreTlog: true", False)])
def test_a_key_needs_a_log_entry_unless_it_says_otherwise(ctlog: str, needed: bool) -> None:
    pem, key = new_key()
    attestors = f"""\
attestors:
- name: release
  cosign:
    {f"ctlog: {{{ctlog}}}" if ctlog else "annotations: {}"}
    key:
      data: |
{indented(pem, 8)}"""
    conversion = converts(attestors=attestors)
    assert unsupported(conversion) == []
    assert verdict(conversion, image(logged(signature(INDEX, signer=key)))) is Verdict.PASS
    assert (verdict(conversion, image(signature(INDEX, signer=key))) is Verdict.PASS) is not needed


KEYLESS = f"keyless: {{identities: [{identity()}]}}"


@pytest.mark.parametrize(
    "cosign",
    [
        "keyless: {identities: []}",
        f"keyless: {{identities: [{identity()}], roots: x}}",
        f"{KEYLESS}, tuf: {{mirror: x}}",
        f"{KEYLESS}, trustedRoot: {{value: x}}",
        f"{KEYLESS}, annotations: {{a: b}}",
        f"{KEYLESS}, ctlog: {{rekorPubKey: x}}",
        f"{KEYLESS}, ctlog: {{url: 'https://r', tsaCertChain: x}}",
        f"{KEYLESS}, key: {{data: x}}",
        f"{KEYLESS}, certificate: {{cert: {{value: x}}}}",
        "key: {kms: 'awskms:///k'}",
        "key: {expression: 'variables.k'}",
        "key: {data: x}",
        "key: {}",
    ],
)
def test_an_attestor_that_cannot_be_said_refuses(cosign: str) -> None:
    conversion = converts(attestors=f"attestors: [{{name: release, cosign: {{{cosign}}}}}]\n")
    assert len(conversion.unsupported) == 1
    assert verdict(conversion, SIGNED) is not Verdict.PASS


def test_an_attestor_of_notary_refuses() -> None:
    conversion = converts(attestors="attestors: [{name: release, notary: {certs: {value: x}}}]\n")
    assert unsupported(conversion) == ["spec.attestors[0]"]
    assert verdict(conversion, SIGNED) is not Verdict.PASS


@pytest.mark.parametrize(
    ("references", "names"),
    [
        ("[]", ["ghcr.io/org/app", "docker.io/library/nginx"]),
        ("[{glob: 'ghcr.io/{org,x}/*'}]", ["ghcr.io/org/app"]),
        ("[{expression: 'ref.startsWith(\"ghcr.io/org/\")'}]", ["ghcr.io/org/app"]),
        ("[{expression: 'ref.contains(\"x\")'}]", ["ghcr.io/org/app", "docker.io/library/nginx"]),
        ("[{glob: 'nginx:*'}]", ["docker.io/library/nginx"]),
    ],
)
def test_images(references: str, names: list[str]) -> None:
    conversion = converted(policy(references=references).replace("  matchImageReferences: []\n", ""))
    known = ("ghcr.io/org/app", "docker.io/library/nginx")
    assert [name for name in known if about(conversion, name)] == names
    assert unsupported(conversion) == []


@pytest.mark.parametrize(
    ("references", "path", "last"),
    [
        # It matches nginx.example.com/app, too, for which there is no pattern.
        ("[{glob: 'nginx*'}]", "spec.matchImageReferences[0].glob", "check-images-unsaid"),
        # What cannot be read may be about any image.
        ("[{glob: 'nginx:*'}, {regex: x}]", "spec.matchImageReferences[1].regex", "check-images"),
    ],
)
def test_images_that_cannot_be_said_are_refused(references: str, path: str, last: str) -> None:
    conversion = converted(policy(references=references))
    assert about(conversion, "ghcr.io/org/app")
    assert unsupported(conversion) == [path]
    assert conversion.policies[-1].name == last
    assert verdict(conversion, SIGNED) is not Verdict.PASS


@pytest.mark.parametrize(
    ("actions", "warns"), [("[Deny]", False), ("[Deny, Audit]", False), ("[Warn]", True), ("[Audit]", True)]
)
def test_actions(actions: str, warns: bool) -> None:
    conversion = converts(more=f"validationActions: {actions}\n")
    assert (verdict(conversion, image()) is Verdict.PASS) is warns
    assert warned(conversion, image()) is warns


def test_unknown_fields_refuse() -> None:
    conversion = converts(more="validationAction: [Warn]\n")
    assert unsupported(conversion) == ["spec.validationAction"]
    assert "did you mean 'validationActions'?" in conversion.unsupported[0].message
    assert verdict(conversion, SIGNED) is not Verdict.PASS


def test_a_policy_without_a_spec_is_an_error() -> None:
    with pytest.raises(PolicyError):
        converted(policy().split("spec:")[0])
