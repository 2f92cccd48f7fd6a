"""Package URLs and versions: hostile text, and other implementations."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from packageurl import PackageURL

from verifier.errors import InputError, PackageUrlError, VersionError
from verifier.packages.purls import read_purl
from verifier.packages.version_schemes import ORDERED_TYPES
from verifier.packages.versions import VersionRange, compare
from verifier.policy.packages import PackagePattern

_ECOSYSTEMS = st.sampled_from([*sorted(ORDERED_TYPES), "generic"])
_TRIPLES = st.from_regex(
    r"(?:1:|v)?[0-2]\.(?:[019]|1[01])\.[0-2](?:(?:-|\.|_)?(?:rc|a|alpha|beta|b|dev|post|p)?\.?[0-9]{0,2})?(?:[+-][0-2])?",
    fullmatch=True,
)
# Maven and Conan have pairs for which theirs is no order in the mathematical sense (see the tables of
# test_orders), so of these only what their users write.
_IN_ORDER = {
    "maven": r"[0-9]{1,3}(?:\.[0-9]{1,3}){0,3}(?:-(?:alpha|beta|rc|m|SNAPSHOT|jre)(?:-?[0-9]{1,2})?)?",
    "conan": r"[0-9]{1,3}(?:\.[0-9]{1,3}){0,3}(?:-[a-z]{1,3}(?:\.[0-9]{1,2})?)?(?:\+[0-9]{1,2})?",
}
_VERSIONS = st.text("0019.-+~^_:!vabrcpe", min_size=1, max_size=12) | st.from_regex(
    r"(?:1:)?[0-9]{1,3}(?:\.[0-9]{1,3}){0,3}(?:[-_.~^+]?(?:rc|alpha|git|p|r|post|SNAPSHOT)[0-9]{0,3}){0,2}(?:-[0-9]{1,2})?",
    fullmatch=True,
)


@given(_ECOSYSTEMS, st.text() | _VERSIONS, st.text() | _VERSIONS)
def test_comparing_ends_in_an_answer_or_a_version_error(ecosystem: str, left: str, right: str) -> None:
    with contextlib.suppress(VersionError):
        assert compare(ecosystem, left, right) == -compare(ecosystem, right, left)


@pytest.mark.parametrize("ecosystem", sorted(ORDERED_TYPES))
@given(data=st.data())
def test_versions_are_in_one_order(ecosystem: str, data: st.DataObject) -> None:
    known = _IN_ORDER.get(ecosystem)
    texts = st.from_regex(known, fullmatch=True) if known else _VERSIONS | _TRIPLES
    a, b, c = data.draw(st.tuples(texts, texts, texts))
    with contextlib.suppress(VersionError):
        assert compare(ecosystem, a, a) == 0
        assert compare(ecosystem, a, b) == -compare(ecosystem, b, a)
        if compare(ecosystem, a, b) == 0:
            assert compare(ecosystem, a, c) == compare(ecosystem, b, c)
        if compare(ecosystem, a, b) <= 0 and compare(ecosystem, b, c) <= 0:
            assert compare(ecosystem, a, c) <= 0


@given(_ECOSYSTEMS, st.text(), _VERSIONS)
def test_any_text_is_a_range_or_an_error(ecosystem: str, text: str, version: str) -> None:
    with contextlib.suppress(InputError, VersionError):
        versions = VersionRange.parse(text)
        versions.check(ecosystem)
        versions.contains(ecosystem, version)


@given(_ECOSYSTEMS, st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), _VERSIONS, _VERSIONS)
def test_a_range_and_its_opposite_divide_all_versions(
    ecosystem: str, operator: str, bound: str, version: str
) -> None:
    opposite = {"<": ">=", ">=": "<", "<=": ">", ">": "<=", "=": "!=", "!=": "="}[operator]
    with contextlib.suppress(VersionError, InputError):
        inside = VersionRange.parse(f"{operator}{bound}").contains(ecosystem, version)
        assert inside is not VersionRange.parse(f"{opposite}{bound}").contains(ecosystem, version)


@given(st.text() | st.text("pkg:a/%2@?=&#.* -", max_size=30).map("pkg:npm/".__add__))
def test_any_text_is_a_package_url_or_an_error(text: str) -> None:
    with contextlib.suppress(PackageUrlError):
        purl = read_purl(text)
        assert purl.path
        assert not any(part in {"", ".", ".."} for part in purl.path.split("/"))
    with contextlib.suppress(InputError):
        PackagePattern.parse(text)


_PARTS = st.text("aB1-_.+~é ", min_size=1, max_size=6).filter(lambda part: part.strip(" .") == part)


@given(
    st.sampled_from(["apk", "github", "pypi", "npm", "maven", "generic"]),
    st.lists(_PARTS, max_size=2),
    _PARTS,
    st.text("01.~+:-é", min_size=1, max_size=6) | st.none(),
    st.dictionaries(st.text("abc", min_size=1, max_size=3), st.text("aB&=/ ", min_size=1, max_size=5)),
)
def test_the_usual_library_reads_what_it_writes_the_same(
    kind: str, namespace: list[str], name: str, version: str | None, qualifiers: dict[str, str]
) -> None:
    assume(kind not in {"pypi", "npm"} or not namespace)
    text = PackageURL(kind, "/".join(namespace) or None, name, version, qualifiers).to_string()
    theirs, ours = PackageURL.from_string(text), read_purl(text)
    assert (ours.type, ours.version) == (theirs.type, theirs.version or "")
    path = "/".join(part for part in (theirs.namespace, theirs.name) if part)
    # The library leaves dots and runs in PyPI's names alone; the type's definition does not.
    assert ours.path == path if kind != "pypi" else ours.path.replace("-", "") == _bare(path)
    assert dict(ours.qualifiers) == {key: value for key, value in theirs.qualifiers.items() if value}


def _bare(path: str) -> str:
    return path.replace("-", "").replace("_", "").replace(".", "")


@given(st.text("ab-", min_size=1, max_size=5), st.text("ab-", min_size=1, max_size=5))
def test_a_pattern_without_wildcards_is_one_package(first: str, second: str) -> None:
    pattern = PackagePattern.parse(f"pkg:npm/{first}")
    assert pattern.matches_purl(f"pkg:npm/{second}@1") is (first == second)
