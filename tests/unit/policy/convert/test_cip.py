"""ClusterImagePolicy: what comes out gives the outcome that policy-controller documents."""

from __future__ import annotations

from dataclasses import replace

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
    SPDX,
    SUBJECT,
    attestation,
    image,
    sign_statement,
    signature,
)
from verifier.errors import PolicyError
from verifier.model.finding import Verdict
from verifier.model.statement import Statement
from verifier.model.verified import CertificateSigner, VerifiedStatement
from verifier.policy.convert import Conversion

OTHER = CertificateSigner(ISSUER, OTHER_SUBJECT, "uri", {})
REVIEW = "https://example.com/review/v1"
KEYLESS = f"""\
    - name: release
      keyless:
        url: https://fulcio.sigstore.dev
        identities:
          - issuer: {ISSUER}
            subject: {SUBJECT}
      ctlog:
        url: https://rekor.sigstore.dev
"""


def cip(authorities: str, more: str = "", *, glob: str = "ghcr.io/org/**", version: str = "v1beta1") -> str:
    return f"""\
apiVersion: policy.sigstore.dev/{version}
kind: ClusterImagePolicy
metadata:
  name: signed
spec:
  images:
    - glob: "{glob}"
  authorities:
{authorities}{more}"""


def converts(authorities: str, more: str = "", *, glob: str = "ghcr.io/org/**") -> Conversion:
    return converted(cip(authorities, more, glob=glob))


def keyless(identity: str, more: str = "") -> str:
    return f"    - keyless:\n        identities:\n          - {{{identity}}}\n{more}"


def reviewed(predicate: object, signer: CertificateSigner = RELEASE) -> VerifiedStatement:
    made = attestation(REVIEW, INDEX, signer=signer, name=str(predicate))
    assert isinstance(made.content, Statement)
    return replace(made, content=replace(made.content, predicate=predicate))  # type: ignore[arg-type]


SIGNED = image(signature(INDEX))


# --- keyless ---


@pytest.mark.parametrize("version", ["v1beta1", "v1alpha1"])
def test_a_keyless_signature_is_wanted(version: str) -> None:
    conversion = converted(cip(KEYLESS, version=version))

    assert unsupported(conversion) == []
    assert verdict(conversion, SIGNED) is Verdict.PASS
    assert verdict(conversion, image(sign_statement(INDEX))) is Verdict.PASS
    assert verdict(conversion, image(signature(INDEX, signer=MALLORY))) is Verdict.UNVERIFIED
    assert verdict(conversion, image()) is not Verdict.PASS
    assert [policy.name for policy in policies(conversion)] == ["signed"]


def test_only_the_digest_that_is_deployed_is_looked_at() -> None:
    conversion = converts(KEYLESS)

    assert verdict(conversion, image(signature(INDEX))) is Verdict.PASS
    assert verdict(conversion, image(signature(AMD64))) is Verdict.FAIL
    assert verdict(conversion, image(signature(AMD64), index=False)) is Verdict.PASS


def test_no_other_statement_is_a_signature() -> None:
    assert verdict(converts(KEYLESS), image(attestation(REVIEW, INDEX))) is Verdict.UNVERIFIED


def test_any_one_of_the_identities_will_do() -> None:
    both = f"    - keyless:\n        identities:\n          - {{issuer: {ISSUER}, subject: {SUBJECT}}}\n"
    both += f"          - {{issuer: {ISSUER}, subject: {OTHER_SUBJECT}}}\n"
    conversion = converts(both)

    assert verdict(conversion, SIGNED) is Verdict.PASS
    assert verdict(conversion, image(signature(INDEX, signer=OTHER))) is Verdict.PASS
    assert verdict(conversion, image(signature(INDEX, signer=MALLORY))) is Verdict.UNVERIFIED


