"""Image references, by Docker's rules (REG-05)."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.errors import ManifestError
from verifier.limits import REFERENCE_LENGTH
from verifier.model.digest import Digest
from verifier.model.reference import ImageReference, LayoutReference
from verifier.model.reference_parser import over_http, parse_reference

HEX = "ab" * 32
DIGEST = Digest(HEX)

IMAGES: dict[str, tuple[str, str, str | None, Digest | None]] = {
    "nginx": ("docker.io", "library/nginx", "latest", None),
    "nginx:1.27": ("docker.io", "library/nginx", "1.27", None),
    "library/nginx": ("docker.io", "library/nginx", "latest", None),
    "org/app": ("docker.io", "org/app", "latest", None),
    "docker.io/nginx": ("docker.io", "library/nginx", "latest", None),
    "index.docker.io/library/nginx": ("docker.io", "library/nginx", "latest", None),
    "registry-1.docker.io/org/app:v1": ("docker.io", "org/app", "v1", None),
    f"nginx@sha256:{HEX}": ("docker.io", "library/nginx", None, DIGEST),
    f"nginx:1.27@sha256:{HEX}": ("docker.io", "library/nginx", "1.27", DIGEST),
    "cgr.dev/chainguard/nginx": ("cgr.dev", "chainguard/nginx", "latest", None),
    "CGR.dev/chainguard/nginx": ("cgr.dev", "chainguard/nginx", "latest", None),
    "localhost/app": ("localhost", "app", "latest", None),
    "localhost:5000/app:v1": ("localhost:5000", "app", "v1", None),
    "127.0.0.1:5000/a/b/c": ("127.0.0.1:5000", "a/b/c", "latest", None),
    "[::1]:5000/app": ("[::1]:5000", "app", "latest", None),
    "[0:0:0:0:0:0:0:1]:5000/app": ("[::1]:5000", "app", "latest", None),
    "[2001:DB8::1]/app": ("[2001:db8::1]", "app", "latest", None),
    "[2001:db8::1]/app:v1": ("[2001:db8::1]", "app", "v1", None),
    # The default port of HTTPS is the same as none (RFC 9110, 4.2.2).
    "registry.example:443/app": ("registry.example", "app", "latest", None),
    "REGISTRY.example:443/app:v1": ("registry.example", "app", "v1", None),
    "registry.example:444/app": ("registry.example:444", "app", "latest", None),
    "registry.example:80/app": ("registry.example:80", "app", "latest", None),
    "registry.example:8443/app": ("registry.example:8443", "app", "latest", None),
    "localhost:443/org/app": ("localhost", "org/app", "latest", None),
    "127.0.0.1:443/app": ("127.0.0.1", "app", "latest", None),
    "[::1]:443/app": ("[::1]", "app", "latest", None),
    "[0::1]:443/app": ("[::1]", "app", "latest", None),
    "[::ffff:7f00:1]:5000/app": ("127.0.0.1:5000", "app", "latest", None),
    "docker.io:443/nginx": ("docker.io", "library/nginx", "latest", None),
    "index.docker.io:443/nginx": ("docker.io", "library/nginx", "latest", None),
    "registry-1.docker.io:443/org/app": ("docker.io", "org/app", "latest", None),
    "Registry.Hub.Docker.com:443/org/app": ("docker.io", "org/app", "latest", None),
    "index.docker.io:5000/nginx": ("index.docker.io:5000", "nginx", "latest", None),
    "ghcr.io/org/app_name": ("ghcr.io", "org/app_name", "latest", None),
    "ghcr.io/org/a__b": ("ghcr.io", "org/a__b", "latest", None),
    "ghcr.io/org/a---b": ("ghcr.io", "org/a---b", "latest", None),
    "ghcr.io/org/a.b-c_d": ("ghcr.io", "org/a.b-c_d", "latest", None),
    "ghcr.io/org/app:V1_x-y.z": ("ghcr.io", "org/app", "V1_x-y.z", None),
    "a.b/c:" + "t" * 128: ("a.b", "c", "t" * 128, None),
}

REFUSED = [
    "",
    " ",
    "nginx ",
    " nginx",
    "nginx\n",
    "ng inx",
    "nginx\x00",
    "ngi\u0445",
    "Nginx",
    "ghcr.io/Org/app",
    "ghcr.io/org/../app",
    "ghcr.io/org/./app",
    "ghcr.io//app",
    "ghcr.io/",
    "/app",
    "ghcr.io/org/app/",
    "ghcr.io/org/app?x=1",
    "ghcr.io/org/app#x",
    "user:pass@ghcr.io/app",
    "user@ghcr.io/app",
    "https://ghcr.io/org/app",
    "docker://nginx",
    "nginx:",
    "nginx:.1",
    "nginx:-1",
    "nginx:" + "t" * 129,
    "nginx:a/b:c:d",
    "nginx@",
    "nginx@sha256:",
    f"nginx@sha256:{HEX[:-1]}",
    f"nginx@sha256:{HEX}0",
    f"nginx@sha256:{HEX.upper()}",
    f"nginx@sha512:{HEX * 2}",
    "nginx@md5:" + "a" * 32,
    f"nginx@sha256:{HEX}@sha256:{HEX}",
    f"@sha256:{HEX}",
    "ghcr.io:0/app",
    "ghcr.io:99999/app",
    "ghcr.io:port/app",
    "ghcr..io/app",
    "-ghcr.io/app",
    "ghcr-.io/app",
    "[::1/app",
    "[::g]/app",
    "[....]/app",
    "[::1%eth0]/app",
    "[::1]5000/app",
    "0177.0.0.1/app",
    "127.0.0.256:5000/app",
    # Addresses of IPv4 to most programs (URL standard, "ends in a number checker").
    "127.1/app",
    "2130706433:5000/app",
    "0x7f000001:5000/app",
    "0x7f.1/app",
    "a.b.1/app",
    "ghcr.io./org/app",
    "ghcr.io.:443/org/app",
    "ghcr.io:/org/app",
    "ghcr.io:0443/org/app",
    "ghcr.io:443:443/org/app",
    "ghcr.io:05000/app",
    ".".join(["a" * 60] * 5) + "/app",
    f"sha256:{HEX}",
    HEX,
    f"user:pass@ghcr.io/app@sha256:{HEX}",
    "ghcr.io/org/-app",
    "ghcr.io/org/app-",
    "ghcr.io/org/a___b",
    "ghcr.io/org/a..b",
    "ghcr.io/" + "a" * 256,
    "a" * (REFERENCE_LENGTH + 1),
    "oci:",
    "oci-archive:",
    f"oci:@sha256:{HEX}",
    "oci:dir@sha256:abc",
    "oci:a\0b",
    "oci:dir\n",
    "oci:d\x1b[2Jir",
    "oci:d\u202eir",
    "oci:d\udcffir",
    "oci:dir:",
    "oci::v1",
    "oci://ghcr.io/app",
    f"oci:dir@sha512:{HEX * 2}",
    f"oci:dir@SHA256:{HEX}",
    f"oci:dir@sha256:{HEX}@sha256:{HEX}",
]


@pytest.mark.parametrize("text", IMAGES)
def test_a_reference_is_normalised_as_docker_does(text: str) -> None:
    assert parse_reference(text) == ImageReference(*IMAGES[text])


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text)[:40])
def test_what_is_no_reference_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(ManifestError) as caught:
        parse_reference(text)
    assert caught.value.hint or len(text) > REFERENCE_LENGTH


@pytest.mark.parametrize(
    "text",
    [
        "user:canary@ghcr.io/app",
        "https://user:canary@ghcr.io/app",
        "user:canary@x@ghcr.io/app",
        f"user:canary@ghcr.io/app@sha256:{HEX}",
        "user:canary@ghcr.io/app@sha256:short",
    ],
)
def test_a_password_in_a_reference_is_refused_and_not_repeated(text: str) -> None:
    """CRD-05."""
    with pytest.raises(ManifestError) as caught:
        parse_reference(text)
    assert "canary" not in f"{caught.value} {caught.value.hint}"


def test_a_scheme_gets_a_hint_of_its_own() -> None:
    with pytest.raises(ManifestError) as caught:
        parse_reference("docker://nginx")
    assert caught.value.hint == "leave out docker://"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("oci:dir", LayoutReference("dir", archive=False, tag=None, digest=None)),
        ("oci:dir:v1", LayoutReference("dir", archive=False, tag="v1", digest=None)),
        ("oci:/a/b:c/d", LayoutReference("/a/b:c/d", archive=False, tag=None, digest=None)),
        ("oci:/a/b:c/d:v1", LayoutReference("/a/b:c/d", archive=False, tag="v1", digest=None)),
        (f"oci:dir@sha256:{HEX}", LayoutReference("dir", archive=False, tag=None, digest=DIGEST)),
        (f"oci:dir:v1@sha256:{HEX}", LayoutReference("dir", archive=False, tag="v1", digest=DIGEST)),
        ("oci:dir@v1:v2", LayoutReference("dir@v1", archive=False, tag="v2", digest=None)),
        ("oci:a:b c", LayoutReference("a:b c", archive=False, tag=None, digest=None)),
        ("oci:user@host/dir", LayoutReference("user@host/dir", archive=False, tag=None, digest=None)),
        ("oci:with space", LayoutReference("with space", archive=False, tag=None, digest=None)),
        ("oci-archive:a.tar", LayoutReference("a.tar", archive=True, tag=None, digest=None)),
        ("oci-archive:a.tar:v1", LayoutReference("a.tar", archive=True, tag="v1", digest=None)),
    ],
)
def test_layouts(text: str, expected: LayoutReference) -> None:
    assert parse_reference(text) == expected


@pytest.mark.parametrize("text", IMAGES)
def test_the_canonical_form_means_the_same(text: str) -> None:
    reference = parse_reference(text)
    assert parse_reference(str(reference)) == reference


@given(
    st.text(max_size=60)
    | st.text(alphabet="aA0.:/@-_[]ocisha256 \n", max_size=120)
    | st.text(alphabet="a:/@ .", max_size=20).map("oci:{}".format)
)
def test_any_text_is_a_reference_or_the_declared_error(text: str) -> None:
    with contextlib.suppress(ManifestError):
        reference = parse_reference(text)
        assert parse_reference(str(reference)) == reference
        assert ".." not in str(reference).split("/") or text.startswith("oci")


@pytest.mark.parametrize(
    ("text", "plain", "name", "others", "address"),
    [
        ("r.example:80/app", [], "r.example:80/app", (), "r.example:80"),
        ("r.example:80/app", ["other.example"], "r.example:80/app", (), "r.example:80"),
        ("r.example:80/app", ["r.example"], "r.example/app", ("r.example:80/app",), "r.example:80"),
        ("r.example:80/app", ["r.example:80"], "r.example/app", ("r.example:80/app",), "r.example:80"),
        ("r.example/app", ["r.example:80"], "r.example/app", ("r.example:80/app",), "r.example"),
        ("r.example:443/app", ["r.example"], "r.example/app", ("r.example:80/app",), "r.example:443"),
        ("r.example:443/app", [], "r.example/app", (), "r.example:443"),
        ("r.example:5000/app", ["r.example", "r.example:5000"], "r.example:5000/app", (), "r.example:5000"),
        ("[::1]:80/app", ["[::1]"], "[::1]/app", ("[::1]:80/app",), "[::1]:80"),
        ("index.docker.io:80/app", ["index.docker.io"], "docker.io/library/app", None, None),
    ],
)
def test_port_80_is_no_part_of_the_name_where_plain_http_is_allowed(
    text: str, plain: list[str], name: str, others: tuple[str, ...] | None, address: str | None
) -> None:
    reference = over_http(parse_reference(text), plain)
    assert isinstance(reference, ImageReference)
    assert reference.name == name
    if others is not None:
        assert (reference.other_names, reference.address) == (others, address)


def test_a_layout_has_no_port() -> None:
    layout = parse_reference("oci:dir:80")
    assert over_http(layout, ["dir"]) == layout


def test_the_tag_beside_a_digest_says_nothing() -> None:
    tags = {text: parse_reference(text) for text in ("a", "a:v1", f"a@sha256:{HEX}", f"a:v1@sha256:{HEX}")}
    assert [each.effective_tag for each in tags.values() if isinstance(each, ImageReference)] == [
        "latest",
        "v1",
        None,
        None,
    ]
