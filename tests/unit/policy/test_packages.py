"""Patterns for packages, and the index over many of them."""

from __future__ import annotations

import pytest

from verifier.errors import InputError
from verifier.packages.purls import PackageUrl, read_purl
from verifier.policy.packages import PackageIndex, PackagePattern, package_name

# pattern, package URLs that it is of, and some that it is not of
PATTERNS = [
    (
        "pkg:apk/wolfi/openssl",
        "pkg:apk/wolfi/openssl@3 pkg:apk/Wolfi/OpenSSL@3?arch=x pkg:apk/wolfi%2Fopenssl",
        "pkg:apk/wolfi/openssl-dev pkg:apk/alpine/openssl pkg:deb/wolfi/openssl pkg:apk/openssl",
    ),
    (
        "pkg:apk/*/openssl",
        "pkg:apk/wolfi/openssl pkg:apk/alpine/openssl pkg:apk/openssl",
        "pkg:apk/a/b/openssl pkg:apk/wolfi/openssl3 pkg:apk/wolfi",
    ),
    (
        "pkg:deb/debian/*",
        "pkg:deb/debian/curl pkg:deb/Debian/x",
        "pkg:deb/ubuntu/curl pkg:deb/debian-evil/curl pkg:deb/curl",
    ),
    (
        "pkg:deb/debian/lib*-dev",
        "pkg:deb/debian/libc6-dev pkg:deb/debian/lib-dev",
        "pkg:deb/debian/libc6 pkg:deb/debian/xlib-dev",
    ),
    (
        "pkg:deb/debian/python3-*",
        "pkg:deb/debian/python3-yaml pkg:deb/debian/python3-",
        "pkg:deb/debian/python3 pkg:deb/debian/python3.11",
    ),
    (
        "pkg:npm/%40scope/*",
        "pkg:npm/%40scope/a pkg:npm/@scope/a@1",
        "pkg:npm/%40scope-evil/a pkg:npm/scope/a pkg:npm/a pkg:npm/%40scope pkg:npm/%40Scope/a",
    ),
    ("pkg:npm/JSONStream", "pkg:npm/JSONStream@1", "pkg:npm/jsonstream@1"),
    ("pkg:brew/sqlite", "pkg:brew/SQLite@3 pkg:brew/Homebrew/core/sqlite", "pkg:brew/my/tap/sqlite"),
    ("pkg:brew/**", "pkg:brew/sqlite pkg:brew/my/tap/sqlite", "pkg:npm/sqlite"),
    (
        "pkg:golang/github.com/example/lib",
        "pkg:golang/github.com/Example/lib pkg:golang/github.com/%21example/lib",
        "pkg:golang/github.com/example/lib/v2 pkg:golang/github.com/sample/lib",
    ),
    (
        "pkg:cpan/DROLSKY/DateTime",
        "pkg:cpan/drolsky/DateTime",
        "pkg:cpan/DateTime pkg:cpan/DROLSKY/datetime",
    ),
    (
        "pkg:huggingface/a/b@abcdef",
        "pkg:huggingface/a/b@ABCDEF",
        "pkg:huggingface/A/b@abcdef pkg:huggingface/a/b@abcde0",
    ),
    (
        "pkg:generic/a?checksum=sha1:AB,sha256:cd",
        "pkg:generic/a?checksum=sha256:CD,sha1:ab",
        "pkg:generic/a?checksum=sha1:ab pkg:generic/a?checksum=sha256:cd,sha1:ac",
    ),
    ("pkg:npm/@scope/a", "pkg:npm/%40scope/a@1", "pkg:npm/%40scope/b"),
    (
        "pkg:golang/github.com/org/**",
        "pkg:golang/github.com/org/a pkg:golang/github.com/org/a/v2 pkg:golang/github.com/Org/A",
        "pkg:golang/github.com/org pkg:golang/github.com/org-evil/a pkg:golang/evil/github.com/org/a",
    ),
    (
        "pkg:golang/**/log4j",
        "pkg:golang/a/log4j pkg:golang/a/b/log4j",
        "pkg:golang/log4j pkg:golang/a/log4j2",
    ),
    ("pkg:pypi/*", "pkg:pypi/a pkg:pypi/Foo_Bar", "pkg:npm/a"),
    ("pkg:pypi/Foo_Bar", "pkg:pypi/foo-bar pkg:pypi/foo.bar@1 pkg:pypi/foo--bar", "pkg:pypi/foobar"),
    ("pkg:pypi/foo_*", "pkg:pypi/foo-x pkg:pypi/Foo.X", "pkg:pypi/foo"),
    ("pkg:apk/**", "pkg:apk/wolfi/a pkg:apk/a pkg:apk/a/b/c", "pkg:deb/debian/a"),
    ("pkg:apk/wolfi/**", "pkg:apk/wolfi/a pkg:apk/wolfi/a/b", "pkg:apk/alpine/a pkg:apk/a"),
    ("pkg:npm/**", "pkg:npm/a pkg:npm/%40s/a", "pkg:pypi/a"),
    (
        "pkg:apk/wolfi/curl@8.1-r0",
        "pkg:apk/wolfi/curl@8.1-r0",
        "pkg:apk/wolfi/curl@8.1-r1 pkg:apk/wolfi/curl pkg:apk/wolfi/curl@8.1",
    ),
    (
        "pkg:apk/wolfi/curl?arch=x86_64",
        "pkg:apk/wolfi/curl?arch=x86_64 pkg:apk/wolfi/curl?a=b&arch=x86_64",
        "pkg:apk/wolfi/curl?arch=aarch64 pkg:apk/wolfi/curl",
    ),
    (
        "pkg:maven/org.apache.*/log4j-core",
        "pkg:maven/org.apache.logging/log4j-core",
        "pkg:maven/org.apache/log4j-core pkg:maven/log4j-core",
    ),
    ("pkg:generic/a*b*c", "pkg:generic/abc pkg:generic/axbybzc", "pkg:generic/acb pkg:generic/ab"),
]


