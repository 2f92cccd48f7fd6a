"""``verifyImages`` rules of Kyverno: what comes out gives the outcome that Kyverno documents."""

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
from tests.unit.policy.factory import (
    AMD64,
    INDEX,
    ISSUER,
    MALLORY,
    RELEASE,
    SUBJECT,
    attestation,
    image,
    signature,
)
from verifier.errors import PolicyError
from verifier.model.finding import Verdict
from verifier.model.verified import CertificateSigner
from verifier.policy.convert import Conversion

OTHER = CertificateSigner(ISSUER, OTHER_SUBJECT, "uri", {})
REVIEW = "https://example.com/review/v1"
SIGNED = image(signature(INDEX))


def entry(subject: str = SUBJECT, more: str = "") -> str:
    return f"- keyless: {{issuer: '{ISSUER}', subject: '{subject}'{more}}}\n"


def attestors(*entries: str, count: int | None = None) -> str:
    counted = f"  count: {count}\n" if count is not None else ""
    return f"attestors:\n- entries:\n{indented(''.join(entries), 2)}{counted}"


def kyverno(
    item: str,
    *,
    references: str = "ghcr.io/org/*",
    rule: str = "",
    spec: str = "validationFailureAction: Enforce",
    version: str = "v1",
    kind: str = "ClusterPolicy",
) -> str:
    return f"""\
apiVersion: kyverno.io/{version}
kind: {kind}
metadata:
  name: check-images
spec:
  {spec}
  rules:
    - name: signed
      match:
        any:
          - resources: {{kinds: [Pod]}}
{indented(rule, 6)}      verifyImages:
        - imageReferences: ["{references}"]
{indented(item, 10)}"""


def converts(item: str, rule: str = "", spec: str = "validationFailureAction: Enforce") -> Conversion:
    return converted(kyverno(item, rule=rule, spec=spec))


@pytest.mark.parametrize("version", ["v1", "v2beta1"])
@pytest.mark.parametrize("kind", ["ClusterPolicy", "Policy"])
def test_a_keyless_signature_is_wanted(kind: str, version: str) -> None:
    conversion = converted(kyverno(attestors(entry()), kind=kind, version=version))

    assert unsupported(conversion) == []
    assert [policy.name for policy in policies(conversion)] == ["check-images-signed"]
    assert verdict(conversion, SIGNED) is Verdict.PASS
    assert verdict(conversion, image(signature(AMD64))) is Verdict.FAIL
    assert verdict(conversion, image(signature(INDEX, signer=MALLORY))) is Verdict.UNVERIFIED
    assert "match: it selects Kubernetes resources" in traps(conversion)
    assert "admits every image that no policy matches" in traps(conversion)
    assert ("one namespace" in traps(conversion)) is (kind == "Policy")


def test_images_are_matched_across_slashes() -> None:
    conversion = converts(attestors(entry()))
    assert about(conversion, "ghcr.io/org/team/app")
    assert not about(conversion, "ghcr.io/org-evil/app")


def test_a_subject_may_have_wildcards() -> None:
    conversion = converts(attestors(entry("https://github.com/org/*")))
    dotless = CertificateSigner(ISSUER, SUBJECT.replace("github.com", "githubXcom"), "uri", {})

    assert verdict(conversion, SIGNED) is Verdict.PASS
    assert verdict(conversion, image(signature(INDEX, signer=MALLORY))) is Verdict.UNVERIFIED
    assert verdict(conversion, image(signature(INDEX, signer=dotless))) is Verdict.UNVERIFIED
    assert "some versions have a dot too" in traps(conversion)


def test_an_expression_is_found_anywhere_and_that_is_reported() -> None:
    keyless = f"- keyless: {{issuer: '{ISSUER}', subjectRegExp: 'github\\.com/org/'}}\n"
    conversion = converts(attestors(keyless))
    assert verdict(conversion, SIGNED) is Verdict.PASS
    assert "match anywhere" in traps(conversion)