def test_an_expression_is_found_anywhere_and_that_is_reported() -> None:
    conversion = converts(keyless(f"issuer: {ISSUER}, subjectRegExp: 'https://github.com/org/.*'"))
    evil = CertificateSigner(ISSUER, f"https://evil.example/?x={SUBJECT}", "uri", {})

    assert verdict(conversion, SIGNED) is Verdict.PASS
    assert verdict(conversion, image(signature(INDEX, signer=evil))) is Verdict.PASS
    assert "subjectRegExp: the expression may match anywhere" in traps(conversion)
    assert unsupported(conversion) == []


def test_an_anchored_expression_is_about_the_whole_value() -> None:
    conversion = converts(keyless(f"issuer: {ISSUER}, subjectRegExp: '^https://github\\.com/org/[a-z/.@]+$'"))
    evil = CertificateSigner(ISSUER, f"https://evil.example/?x={SUBJECT}", "uri", {})

    assert "match anywhere" not in traps(conversion)
    assert "(?s" not in conversion.policies[0].text
    assert verdict(conversion, image(signature(INDEX, signer=evil))) is Verdict.UNVERIFIED


def test_a_star_in_an_exact_subject_stands_for_itself() -> None:
    conversion = converts(keyless(f"issuer: {ISSUER}, subject: 'https://github.com/org/*'"))
    literal = CertificateSigner(ISSUER, "https://github.com/org/*", "uri", {})

    assert verdict(conversion, image(signature(INDEX, signer=literal))) is Verdict.PASS
    assert verdict(conversion, SIGNED) is Verdict.UNVERIFIED
    assert "a * in it stands for itself" in traps(conversion)


@pytest.mark.parametrize(
    ("identity", "path"),
    [
        (f"issuer: {ISSUER}", "spec.authorities[0].keyless.identities[0]"),
        (f"subject: {SUBJECT}", "spec.authorities[0].keyless.identities[0]"),
        (f"issuer: {ISSUER}, subject: ''", "spec.authorities[0].keyless.identities[0]"),
        (
            f"issuer: {ISSUER}, subjectRegExp: .*",
            "spec.authorities[0].keyless.identities[0].subjectRegExp",
        ),
        (
            f"issuer: {ISSUER}, subjectRegExp: '(?<=x)y'",
            "spec.authorities[0].keyless.identities[0].subjectRegExp",
        ),
        (
            f"issuer: {ISSUER}, subject: {SUBJECT}, subjectRegexp: x",
            "spec.authorities[0].keyless.identities[0].subjectRegexp",
        ),
        (
            f"issuer: {ISSUER}, subject: {SUBJECT}, subjectRegExp: x",
            "spec.authorities[0].keyless.identities[0]",
        ),
    ],
)
def test_an_identity_that_cannot_be_said_fails_closed(identity: str, path: str) -> None:
    conversion = converts(keyless(identity))

    assert unsupported(conversion) == [path]
    assert verdict(conversion, SIGNED) is not Verdict.PASS


def test_an_identity_that_cannot_be_said_is_left_out_of_the_alternatives() -> None:
    both = f"    - keyless:\n        identities:\n          - {{issuer: {ISSUER}, subjectRegExp: .*}}\n"
    both += f"          - {{issuer: {ISSUER}, subject: {SUBJECT}}}\n"
    conversion = converts(both)

    assert unsupported(conversion) == ["spec.authorities[0].keyless.identities[0].subjectRegExp"]
    assert verdict(conversion, SIGNED) is Verdict.PASS
    assert verdict(conversion, image(signature(INDEX, signer=OTHER))) is not Verdict.PASS


# --- keys ---


def key_authority(pem: str, more: str = "") -> str:
    return f"    - key:\n        data: |\n{indented(pem, 10)}{more}"


def test_a_key_needs_no_log_entry_without_ctlog() -> None:
    pem, signer = new_key()
    conversion = converts(key_authority(pem))

    assert verdict(conversion, image(signature(INDEX, signer=signer))) is Verdict.PASS
    assert verdict(conversion, image(signature(INDEX, signer=new_key()[1]))) is not Verdict.PASS
    assert "without ctlog no log entry is needed" in traps(conversion)


