"""Package URLs: what they mean, and which are refused."""

from __future__ import annotations

import pytest

from verifier.errors import PackageUrlError
from verifier.limits import LOCATOR_LENGTH
from verifier.packages.purls import read_purl

# text, type, path, version, qualifiers: by the purl specification and its type definitions
READ = [
    ("pkg:apk/wolfi/openssl@3.0.7-r0?arch=x86_64", "apk", "wolfi/openssl", "3.0.7-r0", {"arch": "x86_64"}),
    ("pkg:deb/debian/libstdc%2B%2B6@12.2.0-14", "deb", "debian/libstdc++6", "12.2.0-14", {}),
    ("pkg:deb/debian/libstdc++6@12.2.0-14", "deb", "debian/libstdc++6", "12.2.0-14", {}),
    ("pkg:deb/Debian/Curl@1%3A7.50", "deb", "debian/curl", "1:7.50", {}),
    ("pkg:deb/debian/curl@1:7.50", "deb", "debian/curl", "1:7.50", {}),
    ("pkg:rpm/Fedora/Curl@7.50.3-1.fc25?epoch=1", "rpm", "fedora/Curl", "7.50.3-1.fc25", {"epoch": "1"}),
    ("pkg:pypi/Foo_Bar.Baz@1.0", "pypi", "foo-bar-baz", "1.0", {}),
    ("pkg:npm/%40Scope/Name@1.0.0", "npm", "@scope/name", "1.0.0", {}),
    ("pkg:npm/@scope/name@1.0.0", "npm", "@scope/name", "1.0.0", {}),
    ("pkg:npm/@scope/name", "npm", "@scope/name", "", {}),
    ("pkg:npm/name@1.0.0", "npm", "name", "1.0.0", {}),
    ("pkg:golang/github.com/Org/App@v1.2.3#cmd/app", "golang", "github.com/org/app", "v1.2.3", {}),
    ("pkg:golang/github.com%2Forg%2Fapp@v1", "golang", "github.com/org/app", "v1", {}),
    ("pkg:maven/org.Apache/Log4j@2.17", "maven", "org.Apache/Log4j", "2.17", {}),
    ("pkg:generic/Open%20SSL@3", "generic", "Open SSL", "3", {}),
    ("pkg:nuget/Newtonsoft.Json@13.0.1", "nuget", "newtonsoft.json", "13.0.1", {}),
    ("PKG:APK/wolfi/curl", "apk", "wolfi/curl", "", {}),
    ("pkg://apk/wolfi/curl", "apk", "wolfi/curl", "", {}),
    ("pkg:apk///wolfi//curl/", "apk", "wolfi/curl", "", {}),
    ("pkg:apk/wolfi/curl@", "apk", "wolfi/curl", "", {}),
    ("pkg:apk/wolfi/curl?Arch=&b=2&a=1%262", "apk", "wolfi/curl", "", {"a": "1&2", "b": "2"}),
    ("pkg:npm/a?vcs_url=https://h/a%2520b@x", "npm", "a", "", {"vcs_url": "https://h/a%20b@x"}),
    ("pkg:github/Org/App@feature/x", "github", "org/app", "feature/x", {}),
    ("pkg:oci/App@sha256%3Aab?tag=v1", "oci", "app", "sha256:ab", {"tag": "v1"}),
    ("pkg:hackage/Foo_Bar@1", "hackage", "Foo-Bar", "1", {}),
    ("pkg:pub/Flutter-Map@1", "pub", "flutter_map", "1", {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "path", "version", "qualifiers"), READ)
def test_a_package_url_is_normalised(
    text: str, kind: str, path: str, version: str, qualifiers: dict[str, str]
) -> None:
    purl = read_purl(text)
    assert (purl.type, purl.path, purl.version, dict(purl.qualifiers)) == (kind, path, version, qualifiers)
    assert purl.name == path.rpartition("/")[2]


# The first is refused, the second differs from it in one thing.
REFUSED = [
    ("", "pkg:a/b", "not written as"),
    ("openssl", "pkg:a/openssl", "not written as"),
    ("pkg:openssl", "pkg:a/openssl", "not written as"),
    ("pgk:apk/wolfi/openssl", "pkg:apk/wolfi/openssl", "not written as"),
    ("pkg:1apk/wolfi/openssl", "pkg:apk1/wolfi/openssl", "not written as"),
    ("pkg:a%70k/wolfi/openssl", "pkg:apk/wolfi/openssl", "not written as"),
    (" pkg:apk/wolfi/openssl", "pkg:apk/wolfi/openssl", "not written as"),
    ("pkg:apk/wolfi/openssl\n", "pkg:apk/wolfi/openssl", "not written as"),
    ("pkg:apk/wolfi/open\tssl", "pkg:apk/wolfi/openssl", "not written as"),
    ("pkg:apk/wolfi/open ssl", "pkg:apk/wolfi/open%20ssl", "not written as"),
    ("pkg:apk/wolfi/openssl\x00", "pkg:apk/wolfi/openssl", "not written as"),
    ("pkg:apk/wolfi/open\u00a0ssl", "pkg:apk/wolfi/openssl", "not written as"),
    ("pkg:apk/wolfi/open\ud800ssl", "pkg:apk/wolfi/openssl", "not written as"),
    ("pkg:apk/" + "x" * LOCATOR_LENGTH, "pkg:apk/" + "x" * 200, "not written as"),
    ("pkg:apk/", "pkg:apk/x", "no name"),
    ("pkg:apk/@1.0", "pkg:apk/x@1.0", "no name"),
    ("pkg:golang/@foo/bar", "pkg:golang/foo/bar", "no name"),
    ("pkg:apk/%2F@1", "pkg:apk/%2Fx@1", "no name"),
    ("pkg:apk/wolfi/telnet@1@2", "pkg:apk/wolfi/telnet%401@2", "an @ more than"),
    ("pkg:npm/@scope/name@1@2", "pkg:npm/@scope/name@1", "an @ more than"),
    ("pkg:npm/../../etc@1", "pkg:npm/x/etc@1", "a part of its path is a dot"),
    ("pkg:npm/%2e%2E/etc@1", "pkg:npm/%2ex/etc@1", "a part of its path is a dot"),
    ("pkg:apk/wolfi/open%ssl", "pkg:apk/wolfi/open%25", "two hexadecimal digits"),
    ("pkg:apk/wolfi/openssl@1%", "pkg:apk/wolfi/openssl@1%20", "two hexadecimal digits"),
    ("pkg:apk/wolfi/open%ffssl", "pkg:apk/wolfi/open%c3%bfssl", "not UTF-8"),
    ("pkg:apk/wolfi/open%00ssl", "pkg:apk/wolfi/open%20ssl", "control character"),
    ("pkg:apk/wolfi/openssl%0A", "pkg:apk/wolfi/openssl%20", "control character"),
    ("pkg:npm/%2540scope/name", "pkg:npm/%40scope/name", "percent-encoded twice"),
    ("pkg:apk/wolfi/openssl?arch", "pkg:apk/wolfi/openssl?arch=a", "key=value"),
    ("pkg:apk/wolfi/openssl?a%72ch=a", "pkg:apk/wolfi/openssl?arch=a", "key=value"),
    ("pkg:apk/wolfi/openssl?1=a", "pkg:apk/wolfi/openssl?a1=a", "key=value"),
    ("pkg:apk/wolfi/openssl?arch=a&ARCH=b", "pkg:apk/wolfi/openssl?arch=a&ARCH=a", "two qualifiers 'ARCH'"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "good", "words"), REFUSED)
def test_what_can_be_read_in_two_ways_is_refused(bad: str, good: str, words: str) -> None:
    with pytest.raises(PackageUrlError) as caught:
        read_purl(bad)
    assert words in caught.value.message
    assert caught.value.code == "SbomError"
    assert len(caught.value.message) < 400
    assert not any(character < " " for character in caught.value.message)
    read_purl(good)
