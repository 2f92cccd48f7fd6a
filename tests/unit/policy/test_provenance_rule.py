"""The rule `provenance`."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.unit.policy.attested import attested, claiming, statement
from tests.unit.policy.factory import INDEX, ISSUER, MALLORY, RELEASE, image
from tests.unit.policy.judging import PASS, judge, only, outcome, policy, refused
from tests.unit.policy.predicates.test_slsa import APP, COMMIT, EXTERNAL, V02, V1, v1
from verifier.errors import PolicyError
from verifier.model.finding import Finding, Outcome, Verdict
from verifier.model.verified import KeySigner
from verifier.policy.catalogue import RULES
from verifier.policy.predicates.slsa import read_provenance
from verifier.policy.rules.provenance_certificate import contradictions

DEPENDENCIES = "$.buildDefinition.resolvedDependencies"
GOLANG = {"uri": "pkg:docker/golang@1.25?platform=linux%2Famd64", "digest": {"sha256": "ab" * 32}}
WORKFLOW = {"repository": APP, "ref": "refs/heads/main", "path": ".github/workflows/release.yaml"}
SOURCE = {"uri": f"git+{APP}@refs/heads/main", "digest": {"gitCommit": COMMIT}}


def github(*dependencies: Any, **parameters: Any) -> dict[str, Any]:
    """Provenance as GitHub writes it."""
    return v1({"workflow": WORKFLOW, **parameters}, SOURCE, *dependencies)


def rule(options: str) -> str:
    return f"  - provenance: {{{options}}}\n"


def found(document: Any, options: str, kind: str = V1, **claims: str) -> list[Finding]:
    judgement = judge(image(attested(kind, document, signer=claiming(claims))), rule(options))
    ((*findings,),) = [platform.checks for platform in judgement.platforms]
    return findings


def problem(document: Any, options: str, kind: str = V1, **claims: str) -> tuple[str, str | None]:
    (finding,) = found(document, options, kind, **claims)
    assert (finding.outcome, finding.verdict) == (Outcome.FAIL, Verdict.FAIL)
    assert finding.hint
    assert len(finding.evidence) == 1
    return finding.message, finding.element


def passes(document: Any, options: str, kind: str = V1, **claims: str) -> bool:
    return [item.outcome for item in found(document, options, kind, **claims)] == [Outcome.PASS]


@pytest.mark.parametrize(
    ("good", "bad", "message", "element"),
    [
        (
            "builder: https://example.com/builder",
            "builder: https://example.com/builder2",
            "the builder is https://example.com/builder, and the policy wants https://example.com/builder2",
            "$.runDetails.builder.id",
        ),
        (
            "builder-pattern: 'https://example\\.com/.*'",
            "builder-pattern: 'https://example\\.com'",
            (
                "the builder is https://example.com/builder, and the policy wants pattern https://example\\.com"
                " (the pattern matches a part of it, and must match the whole)"
            ),
            "$.runDetails.builder.id",
        ),
        (
            "build-type: https://example.com/build/v1",
            "build-type: https://example.com/build/v2",
            (
                "the build type is https://example.com/build/v1, and the policy wants"
                " https://example.com/build/v2"
            ),
            "$.buildDefinition.buildType",
        ),
        (
            f"source: {APP}",
            f"source: {APP}-evil",
            f"the source repository is {APP}, and the policy wants {APP}-evil",
            f"{EXTERNAL}.workflow.repository",
        ),
        (
            f"source: 'git+{APP}.git'",
            "source: ssh://github.com/org/app",
            f"the source repository is {APP}, and the policy wants ssh://github.com/org/app",
            f"{EXTERNAL}.workflow.repository",
        ),
        (
            "source-pattern: 'https://github\\.com/org/[a-z]+'",
            "source-pattern: 'https://github\\.com/orgs/[a-z]+'",
            f"the source repository is {APP}, and the policy wants pattern https://github\\.com/orgs/[a-z]+",
            f"{EXTERNAL}.workflow.repository",
        ),
        (
            "ref: refs/heads/main",
            "ref: main",
            "the source ref is refs/heads/main, and the policy wants main",
            f"{EXTERNAL}.workflow.repository",
        ),
        (
            "entry-point: .github/workflows/release.yaml",
            "entry-point: .github/workflows/debug.yaml",
            (
                "the entry point is .github/workflows/release.yaml, and the policy wants"
                " .github/workflows/debug.yaml"
            ),
            f"{EXTERNAL}.workflow.path",
        ),
        (
            "parameters: {inputs.channel: stable}",
            "parameters: {inputs.channel: beta}",
            'the parameter inputs.channel is "stable", and the policy wants "beta"',
            f"{EXTERNAL}.inputs.channel",
        ),
        (
            "parameters: {/inputs/tags/1: b}",
            "parameters: {inputs.tags.2: b}",
            'the parameter inputs.tags.2 is not set, and the policy wants "b"',
            f"{EXTERNAL}.inputs.tags['2']",
        ),
        (
            "parameters: {/inputs/a.b~1c: true}",
            "parameters: {/inputs/a.b~1c: 1}",
            "the parameter /inputs/a.b~1c is true, and the policy wants 1",
            f"{EXTERNAL}.inputs['a.b/c']",
        ),
        (
            "parameters: {inputs.count: 1}",
            "parameters: {inputs.count: true}",
            "the parameter inputs.count is 1, and the policy wants true",
            f"{EXTERNAL}.inputs.count",
        ),
        (
            "parameters: {inputs.count: 1.0}",
            "parameters: {inputs.count: '1'}",
            'the parameter inputs.count is 1, and the policy wants "1"',
            f"{EXTERNAL}.inputs.count",
        ),
        (
            "only-parameters: [workflow, inputs]",
            "only-parameters: [workflow]",
            "the parameter 'inputs' is set, and the policy wants none but workflow",
            f"{EXTERNAL}.inputs",
        ),
        (
            "materials: {allow-pattern: ['git\\+.*', pkg:docker/.*]}",
            "materials: {allow-pattern: ['git\\+.*']}",
            (
                "the material pkg:docker/golang@1.25?platform=linux%2Famd64 is none of those that the policy"
                " allows"
            ),
            f"{DEPENDENCIES}[1]",
        ),
    ],
)
def test_each_option_is_held_against_the_predicate(good: str, bad: str, message: str, element: str) -> None:
    inputs = {"channel": "stable", "tags": ["a", "b"], "count": 1, "a.b/c": True}
    document = github(GOLANG, inputs=inputs, nothing=None, empty={})
    assert passes(document, good)
    assert problem(document, bad) == (message, element)


def test_what_passes_says_who_attested_it() -> None:
    (finding,) = found(github(), f"source: {APP}")
    assert (finding.rule, finding.message) == (
        "provenance",
        "slsa-provenance attested by release about its own manifest",
    )


def test_every_option_has_a_finding_of_its_own() -> None:
    findings = found(
        github(),
        "builder: https://example.com/x, build-type: https://example.com/x, ref: refs/heads/x,"
        " parameters: {x: y}, materials: {pinned: true, allow: [x]}",
    )
    assert [item.element for item in findings] == [
        "$.runDetails.builder.id",
        "$.buildDefinition.buildType",
        f"{EXTERNAL}.workflow.repository",
        f"{EXTERNAL}.x",
        f"{DEPENDENCIES}[0]",
    ]
    assert {item.code for item in findings} == {"PolicyError"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("builder-pattern: '[a-z]{0,9}'", "the provenance does not say its builder"),
        ("source-pattern: '[a-z]{0,9}'", "the provenance does not say its source repository"),
        ("ref-pattern: '.{0,9}'", "the provenance does not say its source ref"),
        ("entry-point-pattern: '.{0,9}'", "the provenance does not say its entry point"),
        ("parameters: {x: false}", "the parameter x is not set"),
        ("materials: {pinned: true}", "the provenance lists no materials"),
        ("materials: {allow: [x]}", "the provenance lists no materials"),
    ],
)
def test_what_is_not_said_is_never_as_wanted(options: str, message: str) -> None:
    document = v1({"x": None})
    document["runDetails"]["builder"] = {}
    said, _ = problem(document, options)
    assert said.startswith(message)


@pytest.mark.parametrize(
    ("material", "pinned"),
    [
        ({"uri": "pkg:docker/golang", "digest": {"sha256": "ab" * 32}}, True),
        ({"uri": "pkg:docker/golang", "digest": {"md5": "ab" * 16, "sha512": "ab" * 64}}, True),
        ({"uri": f"git+{APP}", "digest": {"gitCommit": COMMIT}}, True),
        ({"uri": f"git+{APP}", "digest": {"sha1": COMMIT}}, True),
        ({"uri": f"{APP}.git#main", "digest": {"sha1": COMMIT}}, True),
        # A file's SHA-1 can be forged, and so can its MD5.
        ({"uri": "https://example.com/x.tar.gz", "digest": {"sha1": COMMIT}}, False),
        ({"uri": "https://example.com/?x=a.git", "digest": {"sha1": COMMIT}}, False),
        ({"uri": "pkg:docker/golang", "digest": {"md5": "ab" * 16}}, False),
        ({"uri": "pkg:docker/golang", "digest": {"sha256": "ab" * 31}}, False),
        ({"uri": "pkg:docker/golang", "digest": {"sha256": "zz" * 32}}, False),
        ({"uri": "pkg:docker/golang", "digest": {"SHA256": "ab" * 32}}, False),
        ({"uri": "pkg:docker/golang@sha256:" + "ab" * 32}, False),
        ({"uri": "pkg:docker/golang", "digest": {}}, False),
        ({}, False),
    ],
)
def test_a_pinned_material_has_a_digest_that_identifies_it(material: Any, pinned: bool) -> None:
    document = v1({}, material)
    if pinned:
        assert passes(document, "materials: {pinned: true}")
    else:
        message, element = problem(document, "materials: {pinned: true}")
        assert message.endswith("is not pinned: it has no digest that identifies it")
        assert element == f"{DEPENDENCIES}[0]"


# --- the certificate ---------------------------------------------------------

CLAIMS = {
    "sourceRepositoryURI": APP,
    "sourceRepositoryRef": "refs/heads/main",
    "sourceRepositoryDigest": COMMIT,
    "buildConfigURI": f"{APP}/.github/workflows/release.yaml@refs/heads/main",
    "buildConfigDigest": COMMIT,
}
TWO = "the provenance and the certificate of its signer contradict each other: the "


def test_a_provenance_that_agrees_with_its_certificate_passes() -> None:
    assert passes(github(), "", **CLAIMS)


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        (
            {"sourceRepositoryURI": "https://github.com/org/other"},
            (
                f"source repository is {APP} by the provenance, and https://github.com/org/other by the"
                " certificate"
            ),
        ),
        (
            {"sourceRepositoryRef": "refs/heads/x", "buildConfigURI": ""},
            "source ref is refs/heads/main by the provenance, and refs/heads/x by the certificate",
        ),
        (
            {"sourceRepositoryDigest": "0" * 40, "buildConfigDigest": ""},
            f"source commit is {COMMIT} by the provenance, and {'0' * 40} by the certificate",
        ),
    ],
)
def test_a_contradiction_is_a_failure_by_itself(claims: dict[str, str], message: str) -> None:
    (finding,) = found(github(), f"source: {APP}", **{**CLAIMS, **claims})
    assert finding.message == TWO + message
    assert (finding.outcome, finding.verdict, finding.code) == (Outcome.FAIL, Verdict.FAIL, "StatementError")
    assert finding.element == f"{EXTERNAL}.workflow.repository"


def test_what_the_certificate_says_never_stands_for_the_predicate() -> None:
    document = v1({})
    assert problem(document, f"source: {APP}", **CLAIMS)[0].startswith(
        "the provenance does not say its source repository"
    )
    # And the other way round: nothing to compare is no contradiction.
    assert passes(document, "", **CLAIMS)
    assert passes(github(), "")


@pytest.mark.parametrize(
    ("uri", "agrees"),
    [
        (f"git+{APP}@refs/heads/main", True),
        (f"git+{APP}.git@refs/heads/main", True),
        (f"{APP}.git#refs/heads/main:folder", True),
        (f"{APP}.git#main", True),
        (f"{APP}.git#{COMMIT}", True),
        ("git@github.com:org/app.git#main", True),
        (f"{APP}", True),
        (f"{APP}.git#{'0' * 40}", False),
        (f"{APP}.git#mai", False),
        (f"git+{APP}@refs/tags/main", False),
        (f"git+{APP}@refs/heads/main2", False),
        ("https://github.com@evil.example/org/app", False),
        ("https://evil.example/github.com/org/app", False),
        ("something", False),
    ],
)
def test_an_address_is_compared_however_it_is_written(uri: str, agrees: bool) -> None:
    document = {
        "builder": {"id": "x"},
        "buildType": "x",
        "invocation": {"configSource": {"uri": uri}},
    }
    if agrees:
        assert passes(document, "", kind=V02, **CLAIMS)
    else:
        assert problem(document, "", kind=V02, **CLAIMS)[0].startswith(TWO)


def test_a_branch_may_be_called_like_a_ref() -> None:
    claims = {"sourceRepositoryURI": APP, "sourceRepositoryRef": "refs/heads/refs/heads/main"}
    assert problem(github(), "", **claims)[0].startswith(f"{TWO}source ref is refs/heads/main")


def test_a_digest_that_can_be_no_commit_of_the_certificates_kind_contradicts_nothing() -> None:
    for length, agrees in ((64, True), (40, False)):
        document = v1({"source": {"uri": APP, "digest": {"sha256": "0" * length}}})
        assert passes(document, "", **CLAIMS) is agrees


def test_the_workflow_may_come_from_another_ref_than_the_source() -> None:
    # A run on a pull request's target: the certificate itself states both.
    claims = {**CLAIMS, "sourceRepositoryRef": "refs/heads/feature", "sourceRepositoryDigest": "0" * 40}
    assert passes(github(), "", **claims)
    # But not when the workflow is another repository's.
    shared = "https://github.com/org/shared/.github/workflows/release.yaml@refs/heads/main"
    findings = found(github(), "", **{**claims, "buildConfigURI": shared})
    assert [item.message for item in findings] == [
        f"{TWO}source ref is refs/heads/main by the provenance, and refs/heads/feature by the certificate",
        f"{TWO}source commit is {COMMIT} by the provenance, and {'0' * 40} by the certificate",
    ]


def test_certificates_of_the_first_generation_are_compared_too() -> None:
    claims = {
        "githubWorkflowRepository": "org/app",
        "githubWorkflowRef": "refs/heads/main",
        "githubWorkflowSHA": COMMIT.upper(),
    }
    assert passes(github(), "", **claims)
    assert problem(github(), "", **{**claims, "githubWorkflowRepository": "org/other"})[0].startswith(TWO)


def test_another_issuers_repository_is_not_taken_for_one_of_github() -> None:
    provenance = read_provenance(statement(V1, github()))
    signer = claiming({"githubWorkflowRepository": "org/other"})
    assert list(contradictions(provenance, signer))
    assert not list(
        contradictions(provenance, replace(signer, issuer="https://ghes.example/_services/token"))
    )
    assert not list(contradictions(provenance, KeySigner("sha256:" + "ab" * 32)))


# --- which provenance --------------------------------------------------------


def test_a_provenance_that_cannot_be_read_is_a_failure() -> None:
    (finding,) = found({"buildDefinition": {}}, "")
    assert (finding.outcome, finding.verdict, finding.code) == (Outcome.FAIL, Verdict.FAIL, "StatementError")
    assert finding.message == "the provenance cannot be read: $.runDetails: missing"
    assert finding.element == "$.runDetails"
    (finding,) = found("{", "")
    assert finding.message.startswith("the provenance cannot be read: the predicate is a text that holds no")


def test_without_a_provenance_there_is_no_pass() -> None:
    assert outcome(judge(image(), rule(f"source: {APP}"))) == refused("StatementError")
    assert outcome(judge(image(attested(V1, github(), signer=MALLORY)), rule(""))) == refused("IdentityError")
    assert outcome(judge(image(attested(V1, github())), rule(""))) == PASS


def test_it_may_be_about_the_index() -> None:
    evidence = image(attested(V1, github(), INDEX))
    assert outcome(judge(evidence, rule(f"source: {APP}"))) == PASS
    assert outcome(judge(evidence, rule(f"source: {APP}, on: platform"))) == refused("StatementError")


def test_every_provenance_must_be_as_wanted_unless_any_will_do() -> None:
    other = attested(V02, {"builder": {"id": "x"}, "buildType": "x"})
    evidence = image(attested(V1, github()), other)
    assert only(judge(evidence, rule(f"source: {APP}"))).message.startswith("the provenance does not say")
    assert outcome(judge(evidence, rule(f"source: {APP}, select: any"))) == PASS


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (f"source: {APP}@refs/heads/main", "it names a ref as well"),
        ("source: github.com/org/app", "it is no address of a repository"),
        ("source: https://github.com/org/*", "it is compared exactly, and has a * in it"),
        ("builder: x, builder-pattern: y", "both builder and builder-pattern"),
        ("ref-pattern: '('", "it is no RE2 expression"),
        ("builder-pattern: '.*'", "it matches anybody"),
        ("materials: {allow-pattern: ['[']}", "it is no RE2 expression"),
        ("materials: {}", "materials"),
        ("materials: {pinned: false}", "materials"),
        ("parameters: {}", "parameters"),
        ("parameters: {x: [1]}", "parameters"),
        ("parameters: {x: null}", "parameters"),
        ("only-parameters: []", "only-parameters"),
        ("bulider: x", "unknown key 'bulider'"),
    ],
)
def test_options_that_cannot_be_meant_are_errors(options: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy(rule(options))
    assert message in caught.value.message
    assert caught.value.place is not None
    assert "issuer" not in (caught.value.hint or "")


def test_it_says_what_it_asks_for() -> None:
    (clause,) = policy(
        rule(f"source: {APP}, parameters: {{a: 1}}, only-parameters: [a], materials: {{pinned: true}}")
    ).rules
    assert clause.rule.asks() == (
        "there is an attestation of type slsa-provenance about the platform or its index by release, and"
        f" every one of them agrees with its certificate; its source repository is {APP}; its parameter a is"
        " 1; its external parameters are none but a; its materials are pinned by digest"
    )


def test_the_example_of_its_documentation_is_a_policy() -> None:
    indented = "".join(f"  {line}\n" for line in RULES["provenance"].example.splitlines())
    assert policy(indented).rules


@pytest.mark.parametrize("version", ["v1.4.0", "v1.8.0", "v2.0.0"])
def test_real_provenance_is_judged(real_data: Path, version: str) -> None:
    layout = real_data / "oci" / f"slsa-container-{version}"
    (payload,) = [
        json.loads(base64.b64decode(json.loads(raw)["payload"]))
        for blob in sorted((layout / "blobs" / "sha256").iterdir())
        if (raw := blob.read_bytes()).startswith(b'{"payloadType"')
    ]
    package = "https://github.com/slsa-framework/example-package"
    options = (
        f"source: {package}, materials: {{pinned: true}},"
        " entry-point-pattern: '\\.github/workflows/verifier-e2e.*',"
        " builder-pattern: 'https://github\\.com/slsa-framework/slsa-github-generator/\\.github/workflows/"
        "generator_container_slsa3\\.yml@refs/tags/v[0-9.]+'"
    )
    assert passes(payload["predicate"], options, kind=V02, sourceRepositoryURI=package)
    assert problem(payload["predicate"], options, kind=V02, sourceRepositoryURI=APP)[0].startswith(TWO)
    assert RELEASE.issuer == ISSUER