def test_a_key_needs_a_log_entry_with_ctlog() -> None:
    pem, signer = new_key()
    conversion = converts(key_authority(pem, "      ctlog: {url: https://rekor.sigstore.dev}\n"))

    assert verdict(conversion, image(logged(signature(INDEX, signer=signer)))) is Verdict.PASS
    assert verdict(conversion, image(signature(INDEX, signer=signer))) is Verdict.FAIL


def test_of_several_keys_any_may_sign_and_each_must_attest() -> None:
    (one, first), (two, second) = new_key(), new_key()
    signs = converts(key_authority(one + two))
    attests = converts(
        key_authority(one + two, f"      attestations: [{{name: r, predicateType: '{REVIEW}'}}]\n")
    )

    assert verdict(signs, image(signature(INDEX, signer=second))) is Verdict.PASS
    both = [attestation(REVIEW, INDEX, signer=signer) for signer in (first, second)]
    assert verdict(attests, image(*both)) is Verdict.PASS
    assert verdict(attests, image(both[0])) is Verdict.UNVERIFIED


@pytest.mark.parametrize(
    ("key", "path", "name"),
    [
        ("kms: 'gcpkms://projects/p/k'", "spec.authorities[0].key.kms", "gcpkms://projects/p/k"),
        ("secretRef: {name: k}", "spec.authorities[0].key.secretRef", "k"),
        ("secretRef: {name: k, namespace: cosign}", "spec.authorities[0].key.secretRef", "cosign/k"),
    ],
)
def test_a_key_elsewhere_fails_closed_until_it_is_given(key: str, path: str, name: str) -> None:
    pem, signer = new_key()
    text = cip(f"    - key: {{{key}}}\n")
    signed = image(signature(INDEX, signer=signer))

    closed = converted(text)
    assert unsupported(closed) == [path]
    assert f"--resolve {name}=FILE" in closed.unsupported[0].message
    assert verdict(closed, signed) is not Verdict.PASS

    given = converted(text, {name: pem.encode()})
    assert unsupported(given) == []
    assert given.resolved == {name}
    assert verdict(given, signed) is Verdict.PASS


@pytest.mark.parametrize(
    "key",
    [
        "data: no key",
        "data: ''",
        "hashAlgorithm: sha256",
        "data: '-----BEGIN EC PRIVATE KEY----- aaaa -----END EC PRIVATE KEY-----'",
    ],
)
def test_what_is_no_key_fails_closed(key: str) -> None:
    conversion = converts(f"    - key:\n        {key}\n")
    assert len(conversion.unsupported) == 1
    assert verdict(conversion, SIGNED) is not Verdict.PASS


def test_another_hash_fails_closed() -> None:
    pem, signer = new_key()
    conversion = converts(f"    - key:\n        hashAlgorithm: sha512\n        data: |\n{indented(pem, 10)}")
    assert unsupported(conversion) == ["spec.authorities[0].key.hashAlgorithm"]
    assert verdict(conversion, image(signature(INDEX, signer=signer))) is not Verdict.PASS


# --- several authorities ---


def test_one_of_the_authorities_must_be_satisfied() -> None:
    pem, signer = new_key()
    conversion = converts(KEYLESS + key_authority(pem))

    assert verdict(conversion, SIGNED) is Verdict.PASS
    assert verdict(conversion, image(signature(INDEX, signer=signer))) is Verdict.PASS
    assert verdict(conversion, image(signature(INDEX, signer=MALLORY))) is Verdict.UNVERIFIED