@pytest.mark.parametrize(("pattern", "inside", "outside"), PATTERNS, ids=[case[0] for case in PATTERNS])
def test_a_pattern_is_of_what_it_says(pattern: str, inside: str, outside: str) -> None:
    wanted = PackagePattern.parse(pattern)
    for text in inside.split():
        assert wanted.matches_purl(text), text
        assert wanted.may_name(read_purl(text)), text
    assert not [text for text in outside.split() if wanted.matches_purl(text)]


# pattern, package URLs that may be meant as they say less, and some that cannot be
LESS = [
    ("pkg:apk/wolfi/curl?arch=x86_64", "pkg:apk/wolfi/curl", "pkg:apk/wolfi/curl?arch=aarch64"),
    ("pkg:apk/wolfi/curl", "pkg:apk/curl", "pkg:apk/alpine/curl pkg:apk/curl-dev"),
    ("pkg:deb/debian/*-dev", "pkg:deb/libc6-dev", "pkg:deb/libc6 pkg:deb/ubuntu/libc6-dev"),
    ("pkg:apk/wolfi/curl@8.1-r0", "pkg:apk/wolfi/curl pkg:apk/wolfi/curl@9", "pkg:apk/wolfi/wget"),
    ("pkg:npm/%40scope/a", "pkg:npm/@scope/a", "pkg:npm/a"),
    ("pkg:npm/jsonstream", "pkg:npm/JSONStream", "pkg:npm/json-stream"),
    ("pkg:npm/JSONStream", "pkg:npm/jsonstream", "pkg:npm/json-stream"),
    ("pkg:npm/%40scope/*", "pkg:npm/%40Scope/A", "pkg:npm/%40other/a"),
    (
        "pkg:mlflow/Fraud",
        "pkg:mlflow/fraud pkg:mlflow/fraud?repository_url=https://a.databricks.com",
        "pkg:mlflow/f",
    ),
    ("pkg:cpan/DateTime", "pkg:cpan/DROLSKY/DateTime pkg:cpan/DateTime", "pkg:cpan/DROLSKY/DateTime-Tiny"),
    ("pkg:cpan/DROLSKY/DateTime", "pkg:cpan/DateTime pkg:cpan/drolsky/DateTime", "pkg:cpan/OTHER/DateTime"),
    ("pkg:cpan/LWP-UserAgent", "pkg:cpan/LWP::UserAgent", "pkg:cpan/LWP"),
    (
        "pkg:conda/numpy",
        "pkg:conda/conda-forge/numpy",
        "pkg:conda/conda-forge/numpy-base pkg:conda/numpy/base",
    ),
    ("pkg:pypi/requests", "pkg:pypi/psf/requests", "pkg:pypi/psf/requests2 pkg:npm/psf/requests"),
    ("pkg:pypi/req-*", "pkg:pypi/psf/req-a", "pkg:pypi/req-a/b"),
]


