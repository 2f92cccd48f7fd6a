"""The configuration is read strictly: what could mean something else is an error that says where."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from verifier.errors import InputError, PolicyError, UsageError
from verifier.model.platform import Platform
from verifier.webhook.configuration import CacheBounds, Configuration, Timeouts, read_configuration
from verifier.webhook.rules import BreakGlass, Exemption, Rules

FULL = """\
version: 1
policies: [policies, ./app.yaml, chainguard, /etc/other.yaml]
trusted-root: root.json
platforms: [linux/amd64]
mode: audit
audit-namespaces: [dev]
registries:
  allowed: [ghcr.io]
  private: [registry.example:5000]
  plain-http: [registry.example:5000]
pull-secrets: true
kinds: kinds.yaml
ignored-kinds: [autoscaling/Scale, ConfigMap]
exemptions:
  - id: legacy
    reason: It goes away in spring.
    namespaces: [legacy]
    kinds: [Deployment, Pod]
    names: [shop, shop-*]
    until: 2027-03-31
break-glass:
  annotation: verify.example/why
  users: [ops@example.com]
  groups: [oncall]
timeouts: {review-seconds: 4, verification-seconds: 30, reload-seconds: 5, shutdown-seconds: 10}
cache: {seconds: 60, images: 10, mebibytes: 16, redis: "rediss://redis.example:6380/2"}
verifications: 2
"""


def read(folder: Path, text: str) -> Configuration:
    path = folder / "webhook.yaml"
    path.write_text(text)
    return read_configuration(path)


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    assert read(tmp_path, FULL) == Configuration(
        policies=("policies", str(tmp_path / "app.yaml"), "chainguard", "/etc/other.yaml"),
        rules=Rules(
            audit=True,
            audit_namespaces=frozenset({"dev"}),
            ignored_kinds=frozenset({"autoscaling/Scale", "ConfigMap"}),
            exemptions=(
                Exemption(
                    id="legacy",
                    reason="It goes away in spring.",
                    namespaces=frozenset({"legacy"}),
                    kinds=frozenset({"Deployment", "Pod"}),
                    names=("shop", "shop-*"),
                    until=datetime(2027, 3, 31, tzinfo=UTC),
                ),
            ),
            break_glass=BreakGlass(
                "verify.example/why", frozenset({"ops@example.com"}), frozenset({"oncall"})
            ),
        ),
        kinds=tmp_path / "kinds.yaml",
        trusted_root=tmp_path / "root.json",
        platforms=(Platform.parse("linux/amd64"),),
        registries=frozenset({"ghcr.io"}),
        private_registries=frozenset({"registry.example:5000"}),
        plain_http=frozenset({"registry.example:5000"}),
        pull_secrets=True,
        timeouts=Timeouts(review=4, verification=30, reload=5, shutdown=10),
        cache=CacheBounds(seconds=60, images=10, mebibytes=16, redis="rediss://redis.example:6380/2"),
        verifications=2,
    )


def test_what_is_left_out_is_the_strict_choice(tmp_path: Path) -> None:
    configuration = read(tmp_path, "version: 1\npolicies: [chainguard]\n")
    assert configuration == Configuration(policies=("chainguard",))
    assert configuration.private_registries == frozenset()
    assert not configuration.rules.audit
    assert configuration.timeouts.review < 10


def test_a_folder_is_a_folder_and_no_shipped_policy(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    configuration = read(tmp_path, "version: 1\npolicies: [policies]\n")
    assert configuration.policies == (str(tmp_path / "policies"),)


@pytest.mark.parametrize(
    ("line", "place", "said"),
    [
        ("mod: audit", ":3:1", "unknown key 'mod'"),
        ("mode: off", ":3:7", "mode cannot be"),
        ("mode: true", ":3:7", "mode cannot be"),
        ("pull-secrets: 'yes'", ":3:15", "must be true or false"),
        ("audit-namespaces: []", ":3:19", "is empty"),
        ("verifications: 0", ":3:16", "at least 1"),
        ("timeouts: {review-seconds: 30}", ":3:28", "at most 29"),
        ("registries: {private: ['https://ghcr.io']}", ":3:23", "is not HOST[:PORT]"),
        ("platforms: [amd64]", ":3:12", "amd64"),
        ("cache: {redis: 'http://redis'}", ":3:16", "not redis://"),
        ("cache: {redis: 'redis://:secret@redis'}", ":3:16", "a password does not belong"),
        ("ignored-kinds: ['a b']", ":3:17", "is not right"),
        ("exemptions: [{id: a, reason: b}]", ":3:14", "lacks 'namespaces'"),
        ("exemptions: [{id: a, reason: b, namespaces: []}]", ":3:45", "is empty"),
        ("exemptions: [{id: a, reason: b, namespaces: [x], names: ['*']}]", ":3:57", "a star"),
        ("exemptions: [{id: a, reason: b, namespaces: [x], names: ['a*b']}]", ":3:57", "a star"),
        ("exemptions: [{id: a, reason: b, namespaces: [x], until: soon}]", ":3:57", "not a time"),
        ("break-glass: {annotation: a/b}", ":3:14", "nobody may break the glass"),
        ("break-glass: {annotation: a/b, groups: ['system:authenticated']}", ":3:14", "is everybody"),
        ("break-glass: {annotation: a/b, groups: ['system:serviceaccounts:x']}", ":3:14", "is everybody"),
        (
            "break-glass: {annotation: a/b, users: ['system:serviceaccount:kube-system:job-controller']}",
            ":3:14",
            "does what others ask",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, line: str, place: str, said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        read(tmp_path, f"version: 1\npolicies: [chainguard]\n{line}\n")
    assert said in caught.value.message
    assert f"webhook.yaml{place}" in caught.value.message
    assert "--allow-http" not in caught.value.message


@pytest.mark.parametrize("text", ["version: 1\n", "version: 2\npolicies: [a]\n", "[]\n", "a: *b\n", ""])
def test_what_is_no_configuration_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        read(tmp_path, text)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the configuration"):
        read_configuration(tmp_path / "none.yaml")
