"""What is wrong with a policy file is said together with what to write in its place (PFL-01, PFL-02)."""

from __future__ import annotations

import pytest

from tests.unit.policy.test_document import GOOD
from verifier.errors import PolicyError
from verifier.policy.document import load_policy

MORE = (
    GOOD
    + """\
  - image-user: {id: mine, min-uid: 1000, root-group: false}
  - licenses:
      allow: [MIT]
      max-age: 90d
  - any-of:
      - - packages: {deny: [{name: telnet}]}
        - signature: {}
      - - attestation: {type: spdx}
exceptions:
  - id: one
    rule: licenses
    owner: platform@example.com
    reason: because
    ticket: T-1
    expires: 2027-03-31
"""
)

# What is changed in the good policy, and what to do about it.
FAULTS: dict[str, tuple[str, str, str]] = {
    "tab": ("    issuer:", "\tissuer:", "indent with spaces: there is a tab at the beginning of the line"),
    "tab below": ("name: app", "name:\n\tapp: 1", "indent with spaces"),
    "column": ("    subject:", "   subject:", "does not stand in one column"),
    "options beside their rule": ("      allow:", "    allow: x: y", "look at the indentation"),
    "bare star": ("- ghcr.io/org/app", "- **", "put a text that begins with * or & in quotes"),
    "bare exclamation mark": ("allow: [MIT]", "allow: [!x.y(]", "put a text that begins with ! in quotes"),
    "bare at": ("name: app", "name: @app", "put a text that begins with @"),
    "open list": ("allow: [MIT]", "allow: [MIT", "a closing bracket"),
    "open quote": ("ticket: T-1", "ticket: 'T-1", "a quote that opens has no end"),
    "no colon": ("require:\n", "require\n", "a colon and a space are missing"),
    "second document": ("require:", "---\nrequire:", "write one policy in one file"),
    "alias": ("name: app", "name: *x", "write out what it stands for"),
    "anchor": ("name: app", "name: &x app", "write the value where it is used"),
    "tag": ("name: app", "name: !!str app", "leave it out"),
    "duplicate": (
        "name: app\n",
        "name: app\nname: b\n",
        "it stands in line 2 already: leave one of the two out",
    ),
    "byte order mark": ("version: 1", "\ufeffversion: 1", "save the file as UTF-8 without a byte order mark"),
    "hidden": ("name: app", "name: app # \u202e", "take it out; an editor may not show it"),
    "no version": ("version: 1\n", "", "write version: 1"),
    "version as text": ("version: 1", "version: '1'", "write version: 1"),
    "no ticket": ("    ticket: T-1\n", "", "needed are id, rule, owner, reason, ticket, expires; ticket: "),
    "empty ticket": ("ticket: T-1", "ticket: #1", "put a text that begins with # in quotes"),
    "Kubernetes": ("version: 1", "apiVersion: x", "'verify policy convert'"),
    "another tool's word": ("    subject:", "    subjectRegExp:", "did you mean 'subject-pattern'?"),
    "another tool's ending": ("    subject:", "    subject-regexp:", "did you mean 'subject-pattern'?"),
    "camel case": ("any-of:", "anyOf:", "did you mean 'any-of'?"),
    "all of them": ("any-of:", "all-of:", "all rules of a list must hold"),
    "text for a list": ("allow: [MIT]", "allow: MIT", "write a list: [MIT]"),
    "mapping for a list": ("  - id: one", "    id: one", "begin each item with a dash"),
    "list for a mapping": ("  release:\n    issuer", "  - issuer", "without dashes"),
    "text for a rule": (
        "  - licenses:\n      allow: [MIT]\n      max-age: 90d\n",
        "  - ntia\n",
        "write ntia: {} ",
    ),
    "text for a package": ("{name: telnet}", "telnet", "known are name, purl, reason, versions"),
    "nothing for a rule": ("signature: {signers: [release]}", "signature:", "write signature: {}"),
    "nothing for a text": (
        "subject: https://github.com/org/app",
        "subject:",
        "write a value, or leave it out",
    ),
    "alternative of one level": ("- - attestation", "- attestation", "begin it with two dashes"),
    "one alternative": ("      - - attestation: {type: spdx}\n", "", "at least one of these lists"),
    "number in quotes": ("min-uid: 1000", "min-uid: '1000'", "write digits alone"),
    "number with zeros": ("min-uid: 1000", "min-uid: 01000", "write digits alone"),
    "small number": ("min-uid: 1000", "min-uid: 0", "min-uid: The smallest number that is accepted"),
    "no for false": ("root-group: false", "root-group: no", "write true or false"),
    "days without a unit": ("max-age: 90d", "max-age: 90", "90d are days"),
    "number for a text": ("name: app", "name: 1", "put it in quotes"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_said_with_what_to_do(name: str) -> None:
    old, new, hint = FAULTS[name]
    assert old in MORE
    with pytest.raises(PolicyError) as caught:
        load_policy(MORE.replace(old, new, 1).encode(), source="policy.yaml")
    assert hint in str(caught.value.hint), caught.value


def test_the_good_one_is_read() -> None:
    assert len(load_policy(MORE.encode(), source="policy.yaml").rules) == 4


def test_what_is_no_text_is_said_with_what_to_do() -> None:
    with pytest.raises(PolicyError) as caught:
        load_policy(b"name: \xe9", source="policy.yaml")
    assert caught.value.hint == "save the file as UTF-8"
    with pytest.raises(PolicyError, match="the policy is empty"):
        load_policy(b"# nothing\n", source="policy.yaml")