def test_an_authority_that_cannot_be_said_is_left_out() -> None:
    conversion = converts("    - key: {kms: 'awskms:///alias/x'}\n" + KEYLESS)
    assert unsupported(conversion) == ["spec.authorities[0].key.kms"]
    assert verdict(conversion, SIGNED) is Verdict.PASS
    assert verdict(conversion, image(signature(INDEX, signer=OTHER))) is Verdict.UNVERIFIED


def test_all_policies_about_an_image_must_hold() -> None:
    second = cip(keyless(f"issuer: {ISSUER}, subject: {OTHER_SUBJECT}"), glob="ghcr.io/org/app*")
    conversion = converted(cip(KEYLESS) + "---\n" + second)

    assert [policy.name for policy in conversion.policies] == ["signed", "signed-2"]
    both = image(signature(INDEX), signature(INDEX, signer=OTHER))
    assert verdict(conversion, both) is Verdict.PASS
    assert verdict(conversion, SIGNED) is Verdict.UNVERIFIED
    elsewhere = image(signature(INDEX), name="ghcr.io/org/tool")
    assert verdict(conversion, elsewhere) is Verdict.PASS


# --- static ---


def test_a_static_pass_is_no_policy_and_refuses() -> None:
    conversion = converts("    - static: {action: pass}\n" + KEYLESS)

    assert unsupported(conversion) == ["spec.authorities[0].static"]
    assert "admits every image without a look" in conversion.unsupported[0].message
    assert verdict(conversion, SIGNED) is not Verdict.PASS


def test_a_static_fail_alone_refuses_with_its_message() -> None:
    conversion = converts("    - static: {action: fail, message: use the mirror}\n")

    assert unsupported(conversion) == []
    assert verdict(conversion, SIGNED) is not Verdict.PASS
    assert "use the mirror" in conversion.policies[0].text


def test_a_static_fail_refuses_nothing_beside_another_authority() -> None:
    conversion = converts("    - static: {action: fail}\n" + KEYLESS)

    assert unsupported(conversion) == []
    assert "a static fail refuses nothing" in traps(conversion)
    assert verdict(conversion, SIGNED) is Verdict.PASS
    assert verdict(conversion, image()) is not Verdict.PASS


# --- attestations ---


ATTESTED = f"""\
      attestations:
        - {{name: review, predicateType: '{REVIEW}'}}
        - {{name: provenance, predicateType: slsaprovenance1}}
"""
PROVENANCE = "https://slsa.dev/provenance/v1"


def test_each_attestation_must_be_there_and_no_signature() -> None:
    conversion = converts(KEYLESS + ATTESTED)

    assert verdict(conversion, image(reviewed({}), attestation(PROVENANCE, INDEX))) is Verdict.PASS
    assert verdict(conversion, image(reviewed({}))) is Verdict.UNVERIFIED
    assert verdict(conversion, SIGNED) is Verdict.UNVERIFIED
    assert "the image signature is not looked at" in traps(conversion)


def test_attestations_are_about_the_digest_that_is_deployed() -> None:
    conversion = converts(KEYLESS + ATTESTED)
    on_platform = image(attestation(REVIEW, AMD64), attestation(PROVENANCE, INDEX))
    assert verdict(conversion, on_platform) is not Verdict.PASS


@pytest.mark.parametrize(
    ("short", "uri"),
    [
        ("custom", "https://cosign.sigstore.dev/attestation/v1"),
        ("slsaprovenance", "https://slsa.dev/provenance/v0.2"),
        ("slsaprovenance02", "https://slsa.dev/provenance/v0.2"),
        ("slsaprovenance1", "https://slsa.dev/provenance/v1"),
        ("link", "https://in-toto.io/Link/v1"),
        ("vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"),
        ("openvex", "https://openvex.dev/ns"),
    ],
)
def test_short_names_of_types_mean_one_type(short: str, uri: str) -> None:
    conversion = converts(KEYLESS + f"      attestations: [{{name: a, predicateType: {short}}}]\n")
    assert verdict(conversion, image(attestation(uri, INDEX))) is Verdict.PASS
    assert verdict(conversion, image(attestation(uri + "/v9", INDEX))) is Verdict.UNVERIFIED


