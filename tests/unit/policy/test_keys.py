"""Public keys in a policy, and beside it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.sigstore_instance import Key, KeyKind
from tests.unit.policy.test_document import GOOD, load
from verifier.errors import PolicyError
from verifier.policy.document import read_policy
from verifier.policy.signers import KeyIdentity


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
        (f"    key-file: {'x' * 300}\n", "cannot read"),
        ("    key-file: .\n", "is not a file"),
        ("    key-file: pipe\n", "is not a file"),
        ("    key-file: loop\n", "not a path that can be read|cannot read"),
        ('    key-file: "release.pub\\0"\n', "not a path that can be read"),
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
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "link.pub").symlink_to(tmp_path / "outside.pub")
    (folder / "policy.yaml").write_text(with_key(options))
    with pytest.raises(PolicyError, match=words):
        read_policy(folder / "policy.yaml")


def test_a_key_file_needs_a_folder() -> None:
    with pytest.raises(PolicyError, match="cannot name files"):
        load(with_key("    key-file: release.pub\n"))
