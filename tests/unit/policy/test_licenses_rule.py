"""The rule on licences."""

from __future__ import annotations

import pytest

from tests.unit.policy.sboms import findings, messages, operating_system, package, sbom, the_image
from verifier.limits import LICENSE_LENGTH, LICENSE_TOTAL
from verifier.model.finding import Outcome, Verdict


def judged(options: str, declared: str, concluded: str = "NOASSERTION") -> list[str]:
    """What the rule says against one package, beside an image that says nothing."""
    return messages(f"licenses: {options}", sbom(the_image(), package("busybox", declared, concluded)))


@pytest.mark.parametrize(
    ("options", "declared"),
    [
        ("{allow: [MIT]}", "MIT"),
        ("{allow: [mit]}", "MIT"),
        ("{allow: [MIT]}", "mit"),
        ("{allow: [MIT]}", "MIT OR GPL-3.0-only"),
        ("{allow: [MIT, ISC]}", "MIT AND ISC"),
        ("{allow: [GPL-2.0]}", "GPL-2.0-only"),
        ("{allow: [GPL-2.0-only]}", "GPL-2.0"),
        ("{allow: [GPL-2.0+]}", "GPL-2.0-or-later"),
        ("{allow: [GPL-*]}", "GPL-2.0-or-later"),
        ("{allow: [bsd-*]}", "BSD-3-Clause"),
        ("{allow: [Apache-*]}", "Apache-2.0+"),
        ("{allow: ['GPL-2.0-only WITH Classpath-exception-2.0']}", "GPL-2.0-with-classpath-exception"),
        ("{allow: [LicenseRef-font]}", "LicenseRef-font"),
        ("{allow: ['DocumentRef-a:LicenseRef-b']}", "DocumentRef-a:LicenseRef-b"),
        ("{allow: [{unlisted: Public-Domain}]}", "Public-Domain"),
        ("{allow: [MIT], unknown: allow}", "MIT AND Public-Domain AND LicenseRef-x"),
        ("{deny: [GPL-*]}", "MIT"),
        ("{deny: [GPL-*]}", "LGPL-2.1-only"),
        ("{deny: [GPL-*]}", "MIT OR GPL-3.0-only"),
        ("{deny: [GPL-2.0-only]}", "GPL-2.0-or-later"),
        ("{deny: [SSPL-1.0], unknown: allow}", "LicenseRef-x"),
        ("{deny: ['GPL-2.0-only WITH Classpath-exception-2.0']}", "GPL-2.0-only"),
        ("{allow: [GPL-*], deny: [GPL-3.0-*]}", "GPL-2.0-only"),
        ("{allow: [MIT], no-assertion: allow}", "MIT AND NOASSERTION"),
        ("{deny: [SSPL-1.0]}", "MIT OR custom AND SSPL-1.0"),
    ],
)
def test_licences_that_are_as_the_policy_wants_pass(options: str, declared: str) -> None:
    assert judged(options, declared) == []


