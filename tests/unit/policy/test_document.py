"""A policy file that is wrong in one thing is refused with place and suggestion (PFL-01 to 03, IDN-02)."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.conftest import ROOT
from tests.sigstore_instance import Key, KeyKind
from verifier.errors import PolicyError
from verifier.policy.document import load_policy, read_policy
from verifier.policy.schema import schema
from verifier.policy.shipped import load_shipped, names, resolve
from verifier.policy.signers import CertificateIdentity, KeyIdentity

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
    assert [rule.signers for rule in policy.rules] == [("release",)]


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
    "image with a tag": ("org/app\n", "org/app:v1\n", "4:5", "has a tag or digest"),
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
    "unknown type": ("signature: {", "attestation: {type: spxd, ", "10:18", "aliases are"),
    "sbom of the index": (
        "signature: {",
        "attestation: {type: spdx, on: index, ",
        "10:18",
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
    "second document": ("require:", "---\nrequire:", "9:1", "not YAML"),
    "name with spaces": ("name: app", "name: my app", "2:7", "is not right"),
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


def mutations(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[str, Any]]:
    """The same document with one key misspelt, in another case, or one level up; every one of them."""
    document = copy.deepcopy(SAMPLE)
    if isinstance(node, dict):
        for key in node:
            if path[:1] != ("signers",) or len(path) != 1:  # the names of signers are free
                for changed in (key[:-1] or "x", key.capitalize(), f"{key}s"):
                    yield f"{path} {key} {changed}", _renamed(document, path, key, changed)
            if path:
                yield f"{path} {key} up", _moved(document, path, key)
        for key, value in node.items():
            yield from mutations(value, (*path, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from mutations(value, (*path, number))


def _at(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


def _renamed(document: Any, path: tuple[Any, ...], key: str, changed: str) -> Any:
    document = copy.deepcopy(document)
    node = _at(document, path)
    node[changed] = node.pop(key)
    return document


def _moved(document: Any, path: tuple[Any, ...], key: str) -> Any:
    document = copy.deepcopy(document)
    value = _at(document, path).pop(key)
    above = _at(document, path[:-1])
    if isinstance(above, list):
        above.append(value)
    else:
        above[key] = value
    return document


# BaseLoader keeps every scalar as text: to YAML 1.1 the key "on" is true.
SAMPLE = yaml.load((ROOT / "policies" / "sample.yaml").read_text(), yaml.BaseLoader) | {"version": 1}
MUTATIONS = dict(mutations(SAMPLE))


@pytest.mark.parametrize("name", MUTATIONS)
def test_no_key_of_the_sample_policy_can_be_wrong_unnoticed(name: str) -> None:
    with pytest.raises(PolicyError):
        load_policy(yaml.safe_dump(MUTATIONS[name]).encode(), source="policy.yaml")


def test_the_mutations_are_many() -> None:
    assert len(MUTATIONS) > 60
    load_policy(yaml.safe_dump(SAMPLE).encode(), source="policy.yaml")


def with_key(options: str) -> str:
    old = "    issuer: https://issuer.example\n    subject: https://github.com/org/app\n"
    assert old in GOOD
    return GOOD.replace(old, options)


@pytest.mark.parametrize("kind", [KeyKind.P256, KeyKind.ED25519, KeyKind.RSA])
def test_a_key_in_the_file_or_beside_it(tmp_path: Path, kind: KeyKind) -> None:
    key = Key("policy", kind)
    (tmp_path / "release.pub").write_text(key.pem)
    inline = "    key: |\n" + "".join(f"      {line}\n" for line in key.pem.splitlines())
    for options in ("    key-file: release.pub\n", inline):
        path = tmp_path / "policy.yaml"
        path.write_text(with_key(options))
        signer = read_policy(path).signers["release"]
        assert isinstance(signer, KeyIdentity)
        assert signer.key.der == key.spki


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("    key-file: ../outside.pub\n", "outside the policy's folder"),
        ("    key-file: /etc/hostname\n", "outside the policy's folder"),
        ("    key-file: link.pub\n", "outside the policy's folder"),
        ("    key-file: absent.pub\n", "cannot read"),
        ("    key-file: private.pem\n", "private key"),
        ("    key-file: junk.pub\n", "no public key"),
        ("    key: junk\n", "no public key"),
        ("    key-file: release.pub\n    issuer: x\n", "a key and something else"),
        ("    key-file: release.pub\n    key: x\n", "a key and something else"),
    ],
)
def test_a_key_that_cannot_be_used(tmp_path: Path, options: str, words: str) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    key = Key("policy")
    (tmp_path / "outside.pub").write_text(key.pem)
    (folder / "release.pub").write_text(key.pem)
    (folder / "private.pem").write_text(key.private_pem)
    (folder / "junk.pub").write_text("junk")
    (folder / "link.pub").symlink_to(tmp_path / "outside.pub")
    (folder / "policy.yaml").write_text(with_key(options))
    with pytest.raises(PolicyError, match=words):
        read_policy(folder / "policy.yaml")


def test_a_key_file_needs_a_folder() -> None:
    with pytest.raises(PolicyError, match="cannot name files"):
        load(with_key("    key-file: release.pub\n"))


def test_a_signer_that_no_rule_uses_is_an_error() -> None:
    extra = "  other:\n    issuer: https://a.example\n    subject: b\nrequire:"
    with pytest.raises(PolicyError, match="no rule uses the signer 'other'"):
        load(GOOD.replace("require:", extra))
    load(GOOD.replace("require:", extra).replace("[release]", "[release, other]"))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_shipped_policies_load() -> None:
    assert names() == ("chainguard", "sample")
    for name in names():
        assert load_shipped(name).name == name
        text = (ROOT / "policies" / f"{name}.yaml").read_text()
        assert "does not" in text.partition("version:")[0], "a policy says what it does not check"


def test_chainguards_policy_names_the_published_identity() -> None:
    signer = load_shipped("chainguard").signers["release"]
    assert isinstance(signer, CertificateIdentity)
    assert str(signer) == (
        "https://github.com/chainguard-images/images/.github/workflows/release.yaml@refs/heads/main"
        " (issuer https://token.actions.githubusercontent.com)"
    )
    assert load_shipped("chainguard").is_about("cgr.dev/chainguard/nginx")
    assert not load_shipped("chainguard").is_about("cgr.dev/chainguard-evil/nginx")
    assert not load_shipped("chainguard").is_about("cgr.dev/chainguard")


def test_a_policy_is_named_by_file_or_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD)
    assert resolve(str(path)).name == "app"
    assert resolve("sample").name == "sample"
    monkeypatch.chdir(tmp_path)
    assert resolve("mine.yaml").name == "app"
    # A file of the same name in the current folder does not take a shipped policy's place.
    (tmp_path / "sample").write_text(GOOD)
    assert resolve("sample").name == "sample"
    for absent in ("smaple", "absent.yaml", "./absent"):
        with pytest.raises(PolicyError) as caught:
            resolve(absent)
        if absent == "smaple":
            assert caught.value.hint == "did you mean 'sample'?"
