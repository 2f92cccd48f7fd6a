"""References: whatever is typed is an image, named in one way, or the declared error (REG-05)."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from verifier.errors import ManifestError
from verifier.limits import REFERENCE_LENGTH
from verifier.model.digest import Digest
from verifier.model.reference import ImageReference, LayoutReference
from verifier.model.reference_parser import parse_reference

# The grammar of distribution's reference/reference.go, and nothing else of the code under test.
parts = st.from_regex(r"[a-z0-9]{1,8}(?:(?:\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}", fullmatch=True)
paths = st.lists(parts, min_size=1, max_size=4).map("/".join)
tags = st.none() | st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True)
digests = st.none() | st.binary(min_size=32, max_size=32).map(bytes.hex)
labels = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
# A last label that is a number makes an address.
hosts = st.lists(labels, min_size=1, max_size=3).map(lambda names: ".".join([*names, "x0"])) | st.just(
    "localhost"
)
ports = st.none() | st.sampled_from([80, 443, 5000]) | st.integers(1, 65535)
HUB = {"docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"}


@given(hosts.filter(lambda host: host not in HUB), ports, paths, tags, digests)
def test_what_the_grammar_allows_is_read_part_by_part(
    host: str, port: int | None, path: str, tag: str | None, digest: str | None
) -> None:
    registry = host if port is None else f"{host}:{port}"
    name = host if port == 443 else registry
    text = f"{registry}/{path}" + (f":{tag}" if tag else "") + (f"@sha256:{digest}" if digest else "")
    expected = ImageReference(
        name,
        path,
        "latest" if tag is None and digest is None else tag,
        None if digest is None else Digest(digest),
    )
    assert parse_reference(text) == expected
    if set(".:") & set(registry):  # else a host in capitals cannot be told from a wrong repository
        assert parse_reference(text.replace(host, host.upper(), 1)) == expected


hostile = (
    st.text(max_size=80)
    | st.text(alphabet="aA0.:/@-_[]%\\?# \t\n\x00\u202e", max_size=80)
    | st.lists(
        st.sampled_from(
            ["a", "A", "..", ".", "/", "//", ":", "@", "sha256:", "0" * 64, "oci:", "://", "[::1]"]
        ),
        max_size=12,
    ).map("".join)
)


@given(hostile)
@example("docker.io/library/")
@example("localhost:5000")
@example("[::ffff:127.0.0.1]/a")
def test_any_text_is_the_declared_error_or_a_reference_with_one_spelling(text: str) -> None:
    with contextlib.suppress(ManifestError):
        reference = parse_reference(text)
        assert parse_reference(str(reference)) == reference
        assert str(parse_reference(str(reference))) == str(reference)


@given(hostile)
def test_what_goes_into_a_url_or_a_key_of_credentials_has_no_other_meaning_there(text: str) -> None:
    with contextlib.suppress(ManifestError):
        reference = parse_reference(text)
        if isinstance(reference, LayoutReference):
            return
        assert not set("/@?#%\\ ") & set(reference.registry)
        assert not set("@?#%:\\ ") & set(reference.repository)
        assert not {"", ".", ".."} & set(reference.repository.split("/"))
        assert not set("/@?#%:\\ ") & set(reference.tag or "")
        assert reference.registry == reference.registry.lower()
        assert str(reference).isascii()
        assert str(reference).isprintable()


@pytest.mark.parametrize(
    "unit",
    ["a", "-", "_", ".", "a-", "a_", "a.", "a/", "/", ":", "@", "a:", "[", "::", "a--", "A", "@sha256:"],
)
@pytest.mark.parametrize("start", ["", "ghcr.io/", "oci:", "a.b:1/a"])
@pytest.mark.parametrize("end", ["", "!", "A", "-", "@sha256:x"])
def test_the_longest_text_is_read_as_well_as_a_short_one(unit: str, start: str, end: str) -> None:
    """Reading in exponential time, as the grammar's usual expression does, would not end in this test."""
    text = start + unit * ((REFERENCE_LENGTH - len(start) - len(end)) // len(unit)) + end
    with contextlib.suppress(ManifestError):
        parse_reference(text)
