"""The addresses of repositories."""

from __future__ import annotations

import pytest

from verifier.policy.predicates.sources import Address, read_address, read_repository

APP = "https://github.com/org/app"


@pytest.mark.parametrize(
    ("uri", "repository", "ref"),
    [
        (APP, APP, ""),
        (f"git+{APP}", APP, ""),
        (f"git+{APP}@refs/heads/main", APP, "refs/heads/main"),
        (f"git+{APP}.git@refs/heads/main", APP, "refs/heads/main"),
        (f"{APP}.git#refs/tags/v1", APP, "refs/tags/v1"),
        (f"{APP}.git#main:folder", APP, "main"),
        (f"{APP}/", APP, ""),
        ("HTTPS://GitHub.com/org/App", "https://github.com/org/App", ""),
        ("https://token:x@github.com/org/app", APP, ""),
        ("git://github.com/org/app.git", "git://github.com/org/app", ""),
        ("git+ssh://git@github.com/org/app.git@v1", "ssh://github.com/org/app", "v1"),
        ("git@github.com:org/app.git", "ssh://github.com/org/app", ""),
        ("git@github.com:org/app.git#main", "ssh://github.com/org/app", "main"),
        ("https://git.example:8443/org/app", "https://git.example:8443/org/app", ""),
        # Tags of packages have an @, and branches may have a #: the first mark decides.
        (f"git+{APP}@refs/tags/@org/pkg@1.0.0", APP, "refs/tags/@org/pkg@1.0.0"),
        (f"git+{APP}@refs/heads/release#x", APP, "refs/heads/release#x"),
        (f"git+{APP}@refs/heads/main\n", APP, "refs/heads/main\n"),
    ],
)
def test_an_address_is_a_repository_and_a_ref(uri: str, repository: str, ref: str) -> None:
    assert read_address(uri) == Address(repository, ref)


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        # Credentials that look like the wanted host.
        ("https://github.com@evil.example/org/app", "evil.example/org/app"),
        ("https://github.com:x@evil.example/org/app", "evil.example/org/app"),
        ("https://evil.example/?https://github.com/org/app", "evil.example/?https://github.com/org/app"),
        ("https://evil.example\\@github.com/org/app", "evil.example\\@github.com/org/app"),
        ("https://github.com/org/app-evil", "github.com/org/app-evil"),
        ("https://github.com/org/app.git.git", "github.com/org/app.git"),
        ("https://github.com/org/app?x", "github.com/org/app?x"),
        (" https://github.com/org/app", "github.com/org/app"),
        ("pkg:docker/golang@1", "pkg:docker/golang@1"),
        ("", ""),
    ],
)
def test_what_looks_like_another_address_stays_another(uri: str, place: str) -> None:
    address = read_address(uri)
    assert address.place == place
    assert address.repository != APP


def test_a_repository_with_a_ref_is_not_the_repository() -> None:
    assert read_repository(f"{APP}.git") == APP
    assert read_repository(f"{APP}@refs/heads/x") == f"{APP}@refs/heads/x"


def test_a_protocol_makes_no_other_place() -> None:
    assert read_address("git@github.com:org/app.git").place == read_address(APP).place
