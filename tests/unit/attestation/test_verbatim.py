"""The predicate to the byte."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.attestation.verbatim import predicate_text


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ('{"a":1,"predicate":{"x": 1.0,  "y":[1 , 2]},"b":2}', '{"x": 1.0,  "y":[1 , 2]}'),
        ('{ "predicate" : { } }', "{ }"),
        ('{"a":"\\"predicate\\":1","predicate":{"z":"\\u00e9"}}', '{"z":"\\u00e9"}'),
        ('{"nested":{"predicate":{"no":1}},"predicate":{"yes":1}}', '{"yes":1}'),
        ('{"predicate":"{\\"spdxVersion\\": \\"SPDX-2.3\\"}"}', '{"spdxVersion": "SPDX-2.3"}'),
        ('{"predicate":{"Data":{"x":  1},"Timestamp":"t"}}', '{"x":  1}'),
        ('{"predicate":{"Data":"{\\"x\\":1}"}}', '{"x":1}'),
        ('{"_type":"x"}', ""),
        ("{}", ""),
        ('{"predicate":null}', "null"),
    ],
)
def test_it_is_cut_out_of_the_payload(payload: str, expected: str) -> None:
    assert predicate_text(payload.encode()) == expected


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(VALUES, st.dictionaries(st.text(max_size=9), VALUES, max_size=4), st.booleans())
def test_it_says_the_same_as_a_parser(value: object, others: dict[str, object], indent: bool) -> None:
    if isinstance(value, str) or (isinstance(value, dict) and "Data" in value):
        value = [value]
    document = {**others, "predicate": value, "last": 1}
    text = predicate_text(json.dumps(document, indent=2 if indent else None).encode())
    assert json.loads(text) == value