def test_an_sbom_is_wanted_of_each_platform_and_that_is_reported() -> None:
    conversion = converts(KEYLESS + "      attestations: [{name: a, predicateType: spdxjson}]\n")
    assert verdict(conversion, image(attestation(SPDX, AMD64))) is Verdict.PASS
    assert verdict(conversion, image(attestation(SPDX, INDEX))) is not Verdict.PASS
    assert "here each platform needs one of its own" in traps(conversion)


def with_policy(policy: str) -> str:
    return (
        KEYLESS + f"      attestations:\n        - name: review\n          predicateType: {REVIEW}\n{policy}"
    )


def cue(source: str) -> str:
    return f"          policy:\n            type: cue\n            data: |\n{indented(source, 14)}"


def test_a_constant_type_in_cue_asks_nothing_more() -> None:
    conversion = converts(with_policy(cue(f'predicateType: "{REVIEW}"\n')))
    assert unsupported(conversion) == []
    assert verdict(conversion, image(reviewed({}))) is Verdict.PASS


def test_another_constant_type_in_cue_never_passes() -> None:
    conversion = converts(with_policy(cue('predicateType: "https://example.com/other"\n')))
    assert verdict(conversion, image(reviewed({}))) is not Verdict.PASS
    assert "it never passes" in traps(conversion)


def test_constants_in_cue_may_be_absent_and_expressions_may_not() -> None:
    conversion = converts(with_policy(cue('predicate: {\n  approved: true\n  by: =~"^[a-z]+$"\n}\n')))

    assert unsupported(conversion) == []
    assert verdict(conversion, image(reviewed({"approved": True, "by": "kim"}))) is Verdict.PASS
    assert verdict(conversion, image(reviewed({"by": "kim"}))) is Verdict.PASS
    assert "a constant need not be there" in traps(conversion)
    bad: list[object] = [{"approved": False, "by": "kim"}, {"approved": True}, {"by": "Kim"}, {"by": 1}, []]
    for predicate in bad:
        assert verdict(conversion, image(reviewed(predicate))) is Verdict.FAIL, predicate


def test_one_good_attestation_is_enough() -> None:
    conversion = converts(with_policy(cue("predicate: approved: true\n")))
    both = image(reviewed({"approved": False}), reviewed({"approved": True}))
    assert verdict(conversion, both) is Verdict.PASS


@pytest.mark.parametrize(
    "policy",
    [
        cue('import "time"\nbefore: time.Parse(time.RFC3339, "x")\n'),
        cue("predicate: count: >5\n"),
        cue('predicate: Data: x: "y"\n'),
        cue('predicate: x: "\\(predicateType)"\n'),
        "          policy:\n            type: rego\n            data: |\n              package sigstore\n",
        "          policy: {type: cue, configMapRef: {name: c, key: k}}\n",
        "          policy: {type: cue}\n",
    ],
)
def test_a_policy_that_cannot_be_said_fails_closed(policy: str) -> None:
    conversion = converts(with_policy(policy))
    assert len(conversion.unsupported) == 1
    assert conversion.unsupported[0].path.startswith("spec.authorities[0].attestations[0].policy")
    assert verdict(conversion, image(reviewed({"count": 9}))) is not Verdict.PASS


def test_a_policy_in_a_config_map_can_be_given() -> None:
    text = cip(with_policy("          policy: {type: cue, configMapRef: {name: c, key: k}}\n"))
    conversion = converted(text, {"c/k": b"predicate: approved: true\n"})
    assert verdict(conversion, image(reviewed({"approved": True}))) is Verdict.PASS
    assert verdict(conversion, image(reviewed({"approved": False}))) is Verdict.FAIL


