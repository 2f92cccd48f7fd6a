"""Rules in CEL that cannot be loaded, and what the others ask for."""

from __future__ import annotations

import pytest

from tests.unit.policy.factory import (
    ISSUER,
)
from tests.unit.policy.judging import policy
from verifier.errors import PolicyError


@pytest.mark.parametrize(
    ("options", "message", "hint"),
    [
        ("check: 'foo == 1'", "cel.check: undeclared reference to 'foo'", "known are image"),
        ("check: image.isIndex, when: '1 +'", "cel.when: ", None),
        (
            "check: image.isIndex, message-expression: '1'",
            "cel.message-expression: it must give a text",
            None,
        ),
        ("check: 'true'", "it looks at nothing", "write of image"),
        ("check: true", "cel.check must be text, not true", None),
        ("check: ''", "check", None),
        ("check: image.isIndex, wen: 'true'", "unknown key 'wen'", "when"),
        ("check: image.isIndex, each: package", "it does not look at pkg", None),
        ("check: image.isIndex, each: file", "each", None),
        ("check: 'pkg.name == \"a\"'", "undeclared reference to 'pkg.name'", "each: package"),
        ("check: has(attestation.predicate), each: attestation", "which attestations", "add type"),
        (
            "check: has(attestation.predicate), each: attestation, type: spdx",
            "an SBOM is not",
            "each: package",
        ),
        (
            "check: has(attestation.predicate), each: attestation, type: nonsense",
            "neither a predicate",
            "alias",
        ),
        ("check: has(signature.scope) && sbom.packages > 1, each: signature", "sbom is not there", None),
        ("check: has(pkg.name), each: package, type: vuln", "the type of an SBOM is spdx", None),
        ("check: image.isIndex, type: spdx", "type has no effect", None),
        ("check: image.isIndex, signers: [release]", "signers have no effect", None),
        ("check: image.isIndex, max-age: 3d", "max-age has no effect", None),
        ("check: signatures.size() > 0, minimum: 2", "minimum has no effect", None),
        ("check: signatures.size() > 0, signers: [nobody]", "'nobody' is not under signers", None),
        ("check: has(pkg.name), each: package, select: any", "cannot select any", None),
    ],
)
def test_what_would_mean_something_else_is_an_error(options: str, message: str, hint: str | None) -> None:
    with pytest.raises(PolicyError) as caught:
        policy(f"  - cel: {{{options}}}\n  - signature: {{}}\n")
    assert message in caught.value.message
    assert caught.value.message.startswith("policy.yaml:7:")
    if hint is not None:
        assert hint in str(caught.value.hint)


def test_several_signers_can_be_asked_for_where_there_is_one_attestation_after_the_other() -> None:
    text = f"version: 1\nname: a\nimages: ['**']\nsigners:\n  a: {{issuer: {ISSUER}, subject: a}}\n"
    text += f"  b: {{issuer: {ISSUER}, subject: b}}\nrequire:\n"
    both = "signers: {all-of: [a, b]}"
    (item,) = policy(f"  - cel: {{check: has(pkg.name), each: package, {both}}}\n", text=text).rules
    assert item.rule.signers == ("a", "b")
    with pytest.raises(PolicyError, match="only any one of the signers can be asked for here"):
        policy(f"  - cel: {{check: signatures.size() > 1, {both}}}\n", text=text)


def test_what_it_asks_for() -> None:
    rules = policy(
        "  - cel: {check: 'image.isIndex', when: 'platform.os == \"linux\"'}\n"
        "  - cel: {check: 'has(pkg.name)', each: package}\n"
    ).rules
    assert [item.rule.asks() for item in rules] == [
        'where platform.os == "linux", this is true: image.isIndex',
        "for each package this is true: has(pkg.name) (in every SBOM about the platform by release)",
    ]
    assert [item.rule.signers for item in rules] == [(), ("release",)]