@pytest.mark.parametrize(("pattern", "inside", "outside"), LESS)
def test_what_says_less_may_be_meant(pattern: str, inside: str, outside: str) -> None:
    wanted = PackagePattern.parse(pattern)
    assert all(wanted.may_name(read_purl(text)) for text in inside.split())
    assert not [text for text in outside.split() if wanted.may_name(read_purl(text))]


# The first is an error, the second differs from it in one thing.
REFUSED = [
    ("openssl", "pkg:npm/openssl", "is no package URL"),
    ("pkg:*/wolfi/openssl", "pkg:apk/wolfi/openssl", "does not say which type"),
    ("pkg:**", "pkg:apk/**", "does not say which type"),
    ("pkg:a*k/wolfi/openssl", "pkg:apk/wolfi/openssl", "is no package URL"),
    ("pkg:apk/wolfi/openssl*", "pkg:apk/wolfi/openssl-*", "admits the siblings of 'openssl'"),
    ("pkg:apk/wolfi*/openssl", "pkg:apk/wolfi-*/openssl", "admits the siblings of 'wolfi'"),
    ("pkg:apk/wolfi/a**", "pkg:apk/wolfi/**", "** is not a part of its own"),
    ("pkg:apk/wolfi/openssl@3*", "pkg:apk/wolfi/openssl@3", "a * outside of its name"),
    ("pkg:apk/wolfi/openssl?arch=*", "pkg:apk/wolfi/openssl?arch=a", "a * outside of its name"),
    ("pkg:apk/wolfi/openssl?arch=", "pkg:apk/wolfi/openssl", "without a value"),
    ("pkg:apk/wolfi/openssl#sub", "pkg:apk/wolfi/openssl", "has a subpath"),
    ("pkg:apk/wolfi/%2a", "pkg:apk/wolfi/*", "an encoded *"),
    ("pkg:apk/wolfi/../x", "pkg:apk/wolfi/x", "a part of its path is a dot"),
    ("pkg:apk/wolfi/open ssl", "pkg:apk/wolfi/open%20ssl", "is no package URL"),
    ("pkg:apk/openssl", "pkg:apk/*/openssl", "apk packages have a namespace"),
    ("pkg:deb/*", "pkg:deb/**", "deb packages have a namespace"),
    ("pkg:maven/log4j-core", "pkg:maven/*/log4j-core", "maven packages have a namespace"),
    ("pkg:pypi/psf/requests", "pkg:pypi/requests", "pypi packages have no namespace"),
    ("pkg:cargo/x/y", "pkg:cargo/y", "cargo packages have no namespace"),
    ("pkg:conda/conda-forge/numpy", "pkg:conda/numpy", "conda packages have no namespace"),
]