def test_extensions_are_claims() -> None:
    more = ", additionalExtensions: {githubWorkflowTrigger: push, 1.3.6.1.4.1.57264.1.12: 'https://github.com/org/*'}"
    conversion = converts(attestors(entry(more=more)))
    good = {"githubWorkflowTrigger": "push", "sourceRepositoryURI": "https://github.com/org/app"}

    def judged(claims: dict[str, str]) -> Verdict:
        signer = CertificateSigner(ISSUER, SUBJECT, "uri", claims)
        return verdict(conversion, image(signature(INDEX, signer=signer)))

    assert judged(good) is Verdict.PASS
    assert judged({**good, "githubWorkflowTrigger": "pull_request"}) is Verdict.UNVERIFIED
    assert judged({}) is Verdict.UNVERIFIED


@pytest.mark.parametrize(
    ("count", "both", "one"),
    [
        (None, Verdict.PASS, Verdict.UNVERIFIED),
        (2, Verdict.PASS, Verdict.UNVERIFIED),
        (1, Verdict.PASS, Verdict.PASS),
    ],
)
def test_all_entries_count_unless_it_says_how_many(count: int | None, both: Verdict, one: Verdict) -> None:
    conversion = converts(attestors(entry(), entry(OTHER_SUBJECT), count=count))
    assert verdict(conversion, image(signature(INDEX), signature(INDEX, signer=OTHER))) is both
    assert verdict(conversion, SIGNED) is one
    assert verdict(conversion, image(signature(INDEX, signer=MALLORY))) is Verdict.UNVERIFIED


def test_so_many_entries_of_several() -> None:
    pem, key = new_key()
    keys = f"- keys:\n    rekor: {{ignoreTlog: true}}\n    publicKeys: |\n{indented(pem, 6)}"
    conversion = converts(attestors(entry(), entry(OTHER_SUBJECT), keys, count=2))

    by_key = signature(INDEX, signer=key)
    assert verdict(conversion, image(signature(INDEX), by_key)) is Verdict.PASS
    assert verdict(conversion, image(signature(INDEX, signer=OTHER), by_key)) is Verdict.PASS
    assert verdict(conversion, image(by_key)) is not Verdict.PASS
    assert verdict(conversion, image(signature(INDEX), signature(AMD64, signer=key))) is not Verdict.PASS
    assert "counts twice" in traps(conversion)


def test_each_set_of_attestors_must_be_satisfied() -> None:
    conversion = converts(attestors(entry()) + attestors(entry(OTHER_SUBJECT)).removeprefix("attestors:\n"))
    assert verdict(conversion, image(signature(INDEX), signature(INDEX, signer=OTHER))) is Verdict.PASS
    assert verdict(conversion, SIGNED) is Verdict.UNVERIFIED


def test_sets_may_be_nested() -> None:
    nested = f"- attestor:\n    count: 1\n    entries:\n{indented(entry() + entry(OTHER_SUBJECT), 4)}"
    conversion = converts(attestors(nested))
    assert verdict(conversion, SIGNED) is Verdict.PASS
    assert verdict(conversion, image(signature(INDEX, signer=OTHER))) is Verdict.PASS
    assert verdict(conversion, image(signature(INDEX, signer=MALLORY))) is Verdict.UNVERIFIED


def test_a_key_needs_a_log_entry_unless_it_says_otherwise() -> None:
    pem, key = new_key()
    strict = converts(attestors(f"- keys:\n    publicKeys: |\n{indented(pem, 6)}"))
    assert verdict(strict, image(logged(signature(INDEX, signer=key)))) is Verdict.PASS
    assert verdict(strict, image(signature(INDEX, signer=key))) is Verdict.FAIL


