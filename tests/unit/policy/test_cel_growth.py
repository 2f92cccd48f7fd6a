"""Which expressions stay true when there is more evidence."""

from __future__ import annotations

import pytest

from verifier.policy.cel import compile_expression
from verifier.policy.cel_growth import only_grows

GROWS = [
    'signatures.exists(s, s.logProof == "promise")',
    "signatures.exists(s, true) // signatures.all",
    'signatures.exists(s, s.logProof == "signatures")',
    '(attestations.exists(a, true) || image.registry == "ghcr.io") && size(signatures) >= 2',
    "true && signatures . exists ( s , true )",
    "provenance.size() > 0",
    "!image.isIndex && attestations.exists(a, !(a.scope in ['index']))",
]
MAY_NOT = [
    "signatures.all(s, true)",
    "!signatures.exists(s, true)",
    "!(signatures.exists(s, true))",
    "signatures.exists(s, true) == false",
    "signatures.exists(s, attestations.all(a, true))",
    "signatures.exists(s, true) || attestations.all(a, true)",
    "signatures.exists_one(s, true)",
    "signatures.size() < 3",
    "size(signatures) == 1",
    "signatures.filter(s, true).size() > 0",
    "image.isIndex ? signatures.exists(s, true) : true",
    "cel.bind(x, signatures, x.size() < 2)",
    # Texts whose end is not where a quick look has it.
    r'image.name != r"\d" && signatures.all(s, s.logProof == "a")',
    '"""signatures""" == "" || signatures.all(s, true)',
    "image.name == 'a' // ' \n && signatures.all(s, true)",
    r"image.name == '\'' && signatures.all(s, true) && '' == ''",
]


@pytest.mark.parametrize("expression", GROWS)
def test_it_stays_true(expression: str) -> None:
    compile_expression(expression, None, "bool")
    assert only_grows(expression)


@pytest.mark.parametrize("expression", MAY_NOT)
def test_it_may_not(expression: str) -> None:
    compile_expression(expression, None, "bool")
    assert not only_grows(expression)
