"""SPDX licence expressions, as the specification's annex D has them."""

from __future__ import annotations

import pytest

from verifier.limits import LICENSE_DEPTH, LICENSE_LENGTH
from verifier.policy.licenses import AllOf, AnyOf, License, LicenseError, in_the_way, parse, parse_license

MIT = License("MIT", "", listed=True)
ISC = License("ISC", "", listed=True)
ZLIB = License("Zlib", "", listed=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MIT", MIT),
        ("mit", MIT),
        ("  MIT ", MIT),
        ("(MIT)", MIT),
        ("MIT AND ISC", AllOf((MIT, ISC))),
        ("mit and isc", AllOf((MIT, ISC))),
        ("MIT OR ISC OR Zlib", AnyOf((MIT, ISC, ZLIB))),
        ("MIT OR ISC AND Zlib", AnyOf((MIT, AllOf((ISC, ZLIB))))),
        ("MIT AND ISC OR Zlib", AnyOf((AllOf((MIT, ISC)), ZLIB))),
        ("(MIT OR ISC) AND Zlib", AllOf((AnyOf((MIT, ISC)), ZLIB))),
        ("MIT AND(ISC)", AllOf((MIT, ISC))),
    ],
)
def test_precedence_case_and_parentheses(text: str, expected: object) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GPL-2.0", "GPL-2.0-only"),
        ("gpl-2.0", "GPL-2.0-only"),
        ("GPL-2.0+", "GPL-2.0-or-later"),
        ("GPL-2.0-only+", "GPL-2.0-or-later"),
        ("GPL-2.0-or-later+", "GPL-2.0-or-later"),
        ("LGPL-2.1+", "LGPL-2.1-or-later"),
        ("AGPL-3.0", "AGPL-3.0-only"),
        ("GFDL-1.3", "GFDL-1.3-only"),
        ("GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("GPL-2.0-with-bison-exception+", "GPL-2.0-or-later WITH Bison-exception-2.2"),
        ("wxWindows", "GPL-2.0-or-later WITH WxWindows-exception-3.1"),
        ("BSD-2-Clause-FreeBSD", "BSD-2-Clause-Views"),
        ("Apache-2.0+", "Apache-2.0+"),
        ("apache-2.0+", "Apache-2.0+"),
        ("gpl-2.0-only with classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
    ],
)
def test_listed_licences_come_out_as_the_list_writes_them_today(text: str, expected: str) -> None:
    license_ = parse_license(text)
    assert (str(license_), license_.listed) == (expected, True)


@pytest.mark.parametrize(
    "text",
    [
        "LicenseRef-MIT-Bootstrap",
        "LicenseRef-gpl-3.0",
        "DocumentRef-spdx-tool-1.2:LicenseRef-MIT-Style-2",
        "Public-Domain",
        "custom",
        "GPL",
        "MIT WITH MIT",
        "MIT WITH Foo-exception",
        "Classpath-exception-2.0",
        "LicenseRef-x WITH Classpath-exception-2.0",
        "Foo+",
    ],
)
def test_everything_else_stays_what_it_is_and_is_not_listed(text: str) -> None:
    license_ = parse_license(text)
    assert (str(license_), license_.listed) == (text, False)