def test_several_keys_are_as_many_entries() -> None:
    (one, first), (two, second) = new_key(), new_key()
    keys = f"- keys:\n    rekor: {{ignoreTlog: true}}\n    publicKeys: |\n{indented(one + two, 6)}"
    each, any_ = converts(attestors(keys)), converts(attestors(keys, count=1))

    signed = image(signature(INDEX, signer=first))
    assert verdict(any_, signed) is Verdict.PASS
    assert verdict(each, signed) is not Verdict.PASS
    both = image(signature(INDEX, signer=first), signature(INDEX, signer=second))
    assert verdict(each, both) is Verdict.PASS


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ("secret: {name: k, namespace: ns}", "ns/k"),
        ("kms: 'awskms:///k'", "awskms:///k"),
        ("publicKeys: 'k8s://ns/k'", "k8s://ns/k"),
    ],
)
def test_a_key_elsewhere_fails_closed_until_it_is_given(keys: str, name: str) -> None:
    pem, key = new_key()
    text = kyverno(attestors(f"- keys: {{{keys}, rekor: {{ignoreTlog: true}}}}\n"))
    signed = image(signature(INDEX, signer=key))

    closed = converted(text)
    assert len(closed.unsupported) == 1
    assert f"--resolve {name}=FILE" in closed.unsupported[0].message
    assert verdict(closed, signed) is not Verdict.PASS
    assert verdict(converted(text, {name: pem.encode()}), signed) is Verdict.PASS


ATTESTED = f"""\
attestations:
- type: {REVIEW}
  attestors:
  - entries:
    {entry().strip()}
"""
UNATTESTED = f"attestations: [{{type: '{REVIEW}'}}]\n"
CONDITIONS = "  conditions: [{all: [{key: '{{ x }}', operator: Equals, value: y}]}]\n"


def test_attestations_are_wanted_beside_signatures() -> None:
    conversion = converts(attestors(entry(OTHER_SUBJECT)) + ATTESTED)
    by_other = signature(INDEX, signer=OTHER)
    assert verdict(conversion, image(by_other, attestation(REVIEW, INDEX))) is Verdict.PASS
    assert verdict(conversion, image(by_other)) is Verdict.UNVERIFIED
    assert verdict(conversion, image(attestation(REVIEW, INDEX))) is not Verdict.PASS
    assert verdict(conversion, image(by_other, attestation(REVIEW, AMD64))) is not Verdict.PASS


def test_any_of_the_attestors_of_an_attestation_will_do_where_one_counts() -> None:
    one = ATTESTED.rstrip("\n") + f"\n    {entry(OTHER_SUBJECT).strip()}\n    count: 1\n"
    conversion = converts(one)
    for signer in (RELEASE, OTHER):
        assert verdict(conversion, image(attestation(REVIEW, INDEX, signer=signer))) is Verdict.PASS
    assert verdict(conversion, image(attestation(REVIEW, INDEX, signer=MALLORY))) is Verdict.UNVERIFIED
    assert "refuse at the first that fails" in traps(conversion)


