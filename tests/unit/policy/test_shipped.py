"""The policies that ship with the tool, and how a policy is named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.unit.policy.test_document import GOOD
from verifier.errors import PolicyError
from verifier.policy.document import load_policy
from verifier.policy.shipped import applying_to, load_shipped, names, resolve, shipped_bytes
from verifier.policy.signers import CertificateIdentity
from verifier.policy.values import Policy

GITHUB = "https://github.com/org/app"
EXTENDED = {
    "chainguard-private": {
        "image-syncer": "https://issuer.enforce.dev/0123/4567",
        "image-builder": "https://issuer.enforce.dev/0123/89ab",
    },
    "github-actions": {
        "workflow": f"{GITHUB}/.github/workflows/release.yaml@refs/heads/main",
        "repository": GITHUB,
    },
    "slsa-level-3": {"repository": GITHUB},
}
COMPLETE = ("chainguard", "distroless", "sample")


def extended(name: str, values: Mapping[str, str]) -> Policy:
    """A policy that gives the shipped one what it needs."""
    base = f"{{policy: {name}, with: {json.dumps(values)}}}" if values else name
    text = f"version: 1\nname: mine\nextends: [{base}]\n"
    return load_policy(f"{text}images: [ghcr.io/org/app]\n".encode(), source="mine", shipped=shipped_bytes)


def test_the_shipped_policies_load() -> None:
    for name in COMPLETE:
        assert load_shipped(name).name == name
    for name, values in EXTENDED.items():
        assert extended(name, values).signers
    assert "signature" in {clause.id for clause in with_signers("baseline").rules}


def with_signers(name: str) -> Policy:
    """A policy whose signers the shipped one takes."""
    text = GOOD.partition("require:")[0].replace("name: app", f"name: app\nextends: [{name}]")
    return load_policy(text.encode(), source="mine", shipped=shipped_bytes)


def test_every_shipped_policy_says_what_it_does_not_check() -> None:
    assert {*names()} == {*COMPLETE, *EXTENDED, "baseline"}
    for name in names():
        text = (ROOT / "policies" / f"{name}.yaml").read_text()
        assert "does not" in text.partition("\nversion:")[0]


@pytest.mark.parametrize(
    ("name", "missing"), [(name, missing) for name, values in EXTENDED.items() for missing in values]
)
def test_a_parameter_without_a_value_is_an_error(name: str, missing: str) -> None:
    with pytest.raises(PolicyError) as caught:
        extended(name, {key: value for key, value in EXTENDED[name].items() if key != missing})
    assert f"the parameter {missing!r} has no value" in caught.value.message
    assert caught.value.hint is not None
    assert "extends" in caught.value.hint


@pytest.mark.parametrize("name", EXTENDED)
def test_a_policy_that_must_be_extended_cannot_be_used_by_itself(name: str) -> None:
    with pytest.raises(PolicyError, match="has no value"):
        load_shipped(name)


def test_the_baseline_takes_the_signers_of_the_policy_that_extends_it() -> None:
    assert {name for clause in with_signers("baseline").rules for name in clause.rule.signers} == {"release"}
    with pytest.raises(PolicyError, match="does not say whose word counts") as caught:
        load_shipped("baseline")
    assert caught.value.hint == "the policy has no signers: add some, or extend it by one that has"


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


def test_the_publishers_own_images_are_judged_unasked() -> None:
    (chosen,) = applying_to("gcr.io/distroless/static-debian12")
    assert chosen.name == "distroless"
    assert applying_to("gcr.io/distroless-evil/static") == ()
