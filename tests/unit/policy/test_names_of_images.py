"""Under which of its names an image is found by policies and exceptions (PLG-03)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.unit.policy.judging import NOW, POLICY, SIGNATURE
from tests.unit.policy.judging import policy as read_policy
from verifier.model.reference import ImageReference
from verifier.model.reference_parser import over_http, parse_reference
from verifier.policy.image_checks import Asked
from verifier.policy.values import Policy

EXCEPTION = """\
exceptions:
  - id: one
    rule: signature
    images: ['localhost:80/org/app']
    owner: o@example.com
    reason: r
    ticket: t
    expires: 2030-01-01
"""
DIGEST = "@sha256:" + "5f" * 32


def typed(text: str, plain: Sequence[str] = ()) -> Asked:
    reference = over_http(parse_reference(text), plain)
    assert isinstance(reference, ImageReference)
    return Asked.of(reference, NOW)


def policy(image: str, *more: str) -> Policy:
    text = POLICY.replace("[ghcr.io/org/**]", f"['{image}']")
    return read_policy(SIGNATURE, *more, text=text)


def is_about(pattern: str, text: str, plain: Sequence[str] = ()) -> bool:
    return typed(text, plain).is_matter_of(policy(pattern))


SAME = [
    ("localhost/org/app", "localhost:443/org/app", ()),
    ("localhost/org/app", "localhost:80/org/app", ("localhost",)),
    ("localhost/org/app", "localhost:80/org/app", ("localhost:80",)),
    ("ghcr.io/org/app", "GHCR.io:443/org/app", ()),
    ("[::1]/org/app", "[0:0::1]:443/org/app", ()),
    ("docker.io/library/app", "index.docker.io:443/app", ()),
    ("docker.io/org/app", "registry-1.docker.io:443/org/app", ()),
    ("a.example.com/org/app", "a.example.com:80/org/app", ("a.example.com",)),
]


@pytest.mark.parametrize(("one", "other", "plain"), SAME)
def test_a_policy_about_one_spelling_is_about_the_others(
    one: str, other: str, plain: tuple[str, ...]
) -> None:
    for pattern in (one, other):
        for text in (one, other, f"{one}:v1", f"{other}{DIGEST}"):
            assert is_about(pattern, text, plain), (pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text", "plain"),
    [
        ("localhost/org/app", "localhost:5000/org/app", ("localhost", "localhost:5000")),
        ("localhost/org/app", "localhost:80/org/app", ()),
        ("localhost:80/org/app", "localhost/org/app", ()),
        ("localhost/org/app", "localhost:80/org/app", ("other.example",)),
        ("ghcr.io/org/app", "ghcr.io:444/org/app", ()),
        ("ghcr.io/org/app", "ghcr.io:4430/org/app", ()),
        ("ghcr.io:443/org/app", "ghcr.io:444/org/app", ()),
    ],
)
def test_another_port_is_another_registry(pattern: str, text: str, plain: tuple[str, ...]) -> None:
    assert not is_about(pattern, text, plain)


def test_a_wildcard_with_a_default_port_is_about_the_registries_without_it() -> None:
    assert is_about("*.example.com:443/org/app", "a.example.com/org/app")
    assert is_about("*.example.com:80/org/app", "a.example.com/org/app", ["a.example.com"])
    assert is_about("*.example.com/org/app", "a.example.com:80/org/app", ["a.example.com"])
    assert not is_about("*.example.com:80/org/app", "a.example.com/org/app")


@pytest.mark.parametrize("tag", ["", ":dev", ":prod", ":latest"])
def test_an_image_named_by_digest_is_one_that_every_tag_pattern_is_about(tag: str) -> None:
    assert is_about("ghcr.io/org/app:prod", f"ghcr.io/org/app{tag}{DIGEST}")
    # The twin: by a tag alone, only that tag.
    assert is_about("ghcr.io/org/app:prod", f"ghcr.io/org/app{tag}") is (tag == ":prod")


def test_an_exception_is_found_under_either_name() -> None:
    (waiver,) = policy("**", EXCEPTION).waivers
    asked = typed("localhost:80/org/app", ["localhost"])
    assert waiver.names((asked.claimed, *asked.other_names))
    other = typed("localhost:80/org/app")
    assert waiver.names((other.claimed, *other.other_names))
    assert not waiver.names((typed("localhost/org/app").claimed,))
