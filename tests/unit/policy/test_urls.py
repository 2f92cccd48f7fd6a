"""Beginnings of URLs, and URLs that only look as if they began so."""

from __future__ import annotations

import pytest

from verifier.errors import InputError
from verifier.policy.urls import UrlPrefix, is_below

HTTPS = "https://example.com/org"
BELOW = [
    (HTTPS, "https://example.com/org"),
    (HTTPS, "https://example.com/org/"),
    (HTTPS, "https://example.com/org/app-1.0.tar.gz"),
    (HTTPS, "https://example.com/org/a?x=https://b/..#f"),
    (HTTPS, "HTTPS://EXAMPLE.com:443/org/app"),
    (HTTPS, "https://example.com/org//app"),
    (HTTPS + "/", "https://example.com/org"),
    ("https://example.com", "https://example.com/x"),
    ("https://example.com/", "https://example.com"),
    ("https://example.com:8443/org", "https://example.com:8443/org/x"),
    ("git+https://github.com/org", "git+https://github.com/org/app@v1.0#sub"),
    ("git+https://github.com/org/app", "git+https://github.com/org/app@v1.0"),
    ("https://[::1]:8080/a", "https://[::1]:8080/a/b"),
]
NOT_BELOW = [
    (HTTPS, "https://example.com/org-evil/app"),
    (HTTPS, "https://example.com/organisation"),
    (HTTPS, "https://example.com/Org/app"),
    (HTTPS, "https://example.com/"),
    (HTTPS, "http://example.com/org/app"),
    (HTTPS, "https://example.com:8443/org/app"),
    (HTTPS, "https://example.com.evil/org/app"),
    (HTTPS, "https://evil-example.com/org/app"),
    (HTTPS, "https://sub.example.com/org/app"),
    (HTTPS, "https://evil/https://example.com/org/app"),
    (HTTPS, "git+https://example.com/org/app"),
    (HTTPS, "https://example.com/org@1"),
    (HTTPS, "https://example.com:0/org"),
    ("git+https://github.com/org", "git+https://github.com/org@evil/app"),
    ("git+https://github.com/org/app", "git+https://github.com/org/app.git@v1"),
    ("git+https://github.com/org", "https://github.com/org/app"),
]
NO_URL = [
    ("https://example.com@evil/org/app", "user name"),
    ("https://user:pw@example.com/org/app", "user name"),
    ("https://example.com/org/../evil", "dots"),
    ("https://example.com/org/%2e%2e/evil", "dots"),
    ("https://example.com/org/%252e%252e/evil", "dots"),
    ("https://example.com/org/%25252e%25252e/evil", "dots"),
    ("https://example.com/org/..;/evil", "dots"),
    ("https://example.com/org/%2e%2e%3bx/evil", "dots"),
    ("https://example.com/org/..%00/evil", "dots"),
    ("https://example.com/org/%2525252525252e/evil", "over and over"),
    ("https://example.com/org/..%2fevil", "dots"),
    ("https://example.com/org/./app", "dots"),
    ("https://example.com\\@evil/org", "characters"),
    ("https://example.com/org/a b", "characters"),
    ("https://example.com/org/a\n", "characters"),
    ("https://exa\tmple.com/org", "characters"),
    ("https://éxample.com/org", "characters"),
    ("https://example.com:port/org", "host or port"),
    ("https://exa%6dple.com/org", "host or port"),
    ("https://[::1/org", "host or port"),
    ("https:///org", "scheme and a host"),
    ("//example.com/org", "scheme and a host"),
    ("example.com/org", "scheme and a host"),
    ("git@github.com:org/app.git", "scheme and a host"),
    ("https://example.com/org/" + "a" * 10_000, "characters"),
    ("", "characters"),
]


@pytest.mark.parametrize(("prefix", "url"), BELOW)
def test_a_url_begins_with_a_prefix(prefix: str, url: str) -> None:
    other = UrlPrefix.parse("https://other.example/")
    assert is_below(url, (other, UrlPrefix.parse(prefix)))
    assert not is_below(url, (other,))


@pytest.mark.parametrize(("prefix", "url"), NOT_BELOW)
def test_a_url_that_looks_alike_does_not(prefix: str, url: str) -> None:
    assert not is_below(url, (UrlPrefix.parse(prefix),))


@pytest.mark.parametrize(("url", "words"), NO_URL, ids=[url[:40] for url, _ in NO_URL])
def test_a_url_that_others_may_read_otherwise_is_none(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        is_below(url, (UrlPrefix.parse(HTTPS),))
    assert url not in str(caught.value) or not url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com",
        "https://",
        "https://*.example.com/",
        "https://example.com/org/*",
        "https://example.com/?a",
        "https://example.com/#a",
        "https://me@example.com/",
        "https://example.com/../a",
        "https://example.com/a b",
        "https://example.com:99999/",
    ],
)
def test_what_is_no_prefix_is_an_error(text: str) -> None:
    with pytest.raises(InputError, match="is no prefix of URLs") as caught:
        UrlPrefix.parse(text)
    assert caught.value.hint is not None
    assert "https://github.com/org/" in caught.value.hint
    assert str(UrlPrefix.parse("https://github.com/org/")) == "https://github.com/org/"
