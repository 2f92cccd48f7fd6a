"""The policies that ship with the tool, and how a policy is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.unit.policy.test_document import GOOD
from verifier.errors import PolicyError
from verifier.policy.shipped import applying_to, load_shipped, names, resolve
from verifier.policy.signers import CertificateIdentity


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
    for absent in ("smaple", "absent.yaml", "./absent", "x" * 300, "x" * 300 + ".yaml"):
        with pytest.raises(PolicyError) as caught:
            resolve(absent)
        if absent == "smaple":
            assert caught.value.hint == "did you mean 'sample'?"


def test_the_sample_policy_applies_only_when_it_is_named() -> None:
    """It trusts an example; whoever owns that name elsewhere must not pass for what nobody asked for."""
    (chosen,) = applying_to("cgr.dev/chainguard/nginx")
    assert chosen.name == "chainguard"
    assert load_shipped("sample").is_about("demo.example/verifier/hello")
    assert applying_to("demo.example/verifier/hello") == ()
