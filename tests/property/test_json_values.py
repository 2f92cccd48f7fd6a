"""Values are counted in bytes before a tree is built: never fewer than the tree has."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.property.json_values import texts, values
from verifier.strict_json import count_values


def marks(value: Any) -> int:
    """Commas and opening brackets of ``value`` in JSON, counted in the tree."""
    if not isinstance(value, dict | list):
        return 0
    children = list(value.values()) if isinstance(value, dict) else value
    return 1 + max(0, len(children) - 1) + sum(map(marks, children))


def nodes(value: Any) -> int:
    """Values in a tree, itself among them."""
    children = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return 1 + sum(map(nodes, children))


_STRINGS = st.text(alphabet='\\",[{}]:é😀x', max_size=12) | texts


@given(st.recursive(_STRINGS | values, lambda inner: st.lists(inner) | st.dictionaries(_STRINGS, inner)))
def test_what_stands_in_strings_is_no_value(value: Any) -> None:
    for raw in (
        json.dumps(value).encode(),
        json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass"),
    ):
        # Nothing is allowed, so it has to look closely.
        assert count_values(raw, most=0) == marks(value)
        assert count_values(raw, most=10**9) >= marks(value)
    assert nodes(value) <= 1 + marks(value)


@given(st.integers(0, 40), st.integers(65_500, 65_560))
def test_quotes_at_the_edge_of_a_piece_end_strings_all_the_same(backslashes: int, length: int) -> None:
    value = ["x" * length + "\\" * backslashes + '",[', ["y"]]
    assert count_values(json.dumps(value).encode(), most=0) == marks(value) == 3
