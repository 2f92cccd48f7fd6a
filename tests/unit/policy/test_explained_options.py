"""Every option of every rule that is not its default is in the sentence of 'policy explain' on the rule."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.unit.policy.factory import ISSUER
from verifier.policy.catalogue import RULES
from verifier.policy.interface import Context
from verifier.policy.signers import CertificateIdentity
from verifier.policy.text_patterns import TextMatcher

SHARED: dict[str, tuple[Any, str]] = {
    "signers": (["security"], "security"),
    "select": ("latest", "latest"),
    "max-age": ("41d", "41 days"),
    "proof": ("inclusion-proof", "inclusion"),
    "minimum": (3, "3 times"),
}
"""Of every rule on evidence: a value, and the words for it."""
SBOM: dict[str, tuple[Any, str]] = {**SHARED, "type": ("spdx", "spdx")}
PACKAGE = [{"purl": "pkg:apk/*/bash"}]
EXCEPTION = {"purl": "pkg:apk/*/busybox", "allow": ["GPL-2.0-only"], "reason": "not linked"}
REVIEW = "https://example.com/review/v1"
BASES: dict[str, dict[str, Any]] = {
    "attestation": {"type": REVIEW, "schema": {"required": ["a"]}},
    "cel": {"each": "attestation", "type": REVIEW, "check": "attestation.predicate.ok"},
    "download-locations": {"allow": ["https://one.example/"]},
    "image-age": {"max": "90d"},
    "image-base": {"allow": ["ghcr.io/org/base"]},
    "image-entrypoint": {"entrypoint": ["/usr/bin/app"]},
    "image-labels": {"require": {"a": True}},
    "image-layers": {"max": 90},
    "image-ports": {"allow": ["8443/tcp"]},
    "licenses": {"deny": ["AGPL-*"]},
    "packages": {"deny": [{"name": "telnet"}]},
    "sbom-age": {"max": "90d"},
    "sbom-size": {"max": 900},
    "suppliers": {"allow": ["Organization: One"]},
    "vulnerabilities": {"max-severity": "medium", "max-age": "7d"},
}
"""The least that a rule needs, where it needs something."""
OPTIONS: dict[str, dict[str, tuple[Any, str]]] = {
    "attestation": {
        **SHARED,
        "type": ("spdx", "spdx"),
        "on": ("index", "about the index by"),
        "schema": ({"required": ["b"]}, "fits the given schema"),
        "schema-file": ("schema.json", "fits the given schema"),
    },
    "cel": {
        **SHARED,
        "type": ("https://example.com/other/v1", "https://example.com/other/v1"),
        "each": ("package", "each package"),
        "check": ("attestation.predicate.good", "attestation.predicate.good"),
        "when": ("platform.os == 'linux'", "platform.os == 'linux'"),
        "message": ("the release is not approved", ""),
        "message-expression": ("'a' + 'b'", ""),
    },
    "download-locations": {
        **SBOM,
        "allow": (["https://two.example/"], "https://two.example/"),
        "on-missing": ("allow", "not stated"),
    },
    "image-age": {
        "max": ("41d", "41 days"),
        "by": ("signed", "was signed"),
        "signers": (["security"], "security"),
    },
    "image-base": {
        "allow": (["ghcr.io/org/other"], "ghcr.io/org/other"),
        "require-digest": (True, "by digest"),
    },
    "image-entrypoint": {
        "entrypoint": (["/bin/app"], "/bin/app"),
        "cmd": (["serve"], "serve"),
        "shell": (False, "no shell"),
    },
    "image-environment": {
        "allow": (["PUBLIC_API_KEY"], "PUBLIC_API_KEY"),
        "deny": (["LD_PRELOAD"], "LD_PRELOAD"),
        "history": (False, "whatever its history shows"),
    },
    "image-labels": {"require": ({"b": {"pattern": "x+"}}, "b=pattern x+"), "deny": (["c"], "no label c")},
    "image-layers": {"min": (5, "at least 5"), "max": (41, "at most 41")},
    "image-ports": {"allow": (["8080/tcp"], "8080/tcp"), "privileged": (False, "none below 1024")},
    "image-user": {
        "min-uid": (1000, "at least 1000"),
        "names": (["nonroot"], "nonroot"),
        "root-group": (False, "with a group"),
    },
    "licenses": {
        **SBOM,
        "allow": (["MIT"], "MIT"),
        "deny": (["GPL-*"], "GPL-*"),
        "exceptions": ([EXCEPTION], "pkg:apk/*/busybox"),
        "which": ("declared", "declared licence"),
        "unknown": ("allow", "not on the SPDX list"),
        "missing": ("allow", "not stated"),
        "none": ("allow", "NONE"),
        "no-assertion": ("allow", "NOASSERTION"),
    },
    "ntia": {**SBOM, "except": (["supplier"], "supplier")},
    "packages": {**SBOM, "deny": (PACKAGE, "pkg:apk/*/bash"), "require": (PACKAGE, "pkg:apk/*/bash")},
    "provenance": {
        **SHARED,
        "select": ("any", "one"),
        "on": ("index", "about the index by"),
        **{
            f"{name}{ending}": (f"https://x/{name}", f"https://x/{name}")
            for name in ("builder", "build-type", "source", "ref", "entry-point")
            for ending in ("", "-pattern")
        },
        "parameters": ({"inputs.channel": "stable"}, "stable"),
        "only-parameters": (["workflow"], "workflow"),
        "materials": ({"pinned": True}, "digest"),
    },
    "sbom-age": {**SBOM, "max": ("42d", "42 days")},
    "sbom-complete": {
        **SBOM,
        "packages": (5, "5 packages"),
        "connected": ("ignore", ", whether or not connected"),
        **dict.fromkeys(("purls", "versions", "licenses", "suppliers", "checksums"), (95, "95 %")),
    },
    "sbom-size": {**SBOM, "min": (5, "at least 5"), "max": (400, "at most 400")},
    "sbom-subject": {**SBOM, "on-missing": ("allow", "")},
    "sbom-valid": SBOM,
    "signature": {
        "signers": (["security"], "security"),
        "on": ("index", "the index is signed"),
        "max-age": ("41d", "41 days"),
        "proof": ("inclusion-proof", "inclusion"),
    },
    "suppliers": {
        **SBOM,
        "allow": (["Organization: Two"], "Organization: Two"),
        "allow-patterns": (["Person: .+"], "Person: .+"),
        "on-missing": ("allow", "does not say"),
    },
    "vulnerabilities": {
        **SHARED,
        "select": ("all", "every"),
        "on": ("index", "about the index by"),
        "max-severity": ("none", "lists no vulnerability"),
        "severities": ({"critical": 0, "high": 3}, "3 high"),
        "unknown-severity": ("allow", "does not rate"),
        "fixable-only": (True, "fix"),
        "database-max-age": ("41d", "41 days"),
        "vex": ({"signers": ["security"]}, "security"),
    },
}
"""Of each rule and option a value that is not the default, and the words for it."""
VEX = {
    "signers": (["other"], "other"),
    "statuses": (["fixed"], "fixed"),
    "justifications": (["component_not_present"], "component_not_present"),
    "max-age": ("41d", "41 days"),
}
UNSAID = {("cel", "message"), ("cel", "message-expression")}
"""Options that decide nothing: what is said of a failure."""
INSTEAD = {
    ("attestation", "schema-file"): "schema",
    ("vulnerabilities", "severities"): "max-severity",
    ("cel", "each"): "",
}


def asked(rule: str, options: dict[str, Any]) -> str:
    """The sentence of a rule with these options."""
    names = ("release", "security", "other")
    signers = {
        name: CertificateIdentity(
            name, TextMatcher(ISSUER, is_pattern=False), TextMatcher(name, is_pattern=False)
        )
        for name in names
    }
    context = Context(signers, ("release",), lambda _: b'{"required": ["c"]}')
    return RULES[rule].build(options, context).asks()


def test_every_option_of_the_catalogue_is_looked_at() -> None:
    assert {name: set(options) for name, options in OPTIONS.items()} == {
        name: set(spec.options) for name, spec in RULES.items()
    }


@pytest.mark.parametrize(
    ("rule", "option"),
    [
        (rule, option)
        for rule, options in OPTIONS.items()
        for option in options
        if (rule, option) not in UNSAID
    ],
)
def test_an_option_that_is_not_the_default_is_said(rule: str, option: str) -> None:
    value, words = OPTIONS[rule][option]
    base = BASES.get(rule, {})
    if (rule, option) == ("image-age", "signers"):
        base = {**base, "by": "signed"}
    if (rule, option) == ("cel", "each"):
        base = {"check": "pkg.name != ''", "each": "package"}
        assert "each package" in asked(rule, base)
        return
    without = {key: one for key, one in base.items() if key != INSTEAD.get((rule, option))}
    said = asked(rule, {**without, option: value})
    assert words in said
    if base or not RULES[rule].required:
        assert said != asked(rule, base) or option in {"schema", "schema-file"}


@pytest.mark.parametrize("option", VEX)
def test_what_openvex_may_suppress_is_said(option: str) -> None:
    value, words = VEX[option]
    options = {**BASES["vulnerabilities"], "vex": {"signers": ["security"]}}
    said = asked("vulnerabilities", {**options, "vex": {**options["vex"], option: value}})
    assert re.search(rf"OpenVEX.*{words}", said)
    assert said != asked("vulnerabilities", options)


def test_what_a_policy_allows_of_licences_is_said_together() -> None:
    options = {
        "deny": ["AGPL-*"],
        "unknown": "allow",
        "missing": "allow",
        "none": "allow",
        "no-assertion": "allow",
    }
    said = asked("licenses", options)
    assert all(word in said for word in ("not on the SPDX list", "not stated", "NONE", "NOASSERTION"))