@pytest.mark.parametrize(
    ("item", "path"),
    [
        (UNATTESTED, "attestations[0]"),
        (ATTESTED + CONDITIONS, "attestations[0].conditions"),
        (ATTESTED.replace(REVIEW, "review"), "attestations[0].type"),
        (attestors(entry(more=", roots: x")), "attestors[0].entries[0].keyless.roots"),
        (attestors(entry(more=", rekor: {pubkey: x}")), "attestors[0].entries[0].keyless.rekor.pubkey"),
        (attestors(entry("{{ request.object.x }}")), "attestors[0].entries[0].keyless.subject"),
        (attestors(entry("*")), "attestors[0].entries[0].keyless.subject"),
        (attestors(f"- keyless: {{subject: '{SUBJECT}'}}\n"), "attestors[0].entries[0].keyless"),
        (attestors("- certificates: {cert: x}\n"), "attestors[0].entries[0].certificates"),
        (attestors(entry() + "  annotations: {a: b}\n"), "attestors[0].entries[0].annotations"),
        (attestors(entry(), count=2), "attestors[0]"),
        ("attestors: []\n", ""),
        ("type: Notary\n" + attestors(entry()), "type"),
        ("key: x\n", "key"),
        ("annotations: {a: b}\n" + attestors(entry()), "annotations"),
        ("validate: {deny: {conditions: {}}}\n" + attestors(entry()), "validate"),
        ("failureaction: Audit\n" + attestors(entry()), "failureaction"),
        ("failureAction: Never\n" + attestors(entry()), "failureAction"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_fails_closed(item: str, path: str) -> None:
    conversion = converts(item)
    assert unsupported(conversion) == [f"spec.rules[0].verifyImages[0]{'.' if path else ''}{path}"]
    everything = image(signature(INDEX), attestation(REVIEW, INDEX))
    assert verdict(conversion, everything) is not Verdict.PASS


def test_images_that_are_skipped_are_judged_all_the_same() -> None:
    conversion = converts("skipImageReferences: ['ghcr.io/org/app*']\n" + attestors(entry()))
    assert unsupported(conversion) == ["spec.rules[0].verifyImages[0].skipImageReferences"]
    assert verdict(conversion, SIGNED) is Verdict.PASS
    assert verdict(conversion, image()) is not Verdict.PASS


@pytest.mark.parametrize(
    ("spec", "item", "warns"),
    [
        ("validationFailureAction: Enforce", "", False),
        ("validationFailureAction: enforce", "", False),
        ("validationFailureAction: Audit", "", True),
        ("background: true", "", True),
        ("validationFailureAction: Enforce", "failureAction: Audit\n", True),
        ("validationFailureAction: Audit", "failureAction: Enforce\n", False),
        ("validationFailureActionOverrides: [{action: Enforce, namespaces: [a]}]", "", False),
        ("validationFailureActionOverrides: [{action: Audit, namespaces: [a]}]", "", True),
    ],
)
def test_audit_which_is_the_default_only_warns(spec: str, item: str, warns: bool) -> None:
    conversion = converts(item + attestors(entry()), spec=spec)
    assert unsupported(conversion) == []
    assert (verdict(conversion, image()) is Verdict.PASS) is warns
    assert warned(conversion, image()) is warns
    assert ("Kyverno only reports what fails" in traps(conversion)) is warns


@pytest.mark.parametrize(
    ("item", "rule", "spec", "said"),
    [
        ("type: SigstoreBundle\n", "", "failurePolicy: Ignore", "takes any verified bundle"),
        ("", "", "failurePolicy: Ignore", "when Kyverno does not answer"),
        ("", "", "applyRules: One", "only the first rule that matches"),
        ("required: false\n", "", "applyRules: All", "never looked at"),
        ("mutateDigest: false\n", "", "applyRules: All", "an image without a digest"),
        ("", "exclude: {any: []}\n", "applyRules: All", "exclude: it selects"),
        ("", "preconditions: {all: []}\n", "applyRules: All", "preconditions: it selects"),
    ],
)
def test_what_has_another_effect_than_it_seems_is_reported(
    item: str, rule: str, spec: str, said: str
) -> None:
    conversion = converts(item + attestors(entry()), rule, spec)
    assert said in traps(conversion)
    assert verdict(conversion, SIGNED) is Verdict.PASS


def test_rules_that_verify_no_image_are_listed() -> None:
    text = kyverno(attestors(entry())) + "    - {name: labels, validate: {message: x}}\n"
    conversion = converted(text)
    assert unsupported(conversion) == ["spec.rules[1]"]
    assert len(conversion.policies) == 1


@pytest.mark.parametrize(
    "text",
    [
        kyverno("").replace("rules:", "regels:"),
        kyverno("").replace("imageReferences", "images"),
        kyverno("").replace('- imageReferences: ["ghcr.io/org/*"]', "[]"),
    ],
)
def test_what_kyverno_would_not_accept_is_an_error(text: str) -> None:
    with pytest.raises(PolicyError):
        converted(text)


def test_images_that_need_a_variable_are_all_refused() -> None:
    conversion = converted(kyverno(attestors(entry()), references="{{ x }}/*"))
    assert unsupported(conversion) == ["spec.rules[0].verifyImages[0].imageReferences[0]"]
    assert verdict(conversion, SIGNED) is not Verdict.PASS