@pytest.mark.parametrize(
    ("options", "declared", "reason"),
    [
        ("{allow: [MIT]}", "GPL-2.0-only", "GPL-2.0-only, which is not allowed"),
        ("{allow: [MIT]}", "MIT AND GPL-2.0", "MIT AND GPL-2.0: GPL-2.0-only is not allowed"),
        ("{allow: [MIT]}", "ISC OR Zlib", "ISC OR Zlib: ISC is not allowed, Zlib is not allowed"),
        ("{allow: [MIT]}", "MIT+", "MIT+, which is not allowed"),
        ("{allow: [GPL-2.0-or-later]}", "GPL-2.0-only", "GPL-2.0-only, which is not allowed"),
        ("{allow: [GPL-2.0-only]}", "GPL-2.0-or-later", "GPL-2.0-or-later, which is not allowed"),
        (
            "{allow: [GPL-*]}",
            "GPL-2.0-only WITH Classpath-exception-2.0",
            "GPL-2.0-only WITH Classpath-exception-2.0, which is not allowed",
        ),
        ("{allow: [GPL-*]}", "LGPL-2.1-only", "LGPL-2.1-only, which is not allowed"),
        (
            "{allow: [BSD-*]}",
            "BSD-mine",
            "BSD-mine, which is not on the SPDX list and not named by the policy",
        ),
        (
            "{allow: [MIT]}",
            "LicenseRef-MIT-Bootstrap",
            "LicenseRef-MIT-Bootstrap, which is a document's own and not named by the policy",
        ),
        (
            "{allow: [LicenseRef-font]}",
            "LicenseRef-Font",
            "LicenseRef-Font, which is a document's own and not named by the policy",
        ),
        ("{deny: [GPL-*]}", "GPL-2.0-only", "GPL-2.0-only, which is denied"),
        ("{deny: [GPL-*]}", "MIT AND GPL-2.0-only", "MIT AND GPL-2.0-only: GPL-2.0-only is denied"),
        (
            "{deny: [GPL-2.0-only]}",
            "GPL-2.0-with-classpath-exception",
            "GPL-2.0-with-classpath-exception: GPL-2.0-only WITH Classpath-exception-2.0 is denied",
        ),
        ("{deny: [SSPL-1.0]}", "SSPL-1.0+", "SSPL-1.0+, which is denied"),
        (
            "{deny: [GPL-2.0-only], unknown: allow}",
            "GPL-2.0-only WITH Mine",
            "GPL-2.0-only WITH Mine, which is denied",
        ),
        ("{deny: [GPL-*], unknown: allow}", "GPL-mine", "GPL-mine, which is denied"),
        ("{deny: [LicenseRef-Evil], unknown: allow}", "LicenseRef-evil", "LicenseRef-evil, which is denied"),
        (
            "{deny: [LicenseRef-*], unknown: allow}",
            "DocumentRef-a:LicenseRef-b",
            "DocumentRef-a:LicenseRef-b, which is denied",
        ),
        (
            "{deny: [SSPL-1.0]}",
            "LicenseRef-x",
            "LicenseRef-x, which is a document's own and not named by the policy",
        ),
        ("{deny: [SSPL-1.0]}", "custom", "custom, which is not on the SPDX list and not named by the policy"),
        ("{allow: [GPL-*], deny: [GPL-3.0-*]}", "GPL-3.0-only", "GPL-3.0-only, which is denied"),
        # One branch is allowed, the other is not denied; none is both.
        (
            "{allow: [GPL-3.0-*], deny: [GPL-3.0-only]}",
            "GPL-3.0-only OR MIT",
            "GPL-3.0-only OR MIT: GPL-3.0-only is denied, MIT is not allowed",
        ),
        ("{allow: [MIT]}", "MIT AND NOASSERTION", "MIT AND NOASSERTION: NOASSERTION is no licence"),
        (
            "{allow: [MIT], unknown: allow}",
            "NONE OR noassertion",
            "NONE OR noassertion: NONE is no licence, noassertion is no licence",
        ),
    ],
)
def test_licences_that_are_not_are_named(options: str, declared: str, reason: str) -> None:
    assert judged(options, declared) == [f"busybox 1.36-r0 declares {reason}"]


NOTHING = "busybox 1.36-r0 says nothing of its licence"
NONE = "busybox 1.36-r0 says that it has no licence (NONE)"


@pytest.mark.parametrize("lists", ["allow: [MIT]", "deny: [SSPL-1.0]"])
@pytest.mark.parametrize(
    ("declared", "concluded", "expected", "leniency"),
    [
        ("", "", [NOTHING], "missing"),
        ("  ", "", [NOTHING], "missing"),
        ("NOASSERTION", "NOASSERTION", [f"{NOTHING} (NOASSERTION)"], "no-assertion"),
        ("NOASSERTION", "", [f"{NOTHING} (NOASSERTION)"], "no-assertion"),
        ("", "NOASSERTION", [f"{NOTHING} (NOASSERTION)"], "no-assertion"),
        ("NONE", "NONE", [NONE], "none"),
        ("NONE", "NOASSERTION", [NONE], "none"),
        ("NOASSERTION", "NONE", [NONE], "none"),
        ("MIT", "NONE", [NONE], "none"),
        ("NONE", "MIT", [NONE], "none"),
    ],
)
def test_silence_fails_unless_the_policy_lets_it(
    lists: str, declared: str, concluded: str, expected: list[str], leniency: str
) -> None:
    assert judged(f"{{{lists}}}", declared, concluded) == expected
    assert judged(f"{{{lists}, {leniency}: allow}}", declared, concluded) == []
    others = {"missing", "no-assertion", "none", "unknown"} - {leniency}
    lenient = ", ".join(f"{other}: allow" for other in sorted(others))
    assert judged(f"{{{lists}, {lenient}}}", declared, concluded) == expected