@pytest.mark.parametrize(("bad", "good", "words"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_means_more_or_less_than_it_seems_is_an_error(bad: str, good: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        PackagePattern.parse(bad)
    assert words in caught.value.message
    assert caught.value.hint
    assert str(PackagePattern.parse(good)) == good


@pytest.mark.parametrize("text", ["", " ", "curl ", " curl", "lib*", "*", "pkg:apk/wolfi/curl"])
def test_a_name_is_a_name(text: str) -> None:
    with pytest.raises(InputError, match="is no name of a package"):
        package_name(text)
    assert package_name("curl") == "curl"


def index() -> PackageIndex[str]:
    entries: PackageIndex[str] = PackageIndex()
    for pattern in ("pkg:apk/wolfi/curl", "pkg:apk/wolfi/*", "pkg:deb/debian/*-dev", "pkg:pypi/foo_bar"):
        entries.add_pattern(PackagePattern.parse(pattern), pattern)
    for name in ("openssl", "Foo_Bar", "@scope/app", "github.com/Org/App"):
        entries.add_name(name, name)
    return entries


# name, package URLs, and what it is found under
FOUND = [
    ("curl", ["pkg:apk/wolfi/curl@8"], ["pkg:apk/wolfi/*", "pkg:apk/wolfi/curl"]),
    ("x", ["pkg:apk/wolfi/curl@8"], ["pkg:apk/wolfi/*", "pkg:apk/wolfi/curl"]),
    ("x", ["pkg:apk/curl@8"], ["pkg:apk/wolfi/*", "pkg:apk/wolfi/curl"]),
    ("x", ["pkg:apk/alpine/curl@8"], []),
    ("x", ["pkg:deb/debian/curl-dev"], ["pkg:deb/debian/*-dev"]),
    ("x", ["pkg:npm/a", "pkg:deb/debian/curl-dev"], ["pkg:deb/debian/*-dev"]),
    ("OpenSSL", [], ["openssl"]),
    ("openssl3", [], []),
    ("x", ["pkg:deb/debian/openssl"], ["openssl"]),
    ("x", ["pkg:generic/OpenSSL@3"], ["openssl"]),
    ("foo_bar", [], ["Foo_Bar"]),
    ("foo-bar", [], []),
    ("x", ["pkg:pypi/foo.bar"], ["Foo_Bar", "pkg:pypi/foo_bar"]),
    ("x", ["pkg:npm/foo-bar"], []),
    ("x", ["pkg:npm/%40scope/app"], ["@scope/app"]),
    ("x", ["pkg:npm/app"], []),
    ("x", ["pkg:golang/github.com/org/app"], ["github.com/Org/App"]),
    ("curl", [], []),
    ("x", ["pkg:pypi/other/foo.bar"], ["Foo_Bar", "pkg:pypi/foo_bar"]),
]


@pytest.mark.parametrize(("name", "texts", "found"), FOUND)
def test_the_index_finds_what_the_patterns_and_names_are_of(
    name: str, texts: list[str], found: list[str]
) -> None:
    purls = [read_purl(text) for text in texts]
    assert sorted({entry for entry, _ in index().candidates((name,), purls)}) == found


def test_what_a_name_alone_led_to_comes_with_every_package_url() -> None:
    purls = [read_purl("pkg:npm/a@1"), read_purl("pkg:deb/debian/b@2")]
    assert list(index().candidates(("openssl",), purls)) == [("openssl", purl) for purl in purls]
    nothing: list[PackageUrl] = []
    assert list(index().candidates(("openssl",), nothing)) == [("openssl", None)]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("curl", ["pkg:apk/wolfi/curl"]),
        ("CURL", ["pkg:apk/wolfi/curl"]),
        ("wolfi/curl", ["pkg:apk/wolfi/curl", "pkg:apk/wolfi/*"]),
        ("wolfi/zlib", ["pkg:apk/wolfi/*"]),
        ("Foo.Bar", ["pkg:pypi/foo_bar"]),
        ("libc-dev", ["pkg:deb/debian/*-dev"]),
        ("libc-devel", []),
    ],
)
def test_a_package_without_a_package_url_goes_by_its_name(name: str, found: list[str]) -> None:
    assert list(index().nameless(name)) == found
