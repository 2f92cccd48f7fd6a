"""``verify policy convert``, as a user meets it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.integration.cli import TRUST, layout, verify

KEY = """\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEhyQCx0E9wQWSFI9ULGwy3BuRklnt
IqozONbbdbqz11hlRJy9c7SG+hdcFl9jE9uE/dwtuwU2MqU9T/cN0YkWww==
-----END PUBLIC KEY-----
"""
ISSUER = "https://token.actions.githubusercontent.com"
SUBJECT = "https://github.com/org/app/.github/workflows/release.yaml@refs/heads/main"
CIP = f"""\
apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {{name: app}}
spec:
  images: [{{glob: 'ghcr.io/org/**'}}]
  authorities:
    - keyless: {{identities: [{{issuer: {ISSUER}, subjectRegExp: github.com/org}}]}}
"""
KEYED = CIP + "    - key: {secretRef: {name: key, namespace: cosign}}\n"


def written(folder: Path, text: str, name: str = "original.yaml") -> str:
    (folder / name).write_text(text)
    return name


def test_a_policy_goes_to_standard_output_and_remarks_to_standard_error(tmp_path: Path) -> None:
    done = verify(tmp_path, "policy", "convert", written(tmp_path, CIP))

    assert done.code == 0
    assert "\nname: app\n" in done.out
    assert "note: original.yaml:7:" in done.err
    assert "subjectRegExp: the expression may match anywhere" in done.err
    (tmp_path / "policy.yaml").write_text(done.out)
    assert verify(tmp_path, "policy", "check", "policy.yaml").code == 0


def test_what_could_not_be_said_ends_with_1(tmp_path: Path) -> None:
    done = verify(tmp_path, "policy", "convert", written(tmp_path, KEYED))

    assert done.code == 1
    assert "could not be said: original.yaml:8:" in done.err
    assert "give what it holds with --resolve cosign/key=FILE" in done.err


def test_what_is_given_is_not_missing(tmp_path: Path) -> None:
    written(tmp_path, KEY, "key.pub")
    file = written(tmp_path, KEYED)
    done = verify(tmp_path, "policy", "convert", file, "--resolve", "cosign/key=key.pub")
    assert done.code == 0
    assert KEY.splitlines()[1] in done.out


def test_each_policy_has_a_file_and_none_is_overwritten(tmp_path: Path) -> None:
    written(tmp_path, CIP, "a.yaml")
    written(tmp_path, CIP + "---\n" + CIP.replace("name: app", "name: tool"), "b.yaml")
    (tmp_path / "out").mkdir()

    done = verify(tmp_path, "policy", "convert", "a.yaml", "b.yaml", "-o", "out")
    assert (done.code, done.out) == (0, "")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["app-2.yaml", "app.yaml", "tool.yaml"]
    assert verify(tmp_path, "policy", "check", *(f"out/{name}" for name in names)).code == 0

    (tmp_path / "out" / "app.yaml").unlink()
    again = verify(tmp_path, "policy", "convert", "a.yaml", "b.yaml", "-o", "out")
    assert again.code == 2
    assert "is there already" in again.err
    assert not (tmp_path / "out" / "app.yaml").exists()


def test_standard_input_is_read(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "verifier", "policy", "convert", "-"],
        input=CIP.encode(),
        capture_output=True,
        check=False,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0
    assert b"\nname: app\n" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.yaml"], "cannot read missing.yaml"),
        (["empty.yaml"], "there is no policy in it that can be converted"),
        (["original.yaml", "--resolve", "x"], "is not NAME=FILE"),
        (["original.yaml", "--resolve", "x=original.yaml"], "nothing names 'x'"),
        (["original.yaml", "--resolve", "x=missing"], "cannot read missing"),
        (["original.yaml", "--resolve", "x=empty.yaml", "--resolve", "x=empty.yaml"], "twice"),
    ],
)
def test_usage(tmp_path: Path, arguments: list[str], message: str) -> None:
    written(tmp_path, CIP)
    written(tmp_path, "# nothing\n", "empty.yaml")
    done = verify(tmp_path, "policy", "convert", *arguments)
    assert done.code == 2
    assert message in done.err
    assert done.out == ""


def sample_cip() -> str:
    """The identity of the sample policy, in a ClusterImagePolicy."""
    from verifier.policy.shipped import load_shipped
    from verifier.policy.signers import CertificateIdentity

    (signer,) = load_shipped("sample").signers.values()
    assert isinstance(signer, CertificateIdentity)
    return CIP.replace(ISSUER, signer.issuer.text).replace(
        "subjectRegExp: github.com/org", f"subject: '{signer.subject.text}'"
    )


def test_an_image_passes_what_its_original_admits(tmp_path: Path) -> None:
    done = verify(tmp_path, "policy", "convert", written(tmp_path, sample_cip()))
    (tmp_path / "policy.yaml").write_text(done.out)
    passed = verify(tmp_path, layout("demo"), "--policy", "policy.yaml", *TRUST)
    assert passed.code == 0, passed.out

    stricter = done.out.replace("subject: https://", "subject: https://not-")
    (tmp_path / "policy.yaml").write_text(stricter)
    assert verify(tmp_path, layout("demo"), "--policy", "policy.yaml", *TRUST).code == 3