def test_an_exception_does_not_hide_the_licence_behind_an_old_name() -> None:
    license_ = parse_license("GPL-2.0-with-classpath-exception WITH Font-exception-2.0")
    assert license_ == License("GPL-2.0-only", "Font-exception-2.0", listed=False)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("MIT AND", "no licence expression: a licence is missing before its end"),
        ("AND MIT", "no licence expression: a licence is missing before 'AND'"),
        ("MIT OR ISC OR", "no licence expression: a licence is missing before its end"),
        ("(MIT) ISC OR", "no licence expression: AND or OR is missing before 'ISC'"),
        ("MIT ISC", "no licence expression: AND or OR is missing before 'ISC'"),
        ("MIT And ISC", "no licence expression: AND or OR is missing before 'And'"),
        ("(MIT", "no licence expression: a closing parenthesis is missing before its end"),
        ("MIT)", "no licence expression: AND or OR is missing before ')'"),
        ("()", "no licence expression: a licence is missing before ')'"),
        ("MIT WITH", "no licence expression: an exception is missing before its end"),
        ("(MIT) WITH Foo", "no licence expression: AND or OR is missing before 'WITH'"),
        ("GPL-2.0-only WITH (Foo)", "no licence expression: an exception is missing before '('"),
        ("A WITH B WITH C", "no licence expression: AND or OR is missing before 'WITH'"),
        ("NOT MIT", "no licence expression: AND or OR is missing before 'MIT'"),
        ("LicenseRef-x+", "'LicenseRef-x+' is no licence identifier"),
        ("licenseref-x", "'licenseref-x' is no licence identifier"),
        ("LicenseRef-", "'LicenseRef-' is no licence identifier"),
        ("MIT:ISC", "'MIT:ISC' is no licence identifier"),
        ("-", "'-' is no licence identifier"),
        ("MIT/X11", "holds a character that no licence expression has"),
        ("MIT\nAND ISC", "holds a character that no licence expression has"),
        ("MIT\t", "holds a character that no licence expression has"),
        ("\u041cIT", "holds a character that no licence expression has"),
        ("MIT\u00a0", "holds a character that no licence expression has"),
        ("MIT & ISC", "holds a character that no licence expression has"),
    ],
)
def test_what_is_no_expression_is_said(text: str, problem: str) -> None:
    with pytest.raises(LicenseError) as caught:
        parse(text)
    assert problem in str(caught.value)


def test_one_licence_is_wanted_where_a_policy_names_one() -> None:
    with pytest.raises(LicenseError, match="'MIT OR ISC' is more than one licence"):
        parse_license("MIT OR ISC")


def test_a_document_is_not_quoted_with_its_control_characters() -> None:
    with pytest.raises(LicenseError) as caught:
        parse("MIT\x1b[2J")
    assert "\x1b" not in str(caught.value)


def test_length_and_depth_are_bounded() -> None:
    assert parse("A" * LICENSE_LENGTH)
    with pytest.raises(LicenseError, match=f"of {LICENSE_LENGTH + 1} characters"):
        parse("A" * (LICENSE_LENGTH + 1))
    assert parse("(" * LICENSE_DEPTH + "MIT" + ")" * LICENSE_DEPTH) == MIT
    with pytest.raises(LicenseError, match="nested deeper"):
        parse("(" * (LICENSE_DEPTH + 1) + "MIT" + ")" * (LICENSE_DEPTH + 1))


@pytest.mark.parametrize(
    "text",
    [
        " AND ".join(["MIT"] * 1200),
        " OR ".join(f"L{number}" for number in range(1000)),
        "(" * 5000 + "MIT" + ")" * 5000,
        "(" * 10_000,
        ")" * 10_000,
        ("(" * 60 + "MIT" + ")" * 60 + " AND ") * 80 + "MIT",
        "A " * 5000,
        "A WITH B AND " * 700 + "A",
        "(A OR " + "(B AND " * 1200 + "C" + ")" * 1201,
    ],
)
def test_long_and_deep_expressions_are_read_or_refused(text: str) -> None:
    try:
        expression = parse(text)
    except LicenseError:
        return
    assert in_the_way(expression, lambda _: False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MIT", []),
        ("GPL-3.0-only", ["GPL-3.0-only"]),
        ("MIT OR GPL-3.0-only", []),
        ("MIT AND GPL-3.0-only", ["GPL-3.0-only"]),
        ("GPL-3.0-only OR SSPL-1.0", ["GPL-3.0-only", "SSPL-1.0"]),
        ("(MIT OR GPL-3.0-only) AND (SSPL-1.0 OR MIT AND SSPL-1.0)", ["SSPL-1.0"]),
    ],
)
def test_what_is_in_the_way_is_named_once(text: str, expected: list[str]) -> None:
    found = in_the_way(parse(text), lambda license_: license_.name == "MIT")
    assert [str(license_) for license_ in found] == expected