def test_a_remote_policy_that_is_given_must_have_its_digest() -> None:
    remote = "{url: 'https://example.com/p.cue', sha256sum: '" + "0" * 64 + "'}"
    text = cip(with_policy(f"          policy: {{type: cue, remote: {remote}}}\n"))
    conversion = converted(text, {"https://example.com/p.cue": b"predicate: approved: true\n"})
    assert "another SHA-256" in conversion.unsupported[0].message
    assert verdict(conversion, image(reviewed({"approved": True}))) is not Verdict.PASS


def test_a_predicate_by_a_short_name_is_not_looked_into() -> None:
    policy = KEYLESS + "      attestations:\n        - name: a\n          predicateType: vuln\n"
    conversion = converts(policy + cue('predicate: scanner: =~"x"\n'))
    assert "short name" in conversion.unsupported[0].message
    assert verdict(conversion, SIGNED) is not Verdict.PASS


# --- what takes away ---


def test_a_policy_over_all_authorities_refuses_everything() -> None:
    conversion = converts(
        KEYLESS, "  policy: {type: cue, data: 'authorityMatches: release: signatures: []'}\n"
    )
    assert unsupported(conversion) == ["spec.policy"]
    assert verdict(conversion, SIGNED) is Verdict.FAIL
    assert "release:" in conversion.policies[0].text


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ("      rfc3161timestamp: {trustRootRef: r}\n", "spec.authorities[0].rfc3161timestamp.trustRootRef"),
        ("      signatureFormat: bundle\n", "spec.authorities[0].signatureFormat"),
        ("      signatureFormat: other\n", "spec.authorities[0].signatureFormat"),
        ("      colour: blue\n", "spec.authorities[0].colour"),
    ],
)
def test_an_authority_with_more_than_can_be_said_fails_closed(more: str, path: str) -> None:
    conversion = converts(KEYLESS + more)
    assert unsupported(conversion) == [path]
    assert verdict(conversion, SIGNED) is not Verdict.PASS


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("trustRootRef: r", "spec.authorities[0].keyless.trustRootRef"),
        ("ca-cert: {data: x}", "spec.authorities[0].keyless.ca-cert"),
    ],
)
def test_other_trust_fails_closed(text: str, path: str) -> None:
    conversion = converts(
        f"    - keyless:\n        {text}\n        identities: [{{issuer: {ISSUER}, subject: {SUBJECT}}}]\n"
    )
    assert unsupported(conversion) == [path]
    assert verdict(conversion, SIGNED) is not Verdict.PASS


def test_another_log_fails_closed() -> None:
    conversion = converts(KEYLESS.replace("url: https://rekor.sigstore.dev", "trustRootRef: r"))
    assert unsupported(conversion) == ["spec.authorities[0].ctlog.trustRootRef"]
    assert verdict(conversion, SIGNED) is not Verdict.PASS


def test_evidence_elsewhere_is_listed_and_not_looked_at() -> None:
    conversion = converts(KEYLESS + "      source: [{oci: ghcr.io/org/signatures, tagPrefix: v}]\n")
    assert unsupported(conversion) == [
        "spec.authorities[0].source[0].oci",
        "spec.authorities[0].source[0].tagPrefix",
    ]
    assert verdict(conversion, SIGNED) is Verdict.PASS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            KEYLESS.replace("url: https://rekor.sigstore.dev", "url: https://rekor.example"),
            "whatever the URL",
        ),
        (KEYLESS.replace("fulcio.sigstore.dev", "fulcio.example"), "the URL is not asked"),
        (
            KEYLESS.replace("\n        url: https://rekor.sigstore.dev", " {}"),
            "an empty ctlog turns the log off",
        ),
        (
            KEYLESS.replace("keyless:\n", "keyless:\n        insecureIgnoreSCT: true\n"),
            "insecureIgnoreSCT accepts certificates",
        ),
    ],
)
def test_what_has_another_effect_than_it_seems_is_reported(text: str, said: str) -> None:
    conversion = converts(text)
    assert said in traps(conversion)
    assert unsupported(conversion) == []
    assert verdict(conversion, SIGNED) is Verdict.PASS


