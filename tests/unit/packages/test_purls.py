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


# text, the path by the letter of its type's definition, the one under which it is found in doubt, version: as
# the specification's own tests have it, but for brew (whose default tap is stated here) and NuGet (whose
# names have no case to NuGet, and one to the definition's test)
DEFINED = [
    ("pkg:alpm/Arch/Pacman@6.0.1-1?arch=x86_64", "arch/pacman", "", "6.0.1-1"),
    ("pkg:bazel/Rules_Java@7.8.0", "Rules_Java", "", "7.8.0"),
    ("pkg:bitbucket/Birkenfeld/Pygments-Main@244fd47e07d1014f0aed9c", "birkenfeld/pygments-main", "",
     "244fd47e07d1014f0aed9c"),
    ("pkg:bitnami/WordPress@6.2.0-12", "wordpress", "", "6.2.0-12"),
    ("pkg:brew/SQLite@3.43.2", "homebrew/core/sqlite", "", "3.43.2"),
    ("pkg:brew/Homebrew/Core/sqlite@3.43.2", "homebrew/core/sqlite", "", "3.43.2"),
    ("pkg:brew/My-Org/Tap/Tool@1", "my-org/tap/tool", "", "1"),
    ("pkg:brew/postgresql%4012@12.17", "homebrew/core/postgresql@12", "", "12.17"),
    ("pkg:cargo/Rand@0.7.2", "Rand", "", "0.7.2"),
    ("pkg:chrome-extension/DLPNGALGNEFJEIEFHMPKLPFIOHADPGLK@1.2", "dlpngalgnefjeiefhmpklpfiohadpglk",
     "", "1.2"),
    ("pkg:cocoapods/AFNetworking@4.0.1", "AFNetworking", "", "4.0.1"),
    ("pkg:composer/Guzzlehttp/Promises@2.0.2", "guzzlehttp/promises", "", "2.0.2"),
    ("pkg:conan/openssl.org/OpenSSL@3.0.3?channel=stable", "openssl.org/OpenSSL", "", "3.0.3"),
    ("pkg:conda/AbsL-py@0.4.1", "AbsL-py", "", "0.4.1"),
    ("pkg:cpan/drolsky/DateTime@1.55", "DROLSKY/DateTime", "", "1.55"),
    ("pkg:cpan/LWP::UserAgent", "LWP::UserAgent", "LWP-UserAgent", ""),
    ("pkg:cran/A3@1.0.0", "A3", "", "1.0.0"),
    ("pkg:docker/Customer/dockerimage@sha256:244fd47e", "Customer/dockerimage", "", "sha256:244fd47e"),
    ("pkg:gem/Ruby-advisory@1", "Ruby-advisory", "", "1"),
    ("pkg:git/codeberg.org/Forgejo/x@main", "codeberg.org/Forgejo/x", "", "main"),
    ("pkg:golang/github.com/!azure/Azure-sdk@v1", "github.com/azure/azure-sdk", "", "v1"),
    ("pkg:golang/github.com/%21burnt%21sushi/toml@v1", "github.com/burntsushi/toml", "", "v1"),
    ("pkg:hackage/AC_Angle@1.0", "AC-Angle", "", "1.0"),
    ("pkg:hex/ACME/Foo@2.3", "acme/foo", "", "2.3"),
    ("pkg:huggingface/EleutherAI/gpt-neo-1.3B@797174552AE4", "EleutherAI/gpt-neo-1.3B", "", "797174552ae4"),
    ("pkg:julia/AWS@1.1.1?uuid=fbe9abb3", "AWS", "", "1.1.1"),
    ("pkg:luarocks/Username/Pkg@0.1.0-1", "username/pkg", "", "0.1.0-1"),
    ("pkg:maven/org.Apache/Commons@1-RC", "org.Apache/Commons", "", "1-RC"),
    ("pkg:mlflow/CreditFraud@3?repository_url=https://westus2.api.azureml.ms", "CreditFraud",
     "creditfraud", "3"),
    ("pkg:mlflow/CreditFraud@3?repository_url=https://adb-5.0.azuredatabricks.net/api", "creditfraud",
     "", "3"),
    ("pkg:npm/JSONStream@1.3.5", "JSONStream", "jsonstream", "1.3.5"),
    ("pkg:npm/%40Scope/Name@1.0.0", "@Scope/Name", "@scope/name", "1.0.0"),
    ("pkg:nuget/EnterpriseLibrary.Common@6.0.1304", "enterpriselibrary.common", "", "6.0.1304"),
    ("pkg:oci/Debian@SHA256:244FD47E", "debian", "", "sha256:244fd47e"),
    ("pkg:opam/Dune@3.0", "Dune", "", "3.0"),
    ("pkg:otp/Hex@2.1.1", "hex", "", "2.1.1"),
    ("pkg:pub/Flutter-Map.x@1", "flutter_map_x", "", "1"),
    ("pkg:pypi/Django_Allauth@1.0RC1", "django-allauth", "", "1.0rc1"),
    ("pkg:qpkg/BlackBerry/x@1", "blackberry/x", "", "1"),
    ("pkg:rpm/Fedora/Curl@7.50.3-1.fc25", "fedora/Curl", "", "7.50.3-1.fc25"),
    ("pkg:swid/Acme/example.com/Server@1.0.0", "Acme/example.com/Server", "", "1.0.0"),
    ("pkg:swift/github.com/Alamofire/Alamofire@5.4.3", "github.com/Alamofire/Alamofire", "", "5.4.3"),
    ("pkg:vcpkg/Boost-asio@1", "Boost-asio", "", "1"),
    ("pkg:vscode-extension/RedHat/Java@1.46.0-Pre", "redhat/java", "", "1.46.0-pre"),
    ("pkg:yocto/Core/Glibc@2.35", "core/Glibc", "", "2.35"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "exact", "path", "version"), DEFINED)
def test_each_type_s_definition_says_what_counts(text: str, exact: str, path: str, version: str) -> None:
    purl = read_purl(text)
    assert (purl.exact, purl.path, purl.version) == (exact, path or exact, version)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("pkg:generic/a?checksum=sha256:CD,sha1:ab", "sha1:ab,sha256:cd"),
        ("pkg:generic/a?CHECKSUM=sha1:ab%2Csha256:cd", "sha1:ab,sha256:cd"),
        ("pkg:generic/a?other=sha256:CD,sha1:ab", "sha256:CD,sha1:ab"),
    ],
)
def test_checksums_are_a_list_without_an_order(text: str, value: str) -> None:
    assert [found for _, found in read_purl(text).qualifiers] == [value]


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
