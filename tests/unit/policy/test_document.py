"""A policy file that is wrong in one thing is refused with place and suggestion (PFL-01 to 03, IDN-02)."""

from __future__ import annotations

import jsonschema
import pytest

from verifier.errors import PolicyError
from verifier.policy.document import load_policy
from verifier.policy.schema import schema
from verifier.policy.signers import CertificateIdentity

GOOD = """\
version: 1
name: app
images:
  - ghcr.io/org/app
signers:
  release:
    issuer: https://issuer.example
    subject: https://github.com/org/app
require:
  - signature: {signers: [release]}
"""


def load(text: str) -> object:
    return load_policy(text.encode(), source="policy.yaml")


def test_a_policy_is_read() -> None:
    policy = load_policy(GOOD.encode(), source="policy.yaml")
    assert policy.name == "app"
    signer = policy.signers["release"]
    assert isinstance(signer, CertificateIdentity)
    assert (signer.issuer.text, signer.subject.is_pattern) == ("https://issuer.example", False)
    assert [clause.rule.signers for clause in policy.rules] == [("release",)]


# What is changed in the good policy, where the error is, and what it says or suggests.
FAULTS: dict[str, tuple[str, str, str, str]] = {
    "misspelt key": ("images:", "image:", "3:1", "'images'"),
    "misspelt key of a signer": ("    issuer:", "    isuer:", "7:5", "did you mean 'issuer'?"),
    "key in another case": ("    issuer:", "    Issuer:", "7:5", "did you mean 'issuer'?"),
    "misspelt rule": ("- signature:", "- signatures:", "10:5", "did you mean 'signature'?"),
    "misspelt option": ("{signers:", "{signer:", "10:17", "did you mean 'signers'?"),
    "unknown signer": ("[release]", "[relaese]", "10:27", "did you mean 'release'?"),
    "no version": ("version: 1\n", "", "1:1", "lacks 'version'"),
    "another version": ("version: 1", "version: 2", "1:10", "must be 1"),
    "version as text": ("version: 1", "version: '1'", "1:10", "must be 1"),
    "no images": ("  - ghcr.io/org/app\n", "", "3:8", "images must be a list"),
    "empty images": ("images:\n  - ghcr.io/org/app", "images: []", "3:9", "images is empty"),
    "image twice": ("  - ghcr.io/org/app\n", "  - ghcr.io/org/app\n" * 2, "4:3", "lists something twice"),
    "number for an image": ("- ghcr.io/org/app", "- 1.10", "4:5", "put it in quotes"),
    "image with a digest": ("org/app\n", f"org/app@sha256:{'a' * 64}\n", "4:5", "has a digest"),
    "image that admits siblings": ("org/app\n", "org/app*\n", "4:5", "also admits the siblings of 'app'"),
    "empty issuer": ("https://issuer.example", "''", "7:13", "issuer is empty"),
    "blank issuer": ("https://issuer.example", "' '", "7:13", "it is empty"),
    "null issuer": ("https://issuer.example", "null", "7:13", "must be text"),
    "any issuer": ("https://issuer.example", "'*'", "7:13", "write issuer-pattern"),
    "unset variable": ("https://issuer.example", "'${ISSUER}'", "7:13", "variables are not expanded"),
    "variable": ("https://issuer.example", "$ISSUER", "7:13", "variables are not expanded"),
    "white space around": (
        "https://issuer.example",
        "' https://issuer.example'",
        "7:13",
        "white space around",
    ),
    "no issuer": ("    issuer: https://issuer.example\n", "", "7:5", "has no issuer"),
    "no subject": ("    subject: https://github.com/org/app\n", "", "7:5", "has no subject"),
    "both forms": (
        "    subject:",
        "    subject-pattern: x\n    subject:",
        "7:5",
        "both subject and subject-pattern",
    ),
    "no pattern at all": (
        "issuer: https://issuer.example",
        "issuer-pattern: '('",
        "7:21",
        "no RE2 expression",
    ),
    "look-around": ("issuer: https://issuer.example", "issuer-pattern: (?=x)", "7:21", "no look-around"),
    "no signers": ("[release]", "[]", "10:26", "is empty"),
    "nothing required": (
        "require:\n  - signature: {signers: [release]}",
        "require: []",
        "9:10",
        "require is empty",
    ),
    "two rules in one": (
        "{signers: [release]}",
        "{}\n    attestation: {type: spdx}",
        "10:5",
        "more than one rule",
    ),
    "no rule": ("signature: {signers: [release]}", "{}", "10:5", "is empty"),
    "the same rule twice": (
        "  - signature: {signers: [release]}\n",
        "  - signature: {signers: [release]}\n" * 2,
        "11:5",
        "stands here twice",
    ),
    "unknown type": ("signature: {", "attestation: {type: spxd, ", "10:25", "aliases are"),
    "sbom of the index": (
        "signature: {",
        "attestation: {type: spdx, on: index, ",
        "10:35",
        "cannot stand for",
    ),
    "unknown place": ("signature: {", "attestation: {type: vuln, on: image, ", "10:35", "cannot be 'image'"),
    "no type": ("signature: {", "attestation: {", "10:18", "lacks 'type'"),
    "duplicate key": ("name: app\n", "name: app\nname: other\n", "3:1", "duplicate key 'name'"),
    "anchor": ("name: app", "name: &x app", "2:7", "anchors"),
    "alias": ("name: app", "name: *x", "2:7", "aliases"),
    "tag": ("name: app", "name: !!str app", "2:7", "tags"),
    "merge key": ("name: app", "name: app\n<<: {}", "3:1", "merge keys"),
    "key that is no text": ("name: app", "name: app\n1: x", "3:1", "not text"),
    "tab": ("    issuer:", "\tissuer:", "7:1", "not YAML"),
    "second document": ("require:", "---\nrequire:", "9:1", "a second document begins here"),
    "name with spaces": ("name: app", "name: my app", "2:7", "'my app' cannot be a name"),
    "name that ends its line": ("name: app", 'name: "app\\n"', "2:7", "'app\\\\x0a' cannot be a name"),
    "signer in upper case": ("  release:", "  Release:", "6:3", "a name is lower-case letters"),
    "signer that ends its line": ("  release:", '  "release\\n":', "6:3", "cannot be a name"),
    "half a character": ("name: app", 'name: "\\ud800"', "2:10", "invalid Unicode character"),
    "half a character in a key": ("name: app", 'name: app\n"\\udfff": 1', "3:4", "invalid Unicode character"),
    "long image": ("ghcr.io/org/app", "x" * 513, "4:5", "longer than 512 characters"),
    "list for an image": ("- ghcr.io/org/app", "- [ghcr.io/org/app]", "4:5", "must be text"),
    "version as truth": ("version: 1", "version: true", "1:10", "must be 1"),
    "rule without options": ("signature: {signers: [release]}", "signature:", "10:15", "must be a mapping"),
    "rule as text": ("signature: {signers: [release]}", "signature", "10:5", "must be a mapping"),
    "rules as a mapping": ("  - signature", "  signature", "10:3", "require must be a list"),
    "image as text": ("images:\n  - ghcr.io/org/app", "images: ghcr.io/org/app", "3:9", "must be a list"),
    "hidden character": ("name: app", "name: app # \u202e", "2:13", "U+202E"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_its_place(name: str) -> None:
    old, new, place, words = FAULTS[name]
    assert GOOD.count(old) >= 1
    with pytest.raises(PolicyError) as caught:
        load(GOOD.replace(old, new, 1))
    said = f"{caught.value.message} {caught.value.hint}"
    assert caught.value.place == f"policy.yaml:{place}", said
    assert words in said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "# only a comment\n",
        "{}",
        "[]",
        "null",
        "1",
        "text",
        "---\n",
        "\ufeff" + GOOD,
        GOOD + "\u202e",
        GOOD + "\0",
    ],
    ids=repr,
)
def test_what_is_no_policy(text: str) -> None:
    with pytest.raises(PolicyError, match=r"policy\.yaml"):
        load(text)


@pytest.mark.parametrize("raw", [b"\xff\xfe", GOOD.encode("utf-16"), b"a: \xe9", b"x" * (1024 * 1024 + 1)])
def test_what_is_no_text(raw: bytes) -> None:
    with pytest.raises(PolicyError):
        load_policy(raw, source="policy.yaml")


def test_surprises_of_yaml_do_not_exist() -> None:
    policy = load_policy(GOOD.replace("name: app", "name: no").encode(), source="x")
    assert policy.name == "no"
    for word in ("on", "yes", "2026-11-01"):
        assert load_policy(GOOD.replace("name: app", f"name: {word}").encode(), source="x").name == word


def test_a_signer_that_no_rule_uses_is_an_error() -> None:
    extra = "  other:\n    issuer: https://a.example\n    subject: b\nrequire:"
    with pytest.raises(PolicyError, match="no rule uses the signer 'other'"):
        load(GOOD.replace("require:", extra))
    load(GOOD.replace("require:", extra).replace("[release]", "[release, other]"))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
