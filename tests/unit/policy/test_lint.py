"""What is allowed in a policy and probably not meant is said; what is meant is not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.policy.factory import ISSUER
from verifier.errors import PolicyError
from verifier.policy.document import load_policy, read_policy
from verifier.policy.lint import lint
from verifier.policy.shipped import load_shipped, shipped_bytes

NOW = datetime(2026, 11, 24, tzinfo=UTC)
GITHUB = "https://github.com/org/app/.github/workflows/release.yaml"


def advice(
    *,
    images: str = "[ghcr.io/org/app]",
    signer: str = f"issuer: {ISSUER}, subject: {GITHUB}@refs/heads/main",
    require: str = "- signature: {}",
    more: str = "",
) -> list[str]:
    text = (
        f"version: 1\nname: app\nimages: {images}\nsigners:\n  release: {{{signer}}}\n"
        f"require:\n  {require}\n{more}\n"
    )
    return [item.message for item in lint(load_policy(text.encode(), source="policy.yaml"), NOW)]


def test_a_policy_that_says_what_it_means_has_no_warning() -> None:
    assert advice() == []


def pattern(text: str) -> str:
    return f"issuer: {ISSUER}, subject-pattern: '{text}'"


EXCEPTION = "exceptions: [{id: one, rule: signature, owner: us, reason: known, ticket: T-1, expires: %s%s}]"
TAGS = r"https://github\.com/org/app/\.github/workflows/release\.yaml@refs/tags/v[0-9.]+"
SHARED = (
    f"issuer: {ISSUER}, subject: 'https://github.com/slsa-framework/slsa-github-generator"
    "/.github/workflows/generator_container_slsa3.yml@refs/tags/v2.0.0'"
)
CHECK = "- signature: {}\n  - cel: {check: '%s'}"
OWNER = ", claims: {source-repository-owner-uri: https://github.com/org}"
EITHER = "- any-of: [[signature: %s, image-layers: %s], [attestation: {type: vuln}]]"
SCAN = "https://cosign.sigstore.dev/attestation/vuln/v1"
READS = "{each: attestation, type: '%s', check: 'attestation.predicate.approved == true'}"
SCHEMA = (
    "- signature: {}\n  - attestation: {type: 'https://example.com/review/v1', schema: {required: [by],"
    " properties: {by: {%s}}}}"
)
SEVERAL = (
    f"issuer: {ISSUER}, subject: {GITHUB}@refs/heads/main}}\n"
    "  other: {issuer: https://accounts.google.com, subject: security@example.com"
)
NAMED = ("{signers: [release]}", "{type: vuln, signers: [other]}")
CASES = {
    "every image": ({"images": "['**']"}, {}, "every image of every registry"),
    "every image of a registry": (
        {"images": "['ghcr.io/**']"},
        {"images": "['ghcr.io/org/**']"},
        "every image of the registry, whoever owns it",
    ),
    "a pattern that another covers": (
        {"images": "[ghcr.io/org/app, 'ghcr.io/org/*']"},
        {"images": "[ghcr.io/org/app, 'ghcr.io/org/app/*']"},
        "'ghcr.io/org/app' adds nothing to 'ghcr.io/org/*'",
    ),
    "a filter that may leave nothing": (
        {"require": CHECK % 'attestations.filter(a, a.scope == "index").all(a, a.predicate.ok)'},
        {"require": CHECK % "attestations.all(a, a.predicate.ok)"},
        "is true where the filter leaves nothing",
    ),
    "a check that something is not there": (
        {"require": CHECK % "!attestations.exists(a, a.predicate.revoked)"},
        {"require": CHECK % "attestations.exists(a, !a.predicate.revoked)"},
        "the check asks that something is not there",
    ),
    "a rule on what is signed that only warns": (
        {"require": "- signature: {mode: warn}\n  - image-layers: {max: 9}"},
        {"require": "- signature: {}\n  - image-layers: {max: 9, mode: warn}"},
        "no enforced rule asks for anything signed",
    ),
    "an alternative that only warns of what is not signed": (
        {"require": EITHER % ("{mode: warn}", "{max: 9}")},
        {"require": EITHER % ("{}", "{max: 9, mode: warn}")},
        "no enforced rule asks for anything signed",
    ),
    "a schema that nothing must be there for": (
        {
            "require": "- signature: {}\n  - attestation: {type: custom, schema:"
            " {properties: {ok: {const: true}}}}"
        },
        {
            "require": "- signature: {}\n  - attestation: {type: custom, schema: {required: [ok],"
            " properties: {ok: {const: true}}}}"
        },
        "an empty predicate fits it",
    ),
    "a dot that is any character": (
        {"signer": pattern(TAGS.replace(r"github\.com", "github.com"))},
        {"signer": pattern(TAGS)},
        "a dot in the subject's pattern stands for any character",
    ),
    "any ref": (
        {"signer": pattern(TAGS.partition("@")[0] + "@.*")},
        {"signer": pattern(TAGS.partition("@")[0] + "@refs/heads/.*")},
        "takes any ref, also of pull requests",
    ),
    "any ref behind its first part": (
        {"signer": pattern(TAGS.partition("@")[0] + "@refs/.+")},
        {"signer": pattern(TAGS.partition("@")[0] + "@refs/(heads|tags)/.+")},
        "takes any ref, also of pull requests",
    ),
    "any workflow of an owner, by any ref": (
        {"signer": pattern(r"https://github\.com/org/.*")},
        {"signer": pattern(r"https://github\.com/org/app/\.github/workflows/[a-z]+\.yaml@refs/tags/.*")},
        "takes any ref, also of pull requests",
    ),
    "anybody with a branch of that name": (
        {"signer": pattern(".*@refs/heads/main")},
        {"signer": pattern(".*@refs/heads/main") + OWNER},
        "takes workflows of repositories that it does not name",
    ),
    "any owner": (
        {"signer": pattern(TAGS.replace("org/app", "[^/]+/app"))},
        {"signer": pattern(TAGS.replace("org/app", "org/[^/]+"))},
        "takes workflows of repositories that it does not name",
    ),
    "any repository": (
        {"signer": pattern(TAGS.replace("org/app", "org/.*"))},
        {"signer": pattern(TAGS.replace("org/app", "org/[a-z]+"))},
        "takes workflows of repositories that it does not name",
    ),
    "a shared workflow": (
        {"signer": SHARED},
        {"signer": f"{SHARED}, claims: {{source-repository-uri: https://github.com/org/app}}"},
        "looks like a workflow that other repositories call",
    ),
    "no signature": (
        {"require": "- attestation: {type: spdx}"},
        {"require": "- attestation: {type: spdx}\n  - signature: {}"},
        "no rule asks for a signature of the image itself",
    ),
    "no signature and no provenance": (
        {"require": "- attestation: {type: slsa-provenance}"},
        {"require": "- provenance: {source: https://github.com/org/app}"},
        "no rule asks for a signature of the image itself",
    ),
    "nothing enforced": (
        {"more": "mode: warn"},
        {"more": "mode: enforce"},
        "nothing is enforced: every rule is in mode warn",
    ),
    "a rule that is over": (
        {"require": "- signature: {until: 2026-11-24}"},
        {"require": "- signature: {until: 2026-11-25}"},
        "signature is not applied since 2026-11-24T00:00:00Z",
    ),
    "a rule of later": (
        {"require": "- signature: {effective-from: 2026-11-25}"},
        {"require": "- signature: {effective-from: 2026-11-24}"},
        "signature is enforced from 2026-11-25T00:00:00Z only",
    ),
    "a signer of the past": (
        {"signer": f"issuer: {ISSUER}, subject: {GITHUB}@refs/heads/main, valid-until: 2026-11-24"},
        {"signer": f"issuer: {ISSUER}, subject: {GITHUB}@refs/heads/main, valid-until: 2026-11-25"},
        "what is signed since 2026-11-24T00:00:00Z does not count",
    ),
    "an exception that ended": (
        {"more": EXCEPTION % ("2026-11-24", "")},
        {"more": EXCEPTION % ("2027-11-24", "")},
        "ended at 2026-11-24T00:00:00Z",
    ),
    "an exception that ends soon": (
        {"more": EXCEPTION % ("2026-12-07", "")},
        {"more": EXCEPTION % ("2026-12-07", ", warn-before: 7d")},
        "ends in 13 days",
    ),
    "an issuer that is no address": (
        {"signer": f"issuer: token.actions.githubusercontent.com, subject: {GITHUB}@refs/heads/main"},
        {"signer": f"issuer-pattern: token.*, subject: {GITHUB}@refs/heads/main"},
        "the issuer is no address, as issuers are",
    ),
    "GitHub's issuer with a slash": (
        {"signer": f"issuer: {ISSUER}/, subject: {GITHUB}@refs/heads/main"},
        {"signer": f"issuer: {ISSUER}, subject: {GITHUB}@refs/heads/main"},
        "GitHub's issuer has no slash at its end",
    ),
    "a workflow without its ref": (
        {"signer": f"issuer: {ISSUER}, subject: {GITHUB}"},
        {"signer": f"issuer: {ISSUER}, subject: {GITHUB.partition('/.github')[0]}"},
        "the subject of a workflow ends with its ref, and this one has none",
    ),
    "a short ref": (
        {"require": "- signature: {}\n  - provenance: {ref: main}"},
        {"require": "- signature: {}\n  - provenance: {ref-pattern: x}\n  - provenance: {ref: refs/heads/x}"},
        "provenance: the ref 'main' is none that GitHub has",
    ),
    "a scan that nothing reads": (
        {"require": "- signature: {}\n  - attestation: {type: vuln}"},
        {"require": "- signature: {}\n  - vulnerabilities: {max-severity: high, max-age: 7d}"},
        "it holds for any vuln attestation, whatever that says",
    ),
    "a scan by its address that nothing reads": (
        {"require": f"- signature: {{}}\n  - attestation: {{type: '{SCAN}'}}"},
        {
            "require": f"- signature: {{}}\n  - attestation: {{type: '{SCAN}'}}\n"
            "  - vulnerabilities: {max-severity: high, max-age: 7d}"
        },
        f"it holds for any {SCAN} attestation, whatever that says",
    ),
    "a scan beside a rule of another kind": (
        {"require": "- signature: {}\n  - attestation: {type: vuln}\n  - ntia: {}"},
        {"require": "- signature: {}\n  - attestation: {type: vuln}\n  - cel: " + READS % "vuln"},
        "it holds for any vuln attestation, whatever that says",
    ),
    "a verdict that nothing reads": (
        {"require": "- signature: {}\n  - attestation: {type: vsa}"},
        {
            "require": "- signature: {}\n  - attestation: {type: vsa, schema:"
            " {required: [verificationResult], properties: {verificationResult: {const: PASSED}}}}"
        },
        "it holds for any vsa attestation, whatever that says",
    ),
    "a statement of facts is no news": (
        {"require": "- signature: {}\n  - attestation: {type: vuln}"},
        {"require": "- signature: {}\n  - attestation: {type: slsa-provenance}"},
        "whatever that says",
    ),
    "a schema's pattern that is found anywhere": (
        {"require": SCHEMA % r"pattern: 'release@example\.com'"},
        {"require": SCHEMA % r"pattern: '^release@example\.com$'"},
        "is found anywhere in the text",
    ),
    "a schema's pattern with alternatives": (
        {"require": SCHEMA % "pattern: '^alice|bob$'"},
        {"require": SCHEMA % "pattern: '^(alice|bob)$'"},
        "is found anywhere in the text",
    ),
    "a schema's pattern that must not be found": (
        {"require": SCHEMA % "allOf: [{pattern: evil}]"},
        {"require": SCHEMA % "not: {pattern: evil}, const: x"},
        "is found anywhere in the text",
    ),
    "a property that is called pattern": (
        {"require": SCHEMA % "patternProperties: {x: {const: 1}}"},
        {"require": SCHEMA % "properties: {pattern: {const: x}}, type: object, required: [pattern]"},
        "is found anywhere in the text",
    ),
    "a dot in a schema's pattern": (
        {"require": SCHEMA % "pattern: '^release@example.com$'"},
        {"require": SCHEMA % "pattern: '^release@example[.]com$'"},
        "a dot in the schema's pattern",
    ),
    "a pattern of matches that is found anywhere": (
        {"require": CHECK % 'image.name.matches("ghcr[.]io/example/")'},
        {"require": CHECK % 'image.name.matches("^ghcr[.]io/example/")'},
        "is found anywhere in the text",
    ),
    "a pattern of matches in a raw text": (
        {"require": CHECK % r'matches(image.name, r"ghcr\.io/example")'},
        {"require": CHECK % r'matches(image.name, r"^ghcr\.io/example$")'},
        "is found anywhere in the text",
    ),
    "a pattern of matches that must not be found": (
        {"require": CHECK % 'image.name.matches("evil")'},
        {"require": CHECK % '!image.name.matches("evil")'},
        "is found anywhere in the text",
    ),
    "a text that only looks like matches": (
        {"require": CHECK % 'image.name.matches("evil")'},
        {"require": CHECK % "image.name != '.matches(\\\"evil\\\")'".replace("'", '"')},
        "is found anywhere in the text",
    ),
    "a dot in a pattern of matches": (
        {"require": CHECK % 'image.name.matches("^ghcr.io/example/app$")'},
        {"require": CHECK % 'image.name.matches("^ghcr[.]io/example/app$")'},
        "a dot in the pattern of matches",
    ),
    "a dot in a pattern of the provenance": (
        {"require": "- provenance: {source-pattern: 'https://github.com/org/[a-z]+'}"},
        {"require": r"- provenance: {source-pattern: 'https://github\.com/org/[a-z]+'}"},
        "provenance: a dot in source-pattern stands for any character",
    ),
    "a dot in a pattern of the builder": (
        {"require": "- provenance: {builder-pattern: 'https://github.com/org/.+'}"},
        {"require": r"- provenance: {builder-pattern: 'https://github\.com/org/.+'}"},
        "provenance: a dot in builder-pattern stands for any character",
    ),
    "a dot in a pattern of the ref": (
        {"require": "- provenance: {ref-pattern: 'refs/tags/v1.[0-9]+'}"},
        {"require": r"- provenance: {ref-pattern: 'refs/tags/v1\.[0-9]+'}"},
        "provenance: a dot in ref-pattern stands for any character",
    ),
    "a dot in a pattern of materials": (
        {"require": "- provenance: {materials: {pinned: true, allow-pattern: ['https://github.com/.*']}}"},
        {"require": r"- provenance: {materials: {pinned: true, allow-pattern: ['https://github\.com/.*']}}"},
        "provenance: a dot in materials.allow-pattern stands for any character",
    ),
    "a dot in a label's pattern": (
        {"require": "- signature: {}\n  - image-labels: {require: {vendor: {pattern: 'example.com/.+'}}}"},
        {"require": "- signature: {}\n  - image-labels: {require: {vendor: {pattern: 'example[.]com/.+'}}}"},
        "image-labels: a dot in the pattern of the label vendor",
    ),
    "a dot in a supplier's pattern": (
        {"require": "- signature: {}\n  - suppliers: {allow-patterns: ['Organization: example.com.*']}"},
        {"require": "- signature: {}\n  - suppliers: {allow-patterns: ['Organization: example[.]com.*']}"},
        "suppliers: a dot in allow-patterns",
    ),
    "evidence of any age": (
        {"require": "- signature: {}\n  - attestation: {type: spdx, max-age: 36500d}"},
        {"require": "- signature: {}\n  - attestation: {type: spdx, max-age: 365d}"},
        "max-age is 36500 days, longer than any evidence is worth",
    ),
    "a predicate type that nobody has": (
        {"require": "- signature: {}\n  - attestation: {type: 'https://slsa.dev/provenance'}"},
        {"require": "- signature: {}\n  - attestation: {type: 'https://slsa.dev/provenance/v1'}"},
        "no predicate type is called https://slsa.dev/provenance",
    ),
    "a predicate type that nobody has, in an expression": (
        {"require": "- signature: {}\n  - cel: " + READS % "https://spdx.org/Document"},
        {"require": "- signature: {}\n  - cel: " + READS % "https://example.com/review/v1"},
        "no predicate type is called https://spdx.org/Document",
    ),
    "an exception for a century": (
        {"more": EXCEPTION % ("2126-01-01", "")},
        {"more": EXCEPTION % ("2027-12-31", "")},
        "ends in 99 years: nobody answers for it that long",
    ),
    "an exception for more than two years": (
        {"more": EXCEPTION % ("2028-11-25", "")},
        {"more": EXCEPTION % ("2028-11-24", "")},
        "nobody answers for it that long",
    ),
    "a rule that takes anybody of several": (
        {"signer": SEVERAL},
        {"signer": SEVERAL, "require": "- signature: {signers: [release, other]}"},
        "signature names no signer, so that any of release, other will do",
    ),
    "an alternative that takes anybody of several": (
        {"signer": SEVERAL, "require": "- any-of: [[signature: {}], [attestation: {type: vuln}]]"},
        {"signer": SEVERAL, "require": f"- any-of: [[signature: {NAMED[0]}], [attestation: {NAMED[1]}]]"},
        "signature, attestation name no signer, so that any of release, other will do",
    ),
    "an exception for all of a rule": (
        {"more": EXCEPTION % ("2027-12-07", "")},
        {"more": EXCEPTION % ("2027-12-07", ", vulnerabilities: [CVE-2026-1]")},
        "covers every finding of signature",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_probably_not_meant_is_a_warning(name: str) -> None:
    bad, good, words = CASES[name]
    assert [message for message in advice(**bad) if words in message]
    assert not [message for message in advice(**good) if words in message]


def extending(text: str, **bases: str) -> list[tuple[str, str, str]]:
    """What is said of a policy that extends the shipped baseline."""
    text = f"version: 1\nname: ours\n{text}images: [ghcr.io/org/app]\n"
    policy = load_policy(text.encode(), source="ours.yaml", shipped=shipped_bytes)
    return [(item.message, item.place, item.hint) for item in lint(policy, NOW)]


ONE = f"issuer: {ISSUER}, subject: {GITHUB}@refs/heads/main"
BOTH = f"signers:\n  release: {{{SEVERAL}}}\n"
VEX = (
    "require:\n  - vulnerabilities: {max-severity: high, max-age: 7d, signers: [release],"
    " vex: {signers: [other]}}\n"
)


def test_rules_of_a_base_that_take_anybody_of_several_are_said_once() -> None:
    ((message, place, hint),) = extending(f"extends: [baseline]\n{BOTH}{VEX}")
    assert message == (
        "signature, image-age, ntia, licenses of shipped policy baseline name no signer, so that any of"
        " release, other will do"
    )
    assert place.startswith("shipped policy baseline:")
    assert "signers: [release]" in hint


@pytest.mark.parametrize(
    "text",
    [
        f"extends: [{{policy: baseline, signers: [release]}}]\n{BOTH}{VEX}",
        f"extends: [{{policy: baseline, signers: [release, other]}}]\n{BOTH}{VEX}",
        f"extends: [baseline]\nsigners:\n  release: {{{ONE}}}\n",
    ],
)
def test_a_base_whose_signers_are_named_is_fine(text: str) -> None:
    assert extending(text) == []


def test_what_a_policy_inherits_is_looked_at_where_it_stands(tmp_path: Path) -> None:
    base = f"version: 1\nname: base\nsigners:\n  a: {{{pattern(TAGS.partition('@')[0] + '@.*')}}}\n"
    base += "require:\n  - signature: {until: 2026-11-01}\n"
    (tmp_path / "base.yaml").write_text(base)
    heir = tmp_path / "heir.yaml"
    heir.write_text("version: 1\nname: heir\nextends: [base.yaml]\nimages: [ghcr.io/org/app]\n")
    places = {item.place.rpartition("/")[2] for item in lint(read_policy(heir), NOW)}
    assert places == {"base.yaml:4:6", "base.yaml:6:5"}


@pytest.mark.parametrize("name", ["chainguard", "distroless", "sample"])
def test_the_shipped_policies_have_no_warning(name: str) -> None:
    assert lint(load_shipped(name), NOW) == []


def test_what_is_said_of_an_exception_has_its_place() -> None:
    text = SAMPLE_WITH_EXCEPTIONS.encode()
    said = lint(load_policy(text, source="policy.yaml"), NOW)
    assert [(item.place, item.message.partition("'")[2].partition("'")[0]) for item in said] == [
        ("policy.yaml:10:5", "over"),
        ("policy.yaml:11:5", "soon"),
    ]
    with pytest.raises(PolicyError) as caught:
        load_policy(text.replace(b"id: soon", b"id: over"), source="policy.yaml")
    assert caught.value.place == "policy.yaml:11:5"
    with pytest.raises(PolicyError) as caught:
        load_policy(text.replace(b"rule: signature, v", b"rule: signatur, v"), source="policy.yaml")
    assert (caught.value.place, caught.value.hint) == ("policy.yaml:10:5", "did you mean 'signature'?")


SAMPLE_WITH_EXCEPTIONS = f"""\
version: 1
name: app
images: [ghcr.io/org/app]
signers:
  release: {{issuer: {ISSUER}, subject: {GITHUB}@refs/heads/main}}
require:
  - signature: {{}}
exceptions:
  # two of them
  - {{id: over, rule: signature, vulnerabilities: [V-1], owner: a, reason: b, ticket: c, expires: 2026-11-01}}
  - {{id: soon, rule: signature, vulnerabilities: [V-2], owner: a, reason: b, ticket: c, expires: 2026-11-30}}
"""
