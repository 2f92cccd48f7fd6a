"""The rule on licences: exceptions for packages, and texts that a document defines."""

from __future__ import annotations

from hashlib import sha256

import pytest

from tests.unit.policy.sboms import messages, package, sbom
from verifier.model.sbom import ExtractedLicense

TEXT = "Do what you like."
HASH = sha256(TEXT.encode()).hexdigest()
EXCEPTION = "exceptions: [{purl: 'pkg:apk/*/busybox', allow: [GPL-2.0-only, NOASSERTION], reason: known}]"


@pytest.mark.parametrize("lists", ["allow: [MIT]", "deny: [GPL-*]"])
def test_an_exception_is_for_its_packages_and_licences(lists: str) -> None:
    rule = f"licenses: {{{lists}, {EXCEPTION}}}"
    for declared in ("GPL-2.0-only", "GPL-2.0-only AND MIT", "NOASSERTION", ""):
        assert messages(rule, sbom(package("busybox", declared))) == []
        assert len(messages(rule, sbom(package("other", declared)))) == 1
    for declared in ("GPL-3.0-only", "NONE", "GPL-2.0-only AND GPL-3.0-only", "GPL-2.0-only AND"):
        assert len(messages(rule, sbom(package("busybox", declared)))) == 1


def test_an_exception_for_some_versions_needs_both_that_a_package_states() -> None:
    rule = "licenses: {allow: [MIT], exceptions: [{name: a, versions: '<2', allow: [ISC], reason: x}]}"
    for version, purl, refused in (
        ("1-r0", "1-r0", 0),
        ("1-r0", "5-r0", 1),
        ("5-r0", "1-r0", 1),
        ("", "1-r0", 0),
    ):
        one = package("a", "ISC", version=version, purls=[f"pkg:apk/wolfi/a@{purl}"])
        assert len(messages(rule, sbom(one))) == refused


def test_an_exception_needs_all_package_urls_of_a_package() -> None:
    rule = f"licenses: {{allow: [MIT], {EXCEPTION}}}"
    one = "pkg:apk/wolfi/busybox@1.36-r0"
    for purls, refused in (
        ([one], 0),
        ([one, "pkg:apk/wolfi/other@1"], 1),
        ([one, "pkg:nonsense"], 1),
        ([], 1),
    ):
        assert len(messages(rule, sbom(package("busybox", "GPL-2.0-only", purls=purls)))) == refused


def test_an_exception_may_be_for_a_name_and_for_versions() -> None:
    rule = "licenses: {{allow: [MIT], exceptions: [{{name: BusyBox, {}allow: [GPL-2.0-only], reason: x}}]}}"
    every, some = rule.format(""), rule.format('versions: "<1.36", ')
    assert messages(every, sbom(package("busybox", "GPL-2.0-only", purls=[]))) == []
    assert messages(every, sbom(package("busybox", "GPL-2.0-only"))) == []
    assert messages(some, sbom(package("busybox", "GPL-2.0-only", version="1.35-r0"))) == []
    assert len(messages(some, sbom(package("busybox", "GPL-2.0-only")))) == 1
    # Without a package URL it is not known how versions compare.
    assert len(messages(some, sbom(package("busybox", "GPL-2.0-only", version="1.35-r0", purls=[])))) == 1


def test_a_text_of_the_documents_own_may_be_named_by_its_hash() -> None:
    rule = f"licenses: {{allow: [MIT, {{id: LicenseRef-font, sha256: {HASH}}}]}}"
    font = package("font", "LicenseRef-font AND MIT")
    good = ExtractedLicense("LicenseRef-font", "Font", TEXT)
    other = good._replace(text=TEXT + " ")
    assert messages(rule, sbom(font, extracted=[good])) == []
    assert messages(rule, sbom(font, extracted=[good, good])) == []
    (message,) = messages(rule, sbom(font, extracted=[other]))
    assert sha256(other.text.encode()).hexdigest() in message
    assert "LicenseRef-font is allowed with another text than this" in message
    assert len(messages(rule, sbom(font, extracted=[good, other]))) == 1
    assert len(messages(rule, sbom(font))) == 1
    assert len(messages(rule, sbom(package("font", "LicenseRef-font WITH Mine"), extracted=[good]))) == 1


def test_a_text_may_be_named_for_some_packages_only() -> None:
    item = f"{{name: font, allow: [{{id: LicenseRef-font, sha256: {HASH}}}], reason: x}}"
    rule = f"licenses: {{allow: [MIT], exceptions: [{item}]}}"
    extracted = [ExtractedLicense("LicenseRef-font", "Font", TEXT)]
    assert messages(rule, sbom(package("font", "LicenseRef-font"), extracted=extracted)) == []
    assert len(messages(rule, sbom(package("other", "LicenseRef-font"), extracted=extracted))) == 1