def test_mode_warn_warns() -> None:
    conversion = converts(KEYLESS, "  mode: warn\n")
    assert verdict(conversion, image()) is Verdict.PASS
    assert warned(conversion, image())
    assert verdict(conversion, SIGNED) is Verdict.PASS
    assert not warned(conversion, SIGNED)


def test_match_is_reported() -> None:
    conversion = converts(KEYLESS, "  match: [{group: apps, resource: deployments, version: v1}]\n")
    assert "spec.match: it selects Kubernetes resources" in traps(conversion)
    assert verdict(conversion, SIGNED) is Verdict.PASS


# --- images ---


def test_images_are_those_of_a_cluster() -> None:
    conversion = converts(KEYLESS, glob="index.docker.io/library/nginx@*")
    assert about(conversion, "docker.io/library/nginx")
    assert not about(conversion, "docker.io/library/nginx-evil")
    assert not about(conversion, "docker.io/org/nginx")


def test_a_glob_that_matches_nothing_refuses_what_is_probably_meant() -> None:
    conversion = converts(KEYLESS, glob="ghcr.io/org/app:v*")
    assert "ghcr.io/org/app:v*: it matches no image in a cluster" in traps(conversion)
    (issue,) = conversion.unsupported
    assert issue.message.startswith("ghcr.io/org/app:v*: no glob of the policy matches any image")
    assert unsupported(conversion) == ["spec.images[0].glob"]
    assert about(conversion, "ghcr.io/org/app")
    assert verdict(conversion, SIGNED) is not Verdict.PASS


def test_a_glob_that_matches_nothing_is_left_out_beside_others() -> None:
    text = cip(KEYLESS).replace("  authorities:", '    - glob: "docker.io/library/nginx*"\n  authorities:')
    conversion = converted(text)
    assert unsupported(conversion) == []
    assert "docker.io/library/nginx*: it matches no image in a cluster" in traps(conversion)
    assert not about(conversion, "docker.io/library/nginx")
    assert about(conversion, "ghcr.io/org/app")


def test_images_that_no_pattern_means_are_refused_by_a_policy_of_their_own() -> None:
    text = cip(KEYLESS).replace("  authorities:", '    - glob: "*gcr.io/p/*"\n  authorities:')
    conversion = converted(text)
    assert [policy.name for policy in conversion.policies] == ["signed", "signed-unsaid"]
    assert unsupported(conversion) == ["spec.images[1].glob"]
    assert verdict(conversion, SIGNED) is Verdict.PASS
    assert verdict(conversion, image(signature(INDEX), name="evilgcr.io/p/x")) is not Verdict.PASS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: ClusterImagePolicy\napiVersion: policy.sigstore.dev/v1beta1\n", "without a spec"),
        (cip(KEYLESS).replace('- glob: "ghcr.io/org/**"', "[]"), "without images"),
        (cip(KEYLESS, glob="ghcr.io/org/{a,b}"), "is no glob"),
        (cip(KEYLESS).replace("- glob:", "- regex:"), "an image without a glob"),
        (cip(KEYLESS, "  mode: dry-run\n"), "'dry-run' is no mode"),
        (cip(KEYLESS, version="v1"), "of policy.sigstore.dev/v1 is not read"),
    ],
)
def test_what_policy_controller_would_not_accept_is_an_error(text: str, message: str) -> None:
    with pytest.raises(PolicyError) as error:
        converted(text)
    assert message in error.value.message
    assert error.value.place is not None


@pytest.mark.parametrize("authorities", ["    []\n", ""])
def test_no_authorities_refuse(authorities: str) -> None:
    conversion = converts(authorities)
    assert unsupported(conversion) == ["spec"]
    assert verdict(conversion, SIGNED) is not Verdict.PASS
