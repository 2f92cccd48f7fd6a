"""The options of the rule on licences: what can be written, and what is an error."""

from __future__ import annotations

from hashlib import sha256

import pytest

from tests.unit.policy.judging import policy
from verifier.errors import PolicyError

HASH = sha256(b"Do what you like.").hexdigest()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("{}", "it allows nothing and denies nothing"),
        ("{allow: []}", "is empty"),
        ("{which: both}", "it allows nothing and denies nothing"),
        ("{allow: [MTI]}", "'MTI' is not on the SPDX list"),
        ("{deny: [AGPL-3.0-onyl]}", "'AGPL-3.0-onyl' is not on the SPDX list"),
        ("{allow: ['MIT WITH Clazzpath']}", "'Clazzpath' is not on the SPDX list"),
        ("{allow: ['GPL-2.0-with-font-exception WITH Bison-exception-2.2']}", "is not on the SPDX list"),
        ("{allow: ['MIT OR ISC']}", "'MIT OR ISC' is more than one licence"),
        ("{allow: ['MIT AND']}", "no licence expression"),
        ("{deny: [GPL-2.0]}", "GPL-2.0 means GPL-2.0-only only"),
        ("{deny: [agpl-3.0]}", "agpl-3.0 means AGPL-3.0-only only"),
        ("{deny: [GLP-*]}", "no licence of the SPDX list begins with GLP-"),
        ("{deny: ['*']}", "a * stands at the end only, after a dash"),
        ("{deny: [GPL*]}", "a * stands at the end only, after a dash"),
        ("{deny: ['*-only']}", "a * stands at the end only, after a dash"),
        ("{allow: [LicenseRef-*]}", "LicenseRef-* would allow whatever a document defines"),
        ("{allow: [NOASSERTION]}", "NOASSERTION is no licence"),
        ("{allow: [{unlisted: NONE}]}", "NONE is no licence"),
        ("{allow: [{unlisted: mit}]}", "MIT needs no 'unlisted'"),
        ("{allow: [{unlisted: LicenseRef-x}]}", "LicenseRef-x needs no 'unlisted'"),
        ("{allow: [{id: MIT, sha256: x}]}", "id is for a LicenseRef-…"),
        ("{allow: [{id: LicenseRef-x}]}", "id is for a LicenseRef-…"),
        (f"{{allow: [{{id: 'DocumentRef-a:LicenseRef-x', sha256: {HASH}}}]}}", "id is for a LicenseRef-…"),
        ("{allow: [{id: LicenseRef-x, sha256: abc}]}", "not 64 hexadecimal digits"),
        (f"{{deny: [{{id: LicenseRef-x, sha256: {HASH}}}]}}", "a licence is denied by its name"),
        (f"{{allow: [{{sha256: {HASH}}}]}}", "a licence is named by id and sha256, or by unlisted"),
        ("{allow: [MIT], deny: [mit]}", "MIT is allowed and denied"),
        ("{allow: [MIT], unknown: yes}", "cannot be"),
        ("{allow: [MIT], exceptions: [{name: x, allow: [ISC]}]}", "lacks 'reason'"),
        ("{allow: [MIT], exceptions: [{allow: [ISC], reason: x}]}", "it needs a purl or a name"),
        ("{allow: [MIT], exceptions: [{name: x, allow: [ISK], reason: x}]}", "'ISK' is not on the SPDX list"),
        ("{allow: [MIT], select: any}", "licenses cannot select any"),
    ],
)
def test_a_policy_that_could_mean_something_else_is_an_error(options: str, problem: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy(f"  - licenses: {options}\n")
    assert problem in caught.value.message


def test_an_error_says_where_and_what_is_near() -> None:
    with pytest.raises(PolicyError) as caught:
        policy("  - licenses:\n      deny:\n        - SSPL-1.0\n        - AGPL-3.0-onyl\n")
    assert caught.value.place == "policy.yaml:10:11"
    assert caught.value.hint is not None
    assert "did you mean 'AGPL-3.0-only'?" in caught.value.hint
    with pytest.raises(PolicyError) as caught:
        policy("  - licenses: {allow: [MIT], exceptions: [{name: x, allow: [NONE, ISK], reason: y}]}\n")
    assert caught.value.place == "policy.yaml:7:67"


def test_what_it_asks_for_is_a_sentence() -> None:
    (clause,) = policy("  - licenses: {allow: [ISC, MIT], deny: [GPL-*], which: declared}\n").rules
    assert clause.rule.asks() == (
        "the declared licence of every package is one of ISC, MIT and is none of GPL-*, in every SBOM about"
        " the platform by release"
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("GPLv2", "did you mean 'GPL-2.0-only' or 'GPL-2.0-or-later'? If documents"),
        ("gpl3+", "did you mean 'GPL-3.0-only' or 'GPL-3.0-or-later'?"),
        ("LGPL v2.1", "name one licence"),
        ("LGPL-2", "did you mean 'LGPL-2.0-only' or 'LGPL-2.0-or-later'?"),
        ("AGPLv9", "If documents do say so"),
        ("GPL", "did you mean one of the family, or all of it: 'GPL-*'?"),
        ("BSD", "'BSD-*'"),
        ("Apache", "'Apache-*'"),
        ("Apache-2", "did you mean 'Apache-2.0'?"),
    ],
)
def test_what_people_call_licences_has_a_suggestion(written: str, meant: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy(f"  - licenses: {{allow: [{written}]}}\n")
    assert caught.value.hint is not None
    assert meant in caught.value.hint
