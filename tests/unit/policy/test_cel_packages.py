"""Rules in CEL on SBOMs and their packages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.unit.policy.cel_judging import (
    SBOM,
    SIGNED,
    found,
    one,
    rule,
    with_packages,
)
from tests.unit.policy.factory import (
    AMD64,
    ARM64,
    INDEX,
    MALLORY,
    SPDX,
    attestation,
    decoded,
    image,
    package,
)
from tests.unit.policy.judging import judge
from verifier.model.finding import Outcome, Verdict
from verifier.model.sbom import DecodedSbom
from verifier.model.verified import VerifiedStatement

BUSYBOX = package("busybox")._replace(
    version="1.36.1-r2",
    license_declared="GPL-2.0-only",
    purls=("pkg:apk/wolfi/busybox@1.36.1-r2",),
    path="$.packages[0]",
)
ZLIB = package("zlib")._replace(version="1.3", license_declared="Zlib", path="$.packages[1]")


def test_every_package_is_judged() -> None:
    decode = with_packages(BUSYBOX, ZLIB)
    check = 'pkg.licenseDeclared != "GPL-2.0-only"'
    (finding,) = found(image(SIGNED, SBOM), check, each="package", decode=decode)
    assert finding.message == f"busybox 1.36.1-r2: the check does not hold: {check}"
    assert finding.package == "pkg:apk/wolfi/busybox@1.36.1-r2"
    assert finding.element == "$.packages[0]"
    assert finding.evidence == (SBOM.evidence,)
    check = 'pkg.licenseDeclared in ["GPL-2.0-only", "Zlib"]'
    (finding,) = found(image(SIGNED, SBOM), check, each="package", decode=decode)
    assert (finding.outcome, finding.message) == (
        Outcome.PASS,
        f"the check holds for each package: {check}",
    )
    assert finding.evidence == (SBOM.evidence,)


def test_a_package_without_the_field_fails() -> None:
    unknown = ZLIB._replace(license_declared="NOASSERTION")
    for item in (unknown, ZLIB._replace(license_declared="")):
        (finding,) = found(
            image(SIGNED, SBOM),
            'pkg.licenseDeclared != "GPL-2.0-only"',
            each="package",
            decode=with_packages(item),
        )
        assert finding.message == (
            'zlib 1.3: the check could not be evaluated: Key not found in map : "licenseDeclared"'
        )
        assert finding.package == "zlib@1.3"


def test_when_chooses_among_packages() -> None:
    decode = with_packages(BUSYBOX, ZLIB)
    options: dict[str, Any] = {"each": "package", "when": 'pkg.name == "zlib"'}
    (finding,) = found(image(SIGNED, SBOM), 'pkg.version == "1.3"', decode=decode, **options)
    assert finding.outcome is Outcome.PASS
    (finding,) = found(image(SIGNED, SBOM), 'pkg.version == "1.4"', decode=decode, **options)
    assert (finding.outcome, finding.package) == (Outcome.FAIL, "zlib@1.3")
    options["when"] = 'pkg.name == "openssl"'
    (finding,) = found(image(SIGNED, SBOM), 'pkg.version == "1.4"', decode=decode, **options)
    assert (finding.outcome, finding.verdict) == (Outcome.SKIP, Verdict.PASS)


def test_all_packages_of_several_batches_are_judged() -> None:
    many = [ZLIB._replace(name=f"p{n}", path=f"$.packages[{n}]") for n in range(2500)]
    decode = with_packages(*many)
    (finding,) = found(image(SIGNED, SBOM), "pkg.name != 'p2400'", each="package", decode=decode)
    assert (finding.outcome, finding.element) == (Outcome.FAIL, "$.packages[2400]")
    (finding,) = found(image(SIGNED, SBOM), "pkg.name != 'p2500'", each="package", decode=decode)
    assert finding.outcome is Outcome.PASS


def test_packages_of_every_sbom_count() -> None:
    other = attestation(SPDX, AMD64, name="other")

    def decode(statement: VerifiedStatement) -> DecodedSbom:
        return with_packages(BUSYBOX if statement is other else ZLIB)(statement)

    (finding,) = found(image(SIGNED, SBOM, other), 'pkg.name != "busybox"', each="package", decode=decode)
    assert (finding.outcome, finding.evidence) == (Outcome.FAIL, (other.evidence,))
    assert one(image(SIGNED, SBOM, other), "sbom.packages == 1")[0] is Outcome.PASS


@pytest.mark.parametrize("options", [{"each": "package"}, {}])
def test_without_an_sbom_of_the_platform_nothing_passes(options: dict[str, str]) -> None:
    check = "pkg.name != ''" if options else "sbom.packages > 0"
    none: Sequence[VerifiedStatement] = ()
    strangers = [attestation(SPDX, AMD64, signer=MALLORY)]
    cases: list[tuple[Sequence[VerifiedStatement], str]] = [
        (none, "StatementError"),
        (strangers, "IdentityError"),
        ([attestation(SPDX, INDEX)], "SbomError"),
        ([attestation(SPDX, ARM64)], "StatementError"),
    ]
    for statements, code in cases:
        outcome, verdict, found_code, _ = one(image(SIGNED, *statements), check, **options)
        assert (outcome, verdict, found_code) == (Outcome.FAIL, Verdict.UNVERIFIED, code)
    assert one(image(SIGNED, SBOM), check, **options)[0] is Outcome.PASS


def test_an_sbom_of_nothing_fails() -> None:
    (finding,) = found(
        image(SIGNED, SBOM), "pkg.name != ''", each="package", decode=lambda s: decoded(s, packages=0)
    )
    assert (finding.outcome, finding.verdict, finding.code) == (
        Outcome.FAIL,
        Verdict.UNVERIFIED,
        "SbomError",
    )


def test_an_exception_for_packages_leaves_the_others() -> None:
    judgement = judge(
        image(SIGNED, SBOM),
        rule("pkg.name == ''", each="package"),
        "exceptions:\n  - {id: e, rule: cel, packages: ['pkg:apk/wolfi/busybox'], owner: o, reason: r,"
        " ticket: t, expires: 2027-01-01}\n",
        decode=with_packages(BUSYBOX, ZLIB),
    )
    outcomes = {f.package: f.outcome for f in judgement.platforms[0].checks if f.rule == "cel"}
    assert outcomes == {BUSYBOX.purls[0]: Outcome.WAIVED, "zlib@1.3": Outcome.FAIL}
    assert judgement.verdict is Verdict.FAIL