@pytest.mark.parametrize(
    ("which", "declared", "concluded", "refused"),
    [
        ("both", "MIT", "NOASSERTION", 0),
        ("both", "MIT", "", 0),
        ("both", "NOASSERTION", "MIT", 0),
        ("both", "", "MIT", 0),
        ("both", "MIT", "MIT", 0),
        ("both", "MIT", "ISC", 1),
        ("both", "ISC", "MIT", 1),
        ("both", "ISC", "ISC", 1),
        ("both", "ISC", "Zlib", 2),
        ("declared", "MIT", "ISC", 0),
        ("declared", "ISC", "MIT", 1),
        ("declared", "NOASSERTION", "MIT", 1),
        ("declared", "MIT", "NONE", 0),
        ("concluded", "ISC", "MIT", 0),
        ("concluded", "MIT", "ISC", 1),
        ("concluded", "MIT", "NOASSERTION", 1),
    ],
)
def test_which_licence_counts(which: str, declared: str, concluded: str, refused: int) -> None:
    assert len(judged(f"{{allow: [MIT], which: {which}}}", declared, concluded)) == refused


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("MIT OR", "no licence expression: a licence is missing before its end"),
        ("MIT\nAND ISC", "'MIT\\\\x0aAND ISC' holds a character that no licence expression has"),
        ("A" * (LICENSE_LENGTH + 1), f"a licence expression of {LICENSE_LENGTH + 1} characters"),
        ("(" * 9000, "a licence expression nested deeper"),
    ],
)
def test_what_is_no_expression_fails_whatever_the_policy_lets_pass(text: str, problem: str) -> None:
    lenient = "unknown: allow, missing: allow, none: allow, no-assertion: allow"
    (finding,) = findings(f"licenses: {{deny: [SSPL-1.0], {lenient}}}", sbom(package("busybox", text)))
    assert (finding.outcome, finding.verdict, finding.code) == (Outcome.FAIL, Verdict.FAIL, "SbomError")
    assert finding.message.startswith("busybox 1.36-r0 declares '")
    assert problem in finding.message
    assert finding.element == "$.packages[0].licenseDeclared"


def test_a_finding_points_at_the_package() -> None:
    document = sbom(the_image(), package("busybox", "MIT", "GPL-2.0-only", number=1))
    (finding,) = findings("licenses: {allow: [MIT]}", document)
    assert finding.message == "busybox 1.36-r0 is concluded to have GPL-2.0-only, which is not allowed"
    assert (finding.code, finding.package) == ("PolicyError", "pkg:apk/wolfi/busybox@1.36-r0")
    assert finding.element == "$.packages[1].licenseConcluded"
    assert finding.hint is not None
    assert len(finding.evidence) == 1
    (finding,) = findings("licenses: {allow: [MIT]}", sbom(package("busybox")))
    assert finding.element == "$.packages[0]"
    assert finding.hint is not None
    assert "missing: allow" in finding.hint
    (finding,) = findings("licenses: {allow: [MIT]}", sbom(package("x", "ISC"), form="CycloneDX-1.6"))
    assert finding.element == "$.packages[0].licenses"


def test_a_pass_says_so() -> None:
    (finding,) = findings("licenses: {allow: [MIT]}", sbom(package("busybox", "MIT")))
    assert (finding.outcome, finding.verdict, finding.code) == (Outcome.PASS, Verdict.PASS, None)
    assert finding.message == "the licence of every package is allowed"


def test_image_and_operating_system_need_no_licence_and_must_not_have_a_wrong_one() -> None:
    good = package("busybox", "MIT")
    assert messages("licenses: {allow: [MIT]}", sbom(the_image(), operating_system(), good)) == []
    wrong = the_image()._replace(license_declared="GPL-2.0-only")
    assert messages("licenses: {allow: [MIT]}", sbom(wrong, good)) == [
        f"image {wrong.version} declares GPL-2.0-only, which is not allowed"
    ]
    # With a package URL it is a package like any other, whatever its purpose.
    posing = operating_system()._replace(purls=("pkg:apk/wolfi/wolfi@1",))
    assert messages("licenses: {allow: [MIT]}", sbom(posing, good)) == [
        "wolfi 20230201 says nothing of its licence"
    ]


def test_an_sbom_with_nothing_to_judge_fails() -> None:
    (finding,) = findings("licenses: {allow: [MIT]}", sbom(the_image(), operating_system()))
    assert (finding.outcome, finding.verdict, finding.code) == (Outcome.FAIL, Verdict.FAIL, "SbomError")
    assert "no package with a licence to judge" in finding.message
    (finding,) = findings("licenses: {allow: [MIT]}", sbom(the_image()))
    assert (finding.outcome, finding.verdict) == (Outcome.FAIL, Verdict.UNVERIFIED)


def test_every_sbom_is_judged() -> None:
    clean, wrong = sbom(package("a", "MIT")), sbom(package("b", "ISC"))
    for documents in ([clean, wrong], [wrong, clean]):
        assert messages("licenses: {allow: [MIT]}", *documents) == [
            "b 1.36-r0 declares ISC, which is not allowed"
        ]


def test_a_document_of_nothing_but_different_expressions_stops_at_a_bound() -> None:
    long = " AND ".join(["MIT"] * 1200)
    expressions = [f"{long} AND L{n:09}" for n in range(LICENSE_TOTAL // len(long))]
    count = LICENSE_TOTAL // len(expressions[0])
    packages = [package(f"p{n}", text) for n, text in enumerate(expressions[: count + 1])]
    *_, last = findings("licenses: {deny: [SSPL-1.0], unknown: allow}", sbom(*packages))
    assert (last.outcome, last.verdict, last.code) == (Outcome.ERROR, Verdict.UNAVAILABLE, "LimitExceeded")
    *_, last = findings("licenses: {deny: [SSPL-1.0], unknown: allow}", sbom(*packages[:-1]))
    assert last.outcome is Outcome.PASS
